/* pool/add.h: records come into a pool. */
#ifndef CS_POOL_ADD_H
#define CS_POOL_ADD_H

#include "pool/pool.h"

/* append, insert, extend, copy, reserve */
extern PyMethodDef cs_pool_add_methods[];

/* All records of whatever Pool.extend() takes, or none. -1 and an error. */
int cs_pool_extend(Pool *self, PyObject *source);

#endif
