/* hold.h: a class that lives as long as C works with it.
 *
 *   object ---> type ---> cs_class ---> fields, tables
 *
 * The caller of a C function owns the object, and the object owns its type. User code that runs in
 * the middle (`__index__`, `__eq__`, `__del__` ...) can give the object another class and drop the
 * last reference to the old one, which takes the cs_class and its fields with it. So whoever uses a
 * cs_class or a cs_field across user code holds the class: docs/design/lifetime.md, rule 1. The
 * ways that run no user code do not, since they are the hot ones.
 */
#ifndef CS_HOLD_H
#define CS_HOLD_H

#include "binding.h"

static inline void cs_class_hold(const cs_class *cls) { Py_INCREF((PyObject *)cls->type); }

/* The class may go now: nothing of it may be used afterwards. */
static inline void cs_class_let_go(const cs_class *cls) { Py_DECREF((PyObject *)cls->type); }

#endif
