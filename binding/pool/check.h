/* pool/check.h: CSLOTS_CHECK: does a pool keep its invariants? On in the sanitizer build.
 *
 * cb_pool_consistent() stands after each change of a pool. Where CSLOTS_CHECK is not defined, it
 * costs nothing.
 */
#ifndef CB_POOL_CHECK_H
#define CB_POOL_CHECK_H

#include "pool/pool.h"

#ifdef CSLOTS_CHECK

/* Ends the process, and says which invariant is broken. Runs no user code; an exception may be in
 * flight. */
void cb_pool_consistent(const Pool *self);
/* Values of the pool may be written by others: through a view, or as those of `from` were. */
static inline void cb_pool_note_written(Pool *self, const Pool *from) {
    self->written |= from == NULL || from->written;
}

#else

static inline void cb_pool_consistent(const Pool *self) { (void)self; }
static inline void cb_pool_note_written(Pool *self, const Pool *from) { (void)self, (void)from; }

#endif

#endif
