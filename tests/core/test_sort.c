#include "cslots/sort.h"

#include <math.h>
#include <stdlib.h>

#include "check.h"

enum { ROWS = 3000 };

/* A column of one sort with capacity for ROWS rows. */
static cs_column column_of(const cs_allocator *allocator, cs_column_sort sort, uint32_t width) {
    cs_column column = {0};
    cs_column_spec spec = {(uint8_t)sort, 1, width};
    if (cs_column_init(&column, allocator, spec) == CS_OK) {
        (void)cs_column_reserve(&column, 0, ROWS);
    }
    return column;
}

static void put(cs_column *column, size_t row, const void *value) {
    memcpy(column->data + row * column->width, value, column->width);
    cs_column_set_valid(column, row, 1);
}

typedef int (*compare)(const cs_column *column, size_t a, size_t b);

static size_t order[ROWS];

/* Is `order` what sorting rows 0, 1, 2 ... gives? `last` says 1 of a nan and 2 of a null: nulls
 * stand last, and nan before them. */
static int is_sorted(const cs_column *column, compare by, int (*last)(const cs_column *, size_t),
                     int reverse, size_t rows) {
    static uint8_t seen[ROWS];
    memset(seen, 0, sizeof seen);
    for (size_t i = 0; i < rows; i++) {
        if (order[i] >= rows || seen[order[i]]++) { return 0; }
    }
    for (size_t i = 1; i < rows; i++) {
        const size_t a = order[i - 1], b = order[i];
        const int a_last = last(column, a), b_last = last(column, b);
        int compared = a_last != b_last ? a_last - b_last : a_last != 0 ? 0 : by(column, a, b);
        if (reverse && a_last == 0 && b_last == 0) { compared = -compared; }
        if (compared > 0 || (compared == 0 && a > b)) { return 0; }
    }
    return 1;
}

static int is_null(const cs_column *column, size_t row) {
    return cs_column_is_valid(column, row) ? 0 : 2;
}

static cs_status sort(const cs_column *column, cs_sort_key key, int reverse, size_t rows,
                      const cs_allocator *allocator) {
    for (size_t i = 0; i < rows; i++) { order[i] = i; }
    return cs_sort_rows(column, key, NULL, 0, reverse, order, rows, allocator);
}

static uint64_t bits_of(const cs_column *column, size_t row) {
    uint64_t bits = 0;
    /* little endian */
    for (uint32_t i = 0; i < column->width; i++) {
        bits |= (uint64_t)column->data[row * column->width + i] << 8 * i;
    }
    return bits;
}

static int by_unsigned(const cs_column *column, size_t a, size_t b) {
    const uint64_t left = bits_of(column, a), right = bits_of(column, b);
    return (left > right) - (left < right);
}

static int by_signed(const cs_column *column, size_t a, size_t b) {
    const unsigned unused = 64 - column->width * 8;
    const int64_t left = (int64_t)(bits_of(column, a) << unused),
                  right = (int64_t)(bits_of(column, b) << unused);
    return (left > right) - (left < right);
}

static void test_integers_of_each_width_are_sorted_both_ways(void) {
    random_source source = {1};
    for (uint32_t width = 1; width <= 8; width *= 2) {
        for (int spread = 1; spread <= 64;
             spread += 9) { /* bits of the values, for few ties or many */
            counting_allocator counting;
            counting_init(&counting);
            cs_column column = column_of(&counting.allocator, CS_COLUMN_FIXED, width);
            for (size_t i = 0; i < ROWS; i++) {
                const uint64_t value =
                    (random_next(&source) >> (64 - spread)) - (UINT64_C(1) << (spread - 1));
                if (random_below(&source, 9) != 0) { put(&column, i, &value); }
            }
            for (int reverse = 0; reverse < 2; reverse++) {
                CHECK_EQUAL(sort(&column, CS_SORT_UNSIGNED, reverse, ROWS, &counting.allocator),
                            CS_OK);
                CHECK(is_sorted(&column, by_unsigned, is_null, reverse, ROWS));
                CHECK_EQUAL(sort(&column, CS_SORT_SIGNED, reverse, ROWS, &counting.allocator),
                            CS_OK);
                CHECK(is_sorted(&column, by_signed, is_null, reverse, ROWS));
            }
            cs_column_clear(&column);
            CHECK_EQUAL(counting.live_blocks, 0);
        }
    }
}

static double real_of(const cs_column *column, size_t row) {
    double eight;
    float four;
    if (column->width == 4) {
        memcpy(&four, column->data + row * 4, 4);
        return (double)four;
    }
    memcpy(&eight, column->data + row * 8, 8);
    return eight;
}

static int by_real(const cs_column *column, size_t a, size_t b) {
    const double left = real_of(column, a), right = real_of(column, b);
    return (left > right) - (left < right);
}

static int is_nan_or_null(const cs_column *column, size_t row) {
    return !cs_column_is_valid(column, row) ? 2 : isnan(real_of(column, row)) ? 1 : 0;
}

static void test_floats_are_sorted_with_nan_behind_and_null_last_and_both_zeros_equal(void) {
    static const double special[] = {0.0,     -0.0,  NAN,    -NAN, INFINITY, -INFINITY, 1e-320,
                                     -1e-320, 1e308, -1e308, 1.0,  -1.0,     1e-40,     -1e-40};
    random_source source = {2};
    for (uint32_t width = 4; width <= 8; width += 4) {
        cs_column column = column_of(&cs_system_allocator, CS_COLUMN_FIXED, width);
        for (size_t i = 0; i < ROWS; i++) {
            /* a float of any size; narrow floats come from the range that they have */
            const uint64_t bits = random_next(&source);
            double value = special[random_below(&source, sizeof special / sizeof special[0])];
            if (random_below(&source, 3) != 0) { memcpy(&value, &bits, sizeof value); }
            if (width == 4 && (value < -1e37 || value > 1e37) && !isinf(value)) {
                value = (double)(int64_t)bits;
            }
            const float narrow = (float)value;
            if (random_below(&source, 9) == 0) { continue; }
            put(&column, i, width == 8 ? (const void *)&value : (const void *)&narrow);
        }
        for (int reverse = 0; reverse < 2; reverse++) {
            CHECK_EQUAL(sort(&column, CS_SORT_FLOAT, reverse, ROWS, &cs_system_allocator), CS_OK);
            CHECK(is_sorted(&column, by_real, is_nan_or_null, reverse, ROWS));
        }
        cs_column_clear(&column);
    }
}

static int by_text(const cs_column *column, size_t a, size_t b) {
    cs_text left, right;
    if (cs_column_text(column, a, &left) != 0 || cs_column_text(column, b, &right) != 0) {
        return 0;
    }
    const size_t size = left.size < right.size ? left.size : right.size;
    const int compared = memcmp(left.data, right.data, size);
    return compared != 0 ? compared : (left.size > right.size) - (left.size < right.size);
}

/* Texts of several sorts: few bytes, long common beginnings, zeros at the end, all the same, bytes
 * over 127. */
static size_t make_text(random_source *source, int sort, char *text) {
    size_t size = 0;
    const size_t number = random_below(source, 2000);
    switch (sort) {
    case 0:
        size = random_below(source, 4);
        memset(text, 'a' + (int)(number % 3), size);
        return size;
    case 1:
        return (size_t)snprintf(text, 100, "https://example%zu.org/some/long/path/%zu", number % 3,
                                number);
    case 2:
        size = random_below(source, 40);
        memset(text, 0, size);
        return size;
    case 3: return (size_t)snprintf(text, 100, "all the same, all the same");
    case 4:
        size = random_below(source, 60);
        memset(text, 'x', size);
        return size;
    case 5:
        size = random_below(source, 30);
        for (size_t i = 0; i < size; i++) { text[i] = (char)random_below(source, 256); }
        return size;
    default: return (size_t)snprintf(text, 100, "%zu", number);
    }
}

static void test_texts_are_sorted_by_their_bytes_both_ways(void) {
    random_source source = {3};
    for (int kind = 0; kind < 8; kind++) {
        static const size_t counts[] = {0, 1, 2, 9, 63, 64, 65, 300, ROWS};
        counting_allocator counting;
        counting_init(&counting);
        cs_column column = column_of(&counting.allocator, CS_COLUMN_TEXT, 16);
        for (size_t i = 0; i < ROWS; i++) {
            char text[100];
            const size_t size =
                make_text(&source, kind == 7 ? (int)random_below(&source, 7) : kind, text);
            if (random_below(&source, 9) == 0) { continue; }
            CHECK_EQUAL(cs_column_set_text(&column, i, ROWS, text, size), CS_OK);
            cs_column_set_valid(&column, i, 1);
        }
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            for (int reverse = 0; reverse < 2; reverse++) {
                CHECK_EQUAL(sort(&column, CS_SORT_TEXT, reverse, counts[i], &counting.allocator),
                            CS_OK);
                CHECK(is_sorted(&column, by_text, is_null, reverse, counts[i]));
            }
        }
        cs_column_clear(&column);
        CHECK_EQUAL(counting.live_blocks + counting.live_spaces, 0);
    }
}

static void test_texts_with_ever_longer_common_beginnings_are_sorted(void) {
    cs_column column = column_of(&cs_system_allocator, CS_COLUMN_TEXT, 16);
    static char text[8 * ROWS];
    enum { LONG = 600 };
    memset(text, 'a', sizeof text);
    for (size_t i = 0; i < LONG; i++) { /* each text is the beginning of all longer ones */
        CHECK_EQUAL(cs_column_set_text(&column, i, LONG, text, (i * 7 % LONG) * 8), CS_OK);
        cs_column_set_valid(&column, i, 1);
    }
    for (int reverse = 0; reverse < 2; reverse++) {
        CHECK_EQUAL(sort(&column, CS_SORT_TEXT, reverse, LONG, &cs_system_allocator), CS_OK);
        CHECK(is_sorted(&column, by_text, is_null, reverse, LONG));
    }
    cs_column_clear(&column);
}

static void test_ties_keep_the_order_given(void) {
    cs_column column = column_of(&cs_system_allocator, CS_COLUMN_FIXED, 4);
    for (size_t i = 0; i < ROWS; i++) {
        const int32_t value = (int32_t)(i % 7);
        if (i % 11 != 0) { put(&column, i, &value); }
    }
    for (int reverse = 0; reverse < 2; reverse++) {
        static size_t place[ROWS];
        for (size_t i = 0; i < ROWS; i++) { order[i] = (i * 1009) % ROWS; }
        for (size_t i = 0; i < ROWS; i++) { place[order[i]] = i; }
        CHECK_EQUAL(cs_sort_rows(&column, CS_SORT_SIGNED, NULL, 0, reverse, order, ROWS,
                                 &cs_system_allocator),
                    CS_OK);
        for (size_t i = 1; i < ROWS; i++) {
            const size_t a = order[i - 1], b = order[i];
            const int same =
                is_null(&column, a) == is_null(&column, b) && by_signed(&column, a, b) == 0;
            CHECK(!same || place[a] < place[b]);
        }
    }
    cs_column_clear(&column);
}

static void test_codes_are_sorted_by_their_ranks(void) {
    static const uint32_t ranks[] = {3, 0, UINT32_MAX, 1, 2};
    static const size_t expected[] = {1, 3, 4, 0, 2};
    for (uint32_t width = 1; width <= 4; width *= 2) {
        cs_column column = column_of(&cs_system_allocator, CS_COLUMN_FIXED, width);
        for (uint64_t i = 0; i < 5; i++) { put(&column, i, &i); }
        for (size_t i = 0; i < 5; i++) { order[i] = i; }
        CHECK_EQUAL(
            cs_sort_rows(&column, CS_SORT_UNSIGNED, ranks, 5, 0, order, 5, &cs_system_allocator),
            CS_OK);
        for (size_t i = 0; i < 5; i++) { CHECK_EQUAL(order[i], expected[i]); }
        CHECK_EQUAL(
            cs_sort_rows(&column, CS_SORT_UNSIGNED, ranks, 5, 1, order, 5, &cs_system_allocator),
            CS_OK);
        for (size_t i = 0; i < 5; i++) { CHECK_EQUAL(order[i], expected[4 - i]); }
        CHECK_EQUAL(
            cs_sort_rows(&column, CS_SORT_UNSIGNED, ranks, 4, 0, order, 5, &cs_system_allocator),
            CS_INVALID);
        for (size_t i = 0; i < 5; i++) { CHECK_EQUAL(order[i], expected[4 - i]); }
        cs_column_clear(&column);
    }
}

static void test_values_of_16_bytes_are_sorted_as_memcmp_orders_them(void) {
    cs_column column = column_of(&cs_system_allocator, CS_COLUMN_FIXED, 16);
    enum { COUNT = 300 };
    size_t places[COUNT];
    CHECK_EQUAL(cs_column_reserve(&column, 0, COUNT), CS_OK);
    for (size_t row = 0; row < COUNT; row++) {
        uint8_t value[16];
        memset(value, row % 3 == 0 ? 7 : 0, 16);
        value[row % 16] = (uint8_t)(row * 37);
        put(&column, row, value);
        places[row] = row;
    }
    for (int reverse = 0; reverse < 2; reverse++) {
        CHECK_EQUAL(cs_sort_rows(&column, CS_SORT_BYTES, NULL, 0, reverse, places, COUNT,
                                 &cs_system_allocator),
                    CS_OK);
        for (size_t i = 1; i < COUNT; i++) {
            const int found =
                memcmp(column.data + places[i - 1] * 16, column.data + places[i] * 16, 16);
            CHECK(reverse ? found >= 0 : found <= 0);
        }
    }
    cs_column_clear(&column);
}

static void test_what_cannot_be_sorted_is_invalid_and_leaves_the_order(void) {
    cs_column number = column_of(&cs_system_allocator, CS_COLUMN_FIXED, 1),
              text = column_of(&cs_system_allocator, CS_COLUMN_TEXT, 16), pointer;
    CHECK_EQUAL(
        cs_column_init(&pointer, &cs_system_allocator, (cs_column_spec){CS_COLUMN_POINTER, 0, 8}),
        CS_OK);
    CHECK_EQUAL(sort(&number, CS_SORT_FLOAT, 0, 2, &cs_system_allocator), CS_INVALID);
    CHECK_EQUAL(sort(&number, CS_SORT_TEXT, 0, 2, &cs_system_allocator), CS_INVALID);
    number.width = 16;
    CHECK_EQUAL(sort(&number, CS_SORT_UNSIGNED, 0, 2, &cs_system_allocator), CS_INVALID);
    number.width = 2;
    CHECK_EQUAL(sort(&text, CS_SORT_SIGNED, 0, 2, &cs_system_allocator), CS_INVALID);
    CHECK_EQUAL(sort(&pointer, CS_SORT_UNSIGNED, 0, 0, &cs_system_allocator), CS_INVALID);
    const cs_view lie = {.out = {.size = 50, .segment = 1}};
    put(&text, 1, &lie);
    CHECK_EQUAL(sort(&text, CS_SORT_TEXT, 0, 2, &cs_system_allocator), CS_INVALID);
    CHECK(order[0] == 0 && order[1] == 1);
    cs_column_clear(&number);
    cs_column_clear(&text);
    cs_column_clear(&pointer);
}

static void test_each_allocation_that_fails_leaves_the_order(void) {
    for (int wide = 0; wide < 2; wide++) {
        counting_allocator counting;
        counting_init(&counting);
        cs_column column = column_of(&counting.allocator, CS_COLUMN_FIXED, 8);
        for (size_t i = 1; i < 50; i++) {
            const int64_t value = -(int64_t)i * (wide ? INT64_C(1) << 40 : 1);
            put(&column, i, &value);
        }
        for (size_t n = 1;; n++) {
            counting_fail(&counting, n);
            cs_status status = sort(&column, CS_SORT_SIGNED, 0, 50, &counting.allocator);
            if (status == CS_OK) {
                CHECK_EQUAL(n, 2);
                break;
            }
            CHECK_EQUAL(status, CS_NO_MEMORY);
            for (size_t i = 0; i < 50; i++) { CHECK_EQUAL(order[i], i); }
        }
        CHECK(is_sorted(&column, by_signed, is_null, 0, 50));
        cs_column_clear(&column);
        CHECK_EQUAL(counting.live_blocks, 0);
    }
}

const test_case sort_tests[] = {
    TEST(test_integers_of_each_width_are_sorted_both_ways),
    TEST(test_floats_are_sorted_with_nan_behind_and_null_last_and_both_zeros_equal),
    TEST(test_texts_are_sorted_by_their_bytes_both_ways),
    TEST(test_texts_with_ever_longer_common_beginnings_are_sorted),
    TEST(test_ties_keep_the_order_given),
    TEST(test_codes_are_sorted_by_their_ranks),
    TEST(test_values_of_16_bytes_are_sorted_as_memcmp_orders_them),
    TEST(test_what_cannot_be_sorted_is_invalid_and_leaves_the_order),
    TEST(test_each_allocation_that_fails_leaves_the_order),
    END_OF_TESTS,
};
