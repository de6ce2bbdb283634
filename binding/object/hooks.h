/* object/hooks.h: which methods of a class are its author's own.
 *
 * copy and pickle ask. A class with its author's own __reduce__, __getstate__ ... takes the way of
 * the copy and pickle modules, in place of the one that knows the bytes.
 */
#ifndef CS_HOOKS_H
#define CS_HOOKS_H

#include "model/class.h"

/* Is this something that a class has from cslots, and not from its author? */
int cs_is_generated(cs_state *state, PyObject *method);

/* Looks for the hooks: CS_CLASS_PICKLE_HOOKS and CS_CLASS_COPY_HOOKS. */
void cs_class_find_hooks(cs_class *cls);
/* The same, if something may have changed since. */
void cs_class_ask_hooks(cs_class *cls);

#endif
