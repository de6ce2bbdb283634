/* pool_pickle.c: pools travel: pickle at every protocol, with the columns out of band from protocol 5 on.
 *
 *   restore(cls, rows, ((name, kind, width, nullable, zone, words, parts), ...))
 *
 *   parts   values, validity (or None), and the segments of texts: buffers; of references: the list of them and a mask of those that are set
 *   words   what codes stand for: the strings of a category up to the highest code used, the members of an Enum or Literal; else None
 *
 * A buffer is a snapshot (core/include/cslots/column.h): it shares the column's memory, and the pool copies before it writes.
 *
 * Restoring trusts nothing: lengths are compared, codes are mapped through what they stood for, views are checked against their segments, bools become 0 or 1. A column whose
 * kind has changed, that is missing or that has no field any more is an error that names it.
 */
#include "pool.h"
#include "pool_read.h"

/* ---- a shared buffer as an object ---- */

typedef struct {
    PyObject_HEAD
    cs_buffer *buffer;
    size_t size;
} Snapshot;

static PyObject *snapshot_new(cs_state *state, cs_buffer *buffer, size_t size) { /* steals the buffer */
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
    void *data = self->buffer != NULL && self->buffer->data != NULL ? (void *)self->buffer->data : (void *)(uintptr_t)nothing;
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

PyType_Spec cs_pool_snapshot_spec = {
    .name = "cslots._core.Snapshot",
    .basicsize = sizeof(Snapshot),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = snapshot_slots,
};

/* ---- taking apart ---- */

/* As a PickleBuffer, which a pickler may hand on without copying; below protocol 5 as bytes. */
static PyObject *part_of(cs_state *state, cs_buffer *buffer, size_t size, int protocol) {
    if (protocol < 5) {
        PyObject *bytes = PyBytes_FromStringAndSize(buffer == NULL ? NULL : (const char *)buffer->data, (Py_ssize_t)size);
        cs_buffer_unref(buffer);
        return bytes;
    }
    PyObject *snapshot = snapshot_new(state, buffer, size), *part = snapshot == NULL ? NULL : PyPickleBuffer_FromObject(snapshot);
    Py_XDECREF(snapshot);
    return part;
}

static int append_part(PyObject *parts, PyObject *part) { /* steals part */
    int result = part == NULL ? -1 : PyList_Append(parts, part);
    Py_XDECREF(part);
    return result;
}

static PyObject *parts_of_pointers(Pool *self, const cs_pool_field *field) {
    PyObject *values = PyList_New((Py_ssize_t)self->length), *set = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)self->length);
    for (size_t row = 0; values != NULL && set != NULL && row < self->length; row++) {
        PyObject *value;
        memcpy(&value, field->at->data + row * sizeof value, sizeof value);
        PyBytes_AS_STRING(set)[row] = value != NULL;
        PyList_SET_ITEM(values, (Py_ssize_t)row, Py_NewRef(value != NULL ? value : Py_None));
    }
    PyObject *parts = values == NULL || set == NULL ? NULL : PyTuple_Pack(2, values, set);
    Py_XDECREF(values);
    Py_XDECREF(set);
    return parts;
}

static int append_segments(Pool *self, const cs_pool_field *field, PyObject *parts, int protocol) {
    cs_segment *segments = NULL;
    uint32_t count = 0;
    if (cs_pool_error(self, cs_column_share_heap(field->at, &segments, &count)) < 0) { return -1; }
    int result = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (result == 0) {
            result = append_part(parts, part_of(self->cls->state, segments[i].buffer, segments[i].used, protocol));
        } else {
            cs_buffer_unref(segments[i].buffer);
        }
    }
    if (segments != NULL) { cs_column_allocator.free(cs_column_allocator.ctx, segments); }
    return result;
}

static PyObject *parts_of_values(Pool *self, const cs_pool_field *field, int protocol) {
    cs_column *column = field->at;
    cs_buffer *values = NULL, *validity = NULL;
    if (column->sort == CS_COLUMN_TEXT && column->heap.dead > column->heap.live / 2 &&
        cs_pool_error(self, cs_column_tidy_text(column, self->length)) < 0) {
        return NULL;
    }
    if (cs_pool_error(self, cs_column_share(column, self->length, &values, &validity)) < 0) { return NULL; }
    PyObject *parts = PyList_New(0), *result = NULL;
    cs_state *state = self->cls->state;
    if (parts == NULL) {
        cs_buffer_unref(values);
        cs_buffer_unref(validity);
        return NULL;
    }
    int failed = append_part(parts, part_of(state, values, self->length * column->width, protocol)) < 0;
    if (failed) {
        cs_buffer_unref(validity);
    } else if (validity != NULL) {
        failed = append_part(parts, part_of(state, validity, (self->length + 7) / 8, protocol)) < 0;
    } else {
        failed = append_part(parts, Py_NewRef(Py_None)) < 0;
    }
    if (!failed && column->sort == CS_COLUMN_TEXT) { failed = append_segments(self, field, parts, protocol) < 0; }
    if (!failed) { result = PyList_AsTuple(parts); }
    Py_DECREF(parts);
    return result;
}

/* What the codes of a column stand for. */
static PyObject *words_of(Pool *self, const cs_pool_field *field) {
    if (field->kind == CS_CHOICE8 || field->kind == CS_CHOICE16) { return Py_XNewRef(field->field->argument); }
    if (field->kind != CS_CATEGORY) { return Py_NewRef(Py_None); }
    uint32_t highest = 0;
    for (size_t row = 0; row < self->length; row++) {
        uint32_t code = cs_pool_code(field->at, row);
        if (code > highest) { highest = code; }
    }
    PyObject *all = cs_category_tuple(field->field->argument);
    PyObject *used = all == NULL ? NULL : PyTuple_GetSlice(all, 0, self->length == 0 ? 0 : (Py_ssize_t)highest + 1);
    Py_XDECREF(all);
    return used;
}

static PyObject *column_state(Pool *self, const cs_pool_field *field, int protocol) {
    PyObject *words = words_of(self, field);
    if (words == NULL) { return NULL; }
    PyObject *parts = field->at->sort == CS_COLUMN_POINTER ? parts_of_pointers(self, field) : parts_of_values(self, field, protocol);
    if (parts == NULL) {
        Py_DECREF(words);
        return NULL;
    }
    return Py_BuildValue("(OsiOiNN)", field->field->name, cs_kinds[field->kind].name, (int)field->at->width,
                         field->at->nullable ? Py_True : Py_False, (int)self->zones[field->column], words, parts);
}

static PyObject *pool_reduce(PyObject *object, PyObject *protocol) {
    Pool *self = (Pool *)object;
    cs_state *state = self->cls->state;
    const long number = PyLong_AsLong(protocol);
    if (number == -1 && PyErr_Occurred()) { return NULL; }
    if (cs_pool_may_change(self) < 0) { return NULL; }
    self->busy++; /* the collector, which runs others' code, must not change the pool between two columns */
    PyObject *columns = PyList_New(0), *tuple = NULL, *result = NULL;
    for (uint32_t i = 0; columns != NULL && i < self->cls->field_count; i++) {
        if (self->fields[i].at == NULL) { continue; }
        PyObject *column = column_state(self, &self->fields[i], (int)number);
        if (column == NULL || PyList_Append(columns, column) < 0) { Py_CLEAR(columns); }
        Py_XDECREF(column);
    }
    tuple = columns == NULL ? NULL : PyList_AsTuple(columns);
    if (tuple != NULL) { result = Py_BuildValue("(O(OnO))", state->restore, (PyObject *)self->type, (Py_ssize_t)self->length, tuple); }
    self->busy--;
    Py_XDECREF(columns);
    Py_XDECREF(tuple);
    return result;
}

/* ---- putting together ---- */

#define COLUMN_STATE 7 /* name, kind, width, nullable, zone, words, parts */

static int damaged(const Pool *self, PyObject *name, const char *what) {
    PyErr_Format(PyExc_ValueError, "Pool of %s: damaged pickle (column %R: %s)", self->cls->type->tp_name, name, what);
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

/* code of the pickle -> code of the class; NULL and an error. */
static uint32_t *map_words(Pool *self, const cs_pool_field *field, PyObject *words, size_t *count) {
    const cs_field *f = field->field;
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
            result = PyUnicode_CheckExact(word) ? cs_category_code(f->argument, word, &map[i])
                                                : damaged(self, f->name, "a category that is no str");
        } else {
            uint64_t index = 0;
            result = cs_choice_index(self->cls, f, word, &index);
            if (result == 0) {
                cs_error_type(self->cls, f, word);
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

static inline uint32_t load_code(const uint8_t *data, size_t row, int width) {
    return width == 1 ? data[row] : width == 2 ? CS_COLUMN_LOAD(uint16_t, data, row) : CS_COLUMN_LOAD(uint32_t, data, row);
}

/* Codes as pickled, `width` bytes each, into the rows of the column. */
static int put_codes(Pool *self, const cs_pool_field *field, PyObject *words, const uint8_t *codes, int width) {
    size_t count;
    uint32_t *map = map_words(self, field, words, &count), highest = 0;
    if (map == NULL) { return -1; }
    for (size_t i = 0; i < count; i++) { highest = map[i] > highest ? map[i] : highest; }
    int result = cs_pool_widen(self, field->column, highest);
    cs_column *column = field->at;
    for (size_t row = 0; result == 0 && row < self->core.rows; row++) {
        if (!cs_column_is_valid(column, row)) { continue; }
        const uint32_t code = load_code(codes, row, width);
        if (code >= count) {
            result = damaged(self, field->field->name, "a code that stands for nothing");
            break;
        }
        const uint32_t mapped = map[code];
        const uint16_t half = (uint16_t)mapped;
        switch (column->width) {
        case 1: column->data[row] = (uint8_t)mapped; break;
        case 2: memcpy(column->data + row * 2, &half, 2); break;
        default: memcpy(column->data + row * 4, &mapped, 4);
        }
    }
    PyMem_RawFree(map);
    return result;
}

static int put_pointers(Pool *self, const cs_pool_field *field, PyObject *parts) {
    PyObject *values = PyTuple_GET_SIZE(parts) == 2 ? PyTuple_GET_ITEM(parts, 0) : NULL;
    PyObject *set = values == NULL ? NULL : PyTuple_GET_ITEM(parts, 1);
    if (set == NULL || !PyList_Check(values) || !PyBytes_Check(set) || (size_t)PyList_GET_SIZE(values) != self->core.rows ||
        (size_t)PyBytes_GET_SIZE(set) != self->core.rows) {
        return damaged(self, field->field->name, "its objects");
    }
    for (size_t row = 0; row < self->core.rows && row < (size_t)PyList_GET_SIZE(values); row++) {
        if (PyBytes_AS_STRING(set)[row] == 0) { continue; }
        PyObject *value = Py_NewRef(PyList_GET_ITEM(values, (Py_ssize_t)row));
        int result = cs_pool_store(self, field, &row, value);
        Py_DECREF(value);
        if (result < 0) { return -1; }
    }
    return 0;
}

/* Is it text? Most is ASCII, which a glance tells. */
static int check_text(const char *data, size_t size) {
    uint64_t high = 0, word;
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        memcpy(&word, data + i, 8);
        high |= word;
    }
    for (; i < size; i++) { high |= (uint64_t)(uint8_t)data[i]; }
    if ((high & UINT64_C(0x8080808080808080)) == 0) { return 0; }
    PyObject *str = cs_text_str((cs_text){data, size});
    Py_XDECREF(str);
    return str == NULL ? -1 : 0;
}

/* The views and their segments as pickled; each text is checked: its place, and that it is UTF-8 (or the surrogates that a str may have). */
static int put_texts(Pool *self, const cs_pool_field *field, const uint8_t *views, PyObject *parts) {
    cs_column *column = field->at;
    PyObject *name = field->field->name;
    for (Py_ssize_t i = 2; i < PyTuple_GET_SIZE(parts); i++) {
        Py_buffer bytes;
        if (open_part(self, name, PyTuple_GET_ITEM(parts, i), SIZE_MAX, &bytes) < 0) { return -1; }
        const size_t size = (size_t)bytes.len;
        cs_buffer *segment = cs_buffer_new(&cs_column_allocator, size);
        if (segment != NULL && size > 0) { memcpy(segment->data, bytes.buf, size); }
        PyBuffer_Release(&bytes);
        if (cs_pool_error(self, segment == NULL ? CS_NO_MEMORY : cs_textheap_adopt(&column->heap, segment, size)) < 0) { return -1; }
    }
    for (size_t row = 0; row < self->core.rows; row++) {
        cs_view view;
        cs_text text;
        if (!cs_column_is_valid(column, row)) { continue; }
        memcpy(&view, views + row * sizeof view, sizeof view);
        if (cs_textheap_get(&column->heap, &view, &text) < 0) { return damaged(self, name, "a text that lies outside its buffer"); }
        if (check_text(text.data, text.size) < 0) { return -1; }
        if (text.size > CS_VIEW_INLINE) { /* what a view says of its text is not believed either: texts are compared by it */
            memcpy(view.out.prefix, text.data, sizeof view.out.prefix);
        } else {
            memset(view.in.text + text.size, 0, CS_VIEW_INLINE - text.size);
        }
        memcpy(column->data + row * sizeof view, &view, sizeof view);
    }
    return 0;
}

static void put_plain(const cs_pool_field *field, const uint8_t *values, size_t rows) {
    cs_column *column = field->at;
    if (rows > 0) { memcpy(column->data, values, rows * column->width); }
    for (size_t row = 0; field->kind == CS_BOOL && row < rows; row++) { column->data[row] = column->data[row] != 0; }
    for (size_t row = 0; column->nullable && row < rows; row++) {
        if (!cs_column_is_valid(column, row)) { memset(column->data + row * column->width, 0, column->width); }
    }
}

static inline int bit_at(const Py_buffer *bits, size_t row) { return ((const uint8_t *)bits->buf)[row >> 3] >> (row & 7) & 1; }

static int put_validity(Pool *self, const cs_pool_field *field, PyObject *part) {
    Py_buffer bits;
    if (open_part(self, field->field->name, part, (self->core.rows + 7) / 8, &bits) < 0) { return -1; }
    for (size_t row = 0; row < self->core.rows; row++) { cs_column_set_valid(field->at, row, bit_at(&bits, row)); }
    PyBuffer_Release(&bits);
    return 0;
}

static int put_column(Pool *self, PyObject *state, uint8_t *seen) {
    PyObject *name, *words, *parts;
    const char *kind;
    int width, nullable, zone;
    if (!PyTuple_Check(state) ||
        !PyArg_ParseTuple(state, "UsipiOO!", &name, &kind, &width, &nullable, &zone, &words, &PyTuple_Type, &parts)) {
        PyErr_Clear();
        PyErr_Format(PyExc_ValueError, "Pool of %s: damaged pickle", self->cls->type->tp_name);
        return -1;
    }
    const cs_pool_field *field = cs_pool_field_named(self, name);
    if (field == NULL) { return -1; }
    cs_column *column = field->at;
    if (strcmp(kind, cs_kinds[field->kind].name) != 0 || seen[field->column]) {
        PyErr_Format(PyExc_ValueError, "Pool of %s: the column '%U' was pickled as %s, the field is %s", self->cls->type->tp_name, name,
                     kind, cs_kinds[field->kind].name);
        return -1;
    }
    seen[field->column] = 1;
    if (column->sort == CS_COLUMN_POINTER) { return put_pointers(self, field, parts); }
    const int codes = field->kind == CS_CATEGORY || field->kind == CS_CHOICE8 || field->kind == CS_CHOICE16;
    if (PyTuple_GET_SIZE(parts) < 2 || (codes ? width != 1 && width != 2 && width != 4 : width != (int)column->width) ||
        zone < CS_ZONE_OPEN || zone > CS_ZONE_UTC) {
        return damaged(self, name, "its shape");
    }
    const int has_validity = !Py_IsNone(PyTuple_GET_ITEM(parts, 1));
    if (has_validity && !column->nullable) {
        Py_buffer bits;
        if (open_part(self, name, PyTuple_GET_ITEM(parts, 1), (self->core.rows + 7) / 8, &bits) < 0) { return -1; }
        int nulls = 0;
        for (size_t row = 0; row < self->core.rows; row++) { nulls |= !bit_at(&bits, row); }
        PyBuffer_Release(&bits);
        if (nulls) {
            PyErr_Format(PyExc_TypeError, "Pool of %s: the pickled column '%U' has None in it, the field takes none",
                         self->cls->type->tp_name, name);
            return -1;
        }
    } else if (has_validity) {
        if (put_validity(self, field, PyTuple_GET_ITEM(parts, 1)) < 0) { return -1; }
    } else {
        for (size_t row = 0; column->nullable && row < self->core.rows; row++) { cs_column_set_valid(column, row, 1); }
    }
    Py_buffer values;
    if (open_part(self, name, PyTuple_GET_ITEM(parts, 0), self->core.rows * (size_t)width, &values) < 0) { return -1; }
    int result = 0;
    if (codes) {
        result = put_codes(self, field, words, values.buf, width);
    } else if (column->sort == CS_COLUMN_TEXT) {
        result = put_texts(self, field, values.buf, parts);
    } else {
        put_plain(field, values.buf, self->core.rows);
    }
    self->zones[field->column] = (uint8_t)zone;
    PyBuffer_Release(&values);
    return result;
}

/* Is there a buffer, or a list, with as many values as the pickle says there are rows? A length that lies would ask for memory that nothing fills. */
static int check_rows(const Pool *self, Py_ssize_t rows, PyObject *columns) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(columns); i++) {
        PyObject *state = PyTuple_GET_ITEM(columns, i);
        PyObject *parts =
            PyTuple_Check(state) && PyTuple_GET_SIZE(state) == COLUMN_STATE ? PyTuple_GET_ITEM(state, COLUMN_STATE - 1) : NULL;
        PyObject *first = parts != NULL && PyTuple_Check(parts) && PyTuple_GET_SIZE(parts) > 0 ? PyTuple_GET_ITEM(parts, 0) : NULL;
        Py_ssize_t most = -1;
        Py_buffer view;
        if (first != NULL && PyList_Check(first)) {
            most = PyList_GET_SIZE(first);
        } else if (first != NULL && PyObject_CheckBuffer(first)) {
            if (PyObject_GetBuffer(first, &view, PyBUF_SIMPLE) < 0) { return -1; }
            most = view.len;
            PyBuffer_Release(&view);
        }
        if (most < rows) {
            PyErr_Format(PyExc_ValueError, "Pool of %s: damaged pickle (it says %zd rows, and has fewer)", self->cls->type->tp_name, rows);
            return -1;
        }
    }
    if (rows == 0 || PyTuple_GET_SIZE(columns) != 0) { return 0; }
    PyErr_Format(PyExc_ValueError, "Pool of %s: damaged pickle (%zd rows without a column)", self->cls->type->tp_name, rows);
    return -1;
}

static int put_columns(Pool *self, Py_ssize_t rows, PyObject *columns) {
    if (check_rows(self, rows, columns) < 0) { return -1; }
    uint8_t *seen = PyMem_Calloc(self->core.count + 1, 1);
    if (seen == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    int result = cs_pool_error(self, cs_pool_grow(&self->core, (size_t)rows));
    for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(columns); i++) {
        result = put_column(self, PyTuple_GET_ITEM(columns, i), seen);
    }
    for (uint32_t i = 0; result == 0 && i < self->cls->field_count; i++) {
        const cs_pool_field *field = &self->fields[i];
        if (field->at == NULL || seen[field->column]) { continue; }
        const cs_field *f = field->field;
        if (f->default_value == NULL && f->factory == NULL) {
            PyErr_Format(PyExc_ValueError, "Pool of %s: the pickle has no column '%U', and the field no default", self->cls->type->tp_name,
                         f->name);
            result = -1;
        }
        for (size_t row = 0; result == 0 && row < self->core.rows; row++) {
            PyObject *value = f->default_value != NULL ? Py_NewRef(f->default_value) : PyObject_CallNoArgs(f->factory);
            result = value == NULL ? -1 : cs_pool_store(self, field, &row, value);
            Py_XDECREF(value);
        }
    }
    PyMem_Free(seen);
    return result;
}

PyObject *cs_pool_restore(PyObject *module, PyObject *const *args, Py_ssize_t nargs) {
    cs_state *state = PyModule_GetState(module);
    cs_class *cls = nargs == 3 ? cs_pool_record_class(state, args[0]) : NULL;
    Py_ssize_t rows = cls == NULL || !PyLong_Check(args[1]) || !PyTuple_Check(args[2]) ? -1 : PyLong_AsSsize_t(args[1]);
    if (rows < 0) { return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_ValueError, "restore_pool(): damaged pickle"); }
    Pool *self = cs_pool_new(state, cls);
    if (self == NULL || cs_pool_begin(self) < 0 || cs_pool_end(self, put_columns(self, rows, args[2])) < 0) {
        Py_XDECREF((PyObject *)self);
        return NULL;
    }
    return (PyObject *)self;
}

PyMethodDef cs_pool_pickle_methods[] = {
    {"__reduce_ex__", pool_reduce, METH_O, "How pickle takes the pool apart: the class and the bytes of each column."},
    {NULL, NULL, 0, NULL},
};
