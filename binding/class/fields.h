/* class/fields.h: the fields of a class, from its plan to their places. */
#ifndef CS_CLASS_FIELDS_H
#define CS_CLASS_FIELDS_H

#include "model/class.h"

int cs_fields_init(cs_class *cls, PyObject *specs); /* the fields, without their places */
int cs_fields_find_covered(cs_class *cls);
/* Their places, and the word of the texts, the weak list, the dict. */
int cs_fields_place(cs_class *cls, const cs_class *base, int weakref, int dict);

#endif
