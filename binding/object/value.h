/* object/value.h: between Python values and bytes. Hot reads and writes are in line; the rules are
 * in object/value.c. */
#ifndef CS_VALUE_H
#define CS_VALUE_H

#include "kinds/inline.h"
#include "kinds/times.h"
#include "kinds/word.h"
#include "object/blank.h"

/* the kinds that object/value.h does not read in line */
PyObject *cs_read_rare(cs_class *cls, const cs_field *field, PyObject *self);
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
/* no default comes back */
int cs_delete_past(cs_class *cls, const cs_field *field, PyObject *self);
int cs_deleted_by_mock(void); /* then a field with a default is unset */
/* The value of an unset field: made now if it is a cached property, else AttributeError. */
PyObject *cs_read_unset(cs_class *cls, const cs_field *field, PyObject *self);
/* What `function`, that of a cached property, makes: stored, and given back as the field has it. */
PyObject *cs_make_cached(cs_class *cls, const cs_field *field, PyObject *self, PyObject *function);
/* value as this field would give it back, or NULL and an error. */
PyObject *cs_field_normalise(cs_class *cls, cs_field *field, PyObject *value);
/* Does a packed field that has a value hold None? */
static inline int cs_is_null(const cs_field *field, const char *object) {
    if (field->kind == CS_INT) { return cs_word_pointer(object + field->offset) == Py_None; }
    return (*((const uint8_t *)object + field->state_byte) & field->null_mask) != 0;
}

/* The value of a packed field that is known to have one; an int may be unset. */
static inline PyObject *cs_read_ordinary(cs_class *cls, const cs_field *field, PyObject *self) {
    const char *at = (const char *)self + field->offset;
    cs_state *state = cls->state;
    switch ((cs_kind)field->kind) {
#define CS_AT(width) at
#define CS_READ_BOOL(id, bits)                                                            \
    case CS_##id:                                                                         \
        return Py_NewRef(*((const uint8_t *)self + field->state_byte) & field->value_mask \
                             ? Py_True                                                    \
                             : Py_False);
#define CS_READ_INT(id, bits)                                                                \
    case CS_##id: {                                                                          \
        const int64_t word = cs_load_signed(at, sizeof word);                                \
        if (word & 1) { return cs_box_int(state, word >> 1); }                               \
        return word != 0 ? Py_NewRef(cs_word_pointer(at)) : cs_read_unset(cls, field, self); \
    }
#define CS_READ_CATEGORY(id, bits) \
    case CS_##id: return cs_category_text(field->argument, (uint32_t)cs_load_unsigned(at, 4));
#define CS_READ_TIME(id, bits) \
    case CS_##id: return cs_times_unpack(state, CS_##id, cs_load_signed(at, (bits) / 8));
/* A cached property, or one whose descriptor gave way: see class/multiple.c. */
#define CS_READ_REFERENCE(id, bits)                                                \
    case CS_##id: {                                                                \
        PyObject *value = *cs_pointer_at(self, field->offset);                     \
        return value != NULL ? Py_NewRef(value) : cs_read_unset(cls, field, self); \
    }
#define KIND(id, name, annotation, family, bits, ...) CS_READ_##family(id, bits)
#include "cslots/kinds.def"
#undef KIND
#undef CS_READ_BOOL
#undef CS_READ_INT
#undef CS_READ_CATEGORY
#undef CS_READ_REFERENCE
#undef CS_READ_TIME
#undef CS_AT
    default: return cs_read_rare(cls, field, self);
    }
}

static inline PyObject *cs_read_packed(cs_class *cls, const cs_field *field, PyObject *self) {
    uint8_t state = *((const uint8_t *)self + field->state_byte);
    if (CS_UNLIKELY(state & field->state_mask) || cs_has_blanks(cls)) {
        return cs_read_value(cls, field, self);
    }
    return cs_read_ordinary(cls, field, self);
}

/* Store a value of the exact type that needs no conversion into a field of numbers, a bool or a
 * category: the common case, in line. 1: done, except for the state bits; 0: nothing happened,
 * cs_store knows more. */
static CS_ALWAYS_INLINE int cs_store_number(const cs_field *field, PyObject *self,
                                            PyObject *value) {
    char *at = cs_at(self, field->offset);
    int64_t number;
    switch ((cs_kind)field->kind) {
#define CS_AT(width) at
#define CS_STORE_BOOL(id, bits)                         \
    case CS_##id: {                                     \
        uint8_t *byte = cs_at(self, field->state_byte); \
        if (value == Py_True) {                         \
            *byte |= field->value_mask;                 \
        } else if (value == Py_False) {                 \
            *byte &= (uint8_t)~field->value_mask;       \
        } else {                                        \
            return 0;                                   \
        }                                               \
        break;                                          \
    }
#define CS_STORE_INT(id, bits)                                             \
    case CS_##id:                                                          \
        if (!PyLong_CheckExact(value) || !cs_long_int64(value, &number) || \
            !cs_word_fits(number) || cs_word_pointer(at) != NULL) {        \
            return 0;                                                      \
        }                                                                  \
        cs_store_word(at, 8, (uint64_t)cs_word_of(number));                \
        break;
#define CS_STORE_CATEGORY(id, bits)                                       \
    case CS_##id: {                                                       \
        const cs_ptrmap_slot *slot = cs_ptrmap_find(field->known, value); \
        if (slot == NULL) { return 0; }                                   \
        cs_store_word(at, 4, slot->value);                                \
        break;                                                            \
    }
#define KIND(id, name, annotation, family, bits, ...) CS_STORE_##family(id, bits)
#include "cslots/kinds.def"
#undef KIND
#undef CS_STORE_BOOL
#undef CS_STORE_INT
#undef CS_STORE_CATEGORY
#undef CS_AT
    default: return 0;
    }
    return 1;
}

#endif
