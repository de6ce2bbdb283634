/* pool/arrow_error.c: the exceptions for what the core's Arrow functions return. */
#include "pool/arrow_error.h"
#include "model/errors.h"
#include "pool/pool.h"

int cb_arrow_error_set(Pool *self, cs_status status, const cs_arrow_error *error) {
    PyObject *type = PyExc_ValueError;
    if (status == CS_OK) { return 0; }
    if (status == CS_NO_MEMORY || status == CS_PINNED) { return cb_pool_error(self, status); }
    if (error->fault == CS_ARROW_NONE) { return cb_pool_error(self, status); }
    if (error->fault == CS_ARROW_TYPE) { type = PyExc_TypeError; }
    if (error->fault == CS_ARROW_RANGE) { type = cb_range_error(self->cls->state); }
    if (error->fault == CS_ARROW_SIZE) { type = PyExc_OverflowError; }
    /* Names of columns come from outside, and long ones are cut off anywhere. */
    PyObject *message =
        PyUnicode_DecodeUTF8(error->message, (Py_ssize_t)strlen(error->message), "replace");
    if (message != NULL) {
        PyErr_Format(type, "Pool of %s: %U", self->cls->type->tp_name, message);
    }
    Py_XDECREF(message);
    return -1;
}
