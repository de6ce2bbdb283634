/* class/adopt.h: the decorator. */
#ifndef CB_ADOPT_H
#define CB_ADOPT_H

#include "model/class.h"

extern PyType_Spec cb_decorator_spec;
PyObject *cb_dataclass(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                       PyObject *kwnames);

#endif
