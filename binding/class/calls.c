/* class/calls.c: what the user's own methods change: how objects are made, assigned to, read and
 * pickled.
 *
 *   __new__, __init__, __post_init__      which function is behind a call of the class
 *   __setattr__                           the constructor assigns through it; in a dataclass
 *                                         descriptors check
 *   __getattr__, __getattribute__         whether reads may go the quick way (object/access.c)
 *   __reduce__, __getstate__ ...          whether pickle may take its own
 *
 * Asked when the class is built, and again after an assignment to the class.
 */
#include "class/calls.h"
#include "class/methods.h"
#include "model/plan.h"
#include "object/access.h"
#include "object/block.h"
#include "object/born.h"
#include "object/construct.h"
#include "object/hooks.h"

void cb_class_find_setattr(cb_class *cls) {
    PyObject *name = cls->state->names.__setattr__, *assign = cb_type_lookup(cls->type, name);
    cls->flags &= ~(uint32_t)CB_CLASS_OWN_SETATTR;
    /* The constructor of a frozen Struct stores, as that of a frozen dataclass calls
     * object.__setattr__. */
    const int asks = cls->flags & CB_CLASS_DATACLASS || !(cls->flags & CB_CLASS_FROZEN);
    if (asks && assign != cb_type_lookup(&PyBaseObject_Type, name) &&
        !cb_is_generated(cls->state, assign)) {
        cls->flags |= CB_CLASS_OWN_SETATTR;
    }
}

/* The next of the plan's fields that the generated constructor takes or fills in: a Field from
 * *position on; borrowed. NULL: there are no more. */
static PyObject *next_of_constructor(const cb_state *state, PyObject *specs, Py_ssize_t *position) {
    while (*position < PyTuple_GET_SIZE(specs)) {
        PyObject *spec = PyTuple_GET_ITEM(specs, (*position)++);
        int hidden = cb_plan_flag(spec, state->names.hidden);
        if (hidden != 1) { return hidden < 0 ? NULL : spec; }
    }
    return NULL;
}

/* Would the generated constructors of both do the same? They do for the same declarations, in the
 * same order. -1: error. */
static int same_constructor(const cb_class *cls, const cb_class *owner) {
    if (owner == NULL || cls->plan == NULL || owner->plan == NULL) { return 0; }
    const cb_names *n = &cls->state->names;
    PyObject *mine = PyObject_GetAttr(cls->plan, n->fields),
             *theirs = mine == NULL ? NULL : PyObject_GetAttr(owner->plan, n->fields);
    Py_ssize_t i = 0, k = 0;
    PyObject *one = NULL, *other = NULL;
    /* plan_of() shows plans to anybody */
    const int tuples = theirs != NULL && PyTuple_Check(mine) && PyTuple_Check(theirs);
    if (tuples) {
        do {
            one = next_of_constructor(cls->state, mine, &i);
            other = next_of_constructor(cls->state, theirs, &k);
        } while (one != NULL && one == other);
    }
    Py_XDECREF(mine);
    Py_XDECREF(theirs);
    return PyErr_Occurred() ? -1 : tuples && one == other;
}

/* `class A(Struct, Mixin)` takes the constructor that Struct brings, though the mixin stands before
 * Struct in the end: see _behind_mixins. */
static int stood_behind(const cb_class *cls, PyTypeObject *type) {
    if (cls->plan == NULL || PyObject_TypeCheck((PyObject *)type, cls->state->meta_type)) {
        return 0;
    }
    PyObject *behind = PyObject_GetAttr(cls->plan, cls->state->names.behind);
    int found = behind == NULL ? -1 : 0;
    for (Py_ssize_t i = 0; found == 0 && PyTuple_Check(behind) && i < PyTuple_GET_SIZE(behind);
         i++) {
        found = PyTuple_GET_ITEM(behind, i) == (PyObject *)type;
    }
    Py_XDECREF(behind);
    return found;
}

/* The first __init__ along the bases: 0 the generated one (or none), 1 the user's. */
int cb_class_has_init(const cb_class *cls) {
    const cb_state *state = cls->state;
    PyObject *mro = cls->type->tp_mro;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *type = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        /* The class has init=False. */
        if (type == &PyBaseObject_Type) { return (cls->flags & CB_CLASS_DATACLASS) != 0; }
        PyObject *dict = cb_type_dict(type);
        PyObject *init = dict == NULL ? NULL : PyDict_GetItemWithError(dict, state->names.__init__);
        Py_XDECREF(dict);
        if (init == NULL) {
            if (PyErr_Occurred()) { return -1; }
            continue;
        }
        if (Py_IS_TYPE(init, state->init_type)) {
            if (type == state->struct_type) { return 0; }
            /* A dataclass that did not get a constructor of its own runs that of its base. The
             * generated one may stand for it if it does the same. */
            if (cls->flags & CB_CLASS_DATACLASS) {
                const int same = type == cls->type ? 1 : same_constructor(cls, cb_class_of(type));
                return same < 0 ? -1 : !same;
            }
            /* Of another base, in front of what follows. That of the class itself may be a remnant:
             * look on. */
            if (type != cls->type) { return 0; }
            continue;
        }
        if (PyFunction_Check(init) &&
            PyUnicode_Compare(((PyFunctionObject *)init)->func_name,
                              state->names._no_init_or_replace_init) == 0) {
            continue; /* what typing puts on every Protocol */
        }
        const int behind = stood_behind(cls, type);
        if (behind == 0) { return 1; }
        if (behind < 0) { return -1; }
    }
    return 0;
}

int cb_class_has_new(const cb_class *cls) {
    PyObject *name = cls->state->names.__new__, *found = cb_type_lookup(cls->type, name);
    return found != cb_type_lookup(cls->state->object_type, name) &&
           found != cb_type_lookup(&PyBaseObject_Type, name);
}

static PyObject *construct_first(PyObject *type, PyObject *const *args, size_t nargsf,
                                 PyObject *kwnames);

static vectorcallfunc constructor_of(const cb_class *cls) {
    if (cls->flags & CB_CLASS_UNFINISHED) { return cb_construct_unfinished; }
    if (cls->flags & CB_CLASS_SUBCLASS && !((cb_type *)cls->type)->made) { return construct_first; }
    if (cls->flags & CB_CLASS_OWN_NEW) { return cb_construct_own_new; }
    return cls->flags & CB_CLASS_OWN_INIT ? cb_construct_own_init : cb_construct;
}

/* tp_vectorcall of a class that the decorator may still adopt: remembers that there are objects. */
static PyObject *construct_first(PyObject *type, PyObject *const *args, size_t nargsf,
                                 PyObject *kwnames) {
    cb_class *cls = cb_class_of((PyTypeObject *)type);
    cb_class_made(cls);
    cls->type->tp_vectorcall = constructor_of(cls);
    return cls->type->tp_vectorcall(type, args, nargsf, kwnames);
}

int cb_class_choose_call(cb_class *cls) {
    cb_state *state = cls->state;
    const cb_names *n = &state->names;
    PyTypeObject *type = cls->type;
    cls->flags &= ~(uint32_t)(CB_CLASS_OWN_INIT | CB_CLASS_OWN_NEW);
    int decorated = (cls->flags & CB_CLASS_DATACLASS) != 0;
    if (cb_class_has_new(cls)) { cls->flags |= CB_CLASS_OWN_NEW; }
    /* A dataclass keeps object.__new__, which some code calls by that name; tp_alloc makes the
     * object. */
    if (!(cls->flags & CB_CLASS_OWN_NEW) && !decorated) { type->tp_new = cb_struct_new; }
    int own_init = cb_class_has_init(cls);
    if (own_init < 0) { return -1; }
    if (decorated) {
        if (own_init) {
            cls->flags |= CB_CLASS_OWN_INIT;
        } else {
            type->tp_init = cb_struct_init;
        }
    } else if (own_init) {
        cls->flags |= CB_CLASS_OWN_INIT;
        PyObject *dict = cb_type_dict(type); /* a generated one of before must not hide it */
        PyObject *init = dict == NULL ? NULL : PyDict_GetItemWithError(dict, n->__init__);
        int result = init != NULL && Py_IS_TYPE(init, state->init_type)
                         ? PyDict_DelItem(dict, n->__init__)
                     : PyErr_Occurred() ? -1
                                        : 0;
        Py_XDECREF(dict);
        if (result < 0) { return -1; }
        PyType_Modified(type);
    } else {
        PyObject *dict = cb_type_dict(type);
        int result = PyDict_Contains(dict, n->__init__);
        if (result == 0) {
            PyObject *init = cb_init_new(state, type);
            result = init == NULL ? -1 : PyDict_SetItem(dict, n->__init__, init);
            Py_XDECREF(init);
        }
        Py_DECREF(dict);
        if (result < 0) { return -1; }
        type->tp_init = cb_struct_init;
    }
    cb_class_find_setattr(cls);
    PyObject *post_init = cb_type_lookup(type, n->__post_init__);
    cls->post_init = post_init != NULL ? n->__post_init__ : NULL;
    const int assigns = (cls->flags & (CB_CLASS_OWN_SETATTR | CB_CLASS_BY_NAME)) != 0;
    int plain = post_init == NULL && cls->field_count == cls->param_count && !assigns;
    for (uint32_t i = 0; i < cls->param_count; i++) {
        plain = plain && cls->params[i].field != NULL;
    }
    cls->flags = plain ? cls->flags | CB_CLASS_SIMPLE : cls->flags & ~(uint32_t)CB_CLASS_SIMPLE;
    type->tp_vectorcall = constructor_of(cls);
    cb_class_find_hooks(cls);
    cb_reads_choose(cls);
    return cb_methods_shortcut(cls);
}

/* Objects are not made: tp_alloc and tp_vectorcall are those of cslots, and refuse. Nor are they
 * moved here by object's own setter of `__class__`: CPython compares tp_free, and no object has a
 * class whose tp_free is NULL. */
void cb_class_close(PyTypeObject *type) {
    type->tp_alloc = cb_struct_alloc;
    type->tp_free = NULL;
    type->tp_vectorcall = cb_construct_unfinished;
}

int cb_class_open(cb_class *cls) {
    cls->flags &= ~(uint32_t)CB_CLASS_UNFINISHED;
    if (cb_class_choose_call(cls) < 0) {
        cls->flags |= CB_CLASS_UNFINISHED;
        return -1;
    }
    cls->type->tp_free = cb_struct_free;
    PyType_Modified(cls->type);
    return 0;
}
