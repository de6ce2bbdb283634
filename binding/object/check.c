/* object/check.c: the invariants of an object, looked at after each change. Only with CSLOTS_CHECK.
 *
 *   1  its class knows its layout
 *   2  a reference is NULL or refers to an object that is alive
 *   3  a field is not null and unset at once, and null only if it may be
 *   4  without a value its bytes are zero: equal objects have equal bytes
 *   5  a value is one of its kind: a code has a string, an index has a member, a date is a day
 *   6  texts lie inside the block (core/src/text.c has the parts)
 *
 * A class that the collector has cleared has no strings and members any more: 5 is not asked then.
 */
#include "object/check.h"
#include "kinds/category.h"
#include "kinds/families.h"
#include "kinds/kind.h"
#include "kinds/word.h"
#include "object/blank.h"

#ifdef CSLOTS_CHECK

#include <stdio.h>

static int is_alive(PyObject *object) { return Py_REFCNT(object) > 0; }

/* A part of an invariant as a number: 31 is the first part of number 3. 0: it holds. */

static int check_word(const cb_field *field, const char *at) {
    PyObject *object = cb_word_pointer(at);
    if (object == NULL) { return 0; }
    if (!is_alive(object)) { return 21; }
    if (object == Py_None) { return field->flags & CB_FIELD_NULLABLE ? 0 : 31; }
    return PyLong_Check(object) ? 0 : 51;
}

static int check_value(cb_class *cls, const cb_field *field, const char *at) {
    const cs_kind_info *kind = &cs_kinds[field->kind];
    const cb_kind_ops *ops = cb_ops_of(field);
    cb_value value;
    cb_value_load(&value, kind, at, kind->size);
    if (field->argument != NULL && kind->family == CS_FAMILY_CATEGORY &&
        value.u >= (uint64_t)PyList_GET_SIZE(((Category *)field->argument)->texts)) {
        return 52;
    }
    if (field->argument != NULL && kind->family == CS_FAMILY_CHOICE &&
        value.u >= (uint64_t)PyTuple_GET_SIZE(field->argument)) {
        return 53;
    }
    return ops->valid != NULL && ops->valid(cls->state, (cs_kind)field->kind, &value) != 1 ? 54 : 0;
}

static int check_empty(cb_class *cls, const cb_field *field, PyObject *self, uint8_t state) {
    const cs_kind_info *kind = &cs_kinds[field->kind];
    const char *at = cb_at(self, field->offset);
    if (kind->form == CS_FORM_TEXT) {
        return cs_text_get(&cls->text, self, field->text).size != 0 ? 41 : 0;
    }
    if (kind->form == CS_FORM_BIT) { return state & field->value_mask ? 42 : 0; }
    for (size_t i = 0; i < kind->size; i++) {
        if (at[i] != 0) { return 43; }
    }
    return 0;
}

static int check_field(cb_class *cls, const cb_field *field, PyObject *self) {
    const cs_kind_info *kind = &cs_kinds[field->kind];
    if (kind->form == CS_FORM_POINTER) {
        PyObject *object = *cb_pointer_at(self, field->offset);
        return object != NULL && !is_alive(object) ? 22 : 0;
    }
    if (kind->form == CS_FORM_WORD) { return check_word(field, cb_at(self, field->offset)); }
    const uint8_t state = *(const uint8_t *)cb_at(self, field->state_byte);
    const int is_null = (state & field->null_mask) != 0, unset = cb_is_unset(cls, field, self);
    if (is_null && unset) { return 32; }
    if (is_null && !(field->flags & CB_FIELD_NULLABLE)) { return 33; }
    if (is_null || unset) { return check_empty(cls, field, self, state); }
    return kind->form == CS_FORM_BYTES ? check_value(cls, field, cb_at(self, field->offset)) : 0;
}

static int check(cb_class *cls, PyObject *self, const cb_field **at) {
    if (cls == NULL) { return 11; }
    const int texts = cls->text.count != 0 ? cs_text_check(&cls->text, self) : 0;
    if (texts != 0) { return 60 + texts; }
    for (uint32_t i = 0; i < cls->field_count; i++) {
        *at = &cls->fields[i];
        const int broken = check_field(cls, *at, self);
        if (broken != 0) { return broken; }
    }
    for (uint32_t i = 0; i < cls->pointer_count; i++) { /* slots of Python's own bases, too */
        PyObject *object = *cb_pointer_at(self, cls->pointers[i]);
        if (object != NULL && !is_alive(object)) { return 23; }
    }
    return 0;
}

void cb_object_consistent(PyObject *self) {
    cb_class *cls = cb_class_of_object(self);
    const cb_field *field = NULL;
    if (cls != NULL && !cb_class_keeps_values(cls)) { return; } /* a row: pool/check.c */
    const int broken = check(cls, self, &field);
    if (broken == 0) { return; }
    fprintf(stderr,
            "cslots: object of %s: invariant %d is broken, field %u (binding/object/check.c)\n",
            Py_TYPE(self)->tp_name, broken, field == NULL ? 0 : field->index);
    fflush(stderr);
    abort();
}

#endif
