/* pool/pool_type.c: Pool: its life, and what it has of a list: len, in, iteration, indexing, ==.
 *
 * The file's neighbours: pool/add.c (append, extend), pool/edit.c (del, assignment, sort, filter ...), pool/slice.c, pool/view.c, pool/pickle.c.
 */
#include "pool/pool.h"
#include "pool/read.h"

#define NAMED_COLUMNS 3

/* ---- errors ---- */

/* The columns that somebody looks at, for the message. */
static PyObject *pinned_names(const Pool *self) {
    PyObject *text = NULL;
    int more = 0;
    for (uint32_t i = 0, shown = 0; i < self->cls->field_count; i++) {
        const cs_pool_field *field = &self->fields[i];
        if (field->column == CS_NO_COLUMN || self->core.columns[field->column].pins == 0) {
            continue;
        }
        if (shown++ >= NAMED_COLUMNS) {
            more = 1;
            break;
        }
        PyObject *next = text == NULL ? PyUnicode_FromFormat("%R", field->field->name)
                                      : PyUnicode_FromFormat("%U, %R", text, field->field->name);
        Py_XSETREF(text, next);
        if (text == NULL) { return NULL; }
    }
    if (text == NULL) { return PyUnicode_FromString("a column"); }
    if (more) { Py_SETREF(text, PyUnicode_FromFormat("%U, ...", text)); }
    return text;
}

int cs_pool_error(Pool *self, cs_status status) {
    if (status == CS_PINNED) {
        PyObject *names = pinned_names(self);
        if (names != NULL) {
            PyErr_Format(PyExc_BufferError,
                         "Pool of %s: an array still looks into %U; delete it (or work on a copy "
                         "of it) before rows move or go",
                         self->cls->type->tp_name, names);
        }
        Py_XDECREF(names);
        return -1;
    }
    if (status == CS_TOO_LARGE) {
        PyErr_Format(PyExc_OverflowError, "Pool of %s: too many rows, or too long a text",
                     self->cls->type->tp_name);
        return -1;
    }
    if (status == CS_INVALID) { /* our own arguments do not contradict each other */
        PyErr_Format(PyExc_ValueError,
                     "Pool of %s: a column holds texts or codes that point outside of it (was its "
                     "file damaged?)",
                     self->cls->type->tp_name);
        return -1;
    }
    return cs_error_status(status);
}

int cs_pool_may_read(Pool *self) {
    if (__builtin_expect(self->busy == 0, 1)) { return 0; }
    PyErr_Format(PyExc_RuntimeError,
                 "Pool of %s: rows are being added by another call; it must end first",
                 self->cls->type->tp_name);
    return -1;
}

int cs_pool_may_change(Pool *self) {
    if (__builtin_expect(self->readers == 0, 1)) { return cs_pool_may_read(self); }
    PyErr_Format(PyExc_RuntimeError,
                 "Pool of %s: its rows are being copied by another call; it must end first",
                 self->cls->type->tp_name);
    return -1;
}

void cs_pool_changed(Pool *self) {
    self->epoch++;
    if (self->length == 0) { memset(self->zones, CS_ZONE_OPEN, self->core.count); }
}

PyObject *cs_pool_helper(const char *function, PyObject *first, PyObject *second) {
    PyObject *module = PyImport_ImportModule("cslots._pool");
    PyObject *result = module == NULL ? NULL
                       : second == NULL
                           ? PyObject_CallMethod(module, function, "(O)", first)
                           : PyObject_CallMethod(module, function, "OO", first, second);
    Py_XDECREF(module);
    return result;
}

const cs_pool_field *cs_pool_field_named(Pool *self, PyObject *name) {
    const cs_field *field = PyUnicode_Check(name) ? cs_find_field(self->cls, name) : NULL;
    if (field == NULL || self->fields[field->index].column == CS_NO_COLUMN) {
        PyObject *text = cs_pool_helper("no_column", (PyObject *)self, name);
        if (text != NULL) { PyErr_SetObject(PyExc_KeyError, text); }
        Py_XDECREF(text);
        return NULL;
    }
    return &self->fields[field->index];
}

/* ---- life ---- */

Pool *cs_pool_new(cs_state *state, cs_class *cls) {
    cs_class *row_class = cs_row_class_of(cls);
    if (row_class == NULL) { return NULL; }
    Pool *self = (Pool *)state->pool_type->tp_alloc(state->pool_type, 0);
    if (self == NULL) { return NULL; }
    self->type = (PyTypeObject *)Py_NewRef((PyObject *)cls->type);
    self->cls = cls;
    self->row_class = row_class;
    Py_INCREF((PyObject *)row_class->type);
    if (cs_pool_plan(self) < 0) {
        Py_DECREF(self);
        return NULL;
    }
    return self;
}

static cs_state *state_of(PyTypeObject *type) { return PyType_GetModuleState(type); }

static PyObject *pool_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"", "", "reserve", NULL};
    PyObject *cls, *source = NULL;
    Py_ssize_t reserve = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O$n:Pool", names, &cls, &source, &reserve)) {
        return NULL;
    }
    if (reserve < 0) {
        return PyErr_Format(PyExc_ValueError, "Pool(): reserve is a number of rows, got %zd",
                            reserve);
    }
    cs_state *state = state_of(type);
    cs_class *record = cs_pool_record_class(state, cls);
    Pool *self = record == NULL ? NULL : cs_pool_new(state, record);
    if (self == NULL) { return NULL; }
    if ((reserve > 0 && cs_pool_error(self, cs_pool_reserve(&self->core, (size_t)reserve)) < 0) ||
        (source != NULL && !Py_IsNone(source) && cs_pool_extend(self, source) < 0)) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

static int pool_traverse(PyObject *object, visitproc visit, void *arg) {
    Pool *self = (Pool *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT((PyObject *)self->type);
    if (self->row_class != NULL) { Py_VISIT((PyObject *)self->row_class->type); }
    if (self->spare != NULL) {
        Py_VISIT(Py_TYPE(self->spare));
    } /* it owns its type, and nobody else tells */
    if (self->pointers == 0 || self->cls == NULL || !(self->cls->flags & CS_CLASS_TRACKED)) {
        return 0;
    }
    for (uint32_t k = 0; k < self->core.count; k++) {
        const cs_column *column = &self->core.columns[k];
        if (column->sort != CS_COLUMN_POINTER) { continue; }
        for (size_t row = 0; row < self->core.rows; row++) {
            Py_VISIT(cs_reference_owned(cs_reference_load(column, row)));
        }
    }
    return 0;
}

/* What a reference runs when it ends may change the pool, if somebody finds it: nothing is remembered from one to the next. */
static void drop_all(cs_pool *core) {
    for (uint32_t k = 0; k < core->count; k++) {
        if (core->columns[k].sort != CS_COLUMN_POINTER) { continue; }
        for (size_t row = 0; row < core->rows; row++) {
            cs_reference_clear(&core->columns[k], row);
        }
    }
}

static int pool_tp_clear(PyObject *object) {
    Pool *self = (Pool *)object;
    cs_row_free_spare(self);
    if (self->pointers != 0) { drop_all(&self->core); }
    return 0;
}

static void pool_dealloc(PyObject *object) {
    Pool *self = (Pool *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    CS_TRASHCAN_BEGIN(object, pool_dealloc)
    if (self->weakrefs != NULL) { PyObject_ClearWeakRefs(object); }
    cs_row_free_spare(self);
    if (self->pointers != 0) { drop_all(&self->core); }
    cs_pool_clear(&self->core);
    cs_pool_plan_clear(self);
    if (self->row_class != NULL) { Py_DECREF((PyObject *)self->row_class->type); }
    Py_XDECREF((PyObject *)self->type);
    type->tp_free(object);
    Py_DECREF(type);
    CS_TRASHCAN_END
}

/* ---- as a sequence ---- */

static Py_ssize_t pool_length(PyObject *object) { return (Py_ssize_t)((Pool *)object)->length; }

static int error_index(const Pool *self, Py_ssize_t given) {
    PyErr_Format(PyExc_IndexError, "Pool of %s: index %zd is out of range (it has %zu rows)",
                 self->cls->type->tp_name, given, self->length);
    return -1;
}

int cs_pool_index(Pool *self, PyObject *key, size_t *position) {
    int64_t small;
    Py_ssize_t index;
    if (PyLong_CheckExact(key) && cs_long_small(key, &small)) {
        index = (Py_ssize_t)small;
    } else if (PyIndex_Check(key)) {
        index = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (index == -1 && PyErr_Occurred()) { return -1; }
    } else {
        PyErr_Format(PyExc_TypeError,
                     "Pool of %s: an index is an int, a slice or the name of a field, got %s",
                     self->cls->type->tp_name, Py_TYPE(key)->tp_name);
        return -1;
    }
    const Py_ssize_t given = index;
    if (index < 0) { index += (Py_ssize_t)self->length; }
    if (index < 0 || (size_t)index >= self->length) { return error_index(self, given); }
    *position = (size_t)index;
    return 0;
}

/* Where a list makes a new list. numpy.asarray(pool) + 1 is another thing: arrays are asked first. */
PyObject *cs_pool_no_concat(PyObject *object, PyObject *other) {
    return PyErr_Format(PyExc_TypeError,
                        "%s + %s: a pool is not added to; [*a, *b] is a list of rows, and copy() "
                        "and extend() make a pool",
                        Py_TYPE(object)->tp_name, Py_TYPE(other)->tp_name);
}

PyObject *cs_pool_no_repeat(PyObject *object, Py_ssize_t times) {
    return PyErr_Format(
        PyExc_TypeError,
        "%s * %zd: a pool is not repeated; pool.extend(pool) adds its records once more",
        Py_TYPE(object)->tp_name, times);
}

static PyObject *pool_item(PyObject *object, Py_ssize_t index) {
    Pool *self = (Pool *)object;
    if (index < 0 || (size_t)index >= self->length) {
        error_index(self, index);
        return NULL;
    }
    return cs_row_new(self, (size_t)index);
}

static PyObject *pool_subscript(PyObject *object, PyObject *key) {
    Pool *self = (Pool *)object;
    int64_t index;
    if (PyLong_CheckExact(key) && cs_long_small(key, &index) && index >= 0 &&
        (size_t)index < self->length) {
        return cs_row_new(self, (size_t)index);
    }
    if (PyUnicode_Check(key)) { return cs_pool_helper("column", object, key); }
    if (PySlice_Check(key)) {
        Py_ssize_t start, stop, step;
        if (PySlice_Unpack(key, &start, &stop, &step) < 0) { return NULL; }
        Py_ssize_t count = PySlice_AdjustIndices((Py_ssize_t)self->length, &start, &stop, step);
        return cs_pool_slice_new(self, (size_t)(start < 0 ? 0 : start), (size_t)count, step);
    }
    size_t position;
    return cs_pool_index(self, key, &position) < 0 ? NULL : cs_row_new(self, position);
}

/* One row is moved along and compared; what `==` of the class runs may change the pool. */
Py_ssize_t cs_pool_find(Pool *self, PyObject *value, size_t from, size_t to) {
    PyObject *row = NULL;
    Py_ssize_t found = -1;
    for (size_t i = from; i < to && i < self->length; i++) {
        row = cs_row_reuse(row, self, i);
        int same = row == NULL ? -1 : PyObject_RichCompareBool(row, value, Py_EQ);
        if (same != 0) {
            found = same < 0 ? -2 : (Py_ssize_t)i;
            break;
        }
    }
    Py_XDECREF(row);
    return found;
}

static int pool_contains(PyObject *object, PyObject *value) {
    Py_ssize_t found = cs_pool_find((Pool *)object, value, 0, SIZE_MAX);
    return found == -2 ? -1 : found >= 0;
}

int cs_pool_equal(Pool *a, size_t from_a, Pool *b, size_t from_b, size_t count) {
    PyObject *x = NULL, *y = NULL;
    int same = 1;
    for (size_t i = 0; same == 1 && i < count; i++) {
        if (from_a + i >= a->length || from_b + i >= b->length) {
            same = 0;
            break;
        }
        x = cs_row_reuse(x, a, from_a + i);
        y = x == NULL ? NULL : cs_row_reuse(y, b, from_b + i);
        same = y == NULL ? -1 : PyObject_RichCompareBool(x, y, Py_EQ);
    }
    Py_XDECREF(x);
    Py_XDECREF(y);
    return same;
}

static PyObject *pool_richcompare(PyObject *a, PyObject *b, int op) {
    if ((op != Py_EQ && op != Py_NE) || Py_TYPE(a) != Py_TYPE(b) ||
        ((Pool *)a)->cls != ((Pool *)b)->cls) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    Pool *x = (Pool *)a, *y = (Pool *)b;
    int same = a == b ? 1 : x->length != y->length ? 0 : cs_pool_equal(x, 0, y, 0, x->length);
    if (same == 1 && x->length != y->length) { same = 0; }
    return same < 0 ? NULL : PyBool_FromLong(same == (op == Py_EQ));
}

static PyObject *pool_repr(PyObject *object) {
    Pool *self = (Pool *)object;
    return PyUnicode_FromFormat("<Pool of %s, %zu row%s>", self->cls->type->tp_name, self->length,
                                self->length == 1 ? "" : "s");
}

/* ---- iteration ---- */

typedef struct {
    PyObject_HEAD
    Pool *pool; /* NULL: at the end */
    size_t next, left;
    Py_ssize_t step;
    uint64_t epoch;
    int bounded; /* `left` rows that must stay where they are; else all, as many as there are by then */
    unsigned turn;
    PyObject *rows[2]; /* handed out in turn: a loop still holds the row before */
} Iterator;

static PyObject *iterator_new(Pool *pool, size_t start, size_t count, Py_ssize_t step,
                              int bounded) {
    PyTypeObject *type = pool->cls->state->pool_iterator_type;
    const uint64_t epoch =
        pool->epoch; /* before the allocation, which may run the collector on 3.11 */
    Iterator *self = (Iterator *)type->tp_alloc(type, 0);
    if (self == NULL) { return NULL; }
    self->pool = (Pool *)Py_NewRef((PyObject *)pool);
    self->next = start;
    self->left = count;
    self->step = step;
    self->bounded = bounded;
    self->epoch = epoch;
    return (PyObject *)self;
}

PyObject *cs_pool_iterate(Pool *self, size_t start, size_t count, Py_ssize_t step) {
    return iterator_new(self, start, count, step, 1);
}

static PyObject *pool_iter(PyObject *object) { return iterator_new((Pool *)object, 0, 0, 1, 0); }

static int iterator_clear(PyObject *object) {
    Iterator *self = (Iterator *)object;
    Py_CLEAR(self->rows[0]);
    Py_CLEAR(self->rows[1]);
    Py_CLEAR(self->pool);
    return 0;
}

static PyObject *iterator_next(PyObject *object) {
    Iterator *self = (Iterator *)object;
    Pool *pool = self->pool;
    if (pool == NULL) { return NULL; }
    if (self->bounded) {
        if (self->left == 0) {
            iterator_clear(object);
            return NULL;
        }
        if (self->epoch != pool->epoch) {
            PyErr_Format(pool->cls->state->stale_error,
                         "Pool of %s: rows were removed, inserted or reordered while a part of it "
                         "is iterated",
                         pool->cls->type->tp_name);
            return NULL;
        }
    } else if (self->next >= pool->length) {
        iterator_clear(object);
        return NULL;
    }
    /* Dropping the row of the turn before may run code (a callback of a weak reference) that goes on with this very iterator: all is in order before. */
    PyObject **place = &self->rows[self->turn ^= 1], *row = *place;
    const size_t position = self->next;
    *place = NULL;
    self->next = position + (size_t)self->step;
    self->left -= self->bounded ? 1 : 0;
    row = cs_row_reuse(row, pool, position);
    if (row == NULL) { return NULL; }
    Py_XSETREF(*place, Py_NewRef(row));
    return row;
}

static PyObject *iterator_hint(PyObject *object, PyObject *unused) {
    (void)unused;
    Iterator *self = (Iterator *)object;
    size_t left = self->pool == NULL                ? 0
                  : self->bounded                   ? self->left
                  : self->next < self->pool->length ? self->pool->length - self->next
                                                    : 0;
    return PyLong_FromSize_t(left);
}

static int iterator_traverse(PyObject *object, visitproc visit, void *arg) {
    Iterator *self = (Iterator *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT((PyObject *)self->pool);
    Py_VISIT(self->rows[0]);
    Py_VISIT(self->rows[1]);
    return 0;
}

static void iterator_dealloc(PyObject *object) {
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    iterator_clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMethodDef iterator_methods[] = {
    {"__length_hint__", iterator_hint, METH_NOARGS, "How many rows are left."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot iterator_slots[] = {
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, iterator_next},
    {Py_tp_methods, iterator_methods},
    {Py_tp_traverse, iterator_traverse},
    {Py_tp_clear, iterator_clear},
    {Py_tp_dealloc, iterator_dealloc},
    {0, NULL},
};

PyType_Spec cs_pool_iterator_spec = {
    .name = "cslots._core.PoolIterator",
    .basicsize = sizeof(Iterator),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = iterator_slots,
};

/* ---- what it says about itself ---- */

static PyObject *memory_dict(cs_memory memory) {
    return Py_BuildValue("{s:n,s:n,s:n,s:n}", "used", (Py_ssize_t)memory.used, "capacity",
                         (Py_ssize_t)memory.capacity, "reserved", (Py_ssize_t)memory.reserved,
                         "dead", (Py_ssize_t)memory.dead);
}

static PyObject *pool_memory(PyObject *object, PyObject *unused) {
    (void)unused;
    Pool *self = (Pool *)object;
    PyObject *result = memory_dict(cs_pool_memory(&self->core, UINT32_MAX)),
             *columns = PyDict_New(), *rows = PyLong_FromSize_t(self->length);
    int failed = result == NULL || columns == NULL || rows == NULL ||
                 PyDict_SetItemString(result, "rows", rows) < 0 ||
                 PyDict_SetItemString(result, "columns", columns) < 0;
    for (uint32_t i = 0; !failed && i < self->cls->field_count; i++) {
        if (self->fields[i].column == CS_NO_COLUMN) { continue; }
        PyObject *column = memory_dict(cs_pool_memory(&self->core, self->fields[i].column));
        failed = column == NULL || PyDict_SetItem(columns, self->fields[i].field->name, column) < 0;
        Py_XDECREF(column);
    }
    Py_XDECREF(columns);
    Py_XDECREF(rows);
    if (failed) { Py_CLEAR(result); }
    return result;
}

static PyObject *pool_sizeof(PyObject *object, PyObject *unused) {
    (void)unused;
    Pool *self = (Pool *)object;
    return PyLong_FromSize_t(sizeof(Pool) + cs_pool_memory(&self->core, UINT32_MAX).capacity);
}

static PyObject *pool_reversed(PyObject *object, PyObject *unused) {
    (void)unused;
    Pool *self = (Pool *)object;
    return cs_pool_iterate(self, self->length == 0 ? 0 : self->length - 1, self->length, -1);
}

static PyObject *pool_partitions(PyObject *object, PyObject *parts) {
    return cs_pool_helper("partitions", object, parts);
}

static PyObject *pool_record_class(PyObject *object, void *unused) {
    (void)unused;
    return Py_NewRef((PyObject *)((Pool *)object)->type);
}

/* For the Python half: what a column is. */
static PyObject *pool_column_info(PyObject *object, PyObject *name) {
    Pool *self = (Pool *)object;
    const cs_pool_field *field = cs_pool_field_named(self, name);
    if (field == NULL) { return NULL; }
    const cs_column *column = cs_pool_column(self, field->column);
    static const char *const zones[] = {"", "naive", "utc"};
    const char *zone =
        zones[field->field->kind == CS_DATETIME ? cs_pool_zone_held(self, field) : CS_ZONE_OPEN];
    PyObject *argument = field->field->kind == CS_CATEGORY
                             ? cs_category_tuple(field->field->argument)
                             : Py_NewRef(field->field->argument ? field->field->argument : Py_None);
    return argument == NULL
               ? NULL
               : Py_BuildValue("(siOsN)", cs_kinds[field->kind].name, (int)column->width,
                               column->nullable ? Py_True : Py_False, zone, argument);
}

static PyObject *pool_view(PyObject *object, PyObject *name) {
    Pool *self = (Pool *)object;
    const cs_pool_field *field = cs_pool_field_named(self, name);
    return field == NULL ? NULL : cs_pool_view_new(self, field);
}

/* (name), or (name, start, count, step) of a slice: which rows of which column. */
static const cs_pool_field *rows_of(Pool *self, PyObject *args, Py_ssize_t *start,
                                    Py_ssize_t *count, Py_ssize_t *step) {
    PyObject *name;
    *start = 0;
    *count = (Py_ssize_t)self->length;
    *step = 1;
    if (!PyArg_ParseTuple(args, "O|nnn", &name, start, count, step)) { return NULL; }
    const Py_ssize_t length = (Py_ssize_t)self->length;
    Py_ssize_t way = 0, last = 0; /* from the first row to the last */
    if (*count < 0 || *count > length ||
        (*count > 0 && (__builtin_mul_overflow(*count - 1, *step, &way) ||
                        __builtin_add_overflow(*start, way, &last) || *start < 0 ||
                        *start >= length || last < 0 || last >= length))) {
        return (const cs_pool_field *)(void *)PyErr_Format(
            PyExc_IndexError, "Pool of %s: rows that are not there", self->cls->type->tp_name);
    }
    return cs_pool_field_named(self, name);
}

/* The validity of a nullable column, one byte a row; None of another. */
static PyObject *pool_validity(PyObject *object, PyObject *args) {
    Pool *self = (Pool *)object;
    Py_ssize_t start, count, step;
    const cs_pool_field *field = rows_of(self, args, &start, &count, &step);
    if (field == NULL) { return NULL; }
    const cs_column *column = cs_pool_column(self, field->column);
    if (!column->nullable) { Py_RETURN_NONE; }
    PyObject *bytes = PyByteArray_FromStringAndSize(NULL, count);
    if (bytes == NULL) { return NULL; }
    char *to = PyByteArray_AS_STRING(bytes);
    for (Py_ssize_t i = 0; i < count; i++) {
        to[i] = (char)cs_column_is_valid(column, (size_t)(start + i * step));
    }
    return bytes;
}

/* The values of a column as a list. */
static PyObject *pool_values(PyObject *object, PyObject *args) {
    Pool *self = (Pool *)object;
    Py_ssize_t start, count, step;
    const cs_pool_field *field = rows_of(self, args, &start, &count, &step);
    PyObject *list = field == NULL ? NULL : PyList_New(0);
    for (Py_ssize_t i = 0; list != NULL && i < count;
         i++) { /* making a value may run the user's code (a Flag) */
        const size_t row = (size_t)(start + i * step);
        PyObject *value = row < self->length ? cs_pool_read_inline(self, field, row) : NULL;
        if (value == NULL && !PyErr_Occurred()) { break; }
        if (value == NULL || PyList_Append(list, value) < 0) { Py_CLEAR(list); }
        Py_XDECREF(value);
    }
    return list;
}

static PyMethodDef pool_methods[] = {
    {"memory", pool_memory, METH_NOARGS,
     "memory($self, /)\n--\n\nBytes of the pool, as a dict: 'used' by the rows, 'capacity' of the "
     "memory behind them, 'reserved' address "
     "space (takes no\n"
     "memory), 'dead' bytes of texts that were replaced; 'rows'; and 'columns': the same for each "
     "field."},
    {"partitions", pool_partitions, METH_O,
     "partitions($self, parts, /)\n--\n\nThe pool in `parts` slices of nearly equal length, in "
     "order, as a list; none of them is empty, so "
     "there may be fewer."},
    {"_column_info", pool_column_info, METH_O, NULL},
    {"_view", pool_view, METH_O, NULL},
    {"_validity", pool_validity, METH_VARARGS, NULL},
    {"_values", pool_values, METH_VARARGS, NULL},
    {"__sizeof__", pool_sizeof, METH_NOARGS,
     "Bytes that the pool can use; what its references refer to is not counted."},
    {"__reversed__", pool_reversed, METH_NOARGS, "The rows from the last to the first."},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "Pool[User], for annotations."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef pool_getset[] = {
    {"record_class", pool_record_class, NULL, "The class of the records.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef pool_members[] = {
    {"__weaklistoffset__", Py_T_PYSSIZET, offsetof(Pool, weakrefs), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot pool_slots[] = {
    {Py_tp_doc,
     "Pool(cls, rows=None, /, *, reserve=0)\n--\n\n"
     "Many records of one Struct class or cslots dataclass, stored by column.\n\n"
     "    >>> pool = Pool(User, users)\n"
     "    >>> pool[7].age += 1            # a row feels like a User\n"
     "    >>> pool[\"age\"].mean()          # a column is a NumPy array over the same bytes\n\n"
     "rows      objects of cls, mappings {field: value}, or one mapping {field: column}; what "
     "extend() takes\n"
     "reserve   rows to make room for at once"},
    {Py_tp_new, pool_new},
    {Py_tp_traverse, pool_traverse},
    {Py_tp_clear, pool_tp_clear},
    {Py_tp_dealloc, pool_dealloc},
    {Py_tp_iter, pool_iter},
    {Py_tp_repr, pool_repr},
    {Py_tp_richcompare, pool_richcompare},
    {Py_tp_hash, PyObject_HashNotImplemented},
    {Py_tp_methods, pool_methods},
    {Py_tp_getset, pool_getset},
    {Py_tp_members, pool_members},
    {Py_sq_length, pool_length},
    {Py_sq_concat, cs_pool_no_concat},
    {Py_sq_repeat, cs_pool_no_repeat},
    {Py_sq_item, pool_item},
    {Py_sq_contains, pool_contains},
    {Py_mp_length, pool_length},
    {Py_mp_subscript, pool_subscript},
    {Py_mp_ass_subscript, cs_pool_assign},
    {0, NULL},
};

PyType_Spec cs_pool_spec = {
    .name = "cslots.Pool",
    .basicsize = sizeof(Pool),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_SEQUENCE,
    .slots = pool_slots,
};
