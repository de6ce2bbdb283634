/* pool/row_class.h: which classes pools can hold, and the hidden class of their rows. */
#ifndef CB_POOL_ROW_CLASS_H
#define CB_POOL_ROW_CLASS_H

#include "model/class.h"

extern PyType_Spec cb_row_shield_spec;

/* Of a class that pools can hold. NULL and TypeError. */
cb_class *cb_pool_record_class(cb_state *state, PyObject *type);
/* The class of the rows of its pools, made with the first of them. NULL and an error. */
cb_class *cb_row_class_of(cb_class *cls);

#endif
