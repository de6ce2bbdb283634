/* class/build.c: from the plan of a class (cslots/_plan/) to its cb_class and a finished type.
 *
 *   plan.fields --> fields with kinds, places --> tables, descriptors, slots --> what a call does
 *                   class/fields.c (core/layout)  of the type: here             class/calls.c
 *
 * Runs inside type.__new__, before any other code sees the type (class/metatype.c says how). All or
 * nothing: on failure the type is thrown away.
 *
 * Invariants
 *   - A field of the base keeps its place: base methods and descriptors stay right for the
 *     subclass. Where no base holds all that the others do, the class is laid out anew
 *     (class/multiple.c), and no base counts as "the base" below.
 *   - tp_basicsize is nominal. It tells CPython which classes share a layout, when code assigns
 *     `__class__` or `__bases__` past cslots, and for a metatype's mro(). Classes with the same
 *     anchor have the same tp_basicsize. Every anchor has a greater one than its base, by a byte
 *     where nothing needs room. What an object takes is fixed_size and block_size.
 *   - After cb_class_finish every field is found on the type as a descriptor of cslots.
 */
#include "class/build.h"
#include "class/calls.h"
#include "class/fields.h"
#include "class/foreign.h"
#include "class/multiple.h"
#include "model/errors.h"
#include "model/plan.h"
#include "object/access.h"
#include "object/block.h"
#include "object/born.h"
#include "object/compare.h"
#include "object/construct.h"
#include "object/members.h"
#include "object/object_type.h"
#include "object/value.h"
#include "runtime/memory.h"

/* ---- tables ---- */

/* Does what the class inherits under the name of this field serve it as it is? The descriptor of a
 * reference says who may write it, that of a cached property which function makes it. Called before
 * the class has descriptors. */
static int inherits_descriptor(const cb_class *cls, const cb_class *base, const cb_field *field) {
    const cb_field *inherited = cb_field_inherited(base, field->name);
    return inherited != NULL && inherited->kind == field->kind &&
           inherited->cached == field->cached && cb_reads_well(cls, field);
}

static int make_tables(cb_class *cls) {
    const cs_allocator *allocator = &cb_python_allocator;
    cs_status status = cs_ptrmap_init(&cls->packed, allocator, cls->field_count);
    if (status == CS_OK) { status = cs_ptrmap_init(&cls->names, allocator, cls->field_count); }
    cls->pointers = PyMem_Calloc(cls->field_count + cls->foreign_count + 1, sizeof *cls->pointers);
    cls->words = PyMem_Calloc(cls->field_count + 1, sizeof *cls->words);
    if (cls->pointers == NULL || cls->words == NULL) { status = CS_NO_MEMORY; }
    for (uint32_t i = 0; status == CS_OK && i < cls->field_count; i++) {
        cb_field *field = &cls->fields[i];
        field->index = i;
        status = cs_ptrmap_set(&cls->names, field->name, (size_t)field);
        if (cs_kind_is_pointer((cs_kind)field->kind)) {
            cls->pointers[cls->pointer_count++] = field->offset;
            if (status == CS_OK && cb_needs_own_descriptor(cls, field) && !field->covered) {
                status = cs_ptrmap_set(&cls->packed, field->name, (size_t)field);
            }
        } else {
            if (status == CS_OK && !field->covered) {
                status = cs_ptrmap_set(&cls->packed, field->name, (size_t)field);
            }
            if (field->kind == CS_INT) { cls->words[cls->word_count++] = field->offset; }
        }
    }
    for (uint32_t i = 0; status == CS_OK && i < cls->foreign_count;
         i++) { /* owned by the object, whoever reads them */
        uint32_t k = 0;
        while (k < cls->pointer_count && cls->pointers[k] != cls->foreign[i].offset) { k++; }
        if (k == cls->pointer_count) {
            cls->pointers[cls->pointer_count++] = cls->foreign[i].offset;
        }
    }
    if (status == CS_OK) {
        cs_ptrmap_tune(&cls->packed);
        cs_ptrmap_tune(&cls->names);
    }
    return cb_error_status(status);
}

/* The parameters of the constructor: in order, those by keyword only at the end. */
static int make_params(cb_class *cls, PyObject *specs) {
    const cb_names *n = &cls->state->names;
    Py_ssize_t total = PyTuple_GET_SIZE(specs);
    cls->params = PyMem_Calloc((size_t)total + 1, sizeof *cls->params);
    if (cls->params == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    int plain = 1;
    for (int keyword_only = 0; keyword_only < 2; keyword_only++) {
        uint32_t next_field = 0;
        for (Py_ssize_t i = 0; i < total; i++) {
            PyObject *spec = PyTuple_GET_ITEM(specs, i);
            cb_field *field = next_field < cls->field_count && cls->fields[next_field].spec == spec
                                  ? &cls->fields[next_field]
                                  : NULL;
            if (field != NULL) { next_field++; }
            if (field != NULL && !(field->flags & CB_FIELD_INIT)) {
                plain = 0;
                continue;
            }
            if (field == NULL) { /* a descriptor may have init=False */
                int wanted = cb_plan_flag(spec, n->init);
                if (wanted < 0) { return -1; }
                if (!wanted) { continue; }
            }
            int by_keyword = field != NULL ? (field->flags & CB_FIELD_KW_ONLY) != 0
                                           : cb_plan_flag(spec, n->kw_only);
            if (by_keyword < 0) { return -1; }
            if (by_keyword != keyword_only) { continue; }
            cb_param *param = &cls->params[cls->param_count];
            param->field = field;
            param->place = (uint32_t)i;
            if (field != NULL) {
                param->name = Py_NewRef(field->name);
                plain &= !field->covered;
            } else {
                plain = 0;
                cls->outside_count++;
                PyObject *kind = PyObject_GetAttr(spec, n->kind);
                param->assigned = kind != NULL && PyUnicode_Check(kind) &&
                                  PyUnicode_Compare(kind, n->descriptor) == 0;
                if (param->assigned) { cls->flags |= CB_CLASS_INDIRECT; }
                Py_XDECREF(kind);
                param->name = PyObject_GetAttr(spec, n->name);
                if (param->name == NULL ||
                    cb_plan_optional(cls->state, spec, n->default_, &param->default_value) < 0) {
                    cls->param_count++;
                    return -1;
                }
                PyUnicode_InternInPlace(&param->name);
            }
            cls->param_count++;
            if (!keyword_only) { cls->positional_count = cls->param_count; }
        }
    }
    if (plain) { cls->flags |= CB_CLASS_SIMPLE; }
    cls->text_params = PyMem_Calloc(cls->text.count + 1, sizeof *cls->text_params);
    if (cls->text_params == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (uint32_t i = 0; i < cls->text.count; i++) { cls->text_params[i] = UINT32_MAX; }
    for (uint32_t i = 0; i < cls->param_count; i++) {
        const cb_field *field = cls->params[i].field;
        if (field != NULL && field->kind == CS_UTF8) { cls->text_params[field->text] = i; }
    }
    cs_status status = cs_ptrmap_init(&cls->parameters, &cb_python_allocator, cls->param_count);
    for (uint32_t i = 0; status == CS_OK && i < cls->param_count; i++) {
        status = cs_ptrmap_set(&cls->parameters, cls->params[i].name, i);
    }
    return cb_error_status(status);
}

/* Defaults are checked once, here; needs the finished type. */
static int take_defaults(cb_class *cls) {
    const cb_names *n = &cls->state->names;
    for (uint32_t i = 0; i < cls->field_count; i++) {
        cb_field *field = &cls->fields[i];
        PyObject *value;
        if (cb_plan_optional(cls->state, field->spec, n->default_factory, &field->factory) < 0 ||
            cb_plan_optional(cls->state, field->spec, n->default_, &value) < 0) {
            return -1;
        }
        if (value == NULL) { continue; }
        field->default_value = cb_field_normalise(cls, field, value);
        Py_DECREF(value);
        if (field->default_value == NULL) { return -1; }
    }
    for (uint32_t i = 0; i < cls->param_count; i++) {
        cb_field *field = cls->params[i].field;
        if (field != NULL && field->default_value != NULL) {
            cls->params[i].default_value = Py_NewRef(field->default_value);
        }
    }
    return 0;
}

/* ---- the type ---- */

static PyObject *get_dict(PyObject *self, void *unused) {
    (void)unused;
    return PyObject_GenericGetDict(self, NULL);
}

static int set_dict(PyObject *self, PyObject *value, void *unused) {
    (void)unused;
    return PyObject_GenericSetDict(self, value, NULL);
}

static PyObject *get_weakref(PyObject *self, void *unused) {
    (void)unused;
    cb_class *cls = cb_class_of_object(self);
    PyObject *list = cls->weakref_offset == 0 ? NULL : *cb_pointer_at(self, cls->weakref_offset);
    return Py_NewRef(list == NULL ? Py_None : list);
}

static PyGetSetDef dict_getset = {"__dict__", get_dict, set_dict, "attributes beyond the fields",
                                  NULL};
static PyGetSetDef weakref_getset = {"__weakref__", get_weakref, NULL,
                                     "list of weak references to the object", NULL};

/* __dict__ and __weakref__ on the class: those of cslots where the objects have them, none where
 * type.__new__ put one for a base's sake. What the author of the class wrote there stays. */
static int set_getsets(cb_class *cls, const cb_class *base, PyObject *dict) {
    const cb_names *n = &cls->state->names;
    const struct {
        PyObject *name;
        PyGetSetDef *def;
        uint32_t own, of_base;
    } rows[] = {
        {n->__dict__, &dict_getset, cls->dict_offset, base ? base->dict_offset : 0},
        {n->__weakref__, &weakref_getset, cls->weakref_offset, base ? base->weakref_offset : 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        PyObject *found = PyDict_GetItemWithError(dict, rows[i].name);
        if (found == NULL && PyErr_Occurred()) { return -1; }
        if (found != NULL && !Py_IS_TYPE(found, &PyGetSetDescr_Type)) { continue; }
        if (found != NULL && PyDict_DelItem(dict, rows[i].name) < 0) { return -1; }
        if (rows[i].own == 0 || rows[i].of_base != 0) { continue; }
        PyObject *descriptor = PyDescr_NewGetSet(cls->type, rows[i].def);
        int result = descriptor == NULL ? -1 : PyDict_SetItem(dict, rows[i].name, descriptor);
        Py_XDECREF(descriptor);
        if (result < 0) { return -1; }
    }
    return 0;
}

/* May the interpreter's own descriptor of this reference store a value, without a check? A frozen
 * dataclass assigns with object.__setattr__ in its __post_init__, and libraries fill dataclasses
 * so. But where nothing asks for it, an object that the collector does not see must not become part
 * of a cycle. */
static int written_by_python(const cb_class *cls, const cb_field *field) {
    if (cls->flags & CB_CLASS_DATACLASS) {
        return (cls->flags & (CB_CLASS_FROZEN | CB_CLASS_TRACKED | CB_CLASS_UNTYPED)) != 0 ||
               field->kind == CS_OBJECT;
    }
    return field->kind == CS_OBJECT && !(field->flags & CB_FIELD_DEFERRED) &&
           !(cls->flags & CB_CLASS_FROZEN);
}

static int set_descriptors(cb_class *cls, const cb_class *base, PyObject *dict) {
    /* With another base in front of ours, an attribute of that base could hide a field. */
    PyObject *first =
        PyTuple_GET_SIZE(cls->type->tp_bases) > 0 ? PyTuple_GET_ITEM(cls->type->tp_bases, 0) : NULL;
    int emit_all = base == NULL || first != (PyObject *)base->type;
    cls->members = PyMem_Calloc(cls->field_count + 1, sizeof *cls->members);
    if (cls->members == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    PyMemberDef *member = cls->members;
    for (uint32_t i = 0; i < cls->field_count; i++) {
        cb_field *field = &cls->fields[i];
        if (field->covered || (!emit_all && inherits_descriptor(cls, base, field))) { continue; }
        PyObject *descriptor;
        if (cs_kind_is_pointer((cs_kind)field->kind) && !cb_needs_own_descriptor(cls, field)) {
            member->name = PyUnicode_AsUTF8(field->name);
            if (member->name == NULL) { return -1; }
            member->type = Py_T_OBJECT_EX;
            member->offset = (Py_ssize_t)field->offset;
            member->flags = written_by_python(cls, field) ? 0 : Py_READONLY;
            descriptor = PyDescr_NewMember(cls->type, member++);
        } else {
            descriptor = cb_descriptor_new(cls->state, cls->type, field->name);
        }
        int result = descriptor == NULL ? -1 : PyDict_SetItem(dict, field->name, descriptor);
        Py_XDECREF(descriptor);
        if (result < 0) { return -1; }
    }
    return 0;
}

/* See the invariants above. */
static uint32_t nominal_size(const cb_class *cls, const cb_class *base, uint32_t size) {
    if (cls->anchor != cls->type) { return base->basic_size; }
    uint32_t below =
        base != NULL ? base->basic_size : (uint32_t)cb_basic_size(cls->state, cls->type->tp_base);
    if (size <= below) { return below + 1; }
    /* To CPython two classes that add only a dict or weak references to one base are the same. */
    uint32_t fields = base != NULL ? base->field_count : 0;
    return cls->field_count == fields && (size - below) % sizeof(PyObject *) == 0 ? size + 1 : size;
}

/* What CPython believes that the class adds to its base, as a name in its `__slots__`: one that no
 * other class has. NULL: an error. */
static PyObject *unlike_any_other(const cb_class *cls) {
    PyObject *number = PyLong_FromVoidPtr(cls->type),
             *slots = number == NULL ? NULL : PyTuple_Pack(1, number);
    Py_XDECREF(number);
    return slots;
}

static int set_slots(cb_class *cls, const cb_class *base) {
    PyTypeObject *type = cls->type;
    size_t tail = cls->text.count != 0 ? CS_TEXT_INLINE_MIN : 0;
    size_t size = cs_slab_round(cls->fixed_size + tail);
    cls->block_size = (uint32_t)size;
    if (CB_USE_SLAB && !(cls->flags & CB_CLASS_TRACKED) && size <= CS_SLAB_MAX) {
        cls->flags |= CB_CLASS_SLAB;
    }
    if (cls->flags & CB_CLASS_SLAB &&
        cls->pointer_count + cls->word_count + cls->dict_offset + cls->weakref_offset == 0) {
        cls->flags |= CB_CLASS_BARE;
    }
    int grew = base != NULL && (cls->field_count != base->field_count ||
                                cls->weakref_offset != base->weakref_offset ||
                                cls->dict_offset != base->dict_offset);
    if (base == NULL) { cb_choose_tp_base(cls); }
    int same_layout = base != NULL && !grew &&
                      ((base->flags ^ cls->flags) & (CB_CLASS_TRACKED | CB_CLASS_SLAB)) == 0;
    cls->anchor = same_layout ? base->anchor : type;
    cls->storer = base != NULL && !grew ? base->storer : type;
    cls->basic_size = nominal_size(cls, base, (uint32_t)size);
    type->tp_basicsize = (Py_ssize_t)cls->basic_size;
    type->tp_itemsize = 0;
    type->tp_flags &= ~(unsigned long)(CB_PREHEADER_FLAGS | Py_TPFLAGS_HAVE_GC);
    type->tp_dictoffset = (Py_ssize_t)cls->dict_offset;
    type->tp_weaklistoffset = (Py_ssize_t)cls->weakref_offset;
    type->tp_alloc = cb_struct_alloc;
    type->tp_dealloc = cb_struct_dealloc;
    if (cls->flags & CB_CLASS_TRACKED) {
        type->tp_flags |= Py_TPFLAGS_HAVE_GC;
        type->tp_traverse = cb_struct_traverse;
        type->tp_clear = cb_struct_clear;
    } else {
        type->tp_traverse = NULL;
        type->tp_clear = NULL;
    }
    /* type.__new__ may have chosen a base without fields */
    if (base != NULL && type->tp_base != base->type) {
        PyTypeObject *old = type->tp_base;
        type->tp_base = (PyTypeObject *)Py_NewRef(base->type);
        Py_XDECREF(old);
    }
    if (cls->anchor == type) {
        PyObject *slots = unlike_any_other(cls);
        if (slots == NULL) { return -1; }
        Py_XSETREF(((PyHeapTypeObject *)type)->ht_slots, slots);
    }
    return 0;
}

/* `__slots__` of the class, which was empty for type.__new__. It is what its author wrote, or else
 * the names of its fields; in an ordinary subclass of a dataclass it stays empty. */
static int set_slots_name(cb_class *cls, PyObject *dict, PyObject *plan) {
    const cb_names *n = &cls->state->names;
    PyObject *raw = PyObject_GetAttr(plan, n->raw), *own = NULL;
    PyObject *shown = raw == NULL ? NULL : PyDict_GetItemWithError(raw, n->__slots__);
    int result = -1;
    if (raw == NULL || (shown == NULL && PyErr_Occurred())) { goto done; }
    if (shown == NULL && cls->flags & CB_CLASS_SUBCLASS) {
        result = PyDict_DelItem(dict, n->__slots__);
        goto done;
    }
    if (shown == NULL && (shown = own = PyObject_GetAttr(plan, n->own_fields)) == NULL) {
        goto done;
    }
    result = PyDict_SetItem(dict, n->__slots__, shown);
done:
    Py_XDECREF(raw);
    Py_XDECREF(own);
    return result;
}

static int read_options(cb_class *cls, PyObject *plan, int *weakref, int *dict) {
    const cb_names *n = &cls->state->names;
    uint32_t flags = 0;
    if (cb_plan_set_flag(&flags, CB_CLASS_TRACKED, plan, n->tracked) < 0 ||
        cb_plan_set_flag(&flags, CB_CLASS_FROZEN, plan, n->frozen) < 0 ||
        cb_plan_set_flag(&flags, CB_CLASS_EQ, plan, n->eq) < 0 ||
        cb_plan_set_flag(&flags, CB_CLASS_ORDER, plan, n->order) < 0 ||
        cb_plan_set_flag(&flags, CB_CLASS_REPR, plan, n->repr) < 0 ||
        (*weakref = cb_plan_flag(plan, n->weakref)) < 0 ||
        (*dict = cb_plan_flag(plan, n->dict)) < 0) {
        return -1;
    }
    int typed = cb_plan_flag(plan, n->typed);
    PyObject *style = typed < 0 ? NULL : PyObject_GetAttr(plan, n->style);
    if (style == NULL) { return -1; }
    if (!typed) { flags |= CB_CLASS_UNTYPED; }
    if (PyUnicode_CompareWithASCIIString(style, "struct") != 0) { flags |= CB_CLASS_DATACLASS; }
    if (PyUnicode_CompareWithASCIIString(style, "subclass") == 0) { flags |= CB_CLASS_SUBCLASS; }
    Py_DECREF(style);
    PyObject *mode = PyObject_GetAttr(plan, n->hash_mode);
    if (mode == NULL) { return -1; }
    if (PyUnicode_Check(mode) && PyUnicode_CompareWithASCIIString(mode, "value") == 0) {
        flags |= CB_CLASS_HASH_VALUE;
    }
    Py_DECREF(mode);
    PyObject *gc = PyObject_GetAttr(plan, n->gc);
    if (gc == NULL) { return -1; }
    if (gc == Py_False) { flags |= CB_CLASS_UNSAFE; }
    Py_DECREF(gc);
    cls->flags |= flags;
    return 0;
}

/* Hold on to the module that defines the class. An untracked object in the globals of its module,
 * and the class's methods, which know these globals, make a cycle that the collector does not see.
 * So at exit the globals would never be emptied, and a file that is open in them would not be
 * flushed. But the interpreter empties the modules that are still alive then, and with this
 * reference that module is. */
static int take_module(cb_class *cls) {
    PyObject *name = PyObject_GetAttr((PyObject *)cls->type, cls->state->names.__module__);
    if (name == NULL) {
        PyErr_Clear();
        return 0;
    }
    PyObject *modules = PyImport_GetModuleDict(); /* borrowed */
    PyObject *module =
        modules != NULL && PyDict_Check(modules) ? PyDict_GetItemWithError(modules, name) : NULL;
    Py_DECREF(name);
    if (module == NULL && PyErr_Occurred()) {
        if (!PyErr_ExceptionMatches(PyExc_TypeError)) { return -1; }
        PyErr_Clear(); /* __module__ is no str */
    }
    cls->module = module != NULL && PyModule_Check(module) ? Py_NewRef(module) : NULL;
    return 0;
}

/* Can an object of this class have fields without a value, in the ordinary run of things? */
static int find_unset(cb_class *cls) {
    const cb_state *state = cls->state;
    int unset = cb_class_has_init(cls) || cb_class_has_new(cls);
    for (uint32_t i = 0; i < cls->field_count && !unset; i++) {
        PyObject *value, *factory;
        if (cls->fields[i].flags & CB_FIELD_INIT ||
            cs_kind_is_pointer((cs_kind)cls->fields[i].kind)) {
            continue;
        }
        if (cb_plan_optional(state, cls->fields[i].spec, state->names.default_, &value) < 0) {
            return -1;
        }
        int failed = cb_plan_optional(state, cls->fields[i].spec, state->names.default_factory,
                                      &factory) < 0;
        unset = value == NULL && factory == NULL;
        Py_XDECREF(value);
        Py_XDECREF(factory);
        if (failed) { return -1; }
    }
    if (PyErr_Occurred()) { return -1; }
    if (unset) { cls->flags |= CB_CLASS_UNSET_BITS; }
    return 0;
}

/* Not the class of its type any more. What is left of it lives as long as the type: a descriptor
 * that points to one of its members may still be held. */
void cb_class_retire(cb_class *cls) {
    cb_type *type = (cb_type *)cls->type;
    cb_class_leave_anchor(cls);
    cb_class_clear(cls);
    cls->retired = type->retired;
    type->retired = cls;
}

/* A cb_class for the type, which is closed until the caller opens it. `plan` is NULL for Struct
 * itself. */
cb_class *cb_class_finish(cb_state *state, PyTypeObject *type, PyObject *plan) {
    const cb_class *base = cb_layout_base(state, type->tp_bases);
    PyObject *specs = NULL, *dict = NULL;
    int weakref = 0, with_dict = 0;
    cb_class *cls = PyMem_Calloc(1, sizeof *cls);
    if (cls == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    cls->state = state;
    cls->type = type;
    cls->access = &cb_object_access;
    cls->record = cls;
    cls->flags = CB_CLASS_UNFINISHED;
    cs_layout_init(&cls->layout, &cb_python_allocator);
    specs = plan != NULL ? PyObject_GetAttr(plan, state->names.fields) : PyTuple_New(0);
    dict = cb_type_dict(type);
    if (specs == NULL || dict == NULL || !PyTuple_Check(specs)) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_SystemError, "cslots: a plan's fields must be a tuple");
        }
        goto failed;
    }
    if (plan != NULL) {
        if (read_options(cls, plan, &weakref, &with_dict) < 0) { goto failed; }
        cls->plan = Py_NewRef(plan);
    } else {
        cls->flags |= CB_CLASS_EQ | CB_CLASS_REPR;
    }
    cb_class_find_setattr(cls);
    if (cb_fields_init(cls, specs) < 0) { goto failed; }
    if (cb_fields_find_covered(cls) < 0) { goto failed; }
    if (cb_foreign_find(cls, base) < 0 || find_unset(cls) < 0 ||
        cb_fields_place(cls, base, weakref, with_dict) < 0 ||
        (base == NULL && cb_keep_places(cls) < 0) || make_tables(cls) < 0 ||
        make_params(cls, specs) < 0 || cb_compare_plan(cls) < 0) {
        goto failed;
    }
    for (uint32_t i = 0; i < cls->field_count; i++) {
        if (!(cls->flags & CB_CLASS_TRACKED) &&
            (cls->fields[i].kind == CS_OBJECT || cls->fields[i].kind == CS_STRUCT)) {
            cls->flags |= CB_CLASS_CHAINS;
        }
    }
    if (set_getsets(cls, base, dict) < 0 || set_descriptors(cls, base, dict) < 0 ||
        (plan != NULL &&
         (cls->flags & (CB_CLASS_DATACLASS | CB_CLASS_SUBCLASS)) != CB_CLASS_DATACLASS &&
         set_slots_name(cls, dict, plan) < 0)) {
        goto failed;
    }
    if (set_slots(cls, base) < 0) { goto failed; }
    if (PyTuple_GET_SIZE(type->tp_bases) > 1 || cls->flags & CB_CLASS_BY_NAME) {
        cb_references_agree(cls);
    }
    ((cb_type *)type)->cls = cls;
    cb_class_join_anchor(cls);
    PyType_Modified(type);
    /* A default may run the user's code, and may be refused. */
    if (take_defaults(cls) < 0 || take_module(cls) < 0) {
        ((cb_type *)type)->cls = NULL; /* no object of it exists */
        goto failed;
    }
    Py_DECREF(specs);
    Py_DECREF(dict);
    return cls;
failed:;
    PyObject *error = cb_error_take();
    ((cb_type *)type)->failed = 1;
    type->tp_vectorcall = cb_construct_unfinished;
    for (uint32_t i = 0; dict != NULL && i < cls->field_count; i++) {
        if (cls->fields[i].name != NULL && !cls->fields[i].covered &&
            PyDict_DelItem(dict, cls->fields[i].name) < 0) {
            PyErr_Clear();
        }
    }
    Py_XDECREF(specs);
    Py_XDECREF(dict);
    cb_class_retire(cls);
    cb_error_restore(error);
    return NULL;
}
