/* object/call_errors.h: what a wrong call of a typed=False class raises, in the words of Python. */
#ifndef CS_CALL_ERRORS_H
#define CS_CALL_ERRORS_H

#include "model/class.h"

/* Each sets TypeError and returns -1. */
int cs_call_error_missing(const cs_class *cls, PyObject *const *values);
int cs_call_error_many(const cs_class *cls, Py_ssize_t positional, Py_ssize_t keywords);
int cs_call_error_twice(const cs_class *cls, PyObject *argument);
int cs_call_error_unexpected(const cs_class *cls, PyObject *argument);

#endif
