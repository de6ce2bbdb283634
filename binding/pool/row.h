/* pool/row.h: rows: handles on records of a pool that behave as objects of the record class. */
#ifndef CB_POOL_ROW_H
#define CB_POOL_ROW_H

#include "pool/pool.h"

PyObject *cb_row_new(Pool *pool, size_t position);
/* The same row at another place, if no other variable holds it; else a new one. Steals the row. */
PyObject *cb_row_reuse(PyObject *object, Pool *pool, size_t position);
/* The row leaves its pool: it takes a reference to `own`, and gives back that to the pool. */
void cb_row_detach(cb_row *row, PyObject *own);
void cb_row_free_spare(Pool *pool);

/* ---- the class of rows ---- */

/* The slots of a new class of rows, and what its objects do (cb_access). */
int cb_row_setup_type(cb_class *cls);

#endif
