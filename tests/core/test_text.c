#include "cslots/text.h"

#include <stdlib.h>

#include "check.h"

/* An object as a class with `count` texts would lay it out: 3 odd bytes, the words, the tail at an
 * odd offset, and guard bytes behind it. */
enum { MOST = 9, ROOM = 0x7FFF, HEAD = 64, GUARD = 8 };

typedef struct {
    cs_text_shape shape;
    uint32_t ends[MOST];
    size_t capacity;
    char *object;
    counting_allocator counting;
    /* the model */
    char *texts[MOST];
    size_t sizes[MOST];
} subject;

static void subject_init(subject *s, uint32_t count, size_t capacity) {
    *s =
        (subject){.shape = {.tail = HEAD - 1, .capacity = 4, .count = count}, .capacity = capacity};
    /* not in text order, which a layout need not keep */
    for (uint32_t j = 0; j < count; j++) { s->ends[j] = 6 + 2 * (count - 1 - j); }
    s->shape.ends = s->ends;
    counting_init(&s->counting);
    s->object = malloc(s->shape.tail + capacity + GUARD);
    memset(s->object, 0xA5, s->shape.tail + capacity + GUARD);
    cs_text_init(&s->shape, s->object, capacity);
}

static void subject_clear(subject *s) {
    cs_text_clear(&s->shape, s->object, &s->counting.allocator);
    CHECK_EQUAL(cs_text_total(&s->shape, s->object), 0);
    CHECK_EQUAL(cs_text_heap_size(&s->shape, s->object), 0);
    CHECK_EQUAL(s->counting.live_blocks, 0);
    for (int j = 0; j < MOST; j++) { free(s->texts[j]); }
    free(s->object);
}

static void check_subject(subject *s) {
    size_t total = 0;
    CHECK_EQUAL(cs_text_check(&s->shape, s->object), 0);
    for (uint32_t j = 0; j < s->shape.count; j++) {
        cs_text text = cs_text_get(&s->shape, s->object, j);
        CHECK_EQUAL(text.size, s->sizes[j]);
        CHECK(text.size == 0 || memcmp(text.data, s->texts[j], text.size) == 0);
        total += text.size;
    }
    CHECK_EQUAL(cs_text_total(&s->shape, s->object), total);
    size_t heap = cs_text_heap_size(&s->shape, s->object);
    CHECK_EQUAL(heap != 0, total > s->capacity);
    CHECK(heap == 0 || heap >= total);
    CHECK_EQUAL(s->counting.live_blocks, heap != 0);
    CHECK_EQUAL(cs_text_word(s->object, s->shape.capacity) & CS_TEXT_INLINE_MAX, s->capacity);
    for (size_t i = 0; i < GUARD; i++) {
        CHECK_EQUAL((unsigned char)s->object[s->shape.tail + s->capacity + i], 0xA5);
    }
}

static void remember(subject *s, size_t index, const char *data, size_t size) {
    free(s->texts[index]);
    s->texts[index] = malloc(size + 1);
    if (size != 0) { memcpy(s->texts[index], data, size); }
    s->sizes[index] = size;
}

static cs_status set(subject *s, size_t index, const char *data, size_t size) {
    cs_status status = cs_text_set(&s->shape, s->object, &s->counting.allocator, index, data, size);
    if (status == CS_OK) { remember(s, index, data, size); }
    return status;
}

static const char *noise(random_source *source, size_t size) {
    static char bytes[2 * ROOM];
    for (size_t i = 0; i < size; i++) { bytes[i] = (char)random_next(source); }
    return bytes;
}

static size_t any_size(random_source *source, size_t capacity) {
    switch (random_below(source, 6)) {
    case 0: return 0;
    case 1: return random_below(source, capacity + 1);
    case 2: return capacity - 1 + random_below(source, 3); /* around the edge */
    case 3: return random_below(source, 3 * capacity);
    default: return random_below(source, 8);
    }
}

static void test_texts_are_what_a_plain_array_of_strings_holds(void) {
    random_source source = {3};
    for (uint32_t count = 1; count <= MOST; count++) {
        for (size_t capacity = CS_TEXT_INLINE_MIN; capacity < 200; capacity += 1 + capacity / 2) {
            subject s;
            subject_init(&s, count, capacity);
            for (int step = 0; step < 400; step++) {
                size_t size = any_size(&source, capacity);
                CHECK_EQUAL(set(&s, random_below(&source, count), noise(&source, size), size),
                            CS_OK);
                check_subject(&s);
            }
            subject_clear(&s);
        }
    }
}

static void
test_all_texts_of_a_new_object_are_set_at_once_inline_or_in_a_block_of_exact_size(void) {
    random_source source = {4};
    for (int round = 0; round < 500; round++) {
        uint32_t count = 1 + (uint32_t)random_below(&source, MOST);
        subject s;
        subject_init(&s, count, 40);
        cs_text texts[MOST] = {{0}};
        size_t total = 0;
        for (uint32_t j = 0; j < count; j++) {
            size_t size = random_below(&source, 25);
            remember(&s, j, noise(&source, size), size);
            texts[j] = (cs_text){size ? s.texts[j] : NULL, size};
            total += size;
        }
        CHECK_EQUAL(cs_text_set_all(&s.shape, s.object, &s.counting.allocator, texts), CS_OK);
        check_subject(&s);
        if (total > 40) {
            CHECK_EQUAL(cs_text_heap_size(&s.shape, s.object),
                        sizeof(cs_text_block) + count * sizeof(size_t) + total);
        }
        CHECK_EQUAL(set(&s, random_below(&source, count), "changed", 7), CS_OK);
        check_subject(&s);
        subject_clear(&s);
    }
}

static void test_the_longest_inline_text_fits_and_one_byte_more_spills(void) {
    random_source source = {5};
    subject s;
    subject_init(&s, 2, CS_TEXT_INLINE_MAX);
    CHECK_EQUAL(set(&s, 0, noise(&source, CS_TEXT_INLINE_MAX), CS_TEXT_INLINE_MAX), CS_OK);
    check_subject(&s);
    CHECK_EQUAL(s.counting.calls, 0);
    CHECK_EQUAL(set(&s, 1, "x", 1), CS_OK);
    check_subject(&s);
    CHECK_EQUAL(s.counting.live_blocks, 1);
    subject_clear(&s);
}

static void test_texts_move_back_into_the_object_when_they_fit_again(void) {
    subject s;
    subject_init(&s, 2, 10);
    CHECK_EQUAL(set(&s, 1, "0123456789ABC", 13), CS_OK);
    CHECK_EQUAL(set(&s, 0, "abc", 3), CS_OK);
    CHECK_EQUAL(s.counting.live_blocks, 1);
    CHECK_EQUAL(set(&s, 1, "0123456", 7), CS_OK);
    check_subject(&s);
    CHECK_EQUAL(s.counting.live_blocks, 0);
    subject_clear(&s);
}

static void test_a_text_that_grows_byte_by_byte_is_copied_seldom(void) {
    random_source source = {6};
    subject s;
    subject_init(&s, 1, 8);
    for (size_t size = 0; size < 10000; size++) {
        CHECK_EQUAL(set(&s, 0, noise(&source, 8), size < 8 ? size : 8), CS_OK);
    }
    const char *bytes = noise(&source, 10000);
    for (size_t size = 0; size < 10000; size++) {
        CHECK_EQUAL(cs_text_set(&s.shape, s.object, &s.counting.allocator, 0, bytes, size), CS_OK);
    }
    CHECK(s.counting.calls < 25);
    subject_clear(&s);
}

static void test_a_block_that_is_mostly_empty_gives_its_memory_back(void) {
    random_source source = {7};
    subject s;
    subject_init(&s, 1, 8);
    CHECK_EQUAL(set(&s, 0, noise(&source, 60000), 60000), CS_OK);
    CHECK_EQUAL(set(&s, 0, "nine byte", 9), CS_OK);
    check_subject(&s);
    CHECK(cs_text_heap_size(&s.shape, s.object) < 100);
    subject_clear(&s);
}

static void test_each_allocation_that_fails_leaves_the_texts_as_they_were(void) {
    int failures = 0;
    for (size_t n = 1; n < 40; n++) {
        random_source source = {8};
        subject s;
        subject_init(&s, 3, 16);
        counting_fail(&s.counting, n);
        for (int step = 0; step < 200; step++) {
            size_t size = random_below(&source, 20) == 0 ? 1 : random_below(&source, 120),
                   index = random_below(&source, 3);
            const char *data = noise(&source, size);
            cs_status status = set(&s, index, data, size);
            check_subject(&s);
            if (status != CS_OK) {
                failures++;
                CHECK_EQUAL(status, CS_NO_MEMORY);
                CHECK_EQUAL(set(&s, index, data, size), CS_OK); /* the next try succeeds */
                check_subject(&s);
            }
        }
        subject_clear(&s);
    }
    CHECK(failures > 3);
    subject s;
    subject_init(&s, 1, 16);
    counting_fail(&s.counting, 1);
    cs_text text = {"a text of more than 16 bytes", 28};
    CHECK_EQUAL(cs_text_set_all(&s.shape, s.object, &s.counting.allocator, &text), CS_NO_MEMORY);
    check_subject(&s);
    subject_clear(&s);
}

static void test_sizes_that_no_block_can_have_are_too_large(void) {
    subject s;
    subject_init(&s, 2, 16);
    for (int spilled = 0; spilled < 2; spilled++) {
        CHECK_EQUAL(set(&s, 0, "some text that spills or not", spilled ? 28 : 4), CS_OK);
        const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 4, SIZE_MAX - 28, (size_t)PTRDIFF_MAX,
                                (size_t)PTRDIFF_MAX - 27};
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            CHECK_EQUAL(set(&s, 1, "", sizes[i]), CS_TOO_LARGE);
            check_subject(&s);
        }
    }
    subject_clear(&s);
    cs_text texts[2] = {{"", (size_t)PTRDIFF_MAX - 100}, {"", 200}};
    subject_init(&s, 2, 16);
    CHECK_EQUAL(cs_text_set_all(&s.shape, s.object, &s.counting.allocator, texts), CS_TOO_LARGE);
    texts[1].size = SIZE_MAX;
    CHECK_EQUAL(cs_text_set_all(&s.shape, s.object, &s.counting.allocator, texts), CS_TOO_LARGE);
    check_subject(&s);
    subject_clear(&s);
}

static void test_the_check_finds_broken_texts(void) {
    subject s;
    subject_init(&s, 2, 16);
    CHECK_EQUAL(set(&s, 0, "abc", 3), CS_OK);
    uint16_t word = 1; /* text 1 ends before text 0 */
    memcpy(s.object + s.ends[1], &word, 2);
    CHECK(cs_text_check(&s.shape, s.object) != 0);
    word = 17; /* past the tail */
    memcpy(s.object + s.ends[1], &word, 2);
    CHECK(cs_text_check(&s.shape, s.object) != 0);
    word = 3;
    memcpy(s.object + s.ends[1], &word, 2);
    check_subject(&s);
    subject_clear(&s);
}

const test_case text_tests[] = {
    TEST(test_texts_are_what_a_plain_array_of_strings_holds),
    TEST(test_all_texts_of_a_new_object_are_set_at_once_inline_or_in_a_block_of_exact_size),
    TEST(test_the_longest_inline_text_fits_and_one_byte_more_spills),
    TEST(test_texts_move_back_into_the_object_when_they_fit_again),
    TEST(test_a_text_that_grows_byte_by_byte_is_copied_seldom),
    TEST(test_a_block_that_is_mostly_empty_gives_its_memory_back),
    TEST(test_each_allocation_that_fails_leaves_the_texts_as_they_were),
    TEST(test_sizes_that_no_block_can_have_are_too_large),
    TEST(test_the_check_finds_broken_texts),
    END_OF_TESTS,
};
