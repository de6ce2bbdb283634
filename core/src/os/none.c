/* os/none.c: a system of which nothing is known but the C library.
 *
 * A region is a block from aligned_alloc, which keeps its memory when it is discarded. There is no
 * address space, so every buffer is a block. `tests/core/run.sh none` runs the core's tests this
 * way.
 */
#include "os/os.h"

#include <stdlib.h>
#include <string.h>

void *cs_os_region_map(size_t size, size_t align) {
    void *region = aligned_alloc(align, (size + align - 1) & ~(align - 1));
    if (region != NULL) { memset(region, 0, size); }
    return region;
}

void cs_os_region_unmap(void *region, size_t size) {
    (void)size;
    free(region);
}

void cs_os_region_discard(void *region, size_t size) { (void)region, (void)size; }

void *cs_os_space_reserve(size_t size) {
    (void)size;
    return NULL;
}

/* Never called: there is no space to call them with. */

int cs_os_space_commit(void *space, size_t from, size_t to) {
    (void)space, (void)from, (void)to;
    return -1;
}

void *cs_os_space_move(void *space, size_t committed, size_t reserved, size_t wanted) {
    (void)space, (void)committed, (void)reserved, (void)wanted;
    return NULL;
}

void cs_os_space_release(void *space, size_t reserved) { (void)space, (void)reserved; }
