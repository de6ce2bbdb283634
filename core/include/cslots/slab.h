/* slab.h: blocks of 16 to 512 bytes in steps of 8, for objects without a GC header.
 *
 *   arena (1 MiB, aligned)          page (32 KiB, aligned)
 *   +------+------+-----+------+    +-----------------+-------+-------+-----+
 *   | page | page | ... | page |    | cs_slab_page    | block | block | ... |
 *   +------+------+-----+------+    +-----------------+-------+-------+-----+
 *
 * A page holds blocks of one size. Its free blocks form a list through their first 8 bytes. Blocks
 * that were never handed out lie above `bump`. The pages of a size class that have a free block
 * form a doubly linked list. Allocation takes from its head, the *current* page.
 *
 * Invariants
 *   - used == number of blocks handed out; used + length(free list) + blocks above bump ==
 *     capacity.
 *   - A page is in its class's list iff it has a free block. A page with used == 0 is given back,
 *     but each class keeps one empty page, so that a loop that makes and drops one object does no
 *     system calls.
 *   - page == address & ~(CS_SLAB_PAGE - 1) for every block of it.
 *
 * Ownership: a slab owns its arenas. cs_slab_close() gives up the owner's hold. The slab frees
 * itself when the last block is freed, so objects may outlive the module that made the slab. A
 * slab is not thread-safe: it belongs to one interpreter and its GIL.
 */
#ifndef CSLOTS_SLAB_H
#define CSLOTS_SLAB_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "cslots/compiler.h"
#include "cslots/memory.h"

#define CS_SLAB_PAGE ((size_t)32 * 1024)
#define CS_SLAB_ARENA ((size_t)1024 * 1024)
#define CS_SLAB_STEP ((size_t)8)
#define CS_SLAB_MIN ((size_t)16)
#define CS_SLAB_MAX ((size_t)512)
#define CS_SLAB_CLASSES (CS_SLAB_MAX / CS_SLAB_STEP + 1) /* class = size / 8; 0 and 1 stay empty */

typedef struct cs_slab cs_slab;
typedef struct cs_slab_page cs_slab_page;

struct cs_slab_page {
    void *free; /* list of freed blocks */
    char *bump; /* the first block never handed out */
    char *end; /* past the last whole block */
    /* neighbours in the class's list of pages with room; both NULL when the page is not in it */
    cs_slab_page *prev;
    cs_slab_page *next;
    cs_slab *slab;
    uint32_t used; /* blocks handed out */
    uint16_t block_size; /* 0 while the page belongs to no class */
    uint8_t listed; /* is it in the class's list? */
    uint8_t keeper; /* the class keeps this page when it empties */
};

typedef struct {
    /* now mapped, given to classes, handed out */
    size_t arenas, pages, blocks;
    size_t bytes_mapped, bytes_used; /* arenas * CS_SLAB_ARENA; sum of block sizes handed out */
} cs_slab_stats;

struct cs_slab {
    /* heads of the lists of pages with room, by size / 8; NULL when no page has */
    cs_slab_page *current[CS_SLAB_CLASSES];
    const cs_allocator *allocator;
    struct cs_arena *arenas;
    int closed;
    size_t pages;
};

/* NULL when out of memory. `allocator` must outlive the slab. */
cs_slab *cs_slab_new(const cs_allocator *allocator);
void cs_slab_close(cs_slab *slab);
void cs_slab_get_stats(const cs_slab *slab, cs_slab_stats *stats); /* walks all pages */
/* 0 when the invariants above hold, else the number of the one that does not. For tests: it walks
 * everything. */
int cs_slab_check(const cs_slab *slab);

/* The slow halves; use cs_slab_alloc and cs_slab_free. */
void *cs_slab_alloc_slow(cs_slab *slab, size_t size_class);
/* The page was full, or is empty now and not the keeper. */
void cs_slab_free_slow(cs_slab_page *page);

static inline size_t cs_slab_round(size_t size) {
    return (size + (CS_SLAB_STEP - 1)) & ~(CS_SLAB_STEP - 1);
}

static inline cs_slab_page *cs_slab_page_of(const void *block) {
    return (cs_slab_page *)((uintptr_t)block & ~(uintptr_t)(CS_SLAB_PAGE - 1));
}

static inline size_t cs_slab_size_of(const void *block) {
    return cs_slab_page_of(block)->block_size;
}

/* A block of cs_slab_round(size) bytes (CS_SLAB_MIN <= size <= CS_SLAB_MAX), not zeroed; NULL when
 * out of memory. */
static inline void *cs_slab_alloc(cs_slab *slab, size_t size) {
    size_t k = cs_slab_round(size) / CS_SLAB_STEP;
    cs_slab_page *page = slab->current[k];
    if (page != NULL && page->free != NULL) {
        char *block = (char *)page->free;
        CS_UNPOISON(block, k * CS_SLAB_STEP);
        memcpy(&page->free, block, sizeof(void *));
        page->used++;
        /* A page that has just become full stays listed until the next allocation finds it so. */
        return block;
    }
    return cs_slab_alloc_slow(slab, k);
}

static inline void cs_slab_free(void *block) {
    cs_slab_page *page = cs_slab_page_of(block);
    memcpy(block, &page->free, sizeof(void *));
    page->free = block;
    page->used--;
    CS_POISON(block, page->block_size);
    if ((page->used == 0 && !page->keeper) || !page->listed) { cs_slab_free_slow(page); }
}

#endif
