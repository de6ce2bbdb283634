/* os/posix.c: memory by mmap.
 *
 * An aligned region is mapped plainly first: the kernel puts mappings below one another, so after
 * the first the address is nearly always right. Only if it is not, more is mapped and both ends
 * are cut:
 *
 *   mapped          |<------------------ size + align ------------------>|
 *   kept                   |<------------ size ------------>|
 *                   | cut  ^ a multiple of align            |    cut     |
 *
 * Address space is mapped without any access, which costs no memory. Committing allows the access.
 * On Linux what is committed moves to a larger reservation by its page tables:
 *
 *   space     | committed | reserved |
 *                   |                    mremap takes the committed part away and maps it larger,
 *                   v                    then the new part loses its access
 *   moved     | committed |              reserved              |
 *
 * Huge pages make filling fresh memory cost a fraction, so a large column gets them. One huge page
 * at the end of a column of a few megabytes could nearly double it. So a column that grows step by
 * step gets none below HUGE_FROM. What one commit more than doubles will be filled whole, and gets
 * them from HUGE_FROM_IN_ONE_GO on. The advice covers all that is committed, so that it stays one
 * mapping.
 */
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* MAP_ANONYMOUS, madvise and mremap under -std=c11 */
#endif

#include "os/os.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if !defined(MAP_ANONYMOUS)
#define MAP_ANONYMOUS MAP_ANON
#endif
#if !defined(MAP_NORESERVE)
#define MAP_NORESERVE 0
#endif

#define HUGE_FROM ((size_t)32 * 1024 * 1024)
#define HUGE_FROM_IN_ONE_GO ((size_t)2 * 1024 * 1024)

/* ---- regions ---- */

static char *map(size_t size) {
    void *region = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return region == MAP_FAILED ? NULL : region;
}

/* Unmapping a piece in the middle splits a mapping. The kernel may refuse that when there are too
 * many mappings. Then the addresses stay taken for ever, but the memory is given back. */
static void unmap(char *region, size_t size) {
    if (size != 0 && munmap(region, size) != 0) { (void)madvise(region, size, MADV_DONTNEED); }
}

void *cs_os_region_map(size_t size, size_t align) {
    char *region = map(size);
    if (region == NULL || ((uintptr_t)region & (align - 1)) == 0) { return region; }
    unmap(region, size);
    if (size > SIZE_MAX - align || (region = map(size + align)) == NULL) { return NULL; }
    size_t before = (align - ((uintptr_t)region & (align - 1))) & (align - 1);
    unmap(region, before);
    unmap(region + before + size, align - before);
    return region + before;
}

void cs_os_region_unmap(void *region, size_t size) { unmap(region, size); }

void cs_os_region_discard(void *region, size_t size) {
    /* Only whole pages of the system, which may be larger than what the caller gives back. */
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start = (uintptr_t)region,
              end = start + size;
    size_t before = (page - start % page) % page;
    size_t after = end % page;
    if (before + after >= size) { return; }
    char *first = (char *)region + before;
    size -= before + after;
#if defined(__linux__)
    /* Linux refuses for locked memory. */
    if (madvise(first, size, MADV_DONTNEED) != 0) { memset(first, 0, size); }
#else
    /* Other systems may hand the old bytes back, so clear them. */
    memset(first, 0, size);
#if defined(MADV_FREE)
    (void)madvise(first, size, MADV_FREE);
#endif
#endif
}

/* ---- address space ---- */

void *cs_os_space_reserve(size_t size) {
    void *space = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (space == MAP_FAILED) { return NULL; }
#if defined(MADV_NOHUGEPAGE)
    (void)madvise(space, size, MADV_NOHUGEPAGE);
#endif
    return space;
}

int cs_os_space_commit(void *space, size_t from, size_t to) {
    if (mprotect((char *)space + from, to - from, PROT_READ | PROT_WRITE) != 0) { return -1; }
#if defined(MADV_HUGEPAGE)
    if (to >= HUGE_FROM || (to >= HUGE_FROM_IN_ONE_GO && to / 2 > from)) {
        (void)madvise(space, to, MADV_HUGEPAGE);
    } else if (to >= HUGE_FROM_IN_ONE_GO) {
        /* The part before may have had the other advice. */
        (void)madvise(space, to, MADV_NOHUGEPAGE);
    }
#endif
    return 0;
}

void *cs_os_space_move(void *space, size_t committed, size_t reserved, size_t wanted) {
#if defined(__linux__)
    char *moved = mremap(space, committed, wanted, MREMAP_MAYMOVE);
    /* Refused if there is no room, and for several mappings: in a process that was forked. */
    if (moved == MAP_FAILED) { return NULL; }
    unmap((char *)space + committed, reserved - committed);
    /* If this is refused, what is reserved is merely committed already. */
    if (wanted > committed) { (void)mprotect(moved + committed, wanted - committed, PROT_NONE); }
    return moved;
#else
    (void)space, (void)committed, (void)reserved, (void)wanted;
    return NULL;
#endif
}

void cs_os_space_release(void *space, size_t reserved) { unmap(space, reserved); }
