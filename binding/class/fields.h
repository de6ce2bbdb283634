/* class/fields.h: the fields of a class, from its plan to their places. */
#ifndef CS_CLASS_FIELDS_H
#define CS_CLASS_FIELDS_H

#include "model/class.h"

/* An attribute as a truth value; -1: an error. */
int cs_plan_flag(PyObject *object, PyObject *name);
int cs_plan_set_flag(uint32_t *flags, uint32_t bit, PyObject *object, PyObject *name);
/* NULL where it is MISSING; a new reference. */
int cs_plan_optional(const cs_state *state, PyObject *object, PyObject *name, PyObject **out);

/* NULL: the base has none, or there is no base. */
const cs_field *cs_field_inherited(const cs_class *base, PyObject *name);
int cs_fields_init(cs_class *cls, PyObject *specs); /* the fields, without their places */
int cs_fields_find_covered(cs_class *cls);
/* Their places, and the word of the texts, the weak list, the dict. */
int cs_fields_place(cs_class *cls, const cs_class *base, int weakref, int dict);

#endif
