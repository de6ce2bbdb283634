/* object/pickle.c: how objects travel.
 *
 *   pickle:   loader(payload, object, object, ...)
 *   loader:   Loader(cls, (("name", "utf8"), ("age", "uint8"), ...))
 *
 *   payload   | state: 2 bits a field (1 unset, 2 null) | value | value | ...
 *             numbers little-endian in the size of their kind; bool one byte; int: 9 bytes, or a
 *             marker and an object; utf8: length as a base-128 number, then bytes
 *
 * Objects that can be part of a cycle (tracked ones, and gc=False ones that hold objects) are made
 * first and get their references after. Otherwise pickle would go round in circles:
 *
 *   pickle:   loader(payload, object, ..., True),
 *             then loader(obj, ({"field": object, ...}, its __dict__ or None))
 *
 * The loader is one object a class. So pickle writes the class and the names of its fields once,
 * and a reference to it for every further object. A value that is not a plain number or text
 * (pointers, category strings, Enum members, Literal values, flags, big integers) travels as an
 * object of its own, in field order. So pickle shares it, and a table's codes or an Enum's order
 * may change in between.
 *
 * Loading trusts nothing. The payload's length is checked at every step, and each value is stored
 * through the checks of object/value.c. Fields are found by name. A kind that has changed is
 * converted through Python's value. A field that is missing gets its default. One that the class no
 * longer has is an error.
 *
 * A class that has got a __setstate__ since decides itself. It is given (__dict__ or None,
 * {"field": value, ...}), the state of any class with slots, when all of it is there. The True
 * above says that more is to come; until then the loader keeps the first part.
 */
#include "object/pickle.h"
#include "kinds/families.h"
#include "kinds/kind.h"
#include "kinds/word.h"
#include "model/hold.h"
#include "object/access.h"
#include "object/blank.h"
#include "object/block.h"
#include "object/born.h"
#include "object/check.h"
#include "object/hooks.h"
#include "object/value.h"
#include "runtime/package.h"

#define STATE_UNSET 1
#define STATE_NULL 2
#define INT_SMALL 0
#define INT_OBJECT 1

/* Does the value of this kind travel as an object of its own? */
static int travels_as_object(cs_kind kind) {
    return cs_kind_is_pointer(kind) || cs_kind_is_code(kind) ||
           cs_kinds[kind].family == CS_FAMILY_FLAG;
}

/* ---- a growing buffer ---- */

typedef struct {
    char *data;
    size_t size, room;
    char small[256];
} Buffer;

static int buffer_add(Buffer *buffer, const void *data, size_t size) {
    if (size > buffer->room - buffer->size) {
        size_t room = buffer->room * 2 + size;
        char *grown =
            buffer->data == buffer->small ? PyMem_Malloc(room) : PyMem_Realloc(buffer->data, room);
        if (grown == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        if (buffer->data == buffer->small) { memcpy(grown, buffer->small, buffer->size); }
        buffer->data = grown;
        buffer->room = room;
    }
    if (size > 0) { memcpy(buffer->data + buffer->size, data, size); }
    buffer->size += size;
    return 0;
}

static void buffer_clear(Buffer *buffer) {
    if (buffer->data != buffer->small) { PyMem_Free(buffer->data); }
}

static int add_number(Buffer *buffer, const char *at, size_t size) {
#if PY_BIG_ENDIAN
    char swapped[8];
    if (size > sizeof swapped) { return buffer_add(buffer, at, size); } /* raw bytes */
    for (size_t i = 0; i < size; i++) { swapped[i] = at[size - 1 - i]; }
    at = swapped;
#endif
    return buffer_add(buffer, at, size);
}

static int add_length(Buffer *buffer, size_t length) {
    uint8_t bytes[10];
    size_t n = 0;
    do {
        bytes[n] = (uint8_t)((length & 0x7F) | (length > 0x7F ? 0x80 : 0));
        length >>= 7;
    } while (bytes[n++] & 0x80);
    return buffer_add(buffer, bytes, n);
}

/* ---- taking apart ---- */

static int add_field(cb_class *cls, const cb_field *field, PyObject *self, Buffer *buffer,
                     cb_values *objects) {
    const char *at = cb_at(self, field->offset);
    cs_kind kind = (cs_kind)field->kind;
    if (travels_as_object(kind)) {
        PyObject *value = cb_read_value(cls, field, self);
        if (value == NULL) { return -1; }
        cb_values_add(objects, value);
        return 0;
    }
    switch ((cs_form)cs_kinds[kind].form) {
    case CS_FORM_BIT: {
        char byte = (*(uint8_t *)cb_at(self, field->state_byte) & field->value_mask) != 0;
        return buffer_add(buffer, &byte, 1);
    }
    case CS_FORM_WORD: {
        PyObject *big = cb_word_pointer(at);
        char marker = big != NULL ? INT_OBJECT : INT_SMALL;
        if (buffer_add(buffer, &marker, 1) < 0) { return -1; }
        if (big != NULL) {
            cb_values_add(objects, Py_NewRef(big));
            return 0;
        }
        int64_t word;
        memcpy(&word, at, sizeof word);
        word >>= 1;
        return add_number(buffer, (const char *)&word, 8);
    }
    case CS_FORM_TEXT: {
        cs_text text = cs_text_get(&cls->text, self, field->text);
        return add_length(buffer, text.size) < 0 ? -1 : buffer_add(buffer, text.data, text.size);
    }
    default: return add_number(buffer, at, cs_kinds[kind].size);
    }
}

/* Does this field's value wait for fill()? */
static int is_filled(const cb_class *cls, const cb_field *field) {
    return (cls->flags & (CB_CLASS_TRACKED | CB_CLASS_UNSAFE)) &&
           (field->kind == CS_OBJECT || field->kind == CS_STRUCT);
}

/* ({"field": object}, __dict__ or None) of an object that may be part of a cycle. NULL without an
 * error if there is nothing to fill in. */
static PyObject *state_to_fill(cb_class *cls, PyObject *self) {
    PyObject *fields = PyDict_New(), *dict = NULL, *state = NULL;
    if (cls->dict_offset != 0) { dict = *cb_pointer_at(self, cls->dict_offset); }
    if (dict != NULL) { dict = PyDict_GET_SIZE(dict) == 0 ? NULL : Py_NewRef(dict); }
    for (uint32_t i = 0; fields != NULL && i < cls->field_count; i++) {
        const cb_field *field = &cls->fields[i];
        PyObject *value = is_filled(cls, field) ? *cb_pointer_at(self, field->offset) : NULL;
        if (value != NULL && PyDict_SetItem(fields, field->name, value) < 0) { Py_CLEAR(fields); }
    }
    for (uint32_t i = 0; fields != NULL && i < cls->foreign_count; i++) {
        const cb_slot *slot = &cls->foreign[i];
        PyObject *value =
            cb_foreign_slot(cls, slot->name) == slot ? *cb_pointer_at(self, slot->offset) : NULL;
        if (value != NULL && PyDict_SetItem(fields, slot->name, value) < 0) { Py_CLEAR(fields); }
    }
    if (fields != NULL && (PyDict_GET_SIZE(fields) > 0 || dict != NULL)) {
        state = PyTuple_Pack(2, fields, dict != NULL ? dict : Py_None);
    }
    Py_XDECREF(fields);
    Py_XDECREF(dict);
    return state;
}

static int fill_field(cb_class *cls, PyObject *self, PyObject *name, PyObject *value) {
    if (!PyUnicode_Check(name)) {
        PyErr_Format(PyExc_ValueError, "%s: damaged pickle", cls->type->tp_name);
        return -1;
    }
    const cb_slot *slot = cb_foreign_slot(cls, name);
    if (slot == NULL) { return cb_force_setattr(self, name, value); }
    cb_foreign_store(slot, self, value);
    return 0;
}

static int fill_fields(cb_class *cls, PyObject *self, PyObject *fields) {
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(fields, &position, &name, &value)) {
        Py_INCREF(name);
        Py_INCREF(value);
        int result = fill_field(cls, self, name, value);
        Py_DECREF(name);
        Py_DECREF(value);
        if (result < 0) { return -1; }
    }
    return 0;
}

static int fill_dict(const cb_class *cls, PyObject *self, PyObject *dict) {
    if (Py_IsNone(dict)) { return 0; }
    PyObject *own =
        cls->dict_offset == 0 || !PyDict_Check(dict) ? NULL : PyObject_GenericGetDict(self, NULL);
    int result = own == NULL ? -1 : PyDict_Update(own, dict);
    if (own == NULL && !PyErr_Occurred()) {
        PyErr_Format(PyExc_TypeError, "%s: its pickle has a __dict__, its objects have none",
                     cls->type->tp_name);
    }
    Py_XDECREF(own);
    return result;
}

static PyObject *fill(cb_class *cls, PyObject *self, PyObject *fields, PyObject *dict) {
    cb_class_hold(cls);
    int result = fill_fields(cls, self, fields) < 0 ? -1 : fill_dict(cls, self, dict);
    cb_object_consistent(self);
    cb_class_let_go(cls);
    return result < 0 ? NULL : Py_NewRef(Py_None);
}

/* The class of an object to be filled, and both parts of what it is filled with (borrowed). NULL
 * and an error for anything else. */
static cb_class *parse_fill(cb_state *state, PyObject *const *args, Py_ssize_t nargs,
                            PyObject **fields, PyObject **dict) {
    cb_class *cls = nargs == 2 ? cb_class_check(state, (PyObject *)Py_TYPE(args[0])) : NULL;
    if (cls != NULL && PyTuple_Check(args[1]) &&
        PyArg_ParseTuple(args[1], "O!O:fill", &PyDict_Type, fields, dict)) {
        return cls;
    }
    if (!PyErr_Occurred()) {
        PyErr_SetString(PyExc_TypeError,
                        "fill() expects a Struct object and the rest of its pickled state");
    }
    return NULL;
}

/* What pickles of before call in the place of the loader. */
PyObject *cb_fill(PyObject *module, PyObject *const *args, Py_ssize_t nargs) {
    PyObject *fields, *dict;
    cb_class *cls = parse_fill(PyModule_GetState(module), args, nargs, &fields, &dict);
    return cls == NULL ? NULL : fill(cls, args[0], fields, dict);
}

/* The bytes of the packed fields. Values that travel as objects are added to `objects`. Reading a
 * Flag runs user code: each field is looked at by itself. */
static PyObject *take_payload(cb_class *cls, PyObject *self, cb_values *objects) {
    Buffer buffer = {.data = buffer.small, .size = 0, .room = sizeof buffer.small};
    PyObject *payload = NULL;
    size_t states = ((size_t)cls->field_count + 3) / 4;
    for (size_t i = 0; i < states; i++) {
        if (buffer_add(&buffer, "", 1) < 0) { goto done; }
    }
    for (uint32_t i = 0; i < cls->field_count; i++) {
        const cb_field *field = &cls->fields[i];
        uint8_t bits = 0;
        if (is_filled(cls, field) || cb_is_unset(cls, field, self)) {
            bits = STATE_UNSET;
        } else if (!cs_kind_is_pointer((cs_kind)field->kind) &&
                   cb_is_null(field, (const char *)self)) {
            bits = STATE_NULL;
        }
        if (bits != 0) {
            buffer.data[i / 4] = (char)((uint8_t)buffer.data[i / 4] | bits << (i % 4 * 2));
        } else if (add_field(cls, field, self, &buffer, objects) < 0) {
            goto done;
        }
    }
    payload = PyBytes_FromStringAndSize(buffer.data, (Py_ssize_t)buffer.size);
done:
    buffer_clear(&buffer);
    return payload;
}

/* (payload, object, ...), and True if there is more to fill in */
static PyObject *take_apart(cb_class *cls, PyObject *self, int more) {
    cb_values values;
    PyObject *args = NULL;
    if (cb_values_init(&values, (size_t)cls->field_count + 2) == 0) {
        cb_values_add(&values, Py_NewRef(Py_None)); /* the place of the payload */
        PyObject *payload = take_payload(cls, self, &values);
        if (payload != NULL) {
            Py_SETREF(values.items[0], payload);
            if (more) { cb_values_add(&values, Py_NewRef(Py_True)); }
            args = cb_values_tuple(&values);
        }
    }
    cb_values_clear(&values);
    return args;
}

/* ---- the loader ---- */

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyTypeObject *type;  /* the class */
    /* for which the fields were found: the decorator gives a class another one */
    const cb_class *cls;
    PyObject *schema;    /* (("name", "kind"), ...) as pickled */
    uint32_t count;
    uint8_t *kinds;     /* of the pickled fields */
    uint32_t *fields;   /* index in the class */
    uint8_t *present;   /* a field of the class -> is it among the pickled ones? */
    int incomplete;     /* the class has fields that were not pickled */
    PyObject *gone;     /* the name of a pickled field that the class has not, or NULL */
    PyObject *waiting; /* {id: (object, {"field": value})} of the objects whose __setstate__ waits
                          for the rest, or NULL */
} Loader;

#define GONE UINT32_MAX

/* A __setstate__ that somebody wrote; borrowed, NULL if there is none. */
static PyObject *own_setstate(cb_class *cls) {
    PyObject *found = cls->flags & CB_CLASS_PICKLE_HOOKS
                          ? cb_type_lookup(cls->type, cls->state->names.__setstate__)
                          : NULL;
    return found != NULL && !cb_is_generated(cls->state, found) ? found : NULL;
}

static void *field_is_gone(const cb_class *cls, PyObject *name) {
    PyErr_Format(
        PyExc_TypeError,
        "%s has no field '%U' any more; the pickle has a value for it (a __setstate__ can take it)",
        cls->type->tp_name, name);
    return NULL;
}

static PyObject *schema_of(const cb_class *cls) {
    cb_values pairs;
    PyObject *schema = NULL, *pair;
    if (cb_values_init(&pairs, cls->field_count) == 0) {
        for (uint32_t i = 0; i < cls->field_count; i++) {
            pair = Py_BuildValue("(Os)", cls->fields[i].name, cs_kinds[cls->fields[i].kind].name);
            if (pair == NULL) { break; }
            cb_values_add(&pairs, pair);
        }
        if (pairs.count == (Py_ssize_t)cls->field_count) { schema = cb_values_tuple(&pairs); }
    }
    cb_values_clear(&pairs);
    return schema;
}

static PyObject *loader_call(PyObject *callable, PyObject *const *args, size_t nargsf,
                             PyObject *kwnames);

/* Which field of the class each of the pickled ones is, by its name. Runs no user code. On failure
 * nothing has changed. */
static int find_fields(Loader *self, cb_class *cls) {
    uint8_t *kinds = PyMem_Calloc((size_t)self->count + 1, 1),
            *present = PyMem_Calloc((size_t)cls->field_count + 1, 1);
    uint32_t *fields = PyMem_Calloc((size_t)self->count + 1, sizeof *fields);
    PyObject *gone = NULL; /* borrowed from the schema */
    if (kinds == NULL || present == NULL || fields == NULL) {
        PyErr_NoMemory();
        goto failed;
    }
    for (uint32_t i = 0; i < self->count; i++) {
        PyObject *pair = PyTuple_GET_ITEM(self->schema, i);
        if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2 ||
            !PyUnicode_Check(PyTuple_GET_ITEM(pair, 0)) ||
            !PyUnicode_Check(PyTuple_GET_ITEM(pair, 1))) {
            PyErr_Format(PyExc_ValueError, "%s: damaged pickle (its list of fields)",
                         cls->type->tp_name);
            goto failed;
        }
        PyObject *name = PyTuple_GET_ITEM(pair, 0);
        const char *kind_name = PyUnicode_AsUTF8(PyTuple_GET_ITEM(pair, 1));
        int kind = kind_name == NULL ? -1 : cs_kind_by_name(kind_name);
        if (kind < 0) {
            if (!PyErr_Occurred()) {
                PyErr_Format(PyExc_ValueError,
                             "%s: pickled with kind %R, which this version of cslots does not know",
                             cls->type->tp_name, PyTuple_GET_ITEM(pair, 1));
            }
            goto failed;
        }
        uint32_t field = 0;
        while (field < cls->field_count && PyUnicode_Compare(cls->fields[field].name, name) != 0) {
            field++;
        }
        if (field == cls->field_count) {
            if (gone == NULL) { gone = name; }
            field = GONE;
        } else if (present[field]) {
            PyErr_Format(PyExc_ValueError, "%s: damaged pickle (field '%U' twice)",
                         cls->type->tp_name, name);
            goto failed;
        } else {
            present[field] = 1;
        }
        kinds[i] = (uint8_t)kind;
        fields[i] = field;
    }
    if (gone != NULL && own_setstate(cls) == NULL) {
        field_is_gone(cls, gone);
        goto failed;
    }
    PyMem_Free(self->kinds);
    PyMem_Free(self->fields);
    PyMem_Free(self->present);
    self->kinds = kinds;
    self->fields = fields;
    self->present = present;
    Py_XSETREF(self->gone, Py_XNewRef(gone));
    self->incomplete = self->count < cls->field_count;
    self->cls = cls;
    return 0;
failed:
    PyMem_Free(kinds);
    PyMem_Free(fields);
    PyMem_Free(present);
    return -1;
}

static PyObject *loader_make(PyTypeObject *loader_type, cb_class *cls, PyObject *schema) {
    Loader *self = (Loader *)loader_type->tp_alloc(loader_type, 0);
    if (self == NULL) { return NULL; }
    PyObject_GC_UnTrack((PyObject *)self); /* nobody finds it before it is finished */
    self->vectorcall = loader_call;
    self->type = (PyTypeObject *)Py_NewRef(cls->type);
    self->schema = Py_NewRef(schema);
    self->count = (uint32_t)PyTuple_GET_SIZE(schema);
    if (find_fields(self, cls) < 0) {
        Py_DECREF(self);
        return NULL;
    }
    PyObject_GC_Track((PyObject *)self);
    return (PyObject *)self;
}

/* The class of the objects that are made now, with the fields as they are now. NULL: an error. */
static cb_class *class_to_load(Loader *self) {
    cb_class *cls = cb_class_of(self->type);
    if (cls == NULL || cls->flags & CB_CLASS_UNFINISHED) {
        PyErr_Format(PyExc_TypeError, "%s: the class is not finished; its pickle cannot be loaded",
                     self->type->tp_name);
        return NULL;
    }
    cb_class_ask_hooks(cls);
    return cls == self->cls || find_fields(self, cls) == 0 ? cls : NULL;
}

static PyObject *loader_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    PyObject *target, *schema;
    static char *names[] = {"cls", "schema", NULL};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!O!:Loader", names, &PyType_Type, &target,
                                     &PyTuple_Type, &schema)) {
        return NULL;
    }
    PyObject *module = PyType_GetModule(type);
    cb_class *cls = module == NULL ? NULL : cb_class_check(PyModule_GetState(module), target);
    if (cls == NULL) {
        if (!PyErr_Occurred()) {
            PyErr_Format(PyExc_TypeError, "%R is no Struct class; its pickle cannot be loaded",
                         target);
        }
        return NULL;
    }
    cb_class_ask_hooks(cls);
    /* Rows live in their pool; what is loaded are objects. */
    return loader_make(type, cls->record, schema);
}

typedef struct {
    const uint8_t *at, *end;
    PyObject *const *objects;
    Py_ssize_t objects_left;
} Reader;

static const uint8_t *take(Reader *reader, size_t size) {
    if ((size_t)(reader->end - reader->at) < size) { return NULL; }
    reader->at += size;
    return reader->at - size;
}

static int take_length(Reader *reader, size_t *length) {
    *length = 0;
    for (unsigned shift = 0; shift <= 56; shift += 7) {
        const uint8_t *byte = take(reader, 1);
        if (byte == NULL) { return 0; }
        *length |= (size_t)(*byte & 0x7F) << shift;
        if (!(*byte & 0x80)) { return 1; }
    }
    return 0;
}

static PyObject *take_object(Reader *reader) {
    if (reader->objects_left == 0) { return NULL; }
    reader->objects_left--;
    return Py_NewRef(*reader->objects++);
}

/* Bytes of a value of a fixed size. */
static size_t pickled_size(cs_kind kind) {
    return cs_kinds[kind].form == CS_FORM_BIT ? 1 : cs_kinds[kind].size;
}

/* The bytes of a number are lowest first in a pickle. */
static void take_number(cb_value *value, const cs_kind_info *kind, const uint8_t *at, size_t size) {
#if PY_BIG_ENDIAN
    uint8_t swapped[8];
    for (size_t i = 0; size <= sizeof swapped && i < size; i++) { swapped[i] = at[size - 1 - i]; }
    if (size <= sizeof swapped) { at = swapped; }
#endif
    cb_value_load(value, kind, at, size);
}

/* The next value as a Python object (new reference). NULL: damaged (no error set), or an error. */
static PyObject *take_value(cb_class *cls, Reader *reader, cs_kind kind) {
    if (travels_as_object(kind)) { return take_object(reader); }
    const cs_kind_info *info = &cs_kinds[kind];
    if (info->form == CS_FORM_TEXT) {
        size_t length;
        if (!take_length(reader, &length)) { return NULL; }
        const uint8_t *data = take(reader, length);
        return data == NULL
                   ? NULL
                   : PyUnicode_DecodeUTF8((const char *)data, (Py_ssize_t)length, "surrogatepass");
    }
    const size_t size = pickled_size(kind);
    if (info->form == CS_FORM_WORD) {
        const uint8_t *marker = take(reader, 1);
        if (marker == NULL || *marker > INT_OBJECT) { return NULL; }
        if (*marker == INT_OBJECT) { return take_object(reader); }
    }
    const uint8_t *at = take(reader, size);
    if (at == NULL) { return NULL; }
    if (info->form == CS_FORM_BIT) { return *at <= 1 ? PyBool_FromLong(*at) : NULL; }
    cb_value value;
    take_number(&value, info, at, size);
    if (info->form == CS_FORM_WORD) { return PyLong_FromLongLong(value.i); }
    const cb_kind_ops *ops = cb_family_ops[info->family];
    const cb_field plain = {.kind = (uint8_t)kind};
    if (ops->valid != NULL && ops->valid(cls->state, kind, &value) <= 0) { return NULL; }
    return ops->box(cls, &plain, &value);
}

static PyObject *damaged(const cb_class *cls) {
    if (!PyErr_Occurred()) {
        PyErr_Format(PyExc_ValueError, "%s: damaged pickle", cls->type->tp_name);
    }
    return NULL;
}

/* Fixed-size numbers of an unchanged kind go straight into their place: every pattern of bytes is a
 * value of them. */
static int copies_directly(cs_kind pickled, const cb_field *field) {
    return pickled == (cs_kind)field->kind && cs_kinds[pickled].flags & CS_KIND_PLAIN;
}

/* How many bytes of text there are, so that the object gets a block for them. 0: damaged. */
static int scan_texts(const Loader *self, const cb_class *cls, Reader reader, const uint8_t *states,
                      size_t *total) {
    *total = 0;
    if (cls->text.count == 0) { return 1; }
    for (uint32_t i = 0; i < self->count; i++) {
        cs_kind kind = (cs_kind)self->kinds[i];
        if ((states[i / 4] >> (i % 4 * 2) & 3) != 0 || travels_as_object(kind)) { continue; }
        const uint8_t form = cs_kinds[kind].form;
        size_t size = pickled_size(kind);
        if (form == CS_FORM_TEXT && !take_length(&reader, &size)) { return 0; }
        if (form == CS_FORM_WORD) {
            const uint8_t *marker = take(&reader, 1);
            if (marker == NULL) { return 0; }
            if (*marker != INT_SMALL) { continue; }
        }
        if (take(&reader, size) == NULL) { return 0; }
        if (form == CS_FORM_TEXT) { *total += size; }
    }
    return 1;
}

/* Is that all, but for the sign that there is more to come? */
static int take_end(Reader *reader, int *more) {
    *more = reader->objects_left == 1 && Py_IsTrue(*reader->objects);
    return reader->at == reader->end && reader->objects_left == *more;
}

/* ---- a class whose __setstate__ takes the state ---- */

/* {"field": value} of what is in the payload; NULL: damaged (no error set), or an error. */
static PyObject *read_state(const Loader *self, cb_class *cls, Reader *reader,
                            const uint8_t *states, int *more) {
    PyObject *slots = PyDict_New();
    for (uint32_t i = 0; slots != NULL && i < self->count; i++) {
        uint8_t bits = states[i / 4] >> (i % 4 * 2) & 3;
        if (bits == STATE_UNSET) { continue; }
        PyObject *value = bits == 0            ? take_value(cls, reader, (cs_kind)self->kinds[i])
                          : bits == STATE_NULL ? Py_NewRef(Py_None)
                                               : NULL;
        PyObject *name = PyTuple_GET_ITEM(PyTuple_GET_ITEM(self->schema, (Py_ssize_t)i), 0);
        if (value == NULL || PyDict_SetItem(slots, name, value) < 0) { Py_CLEAR(slots); }
        Py_XDECREF(value);
    }
    if (slots != NULL && !take_end(reader, more)) { Py_CLEAR(slots); }
    return slots;
}

static int call_setstate(cb_class *cls, PyObject *object, PyObject *slots, PyObject *dict) {
    PyObject *state = PyDict_GET_SIZE(slots) > 0 ? PyTuple_Pack(2, dict, slots) : Py_NewRef(dict);
    PyObject *result =
        state == NULL ? NULL
        : Py_IsNone(state)
            ? Py_NewRef(Py_None) /* as pickle: no state, no call */
            : PyObject_CallMethodOneArg(object, cls->state->names.__setstate__, state);
    Py_XDECREF(state);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

static int keep_waiting(Loader *self, PyObject *object, PyObject *slots) {
    if (self->waiting == NULL && (self->waiting = PyDict_New()) == NULL) { return -1; }
    PyObject *key = PyLong_FromVoidPtr(object), *entry = PyTuple_Pack(2, object, slots);
    int result = key == NULL || entry == NULL ? -1 : PyDict_SetItem(self->waiting, key, entry);
    Py_XDECREF(key);
    Py_XDECREF(entry);
    return result;
}

static PyObject *load_by_setstate(Loader *self, cb_class *cls, Reader reader,
                                  const uint8_t *states) {
    int more;
    PyObject *slots = read_state(self, cls, &reader, states, &more);
    if (slots == NULL) { return damaged(cls); }
    PyObject *object = cb_object_blank(cls);
    if (object != NULL && cb_object_apply_defaults(object) < 0) { Py_CLEAR(object); }
    if (object != NULL) {
        cb_object_track(cls, object);
        int result =
            more ? keep_waiting(self, object, slots) : call_setstate(cls, object, slots, Py_None);
        if (result < 0) { Py_CLEAR(object); }
    }
    Py_DECREF(slots);
    return object;
}

/* The second call: the rest of an object that may be part of a cycle. */
static PyObject *loader_fill(Loader *self, PyObject *const *args, Py_ssize_t nargs) {
    PyObject *fields, *dict;
    cb_class *cls = parse_fill(cb_class_of(self->type)->state, args, nargs, &fields, &dict);
    if (cls == NULL || self->waiting == NULL) {
        return cls == NULL ? NULL : fill(cls, args[0], fields, dict);
    }
    cb_class_hold(cls);
    PyObject *key = PyLong_FromVoidPtr(args[0]),
             *entry = key == NULL ? NULL : PyDict_GetItemWithError(self->waiting, key),
             *filled = NULL;
    if (entry != NULL) {
        PyObject *slots = Py_NewRef(PyTuple_GET_ITEM(entry, 1));
        if (PyDict_DelItem(self->waiting, key) == 0 && PyDict_Update(slots, fields) == 0 &&
            call_setstate(cls, args[0], slots, dict) == 0) {
            filled = Py_NewRef(Py_None);
        }
        Py_DECREF(slots);
    } else if (!PyErr_Occurred()) {
        filled = fill(cls, args[0], fields, dict);
    }
    Py_XDECREF(key);
    cb_class_let_go(cls);
    return filled;
}

/* The first call: an object from its payload. */
static PyObject *loader_load(Loader *self, cb_class *cls, PyObject *const *args, Py_ssize_t nargs) {
    Reader reader = {(const uint8_t *)PyBytes_AS_STRING(args[0]), NULL, args + 1, nargs - 1};
    reader.end = reader.at + PyBytes_GET_SIZE(args[0]);
    const uint8_t *states = take(&reader, ((size_t)self->count + 3) / 4);
    if (states == NULL) { return damaged(cls); }
    if (own_setstate(cls) != NULL) { return load_by_setstate(self, cls, reader, states); }
    if (self->gone != NULL) { return field_is_gone(cls, self->gone); }
    int more;
    size_t text_bytes;
    if (!scan_texts(self, cls, reader, states, &text_bytes)) { return damaged(cls); }
    PyObject *object = cb_object_alloc(cls, text_bytes);
    if (object == NULL) { return NULL; }
    for (uint32_t i = 0; i < self->count; i++) {
        const cb_field *field = &cls->fields[self->fields[i]];
        cs_kind kind = (cs_kind)self->kinds[i];
        uint8_t bits = states[i / 4] >> (i % 4 * 2) & 3;
        int result = 0;
        if (bits == STATE_UNSET) {
            if (cb_mark_unset(cls, field, object) < 0) { goto failed; }
            continue;
        }
        if (bits == STATE_NULL) {
            result = cb_store(cls, field, object, Py_None);
        } else if (bits == 0) {
            if (copies_directly(kind, field)) {
                const uint8_t *at = take(&reader, cs_kinds[kind].size);
                if (at == NULL) { goto broken; }
                cb_value number;
                take_number(&number, &cs_kinds[kind], at, cs_kinds[kind].size);
                cb_value_store(&number, cb_at(object, field->offset), cs_kinds[kind].size);
                continue;
            }
            PyObject *value = take_value(cls, &reader, kind);
            if (value == NULL) { goto broken; }
            if (cb_store_number(field, object, value)) {
                cb_mark_set(cls, field, object);
            } else {
                result = cb_store(cls, field, object, value);
            }
            Py_DECREF(value);
        } else {
            goto broken;
        }
        if (result < 0) { goto failed; }
    }
    if (!take_end(&reader, &more)) { goto broken; }
    for (uint32_t i = 0; self->incomplete && i < cls->field_count;
         i++) { /* added since: the default, or unset */
        const cb_field *field = &cls->fields[i];
        if (self->present[i]) { continue; }
        if (field->default_value == NULL && field->factory == NULL) {
            if (cb_mark_unset(cls, field, object) < 0) { goto failed; }
            continue;
        }
        PyObject *value = cb_field_default(field);
        int result = value == NULL ? -1 : cb_store(cls, field, object, value);
        Py_XDECREF(value);
        if (result < 0) { goto failed; }
    }
    cb_object_track(cls, object);
    return object;
broken:
    damaged(cls);
failed:
    cb_object_discard(object);
    return NULL;
}

static PyObject *loader_call(PyObject *callable, PyObject *const *args, size_t nargsf,
                             PyObject *kwnames) {
    Loader *self = (Loader *)callable;
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    cb_class *cls = class_to_load(self);
    if (cls == NULL) { return NULL; }
    cb_class_made(cls);
    if (kwnames == NULL && nargs == 2 && !PyBytes_CheckExact(args[0])) {
        return loader_fill(self, args, nargs);
    }
    if (kwnames != NULL || nargs < 1 || !PyBytes_CheckExact(args[0])) { return damaged(cls); }
    /* factories, conversions, and a name in the list of fields may decorate it */
    cb_class_hold(cls);
    PyObject *object = loader_load(self, cls, args, nargs);
    cb_class_let_go(cls);
    return object;
}

static PyObject *loader_reduce(PyObject *self, PyObject *unused) {
    (void)unused;
    return Py_BuildValue("O(OO)", Py_TYPE(self), ((Loader *)self)->type, ((Loader *)self)->schema);
}

static int loader_traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((Loader *)self)->type);
    Py_VISIT(((Loader *)self)->schema);
    Py_VISIT(((Loader *)self)->waiting);
    return 0;
}

static int loader_clear(PyObject *self) { /* what it waits for; the class breaks the other cycle */
    Py_CLEAR(((Loader *)self)->waiting);
    return 0;
}

static void loader_dealloc(PyObject *self) {
    Loader *loader = (Loader *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_XDECREF(loader->type);
    Py_XDECREF(loader->schema);
    Py_XDECREF(loader->gone);
    Py_XDECREF(loader->waiting);
    PyMem_Free(loader->kinds);
    PyMem_Free(loader->fields);
    PyMem_Free(loader->present);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef loader_methods[] = {
    {"__reduce__", loader_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef loader_members[] = {
    {"__vectorcalloffset__", Py_T_PYSSIZET, offsetof(Loader, vectorcall), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot loader_slots[] = {
    {Py_tp_doc, "Loader(cls, schema): makes objects of a Struct class from their pickled bytes."},
    {Py_tp_new, loader_new},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_methods, loader_methods},
    {Py_tp_members, loader_members},
    {Py_tp_traverse, loader_traverse},
    {Py_tp_clear, loader_clear},
    {Py_tp_dealloc, loader_dealloc},
    {0, NULL},
};

PyType_Spec cb_loader_spec = {
    .name = "cslots._core.Loader",
    .basicsize = sizeof(Loader),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = loader_slots,
};

/* ---- __reduce_ex__ ---- */

/* As object.__reduce_ex__ does. That would compare the size of the object with the number of its
 * slots, except where it asks a __reduce__. */
static PyObject *reduce_by_hooks(const cb_class *cls, PyObject *self, PyObject *protocol) {
    const cb_names *n = &cls->state->names;
    PyObject *result = NULL;
    if (cb_type_lookup(cls->type, n->__reduce__) ==
        cb_type_lookup(&PyBaseObject_Type, n->__reduce__)) {
        result = cb_package_call("cslots._copy", "reduced", self, NULL);
    } else {
        result = PyObject_CallMethodObjArgs((PyObject *)&PyBaseObject_Type, n->__reduce_ex__, self,
                                            protocol, NULL);
    }
    return result;
}

/* The loader of a class, made with the first pickle. A new reference: the class drops its own when
 * it is laid out anew. */
static PyObject *loader_of(cb_class *cls) {
    if (cls->loader == NULL) {
        PyObject *schema = schema_of(cls), *loader = NULL;
        if (schema != NULL) { loader = loader_make(cls->state->loader_type, cls, schema); }
        Py_XDECREF(schema);
        if (loader == NULL || cls->loader == NULL) {
            cls->loader = loader;
        } else {
            /* A callback of the collector pickled an object meanwhile: one loader a class. */
            Py_DECREF(loader);
        }
    }
    return Py_XNewRef(cls->loader);
}

static PyObject *reduce_ordinary(cb_class *cls, PyObject *self) {
    PyObject *loader = loader_of(cls), *args = NULL, *to_fill = NULL, *result = NULL;
    if (loader == NULL) { return NULL; }
    if (cls->flags & (CB_CLASS_TRACKED | CB_CLASS_UNSAFE)) { to_fill = state_to_fill(cls, self); }
    if (to_fill != NULL || !PyErr_Occurred()) { args = take_apart(cls, self, to_fill != NULL); }
    if (args != NULL) {
        result = to_fill != NULL ? PyTuple_Pack(6, loader, args, to_fill, Py_None, Py_None, loader)
                                 : PyTuple_Pack(2, loader, args);
    }
    Py_DECREF(loader);
    Py_XDECREF(args);
    Py_XDECREF(to_fill);
    return result;
}

PyObject *cb_reduce_ex(PyObject *self, PyObject *protocol) {
    return cb_class_of_object(self)->access->reduce(self, protocol);
}

PyObject *cb_own_reduce(PyObject *self, PyObject *protocol) {
    cb_class *cls = cb_class_of_object(self);
    cb_class_hold(cls);
    cb_class_ask_hooks(cls);
    /* the user's __reduce__, __getstate__, __getnewargs__ ... */
    PyObject *result = cls->flags & CB_CLASS_PICKLE_HOOKS ? reduce_by_hooks(cls, self, protocol)
                                                          : reduce_ordinary(cls, self);
    cb_class_let_go(cls);
    return result;
}
