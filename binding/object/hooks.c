/* object/hooks.c: which methods of a class are its author's own. object/hooks.h says who asks. */
#include "object/hooks.h"

/* Is this something that a class has from us, and not from its author? */
int cb_is_generated(cb_state *state, PyObject *method) {
    PyTypeObject *type = Py_TYPE(method);
    if (type == state->init_type || type == state->repr_type) { return 1; }
    if (type != &PyWrapperDescr_Type && type != &PyMethodDescr_Type) { return 0; }
    PyTypeObject *owner = PyDescr_TYPE(method);
    return owner == state->object_type || PyObject_TypeCheck((PyObject *)owner, state->meta_type);
}

static PyObject *object_attribute(PyObject *name) {
    return cb_type_lookup(&PyBaseObject_Type, name);
}

static int is_the_users(const cb_class *cls, PyObject *name, PyObject *plain) {
    PyObject *found = cb_type_lookup(cls->type, name);
    return found != NULL && found != plain && !cb_is_generated(cls->state, found);
}

void cb_class_find_hooks(cb_class *cls) {
    const cb_names *n = &cls->state->names;
    PyTypeObject *type = cls->type;
    uint32_t flags = 0;
    if (cb_type_lookup(type, n->__reduce__) != object_attribute(n->__reduce__) ||
        is_the_users(cls, n->__getstate__, object_attribute(n->__getstate__)) ||
        is_the_users(cls, n->__setstate__, NULL) ||
        cb_type_lookup(type, n->__getnewargs__) != NULL ||
        cb_type_lookup(type, n->__getnewargs_ex__) != NULL) {
        flags = CB_CLASS_PICKLE_HOOKS | CB_CLASS_COPY_HOOKS;
    }
    if (is_the_users(cls, n->__reduce_ex__, object_attribute(n->__reduce_ex__))) {
        flags |= CB_CLASS_COPY_HOOKS;
    }
    cls->flags = (cls->flags & ~(uint32_t)(CB_CLASS_PICKLE_HOOKS | CB_CLASS_COPY_HOOKS)) | flags;
    cls->hooks_version = type->tp_version_tag;
}

/* A base that is not a class of cslots may have got a method since. It tells only CPython, which
 * gives all that derive from it another version. */
void cb_class_ask_hooks(cb_class *cls) {
    const unsigned int version = cls->type->tp_version_tag;
    if (version == 0 || version != cls->hooks_version) { cb_class_find_hooks(cls); }
}
