/* pool/moment.h: the times in columns.
 *
 *                   packed (object/value.h)                       number in a column
 *   date            the ordinal, from 1 for 0001-01-01            days since 1970
 *   datetime        microseconds since the year 1, fold, UTC      microseconds since 1970
 *   timedelta       microseconds                                  the same
 *
 * A column of datetimes is naive or in UTC as a whole: its first value decides (Pool.zones).
 */
#ifndef CS_POOL_MOMENT_H
#define CS_POOL_MOMENT_H

#include "pool/pool.h"

/* A datetime of that zone will be written. -1 and ValueError: the column holds others. */
int cs_pool_zone(Pool *self, const cs_pool_field *field, int utc);
/* The zone of the datetimes that are there. CS_ZONE_OPEN: there are none. */
int cs_pool_zone_held(const Pool *self, const cs_pool_field *field);

#endif
