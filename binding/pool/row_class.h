/* pool/row_class.h: which classes pools can hold, and the hidden class of their rows. */
#ifndef CS_POOL_ROW_CLASS_H
#define CS_POOL_ROW_CLASS_H

#include "model/class.h"

extern PyType_Spec cs_row_shield_spec;

/* Of a class that pools can hold. NULL and TypeError. */
cs_class *cs_pool_record_class(cs_state *state, PyObject *type);
/* The class of the rows of its pools, made with the first of them. NULL and an error. */
cs_class *cs_row_class_of(cs_class *cls);

#endif
