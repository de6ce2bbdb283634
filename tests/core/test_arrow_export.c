#include <string.h>

#include "arrow_kit.h"
#include "check.h"

/* A pool with one column of each sort: int32, bool (bytes), text, codes, nullable int64. */
enum { NUMBER, FLAG, TEXT, CODE, MAYBE, COLUMNS };

static const cs_column_spec specs[COLUMNS] = {{CS_COLUMN_FIXED, 0, 4},
                                              {CS_COLUMN_FIXED, 0, 1},
                                              {CS_COLUMN_TEXT, 1, 16},
                                              {CS_COLUMN_FIXED, 0, 1},
                                              {CS_COLUMN_FIXED, 1, 8}};
static const cs_text words[3] = {{"red", 3}, {"green", 5}, {"blue", 4}};

typedef struct {
    counting_allocator counting;
    cs_pool pool;
    cs_dictionary *dictionary;
    cs_arrow_field fields[COLUMNS];
} subject;

static size_t text_of(size_t row, char *text) { /* every third is short, every fifth null */
    return (size_t)sprintf(text, row % 3 == 0 ? "t%zu" : "a text that does not fit, number %zu",
                           row);
}

static int is_null_text(size_t row) { return row % 5 == 4; }
static int is_null_maybe(size_t row) { return row % 4 == 1; }

static void fill(subject *s, size_t rows) {
    const size_t first = s->pool.rows;
    char text[64];
    CHECK_EQUAL(cs_pool_grow(&s->pool, rows), CS_OK);
    for (size_t row = first; row < s->pool.rows; row++) {
        cs_column *columns = s->pool.columns;
        for (uint32_t i = 0; i < COLUMNS; i++) {
            CHECK_EQUAL(cs_column_writable(&columns[i], row, s->pool.rows), CS_OK);
        }
        ((int32_t *)(void *)columns[NUMBER].data)[row] = (int32_t)row * 3 - 5;
        columns[FLAG].data[row] = row % 3 == 1;
        columns[CODE].data[row] = (uint8_t)(row % 3);
        if (!is_null_text(row)) {
            CHECK_EQUAL(
                cs_column_set_text(&columns[TEXT], row, s->pool.rows, text, text_of(row, text)),
                CS_OK);
            cs_column_set_valid(&columns[TEXT], row, 1);
        }
        if (!is_null_maybe(row)) {
            ((int64_t *)(void *)columns[MAYBE].data)[row] = (int64_t)row << 33;
            cs_column_set_valid(&columns[MAYBE], row, 1);
        }
    }
    CHECK_EQUAL(cs_pool_check(&s->pool), 0);
}

static void subject_init(subject *s, size_t rows) {
    static const char *const names[COLUMNS] = {"number", "flag", "text", "code", "maybe"};
    static const char *const formats[COLUMNS] = {"i", "b", "vu", "C", "l"};
    size_t bad;
    counting_init(&s->counting);
    CHECK_EQUAL(cs_pool_init(&s->pool, &s->counting.allocator, specs, COLUMNS), CS_OK);
    CHECK_EQUAL(cs_dictionary_new(&s->dictionary, &s->counting.allocator, words, 3, &bad), CS_OK);
    for (uint32_t i = 0; i < COLUMNS; i++) {
        s->fields[i] = (cs_arrow_field){.name = names[i],
                                        .format = formats[i],
                                        .nullable = specs[i].nullable,
                                        .column = &s->pool.columns[i]};
    }
    s->fields[CODE].dictionary = s->dictionary;
    fill(s, rows);
}

static void subject_clear(subject *s) {
    cs_pool_clear(&s->pool);
    cs_dictionary_unref(s->dictionary);
    CHECK_EQUAL(s->counting.live_blocks, 0);
}

static cs_status export(subject *s, size_t from, size_t length, struct ArrowArray *out) {
    cs_arrow_error error;
    return cs_arrow_export_array(s->fields, COLUMNS, s->pool.rows, from, length,
                                 &s->counting.allocator, out, &error);
}

/* ---- what an array says, read as a consumer would ---- */

static int bit(const struct ArrowArray *array, int buffer, size_t i) {
    const uint8_t *bits = array->buffers[buffer];
    i += (size_t)array->offset;
    return bits[i / 8] >> (i % 8) & 1;
}

static int valid(const struct ArrowArray *array, size_t i) {
    return array->buffers[0] == NULL || bit(array, 0, i);
}

static cs_text view_at(const struct ArrowArray *array, size_t i) {
    const cs_view *view = (const cs_view *)array->buffers[1] + array->offset + i;
    const size_t size = (size_t)view->in.size;
    if (size <= CS_VIEW_INLINE) { return (cs_text){view->in.text, size}; }
    const int64_t *sizes = array->buffers[array->n_buffers - 1];
    CHECK(view->out.segment < array->n_buffers - 3);
    CHECK((int64_t)view->out.offset + view->in.size <= sizes[view->out.segment]);
    return (cs_text){(const char *)array->buffers[2 + view->out.segment] + view->out.offset, size};
}

static cs_text text_at(const struct ArrowArray *array, size_t i, const char *format) {
    if (format[0] == 'v') { return view_at(array, i); }
    i += (size_t)array->offset;
    const char *bytes = array->buffers[2];
    if (format[0] == 'u' || format[0] == 'z') {
        const int32_t *offsets = array->buffers[1];
        return (cs_text){bytes + offsets[i], (size_t)(offsets[i + 1] - offsets[i])};
    }
    const int64_t *offsets = array->buffers[1];
    return (cs_text){bytes + offsets[i], (size_t)(offsets[i + 1] - offsets[i])};
}

static void check_texts(const struct ArrowArray *array, size_t from, const char *format) {
    int64_t nulls = 0;
    char text[64];
    for (size_t i = 0; i < (size_t)array->length; i++) {
        CHECK_EQUAL(valid(array, i), !is_null_text(from + i));
        const cs_text found = text_at(array, i, format);
        nulls += is_null_text(from + i);
        if (is_null_text(from + i)) {
            CHECK_EQUAL(found.size, 0);
        } else {
            CHECK_EQUAL(found.size, text_of(from + i, text));
            CHECK(memcmp(found.data, text, found.size) == 0);
        }
    }
    CHECK_EQUAL(array->null_count, nulls);
    CHECK(nulls == 0 || array->buffers[0] != NULL);
}

static void check_codes(const struct ArrowArray *array, size_t from) {
    const struct ArrowArray *dictionary = array->dictionary;
    CHECK(dictionary->length == 3 && dictionary->n_buffers == 3 && dictionary->null_count == 0);
    for (size_t i = 0; i < (size_t)array->length; i++) {
        const uint8_t code = ((const uint8_t *)array->buffers[1])[(size_t)array->offset + i];
        CHECK_EQUAL(code, (from + i) % 3);
        const cs_text word = text_at(dictionary, code, "u");
        CHECK(word.size == words[code].size && memcmp(word.data, words[code].data, word.size) == 0);
    }
}

static void check_maybe(const struct ArrowArray *array, size_t from) {
    int64_t nulls = 0;
    for (size_t i = 0; i < (size_t)array->length; i++) {
        const int64_t value = ((const int64_t *)array->buffers[1])[(size_t)array->offset + i];
        nulls += is_null_maybe(from + i);
        CHECK_EQUAL(valid(array, i), !is_null_maybe(from + i));
        CHECK_EQUAL(value, is_null_maybe(from + i) ? 0 : (int64_t)(from + i) << 33);
    }
    CHECK_EQUAL(array->null_count, nulls);
}

static void check_child(const struct ArrowArray *child, int column, size_t from) {
    switch (column) {
    case NUMBER:
        for (size_t i = 0; i < (size_t)child->length; i++) {
            CHECK_EQUAL(((const int32_t *)child->buffers[1])[(size_t)child->offset + i],
                        (int32_t)(from + i) * 3 - 5);
        }
        break;
    case FLAG:
        for (size_t i = 0; i < (size_t)child->length; i++) {
            CHECK_EQUAL(bit(child, 1, i), (from + i) % 3 == 1);
        }
        break;
    case TEXT: check_texts(child, from, "vu"); break;
    case CODE: check_codes(child, from); break;
    default: check_maybe(child, from); break;
    }
}

static void check_all(const struct ArrowArray *array, size_t from, size_t length) {
    CHECK(array->length == (int64_t)length && array->n_children == COLUMNS &&
          array->n_buffers == 1 && array->buffers[0] == NULL);
    CHECK(array->null_count == 0 && array->offset == 0 && array->dictionary == NULL);
    for (int i = 0; i < COLUMNS; i++) {
        CHECK_EQUAL(array->children[i]->length, length);
        check_child(array->children[i], i, from);
    }
}

/* ---- arrays ---- */

static void test_an_array_says_what_the_columns_hold_for_every_slice(void) {
    subject s;
    subject_init(&s, 43);
    for (size_t from = 0; from <= 43; from++) {
        for (size_t length = 0; length <= 43 - from; length += 7) {
            struct ArrowArray array;
            CHECK_EQUAL(export(&s, from, length, &array), CS_OK);
            check_all(&array, from, length);
            array.release(&array);
            CHECK(array.release == NULL);
        }
    }
    subject_clear(&s);
}

static void test_fixed_columns_and_views_are_shared_not_copied(void) {
    subject s;
    struct ArrowArray array;
    subject_init(&s, 100);
    CHECK_EQUAL(export(&s, 10, 50, &array), CS_OK);
    const cs_column *columns = s.pool.columns;
    CHECK(array.children[NUMBER]->buffers[1] == columns[NUMBER].data &&
          array.children[NUMBER]->offset == 10);
    CHECK(array.children[CODE]->buffers[1] == columns[CODE].data);
    CHECK(array.children[MAYBE]->buffers[1] == columns[MAYBE].data &&
          array.children[MAYBE]->buffers[0] == columns[MAYBE].valid);
    CHECK(array.children[TEXT]->buffers[1] == columns[TEXT].data);
    CHECK(array.children[TEXT]->buffers[2] == columns[TEXT].heap.segments[0].buffer->data);
    array.release(&array);
    subject_clear(&s);
}

static void test_an_export_is_a_snapshot(void) {
    subject s;
    struct ArrowArray array;
    subject_init(&s, 60);
    CHECK_EQUAL(export(&s, 0, 60, &array), CS_OK);
    for (size_t row = 0; row < 60; row++) {
        cs_column *columns = s.pool.columns;
        for (uint32_t i = 0; i < COLUMNS; i++) {
            CHECK_EQUAL(cs_column_writable(&columns[i], row, s.pool.rows), CS_OK);
        }
        memset(columns[NUMBER].data + row * 4, 7, 4);
        columns[FLAG].data[row] = 1;
        columns[CODE].data[row] = 2;
        CHECK_EQUAL(cs_column_set_text(&columns[TEXT], row, 60, "another text, of another length",
                                       5 + row % 26),
                    CS_OK);
        cs_column_set_valid(&columns[TEXT], row, 1);
        cs_column_set_valid(&columns[MAYBE], row, 1);
    }
    CHECK_EQUAL(cs_column_tidy_text(&s.pool.columns[TEXT], 60), CS_OK);
    CHECK_EQUAL(cs_pool_grow(&s.pool, 100000), CS_OK);
    CHECK_EQUAL(cs_pool_remove(&s.pool, 3, 50000), CS_OK);
    check_all(&array, 0, 60);
    CHECK_EQUAL(cs_pool_empty(&s.pool), CS_OK);
    check_all(&array, 0, 60);
    array.release(&array);
    subject_clear(&s);
}

static void test_an_array_outlives_the_pool(void) {
    subject s;
    struct ArrowArray array;
    subject_init(&s, 40);
    CHECK_EQUAL(export(&s, 0, 40, &array), CS_OK);
    cs_pool_clear(&s.pool);
    cs_dictionary_unref(s.dictionary);
    check_all(&array, 0, 40);
    array.release(&array);
    CHECK_EQUAL(s.counting.live_blocks, 0);
}

static void test_a_child_moved_out_outlives_its_parent(void) {
    for (int child = 0; child < COLUMNS; child++) {
        subject s;
        struct ArrowArray array;
        subject_init(&s, 40);
        CHECK_EQUAL(export(&s, 3, 20, &array), CS_OK);
        struct ArrowArray moved = *array.children[child];
        array.children[child]->release = NULL;
        array.release(&array);
        cs_pool_clear(&s.pool);
        cs_dictionary_unref(s.dictionary);
        check_child(&moved, child, 3);
        struct ArrowArray moved_again = moved;
        moved.release = NULL;
        check_child(&moved_again, child, 3);
        moved_again.release(&moved_again);
        CHECK_EQUAL(s.counting.live_blocks, 0);
    }
}

static void test_a_dictionary_moved_out_outlives_its_codes(void) {
    subject s;
    struct ArrowArray array;
    subject_init(&s, 10);
    CHECK_EQUAL(export(&s, 0, 10, &array), CS_OK);
    struct ArrowArray moved = *array.children[CODE]->dictionary;
    array.children[CODE]->dictionary->release = NULL;
    array.release(&array);
    cs_pool_clear(&s.pool);
    cs_dictionary_unref(s.dictionary);
    CHECK(text_at(&moved, 2, "u").size == 4);
    moved.release(&moved);
    CHECK_EQUAL(s.counting.live_blocks, 0);
}

static void test_a_parent_moved_bitwise_releases_everything(void) {
    subject s;
    struct ArrowArray array;
    subject_init(&s, 10);
    CHECK_EQUAL(export(&s, 0, 10, &array), CS_OK);
    struct ArrowArray *moved = malloc(sizeof *moved);
    memcpy(moved, &array, sizeof array);
    memset(&array, 0x5A, sizeof array);
    check_all(moved, 0, 10);
    moved->release(moved);
    free(moved);
    subject_clear(&s);
}

static void test_views_have_three_buffers_more_than_segments(void) {
    subject s;
    struct ArrowArray array;
    subject_init(&s, 0);
    CHECK_EQUAL(export(&s, 0, 0, &array), CS_OK);
    CHECK_EQUAL(array.children[TEXT]->n_buffers, 3);
    array.release(&array);
    fill(&s, 1); /* its text is short */
    CHECK_EQUAL(export(&s, 0, 1, &array), CS_OK);
    CHECK_EQUAL(array.children[TEXT]->n_buffers, 3);
    check_all(&array, 0, 1);
    array.release(&array);
    fill(&s, 5);
    CHECK_EQUAL(export(&s, 0, 6, &array), CS_OK);
    CHECK_EQUAL(array.children[TEXT]->n_buffers, 4);
    fill(&s, 3000); /* while the first segment is shared: more of them */
    struct ArrowArray second;
    CHECK_EQUAL(export(&s, 0, s.pool.rows, &second), CS_OK);
    CHECK_EQUAL(second.children[TEXT]->n_buffers, 3 + s.pool.columns[TEXT].heap.count);
    check_all(&second, 0, s.pool.rows);
    array.release(&array);
    second.release(&second);
    subject_clear(&s);
}

static void test_validity_is_left_out_only_where_nothing_is_null(void) {
    subject s;
    struct ArrowArray array;
    subject_init(&s, 40);
    CHECK_EQUAL(export(&s, 0, 1, &array), CS_OK);
    CHECK(array.children[MAYBE]->buffers[0] == NULL && array.children[MAYBE]->null_count == 0);
    array.release(&array);
    CHECK_EQUAL(export(&s, 1, 1, &array), CS_OK);
    CHECK(array.children[MAYBE]->buffers[0] != NULL && array.children[MAYBE]->null_count == 1);
    CHECK(array.children[NUMBER]->buffers[0] == NULL);
    array.release(&array);
    subject_clear(&s);
}

static void test_texts_are_copied_into_offsets_of_both_widths(void) {
    static const char *const formats[] = {"u", "U", "z", "Z"};
    subject s;
    subject_init(&s, 50);
    for (size_t i = 0; i < 4; i++) {
        struct ArrowArray array;
        s.fields[TEXT].format = formats[i];
        for (size_t from = 0; from <= 50; from += 5) {
            CHECK_EQUAL(export(&s, from, 50 - from, &array), CS_OK);
            CHECK_EQUAL(array.children[TEXT]->n_buffers, 3);
            check_texts(array.children[TEXT], from, formats[i]);
            array.release(&array);
        }
    }
    subject_clear(&s);
}

static void test_a_pinned_column_is_copied_so_that_views_do_not_change_the_export(void) {
    subject s;
    struct ArrowArray array;
    subject_init(&s, 20);
    CHECK_EQUAL(cs_column_pin(&s.pool.columns[NUMBER], 20), CS_OK);
    CHECK_EQUAL(export(&s, 0, 20, &array), CS_OK);
    memset(s.pool.columns[NUMBER].data, 0, 80);
    check_all(&array, 0, 20);
    cs_column_unpin(&s.pool.columns[NUMBER]);
    array.release(&array);
    subject_clear(&s);
}

static void test_rows_outside_of_the_pool_are_refused(void) {
    subject s;
    struct ArrowArray array;
    subject_init(&s, 20);
    CHECK_EQUAL(export(&s, 0, 21, &array), CS_INVALID);
    CHECK_EQUAL(export(&s, 21, 0, &array), CS_INVALID);
    CHECK_EQUAL(export(&s, 5, SIZE_MAX, &array), CS_INVALID);
    CHECK(array.release == NULL);
    subject_clear(&s);
}

/* ---- what is not to be handed out ---- */

static void expect_refusal(subject *s, const char *message) {
    struct ArrowArray array;
    struct ArrowArrayStream stream;
    cs_arrow_error error = {0};
    const cs_allocator *allocator = &s->counting.allocator;
    CHECK_EQUAL(cs_arrow_export_array(s->fields, COLUMNS, s->pool.rows, 0, s->pool.rows, allocator,
                                      &array, &error),
                CS_INVALID);
    CHECK(array.release == NULL);
    if (strcmp(error.message, message) != 0) { fprintf(stderr, "%s\n", error.message); }
    CHECK(strcmp(error.message, message) == 0);
    CHECK_EQUAL(cs_arrow_export_stream(s->fields, COLUMNS, s->pool.rows, 0, s->pool.rows, allocator,
                                       &stream, &error),
                CS_INVALID);
    CHECK(stream.release == NULL);
}

static void test_a_checked_column_refuses_what_arrow_does_not_allow(void) {
    subject s;
    struct ArrowArray array;
    subject_init(&s, 10);
    s.fields[TEXT].flags = s.fields[CODE].flags = CS_ARROW_CHECK;
    CHECK_EQUAL(export(&s, 0, 10, &array), CS_OK);
    array.release(&array);

    CHECK_EQUAL(cs_column_set_text(&s.pool.columns[TEXT], 7, 10, "lone \xED\xA0\x80", 8), CS_OK);
    const char *surrogate = "column 'text', row 7: the text is not valid UTF-8 (a lone "
                            "surrogate?), which Arrow does not allow";
    expect_refusal(&s, surrogate);
    s.fields[TEXT].format = "U";
    expect_refusal(&s, surrogate);
    s.fields[TEXT].format = "Z"; /* as bytes the text is fine */
    CHECK_EQUAL(export(&s, 0, 10, &array), CS_OK);
    array.release(&array);
    s.fields[TEXT].format = "vu";
    CHECK_EQUAL(cs_column_set_text(&s.pool.columns[TEXT], 7, 10, "fine", 4), CS_OK);

    s.pool.columns[CODE].data[4] = 3;
    expect_refusal(&s, "column 'code', row 4: code 3 is not one of the 3 in the table");
    s.pool.columns[CODE].data[4] = 1;

    cs_view *views = (cs_view *)(void *)s.pool.columns[TEXT].data, kept = views[5];
    views[5].out.offset = 1 << 20;
    expect_refusal(&s, "column 'text', row 5: the text lies outside its buffer");
    s.fields[TEXT].format = "u";
    expect_refusal(&s, "column 'text', row 5: the text lies outside its buffer");
    s.fields[TEXT].format = "vu";
    views[5] = kept;
    views[5].out.prefix[0] = '!';
    expect_refusal(&s, "column 'text', row 5: the view does not begin as its text does");
    views[5] = kept;
    subject_clear(&s);
}

static void test_a_dictionary_holds_only_utf8(void) {
    counting_allocator counting;
    cs_dictionary *dictionary;
    size_t bad = 99;
    const cs_text strings[3] = {{"", 0}, {NULL, 0}, {"\xFF", 1}};
    counting_init(&counting);
    CHECK_EQUAL(cs_dictionary_new(&dictionary, &counting.allocator, strings, 3, &bad), CS_INVALID);
    CHECK_EQUAL(bad, 2);
    CHECK_EQUAL(cs_dictionary_new(&dictionary, &counting.allocator, strings, 2, &bad), CS_OK);
    CHECK_EQUAL(cs_dictionary_count(dictionary), 2);
    cs_dictionary_ref(dictionary);
    cs_dictionary_unref(dictionary);
    cs_dictionary_unref(dictionary);
    cs_dictionary_unref(NULL);
    CHECK_EQUAL(counting.live_blocks, 0);
}

/* ---- schemas and streams ---- */

static void check_schema(const struct ArrowSchema *schema) {
    CHECK(strcmp(schema->format, "+s") == 0 && schema->n_children == COLUMNS &&
          schema->metadata == NULL && schema->flags == 0);
    CHECK(strcmp(schema->children[NUMBER]->name, "number") == 0 &&
          strcmp(schema->children[NUMBER]->format, "i") == 0);
    CHECK(schema->children[NUMBER]->flags == 0 &&
          schema->children[MAYBE]->flags == ARROW_FLAG_NULLABLE);
    CHECK(strcmp(schema->children[CODE]->format, "C") == 0 &&
          strcmp(schema->children[CODE]->dictionary->format, "u") == 0);
    CHECK(schema->children[TEXT]->dictionary == NULL && schema->children[TEXT]->n_children == 0);
}

static void test_a_schema_says_names_formats_and_nullability(void) {
    subject s;
    struct ArrowSchema schema;
    subject_init(&s, 0);
    CHECK_EQUAL(cs_arrow_export_schema(s.fields, COLUMNS, &s.counting.allocator, &schema), CS_OK);
    check_schema(&schema);
    struct ArrowSchema moved = *schema.children[CODE];
    schema.children[CODE]->release = NULL;
    schema.release(&schema);
    CHECK(strcmp(moved.name, "code") == 0 && strcmp(moved.dictionary->format, "u") == 0);
    moved.release(&moved);
    subject_clear(&s);
}

static void test_a_stream_gives_its_batch_once_and_its_schema_always(void) {
    subject s;
    struct ArrowArrayStream stream;
    struct ArrowSchema first, second;
    struct ArrowArray array, last;
    cs_arrow_error error;
    subject_init(&s, 30);
    CHECK_EQUAL(cs_arrow_export_stream(s.fields, COLUMNS, 30, 2, 20, &s.counting.allocator, &stream,
                                       &error),
                CS_OK);
    cs_pool_clear(&s.pool);
    cs_dictionary_unref(s.dictionary);
    CHECK_EQUAL(stream.get_schema(&stream, &first), 0);
    CHECK_EQUAL(stream.get_next(&stream, &array), 0);
    CHECK_EQUAL(stream.get_schema(&stream, &second), 0);
    CHECK_EQUAL(stream.get_next(&stream, &last), 0);
    CHECK(last.release == NULL);
    stream.release(&stream); /* released before its batch and its schemas */
    CHECK(stream.release == NULL);
    check_schema(&first);
    check_schema(&second);
    check_all(&array, 2, 20);
    first.release(&first);
    array.release(&array);
    second.release(&second);
    CHECK_EQUAL(s.counting.live_blocks, 0);
}

static void test_a_stream_that_nobody_reads_releases_its_batch(void) {
    subject s;
    struct ArrowArrayStream stream;
    cs_arrow_error error;
    subject_init(&s, 30);
    CHECK_EQUAL(cs_arrow_export_stream(s.fields, COLUMNS, 30, 0, 30, &s.counting.allocator, &stream,
                                       &error),
                CS_OK);
    stream.release(&stream);
    subject_clear(&s);
}

static void test_a_consumer_can_ask_for_other_text_formats_and_for_nothing_else(void) {
    subject s;
    struct ArrowSchema requested;
    subject_init(&s, 3);
    kit_schema(&requested, "", "+s", 5);
    kit_schema(requested.children[0], "text", "U", 0);
    kit_schema(requested.children[1], "number", "U", 0);
    kit_schema(requested.children[2], "code", "u", 0);
    kit_schema(requested.children[3], "unknown", "u", 0);
    kit_schema(requested.children[4], "text", "z", 0);
    cs_arrow_request(s.fields, COLUMNS, &requested);
    requested.release(&requested);
    CHECK(strcmp(s.fields[TEXT].format, "U") == 0 && strcmp(s.fields[NUMBER].format, "i") == 0 &&
          strcmp(s.fields[CODE].format, "C") == 0);
    struct ArrowArray array;
    /* the field keeps the constant string, since the requested one is freed */
    CHECK_EQUAL(export(&s, 0, 3, &array), CS_OK);
    check_texts(array.children[TEXT], 0, "U");
    array.release(&array);
    kit_schema(&requested, "", "l", 0); /* nonsense is ignored */
    cs_arrow_request(s.fields, COLUMNS, &requested);
    requested.release(&requested);
    cs_arrow_request(s.fields, COLUMNS, &requested);
    CHECK_EQUAL(kit_alive, 0);
    subject_clear(&s);
}

/* ---- memory ---- */

static void test_each_allocation_that_fails_exports_nothing_and_leaks_nothing(void) {
    for (int what = 0; what < 4; what++) {
        for (size_t n = 1;; n++) {
            subject s;
            struct ArrowArray array = {.release = NULL};
            struct ArrowSchema schema = {.release = NULL};
            struct ArrowArrayStream stream = {.release = NULL};
            cs_arrow_error error;
            cs_status status;
            subject_init(&s, 40);
            if (what == 3) { CHECK_EQUAL(cs_column_pin(&s.pool.columns[MAYBE], 40), CS_OK); }
            s.fields[TEXT].format = what == 3 ? "U" : "vu";
            counting_fail(&s.counting, n);
            if (what == 0) {
                status = cs_arrow_export_schema(s.fields, COLUMNS, &s.counting.allocator, &schema);
            } else if (what == 1) {
                status = cs_arrow_export_stream(s.fields, COLUMNS, 40, 5, 30, &s.counting.allocator,
                                                &stream, &error);
            } else {
                status = export(&s, 5, 30, &array);
            }
            const int reached = s.counting.calls >= n;
            counting_fail(&s.counting, 0);
            CHECK_EQUAL(status, reached ? CS_NO_MEMORY : CS_OK);
            CHECK_EQUAL(array.release != NULL || schema.release != NULL || stream.release != NULL,
                        !reached);
            if (array.release != NULL) { array.release(&array); }
            if (schema.release != NULL) { schema.release(&schema); }
            if (stream.release != NULL) { stream.release(&stream); }
            if (what == 3) { cs_column_unpin(&s.pool.columns[MAYBE]); }
            CHECK_EQUAL(cs_pool_check(&s.pool), 0);
            subject_clear(&s);
            if (!reached) { break; }
        }
    }
}

static void test_a_stream_without_memory_for_its_schema_says_so(void) {
    subject s;
    struct ArrowArrayStream stream;
    struct ArrowSchema schema;
    cs_arrow_error error;
    subject_init(&s, 3);
    CHECK_EQUAL(
        cs_arrow_export_stream(s.fields, COLUMNS, 3, 0, 3, &s.counting.allocator, &stream, &error),
        CS_OK);
    counting_fail(&s.counting, 1);
    CHECK(stream.get_schema(&stream, &schema) != 0);
    CHECK(strcmp(stream.get_last_error(&stream), "out of memory") == 0);
    CHECK(schema.release == NULL);
    stream.release(&stream);
    subject_clear(&s);
}

const test_case arrow_export_tests[] = {
    TEST(test_an_array_says_what_the_columns_hold_for_every_slice),
    TEST(test_fixed_columns_and_views_are_shared_not_copied),
    TEST(test_an_export_is_a_snapshot),
    TEST(test_an_array_outlives_the_pool),
    TEST(test_a_child_moved_out_outlives_its_parent),
    TEST(test_a_dictionary_moved_out_outlives_its_codes),
    TEST(test_a_parent_moved_bitwise_releases_everything),
    TEST(test_views_have_three_buffers_more_than_segments),
    TEST(test_validity_is_left_out_only_where_nothing_is_null),
    TEST(test_texts_are_copied_into_offsets_of_both_widths),
    TEST(test_a_pinned_column_is_copied_so_that_views_do_not_change_the_export),
    TEST(test_rows_outside_of_the_pool_are_refused),
    TEST(test_a_checked_column_refuses_what_arrow_does_not_allow),
    TEST(test_a_dictionary_holds_only_utf8),
    TEST(test_a_schema_says_names_formats_and_nullability),
    TEST(test_a_stream_gives_its_batch_once_and_its_schema_always),
    TEST(test_a_stream_that_nobody_reads_releases_its_batch),
    TEST(test_a_consumer_can_ask_for_other_text_formats_and_for_nothing_else),
    TEST(test_each_allocation_that_fails_exports_nothing_and_leaks_nothing),
    TEST(test_a_stream_without_memory_for_its_schema_says_so),
    END_OF_TESTS,
};
