/* arrow/source.h: one column of a foreign array, looked through before it is used.
 *
 *   ArrowArray  offset | length          row 0 of the source is value `from` of the buffers
 *   values      . . . .|v v v v v|. .    from = offset of the array + offset of its parent
 *   validity    . . . .|1 0 1 1 1|. .
 *
 * cs_arrow_source_open checks the structs: counts, lengths, which buffers are there.
 * cs_arrow_source_check looks at what texts and indexes point to. Nothing is read before its place
 * was checked. Buffers may lie at any address. Only the length of a buffer cannot be checked.
 */
#ifndef CSLOTS_ARROW_SOURCE_H
#define CSLOTS_ARROW_SOURCE_H

#include "arrow/common.h"
#include "cslots/bytes.h"

typedef enum {
    CS_FORMAT_OTHER = 0, /* no column takes it */
    CS_FORMAT_NULL,      /* no values at all */
    CS_FORMAT_BITS,
    CS_FORMAT_INT,
    CS_FORMAT_UINT,
    CS_FORMAT_FLOAT,
    CS_FORMAT_DATE,
    CS_FORMAT_TIMESTAMP,
    CS_FORMAT_DURATION,
    CS_FORMAT_TEXT,
    CS_FORMAT_BINARY,
    CS_FORMAT_RAW /* 16 bytes each */
} cs_arrow_format_sort;

typedef struct {
    uint8_t sort;       /* cs_arrow_format_sort */
    uint8_t width;      /* bytes a value; of texts: of an offset, or 16: views */
    uint8_t utc;        /* of timestamps: 1 UTC, 0 naive, 2 another zone */
    uint32_t per_second; /* of timestamps and durations; of dates of 8 bytes: 1000 */
    const char *name;   /* "int8"; NULL for other formats */
} cs_arrow_format;

cs_arrow_format cs_arrow_format_of(const char *format);

typedef struct cs_arrow_source cs_arrow_source;
struct cs_arrow_source {
    cs_arrow_format format; /* of a dictionary: of the indexes */
    size_t from, length;
    size_t nulls;
    const uint8_t *validity; /* NULL where nulls is 0 */
    /* values, bits, offsets, views, indexes; NULL only where there is nothing to read */
    const uint8_t *values;
    const char *bytes; /* what offsets point into */
    const void **segments; /* what views point into, and the sizes of these */
    const uint8_t *sizes;
    size_t segment_count;
    const cs_arrow_source *words; /* of a dictionary: its values */
};

/* What the messages name. Row 0 of the source is row `base` of the import. */
typedef struct {
    const char *name;
    size_t base;
    cs_arrow_error *error;
    int is_dictionary; /* its rows are entries of a dictionary */
} cs_arrow_place;

/* Rows [from, from + length) of `array`. `count_nulls`: do not believe its null_count. */
cs_status cs_arrow_source_open(cs_arrow_source *source, cs_arrow_format format,
                               const struct ArrowArray *array, size_t from, size_t length,
                               int count_nulls, const cs_arrow_place *place);

static inline uint64_t cs_source_unsigned(const cs_arrow_source *source, size_t row) {
    const uint8_t *at = source->values + (source->from + row) * source->format.width;
    return cs_load_unsigned(at, source->format.width);
}

/* The index of a row into the dictionary. A negative index, or one that does not fit, becomes far
 * too large. */
static inline size_t cs_source_index(const cs_arrow_source *source, size_t row) {
    const uint64_t index = cs_source_unsigned(source, row);
    const uint64_t sign = UINT64_C(1) << (source->format.width * 8 - 1);
    if ((source->format.sort == CS_FORMAT_INT && (index & sign)) || index > SIZE_MAX) {
        return SIZE_MAX;
    }
    return (size_t)index;
}

/* The validity of the row itself, not that of its dictionary entry. */
static inline int cs_source_is_valid(const cs_arrow_source *source, size_t row) {
    return source->validity == NULL ? source->format.sort != CS_FORMAT_NULL
                                    : cs_bits_get(source->validity, source->from + row);
}

/* The text of a valid row of texts or binaries (not of a dictionary). -1: it lies outside. */
int cs_arrow_source_text(const cs_arrow_source *source, size_t row, cs_text *text);

/* The text of a row, through a dictionary if there is one. Only after cs_arrow_source_check.
 *
 * 1: *text is set; 0: the row is null; -1: the text lies outside, so the array has changed since
 * it was checked. The owner of the memory may write to it at any time. */
static inline int cs_source_get(const cs_arrow_source *source, size_t row, cs_text *text) {
    if (!cs_source_is_valid(source, row)) { return 0; }
    if (source->words != NULL) {
        row = cs_source_index(source, row);
        source = source->words;
        if (row >= source->length) { return -1; }
        if (!cs_source_is_valid(source, row)) { return 0; }
    }
    return cs_arrow_source_text(source, row, text) == 0 ? 1 : -1;
}

/* The error for a row that was right when it was checked, and is not now. */
cs_status cs_arrow_source_changed(const cs_arrow_place *place, size_t row);

/* Look at every index, text and offset. *nulls (nulls may be NULL): the rows that are null, those
 * that are null through their dictionary among them. */
cs_status cs_arrow_source_check(const cs_arrow_source *source, const cs_arrow_place *place,
                                size_t *nulls);

/* Are the bytes under null rows all zero? width: bytes a row. */
int cs_arrow_source_clean(const cs_arrow_source *source, size_t width);

#endif
