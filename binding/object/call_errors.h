/* object/call_errors.h: what a wrong call of a typed=False class raises, in the words of Python. */
#ifndef CB_CALL_ERRORS_H
#define CB_CALL_ERRORS_H

#include "model/class.h"

/* Each sets TypeError and returns -1. */
int cb_call_error_missing(const cb_class *cls, PyObject *const *values);
int cb_call_error_many(const cb_class *cls, Py_ssize_t positional, Py_ssize_t keywords);
int cb_call_error_twice(const cb_class *cls, PyObject *argument);
int cb_call_error_unexpected(const cb_class *cls, PyObject *argument);

#endif
