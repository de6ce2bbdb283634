/* object/compare.h: "==", orders and repr of objects. */
#ifndef CS_COMPARE_H
#define CS_COMPARE_H

#include "model/class.h"

int cb_compare_plan(cb_class *cls);
PyObject *cb_struct_richcompare(PyObject *self, PyObject *other, int op);
PyObject *cb_struct_repr(PyObject *self);

/* By the fields of `rules`, a decorated class that the object's class is or derives from; op: Py_EQ
 * or an order. */
PyObject *cb_compare_in_base(cb_class *rules, PyObject *self, PyObject *other, int op);
PyObject *cb_repr_in_base(cb_class *rules, PyObject *self);

/* Of an object that keeps its values itself: see cb_access. */
PyObject *cb_own_richcompare(PyObject *self, PyObject *other, int op);
PyObject *cb_own_compare_other(PyObject *self, PyObject *other, int op);

#endif
