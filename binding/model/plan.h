/* model/plan.h: what C asks of the plan that a class was made from (cslots/_plan/).
 *
 * All of it runs Python code: the caller holds the class.
 */
#ifndef CB_PLAN_H
#define CB_PLAN_H

#include "model/class.h"

PyObject *cb_import_plan(cb_state *state); /* cslots._plan.statement.plan; borrowed */

/* An attribute as a truth value; -1: an error. */
int cb_plan_flag(PyObject *object, PyObject *name);
int cb_plan_set_flag(uint32_t *flags, uint32_t bit, PyObject *object, PyObject *name);
/* NULL where it is MISSING; a new reference. */
int cb_plan_optional(const cb_state *state, PyObject *object, PyObject *name, PyObject **out);

/* The constant or method that a class has over a field; as found on the class, or on `self` if that
 * is not NULL. NULL without an error: there is none. */
PyObject *cb_class_beside(const cb_class *cls, PyObject *name);
PyObject *cb_class_found_beside(const cb_class *cls, PyObject *name, PyObject *self);
/* What `Cls.field` is, of a dataclass. */
PyObject *cb_class_attribute(cb_class *cls, const cb_field *field);

#endif
