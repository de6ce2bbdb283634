/* class/foreign.h: the slots that bases of Python's own have. */
#ifndef CB_FOREIGN_H
#define CB_FOREIGN_H

#include "model/class.h"

int cb_foreign_find(cb_class *cls, const cb_class *base);
/* Does it have such slots of its own? */
int cb_foreign_slots(const cb_state *state, PyTypeObject *type);
uint32_t cb_foreign_offset(const cb_class *cls, PyObject *name);

#endif
