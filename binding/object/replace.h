/* object/replace.h: a new object with some fields changed. */
#ifndef CB_REPLACE_H
#define CB_REPLACE_H

#include "model/class.h"

PyObject *cb_replace(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames);
PyObject *cb_replace_method(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                            PyObject *kwnames);

#endif
