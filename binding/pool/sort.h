/* pool/sort.h: the order of the records. */
#ifndef CS_POOL_SORT_H
#define CS_POOL_SORT_H

#include "runtime/compat.h"

/* sort, reverse */
extern PyMethodDef cs_pool_sort_methods[];

#endif
