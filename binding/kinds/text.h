/* kinds/text.h: between str objects and UTF-8. */
#ifndef CS_TEXT_OBJECT_H
#define CS_TEXT_OBJECT_H

#include "kinds/kind.h"

extern const cs_kind_ops cs_text_ops;

/* A str of UTF-8, in which lone surrogates are allowed. */
PyObject *cs_text_str(cs_text text);
/* Text of a str: data and size. *keep (to be released by the caller) holds encoded bytes if they
 * were needed. */
int cs_text_of(PyObject *str, cs_text *text, PyObject **keep);
/* Check a value for a utf8 or category field, and give the exact str to be stored (new reference).
 */
PyObject *cs_text_check_value(cs_class *cls, const cs_field *field, PyObject *value);

#endif
