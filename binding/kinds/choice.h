/* kinds/choice.h: which value of an Enum or Literal field it is. The drawing
 * and the rules are in kinds/choice.c. */
#ifndef CS_CHOICE_H
#define CS_CHOICE_H

#include "kinds/kind.h"

extern const cs_kind_ops cs_choice_ops, cs_flag_ops;

/* 1 found, 0 not, -1 error. Looking up a Literal's value runs user code. */
int cs_choice_index(cs_class *cls, const cs_field *field, PyObject *value, uint64_t *index);

#endif
