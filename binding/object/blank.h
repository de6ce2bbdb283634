/* object/blank.h: which fields of an object were never set.
 *
 * An object from the generated constructor has a value in every field, so its class keeps nothing
 * about unset ones. Fields can be unset in these cases, and this is how it is known:
 *
 *   pointer fields, `int`                      NULL, the word 0
 *   classes with their own __init__ or         an unset bit beside each packed field that the class
 *   __new__, or with a field that the          declares
 *   constructor does not set
 *   other classes: an object made by           an entry in a table of blank objects. The table is
 *   Class.__new__(Class), or by a framework    empty, except for the moments until the last field
 *   that assigns the fields one by one         is set
 *
 *   A (anchor)                 blanks: object -> [ mask of its unset fields, one bit a field of A ]
 *   +-- B, C: laid out as A    has_blanks: that of A
 *
 * The table belongs to the anchor, since CPython's own setter of `__class__` moves objects between
 * classes with one anchor, and does not ask cslots.
 *
 * Invariants
 *   - The mask of an entry is not empty.
 *   - An entry goes when its last field is set or its object dies.
 *   - Entries are only for fields without an unset bit.
 *   - has_blanks of the anchor and of all classes with that anchor says whether the table has
 *     entries: a read pays one test of it.
 */
#ifndef CB_BLANK_H
#define CB_BLANK_H

#include "kinds/word.h"
#include "model/class.h"

static inline int cb_has_blanks(const cb_class *cls) { return CS_UNLIKELY(cls->has_blanks != 0); }

int cb_blank_is_unset(const cb_class *cls, PyObject *self, const cb_field *field);
int cb_blank_mark(cb_class *cls, PyObject *self, const cb_field *field); /* -1 and MemoryError */
/* the field has a value now */
void cb_blank_set(cb_class *cls, PyObject *self, const cb_field *field);
void cb_blank_forget(cb_class *cls, PyObject *self);                     /* the object dies */
int cb_blank_copy(cb_class *cls, PyObject *to, PyObject *from);          /* -1 and MemoryError */
/* of the fields that "==" compares */
int cb_blank_same(const cb_class *cls, PyObject *a, PyObject *b);
int cb_blank_any(const cb_class *cls, PyObject *self);

/* Is this field unset, wherever that is kept? */
static inline int cb_is_unset(const cb_class *cls, const cb_field *field, PyObject *self) {
    if (cs_kind_is_pointer((cs_kind)field->kind)) {
        return *cb_pointer_at(self, field->offset) == NULL;
    }
    if (field->kind == CS_INT) { return cb_word_is_empty(cb_at(self, field->offset)); }
    if (field->unset_mask != 0) {
        return (*(uint8_t *)cb_at(self, field->state_byte) & field->unset_mask) != 0;
    }
    return cb_has_blanks(cls) && cb_blank_is_unset(cls, self, field);
}

/* A field of a zeroed object has no value. -1 and MemoryError. */
static inline int cb_mark_unset(cb_class *cls, const cb_field *field, PyObject *self) {
    if (cs_kind_is_pointer((cs_kind)field->kind) || field->kind == CS_INT) { return 0; }
    if (field->unset_mask != 0) {
        *(uint8_t *)cb_at(self, field->state_byte) |= field->unset_mask;
        return 0;
    }
    return cb_blank_mark(cls, self, field);
}

/* A packed field has got an ordinary value. */
static inline void cb_mark_set(cb_class *cls, const cb_field *field, PyObject *self) {
    if (field->state_mask != 0) {
        *(uint8_t *)cb_at(self, field->state_byte) &= (uint8_t)~field->state_mask;
    }
    if (cb_has_blanks(cls)) { cb_blank_set(cls, self, field); }
}

#endif
