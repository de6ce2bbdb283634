/* methods.c: the methods that a decorated class gets in its own dict, as dataclasses puts them there.
 *
 *   plan.install = ("__init__", "__repr__", "__eq__", ...)
 *
 *   slots of the type     __repr__ __eq__ __lt__ ... __hash__ __setattr__    a wrapper of Struct's slot function, for this class
 *   plain methods         __copy__ __reduce_ex__ __replace__ ...             a method descriptor for this class
 *   __init__              the generated constructor as a method              (construct.c)
 *
 * A class of class statements (Struct) has all this from its base `Object`. A decorated class keeps the bases that it was written with, so it
 * carries its methods itself; where type.__setattr__ finds that a wrapper fits, it puts the C function straight into the type's slot.
 */
#include "binding.h"

static const char *const comparisons[] = {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"};

/* ---- methods of decorated classes only ---- */

/* Attributes of a frozen object: its fields never; others where it has a dict and nobody decorated its very class (as in dataclasses). */
static int frozen_assign(PyObject *self, PyObject *name, PyObject *value) {
    cs_class *cls = cs_class_of_object(self);
    if (cls->flags & CS_CLASS_SUBCLASS && PyUnicode_Check(name)) {
        const cs_field *field = cs_find_field(cls, name);
        if (field == NULL || field->flags & CS_FIELD_HIDDEN) { return PyObject_GenericSetAttr(self, name, value); }
    }
    return cs_error_frozen(cls, name, value == NULL);
}

static PyObject *frozen_setattr(PyObject *self, PyObject *const *args, Py_ssize_t nargs) {
    if (nargs != 2) { return PyErr_Format(PyExc_TypeError, "__setattr__() takes a name and a value, got %zd arguments", nargs); }
    if (frozen_assign(self, args[0], args[1]) < 0) { return NULL; }
    Py_RETURN_NONE;
}

static PyObject *frozen_delattr(PyObject *self, PyObject *name) {
    if (frozen_assign(self, name, NULL) < 0) { return NULL; }
    Py_RETURN_NONE;
}

PyObject *cs_set_state(PyObject *self, PyObject *state) {
    PyObject *module = PyImport_ImportModule("cslots._interop");
    PyObject *result = module == NULL ? NULL : PyObject_CallMethod(module, "set_state", "OO", self, state);
    Py_XDECREF(module);
    return result;
}

static PyMethodDef frozen_methods[] = {
    {"__setattr__", (PyCFunction)(void (*)(void))frozen_setattr, METH_FASTCALL, "Refuses: the object is frozen."},
    {"__delattr__", frozen_delattr, METH_O, "Refuses: the object is frozen."},
    {NULL, NULL, 0, NULL},
};

static PyObject *get_state(PyObject *self, PyObject *unused) {
    (void)unused;
    PyObject *module = PyImport_ImportModule("cslots._interop");
    PyObject *result = module == NULL ? NULL : PyObject_CallMethod(module, "get_state", "O", self);
    Py_XDECREF(module);
    return result;
}

static PyMethodDef get_state_method = {"__getstate__", get_state, METH_NOARGS,
                                       "The values of the fields, as dataclasses gives them for frozen objects."};
static PyMethodDef set_state_method = {"__setstate__", cs_set_state, METH_O, "Takes the state of a pickle that dataclasses made."};

/* ---- installing ---- */

/* What goes under that name into the dict of the class: a new reference. */
static PyObject *make_method(cs_class *cls, const char *name) {
    cs_state *state = cls->state;
    PyTypeObject *type = cls->type;
    if (strcmp(name, "__getstate__") == 0) { return PyDescr_NewMethod(type, &get_state_method); }
    if (strcmp(name, "__setstate__") == 0) { return PyDescr_NewMethod(type, &set_state_method); }
    if (cls->flags & CS_CLASS_FROZEN) {
        for (PyMethodDef *def = frozen_methods; def->ml_name != NULL; def++) {
            if (strcmp(def->ml_name, name) == 0) { return PyDescr_NewMethod(type, def); }
        }
    }
    PyObject *key = PyUnicode_FromString(name);
    if (key == NULL) { return NULL; }
    PyObject *ours = cs_type_lookup(state->object_type, key);
    Py_DECREF(key);
    if (ours != NULL && Py_IS_TYPE(ours, &PyWrapperDescr_Type)) {
        PyWrapperDescrObject *wrapper = (PyWrapperDescrObject *)ours;
        void *function = wrapper->d_wrapped;
        if (cls->flags & CS_CLASS_UNTYPED && function == (void *)(uintptr_t)cs_struct_setattro) {
            function = (void *)(uintptr_t)cs_untyped_setattro;
        }
        return PyDescr_NewWrapper(type, wrapper->d_base, function);
    }
    if (ours != NULL && Py_IS_TYPE(ours, &PyMethodDescr_Type)) { return PyDescr_NewMethod(type, ((PyMethodDescrObject *)ours)->d_method); }
    return PyErr_Format(PyExc_SystemError, "cslots: no method %s to install", name);
}

int cs_methods_install(cs_class *cls, PyObject *names) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        const char *text = PyUnicode_AsUTF8(name);
        if (text == NULL) { return -1; }
        if (strcmp(text, "__init__") == 0) { continue; } /* was put in first: it says which fields can be unset */
        PyObject *method = make_method(cls, text);
        int result = method == NULL ? -1 : PyType_Type.tp_setattro((PyObject *)cls->type, name, method);
        Py_XDECREF(method);
        if (result < 0) { return -1; }
    }
    return cs_methods_shortcut(cls);
}

/* `object` defines the other five comparisons, with a C function that is not ours, so type.__setattr__ has to go by name. But object's say
 * nothing about order, as ours do where there is none; so where nobody else defines one, ours serves for all six. */
int cs_methods_shortcut(cs_class *cls) {
    PyTypeObject *type = cls->type;
    int ours = 0;
    for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++) {
        PyObject *name = PyUnicode_InternFromString(comparisons[i]);
        if (name == NULL) { return -1; }
        PyObject *found = cs_type_lookup(type, name), *plain = cs_type_lookup(&PyBaseObject_Type, name);
        Py_DECREF(name);
        if (found == plain) { continue; }
        if (found == NULL || !Py_IS_TYPE(found, &PyWrapperDescr_Type) ||
            ((PyWrapperDescrObject *)found)->d_wrapped != (void *)(uintptr_t)cs_struct_richcompare) {
            return 0;
        }
        ours = 1;
    }
    if (ours) { type->tp_richcompare = cs_struct_richcompare; }
    return 0;
}

/* Is this something that a class has from us, and not from its author? */
int cs_is_generated(cs_state *state, PyObject *method) {
    PyTypeObject *type = Py_TYPE(method);
    if (type == state->init_type) { return 1; }
    if (type != &PyWrapperDescr_Type && type != &PyMethodDescr_Type) { return 0; }
    PyTypeObject *owner = PyDescr_TYPE(method);
    return owner == state->object_type || PyObject_TypeCheck((PyObject *)owner, state->meta_type);
}
