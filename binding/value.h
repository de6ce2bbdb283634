/* value.h: reading a packed field, in line for those who do it often. The rules are in value.c. */
#ifndef CS_VALUE_H
#define CS_VALUE_H

#include "blank.h"
#include "box.h"

static inline PyObject *cs_read_packed(cs_class *cls, const cs_field *field, PyObject *self) {
    const char *at = (const char *)self + field->offset;
    uint8_t state = *((const uint8_t *)self + field->state_byte);
    if (state & field->state_mask || cs_has_blanks(cls)) {
        int special;
        PyObject *value = cs_read_special(cls, field, self, &special);
        if (special) { return value; }
    }
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
    case CS_BOOL: return Py_NewRef(state & field->value_mask ? Py_True : Py_False);
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
    case CS_INT: {
        int64_t word;
        memcpy(&word, at, sizeof word);
        if (word & 1) { return cs_box_int(cls->state, word >> 1); }
        return cs_read_value(cls, field, self);
    }
    default: return cs_read_value(cls, field, self);
    }
}

/* Where CS_INT keeps a value: value * 2 + 1 in the word, or a pointer (whose lowest bit is 0). */
static inline int cs_word_fits(int64_t value) { return value >= -(INT64_C(1) << 62) && value < (INT64_C(1) << 62); }
static inline int64_t cs_word_of(int64_t value) { return (int64_t)((uint64_t)value << 1 | 1); }
static inline PyObject *cs_word_pointer(const void *at) { /* the big int, or NULL; borrowed */
    uintptr_t word;
    memcpy(&word, at, sizeof word);
    return word & 1 ? NULL : (PyObject *)word;
}

#endif
