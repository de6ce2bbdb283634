/* model/plan.h: what C asks of the plan that a class was made from (cslots/_plan/).
 *
 * All of it runs Python code: the caller holds the class.
 */
#ifndef CS_PLAN_H
#define CS_PLAN_H

#include "model/class.h"

PyObject *cs_import_plan(cs_state *state); /* cslots._plan.statement.plan; borrowed */

/* An attribute as a truth value; -1: an error. */
int cs_plan_flag(PyObject *object, PyObject *name);
int cs_plan_set_flag(uint32_t *flags, uint32_t bit, PyObject *object, PyObject *name);
/* NULL where it is MISSING; a new reference. */
int cs_plan_optional(const cs_state *state, PyObject *object, PyObject *name, PyObject **out);

/* The constant or method that a class has over a field; as found on the class, or on `self` if that
 * is not NULL. NULL without an error: there is none. */
PyObject *cs_class_beside(const cs_class *cls, PyObject *name);
PyObject *cs_class_found_beside(const cs_class *cls, PyObject *name, PyObject *self);
/* What `Cls.field` is, of a dataclass. */
PyObject *cs_class_attribute(cs_class *cls, const cs_field *field);

#endif
