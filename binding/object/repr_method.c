/* object/repr_method.c: the generated `__repr__`, an object in the dict of a class.
 *
 *   A.__dict__["__repr__"]   GeneratedRepr: owner = A  shows the fields of A
 *   Object.__dict__[...]     GeneratedRepr: no owner   shows the fields of the class of each object
 *
 * repr() does not come here: the slot of the type has the C function (cb_methods_shortcut). This
 * is what a look for `__repr__` finds: super(), a call by name, and the printers that fold long
 * objects. pprint and rich fold an object if its class is a dataclass whose `__repr__` is
 * generated, and tell that by what dataclasses' function looks like:
 *
 *   pprint    o.__repr__.__wrapped__.__qualname__ has "__create_fn__" in it
 *   rich      o.__repr__.__code__.co_filename is that of dataclasses or reprlib
 *
 * So it looks like that here, too (cslots/_interop.py has the function that is shown).
 *
 * Ownership: it owns its class, which owns it: a cycle that the collector sees.
 */
#include "object/repr_method.h"
#include "object/compare.h"
#include "runtime/package.h"

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyTypeObject *owner; /* NULL: the class of each object */
} GeneratedRepr;

static PyObject *call(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames) {
    PyTypeObject *owner = ((GeneratedRepr *)callable)->owner;
    cb_state *state = PyType_GetModuleState(Py_TYPE(callable));
    Py_ssize_t count = PyVectorcall_NARGS(nargsf);
    if (state == NULL || count != 1 || (kwnames != NULL && PyTuple_GET_SIZE(kwnames) != 0)) {
        return PyErr_Format(PyExc_TypeError, "__repr__() takes the object alone, got %zd arguments",
                            count);
    }
    PyTypeObject *type = Py_TYPE(args[0]);
    cb_class *cls = cb_class_check(state, (PyObject *)type);
    cb_class *rules = owner == NULL ? cls : cb_class_check(state, (PyObject *)owner);
    if (cls == NULL || rules == NULL || !PyType_IsSubtype(type, rules->type)) {
        return PyErr_Format(PyExc_TypeError,
                            "descriptor '__repr__' for '%s' objects doesn't apply to a '%s' object",
                            owner == NULL ? "Struct" : owner->tp_name, type->tp_name);
    }
    return owner == NULL ? cb_struct_repr(args[0]) : cb_repr_in_base(rules, args[0]);
}

PyObject *cb_repr_new(cb_state *state, PyTypeObject *owner) {
    GeneratedRepr *self = (GeneratedRepr *)state->repr_type->tp_alloc(state->repr_type, 0);
    if (self == NULL) { return NULL; }
    self->vectorcall = call;
    self->owner = (PyTypeObject *)Py_XNewRef((PyObject *)owner);
    return (PyObject *)self;
}

PyTypeObject *cb_repr_owner(PyObject *method) { return ((GeneratedRepr *)method)->owner; }

/* ---- as an attribute ---- */

static PyObject *bind(PyObject *self, PyObject *object, PyObject *type) {
    (void)type;
    /* The attributes of the bound method are those of this one. */
    return object == NULL ? Py_NewRef(self) : PyMethod_New(self, object);
}

static PyObject *shown(const char *name) { return cb_package_call("cslots._interop", name, NULL); }

static PyObject *get_wrapped(PyObject *self, void *unused) {
    (void)self;
    (void)unused;
    return shown("generated_repr");
}

static PyObject *get_code(PyObject *self, void *unused) {
    (void)self;
    (void)unused;
    return shown("generated_code");
}

static PyObject *get_name(PyObject *self, void *unused) {
    (void)self;
    (void)unused;
    return PyUnicode_FromString("__repr__");
}

static PyObject *get_qualname(PyObject *self, void *unused) {
    (void)unused;
    PyTypeObject *owner = ((GeneratedRepr *)self)->owner;
    PyObject *class_name =
        owner == NULL ? PyUnicode_FromString("Object") : PyType_GetQualName(owner);
    PyObject *name = class_name == NULL ? NULL : PyUnicode_FromFormat("%U.__repr__", class_name);
    Py_XDECREF(class_name);
    return name;
}

static PyObject *get_objclass(PyObject *self, void *unused) {
    (void)unused;
    PyTypeObject *owner = ((GeneratedRepr *)self)->owner;
    if (owner != NULL) { return Py_NewRef((PyObject *)owner); }
    cb_state *state = PyType_GetModuleState(Py_TYPE(self));
    return state == NULL ? NULL : Py_NewRef((PyObject *)state->object_type);
}

static PyObject *show(PyObject *self) {
    PyTypeObject *owner = ((GeneratedRepr *)self)->owner;
    return PyUnicode_FromFormat("<generated __repr__ of '%s' objects>",
                                owner == NULL ? "Struct" : owner->tp_name);
}

/* ---- life ---- */

static int traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((GeneratedRepr *)self)->owner);
    return 0;
}

static int clear(PyObject *self) {
    Py_CLEAR(((GeneratedRepr *)self)->owner);
    return 0;
}

static void dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMemberDef members[] = {
    {"__vectorcalloffset__", Py_T_PYSSIZET, offsetof(GeneratedRepr, vectorcall), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef getset[] = {
    {"__name__", get_name, NULL, NULL, NULL},
    {"__qualname__", get_qualname, NULL, NULL, NULL},
    {"__objclass__", get_objclass, NULL, "The class whose fields it shows.", NULL},
    {"__wrapped__", get_wrapped, NULL,
     "What dataclasses' function has there, by which pprint knows it.", NULL},
    {"__code__", get_code, NULL, "What dataclasses' function has there, by which rich knows it.",
     NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyObject *reduce(PyObject *self, PyObject *unused) { /* as that of a method descriptor */
    (void)unused;
    PyTypeObject *owner = ((GeneratedRepr *)self)->owner;
    PyObject *builtins = PyEval_GetBuiltins(),
             *getattr = builtins == NULL ? NULL : PyDict_GetItemString(builtins, "getattr");
    if (owner == NULL || getattr == NULL) {
        return PyErr_Format(PyExc_TypeError, "cannot pickle this generated __repr__");
    }
    return Py_BuildValue("O(Os)", getattr, owner, "__repr__");
}

static PyMethodDef methods[] = {
    {"__reduce__", reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_methods, methods},
    {Py_tp_doc, "Return repr(self)."},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_descr_get, bind},
    {Py_tp_repr, show},
    {Py_tp_members, members},
    {Py_tp_getset, getset},
    {Py_tp_traverse, traverse},
    {Py_tp_clear, clear},
    {Py_tp_dealloc, dealloc},
    {0, NULL},
};

PyType_Spec cb_repr_spec = {
    .name = "cslots._core.GeneratedRepr",
    .basicsize = sizeof(GeneratedRepr),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
             Py_TPFLAGS_METHOD_DESCRIPTOR | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = slots,
};
