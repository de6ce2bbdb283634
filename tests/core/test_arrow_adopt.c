/* test_arrow_adopt.c: foreign memory that is taken over instead of copied. */
#include <inttypes.h>
#include <string.h>

#include "arrow_subject.h"

/* ---- zero copy ---- */

static void test_a_single_batch_that_fits_is_taken_over(void) {
    const int64_t values[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    const uint8_t valid[2] = {0xFF, 0x01};
    subject s;
    kit_table table;
    subject_init(&s, CS_ARROW_FIXED, "l", "int", 1);
    kit_table_init(&table, 1, 9);
    kit_fixed(&table, 0, "x", "l", values, 8);
    kit_validity(table.array.children[0], valid);
    const void *data = table.array.children[0]->buffers[1];
    CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
    CHECK(s.pool.columns[0].data == data && kit_alive > 0);
    /* the first write makes a copy, and the array is released */
    CHECK_EQUAL(cs_column_writable(&s.pool.columns[0], 4, 9), CS_OK);
    CHECK(s.pool.columns[0].data != data);
    CHECK_EQUAL(kit_alive, 0);
    CHECK_EQUAL(int_at(&s.pool, 8), 9);
    subject_clear(&s);
}

static void test_rows_appended_after_a_batch_that_was_taken_over_are_zero_and_null(void) {
    const int32_t values[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    for (int dirty = 0; dirty < 2; dirty++) {
        /* the bits behind the last row may be anything */
        const uint8_t valid[2] = {0xFD, dirty ? 0xFF : 0x01};
        subject s;
        kit_table table;
        subject_init(&s, CS_ARROW_FIXED, "i", "int32", 1);
        kit_table_init(&table, 1, 9);
        kit_fixed(&table, 0, "x", "i", values, 4);
        ((int32_t *)(uintptr_t)table.array.children[0]->buffers[1])[1] = 0;
        kit_validity(table.array.children[0], valid);
        CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
        CHECK(cs_buffer_is_foreign(s.pool.columns[0].values));
        CHECK_EQUAL(cs_pool_grow(&s.pool, 20), CS_OK);
        CHECK_EQUAL(cs_pool_check(&s.pool), 0);
        CHECK_EQUAL(cs_column_nulls(&s.pool.columns[0], 0, 29), 21);
        subject_clear(&s);
    }
}

static void test_slices_of_a_table_and_of_its_columns_add_up(void) {
    int32_t values[20];
    for (int32_t i = 0; i < 20; i++) { values[i] = i; }
    const uint8_t valid[3] = {0xEF, 0xFF, 0x0F};
    for (int64_t outer = 0; outer < 10; outer += 3) {
        for (int64_t inner = 0; inner < 10; inner += 4) {
            subject s;
            kit_table table;
            subject_init(&s, CS_ARROW_FIXED, "i", "int32", 1);
            kit_table_init(&table, 1, 20);
            kit_fixed(&table, 0, "x", "i", values, 4);
            kit_validity(table.array.children[0], valid);
            struct ArrowArray *child = table.array.children[0];
            child->offset = inner, child->length = 20 - inner, child->null_count = -1;
            table.array.offset = outer, table.array.length = 20 - inner - outer;
            CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
            CHECK_EQUAL(s.pool.rows, 20 - inner - outer);
            for (size_t i = 0; i < s.pool.rows; i++) {
                const int32_t value = (int32_t)(outer + inner) + (int32_t)i;
                CHECK_EQUAL(cs_column_is_valid(&s.pool.columns[0], i), value != 4);
                CHECK_EQUAL(int_at(&s.pool, i), value != 4 ? value : 0);
            }
            subject_clear(&s);
        }
    }
}

static void test_what_cannot_be_taken_over_is_copied(void) {
    const int32_t values[4] = {7, 8, 9, 10};
    subject s;
    kit_table table;
    /* at an odd address */
    subject_init(&s, CS_ARROW_FIXED, "i", "int32", 0);
    kit_table_init(&table, 1, 4);
    kit_fixed(&table, 0, "x", "i", values, 4);
    uint8_t *odd = kit_buffer(table.array.children[0], 1, NULL, 17);
    memcpy(odd + 1, values, 16);
    table.array.children[0]->buffers[1] = odd + 1;
    CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
    CHECK(!cs_buffer_is_foreign(s.pool.columns[0].values) && int_at(&s.pool, 3) == 10);
    /* behind other rows */
    kit_table_init(&table, 1, 4);
    kit_fixed(&table, 0, "x", "i", values, 4);
    CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
    CHECK(s.pool.rows == 8 && int_at(&s.pool, 7) == 10);
    CHECK_EQUAL(kit_alive, 0);
    /* under a view */
    CHECK_EQUAL(cs_pool_empty(&s.pool), CS_OK);
    CHECK_EQUAL(cs_pool_reserve(&s.pool, 100000), CS_OK);
    CHECK_EQUAL(cs_column_pin(&s.pool.columns[0], 0), CS_OK);
    const void *pinned = s.pool.columns[0].data;
    kit_table_init(&table, 1, 4);
    kit_fixed(&table, 0, "x", "i", values, 4);
    CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
    CHECK(s.pool.columns[0].data == pinned && int_at(&s.pool, 1) == 8);
    cs_column_unpin(&s.pool.columns[0]);
    subject_clear(&s);
    /* nulls over bytes that are not zero */
    const uint8_t valid[1] = {0x07};
    subject_init(&s, CS_ARROW_FIXED, "i", "int32", 1);
    kit_table_init(&table, 1, 4);
    kit_fixed(&table, 0, "x", "i", values, 4);
    kit_validity(table.array.children[0], valid);
    CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
    CHECK(!cs_buffer_is_foreign(s.pool.columns[0].values) && int_at(&s.pool, 3) == 0);
    subject_clear(&s);
}

static void test_views_are_taken_over_with_their_segments(void) {
    subject s;
    kit_table table;
    subject_init(&s, CS_ARROW_TEXTS, NULL, "a str", 1);
    kit_table_init(&table, 1, 6);
    kit_texts(&table, 0, "x", "vu", arrow_texts, 2);
    const void *views = table.array.children[0]->buffers[1],
               *segment = table.array.children[0]->buffers[2];
    CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
    const cs_column *column = &s.pool.columns[0];
    CHECK(column->data == views && column->heap.count == 2 &&
          column->heap.segments[0].buffer->data == segment);
    CHECK(column->heap.dead == 0 && column->heap.live == 13 + strlen(arrow_texts[5]));
    CHECK_EQUAL(cs_column_writable(&s.pool.columns[0], 3, 6), CS_OK);
    for (size_t i = 0; i < 6; i++) {
        CHECK_EQUAL(cs_column_set_text(&s.pool.columns[0], i, 6, "THIRTEEN BYTE", 13), CS_OK);
        cs_column_set_valid(&s.pool.columns[0], i, 1);
    }
    CHECK_EQUAL(cs_pool_check(&s.pool), 0);
    for (size_t i = 0; i < 6; i++) { expect_text(&s.pool, i, "THIRTEEN BYTE"); }
    CHECK(kit_alive > 0);
    CHECK_EQUAL(cs_column_tidy_text(&s.pool.columns[0], 6), CS_OK);
    CHECK_EQUAL(kit_alive, 0); /* no column needs the array any more */
    subject_clear(&s);
}

static void test_views_that_share_their_bytes_are_copied_or_never_written_over(void) {
    static const char *const long_texts[3] = {"the very same text", "the very same text",
                                              "and another of them"};
    subject s;
    kit_table table;
    subject_init(&s, CS_ARROW_TEXTS, NULL, "a str", 0);
    kit_table_init(&table, 1, 3);
    kit_texts(&table, 0, "x", "vu", long_texts, 1);
    ((cs_view *)(uintptr_t)table.array.children[0]->buffers[1])[1].out.offset = 0;
    CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
    CHECK_EQUAL(cs_column_writable(&s.pool.columns[0], 0, 3), CS_OK);
    CHECK_EQUAL(cs_column_set_text(&s.pool.columns[0], 0, 3, "THE VERY SAME TEXT", 18), CS_OK);
    expect_text(&s.pool, 0, "THE VERY SAME TEXT");
    expect_text(&s.pool, 1, long_texts[1]);
    expect_text(&s.pool, 2, long_texts[2]);
    subject_clear(&s);
}

static void test_codes_are_taken_over_where_each_keeps_its_number(void) {
    static const char *const words[3] = {"a", "b", "c"};
    const uint8_t indexes[4] = {0, 1, 1, 2};
    for (uint32_t shift = 0; shift < 2; shift++) {
        subject s;
        kit_table table;
        cs_arrow_import *import;
        subject_init(&s, CS_ARROW_CODES, NULL, "a str", 0);
        kit_table_init(&table, 1, 4);
        kit_codes(&table, 0, "x", "C", indexes, 1, "u", words, 3);
        CHECK_EQUAL(new_import(&s, &table, &import), CS_OK);
        CHECK_EQUAL(cs_arrow_import_add(import, &table.array, 0, &s.error), CS_OK);
        for (uint32_t i = 0; i < 3; i++) { cs_arrow_import_set_code(import, 0, i, i + shift); }
        CHECK_EQUAL(cs_arrow_import_apply(import, &s.pool, &s.error), CS_OK);
        CHECK_EQUAL(cs_buffer_is_foreign(s.pool.columns[0].values), shift == 0);
        for (size_t i = 0; i < 4; i++) { CHECK_EQUAL(int_at(&s.pool, i), indexes[i] + shift); }
        cs_arrow_import_free(import);
        kit_table_clear(&table);
        subject_clear(&s);
    }
}

static void test_a_trusted_batch_is_not_looked_at_and_lies_are_found_later(void) {
    subject s;
    kit_table table;
    cs_text text;
    subject_init(&s, CS_ARROW_TEXTS, NULL, "a str", 0);
    for (int before = 0; before < 2; before++) {
        static const char *const long_texts[2] = {"a text of more than twelve bytes",
                                                  "\xFF and that is no UTF-8 at all"};
        kit_table_init(&table, 1, 2);
        kit_texts(&table, 0, "x", "vu", long_texts, 1);
        ((cs_view *)(uintptr_t)table.array.children[0]->buffers[1])[0].out.offset = 1000;
        cs_arrow_import *import;
        CHECK_EQUAL(new_import(&s, &table, &import), CS_OK);
        CHECK_EQUAL(cs_arrow_import_add(import, &table.array, 1, &s.error), CS_OK);
        /* An empty pool takes the codes as they are. Behind other rows they are copied, and so
         * looked at. */
        CHECK_EQUAL(cs_arrow_import_apply(import, &s.pool, &s.error), before ? CS_INVALID : CS_OK);
        if (before) {
            CHECK(strcmp(s.error.message, "column 'x', row 0: the Arrow array is broken: the text "
                                          "lies outside of its buffer") == 0);
        }
        cs_arrow_import_free(import);
        kit_table_clear(&table);
        CHECK_EQUAL(s.pool.rows, 2);
        CHECK_EQUAL(cs_column_text(&s.pool.columns[0], 0, &text), -1);
        CHECK_EQUAL(cs_column_text(&s.pool.columns[0], 1, &text), 0);
    }
    subject_clear(&s);
}

static void test_codes_of_a_trusted_batch_are_looked_at_where_they_change(void) {
    static const char *const words[2] = {"a", "b"};
    const uint8_t indexes[3] = {0, 1, 77};
    for (uint32_t shift = 0; shift < 2; shift++) {
        subject s;
        kit_table table;
        cs_arrow_import *import;
        size_t row;
        subject_init(&s, CS_ARROW_CODES, NULL, "a str", 0);
        kit_table_init(&table, 1, 3);
        kit_codes(&table, 0, "x", "C", indexes, 1, "u", words, 2);
        CHECK_EQUAL(new_import(&s, &table, &import), CS_OK);
        CHECK_EQUAL(cs_arrow_import_add(import, &table.array, 1, &s.error), CS_OK);
        CHECK_EQUAL(cs_arrow_import_words(import, 0), 2);
        (void)cs_arrow_import_word(import, 0, 1, &row);
        CHECK(row == SIZE_MAX);
        for (uint32_t i = 0; i < 2; i++) { cs_arrow_import_set_code(import, 0, i, i + shift); }
        CHECK_EQUAL(cs_arrow_import_apply(import, &s.pool, &s.error), shift ? CS_INVALID : CS_OK);
        CHECK_EQUAL(s.pool.rows, shift ? 0 : 3);
        cs_arrow_import_free(import);
        kit_table_clear(&table);
        subject_clear(&s);
    }
}

static void test_private_memory_is_written_in_place_and_copied_only_to_grow(void) {
    const int64_t values[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    const uint8_t valid[2] = {0xFF, 0x01};
    subject s;
    kit_table table;
    cs_arrow_import *import;
    subject_init(&s, CS_ARROW_FIXED, "l", "int", 1);
    kit_table_init(&table, 1, 9);
    kit_fixed(&table, 0, "x", "l", values, 8);
    kit_validity(table.array.children[0], valid);
    int64_t *data = (int64_t *)(uintptr_t)table.array.children[0]->buffers[1];
    CHECK_EQUAL(new_import(&s, &table, &import), CS_OK);
    cs_arrow_import_own(import, NULL, SIZE_MAX);
    CHECK_EQUAL(cs_arrow_import_add(import, &table.array, CS_ARROW_TRUSTED, &s.error), CS_OK);
    CHECK_EQUAL(cs_arrow_import_apply(import, &s.pool, &s.error), CS_OK);
    cs_arrow_import_free(import);
    kit_table_clear(&table);
    cs_column *column = &s.pool.columns[0];
    CHECK_EQUAL(cs_column_writable(column, 4, 9), CS_OK);
    CHECK_EQUAL(cs_column_pin(column, 9), CS_OK);
    CHECK(column->data == (uint8_t *)data);
    data[4] = 50;
    CHECK_EQUAL(cs_pool_grow(&s.pool, 1), CS_PINNED);
    cs_column_unpin(column);
    cs_buffer *exported, *validity;
    /* a share of the adopted column is a snapshot, too */
    CHECK_EQUAL(cs_column_share(column, 9, &exported, &validity), CS_OK);
    CHECK_EQUAL(cs_column_writable(column, 5, 9), CS_OK);
    CHECK(column->data != (uint8_t *)data && exported->data == (uint8_t *)data);
    cs_buffer_unref(exported);
    cs_buffer_unref(validity);
    CHECK_EQUAL(cs_pool_remove(&s.pool, 0, 4), CS_OK);
    CHECK_EQUAL(cs_pool_grow(&s.pool, 10), CS_OK);
    CHECK_EQUAL(cs_pool_check(&s.pool), 0);
    CHECK(int_at(&s.pool, 0) == 50 && int_at(&s.pool, 5) == 0);
    subject_clear(&s);
    subject_init(&s, CS_ARROW_FIXED, "l", "int", 1); /* and rows are removed in place */
    kit_table_init(&table, 1, 9);
    kit_fixed(&table, 0, "x", "l", values, 8);
    kit_validity(table.array.children[0], valid);
    CHECK_EQUAL(new_import(&s, &table, &import), CS_OK);
    cs_arrow_import_own(import, NULL, SIZE_MAX);
    CHECK_EQUAL(cs_arrow_import_add(import, &table.array, 0, &s.error), CS_OK);
    CHECK_EQUAL(cs_arrow_import_apply(import, &s.pool, &s.error), CS_OK);
    cs_arrow_import_free(import);
    kit_table_clear(&table);
    CHECK_EQUAL(cs_pool_remove(&s.pool, 2, 3), CS_OK);
    CHECK_EQUAL(cs_pool_grow(&s.pool, 2), CS_OK);
    CHECK_EQUAL(cs_pool_check(&s.pool), 0);
    CHECK(int_at(&s.pool, 2) == 6 && int_at(&s.pool, 6) == 0 &&
          cs_column_nulls(&s.pool.columns[0], 0, 8) == 2);
    CHECK_EQUAL(cs_pool_compact(&s.pool), CS_OK);
    CHECK_EQUAL(cs_pool_check(&s.pool), 0);
    subject_clear(&s);
}

static void test_only_what_lies_in_private_memory_is_written_in_place(void) {
    const int64_t values[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    static const struct {
        size_t from, size;
        int own;
    } cases[] = {{0, 72, 1}, {0, 71, 0}, {8, 64, 0}, {0, 0, 0}, {72, 100, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        subject s;
        kit_table table;
        cs_arrow_import *import;
        subject_init(&s, CS_ARROW_FIXED, "l", "int", 0);
        kit_table_init(&table, 1, 9);
        kit_fixed(&table, 0, "x", "l", values, 8);
        const uint8_t *data = table.array.children[0]->buffers[1];
        CHECK_EQUAL(new_import(&s, &table, &import), CS_OK);
        cs_arrow_import_own(import, data + cases[i].from, cases[i].size);
        CHECK_EQUAL(cs_arrow_import_add(import, &table.array, 0, &s.error), CS_OK);
        CHECK_EQUAL(cs_arrow_import_apply(import, &s.pool, &s.error), CS_OK);
        cs_arrow_import_free(import);
        CHECK(s.pool.columns[0].data == data);
        CHECK_EQUAL(cs_column_writable(&s.pool.columns[0], 4, 9), CS_OK);
        CHECK_EQUAL(s.pool.columns[0].data == data, cases[i].own);
        kit_table_clear(&table);
        subject_clear(&s);
    }
}

static void test_our_own_export_comes_back_without_a_copy(void) {
    static const cs_column_spec specs[2] = {{CS_COLUMN_FIXED, 1, 8}, {CS_COLUMN_TEXT, 0, 16}};
    static const cs_arrow_target targets[2] = {
        {.name = "n", .expected = "int", .format = "l", .nullable = 1, .column = 0},
        {.name = "t", .expected = "a str", .want = CS_ARROW_TEXTS, .column = 1}};
    counting_allocator counting;
    counting_init(&counting);
    cs_pool from, to;
    cs_arrow_error error;
    cs_arrow_import *import;
    struct ArrowSchema schema;
    struct ArrowArray array;
    CHECK_EQUAL(cs_pool_init(&from, &counting.allocator, specs, 2), CS_OK);
    CHECK_EQUAL(cs_pool_init(&to, &counting.allocator, specs, 2), CS_OK);
    CHECK_EQUAL(cs_pool_grow(&from, 100), CS_OK);
    for (size_t i = 0; i < 100; i++) {
        char text[40];
        ((int64_t *)(void *)from.columns[0].data)[i] = (int64_t)i;
        cs_column_set_valid(&from.columns[0], i, i != 0);
        CHECK_EQUAL(cs_column_set_text(&from.columns[1], i, 100, text,
                                       (size_t)sprintf(text, "text number %zu", i * i)),
                    CS_OK);
    }
    const cs_arrow_field fields[2] = {
        {.name = "n", .format = "l", .nullable = 1, .column = &from.columns[0]},
        {.name = "t", .format = "vu", .column = &from.columns[1]}};
    CHECK_EQUAL(cs_arrow_export_schema(fields, 2, &counting.allocator, &schema), CS_OK);
    CHECK_EQUAL(cs_arrow_export_array(fields, 2, 100, 0, 100, &counting.allocator, &array, &error),
                CS_OK);
    CHECK_EQUAL(cs_arrow_import_new(&import, &counting.allocator, targets, 2, &schema, &error),
                CS_OK);
    schema.release(&schema);
    CHECK_EQUAL(cs_arrow_import_add(import, &array, 0, &error), CS_OK);
    CHECK_EQUAL(cs_arrow_import_apply(import, &to, &error), CS_OK);
    cs_arrow_import_free(import);
    CHECK(to.columns[0].data == from.columns[0].data && to.columns[1].data == from.columns[1].data);
    CHECK(to.columns[1].heap.segments[0].buffer->data ==
          from.columns[1].heap.segments[0].buffer->data);
    /* Both are written, and neither sees the other. */
    for (size_t i = 0; i < 100; i++) {
        CHECK_EQUAL(cs_column_writable(&from.columns[1], i, 100), CS_OK);
        CHECK_EQUAL(cs_column_set_text(&from.columns[1], i, 100, "from has other texts", 20),
                    CS_OK);
    }
    cs_pool_clear(&from);
    CHECK_EQUAL(cs_pool_check(&to), 0);
    for (size_t i = 0; i < 100; i++) {
        char text[40];
        cs_text found;
        CHECK_EQUAL(cs_column_text(&to.columns[1], i, &found), 0);
        CHECK(found.size == (size_t)sprintf(text, "text number %zu", i * i) &&
              memcmp(found.data, text, found.size) == 0);
    }
    cs_pool_clear(&to);
    CHECK_EQUAL(counting.live_blocks, 0);
}

const test_case arrow_adopt_tests[] = {
    TEST(test_a_single_batch_that_fits_is_taken_over),
    TEST(test_rows_appended_after_a_batch_that_was_taken_over_are_zero_and_null),
    TEST(test_slices_of_a_table_and_of_its_columns_add_up),
    TEST(test_what_cannot_be_taken_over_is_copied),
    TEST(test_views_are_taken_over_with_their_segments),
    TEST(test_views_that_share_their_bytes_are_copied_or_never_written_over),
    TEST(test_codes_are_taken_over_where_each_keeps_its_number),
    TEST(test_a_trusted_batch_is_not_looked_at_and_lies_are_found_later),
    TEST(test_codes_of_a_trusted_batch_are_looked_at_where_they_change),
    TEST(test_private_memory_is_written_in_place_and_copied_only_to_grow),
    TEST(test_only_what_lies_in_private_memory_is_written_in_place),
    TEST(test_our_own_export_comes_back_without_a_copy),
    END_OF_TESTS,
};
