/* pool/mask.h: masks: one bool for each row. */
#ifndef CS_POOL_MASK_H
#define CS_POOL_MASK_H

#include "pool/pool.h"

/* One byte a row, from PyMem_RawMalloc. NULL and an error, which says what `who` was given. */
uint8_t *cs_pool_mask(const Pool *self, PyObject *value, const char *who);

#endif
