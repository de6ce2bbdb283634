/* pool/arrow_out.h: methods of pools and slices that give Arrow data, and make pools of it. */
#ifndef CB_POOL_ARROW_OUT_H
#define CB_POOL_ARROW_OUT_H

#include "runtime/compat.h"

/* Of pools and slices: __arrow_c_stream__, to_arrow ... */
extern PyMethodDef cb_pool_export_methods[];
/* Of pools: save, open, from_arrow. */
extern PyMethodDef cb_pool_arrow_methods[];

#endif
