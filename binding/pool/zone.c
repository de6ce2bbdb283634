/* pool/zone.c: the zone of a column of datetimes. */
#include "pool/zone.h"
#include "pool/column.h"
#include "pool/pool.h"

static const char *const zone_names[] = {"", "naive datetimes", "datetimes in UTC"};

int cb_pool_zone_held(const Pool *self, const cb_pool_field *field) {
    const uint8_t zone = self->zones[field->column];
    return zone != CB_ZONE_OPEN && cb_pool_has_value(self, field, 0, self->length) ? zone
                                                                                   : CB_ZONE_OPEN;
}

int cb_pool_zone(Pool *self, const cb_pool_field *field, int utc) {
    uint8_t *zone = &self->zones[field->column];
    const uint8_t wanted = utc ? CB_ZONE_UTC : CB_ZONE_NAIVE;
    if (*zone == wanted) { return 0; }
    if (*zone == CB_ZONE_OPEN) {
        *zone = wanted;
        return 0;
    }
    if (!cb_pool_has_value(self, field, 0, self->core.rows)) { /* those that decided it are gone */
        *zone = wanted;
        return 0;
    }
    PyErr_Format(PyExc_ValueError,
                 "%s.%U: this pool holds %s there, got one of the %s; convert it first (%s)",
                 self->cls->type->tp_name, field->field->name, zone_names[*zone],
                 zone_names[wanted],
                 wanted == CB_ZONE_UTC ? "value.replace(tzinfo=None)"
                                       : "value.replace(tzinfo=timezone.utc)");
    return -1;
}
