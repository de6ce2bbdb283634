/* seen.h: which values were met, how often and by which class. */
#ifndef CSLOTS_CENSUS_SEEN_H
#define CSLOTS_CENSUS_SEEN_H

#include "census/census.h"

unsigned char *census_cell(census *c, const void *address); /* of a value. NULL: no memory */
bool census_seen_first(census *c, const void *address); /* is this value met for the first time? */
bool census_count_first(census *c, const void *address); /* or this tracked container counted? */

/* The tracked objects that are still to be walked. */
bool census_wait(census *c, const void *address); /* false: no memory */
typedef enum { NEXT_STOP, NEXT_KEEP, NEXT_DONE } census_next; /* does this one go on waiting? */
/* In the order of their addresses; none may join them meanwhile. false: stopped by `visit`. */
bool census_each_waiting(census *c, census_next (*visit)(census *, PyObject *));

#endif
