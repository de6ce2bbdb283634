/* class/methods.h: the methods that a class gets from cslots. */
#ifndef CS_METHODS_H
#define CS_METHODS_H

#include "model/class.h"

int cs_methods_install(cs_class *cls, PyObject *names);
int cs_methods_shortcut(cs_class *cls);
PyObject *cs_take_order(PyTypeObject *object_type);

#endif
