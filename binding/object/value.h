/* object/value.h: between Python values and bytes. Hot reads and writes are in line; the rules are in
 * object/value.c. */
#ifndef CS_VALUE_H
#define CS_VALUE_H

#include "kinds/box.h"
#include "kinds/category.h"
#include "object/blank.h"

PyObject *cs_read_rare(cs_class *cls, const cs_field *field,
                       PyObject *self); /* the kinds that object/value.h does not read in line */
/* The value of any field: None when null, AttributeError when unset. */
PyObject *cs_read_value(cs_class *cls, const cs_field *field, PyObject *self);
/* Like cs_read_value, but any pointer field too, and NULL without an error when unset. */
PyObject *cs_read_any(cs_class *cls, const cs_field *field, PyObject *self, int *unset);
/* What `object.name` is: of a covered field the class says that. The caller holds the class. */
PyObject *cs_read_named(cs_class *cls, const cs_field *field, PyObject *self);
PyObject *cs_read_named_any(cs_class *cls, const cs_field *field, PyObject *self, int *unset);
/* Check and store; on failure nothing has changed. */
int cs_store(cs_class *cls, const cs_field *field, PyObject *self, PyObject *value);
int cs_delete(cs_class *cls, const cs_field *field, PyObject *self);
int cs_delete_past(cs_class *cls, const cs_field *field,
                   PyObject *self); /* no default comes back */
int cs_deleted_by_mock(void); /* then a field with a default is unset */
/* The value of an unset field: made now if it is a cached property, else AttributeError. */
PyObject *cs_read_unset(cs_class *cls, const cs_field *field, PyObject *self);
/* What `function`, that of a cached property, makes: stored, and given back as the field has it. */
PyObject *cs_make_cached(cs_class *cls, const cs_field *field, PyObject *self, PyObject *function);
/* value as this field would give it back, or NULL and an error. */
PyObject *cs_field_normalise(cs_class *cls, cs_field *field, PyObject *value);
/* Text of a str: data and size; *keep (to be released by the caller) holds encoded bytes if they were needed. */
int cs_text_of(PyObject *str, cs_text *text, PyObject **keep);
/* Check a value for a utf8 field and give the str to be stored (new reference). */
PyObject *cs_text_check_value(cs_class *cls, const cs_field *field, PyObject *value);
PyObject *cs_text_str(cs_text text);

/* Where CS_INT keeps a value: value * 2 + 1 in the word, or a pointer (whose lowest bit is 0): see object/value.c. */
static inline int cs_word_fits(int64_t value) {
    return value >= -(INT64_C(1) << 62) && value < (INT64_C(1) << 62);
}
static inline int64_t cs_word_of(int64_t value) { return (int64_t)((uint64_t)value << 1 | 1); }
static inline PyObject *cs_word_pointer(const void *at) { /* the big int, or NULL; borrowed */
    uintptr_t word;
    memcpy(&word, at, sizeof word);
    return word & 1 ? NULL : (PyObject *)word;
}

static inline void cs_word_put_none(void *at) { /* over a word that owns nothing */
    PyObject *none = Py_NewRef(Py_None);
    memcpy(at, &none, sizeof none);
}

/* Does a packed field that has a value hold None? */
static inline int cs_is_null(const cs_field *field, const char *object) {
    if (field->kind == CS_INT) { return cs_word_pointer(object + field->offset) == Py_None; }
    return (*((const uint8_t *)object + field->state_byte) & field->null_mask) != 0;
}

/* The value of a packed field that is known to have one; an int may be unset. */
static inline PyObject *cs_read_ordinary(cs_class *cls, const cs_field *field, PyObject *self) {
    const char *at = (const char *)self + field->offset;
    switch ((cs_kind)field->kind) {
    case CS_FLOAT64: {
        double value;
        memcpy(&value, at, sizeof value);
        return cs_box_float(cls->state, value);
    }
    case CS_FLOAT32: {
        float value;
        memcpy(&value, at, sizeof value);
        return cs_box_float(cls->state, (double)value);
    }
    case CS_BOOL:
        return Py_NewRef(
            *((const uint8_t *)self + field->state_byte) & field->value_mask ? Py_True : Py_False);
    case CS_INT8: return PyLong_FromLong(*(const int8_t *)at);
    case CS_UINT8: return PyLong_FromLong(*(const uint8_t *)at);
    case CS_INT16: {
        int16_t value;
        memcpy(&value, at, sizeof value);
        return cs_box_int(cls->state, value);
    }
    case CS_UINT16: {
        uint16_t value;
        memcpy(&value, at, sizeof value);
        return cs_box_int(cls->state, value);
    }
    case CS_INT32: {
        int32_t value;
        memcpy(&value, at, sizeof value);
        return cs_box_int(cls->state, value);
    }
    case CS_UINT32: {
        uint32_t value;
        memcpy(&value, at, sizeof value);
        return cs_box_int(cls->state, value);
    }
    case CS_INT64: {
        int64_t value;
        memcpy(&value, at, sizeof value);
        return cs_box_int(cls->state, value);
    }
    case CS_CATEGORY: {
        uint32_t code;
        memcpy(&code, at, sizeof code);
        return cs_category_text(field->argument, code);
    }
    case CS_INT: {
        int64_t word;
        memcpy(&word, at, sizeof word);
        if (word & 1) { return cs_box_int(cls->state, word >> 1); }
        return word != 0 ? Py_NewRef(cs_word_pointer(at)) : cs_read_unset(cls, field, self);
    }
    case CS_OBJECT: { /* a cached property, or one whose descriptor gave way: see class/multiple.c */
        PyObject *value = *cs_pointer_at(self, field->offset);
        return value != NULL ? Py_NewRef(value) : cs_read_unset(cls, field, self);
    }
    default: return cs_read_rare(cls, field, self);
    }
}

static inline PyObject *cs_read_packed(cs_class *cls, const cs_field *field, PyObject *self) {
    uint8_t state = *((const uint8_t *)self + field->state_byte);
    if (__builtin_expect(state & field->state_mask, 0) || cs_has_blanks(cls)) {
        return cs_read_value(cls, field, self);
    }
    return cs_read_ordinary(cls, field, self);
}

/* Store a value of the exact type that needs no conversion into a field of numbers, a bool or a category: the common case, in line. 1: done, but for
 * the state bits; 0: nothing happened, cs_store knows more. */
static inline int cs_store_number(const cs_field *field, PyObject *self, PyObject *value) {
    char *at = cs_at(self, field->offset);
    int64_t number;
    switch ((cs_kind)field->kind) {
    case CS_FLOAT64:
        if (!PyFloat_CheckExact(value)) { return 0; }
        memcpy(at, &((PyFloatObject *)value)->ob_fval, sizeof(double));
        return 1;
    case CS_INT:
        if (!PyLong_CheckExact(value) || !cs_long_small(value, &number) ||
            cs_word_pointer(at) != NULL) {
            return 0;
        }
        number = cs_word_of(number);
        memcpy(at, &number, sizeof number);
        return 1;
    case CS_INT64:
        if (!PyLong_CheckExact(value) || !cs_long_int64(value, &number)) { return 0; }
        memcpy(at, &number, sizeof number);
        return 1;
    case CS_INT32:
        if (!PyLong_CheckExact(value) || !cs_long_small(value, &number) ||
            number != (int32_t)number) {
            return 0;
        }
        {
            int32_t narrow = (int32_t)number;
            memcpy(at, &narrow, sizeof narrow);
        }
        return 1;
    case CS_UINT8:
        if (!PyLong_CheckExact(value) || !cs_long_small(value, &number) ||
            number != (uint8_t)number) {
            return 0;
        }
        *(uint8_t *)at = (uint8_t)number;
        return 1;
    case CS_BOOL: {
        uint8_t *state = cs_at(self, field->state_byte);
        if (value == Py_True) {
            *state |= field->value_mask;
        } else if (value == Py_False) {
            *state &= (uint8_t)~field->value_mask;
        } else {
            return 0;
        }
        return 1;
    }
    case CS_CATEGORY: {
        const cs_ptrmap_slot *slot = cs_ptrmap_find(field->known, value);
        if (slot == NULL) { return 0; }
        uint32_t code = (uint32_t)slot->value;
        memcpy(at, &code, sizeof code);
        return 1;
    }
    default: return 0;
    }
}

#endif
