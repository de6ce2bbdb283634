/* pool/view.h: a column as a buffer. */
#ifndef CB_POOL_VIEW_H
#define CB_POOL_VIEW_H

#include "pool/pool.h"

extern PyType_Spec cb_pool_view_spec;

/* An exporter of the buffer protocol. NULL and BufferError. */
PyObject *cb_pool_view_new(Pool *pool, const cb_pool_field *field);

#endif
