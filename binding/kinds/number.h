/* kinds/number.h: see kinds/number.c. */
#ifndef CS_NUMBER_H
#define CS_NUMBER_H

#include "kinds/kind.h"

extern const cs_kind_ops cs_integer_ops, cs_int_ops, cs_float_ops;

#endif
