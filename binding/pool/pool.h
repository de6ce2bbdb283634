/* pool/pool.h: pools and their rows, for the files of the binding that share them.
 * docs/design/pools.md says why they are as they are.
 *
 *   Pool                                         row (an object of a hidden subclass of the record class)
 *   +------------------------------+            +--------------------------------------+----------------------+
 *   | class, core pool, plans      |<-----------| an empty block of the record class   | cs_row               |
 *   | living --> cs_row <-> cs_row |            | (all zero: its members read unset)   | pool, position, list |
 *   +------------------------------+            +--------------------------------------+----------------------+
 *
 * Invariants
 *   - `length` rows can be seen; the core pool may hold more while rows are being added (`busy` is not 0 then, and nobody else adds, removes or reorders).
 *   - While `readers` is not 0 nobody adds, removes or reorders either: an export, a pickle or a copy goes through the rows. There may be several. Who changes a pool asks
 *     cs_pool_may_change for both.
 *   - Every row that has a position stands in the list of its pool, and the position is that of its record: whatever moves records corrects it. A row whose record
 *     is gone has the position CS_ROW_STALE and stands in no list. So a row never reads another record's data.
 *   - A row whose record was replaced is detached: it has no pool, and `own` is an object of the record
 *     class with the values that were there. All rows of that record share it, as they shared the record.
 *   - A reference in a pointer column is counted once for the row that holds it.
 *
 * Ownership: a row owns a reference to its pool; the list is borrowed. A pool owns its class, the class of its rows, and one spare row that owns its class alone.
 */
#ifndef CS_POOL_BINDING_H
#define CS_POOL_BINDING_H

#include "binding.h"
#include "pool/reference.h"

#define CS_ROW_STALE SIZE_MAX

/* A column and the field whose values it keeps. */
typedef struct {
    const cs_field *field; /* of the record class */
    cs_column *at; /* the column; NULL: the value is computed at each read */
    uint32_t column; /* its number in the core pool, or CS_NO_COLUMN */
    uint8_t kind; /* cs_kind */
    uint8_t
        plain; /* the width, where a record's bytes are copied as they are: never null, never unset by a bit; else 0 */
} cs_pool_field;

#define CS_NO_COLUMN UINT32_MAX

/* Of a datetime column: is it naive or UTC? Decided by the first value. */
enum { CS_ZONE_OPEN = 0, CS_ZONE_NAIVE, CS_ZONE_UTC };

typedef struct cs_row cs_row;

typedef struct {
    PyObject_HEAD
    PyTypeObject *type; /* the record class */
    cs_class *cls; /* its cs_class */
    cs_class *row_class;
    cs_pool core;
    size_t length;
    cs_pool_field *fields; /* one a field of the class */
    uint32_t *
        order; /* of the fields with columns: the plain ones, to plain_end; other packed ones, to packed_end; references, to stored_end */
    uint32_t plain_end, packed_end, stored_end;
    uint8_t *zones; /* one a column */
    char *scratch; /* bytes like those of a record, to convert values in; no object */
    cs_row *living; /* see pool/living.h */
    cs_row **buckets;
    size_t indexed;
    uint8_t bucket_shift;
    PyObject *spare; /* a row without a pool, or NULL */
    uint64_t epoch; /* changes when records were removed, inserted or reordered */
    uint32_t busy; /* calls that change it */
    uint32_t readers; /* calls that need its rows to stay where they are */
    uint32_t pointers; /* columns of references */
    PyObject *weakrefs;
} Pool;

struct cs_row {
    Pool *pool; /* NULL: the spare, or a detached row */
    size_t position;
    char *columns; /* of the pool; NULL: the row is stale or detached */
    union {
        cs_row *previous;
        PyObject
            *own; /* without a pool: the object that a detached row stands for; NULL: the spare */
    };
    cs_row *next;
};

/* The object that a detached row stands for; NULL: the row is not detached. */
static inline PyObject *cs_row_own(const cs_row *row) {
    return row->pool == NULL ? row->own : NULL;
}

static inline cs_row *cs_row_of(const cs_class *row_class, PyObject *object) {
    return (cs_row *)cs_at(object, row_class->row_offset);
}
static inline PyObject *cs_row_object(const cs_class *row_class, cs_row *row) {
    return (PyObject *)(void *)((char *)row - row_class->row_offset);
}
/* Is it a row of some pool? */
static inline int cs_is_row(cs_state *state, PyObject *object) {
    cs_class *cls = PyObject_TypeCheck((PyObject *)Py_TYPE(object), state->meta_type)
                        ? cs_class_of_object(object)
                        : NULL;
    return cls != NULL && (cls->flags & CS_CLASS_ROW) != 0;
}

static inline cs_column *cs_pool_column(const Pool *pool, uint32_t k) {
    return &pool->core.columns[k];
}

/* ---- pool/row_class.c: record classes and their row classes ---- */
extern PyType_Spec cs_row_shield_spec;
cs_class *
cs_pool_record_class(cs_state *state,
                     PyObject *type); /* of a class that pools can hold; NULL and TypeError */
cs_class *cs_row_class_of(cs_class *cls); /* made with the first pool; NULL and an error */
void cs_row_class_refresh(cs_class *cls); /* the class's own methods have changed */

/* ---- pool/value.c: between values, objects and columns ---- */
int cs_pool_plan(Pool *self); /* fields, columns, scratch of a new pool */
void cs_pool_plan_clear(Pool *self);
void cs_pool_locate(Pool *self); /* the core pool has other columns: fields find them */
PyObject *cs_pool_read(Pool *self, const cs_pool_field *field,
                       size_t row); /* NULL and an error; unset pointers too */
/* Check a value and write it: on failure the record is as it was. `row` is read again after code of the user's may have run: *row may be CS_ROW_STALE then. */
int cs_pool_store(Pool *self, const cs_pool_field *field, const size_t *row, PyObject *value);
int cs_pool_delete(Pool *self, const cs_pool_field *field, const size_t *row); /* `del row.field` */
/* Can this object (of the record class, no row) be put? Unset fields, big ints, zones; widens columns of codes. Runs no code of the user's. */
int cs_pool_check_object(Pool *self, PyObject *object);
/* Write all fields of an object that has been checked into a fresh (zero) row. On failure the row is partly written, to be taken back. Runs no code of the user's. */
int cs_pool_put_object(Pool *self, size_t row, PyObject *object);
/* The same over a record that exists: all or nothing; *dropped are the references that it held, to be dropped by the caller. */
int cs_pool_replace_object(Pool *self, size_t row, PyObject *object, PyObject **dropped);
/* A record as an object of the class. On 3.11 the allocation may run code of the user's: *row is read again after it, and may be CS_ROW_STALE then. */
PyObject *cs_pool_object(Pool *self, const size_t *place);
void cs_pool_hold(Pool *self, size_t from,
                  size_t count); /* one more reference for each pointer in these rows */
PyObject *cs_text_str(cs_text text); /* object/value.c */
int cs_pool_writable(Pool *self, uint32_t k, size_t row); /* -1 and an error */
int cs_pool_widen(Pool *self, uint32_t k, uint64_t code); /* room for that code; -1 and an error */
int cs_pool_zone(Pool *self, const cs_pool_field *field,
                 int utc); /* a datetime of that sort will be written; -1 and ValueError */
int cs_pool_zone_held(
    const Pool *self,
    const cs_pool_field *field); /* of the datetimes that are there; CS_ZONE_OPEN: there are none */
int cs_pool_has_value(const Pool *self, const cs_pool_field *field, size_t from,
                      size_t count); /* one that is not null */
/* Between cslots' packed form and Arrow's number. Unpacking does not fail; packing: -1 if the number is no such moment. */
int64_t cs_pool_time_unpack(cs_kind kind, int64_t packed);
int cs_pool_time_pack(cs_kind kind, int64_t number, int utc, int64_t *packed);

/* ---- pool/row.c ---- */
PyObject *cs_row_new(Pool *pool, size_t position);
PyObject *cs_row_reuse(
    PyObject *object, Pool *pool,
    size_t
        position); /* the same row elsewhere, if nobody else holds it; else a new one. Steals it */
/* A real object of the record class, or NULL and StaleRowError. It is for looking at: that of a detached row is the row's own. */
PyObject *cs_row_materialise(PyObject *object);
PyObject *cs_row_copy(PyObject *object); /* the same, for whoever may change it */
PyObject *cs_row_get(cs_class *cls, const cs_field *field, PyObject *object);
PyObject *cs_row_compute(cs_class *cls, PyObject *object,
                         PyObject *function); /* of a cached property */
int cs_row_set(cs_class *cls, const cs_field *field, PyObject *object, PyObject *value);
PyObject *cs_row_getattro(PyObject *object, PyObject *name);
int cs_row_setattro(PyObject *object, PyObject *name, PyObject *value);
int cs_row_setup_type(cs_class *cls); /* slots of a new row type */
PyObject *cs_row_richcompare(PyObject *a, PyObject *b, int op);
Py_hash_t cs_row_hash(PyObject *object);
int cs_row_error_stale(cs_class *cls); /* -1 */
void cs_row_free_spare(Pool *pool);
void cs_row_detach(cs_row *row,
                   PyObject *own); /* takes a reference to `own`, gives back that to the pool */

/* ---- pool/living.c ---- */
void cs_rows_forget(
    Pool *pool, size_t from,
    size_t count); /* records removed: their rows are stale, those after them move up */
void cs_rows_shift(Pool *pool, size_t from, size_t count); /* records inserted */
void cs_rows_follow(
    Pool *pool,
    const size_t *places); /* the record that was at i is at places[i] now, or gone: CS_ROW_STALE */

/* ---- pool/detach.c ---- */
/* Rows whose records are about to be replaced. Between begin and end nothing of the user's may run. */
typedef struct {
    struct cs_detaching_row *rows;
    size_t count;
} cs_detaching;
/* Those of the `count` records at start, start + step ..., but for those whose byte in `kept` is not 0 (NULL: none is kept). -1 and an error. */
int cs_rows_detach_begin(cs_detaching *self, Pool *pool, size_t start, size_t count,
                         Py_ssize_t step, const uint8_t *kept);
void cs_rows_detach_end(
    cs_detaching *self,
    int replaced); /* replaced: they are objects of their own from here on; else all is as it was */

/* ---- pool/pool_type.c ---- */
extern PyType_Spec cs_pool_spec, cs_pool_iterator_spec;
Pool *cs_pool_new(cs_state *state, cs_class *cls); /* an empty pool */
PyObject *cs_pool_no_concat(PyObject *object,
                            PyObject *other); /* TypeError with advice, for pools and slices */
PyObject *cs_pool_no_repeat(PyObject *object, Py_ssize_t times);
int cs_pool_index(Pool *self, PyObject *key, size_t *position); /* -1 and IndexError or TypeError */
int cs_pool_may_change(Pool *self); /* -1 and RuntimeError while busy or read */
int cs_pool_may_read(
    Pool *self); /* all of its rows, as they are stored: -1 and RuntimeError while busy */
int cs_pool_error(Pool *self, cs_status status); /* the exception for a status; -1 */
PyObject *cs_pool_iterate(Pool *self, size_t start, size_t count,
                          Py_ssize_t step); /* `count` rows that must stay where they are */
const cs_pool_field *cs_pool_field_named(Pool *self,
                                         PyObject *name); /* one with a column; NULL and KeyError */
Py_ssize_t cs_pool_find(Pool *self, PyObject *value, size_t from,
                        size_t to); /* -1: not there; -2: an error */
int cs_pool_equal(Pool *a, size_t from_a, Pool *b, size_t from_b, size_t count);
void cs_pool_changed(Pool *self); /* records were removed, inserted or reordered */
PyObject *
cs_pool_helper(const char *function, PyObject *first,
               PyObject *second); /* cslots._pool.function(first, second); second may be NULL */

/* ---- pool/edit.c ---- */
extern PyMethodDef cs_pool_edit_methods[];
uint8_t *
cs_pool_mask(const Pool *self, PyObject *value,
             const char *who); /* one byte a row, from PyMem_RawMalloc; NULL and an error */
int cs_pool_assign(PyObject *object, PyObject *key, PyObject *value); /* mp_ass_subscript */

/* ---- pool/over.c ---- */
/* Rows of `from`, which has `count` and nobody else knows, over those at start, start + step ...: one field, or all (NULL). All or nothing; runs no code of the user's.
 * The references that were there are in `from` afterwards. */
int cs_pool_put_over(Pool *self, const cs_pool_field *only, Pool *from, size_t start, size_t count,
                     Py_ssize_t step);

/* ---- pool/add.c ---- */
extern PyMethodDef cs_pool_add_methods[];
/* An object of the record class for what somebody wants to put into the pool: itself, or made of a row or a mapping. New reference; NULL and TypeError. */
PyObject *cs_pool_as_object(Pool *self, PyObject *value);
int cs_pool_append_object(Pool *self, PyObject *object);
int cs_pool_append_rows(Pool *self, Pool *from, const size_t *rows, size_t start,
                        size_t count); /* rows NULL: from start on */
int cs_pool_extend(Pool *self, PyObject *source);
/* Between these two rows are added that nobody sees yet: begin sets busy; end makes them visible, or, if result is not 0, takes them back. Returns result, or -1. */
int cs_pool_begin(Pool *self);
int cs_pool_end(Pool *self, int result);

int cs_pool_fill_default(
    Pool *self, const cs_pool_field *field,
    size_t from); /* its default in all rows from there on; -1 and TypeError if it has none */

/* ---- pool/fill.c ---- */
/* A column of values into fresh rows. `valid`: NULL, or a buffer with one byte a row, 0: the row is null. -1 and an error; the rows are to be taken back. */
int cs_pool_fill(Pool *self, const cs_pool_field *field, size_t from, size_t count,
                 PyObject *values, PyObject *valid);
int cs_pool_note_row(
    const cs_pool_field *field,
    size_t row); /* adds "(row 5 of the column 'qty')" to the exception in flight; -1 */

/* ---- pool/slice.c ---- */
typedef struct {
    PyObject_HEAD
    Pool *pool;
    uint64_t epoch;
    size_t start, count;
    Py_ssize_t step;
} PoolSlice;
extern PyType_Spec cs_pool_slice_spec;
PyObject *cs_pool_slice_new(Pool *pool, size_t start, size_t count, Py_ssize_t step);
int cs_pool_slice_fresh(PoolSlice *self); /* -1 and StaleRowError */

/* ---- pool/view.c ---- */
extern PyType_Spec cs_pool_view_spec;
PyObject *cs_pool_view_new(Pool *pool,
                           const cs_pool_field *field); /* an exporter of the buffer protocol */

/* ---- pool/arrow_in.c ---- */
/* A private mapping of a file that we wrote. */
typedef struct {
    const void *memory;
    size_t size;
} cs_pool_file;
/* Has it the methods of Arrow data? Then its rows can be added, all or none. file: what it comes from, or NULL. -1 and an error. */
int cs_pool_is_arrow(const Pool *self, PyObject *source);
int cs_pool_extend_arrow(Pool *self, PyObject *source, const cs_pool_file *file);
/* All rows of a pool that nobody else knows: an empty pool takes its columns over, another appends copies. */
int cs_pool_take(Pool *self, Pool *from);

/* ---- pool/pickle.c ---- */
extern PyType_Spec cs_pool_snapshot_spec;
extern PyMethodDef cs_pool_pickle_methods[];
PyObject *cs_pool_restore(PyObject *module, PyObject *const *args, Py_ssize_t nargs);

#endif
