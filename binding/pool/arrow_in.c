/* pool/arrow_in.c: Arrow data into a pool.
 *
 *   source --__arrow_c_stream__--> stream --> batch, batch ...
 *          --__arrow_c_array__---> one batch
 *
 *   batches                        --core: looks at every value-->  cs_arrow_import
 *   words of categories and Enums  --> codes                               |
 *                                                                          | apply: all or nothing
 *                                                                          v
 *   texts for references           --> objects  ---------------->  rows that are not seen yet
 *
 * An empty pool is filled through a fresh one, whose columns then replace its own. Only a fresh
 * pool takes over the buffers of the source, and a failure drops it.
 *
 * Ownership: structs are moved out of the capsules, whose destructors find release NULL. Batches
 * belong to the import.
 */
#include "pool/arrow_in.h"
#include "kinds/category.h"
#include "kinds/text.h"
#include "model/errors.h"
#include "object/value.h"
#include "pool/append.h"
#include "pool/arrow_error.h"
#include "pool/change.h"
#include "pool/fill.h"
#include "pool/plan.h"
#include "pool/pool.h"
#include "pool/reference.h"
#include "pool/row_class.h"
#include "pool/zone.h"
#include "runtime/memory.h"
#include "runtime/package.h"

typedef struct {
    const cb_pool_field *field;
    PyObject *expected; /* the text behind target->expected */
} import_column;

typedef struct {
    Pool *pool;
    cs_arrow_import *import;
    cs_arrow_target *targets;
    import_column *columns;
    uint32_t count;
    const cb_pool_file *file; /* or NULL */
} arrow_reader;

/* ---- targets ---- */

static const uint8_t wants[CS_FAMILY_COUNT] = {[CS_FAMILY_BOOL] = CS_ARROW_BITS,
                                               [CS_FAMILY_TEXT] = CS_ARROW_TEXTS,
                                               [CS_FAMILY_CATEGORY] = CS_ARROW_CODES,
                                               [CS_FAMILY_CHOICE] = CS_ARROW_CODES};

static uint8_t want_of(cs_kind kind) {
    if (cs_kinds[kind].form != CS_FORM_POINTER) { return wants[cs_kinds[kind].family]; }
    return kind == CS_STR ? CS_ARROW_STR : CS_ARROW_BYTES;
}

/* Of a datetime it is the zone that its column has, if it has one. */
static const char *format_of(const Pool *self, const cb_pool_field *field) {
    if (field->kind != CS_DATETIME) { return cs_kinds[field->kind].arrow; }
    const int zone = cb_pool_zone_held(self, field);
    return zone == CB_ZONE_UTC ? "tsu:UTC" : zone == CB_ZONE_NAIVE ? "tsu:" : "ts";
}

static PyObject *expected_text(const Pool *self, const cb_pool_field *field) {
    PyObject *text = cb_show_expected(field->field);
    const int zone = field->kind == CS_DATETIME ? cb_pool_zone_held(self, field) : CB_ZONE_OPEN;
    if (text != NULL && zone != CB_ZONE_OPEN) {
        Py_SETREF(text, PyUnicode_FromFormat("%U, %s as in the rows before", text,
                                             zone == CB_ZONE_UTC ? "in UTC" : "naive"));
    }
    return text;
}

/* The bits that values of a Flag may have; 0: any. */
static int flag_mask(const cb_field *field, uint64_t *mask) {
    PyObject *number = cb_package_call(CB_ARROW_PACKAGE, "flag_mask", field->argument, NULL);
    if (number == NULL) { return -1; }
    *mask = PyLong_AsUnsignedLongLongMask(number);
    Py_DECREF(number);
    return PyErr_Occurred() ? -1 : 0;
}

static int plan_target(arrow_reader *reader, const cb_pool_field *field) {
    const Pool *self = reader->pool;
    const cb_field *f = field->field;
    cs_arrow_target *target = &reader->targets[reader->count];
    import_column *column = &reader->columns[reader->count];
    reader->count++;
    column->field = field;
    column->expected = expected_text(self, field);
    target->expected = column->expected == NULL ? NULL : PyUnicode_AsUTF8(column->expected);
    target->name = PyUnicode_AsUTF8(f->name);
    if (target->name == NULL || target->expected == NULL) { return -1; }
    target->column = field->column;
    target->want = want_of((cs_kind)f->kind);
    target->format = target->want == CS_ARROW_FIXED ? format_of(self, field) : NULL;
    target->nullable = (f->flags & CB_FIELD_NULLABLE) != 0;
    target->optional = f->default_value != NULL || f->factory != NULL ||
                       (cs_kind_is_pointer((cs_kind)f->kind) && !(f->flags & CB_FIELD_INIT));
    target->fixed_width = f->kind != CS_CATEGORY;
    return cs_kinds[f->kind].family == CS_FAMILY_FLAG ? flag_mask(f, &target->mask) : 0;
}

/* References to objects other than texts have no targets. A column of that name is refused here. */
static int refuse_objects(Pool *self, const struct ArrowSchema *schema) {
    for (uint32_t i = 0; i < self->cls->field_count; i++) {
        const cb_field *f = &self->cls->fields[i];
        if (f->cached == NULL && f->kind != CS_OBJECT && f->kind != CS_STRUCT) { continue; }
        const char *name = PyUnicode_AsUTF8(f->name);
        if (name == NULL) { return -1; }
        for (int64_t j = 0; schema->children != NULL && j < schema->n_children; j++) {
            const struct ArrowSchema *child = schema->children[j];
            if (child == NULL || child->name == NULL || strcmp(child->name, name) != 0) {
                continue;
            }
            PyErr_Format(
                PyExc_TypeError,
                "Pool of %s: column '%s': Arrow data cannot fill the field, which holds %s",
                self->cls->type->tp_name, name,
                f->cached != NULL ? "what is computed" : "references to objects");
            return -1;
        }
    }
    return 0;
}

static int reader_init(arrow_reader *reader, Pool *pool, const struct ArrowSchema *schema,
                       const cb_pool_file *file) {
    const uint32_t most = pool->cls->field_count;
    cs_arrow_error error = {0};
    *reader = (arrow_reader){.pool = pool, .file = file};
    reader->targets = PyMem_Calloc(most + 1, sizeof *reader->targets);
    reader->columns = PyMem_Calloc(most + 1, sizeof *reader->columns);
    if (reader->targets == NULL || reader->columns == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (uint32_t i = 0; i < most; i++) {
        const cb_pool_field *field = &pool->fields[i];
        if (field->column == CB_NO_COLUMN || field->kind == CS_OBJECT || field->kind == CS_STRUCT) {
            continue;
        }
        if (plan_target(reader, field) < 0) { return -1; }
    }
    if (schema->release != NULL && refuse_objects(pool, schema) < 0) { return -1; }
    const cs_status status = cs_arrow_import_new(&reader->import, &cb_column_allocator,
                                                 reader->targets, reader->count, schema, &error);
    if (status == CS_OK && file != NULL) {
        cs_arrow_import_own(reader->import, file->memory, file->size);
    }
    return cb_arrow_error_set(pool, status, &error);
}

static void reader_clear(arrow_reader *reader) {
    for (uint32_t i = 0; i < reader->count; i++) { Py_XDECREF(reader->columns[i].expected); }
    cs_arrow_import_free(reader->import);
    PyMem_Free(reader->targets);
    PyMem_Free(reader->columns);
}

/* The array is moved in. */
static int reader_add(arrow_reader *reader, struct ArrowArray *array) {
    cs_arrow_error error = {0};
    const int flags = reader->file != NULL ? CS_ARROW_TRUSTED : 0;
    return cb_arrow_error_set(reader->pool,
                              cs_arrow_import_add(reader->import, array, flags, &error), &error);
}

/* ---- words, zones, objects: what needs Python ---- */

static int error_word(const arrow_reader *reader, uint32_t target, PyObject *word, size_t row) {
    const cs_arrow_target *wanted = &reader->targets[target];
    const char *name = reader->pool->cls->type->tp_name;
    if (row == SIZE_MAX) {
        PyErr_Format(PyExc_ValueError,
                     "Pool of %s: column '%s': expected %s, the dictionary has %R", name,
                     wanted->name, wanted->expected, word);
    } else {
        PyErr_Format(PyExc_ValueError, "Pool of %s: column '%s', row %zu: expected %s, got %R",
                     name, wanted->name, row, wanted->expected, word);
    }
    return -1;
}

/* codes: the number of each word of an Enum or a Literal. NULL: a category, whose table takes every
 * word. */
static int code_of(const arrow_reader *reader, uint32_t target, PyObject *codes, PyObject *word,
                   size_t row, uint32_t *code) {
    if (codes == NULL) {
        return cb_category_code(reader->columns[target].field->field->argument, word, code);
    }
    PyObject *number = PyDict_GetItemWithError(codes, word);
    if (number == NULL) { return PyErr_Occurred() ? -1 : error_word(reader, target, word, row); }
    /* Not an int: user code found the dict through the collector. */
    *code = PyLong_CheckExact(number) ? (uint32_t)PyLong_AsUnsignedLongMask(number) : UINT32_MAX;
    return 0;
}

static int give_codes(const arrow_reader *reader, uint32_t target) {
    const cb_field *field = reader->columns[target].field->field;
    const size_t count = cs_arrow_import_words(reader->import, target);
    PyObject *codes = NULL;
    int result = 0;
    if (field->kind != CS_CATEGORY) {
        codes = cb_package_call(CB_ARROW_PACKAGE, "codes_of", field->argument, NULL);
        if (codes == NULL) { return -1; }
    }
    for (size_t i = 0; result == 0 && i < count; i++) {
        size_t row;
        uint32_t code = 0;
        PyObject *word = cb_text_str(cs_arrow_import_word(reader->import, target, i, &row));
        result = word == NULL ? -1 : code_of(reader, target, codes, word, row, &code);
        if (result == 0) { cs_arrow_import_set_code(reader->import, target, i, code); }
        Py_XDECREF(word);
    }
    Py_XDECREF(codes);
    return result;
}

static int give_codes_of(const arrow_reader *reader, uint32_t target) {
    const int has_codes = cs_arrow_import_found(reader->import, target) &&
                          reader->targets[target].want == CS_ARROW_CODES;
    return has_codes ? give_codes(reader, target) : 0;
}

static int decide_zone(const arrow_reader *reader, uint32_t target) {
    const cb_pool_field *field = reader->columns[target].field;
    if (!cs_arrow_import_found(reader->import, target)) { return 0; }
    const int utc = field->kind == CS_DATETIME ? cs_arrow_import_utc(reader->import, target) : -1;
    return utc >= 0 && cs_arrow_import_rows(reader->import) > 0
               ? cb_pool_zone(reader->pool, field, utc)
               : 0;
}

static int error_changed(const arrow_reader *reader, uint32_t target, size_t row) {
    PyErr_Format(PyExc_ValueError,
                 "Pool of %s: column '%s', row %zu: the Arrow array is broken: it has changed "
                 "since it was checked",
                 reader->pool->cls->type->tp_name, reader->targets[target].name, row);
    return -1;
}

/* A str or bytes object for each row. Where one fails, those before it stay: cb_pool_end() drops
 * them. */
static int put_objects(const arrow_reader *reader, uint32_t target, size_t first) {
    const int is_str = reader->targets[target].want == CS_ARROW_STR;
    const size_t rows =
        cs_arrow_import_is_null(reader->import, target) ? 0 : cs_arrow_import_rows(reader->import);
    cs_column *column = cb_pool_column(reader->pool, reader->columns[target].field->column);
    for (size_t row = 0; row < rows; row++) {
        cs_text text;
        const int got = cs_arrow_import_text(reader->import, target, row, &text);
        if (got < 0 || (got == 0 && !reader->targets[target].nullable)) {
            return error_changed(reader, target, row);
        }
        if (got == 0) { continue; } /* a fresh row has None */
        PyObject *object = is_str ? cb_text_str(text)
                                  : PyBytes_FromStringAndSize(text.data, (Py_ssize_t)text.size);
        if (object == NULL) { return -1; }
        cb_reference_store(column, first + row, cb_reference(object));
    }
    return 0;
}

static int put_all_objects(const arrow_reader *reader, size_t first) {
    for (uint32_t i = 0; i < reader->count; i++) {
        const uint8_t want = reader->targets[i].want;
        if ((want != CS_ARROW_STR && want != CS_ARROW_BYTES) ||
            !cs_arrow_import_found(reader->import, i)) {
            continue;
        }
        if (put_objects(reader, i, first) < 0) { return -1; }
    }
    return 0;
}

static int fill_defaults(const arrow_reader *reader, size_t first) {
    Pool *pool = reader->pool;
    for (uint32_t i = 0, target = 0; i < pool->cls->field_count; i++) {
        const cb_pool_field *field = &pool->fields[i];
        if (field->column == CB_NO_COLUMN) { continue; }
        int is_found = 0;
        if (target < reader->count && reader->columns[target].field == field) {
            is_found = cs_arrow_import_found(reader->import, target++);
        }
        if (!is_found && cb_pool_fill_default(pool, field, first) < 0) { return -1; }
    }
    return 0;
}

/* All batches are there. Their rows go into the pool, and are seen when the caller ends it. */
static int reader_finish(arrow_reader *reader) {
    Pool *pool = reader->pool;
    const size_t first = pool->core.rows;
    cs_arrow_error error = {0};
    for (uint32_t i = 0; i < reader->count; i++) {
        if (give_codes_of(reader, i) < 0) { return -1; }
    }
    /* After user code, which can decide the zone of a column by a write to a row. */
    for (uint32_t i = 0; i < reader->count; i++) {
        if (decide_zone(reader, i) < 0) { return -1; }
    }
    if (cb_arrow_error_set(pool, cs_arrow_import_apply(reader->import, &pool->core, &error),
                           &error) < 0) {
        return -1;
    }
    return put_all_objects(reader, first) < 0 ? -1 : fill_defaults(reader, first);
}

/* ---- sources ---- */

static int stream_error(Pool *pool, struct ArrowArrayStream *stream, int code) {
    const char *text = stream->get_last_error != NULL ? stream->get_last_error(stream) : NULL;
    PyObject *message =
        text != NULL ? PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace") : NULL;
    if (message == NULL && !PyErr_Occurred()) { message = PyUnicode_FromFormat("error %d", code); }
    if (message != NULL) {
        PyErr_Format(PyExc_ValueError, "Pool of %s: the Arrow stream failed: %U",
                     pool->cls->type->tp_name, message);
    }
    Py_XDECREF(message);
    return -1;
}

/* The stream may compute its batches in other threads, which may need Python. */
static int next_batch(struct ArrowArrayStream *stream, struct ArrowArray *array) {
    int code;
    array->release = NULL;
    Py_BEGIN_ALLOW_THREADS
    code = stream->get_next(stream, array);
    Py_END_ALLOW_THREADS
    return code;
}

static int read_batches(arrow_reader *reader, struct ArrowArrayStream *stream) {
    for (;;) {
        struct ArrowArray array;
        const int code = next_batch(stream, &array);
        if (code != 0) { return stream_error(reader->pool, stream, code); }
        if (array.release == NULL) { return reader_finish(reader); }
        if (reader_add(reader, &array) < 0 || PyErr_CheckSignals() < 0) { return -1; }
    }
}

static int read_stream(Pool *pool, struct ArrowArrayStream *stream, const cb_pool_file *file) {
    struct ArrowSchema schema = {.release = NULL};
    arrow_reader reader;
    if (stream->release == NULL || stream->get_schema == NULL || stream->get_next == NULL) {
        PyErr_Format(PyExc_ValueError, "Pool of %s: the Arrow stream was released already",
                     pool->cls->type->tp_name);
        return -1;
    }
    int code;
    Py_BEGIN_ALLOW_THREADS
    code = stream->get_schema(stream, &schema);
    Py_END_ALLOW_THREADS
    if (code != 0) { return stream_error(pool, stream, code); }
    int result = reader_init(&reader, pool, &schema, file);
    if (schema.release != NULL) { schema.release(&schema); }
    if (result == 0) { result = read_batches(&reader, stream); }
    reader_clear(&reader);
    return result;
}

static int read_array(Pool *pool, const struct ArrowSchema *schema, struct ArrowArray *array,
                      const cb_pool_file *file) {
    arrow_reader reader;
    int result = reader_init(&reader, pool, schema, file);
    if (result == 0) { result = reader_add(&reader, array); }
    if (result == 0) { result = reader_finish(&reader); }
    reader_clear(&reader);
    return result;
}

/* The result of the method. NULL without an error: the source has no such method. */
static PyObject *ask(PyObject *source, const char *method) {
    if (PyType_Check(source)) { return NULL; }
    PyObject *function = PyObject_GetAttrString(source, method);
    PyObject *result = function == NULL ? NULL : PyObject_CallNoArgs(function);
    if (function == NULL && PyErr_ExceptionMatches(PyExc_AttributeError)) { PyErr_Clear(); }
    Py_XDECREF(function);
    return result;
}

/* What a source gave: a stream or arrays, the other is NULL. */
static int read_capsules(Pool *pool, PyObject *stream, PyObject *arrays, const cb_pool_file *file) {
    if (stream != NULL) {
        struct ArrowArrayStream *from = PyCapsule_GetPointer(stream, "arrow_array_stream");
        if (from == NULL) { return -1; }
        struct ArrowArrayStream moved = *from;
        from->release = NULL;
        const int result = read_stream(pool, &moved, file);
        PyObject *error = result < 0 ? cb_error_take() : NULL;
        if (moved.release != NULL) { moved.release(&moved); }
        if (error != NULL) { cb_error_restore(error); }
        return result;
    }
    if (!PyTuple_Check(arrays) || PyTuple_GET_SIZE(arrays) != 2) {
        PyErr_Format(PyExc_TypeError, "Pool of %s: __arrow_c_array__() did not give two capsules",
                     pool->cls->type->tp_name);
        return -1;
    }
    const struct ArrowSchema *schema =
        PyCapsule_GetPointer(PyTuple_GET_ITEM(arrays, 0), "arrow_schema");
    struct ArrowArray *array =
        schema == NULL ? NULL : PyCapsule_GetPointer(PyTuple_GET_ITEM(arrays, 1), "arrow_array");
    return array == NULL ? -1 : read_array(pool, schema, array, file);
}

/* A pool that is not empty takes the rows itself; they are taken back if it fails. */
static int extend_in_place(Pool *self, PyObject *stream, PyObject *arrays,
                           const cb_pool_file *file) {
    if (cb_pool_begin(self) < 0) { return -1; }
    return cb_pool_end(self, read_capsules(self, stream, arrays, file));
}

static int extend_empty(Pool *self, PyObject *stream, PyObject *arrays, const cb_pool_file *file) {
    Pool *fresh = cb_pool_new(self->cls->state, self->cls);
    if (fresh == NULL) { return -1; }
    int result = cb_pool_begin(self);
    /* The fresh pool is busy, too: user code can find it through the collector. */
    if (result == 0) {
        result = cb_pool_begin(fresh);
        if (result == 0) {
            result = cb_pool_end(fresh, read_capsules(fresh, stream, arrays, file));
        }
        result = cb_pool_end(self, result);
    }
    if (result == 0) { result = cb_pool_take(self, fresh); }
    PyObject *error = result < 0 ? cb_error_take() : NULL;
    Py_DECREF(fresh);
    if (error != NULL) { cb_error_restore(error); }
    return result;
}

int cb_pool_is_arrow(const Pool *self, PyObject *source) {
    const cb_state *state = self->cls->state;
    /* A pool of another class is not Arrow data: its records are not those of this class. */
    if (PyList_CheckExact(source) || PyTuple_CheckExact(source) || PyDict_CheckExact(source) ||
        PyType_Check(source) || Py_IS_TYPE(source, state->pool_type) ||
        Py_IS_TYPE(source, state->pool_slice_type)) {
        return 0;
    }
    return PyObject_HasAttrString(source, "__arrow_c_stream__") ||
           PyObject_HasAttrString(source, "__arrow_c_array__");
}

int cb_pool_extend_arrow(Pool *self, PyObject *source, const cb_pool_file *file) {
    PyObject *arrays = NULL, *stream = ask(source, "__arrow_c_stream__");
    if (stream == NULL && !PyErr_Occurred()) { arrays = ask(source, "__arrow_c_array__"); }
    int result = -1;
    if (stream == NULL && arrays == NULL) {
        if (!PyErr_Occurred()) {
            PyErr_Format(PyExc_TypeError,
                         "Pool of %s: expected Arrow data (an object with __arrow_c_stream__ or "
                         "__arrow_c_array__), got %s",
                         self->cls->type->tp_name, Py_TYPE(source)->tp_name);
        }
    } else if (cb_pool_is_untouched(self)) {
        result = extend_empty(self, stream, arrays, file);
    } else {
        result = extend_in_place(self, stream, arrays, file);
    }
    PyObject *error = result < 0 ? cb_error_take() : NULL;
    Py_XDECREF(stream);
    Py_XDECREF(arrays);
    if (error != NULL) { cb_error_restore(error); }
    return result;
}

static PyObject *new_from(PyObject *type, PyObject *cls, PyObject *source,
                          const cb_pool_file *file) {
    cb_state *state = PyType_GetModuleState((PyTypeObject *)type);
    cb_class *record = cb_pool_record_class(state, cls);
    Pool *self = record == NULL ? NULL : cb_pool_new(state, record);
    if (self != NULL && cb_pool_extend_arrow(self, source, file) < 0) { Py_CLEAR(self); }
    return (PyObject *)self;
}

PyObject *cb_pool_from_arrow(PyObject *type, PyObject *const *args, Py_ssize_t nargs) {
    if (nargs != 2) {
        return PyErr_Format(PyExc_TypeError, "from_arrow() takes a class and Arrow data");
    }
    return new_from(type, args[0], args[1], NULL);
}

PyObject *cb_pool_from_file(PyObject *type, PyObject *const *args, Py_ssize_t nargs) {
    Py_buffer memory;
    if (nargs != 3) {
        return PyErr_Format(
            PyExc_TypeError,
            "_from_file() takes a class, Arrow data and the memory that it lies in");
    }
    if (PyObject_GetBuffer(args[2], &memory, PyBUF_WRITABLE) < 0) { return NULL; }
    PyObject *pool =
        new_from(type, args[0], args[1], &(cb_pool_file){memory.buf, (size_t)memory.len});
    PyBuffer_Release(&memory);
    return pool;
}
