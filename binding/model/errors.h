/* model/errors.h: the exceptions that a user of a Struct meets when something is refused. */
#ifndef CS_ERRORS_H
#define CS_ERRORS_H

#include "model/class.h"

PyObject *cs_show_expected(const cs_field *field); /* "uint8 or None (an int from 0 to 255)" */

/* The exception for a value out of range; borrowed. */
PyObject *cs_range_error(cs_state *state);

/* Each sets the exception that is named beside it, and returns -1, NULL or nothing. */
int cs_error_type(cs_class *cls, const cs_field *field, PyObject *got);        /* TypeError */
int cs_error_range(cs_class *cls, const cs_field *field, PyObject *got);       /* RangeError */
PyObject *cs_error_unset(cs_class *cls, const cs_field *field); /* AttributeError */
void cs_error_no_field(cs_class *cls, PyObject *self, PyObject *name); /* AttributeError */
void cs_error_no_param(cs_class *cls, PyObject *name); /* TypeError */
/* FrozenInstanceError */
int cs_error_frozen(cs_class *cls, PyObject *self, PyObject *name, int deleting, int past_setattr);
int cs_error_delete(cs_class *cls, const cs_field *field); /* AttributeError */
int cs_error_tracked(cs_class *cls, const cs_field *field, PyObject *got); /* TypeError */
/* TypeError: only a plain one fits */
int cs_error_subclass(cs_class *cls, const cs_field *field, PyObject *got, const char *plain);
int cs_error_row(cs_class *cls, const cs_field *field); /* TypeError */
PyObject *cs_error_no_objects_yet(const PyTypeObject *type); /* TypeError: it is not finished */
PyObject *cs_error_unfinished(const PyTypeObject *type);     /* TypeError */
int cs_error_class_attribute(const cs_class *cls, PyObject *name); /* AttributeError */
int cs_error_status(cs_status status); /* MemoryError, OverflowError ... */

#endif
