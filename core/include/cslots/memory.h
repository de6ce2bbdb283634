/* memory.h: the one door through which the core gets memory.
 *
 * Whatever the core allocates comes from a cs_allocator that its caller hands in. So a test can
 * count, or make every allocation fail in turn, and the binding can route everything through
 * Python's allocator. There is no global allocator.
 *
 * There are three sorts of memory:
 *
 *   blocks          any size, as from malloc
 *   regions         large, aligned, from the operating system, given back page by page
 *   address space   reserved, so that what lies in it grows without moving; memory comes when it
 *                   is committed
 */
#ifndef CSLOTS_MEMORY_H
#define CSLOTS_MEMORY_H

#include <stddef.h>

/* Address space is reserved and committed in multiples of this, itself a multiple of every page
 * size. */
#define CS_SPACE_STEP ((size_t)64 * 1024)

typedef struct cs_allocator cs_allocator;
struct cs_allocator {
    void *ctx;

    /* malloc, realloc, free. block may be NULL for realloc and free; size is never 0. */
    void *(*alloc)(void *ctx, size_t size);
    void *(*realloc)(void *ctx, void *block, size_t size);
    void (*free)(void *ctx, void *block);

    /* `size` bytes of zeroed memory at a multiple of `align` (a power of two), or NULL. */
    void *(*region_map)(void *ctx, size_t size, size_t align);
    /* Gives a whole region back. */
    void (*region_unmap)(void *ctx, void *region, size_t size);
    /* The bytes are not needed now, so the system may take the pages. The next read finds zeros or
     * the old bytes. Of committed address space whole pages are zero after it, the rest is as it
     * was. */
    void (*region_discard)(void *ctx, void *region, size_t size);

    /* The four functions of address space. All of them may be NULL; then blocks are used
     * instead. */

    /* `size` bytes without memory behind them, or NULL: there are none, or the system has no such
     * thing. */
    void *(*space_reserve)(void *ctx, size_t size);
    /* Bytes [from, to) become zeroed memory. 0, or -1 if there is none. */
    int (*space_commit)(void *ctx, void *space, size_t from, size_t to);
    /* A new reservation of `wanted` bytes, which begins with the committed bytes of `space`. They
     * moved there without a copy, and `space` is no longer reserved. NULL if the system cannot do
     * that; nothing has happened then. */
    void *(*space_move)(void *ctx, void *space, size_t committed, size_t reserved, size_t wanted);
    /* Gives address space and memory back. */
    void (*space_release)(void *ctx, void *space, size_t reserved);

    /* Called when the slab hands a page to a size class, and when it takes the page back. The
     * binding tells tracemalloc. May be NULL. */
    void (*page_used)(void *ctx, void *page, size_t size);
    void (*page_unused)(void *ctx, void *page, size_t size);
};

/* malloc, and what the operating system has. No function for memory is NULL: where there is no
 * address space, space_reserve returns NULL. So an allocator may hand any of them on. */
extern const cs_allocator cs_system_allocator;

#endif
