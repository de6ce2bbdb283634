/* slab.c: pages, arenas and the slow halves of allocating and freeing. The fast halves are inline
 * in slab.h.
 *
 * An arena has 32 pages. The first begins with a page header, as every page does, and then has the
 * header of the arena:
 *
 *   0           64           64 + sizeof(cs_arena)     32 KiB      64 KiB
 *   +-----------+------------+-------------------------+-----------+-----
 *   | page head | cs_arena   | block | block | ...     | page head | ...
 *   +-----------+------------+-------------------------+-----------+-----
 *
 *   slab.current[k] -> page <-> page <-> page     the pages of class k with room
 *   inner.empty[k]  -> page                       the page of class k that was kept when it emptied
 *   inner.roomy     -> arena <-> arena            the arenas with a free page
 *   slab.arenas     -> arena <-> arena <-> ...    all arenas
 *
 * Invariants, besides those of slab.h
 *   - Only the head of a class's list may be full. The fast half does not look; the next
 *     allocation that finds the head full takes it out.
 *   - Of the empty pages of a class only inner.empty[k] is kept. The pointer may be stale in one
 *     way only: its page is in use again (used > 0).
 *   - arena->used has the bit of a page iff the page belongs to a class. An arena is in `roomy`
 *     iff a bit is 0.
 *   - At most one arena is empty (inner.spare), so that a program around a multiple of 1 MiB does
 *     not map and unmap at every step.
 *   - Under AddressSanitizer all is poisoned but the arena headers, the headers of pages that
 *     belong to a class, and blocks handed out.
 *
 * Nothing here looks through the arenas or pages except cs_slab_get_stats, cs_slab_check and
 * closing.
 */
#include "cslots/slab.h"

#include <string.h>

#define PAGES (CS_SLAB_ARENA / CS_SLAB_PAGE)
#define ALL_PAGES (UINT64_MAX >> (64 - PAGES)) /* one bit a page */
#define PAGE_HEAD ((sizeof(cs_slab_page) + 15) & ~(size_t)15)
/* Bytes that are put on the free list at once: they touch one or two pages of the system. */
#define CHUNK ((size_t)4096)
#define DISCARD_FROM ((size_t)4096) /* of an arena's first page, which keeps the headers */

typedef struct cs_arena cs_arena;
struct cs_arena {
    uint64_t used; /* bit i: page i belongs to a class */
    cs_arena *prev, *next; /* all arenas */
    cs_arena *before, *after; /* the arenas with a free page */
    int roomy; /* is it among them? */
};

typedef struct {
    cs_slab slab; /* first, so that a pointer to one is a pointer to the other */
    cs_arena *roomy;
    cs_arena *spare; /* the one arena without a used page, or NULL */
    cs_slab_page *empty[CS_SLAB_CLASSES];
} inner_slab;

_Static_assert(PAGES >= 1 && PAGES <= 64, "arena.used is one word");
_Static_assert(PAGE_HEAD + sizeof(cs_arena) <= DISCARD_FROM, "discarding keeps the headers");

static inner_slab *inner(cs_slab *slab) { return (inner_slab *)slab; }

static char *base_of(const cs_arena *arena) { return (char *)(uintptr_t)arena - PAGE_HEAD; }

static cs_arena *arena_of(const cs_slab_page *page) {
    return (cs_arena *)(((uintptr_t)page & ~(uintptr_t)(CS_SLAB_ARENA - 1)) + PAGE_HEAD);
}

static size_t page_number(const cs_slab_page *page) {
    return ((uintptr_t)page & (CS_SLAB_ARENA - 1)) / CS_SLAB_PAGE;
}

static cs_slab_page *page_at(const cs_arena *arena, size_t number) {
    return (cs_slab_page *)(void *)(base_of(arena) + number * CS_SLAB_PAGE);
}

static char *first_block(const cs_slab_page *page) {
    return (char *)(uintptr_t)page + PAGE_HEAD +
           (page_number(page) == 0 ? (sizeof(cs_arena) + 15) & ~(size_t)15 : 0);
}

/* ---- arenas ---- */

static void list_roomy(inner_slab *in, cs_arena *arena) {
    arena->before = NULL;
    arena->after = in->roomy;
    if (in->roomy != NULL) { in->roomy->before = arena; }
    in->roomy = arena;
    arena->roomy = 1;
}

static void unlist_roomy(inner_slab *in, cs_arena *arena) {
    if (arena->after != NULL) { arena->after->before = arena->before; }
    if (arena->before != NULL) {
        arena->before->after = arena->after;
    } else {
        in->roomy = arena->after;
    }
    arena->before = arena->after = NULL;
    arena->roomy = 0;
}

static cs_arena *arena_new(inner_slab *in) {
    const cs_allocator *allocator = in->slab.allocator;
    char *base = allocator->region_map(allocator->ctx, CS_SLAB_ARENA, CS_SLAB_ARENA);
    if (base == NULL) { return NULL; }
    cs_arena *arena = (cs_arena *)(void *)(base + PAGE_HEAD);
    CS_POISON(base, CS_SLAB_ARENA);
    CS_UNPOISON(arena, sizeof *arena);
    *arena = (cs_arena){.next = in->slab.arenas};
    if (arena->next != NULL) { arena->next->prev = arena; }
    in->slab.arenas = arena;
    list_roomy(in, arena);
    return arena;
}

static void arena_free(inner_slab *in, cs_arena *arena) {
    const cs_allocator *allocator = in->slab.allocator;
    if (arena->roomy) { unlist_roomy(in, arena); }
    if (arena->next != NULL) { arena->next->prev = arena->prev; }
    if (arena->prev != NULL) {
        arena->prev->next = arena->next;
    } else {
        in->slab.arenas = arena->next;
    }
    char *base = base_of(arena);
    /* the next owner of these addresses knows nothing of the slab */
    CS_UNPOISON(base, CS_SLAB_ARENA);
    allocator->region_unmap(allocator->ctx, base, CS_SLAB_ARENA);
}

/* The arena lost its last used page. */
static void arena_emptied(inner_slab *in, cs_arena *arena) {
    if (in->spare != NULL || in->slab.closed) {
        arena_free(in, arena);
    } else {
        in->spare = arena;
    }
}

/* An arena with a free page. The spare arena is taken only when there is no other, so that it
 * stays empty. */
static cs_arena *arena_with_room(inner_slab *in) {
    cs_arena *arena = in->roomy;
    if (arena != NULL && arena == in->spare && arena->after != NULL) { arena = arena->after; }
    return arena != NULL ? arena : arena_new(in);
}

/* ---- pages ---- */

static void list_page(cs_slab *slab, cs_slab_page *page) {
    size_t k = page->block_size / CS_SLAB_STEP;
    cs_slab_page *head = slab->current[k];
    if (head == NULL) {
        slab->current[k] = page;
    } else {
        /* Behind the current page, so that allocation stays in warm memory until that page is
         * full. */
        page->prev = head;
        page->next = head->next;
        if (page->next != NULL) { page->next->prev = page; }
        head->next = page;
    }
    page->listed = 1;
}

static void unlist_page(cs_slab *slab, cs_slab_page *page) {
    if (page->next != NULL) { page->next->prev = page->prev; }
    if (page->prev != NULL) {
        page->prev->next = page->next;
    } else {
        slab->current[page->block_size / CS_SLAB_STEP] = page->next;
    }
    page->prev = page->next = NULL;
    page->listed = 0;
}

/* Give class k a page, and list it. */
static cs_slab_page *page_new(cs_slab *slab, size_t k) {
    inner_slab *in = inner(slab);
    const cs_allocator *allocator = slab->allocator;
    cs_arena *arena = arena_with_room(in);
    if (arena == NULL) { return NULL; }
    size_t number = 0, size = k * CS_SLAB_STEP;
    while (arena->used >> number & 1) { number++; }
    arena->used |= (uint64_t)1 << number;
    if (arena == in->spare) { in->spare = NULL; }
    if (arena->used == ALL_PAGES) { unlist_roomy(in, arena); }

    cs_slab_page *page = page_at(arena, number);
    char *first = first_block(page);
    size_t room = (size_t)((char *)page + CS_SLAB_PAGE - first);
    CS_UNPOISON(page, sizeof *page);
    *page = (cs_slab_page){.bump = first,
                           .end = first + room / size * size,
                           .slab = slab,
                           .block_size = (uint16_t)size};
    slab->pages++;
    list_page(slab, page);
    if (allocator->page_used != NULL) { allocator->page_used(allocator->ctx, page, CS_SLAB_PAGE); }
    return page;
}

/* Take an empty page from its class. */
static void page_free(cs_slab *slab, cs_slab_page *page) {
    inner_slab *in = inner(slab);
    const cs_allocator *allocator = slab->allocator;
    size_t k = page->block_size / CS_SLAB_STEP, number = page_number(page);
    cs_arena *arena = arena_of(page);
    if (allocator->page_unused != NULL) {
        allocator->page_unused(allocator->ctx, page, CS_SLAB_PAGE);
    }
    if (in->empty[k] == page) { in->empty[k] = NULL; }
    page->keeper = 0;
    unlist_page(slab, page);
    page->block_size = 0;
    CS_POISON(first_block(page), (size_t)((char *)page + CS_SLAB_PAGE - first_block(page)));
    CS_POISON(page, sizeof *page);
    slab->pages--;
    arena->used &= ~((uint64_t)1 << number);
    if (!arena->roomy) { list_roomy(in, arena); }
    if (arena->used == 0 && (in->spare != NULL || slab->closed)) {
        /* the arena goes as a whole, so its pages need not be given back one by one */
        arena_emptied(in, arena);
        return;
    }
    size_t kept = number == 0 ? DISCARD_FROM : 0;
    allocator->region_discard(allocator->ctx, (char *)page + kept, CS_SLAB_PAGE - kept);
    if (arena->used == 0) { arena_emptied(in, arena); }
}

/* ---- blocks ---- */

static void *read_link(const void *block) {
    void *next;
    memcpy(&next, block, sizeof next);
    return next;
}

/* Hand out the first block above bump. Put some of those behind it on the (empty) free list, in
 * the order of their addresses. */
static void *carve(cs_slab_page *page) {
    size_t size = page->block_size, most = CHUNK / size,
           left = (size_t)(page->end - page->bump) / size;
    size_t count = left < most ? left : most;
    char *first = page->bump;
    page->bump = first + count * size;
    page->used++;
    CS_UNPOISON(first, count * size);
    void *next = NULL;
    for (char *block = page->bump - size; block != first; block -= size) {
        memcpy(block, &next, sizeof next);
        next = block;
    }
    page->free = next;
    CS_POISON(first + size, (count - 1) * size);
    return first;
}

void *cs_slab_alloc_slow(cs_slab *slab, size_t size_class) {
    for (;;) {
        cs_slab_page *page = slab->current[size_class];
        if (page == NULL) {
            page = page_new(slab, size_class);
            if (page == NULL) { return NULL; }
        }
        if (page->free != NULL) { return cs_slab_alloc(slab, size_class * CS_SLAB_STEP); }
        if (page->bump != page->end) { return carve(page); }
        unlist_page(slab, page);
    }
}

static void slab_free(cs_slab *slab) {
    while (slab->arenas != NULL) { arena_free(inner(slab), slab->arenas); }
    slab->allocator->free(slab->allocator->ctx, slab);
}

void cs_slab_free_slow(cs_slab_page *page) {
    cs_slab *slab = page->slab;
    if (!page->listed) { list_page(slab, page); }
    if (page->used != 0) { return; }
    cs_slab_page **empty = &inner(slab)->empty[page->block_size / CS_SLAB_STEP];
    if (slab->closed) {
        page_free(slab, page);
        if (slab->pages == 0) { slab_free(slab); }
    } else if (*empty == NULL || (*empty)->used != 0) {
        if (*empty != NULL) { (*empty)->keeper = 0; }
        *empty = page;
        page->keeper = 1;
    } else if (*empty != page) {
        page_free(slab, page);
    }
}

/* ---- the slab ---- */

cs_slab *cs_slab_new(const cs_allocator *allocator) {
    inner_slab *in = allocator->alloc(allocator->ctx, sizeof *in);
    if (in == NULL) { return NULL; }
    *in = (inner_slab){.slab.allocator = allocator};
    return &in->slab;
}

void cs_slab_close(cs_slab *slab) {
    slab->closed = 1;
    for (size_t k = 0; k < CS_SLAB_CLASSES; k++) {
        cs_slab_page *page = inner(slab)->empty[k];
        if (page == NULL) { continue; }
        page->keeper = 0;
        if (page->used == 0) { page_free(slab, page); }
    }
    cs_arena *spare = inner(slab)->spare;
    inner(slab)->spare = NULL;
    if (spare != NULL) { arena_free(inner(slab), spare); }
    if (slab->pages == 0) { slab_free(slab); }
}

void cs_slab_get_stats(const cs_slab *slab, cs_slab_stats *stats) {
    *stats = (cs_slab_stats){.pages = slab->pages};
    for (const cs_arena *arena = slab->arenas; arena != NULL; arena = arena->next) {
        stats->arenas++;
        stats->bytes_mapped += CS_SLAB_ARENA;
        for (size_t i = 0; i < PAGES; i++) {
            if (!(arena->used >> i & 1)) { continue; }
            const cs_slab_page *page = page_at(arena, i);
            stats->blocks += page->used;
            stats->bytes_used += (size_t)page->used * page->block_size;
        }
    }
}

/* ---- checking ----
 *
 * Freed blocks are poisoned, so their links are read between unpoisoning and poisoning. */

static int check_page(const cs_slab *slab, const cs_slab_page *page) {
    size_t size = page->block_size, k = size / CS_SLAB_STEP, free_blocks = 0;
    const char *first = first_block(page);
    if (page->slab != slab || size < CS_SLAB_MIN || size > CS_SLAB_MAX ||
        size % CS_SLAB_STEP != 0) {
        return 1;
    }
    if (page->bump < first || page->bump > page->end ||
        page->end > (const char *)page + CS_SLAB_PAGE) {
        return 2;
    }
    size_t capacity = (size_t)(page->end - first) / size;
    for (char *block = page->free; block != NULL; free_blocks++) {
        if (block < first || block >= page->bump || (size_t)(block - first) % size != 0) {
            return 3;
        }
        if (free_blocks > capacity) { return 4; }
        CS_UNPOISON(block, size);
        char *next = read_link(block);
        CS_POISON(block, size);
        block = next;
    }
    if (page->used + free_blocks + (size_t)(page->end - page->bump) / size != capacity) {
        return 5;
    }
    int has_room = page->used != capacity, is_head = slab->current[k] == page;
    if (has_room && !page->listed) { return 6; }
    if (!has_room && page->listed && !is_head) { return 7; }
    if (page->used == 0 && (slab->closed || ((const inner_slab *)slab)->empty[k] != page)) {
        return 8;
    }
    if (!page->listed && (page->prev != NULL || page->next != NULL)) { return 9; }
    if (page->listed && (page->prev == NULL) != is_head) { return 10; }
    return 0;
}

static int check_lists(const cs_slab *slab, size_t listed) {
    for (size_t k = 0; k < CS_SLAB_CLASSES; k++) {
        const cs_slab_page *prev = NULL, *kept = ((const inner_slab *)slab)->empty[k];
        for (const cs_slab_page *page = slab->current[k]; page != NULL;
             prev = page, page = page->next) {
            if (page->prev != prev || !page->listed || page->block_size != k * CS_SLAB_STEP ||
                listed-- == 0) {
                return 11;
            }
        }
        if (kept != NULL &&
            (kept->block_size != k * CS_SLAB_STEP || kept->keeper == slab->closed)) {
            return 12;
        }
    }
    return listed != 0 ? 13 : 0;
}

static int check_arenas(const cs_slab *slab, size_t roomy) {
    const inner_slab *in = (const inner_slab *)slab;
    const cs_arena *before = NULL;
    for (const cs_arena *arena = in->roomy; arena != NULL; before = arena, arena = arena->after) {
        if (arena->before != before || !arena->roomy || roomy-- == 0) { return 14; }
    }
    return roomy != 0 ? 15 : 0;
}

int cs_slab_check(const cs_slab *slab) {
    size_t pages = 0, listed = 0, roomy = 0;
    const cs_arena *prev = NULL;
    for (const cs_arena *arena = slab->arenas; arena != NULL; prev = arena, arena = arena->next) {
        if (arena->prev != prev || (uintptr_t)base_of(arena) % CS_SLAB_ARENA != 0) { return 16; }
        if (arena->roomy != (arena->used != ALL_PAGES)) { return 17; }
        if ((arena->used == 0) != (arena == ((const inner_slab *)slab)->spare)) { return 18; }
        roomy += arena->used != ALL_PAGES;
        for (size_t i = 0; i < PAGES; i++) {
            if (!(arena->used >> i & 1)) { continue; }
            const cs_slab_page *page = page_at(arena, i);
            int broken = check_page(slab, page);
            if (broken != 0) { return broken; }
            pages++;
            listed += page->listed;
        }
    }
    if (pages != slab->pages) { return 19; }
    int broken = check_lists(slab, listed);
    return broken != 0 ? broken : check_arenas(slab, roomy);
}
