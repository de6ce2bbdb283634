/* utf8.c: see utf8.h. Most texts are ASCII, so eight bytes at a time are looked at, until a byte
 * is not ASCII.
 *
 *   bytes   first     second          further     code points
 *   1       00-7F                                 0000-007F
 *   2       C2-DF     80-BF                       0080-07FF
 *   3       E0        A0-BF           80-BF       0800-0FFF
 *           E1-EC,    80-BF           80-BF       1000-CFFF, E000-FFFF
 *           EE-EF
 *           ED        80-9F           80-BF       D000-D7FF
 *   4       F0        90-BF           80-BF       10000-3FFFF
 *           F1-F3     80-BF           80-BF       40000-FFFFF
 *           F4        80-8F           80-BF       100000-10FFFF
 */
#include "cslots/utf8.h"

#include <stdint.h>
#include <string.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)

/* The length of the sequence that begins at `at`, or 0 if there is none. */
static size_t sequence(const unsigned char *at, size_t left) {
    const unsigned char first = at[0];
    if (first < 0x80) { return 1; }
    const size_t length = first < 0xC2   ? 0
                          : first < 0xE0 ? 2
                          : first < 0xF0 ? 3
                          : first < 0xF5 ? 4
                                         : 0;
    if (length == 0 || length > left) { return 0; }
    const unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (at[1] < low || at[1] > high) { return 0; }
    for (size_t i = 2; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80) { return 0; }
    }
    return length;
}

int cs_utf8_is_ascii(const char *data, size_t size) {
    enum { BLOCK = 64 };
    uint64_t word, high = 0;
    for (; size >= BLOCK; data += BLOCK, size -= BLOCK) {
        for (size_t i = 0; i < BLOCK; i += sizeof word) {
            memcpy(&word, data + i, sizeof word);
            high |= word;
        }
        if (high & HIGH_BITS) { return 0; }
    }
    for (; size >= sizeof word; data += sizeof word, size -= sizeof word) {
        memcpy(&word, data, sizeof word);
        high |= word;
    }
    word = 0;
    if (size != 0) { memcpy(&word, data, size); }
    return ((high | word) & HIGH_BITS) == 0;
}

int cs_utf8_is_valid(const char *data, size_t size) {
    const unsigned char *at = (const unsigned char *)data;
    uint64_t word;
    while (size > 0) {
        while (size >= sizeof word && (memcpy(&word, at, sizeof word), (word & HIGH_BITS) == 0)) {
            at += sizeof word;
            size -= sizeof word;
        }
        if (size < sizeof word && cs_utf8_is_ascii((const char *)at, size)) { break; }
        const size_t length = sequence(at, size);
        if (length == 0) { return 0; }
        at += length;
        size -= length;
    }
    return 1;
}
