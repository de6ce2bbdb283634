/* pool/add.h: records come into a pool. */
#ifndef CB_POOL_ADD_H
#define CB_POOL_ADD_H

#include "pool/pool.h"

/* append, insert, extend, copy, reserve */
extern PyMethodDef cb_pool_add_methods[];

/* All records of whatever Pool.extend() takes, or none. -1 and an error. */
int cb_pool_extend(Pool *self, PyObject *source);

#endif
