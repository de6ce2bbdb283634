/* pool/zone.h: a column of datetimes is naive or in UTC as a whole: its first value decides.
 *
 * A datetime of the other zone is refused while the column has a value. When its last value has
 * gone, the next one decides anew. Pool.zones keeps what was decided.
 */
#ifndef CB_POOL_ZONE_H
#define CB_POOL_ZONE_H

#include "pool/pool.h"

/* A datetime of that zone will be written. -1 and ValueError: the column holds others. */
int cb_pool_zone(Pool *self, const cb_pool_field *field, int utc);
/* The zone of the datetimes that are there. CB_ZONE_OPEN: there are none. */
int cb_pool_zone_held(const Pool *self, const cb_pool_field *field);

#endif
