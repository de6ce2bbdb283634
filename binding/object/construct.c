/* object/construct.c: the generated constructor.
 *
 *   call                    values, one a parameter          object
 *   User("ann", age=3) ---> [ "ann" | 3 | default ] -------> checked and packed, then __post_init__
 *          \__ names of a call site are remembered (cs_kwcall), so that keywords cost little more than positions
 *
 * Invariants
 *   - Values are borrowed from the caller, from a field's default, or owned by the `owned` list (results of default factories).
 *   - Nobody sees an object before all its fields are stored: it is tracked last. If a value is refused, the fields that were not
 *     stored yet are marked unset before the object dies, for a __del__ that looks.
 *   - Whoever calls a class owns it, so its fields live. But the decorator lays a class out anew: what runs the user's code before it makes an object
 *     holds the class (lifetime.md, rule 1), and the decorator refuses one that is held. So does what works on an object that exists.
 *   - A class with an __init__ or __new__ of the user's takes another door (cs_construct_own_init, cs_construct_own_new).
 */
#include "object/construct.h"
#include "model/errors.h"
#include "model/hold.h"
#include "object/blank.h"
#include "object/build.h"
#include "object/call_errors.h"
#include "object/object_type.h"
#include "object/value.h"

#define SMALL 24 /* parameters handled on the C stack */

typedef struct {
    PyObject **values;
    PyObject **owned;
    Py_ssize_t owned_count;
    PyObject *small_values[SMALL], *small_owned[SMALL];
} Arguments;

static int arguments_init(Arguments *a, const cs_class *cls) {
    a->owned_count = 0;
    a->values = a->small_values;
    a->owned = a->small_owned;
    if (cls->param_count > SMALL) {
        a->values = PyMem_Malloc(2 * cls->param_count * sizeof(PyObject *));
        if (a->values == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        a->owned = a->values + cls->param_count;
    }
    return 0;
}

static void arguments_clear(Arguments *a) {
    for (Py_ssize_t i = 0; i < a->owned_count; i++) { Py_DECREF(a->owned[i]); }
    if (a->values != a->small_values) { PyMem_Free(a->values); }
}

/* ---- from a call to values ---- */

static Py_ssize_t find_param(const cs_class *cls, PyObject *name) {
    const cs_ptrmap_slot *slot = cs_ptrmap_find(&cls->parameters, name);
    if (slot != NULL) { return (Py_ssize_t)slot->value; }
    for (uint32_t i = 0; i < cls->param_count; i++) { /* a name that is not interned */
        if (PyUnicode_Check(name) && PyUnicode_Compare(cls->params[i].name, name) == 0) {
            return (Py_ssize_t)i;
        }
    }
    return -1;
}

/* Which parameter each keyword of this call site means. The names are a constant of the caller's code: the tuple itself is the key. */
static const uint32_t *remembered(const cs_class *cls, PyObject *kwnames, Py_ssize_t positional) {
    for (unsigned i = 0; i < CS_KWCACHE; i++) {
        const cs_kwcall *call = &cls->kwcalls[i];
        if (call->names == kwnames && call->positional == positional) { return call->params; }
    }
    return NULL;
}

static void remember(cs_class *cls, PyObject *kwnames, Py_ssize_t positional,
                     const uint32_t *params) {
    if (Py_REFCNT(kwnames) < 2) {
        return;
    } /* made for this call (**mapping): it will not come back */
    size_t size = (size_t)PyTuple_GET_SIZE(kwnames) * sizeof *params;
    uint32_t *copy = PyMem_Malloc(size);
    if (copy == NULL) { return; }
    memcpy(copy, params, size);
    cs_kwcall *call = &cls->kwcalls[cls->kwnext++ % CS_KWCACHE];
    PyObject *old = call->names;
    PyMem_Free(call->params);
    *call = (cs_kwcall){Py_NewRef(kwnames), positional, copy};
    Py_XDECREF(old);
}

static int take_keywords(cs_class *cls, PyObject **values, PyObject *const *given,
                         Py_ssize_t positional, PyObject *kwnames) {
    Py_ssize_t count = PyTuple_GET_SIZE(kwnames);
    const uint32_t *known = remembered(cls, kwnames, positional);
    if (known != NULL) {
        for (Py_ssize_t i = 0; i < count; i++) { values[known[i]] = given[i]; }
        return 0;
    }
    uint32_t small[SMALL], *params = small;
    if (count > SMALL && (params = PyMem_Malloc((size_t)count * sizeof *params)) == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    int result = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, i);
        Py_ssize_t param = find_param(cls, name);
        if (param < 0) {
            if (cls->flags & CS_CLASS_UNTYPED) {
                cs_call_error_unexpected(cls, name);
            } else {
                cs_error_no_param(cls, name);
            }
            result = -1;
            break;
        }
        if (values[param] != NULL) {
            if (cls->flags & CS_CLASS_UNTYPED) {
                cs_call_error_twice(cls, name);
            } else {
                PyErr_Format(PyExc_TypeError, "%s() got field '%U' twice", cls->type->tp_name,
                             name);
            }
            result = -1;
            break;
        }
        params[i] = (uint32_t)param;
        values[param] = given[i];
    }
    if (result == 0) { remember(cls, kwnames, positional, params); }
    if (params != small) { PyMem_Free(params); }
    return result;
}

static int missing_error(const cs_class *cls, PyObject *const *values) {
    if (cls->flags & CS_CLASS_UNTYPED) { return cs_call_error_missing(cls, values); }
    PyObject *names = PyList_New(0);
    for (uint32_t i = 0; names != NULL && i < cls->param_count; i++) {
        const cs_param *param = &cls->params[i];
        if (values[i] != NULL || param->default_value != NULL ||
            (param->field && param->field->factory)) {
            continue;
        }
        PyObject *quoted = PyUnicode_FromFormat("'%U'", param->name);
        if (quoted == NULL || PyList_Append(names, quoted) < 0) { Py_CLEAR(names); }
        Py_XDECREF(quoted);
    }
    if (names == NULL) { return -1; }
    PyObject *comma = PyUnicode_FromString(", "),
             *joined = comma == NULL ? NULL : PyUnicode_Join(comma, names);
    if (joined != NULL) {
        PyErr_Format(PyExc_TypeError, "%s() missing required field%s %U", cls->type->tp_name,
                     PyList_GET_SIZE(names) > 1 ? "s" : "", joined);
    }
    Py_XDECREF(comma);
    Py_XDECREF(joined);
    Py_DECREF(names);
    return -1;
}

static int gather(cs_class *cls, Arguments *a, PyObject *const *args, Py_ssize_t positional,
                  PyObject *kwnames) {
    Py_ssize_t count = (Py_ssize_t)cls->param_count,
               keywords = kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames);
    if (positional > (Py_ssize_t)cls->positional_count && cls->flags & CS_CLASS_UNTYPED) {
        return cs_call_error_many(cls, positional, keywords);
    }
    if (positional > (Py_ssize_t)cls->positional_count) {
        PyErr_Format(PyExc_TypeError, "%s() takes at most %u positional argument%s, got %zd",
                     cls->type->tp_name, cls->positional_count,
                     cls->positional_count == 1 ? "" : "s", positional);
        return -1;
    }
    PyObject **values = a->values;
    for (Py_ssize_t i = 0; i < positional; i++) { values[i] = args[i]; }
    for (Py_ssize_t i = positional; i < count; i++) { values[i] = NULL; }
    if (keywords != 0 && take_keywords(cls, values, args + positional, positional, kwnames) < 0) {
        return -1;
    }
    if (positional + keywords == count) { return 0; }
    for (Py_ssize_t i = positional; i < count; i++) {
        if (values[i] != NULL) { continue; }
        const cs_param *param = &cls->params[i];
        if (param->default_value != NULL) {
            values[i] = param->default_value;
        } else if (param->field == NULL || param->field->factory == NULL) {
            return missing_error(cls, values);
        }
    }
    for (Py_ssize_t i = positional; i < count; i++) { /* factories last: they run the user's code */
        if (values[i] != NULL) { continue; }
        PyObject *made = PyObject_CallNoArgs(cls->params[i].field->factory);
        if (made == NULL) { return -1; }
        a->owned[a->owned_count++] = made;
        values[i] = made;
    }
    return 0;
}

/* ---- what else a constructor does ---- */

/* `self.name = value`, as in the __init__ of dataclasses: to what covers the field, or to a __setattr__
 * of the user's. */
static int assign(cs_class *cls, const cs_field *field, PyObject *self, PyObject *value) {
    if (cls->flags & CS_CLASS_OWN_SETATTR) { return PyObject_SetAttr(self, field->name, value); }
    if (!field->covered) { return cs_store(cls, field, self, value); }
    return cls->flags & CS_CLASS_FROZEN ? PyObject_GenericSetAttr(self, field->name, value)
                                        : PyObject_SetAttr(self, field->name, value);
}

/* A field that is no parameter: its default, or unset. */
static int fill_other(cs_class *cls, const cs_field *field, PyObject *self, int fresh) {
    const int stands_in =
        field->backed ||
        field->cached != NULL; /* something on the class, which is found while there is no value */
    if ((field->default_value == NULL || stands_in) && field->factory == NULL) {
        return fresh ? cs_mark_unset(cls, field, self) : 0;
    }
    PyObject *value = field->default_value ? Py_NewRef(field->default_value)
                                           : PyObject_CallNoArgs(field->factory);
    const int by_name = field->covered && field->factory != NULL && !fresh;
    int result = value == NULL ? -1
                 : by_name     ? assign(cls, field, self, value)
                               : cs_store(cls, field, self, value);
    Py_XDECREF(value);
    return result;
}

/* All of them. Those of a fresh object that are not reached have no value, for a __del__ that looks. */
static int fill_others(cs_class *cls, PyObject *self, int fresh) {
    for (uint32_t i = 0; i < cls->field_count; i++) {
        if (cls->fields[i].flags & CS_FIELD_INIT ||
            fill_other(cls, &cls->fields[i], self, fresh) == 0) {
            continue;
        }
        PyObject *error = cs_error_take();
        for (; fresh && i < cls->field_count; i++) {
            if (!(cls->fields[i].flags & CS_FIELD_INIT) &&
                cs_mark_unset(cls, &cls->fields[i], self) < 0) {
                PyErr_Clear();
            }
        }
        cs_error_restore(error);
        return -1;
    }
    return 0;
}

/* Fields whose values a descriptor of the user's keeps: through that. */
static int assign_indirect(const cs_class *cls, PyObject *self, PyObject *const *values) {
    for (uint32_t i = 0; i < cls->param_count; i++) {
        if (!cls->params[i].assigned) { continue; }
        int result = cls->flags & CS_CLASS_FROZEN
                         ? PyObject_GenericSetAttr(self, cls->params[i].name, values[i])
                         : PyObject_SetAttr(self, cls->params[i].name, values[i]);
        if (result < 0) { return -1; }
    }
    return 0;
}

static int call_post_init(cs_class *cls, PyObject *self, PyObject *const *values);

/* Every value is assigned, in the order of the fields, as dataclasses' own __init__ does: in a class
 * with a __setattr__ of the user's, or with something else over a field of its base. */
static int assign_all(cs_class *cls, PyObject *self, PyObject *const *values) {
    for (uint32_t i = 0; i < cls->field_count; i++) {
        const cs_field *field = &cls->fields[i];
        int result = 0;
        if (field->flags & CS_FIELD_INIT) {
            const cs_ptrmap_slot *slot = cs_ptrmap_find(&cls->parameters, field->name);
            if (slot != NULL) { result = assign(cls, field, self, values[slot->value]); }
        } else if (field->factory != NULL) {
            PyObject *value = PyObject_CallNoArgs(field->factory);
            result = value == NULL ? -1 : assign(cls, field, self, value);
            Py_XDECREF(value);
        } else if (field->default_value != NULL) {
            result = cs_store(cls, field, self, field->default_value);
        }
        if (result < 0) { return -1; }
    }
    return 0;
}

/* A frozen dataclass assigns with object.__setattr__ in its own __init__ and __post_init__, and for references that checks nothing: so what they left is
 * looked at in the end. */
static int check_references(cs_class *cls, PyObject *self) {
    const uint32_t frozen = CS_CLASS_DATACLASS | CS_CLASS_FROZEN;
    if ((cls->flags & (frozen | CS_CLASS_UNTYPED)) != frozen) { return 0; }
    for (uint32_t i = 0; i < cls->field_count; i++) {
        const cs_field *field = &cls->fields[i];
        if (!cs_kind_is_pointer((cs_kind)field->kind) || field->kind == CS_OBJECT ||
            cs_is_unset(cls, field, self)) {
            continue;
        }
        PyObject *value = Py_NewRef(*cs_pointer_at(self, field->offset));
        int result = cs_store(cls, field, self, value);
        Py_DECREF(value);
        if (result < 0) { return -1; }
    }
    return 0;
}

static PyObject *build_by_assignment(cs_class *cls, PyObject *const *values) {
    PyObject *self = cs_object_blank(cls);
    if (self == NULL) { return NULL; }
    cs_object_track(cls, self);
    if (assign_all(cls, self, values) < 0 ||
        (cls->flags & CS_CLASS_INDIRECT && assign_indirect(cls, self, values) < 0) ||
        (cls->post_init != NULL &&
         (call_post_init(cls, self, values) < 0 || check_references(cls, self) < 0))) {
        Py_CLEAR(self);
    }
    return self;
}

/* How many InitVars the class body has in front of this one: keywords stand there among the others. */
static uint32_t initvars_before(const cs_class *cls, const cs_param *param) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < cls->param_count; i++) {
        const cs_param *other = &cls->params[i];
        count += other->field == NULL && !other->assigned && other->place < param->place;
    }
    return count;
}

static int call_post_init(cs_class *cls, PyObject *self, PyObject *const *values) {
    PyObject *few[SMALL + 1], **stack = few;
    size_t count = 0;
    if (cls->param_count > SMALL &&
        (stack = PyMem_Malloc((cls->param_count + 1) * sizeof *stack)) == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    stack[count++] = self;
    for (uint32_t i = 0; i < cls->param_count; i++) {
        const cs_param *param = &cls->params[i];
        if (param->field != NULL || param->assigned) { continue; }
        stack[1 + initvars_before(cls, param)] = values[i];
        count++;
    }
    PyObject *result = PyObject_VectorcallMethod(cls->post_init, stack, count, NULL);
    if (stack != few) { PyMem_Free(stack); }
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

static PyObject *build_at_once(cs_class *cls, PyObject *const *values) {
    PyObject *self = cs_build(cls, values);
    if (self == NULL) { return NULL; }
    if (!(cls->flags & CS_CLASS_SIMPLE) && fill_others(cls, self, 1) < 0) {
        Py_DECREF(self);
        return NULL;
    }
    cs_object_track(cls, self);
    if ((cls->flags & CS_CLASS_INDIRECT && assign_indirect(cls, self, values) < 0) ||
        (cls->post_init != NULL &&
         (call_post_init(cls, self, values) < 0 || check_references(cls, self) < 0))) {
        Py_CLEAR(self);
    }
    return self;
}

static int refuse_abstract(cs_class *cls) {
    if (!(cls->type->tp_flags & Py_TPFLAGS_IS_ABSTRACT)) { return 0; }
    Py_XDECREF(cs_struct_new(cls->type, NULL, NULL)); /* raises */
    return -1;
}

/* Any call that is not the plain one below. */
static CS_NOINLINE PyObject *construct_other(cs_class *cls, PyObject *const *args,
                                             Py_ssize_t positional, PyObject *kwnames) {
    if (refuse_abstract(cls) < 0) { return NULL; }
    Arguments a;
    if (arguments_init(&a, cls) < 0) { return NULL; }
    PyObject *self = NULL;
    cs_class_hold(cls);
    if (gather(cls, &a, args, positional, kwnames) == 0) {
        /* Asked once: from here on code of the user's may give the class a __setattr__, or take it. */
        const uint32_t by_assignment = CS_CLASS_OWN_SETATTR | CS_CLASS_BY_NAME;
        self = cls->flags & by_assignment ? build_by_assignment(cls, a.values)
                                          : build_at_once(cls, a.values);
    }
    arguments_clear(&a);
    cs_class_let_go(cls);
    return self;
}

/* A call site that was checked before, and that gives every parameter. */
static CS_NOINLINE PyObject *construct_known(cs_class *cls, PyObject *const *args,
                                             Py_ssize_t positional, const uint32_t *known) {
    PyObject *values[SMALL];
    Py_ssize_t count = (Py_ssize_t)cls->param_count;
#ifdef __clang_analyzer__
    for (int i = 0; i < SMALL; i++) {
        values[i] = Py_None;
    } /* it cannot know that `known` names all that have no position */
#endif
    for (Py_ssize_t i = 0; i < positional; i++) { values[i] = args[i]; }
    for (Py_ssize_t i = positional; i < count; i++) { values[known[i - positional]] = args[i]; }
    PyObject *self = cs_build(cls, values);
    if (self != NULL) { cs_object_track(cls, self); }
    return self;
}

/* tp_vectorcall of classes with the generated constructor. */
PyObject *cs_construct(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames) {
    cs_class *cls = cs_class_of((PyTypeObject *)type);
    Py_ssize_t positional = PyVectorcall_NARGS(nargsf);
    if (cls->flags & CS_CLASS_SIMPLE &&
        !(((PyTypeObject *)type)->tp_flags & Py_TPFLAGS_IS_ABSTRACT)) {
        if (kwnames == NULL && positional == (Py_ssize_t)cls->positional_count &&
            cls->positional_count == cls->param_count) {
            PyObject *self = cs_build(cls, args);
            if (self != NULL) { cs_object_track(cls, self); }
            return self;
        }
        if (kwnames != NULL && cls->param_count <= SMALL &&
            positional + PyTuple_GET_SIZE(kwnames) == (Py_ssize_t)cls->param_count) {
            const uint32_t *known = remembered(cls, kwnames, positional);
            if (known != NULL) { return construct_known(cls, args, positional, known); }
        }
    }
    return construct_other(cls, args, positional, kwnames);
}

PyObject *cs_construct_unfinished(PyObject *type, PyObject *const *args, size_t nargsf,
                                  PyObject *kwnames) {
    (void)args;
    (void)nargsf;
    (void)kwnames;
    return PyErr_Format(PyExc_TypeError, "%s cannot be instantiated: the class is not finished",
                        ((PyTypeObject *)type)->tp_name);
}

/* tp_vectorcall of classes whose __init__ is the user's: defaults, then that. */
PyObject *cs_construct_own_init(PyObject *type, PyObject *const *args, size_t nargsf,
                                PyObject *kwnames) {
    PyTypeObject *tp = (PyTypeObject *)type;
    cs_class *cls = cs_class_of(tp);
    Py_ssize_t positional = PyVectorcall_NARGS(nargsf),
               keywords = kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames);
    PyObject *self = cs_struct_new(tp, NULL, NULL);
    if (self == NULL) { return NULL; }
    PyObject *few[SMALL], **stack = few;
    if (positional + keywords + 1 > SMALL &&
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
    if (cls->text.count != 0 && Py_IS_TYPE(self, tp)) { cs_object_settle_texts(cls, self); }
    if (check_references(cls, self) < 0) { Py_CLEAR(self); }
    return self;
}

/* tp_vectorcall of classes whose __new__ is the user's: what type.__call__ does. */
PyObject *cs_construct_own_new(PyObject *type, PyObject *const *args, size_t nargsf,
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
                     cs_class_of((PyTypeObject *)type)->text.count != 0;
    if (ours) { cs_object_settle_texts(cs_class_of((PyTypeObject *)type), result); }
done:
    Py_DECREF(tuple);
    Py_XDECREF(kwargs);
    return result;
}

/* `Cls.__new__(Cls, 1, 2)`, which is what a pickle of a named tuple calls: the values of the fields, in the order of the
 * constructor. Nothing that the constructor calls is called. */
PyObject *cs_construct_values(cs_class *cls, PyObject *values) {
    Arguments a;
    if (arguments_init(&a, cls) < 0) { return NULL; }
    cs_class_hold(cls);
    int known = gather(cls, &a, &PyTuple_GET_ITEM(values, 0), PyTuple_GET_SIZE(values), NULL);
    PyObject *self = known < 0 ? NULL : cs_build(cls, a.values);
    if (self != NULL && fill_others(cls, self, 1) < 0) { Py_CLEAR(self); }
    if (self != NULL) { cs_object_track(cls, self); }
    arguments_clear(&a);
    cs_class_let_go(cls);
    return self;
}

/* ---- __init__ on an object that exists ---- */

static int init_as(cs_class *declared, PyObject *self, PyObject *const *args, Py_ssize_t positional,
                   PyObject *kwnames) {
    Arguments a;
    if (arguments_init(&a, declared) < 0) { return -1; }
    cs_class_hold(declared); /* its defaults are borrowed */
    int result = gather(declared, &a, args, positional, kwnames);
    cs_class *cls =
        cs_class_of_object(self); /* after the factories: they may give the object another class */
    cs_class_hold(cls);
    if (result == 0 && declared == cls && cls->flags & (CS_CLASS_OWN_SETATTR | CS_CLASS_BY_NAME)) {
        result = assign_all(cls, self, a.values);
        goto stored;
    }
    for (uint32_t i = 0; result == 0 && i < declared->param_count; i++) {
        const cs_field *field = declared->params[i].field;
        if (field == NULL) { continue; }
        const cs_ptrmap_slot *slot = cs_ptrmap_find(&cls->names, field->name);
        const cs_field *mine = slot == NULL ? NULL : (const cs_field *)slot->value;
        if (mine != NULL) {
            result = mine->covered ? assign(cls, mine, self, a.values[i])
                                   : cs_store(cls, mine, self, a.values[i]);
        }
    }
    if (result == 0 && declared == cls) { result = fill_others(cls, self, 0); }
stored:
    if (result == 0 && declared->flags & CS_CLASS_INDIRECT) {
        result = assign_indirect(declared, self, a.values);
    }
    if (result == 0 && declared->post_init != NULL) {
        result = call_post_init(declared, self, a.values);
    }
    arguments_clear(&a);
    cs_class_let_go(cls);
    cs_class_let_go(declared);
    return result;
}

/* tp_init of classes with the generated constructor; reached through type.__call__ when __new__ is the user's. */
int cs_struct_init(PyObject *self, PyObject *args, PyObject *kwargs) {
    cs_class *cls = cs_class_of_object(self);
    PyObject *init = Py_XNewRef(cs_type_lookup(cls->type, cls->state->names.__init__));
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

static PyObject *init_vectorcall(PyObject *callable, PyObject *const *args, size_t nargsf,
                                 PyObject *kwnames) {
    PyTypeObject *owner = ((Init *)callable)->owner;
    Py_ssize_t positional = PyVectorcall_NARGS(nargsf);
    if (owner == NULL || positional < 1 || !PyObject_TypeCheck(args[0], owner)) {
        return PyErr_Format(PyExc_TypeError,
                            "%s.__init__() needs a '%s' object as its first argument",
                            owner ? owner->tp_name : "?", owner ? owner->tp_name : "?");
    }
    cs_class *cls = cs_class_of(owner);
    if (cs_class_of_object(args[0])->elsewhere != NULL) {
        return PyErr_Format(PyExc_TypeError,
                            "%s.__init__(): a row of a Pool is not initialised again; assign the "
                            "record: pool[i] = %s(...)",
                            owner->tp_name, owner->tp_name);
    }
    if ((cs_class_of_object(args[0])->flags & (CS_CLASS_FROZEN | CS_CLASS_DATACLASS)) ==
            CS_CLASS_FROZEN &&
        !(cs_class_of_object(args[0])->flags & (CS_CLASS_OWN_INIT | CS_CLASS_OWN_NEW))) {
        return PyErr_Format(PyExc_AttributeError,
                            "%s is frozen; cannot initialise it again (use cslots.replace)",
                            Py_TYPE(args[0])->tp_name);
    }
    if (refuse_abstract(cls) < 0 || init_as(cls, args[0], args + 1, positional - 1, kwnames) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

PyObject *cs_init_new(cs_state *state, PyTypeObject *owner) {
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
    PyObject *module = PyImport_ImportModule("cslots._functions");
    PyObject *result = module == NULL ? NULL
                                      : PyObject_CallMethod(module, "describe_init", "Os", owner,
                                                            (const char *)name);
    Py_XDECREF(module);
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

static PyObject *init_reduce(PyObject *self,
                             PyObject *unused) { /* as that of a method descriptor */
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

PyType_Spec cs_init_spec = {
    .name = "cslots._core.GeneratedInit",
    .basicsize = sizeof(Init),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
             Py_TPFLAGS_METHOD_DESCRIPTOR | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = init_slots,
};

/* ---- replace ---- */

static PyObject *replaced(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                          PyObject *kwnames) {
    cs_class *cls = cs_class_of_object(self);
    if (nargs != 0) {
        return PyErr_Format(PyExc_TypeError, "replace() takes the changes as keywords");
    }
    Py_ssize_t given = kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames);
    const size_t room = cls->param_count + (size_t)given;
    PyObject *tuple = NULL, *result = NULL;
    cs_values names, values = {.items = values.few, .count = 0};
    cs_class_hold(cls);
    if (cs_values_init(&names, room) < 0 || cs_values_init(&values, room) < 0) { goto done; }
    for (Py_ssize_t i = 0; i < given; i++) {
        cs_values_add(&names, Py_NewRef(PyTuple_GET_ITEM(kwnames, i)));
        cs_values_add(&values, Py_NewRef(args[i]));
    }
    for (uint32_t i = 0; i < cls->param_count; i++) {
        const cs_param *param = &cls->params[i];
        int changed = 0;
        for (Py_ssize_t k = 0; k < given && !changed; k++) {
            PyObject *name = PyTuple_GET_ITEM(kwnames, k);
            changed = name == param->name || PyUnicode_Compare(name, param->name) == 0;
        }
        if (changed) { continue; }
        if (param->field == NULL && !param->assigned) {
            if (param->default_value != NULL) { continue; }
            PyErr_Format(PyExc_TypeError, "replace(): %s needs a value for InitVar '%U'",
                         cls->type->tp_name, param->name);
            goto done;
        }
        PyObject *value = param->assigned ? PyObject_GetAttr(self, param->name)
                                          : cs_read_named(cls, param->field, self);
        if (value == NULL) { goto done; }
        cs_values_add(&values, value);
        cs_values_add(&names, Py_NewRef(param->name));
    }
    tuple = cs_values_tuple(&names);
    if (tuple != NULL) {
        PyObject *type = Py_NewRef((PyObject *)cls->type);
        result = PyObject_Vectorcall(type, values.items, 0, tuple);
        Py_DECREF(type);
    }
done:
    cs_values_clear(&values);
    cs_values_clear(&names);
    Py_XDECREF(tuple);
    cs_class_let_go(cls);
    return result;
}

PyObject *cs_replace_method(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                            PyObject *kwnames) {
    PyObject *object = cs_whole(self);
    PyObject *changed = object == NULL ? NULL : replaced(object, args, nargs, kwnames);
    Py_XDECREF(object);
    return changed;
}

PyObject *cs_replace(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    cs_state *state = PyModule_GetState(module);
    if (nargs == 1 && cs_class_check(state, (PyObject *)Py_TYPE(args[0])) == NULL &&
        PyObject_HasAttrString((PyObject *)Py_TYPE(args[0]), "__dataclass_fields__")) {
        PyObject *dataclasses = PyImport_ImportModule("dataclasses");
        PyObject *theirs =
            dataclasses == NULL ? NULL : PyObject_GetAttrString(dataclasses, "replace");
        PyObject *changed = theirs == NULL ? NULL : PyObject_Vectorcall(theirs, args, 1, kwnames);
        Py_XDECREF(dataclasses);
        Py_XDECREF(theirs);
        return changed;
    }
    if (nargs != 1 || cs_class_check(state, (PyObject *)Py_TYPE(args[0])) == NULL) {
        return PyErr_Format(
            PyExc_TypeError, "replace() expects one Struct object, and the changes as keywords%s%s",
            nargs == 1 ? "; got " : "", nargs == 1 ? Py_TYPE(args[0])->tp_name : "");
    }
    /* A class of the user's may define __replace__. */
    PyObject *method = PyObject_GetAttr(args[0], state->names.__replace__);
    if (method == NULL) { return NULL; }
    PyObject *result = PyObject_Vectorcall(method, args + 1, 0, kwnames);
    Py_DECREF(method);
    return result;
}
