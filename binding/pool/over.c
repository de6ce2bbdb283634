/* pool/over.c: many records, or values of one field, over those of rows that exist:
 * pool[a:b] = records, pool[a:b]["x"] = values.
 *
 *   source (a pool that nothing else knows)     | v0 | v1 | v2 |
 *                                                  |    |    |
 *   rows start, start + step, ... of the pool   |  ..  v ..  v ..  v  |
 *
 * The source was filled as any pool is, so all values have been checked. Two passes over the
 * columns follow. The first may fail: it widens codes, settles the zone of datetimes, makes
 * columns writable that an export shares, and reserves room for texts. The second cannot fail and
 * runs no user code: it moves the values. So the change happens in all rows or in none. References
 * change places with those that were there, and end with the source.
 */
#include "pool/over.h"
#include "pool/check.h"
#include "pool/column.h"
#include "pool/pool.h"
#include "pool/reference.h"
#include "pool/zone.h"

typedef struct {
    size_t start, count;
    Py_ssize_t step;
} target;

static inline size_t row_of(target to, size_t i) {
    return (size_t)((Py_ssize_t)to.start + (Py_ssize_t)i * to.step);
}

static cs_view *view_at(const cs_column *column, size_t row) {
    return (cs_view *)(void *)column->data + row;
}

static int prepare_texts(Pool *self, const cb_pool_field *field, const cs_column *source,
                         size_t count) {
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        const int32_t size = view_at(source, i)->in.size;
        if (size > CS_VIEW_INLINE) { bytes += (size_t)size; }
    }
    return cb_pool_error(self, cs_textheap_reserve(&field->at->heap, bytes));
}

static uint64_t highest_code(uint32_t width) {
    return width == 1 ? UINT8_MAX : width == 2 ? UINT16_MAX : UINT32_MAX;
}

static int prepare(Pool *self, const cb_pool_field *field, Pool *from, target to) {
    const cs_column *source = cb_pool_column(from, field->column);
    const size_t last = row_of(to, to.count - 1);
    if (field->kind == CS_CATEGORY &&
        (cb_pool_widen(self, field->column, highest_code(source->width)) < 0 ||
         cb_pool_widen(from, field->column, highest_code(field->at->width)) < 0)) {
        return -1;
    }
    const int zone = field->kind == CS_DATETIME
                         ? cb_pool_zone_held(from, &from->fields[field - self->fields])
                         : CB_ZONE_OPEN;
    if (zone != CB_ZONE_OPEN && cb_pool_zone(self, field, zone == CB_ZONE_UTC) < 0) { return -1; }
    if (cb_pool_writable(self, field->column, to.start < last ? to.start : last) < 0) { return -1; }
    return field->kind == CS_UTF8 ? prepare_texts(self, field, source, to.count) : 0;
}

static void move_text(cs_column *column, size_t row, const cs_column *source, size_t i) {
    cs_text text;
    cs_view made = {0};
    if (cs_column_text(source, i, &text) == 0) {
        (void)cs_textheap_put(&column->heap, text.data, text.size, &made); /* there is room */
    }
    cs_textheap_drop(&column->heap, view_at(column, row));
    *view_at(column, row) = made;
}

static void swap_references(cs_column *column, size_t row, cs_column *source, size_t i) {
    const uintptr_t kept = cb_reference_load(column, row);
    cb_reference_store(column, row, cb_reference_load(source, i));
    cb_reference_store(source, i, kept);
}

static void move_values(const cb_pool_field *field, cs_column *source, target to) {
    cs_column *column = field->at;
    const size_t width = column->width;
    for (size_t i = 0; i < to.count; i++) {
        const size_t row = row_of(to, i);
        if (column->sort == CS_COLUMN_TEXT) {
            move_text(column, row, source, i);
        } else if (column->sort == CS_COLUMN_POINTER) {
            swap_references(column, row, source, i);
        } else {
            memcpy(column->data + row * width, source->data + i * width, width);
        }
        if (column->nullable) { cs_column_set_valid(column, row, cs_column_is_valid(source, i)); }
    }
}

int cb_pool_put_over(Pool *self, const cb_pool_field *only, Pool *from, size_t start, size_t count,
                     Py_ssize_t step) {
    const target to = {start, count, step};
    if (count == 0) { return 0; }
    cb_pool_note_written(self, from);
    for (int moving = 0; moving < 2; moving++) {
        for (uint32_t i = 0; i < self->cls->field_count; i++) {
            const cb_pool_field *field = &self->fields[i];
            if (field->column == CB_NO_COLUMN || (only != NULL && field != only)) { continue; }
            if (moving) {
                move_values(field, cb_pool_column(from, field->column), to);
            } else if (prepare(self, field, from, to) < 0) {
                return -1;
            }
        }
    }
    return 0;
}
