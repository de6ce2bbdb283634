/* column_load.c: see column_load.h. A million rows load in a few milliseconds, so no loop here
 * does more than it must for each row.
 *
 *   a text up to 12 bytes    ASCII and zeros          --> as it is
 *   a longer one             in a segment of ASCII    --> only its place is looked at
 */
#include "cslots/column_load.h"

#include "bits.h"
#include "cslots/utf8.h"

void cs_column_load_validity(cs_column *column, size_t rows, const uint8_t *bits) {
    if (rows == 0) { return; }
    memcpy(column->valid, bits, cs_bits_bytes(rows));
    cs_bits_fill(column->valid, rows, cs_bits_bytes(rows) * 8, 0);
}

static int has_nulls(const cs_column *column, size_t rows) {
    return cs_column_nulls(column, 0, rows) != 0;
}

void cs_column_load_values(cs_column *column, size_t rows, const uint8_t *values, int are_bools) {
    uint8_t *data = column->data;
    if (rows == 0) { return; }
    memcpy(data, values, rows * column->width);
    if (are_bools) {
        for (size_t row = 0; row < rows; row++) { data[row] = data[row] != 0; }
    }
    if (!has_nulls(column, rows)) { return; }
    for (size_t row = 0; row < rows; row++) {
        if (!cs_column_is_valid(column, row)) {
            memset(data + row * column->width, 0, column->width);
        }
    }
}

/* ---- codes ---- */

/* Always inline: both widths are constants in each call. */
static CS_ALWAYS_INLINE cs_status map_codes(cs_column *column, size_t rows, const uint8_t *codes,
                                            uint32_t from, uint32_t to, const uint32_t *map,
                                            size_t count) {
    uint8_t *data = column->data;
    if (has_nulls(column, rows)) {
        for (size_t row = 0; row < rows; row++) {
            if (!cs_column_is_valid(column, row)) { continue; }
            const uint32_t code = cs_code_load(codes, row, from);
            if (code >= count) { return CS_INVALID; }
            cs_code_store(data, row, to, map[code]);
        }
        return CS_OK;
    }
    uint32_t highest = 0;
    for (size_t row = 0; row < rows; row++) {
        const uint32_t code = cs_code_load(codes, row, from);
        highest = code > highest ? code : highest;
    }
    if (rows != 0 && highest >= count) { return CS_INVALID; }
    int are_same = from == to;
    for (size_t i = 0; are_same && i < count; i++) { are_same = map[i] == i; }
    if (are_same) {
        if (rows != 0) { memcpy(data, codes, rows * to); }
        return CS_OK;
    }
    for (size_t row = 0; row < rows; row++) {
        cs_code_store(data, row, to, map[cs_code_load(codes, row, from)]);
    }
    return CS_OK;
}

cs_status cs_column_load_codes(cs_column *column, size_t rows, const uint8_t *codes, uint32_t width,
                               const uint32_t *map, size_t count) {
    switch (width << 4 | column->width) {
    case 0x11: return map_codes(column, rows, codes, 1, 1, map, count);
    case 0x12: return map_codes(column, rows, codes, 1, 2, map, count);
    case 0x14: return map_codes(column, rows, codes, 1, 4, map, count);
    case 0x21: return map_codes(column, rows, codes, 2, 1, map, count);
    case 0x22: return map_codes(column, rows, codes, 2, 2, map, count);
    case 0x24: return map_codes(column, rows, codes, 2, 4, map, count);
    case 0x41: return map_codes(column, rows, codes, 4, 1, map, count);
    case 0x42: return map_codes(column, rows, codes, 4, 2, map, count);
    case 0x44: return map_codes(column, rows, codes, 4, 4, map, count);
    default: return CS_INVALID;
    }
}

/* ---- texts ---- */

typedef struct {
    const uint8_t *data;
    size_t used;
    int is_ascii;
} source;

static int is_good(cs_text text, int (*is_text)(cs_text text)) {
    return cs_utf8_is_valid(text.data, text.size) || is_text(text) != 0;
}

static cs_status load_views(cs_column *column, size_t rows, const uint8_t *views,
                            const source *sources, size_t count, int (*is_text)(cs_text text),
                            int *outside) {
    cs_view *to = (cs_view *)(void *)column->data;
    for (size_t row = 0; row < rows; row++) {
        if (!cs_column_is_valid(column, row)) { continue; }
        cs_view view;
        memcpy(&view, views + row * sizeof view, sizeof view);
        const uint32_t size = (uint32_t)view.in.size;
        if (size <= CS_VIEW_INLINE) {
            if (!cs_view_is_plain(&view)) {
                memset(view.in.text + size, 0, CS_VIEW_INLINE - size);
                if (!is_good((cs_text){view.in.text, size}, is_text)) { return CS_INVALID; }
            }
        } else {
            const uint32_t segment = (uint32_t)view.out.segment, offset = (uint32_t)view.out.offset;
            *outside = size > INT32_MAX || segment >= count || offset > INT32_MAX ||
                       (size_t)offset + size > sources[segment].used;
            if (*outside) { return CS_INVALID; }
            const char *data = (const char *)sources[segment].data + offset;
            if (!sources[segment].is_ascii && !is_good((cs_text){data, size}, is_text)) {
                return CS_INVALID;
            }
            memcpy(view.out.prefix, data, sizeof view.out.prefix);
        }
        to[row] = view;
    }
    return CS_OK;
}

cs_status cs_column_load_texts(cs_column *column, size_t rows, const uint8_t *views,
                               int (*is_text)(cs_text text), int *outside) {
    const cs_textheap *heap = &column->heap;
    source *sources =
        heap->allocator->alloc(heap->allocator->ctx, (heap->count + (size_t)1) * sizeof *sources);
    *outside = 0;
    if (sources == NULL) { return CS_NO_MEMORY; }
    for (uint32_t i = 0; i < heap->count; i++) {
        const cs_segment *segment = &heap->segments[i];
        sources[i] = (source){segment->buffer->data, segment->used,
                              cs_utf8_is_ascii((const char *)segment->buffer->data, segment->used)};
    }
    const cs_status status =
        load_views(column, rows, views, sources, heap->count, is_text, outside);
    heap->allocator->free(heap->allocator->ctx, sources);
    return status;
}
