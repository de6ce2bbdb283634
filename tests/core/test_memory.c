#include <stdint.h>
#include <string.h>

#include "check.h"

#if defined(__linux__)
#include <sys/wait.h>
#include <unistd.h>
#endif

static void test_a_region_is_aligned_and_zero_whatever_was_mapped_before(void) {
    enum { NUMBER = 24 };
    const cs_allocator *a = &cs_system_allocator;
    size_t align = (size_t)1 << 20;
    char *regions[NUMBER], *odd[NUMBER];
    for (int i = 0; i < NUMBER; i++) {
        /* so that the next free address is rarely a good one */
        odd[i] = a->region_map(NULL, 4096 * (size_t)(i + 1), 4096);
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
    if (!has_address_space()) { return; }
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
    const size_t size = (size_t)1 << 18;
#if defined(__linux__)
    const int has_pages = has_address_space();
#endif
    char *region = a->region_map(NULL, size, 65536);
    CHECK(region != NULL);
    memset(region, 7, size);
    a->region_discard(NULL, region + 100, 65536 * 2);
    a->region_discard(NULL, region + 10, 20); /* less than a page: nothing to give */
    for (size_t i = 0; i < size; i++) {
        if (i < 100 || i >= 100 + 65536 * 2) { CHECK_EQUAL(region[i], 7); }
#if defined(__linux__)
        if (has_pages && i >= 65536 && i < 65536 * 2) { CHECK_EQUAL(region[i], 0); }
#endif
    }
    memset(region, 8, size); /* and can be used again */
    a->region_unmap(NULL, region, size);
}

static void test_committed_address_space_is_zero_and_so_is_what_was_discarded(void) {
    const cs_allocator *a = &cs_system_allocator;
    const size_t step = CS_SPACE_STEP;
    if (!has_address_space()) { return; }
    char *space = a->space_reserve(NULL, 16 * step);
    CHECK(space != NULL);
    for (size_t from = 0; from < 16 * step; from += 4 * step) {
        CHECK_EQUAL(a->space_commit(NULL, space, from, from + 4 * step), 0);
        for (size_t i = from; i < from + 4 * step; i++) { CHECK_EQUAL(space[i], 0); }
        memset(space + from, 7, 4 * step);
    }
    a->region_discard(NULL, space + 2 * step, 3 * step);
    for (size_t i = 0; i < 16 * step; i++) {
        CHECK_EQUAL(space[i], i < 2 * step || i >= 5 * step ? 7 : 0);
    }
    a->space_release(NULL, space, 16 * step);
}

#if defined(__linux__)
static void test_address_space_takes_no_memory_until_it_is_used_and_is_given_back(void) {
    if (!has_address_space()) { return; }
    enum { NUMBER = 50 };
    const cs_allocator *a = &cs_system_allocator;
    const size_t size = (size_t)1 << 30;
    void *spaces[NUMBER];
    const long before = address_space();
    for (int i = 0; i < NUMBER; i++) {
        spaces[i] = a->space_reserve(NULL, size);
        CHECK(spaces[i] != NULL);
        CHECK_EQUAL(a->space_commit(NULL, spaces[i], 0, size), 0); /* 50 GiB in all */
        memset(spaces[i], 1, CS_SPACE_STEP);
    }
    for (int i = 0; i < NUMBER; i++) { a->space_release(NULL, spaces[i], size); }
    CHECK((address_space() - before) * 4096 < (long)size);
}

static size_t next_step(size_t at, size_t first) {
    return at / 2 / CS_SPACE_STEP * CS_SPACE_STEP + CS_SPACE_STEP + (at == 0 ? first : 0);
}

/* Commit in steps, of which the first is larger by `first`, and move: 0, or -1 if the system could
 * not. */
static int commit_and_move(char **space, size_t *reserved, size_t first, size_t size) {
    const cs_allocator *a = &cs_system_allocator;
    *reserved = (size_t)128 << 20;
    *space = a->space_reserve(NULL, *reserved);
    if (*space == NULL) { return -1; }
    for (size_t at = 0, step; at < size; at += step) {
        step = next_step(at, first);
        if (at + step > size) { step = size - at; }
        if (a->space_commit(NULL, *space, at, at + step) != 0) { return -1; }
        /* each part is used before the next comes */
        (*space)[at] = (char)(at / CS_SPACE_STEP + 1);
    }
    char *moved = a->space_move(NULL, *space, size, *reserved, (size_t)1 << 30);
    if (moved == NULL) { return -1; }
    *space = moved;
    *reserved = (size_t)1 << 30;
    if (a->space_commit(NULL, moved, size, 2 * size) != 0) { return -1; }
    return 0;
}

static int is_whole(const char *space, size_t first, size_t size) {
    for (size_t at = 0, step; at < size; at += step) {
        step = next_step(at, first);
        if (space[at] != (char)(at / CS_SPACE_STEP + 1) || space[at + 1] != 0) { return 0; }
    }
    return space[2 * size - 1] == 0;
}

static void test_what_was_committed_in_steps_is_one_mapping_that_moves_without_a_copy(void) {
    if (!has_address_space()) { return; }
    /* Far beyond HUGE_FROM; and a first step that asks for huge pages, followed by steps that do
     * not, or do again. */
    static const size_t firsts[] = {0, (size_t)6 << 20, (size_t)6 << 20, (size_t)6 << 20},
                        sizes[] = {96 << 20, 7 << 20, 20 << 20, 96 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char *space = NULL;
        size_t reserved;
        const long before = address_space();
        CHECK_EQUAL(commit_and_move(&space, &reserved, firsts[i], sizes[i]), 0);
        CHECK(is_whole(space, firsts[i], sizes[i]));
        cs_system_allocator.space_release(NULL, space, reserved);
        CHECK((address_space() - before) * 4096 < 1 << 20);
    }
}

/* A forked process has a mapping for what it inherited and another for what it commits. The system
 * may refuse to move both; nothing has happened then. */
static void test_a_forked_process_grows_what_it_inherited(void) {
    if (!has_address_space()) { return; }
    const cs_allocator *a = &cs_system_allocator;
    const size_t step = CS_SPACE_STEP;
    char *space = a->space_reserve(NULL, 8 * step);
    CHECK(space != NULL && a->space_commit(NULL, space, 0, step) == 0);
    memset(space, 3, step);
    fflush(stdout);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        int good = a->space_commit(NULL, space, step, 3 * step) == 0;
        memset(space + step, 4, step);
        char *moved = a->space_move(NULL, space, 3 * step, 8 * step, 64 * step);
        char *now = moved != NULL ? moved : space;
        for (size_t i = 0; good && i < 3 * step; i++) {
            good = now[i] == (i < step ? 3 : i < 2 * step ? 4 : 0);
        }
        good =
            good && a->space_commit(NULL, now, 3 * step, 8 * step) == 0 && now[8 * step - 1] == 0;
        a->space_release(NULL, now, moved != NULL ? 64 * step : 8 * step);
        _exit(good ? 0 : 1);
    }
    int status = -1;
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(space[0] == 3 && space[step - 1] == 3);
    a->space_release(NULL, space, 8 * step);
}
#endif

/* The binding's allocator of columns does so. */
static void test_every_function_for_memory_may_be_handed_on_by_another_allocator(void) {
    const cs_allocator *a = &cs_system_allocator;
    CHECK(a->alloc != NULL && a->realloc != NULL && a->free != NULL);
    CHECK(a->region_map != NULL && a->region_unmap != NULL && a->region_discard != NULL);
    CHECK(a->space_reserve != NULL && a->space_commit != NULL);
    CHECK(a->space_move != NULL && a->space_release != NULL);
}

static void test_more_memory_than_there_is_gives_null(void) {
    CHECK(cs_system_allocator.region_map(NULL, SIZE_MAX / 2 & ~(size_t)0xFFFFF, (size_t)1 << 20) ==
          NULL);
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
    TEST(test_committed_address_space_is_zero_and_so_is_what_was_discarded),
#if defined(__linux__)
    TEST(test_address_space_takes_no_memory_until_it_is_used_and_is_given_back),
    TEST(test_what_was_committed_in_steps_is_one_mapping_that_moves_without_a_copy),
    TEST(test_a_forked_process_grows_what_it_inherited),
#endif
    TEST(test_every_function_for_memory_may_be_handed_on_by_another_allocator),
    TEST(test_more_memory_than_there_is_gives_null),
    TEST(test_free_and_realloc_take_null),
    END_OF_TESTS,
};
