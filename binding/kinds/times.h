/* kinds/times.h: date, datetime and timedelta as integers. */
#ifndef CS_TIMES_H
#define CS_TIMES_H

#include "model/class.h"

int cs_times_import(cs_state *state);
/* 1 converted, 0 not of that type, -1 error set */
int cs_times_pack(cs_class *cls, const cs_field *field, PyObject *value, int64_t *out);
PyObject *cs_times_unpack(cs_state *state, cs_kind kind, int64_t packed);
int cs_times_valid(cs_kind kind, int64_t packed);

#endif
