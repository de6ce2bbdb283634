/* kinds/times.h: dates and times as columns count them. The drawing and the rules are in
 * kinds/times.c. */
#ifndef CB_TIMES_H
#define CB_TIMES_H

#include "kinds/kind.h"

extern const cb_kind_ops cb_time_ops;

/* The date, datetime or timedelta that an object keeps as this number. */
PyObject *cb_times_unpack(cb_state *state, cs_kind kind, int64_t packed);
/* From the number in a column, days or microseconds since 1970, to that in an object. -1: it stands
 * for no such time. */
int cb_times_pack(cs_kind kind, int64_t number, int utc, int64_t *packed);

#endif
