/* pool/view.h: a column as a buffer. */
#ifndef CS_POOL_VIEW_H
#define CS_POOL_VIEW_H

#include "pool/pool.h"

extern PyType_Spec cs_pool_view_spec;

/* An exporter of the buffer protocol. NULL and BufferError. */
PyObject *cs_pool_view_new(Pool *pool, const cs_pool_field *field);

#endif
