/* pool/mask.h: masks: one bool for each row. */
#ifndef CB_POOL_MASK_H
#define CB_POOL_MASK_H

#include "pool/pool.h"

/* One byte a row, from PyMem_RawMalloc. NULL and an error, which says what `who` was given. */
uint8_t *cb_pool_mask(const Pool *self, PyObject *value, const char *who);

#endif
