/* pool/column.c: what must be right about a column before it is written. */
#include "pool/column.h"
#include "model/errors.h"
#include "pool/pool.h"
#include "pool/reference.h"

int cb_pool_writable(Pool *self, uint32_t k, size_t row) {
    return cb_error_status(cs_column_writable(cb_pool_column(self, k), row, self->core.rows));
}

int cb_pool_widen(Pool *self, uint32_t k, uint64_t code) {
    const cs_column *column = cb_pool_column(self, k);
    const uint32_t width = code > UINT16_MAX ? 4 : code > UINT8_MAX ? 2 : 1;
    if (width <= column->width) { return 0; }
    return cb_pool_error(self, cs_column_widen(cb_pool_column(self, k), self->core.rows,
                                               self->core.capacity, width));
}

int cb_pool_has_value(const Pool *self, const cb_pool_field *field, size_t from, size_t count) {
    const cs_column *column = cb_pool_column(self, field->column);
    if (!column->nullable || column->valid == NULL) { return count != 0; }
    for (size_t row = from; row < from + count; row++) { /* the first one has a value, as a rule */
        if (cs_column_is_valid(column, row)) { return 1; }
        if (row % 64 == 0 && row + 64 <= from + count && cs_column_nulls(column, row, 64) == 64) {
            row += 63;
        }
    }
    return 0;
}

void cb_pool_hold(Pool *self, size_t from, size_t count) {
    for (uint32_t k = 0; self->pointers != 0 && k < self->core.count; k++) {
        const cs_column *column = cb_pool_column(self, k);
        if (column->sort != CS_COLUMN_POINTER) { continue; }
        for (size_t row = from; row < from + count; row++) {
            Py_XINCREF(cb_reference_owned(cb_reference_load(column, row)));
        }
    }
}
