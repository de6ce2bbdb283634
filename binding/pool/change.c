/* pool/change.c: who may read and change a pool; how records are added: all of them, or none. */
#include "pool/change.h"
#include "pool/check.h"
#include "pool/pool.h"
#include "pool/reference.h"

int cb_pool_may_read(Pool *self) {
    if (CS_LIKELY(self->busy == 0)) { return 0; }
    PyErr_Format(PyExc_RuntimeError,
                 "Pool of %s: rows are being added by another call; it must end first",
                 self->cls->type->tp_name);
    return -1;
}

int cb_pool_may_change(Pool *self) {
    if (CS_LIKELY(self->readers == 0)) { return cb_pool_may_read(self); }
    PyErr_Format(PyExc_RuntimeError,
                 "Pool of %s: its rows are being copied by another call; it must end first",
                 self->cls->type->tp_name);
    return -1;
}

void cb_pool_changed(Pool *self) {
    self->epoch++;
    if (self->length == 0) { memset(self->zones, CB_ZONE_OPEN, self->core.count); }
}

int cb_pool_begin(Pool *self) {
    if (cb_pool_may_change(self) < 0) { return -1; }
    self->busy++;
    return 0;
}

/* Drop the references of rows that were not seen yet. */
static void drop_rows(Pool *self, size_t from) {
    for (uint32_t k = 0; self->pointers != 0 && k < self->core.count; k++) {
        if (cb_pool_column(self, k)->sort != CS_COLUMN_POINTER) { continue; }
        for (size_t row = from; row < self->core.rows; row++) {
            cb_reference_clear(cb_pool_column(self, k), row);
        }
    }
}

int cb_pool_end(Pool *self, int result) {
    if (result == 0) {
        self->length = self->core.rows;
    } else {
        PyObject *error = cb_error_take();
        drop_rows(self, self->length);
        cs_pool_ungrow(&self->core, self->length);
        if (self->length == 0) { memset(self->zones, CB_ZONE_OPEN, self->core.count); }
        cb_error_restore(error);
    }
    self->busy--;
    cb_pool_consistent(self);
    return result;
}
