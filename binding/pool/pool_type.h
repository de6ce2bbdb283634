/* pool/pool_type.h: Pool as Python sees it. */
#ifndef CB_POOL_POOL_TYPE_H
#define CB_POOL_POOL_TYPE_H

#include "runtime/compat.h"

extern PyType_Spec cb_pool_spec;

#endif
