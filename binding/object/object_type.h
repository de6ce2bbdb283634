/* object/object_type.h: the C base of Struct. */
#ifndef CS_OBJECT_TYPE_H
#define CS_OBJECT_TYPE_H

#include "model/class.h"

extern PyType_Spec cs_object_spec;
extern const cs_access cs_object_access; /* of objects that keep their values themselves */

#endif
