/* object/block.c: the memory of an object: its block, what it owns, its death.
 *
 *   slab block           GC block (3.12+)                     large or free-threaded
 *   [object][tail]       [GC head][object][tail]              PyObject_Malloc([object][8 bytes])
 *
 * Invariants
 *   - The tail's capacity word says how many bytes follow the fixed part. Only classes with texts
 *     have a tail.
 *   - cb_object_alloc gives an object that cb_struct_dealloc can take at any moment: pointers NULL,
 *     words 0, texts empty.
 *   - Objects without a GC header die iteratively: below a depth they are put aside and taken up by
 *     the outermost dealloc.
 *   - A dying object is of the class that it has after its finalizer ran, as in CPython's
 *     subtype_dealloc: `__del__` may give it another one. From there on no code can reach the
 *     object, so its class stays, and the reference that goes last is that of this class.
 */
#include "object/block.h"
#include "kinds/word.h"
#include "model/hold.h"
#include "object/blank.h"
#include "runtime/memory.h"

/* Nested deallocs before objects are put aside: some 10 KB of C stack. */
#define DEALLOC_DEPTH 64

/* ---- blocks ---- */

PyObject *cb_object_alloc_slow(cb_class *cls, size_t text_bytes) {
    PyTypeObject *type = cls->type;
    size_t fixed = cls->fixed_size, tail = 0;
    if (cls->text.count != 0) {
        tail = text_bytes < CS_TEXT_INLINE_MIN ? CS_TEXT_INLINE_MIN : text_bytes;
    }
    PyObject *self;
    if (cls->flags & CB_CLASS_TRACKED) {
        /* block_size has room for the smallest tail; pymalloc's rounding to 16 is used too. */
        size_t whole = cls->block_size, want = fixed + tail, given;
        if (want > whole && want <= CS_SLAB_MAX) { whole = (want + 15) & ~(size_t)15; }
        if (CB_ALLOCATION_COLLECTS) { /* until the object owns its type; and the layout stays */
            Py_INCREF(type);
            cb_class_hold(cls);
        }
        self = cb_gc_new(type, whole, &given);
        if (CB_ALLOCATION_COLLECTS) {
            cb_class_let_go(cls);
            Py_DECREF(type);
        }
        if (self == NULL) { return NULL; }
        tail = given - fixed;
    } else {
        size_t size = cs_slab_round(fixed + (tail ? CS_TEXT_INLINE_MIN : 0));
        if (tail && fixed + tail <= CS_SLAB_MAX) { size = cs_slab_round(fixed + tail); }
        self = PyObject_Malloc(size);
        if (self == NULL) { return PyErr_NoMemory(); }
        memset(self, 0, fixed);
        PyObject_Init(self, type);
        tail = size - fixed;
    }
    if (cls->text.count != 0) { cs_text_init(&cls->text, self, tail); }
    return self;
}

static PyObject *blank_with_room(cb_class *cls, size_t text_bytes) {
    PyObject *self = cb_object_alloc(cls, text_bytes);
    if (self == NULL) { return NULL; }
    for (uint32_t i = 0; i < cls->field_count; i++) {
        if (cb_mark_unset(cls, &cls->fields[i], self) < 0) {
            Py_DECREF(self);
            return NULL;
        }
    }
    return self;
}

PyObject *cb_object_blank(cb_class *cls) { return blank_with_room(cls, 0); }

/* Texts come later, in a constructor of the class's own: as much room as they tend to need. See
 * core/include/cslots/textroom.h. */
PyObject *cb_object_blank_before_init(cb_class *cls) {
    const cs_text_room *room = cls->text_room;
    return blank_with_room(
        cls, room != NULL && room->best > cls->fixed_size ? room->best - cls->fixed_size : 0);
}

void cb_object_settle_texts(cb_class *cls, PyObject *self) {
    if (cls->text_room == NULL) {
        cls->text_room = PyMem_Calloc(1, sizeof *cls->text_room);
        if (cls->text_room == NULL) { return; } /* the next object will learn */
    }
    cs_text_trim(&cls->text, self, &cb_python_allocator);
    cs_text_room_learn(cls->text_room, cls->fixed_size, cs_text_total(&cls->text, self),
                       cs_text_overhead(&cls->text));
}

static int has_heap_block(cb_class *cls) {
    return !(cls->flags & (CB_CLASS_SLAB | CB_CLASS_TRACKED));
}

size_t cb_object_size(PyObject *self) { return cb_class_of_object(self)->access->size(self); }

size_t cb_own_size(PyObject *self) {
    cb_class *cls = cb_class_of_object(self);
    size_t size;
    if (cls->flags & CB_CLASS_SLAB) {
        size = cs_slab_size_of(self);
    } else {
        size = !(cls->flags & CB_CLASS_TRACKED) ? cls->fixed_size
               : CB_GC_ANY_SIZE                 ? cls->block_size
                                                : cls->basic_size;
        if (cls->text.count != 0) {
            size = cls->fixed_size +
                   (size_t)(cs_text_word(self, cls->text.capacity) & ~CS_TEXT_SPILLED);
        }
        /* the GC head and the object are one block of pymalloc's */
        if (cls->flags & CB_CLASS_TRACKED) {
            size = ((size + 2 * sizeof(void *) + 15) & ~(size_t)15) - 2 * sizeof(void *);
        } else if (has_heap_block(cls)) {
            size = (size + 15) & ~(size_t)15;
        }
    }
    if (cls->text.count != 0) {
        size_t heap = cs_text_heap_size(&cls->text, self);
        size += (heap + 15) & ~(size_t)15;
    }
    for (uint32_t i = 0; i < cls->word_count;
         i++) { /* big integers belong to the object, as the bytes of an int64 would */
        PyObject *big = cb_word_pointer(cb_at(self, cls->words[i]));
        if (big != NULL && Py_REFCNT(big) == 1) { size += (size_t)PyLong_Type.tp_basicsize + 16; }
    }
    return size;
}

static inline void free_block(const cb_class *cls, PyObject *self) {
    if (cls->flags & CB_CLASS_SLAB) {
        cs_slab_free(self);
    } else if (cls->flags & CB_CLASS_TRACKED) {
        PyObject_GC_Del(self);
    } else {
        PyObject_Free(self);
    }
}

void cb_struct_free(void *self) {
    free_block(cb_class_of_object((PyObject *)self), (PyObject *)self);
}

/* ---- death ---- */

static void release_contents(cb_class *cls, PyObject *self) {
    for (uint32_t i = 0; i < cls->pointer_count; i++) {
        Py_CLEAR(*cb_pointer_at(self, cls->pointers[i]));
    }
    for (uint32_t i = 0; i < cls->word_count; i++) {
        Py_XDECREF(cb_word_pointer(cb_at(self, cls->words[i])));
    }
    if (cls->dict_offset != 0) { Py_CLEAR(*cb_pointer_at(self, cls->dict_offset)); }
    if (cls->text.count != 0) { cs_text_clear(&cls->text, self, &cb_python_allocator); }
}

static void dealloc_now(cb_class *cls, PyObject *self) {
    PyTypeObject *type = cls->type;
    /* No code sees the object any more. What goes with it may not have its class laid out anew. */
    cb_class_hold(cls);
    if (cb_has_blanks(cls)) { cb_blank_forget(cls, self); }
    if (cls->weakref_offset != 0 && *cb_pointer_at(self, cls->weakref_offset) != NULL) {
        PyObject_ClearWeakRefs(self);
    }
    release_contents(cls, self);
    free_block(cls, self);
    cb_class_let_go(cls);
    Py_DECREF(type);
}

/* An object that nobody has seen yet: no finalizer runs for it. */
void cb_object_discard(PyObject *self) {
    cb_object_uncount(self);
    dealloc_now(cb_class_of_object(self), self);
}

/* Put aside an object whose count is 0; 0 if there is no memory for that. */
static int put_aside(cb_state *state, PyObject *self) {
    if (state->later_count == state->later_capacity) {
        size_t capacity = state->later_capacity ? state->later_capacity * 2 : 64;
        PyObject **later = PyMem_RawRealloc(state->later, capacity * sizeof *later);
        if (later == NULL) { return 0; }
        state->later = later;
        state->later_capacity = capacity;
    }
    state->later[state->later_count++] = self;
    return 1;
}

static void dealloc_chained(cb_class *cls, PyObject *self) {
    cb_state *state = cls->state;
    if (state->dealloc_depth >= DEALLOC_DEPTH && put_aside(state, self)) { return; }
    /* the last object may be what keeps the module, and the state, alive */
    PyTypeObject *type = (PyTypeObject *)Py_NewRef(cls->type);
    state->dealloc_depth++;
    dealloc_now(cls, self);
    state->dealloc_depth--;
    if (state->dealloc_depth == 0 && !state->later_draining) {
        state->later_draining = 1;
        while (state->later_count > 0) {
            PyObject *next = state->later[--state->later_count];
            state->dealloc_depth++;
            dealloc_now(cb_class_of_object(next), next);
            state->dealloc_depth--;
        }
        state->later_draining = 0;
        PyMem_RawFree(state->later);
        state->later = NULL;
        state->later_capacity = 0;
    }
    Py_DECREF(type);
}

static void dealloc_tracked(PyObject *self) {
    PyObject_GC_UnTrack(self);
    CB_TRASHCAN_BEGIN(self, cb_struct_dealloc)
    if (Py_TYPE(self)->tp_finalize != NULL) {
        PyObject_GC_Track(self);
        if (PyObject_CallFinalizerFromDealloc(self) < 0) { goto resurrected; }
        PyObject_GC_UnTrack(self);
    }
    dealloc_now(cb_class_of_object(self), self);
resurrected:;
    CB_TRASHCAN_END
}

void cb_struct_dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    cb_class *cls = cb_class_of(type);
    if (cls->flags & CB_CLASS_BARE && type->tp_finalize == NULL && !cb_has_blanks(cls)) {
        if (cls->text.count != 0 && cs_text_word(self, cls->text.capacity) & CS_TEXT_SPILLED) {
            cs_text_clear(&cls->text, self, &cb_python_allocator);
        }
        cs_slab_free(self);
        Py_DECREF(type);
        return;
    }
    if (cls->flags & CB_CLASS_TRACKED) {
        dealloc_tracked(self);
        return;
    }
    if (type->tp_finalize != NULL) {
        if (PyObject_CallFinalizerFromDealloc(self) < 0) { return; }
        cls = cb_class_of_object(self);
    }
    if (cls->flags & CB_CLASS_CHAINS) {
        dealloc_chained(cls, self);
    } else {
        dealloc_now(cls, self);
    }
}

/* ---- the collector ---- */

int cb_struct_traverse(PyObject *self, visitproc visit, void *arg) {
    cb_class *cls = cb_class_of_object(self);
    Py_VISIT(Py_TYPE(self));
    for (uint32_t i = 0; i < cls->pointer_count; i++) {
        Py_VISIT(*cb_pointer_at(self, cls->pointers[i]));
    }
    for (uint32_t i = 0; i < cls->word_count; i++) { /* an int of a subclass may lead anywhere */
        PyObject *held = cb_word_pointer(cb_at(self, cls->words[i]));
        if (held != NULL && !PyLong_CheckExact(held)) { Py_VISIT(held); }
    }
    if (cls->dict_offset != 0) { Py_VISIT(*cb_pointer_at(self, cls->dict_offset)); }
    return 0;
}

int cb_struct_clear(PyObject *self) {
    cb_class *cls = cb_class_of_object(self);
    cb_class_hold(cls);
    for (uint32_t i = 0; i < cls->pointer_count; i++) {
        Py_CLEAR(*cb_pointer_at(self, cls->pointers[i]));
    }
    for (uint32_t i = 0; i < cls->word_count; i++) {
        PyObject *held = cb_word_pointer(cb_at(self, cls->words[i]));
        if (held == NULL) { continue; }
        memset(cb_at(self, cls->words[i]), 0, 8);
        Py_DECREF(held);
    }
    if (cls->dict_offset != 0) { Py_CLEAR(*cb_pointer_at(self, cls->dict_offset)); }
    cb_class_let_go(cls);
    return 0;
}
