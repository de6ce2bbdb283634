/* pool/check.c: the invariants of a pool, looked at after each change. Only with CSLOTS_CHECK.
 *
 * The numbers are those of pool/pool.h. Values are looked at in pools of up to ROWS_MOST rows, and
 * only the first LIVING_MOST living rows: a loop that changes a pool should not become quadratic.
 */
#include "pool/check.h"

#ifdef CSLOTS_CHECK

#include "pool/living.h"
#include "pool/reference.h"

#include <stdio.h>

enum { ROWS_MOST = 2000, LIVING_MOST = 2000 };

/* A part of an invariant as a number: 31 is the first part of number 3. 0: it holds. */

static int check_length(const Pool *self) {
    if (self->length > self->core.rows) { return 11; }
    return self->busy == 0 && self->length != self->core.rows ? 12 : 0;
}

static int check_fields(const Pool *self) {
    for (uint32_t i = 0; i < self->cls->field_count; i++) {
        const cb_pool_field *field = &self->fields[i];
        if (field->field != &self->cls->fields[i]) { return 21; }
        if (field->column == CB_NO_COLUMN) {
            if (field->at != NULL) { return 22; }
            continue;
        }
        if (field->at != &self->core.columns[field->column]) { return 23; }
        if ((field->same != 0 && field->same != field->at->width) ||
            (field->plain != 0 && (field->plain != field->same || field->at->nullable))) {
            return 24;
        }
        if (self->zones[field->column] > CB_ZONE_UTC) { return 25; }
    }
    return 0;
}

static int check_row(const Pool *self, const cb_row *row, const cb_row *previous) {
    if (row->pool != self || row->previous != previous) { return 31; }
    if (row->position >= self->length) { return 32; }
    return row->columns != (const char *)self->core.columns ? 33 : 0;
}

/* The living rows of one list, whose bucket is `bucket`; NULL: the list of the pool. */
static int check_list(const Pool *self, cb_row *const *bucket, size_t *seen) {
    const cb_row *previous = NULL;
    for (const cb_row *row = bucket != NULL ? *bucket : self->living;
         row != NULL && *seen < LIVING_MOST; previous = row, row = row->next) {
        const int broken = check_row(self, row, previous);
        if (broken != 0) { return broken; }
        if (bucket != NULL && cb_living_bucket(self, row->position) != bucket) { return 34; }
        ++*seen;
    }
    return 0;
}

static int check_living(const Pool *self) {
    size_t seen = 0;
    if (self->buckets == NULL) { return self->indexed != 0 ? 35 : check_list(self, NULL, &seen); }
    if (self->living != NULL) { return 36; }
    const size_t buckets = (size_t)1 << (64 - self->bucket_shift);
    for (size_t i = 0; i < buckets && seen < LIVING_MOST; i++) {
        const int broken = check_list(self, &self->buckets[i], &seen);
        if (broken != 0) { return broken; }
    }
    return seen < LIVING_MOST && seen != self->indexed ? 37 : 0;
}

static int check_spare(const Pool *self) {
    if (self->spare == NULL) { return 0; }
    if (Py_TYPE(self->spare) != self->row_class->type) { return 41; }
    return cb_row_of(self->row_class, self->spare)->pool != NULL ? 42 : 0;
}

/* Under ASan a reference to an object that has died is reported when its count is read. */
static int check_references(const Pool *self) {
    for (uint32_t k = 0; self->pointers != 0 && k < self->core.count; k++) {
        const cs_column *column = cb_pool_column(self, k);
        if (column->sort != CS_COLUMN_POINTER) { continue; }
        for (size_t row = 0; row < self->core.rows; row++) {
            const PyObject *object = cb_reference_owned(cb_reference_load(column, row));
            if (object != NULL && (Py_REFCNT(object) <= 0 || object == Py_None)) { return 51; }
        }
    }
    return 0;
}

/* Others write to columns that they look into, and to a mapped file: then their values are not the
 * pool's doing. */
static int others_write(const Pool *self) {
    int foreign = self->written;
    for (uint32_t k = 0; k < self->core.count; k++) {
        foreign |= cs_buffer_is_foreign(cb_pool_column(self, k)->values);
    }
    return foreign;
}

static int check(const Pool *self) {
    int broken = check_length(self);
    if (broken == 0) { broken = check_fields(self); }
    if (broken == 0) { broken = check_living(self); }
    if (broken == 0) { broken = check_spare(self); }
    if (broken != 0 || self->core.rows > ROWS_MOST) { return broken; }
    broken = check_references(self);
    if (broken != 0 || others_write(self)) { return broken; }
    broken = cs_pool_check(&self->core);
    return broken == 0 ? 0 : 600 + broken;
}

void cb_pool_consistent(const Pool *self) {
    const int broken = check(self);
    if (broken == 0) { return; }
    fprintf(stderr, "cslots: Pool of %s: invariant %d is broken (binding/pool/check.c)\n",
            self->cls->type->tp_name, broken);
    fflush(stderr);
    abort();
}

#endif
