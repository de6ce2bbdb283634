/* arrow/convert.c: numbers and times of any width and unit become those of a column, exactly or
 * not at all.
 *
 *   source --load--> block of 256 int64 or double --check, scale--> the same --store--> column
 *
 * A uint64 above INT64_MAX is a negative number in the block; `is_big` says so. Null rows are 0
 * before anything is checked.
 */
#include "arrow/convert.h"

#include <inttypes.h>

enum { BLOCK = 256 };

#define DAY_MS INT64_C(86400000)
/* The years 1 to 9999, which Python's date and datetime have. */
#define DATE_MIN INT64_C(-719162)
#define DATE_MAX INT64_C(2932896)
#define DATETIME_MIN (DATE_MIN * DAY_MS * 1000)
#define DATETIME_MAX ((DATE_MAX + 1) * DAY_MS * 1000 - 1)

typedef struct {
    const cs_arrow_source *source;
    const cs_arrow_number *want;
    const cs_arrow_place *place;
    int64_t min, max; /* of what is stored */
    int64_t multiply, divide; /* one of them is 1 */
    int is_big;
} conversion;

int cs_arrow_is_same(cs_arrow_format format, cs_arrow_format want) {
    return format.sort == want.sort && format.width == want.width &&
           format.per_second == want.per_second;
}

int cs_arrow_converts(cs_arrow_format format, cs_arrow_format want) {
    const int is_int = format.sort == CS_FORMAT_INT || format.sort == CS_FORMAT_UINT;
    switch (want.sort) {
    case CS_FORMAT_INT:
    case CS_FORMAT_UINT: return is_int;
    case CS_FORMAT_FLOAT: return is_int || format.sort == CS_FORMAT_FLOAT;
    default: return format.sort == want.sort;
    }
}

static const char *unit_name(uint32_t per_second) {
    return per_second == 1 ? "s" : per_second == 1000 ? "ms" : per_second == 1000000 ? "us" : "ns";
}

/* ---- what fails ---- */

static cs_status out_of_range(const conversion *c, size_t row, int64_t value) {
    const cs_arrow_place *place = c->place;
    const cs_arrow_format from = c->source->format;
    const char *unit = "";
    if (from.sort == CS_FORMAT_TIMESTAMP || from.sort == CS_FORMAT_DURATION) {
        unit = unit_name(from.per_second);
    }
    if (from.sort == CS_FORMAT_DATE) { unit = from.width == 4 ? "days" : "ms"; }
    if (c->is_big) {
        return cs_arrow_fail(place->error, CS_ARROW_RANGE,
                             "column '%s', row %zu: %" PRIu64 " is out of range for %s",
                             place->name, place->base + row, (uint64_t)value, c->want->expected);
    }
    return cs_arrow_fail(place->error, CS_ARROW_RANGE,
                         "column '%s', row %zu: %" PRId64 "%s%s is out of range for %s",
                         place->name, place->base + row, value, *unit ? " " : "", unit,
                         c->want->expected);
}

static cs_status not_whole(const conversion *c, size_t row, int64_t value) {
    const int is_date = c->source->format.sort == CS_FORMAT_DATE;
    return cs_arrow_fail(c->place->error, CS_ARROW_RANGE,
                         "column '%s', row %zu: %" PRId64 " %s is no whole number of %s",
                         c->place->name, c->place->base + row, value,
                         is_date ? "ms" : unit_name(c->source->format.per_second),
                         is_date ? "days" : "microseconds");
}

static cs_status not_exact(const conversion *c, size_t row, int64_t value) {
    const char *sign = !c->is_big && value < 0 ? "-" : "";
    const uint64_t size = *sign ? UINT64_C(0) - (uint64_t)value : (uint64_t)value;
    return cs_arrow_fail(c->place->error, CS_ARROW_RANGE,
                         "column '%s', row %zu: %s%" PRIu64 " cannot be kept exactly as %s",
                         c->place->name, c->place->base + row, sign, size, c->want->expected);
}

/* ---- blocks of integers ---- */

static void load(const cs_arrow_source *source, size_t row, size_t count, int64_t *block) {
    const size_t width = source->format.width;
    const uint8_t *at = source->values + (source->from + row) * width;
    const int is_signed = source->format.sort != CS_FORMAT_UINT;
    union {
        int8_t i8[BLOCK];
        uint8_t u8[BLOCK];
        int16_t i16[BLOCK];
        uint16_t u16[BLOCK];
        int32_t i32[BLOCK];
        uint32_t u32[BLOCK];
    } raw;
    if (width == 8) {
        memcpy(block, at, count * 8);
    } else {
        memcpy(&raw, at, count * width);
        for (size_t i = 0; i < count; i++) {
            switch (width) {
            case 1: block[i] = is_signed ? raw.i8[i] : raw.u8[i]; break;
            case 2: block[i] = is_signed ? raw.i16[i] : raw.u16[i]; break;
            default: block[i] = is_signed ? raw.i32[i] : (int64_t)raw.u32[i]; break;
            }
        }
    }
    if (source->validity != NULL) {
        for (size_t i = 0; i < count; i++) {
            if (!cs_source_is_valid(source, row + i)) { block[i] = 0; }
        }
    }
}

static void store(size_t width, const int64_t *block, size_t count, uint8_t *to) {
    for (size_t i = 0; i < count; i++) { cs_store_word(to + i * width, width, (uint64_t)block[i]); }
}

static cs_status scale(const conversion *c, size_t row, size_t count, int64_t *block) {
    const int64_t most = INT64_MAX / c->multiply;
    for (size_t i = 0; i < count; i++) {
        const int64_t value = block[i];
        if (c->multiply != 1 && (value > most || value < -most)) {
            return out_of_range(c, row + i, value);
        }
        if (value % c->divide != 0) { return not_whole(c, row + i, value); }
        block[i] = value / c->divide * c->multiply;
        if (block[i] < c->min || block[i] > c->max) { return out_of_range(c, row + i, value); }
    }
    return CS_OK;
}

static cs_status check_range(const conversion *c, size_t row, size_t count, const int64_t *block) {
    int bad = 0;
    for (size_t i = 0; i < count; i++) { bad |= block[i] < c->min || block[i] > c->max; }
    const uint64_t mask = c->want->mask;
    for (size_t i = 0; mask != 0 && i < count; i++) { bad |= ((uint64_t)block[i] & ~mask) != 0; }
    for (size_t i = 0; bad && i < count; i++) {
        if (block[i] < c->min || block[i] > c->max) { return out_of_range(c, row + i, block[i]); }
        if (mask != 0 && ((uint64_t)block[i] & ~mask) != 0) {
            return cs_arrow_fail(c->place->error, CS_ARROW_VALUE,
                                 "column '%s', row %zu: %" PRIu64 " has bits that are not in %s",
                                 c->place->name, c->place->base + row + i, (uint64_t)block[i],
                                 c->want->expected);
        }
    }
    return CS_OK;
}

/* ---- floats ---- */

/* An integer is exact in a float if its bits, from the first 1 to the last, fit into the
 * significand. */
static int is_exact(uint64_t size, unsigned digits) {
    return size == 0 || 64 - cs_leading_zeros(size) - cs_trailing_zeros(size) <= digits;
}

static cs_status float_block(const conversion *c, size_t row, size_t count, double *block) {
    const cs_arrow_source *source = c->source;
    const size_t width = source->format.width;
    const size_t wanted = c->want->format.width;
    uint8_t narrow[8];
    int64_t whole[BLOCK];
    if (source->format.sort == CS_FORMAT_FLOAT) {
        for (size_t i = 0; i < count; i++) {
            const uint8_t *at = source->values + (source->from + row + i) * width;
            block[i] = cs_source_is_valid(source, row + i) ? cs_load_float(at, width) : 0;
            if (cs_store_float(narrow, wanted, block[i]) < 0) {
                return cs_arrow_fail(c->place->error, CS_ARROW_RANGE,
                                     "column '%s', row %zu: %g is out of range for %s",
                                     c->place->name, c->place->base + row + i, block[i],
                                     c->want->expected);
            }
        }
        return CS_OK;
    }
    load(source, row, count, whole);
    for (size_t i = 0; i < count; i++) {
        const int negative = !c->is_big && whole[i] < 0;
        const uint64_t size = negative ? UINT64_C(0) - (uint64_t)whole[i] : (uint64_t)whole[i];
        if (!is_exact(size, cs_float_digits(wanted))) { return not_exact(c, row + i, whole[i]); }
        block[i] = negative ? -(double)size : (double)size;
        if (cs_store_float(narrow, wanted, block[i]) < 0) {
            return out_of_range(c, row + i, whole[i]);
        }
    }
    return CS_OK;
}

static void store_floats(size_t width, const double *block, size_t count, uint8_t *to) {
    for (size_t i = 0; i < count; i++) {
        (void)cs_store_float(to + i * width, width, block[i]); /* float_block has looked at it */
    }
}

/* ---- the whole ---- */

static void copy_same(const cs_arrow_source *source, uint8_t *to) {
    const size_t width = source->format.width;
    if (source->length > 0) {
        memcpy(to, source->values + source->from * width, source->length * width);
    }
    if (source->validity == NULL) { return; }
    for (size_t row = 0; row < source->length; row++) {
        if (!cs_source_is_valid(source, row)) { memset(to + row * width, 0, width); }
    }
}

static conversion plan(const cs_arrow_source *source, const cs_arrow_number *want,
                       const cs_arrow_place *place) {
    conversion c = {source, want, place, INT64_MIN, INT64_MAX, 1, 1, 0};
    const unsigned bits = want->format.width * 8u;
    c.is_big = source->format.sort == CS_FORMAT_UINT && source->format.width == 8;
    switch (want->format.sort) {
    case CS_FORMAT_INT:
        if (bits < 64) { c.max = (INT64_C(1) << (bits - 1)) - 1; }
        c.min = c.is_big ? 0 : -c.max - 1;
        break;
    case CS_FORMAT_UINT:
        if (bits < 64) { c.max = (INT64_C(1) << bits) - 1; }
        c.min = c.is_big && bits == 64 ? INT64_MIN : 0;
        break;
    case CS_FORMAT_DATE:
        c.min = DATE_MIN;
        c.max = DATE_MAX;
        c.divide = source->format.width == 8 ? DAY_MS : 1;
        break;
    case CS_FORMAT_TIMESTAMP:
        c.min = DATETIME_MIN;
        c.max = DATETIME_MAX;
        break;
    case CS_FORMAT_DURATION: c.min = -INT64_MAX; break; /* INT64_MIN means "not a time" */
    default: break;
    }
    if (want->format.sort == CS_FORMAT_TIMESTAMP || want->format.sort == CS_FORMAT_DURATION) {
        if (source->format.per_second > 1000000) {
            c.divide = source->format.per_second / 1000000;
        } else if (source->format.per_second > 0) {
            c.multiply = 1000000 / source->format.per_second;
        }
    }
    return c;
}

cs_status cs_arrow_convert(const cs_arrow_source *source, const cs_arrow_number *want, uint8_t *to,
                           const cs_arrow_place *place) {
    if (source->format.sort == CS_FORMAT_NULL) { return CS_OK; } /* the column is zero already */
    const conversion c = plan(source, want, place);
    const size_t width = want->format.width;
    const int is_float = want->format.sort == CS_FORMAT_FLOAT;
    const int is_same = cs_arrow_is_same(source->format, want->format);
    if (is_same && to != NULL) { /* the values were checked before */
        copy_same(source, to);
        return CS_OK;
    }
    const int is_time =
        want->format.sort >= CS_FORMAT_DATE && want->format.sort <= CS_FORMAT_DURATION;
    if (is_same && want->mask == 0 && !is_time) { return CS_OK; }
    for (size_t row = 0; row < source->length; row += BLOCK) {
        const size_t count = source->length - row < BLOCK ? source->length - row : BLOCK;
        union {
            int64_t whole[BLOCK];
            double real[BLOCK];
        } block = {{0}};
        cs_status status;
        if (is_float) {
            status = float_block(&c, row, count, block.real);
        } else {
            load(source, row, count, block.whole);
            status = c.multiply != 1 || c.divide != 1 ? scale(&c, row, count, block.whole)
                                                      : check_range(&c, row, count, block.whole);
        }
        if (status != CS_OK) { return status; }
        if (to == NULL) { continue; }
        if (is_float) {
            store_floats(width, block.real, count, to + row * width);
        } else {
            store(width, block.whole, count, to + row * width);
        }
    }
    return CS_OK;
}
