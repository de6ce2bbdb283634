/* kinds/bool.h: see kinds/bool.c. */
#ifndef CB_BOOL_H
#define CB_BOOL_H

#include "kinds/kind.h"

extern const cb_kind_ops cb_bool_ops;

#endif
