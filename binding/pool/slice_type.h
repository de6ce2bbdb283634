/* pool/slice_type.h: PoolSlice as Python sees it. */
#ifndef CB_POOL_SLICE_TYPE_H
#define CB_POOL_SLICE_TYPE_H

#include "runtime/compat.h"

extern PyType_Spec cb_pool_slice_spec;

#endif
