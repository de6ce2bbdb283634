/* pool/row.c: a row: a handle on one record of a pool that behaves as an object of the record
 * class.
 *
 *   +----------------+-------------------------------------+------------------------------------+
 *   | refcount, type | block of the record class, all zero | pool | position | previous | next  |
 *   +----------------+-------------------------------------+------------------------------------+
 *   0                                                      row_offset
 *
 * Reading and writing a field goes to the column. For everything else that an object of the class
 * can do in C (==, hash, repr, copy, pickle, replace) the row builds a temporary object and
 * forwards to it. The table `access` has these functions; object/ calls them, and knows nothing
 * of rows.
 *
 * Loops make and drop rows all the time, so that allocates nothing. An iterator has two rows of its
 * own and hands them out in turn while no other variable holds them, and a pool keeps the row that
 * died last: its spare.
 *
 * A row whose record is replaced is detached (pool/detach.c). It has no pool any more, and uses the
 * object that it owns instead of a temporary one.
 *
 * Invariants: those of pool/pool.h. A row with a pool owns a reference to it. The spare has none,
 * so that the pool can die.
 */
#include "pool/row.h"
#include "class/methods.h"
#include "kinds/box.h"
#include "model/errors.h"
#include "object/access.h"
#include "object/born.h"
#include "object/compare.h"
#include "object/copy.h"
#include "object/hash.h"
#include "object/value.h"
#include "pool/check.h"
#include "pool/living.h"
#include "pool/pool.h"
#include "pool/value.h"

static inline void place_row(cb_row *row, Pool *pool, size_t position) {
    row->position = position;
    row->columns = (char *)pool->core.columns;
}

void cb_row_detach(cb_row *row, PyObject *own) {
    Pool *pool = row->pool;
    cb_living_make_stale(row);
    row->pool = NULL;
    row->own = Py_NewRef(own);
    Py_DECREF((PyObject *)pool);
}

/* ---- birth and death ---- */

static PyObject *allocate(cb_class *cls) {
    PyTypeObject *type = cls->type;
    size_t size = (size_t)type->tp_basicsize;
    PyObject *object;
    if (cls->flags & CB_CLASS_TRACKED) {
        size_t given;
        object = cb_gc_new(type, size, &given);
        if (object == NULL) { return NULL; }
    } else {
        object = PyObject_Malloc(size);
        if (object == NULL) { return PyErr_NoMemory(); }
        memset((char *)object + sizeof(PyObject), 0, size - sizeof(PyObject));
        PyObject_Init(object, type);
    }
    return object;
}

static void free_row(PyObject *object) {
    PyTypeObject *type = Py_TYPE(object);
    if (cb_class_of(type)->flags & CB_CLASS_TRACKED) {
        PyObject_GC_Del(object);
    } else {
        PyObject_Free(object);
    }
    Py_DECREF(type);
}

PyObject *cb_row_new(Pool *pool, size_t position) {
    cb_class *cls = pool->row_class;
    PyObject *object = pool->spare;
    /* For the row, and first: on 3.11 the allocation may run code that drops the other references
     * to the pool, and removes records. */
    Py_INCREF(pool);
    if (object != NULL) {
        pool->spare = NULL;
        cb_object_revive(object);
    } else if ((object = allocate(cls)) == NULL) {
        Py_DECREF(pool);
        return NULL;
    } else if (position >= pool->length) {
        free_row(object);
        PyErr_Format(PyExc_IndexError, "Pool of %s: row %zu is gone", pool->cls->type->tp_name,
                     position);
        Py_DECREF(pool);
        return NULL;
    }
    cb_row *row = cb_row_of(cls, object);
    row->pool = pool;
    place_row(row, pool, position);
    cb_living_add(row);
    if (cls->flags & CB_CLASS_TRACKED) { PyObject_GC_Track(object); }
    return object;
}

static int has_weakrefs(const cb_class *cls, PyObject *object) {
    return cls->weakref_offset != 0 && *cb_pointer_at(object, cls->weakref_offset) != NULL;
}

/* The block in front is empty, unless the member of the record class was called by hand:
 * `User.friend.__set__(row, value)`. */
static inline int has_block(const cb_class *record, PyObject *object) {
    for (uint32_t i = 0; i < record->pointer_count; i++) {
        if (*cb_pointer_at(object, record->pointers[i]) != NULL) { return 1; }
    }
    return 0;
}

PyObject *cb_row_reuse(PyObject *object, Pool *pool, size_t position) {
    cb_class *cls = pool->row_class;
    if (object != NULL && Py_REFCNT(object) == 1 && cb_row_of(cls, object)->pool == pool &&
        !has_weakrefs(cls, object) && !has_block(cls->record, object)) {
        cb_row *row = cb_row_of(cls, object);
        /* In the list a row may stand anywhere. */
        const int moves = row->position == CB_ROW_STALE || pool->buckets != NULL;
        if (moves && row->position != CB_ROW_STALE) { cb_living_remove(row); }
        place_row(row, pool, position);
        if (moves) { cb_living_add(row); }
        return object;
    }
    PyObject *row = cb_row_new(pool, position);
    Py_XDECREF(object); /* may run any code; the new row is in the list, and follows its record */
    return row;
}

/* The members of CPython write, and cannot be kept from it. A warning says that it was for
 * nothing. */
static void report_lost(const cb_class *record, uint32_t offset) {
    PyObject *error = cb_error_take(), *name = NULL;
    for (uint32_t i = 0; i < record->field_count; i++) {
        if (cs_kind_is_pointer((cs_kind)record->fields[i].kind) &&
            record->fields[i].offset == offset) {
            name = record->fields[i].name;
        }
    }
    PyErr_Format(PyExc_RuntimeError,
                 "%s: a value given to the descriptor of '%S' for a row of a Pool is lost: set the "
                 "attribute of the row, or use setattr()",
                 record->type->tp_name, name != NULL ? name : Py_None);
    PyErr_WriteUnraisable((PyObject *)record->type);
    cb_error_restore(error);
}

static CS_NOINLINE void clear_block(const cb_class *record, PyObject *object) {
    for (uint32_t i = 0; i < record->pointer_count; i++) {
        PyObject *value = *cb_pointer_at(object, record->pointers[i]);
        if (value == NULL) { continue; }
        *cb_pointer_at(object, record->pointers[i]) = NULL;
        report_lost(record, record->pointers[i]);
        Py_DECREF(value);
    }
}

void cb_row_free_spare(Pool *pool) {
    PyObject *spare = pool->spare;
    pool->spare = NULL;
    if (spare != NULL) { free_row(spare); }
}

static void row_dealloc(PyObject *object) {
    PyTypeObject *type = Py_TYPE(object);
    cb_class *cls = cb_class_of(type);
    const int tracked = (cls->flags & CB_CLASS_TRACKED) != 0;
    if (tracked) { PyObject_GC_UnTrack(object); }
    if (has_weakrefs(cls, object)) { PyObject_ClearWeakRefs(object); }
    if (CS_UNLIKELY(has_block(cls->record, object))) { clear_block(cls->record, object); }
    cb_row *row = cb_row_of(cls, object);
    Pool *pool = row->pool;
    PyObject *own = cb_row_own(row);
    if (pool != NULL) {
        if (row->position != CB_ROW_STALE) { cb_living_remove(row); }
        row->pool = NULL;
        if (pool->spare == NULL) { /* the spare keeps its type */
            pool->spare = object;
            Py_DECREF(pool);
            return;
        }
    }
    free_row(object);
    Py_XDECREF((PyObject *)pool);
    Py_XDECREF(own);
}

static int row_traverse(PyObject *object, visitproc visit, void *arg) {
    cb_class *cls = cb_class_of_object(object);
    Py_VISIT(Py_TYPE(object));
    Py_VISIT((PyObject *)cb_row_of(cls, object)->pool);
    Py_VISIT(cb_row_own(cb_row_of(cls, object)));
    for (uint32_t i = 0; cls->record != NULL && i < cls->record->pointer_count; i++) {
        Py_VISIT(*cb_pointer_at(object, cls->record->pointers[i]));
    }
    return 0;
}

/* A cycle through a row goes through its pool, which clears its columns, or through `own`. */
static int row_clear(PyObject *object) {
    const cb_class *cls = cb_class_of_object(object);
    cb_row *row = cb_row_of(cls, object);
    if (cls->record != NULL) { clear_block(cls->record, object); }
    if (row->pool == NULL) { Py_CLEAR(row->own); }
    return 0;
}

static PyObject *row_alloc(PyTypeObject *type, Py_ssize_t items) {
    (void)items;
    return PyErr_Format(PyExc_TypeError, "%s: the rows of a pool are made by the pool",
                        type->tp_name);
}

/* type(row)(...): an object of the record class. */
static PyObject *row_call(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames) {
    cb_class *cls = cb_class_of((PyTypeObject *)type);
    return PyObject_Vectorcall((PyObject *)cls->record->type, args, nargsf, kwnames);
}

static PyObject *row_tp_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    cb_class *cls = cb_class_of(type);
    return PyObject_Call((PyObject *)cls->record->type, args, kwargs);
}

/* ---- fields ---- */

static int error_computed(cb_class *cls, const cb_field *field) {
    PyErr_Format(PyExc_AttributeError,
                 "%s.%U is computed at each read in a pool and cannot be assigned",
                 cls->record->type->tp_name, field->name);
    return -1;
}

static CS_NOINLINE PyObject *get_without_pool(cb_class *cls, const cb_field *field,
                                              PyObject *object) {
    PyObject *own = cb_row_own(cb_row_of(cls, object));
    if (own == NULL) {
        cb_row_error_stale(cls);
        return NULL;
    }
    if (field->cached != NULL) { return PyObject_CallOneArg(field->cached, object); }
    Py_INCREF(own);
    PyObject *value = cb_read_value(cls->record, &cls->record->fields[field->index], own);
    Py_DECREF(own);
    return value;
}

static int set_without_pool(cb_class *cls, const cb_field *field, PyObject *object,
                            PyObject *value) {
    PyObject *own = cb_row_own(cb_row_of(cls, object));
    if (own == NULL) { return cb_row_error_stale(cls); }
    if (field->cached != NULL) { return error_computed(cls, field); }
    const cb_field *of_record = &cls->record->fields[field->index];
    Py_INCREF(own);
    int result = value == NULL ? cb_delete(cls->record, of_record, own)
                               : cb_store(cls->record, of_record, own, value);
    Py_DECREF(own);
    return result;
}

static PyObject *row_compute(cb_class *cls, PyObject *object, PyObject *function);

static PyObject *row_get(cb_class *cls, const cb_field *field, PyObject *object) {
    cb_row *row = cb_row_of(cls, object);
    if (CS_UNLIKELY(row->position == CB_ROW_STALE)) { return get_without_pool(cls, field, object); }
    const cb_pool_field *of_pool = &row->pool->fields[field->index];
    if (CS_UNLIKELY(of_pool->at == NULL)) { return row_compute(cls, object, field->cached); }
    return cb_pool_read_inline(row->pool, of_pool, row->position);
}

/* A cached property of a row is computed at each read, by the function of the class whose
 * descriptor was found. */
static PyObject *row_compute(cb_class *cls, PyObject *object, PyObject *function) {
    if (cb_row_of(cls, object)->position == CB_ROW_STALE) {
        cb_row_error_stale(cls);
        return NULL;
    }
    Py_INCREF(function); /* its class may go in the middle */
    PyObject *value = PyObject_CallOneArg(function, object);
    Py_DECREF(function);
    return value;
}

static int row_set(cb_class *cls, const cb_field *field, PyObject *object, PyObject *value) {
    cb_row *row = cb_row_of(cls, object);
    if (row->position == CB_ROW_STALE) { return set_without_pool(cls, field, object, value); }
    Pool *pool = row->pool;
    const cb_pool_field *of_pool = &pool->fields[field->index];
    if (of_pool->column == CB_NO_COLUMN) { return error_computed(cls, field); }
    if (value != NULL && cb_pool_store_number(of_pool, row->position, value)) {
        cb_pool_consistent(pool);
        return 0;
    }
    /* User code may drop the last reference to the row, or detach it, which lets its pool go. */
    Py_INCREF(object);
    Py_INCREF((PyObject *)pool);
    int result = value == NULL ? cb_pool_delete(pool, of_pool, &row->position)
                               : cb_pool_store(pool, of_pool, &row->position, value);
    cb_pool_consistent(pool);
    if (result < 0 && cb_row_own(row) != NULL && PyErr_ExceptionMatches(cls->state->stale_error)) {
        /* Converting the value has replaced the record: the value goes to the object that the row
         * stands for now. */
        PyErr_Clear();
        result = set_without_pool(cls, field, object, value);
    }
    Py_DECREF((PyObject *)pool);
    Py_DECREF(object);
    return result;
}

/* Loops read and write floats that cannot be null. They are handled here, all else by calls. */
static PyObject *row_getattro(PyObject *object, PyObject *name) {
    cb_class *cls = cb_class_of_object(object);
    const cs_ptrmap_slot *slot = cs_ptrmap_find(&cls->packed, name);
    if (CS_UNLIKELY(slot == NULL)) { return cb_getattro_open(object, name); }
    const cb_field *field = (const cb_field *)slot->value;
    const cb_row *row = cb_row_of(cls, object);
    if (field->kind == CS_FLOAT64 && row->columns != NULL && field->offset != CB_NO_COLUMN) {
        const cs_column *column = (const cs_column *)(const void *)(row->columns + field->offset);
        if (column->valid == NULL) {
            return cb_box_float(cls->state, cs_load_float64(column->data + row->position * 8));
        }
    }
    return row_get(cls, field, object);
}

static int row_setattro(PyObject *object, PyObject *name, PyObject *value) {
    cb_class *cls = cb_class_of_object(object);
    const cs_ptrmap_slot *slot = cs_ptrmap_find(&cls->names, name);
    if (slot != NULL && value != NULL && PyFloat_CheckExact(value) &&
        !(cls->flags & CB_CLASS_FROZEN)) {
        const cb_field *known = (const cb_field *)slot->value;
        const cb_row *row = cb_row_of(cls, object);
        if (known->kind == CS_FLOAT64 && row->columns != NULL && known->offset != CB_NO_COLUMN) {
            const cs_column *column =
                (const cs_column *)(const void *)(row->columns + known->offset);
            if (row->position >= column->frozen && column->valid == NULL) {
                memcpy(column->data + row->position * sizeof(double),
                       &((PyFloatObject *)value)->ob_fval, sizeof(double));
                return 0;
            }
        }
    }
    const cb_field *field = slot != NULL            ? (const cb_field *)slot->value
                            : PyUnicode_Check(name) ? cb_find_field(cls, name)
                                                    : NULL;
    if (cls->flags & CB_CLASS_FROZEN) {
        if (field == NULL &&
            (!PyUnicode_Check(name) || cb_type_lookup(Py_TYPE(object), name) == NULL)) {
            return cb_setattr_other(cls, object, name, value);
        }
        return cb_error_frozen(cls, object, name, value == NULL, 0);
    }
    return field != NULL && !field->covered ? row_set(cls, field, object, value)
                                            : cb_setattr_other(cls, object, name, value);
}

/* ---- as an object ---- */

static PyObject *row_materialise(PyObject *object) {
    cb_class *cls = cb_class_of_object(object);
    cb_row *row = cb_row_of(cls, object);
    PyObject *own = cb_row_own(row);
    if (own != NULL) { return Py_NewRef(own); }
    if (row->position == CB_ROW_STALE) {
        cb_row_error_stale(cls);
        return NULL;
    }
    /* On 3.11 the collector may run, and detach the row. */
    Pool *pool = (Pool *)Py_NewRef((PyObject *)row->pool);
    PyObject *record = cb_pool_object(pool, &row->position);
    if (record == NULL && cb_row_own(row) != NULL &&
        PyErr_ExceptionMatches(cls->state->stale_error)) {
        PyErr_Clear();
        record = Py_NewRef(cb_row_own(row));
    }
    Py_DECREF((PyObject *)pool);
    return record;
}

/* An object that nobody else knows: that of a detached row is the row's own. */
static PyObject *fresh_object(PyObject *self) {
    PyObject *record = row_materialise(self);
    if (record == NULL || cb_row_own(cb_row_of(cb_class_of_object(self), self)) != record) {
        return record;
    }
    PyObject *copy = cb_object_copy(record);
    Py_DECREF(record);
    return copy;
}

/* Where there are no hooks to be asked, the fresh object is the copy. */
static PyObject *row_copy(PyObject *self) {
    PyObject *object = fresh_object(self);
    PyObject *copy =
        object == NULL ? NULL : cb_copy_by_hooks(cb_class_of_object(object), object, NULL);
    if (copy == NULL && !PyErr_Occurred()) { return object; }
    Py_XDECREF(object);
    return copy;
}

/* A row travels as an object, without its pool. */
static PyObject *row_reduce(PyObject *self, PyObject *protocol) {
    const cb_state *state = cb_class_of_object(self)->state;
    PyObject *object = row_materialise(self);
    PyObject *reduced =
        object == NULL
            ? NULL
            : PyObject_CallMethodObjArgs(object, state->names.__reduce_ex__, protocol, NULL);
    Py_XDECREF(object);
    return reduced;
}

static size_t row_size(PyObject *self) {
    return ((size_t)cb_class_of_object(self)->basic_size + 15) & ~(size_t)15;
}

static int row_may_init(PyTypeObject *owner, PyObject *self) {
    (void)self;
    PyErr_Format(PyExc_TypeError,
                 "%s.__init__(): a row of a Pool is not initialised again; assign the record: "
                 "pool[i] = %s(...)",
                 owner->tp_name, owner->tp_name);
    return -1;
}

/* Where objects of the class are equal by identity, rows are equal by that of their record. */
static PyObject *same_record(PyObject *a, PyObject *b, int op) {
    cb_class *cls = cb_class_of_object(a);
    if ((op != Py_EQ && op != Py_NE) || Py_TYPE(a) != Py_TYPE(b)) { Py_RETURN_NOTIMPLEMENTED; }
    const cb_row *x = cb_row_of(cls, a), *y = cb_row_of(cls, b);
    int same = a == b ||
               (x->pool == y->pool && x->position == y->position && x->position != CB_ROW_STALE) ||
               (cb_row_own(x) != NULL && cb_row_own(x) == cb_row_own(y));
    return PyBool_FromLong(same == (op == Py_EQ));
}

/* The object itself, or what the row stands for. */
static PyObject *object_of(const cb_state *state, PyObject *object) {
    return cb_class_of_any(state, object) != NULL ? cb_whole(object) : Py_NewRef(object);
}

static PyObject *row_richcompare(PyObject *a, PyObject *b, int op) {
    cb_class *cls = cb_class_of_object(a);
    cb_state *state = cls->state;
    if (!cb_class_keeps_values(cls) && !(cls->flags & (CB_CLASS_EQ | CB_CLASS_ORDER))) {
        return same_record(a, b, op);
    }
    PyObject *x = object_of(state, a), *y = x == NULL ? NULL : object_of(state, b);
    PyObject *result = y == NULL ? NULL : cb_struct_richcompare(x, y, op);
    Py_XDECREF(x);
    Py_XDECREF(y);
    return result;
}

static Py_hash_t row_hash(PyObject *object) {
    cb_class *cls = cb_class_of_object(object);
    if (!(cls->flags & CB_CLASS_HASH_VALUE)) {
        PyErr_Format(PyExc_TypeError,
                     "unhashable: a row of a Pool has no identity of its own, and %s objects are "
                     "hashed by it",
                     cls->record->type->tp_name);
        return -1;
    }
    PyObject *value = row_materialise(object);
    if (value == NULL) { return -1; }
    Py_hash_t hash = cb_struct_hash(value);
    Py_DECREF(value);
    return hash;
}

/* ---- the type ---- */

static void row_refresh(cb_class *cls) {
    PyTypeObject *type = cls->type;
    const cb_class *record = cls->record;
    cb_reads_choose(cls);
    setattrofunc assign = record->type->tp_setattro;
    if (assign == cb_struct_setattro || assign == cb_untyped_setattro ||
        (assign == PyObject_GenericSetAttr && !(record->flags & CB_CLASS_FROZEN))) {
        type->tp_setattro = row_setattro;
    }
}

/* A read of a row finds its default or its stale record by itself. */
static int row_is_unset(cb_class *cls, const cb_field *field, PyObject *self) {
    (void)cls;
    (void)field;
    (void)self;
    return 0;
}

static int row_delete_past(cb_class *cls, const cb_field *field, PyObject *self) {
    return row_set(cls, field, self, NULL);
}

static PyObject *row_cached(cb_class *cls, const cb_field *field, PyObject *self,
                            PyObject *function, int plain) {
    (void)field;
    (void)plain;
    return row_compute(cls, self, function);
}

static const cb_access row_access = {
    .is_unset = row_is_unset,
    .get = row_get,
    .set = row_set,
    .delete_past = row_delete_past,
    .cached = row_cached,
    .refer = cb_error_row,
    .getattro = row_getattro,
    .setattro = row_setattro,
    .untyped_setattro = row_setattro,
    .richcompare = row_richcompare,
    .compare_other = row_richcompare,
    .hash = row_hash,
    .whole = row_materialise,
    .copy = row_copy,
    .reduce = row_reduce,
    .size = row_size,
    .may_init = row_may_init,
    .refresh = row_refresh,
};

int cb_row_setup_type(cb_class *cls) {
    PyTypeObject *type = cls->type;
    cls->access = &row_access;
    const cb_class *record = cls->record;
    cls->row_offset = (uint32_t)cs_slab_round(record->fixed_size);
    cls->basic_size = cls->row_offset + (uint32_t)sizeof(cb_row);
    type->tp_basicsize = (Py_ssize_t)cls->basic_size;
    type->tp_itemsize = 0;
    type->tp_flags &=
        ~(unsigned long)(CB_PREHEADER_FLAGS | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE);
    type->tp_dictoffset = 0;
    type->tp_weaklistoffset = (Py_ssize_t)cls->weakref_offset;
    type->tp_alloc = row_alloc;
    type->tp_new = row_tp_new;
    type->tp_vectorcall = row_call;
    type->tp_dealloc = row_dealloc;
    type->tp_finalize = NULL; /* a record lives on when its row dies */
    type->tp_del = NULL;
    if (cls->flags & CB_CLASS_TRACKED) {
        type->tp_flags |= Py_TPFLAGS_HAVE_GC;
        type->tp_traverse = row_traverse;
        type->tp_clear = row_clear;
        type->tp_free = PyObject_GC_Del;
    } else {
        type->tp_traverse = NULL;
        type->tp_clear = NULL;
        type->tp_free = PyObject_Free;
    }
    row_refresh(cls);
    return cb_methods_shortcut(cls);
}
