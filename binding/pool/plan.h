/* pool/plan.h: pools are made here. */
#ifndef CS_POOL_PLAN_H
#define CS_POOL_PLAN_H

#include "pool/pool.h"

/* An empty pool of a class that cs_pool_record_class() gave. NULL and an error. */
Pool *cs_pool_new(cs_state *state, cs_class *cls);
/* What cs_pool_new() allocated beside the core pool. */
void cs_pool_plan_clear(Pool *self);

#endif
