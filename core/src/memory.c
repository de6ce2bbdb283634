/* memory.c: cs_system_allocator: blocks from the C library, regions and address space from os/.
 *
 * The leak checker of the address sanitizer looks for pointers only where malloc gave memory. So
 * each region and each space is told to it.
 */
#include "cslots/memory.h"

#include <stdlib.h>

#include "cslots/compiler.h"
#include "os/os.h"

static void *system_alloc(void *ctx, size_t size) {
    (void)ctx;
    return malloc(size);
}

static void *system_realloc(void *ctx, void *block, size_t size) {
    (void)ctx;
    return realloc(block, size);
}

static void system_free(void *ctx, void *block) {
    (void)ctx;
    free(block);
}

static void *system_region_map(void *ctx, size_t size, size_t align) {
    (void)ctx;
    void *region = cs_os_region_map(size, align);
    if (region != NULL) { CS_LEAK_ROOT(region, size); }
    return region;
}

static void system_region_unmap(void *ctx, void *region, size_t size) {
    (void)ctx;
    CS_NO_LEAK_ROOT(region, size);
    cs_os_region_unmap(region, size);
}

static void system_region_discard(void *ctx, void *region, size_t size) {
    (void)ctx;
    cs_os_region_discard(region, size);
}

static void *system_space_reserve(void *ctx, size_t size) {
    (void)ctx;
    void *space = cs_os_space_reserve(size);
    if (space != NULL) { CS_LEAK_ROOT(space, size); }
    return space;
}

static int system_space_commit(void *ctx, void *space, size_t from, size_t to) {
    (void)ctx;
    return cs_os_space_commit(space, from, to);
}

static void *system_space_move(void *ctx, void *space, size_t committed, size_t reserved,
                               size_t wanted) {
    (void)ctx;
    void *moved = cs_os_space_move(space, committed, reserved, wanted);
    if (moved != NULL) {
        CS_NO_LEAK_ROOT(space, reserved);
        CS_LEAK_ROOT(moved, wanted);
    }
    return moved;
}

static void system_space_release(void *ctx, void *space, size_t reserved) {
    (void)ctx;
    CS_NO_LEAK_ROOT(space, reserved);
    cs_os_space_release(space, reserved);
}

const cs_allocator cs_system_allocator = {
    .alloc = system_alloc,
    .realloc = system_realloc,
    .free = system_free,
    .region_map = system_region_map,
    .region_unmap = system_region_unmap,
    .region_discard = system_region_discard,
    .space_reserve = system_space_reserve,
    .space_commit = system_space_commit,
    .space_move = system_space_move,
    .space_release = system_space_release,
};
