/* object/hooks.h: which methods of a class are its author's own.
 *
 * copy and pickle ask. A class with its author's own __reduce__, __getstate__ ... takes the way of
 * the copy and pickle modules, in place of the one that knows the bytes.
 */
#ifndef CB_HOOKS_H
#define CB_HOOKS_H

#include "model/class.h"

/* Is this something that a class has from cslots, and not from its author? */
int cb_is_generated(cb_state *state, PyObject *method);

/* Looks for the hooks: CB_CLASS_PICKLE_HOOKS and CB_CLASS_COPY_HOOKS. */
void cb_class_find_hooks(cb_class *cls);
/* The same, if something may have changed since. */
void cb_class_ask_hooks(cb_class *cls);

#endif
