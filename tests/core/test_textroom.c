#include "cslots/textroom.h"

#include "check.h"

enum { FIXED = 23, BLOCK = 24 };

static void learn(cs_text_room *room, size_t texts, int times) {
    for (int i = 0; i < times; i++) { cs_text_room_learn(room, FIXED, texts, BLOCK); }
}

static void test_nothing_is_known_before_the_first_object(void) {
    cs_text_room room = {0};
    CHECK_EQUAL(room.best, 0);
    learn(&room, 32, 1);
    CHECK_EQUAL(room.best, 56);
}

static void test_the_room_is_that_of_most_objects(void) {
    for (size_t texts = 0; texts <= CS_SLAB_MAX - FIXED; texts++) {
        cs_text_room room = {0};
        learn(&room, texts, 100);
        CHECK_EQUAL(room.best, cs_slab_round(FIXED + (texts < 8 ? 8 : texts)));
    }
}

static void test_a_rare_long_text_does_not_make_all_objects_large(void) {
    cs_text_room room = {0};
    for (int i = 0; i < 100; i++) {
        learn(&room, 30, 49);
        learn(&room, 400, 1);
    }
    CHECK_EQUAL(room.best, 56);
    /* texts like names with a number in them */
    for (int i = 0; i < 100; i++) { learn(&room, (size_t)(22 + i % 11), 10); }
    CHECK_EQUAL(room.best, 56);
}

static void test_texts_that_no_block_holds_get_the_least(void) {
    cs_text_room room = {0};
    learn(&room, 5000, 1000);
    CHECK_EQUAL(room.best, cs_slab_round(FIXED + 8));
    learn(&room, SIZE_MAX / 2, 10);
    CHECK_EQUAL(room.best, cs_slab_round(FIXED + 8));
}

static void test_a_class_follows_what_it_makes(void) {
    cs_text_room room = {0};
    learn(&room, 100, 5000);
    CHECK_EQUAL(room.best, 128);
    learn(&room, 20, 2000);
    CHECK_EQUAL(room.best, 48);
    learn(&room, 200, 2000);
    CHECK_EQUAL(room.best, 224);
    CHECK(room.learned < CS_ROOM_PERIOD);
}

const test_case textroom_tests[] = {
    TEST(test_nothing_is_known_before_the_first_object),
    TEST(test_the_room_is_that_of_most_objects),
    TEST(test_a_rare_long_text_does_not_make_all_objects_large),
    TEST(test_texts_that_no_block_holds_get_the_least),
    TEST(test_a_class_follows_what_it_makes),
    END_OF_TESTS,
};
