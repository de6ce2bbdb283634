#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "arrow_kit.h"
#include "check.h"

/* One column of a pool, and what it takes. */
typedef struct {
    counting_allocator counting;
    cs_pool pool;
    cs_arrow_target target;
    cs_arrow_error error;
} subject;

static void subject_init(subject *s, cs_arrow_want want, const char *format, const char *expected, uint8_t nullable) {
    const char last = format != NULL ? format[strlen(format) - 1] : 'l';
    const uint32_t width = format == NULL || format[0] == 't' ? 8
                           : strchr("cC", last)               ? 1
                           : strchr("sS", last)               ? 2
                           : strchr("iIf", last)              ? 4
                                                              : 8;
    cs_column_spec spec = {CS_COLUMN_FIXED, nullable, width};
    if (want == CS_ARROW_TEXTS) { spec = (cs_column_spec){CS_COLUMN_TEXT, nullable, 16}; }
    if (want == CS_ARROW_BITS || want == CS_ARROW_CODES) { spec.width = 1; }
    if (want == CS_ARROW_STR || want == CS_ARROW_BYTES) { spec = (cs_column_spec){CS_COLUMN_POINTER, 0, 8}; }
    if (format != NULL && strcmp(format, "tdD") == 0) { spec.width = 4; }
    memset(s, 0, sizeof *s);
    kit_alive = 0; /* a test that failed may have left some */
    counting_init(&s->counting);
    CHECK_EQUAL(cs_pool_init(&s->pool, &s->counting.allocator, &spec, 1), CS_OK);
    s->target = (cs_arrow_target){.name = "x", .expected = expected, .format = format, .want = (uint8_t)want, .nullable = nullable};
}

static void subject_clear(subject *s) {
    cs_pool_clear(&s->pool);
    CHECK_EQUAL(s->counting.live_blocks, 0);
    CHECK_EQUAL(kit_alive, 0);
}

static cs_status new_import(subject *s, const kit_table *table, cs_arrow_import **import) {
    return cs_arrow_import_new(import, &s->counting.allocator, &s->target, 1, &table->schema, &s->error);
}

/* Import the table, and free it. */
static cs_status import_table(subject *s, kit_table *table, int trusted) {
    cs_arrow_import *import;
    const size_t rows = s->pool.rows;
    cs_status status = new_import(s, table, &import);
    if (status == CS_OK) {
        status = cs_arrow_import_add(import, &table->array, trusted, &s->error);
        CHECK(table->array.release == NULL);
        if (status == CS_OK) { status = cs_arrow_import_apply(import, &s->pool, &s->error); }
        cs_arrow_import_free(import);
    }
    kit_table_clear(table);
    CHECK_EQUAL(cs_pool_check(&s->pool), 0);
    if (status != CS_OK) { CHECK_EQUAL(s->pool.rows, rows); }
    return status;
}

static void expect(subject *s, kit_table *table, cs_arrow_fault fault, const char *message) {
    const cs_status status = import_table(s, table, 0);
    if (status != CS_INVALID || strcmp(s->error.message, message) != 0) {
        fprintf(stderr, "status %d, message: %s\n   instead of: %s\n", (int)status, s->error.message, message);
    }
    CHECK_EQUAL(status, CS_INVALID);
    CHECK(strcmp(s->error.message, message) == 0);
    CHECK_EQUAL(s->error.fault, fault);
}

static int64_t int_at(const cs_pool *pool, size_t row) {
    const cs_column *column = &pool->columns[0];
    int64_t value = 0;
    switch (column->width) {
    case 1: value = ((const int8_t *)column->data)[row]; break;
    case 2: value = ((const int16_t *)(const void *)column->data)[row]; break;
    case 4: value = ((const int32_t *)(const void *)column->data)[row]; break;
    default: memcpy(&value, column->data + row * 8, 8); break;
    }
    return value;
}

static void expect_text(const cs_pool *pool, size_t row, const char *text) {
    const cs_column *column = &pool->columns[0];
    cs_text found;
    CHECK_EQUAL(cs_column_is_valid(column, row), text != NULL);
    if (text == NULL) { return; }
    CHECK_EQUAL(cs_column_text(column, row, &found), 0);
    CHECK(found.size == strlen(text) && memcmp(found.data, text, found.size) == 0);
}

/* ---- numbers ---- */

static const struct {
    const char *format;
    size_t width;
} integers[] = {{"c", 1}, {"s", 2}, {"i", 4}, {"l", 8}, {"C", 1}, {"S", 2}, {"I", 4}, {"L", 8}};

static void put_int(uint8_t *to, size_t width, int64_t value) {
    for (size_t i = 0; i < width; i++) { to[i] = (uint8_t)((uint64_t)value >> (8 * i)); } /* the tests run on little-endian machines */
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
                int64_t value = values[v]; /* as it is in the width of the source */
                if (width < 8) {
                    value &= (INT64_C(1) << (8 * width)) - 1;
                    if (from_signed && value >> (8 * width - 1)) { value -= INT64_C(1) << (8 * width); }
                }
                const int big = !from_signed && width == 8 && value < 0; /* above INT64_MAX */
                int fits = to_signed ? !big && (bits == 64 || (value >= -(INT64_C(1) << (bits - 1)) && value < INT64_C(1) << (bits - 1)))
                           : big     ? bits == 64
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
                    CHECK(memcmp(s.pool.columns[0].data + 2 * integers[to].width, expected, integers[to].width) == 0);
                } else {
                    char message[100];
                    if (big) {
                        sprintf(message, "column 'x', row 2: %" PRIu64 " is out of range for this", (uint64_t)value);
                    } else {
                        sprintf(message, "column 'x', row 2: %" PRId64 " is out of range for this", value);
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
    CHECK(doubles[1] == -9007199254740992.0 && doubles[2] == 9007199254740994.0 && doubles[3] == -9223372036854775808.0);
    kit_table_init(&table, 1, 2);
    kit_fixed(&table, 0, "x", "l", bad, 8);
    expect(&s, &table, CS_ARROW_RANGE, "column 'x', row 1: 9007199254740993 cannot be kept exactly as float");
    bad[1] = -exact - 1;
    kit_table_init(&table, 1, 2);
    kit_fixed(&table, 0, "x", "l", bad, 8);
    expect(&s, &table, CS_ARROW_RANGE, "column 'x', row 1: -9007199254740993 cannot be kept exactly as float");
    bad[1] = -1;
    kit_table_init(&table, 1, 2);
    kit_fixed(&table, 0, "x", "L", bad, 8);
    expect(&s, &table, CS_ARROW_RANGE, "column 'x', row 1: 18446744073709551615 cannot be kept exactly as float");
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

static void expect_times(const char *want, const char *format, const int64_t *values, const int64_t *results, size_t count) {
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
    const int64_t v[3] = {-3, 0, 1234}, s[3] = {-3000000, 0, 1234000000}, ms[3] = {-3000, 0, 1234000}, ns[3] = {-3000, 0, 1234000};
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
    refuse_time("tsu:", "tsn:", 1500, "column 'x', row 1: 1500 ns is no whole number of microseconds");
    refuse_time("tsu:", "tss:", INT64_MAX, "column 'x', row 1: 9223372036854775807 s is out of range for time");
    refuse_time("tsu:", "tss:", INT64_MIN, "column 'x', row 1: -9223372036854775808 s is out of range for time");
    refuse_time("tsu:", "tsu:", INT64_C(253402300800000000), "column 'x', row 1: 253402300800000000 us is out of range for time");
    refuse_time("tsu:", "tsm:", INT64_C(253402300800000), "column 'x', row 1: 253402300800000 ms is out of range for time");
    refuse_time("tsu:", "tsu:", INT64_C(-62135596800000001), "column 'x', row 1: -62135596800000001 us is out of range for time");
    refuse_time("tDu", "tDu", INT64_MIN, "column 'x', row 1: -9223372036854775808 us is out of range for time"); /* not a time */
    refuse_time("tDu", "tDs", INT64_MAX / 1000, "column 'x', row 1: 9223372036854775 s is out of range for time");
    refuse_time("tdD", "tdm", 86400001, "column 'x', row 1: 86400001 ms is no whole number of days");
    refuse_time("tdD", "tdm", INT64_C(86400000) * 2932897, "column 'x', row 1: 253402300800000 ms is out of range for time");
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
    CHECK(int_at(&s.pool, 0) == -1 && int_at(&s.pool, 1) == 2932896 && int_at(&s.pool, 2) == -719162);
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
         "column 'x': expected datetime, got Arrow format 'tsu:Europe/Paris' (timestamp in us); convert it to UTC"},
        {"tsu:", "tsu:UTC", "column 'x': expected datetime, got Arrow format 'tsu:UTC' (timestamp in us)"},
        {"tsu:UTC", "tss:", "column 'x': expected datetime, got Arrow format 'tss:' (timestamp in s)"},
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
    for (size_t i = 0; i < 11; i++) { CHECK_EQUAL(s.pool.columns[0].data[i], bits[i / 8] >> (i % 8) & 1); }
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
    expect(&s, &table, CS_ARROW_VALUE, "column 'x', row 7: expected int32, got null; the field does not allow None");
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
    expect(&s, &table, CS_ARROW_VALUE, "column 'x', row 0: expected int, got null; the field does not allow None");
    subject_clear(&s);
}

/* ---- texts ---- */

static const char *const texts[6] = {
    "", "short", NULL, "twelve bytes", "thirteen byte", "a long text with \xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80 in it"};

static void test_texts_of_every_format(void) {
    static const char *const formats[] = {"u", "U", "vu"};
    for (size_t f = 0; f < 3; f++) {
        for (int before = 0; before < 2; before++) {
            subject s;
            kit_table table;
            subject_init(&s, CS_ARROW_TEXTS, NULL, "a str", 1);
            CHECK_EQUAL(cs_pool_grow(&s.pool, (size_t)before), CS_OK);
            kit_table_init(&table, 1, 6);
            kit_texts(&table, 0, "x", formats[f], texts, 2);
            CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
            for (size_t i = 0; i < 6; i++) { expect_text(&s.pool, i + (size_t)before, texts[i]); }
            CHECK_EQUAL(cs_column_set_text(&s.pool.columns[0], 0, s.pool.rows, "written after the import", 24), CS_OK);
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
    expect(&s, &table, CS_ARROW_VALUE, "column 'x', row 2: expected a str, got null; the field does not allow None");
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
            if (bytes[row % 3] != NULL) { CHECK(text.size == strlen(bytes[row % 3]) && memcmp(text.data, bytes[row % 3], text.size) == 0); }
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
    static const char *const colours[7] = {"red", "blue", NULL, "red", "a colour with a long name", "blue", "red"};
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
            CHECK_EQUAL(s.pool.columns[0].data[i], colours[i] == NULL ? 0 : colours[i][0] == 'r' ? 10 : colours[i][0] == 'b' ? 11 : 12);
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
        CHECK(s.pool.columns[0].width == 2 && int_at(&s.pool, 0) == 1 && int_at(&s.pool, 1) == 300 && int_at(&s.pool, 3) == 300);
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
    CHECK(s.pool.rows == 4 && int_at(&s.pool, 0) == 0 && int_at(&s.pool, 1) == 1 && int_at(&s.pool, 2) == 2 && int_at(&s.pool, 3) == 0);
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
    CHECK_EQUAL(cs_column_writable(&s.pool.columns[0], 4, 9), CS_OK); /* the first write makes a copy, and the array is released */
    CHECK(s.pool.columns[0].data != data);
    CHECK_EQUAL(kit_alive, 0);
    CHECK_EQUAL(int_at(&s.pool, 8), 9);
    subject_clear(&s);
}

static void test_rows_appended_after_a_batch_that_was_taken_over_are_zero_and_null(void) {
    const int32_t values[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    for (int dirty = 0; dirty < 2; dirty++) {
        const uint8_t valid[2] = {0xFD, dirty ? 0xFF : 0x01}; /* what lies behind the last row is anything */
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
    kit_texts(&table, 0, "x", "vu", texts, 2);
    const void *views = table.array.children[0]->buffers[1], *segment = table.array.children[0]->buffers[2];
    CHECK_EQUAL(import_table(&s, &table, 0), CS_OK);
    const cs_column *column = &s.pool.columns[0];
    CHECK(column->data == views && column->heap.count == 2 && column->heap.segments[0].buffer->data == segment);
    CHECK(column->heap.dead == 0 && column->heap.live == 13 + strlen(texts[5]));
    CHECK_EQUAL(cs_column_writable(&s.pool.columns[0], 3, 6), CS_OK);
    for (size_t i = 0; i < 6; i++) {
        CHECK_EQUAL(cs_column_set_text(&s.pool.columns[0], i, 6, "THIRTEEN BYTE", 13), CS_OK);
        cs_column_set_valid(&s.pool.columns[0], i, 1);
    }
    CHECK_EQUAL(cs_pool_check(&s.pool), 0);
    for (size_t i = 0; i < 6; i++) { expect_text(&s.pool, i, "THIRTEEN BYTE"); }
    CHECK(kit_alive > 0);
    CHECK_EQUAL(cs_column_tidy_text(&s.pool.columns[0], 6), CS_OK);
    CHECK_EQUAL(kit_alive, 0); /* nothing of the array is needed any more */
    subject_clear(&s);
}

static void test_views_that_share_their_bytes_are_copied_or_never_written_over(void) {
    static const char *const long_texts[3] = {"the very same text", "the very same text", "and another of them"};
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
        static const char *const long_texts[2] = {"a text of more than twelve bytes", "\xFF and that is no UTF-8 at all"};
        kit_table_init(&table, 1, 2);
        kit_texts(&table, 0, "x", "vu", long_texts, 1);
        ((cs_view *)(uintptr_t)table.array.children[0]->buffers[1])[0].out.offset = 1000;
        cs_arrow_import *import;
        CHECK_EQUAL(new_import(&s, &table, &import), CS_OK);
        CHECK_EQUAL(cs_arrow_import_add(import, &table.array, 1, &s.error), CS_OK);
        /* Into an empty pool as they are; behind rows they are copied, and so looked at. */
        CHECK_EQUAL(cs_arrow_import_apply(import, &s.pool, &s.error), before ? CS_INVALID : CS_OK);
        if (before) {
            CHECK(strcmp(s.error.message, "column 'x', row 0: the Arrow array is broken: the text lies outside of its buffer") == 0);
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
    CHECK_EQUAL(cs_arrow_import_add(import, &table.array, CS_ARROW_TRUSTED | CS_ARROW_PRIVATE, &s.error), CS_OK);
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
    CHECK_EQUAL(cs_column_share(column, 9, &exported, &validity), CS_OK); /* a snapshot of it is one */
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
    CHECK_EQUAL(cs_arrow_import_add(import, &table.array, CS_ARROW_PRIVATE, &s.error), CS_OK);
    CHECK_EQUAL(cs_arrow_import_apply(import, &s.pool, &s.error), CS_OK);
    cs_arrow_import_free(import);
    kit_table_clear(&table);
    CHECK_EQUAL(cs_pool_remove(&s.pool, 2, 3), CS_OK);
    CHECK_EQUAL(cs_pool_grow(&s.pool, 2), CS_OK);
    CHECK_EQUAL(cs_pool_check(&s.pool), 0);
    CHECK(int_at(&s.pool, 2) == 6 && int_at(&s.pool, 6) == 0 && cs_column_nulls(&s.pool.columns[0], 0, 8) == 2);
    CHECK_EQUAL(cs_pool_compact(&s.pool), CS_OK);
    CHECK_EQUAL(cs_pool_check(&s.pool), 0);
    subject_clear(&s);
}

static void test_our_own_export_comes_back_without_a_copy(void) {
    static const cs_column_spec specs[2] = {{CS_COLUMN_FIXED, 1, 8}, {CS_COLUMN_TEXT, 0, 16}};
    static const cs_arrow_target targets[2] = {{.name = "n", .expected = "int", .format = "l", .nullable = 1, .column = 0},
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
        CHECK_EQUAL(cs_column_set_text(&from.columns[1], i, 100, text, (size_t)sprintf(text, "text number %zu", i * i)), CS_OK);
    }
    const cs_arrow_field fields[2] = {{.name = "n", .format = "l", .nullable = 1, .column = &from.columns[0]},
                                      {.name = "t", .format = "vu", .column = &from.columns[1]}};
    CHECK_EQUAL(cs_arrow_export_schema(fields, 2, &counting.allocator, &schema), CS_OK);
    CHECK_EQUAL(cs_arrow_export_array(fields, 2, 100, 0, 100, &counting.allocator, &array, &error), CS_OK);
    CHECK_EQUAL(cs_arrow_import_new(&import, &counting.allocator, targets, 2, &schema, &error), CS_OK);
    schema.release(&schema);
    CHECK_EQUAL(cs_arrow_import_add(import, &array, 0, &error), CS_OK);
    CHECK_EQUAL(cs_arrow_import_apply(import, &to, &error), CS_OK);
    cs_arrow_import_free(import);
    CHECK(to.columns[0].data == from.columns[0].data && to.columns[1].data == from.columns[1].data);
    CHECK(to.columns[1].heap.segments[0].buffer->data == from.columns[1].heap.segments[0].buffer->data);
    /* Both are written, and neither sees the other. */
    for (size_t i = 0; i < 100; i++) {
        CHECK_EQUAL(cs_column_writable(&from.columns[1], i, 100), CS_OK);
        CHECK_EQUAL(cs_column_set_text(&from.columns[1], i, 100, "from has other texts", 20), CS_OK);
    }
    cs_pool_clear(&from);
    CHECK_EQUAL(cs_pool_check(&to), 0);
    for (size_t i = 0; i < 100; i++) {
        char text[40];
        cs_text found;
        CHECK_EQUAL(cs_column_text(&to.columns[1], i, &found), 0);
        CHECK(found.size == (size_t)sprintf(text, "text number %zu", i * i) && memcmp(found.data, text, found.size) == 0);
    }
    cs_pool_clear(&to);
    CHECK_EQUAL(counting.live_blocks, 0);
}

/* ---- columns by name ---- */

static void test_columns_are_found_by_name(void) {
    static const cs_column_spec specs[3] = {{CS_COLUMN_FIXED, 0, 4}, {CS_COLUMN_FIXED, 1, 4}, {CS_COLUMN_FIXED, 0, 4}};
    const cs_arrow_target targets[2] = {{.name = "a", .expected = "int32", .format = "i", .column = 2},
                                        {.name = "b", .expected = "int32", .format = "i", .column = 1, .nullable = 1, .optional = 1}};
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
        CHECK_EQUAL(cs_arrow_import_new(&import, &counting.allocator, targets, 2, &table.schema, &error), CS_OK);
        CHECK_EQUAL(cs_arrow_import_add(import, &table.array, 0, &error), CS_OK);
        CHECK_EQUAL(cs_arrow_import_found(import, 1), columns == 2);
        CHECK_EQUAL(cs_arrow_import_apply(import, &pool, &error), CS_OK);
        cs_arrow_import_free(import);
        CHECK_EQUAL(cs_pool_check(&pool), 0);
        CHECK(((int32_t *)(void *)pool.columns[2].data)[1] == 2 && ((int32_t *)(void *)pool.columns[0].data)[1] == 0);
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
    expect(&s, &table, CS_ARROW_TYPE, "column 'x': expected int32, got Arrow format 'i' with a dictionary of 'u'");
    subject_clear(&s);
    subject_init(&s, CS_ARROW_CODES, NULL, "a str", 0);
    kit_table_init(&table, 1, 1);
    kit_codes(&table, 0, "x", "i", &index, 4, "z", words, 1);
    expect(&s, &table, CS_ARROW_TYPE, "column 'x': expected a str, got Arrow format 'i' with a dictionary of 'z'");
    subject_clear(&s);
}

static void test_something_else_than_a_table_is_refused(void) {
    subject s;
    kit_table table;
    subject_init(&s, CS_ARROW_FIXED, "i", "int32", 0);
    kit_schema(&table.schema, "", "l", 0);
    kit_array(&table.array, 2, 0, 0);
    expect(&s, &table, CS_ARROW_TYPE, "expected a table or a record batch (Arrow format '+s'), got Arrow format 'l'");
    subject_clear(&s);
}

/* ---- arrays that lie ---- */

/* A good table of each of these formats, spoilt by `spoil`, gives the message. */
static void expect_lie(const char *format, void (*spoil)(struct ArrowArray *table, struct ArrowArray *child), const char *message) {
    static const char *const words[3] = {"a", "the second word, which is longer", "c"};
    const int32_t values[3] = {0, 1, 2};
    const int is_code = strcmp(format, "dictionary") == 0, is_int = strcmp(format, "i") == 0;
    subject s;
    kit_table table;
    subject_init(&s, is_int ? CS_ARROW_FIXED : is_code ? CS_ARROW_CODES : CS_ARROW_TEXTS, is_int ? "i" : NULL, "this", 1);
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
    expect_lie("i", table_children, "the Arrow array is broken: it has not the columns of its schema");
    expect_lie("i", table_no_children, "the Arrow array is broken: it has not the columns of its schema");
    expect_lie("i", table_buffers, "the Arrow array is broken: the number of its buffers is not that of a struct");
    expect_lie("i", table_nulls, "the Arrow array is broken: it says that it has nulls, and has no validity buffer");
    expect_lie("i", table_null_count, "the Arrow array is broken: its null count is impossible");
    expect_lie("i", child_length, "column 'x': the Arrow array is broken: its length or offset is negative");
    expect_lie("i", child_short, "column 'x': the Arrow array is broken: it is shorter than the table it is in");
    expect_lie("i", child_offset, "column 'x': the Arrow array is broken: its length or offset is negative");
    expect_lie("i", child_overflow, "column 'x': the Arrow array is broken: its length and offset are beyond all memory");
    expect_lie("i", child_overflow_both, "column 'x': the Arrow array is broken: its length and offset are beyond all memory");
    expect_lie("i", child_buffers, "column 'x': the Arrow array is broken: the number of its buffers is not that of its format");
    expect_lie("i", child_no_buffers, "column 'x': the Arrow array is broken: the number of its buffers is not that of its format");
    expect_lie("i", child_buffers_missing, "column 'x': the Arrow array is broken: its buffers are missing");
    expect_lie("i", child_values_missing, "column 'x': the Arrow array is broken: the buffer of its values is missing");
    expect_lie("i", child_null_count, "column 'x': the Arrow array is broken: its null count is impossible");
    expect_lie("i", child_null_count_below, "column 'x': the Arrow array is broken: its null count is impossible");
    expect_lie("i", child_nulls_without_validity,
               "column 'x': the Arrow array is broken: it says that it has nulls, and has no validity buffer");
    expect_lie("i", child_wrong_null_count, "column 'x': the Arrow array is broken: its null count is not that of its validity buffer");
    expect_lie("i", child_more_nulls, "column 'x': the Arrow array is broken: its null count is not that of its validity buffer");
    expect_lie("i", child_children, "column 'x': the Arrow array is broken: it has children");
    expect_lie("i", child_released, "column 'x': the Arrow array is broken: it was released already");
    expect_lie("i", no_child, "column 'x': the Arrow array is broken: it was released already");
    expect_lie("u", text_negative, "column 'x', row 0: the Arrow array is broken: a text offset is negative");
    expect_lie("u", text_decreasing, "column 'x', row 1: the Arrow array is broken: its text offsets decrease");
    expect_lie("U", large_negative, "column 'x', row 1: the Arrow array is broken: a text offset is negative");
    expect_lie("U", large_decreasing, "column 'x', row 2: the Arrow array is broken: its text offsets decrease");
    expect_lie("u", text_bytes_missing, "column 'x', row 0: the Arrow array is broken: the text lies outside of its buffer");
    expect_lie("vu", view_segment, "column 'x', row 1: the Arrow array is broken: the text lies outside of its buffer");
    expect_lie("vu", view_segment_negative, "column 'x', row 1: the Arrow array is broken: the text lies outside of its buffer");
    expect_lie("vu", view_offset, "column 'x', row 1: the Arrow array is broken: the text lies outside of its buffer");
    expect_lie("vu", view_offset_negative, "column 'x', row 1: the Arrow array is broken: the text lies outside of its buffer");
    expect_lie("vu", view_offset_large, "column 'x', row 1: the Arrow array is broken: the text lies outside of its buffer");
    expect_lie("vu", view_size, "column 'x', row 1: the Arrow array is broken: the text lies outside of its buffer");
    expect_lie("vu", view_size_negative, "column 'x', row 0: the Arrow array is broken: the text lies outside of its buffer");
    expect_lie("vu", view_prefix, "column 'x', row 1: the Arrow array is broken: the view does not begin as its text does");
    expect_lie("vu", view_padding, "column 'x', row 0: the Arrow array is broken: the view does not begin as its text does");
    expect_lie("vu", view_sizes_missing, "column 'x': the Arrow array is broken: the sizes of its text buffers are missing");
    expect_lie("vu", view_size_of_segment, "column 'x': the Arrow array is broken: the size of a text buffer is negative");
    expect_lie("vu", view_size_of_segment_small, "column 'x', row 1: the Arrow array is broken: the text lies outside of its buffer");
    expect_lie("vu", view_segment_missing, "column 'x': the Arrow array is broken: a text buffer is missing");
    expect_lie("vu", view_few_buffers, "column 'x': the Arrow array is broken: the number of its buffers is not that of its format");
    expect_lie("dictionary", index_beyond, "column 'x', row 2: the Arrow array is broken: its index is beyond the dictionary");
    expect_lie("dictionary", index_negative, "column 'x', row 1: the Arrow array is broken: its index is beyond the dictionary");
    expect_lie("dictionary", dictionary_missing, "column 'x': its dictionary is missing");
    expect_lie("dictionary", dictionary_released, "column 'x': the Arrow array is broken: it was released already");
    expect_lie("dictionary", dictionary_length, "column 'x': the Arrow array is broken: its length or offset is negative");
    expect_lie("dictionary", dictionary_text, "column 'x', dictionary entry 1: the Arrow array is broken: its text offsets decrease");
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
        CHECK_EQUAL(cs_arrow_import_new(&import, &s.counting.allocator, &s.target, 1, &schema, &s.error), CS_INVALID);
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

/* ---- empty ones, and memory ---- */

static void test_batches_without_rows(void) {
    static const char *const formats[] = {"u", "U", "vu"};
    for (size_t f = 0; f < 3; f++) {
        for (int missing = 0; missing < 2; missing++) {
            subject s;
            kit_table table;
            subject_init(&s, CS_ARROW_TEXTS, NULL, "a str", 0);
            kit_table_init(&table, 1, 0);
            kit_texts(&table, 0, "x", formats[f], texts, 1);
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
    kit_texts(&table, 0, "x", "u", texts, 1);
    CHECK_EQUAL(new_import(&s, &table, &import), CS_OK); /* a stream of no batches */
    CHECK_EQUAL(cs_arrow_import_apply(import, &s.pool, &s.error), CS_OK);
    cs_arrow_import_free(import);
    cs_arrow_import_free(NULL);
    kit_table_clear(&table);
    subject_clear(&s);
}

static void test_each_allocation_that_fails_imports_nothing_and_leaks_nothing(void) {
    static const cs_column_spec specs[4] = {
        {CS_COLUMN_FIXED, 1, 8}, {CS_COLUMN_TEXT, 1, 16}, {CS_COLUMN_FIXED, 0, 1}, {CS_COLUMN_TEXT, 0, 16}};
    static const cs_arrow_target targets[4] = {{.name = "n", .expected = "int", .format = "l", .nullable = 1, .column = 0},
                                               {.name = "t", .expected = "str", .want = CS_ARROW_TEXTS, .nullable = 1, .column = 1},
                                               {.name = "c", .expected = "str", .want = CS_ARROW_CODES, .column = 2},
                                               {.name = "v", .expected = "str", .want = CS_ARROW_TEXTS, .column = 3}};
    static const char *const words[2] = {"one", "two"}, *const views[3] = {"a text that is long enough", "b",
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
                kit_texts(&tables[i], 1, "t", "U", texts + 3 * i, 1);
                kit_codes(&tables[i], 2, "c", "C", indexes, 1, "u", words, 2);
                kit_texts(&tables[i], 3, "v", "vu", views, 1);
            }
            counting_fail(&counting, n);
            cs_status status = cs_arrow_import_new(&import, &counting.allocator, targets, 4, &tables[0].schema, &error);
            for (int i = 0; i < batches && status == CS_OK; i++) { status = cs_arrow_import_add(import, &tables[i].array, 0, &error); }
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
    TEST(test_our_own_export_comes_back_without_a_copy),
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
    TEST(test_each_allocation_that_fails_imports_nothing_and_leaks_nothing),
    END_OF_TESTS,
};
