/* pool/plan.h: pools are made here. */
#ifndef CB_POOL_PLAN_H
#define CB_POOL_PLAN_H

#include "pool/pool.h"

/* An empty pool of a class that cb_pool_record_class() gave. NULL and an error. */
Pool *cb_pool_new(cb_state *state, cb_class *cls);
/* What cb_pool_new() allocated beside the core pool. */
void cb_pool_plan_clear(Pool *self);

#endif
