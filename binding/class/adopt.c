/* class/adopt.c: the decorator. A class that exists becomes a packed one, and stays the same
 * object.
 *
 *   @dataclass                        before                      after
 *   class C: x: int                   type: type                  type: StructMeta
 *                                     objects with a __dict__     objects laid out by class/build.c
 *                                     dict: x = 1, methods        dict: descriptors, methods,
 *                                                                 generated methods
 *
 * There is no second class: `super()`, `__class__`, closures, registries and `__subclasses__()` of
 * the bases keep what they have, and `__init_subclass__` and `__set_name__` have run already, once.
 *
 * What makes it sound
 *   - No object of the class exists: class/objects_of.c says how that is known.
 *   - No subclass exists.
 *   - From that count on no object can be made until the class is finished: tp_alloc is that of
 *     cslots, and refuses.
 *   - Type objects of `type` end in room for one PyMemberDef, the sentinel of an array that classes
 *     without `__slots__` do not have. It holds what a StructMeta class has beyond a plain one.
 *     Descriptors of `__slots__` in the body are pointed to other definitions first.
 *   - The member definitions that a subclass of a decorated class got from its class statement are
 *     kept while the class lives, since a descriptor that points to one may still be held. They fit
 *     no object any more.
 *
 * Where one of these is not so, the class is refused.
 */
#include "class/adopt.h"
#include "class/build.h"
#include "class/calls.h"
#include "class/methods.h"
#include "class/objects_of.h"
#include "model/plan.h"
#include "object/construct.h"
#include "object/members.h"
#include "runtime/package.h"

/* ---- the change of metatype ---- */

/* The names of `__slots__` in the class body, as the descriptors say: a list, or NULL and an
 * error. */
static PyObject *names_of_members(PyTypeObject *type, PyObject *dict) {
    PyObject *names = PyList_New(0), *key, *value;
    Py_ssize_t position = 0;
    while (names != NULL && PyDict_Next(dict, &position, &key, &value)) {
        if (!Py_IS_TYPE(value, &PyMemberDescr_Type) || PyDescr_TYPE(value) != type) { continue; }
        if (PyList_Append(names, key) < 0) { Py_CLEAR(names); }
    }
    if (names != NULL && PyList_GET_SIZE(names) != Py_SIZE(type)) {
        PyErr_Format(
            PyExc_TypeError,
            "%s: a descriptor of its __slots__ is missing; decorate the class as it was written",
            type->tp_name);
        Py_CLEAR(names);
    }
    return names;
}

/* These descriptors point to definitions at the end of the type object, where the cb_class will be.
 * Those that are still held become descriptors of cslots, which find the field through the class of
 * the object. For a bound `__get__` taken before, the definition is one that fits no object.
 * class/build.c makes descriptors anew. */
static void detach_members(cb_state *state, PyObject *dict, PyObject *names) {
    static PyMemberDef nothing = {"", 255, 0, Py_READONLY, NULL};
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i),
                 *descriptor = PyDict_GetItemWithError(dict, name);
        if (descriptor == NULL) { continue; }
        ((PyMemberDescrObject *)descriptor)->d_member = &nothing;
        /* a static type is not owned */
        Py_SET_TYPE(descriptor, (PyTypeObject *)Py_NewRef((PyObject *)state->descriptor_type));
        if (PyDict_DelItem(dict, name) < 0) { PyErr_Clear(); }
    }
}

static int has_room(PyTypeObject *type) {
    PyTypeObject *meta = Py_TYPE(type);
    return meta->tp_basicsize == (Py_ssize_t)sizeof(PyHeapTypeObject) &&
           meta->tp_itemsize == (Py_ssize_t)sizeof(PyMemberDef) &&
           sizeof(cb_type) <= sizeof(PyHeapTypeObject) + sizeof(PyMemberDef) &&
           meta->tp_alloc == PyType_GenericAlloc;
}

static int refuse_subclasses(PyTypeObject *type, const cb_names *n) {
    PyObject *subclasses =
        PyObject_CallMethodObjArgs((PyObject *)&PyType_Type, n->__subclasses__, type, NULL);
    if (subclasses == NULL) { return -1; }
    int result = 0;
    if (PyList_GET_SIZE(subclasses) > 0) {
        PyTypeObject *first = (PyTypeObject *)PyList_GET_ITEM(subclasses, 0);
        PyErr_Format(
            PyExc_TypeError,
            "%s: class %s derives from it already; decorate a class before others derive from it",
            type->tp_name, first->tp_name);
        result = -1;
    }
    Py_DECREF(subclasses);
    return result;
}

static int refuse_objects(const cb_state *state, PyTypeObject *type, PyObject *dict) {
    int found = cb_may_have_objects(state, type, dict);
    if (found > 0) {
        PyErr_Format(PyExc_TypeError,
                     "%s: objects of it exist already (or may exist); decorate the class where it "
                     "is defined",
                     type->tp_name);
    }
    return found == 0 ? 0 : -1;
}

/* C works with the class further up, and is about to make or read an object of its layout: the
 * count below cannot see that. */
static int refuse_held(const cb_class *cls) {
    if (cls == NULL || cls->held == 0) { return 0; }
    PyErr_Format(
        PyExc_TypeError,
        "%s: is in use by a call that has not ended; decorate the class where it is defined",
        cls->type->tp_name);
    return -1;
}

/* From here on the class can make no objects until it is finished. Runs no Python code after the
 * count. */
static int take_over(cb_state *state, PyTypeObject *type, PyObject *dict) {
    /* It may be a subclass of a decorated class, and have a layout already. */
    if (PyObject_TypeCheck((PyObject *)type, state->meta_type)) {
        cb_class *old = cb_class_of(type);
        if (refuse_objects(state, type, dict) < 0 || refuse_held(old) < 0) { return -1; }
        cb_members_retire(old); /* see class/multiple.c */
        cb_class_retire(old);
        ((cb_type *)type)->cls = NULL;
    } else {
        PyTypeObject *meta = Py_TYPE(type);
        if (!PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) ||
            !PyType_IsSubtype(state->meta_type, meta) || !has_room(type)) {
            PyErr_Format(PyExc_TypeError,
                         "%s: its metaclass %s makes types that cslots cannot take over",
                         type->tp_name, meta->tp_name);
            return -1;
        }
        PyObject *members = names_of_members(type, dict);
        if (members == NULL || refuse_objects(state, type, dict) < 0) {
            Py_XDECREF(members);
            return -1;
        }
        detach_members(state, dict, members);
        Py_DECREF(members);
        Py_SET_SIZE(type, 0);
        cb_type *made = (cb_type *)type;
        made->cls = NULL;
        made->retired = NULL;
        made->failed = 0;
        /* Else objects could be moved to a class with slots of the same names. */
        Py_CLEAR(made->heap.ht_slots);
        Py_SET_TYPE(type, (PyTypeObject *)Py_NewRef((PyObject *)state->meta_type));
        /* An object owns a reference to its type only if that is a heap type. */
        if (PyType_HasFeature(meta, Py_TPFLAGS_HEAPTYPE)) { Py_DECREF(meta); }
    }
    cb_class_close(type);
    PyType_Modified(type);
    return 0;
}

/* ---- the class dict ---- */

static int change_dict(PyTypeObject *type, PyObject *dict, PyObject *plan, const cb_names *n) {
    PyObject *remove = PyObject_GetAttr(plan, n->remove),
             *set = PyObject_GetAttr(plan, n->namespace);
    int result = remove == NULL || set == NULL ? -1 : 0;
    if (result == 0 && (!PyTuple_Check(remove) || !PyDict_Check(set))) {
        PyErr_SetString(PyExc_SystemError,
                        "cslots: a plan needs a tuple of names to remove and a namespace");
        result = -1;
    }
    for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(remove); i++) {
        PyObject *name = PyTuple_GET_ITEM(remove, i);
        result = PyDict_Contains(dict, name);
        if (result > 0) { result = PyDict_DelItem(dict, name); }
    }
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (result == 0 && PyDict_Next(set, &position, &key, &value)) {
        /* Those that are slots of the type are told to it. */
        int is_method = PyFunction_Check(value) || PyUnicode_Compare(key, n->__hash__) == 0;
        result = is_method ? PyType_Type.tp_setattro((PyObject *)type, key, value)
                           : PyDict_SetItem(dict, key, value);
    }
    Py_XDECREF(remove);
    Py_XDECREF(set);
    return result;
}

static int install_init(cb_state *state, PyTypeObject *type, PyObject *dict, PyObject *install) {
    int wanted = PySequence_Contains(install, state->names.__init__);
    if (wanted <= 0) { return wanted; }
    PyObject *init = cb_init_new(state, type);
    int result = init == NULL ? -1 : PyDict_SetItem(dict, state->names.__init__, init);
    Py_XDECREF(init);
    return result;
}

/* ---- adopting ---- */

static void choose_metatype(cb_state *state, PyTypeObject *type) {
    const cb_class *cls = cb_class_of(type);
    int wanted = 0;
    for (uint32_t i = 0; i < cls->field_count; i++) {
        wanted |= cs_kind_is_pointer((cs_kind)cls->fields[i].kind) &&
                  cls->fields[i].default_value != NULL;
    }
    if (wanted && Py_TYPE(type) == state->meta_type) {
        Py_SET_TYPE(type, (PyTypeObject *)Py_NewRef((PyObject *)state->dataclass_meta));
        Py_DECREF(state->meta_type);
    }
}

static int adopt(cb_state *state, PyTypeObject *type, PyObject *plan) {
    const cb_names *n = &state->names;
    PyObject *dict = cb_type_dict(type), *install = PyObject_GetAttr(plan, n->install);
    int result = -1;
    if (install != NULL && !PyTuple_Check(install)) {
        PyErr_SetString(PyExc_SystemError, "cslots: a plan needs a tuple of methods to install");
        goto done;
    }
    if (dict == NULL || install == NULL || refuse_subclasses(type, n) < 0 ||
        take_over(state, type, dict) < 0) {
        goto done;
    }
    if (change_dict(type, dict, plan, n) == 0 && install_init(state, type, dict, install) == 0 &&
        cb_class_finish(state, type, plan) != NULL &&
        cb_methods_install(cb_class_of(type), install) == 0 &&
        cb_class_open(cb_class_of(type)) == 0) {
        choose_metatype(state, type);
        result = 0;
    } else {
        ((cb_type *)type)->failed = 1;
    }
    PyType_Modified(type);
done:
    Py_XDECREF(dict);
    Py_XDECREF(install);
    return result;
}

static const char planner[] = "cslots._plan.dataclass";

/* A class of cslots that is being made, by its class statement or by this decorator, or that could
 * not be made. */
static int refuse_unfinished(const cb_state *state, PyObject *object) {
    if (!PyObject_TypeCheck(object, state->meta_type)) { return 0; }
    const cb_type *type = (cb_type *)object;
    if (type->failed) {
        PyErr_Format(PyExc_TypeError, "%s: could not be finished before; write the class anew",
                     ((PyTypeObject *)object)->tp_name);
        return -1;
    }
    if (type->cls != NULL && !(type->cls->flags & CB_CLASS_UNFINISHED)) { return 0; }
    PyErr_Format(PyExc_TypeError,
                 "%s: is not finished; decorate it when its class statement has ended",
                 ((PyTypeObject *)object)->tp_name);
    return -1;
}

static PyObject *decorate(cb_state *state, PyObject *type, PyObject *options) {
    if (cb_import_plan(state) == NULL || refuse_unfinished(state, type) < 0) { return NULL; }
    const PyTypeObject *meta = Py_TYPE(type);
    const cb_class *before =
        PyObject_TypeCheck(type, state->meta_type) ? cb_class_of((PyTypeObject *)type) : NULL;
    PyObject *plan = cb_package_call(planner, "plan_decorated", type, options, NULL);
    if (plan == NULL) { return NULL; }
    if (!PyType_Check(type)) { /* somebody else's planner */
        Py_DECREF(plan);
        return PyErr_Format(PyExc_TypeError, "dataclass() expects a class, got %R", type);
    }
    /* An annotation may run code that changes the class. */
    if (Py_TYPE(type) != meta || (before != NULL && cb_class_of((PyTypeObject *)type) != before)) {
        Py_DECREF(plan);
        return PyErr_Format(
            PyExc_TypeError,
            "%s: was decorated while its annotations were looked at; decorate it once",
            ((PyTypeObject *)type)->tp_name);
    }
    if (Py_IsNone(plan)) { /* a base whose layout is made in C */
        Py_DECREF(plan);
        return cb_package_call("cslots._plan.unpacked", "decorate_unpacked", type, options, NULL);
    }
    int is_abc = cb_type_lookup((PyTypeObject *)type, state->names._abc_impl) != NULL;
    int result = adopt(state, (PyTypeObject *)type, plan);
    Py_DECREF(plan);
    if (result == 0 && is_abc) {
        cb_class_of((PyTypeObject *)type)->flags |= CB_CLASS_ABC;
        PyObject *updated = cb_package_call("abc", "update_abstractmethods", type, NULL);
        result = updated == NULL ? -1 : 0;
        Py_XDECREF(updated);
    }
    return result < 0 ? NULL : Py_NewRef(type);
}

/* ---- what `dataclass(...)` gives: a callable that takes the class ---- */

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *options;
} Decorator;

static PyObject *decorator_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf,
                                      PyObject *kwnames) {
    cb_state *state = PyType_GetModuleState(Py_TYPE(self));
    if (PyVectorcall_NARGS(nargsf) != 1 || kwnames != NULL) {
        return PyErr_Format(PyExc_TypeError, "dataclass(...) decorates one class");
    }
    return state == NULL ? NULL : decorate(state, args[0], ((Decorator *)self)->options);
}

static int decorator_traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((Decorator *)self)->options);
    return 0;
}

static int decorator_clear(PyObject *self) {
    Py_CLEAR(((Decorator *)self)->options);
    return 0;
}

static void decorator_dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    decorator_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMemberDef decorator_members[] = {
    {"__vectorcalloffset__", Py_T_PYSSIZET, offsetof(Decorator, vectorcall), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot decorator_slots[] = {
    {Py_tp_doc, "The decorator with its options; call it with a class."},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_members, decorator_members},
    {Py_tp_traverse, decorator_traverse},
    {Py_tp_clear, decorator_clear},
    {Py_tp_dealloc, decorator_dealloc},
    {0, NULL},
};

PyType_Spec cb_decorator_spec = {
    .name = "cslots._core.Decorator",
    .basicsize = sizeof(Decorator),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
             Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = decorator_slots,
};

PyObject *cb_dataclass(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                       PyObject *kwnames) {
    cb_state *state = PyModule_GetState(module);
    if (nargs > 1) {
        return PyErr_Format(PyExc_TypeError,
                            "dataclass() takes at most 1 positional argument, got %zd", nargs);
    }
    PyObject *given = PyDict_New(), *options = NULL, *result = NULL;
    if (given == NULL) { return NULL; }
    for (Py_ssize_t i = 0; kwnames != NULL && i < PyTuple_GET_SIZE(kwnames); i++) {
        if (PyDict_SetItem(given, PyTuple_GET_ITEM(kwnames, i), args[nargs + i]) < 0) { goto done; }
    }
    options = cb_package_call(planner, "check_options", given, NULL);
    if (options == NULL) { goto done; }
    if (nargs == 1 && !Py_IsNone(args[0])) {
        result = decorate(state, args[0], options);
    } else {
        Decorator *self = (Decorator *)state->decorator_type->tp_alloc(state->decorator_type, 0);
        if (self != NULL) {
            self->vectorcall = decorator_vectorcall;
            self->options = Py_NewRef(options);
        }
        result = (PyObject *)self;
    }
done:
    Py_DECREF(given);
    Py_XDECREF(options);
    return result;
}
