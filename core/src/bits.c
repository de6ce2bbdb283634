/* bits.c: the longer functions of bits.h. Whole bytes in the middle, single bits at both ends:
 *
 *   bits     | . . . . . 1 1 1 | 1 1 1 1 1 1 1 1 | 1 1 . . . . . . |
 *                        head          body        tail
 */
#include "bits.h"

#include "cslots/compiler.h"

void cs_bits_fill(uint8_t *bits, size_t from, size_t to, int value) {
    for (; from < to && from % 8 != 0; from++) { cs_bits_put(bits, from, value); }
    if (to - from >= 8 && from < to) {
        memset(bits + from / 8, value ? 0xFF : 0, (to - from) / 8);
        from += (to - from) / 8 * 8;
    }
    for (; from < to; from++) { cs_bits_put(bits, from, value); }
}

size_t cs_bits_count(const uint8_t *bits, size_t from, size_t to) {
    size_t count = 0;
    for (; from < to && from % 8 != 0; from++) { count += (size_t)cs_bits_get(bits, from); }
    for (; from + 64 <= to; from += 64) {
        uint64_t word;
        memcpy(&word, bits + from / 8, sizeof word);
        count += cs_count_ones(word);
    }
    for (; from + 8 <= to; from += 8) { count += cs_count_ones(bits[from / 8]); }
    for (; from < to; from++) { count += (size_t)cs_bits_get(bits, from); }
    return count;
}

/* The 8 bits of `source` from bit `at` on; all of them lie in it. */
static uint8_t byte_at(const uint8_t *source, size_t at) {
    unsigned shift = at & 7, low = source[at >> 3];
    return (uint8_t)(shift == 0 ? low
                                : low >> shift | (unsigned)source[(at >> 3) + 1] << (8 - shift));
}

static void move_down(uint8_t *bits, size_t at, const uint8_t *source, size_t from, size_t count) {
    for (; count != 0 && at % 8 != 0; count--) {
        cs_bits_put(bits, at++, cs_bits_get(source, from++));
    }
    if (from % 8 == 0) {
        if (count >= 8) { memmove(bits + at / 8, source + from / 8, count / 8); }
        at += count / 8 * 8;
        from += count / 8 * 8;
        count %= 8;
    }
    for (; count >= 8; count -= 8, at += 8, from += 8) { bits[at / 8] = byte_at(source, from); }
    for (; count != 0; count--) { cs_bits_put(bits, at++, cs_bits_get(source, from++)); }
}

static void move_up(uint8_t *bits, size_t at, const uint8_t *source, size_t from, size_t count) {
    at += count, from += count;
    for (; count != 0 && at % 8 != 0; count--) {
        cs_bits_put(bits, --at, cs_bits_get(source, --from));
    }
    for (; count >= 8; count -= 8) {
        at -= 8, from -= 8;
        bits[at / 8] = byte_at(source, from);
    }
    for (; count != 0; count--) { cs_bits_put(bits, --at, cs_bits_get(source, --from)); }
}

void cs_bits_move(uint8_t *bits, size_t at, const uint8_t *source, size_t from, size_t count) {
    if (bits == source && at > from) {
        move_up(bits, at, source, from, count);
    } else {
        move_down(bits, at, source, from, count);
    }
}

/* Bit i of the byte becomes byte i of the word, 0 or 1. */
static uint64_t spread(uint8_t bits) {
    const uint64_t each = bits * UINT64_C(0x0101010101010101) & UINT64_C(0x8040201008040201);
    const uint64_t bytes =
        (each + UINT64_C(0x7F7F7F7F7F7F7F7F)) >> 7 & UINT64_C(0x0101010101010101);
    return CS_BIG_ENDIAN ? cs_swap_bytes(bytes) : bytes;
}

void cs_bits_spread(uint8_t *to, const uint8_t *bits, const uint8_t *mask, size_t from,
                    size_t count) {
    for (; count >= 8; count -= 8, from += 8, to += 8) {
        uint8_t byte = byte_at(bits, from);
        if (mask != NULL) { byte &= byte_at(mask, from); }
        const uint64_t bytes = spread(byte);
        memcpy(to, &bytes, sizeof bytes);
    }
    for (; count != 0; count--, from++, to++) {
        *to = (uint8_t)(cs_bits_get(bits, from) && (mask == NULL || cs_bits_get(mask, from)));
    }
}
