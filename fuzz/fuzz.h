/* fuzz.h: what the fuzzers of the core share.
 *
 * A fuzzer is one function, LLVMFuzzerTestOneInput, that reads its input as a program: a few bytes
 * for each operation. It carries the operations out on the real thing and on a plain model, and
 * aborts where the two differ or an invariant breaks. libFuzzer can drive it, and so can driver.c,
 * which needs only a C compiler.
 */
#ifndef CSLOTS_FUZZ_H
#define CSLOTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                             \
    do {                                                                            \
        if (!(condition)) {                                                         \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                \
        }                                                                           \
    } while (0)

typedef struct {
    const uint8_t *at, *end;
} fuzz_input;

static inline int fuzz_more(const fuzz_input *input) { return input->at < input->end; }
static inline uint8_t fuzz_byte(fuzz_input *input) { return fuzz_more(input) ? *input->at++ : 0; }
static inline uint32_t fuzz_word(fuzz_input *input) {
    uint32_t low = fuzz_byte(input);
    return low | (uint32_t)fuzz_byte(input) << 8;
}

#endif
