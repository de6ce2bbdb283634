#include "cslots/hash.h"

#include "check.h"

static void test_equal_bytes_hash_equal_wherever_they_lie(void) {
    char space[64];
    for (size_t size = 0; size <= 40; size++) {
        uint64_t first = 0;
        for (size_t start = 0; start < 8; start++) {
            for (size_t i = 0; i < size; i++) { space[start + i] = (char)(i * 37); }
            uint64_t hash = cs_hash_bytes(1, space + start, size);
            if (start == 0) { first = hash; }
            CHECK(hash == first);
        }
    }
}

static void test_zeros_of_another_length_hash_differently(void) {
    char zeros[32] = {0};
    for (size_t a = 0; a <= 32; a++) {
        for (size_t b = 0; b < a; b++) {
            CHECK(cs_hash_bytes(7, zeros, a) != cs_hash_bytes(7, zeros, b));
        }
    }
}

static void test_every_bit_of_the_data_and_of_the_seed_changes_about_half_of_the_hash(void) {
    random_source source = {1};
    for (int bit = 0; bit < 64; bit++) {
        int changed_by_word = 0, changed_by_seed = 0;
        for (int i = 0; i < 256; i++) {
            uint64_t seed = random_next(&source), word = random_next(&source),
                     flip = UINT64_C(1) << bit;
            uint64_t hash = cs_hash_bytes(seed, &word, 8), other = word ^ flip;
            changed_by_word += (int)cs_count_ones(hash ^ cs_hash_bytes(seed, &other, 8));
            changed_by_seed += (int)cs_count_ones(hash ^ cs_hash_bytes(seed ^ flip, &word, 8));
        }
        CHECK(changed_by_word > 256 * 26 && changed_by_word < 256 * 38);
        CHECK(changed_by_seed > 256 * 26 && changed_by_seed < 256 * 38);
    }
}

static void test_small_numbers_spread_over_the_low_bits_that_a_dict_uses(void) {
    enum { SLOTS = 1 << 12 };
    static unsigned char counts[SLOTS];
    memset(counts, 0, sizeof counts);
    for (uint64_t word = 0; word < SLOTS; word++) {
        counts[cs_hash_bytes(99, &word, 8) & (SLOTS - 1)]++;
    }
    int empty = 0;
    for (int i = 0; i < SLOTS; i++) {
        empty += counts[i] == 0;
        CHECK(counts[i] < 12);
    }
    /* 1 / e of the slots stay empty when keys are thrown at random */
    CHECK(empty > SLOTS * 33 / 100 && empty < SLOTS * 41 / 100);
}

const test_case hash_tests[] = {
    TEST(test_equal_bytes_hash_equal_wherever_they_lie),
    TEST(test_zeros_of_another_length_hash_differently),
    TEST(test_every_bit_of_the_data_and_of_the_seed_changes_about_half_of_the_hash),
    TEST(test_small_numbers_spread_over_the_low_bits_that_a_dict_uses),
    END_OF_TESTS,
};
