/* private.h: what the census asks of CPython's private structures. Everything has a public answer,
 * too, which is slower or coarser.
 */
#ifndef CSLOTS_CENSUS_PRIVATE_H
#define CSLOTS_CENSUS_PRIVATE_H

#include "census/census.h"

#include <stdio.h>

/* Where an object has those attributes that are not in slots. */
typedef struct {
    PyObject *dict; /* made already, or NULL */
    /* One for each name of the table, or NULL. An entry is NULL if the attribute is not set. */
    PyObject *const *values;
    const void *keys; /* the table of names */
    uint32_t count; /* names in it */
    size_t value_bytes; /* bytes that the values take inside the object's block */
    size_t block_bytes; /* or bytes of a block of their own, before rounding */
} census_storage;

/* The entries of a dict: names and values at equal steps. */
typedef struct {
    const char *key, *value;
    size_t key_step, value_step;
    Py_ssize_t count;
    const void *keys; /* the table, if it is that of a class; else NULL */
    size_t table_bytes; /* of the table if it belongs to this dict alone; before rounding */
    size_t values_bytes; /* of a block of values that belongs to it */
    size_t table_slots; /* places of the hash index */
    /* The values lie in the block of the object whose dict it is, and belong to that object. */
    bool embedded;
} census_entries;

bool census_has_private(void); /* is it compiled for this version and build? */
/* Does it read in this very interpreter what the public functions say? -1: an error is set. */
int census_private_true(PyObject *probe);

void census_find_storage(PyObject *instance, PyTypeObject *type, const census_class *cls,
                         census_storage *storage);
PyObject *census_key(const void *table, uint32_t index); /* NULL: none */
/* The key table of a class, or NULL. */
const void *census_class_keys(PyTypeObject *type, uint32_t *count);
size_t census_inline_bytes(PyObject *instance); /* of the values inside the object's block */
void census_open_dict(PyObject *dict, census_entries *entries);
/* Bytes of the shared key table of a class, before rounding. */
size_t census_key_table_bytes(PyTypeObject *type);
size_t census_generator_bytes(PyObject *generator); /* without its GC head */
const char *census_allocator_name(void); /* NULL: unknown */

/* Every value that a running frame holds. */
void census_visit_frames(visitproc visit, void *arg);

/* Objects that gc.freeze() put aside, where Python's public function leaves them out. false: the
 * callback stopped. */
bool census_frozen_objects(int (*callback)(PyObject *, void *), void *arg);

/* All tracked objects; frozen ones may be missing. 3.11 has only a public function that makes a
 * list. If census_needs_list, c->all must be that list. */
bool census_needs_list(const census *c);
void census_tracked_objects(const census *c, int (*callback)(PyObject *, void *), void *arg);

size_t census_bytearray_bytes(PyObject *object); /* of its block of bytes */
int census_write_pymalloc(FILE *file); /* what pymalloc says of itself */

/* Is the object in one of the collector's lists? Its type has a GC head. */
static inline bool census_is_tracked(PyObject *object) {
#if CB_FREE_THREADED
    return PyObject_GC_IsTracked(object);
#else
    return ((const uintptr_t *)object)[-2] != 0; /* PyGC_Head's first word; checked in private.c */
#endif
}

#endif
