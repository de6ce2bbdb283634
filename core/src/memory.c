/* memory.c: cs_system_allocator, the only file of the core that speaks to the operating system.
 *
 * A region aligned to more than a page is mapped plainly first: the kernel puts mappings below one another, so after the first the address is
 * nearly always right. Only if it is not, more is mapped and both ends are cut off:
 *
 *   mapped          |<------------------ size + align ------------------>|
 *   kept                   |<------------ size ------------>|
 *                   | cut  ^ a multiple of align            |    cut     |
 *
 * Address space is mapped without any access, and accounted for by nobody; committing allows the access. On Linux it moves to a larger
 * reservation by its page tables:
 *
 *   space     | committed | reserved |                           mremap takes what is committed away, mapped larger than it was,
 *                   |                                            then the part that is new loses its access
 *                   v
 *   moved     | committed |              reserved              |
 *
 * Where there is neither mmap nor VirtualAlloc, a region is a block from aligned_alloc, discarding does nothing, and there is no address space.
 */
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* MAP_ANONYMOUS and madvise under -std=c11 */
#endif

#include "cslots/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(_WIN32)
#define CS_WINDOWS 1
#include <windows.h>
#elif defined(__unix__) || defined(__APPLE__)
#define CS_MMAP 1
#include <sys/mman.h>
#include <unistd.h>
#if !defined(MAP_ANONYMOUS)
#define MAP_ANONYMOUS MAP_ANON
#endif
#if !defined(MAP_NORESERVE)
#define MAP_NORESERVE 0
#endif
#endif

#if defined(__SANITIZE_ADDRESS__)
/* The leak checker looks for pointers in malloc's memory only; objects in regions hold pointers too. */
void __lsan_register_root_region(const void *start, size_t size);
void __lsan_unregister_root_region(const void *start, size_t size);
#define ROOT(region, size) __lsan_register_root_region((region), (size))
#define NO_ROOT(region, size) __lsan_unregister_root_region((region), (size))
#else
#define ROOT(region, size) ((void)0)
#define NO_ROOT(region, size) ((void)0)
#endif

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

#if defined(CS_MMAP)

static char *map(size_t size) {
    void *region = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return region == MAP_FAILED ? NULL : region;
}

/* Unmapping a piece in the middle splits a mapping, which the kernel may refuse when there are too many. Then the addresses stay ours for
 * ever, but the memory does not. */
static void unmap(char *region, size_t size) {
    if (size != 0 && munmap(region, size) != 0) { (void)madvise(region, size, MADV_DONTNEED); }
}

static void *map_region(size_t size, size_t align) {
    char *region = map(size);
    if (region == NULL || ((uintptr_t)region & (align - 1)) == 0) { return region; }
    unmap(region, size);
    if (size > SIZE_MAX - align || (region = map(size + align)) == NULL) { return NULL; }
    size_t before = (align - ((uintptr_t)region & (align - 1))) & (align - 1);
    unmap(region, before);
    unmap(region + before + size, align - before);
    return region + before;
}

static void unmap_region(void *region, size_t size) { unmap(region, size); }

static void discard_region(char *region, size_t size) {
    /* Whole pages of the system only: they may be larger than what the caller gives back. */
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start = (uintptr_t)region,
              end = start + size;
    size_t before = (page - start % page) % page;
    size_t after = end % page;
    if (before + after >= size) { return; }
    char *first = region + before;
    size -= before + after;
#if defined(__linux__)
    if (madvise(first, size, MADV_DONTNEED) != 0) {
        memset(first, 0, size);
    } /* refused for locked memory */
#else
    /* Elsewhere the pages may come back as they were: so they are zero. */
    memset(first, 0, size);
#if defined(MADV_FREE)
    (void)madvise(first, size, MADV_FREE);
#endif
#endif
}

/* Address space. Huge pages are welcome where filling fresh memory takes long: it costs a fraction. But one at the end of a column that grows step by step
 * would make a few megabytes take nearly twice as much; so such a column gets none until that is little. What is committed in one go, to more than twice
 * what there was, will be filled whole; and a huge page never reaches beyond what is committed. All that is committed has the one advice or the other,
 * so that it stays one mapping. */

#define HUGE_FROM ((size_t)32 * 1024 * 1024)
#define HUGE_FROM_IN_ONE_GO ((size_t)2 * 1024 * 1024)

static void *reserve_space(size_t size) {
    void *space = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (space == MAP_FAILED) { return NULL; }
#if defined(MADV_NOHUGEPAGE)
    (void)madvise(space, size, MADV_NOHUGEPAGE);
#endif
    return space;
}

static int commit_space(char *space, size_t from, size_t to) {
    if (mprotect(space + from, to - from, PROT_READ | PROT_WRITE) != 0) { return -1; }
#if defined(MADV_HUGEPAGE)
    if (to >= HUGE_FROM || (to >= HUGE_FROM_IN_ONE_GO && to / 2 > from)) {
        (void)madvise(space, to, MADV_HUGEPAGE);
    } else if (to >= HUGE_FROM_IN_ONE_GO) {
        (void)madvise(space, to, MADV_NOHUGEPAGE); /* what follows a part that had the other */
    }
#endif
    return 0;
}

static void release_space(char *space, size_t reserved) { unmap(space, reserved); }

static char *move_space(char *space, size_t committed, size_t reserved, size_t wanted) {
#if defined(__linux__)
    char *moved = mremap(space, committed, wanted, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED) {
        return NULL;
    } /* too much, or more than one mapping: in a process that was forked */
    unmap(space + committed, reserved - committed);
    /* If this is refused, what is reserved is merely committed already. */
    if (wanted > committed) { (void)mprotect(moved + committed, wanted - committed, PROT_NONE); }
    return moved;
#else
    (void)space, (void)committed, (void)reserved, (void)wanted;
    return NULL;
#endif
}

#elif defined(CS_WINDOWS)

static void *map_region(size_t size, size_t align) {
    /* A part of a reservation cannot be given back, so: look for a place, free it, take the aligned part; another thread may be quicker. */
    for (int attempt = 0; attempt < 16; attempt++) {
        char *place = VirtualAlloc(NULL, size + align, MEM_RESERVE, PAGE_NOACCESS);
        if (place == NULL) { return NULL; }
        VirtualFree(place, 0, MEM_RELEASE);
        char *aligned = place + ((align - ((uintptr_t)place & (align - 1))) & (align - 1));
        char *region = VirtualAlloc(aligned, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
        if (region != NULL) { return region; }
    }
    return NULL;
}

static void unmap_region(void *region, size_t size) {
    (void)size;
    VirtualFree(region, 0, MEM_RELEASE);
}

static void discard_region(char *region, size_t size) {
    memset(region, 0, size); /* the pages may come back as they were */
    (void)VirtualAlloc(region, size, MEM_RESET, PAGE_READWRITE);
}

static void *reserve_space(size_t size) {
    return VirtualAlloc(NULL, size, MEM_RESERVE, PAGE_NOACCESS);
}

static int commit_space(char *space, size_t from, size_t to) {
    return VirtualAlloc(space + from, to - from, MEM_COMMIT, PAGE_READWRITE) != NULL ? 0 : -1;
}

static void release_space(char *space, size_t reserved) { unmap_region(space, reserved); }

static char *move_space(char *space, size_t committed, size_t reserved, size_t wanted) {
    (void)space, (void)committed, (void)reserved, (void)wanted;
    return NULL;
}

#else

static void *map_region(size_t size, size_t align) {
    void *region = aligned_alloc(align, (size + align - 1) & ~(align - 1));
    if (region != NULL) { memset(region, 0, size); }
    return region;
}

static void unmap_region(void *region, size_t size) {
    (void)size;
    free(region);
}

static void discard_region(char *region, size_t size) {
    (void)region;
    (void)size;
}

#endif

static void *system_region_map(void *ctx, size_t size, size_t align) {
    (void)ctx;
    void *region = map_region(size, align);
    if (region != NULL) { ROOT(region, size); }
    return region;
}

static void system_region_unmap(void *ctx, void *region, size_t size) {
    (void)ctx;
    NO_ROOT(region, size);
    unmap_region(region, size);
}

static void system_region_discard(void *ctx, void *region, size_t size) {
    (void)ctx;
    discard_region(region, size);
}

#if defined(CS_MMAP) || defined(CS_WINDOWS)

static void *system_space_reserve(void *ctx, size_t size) {
    (void)ctx;
    void *space = reserve_space(size);
    if (space != NULL) { ROOT(space, size); }
    return space;
}

static int system_space_commit(void *ctx, void *space, size_t from, size_t to) {
    (void)ctx;
    return commit_space(space, from, to);
}

static void *system_space_move(void *ctx, void *space, size_t committed, size_t reserved,
                               size_t wanted) {
    (void)ctx;
    void *moved = move_space(space, committed, reserved, wanted);
    if (moved != NULL) {
        NO_ROOT(space, reserved);
        ROOT(moved, wanted);
    }
    return moved;
}

static void system_space_release(void *ctx, void *space, size_t reserved) {
    (void)ctx;
    NO_ROOT(space, reserved);
    release_space(space, reserved);
}

#endif

const cs_allocator cs_system_allocator = {
    .alloc = system_alloc,
    .realloc = system_realloc,
    .free = system_free,
    .region_map = system_region_map,
    .region_unmap = system_region_unmap,
    .region_discard = system_region_discard,
#if defined(CS_MMAP) || defined(CS_WINDOWS)
    .space_reserve = system_space_reserve,
    .space_commit = system_space_commit,
    .space_move = system_space_move,
    .space_release = system_space_release,
#endif
};
