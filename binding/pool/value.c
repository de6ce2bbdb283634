/* pool/value.c: between Python values, objects of the record class, and columns.
 *
 *   value  --cb_convert-->  cb_value  --to_column, put-->  column      checks and errors are those
 *   object -------------------------  --to_column, put-->  column      of objects
 *   object <-------------------------  from_column, take   column
 *
 *   kind               in an object                           in a column
 *   bool               one bit                                one byte
 *   int                word (63 bits, or a pointer)           int64; a larger one is refused
 *   utf8               bytes in the tail                      a view (textheap.h)
 *   category           4-byte code                            code of 1, 2 or 4 bytes
 *   date, datetime     days, microseconds since the year 1    since 1970, as Arrow and NumPy count
 *   references         a counted pointer                      the same
 *   all others         bytes                                  the same bytes
 *
 * What lies in a column may come from outside: an array that NumPy wrote, a mapped file. So codes,
 * members and moments are checked when they are read.
 */
#include "pool/value.h"
#include "kinds/families.h"
#include "kinds/kind.h"
#include "kinds/text.h"
#include "kinds/word.h"
#include "model/errors.h"
#include "model/hold.h"
#include "object/blank.h"
#include "object/block.h"
#include "object/value.h"
#include "pool/column.h"
#include "pool/pool.h"
#include "pool/reference.h"
#include "pool/zone.h"
#include "runtime/memory.h"

/* ---- small helpers ---- */

static int error_outside(const Pool *self, const cb_pool_field *field, size_t row,
                         const char *what) {
    PyErr_Format(PyExc_ValueError, "%s.%U: row %zu of the column holds %s",
                 self->cls->type->tp_name, field->field->name, row, what);
    return -1;
}

/* ---- from an object, or a converted value, to a row ---- */

/* What an object keeps in a packed field that is set, not null and not a text. Its references stay
 * with the object. */
static inline void value_of(const cb_field *f, const char *object, cb_value *value) {
    const cs_kind_info *kind = &cs_kinds[f->kind];
    if (kind->form == CS_FORM_BIT) {
        value->u = (*((const uint8_t *)object + f->state_byte) & f->value_mask) != 0;
    } else {
        cb_value_load(value, kind, object + f->offset, kind->size);
    }
}

/* Can the column keep the value? Gives it the form that it has in a column, and makes a column of
 * codes wide enough. -1 and an error. */
static int fit(Pool *self, const cb_pool_field *field, cb_value *value) {
    const cb_field *f = field->field;
    int utc = -1;
    if (!field->checked) { return 0; }
    if (cb_pool_grows(f)) { return cb_pool_widen(self, field->column, value->u); }
    if (cb_ops_of(f)->to_column(self->cls, f, value, &utc) < 0) { return -1; }
    return utc < 0 ? 0 : cb_pool_zone(self, field, utc);
}

/* The value, in the form of a column, into a row. The column is writable. */
static inline void put_value(const cb_pool_field *field, size_t row, const cb_value *value) {
    cs_column *column = field->at;
    cb_value_store(value, column->data + row * column->width, column->width);
    if (column->nullable) { cs_column_set_valid(column, row, 1); }
}

static cs_status put_null(Pool *self, const cb_pool_field *field, size_t row) {
    cs_column *column = field->at;
    if (column->sort == CS_COLUMN_TEXT) {
        cs_status status = cs_column_set_text(column, row, self->core.rows, NULL, 0);
        if (status != CS_OK) { return status; }
    }
    cs_column_set_valid(column, row, 0);
    memset(column->data + row * column->width, 0, column->width);
    return CS_OK;
}

/* Of a field of kind int: is the value in the word itself? Most are, and each of them fits. */
static inline int is_small_int(const cb_field *f, PyObject *object) {
    return f->kind == CS_INT && cb_word_pointer(cb_at(object, f->offset)) == NULL;
}

/* Of a field of categories: has the column room for the code? As a rule it has. */
static inline int is_narrow_code(const cb_pool_field *field, PyObject *object) {
    return field->kind == CS_CATEGORY &&
           cs_load_unsigned(cb_at(object, field->field->offset), 4) >> (8 * field->at->width) == 0;
}

int cb_pool_check_object(Pool *self, PyObject *object) {
    cb_class *cls = self->cls;
    const int blanks = cb_has_blanks(cls); /* otherwise a plain field has a value */
    for (uint32_t i = blanks ? 0 : self->plain_end; i < self->packed_end; i++) {
        const cb_pool_field *field = &self->fields[self->order[i]];
        const cb_field *f = field->field;
        if (cb_is_unset(cls, f, object)) {
            cb_error_unset(cls, f);
            return -1;
        }
        if (field->checked && !is_small_int(f, object) && !is_narrow_code(field, object) &&
            !cb_is_null(f, (char *)object)) {
            cb_value value;
            value_of(f, (char *)object, &value);
            if (fit(self, field, &value) < 0) { return -1; }
        }
    }
    return 0;
}

static cs_status put_text(Pool *self, const cb_pool_field *field, size_t row, const char *data,
                          size_t size) {
    cs_column *column = cb_pool_column(self, field->column);
    cs_status status = cs_column_set_text(column, row, self->core.rows, data, size);
    if (status == CS_OK && column->nullable) { cs_column_set_valid(column, row, 1); }
    return status;
}

static inline void put_plain(const cb_pool_field *field, size_t row, PyObject *object) {
    cs_copy_value(field->at->data + row * field->plain, cb_at(object, field->field->offset),
                  field->plain);
}

/* A packed field that has a value or is null. The object was checked, so only a text can fail, for
 * want of memory. */
static cs_status put_field(Pool *self, const cb_pool_field *field, size_t row, PyObject *object) {
    const cb_field *f = field->field;
    cs_column *column = field->at;
    if (column->nullable && cb_is_null(f, (char *)object)) { return put_null(self, field, row); }
    if (field->same != 0) {
        cs_copy_value(column->data + row * field->same, cb_at(object, f->offset), field->same);
        if (column->nullable) { cs_column_set_valid(column, row, 1); }
        return CS_OK;
    }
    if (column->sort == CS_COLUMN_TEXT) {
        const cs_text text = cs_text_get(&self->cls->text, object, f->text);
        return put_text(self, field, row, text.data, text.size);
    }
    if (f->value_mask != 0) { /* a bool */
        column->data[row] = (*(uint8_t *)cb_at(object, f->state_byte) & f->value_mask) != 0;
        if (column->nullable) { cs_column_set_valid(column, row, 1); }
        return CS_OK;
    }
    if (is_small_int(f, object)) {
        const int64_t number = cs_load_signed(cb_at(object, f->offset), 8) >> 1;
        memcpy(column->data + row * 8, &number, 8);
        if (column->nullable) { cs_column_set_valid(column, row, 1); }
        return CS_OK;
    }
    const cb_kind_ops *ops = cb_ops_of(f);
    cb_value value;
    int utc;
    value_of(f, (char *)object, &value);
    if (ops->to_column != NULL) { (void)ops->to_column(self->cls, f, &value, &utc); }
    put_value(field, row, &value);
    return CS_OK;
}

/* All packed fields; the caller puts the references. */
static cs_status put_packed(Pool *self, size_t row, PyObject *object) {
    for (uint32_t i = 0; i < self->plain_end; i++) {
        put_plain(&self->fields[self->order[i]], row, object);
    }
    for (uint32_t i = self->plain_end; i < self->packed_end; i++) {
        const cs_status status = put_field(self, &self->fields[self->order[i]], row, object);
        if (status != CS_OK) { return status; }
    }
    return CS_OK;
}

int cb_pool_put_object(Pool *self, size_t row, PyObject *object) {
    cs_status status = put_packed(self, row, object);
    if (status != CS_OK) { return cb_pool_error(self, status); }
    for (uint32_t i = self->packed_end; i < self->stored_end; i++) {
        const cb_pool_field *field = &self->fields[self->order[i]];
        cb_reference_store(field->at, row,
                           cb_reference(Py_XNewRef(*cb_pointer_at(object, field->field->offset))));
    }
    return 0;
}

int cb_pool_replace_object(Pool *self, size_t row, PyObject *object, PyObject **dropped) {
    cb_class *cls = self->cls;
    /* What can fail comes first: columns that an export shares, and room for the texts. */
    for (uint32_t k = 0; k < self->core.count; k++) {
        if (cb_pool_writable(self, k, row) < 0) { return -1; }
    }
    for (uint32_t i = 0; cls->text.count != 0 && i < cls->field_count; i++) {
        const cb_pool_field *field = &self->fields[i];
        if (field->kind != CS_UTF8 || field->column == CB_NO_COLUMN ||
            cb_is_null(field->field, (char *)object)) {
            continue;
        }
        cs_text text = cs_text_get(&cls->text, object, field->field->text);
        cs_status status =
            cs_textheap_reserve(&cb_pool_column(self, field->column)->heap, text.size);
        if (status != CS_OK) { return cb_pool_error(self, status); }
    }
    cs_status status = put_packed(self, row, object);
    if (status != CS_OK) { return cb_pool_error(self, status); }
    uint32_t held = 0;
    for (uint32_t i = self->packed_end; i < self->stored_end; i++) {
        const cb_pool_field *field = &self->fields[self->order[i]];
        dropped[held++] = cb_reference_owned(cb_reference_load(field->at, row));
        cb_reference_store(field->at, row,
                           cb_reference(Py_XNewRef(*cb_pointer_at(object, field->field->offset))));
    }
    return 0;
}

/* ---- one value ---- */

/* A converted value into the row. No user code runs until references are dropped. */
static int put_converted(Pool *self, const cb_pool_field *field, size_t row, cb_value *value) {
    const cb_field *f = field->field;
    cb_value kept = *value; /* in the form of an object: its reference is dropped at the end */
    int result = fit(self, field, value);
    if (result == 0) { result = cb_pool_writable(self, field->column, row); }
    if (result == 0) { put_value(field, row, value); }
    cb_value_clear(f, &kept);
    return result;
}

static int put_reference(const cb_pool_field *field, size_t row, const cb_value *value) {
    PyObject *old = cb_reference_owned(cb_reference_load(field->at, row));
    cb_reference_store(field->at, row, cb_reference(value->object));
    Py_XDECREF(old);
    return 0;
}

static int put_str(Pool *self, const cb_pool_field *field, const size_t *row, PyObject *str) {
    PyObject *keep = NULL;
    cs_text text;
    int result = cb_text_of(str, &text, &keep);
    if (result == 0 && *row == CB_ROW_STALE) {
        result = cb_row_error_stale(self->row_class);
    } else if (result == 0 && (result = cb_pool_writable(self, field->column, *row)) == 0) {
        result = cb_pool_error(self, put_text(self, field, *row, text.data, text.size));
    }
    Py_XDECREF(keep);
    return result;
}

int cb_pool_store(Pool *self, const cb_pool_field *field, const size_t *row, PyObject *value) {
    const cb_field *f = field->field;
    cb_value converted;
    int held = 0;
    if (field->at->sort == CS_COLUMN_TEXT && PyUnicode_CheckExact(value)) { /* the common text */
        return put_str(self, field, row, value);
    }
    const int null = cb_convert(self->cls, f, value, &converted, &held);
    if (held) { cb_class_let_go(self->cls); }
    if (null < 0) { return -1; }
    /* From here on no user code runs. */
    if (!null && field->at->sort == CS_COLUMN_TEXT) {
        const int result = put_str(self, field, row, converted.object);
        Py_DECREF(converted.object);
        return result;
    }
    if (*row == CB_ROW_STALE) {
        if (!null) { cb_value_clear(f, &converted); }
        return cb_row_error_stale(self->row_class);
    }
    if (null) {
        return cb_pool_writable(self, field->column, *row) < 0
                   ? -1
                   : cb_pool_error(self, put_null(self, field, *row));
    }
    return field->at->sort == CS_COLUMN_POINTER ? put_reference(field, *row, &converted)
                                                : put_converted(self, field, *row, &converted);
}

int cb_pool_delete(Pool *self, const cb_pool_field *field, const size_t *row) {
    const cb_field *f = field->field;
    if (f->default_value != NULL && !cb_deleted_by_mock()) {
        return cb_pool_store(self, field, row, f->default_value);
    }
    if (f->kind != CS_OBJECT) { return cb_error_delete(self->cls, f); }
    const uintptr_t old = cb_reference_load(field->at, *row);
    if (old == CB_REFERENCE_UNSET) {
        cb_error_unset(self->cls, f);
        return -1;
    }
    cb_reference_store(field->at, *row, CB_REFERENCE_UNSET);
    Py_XDECREF(cb_reference_owned(old));
    return 0;
}

/* The value of a row, which is valid and not a text, in the form of an object. -1 and an error:
 * what the column holds came from outside, and is not a value. */
static int load_value(Pool *self, const cb_pool_field *field, size_t row, cb_value *value) {
    const cb_field *f = field->field;
    const cb_kind_ops *ops = cb_ops_of(f);
    const cs_column *column = field->at;
    const char *what;
    cb_value_load(value, &cs_kinds[f->kind], column->data + row * column->width, column->width);
    if (ops->from_column == NULL) { return 0; }
    const int is_utc = self->zones[field->column] == CB_ZONE_UTC;
    const int result = ops->from_column(f, value, is_utc, &what);
    return result > 0 ? error_outside(self, field, row, what) : result;
}

PyObject *cb_pool_read(Pool *self, const cb_pool_field *field, size_t row) {
    const cb_field *f = field->field;
    const cs_column *column = field->at;
    if (!cs_column_is_valid(column, row)) { Py_RETURN_NONE; }
    if (column->sort == CS_COLUMN_POINTER) {
        PyObject *value = cb_reference_object(cb_reference_load(column, row));
        if (value != NULL) { return Py_NewRef(value); }
        return self->cls->flags & CB_CLASS_DATACLASS && f->default_value != NULL
                   ? Py_NewRef(f->default_value)
                   : cb_error_unset(self->cls, f);
    }
    if (column->sort == CS_COLUMN_TEXT) {
        cs_text text;
        if (cs_column_text(column, row, &text) < 0) {
            error_outside(self, field, row, "a text that lies outside its buffer");
            return NULL;
        }
        return cb_text_str(text);
    }
    cb_value value;
    if (load_value(self, field, row, &value) < 0) { return NULL; }
    PyObject *boxed = cb_ops_of(f)->box(self->cls, f, &value);
    cb_value_clear(f, &value);
    return boxed;
}

/* ---- a record as an object ---- */

/* The value of a row, which is valid and not a text, into the bytes of an object. */
static int take_field(Pool *self, const cb_pool_field *field, size_t row, PyObject *object) {
    const cb_field *f = field->field;
    const cs_kind_info *kind = &cs_kinds[f->kind];
    cb_value value;
    if (field->trusted != 0) {
        const uint8_t *from = field->at->data + row * field->trusted;
        cs_copy_value(cb_at(object, f->offset), from, field->trusted);
        return 0;
    }
    if (f->kind == CS_INT) { /* most are small */
        const int64_t number = cs_load_signed(field->at->data + row * 8, 8);
        if (cb_word_fits(number)) {
            cs_store_word(cb_at(object, f->offset), 8, (uint64_t)cb_word_of(number));
            return 0;
        }
    }
    if (load_value(self, field, row, &value) < 0) { return -1; }
    if (kind->form == CS_FORM_BIT) {
        if (value.u) { *(uint8_t *)cb_at(object, f->state_byte) |= f->value_mask; }
    } else {
        cb_value_store(&value, cb_at(object, f->offset), kind->size);
    }
    return 0;
}

/* The texts of a row, by their numbers, and the bytes of all. */
static int find_texts(Pool *self, size_t row, cs_text *texts, size_t *bytes) {
    *bytes = 0;
    for (uint32_t i = 0; self->cls->text.count != 0 && i < self->cls->field_count; i++) {
        const cb_pool_field *field = &self->fields[i];
        if (field->kind != CS_UTF8) { continue; }
        cs_text *text = &texts[field->field->text];
        *text = (cs_text){NULL, 0};
        if (field->column == CB_NO_COLUMN ||
            !cs_column_is_valid(cb_pool_column(self, field->column), row)) {
            continue;
        }
        if (cs_column_text(cb_pool_column(self, field->column), row, text) < 0) {
            return error_outside(self, field, row, "a text that lies outside its buffer");
        }
        *bytes += text->size;
    }
    return 0;
}

/* On 3.11 the collector may run when an object is allocated, and what it runs may change the pool.
 * The texts are found again then. */
static PyObject *allocate_object(Pool *self, const size_t *row, cs_text *texts) {
    size_t bytes;
    if (find_texts(self, *row, texts, &bytes) < 0) { return NULL; }
    PyObject *object = cb_object_alloc(self->cls, bytes);
    if (object == NULL || !CB_ALLOCATION_COLLECTS || !(self->cls->flags & CB_CLASS_TRACKED)) {
        return object;
    }
    if (*row == CB_ROW_STALE) {
        cb_row_error_stale(self->row_class);
    } else if (*row >= self->core.rows) {
        PyErr_Format(PyExc_IndexError, "Pool of %s: row %zu is gone", self->cls->type->tp_name,
                     *row);
    } else if (find_texts(self, *row, texts, &bytes) == 0) {
        return object;
    }
    cb_object_discard(object);
    return NULL;
}

PyObject *cb_pool_object(Pool *self, const size_t *place) {
    cb_class *cls = self->cls;
    enum { FEW = 8 };
    cs_text few[FEW], *texts = few;
    if (cls->text.count > FEW && (texts = PyMem_Malloc(cls->text.count * sizeof *texts)) == NULL) {
        return PyErr_NoMemory();
    }
    PyObject *object = allocate_object(self, place, texts);
    if (object == NULL) { goto done; }
    const size_t row = *place; /* no user code runs any more */
    if (cls->text.count != 0) {
        cs_status status = cs_text_set_all(&cls->text, object, &cb_python_allocator, texts);
        if (status != CS_OK) {
            cb_error_status(status);
            goto failed;
        }
    }
    for (uint32_t i = 0; i < cls->field_count; i++) {
        const cb_pool_field *field = &self->fields[i];
        const cb_field *f = field->field;
        if (field->column == CB_NO_COLUMN) {
            if (cb_mark_unset(cls, f, object) < 0) { goto failed; }
        } else if (cs_kind_is_pointer((cs_kind)f->kind)) {
            *cb_pointer_at(object, f->offset) =
                Py_XNewRef(cb_reference_object(cb_reference_load(field->at, row)));
        } else if (!cs_column_is_valid(cb_pool_column(self, field->column), row)) {
            if (cs_kinds[f->kind].form == CS_FORM_WORD) {
                cb_word_put_none(cb_at(object, f->offset));
            } else {
                *(uint8_t *)cb_at(object, f->state_byte) |= f->null_mask;
            }
        } else if (f->kind != CS_UTF8 && take_field(self, field, row, object) < 0) {
            goto failed;
        }
    }
    cb_object_track(cls, object);
    goto done;
failed:
    cb_object_discard(object);
    object = NULL;
done:
    if (texts != few) { PyMem_Free(texts); }
    return object;
}
