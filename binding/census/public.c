/* public.c: the attributes of an object whose layout is not known, by public functions only.
 * public.h has the drawing.
 *
 * tp_traverse gives the values but no names. A name is tried with PyObject_GenericGetAttr, which
 * reads an instance's value and makes no dict. The value that it gives must be among those of
 * tp_traverse. Names that the class has as descriptors are never tried, since they would be
 * called. The names are learnt from the functions of the class, then from those of the whole
 * program. A value that no name leads to is counted under "*".
 *
 * Sizes are estimated: inline values have one place more than the class has names. That is true of
 * all but the first thirty objects of a class.
 */
#include "census/public.h"

#include "census/classes.h"
#include "census/memory.h"

#define SEARCHES 50 /* objects of a class for which all names of the program are tried */
#define NESTED_CONSTANTS 4 /* how deep tuples in tuples are looked through for names */

static int collect(PyObject *value, void *arg) {
    census_referents *r = arg;
    if (value == NULL) { return 0; }
    if (r->count == r->room) {
        size_t room = r->room * 2;
        census_referent *more = census_map(&r->c->memory, room * sizeof *more);
        if (more == NULL) { return census_failed(r->c), 1; }
        memcpy(more, r->items, r->count * sizeof *more);
        census_referents_clear(r);
        r->items = more;
        r->room = room;
    }
    r->items[r->count++] = (census_referent){value, NULL};
    return 0;
}

void census_referents_clear(census_referents *r) {
    if (r->items != r->buffer) { census_unmap(&r->c->memory, r->items); }
    r->items = r->buffer;
}

/* ---- names to try ---- */

static bool add_name(census *c, census_names *names, PyObject *name) {
    if (!PyUnicode_CheckExact(name) || PyUnicode_GET_LENGTH(name) == 0 ||
        PyUnicode_GET_LENGTH(name) > 100) {
        return true;
    }
    for (size_t i = names->count; i-- > 0 && names->count - i < 64;) {
        if (names->items[i] == name) { return true; }
    }
    if (names->count == names->room) {
        size_t room = names->room == 0 ? 64 : names->room * 2;
        PyObject **more = census_alloc(&c->memory, room * sizeof(PyObject *));
        if (more == NULL) { return census_failed(c); }
        if (names->count != 0) { memcpy(more, names->items, names->count * sizeof(PyObject *)); }
        names->items = more;
        names->room = room;
    }
    names->items[names->count++] = name;
    return true;
}

static bool add_names_of(census *c, census_names *names, PyObject *tuple, unsigned depth) {
    for (Py_ssize_t i = 0;
         depth != 0 && tuple != NULL && PyTuple_CheckExact(tuple) && i < PyTuple_GET_SIZE(tuple);
         i++) {
        PyObject *item = PyTuple_GET_ITEM(tuple, i);
        if (PyTuple_CheckExact(item) ? !add_names_of(c, names, item, depth - 1)
                                     : !add_name(c, names, item)) {
            return false;
        }
    }
    return true;
}

bool census_public_names(census *c, census_names *names, PyObject *function) {
    const PyCodeObject *code = (const PyCodeObject *)((PyFunctionObject *)function)->func_code;
    return add_names_of(c, names, code->co_names, 1) &&
           add_names_of(c, names, code->co_localsplusnames, 1) &&
           add_names_of(c, names, code->co_consts, NESTED_CONSTANTS);
}

/* Is the name neither a descriptor nor a function of the class? Then reading it runs nothing. */
static bool is_harmless(PyTypeObject *type, PyObject *name) {
    PyObject *found = cb_type_lookup(type, name);
    return found == NULL || Py_TYPE(found)->tp_descr_get == NULL;
}

/* Borrowed: the object holds the value. */
static PyObject *read_value(census *c, PyObject *object, PyObject *name) {
    PyObject *value = _PyObject_GenericGetAttrWithDict(object, name, NULL, 1);
    if (value == NULL) {
        if (PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_MemoryError)) { census_failed(c); }
        PyErr_Clear();
        return NULL;
    }
    Py_DECREF(value);
    return value;
}

/* The first referent with that value that has no name yet. */
static census_referent *find_value(census_referent *items, size_t count, const PyObject *value) {
    for (size_t i = 0; i < count; i++) {
        if (items[i].value == value && items[i].attribute == NULL) { return &items[i]; }
    }
    return NULL;
}

/* *left: how many values have no name yet. */
static bool try_names(census *c, census_class *cls, PyObject *object, const census_names *names,
                      census_referent *values, size_t count, size_t *left) {
    for (size_t i = 0; i < names->count && *left != 0 && !c->no_memory; i++) {
        if (!is_harmless(cls->type, names->items[i])) { continue; }
        PyObject *value = read_value(c, object, names->items[i]);
        census_referent *found = value == NULL ? NULL : find_value(values, count, value);
        if (found == NULL) { continue; }
        uint32_t known = cls->attribute_count;
        census_attribute *a = census_attribute_named(c, cls, names->items[i], STORED_INLINE);
        if (a == NULL) { return false; }
        if (cls->attribute_count != known && !add_name(c, &cls->known, names->items[i])) {
            return false;
        }
        found->attribute = a;
        (*left)--;
    }
    return !c->no_memory;
}

/* A search among such keys may call an __eq__ of the program. */
static bool has_strange_keys(PyObject *dict) {
    PyObject *key, *value;
    Py_ssize_t at = 0;
    while (PyDict_Next(dict, &at, &key, &value)) {
        if (!PyUnicode_CheckExact(key) && !PyLong_CheckExact(key) && !PyTuple_CheckExact(key) &&
            !PyBytes_CheckExact(key) && !PyFloat_CheckExact(key)) {
            return true;
        }
    }
    return false;
}

/* Names in the functions of the class and its bases. */
static bool learn(census *c, census_class *cls) {
    PyObject *mro = cls->type->tp_mro, *key, *value;
    for (Py_ssize_t i = 0; mro != NULL && i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *dict = census_own_dict((PyTypeObject *)PyTuple_GET_ITEM(mro, i));
        Py_ssize_t at = 0;
        if (dict != NULL && has_strange_keys(dict)) { cls->strange = true; }
        while (dict != NULL && PyDict_Next(dict, &at, &key, &value)) {
            if (PyFunction_Check(value) && !census_public_names(c, &cls->likely, value)) {
                return false;
            }
        }
    }
    cls->learnt = true;
    return true;
}

static bool names_lead_to(census *c, PyObject *object, const census_names *names,
                          const PyObject *value) {
    for (size_t i = 0; i < names->count && !c->no_memory; i++) {
        if (is_harmless(Py_TYPE(object), names->items[i]) &&
            read_value(c, object, names->items[i]) == value) {
            return true;
        }
    }
    return false;
}

/* Is it the object's dict, or the value of its only attribute? The dict stands alone before the
 * type, and its entries are the object's attributes. */
static bool is_dict_of(census *c, census_class *cls, PyObject *object, PyObject *candidate) {
    if (!PyDict_CheckExact(candidate)) { return false; }
    PyObject *key, *value;
    Py_ssize_t at = 0;
    while (PyDict_Next(candidate, &at, &key, &value)) {
        if (!PyUnicode_CheckExact(key) || !is_harmless(Py_TYPE(object), key)) { continue; }
        return read_value(c, object, key) == value;
    }
    if (((PyDictObject *)candidate)->ma_used != 0) { return false; }
    return !names_lead_to(c, object, &cls->known, candidate) &&
           !names_lead_to(c, object, &cls->likely, candidate);
}

static size_t places(const census_class *cls) {
    return cls->known.count == 0 ? 30 : (size_t)cls->known.count + 1;
}

size_t census_public_inline_bytes(const census_class *cls) {
    return sizeof(void *) + places(cls) * sizeof(void *) +
           ((places(cls) + sizeof(void *) - 1) & ~(sizeof(void *) - 1));
}

size_t census_public_values_bytes(const census_class *cls) {
    return ((places(cls) + 2 + sizeof(void *) - 1) & ~(sizeof(void *) - 1)) +
           places(cls) * sizeof(void *);
}

bool census_is_slot(const census_class *cls, const census_attribute *attribute) {
    for (uint32_t i = 0; i < cls->slot_count; i++) {
        if (cls->slots[i].attribute == attribute) { return true; }
    }
    return false;
}

/* Find the names of values[0 .. count), of which `left` have none yet. */
static bool name_values(census *c, census_class *cls, PyObject *object, census_referent *values,
                        size_t count, size_t left) {
    if (left != 0 && !try_names(c, cls, object, &cls->known, values, count, &left)) {
        return false;
    }
    if (left != 0 && !try_names(c, cls, object, &cls->likely, values, count, &left)) {
        return false;
    }
    if (left != 0 && cls->searches < SEARCHES) {
        cls->searches++;
        return try_names(c, cls, object, &c->names, values, count, &left);
    }
    return true;
}

bool census_public_referents(census *c, PyObject *object, census_class *cls, census_referents *r) {
    r->c = c;
    r->items = r->buffer;
    r->count = r->begin = r->end = 0;
    r->room = Py_ARRAY_LENGTH(r->buffer);
    r->dict = NULL;
    if (cls->type->tp_traverse != NULL) { cls->type->tp_traverse(object, collect, r); }
    if (c->no_memory) { return false; }

    /* Slots come first, and here they stand in any order. */
    for (uint32_t i = 0; i < cls->slot_count; i++) {
        const PyObject *value = *(PyObject **)((char *)object + cls->slots[i].offset);
        census_referent *found = value == NULL ? NULL : find_value(r->items, r->count, value);
        if (found != NULL) { found->attribute = cls->slots[i].attribute; }
    }
    while (r->begin < r->count && r->items[r->begin].attribute != NULL) { r->begin++; }
    r->end = r->begin;
    while (r->end < r->count && r->items[r->end].value != (PyObject *)cls->type) { r->end++; }

    size_t left = 0;
    census_referent *values = r->items + r->begin, *alone = NULL;
    const size_t count = r->end - r->begin;
    for (size_t i = 0; i < count; i++) {
        if (values[i].attribute != NULL) { continue; }
        left++;
        alone = &values[i];
    }
    if (left != 0 && !cls->learnt && !learn(c, cls)) { return false; }
    if (left != 1 || !PyDict_CheckExact(alone->value)) { alone = NULL; }
    const bool safe = !cls->strange && (alone == NULL || !has_strange_keys(alone->value));
    if (safe && alone != NULL && is_dict_of(c, cls, object, alone->value)) {
        r->dict = alone->value;
        return !c->no_memory;
    }
    if (safe && !name_values(c, cls, object, values, count, left)) { return false; }
    for (size_t i = 0; i < count && !c->no_memory; i++) {
        if (values[i].attribute != NULL) { continue; }
        values[i].attribute = census_attribute_named(c, cls, Py_None, STORED_INLINE);
    }
    return !c->no_memory;
}
