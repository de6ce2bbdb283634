/* kinds/choice.c: Enum and Literal fields (an index into a tuple of values) and Flag fields (bits).
 *
 *   argument  ("red", "green", ...)      choices  identity of a value -> its index
 *
 * A member of an Enum is one object for good, so identity finds it. The values of a Literal are
 * found by identity, else by type and equality (1, True and 1.0 are three values).
 *
 * Looking up a Literal's value and the bits of a Flag's member runs user code: the caller holds the
 * class if it uses it afterwards.
 */
#include "kinds/choice.h"
#include "model/errors.h"
#include "runtime/memory.h"

int cb_choice_index(cb_class *cls, const cb_field *field, PyObject *value, uint64_t *index) {
    (void)cls;
    const cs_ptrmap_slot *slot = cs_ptrmap_find(&field->choices, value);
    if (slot != NULL) {
        *index = slot->value;
        return 1;
    }
    if (!(PyUnicode_Check(value) || PyLong_Check(value) || PyBytes_Check(value))) { return 0; }
    PyObject *choices = Py_NewRef(field->argument);
    int found = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(choices) && found == 0; i++) {
        PyObject *choice = PyTuple_GET_ITEM(choices, i);
        if (Py_TYPE(choice) != Py_TYPE(value)) { continue; }
        found = PyObject_RichCompareBool(choice, value, Py_EQ);
        if (found > 0) { *index = (uint64_t)i; }
    }
    Py_DECREF(choices);
    return found;
}

static int flag_bits(cb_class *cls, const cb_field *field, PyObject *value, uint64_t *bits) {
    if (!PyObject_TypeCheck(value, (PyTypeObject *)field->argument)) {
        return cb_error_type(cls, field, value);
    }
    PyObject *number = PyObject_GetAttr(value, cls->state->names.value);
    if (number == NULL) { return -1; }
    if (!PyLong_Check(number)) {
        Py_DECREF(number);
        return cb_error_type(cls, field, value);
    }
    int overflow;
    long long small = PyLong_AsLongLongAndOverflow(number, &overflow);
    *bits = overflow > 0 ? PyLong_AsUnsignedLongLong(number) : (uint64_t)small;
    int size = cs_kinds[field->kind].size;
    int failed = overflow < 0 || (overflow == 0 && small < 0) || PyErr_Occurred() ||
                 (size < 8 && *bits >> (8 * size) != 0);
    if (failed) {
        PyErr_Clear();
        PyErr_Format(cb_range_error(cls->state), "%s.%U: %R has bits beyond the %d of its field",
                     cls->type->tp_name, field->name, number, 8 * size);
    }
    Py_DECREF(number);
    return failed ? -1 : 0;
}

/* How many combinations of flags a field remembers; others are made at each read. */
#define CACHED_FLAGS 256

static PyObject *flag_member(cb_class *cls, const cb_field *field, uint64_t bits) {
    PyObject *number = PyLong_FromUnsignedLongLong(bits);
    if (number == NULL) { return NULL; }
    /* a Flag that does not know these bits makes a member of them, or asks _missing_ */
    cb_class_hold(cls);
    PyObject *member = PyDict_GetItemWithError(field->flag_cache, number);
    if (member != NULL) {
        Py_INCREF(member);
    } else if (!PyErr_Occurred()) {
        member = PyObject_CallOneArg(field->argument, number);
        if (member != NULL && PyDict_GET_SIZE(field->flag_cache) < CACHED_FLAGS &&
            PyDict_SetItem(field->flag_cache, number, member) < 0) {
            PyErr_Clear();
        }
    }
    Py_DECREF(number);
    cb_class_let_go(cls);
    return member;
}

/* ---- Enum and Literal ---- */

static int init_choices(cb_field *field) {
    if (!PyTuple_Check(field->argument)) {
        PyErr_SetString(PyExc_SystemError, "cslots: a choice field needs a tuple of values");
        return -1;
    }
    Py_ssize_t count = PyTuple_GET_SIZE(field->argument);
    cs_status status = cs_ptrmap_init(&field->choices, &cb_python_allocator, (size_t)count);
    for (Py_ssize_t i = 0; status == CS_OK && i < count; i++) {
        status = cs_ptrmap_set(&field->choices, PyTuple_GET_ITEM(field->argument, i), (size_t)i);
    }
    if (status != CS_OK) { return cb_error_status(status); }
    PyObject *different = PySet_New(field->argument);
    if (different == NULL) { /* members of an Enum without a hash */
        if (!PyErr_ExceptionMatches(PyExc_TypeError)) { return -1; }
        PyErr_Clear();
    }
    field->equals = different == NULL || PySet_GET_SIZE(different) < count;
    Py_XDECREF(different);
    return 0;
}

static int init_choice(cb_class *cls, cb_field *field, const cb_field *from, PyObject *argument) {
    (void)cls;
    (void)from;
    field->argument = Py_NewRef(argument);
    return init_choices(field);
}

static int convert_choice(cb_class *cls, const cb_field *field, PyObject *value, cb_value *out,
                          int *held) {
    cb_class_hold_once(cls, held);
    const int found = cb_choice_index(cls, field, value, &out->u);
    return found > 0 ? 0 : found < 0 ? -1 : cb_error_type(cls, field, value);
}

static PyObject *box_choice(cb_class *cls, const cb_field *field, const cb_value *value) {
    if (field->argument == NULL) { return cb_error_unset(cls, field); }
    return Py_NewRef(PyTuple_GET_ITEM(field->argument, (Py_ssize_t)value->u));
}

static int choice_from_column(const cb_field *field, cb_value *value, int utc, const char **what) {
    (void)utc;
    if (field->argument == NULL || value->u < (size_t)PyTuple_GET_SIZE(field->argument)) {
        return 0;
    }
    *what = "a code that stands for no member";
    return 1;
}

const cb_kind_ops cb_choice_ops = {.init = init_choice,
                                   .convert = convert_choice,
                                   .box = box_choice,
                                   .from_column = choice_from_column};

/* ---- Flag ---- */

static int init_flag(cb_class *cls, cb_field *field, const cb_field *from, PyObject *argument) {
    if (!PyType_Check(argument)) {
        PyErr_Format(PyExc_TypeError, "%s.%U: expected a Flag class, got %R", cls->type->tp_name,
                     field->name, argument);
        return -1;
    }
    field->argument = Py_NewRef(argument);
    field->flag_cache =
        from != NULL && from->argument == argument ? Py_NewRef(from->flag_cache) : PyDict_New();
    return field->flag_cache == NULL ? -1 : 0;
}

static int convert_flag(cb_class *cls, const cb_field *field, PyObject *value, cb_value *out,
                        int *held) {
    cb_class_hold_once(cls, held);
    return flag_bits(cls, field, value, &out->u);
}

static PyObject *box_flag(cb_class *cls, const cb_field *field, const cb_value *value) {
    if (field->argument == NULL) { return cb_error_unset(cls, field); }
    return flag_member(cls, field, value->u);
}

const cb_kind_ops cb_flag_ops = {.init = init_flag, .convert = convert_flag, .box = box_flag};
