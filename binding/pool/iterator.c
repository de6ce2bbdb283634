/* pool/iterator.c: the rows of a pool, or of a part of it, one after the other.
 *
 * An iterator has two rows and hands them out in turn: a loop still holds the row before.
 */
#include "pool/iterator.h"
#include "pool/pool.h"
#include "pool/row.h"

typedef struct {
    PyObject_HEAD
    Pool *pool; /* NULL: at the end */
    size_t next, left;
    Py_ssize_t step;
    uint64_t epoch;
    int bounded; /* `left` rows, which must stay where they are; else all, also appended ones */
    unsigned turn;
    PyObject *rows[2]; /* handed out in turn: a loop still holds the row before */
} Iterator;

static PyObject *iterator_new(Pool *pool, size_t start, size_t count, Py_ssize_t step,
                              int bounded) {
    PyTypeObject *type = pool->cls->state->pool_iterator_type;
    const uint64_t epoch = pool->epoch; /* before the allocation: on 3.11 it may collect */
    Iterator *self = (Iterator *)type->tp_alloc(type, 0);
    if (self == NULL) { return NULL; }
    self->pool = (Pool *)Py_NewRef((PyObject *)pool);
    self->next = start;
    self->left = count;
    self->step = step;
    self->bounded = bounded;
    self->epoch = epoch;
    return (PyObject *)self;
}

PyObject *cb_pool_iterate(Pool *self, size_t start, size_t count, Py_ssize_t step) {
    return iterator_new(self, start, count, step, 1);
}

PyObject *cb_pool_iterate_all(Pool *self) { return iterator_new(self, 0, 0, 1, 0); }

static int iterator_clear(PyObject *object) {
    Iterator *self = (Iterator *)object;
    Py_CLEAR(self->rows[0]);
    Py_CLEAR(self->rows[1]);
    Py_CLEAR(self->pool);
    return 0;
}

static PyObject *iterator_next(PyObject *object) {
    Iterator *self = (Iterator *)object;
    Pool *pool = self->pool;
    if (pool == NULL) { return NULL; }
    if (self->bounded) {
        if (self->left == 0) {
            iterator_clear(object);
            return NULL;
        }
        if (self->epoch != pool->epoch) {
            PyErr_Format(pool->cls->state->stale_error,
                         "Pool of %s: rows were removed, inserted or reordered while a part of it "
                         "is iterated",
                         pool->cls->type->tp_name);
            return NULL;
        }
    } else if (self->next >= pool->length) {
        iterator_clear(object);
        return NULL;
    }
    /* Dropping the row of the turn before last may run code (a callback of a weak reference) that
     * goes on with this very iterator. So all is in order before. */
    PyObject **place = &self->rows[self->turn ^= 1], *row = *place;
    const size_t position = self->next;
    *place = NULL;
    self->next = position + (size_t)self->step;
    self->left -= self->bounded ? 1 : 0;
    row = cb_row_reuse(row, pool, position);
    if (row == NULL) { return NULL; }
    Py_XSETREF(*place, Py_NewRef(row));
    return row;
}

static PyObject *iterator_hint(PyObject *object, PyObject *unused) {
    (void)unused;
    Iterator *self = (Iterator *)object;
    size_t left = self->pool == NULL                ? 0
                  : self->bounded                   ? self->left
                  : self->next < self->pool->length ? self->pool->length - self->next
                                                    : 0;
    return PyLong_FromSize_t(left);
}

static int iterator_traverse(PyObject *object, visitproc visit, void *arg) {
    Iterator *self = (Iterator *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT((PyObject *)self->pool);
    Py_VISIT(self->rows[0]);
    Py_VISIT(self->rows[1]);
    return 0;
}

static void iterator_dealloc(PyObject *object) {
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    iterator_clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMethodDef iterator_methods[] = {
    {"__length_hint__", iterator_hint, METH_NOARGS, "How many rows are left."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot iterator_slots[] = {
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, iterator_next},
    {Py_tp_methods, iterator_methods},
    {Py_tp_traverse, iterator_traverse},
    {Py_tp_clear, iterator_clear},
    {Py_tp_dealloc, iterator_dealloc},
    {0, NULL},
};

PyType_Spec cb_pool_iterator_spec = {
    .name = "cslots._core.PoolIterator",
    .basicsize = sizeof(Iterator),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = iterator_slots,
};
