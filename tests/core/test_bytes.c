#include "cslots/bytes.h"

#include "check.h"

static void test_a_number_is_loaded_as_it_was_stored_at_any_address(void) {
    const size_t widths[] = {1, 2, 4, 8};
    for (size_t i = 0; i < 4; i++) {
        const size_t width = widths[i];
        const uint64_t most = UINT64_MAX >> (64 - 8 * width);
        const uint64_t values[] = {0, 1, most / 2, most / 2 + 1, most};
        for (size_t v = 0; v < 5; v++) {
            uint8_t bytes[10];
            memset(bytes, 0xAA, sizeof bytes);
            cs_store_word(bytes + 1, width, values[v]);
            CHECK_EQUAL(cs_load_unsigned(bytes + 1, width), values[v]);
            const int is_negative = values[v] > most / 2;
            CHECK_EQUAL(cs_load_signed(bytes + 1, width),
                        is_negative ? -(int64_t)(most - values[v]) - 1 : (int64_t)values[v]);
            CHECK(bytes[0] == 0xAA && bytes[1 + width] == 0xAA);
        }
    }
}

static void test_every_half_is_loaded_and_stored_as_it_was(void) {
    for (unsigned half = 0; half <= 0xFFFF; half++) {
        const uint16_t bits = (uint16_t)half;
        uint16_t again = 0;
        const double value = cs_load_float16(&bits);
        CHECK_EQUAL(cs_store_float16(&again, value), 0);
        const int is_nan = (half & 0x7FFF) > 0x7C00;
        CHECK_EQUAL(again, is_nan ? half | 0x200 : half); /* a nan is a quiet one afterwards */
        CHECK_EQUAL(value != value, is_nan);
    }
}

static void test_between_two_halves_the_nearest_is_taken_and_in_the_middle_the_even_one(void) {
    for (unsigned half = 0; half < 0x7BFF; half++) {
        const uint16_t low = (uint16_t)half, high = (uint16_t)(half + 1);
        const double a = cs_load_float16(&low), b = cs_load_float16(&high), middle = (a + b) / 2;
        uint16_t got;
        CHECK_EQUAL(cs_store_float16(&got, middle), 0);
        CHECK_EQUAL(got, half & 1 ? high : low);
        CHECK_EQUAL(cs_store_float16(&got, middle * (1 - 0x1p-52)), 0);
        CHECK_EQUAL(got, low);
        CHECK_EQUAL(cs_store_float16(&got, -middle * (1 + 0x1p-52)), 0);
        CHECK_EQUAL(got, high | 0x8000);
    }
}

static void test_what_rounding_would_make_infinite_is_refused_and_nothing_is_written(void) {
    const double outside[] = {65520.0, -65520.0, 65536.0, 1e300};
    uint16_t got = 0x1234;
    for (size_t i = 0; i < 4; i++) {
        CHECK_EQUAL(cs_store_float(&got, 2, outside[i]), -1);
        CHECK_EQUAL(got, 0x1234);
    }
    CHECK_EQUAL(cs_store_float(&got, 2, 65519.999), 0);
    CHECK_EQUAL(got, 0x7BFF);
    CHECK_EQUAL(cs_store_float(&got, 2, (double)INFINITY), 0);
    CHECK_EQUAL(got, 0x7C00);
    uint32_t single = 7;
    CHECK_EQUAL(cs_store_float(&single, 4, 0x1.ffffffp+127), -1);
    CHECK_EQUAL(single, 7);
}

static void test_too_small_a_number_is_zero_with_its_sign(void) {
    uint16_t got;
    CHECK_EQUAL(cs_store_float16(&got, 0x1p-25), 0);
    CHECK_EQUAL(got, 0);
    CHECK_EQUAL(cs_store_float16(&got, -0x1p-1000), 0);
    CHECK_EQUAL(got, 0x8000);
    CHECK_EQUAL(cs_store_float16(&got, 0x1.8p-25), 0);
    CHECK_EQUAL(got, 1);
}

const test_case bytes_tests[] = {
    TEST(test_a_number_is_loaded_as_it_was_stored_at_any_address),
    TEST(test_every_half_is_loaded_and_stored_as_it_was),
    TEST(test_between_two_halves_the_nearest_is_taken_and_in_the_middle_the_even_one),
    TEST(test_what_rounding_would_make_infinite_is_refused_and_nothing_is_written),
    TEST(test_too_small_a_number_is_zero_with_its_sign),
    END_OF_TESTS,
};
