/* class/calls.h: which functions a class is called with. */
#ifndef CS_CLASS_CALLS_H
#define CS_CLASS_CALLS_H

#include "model/class.h"

/* Sets tp_vectorcall, tp_init and the flags about the user's own methods. */
int cs_class_choose_call(cs_class *cls);
void cs_class_find_setattr(cs_class *cls); /* sets or clears CS_CLASS_OWN_SETATTR */
/* The first __init__ along the bases: 0 the generated one (or none), 1 the user's; -1: an error. */
int cs_class_has_init(const cs_class *cls);
int cs_class_has_new(const cs_class *cls);

/* Until cs_class_open nothing makes objects of it, or moves them to it. */
void cs_class_close(PyTypeObject *type);
int cs_class_open(cs_class *cls); /* it is finished */

#endif
