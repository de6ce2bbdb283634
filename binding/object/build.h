/* object/build.h: from the values of a constructor call to an object. */
#ifndef CS_BUILD_H
#define CS_BUILD_H

#include "model/class.h"

/* From the values of the parameters; not tracked. NULL and an error. */
PyObject *cs_build(cs_class *cls, PyObject *const *values);

#endif
