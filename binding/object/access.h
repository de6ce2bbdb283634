/* object/access.h: attributes of an instance. */
#ifndef CB_ACCESS_H
#define CB_ACCESS_H

#include "model/class.h"

extern PyType_Spec cb_descriptor_spec;
PyObject *cb_descriptor_new(cb_state *state, PyTypeObject *owner, PyObject *name);

PyObject *cb_struct_getattro(PyObject *self, PyObject *name);
/* What is in no quick table: opens the class. */
PyObject *cb_getattro_open(PyObject *self, PyObject *name);
/* Quick or open, after something was assigned to a class. */
void cb_reads_choose(cb_class *cls);

int cb_struct_setattro(PyObject *self, PyObject *name, PyObject *value);
int cb_untyped_setattro(PyObject *self, PyObject *name, PyObject *value);
/* Of a name that is not that of a field: a descriptor of the class sets it, or an error says why it
 * cannot be set. -1 and an error. */
int cb_setattr_other(cb_class *cls, PyObject *self, PyObject *name, PyObject *value);
int cb_force_setattr(PyObject *self, PyObject *name, PyObject *value);

/* Of an object that keeps its values itself: see cb_access. */
int cb_own_is_unset(cb_class *cls, const cb_field *field, PyObject *self);
int cb_own_set(cb_class *cls, const cb_field *field, PyObject *self, PyObject *value);
int cb_own_delete_past(cb_class *cls, const cb_field *field, PyObject *self);
PyObject *cb_own_cached(cb_class *cls, const cb_field *field, PyObject *self, PyObject *function,
                        int plain);
int cb_own_setattro(PyObject *self, PyObject *name, PyObject *value);
int cb_own_untyped_setattro(PyObject *self, PyObject *name, PyObject *value);

#endif
