/* object/construct.h: the generated constructor. */
#ifndef CB_CONSTRUCT_H
#define CB_CONSTRUCT_H

#include "model/class.h"

extern PyType_Spec cb_init_spec;
PyObject *cb_init_new(cb_state *state, PyTypeObject *owner);

/* What a class has in tp_vectorcall */
PyObject *cb_construct(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames);
/* Raises. */
PyObject *cb_construct_unfinished(PyObject *type, PyObject *const *args, size_t nargsf,
                                  PyObject *kwnames);
PyObject *cb_construct_own_init(PyObject *type, PyObject *const *args, size_t nargsf,
                                PyObject *kwnames);
PyObject *cb_construct_own_new(PyObject *type, PyObject *const *args, size_t nargsf,
                               PyObject *kwnames);

PyObject *cb_construct_values(cb_class *cls, PyObject *values);
PyObject *cb_struct_new(PyTypeObject *type, PyObject *args, PyObject *kwargs);
int cb_struct_init(PyObject *self, PyObject *args, PyObject *kwargs);

/* Of an object that keeps its values itself: see cb_access. */
int cb_own_may_init(PyTypeObject *owner, PyObject *self);

#endif
