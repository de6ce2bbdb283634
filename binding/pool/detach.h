/* pool/detach.h: rows whose records are replaced become objects of their own.
 *
 * Between begin and end no user code may run.
 */
#ifndef CS_POOL_DETACH_H
#define CS_POOL_DETACH_H

#include "pool/pool.h"

typedef struct {
    struct cs_detaching_row *rows;
    size_t count;
} cs_detaching;

/* The rows of `count` records at start, start + step ..., without those whose byte in `kept` is not
 * 0 (NULL: no row is kept). -1 and an error. */
int cs_rows_detach_begin(cs_detaching *self, Pool *pool, size_t start, size_t count,
                         Py_ssize_t step, const uint8_t *kept);
/* replaced: the rows are objects of their own from here on; else all is as it was. */
void cs_rows_detach_end(cs_detaching *self, int replaced);

#endif
