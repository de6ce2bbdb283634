/* model/errors.h: the exceptions that a user of a Struct meets when something is refused. */
#ifndef CB_ERRORS_H
#define CB_ERRORS_H

#include "model/class.h"

PyObject *cb_show_expected(const cb_field *field); /* "uint8 or None (an int from 0 to 255)" */

/* The exception for a value out of range; borrowed. */
PyObject *cb_range_error(cb_state *state);

/* Each sets the exception that is named beside it, and returns -1, NULL or nothing. */
int cb_error_type(cb_class *cls, const cb_field *field, PyObject *got);        /* TypeError */
int cb_error_range(cb_class *cls, const cb_field *field, PyObject *got);       /* RangeError */
PyObject *cb_error_unset(cb_class *cls, const cb_field *field); /* AttributeError */
void cb_error_no_field(cb_class *cls, PyObject *self, PyObject *name); /* AttributeError */
void cb_error_no_param(cb_class *cls, PyObject *name); /* TypeError */
/* FrozenInstanceError */
int cb_error_frozen(cb_class *cls, PyObject *self, PyObject *name, int deleting, int past_setattr);
int cb_error_delete(cb_class *cls, const cb_field *field); /* AttributeError */
int cb_error_tracked(cb_class *cls, const cb_field *field, PyObject *got); /* TypeError */
/* TypeError: only a plain one fits */
int cb_error_subclass(cb_class *cls, const cb_field *field, PyObject *got, const char *plain);
int cb_error_row(cb_class *cls, const cb_field *field); /* TypeError */
PyObject *cb_error_no_objects_yet(const PyTypeObject *type); /* TypeError: it is not finished */
PyObject *cb_error_unfinished(const PyTypeObject *type);     /* TypeError */
int cb_error_class_attribute(const cb_class *cls, PyObject *name); /* AttributeError */
int cb_error_status(cs_status status); /* MemoryError, OverflowError ... */

#endif
