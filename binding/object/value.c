/* object/value.c: between a Python value and the bytes of a field.
 *
 *   read    bytes ------> a new object (or one that is shared: True, a member, a table's string)
 *   store   a value --convert--> C value --put--> bytes
 *
 * Invariants
 *   - convert may run user code (__index__, __eq__ of a Literal) and may fail. put runs none until
 *     the new value is in place; only the release of the old one may. It cannot fail, except that a
 *     utf8 may lack memory. So what is refused leaves the object as it was.
 *   - Old references are released after the new value is in place, because releasing can run
 *     anything.
 *   - CS_INT: the word is value * 2 + 1; or a pointer to an int that does not fit or is of a
 *     subclass (a bool, an IntEnum), or to None; or 0 while unset. So it needs no bits.
 *   - Nothing is altered in silence. A word or a reference keeps an object of a subclass as it is,
 *     unless the collector must see it and does not see the holder. Where only the plain value
 *     fits, such an object is refused. Scalars of NumPy and objects with `__index__` are converted.
 *   - Nothing here trusts that a pointer field of kind str holds a str: it is handled as any
 *     object.
 *   - cb_store, cb_delete and the readers need no caller that holds the class. A caller that uses
 *     it afterwards holds it (model/hold.h).
 */
#include "object/value.h"
#include "kinds/families.h"
#include "kinds/kind.h"
#include "kinds/text.h"
#include "kinds/word.h"
#include "model/errors.h"
#include "model/hold.h"
#include "model/plan.h"
#include "object/blank.h"
#include "runtime/memory.h"

/* ---- reading ---- */

CS_NOINLINE PyObject *cb_read_rare(cb_class *cls, const cb_field *field, PyObject *self) {
    const cs_kind_info *kind = &cs_kinds[field->kind];
    if (kind->form == CS_FORM_TEXT) {
        return cb_text_str(cs_text_get(&cls->text, self, field->text));
    }
    cb_value value;
    cb_value_load(&value, kind, cb_at(self, field->offset), kind->size);
    return cb_ops_of(field)->box(cls, field, &value);
}

PyObject *cb_make_cached(cb_class *cls, const cb_field *field, PyObject *self, PyObject *function) {
    cb_class_hold(cls);
    PyObject *value = PyObject_CallOneArg(function, self), *result = NULL;
    if (value != NULL && cb_store(cls, field, self, value) == 0) {
        result = cb_is_unset(cls, field, self) ? cb_error_unset(cls, field)
                                               : cb_read_value(cls, field, self);
    }
    Py_XDECREF(value);
    cb_class_let_go(cls);
    return result;
}

PyObject *cb_read_unset(cb_class *cls, const cb_field *field, PyObject *self) {
    if (field->cached != NULL) { return cb_make_cached(cls, field, self, field->cached); }
    if (!field->backed) { return cb_error_unset(cls, field); }
    cb_class_hold(cls);
    PyObject *found = cb_class_found_beside(cls, field->name, self);
    /* It was deleted from the class. */
    if (found == NULL && !PyErr_Occurred()) { cb_error_unset(cls, field); }
    cb_class_let_go(cls);
    return found;
}

PyObject *cb_read_value(cb_class *cls, const cb_field *field, PyObject *self) {
    if (cb_is_unset(cls, field, self)) { return cb_read_unset(cls, field, self); }
    if (cs_kind_is_pointer((cs_kind)field->kind)) {
        return Py_NewRef(*cb_pointer_at(self, field->offset));
    }
    if (*(const uint8_t *)cb_at(self, field->state_byte) & field->null_mask) {
        return Py_NewRef(Py_None);
    }
    return cb_read_ordinary(cls, field, self);
}

PyObject *cb_read_any(cb_class *cls, const cb_field *field, PyObject *self, int *unset) {
    *unset = cls->access->is_unset(cls, field, self);
    return *unset ? NULL : cls->access->get(cls, field, self);
}

PyObject *cb_read_named(cb_class *cls, const cb_field *field, PyObject *self) {
    return field->covered ? PyObject_GetAttr(self, field->name)
                          : cls->access->get(cls, field, self);
}

PyObject *cb_read_named_any(cb_class *cls, const cb_field *field, PyObject *self, int *unset) {
    if (!cb_field_is_named(field)) { return cb_read_any(cls, field, self, unset); }
    *unset = 0;
    return cb_read_named(cls, field, self);
}

static int put_text(cb_class *cls, const cb_field *field, PyObject *self, PyObject *str) {
    cs_text text = {NULL, 0};
    PyObject *keep = NULL;
    if (str != NULL && cb_text_of(str, &text, &keep) < 0) { return -1; }
    cs_status status =
        cs_text_set(&cls->text, self, &cb_python_allocator, field->text, text.data, text.size);
    Py_XDECREF(keep);
    return status == CS_OK ? 0 : cb_error_status(status);
}

/* No value: the bytes of a fresh object. *old: what was owned, to be dropped by the caller when all
 * is in order. */
static int put_nothing(cb_class *cls, const cb_field *field, PyObject *self, PyObject **old) {
    const cs_kind_info *kind = &cs_kinds[field->kind];
    char *at = cb_at(self, field->offset);
    *old = NULL;
    if (kind->form == CS_FORM_TEXT) { return put_text(cls, field, self, NULL); }
    if (kind->form == CS_FORM_WORD) { *old = cb_word_pointer(at); }
    memset(at, 0, kind->size); /* equal objects have equal bytes */
    if (field->value_mask != 0) {
        *(uint8_t *)cb_at(self, field->state_byte) &= (uint8_t)~field->value_mask;
    }
    return 0;
}

static int store_none(cb_class *cls, const cb_field *field, PyObject *self) {
    PyObject *old;
    if (put_nothing(cls, field, self, &old) < 0) { return -1; }
    cb_mark_set(cls, field, self);
    if (cs_kinds[field->kind].form == CS_FORM_WORD) {
        cb_word_put_none(cb_at(self, field->offset));
    } else {
        *(uint8_t *)cb_at(self, field->state_byte) |= field->null_mask;
    }
    Py_XDECREF(old);
    return 0;
}

static inline void put_reference(const cb_field *field, PyObject *self, PyObject *object) {
    PyObject *old = *cb_pointer_at(self, field->offset);
    *cb_pointer_at(self, field->offset) = object;
    Py_XDECREF(old);
}

/* Put a converted value that is not a reference. What it owns is taken. Only a text can fail, for
 * lack of memory. */
static inline int put_packed(cb_class *cls, const cb_field *field, PyObject *self,
                             cb_value *value) {
    const cs_kind_info *kind = &cs_kinds[field->kind];
    char *at = cb_at(self, field->offset);
    PyObject *old = NULL;
    if (kind->form == CS_FORM_BYTES) {
        cb_value_store(value, at, kind->size);
    } else if (kind->form == CS_FORM_TEXT) {
        const int result = put_text(cls, field, self, value->object);
        Py_DECREF(value->object);
        if (result < 0) { return -1; }
    } else if (kind->form == CS_FORM_WORD) {
        old = cb_word_pointer(at);
        memcpy(at, &value->i, sizeof value->i);
    } else {
        uint8_t *state = cb_at(self, field->state_byte);
        *state = (uint8_t)(value->u ? *state | field->value_mask : *state & ~field->value_mask);
    }
    cb_mark_set(cls, field, self);
    Py_XDECREF(old); /* an int of a subclass may run code */
    return 0;
}

int cb_store(cb_class *cls, const cb_field *field, PyObject *self, PyObject *value) {
    if (field->kind == CS_OBJECT && !(field->flags & CB_FIELD_DEFERRED) && field->spec != NULL) {
        put_reference(field, self, Py_NewRef(value)); /* anything will do */
        return 0;
    }
    cb_value converted;
    int held = 0;
    int result = cb_convert(cls, field, value, &converted, &held);
    if (result > 0) {
        result = store_none(cls, field, self);
    } else if (result == 0) {
        if (cs_kind_is_pointer((cs_kind)field->kind)) {
            put_reference(field, self, converted.object);
        } else {
            result = put_packed(cls, field, self, &converted);
        }
    }
    if (CS_UNLIKELY(held)) { cb_class_let_go(cls); }
    return result;
}

/* unittest.mock deletes what it patched, and puts the old value back only where hasattr() finds
 * nothing then. */
int cb_deleted_by_mock(void) {
    PyObject *globals = PyEval_GetGlobals(); /* borrowed, of the Python function that runs */
    PyObject *name = globals == NULL ? NULL : PyDict_GetItemString(globals, "__name__");
    return name != NULL && PyUnicode_Check(name) &&
           (PyUnicode_CompareWithASCIIString(name, "unittest.mock") == 0 ||
            PyUnicode_CompareWithASCIIString(name, "mock.mock") == 0);
}

/* To have no value. The caller holds the class. */
static int delete_value(cb_class *cls, const cb_field *field, PyObject *self) {
    PyObject *old;
    if (cs_kind_is_pointer((cs_kind)field->kind)) {
        old = *cb_pointer_at(self, field->offset);
        *cb_pointer_at(self, field->offset) = NULL;
    } else {
        if (cb_mark_unset(cls, field, self) < 0) { return -1; }
        /* a text, hence not null: that stays as it was */
        if (put_nothing(cls, field, self, &old) < 0) {
            cb_mark_set(cls, field, self);
            return -1;
        }
        if (field->null_mask != 0) {
            *(uint8_t *)cb_at(self, field->state_byte) &= (uint8_t)~field->null_mask;
        }
    }
    Py_XDECREF(old);
    return 0;
}

/* A field with a default has it again, as in dataclasses. Another one has no value, as with
 * slots. */
int cb_delete(cb_class *cls, const cb_field *field, PyObject *self) {
    cb_class_hold(cls);
    const int has_default = field->default_value != NULL && !field->backed && field->cached == NULL;
    int again = has_default && !cb_deleted_by_mock(), result = -1;
    if (cb_is_unset(cls, field, self)) {
        cb_error_unset(cls, field);
    } else {
        result = again ? cb_store(cls, field, self, field->default_value)
                       : delete_value(cls, field, self);
    }
    cb_class_let_go(cls);
    return result;
}

int cb_delete_past(cb_class *cls, const cb_field *field, PyObject *self) {
    int result = -1;
    cb_class_hold(cls);
    if (cb_is_unset(cls, field, self)) {
        cb_error_unset(cls, field);
    } else {
        result = delete_value(cls, field, self);
    }
    cb_class_let_go(cls);
    return result;
}

PyObject *cb_field_normalise(cb_class *cls, cb_field *field, PyObject *value) {
    if (field->flags & CB_FIELD_DEFERRED) { return Py_NewRef(value); } /* nothing is known yet */
    cb_value converted;
    int held = 0;
    const int result = cb_convert(cls, field, value, &converted, &held);
    PyObject *given_back = NULL;
    if (result == 0) {
        given_back = cb_ops_of(field)->box(cls, field, &converted);
        cb_value_clear(field, &converted);
    } else if (result > 0) {
        given_back = Py_NewRef(Py_None);
    }
    if (held) { cb_class_let_go(cls); }
    return given_back;
}
