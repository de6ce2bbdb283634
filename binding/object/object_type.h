/* object/object_type.h: the life of an object, and the C base of Struct. */
#ifndef CS_OBJECT_TYPE_H
#define CS_OBJECT_TYPE_H

#include "model/class.h"

extern PyType_Spec cs_object_spec;
PyObject *cs_object_blank(cs_class *cls); /* every field unset */
PyObject *cs_object_copy(PyObject *self);
int cs_object_apply_defaults(PyObject *self);
static inline void cs_object_track(cs_class *cls, PyObject *self) {
    if (cls->flags & CS_CLASS_TRACKED) { PyObject_GC_Track(self); }
}
void cs_object_discard(PyObject *self);
void cs_struct_dealloc(PyObject *self);
int cs_struct_traverse(PyObject *self, visitproc visit, void *arg);
int cs_struct_clear(PyObject *self);
void cs_struct_free(void *self);
PyObject *cs_struct_alloc(PyTypeObject *type, Py_ssize_t items);
PyObject *cs_struct_new(PyTypeObject *type, PyObject *args, PyObject *kwargs);
size_t cs_object_size(PyObject *self); /* bytes from the allocator, without a GC header */

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
        /* A few words are not worth a call of memset, which GCC would make of the loop. */
        CS_KEEP_LOOP();
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

#endif
