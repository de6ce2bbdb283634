/* pool/pool_type.h: Pool as Python sees it. */
#ifndef CS_POOL_POOL_TYPE_H
#define CS_POOL_POOL_TYPE_H

#include "runtime/compat.h"

extern PyType_Spec cs_pool_spec;

#endif
