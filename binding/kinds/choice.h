/* kinds/choice.h: values of an Enum or a Literal as an index, members of a Flag as bits. */
#ifndef CS_CHOICE_H
#define CS_CHOICE_H

#include "model/class.h"

/* 1 found, 0 not, -1 error */
int cs_choice_index(cs_class *cls, const cs_field *field, PyObject *value, uint64_t *index);
int cs_flag_bits(cs_class *cls, const cs_field *field, PyObject *value, uint64_t *bits);
PyObject *cs_flag_member(cs_class *cls, const cs_field *field, uint64_t bits);

#endif
