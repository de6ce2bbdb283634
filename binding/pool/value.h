/* pool/value.h: values into and out of columns, and records as objects.
 *
 * The common reads and writes are in line, for rows. The rules are in pool/value.c.
 */
#ifndef CS_POOL_VALUE_H
#define CS_POOL_VALUE_H

#include "kinds/box.h"
#include "kinds/category.h"
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

#define CS_COLUMN_LOAD(type, data, row)                                 \
    __extension__({                                                     \
        type loaded;                                                    \
        memcpy(&loaded, (data) + (row) * sizeof loaded, sizeof loaded); \
        loaded;                                                         \
    })

static inline PyObject *cs_pool_read_inline(Pool *self, const cs_pool_field *field, size_t row) {
    const cs_column *column = field->at;
    const uint8_t *data = column->data;
    cs_state *state = self->cls->state;
    if (!cs_column_is_valid(column, row)) { Py_RETURN_NONE; }
    switch ((cs_kind)field->kind) {
    case CS_FLOAT64: return cs_box_float(state, CS_COLUMN_LOAD(double, data, row));
    case CS_FLOAT32: return cs_box_float(state, (double)CS_COLUMN_LOAD(float, data, row));
    case CS_BOOL: return Py_NewRef(data[row] ? Py_True : Py_False);
    case CS_INT8: return PyLong_FromLong((int8_t)data[row]);
    case CS_UINT8: return PyLong_FromLong(data[row]);
    case CS_INT16: return cs_box_int(state, CS_COLUMN_LOAD(int16_t, data, row));
    case CS_UINT16: return cs_box_int(state, CS_COLUMN_LOAD(uint16_t, data, row));
    case CS_INT32: return cs_box_int(state, CS_COLUMN_LOAD(int32_t, data, row));
    case CS_UINT32: return cs_box_int(state, CS_COLUMN_LOAD(uint32_t, data, row));
    case CS_INT:
    case CS_INT64: return cs_box_int(state, CS_COLUMN_LOAD(int64_t, data, row));
    case CS_CATEGORY: {
        uint32_t code = cs_pool_code(column, row);
        PyObject *texts = ((Category *)field->field->argument)->texts;
        if (__builtin_expect(code >= (size_t)PyList_GET_SIZE(texts), 0)) {
            return cs_pool_read(self, field, row);
        }
        return Py_NewRef(PyList_GET_ITEM(texts, (Py_ssize_t)code));
    }
    default: return cs_pool_read(self, field, row);
    }
}

/* A value of the exact type that needs no conversion, into a column that is not shared: the common
 * case. 1: done; 0: nothing happened. */
static inline int cs_pool_store_number(const cs_pool_field *field, size_t row, PyObject *value) {
    cs_column *column = field->at;
    uint8_t *data = column->data;
    int64_t number;
    if (row < column->frozen) { return 0; }
    switch ((cs_kind)field->kind) {
    case CS_FLOAT64:
        if (!PyFloat_CheckExact(value)) { return 0; }
        memcpy(data + row * 8, &((PyFloatObject *)value)->ob_fval, 8);
        break;
    case CS_INT:
    case CS_INT64:
        if (!PyLong_CheckExact(value) || !cs_long_int64(value, &number)) { return 0; }
        memcpy(data + row * 8, &number, 8);
        break;
    case CS_INT32: {
        if (!PyLong_CheckExact(value) || !cs_long_small(value, &number) ||
            number != (int32_t)number) {
            return 0;
        }
        int32_t narrow = (int32_t)number;
        memcpy(data + row * 4, &narrow, 4);
        break;
    }
    case CS_INT16: {
        if (!PyLong_CheckExact(value) || !cs_long_small(value, &number) ||
            number != (int16_t)number) {
            return 0;
        }
        int16_t narrow = (int16_t)number;
        memcpy(data + row * 2, &narrow, 2);
        break;
    }
    case CS_UINT8:
        if (!PyLong_CheckExact(value) || !cs_long_small(value, &number) ||
            number != (uint8_t)number) {
            return 0;
        }
        data[row] = (uint8_t)number;
        break;
    case CS_BOOL:
        if (!PyBool_Check(value)) { return 0; }
        data[row] = value == Py_True;
        break;
    default: return 0;
    }
    if (column->valid != NULL) { cs_column_set_valid(column, row, 1); }
    return 1;
}

#endif
