/* pool/row_class.c: which classes pools can hold, and the hidden class of their rows.
 *
 *   User (record class)      Shield (C: __class__, __init_subclass__)
 *        \                     /
 *         row class of User: bases (Shield, User), made with the first Pool(User)
 *
 * A row is an instance of a real subclass, so that isinstance, special methods, super() and the
 * properties of the user work as they are. Rows hide that they belong to a subclass:
 *
 *   row.__class__               User
 *   type(row)(...)              makes a User
 *   User.__subclasses__()       does not show the row class
 *   User.__init_subclass__      does not run for it: that of Shield comes first, and calls no other
 *   class X(type(row))          is refused
 *
 * The row class has a cb_class with the same fields, but their offsets are those of columns. Its
 * table `access` (model/class.h) says so: a function of object/ that meets a row calls that
 * table. A block of the record class, all zero, lies in front of the cb_row. The members of the
 * record class, which CPython reads without asking, find an unset field there.
 *
 * Ownership: the record class owns its row class; a cycle that the collector sees.
 */
#include "pool/row_class.h"
#include "class/calls.h"
#include "kinds/reference.h"
#include "model/errors.h"
#include "model/hold.h"
#include "object/access.h"
#include "object/construct.h"
#include "pool/pool.h"
#include "pool/row.h"
#include "runtime/memory.h"

/* ---- what a pool can hold ---- */

static int refuse(const cb_class *cls, const char *reason) {
    PyErr_Format(PyExc_TypeError, "Pool(%s): %s", cls->type->tp_name, reason);
    return -1;
}

static int check_class(cb_class *cls) {
    if (cls->flags & CB_CLASS_DEFERRED) {
        cb_class_hold(cls);
        const int resolved = cb_class_resolve(cls);
        cb_class_let_go(cls);
        if (resolved < 0) { return -1; }
    }
    if (cls->dict_offset != 0) {
        return refuse(cls, "its objects have a __dict__, and a pool keeps declared fields only; "
                           "leave dict=True out, or decorate the class");
    }
    if (cls->flags & (CB_CLASS_INDIRECT | CB_CLASS_BY_NAME)) {
        return refuse(cls, "it has a field whose values a descriptor keeps elsewhere");
    }
    if (cls->foreign_count != 0) {
        return refuse(cls,
                      "it has slots of a base class that is no Struct; declare them as fields");
    }
    uint32_t stored = 0;
    for (uint32_t i = 0; i < cls->field_count; i++) {
        const cb_field *field = &cls->fields[i];
        stored += field->cached == NULL;
        /* Rows compute a cached property anew, and would not see the value of the field. */
        if (field->cached != NULL && field->flags & CB_FIELD_INIT) {
            return refuse(cls, "it has a cached property over a field");
        }
    }
    return stored == 0 ? refuse(cls, "it has no fields") : 0;
}

cb_class *cb_pool_record_class(cb_state *state, PyObject *type) {
    cb_class *cls = PyType_Check(type) ? cb_class_check(state, type) : NULL;
    if (cls == NULL) {
        PyErr_Format(PyExc_TypeError, "Pool() expects a Struct class or a cslots dataclass, got %R",
                     type);
        return NULL;
    }
    cls = cls->record; /* the class of rows stands for that of the records */
    return check_class(cls) < 0 ? NULL : cls;
}

/* ---- the row class ---- */

static cb_class *copy_class(cb_class *cls, PyTypeObject *type) {
    const uint32_t kept = CB_CLASS_FROZEN | CB_CLASS_EQ | CB_CLASS_ORDER | CB_CLASS_REPR |
                          CB_CLASS_HASH_VALUE | CB_CLASS_DATACLASS | CB_CLASS_SUBCLASS |
                          CB_CLASS_UNTYPED | CB_CLASS_TRACKED;
    cb_class *row = PyMem_Calloc(1, sizeof *row);
    cb_field *fields = PyMem_Calloc(cls->field_count + 1, sizeof *fields);
    if (row == NULL || fields == NULL) {
        PyMem_Free(row);
        PyMem_Free(fields);
        PyErr_NoMemory();
        return NULL;
    }
    row->state = cls->state;
    row->type = row->storer = row->anchor = type;
    row->home = row;
    row->record = cls;
    row->flags = (cls->flags & kept) | CB_CLASS_UNFINISHED;
    row->fixed_size = cls->fixed_size;
    row->weakref_offset = cls->weakref_offset;
    row->fields = fields;
    row->field_count = cls->field_count;
    row->spec_count = cls->spec_count;
    row->plan = Py_XNewRef(cls->plan);
    uint32_t columns = 0;
    cs_layout_init(&row->layout, &cb_python_allocator);
    cs_status status = cs_ptrmap_init(&row->packed, &cb_python_allocator, cls->field_count);
    if (status == CS_OK) {
        status = cs_ptrmap_init(&row->names, &cb_python_allocator, cls->field_count);
    }
    for (uint32_t i = 0; i < cls->field_count; i++) {
        const cb_field *from = &cls->fields[i];
        cb_field *field = &fields[i];
        /* The offset is that of the column among the pool's columns; see pool/row.c. */
        *field = (cb_field){.kind = from->kind,
                            .flags = from->flags,
                            .covered = from->covered,
                            .index = i,
                            .known = from->known};
        field->offset =
            from->cached != NULL ? CB_NO_COLUMN : columns++ * (uint32_t)sizeof(cs_column);
        field->name = Py_NewRef(from->name);
        field->argument = Py_XNewRef(from->argument);
        field->default_value = Py_XNewRef(from->default_value);
        field->factory = Py_XNewRef(from->factory);
        field->spec = Py_XNewRef(from->spec);
        field->cached = Py_XNewRef(from->cached);
        if (status == CS_OK && !field->covered) {
            status = cs_ptrmap_set(&row->packed, field->name, (size_t)field);
        }
        if (status == CS_OK) { status = cs_ptrmap_set(&row->names, field->name, (size_t)field); }
    }
    if (status != CS_OK) {
        cb_class_free(row);
        cb_error_status(status);
        return NULL;
    }
    cs_ptrmap_tune(&row->packed);
    cs_ptrmap_tune(&row->names);
    return row;
}

/* Every field is read and written through a descriptor of the row class. Those of the record class
 * know offsets in objects. */
static int set_descriptors(cb_class *row) {
    PyObject *dict = cb_type_dict(row->type);
    int result = dict == NULL ? -1 : 0;
    for (uint32_t i = 0; result == 0 && i < row->field_count; i++) {
        if (row->fields[i].covered) { continue; }
        PyObject *descriptor = cb_descriptor_new(row->state, row->type, row->fields[i].name);
        result = descriptor == NULL ? -1 : PyDict_SetItem(dict, row->fields[i].name, descriptor);
        Py_XDECREF(descriptor);
    }
    Py_XDECREF(dict);
    return result;
}

/* The namespace that a class statement for the row class would have. */
static PyObject *make_namespace(cb_class *cls) {
    const cb_names *n = &cls->state->names;
    PyObject *namespace = PyDict_New(), *empty = PyTuple_New(0);
    PyObject *module = PyObject_GetAttr((PyObject *)cls->type, n->__module__);
    PyObject *qualname = PyObject_GetAttr((PyObject *)cls->type, n->__qualname__);
    PyObject *dict = cb_type_dict(cls->type),
             *fields = dict == NULL ? NULL : PyDict_GetItemString(dict, "__dataclass_fields__");
    /* orjson looks into the dict of the very class. */
    if (fields != NULL && namespace != NULL &&
        PyDict_SetItemString(namespace, "__dataclass_fields__", fields) < 0) {
        Py_CLEAR(namespace);
    }
    Py_XDECREF(dict);
    if (namespace == NULL || empty == NULL || module == NULL || qualname == NULL ||
        PyDict_SetItem(namespace, n->__slots__, empty) < 0 ||
        PyDict_SetItem(namespace, n->__module__, module) < 0 ||
        PyDict_SetItem(namespace, n->__qualname__, qualname) < 0 ||
        /* A __del__ that a base gets later is not put into the slot of the row class. */
        PyDict_SetItemString(namespace, "__del__", Py_None) < 0) {
        Py_CLEAR(namespace);
    }
    Py_XDECREF(empty);
    Py_XDECREF(module);
    Py_XDECREF(qualname);
    return namespace;
}

/* type.__new__ with Shield as a base. For CPython Shield has a layout of its own, and takes no
 * subclasses. Both are put aside for that call. No user code runs in it, since the collector is off
 * and a metatype with an mro() of its own is refused. */
static PyObject *make_type(cb_class *cls, PyObject *args) {
    cb_state *state = cls->state;
    PyTypeObject *meta = Py_TYPE(cls->type), *shield = state->shield_type;
    PyObject *name = PyUnicode_InternFromString("mro");
    if (name == NULL) { return NULL; }
    const int own_mro = cb_type_lookup(meta, name) != cb_type_lookup(&PyType_Type, name);
    Py_DECREF(name);
    if (own_mro) {
        PyErr_Format(PyExc_TypeError,
                     "Pool(%s): its metaclass %s has an mro() of its own, which could leave out "
                     "what rows need",
                     cls->type->tp_name, meta->tp_name);
        return NULL;
    }
    int locked = cb_thread_lock_take(&state->types);
    const int collected = PyGC_Disable();
    const Py_ssize_t size = shield->tp_basicsize;
    shield->tp_basicsize = (Py_ssize_t)sizeof(PyObject);
    shield->tp_flags |= Py_TPFLAGS_BASETYPE;
    PyObject *made = PyType_Type.tp_new(meta, args, NULL);
    shield->tp_flags &= ~(unsigned long)Py_TPFLAGS_BASETYPE;
    shield->tp_basicsize = size;
    if (collected) { PyGC_Enable(); }
    cb_thread_lock_give_back(&state->types, &locked);
    return made;
}

static cb_class *make_row_class(cb_class *cls) {
    cb_state *state = cls->state;
    cb_class *row = NULL;
    PyObject *name = PyType_GetName(cls->type),
             *bases = PyTuple_Pack(2, state->shield_type, cls->type),
             *namespace = make_namespace(cls);
    PyObject *args = name == NULL || bases == NULL || namespace == NULL
                         ? NULL
                         : PyTuple_Pack(3, name, bases, namespace);
    PyObject *made = args == NULL ? NULL : make_type(cls, args);
    Py_XDECREF(name);
    Py_XDECREF(bases);
    Py_XDECREF(namespace);
    Py_XDECREF(args);
    if (made == NULL) { return NULL; }
    PyTypeObject *type = (PyTypeObject *)made;
    cb_class_close(type);
    if (Py_TYPE(type) != Py_TYPE(cls->type)) { /* a metatype made something else of it */
        Py_DECREF(made);
        PyErr_Format(PyExc_TypeError, "Pool(%s): its metatype does not make an ordinary subclass",
                     cls->type->tp_name);
        return NULL;
    }
    row = copy_class(cls, type);
    if (row == NULL) { goto failed; }
    ((cb_type *)type)->cls = row;
    if (set_descriptors(row) < 0 || cb_row_setup_type(row) < 0) { goto failed; }
    if (cls->row_type != NULL) { /* meanwhile the collector ran code that made one */
        Py_DECREF(made);
        return cb_class_of(cls->row_type);
    }
    row->flags &= ~(uint32_t)CB_CLASS_UNFINISHED;
    PyType_Modified(type);
    cls->row_type = type; /* takes the reference */
    return row;
failed:;
    PyObject *error = cb_error_take();
    ((cb_type *)type)->failed = 1;
    type->tp_vectorcall = cb_construct_unfinished;
    Py_DECREF(made);
    cb_error_restore(error);
    return NULL;
}

cb_class *cb_row_class_of(cb_class *cls) {
    if (cls->row_type != NULL) { return cb_class_of(cls->row_type); }
    cb_class_hold(cls); /* user code of a metatype may decorate the class */
    cb_class *row = make_row_class(cls);
    cb_class_let_go(cls);
    return row;
}

/* ---- what every row class has from its first base ---- */

static PyObject *shield_class(PyObject *self, void *unused) {
    (void)unused;
    cb_class *row = cb_class_of_object(self);
    return Py_NewRef((PyObject *)(row != NULL ? row->record->type : Py_TYPE(self)));
}

static int shield_set_class(PyObject *self, PyObject *value, void *unused) {
    (void)value;
    (void)unused;
    PyErr_Format(PyExc_TypeError, "%s.__class__: a row of a Pool keeps its class",
                 Py_TYPE(self)->tp_name);
    return -1;
}

static PyObject *shield_init_subclass(PyObject *type, PyObject *const *args, Py_ssize_t nargs,
                                      PyObject *kwnames) {
    (void)type;
    (void)args;
    (void)nargs;
    (void)kwnames;
    Py_RETURN_NONE;
}

static PyGetSetDef shield_getset[] = {
    {"__class__", shield_class, shield_set_class, "The class of the records.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef shield_methods[] = {
    {"__init_subclass__", (PyCFunction)(void (*)(void))shield_init_subclass,
     METH_FASTCALL | METH_KEYWORDS | METH_CLASS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot shield_slots[] = {
    {Py_tp_doc, "The first base of the classes of rows."},
    {Py_tp_getset, shield_getset},
    {Py_tp_methods, shield_methods},
    {0, NULL},
};

PyType_Spec cb_row_shield_spec = {
    .name = "cslots._core.Row",
    /* Nominal, so that CPython tells it from `object`: the mro() of a metatype cannot name it. */
    .basicsize = sizeof(PyObject) + 1,
    /* Only row classes derive from it: make_type(). */
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = shield_slots,
};
