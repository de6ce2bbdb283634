/* model/class.c: what every file asks of a class, and how it dies. model/class.h has the drawing.
 */
#include "model/class.h"

/* ---- looking things up ---- */

cb_class *cb_class_check(cb_state *state, PyObject *type) {
    cb_class *cls =
        PyObject_TypeCheck(type, state->meta_type) ? cb_class_of((PyTypeObject *)type) : NULL;
    return cls != NULL && cls->flags & CB_CLASS_UNFINISHED ? NULL : cls;
}

const cb_field *cb_find_field(const cb_class *cls, PyObject *name) {
    const cs_ptrmap_slot *slot = cs_ptrmap_find(&cls->names, name);
    if (slot != NULL) { return (const cb_field *)slot->value; }
    /* The names of fields are interned, so the identity has decided. */
    if (PyUnicode_CHECK_INTERNED(name)) { return NULL; }
    for (uint32_t i = 0; i < cls->field_count; i++) {
        if (PyUnicode_Compare(cls->fields[i].name, name) == 0) { return &cls->fields[i]; }
    }
    return NULL;
}

const cb_field *cb_field_inherited(const cb_class *base, PyObject *name) {
    if (base == NULL) { return NULL; }
    const cs_ptrmap_slot *slot = cs_ptrmap_find(&base->names, name);
    return slot == NULL ? NULL : (const cb_field *)slot->value;
}

/* The slot whose value has that name for code that copies an object by names, as Python does: the
 * nearest. There is none where a field has that name. */
const cb_slot *cb_foreign_slot(const cb_class *cls, PyObject *name) {
    for (uint32_t i = 0; i < cls->foreign_count; i++) {
        if (PyUnicode_Compare(cls->foreign[i].name, name) == 0) {
            return cb_find_field(cls, name) == NULL ? &cls->foreign[i] : NULL;
        }
    }
    return NULL;
}

void cb_foreign_store(const cb_slot *slot, PyObject *self, PyObject *value) {
    PyObject *old = *cb_pointer_at(self, slot->offset);
    *cb_pointer_at(self, slot->offset) = Py_NewRef(value);
    Py_XDECREF(old);
}

PyObject *cb_field_default(const cb_field *field) {
    return field->default_value != NULL ? Py_NewRef(field->default_value)
                                        : PyObject_CallNoArgs(field->factory);
}

/* ---- classes whose objects are laid out alike ---- */

void cb_class_join_anchor(cb_class *cls) {
    cb_class *anchor = cls->home = cb_class_of(cls->anchor);
    if (anchor == cls) { return; }
    cls->alike = anchor->alike;
    anchor->alike = cls;
    cls->has_blanks = anchor->has_blanks;
}

void cb_class_leave_anchor(cb_class *cls) {
    if (cls->home == NULL || cls->home == cls) { return; }
    for (cb_class *before = cls->home; before != NULL; before = before->alike) {
        if (before->alike != cls) { continue; }
        before->alike = cls->alike;
        cls->alike = NULL;
        return;
    }
}

/* ---- the end of a class ---- */

int cb_class_traverse(cb_class *cls, visitproc visit, void *arg) {
    for (uint32_t i = 0; i < cls->field_count; i++) {
        const cb_field *field = &cls->fields[i];
        Py_VISIT(field->argument);
        Py_VISIT(field->default_value);
        Py_VISIT(field->factory);
        Py_VISIT(field->spec);
        Py_VISIT(field->flag_cache);
        Py_VISIT(field->cached);
    }
    for (uint32_t i = 0; i < cls->param_count; i++) { Py_VISIT(cls->params[i].default_value); }
    Py_VISIT(cls->plan);
    Py_VISIT(cls->loader);
    Py_VISIT(cls->module);
    Py_VISIT((PyObject *)cls->row_type);
    return 0;
}

/* Breaks cycles through what the class refers to. Only the collector calls it, for a class that no
 * live object refers to. Should a dying object still be looked at, its fields of a Struct, Enum,
 * Literal or Flag kind are unset. */
void cb_class_clear(cb_class *cls) {
    for (uint32_t i = 0; i < cls->field_count; i++) {
        Py_CLEAR(cls->fields[i].default_value);
        Py_CLEAR(cls->fields[i].factory);
        Py_CLEAR(cls->fields[i].spec);
        Py_CLEAR(cls->fields[i].cached);
        /* The argument may be the class itself: a Node refers to a Node. */
        if (cls->fields[i].kind != CS_CATEGORY) { Py_CLEAR(cls->fields[i].argument); }
    }
    for (uint32_t i = 0; i < cls->param_count; i++) { Py_CLEAR(cls->params[i].default_value); }
    Py_CLEAR(cls->plan);
    Py_CLEAR(cls->loader);
    Py_CLEAR(cls->module);
    Py_CLEAR(cls->row_type);
}

static void clear_kwcalls(cb_class *cls) {
    for (unsigned i = 0; i < CB_KWCACHE; i++) {
        Py_CLEAR(cls->kwcalls[i].names);
        PyMem_Free(cls->kwcalls[i].params);
        cls->kwcalls[i].params = NULL;
    }
}

static void clear_foreign(cb_class *cls) {
    for (uint32_t i = 0; i < cls->foreign_count; i++) { Py_DECREF(cls->foreign[i].name); }
    PyMem_Free(cls->foreign);
    cls->foreign = NULL;
    cls->foreign_count = 0;
}

void cb_class_free(cb_class *cls) {
    if (cls == NULL) { return; }
    cb_class_clear(cls);
    clear_kwcalls(cls);
    for (uint32_t i = 0; i < cls->param_count; i++) { Py_XDECREF(cls->params[i].name); }
    for (uint32_t i = 0; i < cls->field_count; i++) {
        cb_field *field = &cls->fields[i];
        cs_ptrmap_clear(&field->choices);
        Py_XDECREF(field->argument);
        Py_XDECREF(field->flag_cache);
        Py_XDECREF(field->name);
    }
    PyMem_Free(cls->fields);
    PyMem_Free(cls->params);
    PyMem_Free(cls->pointers);
    PyMem_Free(cls->words);
    PyMem_Free(cls->text_ends);
    PyMem_Free(cls->text_params);
    PyMem_Free(cls->text_room);
    PyMem_Free(cls->eq_steps);
    PyMem_Free(cls->hash_steps);
    PyMem_Free(cls->members);
    clear_foreign(cls);
    cs_ptrmap_clear(&cls->packed);
    cs_ptrmap_clear(&cls->names);
    cs_ptrmap_clear(&cls->parameters);
    cb_class_leave_anchor(cls);
    cs_ptrmap_clear(&cls->blanks); /* empty: every object holds its class */
    cs_layout_clear(&cls->layout);
    PyMem_Free(cls);
}
