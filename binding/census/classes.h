/* classes.h: one record a type: how its objects are sized, where their attributes are. */
#ifndef CSLOTS_CENSUS_CLASSES_H
#define CSLOTS_CENSUS_CLASSES_H

#include "census/census.h"

census_class *census_class_of(census *c, PyTypeObject *type); /* NULL: no memory, remembered */
census_class *census_find_class(const census *c, const PyTypeObject *type); /* NULL: not met */
/* The attribute of that name; a name too many shares "*" with the others. NULL: no memory. */
census_attribute *census_attribute_named(census *c, census_class *cls, PyObject *name,
                                         census_storage_kind storage);
/* The dict of one class, borrowed; NULL if it has none. */
PyObject *census_own_dict(PyTypeObject *type);

#endif
