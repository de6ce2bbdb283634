/* class/metatype.h: the metatypes, and what they do when a class is made. */
#ifndef CB_METATYPE_H
#define CB_METATYPE_H

#include "model/class.h"

extern PyType_Spec cb_meta_spec, cb_dataclass_meta_spec, cb_finisher_spec;
int cb_struct_type_init(PyObject *module, cb_state *state);

#endif
