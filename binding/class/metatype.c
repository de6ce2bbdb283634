/* class/metatype.c: StructMeta, the metatype: what a class statement does.
 *
 *   class User(Struct): ...
 *     StructMeta.__new__(name, bases, namespace, **keywords)
 *       1. cslots._plan.statement.plan(...)   annotations -> fields, options, a namespace for
 *                                             type.__new__
 *       2. type.__new__(namespace with a Finisher in front)
 *            the Finisher's __set_name__      runs before every other: the class becomes a finished
 *                                             Struct class (class/build.c)
 *            other __set_name__               see a finished class
 *            __init_subclass__                once, with a finished class
 *       3. abstract methods, if a base is an ABC
 *
 * StructMeta derives from the metatype of typing.Protocol (and so from ABCMeta). Otherwise a class
 * with an ABC or a Protocol among its bases would be a metaclass conflict. For classes without such
 * a base it takes over nothing of theirs: isinstance() is type's own.
 *
 * Invariant: a type whose metatype is StructMeta and that has no cb_class, or an unfinished one,
 * has no instances. Other code may have found it (a metatype's mro(), the subclasses of its bases,
 * the collector): what that code can do with it is docs/design/lifetime.md, rule 3. While
 * type.__new__ works, the type has CPython's own tp_free, which no class of cslots has, so that no
 * object of theirs is moved to it. From the finisher on see cb_class_close.
 */
#include "class/metatype.h"
#include "class/build.h"
#include "class/calls.h"
#include "class/multiple.h"
#include "model/errors.h"
#include "model/hold.h"
#include "model/plan.h"
#include "object/hooks.h"
#include "object/members.h"
#include "runtime/package.h"

/* ---- the finisher ---- */

typedef struct {
    PyObject_HEAD
    cb_state *state;
    PyObject *plan;
    PyObject *error; /* of cb_class_finish: type.__new__ would dress it up */
    cb_sizes *sizes; /* to be put back: see class/multiple.c */
    int *locked;     /* and to be unlocked */
    int done;
} Finisher;

static const char finisher_key[] = "\x01cslots"; /* no identifier */

/* The type is among the subclasses of its bases now: _plan.cycles.recheck says why that matters. */
static int recheck_plan(PyObject *plan, PyObject *type) {
    PyObject *result = cb_package_call("cslots._plan.cycles", "recheck", plan, type, NULL);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

static PyObject *finisher_set_name(PyObject *self, PyObject *const *args, Py_ssize_t nargs) {
    Finisher *finisher = (Finisher *)self;
    /* A metatype's mro() can find us in the dict of a class that type.__new__ has not got ready. */
    if (nargs != 2 || finisher->done || !PyObject_TypeCheck(args[0], finisher->state->meta_type) ||
        !PyType_HasFeature((PyTypeObject *)args[0], Py_TPFLAGS_READY) ||
        cb_class_of((PyTypeObject *)args[0]) != NULL || ((cb_type *)args[0])->failed ||
        !PyUnicode_Check(args[1]) || PyUnicode_CompareWithASCIIString(args[1], finisher_key) != 0) {
        PyErr_SetString(PyExc_RuntimeError, "cslots: a class is finished once, by its metatype");
        return NULL;
    }
    finisher->done = 1;
    PyTypeObject *type = (PyTypeObject *)args[0];
    cb_class_close(type);
    PyObject *dict = cb_type_dict(type);
    int removed = dict == NULL ? -1 : PyDict_DelItem(dict, args[1]);
    Py_XDECREF(dict);
    if (finisher->sizes != NULL) {
        cb_sizes_restore(finisher->sizes);
        cb_thread_lock_give_back(&finisher->state->types, finisher->locked);
    }
    if (removed == 0 && finisher->plan != NULL) { removed = recheck_plan(finisher->plan, args[0]); }
    cb_class *cls = removed < 0 ? NULL : cb_class_finish(finisher->state, type, finisher->plan);
    if (cls == NULL || cb_class_open(cls) < 0) {
        ((cb_type *)type)->failed = 1;
        finisher->error = cb_error_take();
        PyErr_SetString(PyExc_RuntimeError, "cslots: the class could not be finished");
        return NULL;
    }
    Py_RETURN_NONE;
}

static void finisher_dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    Py_XDECREF(((Finisher *)self)->plan);
    Py_XDECREF(((Finisher *)self)->error);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef finisher_methods[] = {
    {"__set_name__", (PyCFunction)(void (*)(void))finisher_set_name, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot finisher_slots[] = {
    {Py_tp_methods, finisher_methods},
    {Py_tp_dealloc, finisher_dealloc},
    {0, NULL},
};

PyType_Spec cb_finisher_spec = {
    .name = "cslots._core.Finisher",
    .basicsize = sizeof(Finisher),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = finisher_slots,
};

/* ---- __new__ ---- */

/* type.__new__ with the finisher in front. */
static PyObject *make_type(cb_state *state, PyTypeObject *meta, PyObject *name, PyObject *bases,
                           PyObject *namespace, PyObject *keywords, PyObject *plan) {
    PyObject *with_finisher = PyDict_New(), *args = NULL, *type = NULL;
    cb_sizes sizes = {0};
    int locked = 0;
    Finisher *finisher = (Finisher *)state->finisher_type->tp_alloc(state->finisher_type, 0);
    if (finisher == NULL || with_finisher == NULL) { goto done; }
    finisher->state = state;
    finisher->plan = Py_XNewRef(plan);
    finisher->sizes = &sizes;
    finisher->locked = &locked;
    if (PyDict_SetItemString(with_finisher, finisher_key, (PyObject *)finisher) < 0 ||
        PyDict_Update(with_finisher, namespace) < 0) {
        goto done;
    }
    args = PyTuple_Pack(3, name, bases, with_finisher);
    if (args == NULL) { goto done; }
    locked = cb_thread_lock_take(&state->types);
    if (!cb_has_parents(state, bases) || cb_layout_base(state, bases) != NULL ||
        cb_sizes_hide(state, meta, bases, with_finisher, &sizes) == 0) {
        /* The callbacks of the collector would find a type that can make objects. */
        if (CB_ALLOCATION_COLLECTS) { cb_sizes_pause_collector(&sizes); }
        type = PyType_Type.tp_new(meta, args, keywords);
    }
    cb_sizes_restore(&sizes);
    cb_thread_lock_give_back(&state->types, &locked);
    finisher->sizes = NULL; /* somebody may hold it */
    finisher->locked = NULL;
    finisher->done = 1;
    /* of a class that failed: its methods lead back to it, past the collector */
    Py_CLEAR(finisher->plan);
    if (type == NULL && finisher->error != NULL) {
        PyErr_Clear();
        cb_error_restore(finisher->error);
        finisher->error = NULL;
    }
done:
    Py_XDECREF(finisher);
    Py_XDECREF(with_finisher);
    Py_XDECREF(args);
    return type;
}

/* An ABC or a Protocol among the bases: one with the machinery of abc, whichever metatype it
 * has. */
static int has_abc_base(const cb_state *state, PyObject *bases) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyObject *base = PyTuple_GET_ITEM(bases, i);
        if (!PyType_Check(base)) { continue; }
        cb_class *cls =
            PyObject_TypeCheck(base, state->meta_type) ? cb_class_of((PyTypeObject *)base) : NULL;
        if (cls != NULL ? (cls->flags & CB_CLASS_ABC) != 0
                        : cb_type_lookup((PyTypeObject *)base, state->names._abc_impl) != NULL) {
            return 1;
        }
    }
    return 0;
}

/* `metaclass=ABCMeta` cannot be seen: StructMeta derives from it. An abstract method in the body
 * asks for the same. */
static int has_abstract_methods(PyObject *plan) {
    PyObject *abstract = PyObject_GetAttrString(plan, "abstract");
    if (abstract == NULL) { PyErr_Clear(); }
    Py_XDECREF(abstract);
    return abstract == Py_True;
}

/* The class gets the machinery of abc: -1 and an error. */
static int become_abc(cb_class *cls) {
    PyObject *done = PyObject_CallOneArg(cls->state->abc_init, (PyObject *)cls->type);
    Py_XDECREF(done);
    if (done == NULL) { return -1; }
    cls->flags |= CB_CLASS_ABC;
    return 0;
}

/* The most derived metatype of the bases. type.__new__ would look for it too, and then start all
 * over. */
static PyTypeObject *winner_of(PyTypeObject *meta, PyObject *bases) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyTypeObject *other = Py_TYPE(PyTuple_GET_ITEM(bases, i));
        if (other != meta && PyType_IsSubtype(other, meta)) { meta = other; }
    }
    return meta;
}

/* Is this the namespace of a class that comes out of a pickle by value (cslots/_travel.py)? -1:
 * error. */
static int comes_by_value(PyObject *namespace) {
    PyObject *bases = PyDict_GetItemString(namespace, "__orig_bases__");
    if (bases == NULL || !PyTuple_Check(bases) || PyTuple_GET_SIZE(bases) == 0) { return 0; }
    /* A library makes the class anew from its whole dict. */
    if (PyDict_GetItemString(namespace, "__cslots_late__") != NULL) { return 0; }
    PyObject *name = PyUnicode_FromString("cslots._travel"),
             *module = name == NULL ? NULL : PyImport_GetModule(name);
    PyObject *carrier = module == NULL ? NULL : PyObject_GetAttrString(module, "Carrier");
    const int found =
        carrier != NULL &&
        (PyObject *)Py_TYPE(PyTuple_GET_ITEM(bases, PyTuple_GET_SIZE(bases) - 1)) == carrier;
    Py_XDECREF(name);
    Py_XDECREF(module);
    Py_XDECREF(carrier);
    return PyErr_Occurred() ? -1 : found;
}

static PyObject *rebuild(PyTypeObject *meta, PyObject *args) {
    return cb_package_call("cslots._travel", "rebuilt", meta, PyTuple_GET_ITEM(args, 0),
                           PyTuple_GET_ITEM(args, 1), PyTuple_GET_ITEM(args, 2), NULL);
}

static PyObject *meta_new(PyTypeObject *meta, PyObject *args, PyObject *kwargs) {
    PyObject *name, *bases, *namespace;
    if (!PyArg_ParseTuple(args, "UO!O!:StructMeta.__new__", &name, &PyTuple_Type, &bases,
                          &PyDict_Type, &namespace)) {
        return NULL;
    }
    cb_state *state = cb_state_of_meta(meta);
    if (state == NULL) { return NULL; }
    const int by_value = comes_by_value(namespace);
    if (by_value != 0) { return by_value < 0 ? NULL : rebuild(meta, args); }
    PyTypeObject *winner = winner_of(meta, bases);
    if (winner != meta && winner->tp_new != meta->tp_new) {
        return winner->tp_new(winner, args, kwargs);
    }
    meta = winner;
    int derived = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyObject *base = PyTuple_GET_ITEM(bases, i);
        cb_class *parent = cb_class_check(state, base);
        if (parent == NULL && PyObject_TypeCheck(base, state->meta_type)) {
            return PyErr_Format(PyExc_TypeError,
                                "%U: its base %s is not finished; derive from it when its class "
                                "statement has ended",
                                name, ((PyTypeObject *)base)->tp_name);
        }
        derived |= parent != NULL;
        if (parent != NULL && !cb_class_keeps_values(parent)) {
            return PyErr_Format(
                PyExc_TypeError,
                "%U: a class cannot derive from that of a pool's rows; derive it from %s", name,
                parent->record->type->tp_name);
        }
    }
    if (!derived) {
        return PyErr_Format(PyExc_TypeError,
                            "%U: a class made by StructMeta must derive from cslots.Struct", name);
    }
    PyObject *planner = cb_import_plan(state), *options = NULL, *plan = NULL, *planned = NULL,
             *keywords = NULL, *type = NULL, *ordered = NULL;
    if (planner == NULL) { return NULL; }
    options = kwargs != NULL ? PyDict_Copy(kwargs) : PyDict_New();
    if (options == NULL) { goto done; }
    plan = PyObject_CallFunctionObjArgs(planner, name, bases, namespace, options, NULL);
    if (plan == NULL) { goto done; }
    planned = PyObject_GetAttr(plan, state->names.namespace);
    keywords = PyObject_GetAttr(plan, state->names.keywords);
    ordered = PyObject_GetAttr(plan, state->names.bases); /* Struct behind the mixins */
    if (planned == NULL || keywords == NULL || ordered == NULL || !PyDict_Check(planned) ||
        !PyDict_Check(keywords) || !PyTuple_Check(ordered)) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_SystemError,
                            "cslots: a plan needs a namespace, keywords and bases");
        }
        goto done;
    }
    type = make_type(state, meta, name, ordered, planned, keywords, plan);
    if (type != NULL && cb_class_of((PyTypeObject *)type) == NULL) {
        Py_CLEAR(type);
        PyErr_SetString(PyExc_SystemError, "cslots: type.__new__ did not finish the class");
    }
    if (type != NULL && (has_abc_base(state, bases) || has_abstract_methods(plan)) &&
        become_abc(cb_class_of((PyTypeObject *)type)) < 0) {
        Py_CLEAR(type);
    }
done:
    Py_XDECREF(options);
    Py_XDECREF(plan);
    Py_XDECREF(planned);
    Py_XDECREF(keywords);
    Py_XDECREF(ordered);
    return type;
}

/* all is done in __new__ */
static int meta_init(PyObject *self, PyObject *args, PyObject *kwargs) {
    (void)self;
    (void)args;
    (void)kwargs;
    return 0;
}

/* ---- attributes of the class ---- */

static int refresh(PyTypeObject *type) {
    cb_class *cls = cb_class_of(type);
    /* A class that is not finished is asked when it is. */
    if (cls == NULL || cls->flags & CB_CLASS_UNFINISHED || !cb_class_keeps_values(cls)) {
        return 0;
    }
    const uint32_t before = cls->flags;
    if (cb_class_choose_call(cls) < 0) { return -1; }
    if (~before & cls->flags & CB_CLASS_OWN_SETATTR) { cb_members_check(cls); }
    if (cls->row_type != NULL) {
        cb_class *row = cb_class_of(cls->row_type);
        row->access->refresh(row);
    }
    PyObject *subclasses = PyObject_CallMethodObjArgs((PyObject *)&PyType_Type,
                                                      cls->state->names.__subclasses__, type, NULL);
    if (subclasses == NULL) { return -1; }
    int result = 0;
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(subclasses); i++) {
        PyObject *sub = PyList_GET_ITEM(subclasses, i);
        if (PyObject_TypeCheck(sub, cls->state->meta_type)) {
            result = refresh((PyTypeObject *)sub);
        }
    }
    Py_DECREF(subclasses);
    PyType_Modified(type);
    return result;
}

/* An attribute of a class that derives from a dataclass, under the name of a field: kept beside the
 * descriptor. */
static int set_raw(cb_class *cls, PyObject *name, PyObject *value) {
    PyObject *raw = cls->plan == NULL ? NULL : PyObject_GetAttrString(cls->plan, "raw");
    int result = -1;
    if (raw != NULL && PyDict_Check(raw)) {
        result = value != NULL ? PyDict_SetItem(raw, name, value) : PyDict_DelItem(raw, name);
    }
    Py_XDECREF(raw);
    return result;
}

static int meta_setattro(PyObject *self, PyObject *name, PyObject *value) {
    PyTypeObject *type = (PyTypeObject *)self;
    cb_class *cls = cb_class_of(type);
    if (cls == NULL || !PyUnicode_Check(name)) {
        return PyType_Type.tp_setattro(self, name, value);
    }
    const cb_names *n = &cls->state->names;
    if (PyUnicode_Compare(name, n->__bases__) == 0) {
        PyErr_Format(PyExc_TypeError,
                     "%s.__bases__ cannot be changed: they decide how its objects are stored",
                     type->tp_name);
        return -1;
    }
    PyObject *dict = cb_type_dict(type),
             *before = dict == NULL ? NULL : PyDict_GetItemWithError(dict, name);
    int same = before != NULL && before == value;
    /* A generated method that pickle cannot name comes back from a pickle by value as that of
     * object. What the class has stays. */
    if (before != NULL && value != NULL && cb_is_generated(cls->state, before) &&
        value == cb_type_lookup(&PyBaseObject_Type, name)) {
        same |= PyDict_GetItemString(dict, "__cslots_late__") != NULL;
    }
    Py_XDECREF(dict);
    if (same || PyErr_Occurred()) { return same ? 0 : -1; }
    for (uint32_t i = 0; i < cls->field_count; i++) {
        if (!cls->fields[i].covered && PyUnicode_Compare(cls->fields[i].name, name) == 0) {
            const int beside =
                cls->flags & CB_CLASS_SUBCLASS && !(cls->fields[i].flags & CB_FIELD_HIDDEN);
            if (beside || cls->fields[i].backed) { return set_raw(cls, name, value); }
            PyErr_Format(PyExc_AttributeError,
                         "%s.%U is a field; its descriptor cannot be replaced", type->tp_name,
                         name);
            return -1;
        }
    }
    /* Another decorator sets one of these. */
    if (!(cls->flags & CB_CLASS_DATACLASS) &&
        (PyUnicode_CompareWithASCIIString(name, "__dataclass_params__") == 0 ||
         PyUnicode_CompareWithASCIIString(name, "__attrs_attrs__") == 0)) {
        PyErr_Format(PyExc_TypeError,
                     "%s: is a Struct already, and its fields are what its class statement says; "
                     "leave the decorator out",
                     type->tp_name);
        return -1;
    }
    if (PyType_Type.tp_setattro(self, name, value) < 0) { return -1; }
    PyObject *const calls[] = {n->__init__,       n->__new__,           n->__post_init__,
                               n->__getattr__,    n->__getattribute__,  n->__reduce__,
                               n->__reduce_ex__,  n->__getstate__,      n->__setstate__,
                               n->__getnewargs__, n->__getnewargs_ex__, n->__setattr__};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (PyUnicode_Compare(name, calls[i]) == 0) { return refresh(type); }
    }
    return 0;
}

/* That of the constructor, where nobody has put another one on the class or a base of it. */
static PyObject *meta_signature(PyObject *self, void *unused) {
    (void)unused;
    PyObject *name = PyUnicode_InternFromString("__signature__");
    PyObject *given = name == NULL ? NULL : Py_XNewRef(cb_type_lookup((PyTypeObject *)self, name));
    Py_XDECREF(name);
    if (given != NULL) {
        descrgetfunc get = Py_TYPE(given)->tp_descr_get;
        if (get != NULL) { Py_SETREF(given, get(given, NULL, self)); }
        return given;
    }
    if (PyErr_Occurred()) { return NULL; }
    return cb_package_call("cslots._functions", "signature_of", self, NULL);
}

/* `__slots__`: in a decorated class whose author did not ask for it, it is not in the dict. */
static PyObject *meta_slots_names(PyObject *self, void *unused) {
    (void)unused;
    PyObject *dict = cb_type_dict((PyTypeObject *)self);
    PyObject *own = dict == NULL ? NULL : Py_XNewRef(PyDict_GetItemString(dict, "__slots__"));
    Py_XDECREF(dict);
    if (own != NULL || PyErr_Occurred()) { return own; }
    return cb_package_call("cslots._plan.dataclass", "slots_of", self, NULL);
}

/* An attribute that the metatype computes is put into the dict of the class, or taken from it. */
static int set_own(PyObject *self, PyObject *value, void *name) {
    PyObject *dict = cb_type_dict((PyTypeObject *)self);
    if (dict == NULL) { return -1; }
    int result =
        value != NULL ? PyDict_SetItemString(dict, name, value) : PyDict_DelItemString(dict, name);
    Py_DECREF(dict);
    if (result < 0 && value == NULL && PyErr_ExceptionMatches(PyExc_KeyError)) {
        PyErr_Clear();
        PyErr_Format(PyExc_AttributeError, "%s.%s: is computed and cannot be deleted",
                     ((PyTypeObject *)self)->tp_name, (const char *)name);
    }
    PyType_Modified((PyTypeObject *)self);
    return result;
}

/* ---- isinstance, issubclass ---- */

static PyObject *check(PyObject *self, PyObject *other, int instance) {
    cb_class *cls = cb_class_of((PyTypeObject *)self);
    if (cls != NULL) { /* isinstance(other, type(self)) in a method that runs for a row */
        cls = cls->record;
        self = (PyObject *)cls->type;
    }
    if (instance && PyType_IsSubtype(Py_TYPE(other), (PyTypeObject *)self)) { Py_RETURN_TRUE; }
    if (cls != NULL && cls->flags & CB_CLASS_ABC) {
        return PyObject_CallFunctionObjArgs(instance ? cls->state->abc_instancecheck
                                                     : cls->state->abc_subclasscheck,
                                            self, other, NULL);
    }
    if (cls == NULL) { return PyBool_FromLong(!instance && self == other); } /* it is being made */
    const cb_names *n = &cls->state->names;
    return PyObject_CallMethodObjArgs((PyObject *)&PyType_Type,
                                      instance ? n->__instancecheck__ : n->__subclasscheck__, self,
                                      other, NULL);
}

static PyObject *meta_instancecheck(PyObject *self, PyObject *object) {
    return check(self, object, 1);
}
static PyObject *meta_subclasscheck(PyObject *self, PyObject *type) { return check(self, type, 0); }

/* ---- life ---- */

static int meta_traverse(PyObject *self, visitproc visit, void *arg) {
    cb_class *cls = cb_class_of((PyTypeObject *)self);
    Py_VISIT(Py_TYPE(self));
    if (cls != NULL) {
        int result = cb_class_traverse(cls, visit, arg);
        if (result != 0) { return result; }
    }
    return PyType_Type.tp_traverse(self, visit, arg);
}

static int meta_clear(PyObject *self) {
    cb_class *cls = cb_class_of((PyTypeObject *)self);
    if (cls != NULL && cls->held == 0) { cb_class_clear(cls); }
    return PyType_Type.tp_clear(self);
}

static void meta_dealloc(PyObject *self) {
    PyTypeObject *meta = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    cb_class *cls = cb_class_of((PyTypeObject *)self);
    ((cb_type *)self)->cls = NULL;
    cb_class_bury(cls);
    for (cb_class *old = ((cb_type *)self)->retired, *next; old != NULL; old = next) {
        next = old->retired;
        cb_class_free(old);
    }
    ((cb_type *)self)->retired = NULL;
    /* type's dealloc untracks it again, and insists on finding it tracked */
    PyObject_GC_Track(self);
    PyType_Type.tp_dealloc(self);
    Py_DECREF(meta);
}

/* Without the class of its pools' rows, which nobody wrote. */
static PyObject *meta_subclasses(PyObject *self, PyObject *unused) {
    (void)unused;
    const cb_class *cls = cb_class_of((PyTypeObject *)self);
    PyObject *list = PyObject_CallMethod((PyObject *)&PyType_Type, "__subclasses__", "O", self);
    if (cls == NULL || cls->row_type == NULL || list == NULL || !PyList_Check(list)) {
        return list;
    }
    for (Py_ssize_t i = PyList_GET_SIZE(list) - 1; i >= 0; i--) {
        if (PyList_GET_ITEM(list, i) == (PyObject *)cls->row_type &&
            PyList_SetSlice(list, i, i + 1, NULL) < 0) {
            Py_DECREF(list);
            return NULL;
        }
    }
    return list;
}

/* A class that is no ABC becomes one. */
static PyObject *meta_register(PyObject *self, PyObject *subclass) {
    cb_class *cls = cb_class_of((PyTypeObject *)self);
    if (cls == NULL || (!(cls->flags & CB_CLASS_ABC) && become_abc(cls) < 0)) {
        return cls == NULL ? cb_error_unfinished((PyTypeObject *)self) : NULL;
    }
    PyObject *method = PyObject_GetAttrString(cls->state->meta_base, "register"); /* of ABCMeta */
    PyObject *result =
        method == NULL ? NULL : PyObject_CallFunctionObjArgs(method, self, subclass, NULL);
    Py_XDECREF(method);
    return result;
}

static PyMethodDef meta_methods[] = {
    {"register", meta_register, METH_O,
     "Register a virtual subclass, as abc.ABCMeta.register does."},
    {"__subclasses__", meta_subclasses, METH_NOARGS, "The classes that derive from this one."},
    {"__instancecheck__", meta_instancecheck, METH_O, NULL},
    {"__subclasscheck__", meta_subclasscheck, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

/* `_abc_impl`, which ABCs have. cloudpickle asks for it in each class whose metatype derives from
 * ABCMeta. */
static PyObject *meta_abc(PyObject *self, void *unused) {
    (void)unused;
    PyTypeObject *type = (PyTypeObject *)self;
    cb_state *state = cb_state_of_meta(Py_TYPE(self));
    if (state == NULL) { return NULL; }
    PyObject *found = cb_type_lookup(type, state->names._abc_impl), *dict = cb_type_dict(type),
             *registry = NULL;
    if (found != NULL) {
        registry = Py_NewRef(found);
    } else if (dict != NULL && PyDict_GetItemString(dict, "__cslots_late__") != NULL) {
        registry = cb_package_call("cslots._travel", "registry", NULL);
    } else {
        PyErr_Format(PyExc_AttributeError, "type object '%s' has no attribute '_abc_impl'",
                     type->tp_name);
    }
    Py_XDECREF(dict);
    return registry;
}

static int meta_set_abc(PyObject *self, PyObject *value, void *unused) {
    (void)unused;
    cb_state *state = cb_state_of_meta(Py_TYPE(self));
    PyObject *dict = state == NULL ? NULL : cb_type_dict((PyTypeObject *)self);
    int result = dict == NULL    ? -1
                 : value != NULL ? PyDict_SetItem(dict, state->names._abc_impl, value)
                                 : PyDict_DelItem(dict, state->names._abc_impl);
    Py_XDECREF(dict);
    PyType_Modified((PyTypeObject *)self);
    return result;
}

static PyGetSetDef meta_getset[] = {
    {"__signature__", meta_signature, set_own,
     "inspect.Signature of the constructor, or what was assigned.", "__signature__"},
    {"__slots__", meta_slots_names, set_own, "The names of the fields that the class adds.",
     "__slots__"},
    {"_abc_impl", meta_abc, meta_set_abc, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef meta_members[] = {
    {"__vectorcalloffset__", Py_T_PYSSIZET, offsetof(PyTypeObject, tp_vectorcall), Py_READONLY,
     NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot meta_slots[] = {
    {Py_tp_doc, "The metatype of Struct classes."},
    {Py_tp_new, meta_new},
    {Py_tp_init, meta_init},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_setattro, meta_setattro},
    {Py_tp_methods, meta_methods},
    {Py_tp_getset, meta_getset},
    {Py_tp_members, meta_members},
    {Py_tp_traverse, meta_traverse},
    {Py_tp_clear, meta_clear},
    {Py_tp_dealloc, meta_dealloc},
    {0, NULL},
};

PyType_Spec cb_meta_spec = {
    .name = "cslots._core.StructMeta",
    .basicsize = sizeof(cb_type),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC |
             Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_TYPE_SUBCLASS,
    .slots = meta_slots,
};

/* ---- the metatype of dataclasses in which a reference has a default ---- */

static PyObject *dataclass_getattro(PyObject *self, PyObject *name) {
    cb_class *cls = cb_class_of((PyTypeObject *)self);
    const cb_field *field = cls == NULL || !PyUnicode_Check(name) ? NULL : cb_find_field(cls, name);
    if (field == NULL || field->covered || field->flags & CB_FIELD_HIDDEN) {
        return PyType_Type.tp_getattro(self, name);
    }
    return cb_class_attribute(cls, field);
}

static PyType_Slot dataclass_meta_slots[] = {
    {Py_tp_doc, "The metatype of dataclasses in which a reference has a default."},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_getattro, dataclass_getattro},
    {Py_tp_setattro, meta_setattro},
    {Py_tp_members, meta_members},
    {Py_tp_traverse, meta_traverse},
    {Py_tp_clear, meta_clear},
    {Py_tp_dealloc, meta_dealloc},
    {0, NULL},
};

PyType_Spec cb_dataclass_meta_spec = {
    .name = "cslots._core.DataclassMeta",
    .basicsize = sizeof(cb_type),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC |
             Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_TYPE_SUBCLASS,
    .slots = dataclass_meta_slots,
};

/* Struct itself: a class like every other, without a plan. */
int cb_struct_type_init(PyObject *module, cb_state *state) {
    PyObject *bases = PyTuple_Pack(1, state->object_type), *namespace = PyDict_New(),
             *empty = PyTuple_New(0);
    PyObject *name = PyUnicode_FromString("Struct"), *type = NULL;
    PyObject *doc = PyUnicode_FromString(
        "Base class of packed objects: annotate fields, and each instance is a C struct.\n\n"
        "    class User(Struct):\n"
        "        name: utf8\n"
        "        age: uint8 = 0\n\n"
        "Class options: frozen, eq, order, unsafe_hash, kw_only, repr, match_args, weakref, dict, "
        "gc.");
    PyObject *module_name = PyUnicode_FromString("cslots");
    /* of this one class: what derives from Struct is made by StructMeta */
    state->object_type->tp_flags |= Py_TPFLAGS_BASETYPE;
    if (bases != NULL && namespace != NULL && empty != NULL && name != NULL && doc != NULL &&
        module_name != NULL && PyDict_SetItem(namespace, state->names.__slots__, empty) == 0 &&
        PyDict_SetItemString(namespace, "__doc__", doc) == 0 &&
        PyDict_SetItem(namespace, state->names.__module__, module_name) == 0) {
        type = make_type(state, state->meta_type, name, bases, namespace, NULL, NULL);
    }
    state->object_type->tp_flags &= ~(unsigned long)Py_TPFLAGS_BASETYPE;
    Py_XDECREF(bases);
    Py_XDECREF(namespace);
    Py_XDECREF(empty);
    Py_XDECREF(name);
    Py_XDECREF(doc);
    Py_XDECREF(module_name);
    if (type == NULL) { return -1; }
    state->struct_type = (PyTypeObject *)type;
    return PyModule_AddObjectRef(module, "Struct", type);
}
