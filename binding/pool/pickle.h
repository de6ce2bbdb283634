/* pool/pickle.h: pools travel. */
#ifndef CS_POOL_PICKLE_H
#define CS_POOL_PICKLE_H

#include "runtime/compat.h"

extern PyType_Spec cs_pool_snapshot_spec;
extern PyMethodDef cs_pool_pickle_methods[];

/* restore_pool(cls[, rows, columns]) of the module. */
PyObject *cs_pool_restore(PyObject *module, PyObject *const *args, Py_ssize_t nargs);

#endif
