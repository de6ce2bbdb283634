/* pool/pool.c: what all files of pool/ ask of a pool: its fields by name, its errors.
 *
 * pool/pool.h has the drawing and the invariants.
 */
#include "pool/pool.h"
#include "model/errors.h"
#include "object/access.h"
#include "runtime/package.h"

#define NAMED_COLUMNS 3 /* in the message about columns that are looked into */

/* The columns that arrays look into, for the message. */
static PyObject *pinned_names(const Pool *self) {
    PyObject *text = NULL;
    int more = 0;
    for (uint32_t i = 0, shown = 0; i < self->cls->field_count; i++) {
        const cb_pool_field *field = &self->fields[i];
        if (field->column == CB_NO_COLUMN || self->core.columns[field->column].pins == 0) {
            continue;
        }
        if (shown++ >= NAMED_COLUMNS) {
            more = 1;
            break;
        }
        PyObject *next = text == NULL ? PyUnicode_FromFormat("%R", field->field->name)
                                      : PyUnicode_FromFormat("%U, %R", text, field->field->name);
        Py_XSETREF(text, next);
        if (text == NULL) { return NULL; }
    }
    if (text == NULL) { return PyUnicode_FromString("a column"); }
    if (more) { Py_SETREF(text, PyUnicode_FromFormat("%U, ...", text)); }
    return text;
}

int cb_pool_error(Pool *self, cs_status status) {
    if (status == CS_PINNED) {
        PyObject *names = pinned_names(self);
        if (names != NULL) {
            PyErr_Format(PyExc_BufferError,
                         "Pool of %s: an array still looks into %U; delete it (or work on a copy "
                         "of it) before rows move or go",
                         self->cls->type->tp_name, names);
        }
        Py_XDECREF(names);
        return -1;
    }
    if (status == CS_TOO_LARGE) {
        PyErr_Format(PyExc_OverflowError, "Pool of %s: too many rows, or too long a text",
                     self->cls->type->tp_name);
        return -1;
    }
    if (status == CS_INVALID) { /* arguments of cslots itself do not contradict each other */
        PyErr_Format(PyExc_ValueError,
                     "Pool of %s: a column holds texts or codes that point outside of it (was its "
                     "file damaged?)",
                     self->cls->type->tp_name);
        return -1;
    }
    return cb_error_status(status);
}

int cb_row_error_stale(cb_class *cls) {
    PyErr_Format(cls->state->stale_error, "%s: the record of this row was removed from its pool",
                 cls->record->type->tp_name);
    return -1;
}

const cb_pool_field *cb_pool_field_named(Pool *self, PyObject *name) {
    const cb_field *field = PyUnicode_Check(name) ? cb_find_field(self->cls, name) : NULL;
    if (field == NULL || self->fields[field->index].column == CB_NO_COLUMN) {
        PyObject *text =
            cb_package_call(CB_POOL_PACKAGE, "no_column", (PyObject *)self, name, NULL);
        if (text != NULL) { PyErr_SetObject(PyExc_KeyError, text); }
        Py_XDECREF(text);
        return NULL;
    }
    return &self->fields[field->index];
}

void cb_pool_locate(Pool *self) {
    for (uint32_t i = 0; i < self->cls->field_count; i++) {
        cb_pool_field *field = &self->fields[i];
        if (field->column != CB_NO_COLUMN) { field->at = &self->core.columns[field->column]; }
    }
}
