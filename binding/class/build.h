/* class/build.h: from a plan to a class. */
#ifndef CS_CLASS_BUILD_H
#define CS_CLASS_BUILD_H

#include "model/class.h"

cs_class *cs_class_finish(cs_state *state, PyTypeObject *type, PyObject *plan);
void cs_class_retire(cs_class *cls);
void cs_class_free(cs_class *cls);
int cs_class_traverse(cs_class *cls, visitproc visit, void *arg);
void cs_class_clear(cs_class *cls);
int cs_class_resolve(cs_class *cls); /* looks for the deferred annotations */
int cs_needs_own_descriptor(const cs_class *cls, const cs_field *field);

#endif
