#include "cslots/ptrmap.h"

#include "check.h"

enum { KEYS = 600 };
static char names[KEYS * 16]; /* every 16th address is a key, as objects lie */

static const void *key(size_t i) { return &names[i * 16]; }

static int broken(const cs_ptrmap *map) {
    size_t slots = map->mask + 1, count = 0;
    if ((slots & map->mask) != 0) { return 1; }
    for (size_t i = 0; i < slots; i++) {
        if (map->slots[i].key == NULL) { continue; }
        count++;
        if (cs_ptrmap_find(map, map->slots[i].key) != &map->slots[i]) { return 2; }
    }
    return count != map->count || count * 2 > slots ? 3 : 0;
}

static void test_it_remembers_what_a_plain_array_remembers(void) {
    for (uint64_t seed = 0; seed < 8; seed++) {
        counting_allocator counting;
        counting_init(&counting);
        random_source source = {seed};
        size_t model[KEYS] = {0}, count = 0; /* value + 1 */
        cs_ptrmap map;
        CHECK_EQUAL(cs_ptrmap_init(&map, &counting.allocator, seed), CS_OK);
        for (int step = 0; step < 1500; step++) {
            size_t i = random_below(&source, KEYS), value = random_below(&source, 1000);
            if (random_below(&source, 3) != 0) {
                CHECK_EQUAL(cs_ptrmap_set(&map, key(i), value), CS_OK);
                count += model[i] == 0;
                model[i] = value + 1;
                CHECK_EQUAL(broken(&map), 0);
            }
            const cs_ptrmap_slot *slot = cs_ptrmap_find(&map, key(i));
            CHECK_EQUAL(slot != NULL, model[i] != 0);
            if (slot != NULL) { CHECK_EQUAL(slot->value, model[i] - 1); }
            CHECK_EQUAL(map.count, count);
        }
        cs_ptrmap_clear(&map);
        CHECK_EQUAL(counting.live_blocks, 0);
    }
}

static void test_room_asked_for_is_room_without_growing(void) {
    for (size_t expected = 0; expected < KEYS; expected += 7) {
        counting_allocator counting;
        counting_init(&counting);
        cs_ptrmap map;
        CHECK_EQUAL(cs_ptrmap_init(&map, &counting.allocator, expected), CS_OK);
        for (size_t i = 0; i < expected; i++) {
            CHECK_EQUAL(cs_ptrmap_set(&map, key(i), i), CS_OK);
        }
        CHECK_EQUAL(counting.calls, 1);
        CHECK_EQUAL(broken(&map), 0);
        cs_ptrmap_clear(&map);
    }
}

static void test_each_allocation_that_fails_leaves_the_map_as_it_was(void) {
    for (size_t n = 1; n < 12; n++) {
        counting_allocator counting;
        counting_init(&counting);
        counting_fail(&counting, n);
        cs_ptrmap map = {0};
        size_t set = 0;
        if (cs_ptrmap_init(&map, &counting.allocator, 0) == CS_OK) {
            for (; set < KEYS && cs_ptrmap_set(&map, key(set), set) == CS_OK; set++) {}
            CHECK_EQUAL(map.count, set);
            CHECK_EQUAL(broken(&map), 0);
            for (size_t i = 0; i < KEYS; i++) {
                CHECK_EQUAL(cs_ptrmap_find(&map, key(i)) != NULL, i < set);
            }
            /* and the next try succeeds */
            if (set < KEYS) { CHECK_EQUAL(cs_ptrmap_set(&map, key(set), set), CS_OK); }
        }
        cs_ptrmap_clear(&map);
        CHECK_EQUAL(counting.live_blocks, 0);
    }
}

static void test_a_map_may_be_cleared_twice_or_before_it_was_made(void) {
    cs_ptrmap map = {0};
    cs_ptrmap_clear(&map);
    CHECK_EQUAL(cs_ptrmap_init(&map, &cs_system_allocator, 3), CS_OK);
    cs_ptrmap_clear(&map);
    cs_ptrmap_clear(&map);
}

static void test_more_keys_than_memory_can_hold_are_too_large(void) {
    cs_ptrmap map;
    CHECK_EQUAL(cs_ptrmap_init(&map, &cs_system_allocator, SIZE_MAX), CS_TOO_LARGE);
    CHECK_EQUAL(cs_ptrmap_init(&map, &cs_system_allocator, SIZE_MAX / sizeof(cs_ptrmap_slot)),
                CS_TOO_LARGE);
}

static void test_null_is_no_key(void) {
    cs_ptrmap map;
    CHECK_EQUAL(cs_ptrmap_init(&map, &cs_system_allocator, 3), CS_OK);
    CHECK_EQUAL(cs_ptrmap_set(&map, NULL, 1), CS_INVALID);
    CHECK_EQUAL(map.count, 0);
    cs_ptrmap_clear(&map);
}

const test_case ptrmap_tests[] = {
    TEST(test_it_remembers_what_a_plain_array_remembers),
    TEST(test_room_asked_for_is_room_without_growing),
    TEST(test_each_allocation_that_fails_leaves_the_map_as_it_was),
    TEST(test_a_map_may_be_cleared_twice_or_before_it_was_made),
    TEST(test_more_keys_than_memory_can_hold_are_too_large),
    TEST(test_null_is_no_key),
    END_OF_TESTS,
};
