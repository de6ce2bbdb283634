/* pool/value.h: values into and out of columns, and records as objects.
 *
 * The common reads and writes are in line, for rows. The rules are in pool/value.c.
 */
#ifndef CB_POOL_VALUE_H
#define CB_POOL_VALUE_H

#include "kinds/inline.h"
#include "pool/column.h"

/* ---- one value ---- */

/* NULL and an error; of a reference that is unset, too. */
PyObject *cb_pool_read(Pool *self, const cb_pool_field *field, size_t row);
/* Checks a value and writes it: on failure the record is as it was. *row is read again after user
 * code may have run: it may be CB_ROW_STALE then. */
int cb_pool_store(Pool *self, const cb_pool_field *field, const size_t *row, PyObject *value);
/* `del row.field` */
int cb_pool_delete(Pool *self, const cb_pool_field *field, const size_t *row);

/* ---- a record ---- */

/* Can this object of the record class (not a row) be put? Asks for unset fields, big ints, zones;
 * widens columns of codes. Runs no user code. */
int cb_pool_check_object(Pool *self, PyObject *object);
/* Writes all fields of an object that has been checked into a fresh (zero) row. On failure the row
 * is partly written, to be taken back. Runs no user code. */
int cb_pool_put_object(Pool *self, size_t row, PyObject *object);
/* The same over a record that exists: all or nothing. *dropped gets the references that the record
 * held, to be dropped by the caller. */
int cb_pool_replace_object(Pool *self, size_t row, PyObject *object, PyObject **dropped);
/* A record as an object of the class. On 3.11 the allocation may run user code: *place is read
 * again after it, and may be CB_ROW_STALE then. */
PyObject *cb_pool_object(Pool *self, const size_t *place);

/* ---- in line ---- */

static inline PyObject *cb_pool_read_inline(Pool *self, const cb_pool_field *field, size_t row) {
    const cs_column *column = field->at;
    const uint8_t *data = column->data;
    cb_state *state = self->cls->state;
    if (!cs_column_is_valid(column, row)) { Py_RETURN_NONE; }
    switch ((cs_kind)field->kind) {
#define CB_AT(width) (data + row * (width))
#define CB_READ_BOOL(id, bits) \
    case CS_##id: return Py_NewRef(data[row] ? Py_True : Py_False);
#define CB_READ_INT CB_READ_SIGNED
#define CB_READ_CATEGORY(id, bits)                                          \
    case CS_##id: {                                                         \
        const uint32_t code = cb_pool_code(column, row);                    \
        PyObject *texts = ((Category *)field->field->argument)->texts;      \
        if (CS_UNLIKELY(code >= (size_t)PyList_GET_SIZE(texts))) { break; } \
        return Py_NewRef(PyList_GET_ITEM(texts, (Py_ssize_t)code));         \
    }
#define CB_READ_REFERENCE(id, bits)
#define CB_READ_TIME(id, bits)
#define KIND(id, name, annotation, family, bits, ...) CB_READ_##family(id, bits)
#include "cslots/kinds.def"
#undef KIND
#undef CB_READ_BOOL
#undef CB_READ_INT
#undef CB_READ_CATEGORY
#undef CB_READ_REFERENCE
#undef CB_READ_TIME
#undef CB_AT
    default: break;
    }
    return cb_pool_read(self, field, row);
}

/* A value of the exact type that needs no conversion, into a column that is not shared: the common
 * case. 1: done; 0: nothing happened. */
static CS_ALWAYS_INLINE int cb_pool_store_number(const cb_pool_field *field, size_t row,
                                                 PyObject *value) {
    cs_column *column = field->at;
    uint8_t *data = column->data;
    int64_t number;
    if (row < column->frozen) { return 0; }
    switch ((cs_kind)field->kind) {
#define CB_AT(width) (data + row * (width))
#define CB_STORE_BOOL(id, bits)                 \
    case CS_##id:                               \
        if (!PyBool_Check(value)) { return 0; } \
        data[row] = value == Py_True;           \
        break;
#define CB_STORE_INT CB_STORE_SIGNED
#define CB_STORE_CATEGORY(id, bits)
#define KIND(id, name, annotation, family, bits, ...) CB_STORE_##family(id, bits)
#include "cslots/kinds.def"
#undef KIND
#undef CB_STORE_BOOL
#undef CB_STORE_INT
#undef CB_STORE_CATEGORY
#undef CB_AT
    default: return 0;
    }
    if (column->valid != NULL) { cs_column_set_valid(column, row, 1); }
    return 1;
}

#endif
