/* column.c: the life of a column, and who may write to its buffers.
 *
 *                    +--------+
 *   column --------> | values | <--------  export (Arrow, a pickle): a counted reference
 *     |  pins = 1    +--------+
 *     |                  ^ address only, by a view (NumPy): a pin
 *     |              +----------+
 *     +------------> | validity |
 *                    +----------+
 *
 * A buffer is *taken* when it is shared, or foreign and read only.
 *
 * Invariants, besides those of column.h
 *   - data == values->data. valid == validity->data of a nullable column, NULL of another.
 *   - A buffer that is taken is written only beyond `frozen` rows. A foreign one has no room
 *     beyond its rows.
 *   - While there are pins no buffer is taken.
 *   - Values, and validity bits, beyond the rows of the pool are zero.
 */
#include "cslots/column.h"

#include "bits.h"

static int is_taken(const cs_buffer *buffer) {
    return buffer != NULL &&
           (cs_buffer_is_shared(buffer) || (cs_buffer_is_foreign(buffer) && !buffer->writable));
}

/* After its buffers have changed. */
static void refresh(cs_column *column) {
    column->data = column->values->data;
    column->valid = column->validity != NULL ? column->validity->data : NULL;
    if (!is_taken(column->values) && !is_taken(column->validity)) { column->frozen = 0; }
}

static void set_values(cs_column *column, cs_buffer *values) {
    cs_buffer_unref(column->values);
    column->values = values;
}

static void set_validity(cs_column *column, cs_buffer *validity) {
    cs_buffer_unref(column->validity);
    column->validity = validity;
}

static int is_good(cs_column_spec spec) {
    switch (spec.sort) {
    case CS_COLUMN_FIXED:
        return spec.width == 1 || spec.width == 2 || spec.width == 4 || spec.width == 8 ||
               spec.width == 16;
    case CS_COLUMN_TEXT: return spec.width == sizeof(cs_view);
    case CS_COLUMN_POINTER: return spec.width == 8;
    default: return 0;
    }
}

cs_status cs_column_init(cs_column *column, const cs_allocator *allocator, cs_column_spec spec) {
    if (!is_good(spec)) { return CS_INVALID; }
    cs_column made = {.width = spec.width, .sort = spec.sort, .nullable = spec.nullable != 0};
    cs_textheap_init(&made.heap, allocator);
    made.values = cs_buffer_new(allocator, 0);
    if (made.values == NULL) { return CS_NO_MEMORY; }
    if (made.nullable) {
        made.validity = cs_buffer_new(allocator, 0);
        if (made.validity == NULL) {
            cs_buffer_unref(made.values);
            return CS_NO_MEMORY;
        }
    }
    refresh(&made);
    *column = made;
    return CS_OK;
}

void cs_column_clear(cs_column *column) {
    cs_buffer_unref(column->values);
    cs_buffer_unref(column->validity);
    if (column->heap.allocator != NULL) { cs_textheap_clear(&column->heap); }
    column->values = column->validity = NULL;
    column->data = column->valid = NULL;
    column->frozen = column->pins = 0;
}

/* ---- room ---- */

size_t cs_column_capacity(const cs_column *column) {
    size_t rows = column->values->capacity / column->width;
    if (column->nullable && column->validity->capacity < cs_bits_bytes(rows)) {
        rows = column->validity->capacity * 8;
    }
    return rows;
}

size_t cs_column_reserved(const cs_column *column) {
    size_t rows = column->values->reserved / column->width;
    if (column->nullable && column->validity->reserved < cs_bits_bytes(rows)) {
        rows = column->validity->reserved * 8;
    }
    return rows;
}

cs_status cs_column_reserve(cs_column *column, size_t rows, size_t capacity) {
    if (capacity > (size_t)PTRDIFF_MAX / column->width) { return CS_TOO_LARGE; }
    if (cs_buffer_is_foreign(column->values) ||
        (column->nullable && cs_buffer_is_foreign(column->validity))) {
        cs_status status = cs_column_own(column, rows);
        if (status != CS_OK) { return status; }
    }
    cs_status status = cs_buffer_grow(&column->values, rows * column->width,
                                      capacity * column->width, column->pins == 0);
    if (status == CS_OK && column->nullable) {
        status = cs_buffer_grow(&column->validity, cs_bits_bytes(rows), cs_bits_bytes(capacity),
                                column->pins == 0);
    }
    refresh(column);
    return status;
}

/* ---- writing, viewing, sharing ---- */

cs_status cs_column_own(cs_column *column, size_t rows) {
    cs_buffer *values = NULL, *validity = NULL;
    if (is_taken(column->values)) {
        values = cs_buffer_copy(column->values, column->heap.allocator, rows * column->width,
                                column->values->capacity);
        if (values == NULL) { return CS_NO_MEMORY; }
    }
    if (is_taken(column->validity)) {
        validity = cs_buffer_copy(column->validity, column->heap.allocator, cs_bits_bytes(rows),
                                  column->validity->capacity);
        if (validity == NULL) {
            cs_buffer_unref(values);
            return CS_NO_MEMORY;
        }
        /* the source may have anything behind its last bit */
        cs_bits_fill(validity->data, rows, cs_bits_bytes(rows) * 8, 0);
    }
    if (values != NULL) { set_values(column, values); }
    if (validity != NULL) { set_validity(column, validity); }
    column->frozen = 0;
    refresh(column);
    return CS_OK;
}

cs_status cs_column_pin(cs_column *column, size_t rows) {
    cs_status status = cs_column_own(column, rows);
    if (status == CS_OK) { column->pins++; }
    return status;
}

void cs_column_unpin(cs_column *column) { column->pins--; }

static cs_status share_copies(const cs_column *column, size_t rows, cs_buffer **values,
                              cs_buffer **validity) {
    const cs_allocator *allocator = column->heap.allocator;
    cs_buffer *copied = cs_buffer_copy(column->values, allocator, rows * column->width, 0);
    if (copied == NULL) { return CS_NO_MEMORY; }
    if (column->nullable) {
        *validity = cs_buffer_copy(column->validity, allocator, cs_bits_bytes(rows), 0);
        if (*validity == NULL) {
            cs_buffer_unref(copied);
            return CS_NO_MEMORY;
        }
    } else {
        *validity = NULL;
    }
    *values = copied;
    return CS_OK;
}

cs_status cs_column_share(cs_column *column, size_t rows, cs_buffer **values,
                          cs_buffer **validity) {
    if (column->sort == CS_COLUMN_POINTER) { return CS_INVALID; }
    if (column->pins != 0) { return share_copies(column, rows, values, validity); }
    *values = cs_buffer_ref(column->values);
    *validity = column->nullable ? cs_buffer_ref(column->validity) : NULL;
    if (column->frozen < rows) { column->frozen = rows; }
    return CS_OK;
}

cs_status cs_column_share_heap(cs_column *column, cs_segment **segments, uint32_t *count) {
    cs_textheap *heap = &column->heap;
    cs_segment *shared = NULL;
    if (heap->count != 0) {
        shared = heap->allocator->alloc(heap->allocator->ctx, heap->count * sizeof *shared);
        if (shared == NULL) { return CS_NO_MEMORY; }
    }
    for (uint32_t i = 0; i < heap->count; i++) {
        heap->segments[i].frozen = heap->segments[i].used;
        shared[i] = heap->segments[i];
        cs_buffer_ref(shared[i].buffer);
    }
    *segments = shared;
    *count = heap->count;
    return CS_OK;
}

void cs_column_adopt(cs_column *column, size_t rows, cs_buffer *values, cs_buffer *validity,
                     cs_textheap *heap) {
    set_values(column, values);
    if (column->nullable) {
        set_validity(column, validity);
    } else {
        cs_buffer_unref(validity);
    }
    if (heap != NULL) {
        cs_textheap_clear(&column->heap);
        column->heap = *heap;
        cs_textheap_init(heap, heap->allocator);
    }
    column->frozen = rows;
    refresh(column);
}

cs_status cs_column_widen(cs_column *column, size_t rows, size_t capacity, uint32_t width) {
    if (column->sort != CS_COLUMN_FIXED || width < column->width ||
        (width != 1 && width != 2 && width != 4)) {
        return CS_INVALID;
    }
    if (width == column->width) { return CS_OK; }
    if (column->pins != 0) { return CS_PINNED; }
    if (capacity < rows) { capacity = rows; }
    if (capacity > (size_t)PTRDIFF_MAX / width) { return CS_TOO_LARGE; }
    cs_buffer *values = cs_buffer_new(column->heap.allocator, capacity * width);
    if (values == NULL) { return CS_NO_MEMORY; }
    for (size_t i = 0; i < rows; i++) {
        cs_code_store(values->data, i, width, cs_code_load(column->data, i, column->width));
    }
    set_values(column, values);
    column->width = width;
    refresh(column);
    return CS_OK;
}

size_t cs_column_nulls(const cs_column *column, size_t from, size_t count) {
    return column->valid == NULL ? 0 : count - cs_bits_count(column->valid, from, from + count);
}

/* ---- checking ---- */

static int is_zero(const uint8_t *bytes, size_t size) {
    size_t i = 0;
    for (uint64_t word; size - i >= sizeof word; i += sizeof word) {
        memcpy(&word, bytes + i, sizeof word);
        if (word != 0) { return 0; }
    }
    for (; i < size; i++) {
        if (bytes[i] != 0) { return 0; }
    }
    return 1;
}

static int check_buffer(const cs_buffer *buffer, size_t used) {
    if (buffer == NULL || buffer->capacity < used || buffer->reserved < buffer->capacity) {
        return 2;
    }
    if (cs_buffer_is_foreign(buffer)) { return 0; }
    if (buffer->space ? buffer->capacity % CS_SPACE_STEP != 0
                      : buffer->capacity != buffer->reserved) {
        return 3;
    }
    return is_zero(buffer->data + used, buffer->capacity - used) ? 0 : 4;
}

static int check_view(const cs_textheap *heap, const cs_view *view) {
    cs_text text;
    if (cs_textheap_get(heap, view, &text) != 0) { return 8; }
    if (text.size > CS_VIEW_INLINE) {
        return memcmp(view->out.prefix, text.data, sizeof view->out.prefix) == 0 ? 0 : 9;
    }
    return is_zero((const uint8_t *)view->in.text + text.size, CS_VIEW_INLINE - text.size) ? 0 : 10;
}

static int check_texts(const cs_column *column, size_t rows) {
    const cs_textheap *heap = &column->heap;
    size_t used = 0, live = 0;
    int adopted = 0;
    for (uint32_t i = 0; i < heap->count; i++) {
        const cs_segment *segment = &heap->segments[i];
        if (segment->used > segment->capacity || segment->capacity > segment->buffer->capacity ||
            segment->frozen > segment->used) {
            return 11;
        }
        if (segment->capacity > CS_TEXTHEAP_SEGMENT || (i > heap->open && segment->used != 0)) {
            return 12;
        }
        used += segment->used;
        adopted |= segment->adopted;
    }
    if (heap->live + heap->dead != used || (heap->count != 0 && heap->open >= heap->count)) {
        return 13;
    }
    for (size_t i = 0; i < rows; i++) {
        const cs_view *view = (const cs_view *)(const void *)column->data + i;
        int broken = check_view(heap, view);
        if (broken != 0) { return broken; }
        if (view->in.size > CS_VIEW_INLINE) { live += (size_t)view->in.size; }
    }
    return live == heap->live || adopted ? 0 : 14;
}

int cs_column_check(const cs_column *column, size_t rows) {
    if (!is_good((cs_column_spec){column->sort, column->nullable, column->width})) { return 1; }
    int broken = check_buffer(column->values, rows * column->width);
    if (broken == 0 && column->nullable) {
        broken = check_buffer(column->validity, cs_bits_bytes(rows));
    }
    if (broken != 0) { return broken; }
    if (column->data != column->values->data ||
        column->valid != (column->nullable ? column->validity->data : NULL)) {
        return 5;
    }
    if (column->pins != 0 && (is_taken(column->values) || is_taken(column->validity))) { return 6; }
    if (column->frozen > rows) { return 7; }
    if (column->nullable && !cs_buffer_is_foreign(column->validity) &&
        cs_bits_count(column->valid, rows, cs_bits_bytes(rows) * 8) != 0) {
        return 15;
    }
    for (size_t i = 0; i < rows; i++) {
        if (!cs_column_is_valid(column, i) &&
            !is_zero(column->data + i * column->width, column->width)) {
            return 16;
        }
    }
    return column->sort == CS_COLUMN_TEXT ? check_texts(column, rows) : 0;
}
