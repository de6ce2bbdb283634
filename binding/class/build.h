/* class/build.h: from a plan to a class. */
#ifndef CB_CLASS_BUILD_H
#define CB_CLASS_BUILD_H

#include "model/class.h"

cb_class *cb_class_finish(cb_state *state, PyTypeObject *type, PyObject *plan);
void cb_class_retire(cb_class *cls);

#endif
