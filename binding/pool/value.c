/* pool/value.c: between Python values, objects of the record class, and columns.
 *
 *   value  --cs_store-->  scratch (bytes like an object's)  --put-->  column           all checks and errors are those of objects
 *   object -----------------------------------------------  put --->  column
 *   object <----------------------------------------------  take ---  column
 *
 *   kind                  in an object                               in a column
 *   bool                  one bit                                    one byte
 *   int                   word (63 bits, or a pointer)               int64; a larger one is refused
 *   utf8                  bytes in the tail                          a view (textheap.h)
 *   category              4-byte code                                code of 1, 2 or 4 bytes
 *   date, datetime        days, microseconds since the year 1        since 1970, as Arrow and NumPy count
 *   references            a counted pointer                          the same
 *   all else              as many bytes, the same ones
 *
 * What lies in a column may come from outside (an array that NumPy wrote, a mapped file): codes, members and moments are checked when they are read.
 */
#include "pool/value.h"
#include "kinds/category.h"
#include "kinds/choice.h"
#include "kinds/times.h"
#include "model/errors.h"
#include "object/blank.h"
#include "object/object_type.h"
#include "object/value.h"
#include "pool/column.h"
#include "pool/moment.h"
#include "pool/pool.h"
#include "pool/reference.h"
#include "runtime/memory.h"

/* ---- small helpers ---- */

static int error_outside(const Pool *self, const cs_pool_field *field, size_t row,
                         const char *what) {
    PyErr_Format(PyExc_ValueError, "%s.%U: row %zu of the column holds %s",
                 self->cls->type->tp_name, field->field->name, row, what);
    return -1;
}

static inline int64_t load_signed(const uint8_t *at, size_t size) {
    int64_t wide;
    int32_t narrow;
    if (size == 4) {
        memcpy(&narrow, at, 4);
        return narrow;
    }
    memcpy(&wide, at, 8);
    return wide;
}

/* ---- from an object, or the scratch, to a row ---- */

/* A packed field that has a value or is null: its bytes into the row. The column is writable, the code fits, the zone is right; only a text can fail, for want of memory. */
static cs_status put_field(Pool *self, const cs_pool_field *field, size_t row, const char *object) {
    const cs_field *f = field->field;
    cs_column *column = cs_pool_column(self, field->column);
    const char *at = object + f->offset;
    const uint8_t state = *((const uint8_t *)object + f->state_byte);
    uint8_t *to = column->data + row * column->width;
    if (column->nullable) {
        const int null = cs_is_null(f, object);
        if (null && f->kind == CS_UTF8) {
            cs_status status = cs_column_set_text(column, row, self->core.rows, NULL, 0);
            if (status != CS_OK) { return status; }
        }
        cs_column_set_valid(column, row, !null);
        if (null) {
            memset(column->data + row * column->width, 0, column->width);
            return CS_OK;
        }
    }
    switch ((cs_kind)f->kind) {
    case CS_BOOL: *to = (state & f->value_mask) != 0; break;
    case CS_INT: {
        int64_t word;
        memcpy(&word, at, 8);
        word >>= 1;
        memcpy(to, &word, 8);
        break;
    }
    case CS_CATEGORY: {
        uint32_t code;
        memcpy(&code, at, 4);
        cs_code_store(column->data, row, column->width, code);
        break;
    }
    case CS_DATE: {
        const int32_t days =
            (int32_t)cs_pool_time_unpack(CS_DATE, load_signed((const uint8_t *)at, 4));
        memcpy(to, &days, 4);
        break;
    }
    case CS_DATETIME: {
        const int64_t moment =
            cs_pool_time_unpack(CS_DATETIME, load_signed((const uint8_t *)at, 8));
        memcpy(to, &moment, 8);
        break;
    }
    default:
        switch (column->width) {
        case 1: *to = *(const uint8_t *)at; break;
        case 2: memcpy(to, at, 2); break;
        case 4: memcpy(to, at, 4); break;
        default: memcpy(to, at, 8);
        }
    }
    return CS_OK;
}

/* Can the value of this packed field, set and not null, go into the column? */
static int check_field(Pool *self, const cs_pool_field *field, const char *object) {
    const cs_field *f = field->field;
    if (f->kind == CS_CATEGORY) {
        uint32_t code;
        memcpy(&code, object + f->offset, 4);
        return cs_pool_widen(self, field->column, code);
    }
    if (f->kind == CS_TIMEDELTA) { /* Arrow's and NumPy's NaT has the number of this one */
        int64_t number;
        memcpy(&number, object + f->offset, 8);
        if (number != INT64_MIN) { return 0; }
        PyErr_Format(cs_range_error(self->cls->state),
                     "%s.%U: timedelta(microseconds=-2**63) is NaT in the column of a Pool; "
                     "annotate the field as object",
                     self->cls->type->tp_name, f->name);
        return -1;
    }
    if (f->kind == CS_INT) {
        PyObject *big = cs_word_pointer(object + f->offset);
        if (big == NULL) { return 0; }
        /* 63 bits fit into the word, 64 into the column */
        int overflow;
        if (!PyLong_CheckExact(big)) { return cs_error_subclass(self->cls, f, big, "int"); }
        (void)PyLong_AsLongLongAndOverflow(big, &overflow);
        if (overflow == 0) { return 0; }
        Py_INCREF(big); /* its __repr__ may be the user's */
        PyErr_Format(
            cs_range_error(self->cls->state),
            "%s.%U: %R does not fit the int64 column of a Pool; annotate the field as object",
            self->cls->type->tp_name, f->name, big);
        Py_DECREF(big);
        return -1;
    }
    if (f->kind == CS_DATETIME) {
        const int64_t packed = load_signed((const uint8_t *)object + f->offset, 8);
        if (packed & 2) {
            PyErr_Format(
                PyExc_ValueError,
                "%s.%U: a Pool does not keep the fold of a datetime; replace(fold=0) drops it",
                self->cls->type->tp_name, f->name);
            return -1;
        }
        return cs_pool_zone(self, field, (int)(packed & 1));
    }
    return 0;
}

int cs_pool_check_object(Pool *self, PyObject *object) {
    cs_class *cls = self->cls;
    const int blanks = cs_has_blanks(cls); /* otherwise a plain field has a value */
    for (uint32_t i = blanks ? 0 : self->plain_end; i < self->packed_end; i++) {
        const cs_pool_field *field = &self->fields[self->order[i]];
        const cs_field *f = field->field;
        if (cs_is_unset(cls, f, object)) {
            cs_error_unset(cls, f);
            return -1;
        }
        const uint8_t kind = f->kind;
        if ((kind == CS_CATEGORY || kind == CS_INT || kind == CS_DATETIME ||
             kind == CS_TIMEDELTA) &&
            !cs_is_null(f, (char *)object) && check_field(self, field, (char *)object) < 0) {
            return -1;
        }
    }
    return 0;
}

/* An int whose word is a pointer, but which fits the column. */
static void put_big(Pool *self, const cs_pool_field *field, size_t row, PyObject *big) {
    int overflow;
    const int64_t number = PyLong_AsLongLongAndOverflow(big, &overflow);
    memcpy(cs_pool_column(self, field->column)->data + row * 8, &number, 8);
}

static cs_status put_text(Pool *self, const cs_pool_field *field, size_t row, const char *data,
                          size_t size) {
    cs_column *column = cs_pool_column(self, field->column);
    cs_status status = cs_column_set_text(column, row, self->core.rows, data, size);
    if (status == CS_OK && column->nullable) { cs_column_set_valid(column, row, 1); }
    return status;
}

static inline void put_plain(const cs_pool_field *field, size_t row, PyObject *object) {
    const void *at = cs_at(object, field->field->offset);
    uint8_t *data = field->at->data;
    switch (field->plain) {
    case 1: memcpy(data + row, at, 1); break;
    case 2: memcpy(data + row * 2, at, 2); break;
    case 4: memcpy(data + row * 4, at, 4); break;
    default: memcpy(data + row * 8, at, 8);
    }
}

/* All packed fields; pointers are the caller's. */
static cs_status put_packed(Pool *self, size_t row, PyObject *object) {
    const cs_class *cls = self->cls;
    for (uint32_t i = 0; i < self->plain_end; i++) {
        put_plain(&self->fields[self->order[i]], row, object);
    }
    for (uint32_t i = self->plain_end; i < self->packed_end; i++) {
        const cs_pool_field *field = &self->fields[self->order[i]];
        const cs_field *f = field->field;
        cs_status status;
        if (f->kind == CS_UTF8 && !cs_is_null(f, (char *)object)) {
            cs_text text = cs_text_get(&cls->text, object, f->text);
            status = put_text(self, field, row, text.data, text.size);
        } else {
            status = put_field(self, field, row, (char *)object);
            if (f->kind == CS_INT && !cs_is_null(f, (char *)object)) {
                PyObject *big = cs_word_pointer((char *)object + f->offset);
                if (big != NULL) { put_big(self, field, row, big); }
            }
        }
        if (status != CS_OK) { return status; }
    }
    return CS_OK;
}

int cs_pool_put_object(Pool *self, size_t row, PyObject *object) {
    cs_status status = put_packed(self, row, object);
    if (status != CS_OK) { return cs_pool_error(self, status); }
    for (uint32_t i = self->packed_end; i < self->stored_end; i++) {
        const cs_pool_field *field = &self->fields[self->order[i]];
        cs_reference_store(field->at, row,
                           cs_reference(Py_XNewRef(*cs_pointer_at(object, field->field->offset))));
    }
    return 0;
}

int cs_pool_replace_object(Pool *self, size_t row, PyObject *object, PyObject **dropped) {
    cs_class *cls = self->cls;
    /* What can fail comes first: columns that an export shares, and room for the texts. */
    for (uint32_t k = 0; k < self->core.count; k++) {
        if (cs_pool_writable(self, k, row) < 0) { return -1; }
    }
    for (uint32_t i = 0; cls->text.count != 0 && i < cls->field_count; i++) {
        const cs_pool_field *field = &self->fields[i];
        if (field->kind != CS_UTF8 || field->column == CS_NO_COLUMN ||
            cs_is_null(field->field, (char *)object)) {
            continue;
        }
        cs_text text = cs_text_get(&cls->text, object, field->field->text);
        cs_status status =
            cs_textheap_reserve(&cs_pool_column(self, field->column)->heap, text.size);
        if (status != CS_OK) { return cs_pool_error(self, status); }
    }
    cs_status status = put_packed(self, row, object);
    if (status != CS_OK) { return cs_pool_error(self, status); }
    uint32_t held = 0;
    for (uint32_t i = self->packed_end; i < self->stored_end; i++) {
        const cs_pool_field *field = &self->fields[self->order[i]];
        dropped[held++] = cs_reference_owned(cs_reference_load(field->at, row));
        cs_reference_store(field->at, row,
                           cs_reference(Py_XNewRef(*cs_pointer_at(object, field->field->offset))));
    }
    return 0;
}

/* ---- one value ---- */

static int store_pointer(Pool *self, const cs_pool_field *field, const size_t *row,
                         PyObject *value) {
    PyObject **kept = (PyObject **)(void *)(self->scratch + field->field->offset);
    if (cs_store(self->cls, field->field, (PyObject *)(void *)self->scratch, value) < 0) {
        return -1;
    }
    PyObject *taken = *kept;
    *kept = NULL;
    if (*row == CS_ROW_STALE) {
        Py_XDECREF(taken);
        return cs_row_error_stale(self->row_class);
    }
    PyObject *old = cs_reference_owned(cs_reference_load(field->at, *row));
    cs_reference_store(field->at, *row, cs_reference(taken));
    Py_XDECREF(old);
    return 0;
}

static int store_text(Pool *self, const cs_pool_field *field, const size_t *row, PyObject *value) {
    PyObject *str = cs_text_check_value(self->cls, field->field, value), *keep = NULL;
    cs_text text;
    int result = str == NULL ? -1 : cs_text_of(str, &text, &keep);
    if (result == 0) {
        if (*row == CS_ROW_STALE) {
            result = cs_row_error_stale(self->row_class);
        } else if ((result = cs_pool_writable(self, field->column, *row)) == 0) {
            result = cs_pool_error(self, put_text(self, field, *row, text.data, text.size));
        }
    }
    Py_XDECREF(keep);
    Py_XDECREF(str);
    return result;
}

int cs_pool_store(Pool *self, const cs_pool_field *field, const size_t *row, PyObject *value) {
    const cs_field *f = field->field;
    if (cs_kind_is_pointer((cs_kind)f->kind)) { return store_pointer(self, field, row, value); }
    if (f->kind == CS_UTF8 && !(Py_IsNone(value) && f->flags & CS_FIELD_NULLABLE)) {
        return store_text(self, field, row, value);
    }
    char *scratch = self->scratch;
    if (f->kind == CS_UTF8) { /* None */
        *((uint8_t *)scratch + f->state_byte) |= f->null_mask;
    } else if (cs_store(self->cls, f, (PyObject *)(void *)scratch, value) < 0) {
        return -1;
    }
    /* From here on nothing of the user's runs: the scratch is ours. */
    int result = *row == CS_ROW_STALE ? cs_row_error_stale(self->row_class) : 0;
    const int null = cs_is_null(f, scratch);
    if (result == 0 && !null) { result = check_field(self, field, scratch); }
    if (result == 0) { result = cs_pool_writable(self, field->column, *row); }
    if (result == 0) {
        result = cs_pool_error(self, put_field(self, field, *row, scratch));
        PyObject *big = f->kind == CS_INT && !null ? cs_word_pointer(scratch + f->offset) : NULL;
        if (result == 0 && big != NULL) { put_big(self, field, *row, big); }
    }
    PyObject *kept = f->kind == CS_INT ? cs_word_pointer(scratch + f->offset) : NULL;
    if (f->kind == CS_INT) { memset(scratch + f->offset, 0, 8); }
    *((uint8_t *)scratch + f->state_byte) = 0;
    Py_XDECREF(kept);
    return result;
}

int cs_pool_delete(Pool *self, const cs_pool_field *field, const size_t *row) {
    const cs_field *f = field->field;
    if (f->default_value != NULL && !cs_deleted_by_mock()) {
        return cs_pool_store(self, field, row, f->default_value);
    }
    if (f->kind != CS_OBJECT) { return cs_error_delete(self->cls, f); }
    const uintptr_t old = cs_reference_load(field->at, *row);
    if (old == CS_REFERENCE_UNSET) {
        cs_error_unset(self->cls, f);
        return -1;
    }
    cs_reference_store(field->at, *row, CS_REFERENCE_UNSET);
    Py_XDECREF(cs_reference_owned(old));
    return 0;
}

PyObject *cs_pool_read(Pool *self, const cs_pool_field *field, size_t row) {
    const cs_field *f = field->field;
    const cs_column *column = cs_pool_column(self, field->column);
    const uint8_t *at = column->data + row * column->width;
    cs_state *state = self->cls->state;
    if (!cs_column_is_valid(column, row)) { Py_RETURN_NONE; }
    switch ((cs_kind)f->kind) {
    case CS_OBJECT:
    case CS_STR:
    case CS_BYTES:
    case CS_STRUCT: {
        PyObject *value = cs_reference_object(cs_reference_load(column, row));
        if (value != NULL) { return Py_NewRef(value); }
        return self->cls->flags & CS_CLASS_DATACLASS && f->default_value != NULL
                   ? Py_NewRef(f->default_value)
                   : cs_error_unset(self->cls, f);
    }
    case CS_UTF8: {
        cs_text text;
        if (cs_column_text(column, row, &text) < 0) {
            error_outside(self, field, row, "a text that lies outside its buffer");
            return NULL;
        }
        return cs_text_str(text);
    }
    case CS_UINT64: return PyLong_FromUnsignedLongLong(CS_COLUMN_LOAD(uint64_t, column->data, row));
    case CS_CHOICE8:
    case CS_CHOICE16: {
        const uint32_t code = cs_pool_code(column, row);
        if (f->argument == NULL) { return cs_error_unset(self->cls, f); }
        if (code >= (size_t)PyTuple_GET_SIZE(f->argument)) {
            error_outside(self, field, row, "a code that stands for no member");
            return NULL;
        }
        return Py_NewRef(PyTuple_GET_ITEM(f->argument, (Py_ssize_t)code));
    }
    case CS_FLAG8: return cs_flag_member(self->cls, f, *at);
    case CS_FLAG16:
        return cs_flag_member(self->cls, f, CS_COLUMN_LOAD(uint16_t, column->data, row));
    case CS_FLAG32:
        return cs_flag_member(self->cls, f, CS_COLUMN_LOAD(uint32_t, column->data, row));
    case CS_FLAG64:
        return cs_flag_member(self->cls, f, CS_COLUMN_LOAD(uint64_t, column->data, row));
    case CS_DATE:
    case CS_DATETIME:
    case CS_TIMEDELTA: {
        int64_t packed;
        if (cs_pool_time_pack((cs_kind)f->kind, load_signed(at, column->width),
                              self->zones[field->column] == CS_ZONE_UTC, &packed) < 0) {
            error_outside(self, field, row, "a number that stands for no such time (NaT?)");
            return NULL;
        }
        return cs_times_unpack(state, (cs_kind)f->kind, packed);
    }
    case CS_CATEGORY:
        error_outside(self, field, row, "a code that stands for no category");
        return NULL;
    default: return cs_pool_read_inline(self, field, row);
    }
}

/* ---- a record as an object ---- */

/* A packed field, valid, of the row into the bytes of an object; no text. */
static int take_field(Pool *self, const cs_pool_field *field, size_t row, PyObject *object) {
    const cs_field *f = field->field;
    const cs_column *column = cs_pool_column(self, field->column);
    const uint8_t *from = column->data + row * column->width;
    char *at = cs_at(object, f->offset);
    switch ((cs_kind)f->kind) {
    case CS_BOOL:
        if (*from) { *(uint8_t *)cs_at(object, f->state_byte) |= f->value_mask; }
        return 0;
    case CS_INT: {
        const int64_t number = load_signed(from, 8);
        int64_t word = cs_word_of(number);
        if (!cs_word_fits(number)) {
            PyObject *big = PyLong_FromLongLong(number);
            if (big == NULL) { return -1; }
            word = (int64_t)(intptr_t)big;
        }
        memcpy(at, &word, 8);
        return 0;
    }
    case CS_CATEGORY: {
        const uint32_t code = cs_pool_code(column, row);
        if (code >= (size_t)PyList_GET_SIZE(((Category *)f->argument)->texts)) {
            return error_outside(self, field, row, "a code that stands for no category");
        }
        memcpy(at, &code, 4);
        return 0;
    }
    case CS_CHOICE8:
    case CS_CHOICE16:
        if (f->argument == NULL ||
            cs_pool_code(column, row) >= (size_t)PyTuple_GET_SIZE(f->argument)) {
            return error_outside(self, field, row, "a code that stands for no member");
        }
        break;
    case CS_DATE:
    case CS_DATETIME:
    case CS_TIMEDELTA: {
        int64_t packed;
        if (cs_pool_time_pack((cs_kind)f->kind, load_signed(from, column->width),
                              self->zones[field->column] == CS_ZONE_UTC, &packed) < 0) {
            return error_outside(self, field, row, "a number that stands for no such time (NaT?)");
        }
        if (f->kind == CS_DATE) {
            const int32_t ordinal = (int32_t)packed;
            memcpy(at, &ordinal, 4);
        } else {
            memcpy(at, &packed, 8);
        }
        return 0;
    }
    default: break;
    }
    memcpy(at, from, column->width);
    return 0;
}

/* The texts of a row, by their numbers, and the bytes of all. */
static int find_texts(Pool *self, size_t row, cs_text *texts, size_t *bytes) {
    *bytes = 0;
    for (uint32_t i = 0; self->cls->text.count != 0 && i < self->cls->field_count; i++) {
        const cs_pool_field *field = &self->fields[i];
        if (field->kind != CS_UTF8) { continue; }
        cs_text *text = &texts[field->field->text];
        *text = (cs_text){NULL, 0};
        if (field->column == CS_NO_COLUMN ||
            !cs_column_is_valid(cs_pool_column(self, field->column), row)) {
            continue;
        }
        if (cs_column_text(cs_pool_column(self, field->column), row, text) < 0) {
            return error_outside(self, field, row, "a text that lies outside its buffer");
        }
        *bytes += text->size;
    }
    return 0;
}

/* The collector may run when an object is allocated (on 3.11), and what it runs may change the pool: the texts are found again then. */
static PyObject *allocate_object(Pool *self, const size_t *row, cs_text *texts) {
    size_t bytes;
    if (find_texts(self, *row, texts, &bytes) < 0) { return NULL; }
    PyObject *object = cs_object_alloc(self->cls, bytes);
    if (object == NULL || !CS_ALLOCATION_COLLECTS || !(self->cls->flags & CS_CLASS_TRACKED)) {
        return object;
    }
    if (*row == CS_ROW_STALE) {
        cs_row_error_stale(self->row_class);
    } else if (*row >= self->core.rows) {
        PyErr_Format(PyExc_IndexError, "Pool of %s: row %zu is gone", self->cls->type->tp_name,
                     *row);
    } else if (find_texts(self, *row, texts, &bytes) == 0) {
        return object;
    }
    cs_object_discard(object);
    return NULL;
}

PyObject *cs_pool_object(Pool *self, const size_t *place) {
    cs_class *cls = self->cls;
    enum { FEW = 8 };
    cs_text few[FEW], *texts = few;
    if (cls->text.count > FEW && (texts = PyMem_Malloc(cls->text.count * sizeof *texts)) == NULL) {
        return PyErr_NoMemory();
    }
    PyObject *object = allocate_object(self, place, texts);
    if (object == NULL) { goto done; }
    const size_t row = *place; /* nothing of the user's runs any more */
    if (cls->text.count != 0) {
        cs_status status = cs_text_set_all(&cls->text, object, &cs_python_allocator, texts);
        if (status != CS_OK) {
            cs_error_status(status);
            goto failed;
        }
    }
    for (uint32_t i = 0; i < cls->field_count; i++) {
        const cs_pool_field *field = &self->fields[i];
        const cs_field *f = field->field;
        if (field->column == CS_NO_COLUMN) {
            if (cs_mark_unset(cls, f, object) < 0) { goto failed; }
        } else if (cs_kind_is_pointer((cs_kind)f->kind)) {
            *cs_pointer_at(object, f->offset) =
                Py_XNewRef(cs_reference_object(cs_reference_load(field->at, row)));
        } else if (!cs_column_is_valid(cs_pool_column(self, field->column), row)) {
            if (f->kind == CS_INT) {
                cs_word_put_none(cs_at(object, f->offset));
            } else {
                *(uint8_t *)cs_at(object, f->state_byte) |= f->null_mask;
            }
        } else if (f->kind != CS_UTF8 && take_field(self, field, row, object) < 0) {
            goto failed;
        }
    }
    cs_object_track(cls, object);
    goto done;
failed:
    cs_object_discard(object);
    object = NULL;
done:
    if (texts != few) { PyMem_Free(texts); }
    return object;
}
