/* object/object.h: making an object, in line for the slab. object/object_type.c has the drawing and the rules. */
#ifndef CS_OBJECT_H
#define CS_OBJECT_H

#include "object/value.h"

PyObject *cs_object_alloc_slow(cs_class *cls,
                               size_t text_bytes); /* with a GC header, large, or free-threaded */

/* A block of the slab with header and zeroed fixed part; size is rounded, and at most CS_SLAB_MAX. NULL without an error when there is no memory. */
static inline PyObject *cs_object_block(cs_class *cls, size_t size) {
    PyObject *self = (PyObject *)cs_slab_alloc(cls->state->slab, size);
    if (self == NULL) { return NULL; }
    uint64_t *word = (uint64_t *)(self + 1),
             *end = (uint64_t *)((char *)self + ((cls->fixed_size + 7) & ~(size_t)7));
    for (; word < end; word++) {
        *word = 0;
        __asm__(
            ""
            :
            :
            : "memory"); /* a few words: not worth a call of memset, which gcc would make of this */
    }
    cs_object_init(self, cls->type);
    return self;
}

/* A new object: header, zeroed fixed part (nothing null, pointers NULL), texts empty with room for text_bytes if they fit. Not tracked. */
static inline PyObject *cs_object_alloc(cs_class *cls, size_t text_bytes) {
    if (!(cls->flags & CS_CLASS_SLAB)) { return cs_object_alloc_slow(cls, text_bytes); }
    size_t fixed = cls->fixed_size, size = cls->block_size;
    if (cls->text.count != 0 && text_bytes > CS_TEXT_INLINE_MIN) {
        size = cs_slab_round(fixed + text_bytes);
        if (size > CS_SLAB_MAX) { size = cls->block_size; } /* the texts go to the heap */
    }
    PyObject *self = cs_object_block(cls, size);
    if (self == NULL) { return PyErr_NoMemory(); }
    if (cls->text.count != 0) { cs_text_init(&cls->text, self, size - fixed); }
    return self;
}

/* A constructor of the user's has set the texts (cls->text.count is not 0): the class learns how much room they need. */
void cs_object_settle_texts(cs_class *cls, PyObject *self);

PyObject *cs_build(
    cs_class *cls,
    PyObject *const *values); /* object/build.c: from the values of the parameters; not tracked */

#endif
