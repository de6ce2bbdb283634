/* classes.c: what the census knows about each type it meets.
 *
 *    type's address --table--> census_class: how an object is sized, where its attributes are,
 *                                            what was counted
 *
 * A record is made once for each type, from type structures alone. Dicts are walked entry by entry
 * and never searched, since a search may call the __eq__ of a strange key.
 */
#include "census/classes.h"

#include "census/blocks.h"
#include "census/memory.h"
#include "census/private.h"

PyObject *census_own_dict(PyTypeObject *type) {
    PyObject *dict = cb_type_dict(type);
    Py_XDECREF(dict); /* the type holds it */
    return dict;
}

/* ---- how its objects are sized ---- */

/* Types in C with memory besides the object, whose __sizeof__ is known to do only arithmetic. */
static const char *const asked_types[] = {
    "collections.deque",  "array.array",
    "decimal.Decimal",    "numpy.ndarray",
    "_io.BytesIO",        "_io.StringIO",
    "_io.BufferedReader", "_io.BufferedWriter",
    "_io.BufferedRandom", "xml.etree.ElementTree.Element",
};

static PyObject *entry_of(PyTypeObject *type, const char *name) {
    PyObject *dict = census_own_dict(type), *key, *value;
    Py_ssize_t at = 0;
    while (dict != NULL && PyDict_Next(dict, &at, &key, &value)) {
        if (PyUnicode_CheckExact(key) && PyUnicode_CompareWithASCIIString(key, name) == 0) {
            return value;
        }
    }
    return NULL;
}

/* The __sizeof__ of the type itself. A class can have any name, and the __sizeof__ of any other
 * type in its dict. */
static PyCFunction own_sizeof(PyTypeObject *type) {
    PyObject *method = entry_of(type, "__sizeof__");
    if (method == NULL || Py_TYPE(method) != &PyMethodDescr_Type || PyDescr_TYPE(method) != type) {
        return NULL;
    }
    const PyMethodDef *def = ((PyMethodDescrObject *)method)->d_method;
    return (def->ml_flags & ~METH_COEXIST) == METH_NOARGS ? def->ml_meth : NULL;
}

static bool made_by_statement(const census *c, PyTypeObject *type) {
    const PyTypeObject *probe = (const PyTypeObject *)c->probe;
    return (type->tp_flags & Py_TPFLAGS_HEAPTYPE) && type->tp_dealloc == probe->tp_dealloc;
}

static bool find_asked(const census *c, census_class *cls) {
    PyObject *mro = cls->type->tp_mro;
    for (PyTypeObject *base = cls->type; base != NULL && base != &PyBaseObject_Type;
         base = base->tp_base) {
        if (made_by_statement(c, base)) { continue; }
        if (strcmp(base->tp_name, "collections.OrderedDict") == 0) { cls->flags |= CLASS_ORDERED; }
        for (size_t i = 0; i < Py_ARRAY_LENGTH(asked_types); i++) {
            if (strcmp(base->tp_name, asked_types[i]) != 0 ||
                (cls->asked = own_sizeof(base)) == NULL) {
                continue;
            }
            if (i == 0) { cls->flags |= CLASS_DEQUE; }
            return true;
        }
    }
    /* A Struct of cslots has its C part as a base beside its layout. */
    for (Py_ssize_t i = 0; mro != NULL && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (strcmp(base->tp_name, "cslots._core.Object") == 0 &&
            (cls->asked = own_sizeof(base)) != NULL) {
            cls->flags |= CLASS_SLAB;
            return true;
        }
    }
    return false;
}

static census_kind find_kind(const census *c, census_class *cls) {
    PyTypeObject *type = cls->type;
    unsigned long flags = type->tp_flags;
    if (flags & Py_TPFLAGS_TYPE_SUBCLASS) { return KIND_TYPE; }
    if (flags & Py_TPFLAGS_LONG_SUBCLASS) { return KIND_INT; }
    if (flags & Py_TPFLAGS_UNICODE_SUBCLASS) { return KIND_STR; }
    if (flags & Py_TPFLAGS_LIST_SUBCLASS) { return KIND_LIST; }
    if (flags & Py_TPFLAGS_DICT_SUBCLASS) {
        find_asked(c, cls);
        if (!c->use_private &&
            (cls->asked = own_sizeof(cls->flags & CLASS_ORDERED ? type : &PyDict_Type)) == NULL) {
            cls->asked = own_sizeof(&PyDict_Type);
        }
        return KIND_DICT;
    }
    if (flags & Py_TPFLAGS_TUPLE_SUBCLASS) {
        PyObject *fields =
            type == &PyTuple_Type || made_by_statement(c, type) ? NULL : entry_of(type, "n_fields");
        int64_t items;
        if (fields != NULL && PyLong_CheckExact(fields) && cb_long_small(fields, &items) &&
            items >= 0 && items < 1000) {
            cls->items = (uint32_t)items;
            return KIND_STRUCTSEQ;
        }
        return KIND_TUPLE;
    }
    if (type == &PyCode_Type) { return KIND_CODE; }
    if (type == &PyGen_Type || type == &PyCoro_Type || type == &PyAsyncGen_Type) {
        cls->asked = own_sizeof(type);
        return c->use_private || cls->asked != NULL ? KIND_GENERATOR : KIND_FIXED;
    }
    if (type == &PyFrame_Type) { return KIND_FRAME; }
    if (PyType_IsSubtype(type, &PySet_Type) || PyType_IsSubtype(type, &PyFrozenSet_Type)) {
        return KIND_SET;
    }
    if (PyType_IsSubtype(type, &PyByteArray_Type)) { return KIND_BYTEARRAY; }
    if (find_asked(c, cls)) { return KIND_ASKED; }
    return type->tp_itemsize != 0 ? KIND_VARIABLE : KIND_FIXED;
}

/* ---- where its attributes are ---- */

static bool add_slot(census *c, census_class *cls, PyTypeObject *base, const PyMemberDef *member,
                     PyObject *name) {
    if ((member->type != Py_T_OBJECT_EX && member->type != CB_T_OBJECT) ||
        (member->flags & CB_RELATIVE_OFFSET)) {
        return true;
    }
    if (member->offset < (Py_ssize_t)sizeof(PyObject) ||
        member->offset % (Py_ssize_t)sizeof(void *) != 0) {
        return true;
    }
    if (member->offset + (Py_ssize_t)sizeof(void *) > base->tp_basicsize ||
        base->tp_basicsize > cls->type->tp_basicsize) {
        return true;
    }
    uint32_t at = 0;
    while (at < cls->slot_count && cls->slots[at].offset < member->offset) { at++; }
    if (at < cls->slot_count && cls->slots[at].offset == member->offset) { return true; }
    census_slot *more = census_alloc(&c->memory, (cls->slot_count + 1) * sizeof *more);
    if (more == NULL) { return census_failed(c); }
    for (uint32_t i = 0; i < cls->slot_count; i++) { more[i + (i >= at)] = cls->slots[i]; }
    more[at] = (census_slot){member->offset, name, NULL};
    cls->slots = more;
    cls->slot_count++;
    return true;
}

/* Slots are members that hold an object: __slots__ makes them, and so do cslots, msgspec and
 * others. */
static bool find_slots(census *c, census_class *cls) {
    PyObject *mro = cls->type->tp_mro, *key, *value;
    for (Py_ssize_t i = 0; mro != NULL && i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *base = PyTuple_GET_ITEM(mro, i),
                 *dict = PyType_Check(base) ? census_own_dict((PyTypeObject *)base) : NULL;
        Py_ssize_t at = 0;
        while (dict != NULL && PyDict_Next(dict, &at, &key, &value)) {
            if (Py_TYPE(value) != &PyMemberDescr_Type) { continue; }
            PyTypeObject *owner = PyDescr_TYPE(value);
            PyObject *name = PyDescr_NAME(value);
            if (owner == NULL || name == NULL || !PyUnicode_CheckExact(name) ||
                !PyType_IsSubtype(cls->type, owner)) {
                continue;
            }
            if (!add_slot(c, cls, owner, ((PyMemberDescrObject *)value)->d_member, name)) {
                return false;
            }
        }
    }
    for (uint32_t i = 0; i < cls->slot_count; i++) {
        cls->slots[i].attribute =
            census_attribute_named(c, cls, cls->slots[i].name, STORED_IN_SLOT);
        if (cls->slots[i].attribute == NULL) { return false; }
    }
    return true;
}

/* A named tuple has the names of its items in _fields. */
static bool find_fields(census *c, census_class *cls) {
    PyObject *mro = cls->type->tp_mro, *fields = NULL;
    for (Py_ssize_t i = 0; mro != NULL && fields == NULL && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (base->tp_flags & Py_TPFLAGS_HEAPTYPE) { fields = entry_of(base, "_fields"); }
    }
    if (fields == NULL || !PyTuple_CheckExact(fields) ||
        PyTuple_GET_SIZE(fields) > CENSUS_NAME_CAP / 2) {
        return true;
    }
    uint32_t count = (uint32_t)PyTuple_GET_SIZE(fields);
    cls->fields = census_alloc(&c->memory, (count + 1) * sizeof(census_attribute *));
    if (cls->fields == NULL) { return census_failed(c); }
    for (uint32_t i = 0; i < count; i++) {
        PyObject *name = PyTuple_GET_ITEM(fields, i);
        if (!PyUnicode_CheckExact(name)) { return true; }
        if ((cls->fields[i] = census_attribute_named(c, cls, name, STORED_IN_TUPLE)) == NULL) {
            return false;
        }
    }
    cls->field_count = count;
    return true;
}

/* Do slots and dict hold everything that its objects refer to? Then tp_traverse need not be
 * called. */
static bool is_plain(const census *c, PyTypeObject *type) {
    if (!PyType_IS_GC(type)) { return true; }
    const PyTypeObject *probe = (const PyTypeObject *)c->probe;
    for (; type != NULL && type != &PyBaseObject_Type; type = type->tp_base) {
        if (type->tp_traverse != probe->tp_traverse && type->tp_traverse != NULL) { return false; }
    }
    return type != NULL;
}

static bool is_only(const census *c, PyTypeObject *type) {
    if (c->only == NULL) { return true; }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(c->only); i++) {
        if (PyTuple_GET_ITEM(c->only, i) == (PyObject *)type) { return true; }
    }
    return false;
}

/* Some extensions have a tp_itemsize and no ob_size: a slot, a dict or a weak list stands
 * there. */
static bool has_no_size(const census_class *cls) {
    const Py_ssize_t end = (Py_ssize_t)sizeof(PyVarObject);
    return (cls->slot_count != 0 && cls->slots[0].offset < end) ||
           (cls->weaklist > 0 && cls->weaklist < end) ||
           (cls->dict_offset > 0 && cls->dict_offset < end);
}

static census_class *new_class(census *c, PyTypeObject *type) {
    census_class *cls = census_alloc(&c->memory, sizeof *cls);
    if (cls == NULL) { return NULL; }
    unsigned long flags = type->tp_flags;
    cls->type = type;
    if (flags & Py_TPFLAGS_HAVE_GC) { cls->flags |= CLASS_GC; }
    if (type->tp_is_gc != NULL) { cls->flags |= CLASS_IS_GC; }
    if (flags & Py_TPFLAGS_MANAGED_DICT) { cls->flags |= CLASS_MANAGED_DICT; }
    if (flags & Py_TPFLAGS_INLINE_VALUES) { cls->flags |= CLASS_INLINE_VALUES; }
    if (flags & Py_TPFLAGS_MANAGED_WEAKREF) { cls->flags |= CLASS_MANAGED_WEAKREF; }
    if (cls->flags & CLASS_GC) { cls->gc_head = CB_GC_HEAD; }
    cls->front =
        cls->gc_head +
        (cls->flags & (CLASS_MANAGED_DICT | CLASS_MANAGED_WEAKREF) ? 2 * sizeof(void *) : 0);
    cls->kind = find_kind(c, cls);
    if (cls->kind == KIND_FIXED && !(cls->flags & CLASS_INLINE_VALUES)) {
        cls->fixed_block =
            (uint32_t)census_block(c, cls->front + (size_t)type->tp_basicsize, false);
    }
    cls->weaklist = type->tp_weaklistoffset;
    if (!(cls->flags & CLASS_MANAGED_DICT)) { cls->dict_offset = type->tp_dictoffset; }
    bool scalar = !(cls->flags & CLASS_GC) && cls->kind != KIND_CODE && type != &PyRange_Type;
    if ((flags & Py_TPFLAGS_HEAPTYPE) && cls->kind != KIND_TYPE &&
        (made_by_statement(c, type) || Py_TYPE(type) != &PyType_Type || type->tp_dictoffset != 0 ||
         (cls->flags & CLASS_MANAGED_DICT))) {
        cls->flags |= CLASS_SUBJECT;
        if (is_plain(c, type)) { cls->flags |= CLASS_PLAIN; }
        if (c->details && is_only(c, type)) { cls->flags |= CLASS_DETAILS; }
        if (made_by_statement(c, type) || Py_TYPE(type) != &PyType_Type) {
            cls->flags |= CLASS_STATEMENT;
        }
        if (!find_slots(c, cls) || (cls->kind == KIND_TUPLE && !find_fields(c, cls))) {
            return NULL;
        }
    } else if (scalar) {
        cls->flags |= CLASS_SCALAR;
    }
    if (cls->kind == KIND_VARIABLE && has_no_size(cls)) { cls->kind = KIND_FIXED; }
    return cls;
}

/* ---- the table ---- */

static size_t place(const PyTypeObject *type, size_t room) {
    return (size_t)(((uint64_t)(uintptr_t)type * UINT64_C(0x9E3779B97F4A7C15)) >> 24) & (room - 1);
}

static bool grow(census *c) {
    census_classes *classes = &c->classes;
    size_t room = classes->room == 0 ? 2048 : classes->room * 2;
    census_class **table = census_map(&c->memory, room * sizeof(census_class *));
    if (table == NULL) { return census_failed(c); }
    for (size_t i = 0; i < classes->room; i++) {
        if (classes->table[i] == NULL) { continue; }
        size_t at = place(classes->table[i]->type, room);
        while (table[at] != NULL) { at = (at + 1) & (room - 1); }
        table[at] = classes->table[i];
    }
    census_unmap(&c->memory, classes->table);
    classes->table = table;
    classes->room = room;
    return true;
}

census_class *census_find_class(const census *c, const PyTypeObject *type) {
    const census_classes *classes = &c->classes;
    if (classes->room == 0) { return NULL; }
    size_t at = place(type, classes->room);
    while (classes->table[at] != NULL && classes->table[at]->type != type) {
        at = (at + 1) & (classes->room - 1);
    }
    return classes->table[at];
}

census_class *census_class_of(census *c, PyTypeObject *type) {
    census_classes *classes = &c->classes;
    census_class **recent = &classes->recent[((uintptr_t)type >> 5 ^ (uintptr_t)type >> 11) & 63];
    if (*recent != NULL && (*recent)->type == type) { return *recent; }
    if (classes->count * 2 >= classes->room && !grow(c)) { return NULL; }
    size_t at = place(type, classes->room);
    while (classes->table[at] != NULL && classes->table[at]->type != type) {
        at = (at + 1) & (classes->room - 1);
    }
    if (classes->table[at] == NULL) {
        census_class *made = new_class(c, type);
        if (made == NULL) {
            census_failed(c);
            return NULL;
        }
        classes->table[at] = made;
        classes->count++;
    }
    return *recent = classes->table[at];
}

/* ---- its attributes by name ---- */

static size_t name_place(const PyObject *name, size_t room) {
    return (size_t)(((uint64_t)(uintptr_t)name * UINT64_C(0x9E3779B97F4A7C15)) >> 24) & (room - 1);
}

static bool same_text(PyObject *a, PyObject *b) {
    if (a == b) { return true; }
    Py_ssize_t length = PyUnicode_GET_LENGTH(a);
    return length == PyUnicode_GET_LENGTH(b) && PyUnicode_KIND(a) == PyUnicode_KIND(b) &&
           memcmp(PyUnicode_DATA(a), PyUnicode_DATA(b),
                  (size_t)length * (size_t)PyUnicode_KIND(a)) == 0;
}

static void remember(census_class *cls, PyObject *name, census_attribute *attribute) {
    size_t room = (size_t)cls->attribute_room * 4, at = name_place(name, room), steps = 0;
    while (cls->by_name[at].name != NULL && ++steps < room / 2) { at = (at + 1) & (room - 1); }
    /* If the table is full, the newest name takes the place. That only makes a search longer. */
    cls->by_name[at].name = name;
    cls->by_name[at].attribute = attribute;
}

static bool grow_names(census *c, census_class *cls) {
    uint32_t room = cls->attribute_room == 0 ? 16 : cls->attribute_room * 2;
    census_attribute **more = census_alloc(&c->memory, room * sizeof(census_attribute *));
    void *names = census_alloc(&c->memory, (size_t)room * 4 * sizeof *cls->by_name);
    if (more == NULL || names == NULL) { return census_failed(c); }
    if (cls->attribute_count != 0) {
        memcpy(more, cls->attributes, cls->attribute_count * sizeof(census_attribute *));
    }
    cls->attributes = more;
    cls->by_name = names;
    cls->attribute_room = room;
    for (uint32_t i = 0; i < cls->attribute_count; i++) { remember(cls, more[i]->name, more[i]); }
    return true;
}

static census_attribute *new_attribute(census *c, PyObject *name, census_storage_kind storage) {
    census_attribute *attribute = census_alloc(&c->memory, sizeof *attribute);
    if (attribute == NULL) {
        census_failed(c);
        return NULL;
    }
    attribute->name = name;
    attribute->storage = storage;
    return attribute;
}

census_attribute *census_attribute_named(census *c, census_class *cls, PyObject *name,
                                         census_storage_kind storage) {
    if (cls->attribute_room != 0) {
        size_t room = (size_t)cls->attribute_room * 4, at = name_place(name, room);
        for (size_t steps = 0; cls->by_name[at].name != NULL && steps < room / 2; steps++) {
            if (cls->by_name[at].name == name) { return cls->by_name[at].attribute; }
            at = (at + 1) & (room - 1);
        }
    }
    if (!PyUnicode_CheckExact(name)) { name = NULL; }
    for (uint32_t i = 0; name != NULL && i < cls->attribute_count; i++) {
        if (!same_text(name, cls->attributes[i]->name)) { continue; }
        if (PyUnicode_CHECK_INTERNED(name)) { remember(cls, name, cls->attributes[i]); }
        return cls->attributes[i];
    }
    if (name == NULL || cls->attribute_count >= CENSUS_NAME_CAP) {
        cls->names_capped = true;
        if (cls->rest == NULL) { cls->rest = new_attribute(c, NULL, storage); }
        return cls->rest;
    }
    if (cls->attribute_count == cls->attribute_room && !grow_names(c, cls)) { return NULL; }
    census_attribute *attribute = new_attribute(c, name, storage);
    if (attribute == NULL) { return NULL; }
    cls->attributes[cls->attribute_count++] = attribute;
    remember(cls, name, attribute);
    return attribute;
}
