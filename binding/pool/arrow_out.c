/* pool/arrow_out.c: a pool, or a part of it, as Arrow data: the PyCapsule protocol.
 *
 *   field   --plan-->   cs_arrow_field   --core-->   ArrowSchema, ArrowArray, ArrowArrayStream
 *                                                        --capsule-->   pyarrow, polars, DuckDB ...
 *
 *   kind                      column                             format
 *   numbers, times, bool      the pool's own                     c C s S i I l L f g, b,
 *                                                                tdD, tsu:, tsu:UTC, tDu
 *   utf8                      the pool's own                     vu, or u or U on request
 *   category, Enum, Literal   the pool's own, and a dictionary   C S I, with words
 *   str, bytes                a copy, made here                  vu, z
 *   object, another Struct    refused by name
 *
 * The consumer gets a snapshot. Columns of texts and codes are looked through at each export: the
 * pool may hold lone surrogates, or what was in a mapped file, and Arrow must not.
 *
 * Python says what the members of an Enum are called, and that may change the pool. So names and
 * words come first, and rows, formats and data after them, without a break. Meanwhile the pool has
 * a reader: other calls may read or export it, and none adds, removes or moves records.
 *
 * Ownership: a capsule owns the struct in it and, unless its consumer has taken it over (release is
 * NULL then), what the struct refers to. That is never a Python object.
 */
#include "pool/arrow_out.h"
#include "kinds/category.h"
#include "kinds/text.h"
#include "model/errors.h"
#include "object/value.h"
#include "pool/append.h"
#include "pool/arrow_error.h"
#include "pool/arrow_in.h"
#include "pool/column.h"
#include "pool/fill.h"
#include "pool/plan.h"
#include "pool/pool.h"
#include "pool/reference.h"
#include "pool/slice.h"
#include "runtime/memory.h"
#include "runtime/package.h"

static int refuse_field(Pool *self, const cb_field *field, const char *what) {
    PyErr_Format(PyExc_TypeError,
                 "Pool of %s: field '%U' holds %s, for which Arrow has no format; name the others: "
                 "to_arrow(columns=[...])",
                 self->cls->type->tp_name, field->name, what);
    return -1;
}

/* ---- the plan of an export ---- */

typedef struct {
    uint32_t index;  /* of the field, in the class */
    PyObject *words; /* of an Enum or a Literal: what its members are called; else NULL */
} export_column;

typedef struct {
    Pool *source; /* the pool that was asked, or whose slice was; owned */
    /* Where the rows are: `source`, or a copy of rows that do not lie side by side; owned. */
    Pool *pool;
    size_t from, count;
    export_column *columns;
    cs_arrow_field *fields;
    cs_column *copies; /* of references, one a field; zeroes where there is none */
    uint32_t field_count;
} export_plan;

static void export_clear(export_plan *plan) {
    for (uint32_t i = 0; i < plan->field_count; i++) {
        cs_dictionary_unref(plan->fields[i].dictionary);
        cs_column_clear(&plan->copies[i]);
        Py_XDECREF(plan->columns[i].words);
    }
    PyMem_Free(plan->columns);
    PyMem_Free(plan->fields);
    PyMem_Free(plan->copies);
    Py_XDECREF((PyObject *)plan->pool);
    Py_XDECREF((PyObject *)plan->source);
}

static const char *format_of(Pool *self, const cb_pool_field *field) {
    const cs_column *column = cb_pool_column(self, field->column);
    if (cs_kind_is_code((cs_kind)field->kind)) {
        return column->width == 1 ? "C" : column->width == 2 ? "S" : "I";
    }
    if (field->kind != CS_DATETIME) { return cs_kinds[field->kind].arrow; }
    return self->zones[field->column] == CB_ZONE_UTC ? "tsu:UTC" : "tsu:";
}

/* What the members of an Enum or a Literal are called: a tuple of str. Runs user code. */
static PyObject *words_of(Pool *self, const cb_field *field) {
    PyObject *words = cb_package_call(CB_ARROW_PACKAGE, "words_of", field->argument, NULL);
    if (words != NULL && !PyTuple_CheckExact(words)) {
        Py_CLEAR(words);
        PyErr_SetString(PyExc_TypeError, "words_of() gave no tuple");
    }
    for (Py_ssize_t i = 0; words != NULL && i < PyTuple_GET_SIZE(words); i++) {
        PyObject *word = PyTuple_GET_ITEM(words, i);
        if (PyUnicode_Check(word)) { continue; }
        PyErr_Format(PyExc_TypeError,
                     "Pool of %s: field '%U': the name of a member is a str, got %s",
                     self->cls->type->tp_name, field->name, Py_TYPE(word)->tp_name);
        Py_CLEAR(words);
    }
    return words;
}

/* Is this code among those of the rows that are exported? */
static int is_used(const export_plan *plan, const cb_pool_field *field, size_t code) {
    const cs_column *column = cb_pool_column(plan->pool, field->column);
    for (size_t row = plan->from; row < plan->from + plan->count; row++) {
        if (cb_pool_code(column, row) == code && cs_column_is_valid(column, row)) { return 1; }
    }
    return 0;
}

/* A word that Arrow cannot write. If no row has its code, another text may stand in its place: the
 * word with escapes, which the list `keep` owns. */
static int escape_word(const export_plan *plan, const cb_pool_field *field, PyObject *word,
                       size_t code, PyObject *keep, cs_text *text) {
    if (is_used(plan, field, code)) {
        PyErr_Format(PyExc_ValueError,
                     "Pool of %s: field '%U': %R has a lone surrogate, which Arrow does not allow",
                     plan->pool->cls->type->tp_name, field->field->name, word);
        return -1;
    }
    PyObject *bytes = PyUnicode_AsEncodedString(word, "utf-8", "backslashreplace");
    int result = bytes == NULL ? -1 : PyList_Append(keep, bytes);
    if (result == 0) {
        *text = (cs_text){PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes)};
    }
    Py_XDECREF(bytes);
    return result;
}

/* words: a list or tuple of str. It stays as it is, since no user code runs. */
static int make_dictionary(const export_plan *plan, const cb_pool_field *field, PyObject *words,
                           cs_dictionary **dictionary) {
    const Py_ssize_t count = PySequence_Fast_GET_SIZE(words);
    PyObject *keep = PyList_New(0);
    cs_text *texts = PyMem_Calloc((size_t)count + 1, sizeof *texts);
    size_t bad = 0;
    int result = keep == NULL ? -1 : 0;
    if (texts == NULL) {
        PyErr_NoMemory();
        result = -1;
    }
    for (Py_ssize_t i = 0; result == 0 && i < count; i++) {
        PyObject *word = PySequence_Fast_GET_ITEM(words, i);
        Py_ssize_t size;
        texts[i].data = PyUnicode_AsUTF8AndSize(word, &size);
        texts[i].size = (size_t)size;
        if (texts[i].data != NULL) { continue; }
        result = -1;
        if (PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) {
            PyErr_Clear();
            result = escape_word(plan, field, word, (size_t)i, keep, &texts[i]);
        }
    }
    if (result == 0) {
        result = cb_error_status(
            cs_dictionary_new(dictionary, &cb_column_allocator, texts, (size_t)count, &bad));
    }
    PyMem_Free(texts);
    Py_XDECREF(keep);
    return result;
}

static int error_no_text(Pool *self, const cb_pool_field *field, size_t row, PyObject *value) {
    Py_INCREF(value); /* its __repr__ may drop it from the row */
    cb_error_type(self->cls, field->field, value);
    Py_DECREF(value);
    return cb_pool_note_row(field, row);
}

/* The bytes of a str or bytes object; the descriptor of a field may have put another object there.
 * They live as long as *keep. */
static int bytes_of(Pool *self, const cb_pool_field *field, size_t row, PyObject *value,
                    cs_text *text, PyObject **keep) {
    *keep = NULL;
    if (field->kind == CS_STR ? !PyUnicode_Check(value) : !PyBytes_Check(value)) {
        return error_no_text(self, field, row, value);
    }
    if (field->kind == CS_STR) { return cb_text_of(value, text, keep); }
    *text = (cs_text){PyBytes_AS_STRING(value), (size_t)PyBytes_GET_SIZE(value)};
    return 0;
}

/* References to str or bytes as a column of texts, whose first row is row `from` of the pool. */
static int copy_references(export_plan *plan, const cb_pool_field *field, cs_column *copy) {
    Pool *self = plan->pool;
    const cs_column *column = cb_pool_column(self, field->column);
    const cb_field *f = field->field;
    int result = cb_error_status(cs_column_init(
        copy, &cb_column_allocator, (cs_column_spec){CS_COLUMN_TEXT, 1, sizeof(cs_view)}));
    if (result == 0) { result = cb_error_status(cs_column_reserve(copy, 0, plan->count)); }
    for (size_t i = 0; result == 0 && i < plan->count; i++) {
        PyObject *value = cb_reference_object(cb_reference_load(column, plan->from + i)),
                 *keep = NULL;
        cs_text text;
        if (value == NULL) {
            PyErr_Format(
                PyExc_ValueError,
                "Pool of %s: field '%U' is not set in row %zu, and Arrow does not know that",
                self->cls->type->tp_name, f->name, plan->from + i);
            return -1;
        }
        if (Py_IsNone(value) && f->flags & CB_FIELD_NULLABLE) { continue; }
        result = bytes_of(self, field, plan->from + i, value, &text, &keep);
        if (result == 0) {
            result = cb_error_status(cs_textheap_put(&copy->heap, text.data, text.size,
                                                     (cs_view *)(void *)copy->data + i));
            cs_column_set_valid(copy, i, 1);
        }
        Py_XDECREF(keep);
    }
    return result;
}

/* ---- first what runs user code: which columns there are, what members are called ---- */

static int add_column(export_plan *plan, const cb_pool_field *field) {
    const cb_field *f = field->field;
    if (f->kind == CS_OBJECT) { return refuse_field(plan->source, f, "any Python object"); }
    if (f->kind == CS_STRUCT) {
        return refuse_field(plan->source, f, "references to other objects");
    }
    export_column *column = &plan->columns[plan->field_count++];
    column->index = f->index;
    if (cs_kinds[f->kind].family != CS_FAMILY_CHOICE) { return 0; }
    column->words = words_of(plan->source, f);
    return column->words == NULL ? -1 : 0;
}

/* names: NULL, or a tuple. */
static int choose_columns(export_plan *plan, PyObject *names) {
    Pool *self = plan->source;
    const Py_ssize_t room =
        names != NULL ? PyTuple_GET_SIZE(names) : (Py_ssize_t)self->cls->field_count;
    plan->columns = PyMem_Calloc((size_t)room + 1, sizeof *plan->columns);
    plan->fields = PyMem_Calloc((size_t)room + 1, sizeof *plan->fields);
    plan->copies = PyMem_Calloc((size_t)room + 1, sizeof *plan->copies);
    if (plan->columns == NULL || plan->fields == NULL || plan->copies == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < room; i++) {
        const cb_pool_field *field = names != NULL
                                         ? cb_pool_field_named(self, PyTuple_GET_ITEM(names, i))
                                         : &self->fields[i];
        if (field == NULL || (field->column != CB_NO_COLUMN && add_column(plan, field) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* ---- then the rows and columns as they are now: nothing runs until all is taken ---- */

static int take_field(export_plan *plan, uint32_t number, int with_data) {
    Pool *self = plan->pool;
    const cb_pool_field *field = &self->fields[plan->columns[number].index];
    const cb_field *f = field->field;
    cs_arrow_field *to = &plan->fields[number];
    cs_column *copy = &plan->copies[number];
    to->name = PyUnicode_AsUTF8(f->name); /* the name keeps it */
    to->format = format_of(self, field);
    to->extension = cs_kinds[f->kind].extension;
    to->nullable = (f->flags & CB_FIELD_NULLABLE) != 0;
    to->column = cb_pool_column(self, field->column);
    if (to->name == NULL) { return -1; }
    const int is_code = cs_kind_is_code((cs_kind)f->kind);
    if (to->column->sort != CS_COLUMN_FIXED || is_code) { to->flags = CS_ARROW_CHECK; }
    if (to->column->sort == CS_COLUMN_POINTER) {
        to->column = copy;
        to->first = plan->from;
        return with_data ? copy_references(plan, field, copy) : 0;
    }
    if (!is_code) { return 0; }
    PyObject *words =
        f->kind == CS_CATEGORY ? ((Category *)f->argument)->texts : plan->columns[number].words;
    return make_dictionary(plan, field, words, &to->dictionary);
}

/* Which rows are meant: those of a pool or of a slice. A slice with a step is copied. */
static int take_rows(export_plan *plan, PyObject *object) {
    Pool *source = plan->source;
    if (object == (PyObject *)source) {
        plan->count = source->length;
    } else {
        PoolSlice *slice = (PoolSlice *)object;
        if (cb_pool_slice_fresh(slice) < 0) { return -1; }
        if (slice->step != 1 && slice->count != 0) {
            plan->pool = cb_pool_new(source->cls->state, source->cls);
            if (plan->pool == NULL || cb_pool_append_slice(plan->pool, slice) < 0) { return -1; }
            plan->count = plan->pool->length;
            return 0;
        }
        plan->from = slice->count ? slice->start : 0;
        plan->count = slice->count;
    }
    plan->pool = (Pool *)Py_NewRef((PyObject *)source);
    return 0;
}

static int apply_request(export_plan *plan, PyObject *requested) {
    if (requested == NULL || Py_IsNone(requested)) { return 0; }
    const struct ArrowSchema *schema = PyCapsule_GetPointer(requested, "arrow_schema");
    if (schema == NULL) { return -1; }
    cs_arrow_request(plan->fields, plan->field_count, schema);
    return 0;
}

/* text: NULL, or "view", "large", "small". */
static int apply_text(export_plan *plan, const char *text) {
    static const char *const formats[2][3] = {{"vu", "U", "u"}, {"vz", "Z", "z"}};
    if (text == NULL) { return 0; }
    const int which = strcmp(text, "view") == 0    ? 0
                      : strcmp(text, "large") == 0 ? 1
                      : strcmp(text, "small") == 0 ? 2
                                                   : -1;
    if (which < 0) {
        PyErr_Format(PyExc_ValueError, "text is 'view', 'large' or 'small', got '%s'", text);
        return -1;
    }
    for (uint32_t i = 0; i < plan->field_count; i++) {
        const char *format = plan->fields[i].format;
        if (strcmp(format, "vu") == 0) { plan->fields[i].format = formats[0][which]; }
        if (strcmp(format, "z") == 0) { /* few consumers read binary views */
            plan->fields[i].format = formats[1][which == 0 ? 2 : which];
        }
    }
    return 0;
}

/* ---- capsules ---- */

#define DESTRUCTOR(function, type, name)                    \
    static void function(PyObject *capsule) {               \
        type *kept = PyCapsule_GetPointer(capsule, name);   \
        if (kept == NULL) { return; }                       \
        if (kept->release != NULL) { kept->release(kept); } \
        PyMem_RawFree(kept);                                \
    }
DESTRUCTOR(free_schema, struct ArrowSchema, "arrow_schema")
DESTRUCTOR(free_array, struct ArrowArray, "arrow_array")
DESTRUCTOR(free_stream, struct ArrowArrayStream, "arrow_array_stream")

/* A capsule around a block of this size; the struct in it has no release yet. */
static void *new_capsule(size_t size, const char *name, PyCapsule_Destructor destructor,
                         PyObject **capsule) {
    void *kept = PyMem_RawCalloc(1, size);
    *capsule = NULL;
    if (kept == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    *capsule = PyCapsule_New(kept, name, destructor);
    if (*capsule == NULL) {
        PyMem_RawFree(kept);
        return NULL;
    }
    return kept;
}

static PyObject *schema_capsule(export_plan *plan) {
    PyObject *capsule;
    struct ArrowSchema *schema = new_capsule(sizeof *schema, "arrow_schema", free_schema, &capsule);
    if (schema != NULL && cb_error_status(cs_arrow_export_schema(
                              plan->fields, plan->field_count, &cb_column_allocator, schema)) < 0) {
        Py_CLEAR(capsule);
    }
    return capsule;
}

static PyObject *array_capsule(export_plan *plan) {
    PyObject *capsule;
    cs_arrow_error error = {0};
    struct ArrowArray *array = new_capsule(sizeof *array, "arrow_array", free_array, &capsule);
    if (array == NULL) { return NULL; }
    const cs_status status =
        cs_arrow_export_array(plan->fields, plan->field_count, plan->pool->core.rows, plan->from,
                              plan->count, &cb_column_allocator, array, &error);
    if (cb_arrow_error_set(plan->pool, status, &error) < 0) { Py_CLEAR(capsule); }
    return capsule;
}

static PyObject *stream_capsule(export_plan *plan) {
    PyObject *capsule;
    cs_arrow_error error = {0};
    struct ArrowArrayStream *stream =
        new_capsule(sizeof *stream, "arrow_array_stream", free_stream, &capsule);
    if (stream == NULL) { return NULL; }
    const cs_status status =
        cs_arrow_export_stream(plan->fields, plan->field_count, plan->pool->core.rows, plan->from,
                               plan->count, &cb_column_allocator, stream, &error);
    if (cb_arrow_error_set(plan->pool, status, &error) < 0) { Py_CLEAR(capsule); }
    return capsule;
}

/* ---- methods ---- */

typedef PyObject *(*capsule_maker)(export_plan *plan);

/* The names as a tuple, since a list could change. *names is NULL where columns is NULL or None. */
static int take_names(PyObject *columns, PyObject **names) {
    *names = NULL;
    if (columns == NULL || Py_IsNone(columns)) { return 0; }
    PyObject *sequence = PySequence_Fast(columns, "columns is a sequence of names");
    *names = sequence == NULL ? NULL : PySequence_Tuple(sequence);
    Py_XDECREF(sequence);
    return *names == NULL ? -1 : 0;
}

static PyObject *make_capsules(export_plan *plan, const capsule_maker *makers, size_t count) {
    PyObject *capsules[2] = {NULL, NULL}, *result = NULL;
    size_t made = 0;
    while (made < count && (capsules[made] = makers[made](plan)) != NULL) { made++; }
    if (made == count) {
        result = count == 1 ? Py_NewRef(capsules[0]) : PyTuple_Pack(2, capsules[0], capsules[1]);
    }
    Py_XDECREF(capsules[0]);
    Py_XDECREF(capsules[1]);
    return result;
}

/* The snapshot. On 3.11 the collector runs in allocations, and what it runs could write to rows: it
 * waits. */
static PyObject *take_snapshot(export_plan *plan, PyObject *object, const capsule_maker *makers,
                               size_t count, const char *text, PyObject *requested) {
    const int with_data = count > 1 || makers[0] != schema_capsule;
    const int collecting = CB_ALLOCATION_COLLECTS && PyGC_Disable();
    PyObject *result = NULL;
    plan->source->readers++;
    int status = take_rows(plan, object);
    for (uint32_t i = 0; status == 0 && i < plan->field_count; i++) {
        status = take_field(plan, i, with_data);
    }
    if (status == 0 && apply_text(plan, text) == 0 && apply_request(plan, requested) == 0) {
        result = make_capsules(plan, makers, count);
    }
    plan->source->readers--;
    if (collecting) { PyGC_Enable(); }
    return result;
}

/* The capsules that `makers` make: one, or two as a tuple. columns NULL or None: all of them;
 * requested NULL or None: in the formats that the pool has. */
static PyObject *export_as(PyObject *object, const capsule_maker *makers, size_t count,
                           PyObject *columns, const char *text, PyObject *requested) {
    const cb_state *state = PyType_GetModuleState(Py_TYPE(object));
    Pool *source =
        Py_IS_TYPE(object, state->pool_type) ? (Pool *)object : ((PoolSlice *)object)->pool;
    export_plan plan = {.source = (Pool *)Py_NewRef((PyObject *)source)};
    PyObject *result = NULL, *names;
    if (take_names(columns, &names) == 0 && choose_columns(&plan, names) == 0) {
        result = take_snapshot(&plan, object, makers, count, text, requested);
    }
    Py_XDECREF(names);
    export_clear(&plan);
    return result;
}

static PyObject *arrow_schema(PyObject *object, PyObject *unused) {
    (void)unused;
    return export_as(object, (capsule_maker[]){schema_capsule}, 1, NULL, NULL, NULL);
}

static int parse_requested(PyObject *args, PyObject *kwargs, PyObject **requested) {
    static char *names[] = {"requested_schema", NULL};
    *requested = NULL;
    return PyArg_ParseTupleAndKeywords(args, kwargs, "|O", names, requested);
}

static PyObject *arrow_array(PyObject *object, PyObject *args, PyObject *kwargs) {
    PyObject *requested;
    if (!parse_requested(args, kwargs, &requested)) { return NULL; }
    return export_as(object, (capsule_maker[]){schema_capsule, array_capsule}, 2, NULL, NULL,
                     requested);
}

static PyObject *arrow_stream(PyObject *object, PyObject *args, PyObject *kwargs) {
    PyObject *requested;
    if (!parse_requested(args, kwargs, &requested)) { return NULL; }
    return export_as(object, (capsule_maker[]){stream_capsule}, 1, NULL, NULL, requested);
}

/* For the Python half: _arrow(columns, text, requested) -> (schema, array), of some columns, with
 * texts in the form that it asks for. */
static PyObject *arrow_part(PyObject *object, PyObject *args) {
    PyObject *columns, *requested;
    const char *text;
    if (!PyArg_ParseTuple(args, "OzO", &columns, &text, &requested)) { return NULL; }
    return export_as(object, (capsule_maker[]){schema_capsule, array_capsule}, 2, columns, text,
                     requested);
}

/* A method that is written in Python: cslots._pool.arrow.name(object, ...). */
static PyObject *call_package(const char *name, PyObject *object, PyObject *args,
                              PyObject *kwargs) {
    PyObject *function = cb_package_get(CB_ARROW_PACKAGE, name), *result = NULL;
    const Py_ssize_t count = PyTuple_GET_SIZE(args);
    PyObject *all = function == NULL ? NULL : PyTuple_New(count + 1);
    if (all != NULL) {
        PyTuple_SET_ITEM(all, 0, Py_NewRef(object));
        for (Py_ssize_t i = 0; i < count; i++) {
            PyTuple_SET_ITEM(all, i + 1, Py_NewRef(PyTuple_GET_ITEM(args, i)));
        }
        result = PyObject_Call(function, all, kwargs);
    }
    Py_XDECREF(all);
    Py_XDECREF(function);
    return result;
}

static PyObject *to_arrow(PyObject *object, PyObject *args, PyObject *kwargs) {
    return call_package("to_arrow", object, args, kwargs);
}
static PyObject *pool_save(PyObject *object, PyObject *args, PyObject *kwargs) {
    return call_package("save", object, args, kwargs);
}
static PyObject *pool_open(PyObject *type, PyObject *args, PyObject *kwargs) {
    return call_package("open_pool", type, args, kwargs);
}

#define CALL(function) (PyCFunction)(void (*)(void))(function)
/* Of pools and of slices. */
PyMethodDef cb_pool_export_methods[] = {
    {"__arrow_c_schema__", arrow_schema, METH_NOARGS,
     "__arrow_c_schema__($self, /)\n--\n\n"
     "The columns' types, as a PyCapsule for Arrow libraries."},
    {"__arrow_c_array__", CALL(arrow_array), METH_VARARGS | METH_KEYWORDS,
     "__arrow_c_array__($self, /, requested_schema=None)\n--\n\n"
     "The records as they are now, as two PyCapsules (schema and struct array)."},
    {"__arrow_c_stream__", CALL(arrow_stream), METH_VARARGS | METH_KEYWORDS,
     "__arrow_c_stream__($self, /, requested_schema=None)\n--\n\n"
     "The records as they are now, as a PyCapsule of a stream of one batch."},
    {"to_arrow", CALL(to_arrow), METH_VARARGS | METH_KEYWORDS,
     "to_arrow($self, /, columns=None, text='view')\n--\n\n"
     "The records as a pyarrow.Table, a snapshot that shares the pool's memory where Arrow's "
     "layout is the pool's.\n\n"
     "columns   names of fields; None: all\n"
     "text      'view' (string_view, no copy), 'large' (large_string) or 'small' (string): "
     "what the consumer can read"},
    {"_arrow", arrow_part, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

/* Of pools. */
PyMethodDef cb_pool_arrow_methods[] = {
    {"save", CALL(pool_save), METH_VARARGS | METH_KEYWORDS,
     "save($self, path, /, *, text='view')\n--\n\n"
     "Write the records to an Arrow IPC file, which Pool.open maps again and every Arrow library "
     "reads.\n"
     "The file is written beside the old one and takes its place when it is complete."},
    {"open", CALL(pool_open), METH_VARARGS | METH_KEYWORDS | METH_CLASS,
     "open(cls, path, /)\n--\n\n"
     "A pool of the class over a file that save() wrote. The file is mapped, not read: columns "
     "come into\n"
     "memory as they are used, and processes share them. What is written to the pool does not go "
     "to the file."},
    {"from_arrow", CALL(cb_pool_from_arrow), METH_FASTCALL | METH_CLASS,
     "from_arrow(cls, source, /)\n--\n\n"
     "A pool of the class with the rows of Arrow data: whatever has __arrow_c_stream__ or\n"
     "__arrow_c_array__ (pyarrow, polars, pandas, DuckDB ...). Columns are found by name, taken\n"
     "over without a copy where they fit, converted where that is exact, and refused otherwise.\n"
     "A field without a column gets its default."},
    {"_from_file", CALL(cb_pool_from_file), METH_FASTCALL | METH_CLASS, NULL},
    {NULL, NULL, 0, NULL},
};
