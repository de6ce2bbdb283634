/* pool/column.h: a column of a pool: can it be written, is it wide enough, has it values? */
#ifndef CB_POOL_COLUMN_H
#define CB_POOL_COLUMN_H

#include "pool/pool.h"

static inline uint32_t cb_pool_code(const cs_column *column, size_t row) {
    return cs_code_load(column->data, row, column->width);
}

/* Is it a code into a table that grows? Then the column is as wide as the codes that came need. */
static inline int cb_pool_grows(const cb_field *field) {
    return cs_kinds[field->kind].family == CS_FAMILY_CATEGORY;
}

/* The row's value can be overwritten afterwards. -1 and an error: the column is shared, and there
 * is no memory for a copy. */
int cb_pool_writable(Pool *self, uint32_t k, size_t row);
/* Room for that code in a column of codes. -1 and an error. */
int cb_pool_widen(Pool *self, uint32_t k, uint64_t code);
/* Is a value among these rows that is not null? */
int cb_pool_has_value(const Pool *self, const cb_pool_field *field, size_t from, size_t count);
/* One more reference for each pointer in these rows. */
void cb_pool_hold(Pool *self, size_t from, size_t count);

#endif
