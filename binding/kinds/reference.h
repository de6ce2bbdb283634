/* kinds/reference.h: references, checked or not; also those whose annotation names a class that
 * comes later. */
#ifndef CB_REFERENCE_KIND_H
#define CB_REFERENCE_KIND_H

#include "kinds/kind.h"

extern const cb_kind_ops cb_reference_ops;

/* May an object of the class hold this value, of a subclass of `plain`, as it is? -1 and
 * TypeError. */
int cb_reference_check(cb_class *cls, const cb_field *field, PyObject *value,
                       const PyTypeObject *plain, int *held);

/* Look for the class of a deferred field, with user code. -1 and an error. */
int cb_field_resolve(cb_class *cls, const cb_field *wanted);
int cb_class_resolve(cb_class *cls); /* the same for all of them */

#endif
