/* object/born.h: objects that come to be without the constructor. */
#ifndef CB_BORN_H
#define CB_BORN_H

#include "model/class.h"

PyObject *cb_struct_alloc(PyTypeObject *type, Py_ssize_t items); /* tp_alloc */
/* Of an object that nobody else has seen: its fields get their defaults. -1 and an error. */
int cb_object_apply_defaults(PyObject *self);
PyObject *cb_object_copy(PyObject *self);

#endif
