/* arrow/words.h: the different texts of a column of codes, in the order in which they came.
 *
 *   slots   [ 0 | 2 | 0 | 1 | ... ]      number of the word + 1; 0: free
 *   words   [ "red" | "blue" | ... ]     text, first row, code
 *
 * The number of slots is a power of two. At most half of them are full. The texts are borrowed
 * from the arrays of the import. The hash is keyed with an address, so no input can be made to
 * collide.
 */
#ifndef CSLOTS_ARROW_WORDS_H
#define CSLOTS_ARROW_WORDS_H

#include "arrow/source.h"

#define CS_NO_WORD UINT32_MAX /* of a null, or of an entry that no row uses */

typedef struct {
    cs_text text;
    uint64_t hash;
    size_t row;
    uint32_t code;
} cs_arrow_word;

typedef struct {
    const cs_allocator *allocator;
    cs_arrow_word *words;
    uint32_t *slots;
    size_t count, room;
    size_t mask; /* number of slots - 1, or 0 with none */
} cs_arrow_words;

void cs_arrow_words_clear(cs_arrow_words *words);
/* The number of the word of this text, added if it is new. CS_NO_MEMORY, CS_TOO_LARGE. */
cs_status cs_arrow_words_put(cs_arrow_words *words, const cs_text *text, size_t row,
                             uint32_t *number);
/* Forget all but the first `count`. */
void cs_arrow_words_cut(cs_arrow_words *words, size_t count);

#endif
