/* object/repr_method.h: the generated `__repr__`, an object in the dict of a class. */
#ifndef CS_REPR_METHOD_H
#define CS_REPR_METHOD_H

#include "model/class.h"

extern PyType_Spec cs_repr_spec;
/* owner NULL: it shows the fields of the class of each object. */
PyObject *cs_repr_new(cs_state *state, PyTypeObject *owner);
PyTypeObject *cs_repr_owner(PyObject *method); /* borrowed */

#endif
