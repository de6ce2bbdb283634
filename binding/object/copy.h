/* object/copy.h: copy.copy, copy.deepcopy, __getstate__ and __setstate__. */
#ifndef CS_COPY_H
#define CS_COPY_H

#include "model/class.h"

PyObject *cs_copy(PyObject *self, PyObject *unused);
PyObject *cs_get_state(PyObject *self, PyObject *unused);
PyObject *cs_set_state(PyObject *self, PyObject *state);
PyObject *cs_deepcopy(PyObject *self, PyObject *memo);

/* Of an object that keeps its values itself: see cs_access. */
PyObject *cs_own_copy(PyObject *self);
/* A copy by the hooks of the class, deep if there is a memo. NULL without an error: it has none. */
PyObject *cs_copy_by_hooks(cs_class *cls, PyObject *self, PyObject *memo);

#endif
