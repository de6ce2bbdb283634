/* object/born.h: objects that come to be without the constructor. */
#ifndef CS_BORN_H
#define CS_BORN_H

#include "model/class.h"

PyObject *cs_struct_alloc(PyTypeObject *type, Py_ssize_t items); /* tp_alloc */
/* Of an object that nobody else has seen: its fields get their defaults. -1 and an error. */
int cs_object_apply_defaults(PyObject *self);
PyObject *cs_object_copy(PyObject *self);

#endif
