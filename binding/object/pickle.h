/* object/pickle.h: objects in pickles. */
#ifndef CS_PICKLE_H
#define CS_PICKLE_H

#include "model/class.h"

extern PyType_Spec cs_loader_spec;
PyObject *cs_reduce_ex(PyObject *self, PyObject *protocol);
PyObject *cs_fill(PyObject *module, PyObject *const *args, Py_ssize_t nargs);

/* Of an object that keeps its values itself: see cs_access. */
PyObject *cs_own_reduce(PyObject *self, PyObject *protocol);

#endif
