/* object/build.h: from the values of a constructor call to an object. */
#ifndef CB_BUILD_H
#define CB_BUILD_H

#include "model/class.h"

/* From the values of the parameters; not tracked. NULL and an error. */
PyObject *cb_build(cb_class *cls, PyObject *const *values);

#endif
