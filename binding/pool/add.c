/* pool/add.c: records come into a pool from whatever the user has: append, insert, extend, copy.
 *
 *   source                                            way
 *   another pool or slice of the class                pool/append.c: columns are copied as memory
 *   Arrow data                                        pool/arrow_in.c
 *   a mapping {field: column}                         pool/fill.c, column by column
 *   what the package turns into one of these          cslots/_pool/columns.py: understand()
 *   an iterable of objects, rows or mappings          one after the other
 *
 * All of them add all records or none: pool/change.h.
 */
#include "pool/add.h"
#include "pool/append.h"
#include "pool/arrow_in.h"
#include "pool/change.h"
#include "pool/check.h"
#include "pool/column.h"
#include "pool/fill.h"
#include "pool/living.h"
#include "pool/plan.h"
#include "pool/pool.h"
#include "pool/slice.h"
#include "pool/value.h"
#include "runtime/package.h"

#define HINT_MOST 1000000 /* rows */

static PyObject *pool_append(PyObject *object, PyObject *const *args, Py_ssize_t nargs,
                             PyObject *kwnames) {
    Pool *self = (Pool *)object;
    PyObject *value;
    if (nargs == 1 && kwnames == NULL) {
        value = cb_pool_as_object(self, args[0]);
    } else if (nargs == 0 && kwnames != NULL) {
        value = PyObject_Vectorcall((PyObject *)self->type, args, 0, kwnames);
        if (value != NULL && !Py_IS_TYPE(value, self->type)) {
            Py_SETREF(value, cb_pool_as_object(self, value));
        }
    } else {
        return PyErr_Format(PyExc_TypeError,
                            "append() takes one %s object, or its fields as keywords",
                            self->cls->type->tp_name);
    }
    int result = value == NULL ? -1 : cb_pool_append_object(self, value);
    Py_XDECREF(value);
    if (result < 0) { return NULL; }
    Py_RETURN_NONE;
}

static PyObject *pool_insert(PyObject *object, PyObject *const *args, Py_ssize_t nargs) {
    Pool *self = (Pool *)object;
    if (nargs != 2) {
        return PyErr_Format(PyExc_TypeError, "insert() takes an index and a %s object",
                            self->cls->type->tp_name);
    }
    Py_ssize_t index = PyNumber_AsSsize_t(args[0], NULL);
    if (index == -1 && PyErr_Occurred()) { return NULL; }
    PyObject *value = cb_pool_as_object(self, args[1]);
    if (value == NULL || cb_pool_may_change(self) < 0 || cb_pool_check_object(self, value) < 0) {
        Py_XDECREF(value);
        return NULL;
    }
    if (index < 0) { index += (Py_ssize_t)self->length; }
    size_t at = index < 0 ? 0 : (size_t)index > self->length ? self->length : (size_t)index;
    int result = cb_pool_error(self, cs_pool_insert(&self->core, at, 1));
    if (result == 0 && (result = cb_pool_put_object(self, at, value)) < 0) {
        PyObject *error = cb_error_take();
        /* This cannot fail: nothing is pinned or shared, or the insertion would have failed. */
        (void)cs_pool_remove(&self->core, at, 1);
        cb_error_restore(error);
    }
    Py_DECREF(value);
    if (result < 0) { return NULL; }
    self->length = self->core.rows;
    cb_rows_shift(self, at, 1);
    cb_pool_changed(self);
    cb_pool_consistent(self);
    Py_RETURN_NONE;
}

/* ---- objects one after the other ---- */

static int add_value(Pool *self, PyObject *value) {
    if (Py_IS_TYPE(value, self->type)) { return cb_pool_add_object(self, value); }
    PyObject *object = cb_pool_as_object(self, value);
    int result = object == NULL ? -1 : cb_pool_add_object(self, object);
    Py_XDECREF(object);
    return result;
}

static int extend_iterable(Pool *self, PyObject *source) {
    Py_ssize_t hint = PyObject_LengthHint(source, 0);
    if (hint < 0) { return -1; }
    PyObject *iterator = PyObject_GetIter(source), *value;
    if (iterator == NULL) {
        if (PyErr_ExceptionMatches(PyExc_TypeError)) {
            PyErr_Format(PyExc_TypeError,
                         "Pool of %s: expected rows (an iterable of %s objects or of mappings) or "
                         "a mapping of columns, got %s",
                         self->cls->type->tp_name, self->cls->type->tp_name,
                         Py_TYPE(source)->tp_name);
        }
        return -1;
    }
    int result = cb_pool_begin(self);
    if (result < 0) {
        Py_DECREF(iterator);
        return -1;
    }
    /* A hint may lie: so little is asked for at once, and it need not be there. */
    if (hint > 0) {
        (void)cs_pool_reserve(&self->core,
                              self->core.rows + (hint < HINT_MOST ? (size_t)hint : HINT_MOST));
    }
    while (result == 0 && (value = PyIter_Next(iterator)) != NULL) {
        result = add_value(self, value);
        Py_DECREF(value);
    }
    if (result == 0 && PyErr_Occurred()) { result = -1; }
    result = cb_pool_end(self, result);
    PyObject *error = result < 0 ? cb_error_take() : NULL;
    Py_DECREF(iterator);
    if (error != NULL) { cb_error_restore(error); }
    return result;
}

/* ---- columns ---- */

/* {name: values, or (values, valid)}, all of one length: what columns_of() of the package gives. */
static int fill_columns(Pool *self, PyObject *columns, size_t count) {
    const size_t from = self->core.rows;
    cs_status status = cs_pool_grow(&self->core, count);
    if (status != CS_OK) { return cb_pool_error(self, status); }
    for (uint32_t i = 0; i < self->cls->field_count; i++) {
        const cb_pool_field *field = &self->fields[i];
        if (field->column == CB_NO_COLUMN) { continue; }
        PyObject *values = PyDict_GetItemWithError(columns, field->field->name), *valid = NULL;
        if (values == NULL) {
            if (PyErr_Occurred() || cb_pool_fill_default(self, field, from) < 0) { return -1; }
            continue;
        }
        if (PyTuple_CheckExact(values) && PyTuple_GET_SIZE(values) == 2) {
            valid = PyTuple_GET_ITEM(values, 1);
            values = PyTuple_GET_ITEM(values, 0);
        }
        if (field->kind == CS_DATETIME && !cb_pool_has_value(self, field, 0, from)) {
            self->zones[field->column] = CB_ZONE_OPEN;
        }
        Py_INCREF(values);
        Py_XINCREF(valid);
        int result = cb_pool_fill(self, field, from, count, values, valid);
        Py_DECREF(values);
        Py_XDECREF(valid);
        if (result < 0) { return -1; }
    }
    return 0;
}

static int extend_columns(Pool *self, PyObject *source) {
    PyObject *found =
                 cb_package_call(CB_POOL_PACKAGE, "columns_of", (PyObject *)self, source, NULL),
             *columns;
    Py_ssize_t count;
    if (found == NULL) { return -1; }
    if (!PyArg_ParseTuple(found, "O!n", &PyDict_Type, &columns, &count) || count < 0 ||
        cb_pool_begin(self) < 0) {
        Py_DECREF(found);
        return -1;
    }
    int result = cb_pool_end(self, fill_columns(self, columns, (size_t)count));
    PyObject *error = result < 0 ? cb_error_take() : NULL;
    Py_DECREF(found);
    if (error != NULL) { cb_error_restore(error); }
    return result;
}

/* For assign_column(), in a fresh pool: rows of which only this column is written. The pool never
 * leaves the package. */
static PyObject *pool_extend_column(PyObject *object, PyObject *const *args, Py_ssize_t nargs) {
    Pool *self = (Pool *)object;
    const cb_pool_field *field = nargs == 4 ? cb_pool_field_named(self, args[0]) : NULL;
    Py_ssize_t count = field == NULL ? -1 : PyObject_Size(args[1]);
    if (count < 0 || cb_pool_begin(self) < 0) {
        return PyErr_Occurred()
                   ? NULL
                   : PyErr_Format(PyExc_TypeError, "_extend_column() expects a name, values, a "
                                                   "mask or None, and whether times are in UTC");
    }
    const size_t from = self->core.rows;
    int result = cb_pool_error(self, cs_pool_grow(&self->core, (size_t)count));
    if (args[3] == Py_True && self->length == 0) { self->zones[field->column] = CB_ZONE_UTC; }
    if (result == 0) { result = cb_pool_fill(self, field, from, (size_t)count, args[1], args[2]); }
    if (cb_pool_end(self, result) < 0) { return NULL; }
    Py_RETURN_NONE;
}

/* What the package makes of a source that is neither rows nor a plain mapping: an Arrow table, a
 * DataFrame, a structured array. New reference, or NULL. */
static PyObject *understood(Pool *self, PyObject *source) {
    if (PyList_CheckExact(source) || PyTuple_CheckExact(source) || PyGen_CheckExact(source)) {
        return Py_NewRef(source);
    }
    return cb_package_call(CB_POOL_PACKAGE, "understand", (PyObject *)self, source, NULL);
}

int cb_pool_extend(Pool *self, PyObject *source) {
    cb_state *state = self->cls->state;
    if (Py_IS_TYPE(source, state->pool_type) && ((Pool *)source)->cls == self->cls) {
        return cb_pool_append_rows(self, (Pool *)source, NULL, 0, ((Pool *)source)->length);
    }
    if (Py_IS_TYPE(source, state->pool_slice_type) &&
        ((PoolSlice *)source)->pool->cls == self->cls) {
        return cb_pool_append_slice(self, (PoolSlice *)source);
    }
    if (cb_pool_is_arrow(self, source)) { return cb_pool_extend_arrow(self, source, NULL); }
    if (cb_pool_is_mapping(source)) { return extend_columns(self, source); }
    PyObject *rows = understood(self, source);
    if (rows == NULL) { return -1; }
    int result;
    if (Py_IS_TYPE(rows, state->pool_type) && rows != source && ((Pool *)rows)->cls == self->cls) {
        result = cb_pool_take(self, (Pool *)rows);
    } else {
        result =
            cb_pool_is_mapping(rows) ? extend_columns(self, rows) : extend_iterable(self, rows);
    }
    Py_DECREF(rows);
    return result;
}

static PyObject *pool_extend(PyObject *object, PyObject *source) {
    if (cb_pool_extend((Pool *)object, source) < 0) { return NULL; }
    Py_RETURN_NONE;
}

static PyObject *pool_iadd(PyObject *object, PyObject *source) {
    return cb_pool_extend((Pool *)object, source) < 0 ? NULL : Py_NewRef(object);
}

static PyObject *pool_copy(PyObject *object, PyObject *unused) {
    (void)unused;
    Pool *self = (Pool *)object, *copy = cb_pool_new(self->cls->state, self->cls);
    if (copy != NULL && cb_pool_append_rows(copy, self, NULL, 0, self->length) < 0) {
        Py_CLEAR(copy);
    }
    return (PyObject *)copy;
}

static PyObject *pool_reserve(PyObject *object, PyObject *rows) {
    Pool *self = (Pool *)object;
    Py_ssize_t count = PyNumber_AsSsize_t(rows, PyExc_OverflowError);
    if (count == -1 && PyErr_Occurred()) { return NULL; }
    if (count < 0) {
        return PyErr_Format(PyExc_ValueError, "reserve(): a number of rows, got %zd", count);
    }
    if (cb_pool_may_change(self) < 0 ||
        cb_pool_error(self, cs_pool_reserve(&self->core, (size_t)count)) < 0) {
        return NULL;
    }
    cb_pool_consistent(self);
    Py_RETURN_NONE;
}

PyMethodDef cb_pool_add_methods[] = {
    {"append", (PyCFunction)(void (*)(void))pool_append, METH_FASTCALL | METH_KEYWORDS,
     "append(obj=None, /, **fields)\n--\n\n"
     "Add a copy of one object of the record class, or the record that the class makes of these "
     "fields."},
    {"insert", (PyCFunction)(void (*)(void))pool_insert, METH_FASTCALL,
     "Add a copy of an object before the row at an index; O(rows)."},
    {"extend", pool_extend, METH_O,
     "extend($self, rows, /)\n--\n\n"
     "Add many records, all or none: another pool or slice of the class, objects, mappings\n"
     "{field: value}, one mapping {field: column} of equally long columns (lists, NumPy arrays,\n"
     "memoryviews), a structured array, or what exports Arrow data.\n"
     "Columns go past __init__ and __post_init__; a field without a column gets its default."},
    {"__iadd__", pool_iadd, METH_O, NULL},
    {"_extend_column", (PyCFunction)(void (*)(void))pool_extend_column, METH_FASTCALL, NULL},
    {"copy", pool_copy, METH_NOARGS,
     "copy($self, /)\n--\n\n"
     "A pool of its own with the same records; what references refer to is shared."},
    {"__copy__", pool_copy, METH_NOARGS, NULL},
    {"reserve", pool_reserve, METH_O,
     "reserve($self, rows, /)\n--\n\nMake room for that many rows in all."},
    {NULL, NULL, 0, NULL},
};
