/* os/os.h: what memory.c asks of the operating system.
 *
 *   posix.c     mmap: Linux, macOS, the BSDs
 *   windows.c   VirtualAlloc
 *   none.c      malloc only: regions are blocks, and there is no address space
 *
 * One of the three is built, and no other file of the core includes a header of the system. The
 * promises are those of the functions of cs_allocator (memory.h) that have the same names.
 */
#ifndef CSLOTS_OS_H
#define CSLOTS_OS_H

#include <stddef.h>

void *cs_os_region_map(size_t size, size_t align);
void cs_os_region_unmap(void *region, size_t size);
void cs_os_region_discard(void *region, size_t size);

void *cs_os_space_reserve(size_t size);
int cs_os_space_commit(void *space, size_t from, size_t to);
void *cs_os_space_move(void *space, size_t committed, size_t reserved, size_t wanted);
void cs_os_space_release(void *space, size_t reserved);

#endif
