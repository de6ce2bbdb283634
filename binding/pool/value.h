/* pool/value.h: values into and out of columns, and records as objects.
 *
 * The common reads and writes are in line, for rows. The rules are in pool/value.c.
 */
#ifndef CS_POOL_VALUE_H
#define CS_POOL_VALUE_H

#include "kinds/inline.h"
#include "pool/column.h"

/* ---- one value ---- */

/* NULL and an error; of a reference that is unset, too. */
PyObject *cs_pool_read(Pool *self, const cs_pool_field *field, size_t row);
/* Checks a value and writes it: on failure the record is as it was. *row is read again after user
 * code may have run: it may be CS_ROW_STALE then. */
int cs_pool_store(Pool *self, const cs_pool_field *field, const size_t *row, PyObject *value);
/* `del row.field` */
int cs_pool_delete(Pool *self, const cs_pool_field *field, const size_t *row);

/* ---- a record ---- */

/* Can this object of the record class (not a row) be put? Asks for unset fields, big ints, zones;
 * widens columns of codes. Runs no user code. */
int cs_pool_check_object(Pool *self, PyObject *object);
/* Writes all fields of an object that has been checked into a fresh (zero) row. On failure the row
 * is partly written, to be taken back. Runs no user code. */
int cs_pool_put_object(Pool *self, size_t row, PyObject *object);
/* The same over a record that exists: all or nothing. *dropped gets the references that the record
 * held, to be dropped by the caller. */
int cs_pool_replace_object(Pool *self, size_t row, PyObject *object, PyObject **dropped);
/* A record as an object of the class. On 3.11 the allocation may run user code: *place is read
 * again after it, and may be CS_ROW_STALE then. */
PyObject *cs_pool_object(Pool *self, const size_t *place);

/* ---- in line ---- */

static inline PyObject *cs_pool_read_inline(Pool *self, const cs_pool_field *field, size_t row) {
    const cs_column *column = field->at;
    const uint8_t *data = column->data;
    cs_state *state = self->cls->state;
    if (!cs_column_is_valid(column, row)) { Py_RETURN_NONE; }
    switch ((cs_kind)field->kind) {
#define CS_AT(width) (data + row * (width))
#define CS_READ_BOOL(id, bits) \
    case CS_##id: return Py_NewRef(data[row] ? Py_True : Py_False);
#define CS_READ_INT CS_READ_SIGNED
#define CS_READ_CATEGORY(id, bits)                                          \
    case CS_##id: {                                                         \
        const uint32_t code = cs_pool_code(column, row);                    \
        PyObject *texts = ((Category *)field->field->argument)->texts;      \
        if (CS_UNLIKELY(code >= (size_t)PyList_GET_SIZE(texts))) { break; } \
        return Py_NewRef(PyList_GET_ITEM(texts, (Py_ssize_t)code));         \
    }
#define CS_READ_REFERENCE(id, bits)
#define CS_READ_TIME(id, bits)
#define KIND(id, name, annotation, family, bits, ...) CS_READ_##family(id, bits)
#include "cslots/kinds.def"
#undef KIND
#undef CS_READ_BOOL
#undef CS_READ_INT
#undef CS_READ_CATEGORY
#undef CS_READ_REFERENCE
#undef CS_READ_TIME
#undef CS_AT
    default: break;
    }
    return cs_pool_read(self, field, row);
}

/* A value of the exact type that needs no conversion, into a column that is not shared: the common
 * case. 1: done; 0: nothing happened. */
static CS_ALWAYS_INLINE int cs_pool_store_number(const cs_pool_field *field, size_t row,
                                                 PyObject *value) {
    cs_column *column = field->at;
    uint8_t *data = column->data;
    int64_t number;
    if (row < column->frozen) { return 0; }
    switch ((cs_kind)field->kind) {
#define CS_AT(width) (data + row * (width))
#define CS_STORE_BOOL(id, bits)                 \
    case CS_##id:                               \
        if (!PyBool_Check(value)) { return 0; } \
        data[row] = value == Py_True;           \
        break;
#define CS_STORE_INT CS_STORE_SIGNED
#define CS_STORE_CATEGORY(id, bits)
#define KIND(id, name, annotation, family, bits, ...) CS_STORE_##family(id, bits)
#include "cslots/kinds.def"
#undef KIND
#undef CS_STORE_BOOL
#undef CS_STORE_INT
#undef CS_STORE_CATEGORY
#undef CS_AT
    default: return 0;
    }
    if (column->valid != NULL) { cs_column_set_valid(column, row, 1); }
    return 1;
}

#endif
