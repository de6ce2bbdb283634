/* object/block.h: the memory of an object. The slab is in line; object/block.c has the drawing. */
#ifndef CB_BLOCK_H
#define CB_BLOCK_H

#include "model/class.h"
#include "object/check.h"

/* With a GC header, large, or free-threaded. */
PyObject *cb_object_alloc_slow(cb_class *cls, size_t text_bytes);

/* A block of the slab with header and zeroed fixed part; size is rounded, and at most CS_SLAB_MAX.
 * NULL without an error when there is no memory. */
static inline PyObject *cb_object_block(cb_class *cls, size_t size) {
    PyObject *self = (PyObject *)cs_slab_alloc(cls->state->slab, size);
    if (self == NULL) { return NULL; }
    uint64_t *word = (uint64_t *)(self + 1),
             *end = (uint64_t *)((char *)self + ((cls->fixed_size + 7) & ~(size_t)7));
    for (; word < end; word++) {
        *word = 0;
        /* A few words are not worth a call of memset, which GCC would make of the loop. */
        CS_KEEP_LOOP();
    }
    cb_object_init(self, cls->type);
    return self;
}

/* A new object: header, zeroed fixed part (nothing null, pointers NULL), texts empty with room for
 * text_bytes if they fit. Not tracked. */
static inline PyObject *cb_object_alloc(cb_class *cls, size_t text_bytes) {
    if (!(cls->flags & CB_CLASS_SLAB)) { return cb_object_alloc_slow(cls, text_bytes); }
    size_t fixed = cls->fixed_size, size = cls->block_size;
    if (cls->text.count != 0 && text_bytes > CS_TEXT_INLINE_MIN) {
        size = cs_slab_round(fixed + text_bytes);
        if (size > CS_SLAB_MAX) { size = cls->block_size; } /* the texts go to the heap */
    }
    PyObject *self = cb_object_block(cls, size);
    if (self == NULL) { return PyErr_NoMemory(); }
    if (cls->text.count != 0) { cs_text_init(&cls->text, self, size - fixed); }
    return self;
}

/* A constructor of the class's own has set the texts (cls->text.count is not 0): the class learns
 * how much room they need. */
void cb_object_settle_texts(cb_class *cls, PyObject *self);

PyObject *cb_object_blank(cb_class *cls); /* every field unset */
/* The same with as much room for texts as a constructor of the user's tends to need. */
PyObject *cb_object_blank_before_init(cb_class *cls);

/* The object is complete: the collector, and others, may see it. */
static inline void cb_object_track(cb_class *cls, PyObject *self) {
    cb_object_consistent(self);
    if (cls->flags & CB_CLASS_TRACKED) { PyObject_GC_Track(self); }
}

void cb_object_discard(PyObject *self); /* nobody has seen it: no finalizer runs */
size_t cb_object_size(PyObject *self); /* bytes from the allocator, without a GC header */

/* ---- slots of the type ---- */

void cb_struct_dealloc(PyObject *self);
int cb_struct_traverse(PyObject *self, visitproc visit, void *arg);
int cb_struct_clear(PyObject *self);
void cb_struct_free(void *self);

/* Of an object that keeps its values itself: see cb_access. */
size_t cb_own_size(PyObject *self);

#endif
