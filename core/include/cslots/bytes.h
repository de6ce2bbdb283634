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

static inline double cs_load_float(const void *at, size_t width) {
    return width == 8 ? cs_load_float64(at) : cs_load_float32(at);
}

/* Rounded to the nearest one of that width. -1, and nothing is written: it is finite, and rounding
 * makes it infinite. */
static inline int cs_store_float(void *at, size_t width, double value) {
    if (width == 8) {
        memcpy(at, &value, sizeof value);
        return 0;
    }
    const float narrow = (float)value;
    if (isinf(narrow) && !isinf(value)) { return -1; }
    memcpy(at, &narrow, sizeof narrow);
    return 0;
}

/* Bits of the significand, the first 1 among them; 0: no float has that width. */
static inline unsigned cs_float_digits(size_t width) {
    return width == 8 ? 53 : width == 4 ? 24 : 0;
}

#endif
