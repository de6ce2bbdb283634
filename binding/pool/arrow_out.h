/* pool/arrow_out.h: methods of pools and slices that give Arrow data, and make pools of it. */
#ifndef CS_POOL_ARROW_OUT_H
#define CS_POOL_ARROW_OUT_H

#include "runtime/compat.h"

extern PyMethodDef cs_pool_arrow_methods[], cs_pool_slice_arrow_methods[];

#endif
