#include "cslots/column.h"

#include <stdio.h>

#include "check.h"

#define TEXT_SPEC ((cs_column_spec){CS_COLUMN_TEXT, 1, 16})

/* A column with rows as a pool would have it. Row i of a column of numbers is i * 7, null where i
 * % 3 == 0. Row i of a column of texts is "text <i> ...". */
static void fill_numbers(cs_column *column, size_t from, size_t rows) {
    for (size_t i = from; i < rows; i++) {
        const int32_t value = (int32_t)i * 7;
        if (i % 3 == 0) { continue; }
        memcpy(column->data + i * 4, &value, 4);
        cs_column_set_valid(column, i, 1);
    }
}

static int holds_numbers(const uint8_t *data, const uint8_t *valid, size_t rows) {
    for (size_t i = 0; i < rows; i++) {
        const int32_t value = i % 3 ? (int32_t)i * 7 : 0;
        if (memcmp(data + i * 4, &value, 4) != 0 ||
            (valid[i >> 3] >> (i & 7) & 1) != (i % 3 != 0)) {
            return 0;
        }
    }
    return 1;
}

static cs_column numbers(counting_allocator *counting, size_t rows) {
    cs_column column = {0};
    if (cs_column_init(&column, &counting->allocator, (cs_column_spec){CS_COLUMN_FIXED, 1, 4}) !=
        CS_OK) {
        return column;
    }
    if (cs_column_reserve(&column, 0, rows + 20) == CS_OK) { fill_numbers(&column, 0, rows); }
    return column;
}

static size_t text_of(size_t i, size_t round, char *text) {
    return (size_t)snprintf(text, 100, "text %zu%*d", i, (int)((i * 31 + round * 17) % 60 + 1),
                            (int)round);
}

static int holds_texts(const cs_column *column, size_t rows, size_t round) {
    for (size_t i = 0; i < rows; i++) {
        char expected[100];
        cs_text text;
        if (cs_column_text(column, i, &text) != 0 || text.size != text_of(i, round, expected) ||
            memcmp(text.data, expected, text.size) != 0) {
            return 0;
        }
    }
    return 1;
}

static cs_status write_texts(cs_column *column, size_t rows, size_t round) {
    cs_status status = CS_OK;
    for (size_t i = 0; i < rows && status == CS_OK; i++) {
        char text[100];
        const size_t size = text_of(i, round, text);
        status = cs_column_writable(column, i, rows);
        if (status == CS_OK) { status = cs_column_set_text(column, i, rows, text, size); }
        if (status == CS_OK) { cs_column_set_valid(column, i, 1); }
    }
    return status;
}

static cs_column texts(counting_allocator *counting, size_t rows) {
    cs_column column = {0};
    if (cs_column_init(&column, &counting->allocator, TEXT_SPEC) != CS_OK) { return column; }
    if (cs_column_reserve(&column, 0, rows) == CS_OK) { (void)write_texts(&column, rows, 0); }
    return column;
}

static void test_a_column_is_one_of_those_there_are(void) {
    cs_column column;
    static const cs_column_spec good[] = {{CS_COLUMN_FIXED, 0, 1},  {CS_COLUMN_FIXED, 1, 2},
                                          {CS_COLUMN_FIXED, 0, 4},  {CS_COLUMN_FIXED, 1, 8},
                                          {CS_COLUMN_FIXED, 1, 16}, {CS_COLUMN_TEXT, 0, 16},
                                          {CS_COLUMN_TEXT, 1, 16},  {CS_COLUMN_POINTER, 0, 8}};
    static const cs_column_spec bad[] = {{CS_COLUMN_FIXED, 0, 0},   {CS_COLUMN_FIXED, 0, 3},
                                         {CS_COLUMN_FIXED, 0, 32},  {CS_COLUMN_TEXT, 0, 8},
                                         {CS_COLUMN_POINTER, 0, 4}, {3, 0, 8}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        CHECK_EQUAL(cs_column_init(&column, &cs_system_allocator, good[i]), CS_OK);
        CHECK_EQUAL(cs_column_check(&column, 0), 0);
        CHECK(column.data != NULL && (column.valid != NULL) == good[i].nullable);
        cs_column_clear(&column);
        cs_column_clear(&column);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_EQUAL(cs_column_init(&column, &cs_system_allocator, bad[i]), CS_INVALID);
    }
    column = (cs_column){0};
    cs_column_clear(&column);
}

static void test_nulls_are_counted_from_any_row_to_any_other(void) {
    counting_allocator counting;
    counting_init(&counting);
    cs_column column = numbers(&counting, 300);
    for (size_t from = 0; from < 300; from += 7) {
        for (size_t count = 0; from + count <= 300; count += 5) {
            size_t nulls = 0;
            for (size_t i = from; i < from + count; i++) {
                nulls += !cs_column_is_valid(&column, i);
            }
            CHECK_EQUAL(cs_column_nulls(&column, from, count), nulls);
        }
    }
    cs_column_clear(&column);
    CHECK_EQUAL(
        cs_column_init(&column, &cs_system_allocator, (cs_column_spec){CS_COLUMN_FIXED, 0, 4}),
        CS_OK);
    CHECK_EQUAL(cs_column_nulls(&column, 0, 0), 0);
    cs_buffer *values, *validity;
    CHECK_EQUAL(cs_column_pin(&column, 0), CS_OK);
    CHECK_EQUAL(cs_column_share(&column, 0, &values, &validity), CS_OK);
    CHECK(values != column.values && validity == NULL); /* no bitmap where there are no nulls */
    cs_buffer_unref(values);
    cs_column_clear(&column);
}

static void test_an_export_does_not_change_and_costs_a_copy_only_while_it_lives(void) {
    counting_allocator counting;
    counting_init(&counting);
    cs_column column = numbers(&counting, 100);
    cs_buffer *values, *validity;
    CHECK_EQUAL(cs_column_share(&column, 100, &values, &validity), CS_OK);
    CHECK(values->data == column.data && validity->data == column.valid && column.frozen == 100);
    size_t calls = counting.calls;
    fill_numbers(&column, 100, 110); /* rows beyond are free */
    CHECK_EQUAL(cs_column_writable(&column, 100, 110), CS_OK);
    CHECK(values->data == column.data && counting.calls == calls);
    CHECK_EQUAL(cs_column_writable(&column, 99, 110), CS_OK);
    CHECK(values->data != column.data && validity->data != column.valid && column.frozen == 0);
    CHECK(holds_numbers(column.data, column.valid, 110));
    memset(column.data, 0xFF, 400);
    CHECK(holds_numbers(values->data, validity->data, 100));
    cs_buffer_unref(values);
    cs_buffer_unref(validity);
    CHECK_EQUAL(cs_column_share(&column, 110, &values, &validity), CS_OK);
    cs_buffer_unref(values);
    cs_buffer_unref(validity);
    calls = counting.calls;
    CHECK_EQUAL(cs_column_writable(&column, 5, 110), CS_OK); /* the export has gone */
    CHECK(counting.calls == calls && column.frozen == 0);
    cs_column_clear(&column);
    CHECK_EQUAL(counting.live_blocks, 0);
}

static void test_an_export_outlives_its_column(void) {
    counting_allocator counting;
    counting_init(&counting);
    cs_column column = numbers(&counting, 100);
    cs_buffer *values, *validity;
    CHECK_EQUAL(cs_column_share(&column, 100, &values, &validity), CS_OK);
    cs_column_clear(&column);
    CHECK(holds_numbers(values->data, validity->data, 100));
    cs_buffer_unref(validity);
    cs_buffer_unref(values);
    CHECK_EQUAL(counting.live_blocks, 0);
}

static void
test_a_pinned_column_is_exported_as_a_copy_and_an_exported_one_copied_before_it_is_pinned(void) {
    counting_allocator counting;
    counting_init(&counting);
    cs_column column = numbers(&counting, 100);
    cs_buffer *values, *validity, *more, *more_validity;
    CHECK_EQUAL(cs_column_share(&column, 100, &values, &validity), CS_OK);
    CHECK_EQUAL(cs_column_pin(&column, 100), CS_OK);
    CHECK(column.data != values->data && column.valid != validity->data);
    CHECK_EQUAL(cs_column_share(&column, 100, &more, &more_validity), CS_OK);
    CHECK(column.data != more->data && column.valid != more_validity->data && column.frozen == 0);
    CHECK(holds_numbers(more->data, more_validity->data, 100));
    CHECK_EQUAL(cs_column_pin(&column, 100), CS_OK);
    CHECK_EQUAL(cs_column_check(&column, 100), 0);
    CHECK_EQUAL(cs_column_reserve(&column, 100, 100000), CS_PINNED);
    cs_column_unpin(&column);
    CHECK_EQUAL(cs_column_reserve(&column, 100, 100000), CS_PINNED);
    cs_column_unpin(&column);
    CHECK_EQUAL(cs_column_reserve(&column, 100, 100000), CS_OK);
    CHECK(holds_numbers(column.data, column.valid, 100));
    cs_buffer_unref(values);
    cs_buffer_unref(validity);
    cs_buffer_unref(more);
    cs_buffer_unref(more_validity);
    cs_column_clear(&column);
    CHECK_EQUAL(counting.live_blocks + counting.live_spaces, 0);
}

static void test_pointers_are_not_shared(void) {
    cs_column column;
    cs_buffer *values, *validity;
    CHECK_EQUAL(
        cs_column_init(&column, &cs_system_allocator, (cs_column_spec){CS_COLUMN_POINTER, 0, 8}),
        CS_OK);
    CHECK_EQUAL(cs_column_share(&column, 0, &values, &validity), CS_INVALID);
    cs_column_clear(&column);
}

static void count_release(void *owner) { ++*(int *)owner; }

static void test_foreign_memory_is_read_in_place_and_copied_before_it_is_written(void) {
    counting_allocator counting;
    counting_init(&counting);
    cs_column source = numbers(&counting, 100), column;
    int released = 0;
    uint8_t bits[13];
    memcpy(bits, source.valid, 13);
    bits[12] |= 0xF0; /* bits beyond the last row may be anything */
    CHECK_EQUAL(
        cs_column_init(&column, &counting.allocator, (cs_column_spec){CS_COLUMN_FIXED, 1, 4}),
        CS_OK);
    cs_buffer *values =
        cs_buffer_foreign(&counting.allocator, source.data, 400, count_release, &released);
    cs_buffer *validity =
        cs_buffer_foreign(&counting.allocator, bits, 13, count_release, &released);
    cs_column_adopt(&column, 100, values, validity, NULL);
    CHECK(column.data == source.data && column.valid == bits && column.frozen == 100 &&
          cs_column_capacity(&column) >= 100);
    CHECK_EQUAL(cs_column_check(&column, 100), 0);
    /* the last byte of bits has room for one row more, but the values have not */
    CHECK_EQUAL(cs_column_reserve(&column, 100, 101), CS_OK);
    CHECK_EQUAL(released, 2);
    CHECK(column.data != source.data && column.valid != bits && column.frozen == 0);
    CHECK_EQUAL(cs_column_check(&column, 100), 0);
    CHECK(holds_numbers(column.data, column.valid, 100));
    cs_column_adopt(
        &column, 100,
        cs_buffer_foreign(&counting.allocator, source.data, 400, count_release, &released),
        cs_buffer_foreign(&counting.allocator, bits, 13, count_release, &released), NULL);
    CHECK_EQUAL(cs_column_writable(&column, 3, 100), CS_OK);
    CHECK_EQUAL(released, 4);
    CHECK_EQUAL(cs_column_check(&column, 100), 0);
    cs_column_clear(&column);
    cs_column_clear(&source);
    CHECK_EQUAL(counting.live_blocks, 0);
}

/* A row has room where all its bytes and its bit have. */
static void test_the_capacity_is_that_of_values_and_validity(void) {
    static const uint8_t values[24] = {0}, bits[3] = {0xFF, 0xFF, 0xFF};
    counting_allocator counting;
    counting_init(&counting);
    for (size_t size = 0; size <= sizeof bits; size++) {
        for (size_t rows = 0; rows <= sizeof values; rows++) {
            cs_column column;
            int released = 0;
            CHECK_EQUAL(cs_column_init(&column, &counting.allocator,
                                       (cs_column_spec){CS_COLUMN_FIXED, 1, 1}),
                        CS_OK);
            cs_buffer *data =
                cs_buffer_foreign(&counting.allocator, values, rows, count_release, &released);
            cs_column_adopt(
                &column, 0, data,
                cs_buffer_foreign(&counting.allocator, bits, size, count_release, &released), NULL);
            CHECK_EQUAL(cs_column_capacity(&column), rows < size * 8 ? rows : size * 8);
            CHECK_EQUAL(cs_column_reserved(&column), rows < size * 8 ? rows : size * 8);
            cs_column_clear(&column);
            CHECK_EQUAL(released, 2);
        }
    }
    CHECK_EQUAL(counting.live_blocks, 0);
}

static void test_adopted_texts_are_read_in_place_and_written_elsewhere(void) {
    counting_allocator counting;
    counting_init(&counting);
    cs_column column = texts(&counting, 50), source = texts(&counting, 50);
    cs_textheap heap;
    int released = 0;
    cs_textheap_init(&heap, &counting.allocator);
    const cs_segment *segment = &source.heap.segments[0];
    CHECK_EQUAL(cs_textheap_adopt(&heap,
                                  cs_buffer_foreign(&counting.allocator, segment->buffer->data,
                                                    segment->used, count_release, &released),
                                  segment->used),
                CS_OK);
    cs_column_adopt(
        &column, 50,
        cs_buffer_foreign(&counting.allocator, source.data, 800, count_release, &released),
        cs_buffer_ref(source.validity), &heap);
    CHECK_EQUAL(cs_column_check(&column, 50), 0);
    CHECK(holds_texts(&column, 50, 0) && heap.count == 0);
    CHECK_EQUAL(write_texts(&column, 50, 1), CS_OK);
    CHECK(holds_texts(&column, 50, 1) && holds_texts(&source, 50, 0));
    CHECK_EQUAL(released, 1);
    CHECK_EQUAL(cs_column_tidy_text(&column, 50), CS_OK);
    CHECK_EQUAL(released, 2);
    CHECK_EQUAL(cs_column_check(&column, 50), 0);
    cs_column_clear(&column);
    cs_column_clear(&source);
    CHECK_EQUAL(counting.live_blocks, 0);
}

static void test_codes_keep_their_values_when_their_column_is_widened(void) {
    counting_allocator counting;
    counting_init(&counting);
    cs_column column;
    CHECK_EQUAL(
        cs_column_init(&column, &counting.allocator, (cs_column_spec){CS_COLUMN_FIXED, 1, 1}),
        CS_OK);
    CHECK_EQUAL(cs_column_reserve(&column, 0, 256), CS_OK);
    for (size_t i = 0; i < 256; i++) {
        column.data[i] = (uint8_t)i;
        cs_column_set_valid(&column, i, 1);
    }
    for (uint32_t width = 2; width <= 4; width *= 2) {
        CHECK_EQUAL(cs_column_pin(&column, 256), CS_OK);
        CHECK_EQUAL(cs_column_widen(&column, 256, 300, width), CS_PINNED);
        cs_column_unpin(&column);
        counting_fail(&counting, 2);
        CHECK_EQUAL(cs_column_widen(&column, 256, 300, width), CS_NO_MEMORY);
        CHECK_EQUAL(column.width, width / 2);
        CHECK_EQUAL(cs_column_widen(&column, 256, 300, width), CS_OK);
        CHECK(column.width == width && cs_column_capacity(&column) >= 256);
        CHECK_EQUAL(cs_column_widen(&column, 256, 300, width / 2), CS_INVALID);
        CHECK_EQUAL(cs_column_widen(&column, 256, 300, width), CS_OK);
        CHECK_EQUAL(cs_column_check(&column, 256), 0);
        for (size_t i = 0; i < 256; i++) {
            uint32_t code = 0;
            if (width == 2) {
                uint16_t two;
                memcpy(&two, column.data + i * 2, 2);
                code = two;
            } else {
                memcpy(&code, column.data + i * 4, 4);
            }
            CHECK_EQUAL(code, i);
        }
    }
    CHECK_EQUAL(cs_column_widen(&column, 256, 300, 8), CS_INVALID);
    cs_column_clear(&column);
    CHECK_EQUAL(counting.live_blocks, 0);
}

static void test_texts_written_over_and_over_take_at_most_half_as_much_again(void) {
    enum { ROWS = 20000 };
    counting_allocator counting;
    counting_init(&counting);
    cs_column column = texts(&counting, ROWS);
    for (size_t round = 1; round <= 10; round++) {
        CHECK_EQUAL(write_texts(&column, ROWS, round), CS_OK);
        CHECK(holds_texts(&column, ROWS, round));
        CHECK(column.heap.dead <= column.heap.live / 3 + CS_TEXTHEAP_DEAD_MIN);
        CHECK_EQUAL(cs_column_check(&column, ROWS), 0);
    }
    /* memory went back before a segment did */
    CHECK(counting.discarded > 0 || counting.allocator.space_reserve == NULL);
    CHECK_EQUAL(cs_column_tidy_text(&column, ROWS), CS_OK);
    CHECK(column.heap.dead == 0 && column.heap.count == 1 &&
          column.heap.segments[0].capacity < column.heap.live + CS_SPACE_STEP);
    CHECK_EQUAL(cs_column_check(&column, ROWS), 0);
    CHECK(holds_texts(&column, ROWS, 10));
    cs_column_clear(&column);
    CHECK_EQUAL(counting.live_blocks + counting.live_spaces, 0);
}

static void test_exports_keep_their_texts_when_the_column_writes_its_own_anew(void) {
    enum { ROWS = 3000 };
    counting_allocator counting;
    counting_init(&counting);
    cs_column column = texts(&counting, ROWS);
    cs_buffer *values, *validity;
    cs_column export = {0};
    CHECK_EQUAL(cs_column_share(&column, ROWS, &values, &validity), CS_OK);
    CHECK_EQUAL(cs_column_share_heap(&column, &export.heap.segments, &export.heap.count), CS_OK);
    export.data = values->data;
    CHECK_EQUAL(write_texts(&column, ROWS, 1), CS_OK);
    CHECK_EQUAL(cs_column_tidy_text(&column, ROWS), CS_OK);
    CHECK_EQUAL(write_texts(&column, ROWS, 2), CS_OK);
    CHECK(holds_texts(&export, ROWS, 0) && holds_texts(&column, ROWS, 2));
    cs_column_clear(&column);
    CHECK(holds_texts(&export, ROWS, 0));
    for (uint32_t i = 0; i < export.heap.count; i++) {
        cs_buffer_unref(export.heap.segments[i].buffer);
    }
    counting.allocator.free(&counting, export.heap.segments);
    cs_buffer_unref(values);
    cs_buffer_unref(validity);
    CHECK_EQUAL(counting.live_blocks + counting.live_spaces, 0);
}

static void test_texts_in_any_order_survive_tidying(void) {
    enum { ROWS = 8000 };
    counting_allocator counting;
    counting_init(&counting);
    cs_column column = texts(&counting, ROWS);
    random_source source = {7};
    cs_view *views = (cs_view *)(void *)column.data;
    for (size_t i = ROWS; i > 1;
         i--) { /* views in random order: each chunk stays until its last text is copied */
        const size_t j = random_below(&source, i);
        const cs_view view = views[j];
        views[j] = views[i - 1];
        views[i - 1] = view;
    }
    size_t sum = 0, sum_after = 0;
    for (int after = 0; after < 2; after++) {
        for (size_t i = 0; i < ROWS; i++) {
            cs_text text;
            CHECK_EQUAL(cs_column_text(&column, i, &text), 0);
            for (size_t j = 0; j < text.size; j++) {
                *(after ? &sum_after : &sum) += (i + j + 1) * (uint8_t)text.data[j];
            }
        }
        CHECK_EQUAL(cs_column_tidy_text(&column, ROWS), CS_OK);
        CHECK_EQUAL(cs_column_check(&column, ROWS), 0);
    }
    CHECK_EQUAL(sum, sum_after);
    cs_column_clear(&column);
    CHECK_EQUAL(counting.live_blocks + counting.live_spaces, 0);
}

static void test_after_reserving_setting_texts_cannot_fail_even_where_it_tidies(void) {
    enum { ROWS = 3000 };
    static char text[CS_TEXTHEAP_DEAD_MIN];
    counting_allocator counting;
    counting_init(&counting);
    cs_column column = texts(&counting, ROWS);
    size_t tidied = 0;
    for (size_t i = 0; i < 600; i++) {
        const size_t size = 1000 + i * 7919 % 20000, fails = 1 + i % 5;
        memset(text, 'a' + (int)(i % 26), size);
        CHECK_EQUAL(cs_textheap_reserve(&column.heap, 3 * size), CS_OK);
        counting_fail(&counting, fails);
        for (size_t j = 0; j < 3; j++) {
            const size_t dead = column.heap.dead;
            CHECK_EQUAL(cs_column_set_text(&column, i % 20 + 20 * j, ROWS, text, size), CS_OK);
            cs_column_set_valid(&column, i % 20 + 20 * j, 1);
            tidied += column.heap.dead < dead;
        }
        counting_fail(&counting, 0);
        CHECK_EQUAL(cs_column_check(&column, ROWS), 0);
    }
    CHECK(tidied > 10);
    cs_column_clear(&column);
    CHECK_EQUAL(counting.live_blocks + counting.live_spaces, 0);
}

static void test_a_text_that_lies_outside_stops_tidying(void) {
    counting_allocator counting;
    counting_init(&counting);
    cs_column column = texts(&counting, 20);
    cs_view *views = (cs_view *)(void *)column.data;
    const cs_view kept = views[7];
    views[7] = (cs_view){.out = {.size = 40, .segment = 3}};
    CHECK_EQUAL(cs_column_tidy_text(&column, 20), CS_INVALID);
    views[7] = kept;
    CHECK(holds_texts(&column, 20, 0));
    cs_column_clear(&column);
    cs_column number = numbers(&counting, 3);
    CHECK_EQUAL(cs_column_tidy_text(&number, 3), CS_INVALID);
    cs_column_clear(&number);
}

/* What a column can do that takes memory. */
static cs_status do_all(cs_column *column, size_t rows, cs_buffer **shared, cs_segment **segments,
                        uint32_t *count, int step) {
    switch (step) {
    case 0: return cs_column_share(column, rows, &shared[0], &shared[1]);
    case 1: return cs_column_share_heap(column, segments, count);
    case 2: return cs_column_own(column, rows);
    case 3: return write_texts(column, rows, 1);
    case 4: return cs_column_tidy_text(column, rows);
    case 5: return cs_column_pin(column, rows);
    case 6: return cs_column_share(column, rows, &shared[2], &shared[3]);
    default: cs_column_unpin(column); return cs_column_reserve(column, rows, 30000);
    }
}

static void test_each_allocation_that_fails_leaves_a_column_as_it_was(void) {
    enum { ROWS = 60 };
    for (size_t n = 1, failed = 1; failed; n++) {
        counting_allocator counting;
        counting_init(&counting);
        cs_column column = texts(&counting, ROWS);
        cs_buffer *shared[4] = {NULL, NULL, NULL, NULL};
        cs_segment *segments = NULL;
        uint32_t count = 0;
        counting_fail(&counting, n);
        for (int step = 0; step < 8; step++) {
            cs_status status = do_all(&column, ROWS, shared, &segments, &count, step);
            if (status == CS_OK) { continue; }
            CHECK_EQUAL(status, CS_NO_MEMORY);
            CHECK_EQUAL(cs_column_check(&column, ROWS), 0);
            CHECK(step == 3 || holds_texts(&column, ROWS, step > 3));
            if (step == 7) { column.pins++; }
            CHECK_EQUAL(do_all(&column, ROWS, shared, &segments, &count, step), CS_OK);
        }
        failed = counting.calls >= n;
        CHECK_EQUAL(cs_column_check(&column, ROWS), 0);
        CHECK(holds_texts(&column, ROWS, 1));
        for (int i = 0; i < 4; i++) { cs_buffer_unref(shared[i]); }
        for (uint32_t i = 0; i < count; i++) { cs_buffer_unref(segments[i].buffer); }
        counting.allocator.free(&counting, segments);
        cs_column_clear(&column);
        CHECK_EQUAL(counting.live_blocks + counting.live_spaces, 0);
        cs_column made;
        counting_fail(&counting, n);
        if (cs_column_init(&made, &counting.allocator, TEXT_SPEC) == CS_OK) {
            cs_column_clear(&made);
        }
        CHECK_EQUAL(counting.live_blocks, 0);
    }
}

static void test_the_check_finds_what_is_broken(void) {
    counting_allocator counting;
    counting_init(&counting);
    cs_column column = texts(&counting, 40);
    CHECK_EQUAL(cs_column_check(&column, 40), 0);
    cs_view *views = (cs_view *)(void *)column.data;
    column.heap.dead++;
    CHECK_EQUAL(cs_column_check(&column, 40), 13);
    column.heap.dead--;
    cs_column_set_valid(&column, 4, 0);
    CHECK_EQUAL(cs_column_check(&column, 40), 16);
    cs_column_set_valid(&column, 4, 1);
    views[5].out.prefix[0] ^= 1;
    CHECK_EQUAL(cs_column_check(&column, 40), 9);
    views[5].out.prefix[0] ^= 1;
    column.frozen = 41;
    CHECK_EQUAL(cs_column_check(&column, 40), 7);
    column.frozen = 0;
    CHECK_EQUAL(cs_column_check(&column, 39), 4);
    column.pins = 1;
    cs_buffer *other = cs_buffer_ref(column.values);
    CHECK_EQUAL(cs_column_check(&column, 40), 6);
    cs_buffer_unref(other);
    CHECK_EQUAL(cs_column_check(&column, 40), 0);
    cs_column_clear(&column);
}

const test_case column_tests[] = {
    TEST(test_a_column_is_one_of_those_there_are),
    TEST(test_nulls_are_counted_from_any_row_to_any_other),
    TEST(test_an_export_does_not_change_and_costs_a_copy_only_while_it_lives),
    TEST(test_an_export_outlives_its_column),
    TEST(test_a_pinned_column_is_exported_as_a_copy_and_an_exported_one_copied_before_it_is_pinned),
    TEST(test_pointers_are_not_shared),
    TEST(test_foreign_memory_is_read_in_place_and_copied_before_it_is_written),
    TEST(test_the_capacity_is_that_of_values_and_validity),
    TEST(test_adopted_texts_are_read_in_place_and_written_elsewhere),
    TEST(test_codes_keep_their_values_when_their_column_is_widened),
    TEST(test_texts_written_over_and_over_take_at_most_half_as_much_again),
    TEST(test_exports_keep_their_texts_when_the_column_writes_its_own_anew),
    TEST(test_texts_in_any_order_survive_tidying),
    TEST(test_after_reserving_setting_texts_cannot_fail_even_where_it_tidies),
    TEST(test_a_text_that_lies_outside_stops_tidying),
    TEST(test_each_allocation_that_fails_leaves_a_column_as_it_was),
    TEST(test_the_check_finds_what_is_broken),
    END_OF_TESTS,
};
