/* class/metatype.h: the metatypes, and what they do when a class is made. */
#ifndef CS_METATYPE_H
#define CS_METATYPE_H

#include "model/class.h"

extern PyType_Spec cs_meta_spec, cs_dataclass_meta_spec, cs_finisher_spec;
int cs_struct_type_init(PyObject *module, cs_state *state);

#endif
