/* model.h: a pool with a column of each sort, and a plain array of rows beside it. For test_pool.c
 * and the fuzzer.
 *
 *   pool    flag | number? | real | code | text? | pointer        ?: nullable
 *   model   an array of structs
 *
 * A text is known by its size and by the place in one long pattern where it begins.
 */
#ifndef CSLOTS_TESTS_MODEL_H
#define CSLOTS_TESTS_MODEL_H

#include <stdlib.h>
#include <string.h>

#include "cslots/pool.h"

enum { FLAG, NUMBER, REAL, CODE, TEXT, POINTER, MODEL_COLUMNS };
enum { MODEL_TEXT_MOST = 400 };

static const cs_column_spec model_specs[MODEL_COLUMNS] = {
    {CS_COLUMN_FIXED, 0, 1}, {CS_COLUMN_FIXED, 1, 4}, {CS_COLUMN_FIXED, 0, 8},
    {CS_COLUMN_FIXED, 0, 1}, {CS_COLUMN_TEXT, 1, 16}, {CS_COLUMN_POINTER, 0, 8},
};

typedef struct {
    double real;
    uint64_t pointer;
    size_t size; /* of the text */
    uint32_t code;
    int32_t number;
    uint8_t flag, has_number, has_text, seed;
} model_row;

typedef struct {
    model_row *rows;
    size_t count, room;
} model;

static char model_pattern[MODEL_TEXT_MOST + 256];

static inline void model_init(model *m) {
    *m = (model){NULL, 0, 0};
    for (size_t i = 0; i < sizeof model_pattern; i++) {
        model_pattern[i] = (char)(i * 131 + i / 251);
    }
}

static inline void model_clear(model *m) {
    free(m->rows);
    *m = (model){NULL, 0, 0};
}

static inline void model_resize(model *m, size_t count) { /* new rows are zero */
    if (m->rows == NULL || count > m->room) {
        m->room = count + count / 2 + 1;
        m->rows = realloc(m->rows, m->room * sizeof *m->rows);
        if (m->rows == NULL) { abort(); }
    }
    if (count > m->count) { memset(m->rows + m->count, 0, (count - m->count) * sizeof *m->rows); }
    m->count = count;
}

static inline model model_copy(const model *m) {
    model made = {NULL, 0, 0};
    model_resize(&made, m->count);
    if (m->count != 0) { memcpy(made.rows, m->rows, m->count * sizeof *m->rows); }
    return made;
}

static inline void model_remove(model *m, size_t from, size_t count) {
    if (count == 0) { return; }
    memmove(m->rows + from, m->rows + from + count, (m->count - from - count) * sizeof *m->rows);
    m->count -= count;
}

static inline void model_insert(model *m, size_t at, size_t count) {
    size_t before = m->count;
    model_resize(m, before + count);
    memmove(m->rows + at + count, m->rows + at, (before - at) * sizeof *m->rows);
    memset(m->rows + at, 0, count * sizeof *m->rows);
}

static inline void model_keep(model *m, const uint8_t *mask) {
    size_t kept = 0;
    for (size_t i = 0; i < m->count; i++) {
        if (mask[i] != 0) { m->rows[kept++] = m->rows[i]; }
    }
    m->count = kept;
}

static inline void model_permute(model *m, const size_t *order) {
    model old = model_copy(m);
    for (size_t i = 0; i < m->count; i++) { m->rows[i] = old.rows[order[i]]; }
    model_clear(&old);
}

/* `from` may be `m` itself. */
static inline void model_append(model *m, const model *from, const size_t *rows, size_t start,
                                size_t count) {
    size_t at = m->count;
    model old = model_copy(from);
    model_resize(m, at + count);
    for (size_t i = 0; i < count; i++) {
        m->rows[at + i] = old.rows[rows != NULL ? rows[i] : start + i];
    }
    model_clear(&old);
}

/* The row that belongs to a number, which may be any. A code fits into `width` bytes. */
static inline model_row model_make(uint64_t number, uint32_t width) {
    model_row row = {0};
    row.flag = (uint8_t)(number & 1);
    row.has_number = number % 5 != 0;
    row.number = row.has_number ? (int32_t)(number * 2654435761u % 2000) - 1000 : 0;
    row.real = (double)(int)(number % 777) - 300.5;
    row.code = (uint32_t)(number * 40503 % (width == 1 ? 200 : width == 2 ? 60000 : 5000000));
    row.has_text = number % 7 != 0;
    row.seed = (uint8_t)(number / 3);
    row.size = row.has_text
                   ? (number % 3 == 0 ? number / 3 % 13 : number * 7919 / 64 % MODEL_TEXT_MOST)
                   : 0;
    row.pointer = number * 16;
    return row;
}

/* Write a row of the pool. On failure it may be written in part; then write another. */
static inline cs_status model_write(cs_pool *pool, size_t row, const model_row *value) {
    cs_column *c = pool->columns;
    for (uint32_t i = 0; i < MODEL_COLUMNS; i++) {
        cs_status status = cs_column_writable(&c[i], row, pool->rows);
        if (status != CS_OK) { return status; }
    }
    cs_status status =
        cs_column_set_text(&c[TEXT], row, pool->rows, model_pattern + value->seed, value->size);
    if (status != CS_OK) { return status; }
    cs_column_set_valid(&c[TEXT], row, value->has_text);
    c[FLAG].data[row] = value->flag;
    memcpy(c[NUMBER].data + row * 4, &value->number, 4);
    cs_column_set_valid(&c[NUMBER], row, value->has_number);
    memcpy(c[REAL].data + row * 8, &value->real, 8);
    if (c[CODE].width == 1) {
        c[CODE].data[row] = (uint8_t)value->code;
    } else if (c[CODE].width == 2) {
        const uint16_t code = (uint16_t)value->code;
        memcpy(c[CODE].data + row * 2, &code, 2);
    } else {
        memcpy(c[CODE].data + row * 4, &value->code, 4);
    }
    memcpy(c[POINTER].data + row * 8, &value->pointer, 8);
    return CS_OK;
}

static inline int model_text_differs(const cs_column *column, size_t row, const model_row *value) {
    cs_text text;
    if (cs_column_is_valid(column, row) != value->has_text ||
        cs_column_text(column, row, &text) != 0) {
        return 1;
    }
    return text.size != value->size ||
           (text.size != 0 && memcmp(text.data, model_pattern + value->seed, text.size) != 0);
}

/* 0, or 1 + the column in which this row differs. */
static inline int model_row_differs(const cs_pool *pool, size_t row, const model_row *value) {
    const cs_column *c = pool->columns;
    uint32_t code = 0;
    const size_t width = c[CODE].width;
    /* little endian, which is good enough for tests */
    for (size_t i = 0; i < width; i++) { code |= (uint32_t)c[CODE].data[row * width + i] << 8 * i; }
    if (c[FLAG].data[row] != value->flag) { return 1 + FLAG; }
    if (memcmp(c[NUMBER].data + row * 4, &value->number, 4) != 0 ||
        cs_column_is_valid(&c[NUMBER], row) != value->has_number) {
        return 1 + NUMBER;
    }
    if (memcmp(c[REAL].data + row * 8, &value->real, 8) != 0) { return 1 + REAL; }
    if (code != value->code) { return 1 + CODE; }
    if (model_text_differs(&c[TEXT], row, value)) { return 1 + TEXT; }
    return memcmp(c[POINTER].data + row * 8, &value->pointer, 8) != 0 ? 1 + POINTER : 0;
}

/* 0, or what differs; -1: the number of rows; over 1000: a broken invariant. */
static inline int model_differs(const cs_pool *pool, const model *m) {
    int broken = cs_pool_check(pool);
    if (broken != 0) { return 1000 + broken; }
    if (pool->rows != m->count) { return -1; }
    for (size_t i = 0; i < m->count; i++) {
        int differs = model_row_differs(pool, i, &m->rows[i]);
        if (differs != 0) { return differs; }
    }
    return 0;
}

#endif
