/* pool/fill.h: a whole column of values into fresh rows. */
#ifndef CB_POOL_FILL_H
#define CB_POOL_FILL_H

#include "pool/pool.h"

/* `valid`: NULL, or a buffer with one byte a row, where 0 is a null. -1 and an error: the rows are
 * to be taken back. */
int cb_pool_fill(Pool *self, const cb_pool_field *field, size_t from, size_t count,
                 PyObject *values, PyObject *valid);
/* The field's default in all rows from there on. -1 and TypeError if it has none. */
int cb_pool_fill_default(Pool *self, const cb_pool_field *field, size_t from);
/* Adds "(row 5 of the column 'qty')" to the exception in flight; -1. */
int cb_pool_note_row(const cb_pool_field *field, size_t row);

#endif
