#include "cslots/textheap.h"

#include <stdlib.h>

#include "check.h"

enum { TEXTS = 300, LONGEST = 200 };

static char pattern[LONGEST + 256];

static const char *bytes_of(uint8_t seed) {
    for (size_t i = 0; i < sizeof pattern; i++) { pattern[i] = (char)(i * 131 + i / 251); }
    return pattern + seed;
}

typedef struct {
    size_t size;
    uint8_t seed;
} model_text;

static int differs(const cs_textheap *heap, const cs_view *view, model_text text) {
    cs_text got;
    if (cs_textheap_get(heap, view, &got) != 0 || got.size != text.size) { return 1; }
    return memcmp(got.data, bytes_of(text.seed), text.size) != 0;
}

/* 0, or the number of the invariant of the header that does not hold. */
static int broken(const cs_textheap *heap, const cs_view *views, size_t count) {
    size_t used = 0, live = 0;
    for (uint32_t i = 0; i < heap->count; i++) {
        used += heap->segments[i].used;
        if (heap->segments[i].used > heap->segments[i].capacity ||
            heap->segments[i].capacity > heap->segments[i].buffer->capacity) {
            return 1;
        }
        if (i > heap->open && heap->segments[i].used != 0) { return 2; }
    }
    for (size_t i = 0; i < count; i++) {
        cs_text text;
        if (cs_textheap_get(heap, &views[i], &text) != 0) { return 3; }
        live += text.size > CS_VIEW_INLINE ? text.size : 0;
    }
    return live != heap->live ? 4 : live + heap->dead != used ? 5 : 0;
}

static void test_short_texts_stand_in_their_views_and_longer_ones_in_a_segment(void) {
    counting_allocator counting;
    counting_init(&counting);
    cs_textheap heap;
    cs_textheap_init(&heap, &counting.allocator);
    for (size_t size = 0; size <= LONGEST; size++) {
        cs_view view;
        memset(&view, 0x5A, sizeof view);
        CHECK_EQUAL(cs_textheap_put(&heap, bytes_of((uint8_t)size), size, &view), CS_OK);
        CHECK_EQUAL(view.in.size, size);
        CHECK(!differs(&heap, &view, (model_text){size, (uint8_t)size}));
        if (size <= CS_VIEW_INLINE) {
            CHECK_EQUAL(counting.live_blocks, 0);
            for (size_t i = size; i < CS_VIEW_INLINE; i++) { CHECK_EQUAL(view.in.text[i], 0); }
        } else {
            CHECK(memcmp(view.out.prefix, bytes_of((uint8_t)size), 4) == 0 &&
                  view.out.segment == 0);
        }
    }
    cs_textheap_clear(&heap);
    cs_textheap_clear(&heap);
    CHECK_EQUAL(counting.live_blocks, 0);
}

static void test_it_holds_what_a_plain_array_holds(void) {
    for (uint64_t seed = 0; seed < 6; seed++) {
        counting_allocator counting;
        counting_init(&counting);
        random_source source = {seed};
        cs_textheap heap;
        cs_view views[TEXTS] = {{{0}}};
        model_text model[TEXTS] = {{0}};
        cs_textheap_init(&heap, &counting.allocator);
        for (int step = 0; step < 3000; step++) {
            const size_t i = random_below(&source, TEXTS);
            const model_text text = {random_below(&source, 3) ? random_below(&source, LONGEST)
                                                              : random_below(&source, 16),
                                     (uint8_t)step};
            if (seed % 2) { counting_fail(&counting, random_below(&source, 3)); }
            switch (random_below(&source, 5)) {
            case 0:
                cs_textheap_drop(&heap, &views[i]);
                views[i] = (cs_view){{0}};
                model[i] = (model_text){0};
                break;
            case 1: (void)cs_textheap_reserve(&heap, random_below(&source, 3000)); break;
            default:
                if (cs_textheap_replace(&heap, bytes_of(text.seed), text.size, &views[i]) ==
                    CS_OK) {
                    model[i] = text;
                }
            }
            CHECK(!differs(&heap, &views[i], model[i]));
            if (step % 16 == 0) { CHECK_EQUAL(broken(&heap, views, TEXTS), 0); }
        }
        CHECK_EQUAL(broken(&heap, views, TEXTS), 0);
        for (size_t i = 0; i < TEXTS; i++) { CHECK(!differs(&heap, &views[i], model[i])); }
        cs_textheap_clear(&heap);
        CHECK_EQUAL(counting.live_blocks + counting.live_spaces, 0);
    }
}

static void test_a_text_that_is_not_longer_replaces_in_place(void) {
    cs_textheap heap;
    cs_textheap_init(&heap, &cs_system_allocator);
    cs_view view = {{0}}, other = {{0}};
    CHECK_EQUAL(cs_textheap_put(&heap, bytes_of(1), 100, &view), CS_OK);
    CHECK_EQUAL(cs_textheap_put(&heap, bytes_of(2), 50, &other), CS_OK);
    CHECK_EQUAL(cs_textheap_replace(&heap, bytes_of(3), 80, &view), CS_OK);
    CHECK(view.out.offset == 0 && heap.live == 130 && heap.dead == 20);
    CHECK_EQUAL(cs_textheap_replace(&heap, bytes_of(4), 81, &view), CS_OK);
    CHECK(view.out.offset == 150 && heap.live == 131 && heap.dead == 100);
    CHECK_EQUAL(cs_textheap_replace(&heap, bytes_of(5), 12, &view), CS_OK);
    CHECK(heap.live == 50 && heap.dead == 181);
    CHECK(!differs(&heap, &view, (model_text){12, 5}) &&
          !differs(&heap, &other, (model_text){50, 2}));
    cs_textheap_clear(&heap);
}

static void test_bytes_that_an_export_may_see_are_never_written_over(void) {
    counting_allocator counting;
    counting_init(&counting);
    cs_textheap heap;
    cs_textheap_init(&heap, &counting.allocator);
    cs_view view = {{0}}, later = {{0}};
    CHECK_EQUAL(cs_textheap_put(&heap, bytes_of(1), 100, &view), CS_OK);
    cs_buffer *exported = cs_buffer_ref(heap.segments[0].buffer);
    heap.segments[0].frozen = heap.segments[0].used;
    /* the bytes beyond may be used and written over */
    CHECK_EQUAL(cs_textheap_put(&heap, bytes_of(2), 60, &later), CS_OK);
    CHECK(heap.count == 1 && heap.segments[0].buffer == exported);
    CHECK_EQUAL(cs_textheap_replace(&heap, bytes_of(3), 60, &later), CS_OK);
    CHECK_EQUAL(later.out.offset, 100);
    CHECK_EQUAL(cs_textheap_replace(&heap, bytes_of(4), 100, &view), CS_OK);
    CHECK(memcmp(exported->data, bytes_of(1), 100) == 0);
    /* A text that does not fit any more goes to another segment. The shared one is not copied. */
    while (heap.count == 1) { CHECK_EQUAL(cs_textheap_put(&heap, bytes_of(5), 50, &later), CS_OK); }
    CHECK(heap.segments[0].buffer == exported && later.out.segment == 1);
    cs_buffer_unref(exported);
    CHECK_EQUAL(cs_textheap_put(&heap, bytes_of(1), 100, &later), CS_OK);
    view = later;
    /* the export has gone */
    CHECK_EQUAL(cs_textheap_replace(&heap, bytes_of(6), 90, &view), CS_OK);
    CHECK_EQUAL(view.out.offset, later.out.offset);
    cs_textheap_clear(&heap);
    CHECK_EQUAL(counting.live_blocks, 0);
}

static void test_what_was_adopted_is_never_written_over(void) {
    counting_allocator counting;
    counting_init(&counting);
    cs_textheap heap;
    cs_textheap_init(&heap, &counting.allocator);
    cs_buffer *buffer = cs_buffer_new(&counting.allocator, 1000), *seen = cs_buffer_ref(buffer);
    memcpy(buffer->data, bytes_of(9), 100);
    CHECK_EQUAL(cs_textheap_adopt(&heap, buffer, 100), CS_OK);
    cs_buffer_unref(seen);
    /* they overlap */
    cs_view view = {.out = {.size = 40, .segment = 0, .offset = 10}},
            twin = {.out = {.size = 80, .segment = 0, .offset = 20}};
    CHECK(!differs(&heap, &view, (model_text){40, 19}));
    CHECK_EQUAL(cs_textheap_replace(&heap, bytes_of(1), 20, &view), CS_OK);
    CHECK(!differs(&heap, &view, (model_text){20, 1}) &&
          !differs(&heap, &twin, (model_text){80, 29}));
    CHECK(view.out.segment == 1 && memcmp(heap.segments[0].buffer->data, bytes_of(9), 100) == 0);
    CHECK_EQUAL(heap.live + heap.dead, 120);
    cs_textheap_drop(&heap, &twin);
    cs_textheap_drop(&heap, &twin); /* no more bytes are dead than there are */
    CHECK_EQUAL(heap.live + heap.dead, 120);
    CHECK_EQUAL(cs_textheap_adopt(&heap, cs_buffer_new(&counting.allocator, 16), 17), CS_TOO_LARGE);
    counting_fail(&counting, 1);
    heap.room = heap.count;
    CHECK_EQUAL(cs_textheap_adopt(&heap, cs_buffer_ref(heap.segments[0].buffer), 50), CS_NO_MEMORY);
    cs_textheap_clear(&heap);
    CHECK_EQUAL(counting.live_blocks, 0);
}

static void test_after_reserving_nothing_of_that_total_can_fail(void) {
    for (size_t total = 13; total < 600000; total = total * 3 + 11) {
        for (int exported = 0; exported < 2; exported++) {
            counting_allocator counting;
            counting_init(&counting);
            cs_textheap heap;
            cs_view view;
            cs_textheap_init(&heap, &counting.allocator);
            CHECK_EQUAL(cs_textheap_put(&heap, bytes_of(0), 100, &view), CS_OK);
            cs_buffer *seen = exported ? cs_buffer_ref(heap.segments[0].buffer) : NULL;
            CHECK_EQUAL(cs_textheap_reserve(&heap, total), CS_OK);
            const size_t calls = counting.calls;
            for (size_t left = total; left > 0;) {
                const size_t size = left < LONGEST ? left : LONGEST;
                CHECK_EQUAL(cs_textheap_put(&heap, bytes_of(0), size, &view), CS_OK);
                left -= size;
            }
            CHECK_EQUAL(counting.calls, calls);
            cs_buffer_unref(seen);
            cs_textheap_clear(&heap);
            CHECK_EQUAL(counting.live_blocks + counting.live_spaces, 0);
        }
    }
}

static void test_room_for_more_than_a_segment_is_several_segments(void) {
    counting_allocator counting;
    counting_init(&counting);
    if (counting.allocator.space_reserve == NULL || sizeof(size_t) < 8) { return; }
    cs_textheap heap;
    cs_view view;
    cs_textheap_init(&heap, &counting.allocator);
    CHECK_EQUAL(cs_textheap_put(&heap, bytes_of(0), 100, &view), CS_OK);
    CHECK_EQUAL(cs_textheap_reserve(&heap, CS_TEXTHEAP_SEGMENT + 1), CS_OK);
    CHECK(heap.count > 2 && heap.open == 0);
    const uint32_t count = heap.count;
    CHECK_EQUAL(cs_textheap_reserve(&heap, CS_TEXTHEAP_SEGMENT + 1), CS_OK);
    CHECK_EQUAL(heap.count, count); /* they are still there */
    const size_t calls = counting.calls;
    for (uint32_t i = 0; i < count; i++) { /* pretend that the segments are small */
        if (heap.segments[i].capacity > 250) { heap.segments[i].capacity = 250; }
        CHECK_EQUAL(cs_textheap_put(&heap, bytes_of(1), 200, &view), CS_OK);
        CHECK(!differs(&heap, &view, (model_text){200, 1}));
        CHECK_EQUAL(heap.open, view.out.segment);
    }
    CHECK_EQUAL(heap.open + 1, count);
    CHECK_EQUAL(counting.calls, calls);
    cs_textheap_clear(&heap);
    CHECK_EQUAL(counting.live_blocks + counting.live_spaces, 0);
}

static void test_a_text_longer_than_a_segment_is_refused(void) {
    cs_textheap heap;
    cs_view view = {{0}};
    cs_textheap_init(&heap, &cs_system_allocator);
    volatile size_t size = CS_TEXTHEAP_SEGMENT; /* volatile, so that the compiler does not warn */
    CHECK_EQUAL(cs_textheap_put(&heap, bytes_of(0), size, &view), CS_TOO_LARGE);
    size = SIZE_MAX;
    CHECK_EQUAL(cs_textheap_replace(&heap, bytes_of(0), size, &view), CS_TOO_LARGE);
    CHECK(view.in.size == 0 && heap.count == 0);
    cs_textheap_clear(&heap);
}

static void test_a_view_that_lies_is_found_out(void) {
    cs_textheap heap;
    cs_view view;
    cs_text text;
    cs_textheap_init(&heap, &cs_system_allocator);
    CHECK_EQUAL(cs_textheap_put(&heap, bytes_of(0), 100, &view), CS_OK);
    static const int32_t lies[][3] = {
        {101, 0, 0}, {100, 0, 1},  {100, 1, 0},         {100, -1, 0},       {100, 0, -1},
        {-1, 0, 0},  {13, 0, 100}, {INT32_MAX, 0, 100}, {13, 0, INT32_MAX}, {INT32_MIN, 0, 0},
        {13, 0, 88}, {13, 7, 0},   {13, INT32_MAX, 0},  {13, INT32_MIN, 0}, {13, 0, INT32_MIN}};
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        const cs_view lie = {
            .out = {.size = lies[i][0], .segment = lies[i][1], .offset = lies[i][2]}};
        cs_view replaced = lie;
        CHECK_EQUAL(cs_textheap_get(&heap, &lie, &text), -1);
        cs_textheap_drop(&heap, &lie);
        CHECK(heap.live == 100 && heap.dead == 0);
        CHECK_EQUAL(cs_textheap_replace(&heap, bytes_of(3), 5, &replaced), CS_OK);
        CHECK(!differs(&heap, &replaced, (model_text){5, 3}));
    }
    CHECK(!differs(&heap, &view, (model_text){100, 0}));
    cs_textheap_clear(&heap);
}

static void test_each_allocation_that_fails_leaves_the_heap_as_it_was(void) {
    for (size_t n = 1, failed = 1; failed; n++) {
        counting_allocator counting;
        counting_init(&counting);
        counting_fail(&counting, n);
        cs_textheap heap;
        cs_view views[TEXTS] = {{{0}}};
        cs_textheap_init(&heap, &counting.allocator);
        failed = 0;
        for (size_t i = 0; i < TEXTS; i++) {
            const size_t live = heap.live;
            cs_status status = cs_textheap_put(&heap, bytes_of((uint8_t)i), LONGEST, &views[i]);
            if (status != CS_OK) {
                failed = 1;
                CHECK(status == CS_NO_MEMORY && heap.live == live && views[i].in.size == 0);
                CHECK_EQUAL(broken(&heap, views, TEXTS), 0);
                CHECK_EQUAL(cs_textheap_put(&heap, bytes_of((uint8_t)i), LONGEST, &views[i]),
                            CS_OK);
            }
        }
        failed |= counting.calls >= n;
        CHECK_EQUAL(broken(&heap, views, TEXTS), 0);
        for (size_t i = 0; i < TEXTS; i++) {
            CHECK(!differs(&heap, &views[i], (model_text){LONGEST, (uint8_t)i}));
        }
        cs_textheap_clear(&heap);
        CHECK_EQUAL(counting.live_blocks, 0);
    }
}

const test_case textheap_tests[] = {
    TEST(test_short_texts_stand_in_their_views_and_longer_ones_in_a_segment),
    TEST(test_it_holds_what_a_plain_array_holds),
    TEST(test_a_text_that_is_not_longer_replaces_in_place),
    TEST(test_bytes_that_an_export_may_see_are_never_written_over),
    TEST(test_what_was_adopted_is_never_written_over),
    TEST(test_after_reserving_nothing_of_that_total_can_fail),
    TEST(test_room_for_more_than_a_segment_is_several_segments),
    TEST(test_a_text_longer_than_a_segment_is_refused),
    TEST(test_a_view_that_lies_is_found_out),
    TEST(test_each_allocation_that_fails_leaves_the_heap_as_it_was),
    END_OF_TESTS,
};
