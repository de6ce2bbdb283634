/* class/objects_of.h: are there objects of a class that is about to be decorated? */
#ifndef CB_OBJECTS_OF_H
#define CB_OBJECTS_OF_H

#include "model/class.h"

int cb_objects_try(cb_state *state);
int cb_may_have_objects(const cb_state *state, PyTypeObject *type, PyObject *dict);

#endif
