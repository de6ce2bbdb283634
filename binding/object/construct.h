/* object/construct.h: the generated constructor. */
#ifndef CS_CONSTRUCT_H
#define CS_CONSTRUCT_H

#include "model/class.h"

extern PyType_Spec cs_init_spec;
PyObject *cs_init_new(cs_state *state, PyTypeObject *owner);

/* What a class has in tp_vectorcall */
PyObject *cs_construct(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames);
/* Raises. */
PyObject *cs_construct_unfinished(PyObject *type, PyObject *const *args, size_t nargsf,
                                  PyObject *kwnames);
PyObject *cs_construct_own_init(PyObject *type, PyObject *const *args, size_t nargsf,
                                PyObject *kwnames);
PyObject *cs_construct_own_new(PyObject *type, PyObject *const *args, size_t nargsf,
                               PyObject *kwnames);

PyObject *cs_construct_values(cs_class *cls, PyObject *values);
PyObject *cs_struct_new(PyTypeObject *type, PyObject *args, PyObject *kwargs);
int cs_struct_init(PyObject *self, PyObject *args, PyObject *kwargs);

/* Of an object that keeps its values itself: see cs_access. */
int cs_own_may_init(PyTypeObject *owner, PyObject *self);

#endif
