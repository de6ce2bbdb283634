/* bytes.h: a number from bytes, and into them, by its width. The bytes may lie at any address. */
#ifndef CSLOTS_BYTES_H
#define CSLOTS_BYTES_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* width: 1, 2, 4, or else 8. */
static inline uint64_t cs_load_unsigned(const void *at, size_t width) {
    uint8_t one;
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    switch (width) {
    case 1: memcpy(&one, at, sizeof one); return one;
    case 2: memcpy(&two, at, sizeof two); return two;
    case 4: memcpy(&four, at, sizeof four); return four;
    default: memcpy(&eight, at, sizeof eight); return eight;
    }
}

static inline int64_t cs_load_signed(const void *at, size_t width) {
    int8_t one;
    int16_t two;
    int32_t four;
    int64_t eight;
    switch (width) {
    case 1: memcpy(&one, at, sizeof one); return one;
    case 2: memcpy(&two, at, sizeof two); return two;
    case 4: memcpy(&four, at, sizeof four); return four;
    default: memcpy(&eight, at, sizeof eight); return eight;
    }
}

/* The low bytes of a number, signed or not. */
static inline void cs_store_word(void *at, size_t width, uint64_t value) {
    const uint8_t one = (uint8_t)value;
    const uint16_t two = (uint16_t)value;
    const uint32_t four = (uint32_t)value;
    switch (width) {
    case 1: memcpy(at, &one, sizeof one); break;
    case 2: memcpy(at, &two, sizeof two); break;
    case 4: memcpy(at, &four, sizeof four); break;
    default: memcpy(at, &value, sizeof value); break;
    }
}

/* Bytes as they are: 1, 2, 4, 8 or 16 of them, without a call. */
static inline void cs_copy_value(void *to, const void *from, size_t width) {
    switch (width) {
    case 1: memcpy(to, from, 1); break;
    case 2: memcpy(to, from, 2); break;
    case 4: memcpy(to, from, 4); break;
    case 8: memcpy(to, from, 8); break;
    default: memcpy(to, from, 16); break;
    }
}

/* ---- floats of IEEE 754 ---- */

static inline double cs_load_float64(const void *at) {
    double value;
    memcpy(&value, at, sizeof value);
    return value;
}
static inline double cs_load_float32(const void *at) {
    float value;
    memcpy(&value, at, sizeof value);
    return (double)value;
}

/* A half: sign, 5 bits of exponent, 10 of significand. */
static inline double cs_load_float16(const void *at) {
    uint16_t half;
    memcpy(&half, at, sizeof half);
    const uint64_t sign = (uint64_t)(half >> 15) << 63, significand = half & 0x3FFu;
    const unsigned exponent = half >> 10 & 0x1Fu;
    if (exponent == 0) { /* zero, or a number without a leading 1 */
        const double size = (double)significand * 0x1p-24;
        return sign != 0 ? -size : size;
    }
    const uint64_t wide = exponent == 0x1F ? 0x7FF : exponent + (1023 - 15);
    const uint64_t bits = sign | wide << 52 | significand << 42;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Rounded to the nearest half, of two that are as near to the even one. -1: see cs_store_float. */
static inline int cs_store_float16(void *at, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint64_t significand = bits & (UINT64_MAX >> 12);
    const int exponent = (int)(bits >> 52 & 0x7FF) - 1023;
    uint16_t half = 0x7C00; /* infinity */
    if (exponent == 1024 && significand != 0) {
        half = (uint16_t)(0x7E00 | significand >> 42); /* nan */
    } else if (exponent < 16) {
        /* 52 bits behind the first 1 become 10, or as many as are left above 2**-24 */
        const int is_small = exponent < -14, shift = is_small ? 28 - exponent : 42;
        const uint64_t all = is_small ? significand | UINT64_C(1) << 52 : significand;
        uint64_t kept = 0;
        if (shift < 54) {
            const uint64_t rest = all & ((UINT64_C(1) << shift) - 1);
            const uint64_t middle = UINT64_C(1) << (shift - 1);
            kept = all >> shift;
            if (!is_small) { kept += (uint64_t)(exponent + 15) << 10; }
            kept += rest > middle || (rest == middle && (kept & 1) != 0);
        }
        if (kept >= 0x7C00) { return -1; }
        half = (uint16_t)kept;
    } else if (exponent < 1024) {
        return -1;
    }
    half = (uint16_t)(half | (bits >> 63) << 15);
    memcpy(at, &half, sizeof half);
    return 0;
}

static inline double cs_load_float(const void *at, size_t width) {
    return width == 8   ? cs_load_float64(at)
           : width == 4 ? cs_load_float32(at)
                        : cs_load_float16(at);
}

/* Rounded to the nearest one of that width. -1, and nothing is written: it is finite, and rounding
 * makes it infinite. */
static inline int cs_store_float(void *at, size_t width, double value) {
    if (width == 8) {
        memcpy(at, &value, sizeof value);
        return 0;
    }
    if (width == 2) { return cs_store_float16(at, value); }
    const float narrow = (float)value;
    if (isinf(narrow) && !isinf(value)) { return -1; }
    memcpy(at, &narrow, sizeof narrow);
    return 0;
}

/* Bits of the significand, the first 1 among them; 0: no float has that width. */
static inline unsigned cs_float_digits(size_t width) {
    return width == 8 ? 53 : width == 4 ? 24 : width == 2 ? 11 : 0;
}

#endif
