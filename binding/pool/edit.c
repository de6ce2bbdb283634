/* pool/edit.c: records go or are replaced: del, assignment, pop, remove, clear, filter, compact.
 *
 *   1. copy the references of the rows that will go       (may fail: nothing has happened)
 *   2. the core moves its columns                         (may fail: nothing has happened)
 *   3. living rows are told, length and epoch change
 *   4. the references are dropped                         (runs any code, on a pool in order)
 */
#include "pool/edit.h"
#include "pool/add.h"
#include "pool/append.h"
#include "pool/change.h"
#include "pool/check.h"
#include "pool/column.h"
#include "pool/detach.h"
#include "pool/living.h"
#include "pool/mask.h"
#include "pool/over.h"
#include "pool/plan.h"
#include "pool/pool.h"
#include "pool/reference.h"
#include "pool/sequence.h"
#include "pool/slice.h"
#include "pool/value.h"
#include "pool/zone.h"
#include "runtime/package.h"

/* ---- references that go ---- */

typedef struct {
    PyObject **held;
    size_t count;
} departing;

static int departing_init(departing *gone, const Pool *self, size_t rows) {
    *gone = (departing){NULL, 0};
    if (self->pointers == 0) { return 0; }
    if (rows > SIZE_MAX / sizeof(PyObject *) / self->pointers ||
        (gone->held = PyMem_RawMalloc((rows * self->pointers + 1) * sizeof(PyObject *))) == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

static void departing_add(departing *gone, const Pool *self, size_t row) {
    for (uint32_t k = 0; self->pointers != 0 && k < self->core.count; k++) {
        if (cb_pool_column(self, k)->sort != CS_COLUMN_POINTER) { continue; }
        PyObject *owned = cb_reference_owned(cb_reference_load(cb_pool_column(self, k), row));
        if (owned != NULL) { gone->held[gone->count++] = owned; }
    }
}

/* drop: the pool has lost them, and their references end here. */
static void departing_clear(departing *gone, int drop) {
    for (size_t i = 0; drop && i < gone->count; i++) { Py_XDECREF(gone->held[i]); }
    PyMem_RawFree(gone->held);
}

static int remove_range(Pool *self, size_t from, size_t count) {
    departing gone;
    if (cb_pool_may_change(self) < 0 || departing_init(&gone, self, count) < 0) { return -1; }
    for (size_t row = from; row < from + count; row++) { departing_add(&gone, self, row); }
    cs_status status = cs_pool_remove(&self->core, from, count);
    if (status == CS_OK) {
        self->length = self->core.rows;
        cb_rows_forget(self, from, count);
        cb_pool_changed(self);
    }
    cb_pool_consistent(self);
    departing_clear(&gone, status == CS_OK);
    return cb_pool_error(self, status);
}

/* Keep the rows whose byte is not 0. */
static int keep_rows(Pool *self, const uint8_t *mask) {
    departing gone;
    const size_t before = self->length;
    if (cb_pool_may_change(self) < 0 || departing_init(&gone, self, before) < 0) { return -1; }
    size_t *places = !cb_living_any(self) ? NULL : PyMem_RawMalloc((before + 1) * sizeof *places);
    if (cb_living_any(self) && places == NULL) {
        departing_clear(&gone, 0);
        PyErr_NoMemory();
        return -1;
    }
    for (size_t row = 0, kept = 0; row < before; row++) {
        if (!mask[row]) { departing_add(&gone, self, row); }
        if (places != NULL) { places[row] = mask[row] ? kept++ : CB_ROW_STALE; }
    }
    cs_status status = cs_pool_keep(&self->core, mask);
    if (status == CS_OK) {
        self->length = self->core.rows;
        if (places != NULL) { cb_rows_follow(self, places); }
        cb_pool_changed(self);
    }
    PyMem_RawFree(places);
    cb_pool_consistent(self);
    departing_clear(&gone, status == CS_OK);
    return cb_pool_error(self, status);
}

/* Scalars of NumPy have a buffer, too, but are not sequences. Its arrays claim to be indexes. */
static int is_mask(PyObject *key) {
    return PyList_Check(key) ||
           (!PyUnicode_Check(key) && PySequence_Check(key) && PyObject_CheckBuffer(key));
}

/* ---- del and assignment ---- */

static int delete_slice(Pool *self, PyObject *key) {
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(key, &start, &stop, &step) < 0) { return -1; }
    Py_ssize_t count = PySlice_AdjustIndices((Py_ssize_t)self->length, &start, &stop, step);
    if (count == 0) { return 0; }
    if (step == 1) { return remove_range(self, (size_t)start, (size_t)count); }
    uint8_t *mask = PyMem_RawMalloc(self->length);
    if (mask == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    memset(mask, 1, self->length);
    for (Py_ssize_t i = 0; i < count; i++) { mask[start + i * step] = 0; }
    int result = keep_rows(self, mask);
    PyMem_RawFree(mask);
    return result;
}

static int delete_masked(Pool *self, PyObject *key) {
    uint8_t *mask = cb_pool_mask(self, key, "del pool[mask]");
    if (mask == NULL) { return -1; }
    const size_t rows = self->length;
    for (size_t i = 0; i < rows; i++) { mask[i] = !mask[i]; }
    int result = keep_rows(self, mask);
    PyMem_RawFree(mask);
    return result;
}

/* Is it a row of the record at that place? Then assigning it there changes nothing. */
static int is_row_at(const Pool *self, PyObject *value, size_t position) {
    if (!Py_IS_TYPE(value, self->row_class->type)) { return 0; }
    const cb_row *row = cb_row_of(self->row_class, value);
    return row->pool == self && row->position == position;
}

static int replace_row(Pool *self, size_t row, PyObject *value) {
    if (is_row_at(self, value, row)) { return 0; }
    PyObject *object = cb_pool_as_object(self, value);
    if (object == NULL) { return -1; }
    departing gone = {NULL, 0};
    cb_detaching rows;
    int result = -1;
    if (row >= self->length) { /* making the object has changed the pool */
        PyErr_Format(PyExc_IndexError, "Pool of %s: row %zu is gone", self->cls->type->tp_name,
                     row);
    } else if (cb_pool_may_change(self) == 0 && cb_pool_check_object(self, object) == 0 &&
               departing_init(&gone, self, 1) == 0 &&
               cb_rows_detach_begin(&rows, self, row, 1, 1, NULL) == 0) {
        result = cb_pool_replace_object(self, row, object, gone.held);
        gone.count = result == 0 ? self->pointers : 0;
        cb_rows_detach_end(&rows, result == 0);
    }
    cb_pool_consistent(self);
    departing_clear(&gone, result == 0);
    Py_DECREF(object);
    return result;
}

/* The records of `from` over those there. A row of this pool that is in `value` at its own place
 * stays a row. */
static int put_slice(Pool *self, Pool *from, PyObject *value, size_t start, size_t count,
                     Py_ssize_t step) {
    uint8_t *kept = !cb_living_any(self) ? NULL : PyMem_RawCalloc(count + 1, 1);
    if (cb_living_any(self) && kept == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (kept != NULL && (PyList_CheckExact(value) || PyTuple_CheckExact(value)) &&
        (size_t)PySequence_Fast_GET_SIZE(value) == count) {
        for (size_t i = 0; i < count; i++) {
            const size_t position = (size_t)((Py_ssize_t)start + (Py_ssize_t)i * step);
            kept[i] =
                (uint8_t)is_row_at(self, PySequence_Fast_GET_ITEM(value, (Py_ssize_t)i), position);
        }
    }
    cb_detaching rows;
    int result = cb_rows_detach_begin(&rows, self, start, count, step, kept);
    if (result == 0) {
        result = cb_pool_put_over(self, NULL, from, start, count, step);
        cb_rows_detach_end(&rows, result == 0);
    }
    PyMem_RawFree(kept);
    cb_pool_consistent(self);
    return result;
}

/* Is it a slice of these very rows of this pool, or the whole pool? */
static int is_slice_at(const Pool *self, PyObject *value, size_t start, size_t count,
                       Py_ssize_t step) {
    if (!Py_IS_TYPE(value, self->cls->state->pool_slice_type)) {
        return value == (PyObject *)self && start == 0 && step == 1;
    }
    const PoolSlice *slice = (PoolSlice *)value;
    return slice->pool == self && slice->start == start && slice->count == count &&
           (slice->step == step || count < 2);
}

/* pool[2:5] = three records. */
static int replace_slice(Pool *self, PyObject *key, PyObject *value) {
    Pool *fresh = cb_pool_new(self->cls->state, self->cls);
    if (fresh == NULL) { return -1; }
    Py_ssize_t start = 0, stop, step, count = 0;
    int result = cb_pool_extend(fresh, value);
    if (result == 0) { result = PySlice_Unpack(key, &start, &stop, &step); }
    if (result == 0) {
        count = PySlice_AdjustIndices((Py_ssize_t)self->length, &start, &stop, step);
        if ((size_t)count != fresh->length) {
            PyErr_Format(
                PyExc_ValueError,
                "Pool of %s: %zd rows are assigned %zu records; a pool's slice keeps its length "
                "(insert, extend and del change the number of records)",
                self->cls->type->tp_name, count, fresh->length);
            result = -1;
        } else if (count != 0 && !is_slice_at(self, value, (size_t)start, (size_t)count, step)) {
            result = cb_pool_may_change(self) < 0
                         ? -1
                         : put_slice(self, fresh, value, (size_t)start, (size_t)count, step);
        }
    }
    Py_DECREF(fresh);
    return result;
}

/* pool["x"] = values: all of a column. */
static int replace_column(Pool *self, PyObject *name, PyObject *value) {
    PyObject *done =
        cb_package_call(CB_POOL_PACKAGE, "assign_column", (PyObject *)self, name, value, NULL);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

int cb_pool_assign(PyObject *object, PyObject *key, PyObject *value) {
    Pool *self = (Pool *)object;
    size_t position;
    if (PyUnicode_Check(key)) {
        if (value != NULL) { return replace_column(self, key, value); }
        PyErr_Format(PyExc_TypeError, "Pool of %s: a column cannot be deleted",
                     self->cls->type->tp_name);
        return -1;
    }
    if (PySlice_Check(key)) {
        return value == NULL ? delete_slice(self, key) : replace_slice(self, key, value);
    }
    if (value == NULL && is_mask(key)) { return delete_masked(self, key); }
    if (cb_pool_index(self, key, &position) < 0) { return -1; }
    return value == NULL ? remove_range(self, position, 1) : replace_row(self, position, value);
}

/* A column that assign_column() filled, in another pool of the class and of the same length,
 * replaces the column of this pool. */
static PyObject *pool_take_column(PyObject *object, PyObject *const *args, Py_ssize_t nargs) {
    Pool *self = (Pool *)object, *from;
    if (nargs != 2 || !Py_IS_TYPE(args[0], self->cls->state->pool_type) ||
        ((Pool *)args[0])->cls != self->cls) {
        return PyErr_Format(PyExc_TypeError,
                            "_take_column() expects a pool of the class and the name of a field");
    }
    from = (Pool *)args[0];
    const cb_pool_field *field = cb_pool_field_named(self, args[1]);
    if (field == NULL || cb_pool_may_change(self) < 0 || cb_pool_may_change(from) < 0) {
        return NULL;
    }
    if (from->length != self->length || from == self) {
        return PyErr_Format(
            PyExc_ValueError, "Pool of %s: the column '%U' has %zu values, the pool %zu rows",
            self->cls->type->tp_name, field->field->name, from->length, self->length);
    }
    cs_column *ours = cb_pool_column(self, field->column),
              *theirs = cb_pool_column(from, field->column);
    if (theirs->pins != 0 || cs_pool_reserve(&from->core, self->core.capacity) != CS_OK) {
        if (!PyErr_Occurred()) { PyErr_NoMemory(); }
        return NULL;
    }
    if (ours->pins != 0) { /* arrays look into it, and see the new values */
        if (ours->width != theirs->width || cb_pool_writable(self, field->column, 0) < 0) {
            if (!PyErr_Occurred()) { cb_pool_error(self, CS_PINNED); }
            return NULL;
        }
        memcpy(ours->data, theirs->data, self->length * ours->width);
        if (ours->nullable) { memcpy(ours->valid, theirs->valid, (self->length + 7) / 8); }
    } else {
        from->core.capacity = self->core.capacity; /* both columns have room for as many */
        const cs_column swapped = *ours;
        *ours = *theirs;
        *theirs = swapped;
    }
    self->zones[field->column] = from->zones[field->column];
    if (field->kind == CS_DATETIME) {
        self->zones[field->column] = (uint8_t)cb_pool_zone_held(self, field);
    }
    cb_pool_note_written(self, from);
    cb_pool_consistent(self);
    Py_RETURN_NONE;
}

/* ---- methods of a list ---- */

static PyObject *pool_pop(PyObject *object, PyObject *const *args, Py_ssize_t nargs) {
    Pool *self = (Pool *)object;
    if (nargs > 1) { return PyErr_Format(PyExc_TypeError, "pop() takes at most one index"); }
    if (self->length == 0) {
        return PyErr_Format(PyExc_IndexError, "pop from an empty Pool of %s",
                            self->cls->type->tp_name);
    }
    size_t position = self->length - 1;
    if (nargs == 1 && cb_pool_index(self, args[0], &position) < 0) { return NULL; }
    const uint64_t epoch = self->epoch;
    PyObject *record = cb_pool_object(self, &position);
    if (record != NULL && epoch != self->epoch) { /* on 3.11 the collector may have run */
        PyErr_Format(PyExc_RuntimeError,
                     "Pool of %s: records were removed or moved while one was popped",
                     self->cls->type->tp_name);
        Py_CLEAR(record);
    }
    if (record != NULL && remove_range(self, position, 1) < 0) { Py_CLEAR(record); }
    return record;
}

static PyObject *error_not_there(const Pool *self) {
    return PyErr_Format(PyExc_ValueError, "Pool of %s: no such record", self->cls->type->tp_name);
}

static PyObject *pool_remove(PyObject *object, PyObject *value) {
    Pool *self = (Pool *)object;
    /* A row of this very pool stands for its record, also where others are equal. */
    if (Py_IS_TYPE(value, self->row_class->type) &&
        cb_row_of(self->row_class, value)->pool == self) {
        const size_t position = cb_row_of(self->row_class, value)->position;
        if (position == CB_ROW_STALE) {
            cb_row_error_stale(self->row_class);
            return NULL;
        }
        if (remove_range(self, position, 1) < 0) { return NULL; }
        Py_RETURN_NONE;
    }
    Py_ssize_t found = cb_pool_find(self, value, 0, SIZE_MAX);
    if (found == -1) { return error_not_there(self); }
    if (found < 0) { return NULL; }
    if ((size_t)found >= self->length) {
        return error_not_there(self); /* the comparison has changed the pool */
    }
    if (remove_range(self, (size_t)found, 1) < 0) { return NULL; }
    Py_RETURN_NONE;
}

static PyObject *pool_index(PyObject *object, PyObject *const *args, Py_ssize_t nargs) {
    Pool *self = (Pool *)object;
    Py_ssize_t limits[2] = {0, PY_SSIZE_T_MAX};
    if (nargs < 1 || nargs > 3) {
        return PyErr_Format(PyExc_TypeError, "index() takes a record, and where to start and stop");
    }
    for (Py_ssize_t i = 1; i < nargs; i++) {
        limits[i - 1] = PyNumber_AsSsize_t(args[i], NULL);
        if (limits[i - 1] == -1 && PyErr_Occurred()) { return NULL; }
        if (limits[i - 1] < 0) { limits[i - 1] += (Py_ssize_t)self->length; }
        if (limits[i - 1] < 0) { limits[i - 1] = 0; }
    }
    Py_ssize_t found = cb_pool_find(self, args[0], (size_t)limits[0], (size_t)limits[1]);
    return found == -2 ? NULL : found == -1 ? error_not_there(self) : PyLong_FromSsize_t(found);
}

static PyObject *pool_count(PyObject *object, PyObject *value) {
    Pool *self = (Pool *)object;
    Py_ssize_t count = 0, found = -1;
    while ((found = cb_pool_find(self, value, (size_t)(found + 1), SIZE_MAX)) >= 0) { count++; }
    return found == -2 ? NULL : PyLong_FromSsize_t(count);
}

static PyObject *pool_clear(PyObject *object, PyObject *unused) {
    (void)unused;
    Pool *self = (Pool *)object;
    departing gone;
    if (cb_pool_may_change(self) < 0 || departing_init(&gone, self, self->length) < 0) {
        return NULL;
    }
    for (size_t row = 0; self->pointers != 0 && row < self->length; row++) {
        departing_add(&gone, self, row);
    }
    cs_status status = cs_pool_empty(&self->core);
    if (status == CS_OK) {
        const size_t count = self->length;
        cb_pool_locate(self);
        self->length = 0;
        cb_rows_forget(self, 0, count);
        cb_pool_changed(self);
    }
    cb_pool_consistent(self);
    departing_clear(&gone, status == CS_OK);
    if (cb_pool_error(self, status) < 0) { return NULL; }
    Py_RETURN_NONE;
}

static PyObject *pool_compact(PyObject *object, PyObject *unused) {
    (void)unused;
    Pool *self = (Pool *)object;
    if (cb_pool_may_change(self) < 0 || cb_pool_error(self, cs_pool_compact(&self->core)) < 0) {
        return NULL;
    }
    cb_pool_consistent(self);
    Py_RETURN_NONE;
}

static PyObject *pool_filter(PyObject *object, PyObject *value) {
    Pool *self = (Pool *)object;
    Pool *result = cb_pool_new(self->cls->state, self->cls); /* first: it may run the collector */
    uint8_t *mask = result == NULL ? NULL : cb_pool_mask(self, value, "filter()");
    if (mask == NULL) {
        Py_XDECREF((PyObject *)result);
        return NULL;
    }
    size_t *rows = PyMem_RawMalloc((self->length + 1) * sizeof *rows), count = 0;
    if (rows == NULL) {
        PyErr_NoMemory();
        Py_CLEAR(result);
    } else {
        for (size_t row = 0; row < self->length; row++) {
            if (mask[row]) { rows[count++] = row; }
        }
        if (cb_pool_append_rows(result, self, rows, 0, count) < 0) { Py_CLEAR(result); }
    }
    PyMem_RawFree(rows);
    PyMem_RawFree(mask);
    return (PyObject *)result;
}

PyMethodDef cb_pool_edit_methods[] = {
    {"pop", (PyCFunction)(void (*)(void))pool_pop, METH_FASTCALL,
     "pop(index=-1, /)\n--\n\nRemove a record and return it as an object of the class."},
    {"remove", pool_remove, METH_O,
     "remove($self, record, /)\n--\n\n"
     "Remove the first record that is equal; of a row of this pool, its own. ValueError if there "
     "is none."},
    {"index", (PyCFunction)(void (*)(void))pool_index, METH_FASTCALL,
     "index(record, start=0, stop=None, /)\n--\n\n"
     "Where the first equal record is. ValueError if there is none."},
    {"count", pool_count, METH_O, "count($self, record, /)\n--\n\nHow many records are equal."},
    {"clear", pool_clear, METH_NOARGS,
     "clear($self, /)\n--\n\nRemove all records and give the memory back."},
    {"compact", pool_compact, METH_NOARGS,
     "compact($self, /)\n--\n\nGive memory back: spare rows, and texts that were replaced."},
    {"filter", pool_filter, METH_O,
     "filter($self, mask, /)\n--\n\n"
     "A new pool of the records whose value in the mask (one bool a row: a NumPy array, a list) is "
     "true.\n"
     "`del pool[mask]` removes records in place."},
    {"_take_column", (PyCFunction)(void (*)(void))pool_take_column, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};
