/* memory.h: the memory of a census, all of which census_memory_clear gives back. */
#ifndef CSLOTS_CENSUS_MEMORY_H
#define CSLOTS_CENSUS_MEMORY_H

#include "census/census.h"

/* Zeroed. NULL: no memory. Freed by census_memory_clear. */
void *census_alloc(census_memory *memory, size_t size);
/* The same for a big table that is replaced: census_unmap gives it back at once. */
void *census_map(census_memory *memory, size_t size);
void census_unmap(census_memory *memory, void *block); /* NULL is allowed */
void census_memory_clear(census_memory *memory);

#endif
