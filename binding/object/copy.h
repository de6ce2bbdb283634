/* object/copy.h: copy.copy, copy.deepcopy, __getstate__ and __setstate__. */
#ifndef CS_COPY_H
#define CS_COPY_H

#include "model/class.h"

PyObject *cs_copy(PyObject *self, PyObject *unused);
PyObject *cs_get_state(PyObject *self, PyObject *unused);
PyObject *cs_set_state(PyObject *self, PyObject *state);
PyObject *cs_deepcopy(PyObject *self, PyObject *memo);

#endif
