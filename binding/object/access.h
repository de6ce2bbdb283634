/* object/access.h: attributes of an instance. */
#ifndef CS_ACCESS_H
#define CS_ACCESS_H

#include "model/class.h"

extern PyType_Spec cs_descriptor_spec;
PyObject *cs_descriptor_new(cs_state *state, PyTypeObject *owner, PyObject *name);

PyObject *cs_struct_getattro(PyObject *self, PyObject *name);
/* What is in no quick table: opens the class. */
PyObject *cs_getattro_open(PyObject *self, PyObject *name);
/* Quick or open, after something was assigned to a class. */
void cs_reads_choose(cs_class *cls);

int cs_struct_setattro(PyObject *self, PyObject *name, PyObject *value);
int cs_untyped_setattro(PyObject *self, PyObject *name, PyObject *value);
/* Of a name that is not that of a field: a descriptor of the class sets it, or an error says why it
 * cannot be set. -1 and an error. */
int cs_setattr_other(cs_class *cls, PyObject *self, PyObject *name, PyObject *value);
int cs_force_setattr(PyObject *self, PyObject *name, PyObject *value);

/* Of an object that keeps its values itself: see cs_access. */
int cs_own_is_unset(cs_class *cls, const cs_field *field, PyObject *self);
int cs_own_set(cs_class *cls, const cs_field *field, PyObject *self, PyObject *value);
int cs_own_delete_past(cs_class *cls, const cs_field *field, PyObject *self);
PyObject *cs_own_cached(cs_class *cls, const cs_field *field, PyObject *self, PyObject *function,
                        int plain);
int cs_own_setattro(PyObject *self, PyObject *name, PyObject *value);
int cs_own_untyped_setattro(PyObject *self, PyObject *name, PyObject *value);

#endif
