/* object/value.h: between Python values and bytes. Hot reads and writes are in line; the rules are
 * in object/value.c. */
#ifndef CB_VALUE_H
#define CB_VALUE_H

#include "kinds/inline.h"
#include "kinds/times.h"
#include "kinds/word.h"
#include "object/blank.h"

/* the kinds that object/value.h does not read in line */
PyObject *cb_read_rare(cb_class *cls, const cb_field *field, PyObject *self);
/* The value of any field: None when null, AttributeError when unset. */
PyObject *cb_read_value(cb_class *cls, const cb_field *field, PyObject *self);
/* Like cb_read_value, but any pointer field too, and NULL without an error when unset. */
PyObject *cb_read_any(cb_class *cls, const cb_field *field, PyObject *self, int *unset);
/* What `object.name` is: of a covered field the class says that. The caller holds the class. */
PyObject *cb_read_named(cb_class *cls, const cb_field *field, PyObject *self);
PyObject *cb_read_named_any(cb_class *cls, const cb_field *field, PyObject *self, int *unset);
/* Check and store; on failure nothing has changed. */
int cb_store(cb_class *cls, const cb_field *field, PyObject *self, PyObject *value);
int cb_delete(cb_class *cls, const cb_field *field, PyObject *self);
/* no default comes back */
int cb_delete_past(cb_class *cls, const cb_field *field, PyObject *self);
int cb_deleted_by_mock(void); /* then a field with a default is unset */
/* The value of an unset field: made now if it is a cached property, else AttributeError. */
PyObject *cb_read_unset(cb_class *cls, const cb_field *field, PyObject *self);
/* What `function`, that of a cached property, makes: stored, and given back as the field has it. */
PyObject *cb_make_cached(cb_class *cls, const cb_field *field, PyObject *self, PyObject *function);
/* value as this field would give it back, or NULL and an error. */
PyObject *cb_field_normalise(cb_class *cls, cb_field *field, PyObject *value);
/* Does a packed field that has a value hold None? */
static inline int cb_is_null(const cb_field *field, const char *object) {
    if (field->kind == CS_INT) { return cb_word_pointer(object + field->offset) == Py_None; }
    return (*((const uint8_t *)object + field->state_byte) & field->null_mask) != 0;
}

/* The value of a packed field that is known to have one; an int may be unset. */
static inline PyObject *cb_read_ordinary(cb_class *cls, const cb_field *field, PyObject *self) {
    const char *at = (const char *)self + field->offset;
    cb_state *state = cls->state;
    switch ((cs_kind)field->kind) {
#define CB_AT(width) at
#define CB_READ_BOOL(id, bits)                                                            \
    case CS_##id:                                                                         \
        return Py_NewRef(*((const uint8_t *)self + field->state_byte) & field->value_mask \
                             ? Py_True                                                    \
                             : Py_False);
#define CB_READ_INT(id, bits)                                                                \
    case CS_##id: {                                                                          \
        const int64_t word = cs_load_signed(at, sizeof word);                                \
        if (word & 1) { return cb_box_int(state, word >> 1); }                               \
        return word != 0 ? Py_NewRef(cb_word_pointer(at)) : cb_read_unset(cls, field, self); \
    }
#define CB_READ_CATEGORY(id, bits) \
    case CS_##id: return cb_category_text(field->argument, (uint32_t)cs_load_unsigned(at, 4));
#define CB_READ_TIME(id, bits) \
    case CS_##id: return cb_times_unpack(state, CS_##id, cs_load_signed(at, (bits) / 8));
/* A cached property, or one whose descriptor gave way: see class/multiple.c. */
#define CB_READ_REFERENCE(id, bits)                                                \
    case CS_##id: {                                                                \
        PyObject *value = *cb_pointer_at(self, field->offset);                     \
        return value != NULL ? Py_NewRef(value) : cb_read_unset(cls, field, self); \
    }
#define KIND(id, name, annotation, family, bits, ...) CB_READ_##family(id, bits)
#include "cslots/kinds.def"
#undef KIND
#undef CB_READ_BOOL
#undef CB_READ_INT
#undef CB_READ_CATEGORY
#undef CB_READ_REFERENCE
#undef CB_READ_TIME
#undef CB_AT
    default: return cb_read_rare(cls, field, self);
    }
}

static inline PyObject *cb_read_packed(cb_class *cls, const cb_field *field, PyObject *self) {
    uint8_t state = *((const uint8_t *)self + field->state_byte);
    if (CS_UNLIKELY(state & field->state_mask) || cb_has_blanks(cls)) {
        return cb_read_value(cls, field, self);
    }
    return cb_read_ordinary(cls, field, self);
}

/* Store a value of the exact type that needs no conversion into a field of numbers, a bool or a
 * category: the common case, in line. 1: done, except for the state bits; 0: nothing happened,
 * cb_store knows more. */
static CS_ALWAYS_INLINE int cb_store_number(const cb_field *field, PyObject *self,
                                            PyObject *value) {
    char *at = cb_at(self, field->offset);
    int64_t number;
    switch ((cs_kind)field->kind) {
#define CB_AT(width) at
#define CB_STORE_BOOL(id, bits)                         \
    case CS_##id: {                                     \
        uint8_t *byte = cb_at(self, field->state_byte); \
        if (value == Py_True) {                         \
            *byte |= field->value_mask;                 \
        } else if (value == Py_False) {                 \
            *byte &= (uint8_t)~field->value_mask;       \
        } else {                                        \
            return 0;                                   \
        }                                               \
        break;                                          \
    }
#define CB_STORE_INT(id, bits)                                             \
    case CS_##id:                                                          \
        if (!PyLong_CheckExact(value) || !cb_long_int64(value, &number) || \
            !cb_word_fits(number) || cb_word_pointer(at) != NULL) {        \
            return 0;                                                      \
        }                                                                  \
        cs_store_word(at, 8, (uint64_t)cb_word_of(number));                \
        break;
#define CB_STORE_CATEGORY(id, bits)                                       \
    case CS_##id: {                                                       \
        const cs_ptrmap_slot *slot = cs_ptrmap_find(field->known, value); \
        if (slot == NULL) { return 0; }                                   \
        cs_store_word(at, 4, slot->value);                                \
        break;                                                            \
    }
#define KIND(id, name, annotation, family, bits, ...) CB_STORE_##family(id, bits)
#include "cslots/kinds.def"
#undef KIND
#undef CB_STORE_BOOL
#undef CB_STORE_INT
#undef CB_STORE_CATEGORY
#undef CB_AT
    default: return 0;
    }
    return 1;
}

#endif
