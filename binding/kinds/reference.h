/* kinds/reference.h: references, checked or not; also those whose annotation names a class that
 * comes later. */
#ifndef CS_REFERENCE_KIND_H
#define CS_REFERENCE_KIND_H

#include "kinds/kind.h"

extern const cs_kind_ops cs_reference_ops;

/* May an object of the class hold this value, of a subclass of `plain`, as it is? -1 and
 * TypeError. */
int cs_reference_check(cs_class *cls, const cs_field *field, PyObject *value,
                       const PyTypeObject *plain, int *held);

/* Look for the class of a deferred field, with user code. -1 and an error. */
int cs_field_resolve(cs_class *cls, const cs_field *wanted);
int cs_class_resolve(cs_class *cls); /* the same for all of them */

#endif
