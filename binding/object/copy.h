/* object/copy.h: copy.copy, copy.deepcopy, __getstate__ and __setstate__. */
#ifndef CB_COPY_H
#define CB_COPY_H

#include "model/class.h"

PyObject *cb_copy(PyObject *self, PyObject *unused);
PyObject *cb_get_state(PyObject *self, PyObject *unused);
PyObject *cb_set_state(PyObject *self, PyObject *state);
PyObject *cb_deepcopy(PyObject *self, PyObject *memo);

/* Of an object that keeps its values itself: see cb_access. */
PyObject *cb_own_copy(PyObject *self);
/* A copy by the hooks of the class, deep if there is a memo. NULL without an error: it has none. */
PyObject *cb_copy_by_hooks(cb_class *cls, PyObject *self, PyObject *memo);

#endif
