/* pool/fill.c: a whole column of values into fresh rows.
 *
 *   values                                                 way
 *   a buffer of the column's own type                      copied as memory
 *     (NumPy array, memoryview, array.array)
 *   a buffer of another type of number                     converted in a loop; ranges are checked
 *   for uuid.UUID: a buffer of 16-byte values              copied one by one
 *     ("16s", NumPy's V16)
 *   any other sequence                                     stored one by one, as by an assignment
 *
 * The error says what is wrong with the value as it does for an object. A note names the row.
 */
#include "pool/fill.h"
#include "kinds/times.h"
#include "model/errors.h"
#include "pool/pool.h"
#include "pool/reference.h"
#include "pool/value.h"
#include "pool/zone.h"

int cb_pool_note_row(const cb_pool_field *field, size_t row) {
    PyObject *error = cb_error_take();
    if (error == NULL) { return -1; }
    PyObject *note = PyUnicode_FromFormat("(row %zu of the column '%U')", row, field->field->name);
    PyObject *done = note == NULL ? NULL : PyObject_CallMethod(error, "add_note", "O", note);
    if (done == NULL) { PyErr_Clear(); }
    Py_XDECREF(note);
    Py_XDECREF(done);
    cb_error_restore(error);
    return -1;
}

/* ---- what a buffer holds ---- */

typedef enum { HOLDS_NOTHING, HOLDS_SIGNED, HOLDS_UNSIGNED, HOLDS_FLOAT, HOLDS_BOOL } holds;

/* Has a kind of floats this letter and this size? */
static int is_float(char letter, Py_ssize_t size) {
    for (int kind = 0; kind < CS_KIND_COUNT; kind++) {
        const cs_kind_info *info = &cs_kinds[kind];
        if (info->family == CS_FAMILY_FLOAT && *info->buffer == letter) {
            return size == info->size;
        }
    }
    return 0;
}

static holds what_it_holds(const Py_buffer *view) {
    const char *format = view->format != NULL ? view->format : "B";
    if (view->ndim != 1) { return HOLDS_NOTHING; }
    if (*format == '@' || *format == '=' || *format == (PY_BIG_ENDIAN ? '>' : '<')) { format++; }
    if (format[0] == '\0' || format[1] != '\0') { return HOLDS_NOTHING; }
    const Py_ssize_t size = view->itemsize;
    const int whole = size == 1 || size == 2 || size == 4 || size == 8;
    if (strchr("bhilqn", *format) != NULL) { return whole ? HOLDS_SIGNED : HOLDS_NOTHING; }
    if (strchr("BHILQN", *format) != NULL) { return whole ? HOLDS_UNSIGNED : HOLDS_NOTHING; }
    if (is_float(*format, size)) { return HOLDS_FLOAT; }
    return *format == '?' && size == 1 ? HOLDS_BOOL : HOLDS_NOTHING;
}

typedef union {
    int64_t i;
    uint64_t u;
    double d;
} number;

static inline number load_number(const char *at, holds what, Py_ssize_t size) {
    const size_t width = (size_t)size;
    if (what == HOLDS_FLOAT) { return (number){.d = cs_load_float(at, width)}; }
    return what == HOLDS_SIGNED ? (number){.i = cs_load_signed(at, width)}
                                : (number){.u = cs_load_unsigned(at, width)};
}

static int error_range(Pool *self, const cb_pool_field *field, number n, holds what) {
    PyObject *shown = what == HOLDS_FLOAT      ? PyFloat_FromDouble(n.d)
                      : what == HOLDS_UNSIGNED ? PyLong_FromUnsignedLongLong(n.u)
                                               : PyLong_FromLongLong(n.i);
    if (shown == NULL) { return -1; }
    cb_error_range(self->cls, field->field, shown);
    Py_DECREF(shown);
    return -1;
}

/* ---- numbers ---- */

/* The range of a kind of integers, or of `int` and the times; 0 for other kinds. */
static int integer_range(cs_kind kind, uint32_t width, int64_t *min, uint64_t *max) {
    const cs_kind_info *info = &cs_kinds[kind];
    if (cs_kind_is_integer(kind)) {
        *min = info->min;
        *max = info->max;
        return 1;
    }
    if (kind != CS_INT && info->family != CS_FAMILY_TIME) { return 0; }
    *min = width == 8 ? INT64_MIN : INT32_MIN;
    *max = width == 8 ? INT64_MAX : INT32_MAX;
    return 1;
}

static int is_time(cs_kind kind) { return cs_kinds[kind].family == CS_FAMILY_TIME; }

static int error_time(Pool *self, const cb_pool_field *field, int64_t value) {
    PyErr_Format(PyExc_ValueError, "%s.%U: %lld is no %s, counted from 1970-01-01%s",
                 self->cls->type->tp_name, field->field->name, (long long)value,
                 cs_kinds[field->kind].name, value == INT64_MIN ? " (it is NumPy's NaT)" : "");
    return -1;
}

static int put_integer(Pool *self, const cb_pool_field *field, cs_column *column, size_t row,
                       number n, holds what, int64_t min, uint64_t max) {
    const cs_kind kind = (cs_kind)field->kind;
    const int inside =
        what == HOLDS_UNSIGNED ? n.u <= max : n.i >= min && (n.i < 0 || (uint64_t)n.i <= max);
    if (!inside) { return error_range(self, field, n, what); }
    if (is_time(kind)) {
        int64_t packed;
        if (cb_times_pack(kind, n.i, 0, &packed) < 0) { return error_time(self, field, n.i); }
    }
    cs_store_word(column->data + row * column->width, column->width, n.u);
    return 0;
}

static int put_float(Pool *self, const cb_pool_field *field, cs_column *column, size_t row,
                     number n, holds what) {
    const double value = what == HOLDS_FLOAT      ? n.d
                         : what == HOLDS_UNSIGNED ? (double)n.u
                                                  : (double)n.i;
    if (cs_store_float(column->data + row * column->width, column->width, value) < 0) {
        return error_range(self, field, (number){.d = value}, HOLDS_FLOAT);
    }
    return 0;
}

/* Is the buffer the column's own bytes? */
static int same_memory(const cb_pool_field *field, const cs_column *column, const Py_buffer *view,
                       holds what) {
    const cs_kind kind = (cs_kind)field->kind;
    if (view->itemsize != (Py_ssize_t)column->width ||
        (view->strides != NULL && view->strides[0] != view->itemsize)) {
        return 0;
    }
    if (cs_kinds[kind].family == CS_FAMILY_FLOAT) { return what == HOLDS_FLOAT; }
    if (cs_kinds[kind].family == CS_FAMILY_UNSIGNED) { return what == HOLDS_UNSIGNED; }
    return (cs_kinds[kind].family == CS_FAMILY_SIGNED || kind == CS_INT) && what == HOLDS_SIGNED;
}

/* Values of as many bytes, which have no number: "16s", and the "16x" of NumPy's void. */
static int holds_raw(const Py_buffer *view, const cs_column *column) {
    const size_t length = view->format == NULL ? 0 : strlen(view->format);
    return length > 1 && strchr("sx", view->format[length - 1]) != NULL &&
           view->itemsize == (Py_ssize_t)column->width;
}

static int fill_raw(const cb_pool_field *field, size_t from, size_t count, const Py_buffer *view,
                    const uint8_t *valid) {
    cs_column *column = field->at;
    const char *at = view->buf;
    const Py_ssize_t stride = view->strides != NULL ? view->strides[0] : view->itemsize;
    if (!holds_raw(view, column)) { return 0; }
    for (size_t i = 0; i < count; i++, at += stride) {
        if (valid != NULL && !valid[i]) { continue; } /* the row is null already */
        memcpy(column->data + (from + i) * column->width, at, column->width);
        if (column->nullable) { cs_column_set_valid(column, from + i, 1); }
    }
    return 1;
}

/* 1: done; 0: the buffer does not hold numbers of this kind; -1: an error. `valid`: one byte a row,
 * or NULL. */
static int fill_from_buffer(Pool *self, const cb_pool_field *field, size_t from, size_t count,
                            const Py_buffer *view, const uint8_t *valid) {
    const cs_kind kind = (cs_kind)field->kind;
    const holds what = what_it_holds(view);
    cs_column *column = cb_pool_column(self, field->column);
    if (cs_kinds[kind].family == CS_FAMILY_UUID) {
        return fill_raw(field, from, count, view, valid);
    }
    int64_t min = 0;
    uint64_t max = 0;
    const int floats = cs_kinds[kind].family == CS_FAMILY_FLOAT, bools = kind == CS_BOOL;
    const int integers = integer_range(kind, column->width, &min, &max);
    if (what == HOLDS_NOTHING || (bools && what != HOLDS_BOOL) || (floats && what == HOLDS_BOOL) ||
        (integers && what != HOLDS_SIGNED && what != HOLDS_UNSIGNED) ||
        !(floats || bools || integers)) {
        return 0;
    }
    if (kind == CS_DATETIME && self->zones[field->column] == CB_ZONE_OPEN && count > 0 &&
        cb_pool_zone(self, field, 0) < 0) {
        return -1;
    }
    if (valid == NULL && same_memory(field, column, view, what)) {
        if (count > 0) {
            memcpy(column->data + from * column->width, view->buf, count * column->width);
        }
        for (size_t row = from; column->nullable && row < from + count; row++) {
            cs_column_set_valid(column, row, 1);
        }
        return 1;
    }
    const char *at = view->buf;
    const Py_ssize_t stride = view->strides != NULL ? view->strides[0] : view->itemsize;
    for (size_t i = 0; i < count; i++, at += stride) {
        const size_t row = from + i;
        if (valid != NULL && !valid[i]) { continue; } /* the row is null already */
        const number n = load_number(at, what, view->itemsize);
        if (column->nullable && is_time(kind) && n.i == INT64_MIN) { continue; } /* NaT */
        int result = 0;
        if (bools) {
            column->data[row] = n.u != 0;
        } else if (floats) {
            result = put_float(self, field, column, row, n, what);
        } else {
            result = put_integer(self, field, column, row, n, what, min, max);
        }
        if (result < 0) { return cb_pool_note_row(field, i); }
        if (column->nullable) { cs_column_set_valid(column, row, 1); }
    }
    return 1;
}

/* ---- any sequence ---- */

static int fill_from_sequence(Pool *self, const cb_pool_field *field, size_t from, size_t count,
                              PyObject *values, const uint8_t *valid) {
    PyObject *items = PySequence_Fast(values, "a column is a sequence or a buffer");
    if (items == NULL) { return -1; }
    int result = 0;
    for (size_t i = 0; result == 0 && i < count; i++) {
        if ((size_t)PySequence_Fast_GET_SIZE(items) != count) { break; } /* the list has changed */
        if (valid != NULL && !valid[i]) { continue; }
        PyObject *value = Py_NewRef(PySequence_Fast_GET_ITEM(items, (Py_ssize_t)i));
        const size_t row = from + i;
        if (!cb_pool_store_number(field, row, value) &&
            cb_pool_store(self, field, &row, value) < 0) {
            result = cb_pool_note_row(field, i);
        }
        Py_DECREF(value);
    }
    if (result == 0 && (size_t)PySequence_Fast_GET_SIZE(items) != count) {
        PyErr_Format(
            PyExc_ValueError, "Pool of %s: column '%U' said that it has %zu values, and has %zd",
            self->cls->type->tp_name, field->field->name, count, PySequence_Fast_GET_SIZE(items));
        result = -1;
    }
    Py_DECREF(items);
    return result;
}

int cb_pool_fill(Pool *self, const cb_pool_field *field, size_t from, size_t count,
                 PyObject *values, PyObject *valid) {
    Py_buffer mask = {0}, view = {0};
    if (valid != NULL && !Py_IsNone(valid)) {
        if (PyObject_GetBuffer(valid, &mask, PyBUF_SIMPLE) < 0) { return -1; }
        if ((size_t)mask.len != count) {
            PyErr_Format(PyExc_ValueError,
                         "Pool of %s: the mask of column '%U' has %zd values, the column %zu",
                         self->cls->type->tp_name, field->field->name, mask.len, count);
            PyBuffer_Release(&mask);
            return -1;
        }
        if (!cb_pool_column(self, field->column)->nullable && memchr(mask.buf, 0, count) != NULL) {
            PyErr_Format(PyExc_TypeError,
                         "%s.%U: the column has missing values; the field takes no None",
                         self->cls->type->tp_name, field->field->name);
            PyBuffer_Release(&mask);
            return -1;
        }
    }
    /* A column that is not nullable has all values: the mask says nothing. */
    const uint8_t *bytes = cb_pool_column(self, field->column)->nullable ? mask.buf : NULL;
    int result = 0;
    if (PyObject_CheckBuffer(values) && !PyBytes_Check(values)) {
        if (PyObject_GetBuffer(values, &view, PyBUF_STRIDED_RO | PyBUF_FORMAT) < 0) {
            if (!PyErr_ExceptionMatches(PyExc_BufferError) &&
                !PyErr_ExceptionMatches(PyExc_ValueError)) {
                result = -1;
            } else {
                PyErr_Clear(); /* an array of objects, or of datetimes */
            }
        } else {
            if (view.ndim == 1 && view.shape != NULL && (size_t)view.shape[0] == count) {
                result = fill_from_buffer(self, field, from, count, &view, bytes);
            }
            PyBuffer_Release(&view);
        }
    }
    if (result == 0) {
        result = fill_from_sequence(self, field, from, count, values, bytes);
    } else if (result > 0) {
        result = 0;
    }
    if (mask.obj != NULL) { PyBuffer_Release(&mask); }
    return result;
}

/* ---- a default ---- */

static int error_missing(const Pool *self, PyObject *name) {
    PyErr_Format(PyExc_TypeError, "Pool of %s: missing column '%U'", self->cls->type->tp_name,
                 name);
    return -1;
}

/* A field for which no column was given: its default in every row. */
int cb_pool_fill_default(Pool *self, const cb_pool_field *field, size_t from) {
    const cb_field *f = field->field;
    if (f->default_value == NULL && f->factory == NULL) {
        if (!cs_kind_is_pointer((cs_kind)f->kind) || f->flags & CB_FIELD_INIT) {
            return error_missing(self, f->name);
        }
        for (size_t row = from; row < self->core.rows; row++) {
            cb_reference_store(field->at, row, CB_REFERENCE_UNSET);
        }
        return 0;
    }
    for (size_t row = from; row < self->core.rows; row++) {
        PyObject *value = f->default_value != NULL ? Py_NewRef(f->default_value)
                                                   : PyObject_CallNoArgs(f->factory);
        int result = value == NULL ? -1 : cb_pool_store(self, field, &row, value);
        Py_XDECREF(value);
        if (result < 0) { return -1; }
    }
    return 0;
}
