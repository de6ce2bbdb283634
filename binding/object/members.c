/* object/members.c: references whose native members give way to descriptors of cslots.
 *
 *   A.__dict__["x"]   member descriptor: offset 24       read and written by the interpreter alone
 *                  -> a descriptor of cslots, in place   finds the field through the class of the
 *                                                        object
 *
 * A member knows one offset and checks nothing. It gives way where that is wrong: for a class that
 * keeps the field elsewhere, where user code or a library assigns past the checks, and where the
 * class is laid out anew. Code that holds the descriptor holds the same object afterwards.
 */
#include "object/members.h"
#include "object/access.h"

/* Must the descriptor of this reference be one of cslots? That of the interpreter makes no value
 * for a cached property. And it checks no value: in a dataclass with its own __setattr__
 * object.__setattr__ assigns past the slot of cslots. */
int cb_needs_own_descriptor(const cb_class *cls, const cb_field *field) {
    const uint32_t wanted = CB_CLASS_DATACLASS | CB_CLASS_OWN_SETATTR;
    return field->cached != NULL || field->backed ||
           ((cls->flags & wanted) == wanted && field->kind != CS_OBJECT);
}

/* Without a descriptor of its own for this field, would the class read it, and natively if it is a
 * reference? Called before it has any. */
int cb_reads_well(const cb_class *cls, const cb_field *field) {
    PyObject *found = cb_type_lookup(cls->type, field->name);
    if (found == NULL) { return 0; }
    if (!cs_kind_is_pointer((cs_kind)field->kind) || cb_needs_own_descriptor(cls, field)) {
        return Py_IS_TYPE(found, cls->state->descriptor_type);
    }
    if (!Py_IS_TYPE(found, &PyMemberDescr_Type) || PyDescr_NAME(found) != field->name) { return 0; }
    const PyMemberDef *member = ((PyMemberDescrObject *)found)->d_member;
    return member->type == Py_T_OBJECT_EX && member->offset == (Py_ssize_t)field->offset;
}

enum { FITS_NO_OBJECT = 255 }; /* no type of a member: PyMember_GetOne and PyMember_SetOne raise */

/* References of the class were given descriptors of cslots. Classes that derive from it read them
 * so, too, unless they have members of their own: let the tables that reads look in know. It is a
 * matter of speed alone: without memory for it all stays as it is. */
static void add_to_tables(cb_class *cls) {
    size_t before = cls->packed.count;
    for (uint32_t i = 0; i < cls->field_count; i++) {
        cb_field *field = &cls->fields[i];
        PyObject *found = cs_kind_is_pointer((cs_kind)field->kind)
                              ? cb_type_lookup(cls->type, field->name)
                              : NULL;
        if (found == NULL || !Py_IS_TYPE(found, cls->state->descriptor_type)) { continue; }
        if (cs_ptrmap_set(&cls->packed, field->name, (size_t)field) != CS_OK) { break; }
    }
    if (cls->packed.count != before) {
        cs_ptrmap_tune(&cls->packed);
        cb_reads_choose(cls); /* a class of references alone was always open */
    }
    PyObject *subclasses = PyObject_CallMethodObjArgs(
        (PyObject *)&PyType_Type, cls->state->names.__subclasses__, cls->type, NULL);
    if (subclasses == NULL) { PyErr_Clear(); }
    for (Py_ssize_t i = 0; subclasses != NULL && i < PyList_GET_SIZE(subclasses); i++) {
        PyObject *sub = PyList_GET_ITEM(subclasses, i);
        if (cb_is_layout(cls->state, sub)) { add_to_tables(cb_class_of((PyTypeObject *)sub)); }
    }
    Py_XDECREF(subclasses);
}

/* Cannot fail. */
static void give_way(cb_class *cls, PyMemberDef *member, PyObject *name) {
    PyTypeObject *type = cls->type;
    PyObject *dict = cb_type_dict(type);
    PyObject *found = dict == NULL ? NULL : PyDict_GetItemWithError(dict, name);
    if (found != NULL && Py_IS_TYPE(found, &PyMemberDescr_Type) &&
        ((PyMemberDescrObject *)found)->d_member == member) {
        /* a static type is not owned */
        Py_SET_TYPE(found, (PyTypeObject *)Py_NewRef((PyObject *)cls->state->descriptor_type));
    }
    Py_XDECREF(dict);
    member->type = FITS_NO_OBJECT;
    member->flags = Py_READONLY;
}

/* The members of `layer` that do not agree with `cls` give way; NULL: none agrees. How many did? */
static int agree_with(const cb_class *cls, cb_class *layer) {
    PyMemberDef *member = layer->members;
    int gave_way = 0;
    for (uint32_t i = 0; member != NULL && member->name != NULL && i < layer->field_count;
         i++) { /* members are in the order of fields */
        PyObject *name = layer->fields[i].name;
        if (PyUnicode_AsUTF8(name) != member->name) { continue; }
        const cs_ptrmap_slot *slot = cls == NULL ? NULL : cs_ptrmap_find(&cls->names, name);
        const cb_field *mine = slot == NULL ? NULL : (const cb_field *)slot->value;
        int agrees = mine != NULL && cs_kind_is_pointer((cs_kind)mine->kind) &&
                     (Py_ssize_t)mine->offset == member->offset;
        /* What covers a field writes it through the descriptor of the base. A member that checks
         * nothing is not writable: ours is, and checks. */
        agrees = agrees && !(mine->covered && member->flags & Py_READONLY);
        if (!agrees && member->type != FITS_NO_OBJECT) {
            give_way(layer, member, name);
            gave_way++;
        }
        member++;
    }
    return gave_way;
}

/* The class will be laid out anew, and has no objects. Descriptors that are still held will find
 * its fields, whatever becomes of them. */
void cb_members_retire(cb_class *cls) { agree_with(NULL, cls); }

/* The class has got its own __setattr__, which may assign with object.__setattr__, or a library
 * fills its objects so. From now on its references are written through descriptors of cslots. */
void cb_members_check(cb_class *cls) {
    PyObject *mro = Py_NewRef(cls->type->tp_mro);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *type = PyTuple_GET_ITEM(mro, i);
        cb_class *layer = cb_is_layout(cls->state, type) ? cb_class_of((PyTypeObject *)type) : NULL;
        if (layer == NULL || !agree_with(NULL, layer)) { continue; }
        PyType_Modified((PyTypeObject *)type);
        add_to_tables(layer);
    }
    Py_DECREF(mro);
}

/* The invariant, for a class whose fields have their places and that has no objects yet. */
void cb_references_agree(cb_class *cls) {
    PyObject *mro = cls->type->tp_mro;
    for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *type = PyTuple_GET_ITEM(mro, i);
        cb_class *base = cb_is_layout(cls->state, type) ? cb_class_of((PyTypeObject *)type) : NULL;
        if (base == NULL || !agree_with(cls, base)) { continue; }
        PyType_Modified((PyTypeObject *)type);
        add_to_tables(base);
    }
}
