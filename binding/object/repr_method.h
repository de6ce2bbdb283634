/* object/repr_method.h: the generated `__repr__`, an object in the dict of a class. */
#ifndef CB_REPR_METHOD_H
#define CB_REPR_METHOD_H

#include "model/class.h"

extern PyType_Spec cb_repr_spec;
/* owner NULL: it shows the fields of the class of each object. */
PyObject *cb_repr_new(cb_state *state, PyTypeObject *owner);
PyTypeObject *cb_repr_owner(PyObject *method); /* borrowed */

#endif
