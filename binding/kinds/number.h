/* kinds/number.h: see kinds/number.c. */
#ifndef CB_NUMBER_H
#define CB_NUMBER_H

#include "kinds/kind.h"

extern const cb_kind_ops cb_integer_ops, cb_int_ops, cb_float_ops;

#endif
