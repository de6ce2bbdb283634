/* pool/slice_type.h: PoolSlice as Python sees it. */
#ifndef CS_POOL_SLICE_TYPE_H
#define CS_POOL_SLICE_TYPE_H

#include "runtime/compat.h"

extern PyType_Spec cs_pool_slice_spec;

#endif
