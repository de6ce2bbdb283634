/* compiler_words.h: the functions of compiler.h in a table, so that a test can compare their two
 * forms. */
#ifndef CSLOTS_TESTS_COMPILER_WORDS_H
#define CSLOTS_TESTS_COMPILER_WORDS_H

#include <stdint.h>

typedef struct {
    unsigned (*count_ones)(uint64_t word);
    unsigned (*leading_zeros)(uint64_t word);
    unsigned (*trailing_zeros)(uint64_t word);
    uint64_t (*swap_bytes)(uint64_t word);
    uint64_t (*multiply)(uint64_t a, uint64_t b, uint64_t *high);
    int (*add_overflows)(int64_t a, int64_t b, int64_t *result);
    int (*multiply_overflows)(int64_t a, int64_t b, int64_t *result);
} compiler_words;

extern const compiler_words plain_words;

#endif
