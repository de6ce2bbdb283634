/* bits.h: runs of bits, lowest first in each byte, as in Arrow's bitmaps. The validity of a column
 * is one. Internal to the core.
 *
 *   bit    0 1 2 3 4 5 6 7   8 9 ...
 *   byte   |      0      |   |  1
 *
 * No function reads or writes a byte in which none of its bits lies.
 */
#ifndef CSLOTS_BITS_H
#define CSLOTS_BITS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline size_t cs_bits_bytes(size_t bits) { return bits / 8 + (bits % 8 != 0); }

static inline int cs_bits_get(const uint8_t *bits, size_t at) {
    return bits[at >> 3] >> (at & 7) & 1;
}

static inline void cs_bits_put(uint8_t *bits, size_t at, int value) {
    bits[at >> 3] = (uint8_t)((bits[at >> 3] & ~(1u << (at & 7))) | (unsigned)value << (at & 7));
}

void cs_bits_fill(uint8_t *bits, size_t from, size_t to, int value); /* [from, to) */
size_t cs_bits_count(const uint8_t *bits, size_t from, size_t to); /* how many are 1 */
/* Copy `count` bits from bit `from` of `source` to bit `at` of `bits`. Both may be the same
 * array. */
void cs_bits_move(uint8_t *bits, size_t at, const uint8_t *source, size_t from, size_t count);
/* `count` bits from bit `from` on become a byte each, 0 or 1. Where `mask` (NULL: none) has a 0,
 * the byte is 0. */
void cs_bits_spread(uint8_t *to, const uint8_t *bits, const uint8_t *mask, size_t from,
                    size_t count);

#endif
