/* class/foreign.h: the slots that bases of Python's own have. */
#ifndef CS_FOREIGN_H
#define CS_FOREIGN_H

#include "model/class.h"

int cs_foreign_find(cs_class *cls, const cs_class *base);
/* Does it have such slots of its own? */
int cs_foreign_slots(const cs_state *state, PyTypeObject *type);
uint32_t cs_foreign_offset(const cs_class *cls, PyObject *name);

#endif
