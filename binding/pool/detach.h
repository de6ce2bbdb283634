/* pool/detach.h: rows whose records are replaced become objects of their own.
 *
 * Between begin and end no user code may run.
 */
#ifndef CB_POOL_DETACH_H
#define CB_POOL_DETACH_H

#include "pool/pool.h"

typedef struct {
    struct cb_detaching_row *rows;
    size_t count;
} cb_detaching;

/* The rows of `count` records at start, start + step ..., without those whose byte in `kept` is not
 * 0 (NULL: no row is kept). -1 and an error. */
int cb_rows_detach_begin(cb_detaching *self, Pool *pool, size_t start, size_t count,
                         Py_ssize_t step, const uint8_t *kept);
/* replaced: the rows are objects of their own from here on; else all is as it was. */
void cb_rows_detach_end(cb_detaching *self, int replaced);

#endif
