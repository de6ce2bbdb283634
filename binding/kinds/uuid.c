/* kinds/uuid.c: uuid.UUID as 16 bytes, those of UUID.bytes: the highest of the number comes first.
 *
 *   12345678-1234-5678-1234-567812345678      | 12 34 56 78 12 34 56 78 | 12 34 56 78 12 34 56 78 |
 *                                               high                      low
 *
 * So equal UUIDs have equal bytes, and bytes are in the order of UUIDs. `is_safe` is not kept: it
 * says where the value came from, and is read as SafeUUID.unknown. A value of a subclass is kept if
 * the plain UUID is equal to it.
 *
 * The class is that of the module `uuid`, which is imported with the first field. The field's
 * argument is the class. An object of it is made without calling it: its constructor only sets two
 * slots.
 */
#include "kinds/uuid.h"
#include "model/errors.h"
#include "runtime/package.h"

/* The class of that name in the module `uuid`. It is refused unless object.__new__ makes its
 * objects: those of another class (the name may have been given another value) would be half
 * made. */
static PyObject *class_of_uuids(void) {
    PyObject *found = cb_package_get("uuid", "UUID");
    if (found == NULL ||
        (PyType_Check(found) && ((PyTypeObject *)found)->tp_new == PyBaseObject_Type.tp_new)) {
        return found;
    }
    PyErr_Format(PyExc_TypeError, "uuid.UUID is not the class of UUIDs, but %R", found);
    Py_DECREF(found);
    return NULL;
}

static int init_uuid(cb_class *cls, cb_field *field, const cb_field *from, PyObject *argument) {
    (void)cls;
    (void)from;
    (void)argument;
    field->argument = class_of_uuids();
    return field->argument == NULL ? -1 : 0;
}

/* ---- numbers of 128 bits ---- */

static void put_half(uint8_t *to, uint64_t half) {
    for (int i = 0; i < 8; i++) { to[i] = (uint8_t)(half >> (56 - 8 * i)); }
}

static uint64_t take_half(const uint8_t *from) {
    uint64_t half = 0;
    for (int i = 0; i < 8; i++) { half = half << 8 | from[i]; }
    return half;
}

/* Of an exact int. -1 and an error: OverflowError if it is not between 0 and 2**128 - 1. */
static int bytes_of(PyObject *number, uint8_t *bytes) {
    PyObject *bits = PyLong_FromLong(64);
    PyObject *high = bits == NULL ? NULL : PyNumber_Rshift(number, bits);
    int result = high == NULL ? -1 : 0;
    if (result == 0) {
        const uint64_t half = PyLong_AsUnsignedLongLong(high);
        if (half == UINT64_MAX && PyErr_Occurred()) { result = -1; }
        put_half(bytes, half);
        put_half(bytes + 8, PyLong_AsUnsignedLongLongMask(number));
    }
    Py_XDECREF(bits);
    Py_XDECREF(high);
    return result;
}

static PyObject *number_of(const uint8_t *bytes) {
    PyObject *bits = PyLong_FromLong(64), *high = PyLong_FromUnsignedLongLong(take_half(bytes)),
             *low = PyLong_FromUnsignedLongLong(take_half(bytes + 8)), *shifted = NULL,
             *number = NULL;
    if (bits != NULL && high != NULL) { shifted = PyNumber_Lshift(high, bits); }
    if (shifted != NULL && low != NULL) { number = PyNumber_Or(shifted, low); }
    Py_XDECREF(bits);
    Py_XDECREF(high);
    Py_XDECREF(low);
    Py_XDECREF(shifted);
    return number;
}

/* ---- values ---- */

/* SafeUUID, from the module as a rule: an import would take as long as all the rest. */
static PyObject *safe_uuid(void) {
    PyObject *modules = PyImport_GetModuleDict(); /* borrowed */
    PyObject *module = PyDict_Check(modules) ? PyDict_GetItemString(modules, "uuid") : NULL;
    if (module == NULL) { return cb_package_get("uuid", "SafeUUID"); }
    Py_INCREF(module);
    PyObject *found = PyObject_GetAttrString(module, "SafeUUID");
    Py_DECREF(module);
    return found;
}

static PyObject *make(PyTypeObject *type, const uint8_t *bytes) {
    PyObject *enumeration = safe_uuid();
    PyObject *unknown = enumeration == NULL ? NULL : PyObject_GetAttrString(enumeration, "unknown");
    PyObject *number = unknown == NULL ? NULL : number_of(bytes);
    PyObject *uuid = number == NULL ? NULL : type->tp_alloc(type, 0);
    PyObject *slots[] = {PyUnicode_FromString("int"), PyUnicode_FromString("is_safe")};
    if (uuid != NULL && (slots[0] == NULL || slots[1] == NULL ||
                         PyObject_GenericSetAttr(uuid, slots[0], number) < 0 ||
                         PyObject_GenericSetAttr(uuid, slots[1], unknown) < 0)) {
        Py_CLEAR(uuid);
    }
    Py_XDECREF(slots[0]);
    Py_XDECREF(slots[1]);
    Py_XDECREF(number);
    Py_XDECREF(unknown);
    Py_XDECREF(enumeration);
    return uuid;
}

static PyObject *box_uuid(cb_class *cls, const cb_field *field, const cb_value *value) {
    cb_class_hold(cls); /* an import may run anything */
    /* The field of a pickle has no argument. */
    PyObject *type = field->argument != NULL ? Py_NewRef(field->argument) : class_of_uuids();
    PyObject *uuid = type == NULL ? NULL : make((PyTypeObject *)type, value->raw);
    Py_XDECREF(type);
    cb_class_let_go(cls);
    return uuid;
}

/* A value of a subclass must be equal to the plain UUID that is kept. */
static int check_plain(cb_class *cls, const cb_field *field, PyObject *value,
                       const cb_value *converted) {
    PyObject *plain = box_uuid(cls, field, converted);
    if (plain == NULL) { return -1; }
    const int equal = PyObject_RichCompareBool(plain, value, Py_EQ);
    Py_DECREF(plain);
    if (equal != 0) { return equal < 0 ? -1 : 0; }
    PyErr_Format(PyExc_ValueError,
                 "%s.%U: %R cannot be kept exactly in 16 bytes; convert it to a plain UUID first",
                 cls->type->tp_name, field->name, value);
    return -1;
}

static int convert_uuid(cb_class *cls, const cb_field *field, PyObject *value, cb_value *out,
                        int *held) {
    PyTypeObject *type = (PyTypeObject *)field->argument;
    if (!PyObject_TypeCheck(value, type)) { return cb_error_type(cls, field, value); }
    cb_class_hold_once(cls, held);
    PyObject *number = PyObject_GetAttrString(value, "int");
    if (number == NULL) { return -1; }
    const int is_good = PyLong_CheckExact(number) && bytes_of(number, out->raw) == 0;
    Py_DECREF(number);
    if (!is_good) {
        if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_OverflowError)) { return -1; }
        PyErr_Clear();
        return cb_error_type(cls, field, value);
    }
    return Py_IS_TYPE(value, type) ? 0 : check_plain(cls, field, value, out);
}

const cb_kind_ops cb_uuid_ops = {.init = init_uuid, .convert = convert_uuid, .box = box_uuid};
