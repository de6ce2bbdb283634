/* class/methods.c: the methods that a decorated class gets in its own dict, where dataclasses puts
 * them.
 *
 *   plan.install = ("__init__", "__repr__", "__eq__", ...)
 *
 *   by its fields       __eq__ __lt__ ... __hash__               a method that knows the class that
 *                                                                got it
 *   __repr__            that, and pprint and rich know it        (object/repr_method.c)
 *   slots of the type   __setattr__ ...                          a wrapper of Struct's slot
 *                                                                function, for this class
 *   plain methods       __copy__ __reduce_ex__ __replace__ ...   a method descriptor for this class
 *   __init__            the generated constructor as a method    (object/construct.c)
 *
 * A class of class statements (Struct) has all this from its base `Object`. A decorated class keeps
 * the bases that it was written with, so it carries its methods itself. Those "by its fields"
 * belong to the class that got them, as in dataclasses: `super().__eq__(other)` and
 * `Base.__repr__(sub)` are about the fields of the base, and a class made without `order` orders as
 * its base does. Where the methods that are found on a class would do for its objects what Struct's
 * slot function does, that function is put straight into the type's slot.
 */
#include "class/methods.h"
#include "model/errors.h"
#include "object/access.h"
#include "object/compare.h"
#include "object/copy.h"
#include "object/hash.h"
#include "object/repr_method.h"
#include "runtime/package.h"

/* ---- methods of decorated classes only ---- */

/* Attributes of a frozen object. Its fields are never assigned. Others are where it has a dict and
 * its very class is not decorated (as in dataclasses). */
static int frozen_assign(PyObject *self, PyObject *name, PyObject *value) {
    cb_class *cls = cb_class_of_object(self);
    if (cls->flags & CB_CLASS_SUBCLASS && PyUnicode_Check(name)) {
        const cb_field *field = cb_find_field(cls, name);
        if (field == NULL || field->flags & CB_FIELD_HIDDEN) {
            return PyObject_GenericSetAttr(self, name, value);
        }
    }
    return cb_error_frozen(cls, self, name, value == NULL, 0);
}

static PyObject *frozen_setattr(PyObject *self, PyObject *const *args, Py_ssize_t nargs) {
    if (nargs != 2) {
        return PyErr_Format(PyExc_TypeError,
                            "__setattr__() takes a name and a value, got %zd arguments", nargs);
    }
    if (frozen_assign(self, args[0], args[1]) < 0) { return NULL; }
    Py_RETURN_NONE;
}

static PyObject *frozen_delattr(PyObject *self, PyObject *name) {
    if (frozen_assign(self, name, NULL) < 0) { return NULL; }
    Py_RETURN_NONE;
}

static PyMethodDef frozen_methods[] = {
    {"__setattr__", (PyCFunction)(void (*)(void))frozen_setattr, METH_FASTCALL,
     "Refuses: the object is frozen."},
    {"__delattr__", frozen_delattr, METH_O, "Refuses: the object is frozen."},
    {NULL, NULL, 0, NULL},
};

static PyObject *get_state(PyObject *self, PyObject *unused) {
    (void)unused;
    return cb_package_call("cslots._interop", "get_state", self, NULL);
}

static PyMethodDef get_state_method = {
    "__getstate__", get_state, METH_NOARGS,
    "The values of the fields, as dataclasses gives them for frozen objects."};
static PyMethodDef set_state_method = {"__setstate__", cb_set_state, METH_O,
                                       "Takes the state of a pickle that dataclasses made."};

/* ---- methods by the fields of the class that got them ---- */

/* The decorated class that a method belongs to. NULL and TypeError if it is not finished, or the
 * call is not one of these. */
static cb_class *rules_of(PyTypeObject *owner, Py_ssize_t nargs, Py_ssize_t wanted,
                          PyObject *kwnames) {
    cb_class *rules = cb_class_of(owner);
    if (nargs == wanted && kwnames == NULL && rules != NULL &&
        !(rules->flags & CB_CLASS_UNFINISHED)) {
        return rules;
    }
    if (nargs == wanted && kwnames == NULL) {
        cb_error_unfinished(owner);
    } else {
        PyErr_Format(PyExc_TypeError, "expected %zd argument%s, got %zd", wanted,
                     wanted == 1 ? "" : "s", nargs);
    }
    return NULL;
}

/* cb_whole of an object that may be anything. */
static PyObject *whole(const cb_class *rules, PyObject *object) {
    return cb_class_of_any(rules->state, object) == NULL ? Py_NewRef(object) : cb_whole(object);
}

static PyObject *compare(PyObject *self, PyTypeObject *owner, PyObject *const *args,
                         Py_ssize_t nargs, PyObject *kwnames, int op) {
    cb_class *rules = rules_of(owner, nargs, 1, kwnames);
    PyObject *x = rules == NULL ? NULL : whole(rules, self),
             *y = x == NULL ? NULL : whole(rules, args[0]);
    PyObject *result = y == NULL ? NULL : cb_compare_in_base(rules, x, y, op);
    Py_XDECREF(x);
    Py_XDECREF(y);
    return result;
}

#define COMPARISON(function, op)                                                          \
    static PyObject *function(PyObject *self, PyTypeObject *owner, PyObject *const *args, \
                              Py_ssize_t nargs, PyObject *kwnames) {                      \
        return compare(self, owner, args, nargs, kwnames, op);                            \
    }
COMPARISON(generated_eq, Py_EQ)
COMPARISON(generated_lt, Py_LT)
COMPARISON(generated_le, Py_LE)
COMPARISON(generated_gt, Py_GT)
COMPARISON(generated_ge, Py_GE)
#undef COMPARISON

static PyObject *generated_hash(PyObject *self, PyTypeObject *owner, PyObject *const *args,
                                Py_ssize_t nargs, PyObject *kwnames) {
    (void)args;
    cb_class *rules = rules_of(owner, nargs, 0, kwnames);
    PyObject *object = rules == NULL ? NULL : whole(rules, self);
    Py_hash_t hash = object == NULL ? -1 : cb_hash_in_base(rules, object);
    Py_XDECREF(object);
    return hash == -1 ? NULL : PyLong_FromSsize_t(hash);
}

#define OWNED (METH_METHOD | METH_FASTCALL | METH_KEYWORDS)
#define OWNED_FUNCTION(function) (PyCFunction)(void (*)(void))(function), OWNED
#define COMPARES "($self, value, /)\n--\n\n"
enum { EQ, LT, LE, GT, GE, HASH, GENERATED }; /* places in the table */
static PyMethodDef generated[] = {
    [EQ] = {"__eq__", OWNED_FUNCTION(generated_eq), "__eq__" COMPARES "Return self==value."},
    [LT] = {"__lt__", OWNED_FUNCTION(generated_lt), "__lt__" COMPARES "Return self<value."},
    [LE] = {"__le__", OWNED_FUNCTION(generated_le), "__le__" COMPARES "Return self<=value."},
    [GT] = {"__gt__", OWNED_FUNCTION(generated_gt), "__gt__" COMPARES "Return self>value."},
    [GE] = {"__ge__", OWNED_FUNCTION(generated_ge), "__ge__" COMPARES "Return self>=value."},
    [HASH] = {"__hash__", OWNED_FUNCTION(generated_hash),
              "__hash__($self, /)\n--\n\nReturn hash(self)."},
    [GENERATED] = {NULL, NULL, 0, NULL},
};

/* ---- installing ---- */

/* What goes under that name into the dict of the class: a new reference. */
static PyObject *make_method(cb_class *cls, const char *name) {
    cb_state *state = cls->state;
    PyTypeObject *type = cls->type;
    for (PyMethodDef *def = generated; def->ml_name != NULL; def++) {
        if (strcmp(def->ml_name, name) == 0) { return PyDescr_NewMethod(type, def); }
    }
    if (strcmp(name, "__repr__") == 0) { return cb_repr_new(state, type); }
    if (strcmp(name, "__getstate__") == 0 && cls->flags & CB_CLASS_FROZEN) {
        return PyDescr_NewMethod(type, &get_state_method);
    }
    if (strcmp(name, "__setstate__") == 0) { return PyDescr_NewMethod(type, &set_state_method); }
    if (cls->flags & CB_CLASS_FROZEN) {
        for (PyMethodDef *def = frozen_methods; def->ml_name != NULL; def++) {
            if (strcmp(def->ml_name, name) == 0) { return PyDescr_NewMethod(type, def); }
        }
    }
    PyObject *key = PyUnicode_FromString(name);
    if (key == NULL) { return NULL; }
    PyObject *ours = cb_type_lookup(state->object_type, key);
    Py_DECREF(key);
    if (ours != NULL && Py_IS_TYPE(ours, &PyWrapperDescr_Type)) {
        PyWrapperDescrObject *wrapper = (PyWrapperDescrObject *)ours;
        void *function = wrapper->d_wrapped;
        if (cls->flags & CB_CLASS_UNTYPED && function == (void *)(uintptr_t)cb_struct_setattro) {
            function = (void *)(uintptr_t)cb_untyped_setattro;
        }
        return PyDescr_NewWrapper(type, wrapper->d_base, function);
    }
    if (ours != NULL && Py_IS_TYPE(ours, &PyMethodDescr_Type)) {
        return PyDescr_NewMethod(type, ((PyMethodDescrObject *)ours)->d_method);
    }
    return PyErr_Format(PyExc_SystemError, "cslots: no method %s to install", name);
}

int cb_methods_install(cb_class *cls, PyObject *names) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        const char *text = PyUnicode_AsUTF8(name);
        if (text == NULL) { return -1; }
        /* __init__ is there already: it says which fields can be unset. */
        if (strcmp(text, "__init__") == 0) { continue; }
        PyObject *method = make_method(cls, text);
        int result =
            method == NULL ? -1 : PyType_Type.tp_setattro((PyObject *)cls->type, name, method);
        Py_XDECREF(method);
        if (result < 0) { return -1; }
    }
    return cb_methods_shortcut(cls);
}

/* What is found on the class under the name of a generated method. */
typedef enum {
    OBJECTS, /* what `object` has */
    OURS,    /* what does as the slot function of cslots */
    OTHER    /* anything else */
} Found;

/* Does a method of `owner` treat objects of `cls` as one of cls itself would? */
static int same_fields(const cb_class *cls, const cb_class *owner, uint8_t wanted) {
    if (owner == cls) { return 1; }
    uint32_t i = 0, k = 0;
    for (;; i++, k++) {
        while (i < cls->field_count && !(cls->fields[i].flags & wanted)) { i++; }
        while (k < owner->field_count && !(owner->fields[k].flags & wanted)) { k++; }
        if (i == cls->field_count || k == owner->field_count) {
            return i == cls->field_count && k == owner->field_count;
        }
        if (cls->fields[i].name != owner->fields[k].name) { return 0; }
    }
}

static Found find_generated(const cb_class *cls, int which, uint8_t wanted) {
    PyObject *name = PyUnicode_InternFromString(generated[which].ml_name);
    if (name == NULL) { return OTHER; }
    PyObject *found = cb_type_lookup(cls->type, name),
             *plain = cb_type_lookup(&PyBaseObject_Type, name);
    Py_DECREF(name);
    if (found == plain) { return OBJECTS; }
    if (found == NULL || !Py_IS_TYPE(found, &PyMethodDescr_Type) ||
        ((PyMethodDescrObject *)found)->d_method != &generated[which]) {
        return OTHER;
    }
    const cb_class *owner = cb_class_of(PyDescr_TYPE(found));
    return owner != NULL && same_fields(cls, owner, wanted) ? OURS : OTHER;
}

static int has_generated_repr(const cb_class *cls) {
    PyObject *name = PyUnicode_InternFromString("__repr__");
    PyObject *found = name == NULL ? NULL : cb_type_lookup(cls->type, name);
    Py_XDECREF(name);
    if (found == NULL || !Py_IS_TYPE(found, cls->state->repr_type)) { return 0; }
    PyTypeObject *type = cb_repr_owner(found);
    if (type == NULL) { return !(cls->flags & CB_CLASS_DATACLASS); } /* Struct's */
    const cb_class *owner = cb_class_of(type);
    return owner != NULL && same_fields(cls, owner, CB_FIELD_REPR);
}

/* The slot has a function of cslots that no longer fits (the class was decorated since): let
 * CPython choose, as after any assignment. */
static int choose_slot(PyTypeObject *type, const char *text) {
    PyObject *name = PyUnicode_InternFromString(text), *dict = cb_type_dict(type);
    PyObject *own = name == NULL || dict == NULL ? NULL : PyDict_GetItemWithError(dict, name);
    PyObject *found = own != NULL || PyErr_Occurred() ? own : cb_type_lookup(type, name);
    int result = -1;
    if (found != NULL) {
        Py_INCREF(found);
        result = PyType_Type.tp_setattro((PyObject *)type, name, found);
        if (result == 0 && own == NULL) {
            result = PyType_Type.tp_setattro((PyObject *)type, name, NULL);
        }
        Py_DECREF(found);
    }
    Py_XDECREF(name);
    Py_XDECREF(dict);
    return result;
}

/* Does this wrapper, of `==` or an order, call our slot function? */
static int is_wrapper(PyObject *found) {
    return found != NULL && Py_IS_TYPE(found, &PyWrapperDescr_Type) &&
           ((PyWrapperDescrObject *)found)->d_wrapped == (void *)(uintptr_t)cb_struct_richcompare;
}

/* A Struct: all that compares is from Struct or object. CPython would not see it, since these two
 * have different functions. */
static int shortcut_of_struct(const cb_class *cls) {
    PyTypeObject *type = cls->type;
    static const char *const names[] = {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"};
    int all = 1;
    for (size_t i = 0; all && i < sizeof names / sizeof *names; i++) {
        PyObject *name = PyUnicode_InternFromString(names[i]);
        if (name == NULL) { return -1; }
        PyObject *found = cb_type_lookup(type, name);
        all = is_wrapper(found) || (i != 0 && found == cb_type_lookup(&PyBaseObject_Type, name));
        Py_DECREF(name);
    }
    if (all) { type->tp_richcompare = cb_struct_richcompare; }
    if (has_generated_repr(cls)) { type->tp_repr = cb_struct_repr; }
    return PyErr_Occurred() ? -1 : 0;
}

/* Struct itself has `==` alone: a class without order must not look as if it had one. A class with
 * order=True gets the other methods from here: name -> wrapper. NULL and an error. */
PyObject *cb_take_order(PyTypeObject *object_type) {
    PyObject *order = PyDict_New(), *dict = cb_type_dict(object_type);
    /* object's is the opposite of `==`, too */
    int result = order == NULL || dict == NULL ? -1 : PyDict_DelItemString(dict, "__ne__");
    for (int which = LT; result == 0 && which <= GE; which++) {
        PyObject *found = PyDict_GetItemString(dict, generated[which].ml_name);
        result = !is_wrapper(found) ||
                         PyDict_SetItemString(order, generated[which].ml_name, found) < 0 ||
                         PyDict_DelItemString(dict, generated[which].ml_name) < 0
                     ? -1
                     : 0;
    }
    Py_XDECREF(dict);
    PyType_Modified(object_type);
    if (result == 0) { return order; }
    if (!PyErr_Occurred()) {
        PyErr_SetString(PyExc_SystemError,
                        "cslots: the comparisons of Struct are not what they should be");
    }
    Py_XDECREF(order);
    return NULL;
}

/* Slots are CPython's, which look the methods up, unless those of cslots do the same. With these
 * the flags of the class say what there is; they may be those of a base. Called whenever the class
 * or its methods may be new. An assignment to the class or a base undoes it. */
int cb_methods_shortcut(cb_class *cls) {
    PyTypeObject *type = cls->type;
    if (!(cls->flags & CB_CLASS_DATACLASS)) { return shortcut_of_struct(cls); }
    Found eq = find_generated(cls, EQ, CB_FIELD_COMPARE),
          order = find_generated(cls, LT, CB_FIELD_COMPARE);
    for (int which = LE; which <= GE && order != OTHER; which++) {
        if (find_generated(cls, which, CB_FIELD_COMPARE) != order) { order = OTHER; }
    }
    PyObject *ne = PyUnicode_InternFromString("__ne__");
    int plain_ne = ne != NULL && cb_type_lookup(type, ne) == cb_type_lookup(&PyBaseObject_Type, ne);
    Py_XDECREF(ne);
    if (PyErr_Occurred()) { return -1; }
    if (plain_ne && eq == OURS && order != OTHER) {
        cls->flags = (cls->flags & ~(uint32_t)CB_CLASS_ORDER) | CB_CLASS_EQ |
                     (order == OURS ? CB_CLASS_ORDER : 0);
        type->tp_richcompare = cb_struct_richcompare;
    } else if (type->tp_richcompare == cb_struct_richcompare && choose_slot(type, "__eq__") < 0) {
        return -1;
    }
    if (find_generated(cls, HASH, CB_FIELD_HASH) == OURS) {
        cls->flags |= CB_CLASS_HASH_VALUE;
        type->tp_hash = cb_struct_hash;
    } else if (type->tp_hash == cb_struct_hash && choose_slot(type, "__hash__") < 0) {
        return -1;
    }
    if (has_generated_repr(cls)) {
        cls->flags |= CB_CLASS_REPR;
        type->tp_repr = cb_struct_repr;
    } else if (type->tp_repr == cb_struct_repr && choose_slot(type, "__repr__") < 0) {
        return -1;
    }
    return PyErr_Occurred() ? -1 : 0;
}
