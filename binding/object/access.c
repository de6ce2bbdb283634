/* object/access.c: attributes of an instance: how reads stay fast, and how writes are checked.
 *
 * Reads. A pointer field is a plain member descriptor. The interpreter specialises its load like
 * that of a slot, and so it does with properties and method calls, but only while the tp_getattro
 * of the type is PyObject_GenericGetAttr. hasattr() and getattr() with a default, too, make no
 * exception for a missing name only then. A packed field is never specialised: each read goes
 * through tp_getattro. So a class with packed fields is in one of two states:
 *
 *               any name that is not a packed field (a method, a property, a missing name)
 *      QUICK ----------------------------------------------------------------------> OPEN
 *      tp_getattro = cb_struct_getattro:                  tp_getattro = PyObject_GenericGetAttr:
 *      one look into a small table of names               the interpreter specialises
 *            <----------------------------------------------------------------------
 *               CB_OPEN_READS packed fields were read through their descriptors
 *
 * Invariants
 *   - The state is what stands in tp_getattro, and nothing else says it. CPython writes that slot
 *     when code gives the class, a base or a mixin a `__getattr__` or `__getattribute__` (then
 *     it holds a hook of CPython's, and the class has no state), and when these are taken away
 *     (then the class is open).
 *   - The states differ in speed only. The descriptor of a packed field is a data descriptor, and
 *     the metatype refuses to replace it, so both states find the same attribute. What is in no
 *     table takes PyObject_GenericGetAttr in both, once: a property that raises is not run again,
 *     and a missing attribute is told in Python's words.
 *   - A site that was specialised while the class was open stays so. The version of the type
 *     guards it, which the change of tp_getattro does not touch, and what it reads (offsets,
 *     methods, properties) is the same in both states.
 *
 * Which state a class is in is one aligned pointer in the type, written under the GIL.
 *
 * A cached property that is kept in a reference has a descriptor of cslots, too, since a member
 * descriptor cannot make a value.
 *
 * Writes. cb_struct_setattro finds the field by name and stores through object/value.c. The
 * descriptors check too, as some ways to write go past tp_setattro.
 */
#include "object/access.h"
#include "model/errors.h"
#include "model/plan.h"
#include "object/blank.h"
#include "object/check.h"
#include "object/value.h"
#include "runtime/package.h"

/* Laid out as PyMemberDescrObject: class/multiple.c turns one of those into such a descriptor. */
typedef struct {
    PyObject_HEAD
    PyTypeObject *owner; /* strong */
    PyObject *name;
    PyObject *qualname;
    PyMemberDef *member; /* NULL, or what it was */
} Descriptor;

_Static_assert(sizeof(Descriptor) == sizeof(PyMemberDescrObject) &&
                   offsetof(Descriptor, owner) == offsetof(PyDescrObject, d_type) &&
                   offsetof(Descriptor, name) == offsetof(PyDescrObject, d_name) &&
                   offsetof(Descriptor, qualname) == offsetof(PyDescrObject, d_qualname) &&
                   offsetof(Descriptor, member) == offsetof(PyMemberDescrObject, d_member),
               "a member descriptor becomes one of ours in place");

/* ---- getattr ---- */

enum { CB_OPEN_READS = 64 };

void cb_reads_choose(cb_class *cls) {
    PyTypeObject *type = cls->type;
    if (cls->packed.count != 0 && type->tp_getattro == PyObject_GenericGetAttr) {
        type->tp_getattro = cls->access->getattro;
    }
}

PyObject *cb_getattro_open(PyObject *self, PyObject *name) {
    cb_class *cls = cb_class_of_object(self);
    if (cls->type->tp_getattro == cls->access->getattro) {
        cls->open_reads = CB_OPEN_READS;
        cls->type->tp_getattro = PyObject_GenericGetAttr;
    }
    return PyObject_GenericGetAttr(self, name);
}

/* A packed field was read through its descriptor. */
static void count_open_read(cb_class *cls) {
    /* The class has hooks of the user's for reading. */
    if (cls->type->tp_getattro != PyObject_GenericGetAttr) { return; }
    if (cls->packed.count == 0) { return; } /* super() past what covers it: see cb_field.covered */
    if (cls->open_reads > 1) {
        cls->open_reads--;
    } else {
        cls->type->tp_getattro = cls->access->getattro;
    }
}

PyObject *cb_struct_getattro(PyObject *self, PyObject *name) {
    cb_class *cls = cb_class_of_object(self);
    const cs_ptrmap_slot *slot = cs_ptrmap_find(&cls->packed, name);
    if (slot != NULL) { return cb_read_packed(cls, (const cb_field *)slot->value, self); }
    return cb_getattro_open(self, name);
}

/* ---- setattr ---- */

/* `object.__class__ = value` moves an object to another class, if that class lays its objects out
 * in the very same way. */
static int set_class(cb_class *cls, PyObject *self, PyObject *value) {
    cb_class *other = value == NULL ? NULL : cb_class_check(cls->state, value);
    if (other == NULL) {
        PyErr_Format(PyExc_TypeError, "%s.__class__: expected a Struct class with the same fields",
                     cls->type->tp_name);
        return -1;
    }
    if (other->anchor != cls->anchor) {
        PyErr_Format(PyExc_TypeError, "%s.__class__: %s has another layout", cls->type->tp_name,
                     other->type->tp_name);
        return -1;
    }
    if (cb_has_blanks(cls) && cb_blank_any(cls, self)) {
        PyErr_Format(PyExc_TypeError, "%s.__class__: set all fields of the object first",
                     cls->type->tp_name);
        return -1;
    }
    if (other != cls) {
        cb_class_made(other);
        PyTypeObject *old = Py_TYPE(self);
        Py_SET_TYPE(self, (PyTypeObject *)Py_NewRef(value));
        Py_DECREF(old);
    }
    return 0;
}

int cb_setattr_other(cb_class *cls, PyObject *self, PyObject *name, PyObject *value) {
    if (!PyUnicode_Check(name)) { return PyObject_GenericSetAttr(self, name, value); }
    PyObject *descriptor = cb_type_lookup(cls->type, name);
    if (cls->dict_offset != 0 ||
        (descriptor != NULL && Py_TYPE(descriptor)->tp_descr_set != NULL)) {
        return PyObject_GenericSetAttr(self, name, value);
    }
    if (descriptor != NULL) { return cb_error_class_attribute(cls, name); }
    cb_error_no_field(cls, self, name);
    return -1;
}

/* The caller holds the type: a name may be a str with a hash of its own. */
static int setattro_miss(cb_class *cls, PyObject *self, PyObject *name, PyObject *value) {
    return PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, "__class__") == 0
               ? set_class(cls, self, value)
               : cb_setattr_other(cls, self, name, value);
}

/* Of a frozen object, or of a name that is no field's. */
static int setattro_frozen(cb_class *cls, const cb_field *field, PyObject *self, PyObject *name,
                           PyObject *value) {
    if (field == NULL && (!PyUnicode_Check(name) || cls->dict_offset != 0)) {
        return setattro_miss(cls, self, name, value);
    }
    if (field == NULL && cb_type_lookup(cls->type, name) == NULL) {
        cb_error_no_field(cls, self, name);
        return -1;
    }
    return cb_error_frozen(cls, self, name, value == NULL, 0);
}

/* Not a plain write of a field: the object is frozen, no field has that name, or something else
 * covers a field of the class. */
static CS_NOINLINE int setattro_other(cb_class *cls, const cb_field *field, PyObject *self,
                                      PyObject *name, PyObject *value) {
    if (field != NULL && !field->covered && !(cls->flags & CB_CLASS_FROZEN)) {
        return value == NULL ? cb_delete(cls, field, self) : cb_store(cls, field, self, value);
    }
    /* a look-up in it runs user code */
    PyTypeObject *type = (PyTypeObject *)Py_NewRef((PyObject *)cls->type);
    int result = cls->flags & CB_CLASS_FROZEN ? setattro_frozen(cls, field, self, name, value)
                                              : setattro_miss(cls, self, name, value);
    Py_DECREF(type);
    return result;
}

static inline int assign(PyObject *self, PyObject *name, PyObject *value) {
    cb_class *cls = cb_class_of_object(self);
    const cs_ptrmap_slot *slot = cs_ptrmap_find(&cls->names, name);
    const cb_field *field;
    if (slot != NULL) {
        field = (const cb_field *)slot->value;
    } else {
        field = PyUnicode_Check(name) ? cb_find_field(cls, name) : NULL;
    }
    if (cls->flags & (CB_CLASS_FROZEN | CB_CLASS_COVERS) || field == NULL) {
        return setattro_other(cls, field, self, name, value);
    }
    if (value == NULL) { return cb_delete(cls, field, self); }
    if (cb_store_number(field, self, value)) {
        cb_mark_set(cls, field, self);
        return 0;
    }
    if (field->kind == CS_STR && PyUnicode_CheckExact(value)) {
        PyObject *old = *cb_pointer_at(self, field->offset);
        *cb_pointer_at(self, field->offset) = Py_NewRef(value);
        Py_XDECREF(old);
        return 0;
    }
    return cb_store(cls, field, self, value);
}

int cb_own_setattro(PyObject *self, PyObject *name, PyObject *value) {
    const int result = assign(self, name, value);
    cb_object_consistent(self);
    return result;
}

int cb_struct_setattro(PyObject *self, PyObject *name, PyObject *value) {
    return cb_class_of_object(self)->access->setattro(self, name, value);
}

/* Of a typed=False class in which a field has a default. The interpreter's own function would do,
 * but for `del`: then the default is seen. Errors are in Python's words. */
static inline int assign_untyped(PyObject *self, PyObject *name, PyObject *value) {
    cb_class *cls = cb_class_of_object(self);
    const uint32_t special = CB_CLASS_FROZEN | CB_CLASS_DEFERRED;
    /* The class may derive from such a class, and be of another sort. */
    if (CS_UNLIKELY((cls->flags & (CB_CLASS_UNTYPED | special)) != CB_CLASS_UNTYPED)) {
        return cb_struct_setattro(self, name, value);
    }
    const cs_ptrmap_slot *slot = cs_ptrmap_find(&cls->names, name);
    const cb_field *field = slot != NULL            ? (const cb_field *)slot->value
                            : PyUnicode_Check(name) ? cb_find_field(cls, name)
                                                    : NULL;
    if (field == NULL || field->covered) { return PyObject_GenericSetAttr(self, name, value); }
    if (value == NULL) { return cb_delete(cls, field, self); }
    if (field->kind != CS_OBJECT) { return cb_store(cls, field, self, value); }
    PyObject *old = *cb_pointer_at(self, field->offset);
    *cb_pointer_at(self, field->offset) = Py_NewRef(value);
    Py_XDECREF(old);
    return 0;
}

int cb_own_untyped_setattro(PyObject *self, PyObject *name, PyObject *value) {
    const int result = assign_untyped(self, name, value);
    cb_object_consistent(self);
    return result;
}

int cb_untyped_setattro(PyObject *self, PyObject *name, PyObject *value) {
    return cb_class_of_object(self)->access->untyped_setattro(self, name, value);
}

int cb_force_setattr(PyObject *self, PyObject *name, PyObject *value) {
    cb_class *cls = cb_class_of_object(self);
    const cb_field *field = cb_find_field(cls, name);
    if (field == NULL) {
        cb_error_no_field(cls, self, name);
        return -1;
    }
    const int result = cls->access->set(cls, field, self, value);
    cb_object_consistent(self);
    return result;
}

/* ---- the descriptor of a packed field, of a cached property, of a reference that gave way ---- */

PyObject *cb_descriptor_new(cb_state *state, PyTypeObject *owner, PyObject *name) {
    Descriptor *self = (Descriptor *)state->descriptor_type->tp_alloc(state->descriptor_type, 0);
    if (self == NULL) { return NULL; }
    self->owner = (PyTypeObject *)Py_NewRef(owner);
    self->name = Py_NewRef(name);
    return (PyObject *)self;
}

/* The field as the class of this object stores it: a class may lay a base's fields out anew. NULL
 * and TypeError for a foreign object. */
static const cb_field *resolve(Descriptor *descriptor, PyObject *object) {
    PyTypeObject *type = Py_TYPE(object);
    if (descriptor->owner != NULL &&
        (type == descriptor->owner || PyType_IsSubtype(type, descriptor->owner))) {
        cb_class *cls = cb_class_of(type);
        const cs_ptrmap_slot *slot = cs_ptrmap_find(&cls->names, descriptor->name);
        if (slot != NULL) { return (const cb_field *)slot->value; }
    }
    PyErr_Format(PyExc_TypeError, "field '%U' of '%s' objects doesn't apply to a '%s' object",
                 descriptor->name, descriptor->owner ? descriptor->owner->tp_name : "?",
                 type->tp_name);
    return NULL;
}

/* `Cls.field`: the descriptor; of a dataclass the default, as in dataclasses. */
static PyObject *on_class(Descriptor *self, PyObject *type) {
    cb_class *cls = self->owner == NULL ? NULL : cb_class_of(self->owner);
    if (cls == NULL) { return Py_NewRef(self); }
    const int decorated = (cls->flags & CB_CLASS_DATACLASS) != 0;
    if (type != NULL && PyType_Check(type) && PyType_IsSubtype((PyTypeObject *)type, self->owner)) {
        cls = cb_class_of((PyTypeObject *)type);
    }
    const cb_field *field = cls == NULL ? NULL : cb_find_field(cls, self->name);
    if (!decorated && (field == NULL || !field->backed)) { return Py_NewRef(self); }
    if (field == NULL) { return PyErr_Format(PyExc_AttributeError, "%U", self->name); }
    if (field->flags & CB_FIELD_HIDDEN) { return Py_NewRef(self); }
    PyObject *value = cb_class_attribute(cls, field);
    /* A member that gave way says what it said before: without a default, itself. */
    if (value != NULL || !cs_kind_is_pointer((cs_kind)field->kind) ||
        !PyErr_ExceptionMatches(PyExc_AttributeError)) {
        return value;
    }
    PyErr_Clear();
    return Py_NewRef(self);
}

/* The value of a cached property, which is made by the function of the class that the descriptor
 * belongs to: for `super().name` not that of the object's class. All of that name in the MRO share
 * the place of the value, as they share an entry of `__dict__` in a class that has one. */
static PyObject *get_cached(const Descriptor *self, cb_class *cls, const cb_field *field,
                            PyObject *object) {
    const cb_field *declared = cb_find_field(cb_class_of(self->owner), self->name);
    PyObject *function =
        declared != NULL && declared->cached != NULL ? declared->cached : field->cached;
    const int plain = declared != NULL && declared->cached == NULL; /* the field of a base */
    return cls->access->cached(cls, field, object, function, plain);
}

/* ---- the fields of an object that keeps its values itself: cb_object_access ---- */

int cb_own_is_unset(cb_class *cls, const cb_field *field, PyObject *self) {
    return cb_is_unset(cls, field, self);
}

int cb_own_set(cb_class *cls, const cb_field *field, PyObject *self, PyObject *value) {
    return value == NULL ? cb_delete(cls, field, self) : cb_store(cls, field, self, value);
}

/* `del` of a Struct does not come here. A call that does goes past its __delattr__. Nothing goes
 * past the members of references. Where one gave way, `__delete__` does what it did. */
int cb_own_delete_past(cb_class *cls, const cb_field *field, PyObject *self) {
    if (!(cls->flags & CB_CLASS_DATACLASS) && field->cached == NULL) {
        return field->kind == CS_OBJECT ? cb_delete_past(cls, field, self)
                                        : cb_error_delete(cls, field);
    }
    return cb_delete(cls, field, self);
}

PyObject *cb_own_cached(cb_class *cls, const cb_field *field, PyObject *self, PyObject *function,
                        int plain) {
    if (!cb_is_unset(cls, field, self)) { return cb_read_value(cls, field, self); }
    return plain ? cb_error_unset(cls, field) : cb_make_cached(cls, field, self, function);
}

static PyObject *descriptor_get(PyObject *self, PyObject *object, PyObject *type) {
    if (object == NULL) { return on_class((Descriptor *)self, type); }
    const cb_field *field = resolve((Descriptor *)self, object);
    if (field == NULL) { return NULL; }
    cb_class *cls = cb_class_of_object(object);
    count_open_read(cls);
    if (field->cached != NULL) { return get_cached((Descriptor *)self, cls, field, object); }
    return CS_LIKELY(cb_class_keeps_values(cls)) ? cb_read_packed(cls, field, object)
                                                 : cls->access->get(cls, field, object);
}

static int set_field(PyObject *self, PyObject *object, PyObject *value) {
    const cb_field *field = resolve((Descriptor *)self, object);
    if (field == NULL) { return -1; }
    cb_class *cls = cb_class_of_object(object);
    /* Of a frozen dataclass only object.__setattr__ comes here: its __setattr__ does not. */
    if ((cls->flags & (CB_CLASS_FROZEN | CB_CLASS_DATACLASS)) == CB_CLASS_FROZEN &&
        (value == NULL || !cls->access->is_unset(cls, field, object))) {
        /* a field without a value may get one */
        return cb_error_frozen(cls, object, field->name, value == NULL, 1);
    }
    return value != NULL ? cls->access->set(cls, field, object, value)
                         : cls->access->delete_past(cls, field, object);
}

static int descriptor_set(PyObject *self, PyObject *object, PyObject *value) {
    const int result = set_field(self, object, value);
    if (result == 0) { cb_object_consistent(object); }
    return result;
}

static PyObject *descriptor_repr(PyObject *self) {
    Descriptor *descriptor = (Descriptor *)self;
    return PyUnicode_FromFormat("<field '%U' of '%s' objects>", descriptor->name,
                                descriptor->owner ? descriptor->owner->tp_name : "?");
}

static PyObject *descriptor_name(PyObject *self, void *unused) {
    (void)unused;
    return Py_NewRef(((Descriptor *)self)->name);
}

static PyObject *descriptor_objclass(PyObject *self, void *unused) {
    (void)unused;
    PyTypeObject *owner = ((Descriptor *)self)->owner;
    return Py_NewRef(owner ? (PyObject *)owner : Py_None);
}

static int descriptor_traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((Descriptor *)self)->owner);
    return 0;
}

static int descriptor_clear(PyObject *self) {
    Py_CLEAR(((Descriptor *)self)->owner);
    return 0;
}

static void descriptor_dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    descriptor_clear(self);
    Py_XDECREF(((Descriptor *)self)->name);
    Py_XDECREF(((Descriptor *)self)->qualname);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *descriptor_reduce(PyObject *self, PyObject *unused) {
    (void)unused;
    const Descriptor *descriptor = (Descriptor *)self;
    PyObject *function =
        descriptor->owner == NULL ? NULL : cb_package_get("cslots._travel", "descriptor_of");
    PyObject *reduced = function == NULL
                            ? NULL
                            : Py_BuildValue("O(OO)", function, descriptor->owner, descriptor->name);
    Py_XDECREF(function);
    if (reduced == NULL && !PyErr_Occurred()) {
        PyErr_SetString(PyExc_TypeError, "cannot pickle the descriptor of a class that is gone");
    }
    return reduced;
}

static PyMethodDef descriptor_methods[] = {
    {"__reduce__", descriptor_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef descriptor_getset[] = {
    {"__name__", descriptor_name, NULL, "The field's name.", NULL},
    {"__objclass__", descriptor_objclass, NULL, "The class that declared the field.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot descriptor_slots[] = {
    {Py_tp_doc, "A field of a Struct class, found through the class of each object."},
    {Py_tp_descr_get, descriptor_get},
    {Py_tp_descr_set, descriptor_set},
    {Py_tp_repr, descriptor_repr},
    {Py_tp_methods, descriptor_methods},
    {Py_tp_getset, descriptor_getset},
    {Py_tp_traverse, descriptor_traverse},
    {Py_tp_clear, descriptor_clear},
    {Py_tp_dealloc, descriptor_dealloc},
    {0, NULL},
};

PyType_Spec cb_descriptor_spec = {
    .name = "cslots._core.FieldDescriptor",
    .basicsize = sizeof(Descriptor),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = descriptor_slots,
};
