/* class/metatype.h: the metatypes, and what they do when a class is made. */
#ifndef CS_METATYPE_H
#define CS_METATYPE_H

#include "model/class.h"

extern PyType_Spec cs_meta_spec, cs_dataclass_meta_spec, cs_finisher_spec;
int cs_struct_type_init(PyObject *module, cs_state *state);
PyObject *cs_import_plan(cs_state *state); /* borrowed */

/* NULL if it is not a finished Struct class; no error. */
cs_class *cs_class_check(cs_state *state, PyObject *type);

/* What `Cls.field` is, of a dataclass. */
PyObject *cs_class_attribute(cs_class *cls, const cs_field *field);
/* The constant or method that a class has over a field; as found on the class, or on `self` if that is
 * not NULL. NULL without an error: there is none. */
PyObject *cs_class_beside(const cs_class *cls, PyObject *name);
PyObject *cs_class_found_beside(const cs_class *cls, PyObject *name, PyObject *self);

#endif
