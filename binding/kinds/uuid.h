/* kinds/uuid.h: see kinds/uuid.c. */
#ifndef CB_UUID_H
#define CB_UUID_H

#include "kinds/kind.h"

extern const cb_kind_ops cb_uuid_ops;

#endif
