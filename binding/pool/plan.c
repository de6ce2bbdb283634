/* pool/plan.c: a new pool: which column has which field, and how wide it is. */
#include "pool/plan.h"
#include "kinds/families.h"
#include "model/errors.h"
#include "pool/column.h"
#include "pool/pool.h"
#include "pool/row_class.h"
#include "runtime/memory.h"

static cs_column_spec spec_of(const cb_field *field) {
    const cs_kind_info *kind = &cs_kinds[field->kind];
    const uint8_t nullable = (field->flags & CB_FIELD_NULLABLE) != 0;
    if (kind->form == CS_FORM_POINTER) {
        return (cs_column_spec){CS_COLUMN_POINTER, 0, kind->column};
    }
    return (cs_column_spec){kind->form == CS_FORM_TEXT ? CS_COLUMN_TEXT : CS_COLUMN_FIXED, nullable,
                            kind->column};
}

static cb_pool_field plan_field(const cb_field *field, cs_column_spec spec, uint32_t column) {
    const uint8_t form = cs_kinds[field->kind].form;
    cb_pool_field plan = {.field = field, .column = column, .kind = field->kind};
    plan.checked = cb_ops_of(field)->to_column != NULL || cb_pool_grows(field);
    plan.same = form == CS_FORM_BYTES && !plan.checked ? (uint8_t)spec.width : 0;
    plan.trusted = cb_ops_of(field)->from_column == NULL ? plan.same : 0;
    plan.plain = !spec.nullable && field->unset_mask == 0 ? plan.same : 0;
    return plan;
}

/* Plain fields, other packed ones, references: each in the order of the class. Loops over one sort
 * need not ask. */
static void put_in_order(Pool *self) {
    const uint32_t count = self->cls->field_count;
    uint32_t end = 0;
    for (int sort = 0; sort < 3; sort++) {
        for (uint32_t i = 0; i < count; i++) {
            const cb_pool_field *field = &self->fields[i];
            if (field->column == CB_NO_COLUMN) { continue; }
            const int its = cs_kind_is_pointer((cs_kind)field->kind) ? 2 : field->plain == 0;
            if (its == sort) { self->order[end++] = i; }
        }
        *(sort == 0 ? &self->plain_end : sort == 1 ? &self->packed_end : &self->stored_end) = end;
    }
}

static int make_plan(Pool *self) {
    cb_class *cls = self->cls;
    cs_column_spec *specs = PyMem_Calloc(cls->field_count, sizeof *specs);
    self->fields = PyMem_Calloc(cls->field_count, sizeof *self->fields);
    self->order = PyMem_Calloc(cls->field_count, sizeof *self->order);
    self->zones = PyMem_Calloc(cls->field_count, 1);
    if (specs == NULL || self->fields == NULL || self->order == NULL || self->zones == NULL) {
        PyMem_Free(specs);
        PyErr_NoMemory();
        return -1;
    }
    uint32_t columns = 0;
    for (uint32_t i = 0; i < cls->field_count; i++) {
        const cb_field *field = &cls->fields[i];
        if (field->cached != NULL) {
            self->fields[i] =
                (cb_pool_field){.field = field, .column = CB_NO_COLUMN, .kind = field->kind};
            continue;
        }
        self->pointers += cs_kind_is_pointer((cs_kind)field->kind);
        specs[columns] = spec_of(field);
        self->fields[i] = plan_field(field, specs[columns], columns);
        columns++;
    }
    cs_status status = cs_pool_init(&self->core, &cb_column_allocator, specs, columns);
    PyMem_Free(specs);
    put_in_order(self);
    if (status == CS_OK) { cb_pool_locate(self); }
    return cb_error_status(status);
}

void cb_pool_plan_clear(Pool *self) {
    PyMem_Free(self->fields);
    PyMem_Free(self->order);
    PyMem_Free(self->zones);
    self->fields = NULL;
    self->order = NULL;
    self->zones = NULL;
}

Pool *cb_pool_new(cb_state *state, cb_class *cls) {
    cb_class *row_class = cb_row_class_of(cls);
    if (row_class == NULL) { return NULL; }
    Pool *self = (Pool *)state->pool_type->tp_alloc(state->pool_type, 0);
    if (self == NULL) { return NULL; }
    self->type = (PyTypeObject *)Py_NewRef((PyObject *)cls->type);
    self->cls = cls;
    self->row_class = row_class;
    Py_INCREF((PyObject *)row_class->type);
    if (make_plan(self) < 0) {
        Py_DECREF(self);
        return NULL;
    }
    return self;
}
