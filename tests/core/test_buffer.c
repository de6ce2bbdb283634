#include "cslots/buffer.h"

#include <string.h>

#include "check.h"

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif

static uint8_t at(size_t i) { return (uint8_t)(i * 7 + i / 255 + 1); }

static void fill(cs_buffer *buffer, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) { buffer->data[i] = at(i); }
}

/* Are the first `used` bytes as filled and the others zero? */
static int is_filled(const cs_buffer *buffer, size_t used) {
    for (size_t i = 0; i < buffer->capacity; i++) {
        if (buffer->data[i] != (i < used ? at(i) : 0)) { return 0; }
    }
    return 1;
}

static void test_a_new_buffer_is_zero_and_holds_what_was_asked_for(void) {
    static const size_t sizes[] = {
        0, 1, 15, 16, 17, 4096, CS_BUFFER_SPACE - 1, CS_BUFFER_SPACE, CS_BUFFER_SPACE + 1, 3000000};
    counting_allocator counting;
    counting_init(&counting);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        cs_buffer *buffer = cs_buffer_new(&counting.allocator, sizes[i]);
        CHECK(buffer != NULL && buffer->data != NULL);
        CHECK(buffer->capacity >= sizes[i] && buffer->capacity < sizes[i] + CS_SPACE_STEP &&
              buffer->reserved >= buffer->capacity);
        CHECK_EQUAL(buffer->space,
                    sizes[i] >= CS_BUFFER_SPACE && counting.allocator.space_reserve != NULL);
        CHECK(is_filled(buffer, 0));
        CHECK(!cs_buffer_is_shared(buffer) && !cs_buffer_is_foreign(buffer));
        memset(buffer->data, 1, buffer->capacity);
        cs_buffer_unref(buffer);
        CHECK_EQUAL(counting.live_blocks + counting.live_spaces, 0);
    }
    cs_buffer_unref(NULL);
}

static void test_growing_keeps_the_bytes_and_adds_zeros(void) {
    counting_allocator counting;
    counting_init(&counting);
    cs_buffer *buffer = cs_buffer_new(&counting.allocator, 0);
    size_t used = 0;
    for (size_t capacity = 1; capacity < 8000000; capacity += capacity / 3 + 1) {
        CHECK_EQUAL(cs_buffer_grow(&buffer, used, capacity, 1), CS_OK);
        CHECK(buffer->capacity >= capacity);
        CHECK(is_filled(buffer, used));
        fill(buffer, used, capacity - capacity / 5);
        used = capacity - capacity / 5;
    }
    CHECK_EQUAL(cs_buffer_grow(&buffer, used, 10, 0), CS_OK); /* it holds that much already */
    CHECK(is_filled(buffer, used));
    cs_buffer_unref(buffer);
    CHECK_EQUAL(counting.live_blocks + counting.live_spaces, 0);
}

static void test_what_would_have_to_move_and_may_not_is_pinned(void) {
    counting_allocator counting;
    counting_init(&counting);
    cs_buffer *buffer = cs_buffer_new(&counting.allocator, 100);
    uint8_t *data = buffer->data;
    fill(buffer, 0, 100);
    CHECK_EQUAL(cs_buffer_grow(&buffer, 100, 1000, 0), CS_PINNED);
    CHECK(buffer->data == data && buffer->capacity < 1000 && is_filled(buffer, 100));
    cs_buffer_unref(buffer);
}

static void test_a_space_grows_where_it_stands_whoever_looks_at_it(void) {
    counting_allocator counting;
    counting_init(&counting);
    if (counting.allocator.space_reserve == NULL) { return; }
    cs_buffer *buffer = cs_buffer_new(&counting.allocator, CS_BUFFER_SPACE);
    cs_buffer *other = cs_buffer_ref(buffer);
    uint8_t *data = buffer->data;
    CHECK(buffer->reserved >= 8 * CS_BUFFER_SPACE);
    fill(buffer, 0, CS_BUFFER_SPACE);
    CHECK_EQUAL(cs_buffer_grow(&buffer, CS_BUFFER_SPACE, buffer->reserved, 0), CS_OK);
    CHECK(buffer == other && buffer->data == data && buffer->capacity == buffer->reserved);
    CHECK(memcmp(buffer->data, data, CS_BUFFER_SPACE) == 0);
    fill(buffer, CS_BUFFER_SPACE, 2 * CS_BUFFER_SPACE);
    CHECK_EQUAL(cs_buffer_grow(&buffer, 2 * CS_BUFFER_SPACE, buffer->reserved + 1, 0), CS_PINNED);
    cs_buffer_unref(buffer);
    cs_buffer_unref(other);
    CHECK_EQUAL(counting.live_blocks + counting.live_spaces, 0);
}

static void test_a_reservation_that_is_used_up_is_followed_by_a_larger_one(void) {
    for (int refused = 0; refused < 2; refused++) { /* by the system's tables, then with a copy */
        counting_allocator counting;
        counting_init(&counting);
        if (counting.allocator.space_reserve == NULL) { return; }
        cs_buffer *buffer = cs_buffer_new(&counting.allocator, CS_BUFFER_SPACE);
        size_t reserved = buffer->reserved, used = 3 * CS_BUFFER_SPACE;
        CHECK_EQUAL(cs_buffer_grow(&buffer, 0, used, 1), CS_OK);
        fill(buffer, 0, used);
        counting.no_moves = refused;
        CHECK_EQUAL(cs_buffer_grow(&buffer, used, reserved + 1, 1), CS_OK);
        CHECK(buffer->reserved > reserved && buffer->capacity > reserved);
#if defined(__linux__)
        CHECK_EQUAL(counting.moves, !refused);
#endif
        for (size_t i = 0; i < used; i++) { CHECK_EQUAL(buffer->data[i], at(i)); }
        CHECK_EQUAL(
            buffer->data[used] | buffer->data[reserved] | buffer->data[buffer->capacity - 1], 0);
        CHECK_EQUAL(counting.live_spaces, 1);
        CHECK_EQUAL(counting.reserved, buffer->reserved);
        cs_buffer_unref(buffer);
        CHECK_EQUAL(counting.live_blocks + counting.live_spaces, 0);
    }
}

static void test_a_shared_buffer_that_has_to_move_is_left_to_its_other_owners(void) {
    counting_allocator counting;
    counting_init(&counting);
    cs_buffer *buffer = cs_buffer_new(&counting.allocator, 100), *other = cs_buffer_ref(buffer);
    fill(buffer, 0, 90);
    CHECK(cs_buffer_is_shared(buffer));
    CHECK_EQUAL(cs_buffer_grow(&buffer, 50, 300, 1), CS_OK);
    CHECK(buffer != other && is_filled(buffer, 50) && is_filled(other, 90));
    CHECK(!cs_buffer_is_shared(buffer) && !cs_buffer_is_shared(other));
    cs_buffer_unref(other);
    CHECK(is_filled(buffer, 50));
    cs_buffer_unref(buffer);
    CHECK_EQUAL(counting.live_blocks, 0);
}

static void count_release(void *owner) { ++*(int *)owner; }

static void test_foreign_bytes_are_released_once_with_the_last_reference(void) {
    counting_allocator counting;
    counting_init(&counting);
    uint8_t bytes[40];
    int released = 0;
    for (size_t i = 0; i < sizeof bytes; i++) { bytes[i] = at(i); }
    cs_buffer *buffer =
        cs_buffer_foreign(&counting.allocator, bytes, sizeof bytes, count_release, &released);
    cs_buffer *other = cs_buffer_ref(buffer);
    CHECK(cs_buffer_is_foreign(buffer) && buffer->data == bytes &&
          buffer->capacity == sizeof bytes);
    CHECK_EQUAL(cs_buffer_grow(&buffer, 40, 40, 0), CS_OK);
    /* it is read only, so there is no room beyond `used` */
    CHECK_EQUAL(cs_buffer_grow(&buffer, 30, 40, 0), CS_PINNED);
    CHECK_EQUAL(cs_buffer_grow(&buffer, 30, 40, 1), CS_OK);
    CHECK(buffer != other && is_filled(buffer, 30));
    CHECK_EQUAL(released, 0);
    cs_buffer_unref(other);
    CHECK_EQUAL(released, 1);
    cs_buffer_unref(buffer);
    buffer = cs_buffer_foreign(&counting.allocator, NULL, 0, count_release, &released);
    CHECK_EQUAL(cs_buffer_grow(&buffer, 0, 10, 1), CS_OK);
    CHECK_EQUAL(released, 2);
    cs_buffer_unref(buffer);
    CHECK_EQUAL(counting.live_blocks, 0);
    counting_fail(&counting, 1);
    CHECK(cs_buffer_foreign(&counting.allocator, bytes, 1, count_release, &released) == NULL);
    CHECK_EQUAL(released, 2);
}

static void test_zeroed_pages_go_back_and_are_zero(void) {
    counting_allocator counting;
    counting_init(&counting);
    static const size_t ranges[][2] = {{0, 0},      {5, 6},           {100, 70000}, {65536, 131072},
                                       {1, 500000}, {400000, 500000}, {0, 500000}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        const size_t from = ranges[i][0], to = ranges[i][1];
        cs_buffer *buffer = cs_buffer_new(&counting.allocator, 500000);
        memset(buffer->data, 9, buffer->capacity);
        counting.discarded = 0;
        cs_buffer_zero(buffer, from, to);
        for (size_t j = 0; j < buffer->capacity; j++) {
            CHECK_EQUAL(buffer->data[j], j >= from && j < to ? 0 : 9);
        }
        CHECK(!buffer->space || counting.discarded + 2 * CS_SPACE_STEP >= to - from);
        cs_buffer_unref(buffer);
    }
}

static void test_shrinking_gives_memory_back_and_moves_nothing(void) {
    counting_allocator counting;
    counting_init(&counting);
    for (size_t size = 1000; size < 3000000; size = size * 5 + 77) {
        cs_buffer *buffer = cs_buffer_new(&counting.allocator, size);
        uint8_t *data = buffer->data;
        fill(buffer, 0, size);
        cs_buffer_zero(buffer, size / 4, size);
        counting.discarded = 0;
        cs_buffer_shrink(buffer, size / 4);
        CHECK(buffer->data == data && buffer->capacity >= size && is_filled(buffer, size / 4));
        CHECK(!buffer->space || counting.discarded + 2 * CS_SPACE_STEP > size / 4 * 3);
        cs_buffer_unref(buffer);
    }
}

static void test_without_address_space_all_buffers_are_blocks(void) {
    counting_allocator counting;
    counting_init(&counting);
    counting.allocator.space_reserve = NULL;
    counting.allocator.space_commit = NULL;
    counting.allocator.space_move = NULL;
    counting.allocator.space_release = NULL;
    cs_buffer *buffer = cs_buffer_new(&counting.allocator, 2 * CS_BUFFER_SPACE);
    fill(buffer, 0, 2 * CS_BUFFER_SPACE);
    CHECK_EQUAL(cs_buffer_grow(&buffer, 2 * CS_BUFFER_SPACE, 5 * CS_BUFFER_SPACE, 0), CS_PINNED);
    CHECK_EQUAL(cs_buffer_grow(&buffer, 2 * CS_BUFFER_SPACE, 5 * CS_BUFFER_SPACE, 1), CS_OK);
    CHECK(!buffer->space && is_filled(buffer, 2 * CS_BUFFER_SPACE));
    cs_buffer_zero(buffer, 1000, 5 * CS_BUFFER_SPACE);
    CHECK(is_filled(buffer, 1000));
    cs_buffer_shrink(buffer, 1000);
    cs_buffer_unref(buffer);
    CHECK_EQUAL(counting.live_blocks, 0);
}

static void test_more_than_memory_can_hold_is_too_large(void) {
    cs_buffer *buffer = cs_buffer_new(&cs_system_allocator, 10);
    CHECK_EQUAL(cs_buffer_grow(&buffer, 10, SIZE_MAX, 1), CS_TOO_LARGE);
    CHECK_EQUAL(cs_buffer_grow(&buffer, 10, SIZE_MAX / 2, 1), CS_TOO_LARGE);
    CHECK_EQUAL(cs_buffer_grow(&buffer, 10, SIZE_MAX / 4, 1), CS_NO_MEMORY);
    CHECK(cs_buffer_new(&cs_system_allocator, SIZE_MAX) == NULL);
    cs_buffer_unref(buffer);
}

static void test_each_allocation_that_fails_leaves_a_buffer_as_it_was(void) {
    static const size_t sizes[] = {
        0, 100, 5000, CS_BUFFER_SPACE, 3 * CS_BUFFER_SPACE, 70000000, 70000001, 90000000};
    for (size_t n = 1, failed = 1; failed; n++) {
        failed = 0;
        counting_allocator counting;
        counting_init(&counting);
        counting_fail(&counting, n);
        cs_buffer *buffer = cs_buffer_new(&counting.allocator, sizes[0]);
        failed = buffer == NULL;
        if (failed) { buffer = cs_buffer_new(&counting.allocator, sizes[0]); }
        size_t used = 0;
        for (size_t i = 1; i < sizeof sizes / sizeof sizes[0]; i++) {
            cs_buffer before = {.data = buffer->data, .capacity = buffer->capacity};
            cs_status status = cs_buffer_grow(&buffer, used, sizes[i], 1);
            if (status != CS_OK) {
                failed = 1;
                CHECK_EQUAL(status, CS_NO_MEMORY);
                for (size_t j = 0; j < used; j++) { CHECK_EQUAL(buffer->data[j], at(j)); }
                CHECK(buffer->capacity >= before.capacity);
                CHECK_EQUAL(cs_buffer_grow(&buffer, used, sizes[i], 1), CS_OK);
            }
            CHECK(buffer->capacity >= sizes[i]);
            for (size_t j = 0; j < used; j++) { CHECK_EQUAL(buffer->data[j], at(j)); }
            size_t more = sizes[i] < 3000 ? sizes[i] : 3000;
            fill(buffer, used, more);
            used = used > more ? used : more;
        }
        failed |= counting.calls >= n; /* the buffer may have found another way */
        cs_buffer_unref(buffer);
        CHECK_EQUAL(counting.live_blocks + counting.live_spaces, 0);
    }
}

#if defined(__unix__) || defined(__APPLE__)
static void *drop_many(void *argument) {
    cs_buffer **buffers = argument;
    for (int i = 0; i < 10000; i++) { cs_buffer_unref(buffers[i]); }
    return NULL;
}

static void test_references_may_be_dropped_in_any_thread(void) {
    static cs_buffer *buffers[10000];
    static int released;
    pthread_t threads[3];
    released = 0;
    for (int i = 0; i < 10000; i++) {
        buffers[i] = cs_buffer_foreign(&cs_system_allocator, NULL, 0, count_release, &released);
        CHECK(buffers[i] != NULL);
        cs_buffer_ref(buffers[i]);
        cs_buffer_ref(buffers[i]);
        /* this thread keeps one, since count_release is not made for threads */
        cs_buffer_ref(buffers[i]);
    }
    for (int i = 0; i < 3; i++) {
        CHECK_EQUAL(pthread_create(&threads[i], NULL, drop_many, buffers), 0);
    }
    for (int i = 0; i < 3; i++) { CHECK_EQUAL(pthread_join(threads[i], NULL), 0); }
    CHECK_EQUAL(released, 0);
    for (int i = 0; i < 10000; i++) {
        CHECK(!cs_buffer_is_shared(buffers[i]));
        cs_buffer_unref(buffers[i]);
    }
    CHECK_EQUAL(released, 10000);
}
#endif

static void test_a_buffer_needs_no_address_space_of_the_system(void) {
    const size_t used = 3 * CS_BUFFER_SPACE;
    cs_buffer *buffer = cs_buffer_new(&cs_system_allocator, used);
    CHECK(buffer != NULL);
    CHECK_EQUAL(buffer->space, has_address_space());
    fill(buffer, 0, used);
    CHECK_EQUAL(cs_buffer_grow(&buffer, used, 9 * used, 1), CS_OK);
    for (size_t i = 0; i < used; i++) { CHECK_EQUAL(buffer->data[i], at(i)); }
    CHECK_EQUAL(buffer->data[used] | buffer->data[9 * used - 1], 0);
    cs_buffer_unref(buffer);
}

const test_case buffer_tests[] = {
    TEST(test_a_new_buffer_is_zero_and_holds_what_was_asked_for),
    TEST(test_growing_keeps_the_bytes_and_adds_zeros),
    TEST(test_what_would_have_to_move_and_may_not_is_pinned),
    TEST(test_a_space_grows_where_it_stands_whoever_looks_at_it),
    TEST(test_a_reservation_that_is_used_up_is_followed_by_a_larger_one),
    TEST(test_a_shared_buffer_that_has_to_move_is_left_to_its_other_owners),
    TEST(test_foreign_bytes_are_released_once_with_the_last_reference),
    TEST(test_zeroed_pages_go_back_and_are_zero),
    TEST(test_shrinking_gives_memory_back_and_moves_nothing),
    TEST(test_without_address_space_all_buffers_are_blocks),
    TEST(test_a_buffer_needs_no_address_space_of_the_system),
    TEST(test_more_than_memory_can_hold_is_too_large),
    TEST(test_each_allocation_that_fails_leaves_a_buffer_as_it_was),
#if defined(__unix__) || defined(__APPLE__)
    TEST(test_references_may_be_dropped_in_any_thread),
#endif
    END_OF_TESTS,
};
