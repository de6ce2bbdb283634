/* pool/slice_type.c: PoolSlice as Python sees it. pool/slice.h says what a slice is. */
#include "pool/slice_type.h"
#include "pool/add.h"
#include "pool/change.h"
#include "pool/check.h"
#include "pool/edit.h"
#include "pool/iterator.h"
#include "pool/over.h"
#include "pool/plan.h"
#include "pool/pool.h"
#include "pool/row.h"
#include "pool/sequence.h"
#include "pool/slice.h"
#include "runtime/package.h"

static Py_ssize_t slice_length(PyObject *object) {
    return cb_pool_slice_fresh((PoolSlice *)object) < 0 ? -1
                                                        : (Py_ssize_t)((PoolSlice *)object)->count;
}

static int error_index(const PoolSlice *self, Py_ssize_t index) {
    PyErr_Format(PyExc_IndexError,
                 "slice of a Pool of %s: index %zd is out of range (it has %zu rows)",
                 self->pool->cls->type->tp_name, index, self->count);
    return -1;
}

static int find_position(PoolSlice *self, PyObject *key, size_t *position) {
    if (!PyIndex_Check(key)) {
        PyErr_Format(
            PyExc_TypeError,
            "slice of a Pool of %s: an index is an int, a slice or the name of a field, got %s",
            self->pool->cls->type->tp_name, Py_TYPE(key)->tp_name);
        return -1;
    }
    Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if ((index == -1 && PyErr_Occurred()) || cb_pool_slice_fresh(self) < 0) { return -1; }
    const Py_ssize_t given = index;
    if (index < 0) { index += (Py_ssize_t)self->count; }
    if (index < 0 || (size_t)index >= self->count) { return error_index(self, given); }
    *position = cb_pool_slice_row(self, (size_t)index);
    return 0;
}

static PyObject *slice_item(PyObject *object, Py_ssize_t index) {
    PoolSlice *self = (PoolSlice *)object;
    if (cb_pool_slice_fresh(self) < 0) { return NULL; }
    if (index < 0 || (size_t)index >= self->count) {
        error_index(self, index);
        return NULL;
    }
    return cb_row_new(self->pool, cb_pool_slice_row(self, (size_t)index));
}

static PyObject *slice_subscript(PyObject *object, PyObject *key) {
    PoolSlice *self = (PoolSlice *)object;
    if (PyUnicode_Check(key)) {
        return cb_pool_slice_fresh(self) < 0
                   ? NULL
                   : cb_package_call(CB_POOL_PACKAGE, "slice_column", object, key, NULL);
    }
    if (PySlice_Check(key)) {
        Py_ssize_t start, stop, step;
        if (PySlice_Unpack(key, &start, &stop, &step) < 0 || cb_pool_slice_fresh(self) < 0) {
            return NULL;
        }
        Py_ssize_t count = PySlice_AdjustIndices((Py_ssize_t)self->count, &start, &stop, step);
        const size_t first = count == 0 ? self->start : cb_pool_slice_row(self, (size_t)start);
        /* Where the product overflows, the slice has one row or none. */
        int64_t stride;
        if (cs_multiply_overflows(self->step, step, &stride)) { stride = 1; }
        return cb_pool_slice_new(self->pool, first, (size_t)count, (Py_ssize_t)stride);
    }
    size_t position;
    return find_position(self, key, &position) < 0 ? NULL : cb_row_new(self->pool, position);
}

static int slice_assign(PyObject *object, PyObject *key, PyObject *value) {
    PoolSlice *self = (PoolSlice *)object;
    if (value == NULL) {
        PyErr_Format(PyExc_TypeError,
                     "slice of a Pool of %s: rows are removed from the pool itself: del pool[i]",
                     self->pool->cls->type->tp_name);
        return -1;
    }
    if (PyUnicode_Check(key)) {
        if (cb_pool_slice_fresh(self) < 0) { return -1; }
        PyObject *done =
            cb_package_call(CB_POOL_PACKAGE, "assign_slice_column", object, key, value, NULL);
        Py_XDECREF(done);
        return done == NULL ? -1 : 0;
    }
    size_t position;
    if (find_position(self, key, &position) < 0) { return -1; }
    PyObject *index = PyLong_FromSize_t(position);
    int result = index == NULL ? -1 : cb_pool_assign((PyObject *)self->pool, index, value);
    Py_XDECREF(index);
    return result;
}

static PyObject *slice_iter(PyObject *object) {
    PoolSlice *self = (PoolSlice *)object;
    return cb_pool_slice_fresh(self) < 0
               ? NULL
               : cb_pool_iterate(self->pool, self->start, self->count, self->step);
}

static PyObject *slice_reversed(PyObject *object, PyObject *unused) {
    (void)unused;
    PoolSlice *self = (PoolSlice *)object;
    if (cb_pool_slice_fresh(self) < 0) { return NULL; }
    return cb_pool_iterate(
        self->pool, self->count == 0 ? self->start : cb_pool_slice_row(self, self->count - 1),
        self->count, -self->step);
}

/* A pool of as many rows, in which assign_slice_column() has filled that column. */
static PyObject *slice_put_column(PyObject *object, PyObject *const *args, Py_ssize_t nargs) {
    PoolSlice *self = (PoolSlice *)object;
    Pool *pool = self->pool, *from;
    if (nargs != 2 || !Py_IS_TYPE(args[0], pool->cls->state->pool_type) ||
        ((Pool *)args[0])->cls != pool->cls || args[0] == (PyObject *)pool) {
        return PyErr_Format(
            PyExc_TypeError,
            "_put_column() expects another pool of the class and the name of a field");
    }
    from = (Pool *)args[0];
    const cb_pool_field *field = cb_pool_field_named(pool, args[1]);
    if (field == NULL || cb_pool_slice_fresh(self) < 0 || cb_pool_may_change(pool) < 0 ||
        cb_pool_may_change(from) < 0) {
        return NULL;
    }
    if (from->length != self->count) {
        return PyErr_Format(
            PyExc_ValueError,
            "slice of a Pool of %s: the column '%U' has %zu values, the slice %zu rows",
            pool->cls->type->tp_name, field->field->name, from->length, self->count);
    }
    const int result = cb_pool_put_over(pool, field, from, self->start, self->count, self->step);
    cb_pool_consistent(pool);
    if (result < 0) { return NULL; }
    Py_RETURN_NONE;
}

/* Each row is compared as `in` of a list does. The comparison may make the slice stale. */
static int slice_contains(PyObject *object, PyObject *value) {
    PyObject *rows = slice_iter(object), *row;
    int found = rows == NULL ? -1 : 0;
    while (found == 0 && (row = PyIter_Next(rows)) != NULL) {
        found = PyObject_RichCompareBool(row, value, Py_EQ);
        Py_DECREF(row);
    }
    if (found == 0 && PyErr_Occurred()) { found = -1; }
    Py_XDECREF(rows);
    return found;
}

static PyObject *slice_repr(PyObject *object) {
    PoolSlice *self = (PoolSlice *)object;
    return PyUnicode_FromFormat("<slice of a Pool of %s, %zu row%s>",
                                self->pool->cls->type->tp_name, self->count,
                                self->count == 1 ? "" : "s");
}

static PyObject *slice_copy(PyObject *object, PyObject *unused) {
    (void)unused;
    PoolSlice *self = (PoolSlice *)object;
    Pool *copy = cb_pool_new(self->pool->cls->state, self->pool->cls);
    if (copy != NULL && cb_pool_extend(copy, object) < 0) { Py_CLEAR(copy); }
    return (PyObject *)copy;
}

/* A slice is pickled as the pool of its records: its own pool stays at home. */
static PyObject *slice_reduce(PyObject *object, PyObject *protocol) {
    PyObject *copy = slice_copy(object, NULL);
    PyObject *result =
        copy == NULL ? NULL : PyObject_CallMethod(copy, "__reduce_ex__", "(O)", protocol);
    Py_XDECREF(copy);
    return result;
}

/* Slices and pools of one class are compared row by row. */
static int part_of(cb_state *state, PyObject *object, Pool **pool, size_t *start, size_t *count,
                   Py_ssize_t *step) {
    if (Py_IS_TYPE(object, state->pool_type)) {
        *pool = (Pool *)object;
        *start = 0;
        *count = (*pool)->length;
        *step = 1;
        return 1;
    }
    if (!Py_IS_TYPE(object, state->pool_slice_type)) { return 0; }
    PoolSlice *slice = (PoolSlice *)object;
    if (cb_pool_slice_fresh(slice) < 0) { return -1; }
    *pool = slice->pool;
    *start = slice->start;
    *count = slice->count;
    *step = slice->step;
    return 1;
}

static PyObject *slice_richcompare(PyObject *a, PyObject *b, int op) {
    cb_state *state = ((PoolSlice *)a)->pool->cls->state;
    Pool *pools[2];
    size_t starts[2], counts[2];
    Py_ssize_t steps[2];
    if (op != Py_EQ && op != Py_NE) { Py_RETURN_NOTIMPLEMENTED; }
    for (int i = 0; i < 2; i++) {
        int known = part_of(state, i == 0 ? a : b, &pools[i], &starts[i], &counts[i], &steps[i]);
        if (known < 0) { return NULL; }
        if (known == 0) { Py_RETURN_NOTIMPLEMENTED; }
    }
    if (pools[0]->cls != pools[1]->cls) { Py_RETURN_NOTIMPLEMENTED; }
    int same = counts[0] == counts[1];
    for (size_t i = 0; same == 1 && i < counts[0]; i++) {
        same =
            cb_pool_equal(pools[0], (size_t)((Py_ssize_t)starts[0] + (Py_ssize_t)i * steps[0]),
                          pools[1], (size_t)((Py_ssize_t)starts[1] + (Py_ssize_t)i * steps[1]), 1);
    }
    return same < 0 ? NULL : PyBool_FromLong(same == (op == Py_EQ));
}

static PyObject *slice_pool(PyObject *object, void *unused) {
    (void)unused;
    return Py_NewRef((PyObject *)((PoolSlice *)object)->pool);
}

static PyObject *slice_range(PyObject *object, void *unused) {
    (void)unused;
    PoolSlice *self = (PoolSlice *)object;
    return Py_BuildValue("(nnn)", (Py_ssize_t)self->start, (Py_ssize_t)self->count, self->step);
}

static int slice_traverse(PyObject *object, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(object));
    Py_VISIT((PyObject *)((PoolSlice *)object)->pool);
    return 0;
}

static void slice_dealloc(PyObject *object) {
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    Py_XDECREF((PyObject *)((PoolSlice *)object)->pool);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMethodDef slice_methods[] = {
    {"copy", slice_copy, METH_NOARGS,
     "copy($self, /)\n--\n\nA pool of its own with these records."},
    {"__copy__", slice_copy, METH_NOARGS, NULL},
    {"_put_column", (PyCFunction)(void (*)(void))slice_put_column, METH_FASTCALL, NULL},
    {"__reduce_ex__", slice_reduce, METH_O, "How pickle takes a slice: as a pool of its records."},
    {"__reversed__", slice_reversed, METH_NOARGS, "The rows from the last to the first."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef slice_getset[] = {
    {"pool", slice_pool, NULL, "The pool that it is a part of.", NULL},
    {"_range", slice_range, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slice_slots[] = {
    {Py_tp_doc, "A part of a Pool, looked at in place: pool[a:b:c]."},
    {Py_tp_traverse, slice_traverse},
    {Py_tp_dealloc, slice_dealloc},
    {Py_tp_iter, slice_iter},
    {Py_tp_repr, slice_repr},
    {Py_tp_richcompare, slice_richcompare},
    {Py_tp_hash, PyObject_HashNotImplemented},
    {Py_tp_methods, slice_methods},
    {Py_tp_getset, slice_getset},
    {Py_sq_length, slice_length},
    {Py_sq_concat, cb_pool_no_concat},
    {Py_sq_repeat, cb_pool_no_repeat},
    {Py_sq_item, slice_item},
    {Py_sq_contains, slice_contains},
    {Py_mp_length, slice_length},
    {Py_mp_subscript, slice_subscript},
    {Py_mp_ass_subscript, slice_assign},
    {0, NULL},
};

PyType_Spec cb_pool_slice_spec = {
    .name = "cslots.PoolSlice",
    .basicsize = sizeof(PoolSlice),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION |
             Py_TPFLAGS_SEQUENCE,
    .slots = slice_slots,
};
