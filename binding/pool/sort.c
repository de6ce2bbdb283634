/* pool/sort.c: the order of the records: sort, reverse.
 *
 * An order is an array of row numbers: new row i is old row order[i]. The core sorts the numbers by
 * what a column holds; Python sorts them where the column holds references. Then the records move.
 */
#include "pool/sort.h"
#include "kinds/category.h"
#include "pool/change.h"
#include "pool/check.h"
#include "pool/living.h"
#include "pool/pool.h"
#include "runtime/memory.h"
#include "runtime/package.h"

/* New row i is old row order[i]. */
static int reorder(Pool *self, const size_t *order) {
    size_t *places =
        !cb_living_any(self) ? NULL : PyMem_RawMalloc((self->length + 1) * sizeof *places);
    if (cb_living_any(self) && places == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    cs_status status = cs_pool_permute(&self->core, order);
    if (status == CS_OK) {
        for (size_t i = 0; places != NULL && i < self->length; i++) { places[order[i]] = i; }
        if (places != NULL) { cb_rows_follow(self, places); }
        cb_pool_changed(self);
    }
    PyMem_RawFree(places);
    cb_pool_consistent(self);
    return cb_pool_error(self, status);
}

/* Each row must be there once: a row that came twice would own its references twice. */
static int take_order(PyObject *sorted, size_t *order, size_t count) {
    uint8_t *taken = PyMem_RawCalloc(count + 1, 1);
    if (taken == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    int result = (size_t)PyList_GET_SIZE(sorted) == count ? 0 : -1;
    for (size_t i = 0; result == 0 && i < count; i++) {
        PyObject *row = PyList_GET_ITEM(sorted, (Py_ssize_t)i);
        order[i] = PyLong_CheckExact(row) ? PyLong_AsSize_t(row) : SIZE_MAX;
        result = order[i] < count && !taken[order[i]] ? 0 : -1;
        if (result == 0) { taken[order[i]] = 1; }
    }
    PyMem_RawFree(taken);
    return result;
}

/* References are ordered by Python's own comparison. `order` goes to the package as a list, and
 * comes back. */
static int sort_by_python(Pool *self, const cb_pool_field *field, int reverse, size_t *order) {
    PyObject *list = PyList_New((Py_ssize_t)self->length), *sorted = NULL;
    const size_t count = self->length;
    for (size_t i = 0; list != NULL && i < count; i++) {
        PyObject *number = PyLong_FromSize_t(order[i]);
        if (number == NULL) {
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, (Py_ssize_t)i, number);
        }
    }
    if (list != NULL) {
        sorted = cb_package_call(CB_POOL_PACKAGE, "order_of", (PyObject *)self, field->field->name,
                                 list, reverse ? Py_True : Py_False, NULL);
    }
    int result = sorted == NULL || !PyList_Check(sorted) ? -1 : take_order(sorted, order, count);
    if (result < 0 && !PyErr_Occurred()) {
        PyErr_SetString(PyExc_SystemError, "cslots: no order of the rows");
    }
    Py_XDECREF(list);
    Py_XDECREF(sorted);
    return result;
}

/* The rank of each string in a category's table, as an array from PyMem_RawMalloc. */
static uint32_t *ranks_of(PyObject *table, size_t *count) {
    PyObject *texts = cb_category_tuple(table),
             *ranks =
                 texts == NULL ? NULL : cb_package_call(CB_POOL_PACKAGE, "ranks_of", texts, NULL);
    uint32_t *result = NULL;
    if (ranks != NULL && !PyList_Check(ranks)) {
        PyErr_SetString(PyExc_SystemError, "cslots: no ranks of the strings");
    } else if (ranks != NULL) {
        *count = (size_t)PyList_GET_SIZE(ranks);
        result = PyMem_RawMalloc((*count + 1) * sizeof *result);
        if (result == NULL) { PyErr_NoMemory(); }
        for (size_t i = 0; result != NULL && i < *count; i++) {
            result[i] = (uint32_t)PyLong_AsUnsignedLong(PyList_GET_ITEM(ranks, (Py_ssize_t)i));
        }
        if (PyErr_Occurred()) { /* ranks that are not numbers */
            PyMem_RawFree(result);
            result = NULL;
        }
    }
    Py_XDECREF(texts);
    Py_XDECREF(ranks);
    return result;
}

static int sort_by(Pool *self, const cb_pool_field *field, int reverse, size_t *order) {
    const cs_column *column = cb_pool_column(self, field->column);
    const cs_sort_key key = (cs_sort_key)cs_kinds[field->kind].sort;
    uint32_t *ranks = NULL;
    size_t rank_count = 0;
    if (key == CS_SORT_PYTHON) { return sort_by_python(self, field, reverse, order); }
    if (field->kind == CS_CATEGORY) {
        do { /* another thread may add to the table while its ranks are made */
            PyMem_RawFree(ranks);
            ranks = ranks_of(field->field->argument, &rank_count);
            if (ranks == NULL) { return -1; }
        } while (rank_count < (size_t)PyList_GET_SIZE(((Category *)field->field->argument)->texts));
    }
    cs_status status = cs_sort_rows(column, key, ranks, rank_count, reverse, order, self->length,
                                    &cb_column_allocator);
    PyMem_RawFree(ranks);
    if (status == CS_INVALID) {
        PyErr_Format(PyExc_ValueError,
                     "%s.%U: the column holds a text or a code that lies outside its buffer",
                     self->cls->type->tp_name, field->field->name);
        return -1;
    }
    return cb_pool_error(self, status);
}

static int sort_keys(Pool *self, PyObject *keys, int reverse) {
    size_t *order = PyMem_RawMalloc((self->length + 1) * sizeof *order);
    if (order == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < self->length; i++) { order[i] = i; }
    int result = 0;
    /* The last key first, since each sort is stable. */
    for (Py_ssize_t i = PyTuple_GET_SIZE(keys) - 1; result == 0 && i >= 0; i--) {
        const cb_pool_field *field = cb_pool_field_named(self, PyTuple_GET_ITEM(keys, i));
        result = field == NULL ? -1 : sort_by(self, field, reverse, order);
    }
    if (result == 0) { result = reorder(self, order); }
    PyMem_RawFree(order);
    return result;
}

static PyObject *pool_sort(PyObject *object, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"key", "reverse", NULL};
    Pool *self = (Pool *)object;
    PyObject *key = NULL, *keys, *reversed = Py_False;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OO:sort", names, &key, &reversed)) {
        return NULL;
    }
    if (key == NULL) {
        return PyErr_Format(PyExc_TypeError,
                            "sort(): key is missing: the name of a field, or a tuple of them "
                            "(in the order of the objects themselves: pool[:] = sorted(pool))");
    }
    Py_INCREF(reversed); /* the keywords can be taken away by what the keys run */
    if (PyUnicode_Check(key)) {
        keys = PyTuple_Pack(1, key);
    } else if (PyTuple_Check(key) || PyList_Check(key)) {
        keys = PySequence_Tuple(key);
    } else {
        PyErr_Format(
            PyExc_TypeError, "sort(): key is the name of a field, or a tuple of them, got %s%s",
            Py_TYPE(key)->tp_name,
            PyCallable_Check(key) ? " (by a function: pool[:] = sorted(pool, key=...))" : "");
        keys = NULL;
    }
    const int reverse = keys == NULL ? -1 : PyObject_IsTrue(reversed);
    Py_DECREF(reversed);
    if (reverse < 0 || cb_pool_begin(self) < 0) { /* a comparison must not change the pool */
        Py_XDECREF(keys);
        return NULL;
    }
    int result = sort_keys(self, keys, reverse);
    self->busy--;
    Py_DECREF(keys);
    if (result < 0) { return NULL; }
    Py_RETURN_NONE;
}

static PyObject *pool_reverse(PyObject *object, PyObject *unused) {
    (void)unused;
    Pool *self = (Pool *)object;
    if (cb_pool_may_change(self) < 0) { return NULL; }
    size_t *order = PyMem_RawMalloc((self->length + 1) * sizeof *order);
    if (order == NULL) { return PyErr_NoMemory(); }
    for (size_t i = 0; i < self->length; i++) { order[i] = self->length - 1 - i; }
    int result = reorder(self, order);
    PyMem_RawFree(order);
    if (result < 0) { return NULL; }
    Py_RETURN_NONE;
}

PyMethodDef cb_pool_sort_methods[] = {
    {"sort", (PyCFunction)(void (*)(void))pool_sort, METH_VARARGS | METH_KEYWORDS,
     "sort($self, /, key, reverse=False)\n--\n\n"
     "Sort the records by a field, or by a tuple of fields; stable. None comes last, nan before "
     "it, in\n"
     "both directions. Enum and Literal fields sort in the order of their definition. Rows stay "
     "with their\n"
     "records."},
    {"reverse", pool_reverse, METH_NOARGS,
     "reverse($self, /)\n--\n\nTurn the order of the records round."},
    {NULL, NULL, 0, NULL},
};
