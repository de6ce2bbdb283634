/* object/compare.h: "==", orders and repr of objects. */
#ifndef CS_COMPARE_H
#define CS_COMPARE_H

#include "model/class.h"

int cs_compare_plan(cs_class *cls);
PyObject *cs_struct_richcompare(PyObject *self, PyObject *other, int op);
PyObject *cs_struct_repr(PyObject *self);

/* By the fields of `rules`, a decorated class that the object's class is or derives from; op: Py_EQ
 * or an order. */
PyObject *cs_compare_in_base(cs_class *rules, PyObject *self, PyObject *other, int op);
PyObject *cs_repr_in_base(cs_class *rules, PyObject *self);

/* Of an object that keeps its values itself: see cs_access. */
PyObject *cs_own_richcompare(PyObject *self, PyObject *other, int op);
PyObject *cs_own_compare_other(PyObject *self, PyObject *other, int op);

#endif
