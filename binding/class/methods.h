/* class/methods.h: the methods that a class gets from cslots. */
#ifndef CB_METHODS_H
#define CB_METHODS_H

#include "model/class.h"

int cb_methods_install(cb_class *cls, PyObject *names);
int cb_methods_shortcut(cb_class *cls);
PyObject *cb_take_order(PyTypeObject *object_type);

#endif
