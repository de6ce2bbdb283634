/* kinds/uuid.h: see kinds/uuid.c. */
#ifndef CS_UUID_H
#define CS_UUID_H

#include "kinds/kind.h"

extern const cs_kind_ops cs_uuid_ops;

#endif
