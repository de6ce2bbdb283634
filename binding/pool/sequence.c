/* pool/sequence.c: what pools and slices have of a list: indexes, `in`, ==. */
#include "pool/sequence.h"
#include "pool/pool.h"
#include "pool/row.h"

int cb_pool_error_index(const Pool *self, Py_ssize_t given) {
    PyErr_Format(PyExc_IndexError, "Pool of %s: index %zd is out of range (it has %zu rows)",
                 self->cls->type->tp_name, given, self->length);
    return -1;
}

int cb_pool_index(Pool *self, PyObject *key, size_t *position) {
    int64_t small;
    Py_ssize_t index;
    if (PyLong_CheckExact(key) && cb_long_small(key, &small)) {
        index = (Py_ssize_t)small;
    } else if (PyIndex_Check(key)) {
        index = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (index == -1 && PyErr_Occurred()) { return -1; }
    } else {
        PyErr_Format(PyExc_TypeError,
                     "Pool of %s: an index is an int, a slice or the name of a field, got %s",
                     self->cls->type->tp_name, Py_TYPE(key)->tp_name);
        return -1;
    }
    const Py_ssize_t given = index;
    if (index < 0) { index += (Py_ssize_t)self->length; }
    if (index < 0 || (size_t)index >= self->length) { return cb_pool_error_index(self, given); }
    *position = (size_t)index;
    return 0;
}

/* A list makes a new list here. numpy.asarray(pool) + 1 does not come here: arrays are asked
 * first. */
PyObject *cb_pool_no_concat(PyObject *object, PyObject *other) {
    return PyErr_Format(PyExc_TypeError,
                        "%s + %s: a pool is not added to; [*a, *b] is a list of rows, and copy() "
                        "and extend() make a pool",
                        Py_TYPE(object)->tp_name, Py_TYPE(other)->tp_name);
}

PyObject *cb_pool_no_repeat(PyObject *object, Py_ssize_t times) {
    return PyErr_Format(
        PyExc_TypeError,
        "%s * %zd: a pool is not repeated; pool.extend(pool) adds its records once more",
        Py_TYPE(object)->tp_name, times);
}

/* One row is moved along and compared. The __eq__ of the class may change the pool. */
Py_ssize_t cb_pool_find(Pool *self, PyObject *value, size_t from, size_t to) {
    PyObject *row = NULL;
    Py_ssize_t found = -1;
    for (size_t i = from; i < to && i < self->length; i++) {
        row = cb_row_reuse(row, self, i);
        int same = row == NULL ? -1 : PyObject_RichCompareBool(row, value, Py_EQ);
        if (same != 0) {
            found = same < 0 ? -2 : (Py_ssize_t)i;
            break;
        }
    }
    Py_XDECREF(row);
    return found;
}

int cb_pool_equal(Pool *a, size_t from_a, Pool *b, size_t from_b, size_t count) {
    PyObject *x = NULL, *y = NULL;
    int same = 1;
    for (size_t i = 0; same == 1 && i < count; i++) {
        if (from_a + i >= a->length || from_b + i >= b->length) {
            same = 0;
            break;
        }
        x = cb_row_reuse(x, a, from_a + i);
        y = x == NULL ? NULL : cb_row_reuse(y, b, from_b + i);
        same = y == NULL ? -1 : PyObject_RichCompareBool(x, y, Py_EQ);
    }
    Py_XDECREF(x);
    Py_XDECREF(y);
    return same;
}
