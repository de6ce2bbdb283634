/* class/build.h: from a plan to a class. */
#ifndef CS_CLASS_BUILD_H
#define CS_CLASS_BUILD_H

#include "model/class.h"

cs_class *cs_class_finish(cs_state *state, PyTypeObject *type, PyObject *plan);
void cs_class_retire(cs_class *cls);

#endif
