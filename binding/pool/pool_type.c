/* pool/pool_type.c: Pool as Python sees it: its life, its slots, and what it says about itself.
 *
 * The roof of pool/: no file of the folder includes its header. Methods that change a pool have
 * tables of their own (pool/add.c, edit.c, sort.c, pickle.c, arrow_out.c), which module.c adds.
 */
#include "pool/pool_type.h"
#include "kinds/category.h"
#include "pool/add.h"
#include "pool/edit.h"
#include "pool/iterator.h"
#include "pool/plan.h"
#include "pool/pool.h"
#include "pool/reference.h"
#include "pool/row.h"
#include "pool/row_class.h"
#include "pool/sequence.h"
#include "pool/slice.h"
#include "pool/value.h"
#include "pool/view.h"
#include "pool/zone.h"
#include "runtime/package.h"

/* ---- life ---- */

static cb_state *state_of(PyTypeObject *type) { return PyType_GetModuleState(type); }

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
    cb_state *state = state_of(type);
    cb_class *record = cb_pool_record_class(state, cls);
    Pool *self = record == NULL ? NULL : cb_pool_new(state, record);
    if (self == NULL) { return NULL; }
    if ((reserve > 0 && cb_pool_error(self, cs_pool_reserve(&self->core, (size_t)reserve)) < 0) ||
        (source != NULL && !Py_IsNone(source) && cb_pool_extend(self, source) < 0)) {
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
    /* The spare owns its type, and is not tracked itself. */
    if (self->spare != NULL) { Py_VISIT(Py_TYPE(self->spare)); }
    if (self->pointers == 0 || self->cls == NULL || !(self->cls->flags & CB_CLASS_TRACKED)) {
        return 0;
    }
    for (uint32_t k = 0; k < self->core.count; k++) {
        const cs_column *column = &self->core.columns[k];
        if (column->sort != CS_COLUMN_POINTER) { continue; }
        for (size_t row = 0; row < self->core.rows; row++) {
            Py_VISIT(cb_reference_owned(cb_reference_load(column, row)));
        }
    }
    return 0;
}

/* The end of a reference may run code that changes the pool. So nothing is remembered from one
 * reference to the next. */
static void drop_all(cs_pool *core) {
    for (uint32_t k = 0; k < core->count; k++) {
        if (core->columns[k].sort != CS_COLUMN_POINTER) { continue; }
        for (size_t row = 0; row < core->rows; row++) {
            cb_reference_clear(&core->columns[k], row);
        }
    }
}

static int pool_tp_clear(PyObject *object) {
    Pool *self = (Pool *)object;
    cb_row_free_spare(self);
    if (self->pointers != 0) { drop_all(&self->core); }
    return 0;
}

static void pool_dealloc(PyObject *object) {
    Pool *self = (Pool *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    CB_TRASHCAN_BEGIN(object, pool_dealloc)
    if (self->weakrefs != NULL) { PyObject_ClearWeakRefs(object); }
    cb_row_free_spare(self);
    if (self->pointers != 0) { drop_all(&self->core); }
    cs_pool_clear(&self->core);
    cb_pool_plan_clear(self);
    if (self->row_class != NULL) { Py_DECREF((PyObject *)self->row_class->type); }
    Py_XDECREF((PyObject *)self->type);
    type->tp_free(object);
    Py_DECREF(type);
    CB_TRASHCAN_END
}

/* ---- as a sequence ---- */

static Py_ssize_t pool_length(PyObject *object) { return (Py_ssize_t)((Pool *)object)->length; }

static PyObject *pool_item(PyObject *object, Py_ssize_t index) {
    Pool *self = (Pool *)object;
    if (index < 0 || (size_t)index >= self->length) {
        cb_pool_error_index(self, index);
        return NULL;
    }
    return cb_row_new(self, (size_t)index);
}

static PyObject *pool_subscript(PyObject *object, PyObject *key) {
    Pool *self = (Pool *)object;
    int64_t index;
    if (PyLong_CheckExact(key) && cb_long_small(key, &index) && index >= 0 &&
        (size_t)index < self->length) {
        return cb_row_new(self, (size_t)index);
    }
    if (PyUnicode_Check(key)) {
        return cb_package_call(CB_POOL_PACKAGE, "column", object, key, NULL);
    }
    if (PySlice_Check(key)) {
        Py_ssize_t start, stop, step;
        if (PySlice_Unpack(key, &start, &stop, &step) < 0) { return NULL; }
        Py_ssize_t count = PySlice_AdjustIndices((Py_ssize_t)self->length, &start, &stop, step);
        return cb_pool_slice_new(self, (size_t)(start < 0 ? 0 : start), (size_t)count, step);
    }
    size_t position;
    return cb_pool_index(self, key, &position) < 0 ? NULL : cb_row_new(self, position);
}

static int pool_contains(PyObject *object, PyObject *value) {
    Py_ssize_t found = cb_pool_find((Pool *)object, value, 0, SIZE_MAX);
    return found == -2 ? -1 : found >= 0;
}

static PyObject *pool_richcompare(PyObject *a, PyObject *b, int op) {
    if ((op != Py_EQ && op != Py_NE) || Py_TYPE(a) != Py_TYPE(b) ||
        ((Pool *)a)->cls != ((Pool *)b)->cls) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    Pool *x = (Pool *)a, *y = (Pool *)b;
    int same = a == b ? 1 : x->length != y->length ? 0 : cb_pool_equal(x, 0, y, 0, x->length);
    if (same == 1 && x->length != y->length) { same = 0; }
    return same < 0 ? NULL : PyBool_FromLong(same == (op == Py_EQ));
}

static PyObject *pool_repr(PyObject *object) {
    Pool *self = (Pool *)object;
    return PyUnicode_FromFormat("<Pool of %s, %zu row%s>", self->cls->type->tp_name, self->length,
                                self->length == 1 ? "" : "s");
}

static PyObject *pool_iter(PyObject *object) { return cb_pool_iterate_all((Pool *)object); }

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
        if (self->fields[i].column == CB_NO_COLUMN) { continue; }
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
    return cb_pool_iterate(self, self->length == 0 ? 0 : self->length - 1, self->length, -1);
}

static PyObject *pool_partitions(PyObject *object, PyObject *parts) {
    return cb_package_call(CB_POOL_PACKAGE, "partitions", object, parts, NULL);
}

static PyObject *pool_record_class(PyObject *object, void *unused) {
    (void)unused;
    return Py_NewRef((PyObject *)((Pool *)object)->type);
}

/* For the Python half: what a column is. */
static PyObject *pool_column_info(PyObject *object, PyObject *name) {
    Pool *self = (Pool *)object;
    const cb_pool_field *field = cb_pool_field_named(self, name);
    if (field == NULL) { return NULL; }
    const cs_column *column = cb_pool_column(self, field->column);
    static const char *const zones[] = {"", "naive", "utc"};
    const char *zone =
        zones[field->field->kind == CS_DATETIME ? cb_pool_zone_held(self, field) : CB_ZONE_OPEN];
    PyObject *argument = field->field->kind == CS_CATEGORY
                             ? cb_category_tuple(field->field->argument)
                             : Py_NewRef(field->field->argument ? field->field->argument : Py_None);
    return argument == NULL
               ? NULL
               : Py_BuildValue("(siOsN)", cs_kinds[field->kind].name, (int)column->width,
                               column->nullable ? Py_True : Py_False, zone, argument);
}

static PyObject *pool_view(PyObject *object, PyObject *name) {
    Pool *self = (Pool *)object;
    const cb_pool_field *field = cb_pool_field_named(self, name);
    return field == NULL ? NULL : cb_pool_view_new(self, field);
}

/* (name), or (name, start, count, step) of a slice: which rows of which column. */
static const cb_pool_field *rows_of(Pool *self, PyObject *args, Py_ssize_t *start,
                                    Py_ssize_t *count, Py_ssize_t *step) {
    PyObject *name;
    *start = 0;
    *count = (Py_ssize_t)self->length;
    *step = 1;
    if (!PyArg_ParseTuple(args, "O|nnn", &name, start, count, step)) { return NULL; }
    const Py_ssize_t length = (Py_ssize_t)self->length;
    int64_t way = 0, last = 0; /* from the first row to the last */
    if (*count < 0 || *count > length ||
        (*count > 0 &&
         (cs_multiply_overflows(*count - 1, *step, &way) || cs_add_overflows(*start, way, &last) ||
          *start < 0 || *start >= length || last < 0 || last >= length))) {
        return (const cb_pool_field *)(void *)PyErr_Format(
            PyExc_IndexError, "Pool of %s: rows that are not there", self->cls->type->tp_name);
    }
    return cb_pool_field_named(self, name);
}

/* The validity of a nullable column, one byte a row; None of another. */
static PyObject *pool_validity(PyObject *object, PyObject *args) {
    Pool *self = (Pool *)object;
    Py_ssize_t start, count, step;
    const cb_pool_field *field = rows_of(self, args, &start, &count, &step);
    if (field == NULL) { return NULL; }
    const cs_column *column = cb_pool_column(self, field->column);
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
    const cb_pool_field *field = rows_of(self, args, &start, &count, &step);
    PyObject *list = field == NULL ? NULL : PyList_New(0);
    /* Making a value may run user code (a Flag), which may remove rows. */
    for (Py_ssize_t i = 0; list != NULL && i < count; i++) {
        const size_t row = (size_t)(start + i * step);
        PyObject *value = row < self->length ? cb_pool_read_inline(self, field, row) : NULL;
        if (value == NULL && !PyErr_Occurred()) { break; }
        if (value == NULL || PyList_Append(list, value) < 0) { Py_CLEAR(list); }
        Py_XDECREF(value);
    }
    return list;
}

static PyMethodDef pool_methods[] = {
    {"memory", pool_memory, METH_NOARGS,
     "memory($self, /)\n--\n\n"
     "Bytes of the pool, as a dict: 'used' by the rows, 'capacity' of the memory behind them,\n"
     "'reserved' address space (takes no memory), 'dead' bytes of texts that were replaced; "
     "'rows';\n"
     "and 'columns': the same for each field."},
    {"partitions", pool_partitions, METH_O,
     "partitions($self, parts, /)\n--\n\n"
     "The pool in `parts` slices of nearly equal length, in order, as a list; none of them is "
     "empty, so\n"
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
    {Py_sq_concat, cb_pool_no_concat},
    {Py_sq_repeat, cb_pool_no_repeat},
    {Py_sq_item, pool_item},
    {Py_sq_contains, pool_contains},
    {Py_mp_length, pool_length},
    {Py_mp_subscript, pool_subscript},
    {Py_mp_ass_subscript, cb_pool_assign},
    {0, NULL},
};

PyType_Spec cb_pool_spec = {
    .name = "cslots.Pool",
    .basicsize = sizeof(Pool),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_SEQUENCE,
    .slots = pool_slots,
};
