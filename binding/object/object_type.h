/* object/object_type.h: the C base of Struct. */
#ifndef CB_OBJECT_TYPE_H
#define CB_OBJECT_TYPE_H

#include "model/class.h"

extern PyType_Spec cb_object_spec;
extern const cb_access cb_object_access; /* of objects that keep their values themselves */

#endif
