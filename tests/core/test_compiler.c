/* test_compiler.c: the builtins of the compiler and the plain C of compiler.h say the same. */
#include "cslots/compiler.h"

#include "check.h"
#include "compiler_words.h"

/* Numbers of every length, and those at both ends of the range. */
static uint64_t number(random_source *source) {
    static const uint64_t edges[] = {
        0, 1, 2, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX, UINT64_MAX - 1};
    const uint64_t random = random_next(source);
    const size_t choice = random_below(source, 4 * sizeof edges / sizeof edges[0]);
    if (choice < sizeof edges / sizeof edges[0]) { return edges[choice]; }
    const uint64_t word = random >> random_below(source, 64);
    return random_below(source, 2) != 0 ? word : UINT64_MAX - word;
}

static void test_bits_are_counted_the_same_with_and_without_builtins(void) {
    random_source source = {1};
    for (int i = 0; i < 20000; i++) {
        const uint64_t word = number(&source);
        CHECK_EQUAL(cs_count_ones(word), plain_words.count_ones(word));
        CHECK(cs_swap_bytes(word) == plain_words.swap_bytes(word));
        CHECK(cs_swap_bytes(cs_swap_bytes(word)) == word);
        if (word == 0) { continue; }
        CHECK_EQUAL(cs_leading_zeros(word), plain_words.leading_zeros(word));
        CHECK_EQUAL(cs_trailing_zeros(word), plain_words.trailing_zeros(word));
    }
    CHECK_EQUAL(cs_count_ones(0xF1), 5);
    CHECK_EQUAL(cs_leading_zeros(1), 63);
    CHECK_EQUAL(cs_trailing_zeros(0x80), 7);
    CHECK(cs_swap_bytes(UINT64_C(0x0102030405060708)) == UINT64_C(0x0807060504030201));
}

static void test_products_have_128_bits_with_and_without_builtins(void) {
    random_source source = {2};
    for (int i = 0; i < 20000; i++) {
        const uint64_t a = number(&source), b = number(&source);
        uint64_t high, plain_high;
        CHECK(cs_multiply(a, b, &high) == plain_words.multiply(a, b, &plain_high));
        CHECK(high == plain_high);
    }
    uint64_t high;
    CHECK(cs_multiply(UINT64_MAX, UINT64_MAX, &high) == 1 && high == UINT64_MAX - 1);
}

static void test_overflow_is_seen_with_and_without_builtins(void) {
    random_source source = {3};
    int added = 0, multiplied = 0;
    for (int i = 0; i < 20000; i++) {
        const int64_t a = (int64_t)number(&source), b = (int64_t)number(&source);
        int64_t result = 0, plain = 0;
        const int add = cs_add_overflows(a, b, &result);
        CHECK_EQUAL(add, plain_words.add_overflows(a, b, &plain));
        CHECK(add || result == plain);
        const int multiply = cs_multiply_overflows(a, b, &result);
        CHECK_EQUAL(multiply, plain_words.multiply_overflows(a, b, &plain));
        CHECK(multiply || result == plain);
        added += add;
        multiplied += multiply;
    }
    CHECK(added > 100 && multiplied > 100 && multiplied < 19900);
}

const test_case compiler_tests[] = {
    TEST(test_bits_are_counted_the_same_with_and_without_builtins),
    TEST(test_products_have_128_bits_with_and_without_builtins),
    TEST(test_overflow_is_seen_with_and_without_builtins),
    END_OF_TESTS,
};
