/* pool/over.h: records, or values of one field, over those of rows that exist. */
#ifndef CB_POOL_OVER_H
#define CB_POOL_OVER_H

#include "pool/pool.h"

/* The `count` rows of `from`, which nothing else knows, over the rows start, start + step ...: one
 * field, or all (only NULL). All or nothing; runs no user code. The references that were there are
 * in `from` afterwards. */
int cb_pool_put_over(Pool *self, const cb_pool_field *only, Pool *from, size_t start, size_t count,
                     Py_ssize_t step);

#endif
