/* column.h: the values of one field for all rows of a pool.
 *
 *   values     | v0 | v1 | v2 | ... | zero |    1, 2, 4, 8 or 16 bytes a row
 *   validity   | 1 1 0 1 ... | zero |           one bit a row, lowest first; 1: has a value
 *   heap       the longer texts
 *
 * Only a nullable column has validity. The values of a column of texts are views of 16 bytes.
 *
 * A null row has zero bytes, so equal rows have equal bytes. The core moves references
 * (CS_COLUMN_POINTER) as words; their owner counts them.
 *
 * Two sorts of readers look at the bytes:
 *   - Exports (Arrow) share the buffers, so `frozen` rows must not change under them. The first
 *     write to such a row makes the column a copy of its own (cs_column_own), unless all exports
 *     have gone by then. Rows behind them are free.
 *   - Views (NumPy) are `pins`. They see every change, and while there is one the memory must
 *     neither move nor shrink.
 *   - A pinned column that is shared would change under the export. So cs_column_share copies it,
 *     and cs_column_pin owns first.
 */
#ifndef CSLOTS_COLUMN_H
#define CSLOTS_COLUMN_H

#include "cslots/bytes.h"
#include "cslots/textheap.h"

typedef enum { CS_COLUMN_FIXED = 0, CS_COLUMN_TEXT, CS_COLUMN_POINTER } cs_column_sort;

typedef struct {
    uint8_t sort;     /* cs_column_sort */
    uint8_t nullable; /* has a validity bitmap */
    uint32_t width;   /* 16 for texts, 8 for pointers */
} cs_column_spec;

typedef struct {
    uint8_t *data;  /* values->data */
    uint8_t *valid; /* validity->data, or NULL if not nullable */
    uint32_t width;
    uint8_t sort, nullable;
    size_t frozen; /* an export may see rows [0, frozen) */
    size_t pins;
    cs_buffer *values, *validity;
    cs_textheap heap;
} cs_column;

/* Room for `capacity` rows, zero beyond `rows`. On failure the rows are as they were: CS_PINNED
 * (it has views and would have to move), CS_NO_MEMORY, CS_TOO_LARGE. */
cs_status cs_column_reserve(cs_column *column, size_t rows, size_t capacity);
/* Rows that its buffers hold, and rows that they could hold without moving. */
size_t cs_column_capacity(const cs_column *column);
size_t cs_column_reserved(const cs_column *column);

/* No rows, and no memory but an empty buffer or two. CS_NO_MEMORY, CS_INVALID. */
cs_status cs_column_init(cs_column *column, const cs_allocator *allocator, cs_column_spec spec);
/* Drops its buffers. May be called twice, and on zeroes. */
void cs_column_clear(cs_column *column);

/* Call it before every write to row `row`, and before reading a row that is then written.
 * CS_NO_MEMORY: the column is as it was. */
cs_status cs_column_own(cs_column *column, size_t rows);
static inline cs_status cs_column_writable(cs_column *column, size_t row, size_t rows) {
    return CS_UNLIKELY(row < column->frozen) ? cs_column_own(column, rows) : CS_OK;
}

static inline int cs_column_is_valid(const cs_column *column, size_t row) {
    return column->valid == NULL || (column->valid[row >> 3] >> (row & 7) & 1);
}
/* Of a nullable column. */
static inline void cs_column_set_valid(cs_column *column, size_t row, int valid) {
    const uint8_t bit = (uint8_t)(1u << (row & 7));
    if (valid) {
        column->valid[row >> 3] |= bit;
    } else {
        column->valid[row >> 3] &= (uint8_t)~bit;
    }
}
/* How many of these rows are null. */
size_t cs_column_nulls(const cs_column *column, size_t from, size_t count);

/* Codes of 1, 2 or 4 bytes each. */
static inline uint32_t cs_code_load(const uint8_t *codes, size_t row, uint32_t width) {
    switch (width) {
    case 1: return codes[row];
    case 2: return (uint32_t)cs_load_unsigned(codes + row * 2, 2);
    default: return (uint32_t)cs_load_unsigned(codes + row * 4, 4);
    }
}
static inline void cs_code_store(uint8_t *codes, size_t row, uint32_t width, uint32_t code) {
    cs_store_word(codes + row * width, width, code);
}

/* Texts. The row must be writable. cs_column_set_text leaves validity alone. It may write all
 * texts anew; if an export shares the column, the column gets other memory then. */
static inline int cs_column_text(const cs_column *column, size_t row, cs_text *text) {
    return cs_textheap_get(&column->heap, (const cs_view *)(const void *)column->data + row, text);
}
cs_status cs_column_set_text_slow(cs_column *column, size_t row, size_t rows, const char *data,
                                  size_t size);
/* `data` must not lie inside this column. */
static inline cs_status cs_column_set_text(cs_column *column, size_t row, size_t rows,
                                           const char *data, size_t size) {
    cs_view *view = (cs_view *)(void *)column->data + row;
    if (view->in.size > CS_VIEW_INLINE || column->heap.dead > CS_TEXTHEAP_DEAD_MIN) {
        return cs_column_set_text_slow(column, row, rows, data, size);
    }
    return cs_textheap_put(&column->heap, data, size, view);
}
/* Write all texts anew, without the dead bytes. Exports keep the old segments. CS_NO_MEMORY: the
 * column is as it was. */
cs_status cs_column_tidy_text(cs_column *column, size_t rows);

/* Make a fixed column wider, as for codes of a dictionary that has grown: 1 -> 2 -> 4, unsigned.
 * CS_PINNED if there are views, CS_NO_MEMORY. */
cs_status cs_column_widen(cs_column *column, size_t rows, size_t capacity, uint32_t width);

/* Views. While a column is pinned its address stays. A column that is shared becomes its own
 * first. CS_NO_MEMORY. */
cs_status cs_column_pin(cs_column *column, size_t rows);
void cs_column_unpin(cs_column *column);

/* A share for an export of rows [0, rows): references to the buffers (validity NULL where there is
 * none). The rows are frozen from now on. A pinned column gives copies. A pointer column cannot be
 * shared: CS_INVALID. CS_NO_MEMORY.
 *
 * cs_column_share_heap shares the segments of the heap in the order of the views' numbers, as an
 * array from the heap's allocator. The caller frees the array and drops the references. */
cs_status cs_column_share(cs_column *column, size_t rows, cs_buffer **values, cs_buffer **validity);
cs_status cs_column_share_heap(cs_column *column, cs_segment **segments, uint32_t *count);

/* Take over foreign or fresh buffers as the whole content, `rows` of them. The column's own
 * buffers are dropped, the references are stolen. Foreign buffers are frozen for all rows. heap:
 * moved in; NULL is allowed for fixed columns. */
void cs_column_adopt(cs_column *column, size_t rows, cs_buffer *values, cs_buffer *validity,
                     cs_textheap *heap);

/* 0 when the invariants hold for that many rows, else the number of the one that does not. For
 * tests and debug builds. */
int cs_column_check(const cs_column *column, size_t rows);

#endif
