/* object/replace.h: a new object with some fields changed. */
#ifndef CS_REPLACE_H
#define CS_REPLACE_H

#include "model/class.h"

PyObject *cs_replace(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames);
PyObject *cs_replace_method(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                            PyObject *kwnames);

#endif
