/* object/construct.c: the generated constructor: from values to an object.
 *
 *   call                    values, one a parameter          object
 *   User("ann", age=3) ---> [ "ann" | 3 | default ] -------> checked and packed,
 *      object/arguments.c                     object/build.c   then __post_init__
 *
 * Invariants
 *   - No code sees an object before all its fields are stored: it is tracked last. If a value is
 *     refused, the fields that were not stored yet are marked unset before the object dies, for a
 *     __del__ that looks.
 *   - The caller of a class owns it, so its fields live. But the decorator lays a class out anew.
 *     So code that runs user code before it makes an object holds the class (lifetime.md, rule 1),
 *     and the decorator refuses a class that is held. Code that works on an object that exists
 *     holds the class, too.
 *   - A class with its own __init__ or __new__ takes another door (cb_construct_own_init,
 *     cb_construct_own_new).
 */
#include "object/construct.h"
#include "model/errors.h"
#include "model/hold.h"
#include "object/arguments.h"
#include "object/blank.h"
#include "object/block.h"
#include "object/born.h"
#include "object/build.h"
#include "object/check.h"
#include "object/value.h"
#include "runtime/package.h"

/* ---- what else a constructor does ---- */

/* `self.name = value`, as in the __init__ of dataclasses: to what covers the field, or to the
 * class's own __setattr__. */
static int assign(cb_class *cls, const cb_field *field, PyObject *self, PyObject *value) {
    if (cls->flags & CB_CLASS_OWN_SETATTR) { return PyObject_SetAttr(self, field->name, value); }
    if (!field->covered) { return cb_store(cls, field, self, value); }
    return cls->flags & CB_CLASS_FROZEN ? PyObject_GenericSetAttr(self, field->name, value)
                                        : PyObject_SetAttr(self, field->name, value);
}

/* A field that is no parameter: its default, or unset. */
static int fill_other(cb_class *cls, const cb_field *field, PyObject *self, int fresh) {
    /* something on the class, which is found while there is no value */
    const int stands_in = field->backed || field->cached != NULL;
    if ((field->default_value == NULL || stands_in) && field->factory == NULL) {
        return fresh ? cb_mark_unset(cls, field, self) : 0;
    }
    PyObject *value = cb_field_default(field);
    const int by_name = field->covered && field->factory != NULL && !fresh;
    int result = value == NULL ? -1
                 : by_name     ? assign(cls, field, self, value)
                               : cb_store(cls, field, self, value);
    Py_XDECREF(value);
    return result;
}

/* Fill all of them. Those of a fresh object that are not reached have no value, for a __del__ that
 * looks. */
static int fill_others(cb_class *cls, PyObject *self, int fresh) {
    for (uint32_t i = 0; i < cls->field_count; i++) {
        if (cls->fields[i].flags & CB_FIELD_INIT ||
            fill_other(cls, &cls->fields[i], self, fresh) == 0) {
            continue;
        }
        PyObject *error = cb_error_take();
        for (; fresh && i < cls->field_count; i++) {
            if (!(cls->fields[i].flags & CB_FIELD_INIT) &&
                cb_mark_unset(cls, &cls->fields[i], self) < 0) {
                PyErr_Clear();
            }
        }
        cb_error_restore(error);
        return -1;
    }
    return 0;
}

/* Fields whose values a descriptor of the user's keeps: through that. */
static int assign_indirect(const cb_class *cls, PyObject *self, PyObject *const *values) {
    for (uint32_t i = 0; i < cls->param_count; i++) {
        if (!cls->params[i].assigned) { continue; }
        int result = cls->flags & CB_CLASS_FROZEN
                         ? PyObject_GenericSetAttr(self, cls->params[i].name, values[i])
                         : PyObject_SetAttr(self, cls->params[i].name, values[i]);
        if (result < 0) { return -1; }
    }
    return 0;
}

static int call_post_init(cb_class *cls, PyObject *self, PyObject *const *values);

/* Every value is assigned, in the order of the fields, as dataclasses' own __init__ does: in a
 * class with its own __setattr__, or with something else over a field of its base. */
static int assign_all(cb_class *cls, PyObject *self, PyObject *const *values) {
    for (uint32_t i = 0; i < cls->field_count; i++) {
        const cb_field *field = &cls->fields[i];
        int result = 0;
        if (field->flags & CB_FIELD_INIT) {
            const cs_ptrmap_slot *slot = cs_ptrmap_find(&cls->parameters, field->name);
            if (slot != NULL) { result = assign(cls, field, self, values[slot->value]); }
        } else if (field->factory != NULL) {
            PyObject *value = cb_field_default(field);
            result = value == NULL ? -1 : assign(cls, field, self, value);
            Py_XDECREF(value);
        } else if (field->default_value != NULL) {
            result = cb_store(cls, field, self, field->default_value);
        }
        if (result < 0) { return -1; }
    }
    return 0;
}

/* A frozen dataclass assigns with object.__setattr__ in its own __init__ and __post_init__, and for
 * references that checks nothing. So what they left is looked at in the end. */
static int check_references(cb_class *cls, PyObject *self) {
    const uint32_t frozen = CB_CLASS_DATACLASS | CB_CLASS_FROZEN;
    if ((cls->flags & (frozen | CB_CLASS_UNTYPED)) != frozen) { return 0; }
    for (uint32_t i = 0; i < cls->field_count; i++) {
        const cb_field *field = &cls->fields[i];
        if (!cs_kind_is_pointer((cs_kind)field->kind) || field->kind == CS_OBJECT ||
            cb_is_unset(cls, field, self)) {
            continue;
        }
        PyObject *value = Py_NewRef(*cb_pointer_at(self, field->offset));
        int result = cb_store(cls, field, self, value);
        Py_DECREF(value);
        if (result < 0) { return -1; }
    }
    return 0;
}

static PyObject *build_by_assignment(cb_class *cls, PyObject *const *values) {
    PyObject *self = cb_object_blank(cls);
    if (self == NULL) { return NULL; }
    cb_object_track(cls, self);
    if (assign_all(cls, self, values) < 0 ||
        (cls->flags & CB_CLASS_INDIRECT && assign_indirect(cls, self, values) < 0) ||
        (cls->post_init != NULL &&
         (call_post_init(cls, self, values) < 0 || check_references(cls, self) < 0))) {
        Py_CLEAR(self);
    }
    return self;
}

/* How many InitVars the class body has in front of this one: keywords stand there among the
 * others. */
static uint32_t initvars_before(const cb_class *cls, const cb_param *param) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < cls->param_count; i++) {
        const cb_param *other = &cls->params[i];
        count += other->field == NULL && !other->assigned && other->place < param->place;
    }
    return count;
}

static int call_post_init(cb_class *cls, PyObject *self, PyObject *const *values) {
    PyObject *few[CB_FEW_ARGUMENTS + 1], **stack = few;
    size_t count = 0;
    if (cls->param_count > CB_FEW_ARGUMENTS &&
        (stack = PyMem_Malloc((cls->param_count + 1) * sizeof *stack)) == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    stack[count++] = self;
    for (uint32_t i = 0; i < cls->param_count; i++) {
        const cb_param *param = &cls->params[i];
        if (param->field != NULL || param->assigned) { continue; }
        stack[1 + initvars_before(cls, param)] = values[i];
        count++;
    }
    PyObject *result = PyObject_VectorcallMethod(cls->post_init, stack, count, NULL);
    if (stack != few) { PyMem_Free(stack); }
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

static PyObject *build_at_once(cb_class *cls, PyObject *const *values) {
    PyObject *self = cb_build(cls, values);
    if (self == NULL) { return NULL; }
    if (!(cls->flags & CB_CLASS_SIMPLE) && fill_others(cls, self, 1) < 0) {
        Py_DECREF(self);
        return NULL;
    }
    cb_object_track(cls, self);
    if ((cls->flags & CB_CLASS_INDIRECT && assign_indirect(cls, self, values) < 0) ||
        (cls->post_init != NULL &&
         (call_post_init(cls, self, values) < 0 || check_references(cls, self) < 0))) {
        Py_CLEAR(self);
    }
    return self;
}

static int refuse_abstract(cb_class *cls) {
    if (!(cls->type->tp_flags & Py_TPFLAGS_IS_ABSTRACT)) { return 0; }
    Py_XDECREF(cb_struct_new(cls->type, NULL, NULL)); /* raises */
    return -1;
}

/* Any call that is not the plain one below. */
static CS_NOINLINE PyObject *construct_other(cb_class *cls, PyObject *const *args,
                                             Py_ssize_t positional, PyObject *kwnames) {
    if (refuse_abstract(cls) < 0) { return NULL; }
    cb_arguments a;
    if (cb_arguments_init(&a, cls) < 0) { return NULL; }
    PyObject *self = NULL;
    cb_class_hold(cls);
    if (cb_arguments_take(cls, &a, args, positional, kwnames) == 0) {
        /* Asked once: from here on user code may give the class a __setattr__, or take it away. */
        const uint32_t by_assignment = CB_CLASS_OWN_SETATTR | CB_CLASS_BY_NAME;
        self = cls->flags & by_assignment ? build_by_assignment(cls, a.values)
                                          : build_at_once(cls, a.values);
    }
    cb_arguments_clear(&a);
    cb_class_let_go(cls);
    return self;
}

/* A call site that was checked before, and that gives every parameter. */
static CS_NOINLINE PyObject *construct_known(cb_class *cls, PyObject *const *args,
                                             Py_ssize_t positional, const uint32_t *known) {
    PyObject *values[CB_FEW_ARGUMENTS];
    Py_ssize_t count = (Py_ssize_t)cls->param_count;
#ifdef __clang_analyzer__
    /* The compiler cannot know that `known` names all values that have no position. */
    for (int i = 0; i < CB_FEW_ARGUMENTS; i++) { values[i] = Py_None; }
#endif
    for (Py_ssize_t i = 0; i < positional; i++) { values[i] = args[i]; }
    for (Py_ssize_t i = positional; i < count; i++) { values[known[i - positional]] = args[i]; }
    PyObject *self = cb_build(cls, values);
    if (self != NULL) { cb_object_track(cls, self); }
    return self;
}

/* tp_vectorcall of classes with the generated constructor. */
PyObject *cb_construct(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames) {
    cb_class *cls = cb_class_of((PyTypeObject *)type);
    Py_ssize_t positional = PyVectorcall_NARGS(nargsf);
    if (cls->flags & CB_CLASS_SIMPLE &&
        !(((PyTypeObject *)type)->tp_flags & Py_TPFLAGS_IS_ABSTRACT)) {
        if (kwnames == NULL && positional == (Py_ssize_t)cls->positional_count &&
            cls->positional_count == cls->param_count) {
            PyObject *self = cb_build(cls, args);
            if (self != NULL) { cb_object_track(cls, self); }
            return self;
        }
        if (kwnames != NULL && cls->param_count <= CB_FEW_ARGUMENTS &&
            positional + PyTuple_GET_SIZE(kwnames) == (Py_ssize_t)cls->param_count) {
            const uint32_t *known = cb_kwcall_find(cls, kwnames, positional);
            if (known != NULL) { return construct_known(cls, args, positional, known); }
        }
    }
    return construct_other(cls, args, positional, kwnames);
}

PyObject *cb_construct_unfinished(PyObject *type, PyObject *const *args, size_t nargsf,
                                  PyObject *kwnames) {
    (void)args;
    (void)nargsf;
    (void)kwnames;
    return cb_error_no_objects_yet((PyTypeObject *)type);
}

/* tp_vectorcall of classes whose __init__ is the user's: defaults, then that. */
PyObject *cb_construct_own_init(PyObject *type, PyObject *const *args, size_t nargsf,
                                PyObject *kwnames) {
    PyTypeObject *tp = (PyTypeObject *)type;
    cb_class *cls = cb_class_of(tp);
    Py_ssize_t positional = PyVectorcall_NARGS(nargsf),
               keywords = kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames);
    PyObject *self = cb_struct_new(tp, NULL, NULL);
    if (self == NULL) { return NULL; }
    PyObject *few[CB_FEW_ARGUMENTS], **stack = few;
    if (positional + keywords + 1 > CB_FEW_ARGUMENTS &&
        (stack = PyMem_Malloc((size_t)(positional + keywords + 1) * sizeof *stack)) == NULL) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    stack[0] = self;
    if (positional + keywords > 0) {
        memcpy(stack + 1, args, (size_t)(positional + keywords) * sizeof *stack);
    }
    PyObject *result = PyObject_VectorcallMethod(cls->state->names.__init__, stack,
                                                 (size_t)positional + 1, kwnames);
    if (stack != few) { PyMem_Free(stack); }
    if (result != NULL && !Py_IsNone(result)) {
        PyErr_Format(PyExc_TypeError, "__init__() should return None, not '%.200s'",
                     Py_TYPE(result)->tp_name);
        Py_CLEAR(result);
    }
    if (result == NULL) {
        Py_DECREF(self);
        return NULL;
    }
    Py_DECREF(result);
    if (cls->text.count != 0 && Py_IS_TYPE(self, tp)) { cb_object_settle_texts(cls, self); }
    if (check_references(cls, self) < 0) { Py_CLEAR(self); }
    return self;
}

/* tp_vectorcall of classes whose __new__ is the user's: what type.__call__ does. */
PyObject *cb_construct_own_new(PyObject *type, PyObject *const *args, size_t nargsf,
                               PyObject *kwnames) {
    Py_ssize_t positional = PyVectorcall_NARGS(nargsf);
    PyObject *tuple = PyTuple_New(positional), *kwargs = NULL, *result = NULL;
    if (tuple == NULL) { return NULL; }
    for (Py_ssize_t i = 0; i < positional; i++) { PyTuple_SET_ITEM(tuple, i, Py_NewRef(args[i])); }
    if (kwnames != NULL) {
        kwargs = PyDict_New();
        for (Py_ssize_t i = 0; kwargs != NULL && i < PyTuple_GET_SIZE(kwnames); i++) {
            if (PyDict_SetItem(kwargs, PyTuple_GET_ITEM(kwnames, i), args[positional + i]) < 0) {
                Py_CLEAR(kwargs);
            }
        }
        if (kwargs == NULL) { goto done; }
    }
    result = PyType_Type.tp_call(type, tuple, kwargs);
    const int ours = result != NULL && Py_IS_TYPE(result, (PyTypeObject *)type) &&
                     cb_class_of((PyTypeObject *)type)->text.count != 0;
    if (ours) { cb_object_settle_texts(cb_class_of((PyTypeObject *)type), result); }
done:
    Py_DECREF(tuple);
    Py_XDECREF(kwargs);
    return result;
}

/* `Cls.__new__(Cls, 1, 2)`, which is what a pickle of a named tuple calls: the values of the
 * fields, in the order of the constructor. Nothing that the constructor calls is called. */
PyObject *cb_construct_values(cb_class *cls, PyObject *values) {
    cb_arguments a;
    if (cb_arguments_init(&a, cls) < 0) { return NULL; }
    cb_class_hold(cls);
    int known =
        cb_arguments_take(cls, &a, &PyTuple_GET_ITEM(values, 0), PyTuple_GET_SIZE(values), NULL);
    PyObject *self = known < 0 ? NULL : cb_build(cls, a.values);
    if (self != NULL && fill_others(cls, self, 1) < 0) { Py_CLEAR(self); }
    if (self != NULL) { cb_object_track(cls, self); }
    cb_arguments_clear(&a);
    cb_class_let_go(cls);
    return self;
}

PyObject *cb_struct_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    cb_class *cls =
        PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) && cb_struct_alloc == type->tp_alloc
            ? cb_class_of(type)
            : NULL;
    if (cls == NULL) {
        return PyErr_Format(PyExc_TypeError,
                            "%s cannot be instantiated: its class was not made by cslots (derive "
                            "it from cslots.Struct)",
                            type->tp_name);
    }
    if (cls->flags & CB_CLASS_UNFINISHED) { return cb_error_no_objects_yet(type); }
    if (type->tp_flags & Py_TPFLAGS_IS_ABSTRACT) { /* object.__new__ has the words for it */
        PyObject *empty = PyTuple_New(0);
        PyObject *never = empty == NULL ? NULL : PyBaseObject_Type.tp_new(type, empty, NULL);
        Py_XDECREF(empty);
        Py_XDECREF(never);
        return NULL;
    }
    cb_class_made(cls);
    const int by_position = args != NULL && PyTuple_GET_SIZE(args) > 0 &&
                            (kwargs == NULL || PyDict_GET_SIZE(kwargs) == 0);
    if (by_position && !(cls->flags & (CB_CLASS_OWN_INIT | CB_CLASS_OWN_NEW))) {
        return cb_construct_values(cls, args);
    }
    cb_class_hold(cls); /* nobody sees the object while factories run: the class stays as it is */
    PyObject *self = cb_object_blank_before_init(cls);
    if (self != NULL && cb_object_apply_defaults(self) < 0) { Py_CLEAR(self); }
    if (self != NULL) { cb_object_track(cls, self); }
    cb_class_let_go(cls);
    return self;
}

/* ---- __init__ on an object that exists ---- */

static int init_as(cb_class *declared, PyObject *self, PyObject *const *args, Py_ssize_t positional,
                   PyObject *kwnames) {
    cb_arguments a;
    if (cb_arguments_init(&a, declared) < 0) { return -1; }
    cb_class_hold(declared); /* its defaults are borrowed */
    int result = cb_arguments_take(declared, &a, args, positional, kwnames);
    /* after the factories: they may give the object another class */
    cb_class *cls = cb_class_of_object(self);
    cb_class_hold(cls);
    if (result == 0 && declared == cls && cls->flags & (CB_CLASS_OWN_SETATTR | CB_CLASS_BY_NAME)) {
        result = assign_all(cls, self, a.values);
        goto stored;
    }
    for (uint32_t i = 0; result == 0 && i < declared->param_count; i++) {
        const cb_field *field = declared->params[i].field;
        if (field == NULL) { continue; }
        const cs_ptrmap_slot *slot = cs_ptrmap_find(&cls->names, field->name);
        const cb_field *mine = slot == NULL ? NULL : (const cb_field *)slot->value;
        if (mine != NULL) {
            result = mine->covered ? assign(cls, mine, self, a.values[i])
                                   : cb_store(cls, mine, self, a.values[i]);
        }
    }
    if (result == 0 && declared == cls) { result = fill_others(cls, self, 0); }
stored:
    if (result == 0 && declared->flags & CB_CLASS_INDIRECT) {
        result = assign_indirect(declared, self, a.values);
    }
    if (result == 0 && declared->post_init != NULL) {
        result = call_post_init(declared, self, a.values);
    }
    cb_object_consistent(self);
    cb_arguments_clear(&a);
    cb_class_let_go(cls);
    cb_class_let_go(declared);
    return result;
}

/* tp_init of classes with the generated constructor; reached through type.__call__ when __new__ is
 * the class's own. */
int cb_struct_init(PyObject *self, PyObject *args, PyObject *kwargs) {
    cb_class *cls = cb_class_of_object(self);
    PyObject *init = Py_XNewRef(cb_type_lookup(cls->type, cls->state->names.__init__));
    if (init == NULL) { return 0; }
    PyObject *bound = PyMethod_New(init, self);
    Py_DECREF(init);
    PyObject *result = bound == NULL ? NULL : PyObject_Call(bound, args, kwargs);
    Py_XDECREF(bound);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyTypeObject *owner;
} Init;

int cb_own_may_init(PyTypeObject *owner, PyObject *self) {
    (void)owner;
    const uint32_t flags = cb_class_of_object(self)->flags;
    if ((flags & (CB_CLASS_FROZEN | CB_CLASS_DATACLASS)) == CB_CLASS_FROZEN &&
        !(flags & (CB_CLASS_OWN_INIT | CB_CLASS_OWN_NEW))) {
        PyErr_Format(PyExc_AttributeError,
                     "%s is frozen; cannot initialise it again (use cslots.replace)",
                     Py_TYPE(self)->tp_name);
        return -1;
    }
    return 0;
}

static PyObject *init_vectorcall(PyObject *callable, PyObject *const *args, size_t nargsf,
                                 PyObject *kwnames) {
    PyTypeObject *owner = ((Init *)callable)->owner;
    Py_ssize_t positional = PyVectorcall_NARGS(nargsf);
    if (owner == NULL || positional < 1 || !PyObject_TypeCheck(args[0], owner)) {
        return PyErr_Format(PyExc_TypeError,
                            "%s.__init__() needs a '%s' object as its first argument",
                            owner ? owner->tp_name : "?", owner ? owner->tp_name : "?");
    }
    cb_class *cls = cb_class_of(owner);
    if (cb_class_of_object(args[0])->access->may_init(owner, args[0]) < 0) { return NULL; }
    if (refuse_abstract(cls) < 0 || init_as(cls, args[0], args + 1, positional - 1, kwnames) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

PyObject *cb_init_new(cb_state *state, PyTypeObject *owner) {
    Init *self = (Init *)state->init_type->tp_alloc(state->init_type, 0);
    if (self == NULL) { return NULL; }
    self->vectorcall = init_vectorcall;
    self->owner = (PyTypeObject *)Py_NewRef(owner);
    return (PyObject *)self;
}

static PyObject *init_get(PyObject *self, PyObject *object, PyObject *type) {
    (void)type;
    return object == NULL ? Py_NewRef(self) : PyMethod_New(self, object);
}

static PyObject *init_repr(PyObject *self) {
    PyTypeObject *owner = ((Init *)self)->owner;
    return PyUnicode_FromFormat("<generated __init__ of '%s'>", owner ? owner->tp_name : "?");
}

static int init_traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((Init *)self)->owner);
    return 0;
}

static int init_clear(PyObject *self) {
    Py_CLEAR(((Init *)self)->owner);
    return 0;
}

static void init_dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    init_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

/* What inspect and typing ask of a function: the package makes it up from the fields. */
static PyObject *init_describe(PyObject *self, void *name) {
    PyTypeObject *owner = ((Init *)self)->owner;
    if (owner == NULL) { Py_RETURN_NONE; }
    PyObject *text = PyUnicode_FromString(name);
    PyObject *result =
        text == NULL ? NULL
                     : cb_package_call("cslots._functions", "describe_init", owner, text, NULL);
    Py_XDECREF(text);
    return result;
}

static PyGetSetDef init_getset[] = {
    {"__name__", init_describe, NULL, NULL, "__name__"},
    {"__qualname__", init_describe, NULL, NULL, "__qualname__"},
    {"__module__", init_describe, NULL, NULL, "__module__"},
    {"__annotations__", init_describe, NULL, NULL, "__annotations__"},
    {"__annotate__", init_describe, NULL, NULL, "__annotate__"},
    {"__signature__", init_describe, NULL, NULL, "__signature__"},
    {"__globals__", init_describe, NULL, NULL, "__globals__"},
    {NULL, NULL, NULL, NULL, NULL},
};

/* as that of a method descriptor */
static PyObject *init_reduce(PyObject *self, PyObject *unused) {
    (void)unused;
    PyObject *builtins = PyEval_GetBuiltins(),
             *getattr = builtins == NULL ? NULL : PyDict_GetItemString(builtins, "getattr");
    PyTypeObject *owner = ((Init *)self)->owner;
    if (getattr == NULL || owner == NULL) {
        return PyErr_Format(PyExc_TypeError, "cannot pickle this generated __init__");
    }
    return Py_BuildValue("O(Os)", getattr, owner, "__init__");
}

static PyMethodDef init_methods[] = {
    {"__reduce__", init_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef init_members[] = {
    {"__vectorcalloffset__", Py_T_PYSSIZET, offsetof(Init, vectorcall), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot init_slots[] = {
    {Py_tp_doc, "The constructor that cslots generated, as a method."},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_descr_get, init_get},
    {Py_tp_repr, init_repr},
    {Py_tp_methods, init_methods},
    {Py_tp_members, init_members},
    {Py_tp_getset, init_getset},
    {Py_tp_traverse, init_traverse},
    {Py_tp_clear, init_clear},
    {Py_tp_dealloc, init_dealloc},
    {0, NULL},
};

PyType_Spec cb_init_spec = {
    .name = "cslots._core.GeneratedInit",
    .basicsize = sizeof(Init),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
             Py_TPFLAGS_METHOD_DESCRIPTOR | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = init_slots,
};
