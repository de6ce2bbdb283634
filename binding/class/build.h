/* class/build.h: between the files that build a class: class/build.c, class/fields.c, class/calls.c. */
#ifndef CSLOTS_CLASS_BUILD_H
#define CSLOTS_CLASS_BUILD_H

#include "binding.h"

/* ---- class/fields.c ---- */
int cs_plan_flag(PyObject *object,
                 PyObject *name); /* an attribute as a truth value; -1: an error */
int cs_plan_set_flag(uint32_t *flags, uint32_t bit, PyObject *object, PyObject *name);
int cs_plan_optional(const cs_state *state, PyObject *object, PyObject *name,
                     PyObject **out); /* NULL where it is MISSING; a new reference */
const cs_field *
cs_field_inherited(const cs_class *base,
                   PyObject *name); /* NULL: the base has none, or there is no base */
int cs_fields_init(cs_class *cls, PyObject *specs); /* the fields, without their places */
int cs_fields_find_covered(cs_class *cls);
int cs_fields_place(cs_class *cls, const cs_class *base, int weakref,
                    int dict); /* and the word of the texts, the weak list, the dict */

/* ---- class/build.c ---- */
int cs_needs_own_descriptor(const cs_class *cls, const cs_field *field);

/* ---- class/calls.c ---- */
void cs_class_find_setattr(cs_class *cls); /* sets or clears CS_CLASS_OWN_SETATTR */
int cs_class_has_init(
    const cs_class *
        cls); /* the first __init__ along the bases: 0 the generated one (or none), 1 the user's; -1: an error */
int cs_class_has_new(const cs_class *cls);

#endif
