/* kinds/families.h: from a kind to what its family can do. */
#ifndef CS_FAMILIES_H
#define CS_FAMILIES_H

#include "kinds/kind.h"

extern const cs_kind_ops *const cs_family_ops[CS_FAMILY_COUNT];

static inline const cs_kind_ops *cs_ops_of(const cs_field *field) {
    return cs_family_ops[cs_kinds[field->kind].family];
}

/* Check a value for the field, and convert it. 0: *out has it; 1: it is None, which the field
 * takes; -1 and an error. Only a reference to None is a value. */
static inline int cs_convert(cs_class *cls, const cs_field *field, PyObject *value, cs_value *out,
                             int *held) {
    const cs_kind_info *kind = &cs_kinds[field->kind];
    const int none = Py_IsNone(value) && field->flags & CS_FIELD_NULLABLE;
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
    if (none && (kind->family != CS_FAMILY_CHOICE ||
                 cs_ptrmap_find(&field->choices, value) == NULL)) { /* a Literal may list None */
        return 1;
    }
    return cs_family_ops[kind->family]->convert(cls, field, value, out, held);
}

#endif
