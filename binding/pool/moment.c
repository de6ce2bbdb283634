/* pool/moment.c: the times in columns: numbers as Arrow counts them, and the zone of a column. */
#include "pool/moment.h"
#include "kinds/times.h"
#include "pool/column.h"
#include "pool/pool.h"

#define US_PER_DAY (INT64_C(86400) * 1000000)
#define DAYS_TO_1970 719162 /* from 0001-01-01 */
#define ORDINAL_1970 (DAYS_TO_1970 + 1)
#define MOMENT_1970 (DAYS_TO_1970 * US_PER_DAY)

static const char *const zone_names[] = {"", "naive datetimes", "datetimes in UTC"};

int cs_pool_zone_held(const Pool *self, const cs_pool_field *field) {
    const uint8_t zone = self->zones[field->column];
    return zone != CS_ZONE_OPEN && cs_pool_has_value(self, field, 0, self->length) ? zone
                                                                                   : CS_ZONE_OPEN;
}

int cs_pool_zone(Pool *self, const cs_pool_field *field, int utc) {
    uint8_t *zone = &self->zones[field->column];
    const uint8_t wanted = utc ? CS_ZONE_UTC : CS_ZONE_NAIVE;
    if (*zone == wanted) { return 0; }
    if (*zone == CS_ZONE_OPEN) {
        *zone = wanted;
        return 0;
    }
    if (!cs_pool_has_value(self, field, 0,
                           self->core.rows)) { /* the values that decided it have gone */
        *zone = wanted;
        return 0;
    }
    PyErr_Format(PyExc_ValueError,
                 "%s.%U: this pool holds %s there, got one of the %s; convert it first (%s)",
                 self->cls->type->tp_name, field->field->name, zone_names[*zone],
                 zone_names[wanted],
                 wanted == CS_ZONE_UTC ? "value.replace(tzinfo=None)"
                                       : "value.replace(tzinfo=timezone.utc)");
    return -1;
}

int64_t cs_pool_time_unpack(cs_kind kind, int64_t packed) {
    switch (kind) {
    case CS_DATE: return packed - ORDINAL_1970;
    case CS_DATETIME: return (packed >> 2) - MOMENT_1970;
    default: return packed;
    }
}

int cs_pool_time_pack(cs_kind kind, int64_t number, int utc, int64_t *packed) {
    if (kind == CS_TIMEDELTA) {
        *packed = number;
        /* An int64 of microseconds does not reach the billion days at which timedelta itself ends.
         * INT64_MIN is NumPy's NaT. */
        return number == INT64_MIN ? -1 : 0;
    }
    if (kind == CS_DATE) {
        *packed = number + ORDINAL_1970; /* number is an int32 */
    } else {
        if (number < -MOMENT_1970 || number > INT64_MAX / 8) { return -1; }
        *packed = (number + MOMENT_1970) * 4 + (utc ? 1 : 0);
    }
    return cs_times_valid(kind, *packed) ? 0 : -1;
}
