/* report.c: what was counted, as dicts, lists, numbers and strings.
 *
 * The report is made after the walk, with the collector off. Texts in it are copies, so that a
 * report holds nothing of the program but its types and names.
 */
#include "census/report.h"

#include <stdlib.h>

#include "census/classes.h"
#include "census/memory.h"
#include "census/private.h"
#include "census/system.h"

/* Takes the reference to value. NULL stays NULL, with its error. */
static int put(PyObject *dict, const char *key, PyObject *value) {
    if (value == NULL) { return -1; }
    int status = PyDict_SetItemString(dict, key, value);
    Py_DECREF(value);
    return status;
}

static PyObject *number(uint64_t value) { return PyLong_FromUnsignedLongLong(value); }
static int put_number(PyObject *dict, const char *key, uint64_t value) {
    return put(dict, key, number(value));
}

static int append(PyObject *list, PyObject *value) {
    if (value == NULL) { return -1; }
    int status = PyList_Append(list, value);
    Py_DECREF(value);
    return status;
}

/* ---- names ---- */

static PyObject *dict_text(PyTypeObject *type, const char *name) { /* borrowed */
    PyObject *dict = census_own_dict(type), *key, *value;
    Py_ssize_t at = 0;
    while (dict != NULL && PyDict_Next(dict, &at, &key, &value)) {
        if (PyUnicode_CheckExact(key) && PyUnicode_CompareWithASCIIString(key, name) == 0) {
            return PyUnicode_CheckExact(value) ? value : NULL;
        }
    }
    return NULL;
}

/* module.Qualname as the type itself has it; no attribute is looked up. The result is an exact
 * str. __qualname__ may be of a subclass, whose __hash__ would run in the report. */
static PyObject *full_name(PyTypeObject *type) {
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        return PyUnicode_DecodeUTF8(type->tp_name, (Py_ssize_t)strlen(type->tp_name), "replace");
    }
    PyObject *module = dict_text(type, "__module__"),
             *qualname = ((PyHeapTypeObject *)type)->ht_qualname;
    if (qualname == NULL || !PyUnicode_Check(qualname)) {
        return PyUnicode_DecodeUTF8(type->tp_name, (Py_ssize_t)strlen(type->tp_name), "replace");
    }
    if (module == NULL || PyUnicode_CompareWithASCIIString(module, "builtins") == 0) {
        return PyUnicode_FromObject(qualname);
    }
    return PyUnicode_FromFormat("%U.%U", module, qualname);
}

/* ---- attributes ---- */

static int put_types(PyObject *dict, const census_attribute *a) {
    PyObject *names = PyDict_New(), *types = PyDict_New();
    int status = names == NULL || types == NULL ? -1 : 0;
    for (uint32_t i = 0; i < a->type_count && status == 0; i++) {
        PyObject *name = full_name(a->types[i].type), *count = number(a->types[i].count),
                 *sum = NULL;
        status = name == NULL || count == NULL ? -1 : 0;
        if (status == 0) { /* two types of one name: their sum */
            PyObject *other = PyDict_GetItemWithError(names, name);
            sum = other != NULL      ? PyNumber_Add(other, count)
                  : PyErr_Occurred() ? NULL
                                     : Py_NewRef(count);
            status = sum == NULL ? -1 : PyDict_SetItem(names, name, sum);
        }
        if (status == 0 && PyType_CheckExact(a->types[i].type)) {
            status = PyDict_SetItem(types, (PyObject *)a->types[i].type, count);
        }
        Py_XDECREF(sum);
        Py_XDECREF(name);
        Py_XDECREF(count);
    }
    if (status == 0) { status = PyDict_SetItemString(dict, "types", names); }
    if (status == 0) { status = PyDict_SetItemString(dict, "exact_types", types); }
    Py_XDECREF(names);
    Py_XDECREF(types);
    return status;
}

static int put_lengths(PyObject *dict, const census_lengths *lengths, const char *min,
                       const char *max, const char *total) {
    if (lengths->count == 0) { return 0; }
    return put_number(dict, min, lengths->min) < 0 || put_number(dict, max, lengths->max) < 0 ||
                   put_number(dict, total, lengths->total) < 0
               ? -1
               : 0;
}

static int put_values(PyObject *dict, const census_attribute *a) {
    if (a->text_count == 0 || a->text_count > CENSUS_TEXTS) { return 0; }
    PyObject *values = PyDict_New();
    int status = values == NULL ? -1 : 0;
    for (uint32_t i = 0; i < a->text_count && status == 0; i++) {
        PyObject *text = a->texts[i].text;
        PyObject *copy = PyUnicode_FromKindAndData((int)PyUnicode_KIND(text), PyUnicode_DATA(text),
                                                   PyUnicode_GET_LENGTH(text));
        PyObject *count = number(a->texts[i].count);
        status = copy == NULL || count == NULL ? -1 : PyDict_SetItem(values, copy, count);
        Py_XDECREF(copy);
        Py_XDECREF(count);
    }
    if (status == 0) { status = PyDict_SetItemString(dict, "values", values); }
    Py_XDECREF(values);
    return status;
}

static PyObject *attribute_report(const census_attribute *a) {
    static const char *const storages[] = {"slot", "dict", "inline", "tuple"};
    PyObject *dict = PyDict_New();
    if (dict == NULL) { return NULL; }
    uint64_t shared =
        a->shared_bytes > a->exclusive_bytes ? a->shared_bytes - a->exclusive_bytes : 0;
    int status = put_number(dict, "present", a->present) < 0 ||
                 put_number(dict, "none", a->none) < 0 || put_types(dict, a) < 0 ||
                 put(dict, "storage", PyUnicode_FromString(storages[a->storage])) < 0 ||
                 put_number(dict, "owned_bytes", a->owned_bytes + a->exclusive_bytes) < 0 ||
                 put_number(dict, "shared_bytes", shared) < 0 ||
                 put_number(dict, "interned_bytes", a->interned_bytes) < 0 ||
                 put_number(dict, "distinct", a->distinct_count) < 0 ||
                 put(dict, "distinct_capped", PyBool_FromLong(a->distinct_capped)) < 0 ||
                 put_number(dict, "fingerprint", a->fingerprint) < 0;
    if (!status && a->ints != 0) {
        status = put_number(dict, "big_ints", a->big_ints) < 0;
        if (!status && a->ints > a->big_ints) {
            status = put(dict, "int_min", PyLong_FromLongLong(a->int_min)) < 0 ||
                     put(dict, "int_max", PyLong_FromLongLong(a->int_max)) < 0;
        }
    }
    if (!status && a->floats != 0) {
        status = put_number(dict, "float32_exact", a->float32_exact) < 0 ||
                 put_number(dict, "nan", a->nan) < 0;
        if (!status && a->floats > a->nan) {
            status = put(dict, "float_min", PyFloat_FromDouble(a->float_min)) < 0 ||
                     put(dict, "float_max", PyFloat_FromDouble(a->float_max)) < 0;
        }
    }
    if (!status && a->chars.count != 0) {
        status = put_lengths(dict, &a->chars, "text_chars_min", "text_chars_max",
                             "text_chars_total") < 0 ||
                 put_number(dict, "text_utf8_total", a->text_utf8_total) < 0 ||
                 put_number(dict, "text_ascii", a->text_ascii) < 0 || put_values(dict, a) < 0;
    }
    if (!status) {
        status =
            put_lengths(dict, &a->bytes, "bytes_len_min", "bytes_len_max", "bytes_len_total") < 0;
    }
    if (status) { Py_CLEAR(dict); }
    return dict;
}

static PyObject *attributes_report(const census_class *cls) {
    PyObject *dict = PyDict_New();
    int status = dict == NULL ? -1 : 0;
    for (uint32_t i = 0; i <= cls->attribute_count && status == 0; i++) {
        const census_attribute *a = i < cls->attribute_count ? cls->attributes[i] : cls->rest;
        if (a == NULL || a->present == 0) { continue; }
        PyObject *name = a->name != NULL ? Py_NewRef(a->name) : PyUnicode_FromString("*"),
                 *report = name == NULL ? NULL : attribute_report(a);
        status = report == NULL ? -1 : PyDict_SetItem(dict, name, report);
        Py_XDECREF(name);
        Py_XDECREF(report);
    }
    if (status < 0) { Py_CLEAR(dict); }
    return dict;
}

/* ---- classes ---- */

static PyObject *slot_names(const census_class *cls) {
    PyObject *names = PyList_New(0);
    for (uint32_t i = 0; names != NULL && i < cls->slot_count; i++) {
        if (PyList_Append(names, cls->slots[i].name) < 0) { Py_CLEAR(names); }
    }
    return names;
}

static PyObject *class_report(const census_class *cls) {
    PyObject *dict = PyDict_New();
    if (dict == NULL) { return NULL; }
    int has_dict = (cls->flags & CLASS_MANAGED_DICT) || cls->dict_offset != 0;
    int status = PyDict_SetItemString(dict, "type", (PyObject *)cls->type) < 0 ||
                 put(dict, "name", full_name(cls->type)) < 0 ||
                 put_number(dict, "objects", cls->objects) < 0 ||
                 put_number(dict, "object_bytes", cls->object_bytes) < 0 ||
                 put_number(dict, "gc_head_bytes", cls->gc_head_bytes) < 0 ||
                 put_number(dict, "dict_bytes", cls->dict_bytes) < 0 ||
                 put_number(dict, "values_bytes", cls->values_bytes) < 0 ||
                 put_number(dict, "keys_bytes", cls->keys_bytes) < 0 ||
                 put_number(dict, "owned_bytes", cls->owned_bytes) < 0 ||
                 put_number(dict, "shared_bytes", cls->shared_bytes) < 0 ||
                 put_number(dict, "interned_bytes", cls->interned_bytes) < 0 ||
                 put_number(dict, "weakrefs", cls->weakrefs) < 0 ||
                 put(dict, "has_dict", PyBool_FromLong(has_dict)) < 0 ||
                 put(dict, "has_weakref_slot", PyBool_FromLong(cls->weaklist != 0)) < 0 ||
                 put(dict, "python", PyBool_FromLong((cls->flags & CLASS_STATEMENT) != 0)) < 0 ||
                 put(dict, "slots", slot_names(cls)) < 0 ||
                 put(dict, "itemsize", PyLong_FromSsize_t(cls->type->tp_itemsize)) < 0 ||
                 put(dict, "basicsize", PyLong_FromSsize_t(cls->type->tp_basicsize)) < 0 ||
                 put(dict, "attributes_capped", PyBool_FromLong(cls->names_capped)) < 0 ||
                 put(dict, "attributes", attributes_report(cls)) < 0;
    if (status) { Py_CLEAR(dict); }
    return dict;
}

static PyObject *builtin_report(const census_class *cls) {
    PyObject *name = full_name(cls->type);
    if (name == NULL) { return NULL; }
    return Py_BuildValue("{s:N,s:K,s:K}", "type", name, "objects",
                         (unsigned long long)(cls->objects - cls->moved), "bytes",
                         (unsigned long long)(cls->object_bytes - cls->moved_bytes));
}

static uint64_t class_bytes(const census_class *cls) {
    if (!(cls->flags & CLASS_SUBJECT)) { return cls->object_bytes - cls->moved_bytes; }
    return cls->object_bytes + cls->dict_bytes + cls->keys_bytes + cls->owned_bytes +
           cls->shared_bytes + cls->interned_bytes;
}

static int by_bytes(const void *a, const void *b) {
    uint64_t x = class_bytes(*(census_class *const *)a), y = class_bytes(*(census_class *const *)b);
    return x > y ? -1 : x < y;
}

static int put_classes(PyObject *report, census *c) {
    PyObject *classes = PyList_New(0), *builtin = PyList_New(0);
    int status = classes == NULL || builtin == NULL ? -1 : 0;
    census_class **sorted =
        census_alloc(&c->memory, (c->classes.count + 1) * sizeof(census_class *));
    size_t count = 0;
    if (status == 0 && sorted == NULL) {
        PyErr_NoMemory();
        status = -1;
    }
    for (size_t i = 0; i < c->classes.room && status == 0; i++) {
        if (c->classes.table[i] != NULL) { sorted[count++] = c->classes.table[i]; }
    }
    if (status == 0 && count != 0) { qsort(sorted, count, sizeof(census_class *), by_bytes); }
    for (size_t i = 0; i < count && status == 0; i++) {
        const census_class *cls = sorted[i];
        if (cls->flags & CLASS_SUBJECT) {
            if (cls->objects != 0) { status = append(classes, class_report(cls)); }
        } else if (cls->objects != cls->moved) {
            status = append(builtin, builtin_report(cls));
        }
    }
    if (status == 0) { status = PyDict_SetItemString(report, "builtin", builtin); }
    if (status == 0) { status = PyDict_SetItemString(report, "classes", classes); }
    Py_XDECREF(classes);
    Py_XDECREF(builtin);
    return status;
}

/* ---- the heap around it ---- */

/* A number from the text that pymalloc writes about itself. It stands at the end of the line that
 * has `label`. */
static bool find_number(const char *text, const char *label, uint64_t *value) {
    const char *line = text == NULL ? NULL : strstr(text, label),
               *equals = line == NULL ? NULL : strchr(line, '='),
               *end = line == NULL ? NULL : strchr(line, '\n');
    if (equals == NULL || (end != NULL && equals > end)) { return false; }
    *value = 0;
    for (const char *at = equals + 1; *at != '\0' && *at != '\n'; at++) {
        if (*at >= '0' && *at <= '9') { *value = *value * 10 + (uint64_t)(*at - '0'); }
    }
    return true;
}

static int put_or_none(PyObject *dict, const char *key, bool known, uint64_t value) {
    return known ? put_number(dict, key, value) : put(dict, key, Py_NewRef(Py_None));
}

/* Bytes of pools that the counted blocks cannot use: the header, and the rest that is smaller than
 * a block. */
static uint64_t pool_overhead(const census *c) {
    const uint64_t pool = 16384, header = 48;
    uint64_t total = 0;
    for (uint64_t i = 1; i < Py_ARRAY_LENGTH(c->blocks); i++) {
        uint64_t fit = (pool - header) / (i * 16);
        total += c->blocks[i] * (pool - fit * i * 16) / fit;
    }
    return total;
}

static PyObject *heap_report(census *c) {
    PyObject *dict = PyDict_New();
    if (dict == NULL) { return NULL; }
    uint64_t used = 0, available = 0, unused = 0, arenas = 0, large = 0;
    const uint64_t rss = census_resident();
    bool pymalloc = false;
    uint64_t small = 0;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(c->blocks); i++) { small += c->blocks[i] * i * 16; }
    if (c->allocator == ALLOCATOR_PYMALLOC || c->allocator == ALLOCATOR_PYMALLOC_DEBUG) {
        char *text = census_text_of(census_write_pymalloc);
        pymalloc = find_number(text, "# bytes in allocated blocks", &used) &&
                   find_number(text, "# bytes in available blocks", &available) &&
                   find_number(text, "unused pools *", &unused);
        find_number(text, "arenas allocated current", &arenas);
        free(text);
    }
    const bool malloc_known = census_malloc_used(&large);
    static const char *const names[] = {"pymalloc", "pymalloc_debug", "malloc", "malloc_debug",
                                        "mimalloc"};
    int status = put(dict, "allocator", PyUnicode_FromString(names[c->allocator])) < 0 ||
                 put_or_none(dict, "pymalloc_used", pymalloc, used) < 0 ||
                 put_or_none(dict, "pymalloc_free", pymalloc, available + unused) < 0 ||
                 put_or_none(dict, "arenas", pymalloc && arenas != 0, arenas) < 0 ||
                 put_or_none(dict, "large", malloc_known, large) < 0 ||
                 put_or_none(dict, "rss", rss != 0, rss) < 0 ||
                 put_number(dict, "counted_small", small) < 0 ||
                 put_number(dict, "counted_large", c->large_bytes) < 0 ||
                 put_number(dict, "pool_overhead",
                            c->allocator == ALLOCATOR_PYMALLOC ? pool_overhead(c) : 0) < 0 ||
                 put_number(dict, "census_peak", c->memory.peak) < 0;
    if (status) { Py_CLEAR(dict); }
    return dict;
}

PyObject *census_report(census *c, double seconds) {
    PyObject *report = PyDict_New();
    if (report == NULL) { return NULL; }
    int status =
        put_number(report, "objects", c->objects) < 0 ||
        put_number(report, "bytes", c->bytes) < 0 ||
        put(report, "seconds", PyFloat_FromDouble(seconds)) < 0 ||
        put(report, "method", PyUnicode_FromString(c->use_private ? "private" : "public")) < 0 ||
        put(report, "heap", heap_report(c)) < 0 || put_classes(report, c) < 0;
    if (status) { Py_CLEAR(report); }
    return report;
}
