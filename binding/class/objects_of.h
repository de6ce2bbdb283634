/* class/objects_of.h: are there objects of a class that is about to be decorated? */
#ifndef CS_OBJECTS_OF_H
#define CS_OBJECTS_OF_H

#include "model/class.h"

int cs_objects_try(cs_state *state);
int cs_may_have_objects(const cs_state *state, PyTypeObject *type, PyObject *dict);

#endif
