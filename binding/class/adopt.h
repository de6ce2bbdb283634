/* class/adopt.h: the decorator. */
#ifndef CS_ADOPT_H
#define CS_ADOPT_H

#include "model/class.h"

extern PyType_Spec cs_decorator_spec;
PyObject *cs_dataclass(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                       PyObject *kwnames);

#endif
