/* class/foreign.c: the slots that a base class of Python's own keeps in its objects.
 *
 *   class Base: __slots__ = ("a",)       | header | a |
 *   @dataclass class C(Base): x: float   | header | a | x |   Base's descriptors read and write
 *                                                             `a` where they always did
 *
 * A decorated class may derive from such a base (a dataclass(slots=True), say). Its slots stay
 * where they are. A field of the same name is kept there, as a plain reference. The others travel
 * with copies and pickles by their names. Weak references and dicts of such a base need no place:
 * CPython finds them through the type of the object.
 */
#include "class/foreign.h"

static PyMemberDef *slot_of(PyTypeObject *type, PyObject *value) {
    if (!Py_IS_TYPE(value, &PyMemberDescr_Type) || PyDescr_TYPE(value) != type) { return NULL; }
    PyMemberDef *member = ((PyMemberDescrObject *)value)->d_member;
    return member->type == Py_T_OBJECT_EX ? member : NULL;
}

static int is_foreign(const cb_state *state, PyTypeObject *type) {
    return PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) &&
           !PyObject_TypeCheck((PyObject *)type, state->meta_type);
}

int cb_foreign_slots(const cb_state *state, PyTypeObject *type) {
    PyObject *dict = is_foreign(state, type) ? cb_type_dict(type) : NULL, *key, *value;
    Py_ssize_t position = 0;
    int found = 0;
    while (dict != NULL && !found && PyDict_Next(dict, &position, &key, &value)) {
        found = slot_of(type, value) != NULL;
    }
    Py_XDECREF(dict);
    return found;
}

/* Fills cls->foreign. */
int cb_foreign_find(cb_class *cls, const cb_class *base) {
    cls->foreign_end = (uint32_t)sizeof(PyObject);
    if (base != NULL) {
        if (base->foreign_count == 0) { return 0; }
        cls->foreign = PyMem_Calloc(base->foreign_count, sizeof *cls->foreign);
        if (cls->foreign == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        for (uint32_t i = 0; i < base->foreign_count; i++) {
            cls->foreign[i] = base->foreign[i];
            Py_INCREF(cls->foreign[i].name);
        }
        cls->foreign_count = base->foreign_count;
        return 0;
    }
    PyObject *mro = cls->type->tp_mro;
    for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *type = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (!is_foreign(cls->state, type)) { continue; }
        PyObject *dict = cb_type_dict(type), *key, *value;
        Py_ssize_t position = 0;
        while (dict != NULL && PyDict_Next(dict, &position, &key, &value)) {
            const PyMemberDef *member = slot_of(type, value);
            if (member == NULL) { continue; }
            cb_slot *grown = PyMem_Realloc(cls->foreign, (cls->foreign_count + 1) * sizeof *grown);
            if (grown == NULL) {
                Py_DECREF(dict);
                PyErr_NoMemory();
                return -1;
            }
            cls->foreign = grown;
            uint32_t offset = (uint32_t)member->offset;
            cls->foreign[cls->foreign_count++] = (cb_slot){offset, Py_NewRef(PyDescr_NAME(value))};
            if (offset + sizeof(void *) > cls->foreign_end) {
                cls->foreign_end = offset + (uint32_t)sizeof(void *);
            }
        }
        Py_XDECREF(dict);
    }
    return 0;
}

/* Where a foreign base keeps an attribute of that name; 0: it does not. */
uint32_t cb_foreign_offset(const cb_class *cls, PyObject *name) {
    PyObject *mro = cls->type->tp_mro;
    for (Py_ssize_t i = 1; cls->foreign_count != 0 && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *type = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (!is_foreign(cls->state, type)) { continue; }
        PyObject *dict = cb_type_dict(type);
        PyObject *value = dict == NULL ? NULL : PyDict_GetItemWithError(dict, name);
        const PyMemberDef *member = value == NULL ? NULL : slot_of(type, value);
        Py_XDECREF(dict);
        if (member != NULL) { return (uint32_t)member->offset; }
    }
    return 0;
}
