#include "cslots/kind.h"

#include <string.h>

#include "check.h"

static void test_every_kind_has_a_name_of_its_own_and_is_found_by_it(void) {
    for (int kind = 0; kind < CS_KIND_COUNT; kind++) {
        CHECK(cs_kinds[kind].name != NULL);
        CHECK_EQUAL(cs_kind_by_name(cs_kinds[kind].name), kind);
    }
}

static void test_a_float_is_found_by_both_of_its_names(void) {
    CHECK_EQUAL(cs_kind_by_name("float"), CS_FLOAT64);
    CHECK_EQUAL(cs_kind_by_name("float64"), CS_FLOAT64);
}

static void test_names_that_stand_for_several_kinds_give_the_smallest(void) {
    CHECK_EQUAL(cs_kind_by_name("choice"), CS_CHOICE8);
    CHECK_EQUAL(cs_kind_by_name("flag"), CS_FLAG8);
}

static void test_an_unknown_name_is_no_kind(void) {
    const char *const names[] = {"", "in", "int7", "INT8", "int8 ", "tuple"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        CHECK_EQUAL(cs_kind_by_name(names[i]), -1);
    }
}

static void test_sizes_are_powers_of_two_and_their_own_alignment(void) {
    for (int kind = 0; kind < CS_KIND_COUNT; kind++) {
        const cs_kind_info *info = &cs_kinds[kind];
        if (kind == CS_BOOL) {
            CHECK(info->size == 0 && info->align == 1 && info->bits == 1);
            continue;
        }
        CHECK(info->size >= 1 && info->size <= 16 && (info->size & (info->size - 1)) == 0);
        CHECK_EQUAL(info->align, info->size > 8 ? 8 : info->size);
        CHECK_EQUAL(info->bits, 0);
    }
}

static void test_what_an_integer_kind_says_it_accepts_is_what_fits_its_bytes(void) {
    for (int kind = CS_INT8; kind <= CS_UINT64; kind++) {
        const cs_kind_info *info = &cs_kinds[kind];
        unsigned bits = info->size * 8u;
        char expected[96];
        if (info->family == CS_FAMILY_SIGNED) {
            CHECK(info->max == UINT64_MAX >> (65 - bits));
            CHECK(info->min == -(int64_t)info->max - 1);
            snprintf(expected, sizeof expected, "an int from %lld to %lld", (long long)info->min,
                     (long long)info->max);
        } else {
            CHECK_EQUAL(info->family, CS_FAMILY_UNSIGNED);
            CHECK(info->max == UINT64_MAX >> (64 - bits));
            CHECK_EQUAL(info->min, 0);
            snprintf(expected, sizeof expected, "an int from 0 to %llu",
                     (unsigned long long)info->max);
        }
        CHECK(strcmp(info->accepts, expected) == 0);
        snprintf(expected, sizeof expected, "%sint%u",
                 info->family == CS_FAMILY_UNSIGNED ? "u" : "", bits);
        CHECK(strcmp(info->name, expected) == 0);
    }
}

static void test_only_integer_kinds_have_a_range_and_a_sign(void) {
    for (int kind = 0; kind < CS_KIND_COUNT; kind++) {
        int integer = kind >= CS_INT8 && kind <= CS_UINT64;
        CHECK_EQUAL(cs_kinds[kind].max != 0, integer);
        CHECK_EQUAL(cs_kind_is_integer((cs_kind)kind), integer);
    }
}

static void test_pointer_kinds_are_those_before_bool_and_say_so(void) {
    for (int kind = 0; kind < CS_KIND_COUNT; kind++) {
        CHECK_EQUAL(cs_kinds[kind].form == CS_FORM_POINTER, kind < CS_BOOL);
        CHECK_EQUAL(cs_kind_is_pointer((cs_kind)kind), kind < CS_BOOL);
    }
}

static void test_kinds_whose_equal_values_may_differ_in_bytes_are_not_compared_as_memory(void) {
    const cs_kind inexact[] = {CS_OBJECT,  CS_STR,     CS_BYTES,   CS_STRUCT, CS_BOOL,    CS_INT,
                               CS_FLOAT16, CS_FLOAT32, CS_FLOAT64, CS_UTF8,   CS_DATETIME};
    int exact = 0;
    for (size_t i = 0; i < sizeof inexact / sizeof inexact[0]; i++) {
        CHECK(cs_kinds[inexact[i]].compare != CS_COMPARE_BYTES);
    }
    for (int kind = 0; kind < CS_KIND_COUNT; kind++) {
        exact += cs_kinds[kind].compare == CS_COMPARE_BYTES;
    }
    CHECK_EQUAL(exact, CS_KIND_COUNT - (int)(sizeof inexact / sizeof inexact[0]));
}

static void test_only_utf8_has_a_tail(void) {
    for (int kind = 0; kind < CS_KIND_COUNT; kind++) {
        CHECK_EQUAL(cs_kinds[kind].form == CS_FORM_TEXT, kind == CS_UTF8);
    }
}

const test_case kind_tests[] = {
    TEST(test_every_kind_has_a_name_of_its_own_and_is_found_by_it),
    TEST(test_a_float_is_found_by_both_of_its_names),
    TEST(test_names_that_stand_for_several_kinds_give_the_smallest),
    TEST(test_an_unknown_name_is_no_kind),
    TEST(test_sizes_are_powers_of_two_and_their_own_alignment),
    TEST(test_what_an_integer_kind_says_it_accepts_is_what_fits_its_bytes),
    TEST(test_only_integer_kinds_have_a_range_and_a_sign),
    TEST(test_pointer_kinds_are_those_before_bool_and_say_so),
    TEST(test_kinds_whose_equal_values_may_differ_in_bytes_are_not_compared_as_memory),
    TEST(test_only_utf8_has_a_tail),
    END_OF_TESTS,
};
