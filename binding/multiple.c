/* multiple.c: a class with several bases that have fields.
 *
 *   A: | header | a |       B: | header | b |       class C(A, B): | header | a | b |      laid out as A, then what A lacks
 *
 * Packed fields find their place through the class of the object, so B's descriptors and methods are right for a C as they stand. References are
 * read by the interpreter's own member descriptors, which know one offset. C gets its own; those of a base whose offset is not that of C give
 * way to descriptors of ours, in that base, for all its objects (its reads of that field are not specialised any more), and the definition that the old descriptor
 * points to is made to fit no object, for whoever holds it.
 *
 * Making such a type. CPython refuses bases of two layouts, by their tp_basicsize. While type.__new__ looks at it, all of them have the size of a bare object;
 * the finisher puts the sizes back before anybody else's code runs. In between the collector is off, and a metatype with an mro() of its own is refused,
 * so no object can be made then.
 */
#include "value.h"

/* ---- sizes while type.__new__ looks ---- */

static int is_layout(const cs_state *state, PyObject *type) {
    return PyObject_TypeCheck(type, state->meta_type) && cs_class_of((PyTypeObject *)type) != NULL;
}

static const cs_class *layout_of_base(const cs_state *state, PyObject *bases, Py_ssize_t i) {
    PyObject *base = PyTuple_GET_ITEM(bases, i);
    return PyType_Check(base) && is_layout(state, base) ? cs_class_of((PyTypeObject *)base) : NULL;
}

/* Is there a base that none of the others extends, beside another such base? */
int cs_bases_disagree(const cs_state *state, PyObject *bases) {
    const cs_class *widest = NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        const cs_class *cls = layout_of_base(state, bases, i);
        if (cls == NULL) { continue; }
        if (widest != NULL && !PyType_IsSubtype(widest->type, cls->anchor) && !PyType_IsSubtype(cls->type, widest->anchor)) { return 1; }
        if (widest == NULL || PyType_IsSubtype(cls->type, widest->anchor)) { widest = cls; }
    }
    return 0;
}

int cs_sizes_hide(cs_state *state, PyTypeObject *meta, PyObject *bases, cs_sizes *sizes) {
    *sizes = (cs_sizes){0};
    PyObject *name = PyUnicode_InternFromString("mro");
    if (name == NULL) { return -1; }
    int own_mro = cs_type_lookup(meta, name) != cs_type_lookup(&PyType_Type, name);
    Py_DECREF(name);
    if (own_mro) {
        PyErr_Format(PyExc_TypeError, "a metaclass with an mro() of its own (%s) cannot make a class with several bases that have fields",
                     meta->tp_name);
        return -1;
    }
    Py_ssize_t room = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyObject *base = PyTuple_GET_ITEM(bases, i);
        if (PyType_Check(base)) { room += PyTuple_GET_SIZE(((PyTypeObject *)base)->tp_mro); }
    }
    sizes->types = PyMem_Calloc((size_t)room + 1, sizeof *sizes->types);
    sizes->sizes = PyMem_Calloc((size_t)room + 1, sizeof *sizes->sizes);
    if (sizes->types == NULL || sizes->sizes == NULL) {
        PyMem_Free(sizes->types);
        PyMem_Free(sizes->sizes);
        *sizes = (cs_sizes){0};
        PyErr_NoMemory();
        return -1;
    }
    sizes->collected = PyGC_Disable();
    sizes->hidden = 1;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyObject *base = PyTuple_GET_ITEM(bases, i);
        PyObject *mro = PyType_Check(base) ? ((PyTypeObject *)base)->tp_mro : NULL;
        for (Py_ssize_t k = 0; mro != NULL && k < PyTuple_GET_SIZE(mro); k++) {
            PyObject *type = PyTuple_GET_ITEM(mro, k);
            Py_ssize_t seen = 0;
            while (seen < sizes->count && sizes->types[seen] != (PyTypeObject *)type) { seen++; }
            if (seen < sizes->count || !is_layout(state, type)) { continue; }
            sizes->types[sizes->count] = (PyTypeObject *)type;
            sizes->sizes[sizes->count++] = ((PyTypeObject *)type)->tp_basicsize;
            ((PyTypeObject *)type)->tp_basicsize = (Py_ssize_t)sizeof(PyObject);
        }
    }
    return 0;
}

void cs_sizes_restore(cs_sizes *sizes) { /* may be called again */
    if (!sizes->hidden) { return; }
    for (Py_ssize_t i = 0; i < sizes->count; i++) { sizes->types[i]->tp_basicsize = sizes->sizes[i]; }
    if (sizes->collected) { PyGC_Enable(); }
    PyMem_Free(sizes->types);
    PyMem_Free(sizes->sizes);
    *sizes = (cs_sizes){0};
}

/* ---- references of a base at another place ---- */

/* The class and those that derive from it read this field through a descriptor of ours: let their quick table know. */
static int add_to_tables(cs_class *cls, PyObject *name) {
    const cs_ptrmap_slot *slot = cs_ptrmap_find(&cls->names, name);
    if (slot == NULL) { return 0; }
    PyObject *found = cs_type_lookup(cls->type, name);
    if (found != NULL && Py_IS_TYPE(found, cls->state->descriptor_type) && cs_ptrmap_set(&cls->packed, name, slot->value) != CS_OK) {
        PyErr_NoMemory();
        return -1;
    }
    PyObject *subclasses = PyObject_CallMethodObjArgs((PyObject *)&PyType_Type, cls->state->names.__subclasses__, cls->type, NULL);
    int result = subclasses == NULL ? -1 : 0;
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(subclasses); i++) {
        PyObject *sub = PyList_GET_ITEM(subclasses, i);
        if (is_layout(cls->state, sub)) { result = add_to_tables(cs_class_of((PyTypeObject *)sub), name); }
    }
    Py_XDECREF(subclasses);
    return result;
}

static int give_way(cs_class *base, PyMemberDef *member) {
    PyObject *name = PyUnicode_InternFromString(member->name), *dict = cs_type_dict(base->type);
    PyObject *descriptor = name == NULL ? NULL : cs_descriptor_new(base->state, base->type, name);
    int result = dict == NULL || descriptor == NULL ? -1 : PyDict_SetItem(dict, name, descriptor);
    if (result == 0) {
        member->type = 255; /* no such type: PyMember_GetOne and SetOne raise */
        member->flags = Py_READONLY;
        PyType_Modified(base->type);
        result = add_to_tables(base, name);
    }
    Py_XDECREF(name);
    Py_XDECREF(dict);
    Py_XDECREF(descriptor);
    return result;
}

/* All that the bases read natively must lie in objects of this class where they look for it. Called when its fields have their places. */
int cs_references_agree(cs_class *cls) {
    PyObject *mro = cls->type->tp_mro;
    for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *type = PyTuple_GET_ITEM(mro, i);
        if (!is_layout(cls->state, type)) { continue; }
        cs_class *base = cs_class_of((PyTypeObject *)type);
        for (cs_class *layer = base; layer != NULL; layer = layer == base ? ((cs_type *)type)->retired : layer->retired) {
            for (PyMemberDef *member = layer->members; member != NULL && member->name != NULL; member++) {
                if (member->type == 255) { continue; }
                int agrees = 0;
                for (uint32_t k = 0; k < cls->field_count && !agrees; k++) {
                    agrees = cls->fields[k].offset == (uint32_t)member->offset && cs_kind_is_pointer((cs_kind)cls->fields[k].kind) &&
                             PyUnicode_CompareWithASCIIString(cls->fields[k].name, member->name) == 0;
                }
                if (agrees) { continue; }
                if (layer != base) {
                    member->type = 255;
                } else if (give_way(base, member) < 0) {
                    return -1;
                }
            }
        }
    }
    return 0;
}
