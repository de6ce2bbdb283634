/* test_arrow_import.c: what becomes of values, texts and codes on their way in. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "arrow_subject.h"

/* ---- numbers ---- */

static const struct {
    const char *format;
    size_t width;
} integers[] = {{"c", 1}, {"s", 2}, {"i", 4}, {"l", 8}, {"C", 1}, {"S", 2}, {"I", 4}, {"L", 8}};

static void put_int(uint8_t *to, size_t width, int64_t value) {
    /* the tests run on little-endian machines */
    for (size_t i = 0; i < width; i++) { to[i] = (uint8_t)((uint64_t)value >> (8 * i)); }
}

static void test_every_integer_goes_into_every_width_that_holds_it(void) {
    static const int64_t values[] = {0,          1,
                                     -1,         100,
                                     127,        128,
                                     -128,       -129,
                                     255,        256,
                                     32767,      32768,
                                     -32768,     -32769,
                                     65535,      65536,
                                     INT32_MAX,  (int64_t)INT32_MAX + 1,
                                     INT32_MIN,  (int64_t)INT32_MIN - 1,
                                     UINT32_MAX, (int64_t)UINT32_MAX + 1,
                                     INT64_MAX,  INT64_MIN};
    for (size_t to = 0; to < 8; to++) {
        for (size_t from = 0; from < 8; from++) {
            for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
                const size_t width = integers[from].width, bits = 8 * integers[to].width;
                const int from_signed = from < 4, to_signed = to < 4;
                uint8_t bytes[24] = {0};
                put_int(bytes + 2 * width, width, values[v]);
                int64_t value = values[v]; /* as it is at the width of the source */
                if (width < 8) {
                    value &= (INT64_C(1) << (8 * width)) - 1;
                    if (from_signed && value >> (8 * width - 1)) {
                        value -= INT64_C(1) << (8 * width);
                    }
                }
                const int big = !from_signed && width == 8 && value < 0; /* above INT64_MAX */
                int fits = to_signed
                               ? !big && (bits == 64 || (value >= -(INT64_C(1) << (bits - 1)) &&
                                                         value < INT64_C(1) << (bits - 1)))
                           : big ? bits == 64
                                 : value >= 0 && (bits == 64 || value < INT64_C(1) << bits);
                subject s;
                kit_table table;
                subject_init(&s, CS_ARROW_FIXED, integers[to].format, "this", 0);
                kit_table_init(&table, 1, 3);
                kit_fixed(&table, 0, "x", integers[from].format, bytes, width);
                const cs_status status = import_table(&s, &table, 0);
                CHECK_EQUAL(status, fits ? CS_OK : CS_INVALID);
                if (fits) {
                    uint8_t expected[8];
                    put_int(expected, integers[to].width, value);
                    CHECK(memcmp(s.pool.columns[0].data + 2 * integers[to].width, expected,
                                 integers[to].width) == 0);
                } else {
                    char message[100];
                    if (big) {
                        sprintf(message, "column 'x', row 2: %" PRIu64 " is out of range for this",
                                (uint64_t)value);
                    } else {
                        sprintf(message, "column 'x', row 2: %" PRId64 " is out of range for this",
                                value);
                    }
                    CHECK(strcmp(s.error.message, message) == 0);
                    CHECK_EQUAL(s.error.fault, CS_ARROW_RANGE);
                }
                subject_clear(&s);
            }
        }
    }
}

static void test_long_columns_are_converted_block_by_block(void) {
    static int64_t values[1000];
    subject s;
    kit_table table;
    for (int64_t i = 0; i < 1000; i++) { values[i] = i - 500; }
    subject_init(&s, CS_ARROW_FIXED, "s", "int16", 0);
    kit_table_init(&table, 1, 1000);
    kit_fixed(&table, 0, "x", "l", values, 8);
    CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
    for (size_t i = 0; i < 1000; i++) { CHECK_EQUAL(int_at(&s.pool, i), values[i]); }
    values[999] = 40000;
    kit_table_init(&table, 1, 1000);
    kit_fixed(&table, 0, "x", "l", values, 8);
    expect(&s, &table, CS_ARROW_RANGE, "column 'x', row 999: 40000 is out of range for int16");
    subject_clear(&s);
}

static void test_integers_become_floats_only_where_that_is_exact(void) {
    const int64_t exact = INT64_C(1) << 53;
    const int64_t good[4] = {0, -exact, exact + 2, INT64_MIN};
    int64_t bad[2] = {5, exact + 1};
    subject s;
    kit_table table;
    subject_init(&s, CS_ARROW_FIXED, "g", "float", 0);
    kit_table_init(&table, 1, 4);
    kit_fixed(&table, 0, "x", "l", good, 8);
    CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
    const double *doubles = (const double *)(const void *)s.pool.columns[0].data;
    CHECK(doubles[1] == -9007199254740992.0 && doubles[2] == 9007199254740994.0 &&
          doubles[3] == -9223372036854775808.0);
    kit_table_init(&table, 1, 2);
    kit_fixed(&table, 0, "x", "l", bad, 8);
    expect(&s, &table, CS_ARROW_RANGE,
           "column 'x', row 1: 9007199254740993 cannot be kept exactly as float");
    bad[1] = -exact - 1;
    kit_table_init(&table, 1, 2);
    kit_fixed(&table, 0, "x", "l", bad, 8);
    expect(&s, &table, CS_ARROW_RANGE,
           "column 'x', row 1: -9007199254740993 cannot be kept exactly as float");
    bad[1] = -1;
    kit_table_init(&table, 1, 2);
    kit_fixed(&table, 0, "x", "L", bad, 8);
    expect(&s, &table, CS_ARROW_RANGE,
           "column 'x', row 1: 18446744073709551615 cannot be kept exactly as float");
    subject_clear(&s);
}

static void test_floats_are_widened_and_rounded_but_do_not_become_infinite(void) {
    const float singles[3] = {1.5f, -INFINITY, NAN};
    const double doubles[3] = {0.1, INFINITY, 3.4028234e38}, large[1] = {1e39};
    subject s;
    kit_table table;
    subject_init(&s, CS_ARROW_FIXED, "g", "float", 0);
    kit_table_init(&table, 1, 3);
    kit_fixed(&table, 0, "x", "f", singles, 4);
    CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
    const double *wide = (const double *)(const void *)s.pool.columns[0].data;
    CHECK(wide[0] == 1.5 && wide[1] == -INFINITY && isnan(wide[2]));
    subject_clear(&s);

    subject_init(&s, CS_ARROW_FIXED, "f", "float32", 0);
    kit_table_init(&table, 1, 3);
    kit_fixed(&table, 0, "x", "g", doubles, 8);
    CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
    const float *narrow = (const float *)(const void *)s.pool.columns[0].data;
    CHECK(narrow[0] == 0.1f && narrow[1] == INFINITY && isfinite(narrow[2]));
    kit_table_init(&table, 1, 1);
    kit_fixed(&table, 0, "x", "g", large, 8);
    expect(&s, &table, CS_ARROW_RANGE, "column 'x', row 0: 1e+39 is out of range for float32");
    subject_clear(&s);
}

static void test_flags_have_no_unknown_bits(void) {
    const uint8_t good[2] = {5, 0}, bad[2] = {5, 8};
    subject s;
    kit_table table;
    subject_init(&s, CS_ARROW_FIXED, "C", "Permission", 0);
    s.target.mask = 7;
    kit_table_init(&table, 1, 2);
    kit_fixed(&table, 0, "x", "C", good, 1);
    CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
    kit_table_init(&table, 1, 2);
    kit_fixed(&table, 0, "x", "C", bad, 1);
    expect(&s, &table, CS_ARROW_VALUE, "column 'x', row 1: 8 has bits that are not in Permission");
    subject_clear(&s);
}

/* ---- times ---- */

static void expect_times(const char *want, const char *format, const int64_t *values,
                         const int64_t *results, size_t count) {
    subject s;
    kit_table table;
    subject_init(&s, CS_ARROW_FIXED, want, "time", 0);
    kit_table_init(&table, 1, count);
    kit_fixed(&table, 0, "x", format, values, 8);
    CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
    for (size_t i = 0; i < count; i++) { CHECK_EQUAL(int_at(&s.pool, i), results[i]); }
    subject_clear(&s);
}

static void refuse_time(const char *want, const char *format, int64_t value, const char *message) {
    const int64_t values[2] = {0, value};
    subject s;
    kit_table table;
    subject_init(&s, CS_ARROW_FIXED, want, "time", 0);
    kit_table_init(&table, 1, 2);
    kit_fixed(&table, 0, "x", format, values, 8);
    expect(&s, &table, CS_ARROW_RANGE, message);
    subject_clear(&s);
}

static void test_times_of_every_unit_become_microseconds(void) {
    const int64_t v[3] = {-3, 0, 1234}, s[3] = {-3000000, 0, 1234000000},
                  ms[3] = {-3000, 0, 1234000}, ns[3] = {-3000, 0, 1234000};
    expect_times("tsu:", "tss:", v, s, 3);
    expect_times("tsu:", "tsm:", v, ms, 3);
    expect_times("tsu:", "tsu:", v, v, 3);
    expect_times("tsu:", "tsn:", ns, v, 3);
    expect_times("tDu", "tDs", v, s, 3);
    expect_times("tDu", "tDm", v, ms, 3);
    expect_times("tDu", "tDn", ns, v, 3);
    expect_times("tsu:UTC", "tsu:Etc/UTC", v, v, 3);
    expect_times("tsu:UTC", "tss:+00:00", v, s, 3);
    expect_times("ts", "tss:", v, s, 3);
    expect_times("ts", "tss:UTC", v, s, 3);
}

static void test_times_that_do_not_fit_are_refused(void) {
    refuse_time("tsu:", "tsn:", 1500,
                "column 'x', row 1: 1500 ns is no whole number of microseconds");
    refuse_time("tsu:", "tss:", INT64_MAX,
                "column 'x', row 1: 9223372036854775807 s is out of range for time");
    refuse_time("tsu:", "tss:", INT64_MIN,
                "column 'x', row 1: -9223372036854775808 s is out of range for time");
    refuse_time("tsu:", "tsu:", INT64_C(253402300800000000),
                "column 'x', row 1: 253402300800000000 us is out of range for time");
    refuse_time("tsu:", "tsm:", INT64_C(253402300800000),
                "column 'x', row 1: 253402300800000 ms is out of range for time");
    refuse_time("tsu:", "tsu:", INT64_C(-62135596800000001),
                "column 'x', row 1: -62135596800000001 us is out of range for time");
    /* not a time */
    refuse_time("tDu", "tDu", INT64_MIN,
                "column 'x', row 1: -9223372036854775808 us is out of range for time");
    refuse_time("tDu", "tDs", INT64_MAX / 1000,
                "column 'x', row 1: 9223372036854775 s is out of range for time");
    refuse_time("tdD", "tdm", 86400001,
                "column 'x', row 1: 86400001 ms is no whole number of days");
    refuse_time("tdD", "tdm", INT64_C(86400000) * 2932897,
                "column 'x', row 1: 253402300800000 ms is out of range for time");
}

static void test_dates_of_both_widths(void) {
    const int64_t wide[2] = {-86400000, INT64_C(86400000) * 2932896};
    const int32_t narrow[2] = {-719162, 2932896}, bad[2] = {0, -719163};
    subject s;
    kit_table table;
    subject_init(&s, CS_ARROW_FIXED, "tdD", "date", 0);
    kit_table_init(&table, 1, 2);
    kit_fixed(&table, 0, "x", "tdm", wide, 8);
    CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
    kit_table_init(&table, 1, 2);
    kit_fixed(&table, 0, "x", "tdD", narrow, 4);
    CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
    CHECK(int_at(&s.pool, 0) == -1 && int_at(&s.pool, 1) == 2932896 &&
          int_at(&s.pool, 2) == -719162);
    kit_table_init(&table, 1, 2);
    kit_fixed(&table, 0, "x", "tdD", bad, 4);
    expect(&s, &table, CS_ARROW_RANGE, "column 'x', row 1: -719163 days is out of range for date");
    subject_clear(&s);
}

static void test_other_zones_than_utc_are_refused_with_advice(void) {
    static const struct {
        const char *want, *format, *message;
    } cases[] = {
        {"ts", "tsu:Europe/Paris",
         "column 'x': expected datetime, got Arrow format 'tsu:Europe/Paris' (timestamp in us); "
         "convert it to UTC"},
        {"tsu:", "tsu:UTC",
         "column 'x': expected datetime, got Arrow format 'tsu:UTC' (timestamp in us)"},
        {"tsu:UTC",
         "tss:", "column 'x': expected datetime, got Arrow format 'tss:' (timestamp in s)"},
    };
    const int64_t value = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        subject s;
        kit_table table;
        subject_init(&s, CS_ARROW_FIXED, cases[i].want, "datetime", 0);
        kit_table_init(&table, 1, 1);
        kit_fixed(&table, 0, "x", cases[i].format, &value, 8);
        expect(&s, &table, CS_ARROW_TYPE, cases[i].message);
        subject_clear(&s);
    }
}

/* ---- bools and nulls ---- */

static void test_bits_become_bytes(void) {
    const uint8_t bits[2] = {0xA5, 0x02};
    subject s;
    kit_table table;
    subject_init(&s, CS_ARROW_BITS, NULL, "bool", 0);
    kit_table_init(&table, 1, 11);
    kit_bits(&table, 0, "x", bits);
    CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
    for (size_t i = 0; i < 11; i++) {
        CHECK_EQUAL(s.pool.columns[0].data[i], bits[i / 8] >> (i % 8) & 1);
    }
    subject_clear(&s);
}

static void test_nulls_go_into_nullable_columns_and_leave_zeros(void) {
    const int32_t values[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    const uint8_t valid[2] = {0xB6, 0x03};
    for (int same = 0; same < 2; same++) {
        for (size_t before = 0; before < 3; before++) {
            subject s;
            kit_table table;
            subject_init(&s, CS_ARROW_FIXED, same ? "i" : "l", "int", 1);
            CHECK_EQUAL(cs_pool_grow(&s.pool, before), CS_OK);
            kit_table_init(&table, 1, 10);
            kit_fixed(&table, 0, "x", "i", values, 4);
            kit_validity(table.array.children[0], valid);
            if (before == 2) { table.array.children[0]->null_count = -1; }
            CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
            CHECK_EQUAL(s.pool.rows, before + 10);
            for (size_t i = 0; i < 10; i++) {
                const int is_valid = valid[i / 8] >> (i % 8) & 1;
                CHECK_EQUAL(cs_column_is_valid(&s.pool.columns[0], before + i), is_valid);
                CHECK_EQUAL(int_at(&s.pool, before + i), is_valid ? values[i] : 0);
            }
            subject_clear(&s);
        }
    }
}

static void test_a_null_in_a_column_that_takes_none_is_named(void) {
    const int32_t values[10] = {0};
    const uint8_t valid[2] = {0x7F, 0x01};
    subject s;
    kit_table table;
    subject_init(&s, CS_ARROW_FIXED, "i", "int32", 0);
    kit_table_init(&table, 1, 10);
    kit_fixed(&table, 0, "x", "i", values, 4);
    kit_validity(table.array.children[0], valid);
    expect(&s, &table, CS_ARROW_VALUE,
           "column 'x', row 7: expected int32, got null; the field does not allow None");
    subject_clear(&s);
}

static void test_a_column_of_nothing_but_nulls_fits_every_nullable_one(void) {
    subject s;
    kit_table table;
    for (int want = CS_ARROW_FIXED; want <= CS_ARROW_CODES; want++) {
        subject_init(&s, (cs_arrow_want)want, want == CS_ARROW_FIXED ? "l" : NULL, "int", 1);
        kit_table_init(&table, 1, 5);
        kit_schema(table.schema.children[0], "x", "n", 0);
        kit_array(table.array.children[0], 0, 0, 5);
        table.array.children[0]->null_count = 5;
        CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
        CHECK(s.pool.rows == 5 && cs_column_nulls(&s.pool.columns[0], 0, 5) == 5);
        subject_clear(&s);
    }
    subject_init(&s, CS_ARROW_FIXED, "l", "int", 0);
    kit_table_init(&table, 1, 5);
    kit_schema(table.schema.children[0], "x", "n", 0);
    kit_array(table.array.children[0], 0, 0, 5);
    expect(&s, &table, CS_ARROW_VALUE,
           "column 'x', row 0: expected int, got null; the field does not allow None");
    subject_clear(&s);
}

/* ---- texts ---- */

static void test_texts_of_every_format(void) {
    static const char *const formats[] = {"u", "U", "vu"};
    for (size_t f = 0; f < 3; f++) {
        for (int before = 0; before < 2; before++) {
            subject s;
            kit_table table;
            subject_init(&s, CS_ARROW_TEXTS, NULL, "a str", 1);
            CHECK_EQUAL(cs_pool_grow(&s.pool, (size_t)before), CS_OK);
            kit_table_init(&table, 1, 6);
            kit_texts(&table, 0, "x", formats[f], arrow_texts, 2);
            CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
            for (size_t i = 0; i < 6; i++) {
                expect_text(&s.pool, i + (size_t)before, arrow_texts[i]);
            }
            CHECK_EQUAL(cs_column_set_text(&s.pool.columns[0], 0, s.pool.rows,
                                           "written after the import", 24),
                        CS_OK);
            subject_clear(&s);
        }
    }
}

static void test_a_dictionary_is_expanded_into_texts(void) {
    const int16_t indexes[5] = {2, 0, 1, 0, 2};
    static const char *const words[3] = {"a word of more than twelve bytes", NULL, "b"};
    subject s;
    kit_table table;
    subject_init(&s, CS_ARROW_TEXTS, NULL, "a str", 1);
    kit_table_init(&table, 1, 5);
    kit_codes(&table, 0, "x", "s", indexes, 2, "U", words, 3);
    CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
    for (size_t i = 0; i < 5; i++) { expect_text(&s.pool, i, words[indexes[i]]); }
    subject_clear(&s);
    subject_init(&s, CS_ARROW_TEXTS, NULL, "a str", 0);
    kit_table_init(&table, 1, 5);
    kit_codes(&table, 0, "x", "s", indexes, 2, "vu", words, 3);
    expect(&s, &table, CS_ARROW_VALUE,
           "column 'x', row 2: expected a str, got null; the field does not allow None");
    subject_clear(&s);
}

static void test_text_that_is_no_utf8_is_refused(void) {
    static const char *const wrong[] = {"\x80",
                                        "\xC0\x80",
                                        "\xC3",
                                        "\xE0\x80\x80",
                                        "\xED\xA0\x80",
                                        "\xF4\x90\x80\x80",
                                        "\xF5\x80\x80\x80",
                                        "long enough to be out of line \xFF",
                                        "\xE2\x82",
                                        "abcdefgh\xC3"};
    static const char *const formats[] = {"u", "U", "vu"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char *const two[2] = {"fine \xF4\x8F\xBF\xBF\xED\x9F\xBF\xEE\x80\x80", wrong[i]};
        subject s;
        kit_table table;
        subject_init(&s, CS_ARROW_TEXTS, NULL, "a str", 0);
        kit_table_init(&table, 1, 2);
        kit_texts(&table, 0, "x", formats[i % 3], two, 1);
        expect(&s, &table, CS_ARROW_VALUE, "column 'x', row 1: the text is not valid UTF-8");
        subject_clear(&s);
    }
}

static void test_texts_for_objects_are_looked_at_and_handed_out(void) {
    static const char *const bytes[3] = {"\xFF\xFE", NULL, "binary of more than twelve bytes"};
    static const char *const formats[] = {"z", "Z", "vz"};
    for (size_t f = 0; f < 3; f++) {
        subject s;
        kit_table table;
        cs_arrow_import *import;
        cs_text text;
        subject_init(&s, CS_ARROW_BYTES, NULL, "bytes", 1);
        kit_table_init(&table, 1, 3);
        kit_texts(&table, 0, "x", formats[f], bytes, 1);
        CHECK_EQUAL(new_import(&s, &table, &import), CS_OK);
        CHECK_EQUAL(cs_arrow_import_add(import, &table.array, 0, &s.error), CS_OK);
        kit_table_clear(&table);
        kit_table_init(&table, 1, 3);
        kit_texts(&table, 0, "x", formats[f], bytes, 1);
        CHECK_EQUAL(cs_arrow_import_add(import, &table.array, 0, &s.error), CS_OK);
        for (size_t row = 0; row < 6; row++) {
            CHECK_EQUAL(cs_arrow_import_text(import, 0, row, &text), bytes[row % 3] != NULL);
            if (bytes[row % 3] != NULL) {
                CHECK(text.size == strlen(bytes[row % 3]) &&
                      memcmp(text.data, bytes[row % 3], text.size) == 0);
            }
        }
        CHECK_EQUAL(cs_arrow_import_apply(import, &s.pool, &s.error), CS_OK);
        CHECK(s.pool.rows == 6 && int_at(&s.pool, 0) == 0);
        cs_arrow_import_free(import);
        kit_table_clear(&table);
        subject_clear(&s);
    }
}

/* ---- codes ---- */

static void test_texts_become_codes_that_the_caller_gives(void) {
    static const char *const colours[7] = {"red",  "blue", NULL, "red", "a colour with a long name",
                                           "blue", "red"};
    static const char *const words[3] = {"red", "blue", "a colour with a long name"};
    static const char *const formats[] = {"u", "U", "vu"};
    for (size_t f = 0; f < 3; f++) {
        subject s;
        kit_table table;
        cs_arrow_import *import;
        size_t row;
        subject_init(&s, CS_ARROW_CODES, NULL, "a str", 1);
        kit_table_init(&table, 1, 7);
        kit_texts(&table, 0, "x", formats[f], colours, 1);
        CHECK_EQUAL(new_import(&s, &table, &import), CS_OK);
        CHECK_EQUAL(cs_arrow_import_add(import, &table.array, 0, &s.error), CS_OK);
        CHECK_EQUAL(cs_arrow_import_words(import, 0), 3);
        for (size_t i = 0; i < 3; i++) {
            const cs_text word = cs_arrow_import_word(import, 0, i, &row);
            CHECK(word.size == strlen(words[i]) && memcmp(word.data, words[i], word.size) == 0);
            CHECK_EQUAL(row, i < 2 ? i : 4);
            cs_arrow_import_set_code(import, 0, i, (uint32_t)(10 + i));
        }
        CHECK_EQUAL(cs_arrow_import_apply(import, &s.pool, &s.error), CS_OK);
        cs_arrow_import_free(import);
        for (size_t i = 0; i < 7; i++) {
            CHECK_EQUAL(cs_column_is_valid(&s.pool.columns[0], i), colours[i] != NULL);
            CHECK_EQUAL(s.pool.columns[0].data[i], colours[i] == NULL     ? 0
                                                   : colours[i][0] == 'r' ? 10
                                                   : colours[i][0] == 'b' ? 11
                                                                          : 12);
        }
        kit_table_clear(&table);
        subject_clear(&s);
    }
}

static void test_only_the_words_that_rows_use_are_told(void) {
    static const char *const words[5] = {"unused", "b", "never", "d", "b"};
    for (size_t i = 0; i < 8; i++) {
        uint8_t indexes[32] = {0};
        const size_t width = integers[i].width;
        const int64_t values[4] = {3, 1, 3, 4};
        for (size_t j = 0; j < 4; j++) { put_int(indexes + j * width, width, values[j]); }
        subject s;
        kit_table table;
        cs_arrow_import *import;
        size_t row;
        subject_init(&s, CS_ARROW_CODES, NULL, "a str", 0);
        kit_table_init(&table, 1, 4);
        kit_codes(&table, 0, "x", integers[i].format, indexes, width, "u", words, 5);
        CHECK_EQUAL(new_import(&s, &table, &import), CS_OK);
        CHECK_EQUAL(cs_arrow_import_add(import, &table.array, 0, &s.error), CS_OK);
        CHECK_EQUAL(cs_arrow_import_words(import, 0), 2);
        CHECK(cs_arrow_import_word(import, 0, 0, &row).data[0] == 'b' && row == 1);
        CHECK(cs_arrow_import_word(import, 0, 1, &row).data[0] == 'd' && row == 0);
        cs_arrow_import_set_code(import, 0, 0, 300); /* so the column must become wider */
        CHECK_EQUAL(cs_arrow_import_apply(import, &s.pool, &s.error), CS_OK);
        CHECK(s.pool.columns[0].width == 2 && int_at(&s.pool, 0) == 1 &&
              int_at(&s.pool, 1) == 300 && int_at(&s.pool, 3) == 300);
        cs_arrow_import_free(import);
        kit_table_clear(&table);
        subject_clear(&s);
    }
}

static void test_batches_with_other_dictionaries_share_their_words(void) {
    static const char *const first[2] = {"a", "b"}, *const second[2] = {"c", "a"};
    const uint8_t indexes[2] = {0, 1};
    subject s;
    kit_table table, other;
    cs_arrow_import *import;
    size_t row;
    subject_init(&s, CS_ARROW_CODES, NULL, "a str", 0);
    kit_table_init(&table, 1, 2);
    kit_codes(&table, 0, "x", "C", indexes, 1, "u", first, 2);
    kit_table_init(&other, 1, 2);
    kit_codes(&other, 0, "x", "C", indexes, 1, "u", second, 2);
    CHECK_EQUAL(new_import(&s, &table, &import), CS_OK);
    CHECK_EQUAL(cs_arrow_import_add(import, &table.array, 0, &s.error), CS_OK);
    CHECK_EQUAL(cs_arrow_import_add(import, &other.array, 0, &s.error), CS_OK);
    CHECK_EQUAL(cs_arrow_import_words(import, 0), 3);
    CHECK(cs_arrow_import_word(import, 0, 2, &row).data[0] == 'c' && row == 2);
    CHECK_EQUAL(cs_arrow_import_apply(import, &s.pool, &s.error), CS_OK);
    CHECK(s.pool.rows == 4 && int_at(&s.pool, 0) == 0 && int_at(&s.pool, 1) == 1 &&
          int_at(&s.pool, 2) == 2 && int_at(&s.pool, 3) == 0);
    cs_arrow_import_free(import);
    kit_table_clear(&table);
    kit_table_clear(&other);
    subject_clear(&s);
}

static void test_a_code_too_large_for_a_column_of_fixed_width_is_refused(void) {
    static const char *const words[1] = {"a"};
    const uint8_t index = 0;
    subject s;
    kit_table table;
    cs_arrow_import *import;
    subject_init(&s, CS_ARROW_CODES, NULL, "a str", 0);
    s.target.fixed_width = 1;
    kit_table_init(&table, 1, 1);
    kit_codes(&table, 0, "x", "C", &index, 1, "u", words, 1);
    CHECK_EQUAL(new_import(&s, &table, &import), CS_OK);
    CHECK_EQUAL(cs_arrow_import_add(import, &table.array, 0, &s.error), CS_OK);
    cs_arrow_import_set_code(import, 0, 0, 256);
    CHECK_EQUAL(cs_arrow_import_apply(import, &s.pool, &s.error), CS_INVALID);
    CHECK_EQUAL(s.pool.rows, 0);
    cs_arrow_import_free(import);
    kit_table_clear(&table);
    subject_clear(&s);
}

static void test_thousands_of_words(void) {
    enum { MANY = 5000 };
    static const char *names[MANY];
    static char room[MANY][8];
    for (size_t i = 0; i < MANY; i++) {
        sprintf(room[i], "w%zu", i / 2);
        names[i] = room[i];
    }
    subject s;
    kit_table table;
    subject_init(&s, CS_ARROW_CODES, NULL, "a str", 0);
    kit_table_init(&table, 1, MANY);
    kit_texts(&table, 0, "x", "u", names, 1);
    CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
    CHECK_EQUAL(s.pool.columns[0].width, 2);
    for (size_t i = 0; i < MANY; i++) { CHECK_EQUAL(int_at(&s.pool, i), i / 2); }
    subject_clear(&s);
}

const test_case arrow_import_tests[] = {
    TEST(test_every_integer_goes_into_every_width_that_holds_it),
    TEST(test_long_columns_are_converted_block_by_block),
    TEST(test_integers_become_floats_only_where_that_is_exact),
    TEST(test_floats_are_widened_and_rounded_but_do_not_become_infinite),
    TEST(test_flags_have_no_unknown_bits),
    TEST(test_times_of_every_unit_become_microseconds),
    TEST(test_times_that_do_not_fit_are_refused),
    TEST(test_dates_of_both_widths),
    TEST(test_other_zones_than_utc_are_refused_with_advice),
    TEST(test_bits_become_bytes),
    TEST(test_nulls_go_into_nullable_columns_and_leave_zeros),
    TEST(test_a_null_in_a_column_that_takes_none_is_named),
    TEST(test_a_column_of_nothing_but_nulls_fits_every_nullable_one),
    TEST(test_texts_of_every_format),
    TEST(test_a_dictionary_is_expanded_into_texts),
    TEST(test_text_that_is_no_utf8_is_refused),
    TEST(test_texts_for_objects_are_looked_at_and_handed_out),
    TEST(test_texts_become_codes_that_the_caller_gives),
    TEST(test_only_the_words_that_rows_use_are_told),
    TEST(test_batches_with_other_dictionaries_share_their_words),
    TEST(test_a_code_too_large_for_a_column_of_fixed_width_is_refused),
    TEST(test_thousands_of_words),
    END_OF_TESTS,
};
