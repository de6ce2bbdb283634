/* object/hash.h: hashes of objects. */
#ifndef CS_OBJECT_HASH_H
#define CS_OBJECT_HASH_H

#include "model/class.h"

int cs_hash_try(cs_state *state); /* does this interpreter hash tuples as object/hash.c does? */
Py_hash_t cs_struct_hash(PyObject *self);
/* By the fields of `rules`, a decorated class that the object's class is or derives from. */
Py_hash_t cs_hash_in_base(cs_class *rules, PyObject *self);

/* Of an object that keeps its values itself: see cs_access. */
Py_hash_t cs_own_hash(PyObject *self);

#endif
