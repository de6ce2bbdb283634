/* pool/slice.c: which rows a slice means. */
#include "pool/slice.h"
#include "pool/pool.h"

PyObject *cb_pool_slice_new(Pool *pool, size_t start, size_t count, Py_ssize_t step) {
    PyTypeObject *type = pool->cls->state->pool_slice_type;
    const uint64_t epoch = pool->epoch; /* before the allocation: on 3.11 it may collect */
    PoolSlice *self = (PoolSlice *)type->tp_alloc(type, 0);
    if (self == NULL) { return NULL; }
    self->pool = (Pool *)Py_NewRef((PyObject *)pool);
    self->epoch = epoch;
    self->start = start;
    self->count = count;
    /* with one row or none any step is right; 1 never overflows */
    self->step = count > 1 ? step : 1;
    return (PyObject *)self;
}

int cb_pool_slice_fresh(PoolSlice *self) {
    if (self->epoch == self->pool->epoch) { return 0; }
    PyErr_Format(
        self->pool->cls->state->stale_error,
        "slice of a Pool of %s: rows were removed, inserted or reordered since; take it again",
        self->pool->cls->type->tp_name);
    return -1;
}
