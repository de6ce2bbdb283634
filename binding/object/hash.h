/* object/hash.h: hashes of objects. */
#ifndef CB_OBJECT_HASH_H
#define CB_OBJECT_HASH_H

#include "model/class.h"

int cb_hash_try(cb_state *state); /* does this interpreter hash tuples as object/hash.c does? */
Py_hash_t cb_struct_hash(PyObject *self);
/* By the fields of `rules`, a decorated class that the object's class is or derives from. */
Py_hash_t cb_hash_in_base(cb_class *rules, PyObject *self);

/* Of an object that keeps its values itself: see cb_access. */
Py_hash_t cb_own_hash(PyObject *self);

#endif
