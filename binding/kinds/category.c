/* kinds/category.c: the table of strings behind a category field.
 *
 *   texts  list: code -> str          codes  dict: str -> code
 *   known  map: str* -> code          by identity: the str objects of the table itself, and equal
 *                                     ones that are interned (literals), kept alive in `aliases`
 *
 * The collector does not know the lists and the dict, since code that found them there could change
 * them. They hold strings and numbers, so they are part of no cycle.
 *
 * Invariants
 *   - texts[codes[s]] is s, an exact str.
 *   - Codes are handed out from 0 and never reused.
 *   - The keys of `known` are in texts or aliases, so an address cannot come to mean another
 *     string.
 *
 * A string stays in the table for the life of the class that declared the field, also when no
 * object uses it any more: codes must keep their meaning. Text without a bound belongs in utf8.
 */
#include "kinds/category.h"
#include "kinds/text.h"
#include "model/errors.h"
#include "runtime/memory.h"

#define ALIASES 1024 /* literals of a program that are remembered by identity, a table */

PyObject *cb_category_new(cb_state *state) {
    Category *table = (Category *)state->category_type->tp_alloc(state->category_type, 0);
    if (table == NULL) { return NULL; }
    table->texts = PyList_New(0);
    table->codes = PyDict_New();
    table->aliases = PyList_New(0);
    if (table->texts == NULL || table->codes == NULL || table->aliases == NULL ||
        cs_ptrmap_init(&table->known, &cb_python_allocator, 8) != CS_OK) {
        Py_DECREF(table);
        return PyErr_NoMemory();
    }
    PyObject_GC_UnTrack(table->texts);
    PyObject_GC_UnTrack(table->codes);
    PyObject_GC_UnTrack(table->aliases);
    return (PyObject *)table;
}

int cb_category_code(PyObject *self, PyObject *text, uint32_t *code) {
    Category *table = (Category *)self;
    const cs_ptrmap_slot *slot = cs_ptrmap_find(&table->known, text);
    if (slot != NULL) {
        *code = (uint32_t)slot->value;
        return 0;
    }
    PyObject *number = PyDict_GetItemWithError(table->codes, text);
    if (number == NULL) {
        if (PyErr_Occurred()) { return -1; }
        Py_ssize_t next = PyList_GET_SIZE(table->texts);
        if ((uint64_t)next > UINT32_MAX) {
            PyErr_SetString(PyExc_OverflowError,
                            "a category field holds at most 2**32 different strings");
            return -1;
        }
        number = PyLong_FromSsize_t(next);
        if (number == NULL) { return -1; }
        /* The list first: an entry of the dict without its text would be a code that reads
         * nothing. */
        if (PyList_Append(table->texts, text) < 0) {
            Py_DECREF(number);
            return -1;
        }
        if (PyDict_SetItem(table->codes, text, number) < 0) {
            Py_DECREF(number);
            PyObject *error = cb_error_take();
            if (PyList_SetSlice(table->texts, next, next + 1, NULL) < 0) { PyErr_Clear(); }
            cb_error_restore(error);
            return -1;
        }
        *code = (uint32_t)next;
        Py_DECREF(number);
        (void)cs_ptrmap_set(&table->known, text, *code); /* without it the dict is asked */
    } else {
        *code = (uint32_t)PyLong_AsUnsignedLong(number);
        if (PyUnicode_CHECK_INTERNED(text) && PyList_GET_SIZE(table->aliases) < ALIASES) {
            if (PyList_Append(table->aliases, text) < 0) { return -1; }
            (void)cs_ptrmap_set(&table->known, text, *code);
        }
    }
    return 0;
}

const cs_ptrmap *cb_category_known(PyObject *self) { return &((Category *)self)->known; }

/* Asked for once a part of a pool, so it is kept until a string comes along. */
PyObject *cb_category_tuple(PyObject *self) {
    Category *table = (Category *)self;
    /* it only grows, also while the tuple is allocated */
    const Py_ssize_t count = PyList_GET_SIZE(table->texts);
    if (table->tuple == NULL || PyTuple_GET_SIZE(table->tuple) != count) {
        PyObject *tuple = PyTuple_New(count);
        if (tuple == NULL) { return NULL; }
        for (Py_ssize_t i = 0; i < count; i++) {
            PyTuple_SET_ITEM(tuple, i, Py_NewRef(PyList_GET_ITEM(table->texts, i)));
        }
        Py_XSETREF(table->tuple, tuple);
    }
    return Py_NewRef(table->tuple);
}

/* ---- what the table of kinds asks for ---- */

/* The table of the class that declared the field serves its subclasses, too. */
static int init_category(cb_class *cls, cb_field *field, const cb_field *from, PyObject *argument) {
    (void)argument;
    field->argument = from != NULL && from->kind == CS_CATEGORY ? Py_NewRef(from->argument)
                                                                : cb_category_new(cls->state);
    if (field->argument == NULL) { return -1; }
    field->known = cb_category_known(field->argument);
    return 0;
}

static int convert_category(cb_class *cls, const cb_field *field, PyObject *value, cb_value *out,
                            int *held) {
    (void)held;
    PyObject *str = cb_text_check_value(cls, field, value);
    if (str == NULL) { return -1; }
    uint32_t code = 0;
    const int result = cb_category_code(field->argument, str, &code);
    Py_DECREF(str);
    out->u = code;
    return result;
}

static PyObject *box_category(cb_class *cls, const cb_field *field, const cb_value *value) {
    (void)cls;
    return cb_category_text(field->argument, (uint32_t)value->u);
}

static int category_from_column(const cb_field *field, cb_value *value, int utc,
                                const char **what) {
    (void)utc;
    if (value->u < (size_t)PyList_GET_SIZE(((Category *)field->argument)->texts)) { return 0; }
    *what = "a code that stands for no category";
    return 1;
}

const cb_kind_ops cb_category_ops = {.init = init_category,
                                     .convert = convert_category,
                                     .box = box_category,
                                     .from_column = category_from_column};

/* ---- its type ---- */

static void category_dealloc(PyObject *self) {
    Category *table = (Category *)self;
    PyTypeObject *type = Py_TYPE(self);
    cs_ptrmap_clear(&table->known);
    Py_XDECREF(table->texts);
    Py_XDECREF(table->codes);
    Py_XDECREF(table->aliases);
    Py_XDECREF(table->tuple);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyType_Slot category_slots[] = {{Py_tp_dealloc, category_dealloc}, {0, NULL}};

PyType_Spec cb_category_spec = {
    .name = "cslots._core.CategoryTable",
    .basicsize = sizeof(Category),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = category_slots,
};
