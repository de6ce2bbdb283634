/* kinds/text.h: between str objects and UTF-8. */
#ifndef CB_TEXT_OBJECT_H
#define CB_TEXT_OBJECT_H

#include "kinds/kind.h"

extern const cb_kind_ops cb_text_ops;

/* A str of UTF-8, in which lone surrogates are allowed. */
PyObject *cb_text_str(cs_text text);
/* Text of a str: data and size. *keep (to be released by the caller) holds encoded bytes if they
 * were needed. */
int cb_text_of(PyObject *str, cs_text *text, PyObject **keep);
/* Check a value for a utf8 or category field, and give the exact str to be stored (new reference).
 */
PyObject *cb_text_check_value(cb_class *cls, const cb_field *field, PyObject *value);

#endif
