/* memory.h: the one door through which the core gets memory.
 *
 * Whatever the core allocates comes from a cs_allocator that its caller hands in; so a test can count, or make every allocation
 * fail in turn, and the binding can route everything through Python's allocator. There is no global allocator.
 *
 * Three sorts of memory: blocks (any size, malloc-like), regions (large, aligned, from the operating system, given back page by page), and
 * address space (reserved, so that what lies in it can grow without moving; memory comes as it is committed).
 */
#ifndef CSLOTS_MEMORY_H
#define CSLOTS_MEMORY_H

#include <stddef.h>

#define CS_SPACE_STEP \
    ((size_t)64 *     \
     1024) /* of reserving and committing address space; a multiple of every system's page */

typedef struct cs_allocator cs_allocator;
struct cs_allocator {
    void *ctx;
    /* malloc, realloc, free: block may be NULL for realloc and free; size is never 0. */
    void *(*alloc)(void *ctx, size_t size);
    void *(*realloc)(void *ctx, void *block, size_t size);
    void (*free)(void *ctx, void *block);
    /* region_map: size bytes of zeroed memory at a multiple of align (a power of two), or NULL. region_unmap: gives it back.
     * region_discard: the bytes are not needed now; the system may take the pages; the next read finds zeros or old bytes. */
    void *(*region_map)(void *ctx, size_t size, size_t align);
    void (*region_unmap)(void *ctx, void *region, size_t size);
    void (*region_discard)(void *ctx, void *region, size_t size);
    /* space_reserve: size bytes of address space, a multiple of CS_SPACE_STEP, without memory behind it; NULL if there is none, or if the system cannot.
     * space_commit: bytes [from, to) of it, multiples of CS_SPACE_STEP, become zeroed memory; 0, or -1 if there is none.
     * space_move: a new reservation of `wanted` bytes, to whose beginning what is committed of `space` ([0, committed)) has gone without being copied; `space` is no
     * longer reserved. NULL if the system cannot (nothing has happened). space_release: gives address space and memory back. region_discard may be used on
     * committed bytes: whole pages of what it is given are zero after it, the rest is as it was.
     * All four may be NULL: there is no such thing as a reservation then, and blocks are used. */
    void *(*space_reserve)(void *ctx, size_t size);
    int (*space_commit)(void *ctx, void *space, size_t from, size_t to);
    void *(*space_move)(void *ctx, void *space, size_t committed, size_t reserved, size_t wanted);
    void (*space_release)(void *ctx, void *space, size_t reserved);
    /* page_used, page_unused: may be NULL. Called when the slab hands a page to a size class and when it takes it back: the binding
     * tells tracemalloc. */
    void (*page_used)(void *ctx, void *page, size_t size);
    void (*page_unused)(void *ctx, void *page, size_t size);
};

/* malloc/free and mmap (or VirtualAlloc, or aligned_alloc where there is neither). */
extern const cs_allocator cs_system_allocator;

#endif
