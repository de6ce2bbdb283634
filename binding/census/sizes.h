/* sizes.h: how many bytes the allocator gave for an object. */
#ifndef CSLOTS_CENSUS_SIZES_H
#define CSLOTS_CENSUS_SIZES_H

#include "census/census.h"

/* The object and what belongs to it alone. */
size_t census_size(census *c, census_class *cls, PyObject *object, bool count);

#endif
