/* object/block.h: the memory of an object. The slab is in line; object/block.c has the drawing. */
#ifndef CS_BLOCK_H
#define CS_BLOCK_H

#include "model/class.h"
#include "object/check.h"

/* With a GC header, large, or free-threaded. */
PyObject *cs_object_alloc_slow(cs_class *cls, size_t text_bytes);

/* A block of the slab with header and zeroed fixed part; size is rounded, and at most CS_SLAB_MAX.
 * NULL without an error when there is no memory. */
static inline PyObject *cs_object_block(cs_class *cls, size_t size) {
    PyObject *self = (PyObject *)cs_slab_alloc(cls->state->slab, size);
    if (self == NULL) { return NULL; }
    uint64_t *word = (uint64_t *)(self + 1),
             *end = (uint64_t *)((char *)self + ((cls->fixed_size + 7) & ~(size_t)7));
    for (; word < end; word++) {
        *word = 0;
        /* A few words are not worth a call of memset, which GCC would make of the loop. */
        CS_KEEP_LOOP();
    }
    cs_object_init(self, cls->type);
    return self;
}

/* A new object: header, zeroed fixed part (nothing null, pointers NULL), texts empty with room for
 * text_bytes if they fit. Not tracked. */
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

/* A constructor of the class's own has set the texts (cls->text.count is not 0): the class learns
 * how much room they need. */
void cs_object_settle_texts(cs_class *cls, PyObject *self);

PyObject *cs_object_blank(cs_class *cls); /* every field unset */
/* The same with as much room for texts as a constructor of the user's tends to need. */
PyObject *cs_object_blank_before_init(cs_class *cls);

/* The object is complete: the collector, and others, may see it. */
static inline void cs_object_track(cs_class *cls, PyObject *self) {
    cs_object_consistent(self);
    if (cls->flags & CS_CLASS_TRACKED) { PyObject_GC_Track(self); }
}

void cs_object_discard(PyObject *self); /* nobody has seen it: no finalizer runs */
size_t cs_object_size(PyObject *self); /* bytes from the allocator, without a GC header */

/* ---- slots of the type ---- */

void cs_struct_dealloc(PyObject *self);
int cs_struct_traverse(PyObject *self, visitproc visit, void *arg);
int cs_struct_clear(PyObject *self);
void cs_struct_free(void *self);

/* Of an object that keeps its values itself: see cs_access. */
size_t cs_own_size(PyObject *self);

#endif
