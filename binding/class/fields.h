/* class/fields.h: the fields of a class, from its plan to their places. */
#ifndef CB_CLASS_FIELDS_H
#define CB_CLASS_FIELDS_H

#include "model/class.h"

int cb_fields_init(cb_class *cls, PyObject *specs); /* the fields, without their places */
int cb_fields_find_covered(cb_class *cls);
/* Their places, and the word of the texts, the weak list, the dict. */
int cb_fields_place(cb_class *cls, const cb_class *base, int weakref, int dict);

#endif
