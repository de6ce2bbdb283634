#include "cslots/slab.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

#if defined(__SANITIZE_ADDRESS__)
int __asan_address_is_poisoned(void const volatile *address);
#endif

typedef struct {
    counting_allocator counting;
    cs_slab *slab;
} subject;

static void subject_init(subject *s) {
    counting_init(&s->counting);
    s->slab = cs_slab_new(&s->counting.allocator);
    CHECK(s->slab != NULL);
}

/* All blocks are freed, so closing leaves nothing. */
static void subject_clear(subject *s) {
    CHECK_EQUAL(cs_slab_check(s->slab), 0);
    cs_slab_close(s->slab);
    CHECK_EQUAL(s->counting.live_blocks, 0);
    CHECK_EQUAL(s->counting.live_regions, 0);
    CHECK_EQUAL(s->counting.pages_used, 0);
}

static cs_slab_stats stats_of(const subject *s) {
    cs_slab_stats stats;
    cs_slab_get_stats(s->slab, &stats);
    CHECK_EQUAL(stats.pages, s->counting.pages_used);
    CHECK_EQUAL(stats.arenas, s->counting.live_regions);
    return stats;
}

/* Make `count` blocks; the caller frees the array. */
static char **make(subject *s, size_t count, size_t size) {
    char **blocks = malloc(count * sizeof *blocks);
    CHECK(blocks != NULL);
    for (size_t i = 0; i < count; i++) {
        blocks[i] = cs_slab_alloc(s->slab, size);
        CHECK(blocks[i] != NULL);
    }
    return blocks;
}

static void drop(char **blocks, size_t count) {
    for (size_t i = 0; i < count; i++) { cs_slab_free(blocks[i]); }
    free(blocks);
}

/* Random steps against a plain list of blocks, each filled with a byte of its own. */

typedef struct {
    unsigned char *block;
    size_t size;
    unsigned char fill;
} model_block;

static void check_fill(const model_block *m) {
    CHECK_EQUAL((uintptr_t)m->block % 8, 0);
    CHECK_EQUAL(cs_slab_size_of(m->block), (m->size + 7) / 8 * 8);
    for (size_t i = 0; i < m->size; i++) { CHECK_EQUAL(m->block[i], m->fill); }
}

static void random_steps(uint64_t seed, size_t sizes, size_t most, int steps) {
    random_source source = {seed};
    subject s;
    subject_init(&s);
    model_block *live = malloc(most * sizeof *live);
    size_t count = 0, bytes = 0;
    for (int step = 0; step < steps; step++) {
        /* fill and empty in turn, so that pages and arenas come and go */
        int growing = (step / 700) % 2 == 0;
        if (count < most && (count == 0 || random_below(&source, 8) < (growing ? 6u : 1u))) {
            model_block *m = &live[count++];
            m->size = CS_SLAB_MIN +
                      random_below(&source, sizes) * ((CS_SLAB_MAX - CS_SLAB_MIN) / sizes) +
                      random_below(&source, 4);
            m->fill = (unsigned char)random_next(&source);
            m->block = cs_slab_alloc(s.slab, m->size);
            CHECK(m->block != NULL);
            memset(m->block, m->fill, m->size);
            bytes += (m->size + 7) / 8 * 8;
        } else {
            model_block *m = &live[random_below(&source, count)];
            check_fill(m);
            bytes -= (m->size + 7) / 8 * 8;
            cs_slab_free(m->block);
            *m = live[--count];
        }
        CHECK_EQUAL(cs_slab_check(s.slab), 0);
        if (step % 64 == 0) {
            cs_slab_stats stats = stats_of(&s);
            CHECK_EQUAL(stats.blocks, count);
            CHECK_EQUAL(stats.bytes_used, bytes);
        }
    }
    while (count > 0) {
        check_fill(&live[--count]);
        cs_slab_free(live[count].block);
    }
    free(live);
    subject_clear(&s);
}

static void test_blocks_of_one_size_keep_their_bytes(void) { random_steps(1, 1, 1000, 10000); }
static void test_blocks_of_three_sizes_keep_their_bytes(void) { random_steps(2, 3, 1500, 10000); }
static void test_blocks_of_every_size_keep_their_bytes(void) { random_steps(3, 62, 600, 10000); }

static void test_every_size_fills_its_page_to_the_last_whole_block(void) {
    for (size_t size = CS_SLAB_MIN; size <= CS_SLAB_MAX; size += 8) {
        subject s;
        subject_init(&s);
        char **blocks = make(&s, 3000, size);
        for (size_t i = 0; i < 3000; i++) { memset(blocks[i], (int)i, size); }
        CHECK_EQUAL(cs_slab_check(s.slab), 0);
        cs_slab_stats stats = stats_of(&s);
        size_t in_a_page = (CS_SLAB_PAGE - 64) / size,
               in_an_arenas_first_page = (CS_SLAB_PAGE - 128) / size;
        CHECK(stats.pages <=
              (3000 + stats.arenas * (in_a_page - in_an_arenas_first_page)) / in_a_page + 1);
        drop(blocks, 3000);
        subject_clear(&s);
    }
}

static void test_a_million_blocks_of_56_bytes_cost_less_than_one_and_a_half_percent(void) {
    subject s;
    subject_init(&s);
    char **blocks = make(&s, 1000000, 56);
    cs_slab_stats stats = stats_of(&s);
    CHECK_EQUAL(stats.bytes_used, 56000000);
    CHECK(stats.bytes_mapped < 56000000 * 1.015);
    CHECK((double)stats.pages * CS_SLAB_PAGE < 56000000 * 1.006);
    drop(blocks, 1000000);
    stats = stats_of(&s);
    CHECK(stats.arenas <= 2 && stats.pages == 1); /* the kept page, and one empty arena at most */
    subject_clear(&s);
}

static void test_a_page_that_empties_gives_its_memory_back(void) {
    subject s;
    subject_init(&s);
    size_t count = 10 * (CS_SLAB_PAGE / 64);
    char **blocks = make(&s, count, 64);
    size_t pages = stats_of(&s).pages;
    CHECK_EQUAL(s.counting.discarded, 0);
    drop(blocks, count);
    CHECK_EQUAL(stats_of(&s).pages, 1); /* the class keeps one */
    CHECK_EQUAL(s.counting.discards, pages - 1);
    CHECK(s.counting.discarded >= (pages - 1) * CS_SLAB_PAGE - 4096);
    subject_clear(&s);
}

static void test_a_loop_that_makes_and_drops_one_object_does_no_system_calls(void) {
    subject s;
    subject_init(&s);
    size_t before = CS_SLAB_PAGE / 64 * 3;
    for (size_t count = 0; count < before; count++) { /* where a page ends, too */
        char **blocks = make(&s, count, 64);
        cs_slab_free(cs_slab_alloc(s.slab, 64));
        size_t calls = s.counting.calls, discards = s.counting.discards;
        for (int i = 0; i < 50; i++) { cs_slab_free(cs_slab_alloc(s.slab, 64)); }
        CHECK_EQUAL(s.counting.calls, calls);
        CHECK_EQUAL(s.counting.discards, discards);
        drop(blocks, count);
    }
    subject_clear(&s);
}

static void test_a_page_given_back_serves_another_size(void) {
    subject s;
    subject_init(&s);
    char **blocks = make(&s, 20000, 48);
    drop(blocks, 20000);
    for (size_t size = 56; size <= 512; size += 8) {
        size_t count = 40 * (CS_SLAB_PAGE - 64) / size / 8;
        blocks = make(&s, count, size);
        CHECK_EQUAL(cs_slab_check(s.slab), 0);
        drop(blocks, count);
    }
    /* no more than one kept page for each of 58 sizes, and one in use */
    CHECK(s.counting.mapped <= 59 * CS_SLAB_PAGE / CS_SLAB_ARENA + 1);
    subject_clear(&s);
}

static void test_an_arena_that_empties_is_unmapped_but_for_one_spare(void) {
    subject s;
    subject_init(&s);
    char **blocks = make(&s, 100000, 128);
    CHECK(stats_of(&s).arenas >= 12);
    drop(blocks, 100000);
    CHECK(stats_of(&s).arenas <= 2);
    size_t mapped = s.counting.mapped;
    /* A program around the edge of an arena maps nothing anew. */
    for (int i = 0; i < 20; i++) {
        size_t count = 127 * 64 + (size_t)i * 127;
        blocks = make(&s, count, 128);
        CHECK_EQUAL(cs_slab_check(s.slab), 0);
        drop(blocks, count);
        CHECK_EQUAL(cs_slab_check(s.slab), 0);
    }
    CHECK(s.counting.mapped <= mapped + 1);
    subject_clear(&s);
}

static void test_blocks_outlive_a_closed_slab_and_the_last_frees_it(void) {
    random_source source = {11};
    for (int round = 0; round < 20; round++) {
        subject s;
        subject_init(&s);
        size_t count = 1 + random_below(&source, 3000);
        char **blocks = make(&s, count, 16 + random_below(&source, 497));
        char **others = make(&s, 500, 24);
        drop(others, 500); /* leaves an empty page that closing must give back */
        cs_slab_close(s.slab);
        CHECK_EQUAL(cs_slab_check(s.slab), 0);
        /* types outlive the module and may make objects */
        char *late = cs_slab_alloc(s.slab, 100);
        CHECK(late != NULL);
        for (size_t i = count; i > 1; i--) {
            size_t j = random_below(&source, i);
            cs_slab_free(blocks[j]);
            blocks[j] = blocks[i - 1];
            if (i % 50 == 0) { CHECK_EQUAL(cs_slab_check(s.slab), 0); }
        }
        cs_slab_free(late);
        CHECK(s.counting.live_blocks == 1 && s.counting.live_regions != 0);
        cs_slab_free(blocks[0]);
        free(blocks);
        CHECK(s.counting.live_blocks == 0 && s.counting.live_regions == 0 &&
              s.counting.pages_used == 0);
    }
}

static void test_a_slab_closed_without_blocks_is_gone_at_once(void) {
    subject s;
    subject_init(&s);
    subject_clear(&s);
    subject_init(&s);
    cs_slab_free(cs_slab_alloc(s.slab, 16));
    cs_slab_free(cs_slab_alloc(s.slab, 512));
    subject_clear(&s);
}

static void test_each_allocation_that_fails_leaves_the_slab_consistent(void) {
    counting_allocator counting;
    counting_init(&counting);
    counting_fail(&counting, 1);
    CHECK(cs_slab_new(&counting.allocator) == NULL);
    for (size_t n = 1; n <= 6; n++) {
        enum { MANY = 9000 };
        static char *blocks[MANY];
        random_source source = {n};
        size_t count = 0;
        int failures = 0;
        subject s;
        subject_init(&s);
        counting_fail(&s.counting, n);
        while (count < MANY) {
            blocks[count] = cs_slab_alloc(s.slab, 16 + random_below(&source, 497) / 100 * 100);
            if (blocks[count] == NULL) {
                failures++;
                CHECK_EQUAL(cs_slab_check(s.slab), 0);
                CHECK_EQUAL(stats_of(&s).blocks, count);
            } else {
                memset(blocks[count++], 1, 16);
            }
        }
        CHECK_EQUAL(failures, n < 3);
        CHECK_EQUAL(cs_slab_check(s.slab), 0);
        while (count > 0) { cs_slab_free(blocks[--count]); }
        subject_clear(&s);
    }
}

static void test_the_check_finds_a_wrong_count(void) {
    subject s;
    subject_init(&s);
    char *block = cs_slab_alloc(s.slab, 32);
    cs_slab_page_of(block)->used++;
    CHECK(cs_slab_check(s.slab) != 0);
    cs_slab_page_of(block)->used--;
    CHECK_EQUAL(cs_slab_check(s.slab), 0);
    cs_slab_free(block);
    subject_clear(&s);
}

#if defined(__SANITIZE_ADDRESS__)
static void test_freed_and_fresh_bytes_are_poisoned_and_handed_out_ones_are_not(void) {
    subject s;
    subject_init(&s);
    char *a = cs_slab_alloc(s.slab, 32), *b = cs_slab_alloc(s.slab, 32);
    for (int i = 0; i < 32; i++) {
        CHECK(!__asan_address_is_poisoned(a + i) && !__asan_address_is_poisoned(b + i));
    }
    CHECK(__asan_address_is_poisoned(b + 32));
    CHECK(__asan_address_is_poisoned((char *)cs_slab_page_of(a) + CS_SLAB_PAGE - 1));
    /* the header of a page of no class */
    CHECK(__asan_address_is_poisoned((char *)cs_slab_page_of(a) + CS_SLAB_PAGE));
    cs_slab_free(a);
    for (int i = 0; i < 32; i++) { CHECK(__asan_address_is_poisoned(a + i)); }
    CHECK(!__asan_address_is_poisoned(b));
    CHECK_EQUAL(cs_slab_check(s.slab), 0);
    CHECK(__asan_address_is_poisoned(a)); /* the check did not change that */
    cs_slab_free(b);
    subject_clear(&s);
    void *region = cs_system_allocator.region_map(NULL, CS_SLAB_ARENA, CS_SLAB_ARENA);
    memset(region, 1, CS_SLAB_ARENA); /* the addresses that a slab had are not poisoned */
    cs_system_allocator.region_unmap(NULL, region, CS_SLAB_ARENA);
}
#endif

const test_case slab_tests[] = {
    TEST(test_blocks_of_one_size_keep_their_bytes),
    TEST(test_blocks_of_three_sizes_keep_their_bytes),
    TEST(test_blocks_of_every_size_keep_their_bytes),
    TEST(test_every_size_fills_its_page_to_the_last_whole_block),
    TEST(test_a_million_blocks_of_56_bytes_cost_less_than_one_and_a_half_percent),
    TEST(test_a_page_that_empties_gives_its_memory_back),
    TEST(test_a_loop_that_makes_and_drops_one_object_does_no_system_calls),
    TEST(test_a_page_given_back_serves_another_size),
    TEST(test_an_arena_that_empties_is_unmapped_but_for_one_spare),
    TEST(test_blocks_outlive_a_closed_slab_and_the_last_frees_it),
    TEST(test_a_slab_closed_without_blocks_is_gone_at_once),
    TEST(test_each_allocation_that_fails_leaves_the_slab_consistent),
    TEST(test_the_check_finds_a_wrong_count),
#if defined(__SANITIZE_ADDRESS__)
    TEST(test_freed_and_fresh_bytes_are_poisoned_and_handed_out_ones_are_not),
#endif
    END_OF_TESTS,
};
