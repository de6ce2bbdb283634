/* kinds/bool.h: see kinds/bool.c. */
#ifndef CS_BOOL_H
#define CS_BOOL_H

#include "kinds/kind.h"

extern const cs_kind_ops cs_bool_ops;

#endif
