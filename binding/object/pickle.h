/* object/pickle.h: objects in pickles. */
#ifndef CB_PICKLE_H
#define CB_PICKLE_H

#include "model/class.h"

extern PyType_Spec cb_loader_spec;
PyObject *cb_reduce_ex(PyObject *self, PyObject *protocol);
PyObject *cb_fill(PyObject *module, PyObject *const *args, Py_ssize_t nargs);

/* Of an object that keeps its values itself: see cb_access. */
PyObject *cb_own_reduce(PyObject *self, PyObject *protocol);

#endif
