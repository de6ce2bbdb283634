#include "arrow_subject.h"

#include <string.h>

const char *const arrow_texts[6] = {"",
                                    "short",
                                    NULL,
                                    "twelve bytes",
                                    "thirteen byte",
                                    "a long text with \xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80 in it"};

void subject_init(subject *s, cs_arrow_want want, const char *format, const char *expected,
                  uint8_t nullable) {
    const char last = format != NULL ? format[strlen(format) - 1] : 'l';
    const uint32_t width = format == NULL || format[0] == 't' ? 8
                           : strchr("cC", last)               ? 1
                           : strchr("sS", last)               ? 2
                           : strchr("iIf", last)              ? 4
                                                              : 8;
    cs_column_spec spec = {CS_COLUMN_FIXED, nullable, width};
    if (want == CS_ARROW_TEXTS) { spec = (cs_column_spec){CS_COLUMN_TEXT, nullable, 16}; }
    if (want == CS_ARROW_BITS || want == CS_ARROW_CODES) { spec.width = 1; }
    if (want == CS_ARROW_STR || want == CS_ARROW_BYTES) {
        spec = (cs_column_spec){CS_COLUMN_POINTER, 0, 8};
    }
    if (format != NULL && strcmp(format, "tdD") == 0) { spec.width = 4; }
    memset(s, 0, sizeof *s);
    kit_alive = 0; /* a test that failed may have left some */
    counting_init(&s->counting);
    CHECK_EQUAL(cs_pool_init(&s->pool, &s->counting.allocator, &spec, 1), CS_OK);
    s->target = (cs_arrow_target){.name = "x",
                                  .expected = expected,
                                  .format = format,
                                  .want = (uint8_t)want,
                                  .nullable = nullable};
}

void subject_clear(subject *s) {
    cs_pool_clear(&s->pool);
    CHECK_EQUAL(s->counting.live_blocks, 0);
    CHECK_EQUAL(kit_alive, 0);
}

cs_status new_import(subject *s, const kit_table *table, cs_arrow_import **import) {
    return cs_arrow_import_new(import, &s->counting.allocator, &s->target, 1, &table->schema,
                               &s->error);
}

cs_status import_table(subject *s, kit_table *table, int trusted) {
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

void expect(subject *s, kit_table *table, cs_arrow_fault fault, const char *message) {
    const cs_status status = import_table(s, table, 0);
    if (status != CS_INVALID || strcmp(s->error.message, message) != 0) {
        fprintf(stderr, "status %d, message: %s\n   instead of: %s\n", (int)status,
                s->error.message, message);
    }
    CHECK_EQUAL(status, CS_INVALID);
    CHECK(strcmp(s->error.message, message) == 0);
    CHECK_EQUAL(s->error.fault, fault);
}

int64_t int_at(const cs_pool *pool, size_t row) {
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

void expect_text(const cs_pool *pool, size_t row, const char *text) {
    const cs_column *column = &pool->columns[0];
    cs_text found;
    CHECK_EQUAL(cs_column_is_valid(column, row), text != NULL);
    if (text == NULL) { return; }
    CHECK_EQUAL(cs_column_text(column, row, &found), 0);
    CHECK(found.size == strlen(text) && memcmp(found.data, text, found.size) == 0);
}
