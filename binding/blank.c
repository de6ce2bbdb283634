/* blank.c: the table of blank objects of a class. blank.h says what it is for. */
#include "blank.h"

static size_t mask_size(const cs_class *cls) { return ((size_t)cls->field_count + 7) / 8; }

static uint8_t *find_mask(const cs_class *cls, PyObject *self) {
    if (cls->blanks.count == 0) { return NULL; }
    const cs_ptrmap_slot *slot = cs_ptrmap_find(&cls->blanks, self);
    return slot == NULL ? NULL : (uint8_t *)slot->value;
}

static int is_empty(const uint8_t *mask, size_t size) {
    while (size > 0 && *mask == 0) { mask++, size--; }
    return size == 0;
}

int cs_blank_is_unset(const cs_class *cls, PyObject *self, const cs_field *field) {
    const uint8_t *mask = find_mask(cls, self);
    return mask != NULL && (mask[field->index / 8] >> (field->index % 8) & 1);
}

int cs_blank_any(const cs_class *cls, PyObject *self) { return find_mask(cls, self) != NULL; }

/* The mask of an object, made if there is none. */
static uint8_t *need_mask(cs_class *cls, PyObject *self) {
    uint8_t *mask = find_mask(cls, self);
    if (mask != NULL) { return mask; }
    mask = PyMem_Calloc(mask_size(cls), 1);
    if (mask == NULL || (cls->blanks.slots == NULL && cs_ptrmap_init(&cls->blanks, &cs_python_allocator, 4) != CS_OK) ||
        cs_ptrmap_set(&cls->blanks, self, (size_t)mask) != CS_OK) {
        PyMem_Free(mask);
        PyErr_NoMemory();
        return NULL;
    }
    return mask;
}

int cs_blank_mark(cs_class *cls, PyObject *self, const cs_field *field) {
    uint8_t *mask = need_mask(cls, self);
    if (mask == NULL) { return -1; }
    mask[field->index / 8] = (uint8_t)(mask[field->index / 8] | 1u << (field->index % 8));
    return 0;
}

void cs_blank_forget(cs_class *cls, PyObject *self) {
    uint8_t *mask = find_mask(cls, self);
    if (mask == NULL) { return; }
    cs_ptrmap_remove(&cls->blanks, self);
    PyMem_Free(mask);
}

void cs_blank_set(cs_class *cls, PyObject *self, const cs_field *field) {
    uint8_t *mask = find_mask(cls, self);
    if (mask == NULL) { return; }
    mask[field->index / 8] = (uint8_t)(mask[field->index / 8] & ~(1u << (field->index % 8)));
    if (is_empty(mask, mask_size(cls))) { cs_blank_forget(cls, self); }
}

int cs_blank_copy(cs_class *cls, PyObject *to, PyObject *from) {
    const uint8_t *mask = find_mask(cls, from);
    if (mask == NULL) { return 0; }
    uint8_t *copy = need_mask(cls, to);
    if (copy == NULL) { return -1; }
    memcpy(copy, find_mask(cls, from), mask_size(cls));
    return 0;
}

int cs_blank_same(const cs_class *cls, PyObject *a, PyObject *b) {
    for (uint32_t i = 0; i < cls->field_count; i++) {
        const cs_field *field = &cls->fields[i];
        if (field->flags & CS_FIELD_COMPARE && cs_blank_is_unset(cls, a, field) != cs_blank_is_unset(cls, b, field)) { return 0; }
    }
    return 1;
}
