/* pool/pool.h: pools and their rows, for the files of pool/. docs/design/pools.md says why they are
 * as they are.
 *
 *   Pool                              row (an object of a hidden subclass of the record class)
 *   +------------------------------+       +-------------------------------+----------------------+
 *   | class, core pool, plans      |<------| an empty block of the record  | cb_row               |
 *   | living --> cb_row <-> cb_row |       | class (all zero: its members  | pool, position, list |
 *   +------------------------------+       | read unset)                   |                      |
 *                                          +-------------------------------+----------------------+
 *
 * Invariants (pool/check.c looks at them after each change when CSLOTS_CHECK is defined)
 *   1. `length` rows can be seen. The core pool holds more only while rows are being added: `busy`
 *      is not 0 then, and no other call adds, removes or reorders rows.
 *      While `readers` is not 0, no call does that either: an export, a pickle or a copy goes
 *      through the rows. There may be several. A call that changes a pool asks cb_pool_may_change()
 *      for both.
 *   2. A field finds its column at `at`, and the zone of its column in `zones`.
 *   3. A row that has a position stands in the list of its pool, and the position is that of its
 *      record: a call that moves records corrects it. A row whose record is gone has the position
 *      CB_ROW_STALE and stands in no list. So a row never reads the data of another record.
 *      A row whose record was replaced is detached: it has no pool, and `own` is an object of the
 *      record class with the values that were there. All rows of that record share the object, as
 *      they shared the record.
 *   4. The spare is a row without a pool.
 *   5. A word in a column of references is none, unset, or an object (pool/reference.h). The
 *      reference is counted once for the record that holds it.
 *   6. The core pool keeps its own invariants (core/include/cslots/pool.h), but for values that
 *      others write: through a view, or in a mapped file.
 *
 * Ownership: a row owns a reference to its pool; the list is borrowed. A pool owns its class, the
 * class of its rows, and one spare row that owns its class alone.
 */
#ifndef CB_POOL_POOL_H
#define CB_POOL_POOL_H

#include "model/class.h"

#define CB_ROW_STALE SIZE_MAX
#define CB_NO_COLUMN UINT32_MAX

/* What pools have in Python: see cb_package_call(). */
#define CB_POOL_PACKAGE "cslots._pool.columns"
#define CB_ARROW_PACKAGE "cslots._pool.arrow"

/* A field, and the column that keeps its values. */
typedef struct {
    const cb_field *field; /* of the record class */
    cs_column *at; /* the column; NULL: the value is computed at each read */
    uint32_t column; /* its number in the core pool, or CB_NO_COLUMN */
    uint8_t kind; /* cs_kind */
    uint8_t same; /* the width, if the column keeps the bytes of an object's value; else 0 */
    uint8_t plain; /* `same`, if the value is never null and never unset by a bit; else 0 */
    uint8_t trusted; /* `same`, if all bytes in the column are a value; else 0 */
    uint8_t checked; /* not every value fits, or some make the column wider */
} cb_pool_field;

/* Are the datetimes of a column naive, or in UTC? Its first value decides. */
enum { CB_ZONE_OPEN = 0, CB_ZONE_NAIVE, CB_ZONE_UTC };

typedef struct cb_row cb_row;

typedef struct {
    PyObject_HEAD
    PyTypeObject *type; /* the record class */
    cb_class *cls; /* its cb_class */
    cb_class *row_class;
    cs_pool core;
    size_t length;
    cb_pool_field *fields; /* one a field of the class */
    /* Numbers of fields with columns: the plain ones to plain_end, other packed ones to packed_end,
     * references to stored_end. */
    uint32_t *order;
    uint32_t plain_end, packed_end, stored_end;
    uint8_t *zones; /* one a column */
    cb_row *living; /* see pool/living.h, as the next three */
    cb_row **buckets;
    size_t indexed;
    uint8_t bucket_shift;
    PyObject *spare; /* a row without a pool, or NULL */
    uint64_t epoch; /* changes when records are removed, inserted or reordered */
    uint32_t busy; /* calls that change the pool */
    uint32_t readers; /* calls that need its rows to stay where they are */
    uint32_t pointers; /* columns of references */
    PyObject *weakrefs;
#ifdef CSLOTS_CHECK
    int written; /* others may have written its values: see invariant 6 */
#endif
} Pool;

struct cb_row {
    Pool *pool; /* NULL: the spare, or a detached row */
    size_t position;
    char *columns; /* of the pool; NULL: the row is stale or detached */
    union {
        cb_row *previous;
        PyObject *own; /* without a pool: what a detached row stands for; NULL: the spare */
    };
    cb_row *next;
};

/* The object that a detached row stands for; NULL: the row is not detached. */
static inline PyObject *cb_row_own(const cb_row *row) {
    return row->pool == NULL ? row->own : NULL;
}

static inline cb_row *cb_row_of(const cb_class *row_class, PyObject *object) {
    return (cb_row *)cb_at(object, row_class->row_offset);
}
static inline PyObject *cb_row_object(const cb_class *row_class, cb_row *row) {
    return (PyObject *)(void *)((char *)row - row_class->row_offset);
}
static inline cs_column *cb_pool_column(const Pool *pool, uint32_t k) {
    return &pool->core.columns[k];
}

/* ---- pool/pool.c ---- */

/* The exception for a status; -1, or 0 for CS_OK. */
int cb_pool_error(Pool *self, cs_status status);
/* StaleRowError for a row of this class of rows; -1. */
int cb_row_error_stale(cb_class *cls);
/* The field of that name, which has a column; NULL and KeyError. */
const cb_pool_field *cb_pool_field_named(Pool *self, PyObject *name);
/* The core pool has other columns: fields find them. */
void cb_pool_locate(Pool *self);

#endif
