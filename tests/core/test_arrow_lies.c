/* test_arrow_lies.c: schemas and arrays that do not fit, or lie; batches without rows; no
 * memory. */
#include <string.h>

#include "arrow_subject.h"

/* ---- columns by name ---- */

static void test_columns_are_found_by_name(void) {
    static const cs_column_spec specs[3] = {
        {CS_COLUMN_FIXED, 0, 4}, {CS_COLUMN_FIXED, 1, 4}, {CS_COLUMN_FIXED, 0, 4}};
    const cs_arrow_target targets[2] = {
        {.name = "a", .expected = "int32", .format = "i", .column = 2},
        {.name = "b",
         .expected = "int32",
         .format = "i",
         .column = 1,
         .nullable = 1,
         .optional = 1}};
    const int32_t first[2] = {1, 2}, second[2] = {3, 4};
    for (size_t columns = 1; columns <= 2; columns++) {
        counting_allocator counting;
        cs_pool pool;
        kit_table table;
        cs_arrow_import *import;
        cs_arrow_error error;
        counting_init(&counting);
        CHECK_EQUAL(cs_pool_init(&pool, &counting.allocator, specs, 3), CS_OK);
        kit_table_init(&table, columns, 2);
        if (columns == 2) { kit_fixed(&table, 0, "b", "i", second, 4); }
        kit_fixed(&table, columns - 1, "a", "i", first, 4);
        CHECK_EQUAL(
            cs_arrow_import_new(&import, &counting.allocator, targets, 2, &table.schema, &error),
            CS_OK);
        CHECK_EQUAL(cs_arrow_import_add(import, &table.array, 0, &error), CS_OK);
        CHECK_EQUAL(cs_arrow_import_found(import, 1), columns == 2);
        CHECK_EQUAL(cs_arrow_import_apply(import, &pool, &error), CS_OK);
        cs_arrow_import_free(import);
        CHECK_EQUAL(cs_pool_check(&pool), 0);
        CHECK(((int32_t *)(void *)pool.columns[2].data)[1] == 2 &&
              ((int32_t *)(void *)pool.columns[0].data)[1] == 0);
        CHECK_EQUAL(cs_column_is_valid(&pool.columns[1], 1), columns == 2);
        cs_pool_clear(&pool);
        kit_table_clear(&table);
        CHECK_EQUAL(counting.live_blocks, 0);
        CHECK_EQUAL(kit_alive, 0);
    }
}

static void refuse_schema(const char *const *names, size_t count, const char *message) {
    const int32_t value = 0;
    subject s;
    kit_table table;
    subject_init(&s, CS_ARROW_FIXED, "i", "int32", 0);
    kit_table_init(&table, count, 1);
    for (size_t i = 0; i < count; i++) { kit_fixed(&table, i, names[i], "i", &value, 4); }
    expect(&s, &table, CS_ARROW_TYPE, message);
    subject_clear(&s);
}

static void test_missing_unknown_and_double_columns_are_refused(void) {
    static const char *const unknown[2] = {"x", "y"}, *const twice[2] = {"x", "x"};
    refuse_schema(unknown, 0, "column 'x' is missing (columns: )");
    refuse_schema(unknown, 2, "column 'y' is no field (fields: x)");
    refuse_schema(twice, 2, "column 'x' is there twice (columns 0 and 1)");
}

static void test_formats_that_a_column_does_not_take_are_named(void) {
    static const struct {
        cs_arrow_want want;
        const char *format, *message;
    } cases[] = {
        {CS_ARROW_FIXED, "u", "column 'x': expected this, got Arrow format 'u' (string)"},
        {CS_ARROW_FIXED, "g", "column 'x': expected this, got Arrow format 'g' (float64)"},
        {CS_ARROW_FIXED, "b", "column 'x': expected this, got Arrow format 'b' (bool)"},
        {CS_ARROW_FIXED, "tdD", "column 'x': expected this, got Arrow format 'tdD' (date32)"},
        {CS_ARROW_FIXED, "d:10,2", "column 'x': expected this, got Arrow format 'd:10,2'"},
        {CS_ARROW_FIXED, "+l", "column 'x': expected this, got Arrow format '+l' (list)"},
        {CS_ARROW_BITS, "C", "column 'x': expected this, got Arrow format 'C' (uint8)"},
        {CS_ARROW_TEXTS, "z", "column 'x': expected this, got Arrow format 'z' (binary)"},
        {CS_ARROW_BYTES, "u", "column 'x': expected this, got Arrow format 'u' (string)"},
        {CS_ARROW_CODES, "i", "column 'x': expected this, got Arrow format 'i' (int32)"},
        {CS_ARROW_STR, "vz", "column 'x': expected this, got Arrow format 'vz' (binary_view)"},
        {CS_ARROW_FIXED, "", "column 'x': expected this, got Arrow format ''"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        subject s;
        kit_table table;
        subject_init(&s, cases[i].want, "l", "this", 0);
        kit_table_init(&table, 1, 0);
        kit_schema(table.schema.children[0], "x", cases[i].format, 0);
        kit_array(table.array.children[0], 3, 0, 0);
        expect(&s, &table, CS_ARROW_TYPE, cases[i].message);
        subject_clear(&s);
    }
}

static void test_dictionaries_where_none_is_taken_are_refused(void) {
    static const char *const words[1] = {"a"};
    const int32_t index = 0;
    subject s;
    kit_table table;
    subject_init(&s, CS_ARROW_FIXED, "i", "int32", 0);
    kit_table_init(&table, 1, 1);
    kit_codes(&table, 0, "x", "i", &index, 4, "u", words, 1);
    expect(&s, &table, CS_ARROW_TYPE,
           "column 'x': expected int32, got Arrow format 'i' with a dictionary of 'u'");
    subject_clear(&s);
    subject_init(&s, CS_ARROW_CODES, NULL, "a str", 0);
    kit_table_init(&table, 1, 1);
    kit_codes(&table, 0, "x", "i", &index, 4, "z", words, 1);
    expect(&s, &table, CS_ARROW_TYPE,
           "column 'x': expected a str, got Arrow format 'i' with a dictionary of 'z'");
    subject_clear(&s);
}

static void test_something_else_than_a_table_is_refused(void) {
    subject s;
    kit_table table;
    subject_init(&s, CS_ARROW_FIXED, "i", "int32", 0);
    kit_schema(&table.schema, "", "l", 0);
    kit_array(&table.array, 2, 0, 0);
    expect(&s, &table, CS_ARROW_TYPE,
           "expected a table or a record batch (Arrow format '+s'), got Arrow format 'l'");
    subject_clear(&s);
}

/* ---- arrays that lie ---- */

/* A good table of each of these formats, spoilt by `spoil`, gives the message. */
static void expect_lie(const char *format,
                       void (*spoil)(struct ArrowArray *table, struct ArrowArray *child),
                       const char *message) {
    static const char *const words[3] = {"a", "the second word, which is longer", "c"};
    const int32_t values[3] = {0, 1, 2};
    const int is_code = strcmp(format, "dictionary") == 0, is_int = strcmp(format, "i") == 0;
    subject s;
    kit_table table;
    subject_init(&s,
                 is_int    ? CS_ARROW_FIXED
                 : is_code ? CS_ARROW_CODES
                           : CS_ARROW_TEXTS,
                 is_int ? "i" : NULL, "this", 1);
    kit_table_init(&table, 1, 3);
    if (is_int) {
        kit_fixed(&table, 0, "x", "i", values, 4);
    } else if (is_code) {
        kit_codes(&table, 0, "x", "i", values, 4, "u", words, 3);
    } else {
        kit_texts(&table, 0, "x", format, words, 1);
    }
    spoil(&table.array, table.array.children[0]);
    expect(&s, &table, CS_ARROW_BROKEN, message);
    subject_clear(&s);
}

#define SPOIL(name, change)                                                \
    static void name(struct ArrowArray *table, struct ArrowArray *child) { \
        (void)table, (void)child;                                          \
        change;                                                            \
    }
static void *writable(const void *buffer) { return (void *)(uintptr_t)buffer; }

SPOIL(table_length, table->length = -1)
SPOIL(table_offset, table->offset = -1)
SPOIL(table_children, table->n_children = 2)
SPOIL(table_no_children, table->children = NULL)
SPOIL(table_buffers, table->n_buffers = 2)
SPOIL(table_nulls, table->null_count = 1)
SPOIL(table_null_count, table->null_count = 4)
SPOIL(child_length, child->length = -3)
SPOIL(child_short, child->length = 2)
SPOIL(child_offset, child->offset = -1)
SPOIL(child_overflow, child->offset = INT64_MAX)
SPOIL(child_overflow_both, (child->offset = INT64_MAX / 2, child->length = INT64_MAX / 2))
SPOIL(child_buffers, child->n_buffers = 3)
SPOIL(child_no_buffers, child->n_buffers = 0)
SPOIL(child_buffers_missing, child->buffers = NULL)
SPOIL(child_values_missing, child->buffers[1] = NULL)
SPOIL(child_null_count, child->null_count = 4)
SPOIL(child_null_count_below, child->null_count = -2)
SPOIL(child_nulls_without_validity, child->null_count = 1)
SPOIL(child_wrong_null_count, (kit_validity(child, (const uint8_t *)"\7"), child->null_count = 2))
SPOIL(child_more_nulls, (kit_validity(child, (const uint8_t *)"\5"), child->null_count = 0))
SPOIL(child_children, child->n_children = 1)
SPOIL(child_released, child->release(child))
SPOIL(no_child, table->children[0] = NULL)
SPOIL(text_negative, ((int32_t *)writable(child->buffers[1]))[0] = -1)
SPOIL(text_decreasing, ((int32_t *)writable(child->buffers[1]))[2] = 0)
SPOIL(large_negative, ((int64_t *)writable(child->buffers[1]))[1] = INT64_MIN)
SPOIL(large_decreasing, ((int64_t *)writable(child->buffers[1]))[3] = 2)
SPOIL(text_bytes_missing, child->buffers[2] = NULL)
SPOIL(view_segment, ((cs_view *)writable(child->buffers[1]))[1].out.segment = 1)
SPOIL(view_segment_negative, ((cs_view *)writable(child->buffers[1]))[1].out.segment = -1)
SPOIL(view_offset, ((cs_view *)writable(child->buffers[1]))[1].out.offset = 1)
SPOIL(view_offset_negative, ((cs_view *)writable(child->buffers[1]))[1].out.offset = -1)
SPOIL(view_offset_large, ((cs_view *)writable(child->buffers[1]))[1].out.offset = INT32_MAX)
SPOIL(view_size, ((cs_view *)writable(child->buffers[1]))[1].out.size = 33)
SPOIL(view_size_negative, ((cs_view *)writable(child->buffers[1]))[0].in.size = -1)
SPOIL(view_prefix, ((cs_view *)writable(child->buffers[1]))[1].out.prefix[3] = 'X')
SPOIL(view_padding, ((cs_view *)writable(child->buffers[1]))[0].in.text[7] = 'X')
SPOIL(view_sizes_missing, child->buffers[3] = NULL)
SPOIL(view_size_of_segment, ((int64_t *)writable(child->buffers[3]))[0] = -1)
SPOIL(view_size_of_segment_small, ((int64_t *)writable(child->buffers[3]))[0] = 31)
SPOIL(view_segment_missing, child->buffers[2] = NULL)
SPOIL(view_few_buffers, child->n_buffers = 2)
SPOIL(index_beyond, ((int32_t *)writable(child->buffers[1]))[2] = 3)
SPOIL(index_negative, ((int32_t *)writable(child->buffers[1]))[1] = -1)
SPOIL(dictionary_missing, child->dictionary = NULL)
SPOIL(dictionary_released, child->dictionary->release(child->dictionary))
SPOIL(dictionary_length, child->dictionary->length = -1)
SPOIL(dictionary_text, ((int32_t *)writable(child->dictionary->buffers[1]))[1] = 500)

static void test_arrays_that_lie_are_refused(void) {
    expect_lie("i", table_length, "the Arrow array is broken: its length or offset is negative");
    expect_lie("i", table_offset, "the Arrow array is broken: its length or offset is negative");
    expect_lie("i", table_children,
               "the Arrow array is broken: it has not the columns of its schema");
    expect_lie("i", table_no_children,
               "the Arrow array is broken: it has not the columns of its schema");
    expect_lie("i", table_buffers,
               "the Arrow array is broken: the number of its buffers is not that of a struct");
    expect_lie("i", table_nulls,
               "the Arrow array is broken: it says that it has nulls, and has no validity buffer");
    expect_lie("i", table_null_count, "the Arrow array is broken: its null count is impossible");
    expect_lie("i", child_length,
               "column 'x': the Arrow array is broken: its length or offset is negative");
    expect_lie("i", child_short,
               "column 'x': the Arrow array is broken: it is shorter than the table it is in");
    expect_lie("i", child_offset,
               "column 'x': the Arrow array is broken: its length or offset is negative");
    expect_lie(
        "i", child_overflow,
        "column 'x': the Arrow array is broken: its length and offset are beyond all memory");
    expect_lie(
        "i", child_overflow_both,
        "column 'x': the Arrow array is broken: its length and offset are beyond all memory");
    expect_lie("i", child_buffers,
               "column 'x': the Arrow array is broken: the number of its buffers is not that of "
               "its format");
    expect_lie("i", child_no_buffers,
               "column 'x': the Arrow array is broken: the number of its buffers is not that of "
               "its format");
    expect_lie("i", child_buffers_missing,
               "column 'x': the Arrow array is broken: its buffers are missing");
    expect_lie("i", child_values_missing,
               "column 'x': the Arrow array is broken: the buffer of its values is missing");
    expect_lie("i", child_null_count,
               "column 'x': the Arrow array is broken: its null count is impossible");
    expect_lie("i", child_null_count_below,
               "column 'x': the Arrow array is broken: its null count is impossible");
    expect_lie("i", child_nulls_without_validity,
               "column 'x': the Arrow array is broken: it says that it has nulls, and has no "
               "validity buffer");
    expect_lie(
        "i", child_wrong_null_count,
        "column 'x': the Arrow array is broken: its null count is not that of its validity buffer");
    expect_lie(
        "i", child_more_nulls,
        "column 'x': the Arrow array is broken: its null count is not that of its validity buffer");
    expect_lie("i", child_children, "column 'x': the Arrow array is broken: it has children");
    expect_lie("i", child_released,
               "column 'x': the Arrow array is broken: it was released already");
    expect_lie("i", no_child, "column 'x': the Arrow array is broken: it was released already");
    expect_lie("u", text_negative,
               "column 'x', row 0: the Arrow array is broken: a text offset is negative");
    expect_lie("u", text_decreasing,
               "column 'x', row 1: the Arrow array is broken: its text offsets decrease");
    expect_lie("U", large_negative,
               "column 'x', row 1: the Arrow array is broken: a text offset is negative");
    expect_lie("U", large_decreasing,
               "column 'x', row 2: the Arrow array is broken: its text offsets decrease");
    expect_lie("u", text_bytes_missing,
               "column 'x', row 0: the Arrow array is broken: the text lies outside of its buffer");
    expect_lie("vu", view_segment,
               "column 'x', row 1: the Arrow array is broken: the text lies outside of its buffer");
    expect_lie("vu", view_segment_negative,
               "column 'x', row 1: the Arrow array is broken: the text lies outside of its buffer");
    expect_lie("vu", view_offset,
               "column 'x', row 1: the Arrow array is broken: the text lies outside of its buffer");
    expect_lie("vu", view_offset_negative,
               "column 'x', row 1: the Arrow array is broken: the text lies outside of its buffer");
    expect_lie("vu", view_offset_large,
               "column 'x', row 1: the Arrow array is broken: the text lies outside of its buffer");
    expect_lie("vu", view_size,
               "column 'x', row 1: the Arrow array is broken: the text lies outside of its buffer");
    expect_lie("vu", view_size_negative,
               "column 'x', row 0: the Arrow array is broken: the text lies outside of its buffer");
    expect_lie(
        "vu", view_prefix,
        "column 'x', row 1: the Arrow array is broken: the view does not begin as its text does");
    expect_lie(
        "vu", view_padding,
        "column 'x', row 0: the Arrow array is broken: the view does not begin as its text does");
    expect_lie("vu", view_sizes_missing,
               "column 'x': the Arrow array is broken: the sizes of its text buffers are missing");
    expect_lie("vu", view_size_of_segment,
               "column 'x': the Arrow array is broken: the size of a text buffer is negative");
    expect_lie("vu", view_size_of_segment_small,
               "column 'x', row 1: the Arrow array is broken: the text lies outside of its buffer");
    expect_lie("vu", view_segment_missing,
               "column 'x': the Arrow array is broken: a text buffer is missing");
    expect_lie("vu", view_few_buffers,
               "column 'x': the Arrow array is broken: the number of its buffers is not that of "
               "its format");
    expect_lie("dictionary", index_beyond,
               "column 'x', row 2: the Arrow array is broken: its index is beyond the dictionary");
    expect_lie("dictionary", index_negative,
               "column 'x', row 1: the Arrow array is broken: its index is beyond the dictionary");
    expect_lie("dictionary", dictionary_missing, "column 'x': its dictionary is missing");
    expect_lie("dictionary", dictionary_released,
               "column 'x': the Arrow array is broken: it was released already");
    expect_lie("dictionary", dictionary_length,
               "column 'x': the Arrow array is broken: its length or offset is negative");
    expect_lie(
        "dictionary", dictionary_text,
        "column 'x', dictionary entry 1: the Arrow array is broken: its text offsets decrease");
}

static void test_a_row_that_is_null_as_a_whole_is_refused(void) {
    const int32_t values[3] = {0};
    subject s;
    kit_table table;
    subject_init(&s, CS_ARROW_FIXED, "i", "int32", 0);
    kit_table_init(&table, 1, 3);
    kit_fixed(&table, 0, "x", "i", values, 4);
    kit_validity(&table.array, (const uint8_t *)"\5");
    table.array.null_count = -1;
    expect(&s, &table, CS_ARROW_VALUE, "row 1 is null as a whole");
    subject_clear(&s);
}

static void test_schemas_that_lie_are_refused(void) {
    for (int lie = 0; lie < 7; lie++) {
        static const char *const words[1] = {"a"};
        const int32_t index = 0;
        subject s;
        kit_table table;
        cs_arrow_import *import;
        subject_init(&s, CS_ARROW_CODES, NULL, "a str", 0);
        kit_table_init(&table, 1, 1);
        kit_codes(&table, 0, "x", "i", &index, 4, "u", words, 1);
        struct ArrowSchema schema = table.schema, *child = schema.children[0];
        switch (lie) {
        case 0: schema.release = NULL; break;
        case 1: schema.format = NULL; break;
        case 2: schema.n_children = -1; break;
        case 3: schema.children = NULL; break;
        case 4: child->format = NULL; break;
        case 5: child->dictionary->format = NULL; break;
        default: child->release(child); break;
        }
        CHECK_EQUAL(
            cs_arrow_import_new(&import, &s.counting.allocator, &s.target, 1, &schema, &s.error),
            CS_INVALID);
        CHECK_EQUAL(s.error.fault, CS_ARROW_BROKEN);
        kit_table_clear(&table);
        subject_clear(&s);
    }
}

static void test_a_released_array_is_refused(void) {
    const int32_t value = 0;
    subject s;
    kit_table table;
    cs_arrow_import *import;
    subject_init(&s, CS_ARROW_FIXED, "i", "int32", 0);
    kit_table_init(&table, 1, 1);
    kit_fixed(&table, 0, "x", "i", &value, 4);
    CHECK_EQUAL(new_import(&s, &table, &import), CS_OK);
    table.array.release(&table.array);
    CHECK_EQUAL(cs_arrow_import_add(import, &table.array, 0, &s.error), CS_INVALID);
    cs_arrow_import_free(import);
    kit_table_clear(&table);
    subject_clear(&s);
}

static void test_a_batch_that_is_refused_leaves_the_import_and_the_pool_as_they_were(void) {
    static const char *const good[3] = {"a", "b", NULL}, *const bad[3] = {"c", "d", "\xFF"};
    subject s;
    kit_table table, other;
    cs_arrow_import *import;
    subject_init(&s, CS_ARROW_CODES, NULL, "a str", 1);
    kit_table_init(&table, 1, 3);
    kit_texts(&table, 0, "x", "u", good, 1);
    kit_table_init(&other, 1, 3);
    kit_texts(&other, 0, "x", "u", bad, 1);
    CHECK_EQUAL(new_import(&s, &table, &import), CS_OK);
    CHECK_EQUAL(cs_arrow_import_add(import, &table.array, 0, &s.error), CS_OK);
    CHECK_EQUAL(cs_arrow_import_add(import, &other.array, 0, &s.error), CS_INVALID);
    CHECK(strcmp(s.error.message, "column 'x', row 5: the text is not valid UTF-8") == 0);
    CHECK(cs_arrow_import_rows(import) == 3 && cs_arrow_import_words(import, 0) == 2);
    CHECK_EQUAL(cs_arrow_import_apply(import, &s.pool, &s.error), CS_OK);
    CHECK_EQUAL(s.pool.rows, 3);
    cs_arrow_import_free(import);
    kit_table_clear(&table);
    kit_table_clear(&other);
    subject_clear(&s);
}

/* ---- empty batches, and memory ---- */

static void test_batches_without_rows(void) {
    static const char *const formats[] = {"u", "U", "vu"};
    for (size_t f = 0; f < 3; f++) {
        for (int missing = 0; missing < 2; missing++) {
            subject s;
            kit_table table;
            subject_init(&s, CS_ARROW_TEXTS, NULL, "a str", 0);
            kit_table_init(&table, 1, 0);
            kit_texts(&table, 0, "x", formats[f], arrow_texts, 1);
            if (missing) {
                for (int64_t i = 0; i < 3; i++) { table.array.children[0]->buffers[i] = NULL; }
            }
            CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
            CHECK_EQUAL(s.pool.rows, 0);
            subject_clear(&s);
        }
    }
    subject s;
    kit_table table;
    cs_arrow_import *import;
    subject_init(&s, CS_ARROW_TEXTS, NULL, "a str", 0);
    kit_table_init(&table, 1, 0);
    kit_texts(&table, 0, "x", "u", arrow_texts, 1);
    CHECK_EQUAL(new_import(&s, &table, &import), CS_OK); /* a stream of no batches */
    CHECK_EQUAL(cs_arrow_import_apply(import, &s.pool, &s.error), CS_OK);
    cs_arrow_import_free(import);
    cs_arrow_import_free(NULL);
    kit_table_clear(&table);
    subject_clear(&s);
}

static void test_each_allocation_that_fails_imports_nothing_and_leaks_nothing(void) {
    static const cs_column_spec specs[4] = {{CS_COLUMN_FIXED, 1, 8},
                                            {CS_COLUMN_TEXT, 1, 16},
                                            {CS_COLUMN_FIXED, 0, 1},
                                            {CS_COLUMN_TEXT, 0, 16}};
    static const cs_arrow_target targets[4] = {
        {.name = "n", .expected = "int", .format = "l", .nullable = 1, .column = 0},
        {.name = "t", .expected = "str", .want = CS_ARROW_TEXTS, .nullable = 1, .column = 1},
        {.name = "c", .expected = "str", .want = CS_ARROW_CODES, .column = 2},
        {.name = "v", .expected = "str", .want = CS_ARROW_TEXTS, .column = 3}};
    static const char *const words[2] = {"one", "two"}, *const views[3] = {
                                                            "a text that is long enough", "b",
                                                            "another text, long enough too"};
    const int64_t values[3] = {1, 2, 3};
    const uint8_t indexes[3] = {1, 0, 1};
    for (int batches = 1; batches <= 2; batches++) {
        for (size_t n = 1;; n++) {
            counting_allocator counting;
            cs_pool pool;
            cs_arrow_error error;
            cs_arrow_import *import = NULL;
            kit_table tables[2];
            counting_init(&counting);
            CHECK_EQUAL(cs_pool_init(&pool, &counting.allocator, specs, 4), CS_OK);
            for (int i = 0; i < batches; i++) {
                kit_table_init(&tables[i], 4, 3);
                kit_fixed(&tables[i], 0, "n", "l", values, 8);
                kit_texts(&tables[i], 1, "t", "U", arrow_texts + 3 * i, 1);
                kit_codes(&tables[i], 2, "c", "C", indexes, 1, "u", words, 2);
                kit_texts(&tables[i], 3, "v", "vu", views, 1);
            }
            counting_fail(&counting, n);
            cs_status status = cs_arrow_import_new(&import, &counting.allocator, targets, 4,
                                                   &tables[0].schema, &error);
            for (int i = 0; i < batches && status == CS_OK; i++) {
                status = cs_arrow_import_add(import, &tables[i].array, 0, &error);
            }
            if (status == CS_OK) { status = cs_arrow_import_apply(import, &pool, &error); }
            const int reached = counting.calls >= n;
            counting_fail(&counting, 0);
            if (!reached) { CHECK_EQUAL(status, CS_OK); }
            CHECK(status == CS_OK || status == CS_NO_MEMORY);
            CHECK_EQUAL(pool.rows, status == CS_OK ? 3 * batches : 0);
            CHECK_EQUAL(cs_pool_check(&pool), 0);
            cs_arrow_import_free(import);
            cs_pool_clear(&pool);
            for (int i = 0; i < batches; i++) { kit_table_clear(&tables[i]); }
            CHECK_EQUAL(counting.live_blocks, 0);
            CHECK_EQUAL(kit_alive, 0);
            if (!reached) { break; }
        }
    }
}

/* ---- arrays that change ---- */

/* A good batch of each of these formats, whose memory is written to after the check. The import
 * reports it and adds nothing. */
static void expect_change(cs_arrow_want want, const char *format,
                          void (*change)(struct ArrowArray *table, struct ArrowArray *child),
                          const char *message) {
    static const char *const words[3] = {"a", "the second word, which is longer", NULL};
    const int32_t values[3] = {0, 1, 0};
    subject s;
    subject_init(&s, want, NULL, "this", 1);
    kit_table tables[2];
    for (int i = 0; i < 2; i++) {
        kit_table_init(&tables[i], 1, 3);
        if (strcmp(format, "dictionary") == 0) {
            kit_codes(&tables[i], 0, "x", "i", values, 4, "u", words, 3);
        } else {
            kit_texts(&tables[i], 0, "x", format, words, 1);
        }
    }
    cs_arrow_import *import;
    cs_arrow_error error = {0};
    struct ArrowArray table = tables[0].array, *child = tables[0].array.children[0];
    CHECK_EQUAL(new_import(&s, &tables[0], &import), CS_OK);
    for (int i = 0; i < 2; i++) {
        CHECK_EQUAL(cs_arrow_import_add(import, &tables[i].array, 0, &error), CS_OK);
    }
    change(&table, child);
    if (want == CS_ARROW_STR) {
        cs_text text;
        CHECK_EQUAL(cs_arrow_import_text(import, 0, 1, &text), -1);
    } else {
        CHECK_EQUAL(cs_arrow_import_apply(import, &s.pool, &error), CS_INVALID);
        CHECK_EQUAL(error.fault, CS_ARROW_BROKEN);
        CHECK(strcmp(error.message, message) == 0);
    }
    CHECK_EQUAL(s.pool.rows, 0);
    CHECK_EQUAL(cs_pool_check(&s.pool), 0);
    cs_arrow_import_free(import);
    for (int i = 0; i < 2; i++) { kit_table_clear(&tables[i]); }
    subject_clear(&s);
}

SPOIL(row_beyond, ((int32_t *)writable(child->buffers[1]))[1] = 0x7FFFFFF0)
SPOIL(row_negative, ((int32_t *)writable(child->buffers[1]))[1] = -1)
SPOIL(row_to_null, ((int32_t *)writable(child->buffers[1]))[1] = 2)
SPOIL(row_outside, ((cs_view *)writable(child->buffers[1]))[1].out.offset = INT32_MAX)

static void test_memory_that_changes_after_the_check_is_not_read_beyond(void) {
    static const char *const message =
        "column 'x', row 1: the Arrow array is broken: it has changed since it was checked";
    static const cs_arrow_want wants[] = {CS_ARROW_CODES, CS_ARROW_TEXTS, CS_ARROW_STR};
    for (size_t i = 0; i < sizeof wants / sizeof wants[0]; i++) {
        expect_change(wants[i], "dictionary", row_beyond, message);
        expect_change(wants[i], "dictionary", row_negative, message);
    }
    expect_change(CS_ARROW_CODES, "dictionary", row_to_null, message);
    expect_change(CS_ARROW_TEXTS, "dictionary", row_to_null, message);
    expect_change(CS_ARROW_TEXTS, "u", text_decreasing, message);
    expect_change(CS_ARROW_TEXTS, "vu", row_outside, message);
}

const test_case arrow_lies_tests[] = {
    TEST(test_columns_are_found_by_name),
    TEST(test_missing_unknown_and_double_columns_are_refused),
    TEST(test_formats_that_a_column_does_not_take_are_named),
    TEST(test_dictionaries_where_none_is_taken_are_refused),
    TEST(test_something_else_than_a_table_is_refused),
    TEST(test_arrays_that_lie_are_refused),
    TEST(test_a_row_that_is_null_as_a_whole_is_refused),
    TEST(test_schemas_that_lie_are_refused),
    TEST(test_a_released_array_is_refused),
    TEST(test_a_batch_that_is_refused_leaves_the_import_and_the_pool_as_they_were),
    TEST(test_batches_without_rows),
    TEST(test_memory_that_changes_after_the_check_is_not_read_beyond),
    TEST(test_each_allocation_that_fails_imports_nothing_and_leaks_nothing),
    END_OF_TESTS,
};
