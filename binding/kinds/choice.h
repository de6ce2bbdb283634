/* kinds/choice.h: which value of an Enum or Literal field it is. The drawing
 * and the rules are in kinds/choice.c. */
#ifndef CB_CHOICE_H
#define CB_CHOICE_H

#include "kinds/kind.h"

extern const cb_kind_ops cb_choice_ops, cb_flag_ops;

/* 1 found, 0 not, -1 error. Looking up a Literal's value runs user code. */
int cb_choice_index(cb_class *cls, const cb_field *field, PyObject *value, uint64_t *index);

#endif
