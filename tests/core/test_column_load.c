#include "cslots/column_load.h"

#include <stdio.h>
#include <string.h>

#include "../../core/src/bits.h"
#include "check.h"

#define MOST ((size_t)700)

static cs_column fresh(cs_column_spec spec, size_t rows) {
    cs_column column = {0};
    CHECK_EQUAL(cs_column_init(&column, &cs_system_allocator, spec), CS_OK);
    CHECK_EQUAL(cs_column_reserve(&column, 0, rows), CS_OK);
    return column;
}

static void random_bytes(random_source *source, uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) { bytes[i] = (uint8_t)random_next(source); }
}

static int bit(const uint8_t *bits, size_t row) { return bits[row >> 3] >> (row & 7) & 1; }

static void test_values_come_as_they_are_and_nulls_as_zeroes(void) {
    random_source source = {7};
    for (size_t rows = 0; rows < MOST; rows += 1 + rows / 9) {
        for (uint32_t width = 1; width <= 8; width *= 2) {
            for (uint8_t nullable = 0; nullable < 2; nullable++) {
                uint8_t values[MOST * 8], bits[MOST / 8 + 1];
                random_bytes(&source, values, sizeof values);
                random_bytes(&source, bits, sizeof bits);
                cs_column column = fresh((cs_column_spec){CS_COLUMN_FIXED, nullable, width}, rows);
                if (nullable) { cs_column_load_validity(&column, rows, bits); }
                cs_column_load_values(&column, rows, values, 0);
                CHECK_EQUAL(cs_column_check(&column, rows), 0);
                for (size_t row = 0; row < rows; row++) {
                    const int valid = !nullable || bit(bits, row);
                    CHECK_EQUAL(cs_column_is_valid(&column, row), valid);
                    CHECK(!valid ||
                          memcmp(column.data + row * width, values + row * width, width) == 0);
                }
                cs_column_clear(&column);
            }
        }
    }
}

static void test_bools_become_0_or_1(void) {
    uint8_t values[256];
    for (size_t i = 0; i < sizeof values; i++) { values[i] = (uint8_t)i; }
    cs_column column = fresh((cs_column_spec){CS_COLUMN_FIXED, 0, 1}, sizeof values);
    cs_column_load_values(&column, sizeof values, values, 1);
    for (size_t i = 0; i < sizeof values; i++) { CHECK_EQUAL(column.data[i], i != 0); }
    cs_column_clear(&column);
}

static void test_bits_are_spread_to_bytes_from_any_bit_on(void) {
    random_source source = {5};
    uint8_t bits[41], mask[41], bytes[300];
    random_bytes(&source, bits, sizeof bits);
    random_bytes(&source, mask, sizeof mask);
    for (size_t from = 0; from < 20; from++) {
        for (size_t count = 0; count <= 300; count++) {
            for (int masked = 0; masked < 2; masked++) {
                memset(bytes, 0xEE, sizeof bytes);
                cs_bits_spread(bytes, bits, masked ? mask : NULL, from, count);
                for (size_t i = 0; i < sizeof bytes; i++) {
                    const int expected =
                        bit(bits, from + i % 300) && (!masked || bit(mask, from + i % 300));
                    CHECK_EQUAL(bytes[i], i < count ? expected : 0xEE);
                }
            }
        }
    }
}

static uint32_t code_at(const uint8_t *codes, size_t row, uint32_t width) {
    uint32_t code = 0;
    /* on a machine whose lowest byte comes first */
    for (uint32_t i = 0; i < width; i++) { ((uint8_t *)&code)[i] = codes[row * width + i]; }
    return code;
}

static void put_code(uint8_t *codes, size_t row, uint32_t width, uint32_t code) {
    memcpy(codes + row * width, &code, width);
}

static void test_codes_of_any_width_go_through_the_map(void) {
    random_source source = {3};
    const uint16_t lowest_first = 1;
    if (*(const uint8_t *)&lowest_first != 1) { return; }
    for (uint32_t from = 1; from <= 4; from *= 2) {
        for (uint32_t to = 1; to <= 4; to *= 2) {
            for (int same = 0; same < 2; same++) {
                for (uint8_t nullable = 0; nullable < 2; nullable++) {
                    const size_t rows = 333, count = 200;
                    uint32_t map[200];
                    uint8_t codes[333 * 4], bits[333 / 8 + 1];
                    random_bytes(&source, bits, sizeof bits);
                    for (size_t i = 0; i < count; i++) {
                        map[i] = same ? (uint32_t)i : (uint32_t)(count - i);
                    }
                    for (size_t row = 0; row < rows; row++) {
                        put_code(codes, row, from, (uint32_t)(random_next(&source) % count));
                    }
                    cs_column column = fresh((cs_column_spec){CS_COLUMN_FIXED, nullable, to}, rows);
                    if (nullable) {
                        cs_column_load_validity(&column, rows, bits);
                        for (size_t row = 0; row < rows;
                             row++) { /* the bytes of a null row mean nothing */
                            if (!bit(bits, row)) { put_code(codes, row, from, 255); }
                        }
                    }
                    CHECK_EQUAL(cs_column_load_codes(&column, rows, codes, from, map, count),
                                CS_OK);
                    CHECK_EQUAL(cs_column_check(&column, rows), 0);
                    for (size_t row = 0; row < rows; row++) {
                        const uint32_t expected =
                            nullable && !bit(bits, row) ? 0 : map[code_at(codes, row, from)];
                        CHECK_EQUAL(code_at(column.data, row, to), expected);
                    }
                    if (nullable) { cs_column_set_valid(&column, rows - 1, 1); }
                    put_code(codes, rows - 1, from, (uint32_t)count);
                    CHECK_EQUAL(cs_column_load_codes(&column, rows, codes, from, map, count),
                                CS_INVALID);
                    CHECK_EQUAL(cs_column_load_codes(&column, rows, codes, from, map, 0),
                                CS_INVALID);
                    CHECK_EQUAL(cs_column_load_codes(&column, 0, codes, from, map, 0), CS_OK);
                    cs_column_clear(&column);
                }
            }
        }
    }
    cs_column column = fresh((cs_column_spec){CS_COLUMN_FIXED, 0, 8}, 1);
    CHECK_EQUAL(cs_column_load_codes(&column, 1, (const uint8_t *)"", 1, (const uint32_t[]){0}, 1),
                CS_INVALID);
    cs_column_clear(&column);
}

/* ---- texts ---- */

static int asked;
static int all_are_text(cs_text text) {
    (void)text;
    asked++;
    return 1;
}
static int none_is_text(cs_text text) {
    (void)text;
    asked++;
    return 0;
}

static cs_column with_segment(const char *bytes, size_t size, size_t rows) {
    cs_column column = fresh((cs_column_spec){CS_COLUMN_TEXT, 1, 16}, rows);
    cs_buffer *segment = cs_buffer_new(&cs_system_allocator, size);
    CHECK(segment != NULL);
    memcpy(segment->data, bytes, size);
    CHECK_EQUAL(cs_textheap_adopt(&column.heap, segment, size), CS_OK);
    return column;
}

static cs_view outside_view(int32_t size, int32_t segment, int32_t offset) {
    cs_view view = {.out = {.size = size, .prefix = "lie", .segment = segment, .offset = offset}};
    return view;
}

static cs_status load_one(cs_column *column, cs_view view, int (*is_text)(cs_text), int *outside) {
    const uint8_t valid = 1;
    cs_column_load_validity(column, 1, &valid);
    memset(column->data, 0, sizeof view);
    asked = 0;
    return cs_column_load_texts(column, 1, (const uint8_t *)&view, is_text, outside);
}

static void test_texts_of_every_length_lose_what_their_views_lie_about(void) {
    char bytes[41];
    memset(bytes, 'x', sizeof bytes);
    cs_column column = with_segment(bytes, sizeof bytes, 1);
    for (int32_t size = 0; size <= 40; size++) {
        int outside;
        cs_view view = outside_view(size, 0, 1);
        /* more bytes than there are of text */
        if (size <= CS_VIEW_INLINE) { memset(view.in.text, 'x', CS_VIEW_INLINE); }
        CHECK_EQUAL(load_one(&column, view, none_is_text, &outside), CS_OK);
        CHECK_EQUAL(cs_column_check(&column, 1), 0);
        cs_text text;
        CHECK_EQUAL(cs_column_text(&column, 0, &text), 0);
        CHECK_EQUAL(text.size, size);
        CHECK(memcmp(text.data, bytes, text.size) == 0);
        CHECK_EQUAL(asked, 0);
    }
    cs_column_clear(&column);
}

static void test_texts_that_lie_outside_are_refused(void) {
    static const int32_t wrong[][3] = {{41, 0, 0},         {40, 0, 1},
                                       {20, 1, 0},         {20, -1, 0},
                                       {20, 0, -1},        {-1, 0, 0},
                                       {INT32_MIN, 0, 0},  {20, INT32_MAX, 0},
                                       {20, 0, INT32_MAX}, {INT32_MAX, 0, INT32_MAX},
                                       {20, 0, 21}};
    char bytes[40];
    memset(bytes, 'x', sizeof bytes);
    cs_column column = with_segment(bytes, sizeof bytes, 1);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int outside = 0;
        CHECK_EQUAL(load_one(&column, outside_view(wrong[i][0], wrong[i][1], wrong[i][2]),
                             all_are_text, &outside),
                    CS_INVALID);
        CHECK(outside);
    }
    int outside;
    CHECK_EQUAL(load_one(&column, outside_view(40, 0, 0), all_are_text, &outside), CS_OK);
    cs_column_clear(&column);
}

static void test_what_is_not_utf8_is_shown_to_the_caller(void) {
    /* The segment has a lone byte, a good sequence, and a sequence that the end of the text
     * cuts. */
    const char bytes[] = "plain plain plain \xFF bytes \xC3\xA9 and more of them";
    cs_column column = with_segment(bytes, sizeof bytes - 1, 1);
    int outside;
    CHECK_EQUAL(load_one(&column, outside_view(18, 0, 0), none_is_text, &outside), CS_OK);
    CHECK_EQUAL(load_one(&column, outside_view(19, 0, 0), none_is_text, &outside), CS_INVALID);
    CHECK(!outside && asked == 1);
    CHECK_EQUAL(load_one(&column, outside_view(19, 0, 0), all_are_text, &outside), CS_OK);
    CHECK_EQUAL(asked, 1);
    CHECK_EQUAL(load_one(&column, outside_view(20, 0, 19), none_is_text, &outside), CS_OK);
    CHECK_EQUAL(load_one(&column, outside_view(13, 0, 14), none_is_text, &outside), CS_INVALID);
    for (size_t at = 0; at < CS_VIEW_INLINE; at++) {
        for (int32_t size = 0; size <= CS_VIEW_INLINE; size++) {
            cs_view view = {.in = {.size = size, .text = "abcdefghijk"}};
            view.in.text[at] = (char)0x80;
            const int seen = (int32_t)at < size;
            CHECK_EQUAL(load_one(&column, view, none_is_text, &outside), seen ? CS_INVALID : CS_OK);
            CHECK(!outside && asked == seen);
        }
    }
    cs_column_clear(&column);
}

static void test_null_texts_stay_zero(void) {
    cs_column column = fresh((cs_column_spec){CS_COLUMN_TEXT, 1, 16}, 9);
    const uint8_t bits[2] = {0x02, 0xFF};
    uint8_t views[9 * 16];
    int outside;
    memset(views, 0xFF, sizeof views);
    memcpy(views + 16, &(cs_view){.in = {.size = 1, .text = "a"}}, 16);
    memcpy(views + 8 * 16, &(cs_view){.in = {.size = 1, .text = "b"}}, 16);
    cs_column_load_validity(&column, 9, bits);
    CHECK_EQUAL(cs_column_load_texts(&column, 9, views, none_is_text, &outside), CS_OK);
    CHECK_EQUAL(cs_column_check(&column, 9), 0);
    CHECK_EQUAL(cs_column_nulls(&column, 0, 9), 7);
    cs_column_clear(&column);
}

static void test_no_memory_is_told_and_nothing_is_kept(void) {
    counting_allocator counting;
    counting_init(&counting);
    cs_column column = {0};
    int outside = 1;
    CHECK_EQUAL(
        cs_column_init(&column, &counting.allocator, (cs_column_spec){CS_COLUMN_TEXT, 0, 16}),
        CS_OK);
    counting_fail(&counting, 1);
    CHECK_EQUAL(cs_column_load_texts(&column, 0, NULL, none_is_text, &outside), CS_NO_MEMORY);
    CHECK(!outside);
    CHECK_EQUAL(cs_column_load_texts(&column, 0, NULL, none_is_text, &outside), CS_OK);
    cs_column_clear(&column);
    CHECK_EQUAL(counting.live_blocks, 0);
}

const test_case column_load_tests[] = {
    TEST(test_values_come_as_they_are_and_nulls_as_zeroes),
    TEST(test_bools_become_0_or_1),
    TEST(test_bits_are_spread_to_bytes_from_any_bit_on),
    TEST(test_codes_of_any_width_go_through_the_map),
    TEST(test_texts_of_every_length_lose_what_their_views_lie_about),
    TEST(test_texts_that_lie_outside_are_refused),
    TEST(test_what_is_not_utf8_is_shown_to_the_caller),
    TEST(test_null_texts_stay_zero),
    TEST(test_no_memory_is_told_and_nothing_is_kept),
    END_OF_TESTS,
};
