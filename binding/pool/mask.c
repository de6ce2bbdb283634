/* pool/mask.c: masks: one bool for each row, from a buffer or a sequence. */
#include "pool/mask.h"
#include "pool/pool.h"

static int mask_length_error(size_t got, size_t rows, const char *who) {
    PyErr_Format(PyExc_ValueError, "%s: the mask has %zu values, the pool has %zu rows", who, got,
                 rows);
    return -1;
}

static int mask_from_buffer(PyObject *value, uint8_t *mask, size_t rows, const char *who) {
    Py_buffer view;
    if (PyObject_GetBuffer(value, &view, PyBUF_STRIDED_RO | PyBUF_FORMAT) < 0) { return -1; }
    int result = 0;
    const char *format = view.format != NULL ? view.format : "B";
    if (view.ndim != 1 || view.itemsize != 1 || strcmp(format, "?") != 0) {
        PyErr_Format(PyExc_TypeError,
                     "%s: a mask holds one bool for each row, got a buffer of format '%s'", who,
                     format);
        result = -1;
    } else if ((size_t)view.shape[0] != rows) {
        result = mask_length_error((size_t)view.shape[0], rows, who);
    }
    for (size_t i = 0; result == 0 && i < rows; i++) {
        mask[i] = *((const uint8_t *)view.buf + (Py_ssize_t)i * view.strides[0]) != 0;
    }
    PyBuffer_Release(&view);
    return result;
}

static int mask_from_sequence(PyObject *value, uint8_t *mask, size_t rows, const char *who) {
    PyObject *items = PySequence_Fast(value, "a mask is a sequence of bools");
    if (items == NULL) { return -1; }
    int result = 0;
    for (size_t i = 0; result == 0 && i < rows; i++) {
        if ((size_t)PySequence_Fast_GET_SIZE(items) != rows) { break; } /* the list has changed */
        PyObject *item = Py_NewRef(PySequence_Fast_GET_ITEM(items, (Py_ssize_t)i));
        const char *type = Py_TYPE(item)->tp_name;
        if (!PyBool_Check(item) && strcmp(type, "numpy.bool") != 0 &&
            strcmp(type, "numpy.bool_") != 0) {
            PyErr_Format(PyExc_TypeError, "%s: a mask holds one bool for each row, got %s at %zu",
                         who, type, i);
            result = -1;
        } else {
            const int truth = PyObject_IsTrue(item);
            mask[i] = truth == 1;
            result = truth < 0 ? -1 : 0;
        }
        Py_DECREF(item);
    }
    if (result == 0 && (size_t)PySequence_Fast_GET_SIZE(items) != rows) {
        result = mask_length_error((size_t)PySequence_Fast_GET_SIZE(items), rows, who);
    }
    Py_DECREF(items);
    return result;
}

uint8_t *cb_pool_mask(const Pool *self, PyObject *value, const char *who) {
    const size_t rows = self->length;
    const uint64_t epoch = self->epoch;
    uint8_t *mask = PyMem_RawMalloc(rows + 1);
    if (mask == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    int result = PyObject_CheckBuffer(value) ? mask_from_buffer(value, mask, rows, who)
                                             : mask_from_sequence(value, mask, rows, who);
    /* Reading the mask may have run user code. */
    if (result == 0 && (self->length != rows || self->epoch != epoch)) {
        PyErr_Format(PyExc_RuntimeError, "%s: the pool has changed while the mask was read", who);
        result = -1;
    }
    if (result < 0) {
        PyMem_RawFree(mask);
        return NULL;
    }
    return mask;
}
