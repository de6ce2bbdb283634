/* object/blank.c: the table of blank objects of an anchor. object/blank.h says what it is for. */
#include "object/blank.h"
#include "runtime/memory.h"

static cb_class *anchor_of(const cb_class *cls) { return cls->home; }

static size_t mask_size(const cb_class *anchor) { return ((size_t)anchor->field_count + 7) / 8; }

/* ---- who shares a table ---- */

static void tell_all(cb_class *anchor) {
    const int has = anchor->blanks.count != 0;
    if (anchor->has_blanks == has) { return; }
    for (cb_class *cls = anchor; cls != NULL; cls = cls->alike) { cls->has_blanks = has; }
}

/* ---- the table ---- */

static uint8_t *find_mask(const cb_class *anchor, PyObject *self) {
    if (anchor->blanks.count == 0) { return NULL; }
    const cs_ptrmap_slot *slot = cs_ptrmap_find(&anchor->blanks, self);
    return slot == NULL ? NULL : (uint8_t *)slot->value;
}

/* Its bit in a mask: that of the anchor's field, which may stand elsewhere among the fields. */
static uint32_t bit_of(const cb_class *anchor, const cb_field *field) {
    const cs_ptrmap_slot *slot = cs_ptrmap_find(&anchor->names, field->name);
    return slot == NULL ? field->index : ((const cb_field *)slot->value)->index;
}

static int is_empty(const uint8_t *mask, size_t size) {
    while (size > 0 && *mask == 0) { mask++, size--; }
    return size == 0;
}

static void forget(cb_class *anchor, PyObject *self, uint8_t *mask) {
    cs_ptrmap_remove(&anchor->blanks, self);
    PyMem_Free(mask);
    tell_all(anchor);
}

int cb_blank_is_unset(const cb_class *cls, PyObject *self, const cb_field *field) {
    const cb_class *anchor = anchor_of(cls);
    const uint8_t *mask = find_mask(anchor, self);
    if (mask == NULL) { return 0; }
    const uint32_t bit = bit_of(anchor, field);
    return mask[bit / 8] >> (bit % 8) & 1;
}

int cb_blank_any(const cb_class *cls, PyObject *self) {
    return find_mask(anchor_of(cls), self) != NULL;
}

/* The mask of an object, made if there is none. */
static uint8_t *need_mask(cb_class *anchor, PyObject *self) {
    uint8_t *mask = find_mask(anchor, self);
    if (mask != NULL) { return mask; }
    mask = PyMem_Calloc(mask_size(anchor), 1);
    if (mask == NULL ||
        (anchor->blanks.slots == NULL &&
         cs_ptrmap_init(&anchor->blanks, &cb_python_allocator, 4) != CS_OK) ||
        cs_ptrmap_set(&anchor->blanks, self, (size_t)mask) != CS_OK) {
        PyMem_Free(mask);
        PyErr_NoMemory();
        return NULL;
    }
    tell_all(anchor);
    return mask;
}

int cb_blank_mark(cb_class *cls, PyObject *self, const cb_field *field) {
    cb_class *anchor = anchor_of(cls);
    uint8_t *mask = need_mask(anchor, self);
    if (mask == NULL) { return -1; }
    const uint32_t bit = bit_of(anchor, field);
    mask[bit / 8] = (uint8_t)(mask[bit / 8] | 1u << (bit % 8));
    return 0;
}

void cb_blank_forget(cb_class *cls, PyObject *self) {
    cb_class *anchor = anchor_of(cls);
    uint8_t *mask = find_mask(anchor, self);
    if (mask != NULL) { forget(anchor, self, mask); }
}

void cb_blank_set(cb_class *cls, PyObject *self, const cb_field *field) {
    cb_class *anchor = anchor_of(cls);
    uint8_t *mask = find_mask(anchor, self);
    if (mask == NULL) { return; }
    const uint32_t bit = bit_of(anchor, field);
    mask[bit / 8] = (uint8_t)(mask[bit / 8] & ~(1u << (bit % 8)));
    if (is_empty(mask, mask_size(anchor))) { forget(anchor, self, mask); }
}

int cb_blank_copy(cb_class *cls, PyObject *to, PyObject *from) {
    cb_class *anchor = anchor_of(cls);
    const uint8_t *mask = find_mask(anchor, from);
    if (mask == NULL) { return 0; }
    uint8_t *copy = need_mask(anchor, to);
    if (copy == NULL) { return -1; }
    memcpy(copy, find_mask(anchor, from), mask_size(anchor));
    return 0;
}

int cb_blank_same(const cb_class *cls, PyObject *a, PyObject *b) {
    for (uint32_t i = 0; i < cls->field_count; i++) {
        const cb_field *field = &cls->fields[i];
        if (field->flags & CB_FIELD_COMPARE && !cb_field_is_named(field) &&
            cb_blank_is_unset(cls, a, field) != cb_blank_is_unset(cls, b, field)) {
            return 0;
        }
    }
    return 1;
}
