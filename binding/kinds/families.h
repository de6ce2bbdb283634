/* kinds/families.h: from a kind to what its family can do. */
#ifndef CB_FAMILIES_H
#define CB_FAMILIES_H

#include "kinds/kind.h"

extern const cb_kind_ops *const cb_family_ops[CS_FAMILY_COUNT];

static inline const cb_kind_ops *cb_ops_of(const cb_field *field) {
    return cb_family_ops[cs_kinds[field->kind].family];
}

/* Check a value for the field, and convert it. 0: *out has it; 1: it is None, which the field
 * takes; -1 and an error. Only a reference to None is a value. */
static inline int cb_convert(cb_class *cls, const cb_field *field, PyObject *value, cb_value *out,
                             int *held) {
    const cs_kind_info *kind = &cs_kinds[field->kind];
    const int none = Py_IsNone(value) && field->flags & CB_FIELD_NULLABLE;
    if (field->spec == NULL) { /* the collector has cleared the class */
        PyErr_Format(PyExc_RuntimeError, "%s is being deleted", cls->type->tp_name);
        return -1;
    }
    /* None, whatever the name of its class will mean; the common text. */
    if ((none && kind->form == CS_FORM_POINTER) ||
        (kind->form == CS_FORM_TEXT && PyUnicode_CheckExact(value))) {
        out->object = Py_NewRef(value);
        return 0;
    }
    /* A Literal may list None. */
    if (none &&
        (kind->family != CS_FAMILY_CHOICE || cs_ptrmap_find(&field->choices, value) == NULL)) {
        return 1;
    }
    return cb_family_ops[kind->family]->convert(cls, field, value, out, held);
}

#endif
