/* pool/edit.h: records go or are replaced. */
#ifndef CB_POOL_EDIT_H
#define CB_POOL_EDIT_H

#include "runtime/compat.h"

/* pop, remove, index, count, clear, compact, filter */
extern PyMethodDef cb_pool_edit_methods[];

/* pool[key] = value; value NULL: del pool[key]. */
int cb_pool_assign(PyObject *object, PyObject *key, PyObject *value);

#endif
