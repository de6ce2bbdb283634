/* pool/sort.h: the order of the records. */
#ifndef CB_POOL_SORT_H
#define CB_POOL_SORT_H

#include "runtime/compat.h"

/* sort, reverse */
extern PyMethodDef cb_pool_sort_methods[];

#endif
