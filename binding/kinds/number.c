/* kinds/number.c: floats, integers of a fixed width, and int, which takes any (kinds/word.h).
 *
 * Nothing is altered in silence. A value out of range is refused. Where only the plain value fits,
 * an object of a subclass is refused, too. Scalars of NumPy and objects with `__index__` are
 * converted. A float may be rounded to a narrower one, but never to infinity.
 */
#include "kinds/number.h"
#include "kinds/reference.h"
#include "kinds/word.h"
#include "model/errors.h"

/* An exact int of a value that has __index__; NULL with TypeError of the field. From the user's
 * __index__ on the class is held. */
static PyObject *as_index(cb_class *cls, const cb_field *field, PyObject *value, int *held) {
    if (PyLong_CheckExact(value)) { return Py_NewRef(value); }
    if (PyLong_Check(value)) {
        cb_error_subclass(cls, field, value, "int");
        return NULL;
    }
    if (!PyIndex_Check(value) || Py_TYPE(value)->tp_as_number->nb_index == NULL) {
        cb_error_type(cls, field, value);
        return NULL;
    }
    cb_class_hold_once(cls, held);
    PyObject *index = PyNumber_Index(value);
    if (index != NULL && !PyLong_CheckExact(index)) {
        Py_SETREF(index, PyLong_Type.tp_as_number->nb_int(index));
    }
    return index;
}

/* ---- integers of a fixed width ---- */

static int convert_integer(cb_class *cls, const cb_field *field, PyObject *value, cb_value *out,
                           int *held) {
    const cs_kind_info *kind = &cs_kinds[field->kind];
    int64_t small;
    if (PyLong_CheckExact(value) && cb_long_small(value, &small)) {
        if (kind->family == CS_FAMILY_SIGNED ? small >= kind->min && small <= (int64_t)kind->max
                                             : small >= 0 && (uint64_t)small <= kind->max) {
            out->i = small;
            return 0;
        }
        return cb_error_range(cls, field, value);
    }
    PyObject *index = as_index(cls, field, value, held);
    if (index == NULL) { return -1; }
    int result = 0, overflow;
    long long number = PyLong_AsLongLongAndOverflow(index, &overflow);
    if (kind->family == CS_FAMILY_SIGNED) {
        if (overflow != 0 || number < kind->min || number > (int64_t)kind->max) {
            result = cb_error_range(cls, field, index);
        }
        out->i = number;
    } else if (overflow == 0) {
        if (number < 0 || (uint64_t)number > kind->max) {
            result = cb_error_range(cls, field, index);
        }
        out->i = number;
    } else {
        out->u = overflow > 0 ? PyLong_AsUnsignedLongLong(index) : 0;
        if (overflow < 0 || kind->max != UINT64_MAX || PyErr_Occurred()) {
            PyErr_Clear();
            result = cb_error_range(cls, field, index);
        }
    }
    Py_DECREF(index);
    return result;
}

static PyObject *box_integer(cb_class *cls, const cb_field *field, const cb_value *value) {
    (void)cls;
    return cs_kinds[field->kind].family == CS_FAMILY_UNSIGNED
               ? PyLong_FromUnsignedLongLong(value->u)
               : PyLong_FromLongLong(value->i);
}

const cb_kind_ops cb_integer_ops = {.convert = convert_integer, .box = box_integer};

/* ---- int ---- */

static int convert_int(cb_class *cls, const cb_field *field, PyObject *value, cb_value *out,
                       int *held) {
    int64_t small;
    if (PyLong_CheckExact(value) && cb_long_int64(value, &small) && cb_word_fits(small)) {
        out->i = cb_word_of(small);
        return 0;
    }
    if (PyLong_Check(value) && !PyLong_CheckExact(value)) {
        if (cb_reference_check(cls, field, value, &PyLong_Type, held) < 0) { return -1; }
        out->object = Py_NewRef(value);
        return 0;
    }
    PyObject *index = as_index(cls, field, value, held);
    if (index == NULL) { return -1; }
    int overflow;
    long long number = PyLong_AsLongLongAndOverflow(index, &overflow);
    if (overflow == 0 && cb_word_fits(number)) {
        out->i = cb_word_of(number);
        Py_DECREF(index);
    } else {
        out->object = index; /* the word is the pointer; the reference is the object's */
    }
    return 0;
}

static PyObject *box_int(cb_class *cls, const cb_field *field, const cb_value *value) {
    (void)cls;
    (void)field;
    return value->i & 1 ? PyLong_FromLongLong(value->i >> 1) : Py_NewRef(value->object);
}

/* 63 bits fit into the word, 64 into the column. */
static int int_to_column(cb_class *cls, const cb_field *field, cb_value *value, int *utc) {
    int overflow;
    (void)utc;
    if (value->i & 1) {
        value->i >>= 1;
        return 0;
    }
    PyObject *big = value->object;
    if (!PyLong_CheckExact(big)) { return cb_error_subclass(cls, field, big, "int"); }
    value->i = PyLong_AsLongLongAndOverflow(big, &overflow);
    if (overflow == 0) { return 0; }
    value->object = big;
    Py_INCREF(big); /* its __repr__ may be the user's */
    PyErr_Format(cb_range_error(cls->state),
                 "%s.%U: %R does not fit the int64 column of a Pool; annotate the field as object",
                 cls->type->tp_name, field->name, big);
    Py_DECREF(big);
    return -1;
}

static int int_from_column(const cb_field *field, cb_value *value, int utc, const char **what) {
    (void)field;
    (void)utc;
    (void)what;
    if (cb_word_fits(value->i)) {
        value->i = cb_word_of(value->i);
        return 0;
    }
    PyObject *big = PyLong_FromLongLong(value->i);
    if (big == NULL) { return -1; }
    value->object = big;
    return 0;
}

const cb_kind_ops cb_int_ops = {.convert = convert_int,
                                .box = box_int,
                                .to_column = int_to_column,
                                .from_column = int_from_column};

/* ---- floats ---- */

static int double_of(cb_class *cls, const cb_field *field, PyObject *value, double *out,
                     int *held) {
    if (PyFloat_Check(value)) {
        if (!PyFloat_CheckExact(value) && !cb_is_numpy(value, "float64")) {
            return cb_error_subclass(cls, field, value, "float");
        }
        *out = PyFloat_AS_DOUBLE(value);
        return 0;
    }
    /* a float holds each of theirs exactly */
    if (cb_is_numpy(value, "float32") || cb_is_numpy(value, "float16")) {
        cb_class_hold_once(cls, held);
        *out = PyFloat_AsDouble(value);
        return *out == -1.0 && PyErr_Occurred() ? -1 : 0;
    }
    if (!PyIndex_Check(value) || Py_TYPE(value)->tp_as_number->nb_index == NULL) {
        return cb_error_type(cls, field, value);
    }
    PyObject *index = as_index(cls, field, value, held);
    if (index == NULL) { return -1; }
    *out = PyLong_AsDouble(index);
    if (*out == -1.0 && PyErr_Occurred()) {
        if (PyErr_ExceptionMatches(PyExc_OverflowError)) {
            PyErr_Clear();
            cb_error_range(cls, field, index);
        }
        Py_DECREF(index);
        return -1;
    }
    Py_DECREF(index);
    return 0;
}

static int convert_float(cb_class *cls, const cb_field *field, PyObject *value, cb_value *out,
                         int *held) {
    double number = 0.0;
    if (double_of(cls, field, value, &number, held) < 0) { return -1; }
    const size_t size = cs_kinds[field->kind].size;
    uint8_t bytes[sizeof number];
    if (cs_store_float(bytes, size, number) < 0) { return cb_error_range(cls, field, value); }
    out->u = cs_load_unsigned(bytes, size);
    return 0;
}

static PyObject *box_float(cb_class *cls, const cb_field *field, const cb_value *value) {
    const size_t size = cs_kinds[field->kind].size;
    uint8_t bytes[sizeof(double)];
    (void)cls;
    cs_store_word(bytes, size, value->u);
    return PyFloat_FromDouble(cs_load_float(bytes, size));
}

const cb_kind_ops cb_float_ops = {.convert = convert_float, .box = box_float};
