/* os/windows.c: memory by VirtualAlloc.
 *
 * Windows cannot move committed memory to a larger reservation, so a column that outgrows its own
 * is copied. It cannot give back a part of a reservation either, hence the way in which an aligned
 * region is found.
 */
#include "os/os.h"

#include <stdint.h>
#include <string.h>
#include <windows.h>

void *cs_os_region_map(size_t size, size_t align) {
    /* Reserve more than is needed to find a place, free it, and take the aligned part. Another
     * thread may take that place in between: hence the attempts. */
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

void cs_os_region_unmap(void *region, size_t size) {
    (void)size;
    VirtualFree(region, 0, MEM_RELEASE);
}

void cs_os_region_discard(void *region, size_t size) {
    memset(region, 0, size); /* the system may hand the old bytes back, so clear them */
    (void)VirtualAlloc(region, size, MEM_RESET, PAGE_READWRITE);
}

void *cs_os_space_reserve(size_t size) {
    return VirtualAlloc(NULL, size, MEM_RESERVE, PAGE_NOACCESS);
}

int cs_os_space_commit(void *space, size_t from, size_t to) {
    void *part = VirtualAlloc((char *)space + from, to - from, MEM_COMMIT, PAGE_READWRITE);
    return part != NULL ? 0 : -1;
}

void *cs_os_space_move(void *space, size_t committed, size_t reserved, size_t wanted) {
    (void)space, (void)committed, (void)reserved, (void)wanted;
    return NULL;
}

void cs_os_space_release(void *space, size_t reserved) { cs_os_region_unmap(space, reserved); }
