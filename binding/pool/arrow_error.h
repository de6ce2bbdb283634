/* pool/arrow_error.h: the exceptions for what the core's Arrow functions return. */
#ifndef CB_POOL_ARROW_ERROR_H
#define CB_POOL_ARROW_ERROR_H

#include "pool/pool.h"

#include "cslots/arrow.h"

/* Its message stands after "Pool of User: ". Returns -1, or 0 for CS_OK. */
int cb_arrow_error_set(Pool *self, cs_status status, const cs_arrow_error *error);

#endif
