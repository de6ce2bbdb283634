/* blocks.h: how many bytes an allocator takes for a block, and where no heap is. */
#ifndef CSLOTS_CENSUS_BLOCKS_H
#define CSLOTS_CENSUS_BLOCKS_H

#include "census/census.h"

/* The block for `size` bytes; 0 for none. `count`: add it to the sums of the census. */
size_t census_block(census *c, size_t size, bool count);
/* The same for a block whose first byte is known, and which is neither static memory nor an
 * arena's. */
size_t census_known_block(census *c, const void *start, size_t size, bool count);

/* The data of the program's files, where no heap is. false: no memory. */
bool census_find_statics(census *c);
bool census_is_static(const census *c, const void *address);

#endif
