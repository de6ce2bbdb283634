/* hash.h: one 64-bit hash for the packed bytes of an object: fast for a few words, keyed against
 * chosen collisions.
 *
 * Bytes are read eight at a time. Each word is folded into the state by a multiplication of 128
 * bits, as in wyhash. `seed` comes from the interpreter's own secret.
 */
#ifndef CSLOTS_HASH_H
#define CSLOTS_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "cslots/compiler.h"

static inline uint64_t cs_hash_fold(uint64_t a, uint64_t b) {
    uint64_t high;
    const uint64_t low = cs_multiply(a, b, &high);
    return low ^ high;
}

static inline uint64_t cs_hash_word(uint64_t state, uint64_t word) {
    return cs_hash_fold(state ^ UINT64_C(0xa0761d6478bd642f), word ^ UINT64_C(0xe7037ed1a0b428db)) +
           (state << 1 | 1);
}

static inline uint64_t cs_hash_bytes(uint64_t state, const void *data, size_t size) {
    const char *p = (const char *)data;
    uint64_t word;
    state = cs_hash_word(state, size);
    for (; size > 8; p += 8, size -= 8) {
        memcpy(&word, p, 8);
        state = cs_hash_word(state, word);
    }
    word = 0;
    memcpy(&word, p, size);
    return cs_hash_word(state, word);
}

#endif
