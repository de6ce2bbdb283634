/* object/build.c: from the values of a constructor call to an object.
 *
 *   values, one a parameter         block of the slab, zeroed          object
 *   [ 1.5 | "ann" | ... ] --------> [header | 0 ... | texts] --------> checked and packed,
 *                                    the texts decide its size         not tracked yet
 *
 * Invariants
 *   - Values are borrowed, one for every parameter.
 *   - No code sees the object before all is stored. If a value is refused, the fields that were not
 *     stored yet are marked unset before the object dies, for a __del__ that looks.
 *   - The plain case is an object of the slab with values of the exact types. Everything else is
 *     out of line: this is the hottest code of all.
 */
#include "object/build.h"
#include "kinds/text.h"
#include "model/errors.h"
#include "object/blank.h"
#include "object/block.h"
#include "object/value.h"
#include "runtime/memory.h"

enum { FEW_TEXTS = 8 };

/* Allocate in line in the common case: few texts, all of them parameters and ASCII, in a block of
 * the slab. NULL without an error: not this case. */
static inline PyObject *allocate_with_ascii(cb_class *cls, PyObject *const *values) {
    cs_text texts[FEW_TEXTS];
    const uint32_t count = cls->text.count;
    size_t total = 0, fixed = cls->fixed_size;
    if (count > FEW_TEXTS || !(cls->flags & CB_CLASS_SLAB)) { return NULL; }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t param = cls->text_params[i];
        PyObject *value = param == UINT32_MAX ? NULL : values[param];
        if (value == NULL || !PyUnicode_CheckExact(value) || !PyUnicode_IS_COMPACT_ASCII(value)) {
            return NULL;
        }
        texts[i] = (cs_text){(const char *)PyUnicode_1BYTE_DATA(value),
                             (size_t)PyUnicode_GET_LENGTH(value)};
        total += texts[i].size;
    }
    size_t size = cs_slab_round(fixed + (total < CS_TEXT_INLINE_MIN ? CS_TEXT_INLINE_MIN : total));
    if (total > CS_SLAB_MAX || size > CS_SLAB_MAX) { return NULL; }
    PyObject *self = cb_object_block(cls, size);
    if (self == NULL) { return NULL; } /* the general way will say so */
    cs_text_set_capacity(&cls->text, self, size - fixed);
    cs_text_fill(&cls->text, self, texts);
    return self;
}

/* The object with its texts, which decide its size; the other fields are to be stored. */
static PyObject *allocate_with_texts(cb_class *cls, PyObject *const *values) {
    cs_text few_texts[FEW_TEXTS], *texts = few_texts;
    PyObject *few_kept[2 * FEW_TEXTS], **kept = few_kept;
    uint32_t count = cls->text.count, kept_count = 0;
    if (count > FEW_TEXTS) {
        texts = PyMem_Malloc(count * (sizeof(cs_text) + 2 * sizeof(PyObject *)));
        if (texts == NULL) { return PyErr_NoMemory(); }
        kept = (PyObject **)(texts + count);
    }
    size_t total = 0;
    PyObject *self = NULL;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t param = cls->text_params[i];
        cs_text *text = &texts[i];
        *text = (cs_text){NULL, 0};
        if (param == UINT32_MAX) { continue; }
        const cb_field *field = cls->params[param].field;
        PyObject *value = values[param];
        if (PyUnicode_CheckExact(value) && PyUnicode_IS_COMPACT_ASCII(value)) {
            *text = (cs_text){(const char *)PyUnicode_1BYTE_DATA(value),
                              (size_t)PyUnicode_GET_LENGTH(value)};
        } else if (!(Py_IsNone(value) && field->flags & CB_FIELD_NULLABLE)) {
            PyObject *str = cb_text_check_value(cls, field, value), *bytes;
            if (str == NULL) { goto done; }
            kept[kept_count++] = str;
            if (cb_text_of(str, text, &bytes) < 0) { goto done; }
            if (bytes != NULL) { kept[kept_count++] = bytes; }
        }
        total += text->size;
    }
    self = cb_object_alloc(cls, total);
    if (self != NULL) {
        cs_status status = CS_OK;
        if (total <= cs_text_word(self, cls->text.capacity)) {
            cs_text_fill(&cls->text, self, texts);
        } else {
            status = cs_text_set_all(&cls->text, self, &cb_python_allocator, texts);
        }
        if (status != CS_OK) {
            cb_error_status(status);
            Py_CLEAR(self);
        }
    }
done:
    while (kept_count > 0) { Py_DECREF(kept[--kept_count]); }
    if (texts != few_texts) { PyMem_Free(texts); }
    return self;
}

/* Store into a zeroed field of an object that no other code has seen. 1: done; 0: not one of the
 * plain cases. */
static inline int store_fresh(const cb_field *field, PyObject *self, PyObject *value) {
    /* Asked for first: a jump through a table would cost as much as the rest. */
    if (field->kind == CS_FLOAT64 && PyFloat_CheckExact(value)) {
        memcpy(cb_at(self, field->offset), &((PyFloatObject *)value)->ob_fval, sizeof(double));
        return 1;
    }
    /* A switch over the kind outside kinds/: the fresh object has nothing to release, and a call
     * through the table of families would cost more than the store. */
    switch ((cs_kind)field->kind) {
    case CS_STR:
        if (!PyUnicode_CheckExact(value) &&
            !(Py_IsNone(value) && field->flags & CB_FIELD_NULLABLE)) {
            return 0;
        }
        *cb_pointer_at(self, field->offset) = Py_NewRef(value);
        return 1;
    case CS_OBJECT:
        if (field->flags & CB_FIELD_DEFERRED) { return 0; }
        *cb_pointer_at(self, field->offset) = Py_NewRef(value);
        return 1;
    case CS_UTF8: /* the bytes are there already */
        if (Py_IsNone(value) && field->flags & CB_FIELD_NULLABLE) {
            *(uint8_t *)cb_at(self, field->state_byte) |= field->null_mask;
        }
        return 1;
    default: return cb_store_number(field, self, value);
    }
}

/* The value of a parameter was refused; NULL. A __del__ will see this object: the fields that were
 * not reached have no value. */
static CS_COLD PyObject *refused(cb_class *cls, uint32_t param, PyObject *self) {
    if (cls->type->tp_finalize != NULL) {
        PyObject *error = cb_error_take();
        for (; param < cls->param_count; param++) {
            if (cls->params[param].field != NULL &&
                cb_mark_unset(cls, cls->params[param].field, self) < 0) {
                PyErr_Clear();
            }
        }
        cb_error_restore(error);
    }
    Py_DECREF(self);
    return NULL;
}

static inline PyObject *fill(cb_class *cls, PyObject *self, PyObject *const *values) {
    const uint32_t count = cls->param_count;
    const cb_param *param = cls->params;
    for (uint32_t i = 0; i < count; i++, param++) {
        const cb_field *field = param->field;
        if (field == NULL || store_fresh(field, self, values[i])) { continue; }
        if (cb_store(cls, field, self, values[i]) < 0) { return refused(cls, i, self); }
    }
    return self;
}

static CS_NOINLINE PyObject *build_other(cb_class *cls, PyObject *const *values) {
    PyObject *self =
        cls->text.count == 0 ? cb_object_alloc(cls, 0) : allocate_with_ascii(cls, values);
    if (self == NULL &&
        (cls->text.count == 0 || (self = allocate_with_texts(cls, values)) == NULL)) {
        return NULL;
    }
    return fill(cls, self, values);
}

PyObject *cb_build(cb_class *cls, PyObject *const *values) {
    if (!(cls->flags & CB_CLASS_SLAB) || cls->text.count != 0) { return build_other(cls, values); }
    PyObject *self = cb_object_block(cls, cls->block_size);
    return self == NULL ? PyErr_NoMemory() : fill(cls, self, values);
}
