#include <stdint.h>
#include <string.h>

#include "check.h"

static void test_a_region_is_aligned_and_zero_whatever_was_mapped_before(void) {
    enum { NUMBER = 24 };
    const cs_allocator *a = &cs_system_allocator;
    size_t align = (size_t)1 << 20;
    char *regions[NUMBER], *odd[NUMBER];
    for (int i = 0; i < NUMBER; i++) {
        odd[i] = a->region_map(NULL, 4096 * (size_t)(i + 1), 4096); /* so that the next free address is rarely a good one */
        regions[i] = a->region_map(NULL, align, align);
        CHECK(odd[i] != NULL && regions[i] != NULL);
        CHECK_EQUAL((uintptr_t)regions[i] % align, 0);
        for (size_t j = 0; j < align; j += 512) { CHECK_EQUAL(regions[i][j], 0); }
        memset(regions[i], i + 1, align);
    }
    for (int i = 0; i < NUMBER; i++) {
        CHECK(regions[i][0] == i + 1 && regions[i][align - 1] == i + 1); /* they do not overlap */
        a->region_unmap(NULL, regions[i], align);
        a->region_unmap(NULL, odd[i], 4096 * (size_t)(i + 1));
    }
}

#if defined(__linux__)
static long address_space(void) { /* of this process, in pages */
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL) { return 0; }
    if (fscanf(file, "%ld", &pages) != 1) { pages = 0; }
    fclose(file);
    return pages;
}

static void test_what_was_mapped_to_find_an_aligned_address_is_given_back(void) {
    enum { NUMBER = 40 };
    const cs_allocator *a = &cs_system_allocator;
    size_t align = (size_t)1 << 21;
    void *odd[NUMBER], *regions[NUMBER];
    long before = address_space();
    for (int i = 0; i < NUMBER; i++) {
        odd[i] = a->region_map(NULL, 4096, 4096);
        regions[i] = a->region_map(NULL, 8192, align);
        CHECK(odd[i] != NULL && regions[i] != NULL);
    }
    CHECK((address_space() - before) * 4096 < 8 * (long)align); /* not NUMBER times align */
    for (int i = 0; i < NUMBER; i++) {
        a->region_unmap(NULL, regions[i], 8192);
        a->region_unmap(NULL, odd[i], 4096);
    }
}
#endif

static void test_discarding_touches_only_the_bytes_given(void) {
    const cs_allocator *a = &cs_system_allocator;
    size_t size = (size_t)1 << 18;
    char *region = a->region_map(NULL, size, 65536);
    CHECK(region != NULL);
    memset(region, 7, size);
    a->region_discard(NULL, region + 100, 65536 * 2);
    a->region_discard(NULL, region + 10, 20); /* less than a page: nothing to give */
    for (size_t i = 0; i < size; i++) {
        if (i < 100 || i >= 100 + 65536 * 2) { CHECK_EQUAL(region[i], 7); }
#if defined(__linux__)
        if (i >= 65536 && i < 65536 * 2) { CHECK_EQUAL(region[i], 0); }
#endif
    }
    memset(region, 8, size); /* and can be used again */
    a->region_unmap(NULL, region, size);
}

static void test_more_memory_than_there_is_gives_null(void) {
    CHECK(cs_system_allocator.region_map(NULL, SIZE_MAX / 2 & ~(size_t)0xFFFFF, (size_t)1 << 20) == NULL);
}

static void test_free_and_realloc_take_null(void) {
    const cs_allocator *a = &cs_system_allocator;
    a->free(NULL, NULL);
    char *block = a->realloc(NULL, NULL, 3);
    CHECK(block != NULL);
    a->free(NULL, block);
}

const test_case memory_tests[] = {
    TEST(test_a_region_is_aligned_and_zero_whatever_was_mapped_before),
#if defined(__linux__)
    TEST(test_what_was_mapped_to_find_an_aligned_address_is_given_back),
#endif
    TEST(test_discarding_touches_only_the_bytes_given),
    TEST(test_more_memory_than_there_is_gives_null),
    TEST(test_free_and_realloc_take_null),
    END_OF_TESTS,
};
