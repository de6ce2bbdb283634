/* object/born.c: objects that come to be without the constructor: tp_alloc, defaults, copies. */
#include "object/born.h"
#include "kinds/word.h"
#include "model/errors.h"
#include "object/blank.h"
#include "object/block.h"
#include "object/members.h"
#include "object/value.h"
#include "runtime/memory.h"

/* Is an object made to be filled by a library in C (msgspec), which stores each field with
 * PyObject_GenericSetAttr? A Struct's tp_alloc has no other caller. A dataclass's tp_alloc is
 * called by object.__new__, too. */
static int is_filled_by_library(const cb_class *cls) {
    if (!(cls->flags & CB_CLASS_DATACLASS)) { return 1; }
    /* The library stores into native members, which objects of these classes have. */
    if (cls->flags & (CB_CLASS_FROZEN | CB_CLASS_TRACKED | CB_CLASS_UNTYPED)) { return 0; }
    PyObject *dict = cb_type_dict(cls->type),
             *fields = dict == NULL ? NULL : PyDict_GetItemString(dict, "__dataclass_fields__");
    /* else nobody has asked for the fields yet */
    const int asked = fields != NULL && PyDict_CheckExact(fields);
    Py_XDECREF(dict);
    PyObject *name = asked ? PyUnicode_FromString("msgspec") : NULL,
             *module = name == NULL ? NULL : PyImport_GetModule(name);
    const int loaded = module != NULL;
    Py_XDECREF(name);
    Py_XDECREF(module);
    return loaded;
}

PyObject *cb_struct_alloc(PyTypeObject *type, Py_ssize_t items) {
    (void)items;
    cb_class *cls = cb_class_of(type);
    if (cls == NULL || cls->flags & CB_CLASS_UNFINISHED) { return cb_error_no_objects_yet(type); }
    /* what it stores in references is checked from now on */
    if (!(cls->flags & CB_CLASS_FILLED) && is_filled_by_library(cls)) {
        cb_members_check(cls);
        cls->flags |= CB_CLASS_FILLED;
    }
    if (PyErr_Occurred()) { return NULL; }
    cb_class_made(cls);
    PyObject *self = cb_object_blank(cls);
    /* Code that makes an object of a dataclass without the constructor sees the defaults: there
     * they are attributes of the class. */
    for (uint32_t i = 0; self != NULL && cls->flags & CB_CLASS_DATACLASS && i < cls->field_count;
         i++) {
        const cb_field *field = &cls->fields[i];
        if (field->default_value != NULL && cb_store(cls, field, self, field->default_value) < 0) {
            Py_CLEAR(self);
        }
    }
    if (self != NULL) { cb_object_track(cls, self); }
    return self;
}

/* Of an object that nobody else has seen: so it keeps its class, and holds it. */
int cb_object_apply_defaults(PyObject *self) {
    cb_class *cls = cb_class_of_object(self);
    for (uint32_t i = 0; i < cls->field_count; i++) {
        cb_field *field = &cls->fields[i];
        const int stands_in = field->backed || field->cached != NULL; /* on the class */
        if (field->default_value == NULL ? field->factory == NULL : stands_in) { continue; }
        PyObject *value = cb_field_default(field);
        int result = value == NULL ? -1 : cb_store(cls, field, self, value);
        Py_XDECREF(value);
        if (result < 0) { return -1; }
    }
    return 0;
}

/* The copy is of the class that the object had in the beginning, and holds it. All of the object is
 * read after the allocation, which may run the collector. Only the room for its texts is a guess of
 * before. */
PyObject *cb_object_copy(PyObject *self) {
    cb_class *cls = cb_class_of_object(self);
    size_t text_bytes = cls->text.count != 0 ? cs_text_total(&cls->text, self) : 0;
    PyObject *copy = cb_object_alloc(cls, text_bytes), *dict = NULL;
    if (copy == NULL) { return NULL; }
    if (cls->text.count == 0) {
        memcpy((char *)copy + sizeof(PyObject), (char *)self + sizeof(PyObject),
               cls->fixed_size - sizeof(PyObject));
    } else {
        uint16_t capacity = cs_text_word(copy, cls->text.capacity);
        memcpy((char *)copy + sizeof(PyObject), (char *)self + sizeof(PyObject),
               cls->fixed_size - sizeof(PyObject));
        cs_text_init(&cls->text, copy, capacity);
    }
    if (cls->weakref_offset != 0) { *cb_pointer_at(copy, cls->weakref_offset) = NULL; }
    if (cls->dict_offset != 0) {
        dict = Py_XNewRef(*cb_pointer_at(copy, cls->dict_offset));
        *cb_pointer_at(copy, cls->dict_offset) = NULL;
    }
    for (uint32_t i = 0; i < cls->pointer_count; i++) {
        Py_XINCREF(*cb_pointer_at(copy, cls->pointers[i]));
    }
    for (uint32_t i = 0; i < cls->word_count; i++) {
        Py_XINCREF(cb_word_pointer(cb_at(copy, cls->words[i])));
    }
    for (uint32_t i = 0; i < cls->text.count; i++) {
        cs_text text = cs_text_get(&cls->text, self, i);
        cs_status status =
            cs_text_set(&cls->text, copy, &cb_python_allocator, i, text.data, text.size);
        if (status != CS_OK) {
            cb_error_status(status);
            goto failed;
        }
    }
    if (cb_has_blanks(cls) && cb_blank_copy(cls, copy, self) < 0) { goto failed; }
    if (dict != NULL && (*cb_pointer_at(copy, cls->dict_offset) = PyDict_Copy(dict)) == NULL) {
        goto failed;
    }
    cb_object_track(cls, copy);
    Py_XDECREF(dict);
    return copy;
failed:
    cb_object_discard(copy);
    Py_XDECREF(dict);
    return NULL;
}
