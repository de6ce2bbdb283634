/* class/calls.h: which functions a class is called with. */
#ifndef CB_CLASS_CALLS_H
#define CB_CLASS_CALLS_H

#include "model/class.h"

/* Sets tp_vectorcall, tp_init and the flags about the user's own methods. */
int cb_class_choose_call(cb_class *cls);
void cb_class_find_setattr(cb_class *cls); /* sets or clears CB_CLASS_OWN_SETATTR */
/* The first __init__ along the bases: 0 the generated one (or none), 1 the user's; -1: an error. */
int cb_class_has_init(const cb_class *cls);
int cb_class_has_new(const cb_class *cls);

/* Until cb_class_open nothing makes objects of it, or moves them to it. */
void cb_class_close(PyTypeObject *type);
int cb_class_open(cb_class *cls); /* it is finished */

#endif
