/* attributes.h: what the values of one attribute are. */
#ifndef CSLOTS_CENSUS_ATTRIBUTES_H
#define CSLOTS_CENSUS_ATTRIBUTES_H

#include "census/census.h"

/* One value more of the attribute. */
void census_note(census *c, census_attribute *attribute, PyObject *object, PyObject *value,
                 PyTypeObject *type);

#endif
