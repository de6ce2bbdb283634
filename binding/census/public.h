/* public.h: what an object with a managed dict refers to, found by public functions only. */
#ifndef CSLOTS_CENSUS_PUBLIC_H
#define CSLOTS_CENSUS_PUBLIC_H

#include "census/census.h"

typedef struct {
    PyObject *value;
    census_attribute *attribute; /* NULL: it is the value of none */
} census_referent;

/* The references of one object, in the order of tp_traverse:
 *
 *    slots ... | values ... | type | what the base class holds
 *              ^ begin      ^ end
 */
typedef struct {
    census *c;
    census_referent *items;
    size_t count, room;
    size_t begin, end; /* of the values */
    PyObject *dict;    /* the object's dict, which holds the values then; or NULL */
    census_referent buffer[32];
} census_referents;

/* false: no memory. census_referents_clear must follow in any case. */
bool census_public_referents(census *c, PyObject *object, census_class *cls, census_referents *r);
void census_referents_clear(census_referents *r);
/* Is it one of those that stand in a slot? */
bool census_is_slot(const census_class *cls, const census_attribute *attribute);

/* Learn the names in a function. false: no memory. */
bool census_public_names(census *c, census_names *names, PyObject *function);

/* Estimates: the values inside an object's block, or in a block of their own. */
size_t census_public_inline_bytes(const census_class *cls);
size_t census_public_values_bytes(const census_class *cls);

#endif
