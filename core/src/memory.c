/* memory.c: cs_system_allocator, the only file of the core that speaks to the operating system.
 *
 * A region aligned to more than a page is mapped plainly first: the kernel puts mappings below one another, so after the first the address is
 * nearly always right. Only if it is not, more is mapped and both ends are cut off:
 *
 *   mapped          |<------------------ size + align ------------------>|
 *   kept                   |<------------ size ------------>|
 *                   | cut  ^ a multiple of align            |    cut     |
 *
 * Where there is neither mmap nor VirtualAlloc, a region is a block from aligned_alloc and discarding does nothing.
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
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start = (uintptr_t)region, end = start + size;
    size_t before = (page - start % page) % page;
    size_t after = end % page;
    if (before + after >= size) { return; }
#if defined(__APPLE__) && defined(MADV_FREE)
    (void)madvise(region + before, size - before - after, MADV_FREE);
#else
    (void)madvise(region + before, size - before - after, MADV_DONTNEED);
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

static void discard_region(char *region, size_t size) { (void)VirtualAlloc(region, size, MEM_RESET, PAGE_READWRITE); }

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

const cs_allocator cs_system_allocator = {
    .alloc = system_alloc,
    .realloc = system_realloc,
    .free = system_free,
    .region_map = system_region_map,
    .region_unmap = system_region_unmap,
    .region_discard = system_region_discard,
};
