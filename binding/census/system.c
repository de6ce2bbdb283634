/* system.c: see system.h. Linux, glibc and FreeBSD answer most of it. */
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* dl_iterate_phdr */
#endif

#include "census/system.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#if defined(__linux__) || defined(__FreeBSD__)
#include <link.h>
#endif
#ifdef __GLIBC__
#include <malloc.h>
#endif

double census_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

uint64_t census_resident(void) {
#if defined(__linux__)
    char text[128] = {0}, *end; /* "size resident ...", in pages */
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL) { return 0; }
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    if (length == 0) { return 0; }
    (void)strtoull(text, &end, 10);
    return strtoull(end, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
#else
    return 0;
#endif
}

#if defined(__linux__) || defined(__FreeBSD__)

typedef struct {
    bool (*callback)(uint64_t from, uint64_t to, void *arg);
    void *arg;
} each_file;

static int visit_file(struct dl_phdr_info *info, size_t size, void *arg) {
    (void)size;
    const each_file *each = arg;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type != PT_LOAD) { continue; }
        const uint64_t from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        if (!each->callback(from, from + info->dlpi_phdr[i].p_memsz, each->arg)) { return 1; }
    }
    return 0;
}

void census_each_mapped_file(bool (*callback)(uint64_t from, uint64_t to, void *arg), void *arg) {
    each_file each = {callback, arg};
    dl_iterate_phdr(visit_file, &each);
}

#else

void census_each_mapped_file(bool (*callback)(uint64_t from, uint64_t to, void *arg), void *arg) {
    (void)callback, (void)arg;
}

#endif

size_t census_malloc_size(const void *block) {
#ifdef __GLIBC__
    return malloc_usable_size((void *)(uintptr_t)block);
#else
    (void)block;
    return 0;
#endif
}

bool census_malloc_used(uint64_t *bytes) {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
    const struct mallinfo2 info = mallinfo2();
    *bytes = info.uordblks + info.hblkhd;
    return true;
#else
    (void)bytes;
    return false;
#endif
}

char *census_text_of(int (*write)(FILE *)) {
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL) { return NULL; }
    (void)write(file);
    fclose(file);
    return text;
}
