/* pool/pickle.h: pools travel. */
#ifndef CB_POOL_PICKLE_H
#define CB_POOL_PICKLE_H

#include "runtime/compat.h"

extern PyType_Spec cb_pool_snapshot_spec;
extern PyMethodDef cb_pool_pickle_methods[];

/* restore_pool(cls[, rows, columns]) of the module. */
PyObject *cb_pool_restore(PyObject *module, PyObject *const *args, Py_ssize_t nargs);

#endif
