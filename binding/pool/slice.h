/* pool/slice.h: pool[a:b:c]: a part of a pool, looked at in place.
 *
 * A slice knows its pool and which rows it covers; it copies nothing. It is stale once records were
 * removed, inserted or reordered, and says so. Records appended to the pool do not matter.
 * Its methods are in pool/slice_type.c.
 */
#ifndef CB_POOL_SLICE_H
#define CB_POOL_SLICE_H

#include "pool/pool.h"

typedef struct {
    PyObject_HEAD
    Pool *pool;
    uint64_t epoch; /* of the pool, when the slice was made */
    size_t start, count;
    Py_ssize_t step;
} PoolSlice;

PyObject *cb_pool_slice_new(Pool *pool, size_t start, size_t count, Py_ssize_t step);
/* -1 and StaleRowError: rows have moved since. */
int cb_pool_slice_fresh(PoolSlice *self);

static inline size_t cb_pool_slice_row(const PoolSlice *self, size_t index) {
    return (size_t)((Py_ssize_t)self->start + (Py_ssize_t)index * self->step);
}

#endif
