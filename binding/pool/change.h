/* pool/change.h: who may change a pool, and when others see it.
 *
 *   begin        `busy` is set; the core pool grows beyond `length`
 *     ...        rows are written that are not seen yet; user code may run (iterators,
 *                __index__), and finds a pool that refuses other changes
 *   end          the rows become visible all at once, or are taken back
 *
 * So a call that fails in the middle of an extend leaves the pool as it was.
 */
#ifndef CB_POOL_CHANGE_H
#define CB_POOL_CHANGE_H

#include "pool/pool.h"

/* May all rows be read as they are stored? -1 and RuntimeError while rows are being added. */
int cb_pool_may_read(Pool *self);
/* -1 and RuntimeError while rows are being added, or `readers` need them to stay. */
int cb_pool_may_change(Pool *self);
/* Records were removed, inserted or reordered. */
void cb_pool_changed(Pool *self);

/* Sets `busy`. -1 and RuntimeError, as cb_pool_may_change. */
int cb_pool_begin(Pool *self);
/* Shows the rows that were added, or, if `result` is not 0, takes them back. Returns `result`. */
int cb_pool_end(Pool *self, int result);

#endif
