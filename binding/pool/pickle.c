/* pool/pickle.c: pools travel: pickle at every protocol, out of band from protocol 5 on.
 *
 *   without references     restore(cls, rows, columns)
 *   with references        restore(cls), then __setstate__((rows, columns)): an object that refers
 *                          to the pool finds it in the memo of pickle
 *
 *   columns  ((name, kind, width, nullable, zone, words, parts), ...)
 *   words    what codes stand for: the strings of a category up to the highest code in use, the
 *            members of an Enum or Literal; else None
 *   parts    of values: buffers: the values, the validity (or None), the segments of texts
 *            of references: a list of objects, and the code of each row, 1, 2 or 4 bytes: its place
 *            in the list counted from 1, or 0 where it has none. Codes None: an object for each row
 *
 * A buffer is a snapshot (core/include/cslots/column.h): it shares the memory of the column, and
 * the pool copies before it writes.
 *
 * Restoring trusts nothing. Lengths are compared, codes are mapped through what they stood for,
 * views are checked against their segments, bools become 0 or 1. A column whose kind has changed,
 * that is missing, or that has no field any more is an error which names it.
 */
#include "pool/pickle.h"
#include "kinds/category.h"
#include "kinds/choice.h"
#include "kinds/text.h"
#include "model/errors.h"
#include "object/value.h"
#include "pool/change.h"
#include "pool/check.h"
#include "pool/column.h"
#include "pool/fill.h"
#include "pool/plan.h"
#include "pool/pool.h"
#include "pool/reference.h"
#include "pool/row_class.h"
#include "pool/value.h"
#include "runtime/memory.h"

/* ---- a shared buffer as an object ---- */

typedef struct {
    PyObject_HEAD
    cs_buffer *buffer;
    size_t size;
} Snapshot;

/* Steals the buffer. */
static PyObject *snapshot_new(cb_state *state, cs_buffer *buffer, size_t size) {
    Snapshot *self = (Snapshot *)state->snapshot_type->tp_alloc(state->snapshot_type, 0);
    if (self == NULL) {
        cs_buffer_unref(buffer);
        return NULL;
    }
    self->buffer = buffer;
    self->size = size;
    return (PyObject *)self;
}

static int snapshot_getbuffer(PyObject *object, Py_buffer *view, int flags) {
    Snapshot *self = (Snapshot *)object;
    static const char nothing[1] = {0};
    void *data = self->buffer != NULL && self->buffer->data != NULL ? (void *)self->buffer->data
                                                                    : (void *)(uintptr_t)nothing;
    return PyBuffer_FillInfo(view, object, data, (Py_ssize_t)self->size, 1, flags);
}

static void snapshot_dealloc(PyObject *object) {
    PyTypeObject *type = Py_TYPE(object);
    cs_buffer_unref(((Snapshot *)object)->buffer);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyType_Slot snapshot_slots[] = {
    {Py_tp_doc, "The bytes of a column as they were."},
    {Py_tp_dealloc, snapshot_dealloc},
    {Py_bf_getbuffer, snapshot_getbuffer},
    {0, NULL},
};

PyType_Spec cb_pool_snapshot_spec = {
    .name = "cslots._core.Snapshot",
    .basicsize = sizeof(Snapshot),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = snapshot_slots,
};

/* ---- taking apart ---- */

/* As a PickleBuffer, which a pickler may hand on without copying; below protocol 5 as bytes. */
static PyObject *part_of(cb_state *state, cs_buffer *buffer, size_t size, int protocol) {
    if (protocol < 5) {
        PyObject *bytes = PyBytes_FromStringAndSize(
            buffer == NULL ? NULL : (const char *)buffer->data, (Py_ssize_t)size);
        cs_buffer_unref(buffer);
        return bytes;
    }
    PyObject *snapshot = snapshot_new(state, buffer, size),
             *part = snapshot == NULL ? NULL : PyPickleBuffer_FromObject(snapshot);
    Py_XDECREF(snapshot);
    return part;
}

/* Steals the part. */
static int append_part(PyObject *parts, PyObject *part) {
    int result = part == NULL ? -1 : PyList_Append(parts, part);
    Py_XDECREF(part);
    return result;
}

/* Neighbours often refer to the same few objects. A small cache finds most of them again. An object
 * that it has forgotten stands in the list twice. */
#define CACHED ((size_t)1024)

typedef struct {
    PyObject *object;
    uint32_t code;
} cached_code;

/* Codes of the rows, and the list of what they stand for. *unset: some stand for nothing. */
static int number_pointers(const Pool *self, const cb_pool_field *field, PyObject *values,
                           uint32_t *codes, int *unset) {
    cached_code *cache = PyMem_RawCalloc(CACHED, sizeof *cache);
    if (cache == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    int result = 0;
    for (size_t row = 0; result == 0 && row < self->length; row++) {
        PyObject *value = cb_reference_object(cb_reference_load(field->at, row));
        codes[row] = 0;
        if (value == NULL) {
            *unset = 1;
            continue;
        }
        cached_code *entry = &cache[((uintptr_t)value >> 4 ^ (uintptr_t)value >> 14) % CACHED];
        if (entry->object != value) {
            if (PyList_GET_SIZE(values) >= UINT32_MAX) {
                PyErr_Format(
                    PyExc_OverflowError,
                    "Pool of %s: more than %u objects in the field '%U' cannot be pickled at once",
                    self->cls->type->tp_name, UINT32_MAX, field->field->name);
                result = -1;
                break;
            }
            result = PyList_Append(values, value);
            *entry = (cached_code){value, (uint32_t)PyList_GET_SIZE(values)};
        }
        codes[row] = entry->code;
    }
    PyMem_RawFree(cache);
    return result;
}

/* As bytes, as narrow as the highest of them allows. */
static PyObject *narrow_codes(const uint32_t *codes, size_t count, size_t highest) {
    const uint32_t width = highest <= UINT8_MAX ? 1 : highest <= UINT16_MAX ? 2 : 4;
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(count * width));
    if (bytes == NULL) { return NULL; }
    uint8_t *to = (uint8_t *)PyBytes_AS_STRING(bytes);
    for (size_t i = 0; i < count; i++) { cs_code_store(to, i, width, codes[i]); }
    return bytes;
}

static PyObject *all_pointers(const Pool *self, const cb_pool_field *field) {
    PyObject *values = PyList_New((Py_ssize_t)self->length);
    for (size_t row = 0; values != NULL && row < self->length; row++) {
        PyList_SET_ITEM(values, (Py_ssize_t)row,
                        Py_NewRef(cb_reference_object(cb_reference_load(field->at, row))));
    }
    return values;
}

static PyObject *parts_of_pointers(const Pool *self, const cb_pool_field *field) {
    uint32_t *codes = PyMem_RawMalloc((self->length + 1) * sizeof *codes);
    if (codes == NULL) { return PyErr_NoMemory(); }
    int unset = 0;
    PyObject *values = PyList_New(0), *numbers = NULL;
    if (values != NULL && number_pointers(self, field, values, codes, &unset) < 0) {
        Py_CLEAR(values);
    }
    if (values != NULL && !unset && (size_t)PyList_GET_SIZE(values) > self->length / 2) {
        Py_SETREF(values, all_pointers(self, field));
        numbers = Py_NewRef(Py_None);
    } else if (values != NULL) {
        numbers = narrow_codes(codes, self->length, (size_t)PyList_GET_SIZE(values));
    }
    PyMem_RawFree(codes);
    PyObject *parts = values == NULL || numbers == NULL ? NULL : PyTuple_Pack(2, values, numbers);
    Py_XDECREF(values);
    Py_XDECREF(numbers);
    return parts;
}

static int append_segments(Pool *self, const cb_pool_field *field, PyObject *parts, int protocol) {
    cs_segment *segments = NULL;
    uint32_t count = 0;
    if (cb_pool_error(self, cs_column_share_heap(field->at, &segments, &count)) < 0) { return -1; }
    int result = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (result == 0) {
            result = append_part(
                parts, part_of(self->cls->state, segments[i].buffer, segments[i].used, protocol));
        } else {
            cs_buffer_unref(segments[i].buffer);
        }
    }
    if (segments != NULL) { cb_column_allocator.free(cb_column_allocator.ctx, segments); }
    return result;
}

static PyObject *parts_of_values(Pool *self, const cb_pool_field *field, int protocol) {
    cs_column *column = field->at;
    cs_buffer *values = NULL, *validity = NULL;
    if (column->sort == CS_COLUMN_TEXT && column->heap.dead > column->heap.live / 2 &&
        cb_pool_error(self, cs_column_tidy_text(column, self->length)) < 0) {
        return NULL;
    }
    if (cb_pool_error(self, cs_column_share(column, self->length, &values, &validity)) < 0) {
        return NULL;
    }
    PyObject *parts = PyList_New(0), *result = NULL;
    cb_state *state = self->cls->state;
    if (parts == NULL) {
        cs_buffer_unref(values);
        cs_buffer_unref(validity);
        return NULL;
    }
    int failed =
        append_part(parts, part_of(state, values, self->length * column->width, protocol)) < 0;
    if (failed) {
        cs_buffer_unref(validity);
    } else if (validity != NULL) {
        failed = append_part(parts, part_of(state, validity, (self->length + 7) / 8, protocol)) < 0;
    } else {
        failed = append_part(parts, Py_NewRef(Py_None)) < 0;
    }
    if (!failed && column->sort == CS_COLUMN_TEXT) {
        failed = append_segments(self, field, parts, protocol) < 0;
    }
    if (!failed) { result = PyList_AsTuple(parts); }
    Py_DECREF(parts);
    return result;
}

/* What the codes of a column stand for. */
static PyObject *words_of(Pool *self, const cb_pool_field *field) {
    if (cs_kinds[field->kind].family == CS_FAMILY_CHOICE) {
        return Py_XNewRef(field->field->argument);
    }
    if (field->kind != CS_CATEGORY) { return Py_NewRef(Py_None); }
    uint32_t highest = 0;
    for (size_t row = 0; row < self->length; row++) {
        uint32_t code = cb_pool_code(field->at, row);
        if (code > highest) { highest = code; }
    }
    PyObject *all = cb_category_tuple(field->field->argument);
    PyObject *used =
        all == NULL ? NULL
                    : PyTuple_GetSlice(all, 0, self->length == 0 ? 0 : (Py_ssize_t)highest + 1);
    Py_XDECREF(all);
    return used;
}

static PyObject *column_state(Pool *self, const cb_pool_field *field, int protocol) {
    PyObject *words = words_of(self, field);
    if (words == NULL) { return NULL; }
    PyObject *parts = field->at->sort == CS_COLUMN_POINTER ? parts_of_pointers(self, field)
                                                           : parts_of_values(self, field, protocol);
    if (parts == NULL) {
        Py_DECREF(words);
        return NULL;
    }
    return Py_BuildValue("(OsiOiNN)", field->field->name, cs_kinds[field->kind].name,
                         (int)field->at->width, field->at->nullable ? Py_True : Py_False,
                         (int)self->zones[field->column], words, parts);
}

static PyObject *pool_reduce(PyObject *object, PyObject *protocol) {
    Pool *self = (Pool *)object;
    cb_state *state = self->cls->state;
    const long number = PyLong_AsLong(protocol);
    if (number == -1 && PyErr_Occurred()) { return NULL; }
    if (cb_pool_may_read(self) < 0) { return NULL; }
    /* What the collector runs on 3.11 could write to rows between two parts of a column. */
    const int collecting = CB_ALLOCATION_COLLECTS && PyGC_Disable();
    self->readers++;
    PyObject *columns = PyList_New(0), *tuple = NULL, *result = NULL;
    for (uint32_t i = 0; columns != NULL && i < self->cls->field_count; i++) {
        if (self->fields[i].at == NULL) { continue; }
        PyObject *column = column_state(self, &self->fields[i], (int)number);
        if (column == NULL || PyList_Append(columns, column) < 0) { Py_CLEAR(columns); }
        Py_XDECREF(column);
    }
    tuple = columns == NULL ? NULL : PyList_AsTuple(columns);
    if (tuple != NULL) {
        const char *format = self->pointers != 0 ? "(O(O)(nO))" : "(O(OnO))";
        result = Py_BuildValue(format, state->restore, (PyObject *)self->type,
                               (Py_ssize_t)self->length, tuple);
    }
    self->readers--;
    if (collecting) { PyGC_Enable(); }
    Py_XDECREF(columns);
    Py_XDECREF(tuple);
    return result;
}

/* ---- putting together ---- */

#define COLUMN_STATE 7 /* name, kind, width, nullable, zone, words, parts */

static int damaged(const Pool *self, PyObject *name, const char *what) {
    PyErr_Format(PyExc_ValueError, "Pool of %s: damaged pickle (column %R: %s)",
                 self->cls->type->tp_name, name, what);
    return -1;
}

/* Look into a part, which must have that size (SIZE_MAX: any). To be released if 0 is returned. */
static int open_part(Pool *self, PyObject *name, PyObject *part, size_t size, Py_buffer *view) {
    if (PyObject_GetBuffer(part, view, PyBUF_SIMPLE) < 0) {
        if (PyErr_ExceptionMatches(PyExc_TypeError)) { damaged(self, name, "a buffer is missing"); }
        return -1;
    }
    if (size == SIZE_MAX || (size_t)view->len == size) { return 0; }
    PyBuffer_Release(view);
    return damaged(self, name, "a buffer of another length");
}

/* From codes of the pickle to codes of the class; NULL and an error. */
static uint32_t *map_words(Pool *self, const cb_pool_field *field, PyObject *words, size_t *count) {
    const cb_field *f = field->field;
    if (!PyTuple_Check(words)) {
        damaged(self, f->name, "what its codes stand for");
        return NULL;
    }
    *count = (size_t)PyTuple_GET_SIZE(words);
    uint32_t *map = PyMem_RawMalloc((*count + 1) * sizeof *map);
    if (map == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (size_t i = 0; i < *count; i++) {
        PyObject *word = PyTuple_GET_ITEM(words, (Py_ssize_t)i);
        int result;
        if (field->kind == CS_CATEGORY) {
            result = PyUnicode_CheckExact(word)
                         ? cb_category_code(f->argument, word, &map[i])
                         : damaged(self, f->name, "a category that is no str");
        } else {
            uint64_t index = 0;
            result = cb_choice_index(self->cls, f, word, &index);
            if (result == 0) {
                cb_error_type(self->cls, f, word);
                result = -1;
            }
            map[i] = (uint32_t)index;
        }
        if (result < 0) {
            PyMem_RawFree(map);
            return NULL;
        }
    }
    return map;
}

/* Codes as pickled, `width` bytes each, into the rows of the column. */
static int put_codes(Pool *self, const cb_pool_field *field, PyObject *words, const uint8_t *codes,
                     int width) {
    size_t count;
    uint32_t *map = map_words(self, field, words, &count), highest = 0;
    if (map == NULL) { return -1; }
    for (size_t i = 0; i < count; i++) { highest = map[i] > highest ? map[i] : highest; }
    int result = cb_pool_widen(self, field->column, highest);
    if (result == 0 && cs_column_load_codes(field->at, self->core.rows, codes, (uint32_t)width, map,
                                            count) != CS_OK) {
        result = damaged(self, field->field->name, "a code that stands for nothing");
    }
    PyMem_RawFree(map);
    return result;
}

static int put_value(Pool *self, const cb_pool_field *field, size_t row, PyObject *values,
                     size_t index) {
    if (index >= (size_t)PyList_GET_SIZE(values)) {
        return damaged(self, field->field->name, "its objects");
    }
    PyObject *value = Py_NewRef(PyList_GET_ITEM(values, (Py_ssize_t)index));
    const int result = cb_pool_store(self, field, &row, value);
    Py_DECREF(value);
    return result;
}

/* The object of one row, which has been checked, into another row. */
static void put_again(const cb_pool_field *field, size_t from, size_t row) {
    const uintptr_t word = cb_reference_load(field->at, from);
    Py_XINCREF(cb_reference_owned(word));
    cb_reference_store(field->at, row, word);
}

static int put_coded(Pool *self, const cb_pool_field *field, PyObject *values, const uint8_t *codes,
                     uint32_t width) {
    const size_t count = (size_t)PyList_GET_SIZE(values);
    size_t *first = PyMem_RawCalloc(count + 1, sizeof *first); /* the row of each value, from 1 */
    if (first == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    int result = 0;
    for (size_t row = 0; result == 0 && row < self->core.rows; row++) {
        const size_t code = cs_code_load(codes, row, width);
        if (code == 0) {
            cb_reference_store(field->at, row, CB_REFERENCE_UNSET);
            continue;
        }
        if (code <= count && first[code] != 0) {
            put_again(field, first[code] - 1, row);
            continue;
        }
        result = put_value(self, field, row, values, code - 1);
        if (result == 0 && code <= count) { first[code] = row + 1; }
    }
    PyMem_RawFree(first);
    return result;
}

static int put_pointers(Pool *self, const cb_pool_field *field, PyObject *parts) {
    const size_t rows = self->core.rows;
    PyObject *values = PyTuple_GET_SIZE(parts) == 2 ? PyTuple_GET_ITEM(parts, 0) : NULL;
    PyObject *codes = values == NULL ? NULL : PyTuple_GET_ITEM(parts, 1);
    if (codes == NULL || !PyList_Check(values)) {
        return damaged(self, field->field->name, "its objects");
    }
    if (Py_IsNone(codes)) {
        int result = 0;
        for (size_t row = 0; result == 0 && row < rows; row++) {
            result = put_value(self, field, row, values, row);
        }
        return result;
    }
    const size_t size = PyBytes_Check(codes) ? (size_t)PyBytes_GET_SIZE(codes) : SIZE_MAX;
    if (size != rows && size != rows * 2 && size != rows * 4) {
        return damaged(self, field->field->name, "its objects");
    }
    return rows == 0 ? 0
                     : put_coded(self, field, values, (const uint8_t *)PyBytes_AS_STRING(codes),
                                 (uint32_t)(size / rows));
}

/* Text that is not UTF-8: is it a str with surrogates? */
static int is_text(cs_text text) {
    PyObject *str = cb_text_str(text);
    Py_XDECREF(str);
    return str != NULL;
}

/* The views and their segments as pickled. Each text is checked: its place, and that it is UTF-8 or
 * has the surrogates that a str may have. */
static int put_texts(Pool *self, const cb_pool_field *field, const uint8_t *views,
                     PyObject *parts) {
    cs_column *column = field->at;
    PyObject *name = field->field->name;
    for (Py_ssize_t i = 2; i < PyTuple_GET_SIZE(parts); i++) {
        Py_buffer bytes;
        if (open_part(self, name, PyTuple_GET_ITEM(parts, i), SIZE_MAX, &bytes) < 0) { return -1; }
        const size_t size = (size_t)bytes.len;
        cs_buffer *segment = cs_buffer_new(&cb_column_allocator, size);
        if (segment != NULL && size > 0) { memcpy(segment->data, bytes.buf, size); }
        PyBuffer_Release(&bytes);
        if (cb_pool_error(self, segment == NULL
                                    ? CS_NO_MEMORY
                                    : cs_textheap_adopt(&column->heap, segment, size)) < 0) {
            return -1;
        }
    }
    int outside;
    const cs_status status =
        cs_column_load_texts(column, self->core.rows, views, is_text, &outside);
    if (outside) { return damaged(self, name, "a text that lies outside its buffer"); }
    return status == CS_INVALID ? -1 : cb_pool_error(self, status); /* is_text() said why */
}

static inline int bit_at(const Py_buffer *bits, size_t row) {
    return ((const uint8_t *)bits->buf)[row >> 3] >> (row & 7) & 1;
}

static int put_validity(Pool *self, const cb_pool_field *field, PyObject *part) {
    Py_buffer bits;
    if (open_part(self, field->field->name, part, (self->core.rows + 7) / 8, &bits) < 0) {
        return -1;
    }
    cs_column_load_validity(field->at, self->core.rows, bits.buf);
    PyBuffer_Release(&bits);
    return 0;
}

static int put_column(Pool *self, PyObject *state, uint8_t *seen) {
    PyObject *name, *words, *parts;
    const char *kind;
    int width, nullable, zone;
    if (!PyTuple_Check(state) ||
        !PyArg_ParseTuple(state, "UsipiOO!", &name, &kind, &width, &nullable, &zone, &words,
                          &PyTuple_Type, &parts)) {
        PyErr_Clear();
        PyErr_Format(PyExc_ValueError, "Pool of %s: damaged pickle", self->cls->type->tp_name);
        return -1;
    }
    const cb_pool_field *field = cb_pool_field_named(self, name);
    if (field == NULL) { return -1; }
    cs_column *column = field->at;
    if (strcmp(kind, cs_kinds[field->kind].name) != 0 || seen[field->column]) {
        PyErr_Format(PyExc_ValueError,
                     "Pool of %s: the column '%U' was pickled as %s, the field is %s",
                     self->cls->type->tp_name, name, kind, cs_kinds[field->kind].name);
        return -1;
    }
    seen[field->column] = 1;
    if (column->sort == CS_COLUMN_POINTER) { return put_pointers(self, field, parts); }
    const int codes = cs_kind_is_code((cs_kind)field->kind);
    if (PyTuple_GET_SIZE(parts) < 2 ||
        (codes ? width != 1 && width != 2 && width != 4 : width != (int)column->width) ||
        zone < CB_ZONE_OPEN || zone > CB_ZONE_UTC) {
        return damaged(self, name, "its shape");
    }
    const int has_validity = !Py_IsNone(PyTuple_GET_ITEM(parts, 1));
    if (has_validity && !column->nullable) {
        Py_buffer bits;
        if (open_part(self, name, PyTuple_GET_ITEM(parts, 1), (self->core.rows + 7) / 8, &bits) <
            0) {
            return -1;
        }
        int nulls = 0;
        for (size_t row = 0; row < self->core.rows; row++) { nulls |= !bit_at(&bits, row); }
        PyBuffer_Release(&bits);
        if (nulls) {
            PyErr_Format(PyExc_TypeError,
                         "Pool of %s: the pickled column '%U' has None in it, the field takes none",
                         self->cls->type->tp_name, name);
            return -1;
        }
    } else if (has_validity) {
        if (put_validity(self, field, PyTuple_GET_ITEM(parts, 1)) < 0) { return -1; }
    } else {
        for (size_t row = 0; column->nullable && row < self->core.rows; row++) {
            cs_column_set_valid(column, row, 1);
        }
    }
    Py_buffer values;
    if (open_part(self, name, PyTuple_GET_ITEM(parts, 0), self->core.rows * (size_t)width,
                  &values) < 0) {
        return -1;
    }
    int result = 0;
    if (codes) {
        result = put_codes(self, field, words, values.buf, width);
    } else if (column->sort == CS_COLUMN_TEXT) {
        result = put_texts(self, field, values.buf, parts);
    } else {
        cs_column_load_values(column, self->core.rows, values.buf, field->kind == CS_BOOL);
    }
    self->zones[field->column] = (uint8_t)zone;
    PyBuffer_Release(&values);
    return result;
}

/* Has each column a buffer, or a list, with as many values as the pickle says that there are rows?
 * A length that lies would ask for memory that nothing fills. */
static int check_rows(const Pool *self, Py_ssize_t rows, PyObject *columns) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(columns); i++) {
        PyObject *state = PyTuple_GET_ITEM(columns, i);
        PyObject *parts = PyTuple_Check(state) && PyTuple_GET_SIZE(state) == COLUMN_STATE
                              ? PyTuple_GET_ITEM(state, COLUMN_STATE - 1)
                              : NULL;
        PyObject *first = parts != NULL && PyTuple_Check(parts) && PyTuple_GET_SIZE(parts) > 0
                              ? PyTuple_GET_ITEM(parts, 0)
                              : NULL;
        Py_ssize_t most = -1;
        Py_buffer view;
        if (first != NULL && PyList_Check(first)) {
            PyObject *codes = PyTuple_GET_SIZE(parts) > 1 ? PyTuple_GET_ITEM(parts, 1) : NULL;
            most = codes != NULL && PyBytes_Check(codes) ? PyBytes_GET_SIZE(codes)
                                                         : PyList_GET_SIZE(first);
        } else if (first != NULL && PyObject_CheckBuffer(first)) {
            if (PyObject_GetBuffer(first, &view, PyBUF_SIMPLE) < 0) { return -1; }
            most = view.len;
            PyBuffer_Release(&view);
        }
        if (most < rows) {
            PyErr_Format(PyExc_ValueError,
                         "Pool of %s: damaged pickle (it says %zd rows, and has fewer)",
                         self->cls->type->tp_name, rows);
            return -1;
        }
    }
    if (rows == 0 || PyTuple_GET_SIZE(columns) != 0) { return 0; }
    PyErr_Format(PyExc_ValueError, "Pool of %s: damaged pickle (%zd rows without a column)",
                 self->cls->type->tp_name, rows);
    return -1;
}

static int put_columns(Pool *self, Py_ssize_t rows, PyObject *columns) {
    if (check_rows(self, rows, columns) < 0) { return -1; }
    uint8_t *seen = PyMem_Calloc(self->core.count + 1, 1);
    if (seen == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    int result = cb_pool_error(self, cs_pool_grow(&self->core, (size_t)rows));
    for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(columns); i++) {
        result = put_column(self, PyTuple_GET_ITEM(columns, i), seen);
    }
    for (uint32_t i = 0; result == 0 && i < self->cls->field_count; i++) {
        const cb_pool_field *field = &self->fields[i];
        if (field->at == NULL || seen[field->column]) { continue; }
        const cb_field *f = field->field;
        if (f->default_value == NULL && f->factory == NULL) {
            PyErr_Format(PyExc_ValueError,
                         "Pool of %s: the pickle has no column '%U', and the field no default",
                         self->cls->type->tp_name, f->name);
            result = -1;
        }
        if (result == 0) { result = cb_pool_fill_default(self, field, 0); }
    }
    PyMem_Free(seen);
    return result;
}

/* Into an empty pool. -1 and an error: it is empty again. */
static int put_state(Pool *self, PyObject *count, PyObject *columns) {
    const Py_ssize_t rows =
        PyLong_Check(count) && PyTuple_Check(columns) ? PyLong_AsSsize_t(count) : -1;
    if (rows < 0) {
        if (!PyErr_Occurred()) {
            PyErr_Format(PyExc_ValueError, "Pool of %s: damaged pickle", self->cls->type->tp_name);
        }
        return -1;
    }
    if (cb_pool_begin(self) < 0) { return -1; }
    return cb_pool_end(self, put_columns(self, rows, columns));
}

PyObject *cb_pool_restore(PyObject *module, PyObject *const *args, Py_ssize_t nargs) {
    cb_state *state = PyModule_GetState(module);
    cb_class *cls = nargs == 1 || nargs == 3 ? cb_pool_record_class(state, args[0]) : NULL;
    if (cls == NULL) {
        return PyErr_Occurred() ? NULL
                                : PyErr_Format(PyExc_ValueError, "restore_pool(): damaged pickle");
    }
    Pool *self = cb_pool_new(state, cls);
    if (self != NULL && nargs == 3 && put_state(self, args[1], args[2]) < 0) { Py_CLEAR(self); }
    return (PyObject *)self;
}

static PyObject *pool_setstate(PyObject *object, PyObject *state) {
    Pool *self = (Pool *)object;
    if (!PyTuple_Check(state) || PyTuple_GET_SIZE(state) != 2) {
        return PyErr_Format(PyExc_ValueError, "Pool of %s: damaged pickle",
                            self->cls->type->tp_name);
    }
    if (cb_pool_may_change(self) < 0) { return NULL; }
    if (self->length != 0) {
        return PyErr_Format(
            PyExc_ValueError,
            "Pool of %s: __setstate__() fills a pool that is empty; this one has %zu records",
            self->cls->type->tp_name, self->length);
    }
    if (put_state(self, PyTuple_GET_ITEM(state, 0), PyTuple_GET_ITEM(state, 1)) == 0) {
        Py_RETURN_NONE;
    }
    if (cs_pool_empty(&self->core) == CS_OK) {
        cb_pool_locate(self); /* texts, and the width of codes */
    }
    cb_pool_consistent(self);
    return NULL;
}

PyMethodDef cb_pool_pickle_methods[] = {
    {"__setstate__", pool_setstate, METH_O, "How pickle fills a pool that records may refer to."},
    {"__reduce_ex__", pool_reduce, METH_O,
     "How pickle takes the pool apart: the class and the bytes of each column."},
    {NULL, NULL, 0, NULL},
};
