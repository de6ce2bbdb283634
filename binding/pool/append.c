/* pool/append.c: records go to the end of a pool: one object, or rows of another pool. */
#include "pool/append.h"
#include "pool/change.h"
#include "pool/check.h"
#include "pool/column.h"
#include "pool/pool.h"
#include "pool/slice.h"
#include "pool/value.h"
#include "pool/zone.h"

/* ---- one object ---- */

int cb_pool_is_mapping(PyObject *value) {
    return PyDict_Check(value) || (PyMapping_Check(value) && !PySequence_Check(value) &&
                                   PyObject_HasAttrString(value, "keys"));
}

static PyObject *from_mapping(Pool *self, PyObject *mapping) {
    PyObject *empty = PyTuple_New(0), *fields = PyDict_New(), *object = NULL;
    if (empty != NULL && fields != NULL && PyDict_Update(fields, mapping) == 0) {
        object = PyObject_Call((PyObject *)self->type, empty, fields);
    }
    Py_XDECREF(empty);
    Py_XDECREF(fields);
    return object;
}

PyObject *cb_pool_as_object(Pool *self, PyObject *value) {
    const char *name = self->cls->type->tp_name;
    if (Py_IS_TYPE(value, self->type)) { return Py_NewRef(value); }
    if (Py_IS_TYPE(value, self->row_class->type)) { return cb_whole(value); }
    if (cb_pool_is_mapping(value)) {
        PyObject *object = from_mapping(self, value);
        if (object != NULL && !Py_IS_TYPE(object, self->type)) {
            PyErr_Format(PyExc_TypeError, "Pool of %s: %s(...) gave an object of another class, %s",
                         name, name, Py_TYPE(object)->tp_name);
            Py_CLEAR(object);
        }
        return object;
    }
    if (PyObject_TypeCheck(value, self->type)) {
        PyErr_Format(PyExc_TypeError,
                     "Pool of %s: got an object of its subclass %s, whose class a pool cannot "
                     "keep; make a pool of that class",
                     name, Py_TYPE(value)->tp_name);
    } else {
        PyErr_Format(PyExc_TypeError,
                     "Pool of %s: expected a %s object or a mapping of its fields, got %s", name,
                     name, Py_TYPE(value)->tp_name);
    }
    return NULL;
}

/* Into a fresh row at the end of the core pool. */
int cb_pool_add_object(Pool *self, PyObject *object) {
    if (cb_pool_check_object(self, object) < 0) { return -1; }
    cs_status status = cs_pool_grow(&self->core, 1);
    if (status != CS_OK) { return cb_pool_error(self, status); }
    return cb_pool_put_object(self, self->core.rows - 1, object);
}

int cb_pool_append_object(Pool *self, PyObject *object) {
    if (cb_pool_may_change(self) < 0) { return -1; }
    self->busy++;
    return cb_pool_end(self, cb_pool_add_object(self, object));
}

/* ---- rows of another pool ---- */

/* Have these rows of `from` a datetime there? Only then do they bring its zone along. */
static int bring_zone(Pool *from, const cb_pool_field *field, const size_t *rows, size_t start,
                      size_t count) {
    if (rows == NULL) { return cb_pool_has_value(from, field, start, count); }
    for (size_t i = 0; i < count; i++) {
        if (cb_pool_has_value(from, field, rows[i], 1)) { return 1; }
    }
    return 0;
}

/* Can these rows of `from` be copied as bytes? Columns of codes become as wide as those of `from`.
 * 1, 0, or -1 and an error. */
static int same_columns(Pool *self, Pool *from, const size_t *rows, size_t start, size_t count) {
    for (uint32_t i = 0; i < self->cls->field_count; i++) {
        const cb_pool_field *field = &self->fields[i];
        if (field->column == CB_NO_COLUMN) { continue; }
        const cs_column *theirs = cb_pool_column(from, field->column);
        if (field->kind == CS_CATEGORY &&
            theirs->width > cb_pool_column(self, field->column)->width &&
            cb_pool_widen(self, field->column, theirs->width == 2 ? UINT16_MAX : UINT32_MAX) < 0) {
            return -1;
        }
        if (theirs->width != cb_pool_column(self, field->column)->width) { return 0; }
        const uint8_t zone = from->zones[field->column];
        if (field->kind == CS_DATETIME && zone != CB_ZONE_OPEN &&
            bring_zone(from, &from->fields[i], rows, start, count) &&
            cb_pool_zone(self, field, zone == CB_ZONE_UTC) < 0) {
            return -1;
        }
    }
    return 1;
}

int cb_pool_append_rows(Pool *self, Pool *from, const size_t *rows, size_t start, size_t count) {
    if (cb_pool_begin(self) < 0) { return -1; }
    from->readers++; /* on 3.11 making an object may run the collector, and so user code */
    int result = 0, same = same_columns(self, from, rows, start, count);
    if (same < 0) {
        result = -1;
    } else if (same) {
        const size_t before = self->core.rows;
        result = cb_pool_error(self, cs_pool_append(&self->core, &from->core, rows, start, count));
        if (result == 0) { cb_pool_hold(self, before, count); }
        cb_pool_note_written(self, from);
    } else {
        for (size_t i = 0; result == 0 && i < count; i++) {
            const size_t row = rows != NULL ? rows[i] : start + i;
            PyObject *object = cb_pool_object(from, &row);
            result = object == NULL ? -1 : cb_pool_add_object(self, object);
            Py_XDECREF(object);
        }
    }
    from->readers--;
    return cb_pool_end(self, result);
}

int cb_pool_append_slice(Pool *self, PoolSlice *slice) {
    if (cb_pool_slice_fresh(slice) < 0) { return -1; }
    if (slice->step == 1) {
        return cb_pool_append_rows(self, slice->pool, NULL, slice->start, slice->count);
    }
    size_t *rows = PyMem_RawMalloc((slice->count + 1) * sizeof *rows);
    if (rows == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < slice->count; i++) {
        rows[i] = (size_t)((Py_ssize_t)slice->start + (Py_ssize_t)i * slice->step);
    }
    int result = cb_pool_append_rows(self, slice->pool, rows, 0, slice->count);
    PyMem_RawFree(rows);
    return result;
}

int cb_pool_is_untouched(const Pool *self) {
    size_t pins = 0;
    for (uint32_t k = 0; k < self->core.count; k++) { pins += self->core.columns[k].pins; }
    return self->length == 0 && self->core.rows == 0 && pins == 0;
}

int cb_pool_take(Pool *self, Pool *from) {
    if (!cb_pool_is_untouched(self) || from->busy != 0 || from->readers != 0 ||
        Py_REFCNT(from) != 1) {
        return cb_pool_append_rows(self, from, NULL, 0, from->length);
    }
    if (cb_pool_may_change(self) < 0) { return -1; }
    /* Column by column: a field knows where its column stands. */
    for (uint32_t k = 0; k < self->core.count; k++) {
        const cs_column column = self->core.columns[k];
        self->core.columns[k] = from->core.columns[k];
        from->core.columns[k] = column;
        const uint8_t zone = self->zones[k];
        self->zones[k] = from->zones[k];
        from->zones[k] = zone;
    }
    const size_t capacity = self->core.capacity;
    self->core.capacity = from->core.capacity;
    self->core.rows = self->length = from->core.rows;
    from->core.capacity = capacity;
    from->core.rows = from->length = 0;
    cb_pool_note_written(self, from);
    cb_pool_consistent(self);
    return 0;
}
