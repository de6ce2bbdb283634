/* pool/append.h: records go to the end of a pool: one object, or rows of another pool. */
#ifndef CB_POOL_APPEND_H
#define CB_POOL_APPEND_H

#include "pool/pool.h"
#include "pool/slice.h"

/* Is it a mapping {field: value}, or {field: column}? */
int cb_pool_is_mapping(PyObject *value);
/* An object of the record class for a value that is to be put into the pool: the value itself, or
 * made of a row or a mapping. New reference; NULL and TypeError. */
PyObject *cb_pool_as_object(Pool *self, PyObject *value);
/* Into a fresh row at the end of the core pool, between cb_pool_begin() and cb_pool_end(). */
int cb_pool_add_object(Pool *self, PyObject *object);
int cb_pool_append_object(Pool *self, PyObject *object);

/* `count` rows of `from`: those that `rows` names, or, where it is NULL, those from `start` on. */
int cb_pool_append_rows(Pool *self, Pool *from, const size_t *rows, size_t start, size_t count);
int cb_pool_append_slice(Pool *self, PoolSlice *slice);
/* Has nothing ever looked into its columns, and is it empty? */
int cb_pool_is_untouched(const Pool *self);
/* All rows of a pool that nothing else knows: an untouched pool takes over its columns, another one
 * appends copies. */
int cb_pool_take(Pool *self, Pool *from);

#endif
