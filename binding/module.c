/* module.c: cslots._core as Python sees it: its types and functions. */
#include "class/adopt.h"
#include "class/metatype.h"
#include "class/methods.h"
#include "class/objects_of.h"
#include "kinds/category.h"
#include "model/hold.h"
#include "object/access.h"
#include "object/construct.h"
#include "object/hash.h"
#include "object/hooks.h"
#include "object/members.h"
#include "object/object_type.h"
#include "object/pickle.h"
#include "object/replace.h"
#include "object/repr_method.h"
#include "object/value.h"
#include "pool/add.h"
#include "pool/arrow_out.h"
#include "pool/edit.h"
#include "pool/iterator.h"
#include "pool/pickle.h"
#include "pool/pool_type.h"
#include "pool/row_class.h"
#include "pool/slice_type.h"
#include "pool/sort.h"
#include "pool/view.h"
#include "runtime/package.h"

#ifndef CSLOTS_VERSION
#define CSLOTS_VERSION "unknown"
#endif

static cb_class *need_class(PyObject *module, PyObject *type, const char *function) {
    cb_class *cls = cb_class_check(PyModule_GetState(module), type);
    if (cls == NULL) {
        PyErr_Format(PyExc_TypeError, "%s() expects a Struct class, got %R", function, type);
    }
    return cls;
}

static cb_class *need_object(PyObject *module, PyObject *object, const char *function) {
    cb_class *cls = cb_class_check(PyModule_GetState(module), (PyObject *)Py_TYPE(object));
    if (cls == NULL) {
        PyErr_Format(PyExc_TypeError, "%s() expects a Struct object, got %s", function,
                     Py_TYPE(object)->tp_name);
    }
    return cls;
}

static PyObject *plan_of(PyObject *module, PyObject *type) {
    cb_class *cls = need_class(module, type, "plan_of");
    if (cls == NULL) { return NULL; }
    if (cls->plan == NULL) { /* Struct itself, or a class that is being collected */
        PyObject *plan = cb_package_call("cslots._plan.plan", "root", NULL);
        if (plan == NULL) { return NULL; }
        Py_XSETREF(cls->plan, plan); /* that code may have asked, too */
    }
    return Py_XNewRef(cls->plan);
}

static PyObject *is_struct_class(PyObject *module, PyObject *object) {
    return PyBool_FromLong(cb_class_check(PyModule_GetState(module), object) != NULL);
}

static PyObject *is_being_made(PyObject *module, PyObject *object) {
    cb_state *state = PyModule_GetState(module);
    int made = 0;
    if (PyObject_TypeCheck(object, state->meta_type)) {
        const cb_class *cls = cb_class_of((PyTypeObject *)object);
        made = !((cb_type *)object)->failed && (cls == NULL || cls->flags & CB_CLASS_UNFINISHED);
    }
    return PyBool_FromLong(made);
}

static PyObject *field_layout(const cb_field *field) {
    const cs_kind_info *kind = &cs_kinds[field->kind];
    unsigned mask = (unsigned)(field->state_mask | field->value_mask), shift = 0, bits = 0;
    for (; mask != 0 && !(mask >> shift & 1); shift++) {}
    for (; mask >> (shift + bits) & 1; bits++) {}
    return Py_BuildValue("{s:O,s:s,s:O,s:I,s:I,s:I,s:I,s:I}", "name", field->name, "kind",
                         kind->annotation, "nullable",
                         field->flags & CB_FIELD_NULLABLE ? Py_True : Py_False, "offset",
                         field->offset, "size", (unsigned)kind->size, "bit_byte", field->state_byte,
                         "bit_shift", shift, "bits", bits);
}

static PyObject *layout_of(PyObject *module, PyObject *type) {
    cb_class *cls = need_class(module, type, "layout_of");
    if (cls == NULL) { return NULL; }
    PyObject *fields = PyList_New(0);
    for (uint32_t i = 0; fields != NULL && i < cls->field_count; i++) {
        PyObject *row = field_layout(&cls->fields[i]);
        if (row == NULL || PyList_Append(fields, row) < 0) { Py_CLEAR(fields); }
        Py_XDECREF(row);
    }
    if (fields == NULL) { return NULL; }
    uint32_t bytes, bits;
    cs_layout_holes(&cls->layout, &bytes, &bits);
    int tracked = (cls->flags & CB_CLASS_TRACKED) != 0;
    unsigned gc_head = tracked ? CB_GC_HEAD : 0;
    /* as cb_object_alloc asks */
    uint32_t block =
        tracked && cls->basic_size > cls->block_size ? cls->basic_size : cls->block_size;
    if (!(cls->flags & CB_CLASS_SLAB)) { block = (block + gc_head + 15) / 16 * 16 - gc_head; }
    return Py_BuildValue(
        "{s:s,s:I,s:I,s:O,s:I,s:I,s:I,s:I,s:I,s:(II),s:N}", "name", cls->type->tp_name, "size",
        cls->fixed_size, "block", block, "tracked", tracked ? Py_True : Py_False, "gc_head",
        gc_head, "header", (unsigned)sizeof(PyObject), "weakref_offset", cls->weakref_offset,
        "dict_offset", cls->dict_offset, "tail", cls->text.count ? cls->text.tail : 0, "holes",
        bytes, bits, "fields", fields);
}

static const char *const families[CS_FAMILY_COUNT] = {
#define FAMILY(id, name, form, functions) [CS_FAMILY_##id] = (name),
#include "cslots/families.def"
#undef FAMILY
};

static PyObject *row_of_kind(const cs_kind_info *kind, int is_integer) {
    PyObject *range =
        is_integer ? Py_BuildValue("(LK)", (long long)kind->min, (unsigned long long)kind->max)
                   : Py_NewRef(Py_None);
    if (range == NULL) { return NULL; }
    return Py_BuildValue("{s:s,s:s,s:s,s:i,s:i,s:s,s:s,s:s,s:s,s:s,s:N,s:O,s:O}", "name",
                         kind->annotation, "shown", kind->name, "family", families[kind->family],
                         "size", (int)kind->size, "column", (int)kind->column, "arrow", kind->arrow,
                         "buffer", kind->buffer, "numpy", kind->numpy, "python", kind->python,
                         "accepts", kind->accepts, "range", range, "offered",
                         kind->flags & CS_KIND_OFFERED ? Py_True : Py_False, "plain",
                         kind->flags & CS_KIND_PLAIN ? Py_True : Py_False);
}

static PyObject *kinds(PyObject *module, PyObject *unused) {
    (void)module;
    (void)unused;
    PyObject *rows = PyTuple_New(CS_KIND_COUNT);
    for (int kind = 0; rows != NULL && kind < CS_KIND_COUNT; kind++) {
        PyObject *row = row_of_kind(&cs_kinds[kind], cs_kind_is_integer((cs_kind)kind));
        if (row == NULL) {
            Py_CLEAR(rows);
        } else {
            PyTuple_SET_ITEM(rows, kind, row);
        }
    }
    return rows;
}

static PyObject *values(PyObject *module, PyObject *object) {
    cb_class *cls = need_object(module, object, "values");
    cb_values found;
    PyObject *tuple = NULL;
    if (cls == NULL) { return NULL; }
    cb_class_hold(cls);
    if (cb_values_init(&found, cls->field_count) < 0) { goto done; }
    for (uint32_t i = 0; i < cls->field_count; i++) {
        if (cls->fields[i].flags & CB_FIELD_HIDDEN) { continue; }
        PyObject *value = cb_read_named(cls, &cls->fields[i], object);
        if (value == NULL) { goto done; }
        cb_values_add(&found, value);
    }
    tuple = cb_values_tuple(&found);
done:
    cb_values_clear(&found);
    cb_class_let_go(cls);
    return tuple;
}

static PyObject *slab_stats(PyObject *module, PyObject *unused) {
    (void)unused;
    cs_slab_stats stats;
    cb_state *state = PyModule_GetState(module);
    cs_slab_get_stats(state->slab, &stats);
    return Py_BuildValue("{s:n,s:n,s:n,s:n,s:n}", "arenas", (Py_ssize_t)stats.arenas, "pages",
                         (Py_ssize_t)stats.pages, "blocks", (Py_ssize_t)stats.blocks,
                         "bytes_mapped", (Py_ssize_t)stats.bytes_mapped, "bytes_used",
                         (Py_ssize_t)stats.bytes_used);
}

static PyObject *categories(PyObject *module, PyObject *const *args, Py_ssize_t nargs) {
    if (nargs != 2) {
        return PyErr_Format(PyExc_TypeError,
                            "categories() expects a Struct class and the name of a field");
    }
    cb_class *cls = need_class(module, args[0], "categories");
    for (uint32_t i = 0; cls != NULL && i < cls->field_count; i++) {
        const cb_field *field = &cls->fields[i];
        if (PyUnicode_Check(args[1]) && PyUnicode_Compare(field->name, args[1]) == 0 &&
            field->kind == CS_CATEGORY) {
            return cb_category_tuple(field->argument);
        }
    }
    return cls == NULL ? NULL
                       : PyErr_Format(PyExc_ValueError, "%s has no category field %R",
                                      cls->type->tp_name, args[1]);
}

static PyObject *check_members(PyObject *module, PyObject *type) {
    cb_class *cls = need_class(module, type, "check_members");
    if (cls == NULL) { return NULL; }
    if (!(cls->flags & CB_CLASS_FILLED)) { cb_members_check(cls); }
    cls->flags |= CB_CLASS_FILLED;
    if (PyErr_Occurred()) { return NULL; }
    Py_RETURN_NONE;
}

static PyObject *add_categories(PyObject *module, PyObject *const *args, Py_ssize_t nargs) {
    if (nargs != 3 || !PyUnicode_Check(args[1]) || !PyTuple_Check(args[2])) {
        return PyErr_Format(
            PyExc_TypeError,
            "add_categories() expects a Struct class, the name of a field and a tuple of strings");
    }
    cb_class *cls = need_class(module, args[0], "add_categories");
    const cb_field *field = cls == NULL ? NULL : cb_find_field(cls, args[1]);
    if (cls == NULL) { return NULL; }
    if (field == NULL || field->kind != CS_CATEGORY) {
        return PyErr_Format(PyExc_ValueError, "%s has no category field %R", cls->type->tp_name,
                            args[1]);
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args[2]); i++) {
        PyObject *word = PyTuple_GET_ITEM(args[2], i);
        uint32_t code;
        if (!PyUnicode_CheckExact(word)) {
            return PyErr_Format(PyExc_TypeError, "add_categories() expects a tuple of strings");
        }
        if (cb_category_code(field->argument, word, &code) < 0) { return NULL; }
    }
    Py_RETURN_NONE;
}

static PyObject *force_setattr(PyObject *module, PyObject *const *args, Py_ssize_t nargs) {
    if (nargs != 3) {
        return PyErr_Format(PyExc_TypeError,
                            "force_setattr() expects an object, a field's name and a value");
    }
    if (need_object(module, args[0], "force_setattr") == NULL) { return NULL; }
    if (!PyUnicode_Check(args[1])) {
        return PyErr_Format(PyExc_TypeError, "force_setattr(): a field's name is a str, got %R",
                            args[1]);
    }
    if (cb_force_setattr(args[0], args[1], args[2]) < 0) { return NULL; }
    Py_RETURN_NONE;
}

static PyObject *default_of(PyObject *module, PyObject *const *args, Py_ssize_t nargs) {
    if (nargs != 3) {
        return PyErr_Format(PyExc_TypeError,
                            "default_of() expects a class, the name of a field and a fallback");
    }
    cb_class *cls = need_class(module, args[0], "default_of");
    if (cls == NULL) { return NULL; }
    const cb_field *field = PyUnicode_Check(args[1]) ? cb_find_field(cls, args[1]) : NULL;
    return Py_NewRef(field != NULL && field->default_value != NULL ? field->default_value
                                                                   : args[2]);
}

static PyObject *is_generated(PyObject *module, PyObject *method) {
    return PyBool_FromLong(cb_is_generated(PyModule_GetState(module), method));
}

static PyMethodDef module_methods[] = {
    {"dataclass", (PyCFunction)(void (*)(void))cb_dataclass, METH_FASTCALL | METH_KEYWORDS,
     "dataclass($module, cls=None, /, *, init=True, repr=True, eq=True, order=False, "
     "unsafe_hash=False, frozen=False, match_args=True, "
     "kw_only=False, slots=None, weakref_slot=False, typed=True, weakref=False, dict=None, "
     "gc=None)\n--\n\n"
     "Make a packed dataclass of a class, which stays the same object: "
     "`dataclasses.dataclass(slots=True)` with kinds.\n\n"
     "    >>> @dataclass\n"
     "    ... class User:\n"
     "    ...     name: str\n"
     "    ...     age: uint8 = 0\n\n"
     "typed     True: the annotations decide how values are stored, and values are checked; False: "
     "any value in any field\n"
     "weakref   objects can be referred to weakly (weakref_slot is another name for it)\n"
     "dict      True: attributes beyond the fields; None: if a base class has them; False: refuse "
     "such a base\n"
     "gc        as for Struct\n\n"
     "The other parameters, and what is raised, are those of dataclasses; slots=False is refused."},
    {"default_of", (PyCFunction)(void (*)(void))default_of, METH_FASTCALL,
     "default_of(cls, name, fallback): the default of a field, or the fallback."},
    {"is_generated", is_generated, METH_O,
     "Is this a method that a class has from cslots, and not from its author?"},
    {"plan_of", plan_of, METH_O, "The Plan that a Struct class was made from."},
    {"is_struct_class", is_struct_class, METH_O, "Is this a Struct class?"},
    {"is_being_made", is_being_made, METH_O,
     "Is this a Struct class that its metatype has not finished yet?"},
    {"layout_of", layout_of, METH_O,
     "Offsets and sizes of a Struct class, in bytes, as a dict; cslots.layout() shows it."},
    {"kinds", kinds, METH_NOARGS,
     "The table of kinds (core/include/cslots/kinds.def), a dict a kind."},
    {"values", values, METH_O,
     "All field values of an object, in field order; AttributeError if one is not set."},
    {"replace", (PyCFunction)(void (*)(void))cb_replace, METH_FASTCALL | METH_KEYWORDS,
     "replace(obj, /, **changes): a new object from the constructor, with some fields changed."},
    {"slab_stats", slab_stats, METH_NOARGS,
     "Arenas, pages and blocks of the slab now, and their bytes."},
    {"categories", (PyCFunction)(void (*)(void))categories, METH_FASTCALL,
     "categories(cls, name): the strings in the table of a category field, in the order of their "
     "codes."},
    {"check_members", check_members, METH_O,
     "A library fills objects of the class with object.__setattr__: check what it stores."},
    {"add_categories", (PyCFunction)(void (*)(void))add_categories, METH_FASTCALL,
     "add_categories(cls, name, words): the strings get the next codes of a category field, in "
     "this order. For a class from a pickle."},
    {"fill", (PyCFunction)(void (*)(void))cb_fill, METH_FASTCALL,
     "fill(obj, state): the last step of unpickling an object that may be part of a cycle."},
    {"force_setattr", (PyCFunction)(void (*)(void))force_setattr, METH_FASTCALL,
     "force_setattr(obj, name, value): a checked assignment that also works on a frozen object. "
     "For __init__ and __post_init__."},
    {"restore_pool", (PyCFunction)(void (*)(void))cb_pool_restore, METH_FASTCALL,
     "restore_pool(cls[, rows, columns]): a pool out of a pickle; an empty one, to be filled by "
     "__setstate__."},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject *add_type(PyObject *module, PyType_Spec *spec, PyObject *base,
                              const char *public_name) {
    PyObject *bases = base != NULL ? PyTuple_Pack(1, base) : NULL;
    if (base != NULL && bases == NULL) { return NULL; }
    PyObject *type = PyType_FromModuleAndSpec(module, spec, bases);
    Py_XDECREF(bases);
    if (type != NULL && public_name != NULL &&
        PyModule_AddObjectRef(module, public_name, type) < 0) {
        Py_CLEAR(type);
    }
    return (PyTypeObject *)type;
}

/* The methods of Pool are written in several files; a spec takes one table. */
static int add_methods(PyTypeObject *type, PyMethodDef *methods) {
    for (PyMethodDef *method = methods; method->ml_name != NULL; method++) {
        PyObject *descriptor = method->ml_flags & METH_CLASS ? PyDescr_NewClassMethod(type, method)
                                                             : PyDescr_NewMethod(type, method);
        int result = descriptor == NULL
                         ? -1
                         : PyObject_SetAttrString((PyObject *)type, method->ml_name, descriptor);
        Py_XDECREF(descriptor);
        if (result < 0) { return -1; }
    }
    return 0;
}

static int add_pools(PyObject *module, cb_state *state) {
    if ((state->shield_type = add_type(module, &cb_row_shield_spec, NULL, NULL)) == NULL ||
        (state->pool_iterator_type = add_type(module, &cb_pool_iterator_spec, NULL, NULL)) ==
            NULL ||
        (state->pool_slice_type = add_type(module, &cb_pool_slice_spec, NULL, "PoolSlice")) ==
            NULL ||
        (state->pool_view_type = add_type(module, &cb_pool_view_spec, NULL, NULL)) == NULL ||
        (state->snapshot_type = add_type(module, &cb_pool_snapshot_spec, NULL, NULL)) == NULL ||
        (state->pool_type = add_type(module, &cb_pool_spec, NULL, "Pool")) == NULL) {
        return -1;
    }
    PyMethodDef *const tables[] = {cb_pool_add_methods,   cb_pool_edit_methods,
                                   cb_pool_sort_methods,  cb_pool_export_methods,
                                   cb_pool_arrow_methods, cb_pool_pickle_methods};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (add_methods(state->pool_type, tables[i]) < 0) { return -1; }
    }
    if (add_methods(state->pool_slice_type, cb_pool_export_methods) < 0) { return -1; }
    if ((state->restore = PyObject_GetAttrString(module, "restore_pool")) == NULL) { return -1; }
    state->stale_error = PyErr_NewExceptionWithDoc(
        "cslots.StaleRowError", "A row, or a slice, of a Pool whose record was removed or moved.",
        PyExc_ReferenceError, NULL);
    return state->stale_error == NULL
               ? -1
               : PyModule_AddObjectRef(module, "StaleRowError", state->stale_error);
}

static int add_range_error(PyObject *module, cb_state *state) {
    PyObject *bases = PyTuple_Pack(2, PyExc_OverflowError, PyExc_ValueError);
    if (bases == NULL) { return -1; }
    state->range_error = PyErr_NewExceptionWithDoc(
        "cslots.RangeError", "A value that its field has no room for.", bases, NULL);
    Py_DECREF(bases);
    return state->range_error == NULL
               ? -1
               : PyModule_AddObjectRef(module, "RangeError", state->range_error);
}

/* In the place of CPython's wrapper: see object/repr_method.c. */
static int put_repr(cb_state *state) {
    PyObject *dict = cb_type_dict(state->object_type), *method = cb_repr_new(state, NULL);
    int result =
        dict == NULL || method == NULL ? -1 : PyDict_SetItemString(dict, "__repr__", method);
    Py_XDECREF(method);
    Py_XDECREF(dict);
    PyType_Modified(state->object_type);
    return result;
}

static int module_exec(PyObject *module) {
    cb_state *state = PyModule_GetState(module);
    if (cb_state_init(state) < 0 || cb_hash_try(state) < 0 || cb_objects_try(state) < 0) {
        return -1;
    }
    if (((PyTypeObject *)state->meta_base)->tp_basicsize != (Py_ssize_t)sizeof(PyHeapTypeObject)) {
        PyErr_SetString(
            PyExc_ImportError,
            "cslots: the type objects of this Python are larger than those it was built for");
        return -1;
    }
    if ((state->finisher_type = add_type(module, &cb_finisher_spec, NULL, NULL)) == NULL ||
        (state->category_type = add_type(module, &cb_category_spec, NULL, NULL)) == NULL ||
        (state->descriptor_type = add_type(module, &cb_descriptor_spec, NULL, "FieldDescriptor")) ==
            NULL ||
        (state->init_type = add_type(module, &cb_init_spec, NULL, NULL)) == NULL ||
        (state->repr_type = add_type(module, &cb_repr_spec, NULL, NULL)) == NULL ||
        (state->loader_type = add_type(module, &cb_loader_spec, NULL, "Loader")) == NULL ||
        (state->decorator_type = add_type(module, &cb_decorator_spec, NULL, NULL)) == NULL ||
        (state->object_type = add_type(module, &cb_object_spec, NULL, "Object")) == NULL ||
        (state->meta_type = add_type(module, &cb_meta_spec, state->meta_base, "StructMeta")) ==
            NULL ||
        (state->dataclass_meta = add_type(module, &cb_dataclass_meta_spec,
                                          (PyObject *)state->meta_type, "DataclassMeta")) == NULL) {
        return -1;
    }
    if (add_range_error(module, state) < 0 || add_pools(module, state) < 0) { return -1; }
    PyObject *order = cb_take_order(state->object_type);
    const int added = order == NULL ? -1 : PyModule_AddObjectRef(module, "ORDER", order);
    Py_XDECREF(order);
    if (added < 0 || put_repr(state) < 0 || cb_struct_type_init(module, state) < 0) { return -1; }
    return PyModule_AddStringConstant(module, "__version__", CSLOTS_VERSION);
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
    CB_MODULE_INTERPRETERS_SLOT CB_MODULE_GIL_SLOT{0, NULL},
};

PyMODINIT_FUNC PyInit__core(void);

PyMODINIT_FUNC PyInit__core(void) {
    cb_module_def.m_methods = module_methods;
    cb_module_def.m_slots = module_slots;
    return PyModuleDef_Init(&cb_module_def);
}
