/* kinds/times.h: dates and times as columns count them. The drawing and the rules are in
 * kinds/times.c. */
#ifndef CS_TIMES_H
#define CS_TIMES_H

#include "kinds/kind.h"

extern const cs_kind_ops cs_time_ops;

/* The date, datetime or timedelta that an object keeps as this number. */
PyObject *cs_times_unpack(cs_state *state, cs_kind kind, int64_t packed);
/* From the number in a column, days or microseconds since 1970, to that in an object. -1: it stands
 * for no such time. */
int cs_times_pack(cs_kind kind, int64_t number, int utc, int64_t *packed);

#endif
