/* walk.h: which objects there are, and who holds whom. */
#ifndef CSLOTS_CENSUS_WALK_H
#define CSLOTS_CENSUS_WALK_H

#include "census/census.h"

bool census_walk(census *c); /* false: no memory */

#endif
