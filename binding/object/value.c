/* object/value.c: between a Python value and the bytes of a field.
 *
 *   read    bytes --------------------------------> a new object (or one that is shared: True, a member, a table's string)
 *   store   a value --convert--> C value --put--> bytes
 *
 * Invariants
 *   - convert may run the user's code (__index__, __eq__ of a Literal) and may fail; put runs none and cannot fail, except utf8 (no
 *     memory). So what is refused leaves the object as it was.
 *   - Old references are released after the new value is in place, because releasing can run anything.
 *   - CS_INT: the word is value * 2 + 1; or a pointer to an int that does not fit or is of a subclass (a bool, an IntEnum), or to
 *     None; or 0 while unset. So it needs no bits.
 *   - Nothing is altered in silence. A word or a reference keeps an object of a subclass as it is, unless the collector must see it and
 *     does not see the holder; where only the plain value fits, it is refused. Scalars of NumPy's and what has `__index__` are converted.
 *   - Nothing here trusts that a pointer field of kind str holds a str: it is handled as any object.
 *   - cs_store, cs_delete and the readers need no caller that holds the class; one that uses it afterwards holds it (model/hold.h).
 */
#include "object/value.h"
#include "class/build.h"
#include "class/metatype.h"
#include "kinds/box.h"
#include "kinds/category.h"
#include "kinds/choice.h"
#include "kinds/times.h"
#include "model/errors.h"
#include "model/hold.h"
#include "object/blank.h"
#include "object/object_type.h"
#include "runtime/memory.h"

#include <math.h>

/* ---- reading ---- */

#if CS_COUNT_IS_PROOF && CS_LONG_DIGITS
PyObject *cs_box_long(cs_state *state, int64_t value) {
    uint64_t rest = (uint64_t)value;
    size_t digits = rest >> 60 == 0 ? 2 : 3;
    cs_ring *ring = &state->ints[digits - 1];
    PyObject **place = &ring->boxes[ring->next++ & (CS_RING - 1)];
    PyObject *box = *place;
    if (box == NULL || Py_REFCNT(box) != 1) {
        return cs_box_replace(place, PyLong_FromLongLong(value));
    }
    digit *d = cs_long_digit(box);
    d[0] = (digit)(rest & PyLong_MASK);
    d[1] = (digit)(rest >> 30 & PyLong_MASK);
    if (digits > 2) { d[2] = (digit)(rest >> 60); }
    return Py_NewRef(box);
}
#endif

static uint64_t read_unsigned(const char *at, size_t size) {
    switch (size) {
    case 1: return *(const uint8_t *)at;
    case 2: {
        uint16_t value;
        memcpy(&value, at, sizeof value);
        return value;
    }
    case 4: {
        uint32_t value;
        memcpy(&value, at, sizeof value);
        return value;
    }
    default: {
        uint64_t value;
        memcpy(&value, at, sizeof value);
        return value;
    }
    }
}

PyObject *cs_text_str(cs_text text) {
    if (text.size <= 64) { /* most texts are short ASCII: no decoder for those */
        uint64_t high = 0, word;
        size_t i = 0;
        for (; i + 8 <= text.size; i += 8) {
            memcpy(&word, text.data + i, 8);
            high |= word;
        }
        for (; i < text.size; i++) { high |= (uint64_t)(uint8_t)text.data[i]; }
        if (text.size > 1 && (high & UINT64_C(0x8080808080808080)) == 0) {
            PyObject *str = PyUnicode_New((Py_ssize_t)text.size, 127);
            if (str != NULL) { memcpy(PyUnicode_1BYTE_DATA(str), text.data, text.size); }
            return str;
        }
    }
    if (memchr(text.data, 0xED, text.size) == NULL) {
        return PyUnicode_DecodeUTF8(text.data, (Py_ssize_t)text.size, NULL);
    }
    /* Perhaps a surrogate: the handler for it makes objects, so a collection may run, and a finalizer change this very text. */
    PyObject *copy = PyBytes_FromStringAndSize(text.data, (Py_ssize_t)text.size);
    PyObject *str = copy == NULL ? NULL
                                 : PyUnicode_DecodeUTF8(PyBytes_AS_STRING(copy),
                                                        PyBytes_GET_SIZE(copy), "surrogatepass");
    Py_XDECREF(copy);
    return str;
}

PyObject *cs_read_rare(cs_class *cls, const cs_field *field, PyObject *self) {
    const char *at = cs_at(self, field->offset);
    size_t size = cs_kinds[field->kind].size;
    if (cs_kind_is_pointer(
            (cs_kind)field->kind)) { /* whose descriptor gave way: see class/multiple.c */
        PyObject *value = *cs_pointer_at(self, field->offset);
        return value != NULL ? Py_NewRef(value) : cs_read_unset(cls, field, self);
    }
    switch ((cs_kind)field->kind) {
    case CS_UTF8: return cs_text_str(cs_text_get(&cls->text, self, field->text));
    case CS_UINT64: return PyLong_FromUnsignedLongLong(read_unsigned(at, 8));
    case CS_CHOICE8:
    case CS_CHOICE16:
        if (field->argument == NULL) { return cs_error_unset(cls, field); }
        return Py_NewRef(PyTuple_GET_ITEM(field->argument, (Py_ssize_t)read_unsigned(at, size)));
    case CS_FLAG8:
    case CS_FLAG16:
    case CS_FLAG32:
    case CS_FLAG64:
        if (field->argument == NULL) { return cs_error_unset(cls, field); }
        return cs_flag_member(cls, field, read_unsigned(at, size));
    case CS_DATE: return cs_times_unpack(cls->state, CS_DATE, (int32_t)read_unsigned(at, 4));
    case CS_DATETIME:
    case CS_TIMEDELTA:
        return cs_times_unpack(cls->state, (cs_kind)field->kind, (int64_t)read_unsigned(at, 8));
    default: PyErr_SetString(PyExc_SystemError, "cslots: a kind without a reader"); return NULL;
    }
}

PyObject *cs_make_cached(cs_class *cls, const cs_field *field, PyObject *self, PyObject *function) {
    cs_class_hold(cls);
    PyObject *value = PyObject_CallOneArg(function, self), *result = NULL;
    if (value != NULL && cs_store(cls, field, self, value) == 0) {
        result = cs_is_unset(cls, field, self) ? cs_error_unset(cls, field)
                                               : cs_read_value(cls, field, self);
    }
    Py_XDECREF(value);
    cs_class_let_go(cls);
    return result;
}

PyObject *cs_read_unset(cs_class *cls, const cs_field *field, PyObject *self) {
    if (field->cached != NULL) { return cs_make_cached(cls, field, self, field->cached); }
    if (!field->backed) { return cs_error_unset(cls, field); }
    cs_class_hold(cls);
    PyObject *found = cs_class_found_beside(cls, field->name, self);
    if (found == NULL && !PyErr_Occurred()) {
        cs_error_unset(cls, field);
    } /* it was deleted from the class */
    cs_class_let_go(cls);
    return found;
}

PyObject *cs_read_value(cs_class *cls, const cs_field *field, PyObject *self) {
    if (__builtin_expect(cls->elsewhere != NULL, 0)) {
        return cls->elsewhere->get(cls, field, self);
    }
    if (cs_is_unset(cls, field, self)) { return cs_read_unset(cls, field, self); }
    if (cs_kind_is_pointer((cs_kind)field->kind)) {
        return Py_NewRef(*cs_pointer_at(self, field->offset));
    }
    if (*(const uint8_t *)cs_at(self, field->state_byte) & field->null_mask) {
        return Py_NewRef(Py_None);
    }
    return cs_read_ordinary(cls, field, self);
}

PyObject *cs_read_any(cs_class *cls, const cs_field *field, PyObject *self, int *unset) {
    *unset = cls->elsewhere == NULL && cs_is_unset(cls, field, self);
    return *unset ? NULL : cs_read_value(cls, field, self);
}

PyObject *cs_read_named(cs_class *cls, const cs_field *field, PyObject *self) {
    return field->covered ? PyObject_GetAttr(self, field->name) : cs_read_value(cls, field, self);
}

PyObject *cs_read_named_any(cs_class *cls, const cs_field *field, PyObject *self, int *unset) {
    if (!cs_field_is_named(field)) { return cs_read_any(cls, field, self, unset); }
    *unset = 0;
    return cs_read_named(cls, field, self);
}

/* ---- converting ---- */

typedef union {
    int64_t i;
    uint64_t u;
    double d;
    float f;
    PyObject *object; /* a strong reference */
} cs_value;

/* A member of an Enum is kept by its class, which the collector sees, so nothing is lost with a holder that it does not see: but for
 * a class that only such a holder leads back to (docs/design/classes.md, "One leak remains").
 * -1: error. */
static int is_member(PyObject *value) {
    PyObject *modules =
        PyImport_GetModuleDict(); /* borrowed; without the module there are no members */
    PyObject *module =
        modules != NULL && PyDict_Check(modules) ? PyDict_GetItemString(modules, "enum") : NULL;
    PyObject *meta = module == NULL ? NULL : PyObject_GetAttrString(module, "EnumMeta");
    int found = meta == NULL ? 0 : PyObject_IsInstance((PyObject *)Py_TYPE(value), meta);
    if (meta == NULL) { PyErr_Clear(); }
    Py_XDECREF(meta);
    return found;
}

/* May the object hold this one of a subclass of `plain` as it is? A holder without a GC header takes nothing that could lead back to it:
 * what has neither a __dict__ nor slots leads to its class only, as a member does. -1 and TypeError. What stands for `enum` may be anything:
 * from there on the class is held. */
static int check_held(cs_class *cls, const cs_field *field, PyObject *value,
                      const PyTypeObject *plain, int *held) {
    PyTypeObject *type = Py_TYPE(value);
    if (cls->flags & (CS_CLASS_TRACKED | CS_CLASS_UNSAFE) || !PyType_IS_GC(type)) { return 0; }
    if (type->tp_dictoffset == 0 && type->tp_basicsize == plain->tp_basicsize) { return 0; }
    cs_class_hold_once(cls, held);
    int member = is_member(value);
    return member > 0 ? 0 : member < 0 ? -1 : cs_error_tracked(cls, field, value);
}

/* An exact int of a value that has __index__; NULL with TypeError of the field. From the user's __index__ on the class is held. */
static PyObject *as_index(cs_class *cls, const cs_field *field, PyObject *value, int *held) {
    if (PyLong_CheckExact(value)) { return Py_NewRef(value); }
    if (PyLong_Check(value)) {
        cs_error_subclass(cls, field, value, "int");
        return NULL;
    }
    if (!PyIndex_Check(value) || Py_TYPE(value)->tp_as_number->nb_index == NULL) {
        cs_error_type(cls, field, value);
        return NULL;
    }
    cs_class_hold_once(cls, held);
    PyObject *index = PyNumber_Index(value);
    if (index != NULL && !PyLong_CheckExact(index)) {
        Py_SETREF(index, PyLong_Type.tp_as_number->nb_int(index));
    }
    return index;
}

static int convert_integer(cs_class *cls, const cs_field *field, PyObject *value, cs_value *out,
                           int *held) {
    const cs_kind_info *kind = &cs_kinds[field->kind];
    int64_t small;
    if (PyLong_CheckExact(value) && cs_long_small(value, &small)) {
        if (kind->family == CS_FAMILY_SIGNED ? small >= kind->min && small <= (int64_t)kind->max
                                             : small >= 0 && (uint64_t)small <= kind->max) {
            out->i = small;
            return 0;
        }
        return cs_error_range(cls, field, value);
    }
    PyObject *index = as_index(cls, field, value, held);
    if (index == NULL) { return -1; }
    int result = 0, overflow;
    long long number = PyLong_AsLongLongAndOverflow(index, &overflow);
    if (kind->family == CS_FAMILY_SIGNED) {
        if (overflow != 0 || number < kind->min || number > (int64_t)kind->max) {
            result = cs_error_range(cls, field, index);
        }
        out->i = number;
    } else if (overflow == 0) {
        if (number < 0 || (uint64_t)number > kind->max) {
            result = cs_error_range(cls, field, index);
        }
        out->i = number;
    } else {
        out->u = overflow > 0 ? PyLong_AsUnsignedLongLong(index) : 0;
        if (overflow < 0 || kind->max != UINT64_MAX || PyErr_Occurred()) {
            PyErr_Clear();
            result = cs_error_range(cls, field, index);
        }
    }
    Py_DECREF(index);
    return result;
}

static int convert_int(cs_class *cls, const cs_field *field, PyObject *value, cs_value *out,
                       int *held) {
    int64_t small;
    if (PyLong_CheckExact(value) && cs_long_small(value, &small)) {
        out->i = cs_word_of(small);
        return 0;
    }
    if (PyLong_Check(value) && !PyLong_CheckExact(value)) {
        if (check_held(cls, field, value, &PyLong_Type, held) < 0) { return -1; }
        out->object = Py_NewRef(value);
        return 0;
    }
    PyObject *index = as_index(cls, field, value, held);
    if (index == NULL) { return -1; }
    int overflow;
    long long number = PyLong_AsLongLongAndOverflow(index, &overflow);
    if (overflow == 0 && cs_word_fits(number)) {
        out->i = cs_word_of(number);
        Py_DECREF(index);
    } else {
        out->object = index; /* the word is the pointer; the reference is the object's */
    }
    return 0;
}

/* A scalar of NumPy's of that name, by which it is known without importing NumPy: those that neither
 * derive from Python's type nor have `__index__`. */
static int is_numpy(PyObject *value, const char *name) {
    const char *type = Py_TYPE(value)->tp_name;
    return strncmp(type, "numpy.", 6) == 0 && strcmp(type + 6, name) == 0;
}

static int convert_float(cs_class *cls, const cs_field *field, PyObject *value, double *out,
                         int *held) {
    if (PyFloat_Check(value)) {
        if (!PyFloat_CheckExact(value) && !is_numpy(value, "float64")) {
            return cs_error_subclass(cls, field, value, "float");
        }
        *out = PyFloat_AS_DOUBLE(value);
        return 0;
    }
    if (is_numpy(value, "float32") ||
        is_numpy(value, "float16")) { /* a float holds each of theirs exactly */
        cs_class_hold_once(cls, held);
        *out = PyFloat_AsDouble(value);
        return *out == -1.0 && PyErr_Occurred() ? -1 : 0;
    }
    if (!PyIndex_Check(value) || Py_TYPE(value)->tp_as_number->nb_index == NULL) {
        return cs_error_type(cls, field, value);
    }
    PyObject *index = as_index(cls, field, value, held);
    if (index == NULL) { return -1; }
    *out = PyLong_AsDouble(index);
    if (*out == -1.0 && PyErr_Occurred()) {
        if (PyErr_ExceptionMatches(PyExc_OverflowError)) {
            PyErr_Clear();
            cs_error_range(cls, field, index);
        }
        Py_DECREF(index);
        return -1;
    }
    Py_DECREF(index);
    return 0;
}

/* A holder without a GC header takes no object that the collector must see:
 * docs/design/classes.md has the proof. */
static int convert_pointer(cs_class *cls, const cs_field *field, PyObject *value, cs_value *out,
                           int *held) {
    switch ((cs_kind)field->kind) {
    case CS_STR:
        if (!PyUnicode_Check(value)) { return cs_error_type(cls, field, value); }
        if (!PyUnicode_CheckExact(value) &&
            check_held(cls, field, value, &PyUnicode_Type, held) < 0) {
            return -1;
        }
        out->object = Py_NewRef(value);
        break;
    case CS_BYTES:
        if (!PyBytes_Check(value)) { return cs_error_type(cls, field, value); }
        if (!PyBytes_CheckExact(value) && check_held(cls, field, value, &PyBytes_Type, held) < 0) {
            return -1;
        }
        out->object = Py_NewRef(value);
        break;
    case CS_STRUCT:
        if (!PyObject_TypeCheck(value, (PyTypeObject *)field->argument)) {
            return cs_error_type(cls, field, value);
        }
        if (cs_class_of_object(value)->elsewhere != NULL) { return cs_error_row(cls, field); }
        if (!(cls->flags & (CS_CLASS_TRACKED | CS_CLASS_UNSAFE)) && PyType_IS_GC(Py_TYPE(value))) {
            return cs_error_tracked(cls, field, value);
        }
        out->object = Py_NewRef(value);
        break;
    default: out->object = Py_NewRef(value);
    }
    return out->object == NULL ? -1 : 0;
}

/* ---- putting ---- */

static void put_integer(char *at, size_t size, int64_t value) {
    switch (size) {
    case 1: *(int8_t *)at = (int8_t)value; break;
    case 2: {
        int16_t narrow = (int16_t)value;
        memcpy(at, &narrow, sizeof narrow);
        break;
    }
    case 4: {
        int32_t narrow = (int32_t)value;
        memcpy(at, &narrow, sizeof narrow);
        break;
    }
    default: memcpy(at, &value, sizeof value);
    }
}

static int put_text(cs_class *cls, const cs_field *field, PyObject *self, PyObject *str) {
    cs_text text = {NULL, 0};
    PyObject *keep = NULL;
    if (str != NULL && cs_text_of(str, &text, &keep) < 0) { return -1; }
    cs_status status =
        cs_text_set(&cls->text, self, &cs_python_allocator, field->text, text.data, text.size);
    Py_XDECREF(keep);
    return status == CS_OK ? 0 : cs_error_status(status);
}

/* No value: the bytes of a fresh object. *old: what was owned, to be dropped by the caller when all is in order. */
static int put_nothing(cs_class *cls, const cs_field *field, PyObject *self, PyObject **old) {
    char *at = cs_at(self, field->offset);
    *old = NULL;
    if (field->kind == CS_UTF8) { return put_text(cls, field, self, NULL); }
    if (field->kind == CS_INT) {
        *old = cs_word_pointer(at);
        memset(at, 0, 8);
    } else {
        memset(at, 0, cs_kinds[field->kind].size); /* equal objects have equal bytes */
        if (field->value_mask != 0) {
            *(uint8_t *)cs_at(self, field->state_byte) &= (uint8_t)~field->value_mask;
        }
    }
    return 0;
}

static int store_none(cs_class *cls, const cs_field *field, PyObject *self) {
    PyObject *old;
    if (put_nothing(cls, field, self, &old) < 0) { return -1; }
    cs_mark_set(cls, field, self);
    if (field->kind == CS_INT) {
        cs_word_put_none(cs_at(self, field->offset));
    } else {
        *(uint8_t *)cs_at(self, field->state_byte) |= field->null_mask;
    }
    Py_XDECREF(old);
    return 0;
}

int cs_text_of(PyObject *str, cs_text *text, PyObject **keep) {
    *keep = NULL;
    if (PyUnicode_IS_COMPACT_ASCII(str)) {
        *text =
            (cs_text){(const char *)PyUnicode_1BYTE_DATA(str), (size_t)PyUnicode_GET_LENGTH(str)};
        return 0;
    }
    *keep = PyUnicode_AsEncodedString(
        str, "utf-8", "surrogatepass"); /* not AsUTF8: that would leave a copy in the str */
    if (*keep == NULL) { return -1; }
    *text = (cs_text){PyBytes_AS_STRING(*keep), (size_t)PyBytes_GET_SIZE(*keep)};
    return 0;
}

PyObject *cs_text_check_value(cs_class *cls, const cs_field *field, PyObject *value) {
    if (PyUnicode_CheckExact(value)) { return Py_NewRef(value); }
    if (!PyUnicode_Check(value)) {
        cs_error_type(cls, field, value);
        return NULL;
    }
    if (is_numpy(value, "str_")) { return PyUnicode_FromObject(value); }
    cs_error_subclass(cls, field, value, "str");
    return NULL;
}

static int store_choice(cs_class *cls, const cs_field *field, PyObject *self, PyObject *value,
                        int *held) {
    uint64_t index;
    cs_class_hold_once(cls, held);
    int found = cs_choice_index(cls, field, value, &index);
    if (found <= 0) { return found < 0 ? -1 : cs_error_type(cls, field, value); }
    put_integer(cs_at(self, field->offset), cs_kinds[field->kind].size, (int64_t)index);
    cs_mark_set(cls, field, self);
    return 0;
}

/* A reference. Resolving its annotation, and asking whether a value of a subclass is a member, run user code between the first look at the class and
 * the last. */
static inline int store_pointer(cs_class *cls, const cs_field *field, PyObject *self,
                                PyObject *value, int *held) {
    cs_value c = {0};
    const int none =
        Py_IsNone(value) && field->flags & CS_FIELD_NULLABLE; /* whatever its name will mean */
    if (!none && field->flags & CS_FIELD_DEFERRED) {
        cs_class_hold_once(cls, held);
        if (cs_field_resolve(cls, field) < 0) { return -1; }
    }
    if (none || field->kind == CS_OBJECT) {
        c.object = Py_NewRef(value);
    } else if (convert_pointer(cls, field, value, &c, held) < 0) {
        return -1;
    }
    PyObject *old = *cs_pointer_at(self, field->offset);
    *cs_pointer_at(self, field->offset) = c.object;
    Py_XDECREF(old);
    return 0;
}

/* Any other kind. Converting may run user code: the class is held from there on. */
static inline int store_packed(cs_class *cls, const cs_field *field, PyObject *self,
                               PyObject *value, int *held) {
    char *at = cs_at(self, field->offset);
    const cs_kind kind = (cs_kind)field->kind;
    cs_value c = {0};
    if (Py_IsNone(value) && field->flags & CS_FIELD_NULLABLE) {
        /* A Literal may have None among its values. */
        if ((kind != CS_CHOICE8 && kind != CS_CHOICE16) ||
            cs_ptrmap_find(&field->choices, Py_None) == NULL) {
            return store_none(cls, field, self);
        }
    }
    switch (kind) {
    case CS_BOOL: {
        int truth = value == Py_True;
        if (!PyBool_Check(value)) {
            if (!is_numpy(value, "bool") && !is_numpy(value, "bool_")) {
                return cs_error_type(cls, field, value);
            }
            cs_class_hold_once(cls, held);
            if ((truth = PyObject_IsTrue(value)) < 0) { return -1; }
        }
        uint8_t *state = cs_at(self, field->state_byte);
        *state = (uint8_t)(truth ? *state | field->value_mask : *state & ~field->value_mask);
        break;
    }
    case CS_FLOAT64: {
        if (convert_float(cls, field, value, &c.d, held) < 0) { return -1; }
        memcpy(at, &c.d, sizeof c.d);
        break;
    }
    case CS_FLOAT32: {
        double wide = 0.0;
        if (convert_float(cls, field, value, &wide, held) < 0) { return -1; }
        float narrow = (float)wide;
        if (isinf(narrow) && !isinf(wide)) { return cs_error_range(cls, field, value); }
        memcpy(at, &narrow, sizeof narrow);
        break;
    }
    case CS_INT: {
        if (convert_int(cls, field, value, &c, held) < 0) { return -1; }
        PyObject *old = cs_word_pointer(at);
        memcpy(at, &c, 8);
        cs_mark_set(cls, field, self);
        Py_XDECREF(old); /* of a subclass, it may run code */
        return 0;
    }
    case CS_UTF8: {
        PyObject *str = cs_text_check_value(cls, field, value);
        if (str == NULL) { return -1; }
        int result = put_text(cls, field, self, str);
        Py_DECREF(str);
        if (result < 0) { return -1; }
        break;
    }
    case CS_CATEGORY: {
        PyObject *str = cs_text_check_value(cls, field, value);
        if (str == NULL) { return -1; }
        uint32_t code;
        int result = cs_category_code(field->argument, str, &code);
        Py_DECREF(str);
        if (result < 0) { return -1; }
        put_integer(at, 4, (int64_t)code);
        break;
    }
    case CS_CHOICE8:
    case CS_CHOICE16: return store_choice(cls, field, self, value, held);
    case CS_FLAG8:
    case CS_FLAG16:
    case CS_FLAG32:
    case CS_FLAG64:
        cs_class_hold_once(cls, held);
        if (cs_flag_bits(cls, field, value, &c.u) < 0) { return -1; }
        put_integer(at, cs_kinds[kind].size, c.i);
        break;
    case CS_DATE:
    case CS_DATETIME:
    case CS_TIMEDELTA: {
        if (!Py_IS_TYPE(value, cls->state->time_types[kind - CS_DATE])) {
            cs_class_hold_once(cls, held);
        }
        int result = cs_times_pack(cls, field, value, &c.i);
        if (result <= 0) { return result < 0 ? -1 : cs_error_type(cls, field, value); }
        put_integer(at, cs_kinds[kind].size, c.i);
        break;
    }
    default: /* the integers */
        if (convert_integer(cls, field, value, &c, held) < 0) { return -1; }
        put_integer(at, cs_kinds[kind].size, c.i);
    }
    cs_mark_set(cls, field, self);
    return 0;
}

int cs_store(cs_class *cls, const cs_field *field, PyObject *self, PyObject *value) {
    if (__builtin_expect(cls->elsewhere != NULL, 0)) {
        return cls->elsewhere->set(cls, field, self, value);
    }
    if (field->spec == NULL) { /* the collector has cleared the class */
        PyErr_Format(PyExc_RuntimeError, "%s is being deleted", cls->type->tp_name);
        return -1;
    }
    int held = 0;
    int result = cs_kind_is_pointer((cs_kind)field->kind)
                     ? store_pointer(cls, field, self, value, &held)
                     : store_packed(cls, field, self, value, &held);
    if (__builtin_expect(held, 0)) { cs_class_let_go(cls); }
    return result;
}

/* unittest.mock deletes what it patched, and puts the old value back only where hasattr() finds nothing then. */
int cs_deleted_by_mock(void) {
    PyObject *globals = PyEval_GetGlobals(); /* borrowed, of the Python function that runs */
    PyObject *name = globals == NULL ? NULL : PyDict_GetItemString(globals, "__name__");
    return name != NULL && PyUnicode_Check(name) &&
           (PyUnicode_CompareWithASCIIString(name, "unittest.mock") == 0 ||
            PyUnicode_CompareWithASCIIString(name, "mock.mock") == 0);
}

/* To have no value. The caller holds the class. */
static int delete_value(cs_class *cls, const cs_field *field, PyObject *self) {
    PyObject *old;
    if (cs_kind_is_pointer((cs_kind)field->kind)) {
        old = *cs_pointer_at(self, field->offset);
        *cs_pointer_at(self, field->offset) = NULL;
    } else {
        if (cs_mark_unset(cls, field, self) < 0) { return -1; }
        if (put_nothing(cls, field, self, &old) <
            0) { /* a text, hence not null: that stays as it was */
            cs_mark_set(cls, field, self);
            return -1;
        }
        if (field->null_mask != 0) {
            *(uint8_t *)cs_at(self, field->state_byte) &= (uint8_t)~field->null_mask;
        }
    }
    Py_XDECREF(old);
    return 0;
}

/* A field with a default has it again, as in dataclasses; another one has no value, as with slots. */
int cs_delete(cs_class *cls, const cs_field *field, PyObject *self) {
    if (cls->elsewhere != NULL) { return cls->elsewhere->set(cls, field, self, NULL); }
    cs_class_hold(cls);
    const int has_default = field->default_value != NULL && !field->backed && field->cached == NULL;
    int again = has_default && !cs_deleted_by_mock(), result = -1;
    if (cs_is_unset(cls, field, self)) {
        cs_error_unset(cls, field);
    } else {
        result = again ? cs_store(cls, field, self, field->default_value)
                       : delete_value(cls, field, self);
    }
    cs_class_let_go(cls);
    return result;
}

int cs_delete_past(cs_class *cls, const cs_field *field, PyObject *self) {
    int result = -1;
    cs_class_hold(cls);
    if (cs_is_unset(cls, field, self)) {
        cs_error_unset(cls, field);
    } else {
        result = delete_value(cls, field, self);
    }
    cs_class_let_go(cls);
    return result;
}

/* Through a scratch object of the class, so that there is one set of rules. */
PyObject *cs_field_normalise(cs_class *cls, cs_field *field, PyObject *value) {
    if (cs_kind_is_pointer((cs_kind)field->kind)) {
        if (field->flags & CS_FIELD_DEFERRED ||
            (Py_IsNone(value) && field->flags & CS_FIELD_NULLABLE)) {
            return Py_NewRef(value);
        }
        cs_value c = {0};
        if (field->kind == CS_OBJECT) { return Py_NewRef(value); }
        int held = 0;
        const int result = convert_pointer(cls, field, value, &c, &held);
        if (held) { cs_class_let_go(cls); }
        return result < 0 ? NULL : c.object;
    }
    PyObject *scratch = cs_object_blank(cls); /* it owns the class */
    if (scratch == NULL) { return NULL; }
    PyObject *result =
        cs_store(cls, field, scratch, value) < 0 ? NULL : cs_read_value(cls, field, scratch);
    cs_object_discard(scratch);
    return result;
}
