/* pool/view.c: a column as a buffer: what memoryview and NumPy look through.
 *
 *   ndarray --> memoryview --> View --> Pool
 *
 * While a buffer is handed out, the column is pinned (core/include/cslots/column.h). The shape is
 * that of the moment: records that are appended later lie beyond it. Codes (categories, Enum
 * members) are read only, since not every number is a valid code. All columns of a frozen class
 * are read only, too.
 */
#include "pool/view.h"
#include "pool/change.h"
#include "pool/check.h"
#include "pool/pool.h"

typedef struct {
    PyObject_HEAD
    Pool *pool;
    const cb_pool_field *field;
    const char *format;
    int readonly;
} View;

/* What a buffer handed out holds on to. */
typedef struct {
    Py_ssize_t shape, stride;
} Lent;

/* The letter of the struct module; NULL: the column has no useful buffer. Codes are as wide as
 * their column. */
static const char *format_of(const cb_pool_field *field, const cs_column *column) {
    if (!cs_kind_is_code((cs_kind)field->kind)) { return cs_kinds[field->kind].buffer; }
    return column->width == 1 ? "B" : column->width == 2 ? "H" : "I";
}

PyObject *cb_pool_view_new(Pool *pool, const cb_pool_field *field) {
    const char *format = format_of(field, cb_pool_column(pool, field->column));
    if (format == NULL) {
        return PyErr_Format(PyExc_BufferError, "%s.%U: a column of %s has no buffer of numbers",
                            pool->cls->type->tp_name, field->field->name,
                            cs_kinds[field->kind].name);
    }
    PyTypeObject *type = pool->cls->state->pool_view_type;
    View *self = (View *)type->tp_alloc(type, 0);
    if (self == NULL) { return NULL; }
    self->pool = (Pool *)Py_NewRef((PyObject *)pool);
    self->field = field;
    self->format = format;
    self->readonly = cs_kind_is_code((cs_kind)field->kind) || pool->cls->flags & CB_CLASS_FROZEN;
    return (PyObject *)self;
}

static int view_getbuffer(PyObject *object, Py_buffer *view, int flags) {
    View *self = (View *)object;
    Pool *pool = self->pool;
    cs_column *column = cb_pool_column(pool, self->field->column);
    view->obj = NULL;
    if (self->readonly && (flags & PyBUF_WRITABLE) == PyBUF_WRITABLE) {
        PyErr_Format(PyExc_BufferError, "%s.%U: the column is read only", pool->cls->type->tp_name,
                     self->field->field->name);
        return -1;
    }
    /* Rows that are being added could still make the column move. */
    if (cb_pool_may_change(pool) < 0) { return -1; }
    Lent *lent = PyMem_Malloc(sizeof *lent);
    if (lent == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    cs_status status = cs_column_pin(column, pool->core.rows);
    if (status != CS_OK) {
        PyMem_Free(lent);
        return cb_pool_error(pool, status);
    }
    self->format = format_of(self->field, column); /* codes may have become wider */
    *lent = (Lent){(Py_ssize_t)pool->length, (Py_ssize_t)column->width};
    if (!self->readonly) { cb_pool_note_written(pool, NULL); }
    view->obj = Py_NewRef(object);
    view->buf = column->data;
    view->len = lent->shape * lent->stride;
    view->readonly = self->readonly;
    view->itemsize = lent->stride;
    view->format = flags & PyBUF_FORMAT ? (char *)(uintptr_t)self->format : NULL;
    view->ndim = 1;
    view->shape = flags & PyBUF_ND ? &lent->shape : NULL;
    view->strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? &lent->stride : NULL;
    view->suboffsets = NULL;
    view->internal = lent;
    return 0;
}

static void view_releasebuffer(PyObject *object, Py_buffer *view) {
    View *self = (View *)object;
    cs_column_unpin(cb_pool_column(self->pool, self->field->column));
    PyMem_Free(view->internal);
}

static int view_traverse(PyObject *object, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(object));
    Py_VISIT((PyObject *)((View *)object)->pool);
    return 0;
}

static void view_dealloc(PyObject *object) {
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    Py_XDECREF((PyObject *)((View *)object)->pool);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyType_Slot view_slots[] = {
    {Py_tp_doc, "A column of a Pool as a buffer."},
    {Py_tp_traverse, view_traverse},
    {Py_tp_dealloc, view_dealloc},
    {Py_bf_getbuffer, view_getbuffer},
    {Py_bf_releasebuffer, view_releasebuffer},
    {0, NULL},
};

PyType_Spec cb_pool_view_spec = {
    .name = "cslots._core.ColumnView",
    .basicsize = sizeof(View),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = view_slots,
};
