/* pool_fuzz.c: whole pools, with exports, views and failing allocations, against a plain array of
 * rows (tests/core/model.h).
 *
 * Each operation is 4 bytes: its sort, two bytes of a number, and which of its allocations fails
 * (0: none).
 *
 * Built with small limits (fuzz/run.sh), so that buffers become spaces, spaces are used up,
 * segments fill and texts are tidied all the time.
 */
#include "cslots/sort.h"
#include "fuzz.h"
#include "model.h"

enum { MOST_ROWS = 3000, EXPORTS = 3 };

/* Memory. */

typedef struct {
    size_t blocks, spaces; /* alive */
    size_t failing; /* the n-th call from now fails; 0: none */
} memory;

static int fails(memory *m) { return m->failing != 0 && --m->failing == 0; }

static void *fuzz_alloc(void *ctx, size_t size) {
    memory *m = ctx;
    MUST(size != 0);
    void *block = fails(m) ? NULL : malloc(size);
    m->blocks += block != NULL;
    return block;
}

static void *fuzz_realloc(void *ctx, void *block, size_t size) {
    memory *m = ctx;
    /* always move, so that a kept address is noticed */
    void *moved = fails(m) ? NULL : malloc(size);
    if (moved == NULL) { return NULL; }
    m->blocks += block == NULL;
    if (block != NULL) {
        char *grown = realloc(block, size);
        MUST(grown != NULL);
        memcpy(moved, grown, size);
        free(grown);
    }
    return moved;
}

static void fuzz_free(void *ctx, void *block) {
    ((memory *)ctx)->blocks -= block != NULL;
    free(block);
}

static void *fuzz_reserve(void *ctx, size_t size) {
    memory *m = ctx;
    void *space = fails(m) ? NULL : cs_system_allocator.space_reserve(NULL, size);
    m->spaces += space != NULL;
    return space;
}

static int fuzz_commit(void *ctx, void *space, size_t from, size_t to) {
    MUST(from < to && from % CS_SPACE_STEP == 0 && to % CS_SPACE_STEP == 0);
    return fails(ctx) ? -1 : cs_system_allocator.space_commit(NULL, space, from, to);
}

static void *fuzz_move(void *ctx, void *space, size_t committed, size_t reserved, size_t wanted) {
    MUST(committed <= reserved && reserved < wanted);
    return fails(ctx) ? NULL
                      : cs_system_allocator.space_move(NULL, space, committed, reserved, wanted);
}

static void fuzz_release(void *ctx, void *space, size_t reserved) {
    ((memory *)ctx)->spaces--;
    cs_system_allocator.space_release(NULL, space, reserved);
}

/* Exports: what was there when they were made. */

typedef struct {
    cs_buffer *values[2], *validity[2]; /* of NUMBER and TEXT */
    cs_textheap heap; /* only segments and count */
    model rows; /* rows.rows: NULL if there is no export */
} export;

static void check_export(const export *e) {
    cs_column text = {
        .data = e->values[1]->data, .valid = e->validity[1]->data, .width = 16, .heap = e->heap};
    cs_column number = {.data = e->values[0]->data, .valid = e->validity[0]->data, .width = 4};
    for (size_t i = 0; i < e->rows.count; i++) {
        const model_row *row = &e->rows.rows[i];
        MUST(!model_text_differs(&text, i, row));
        MUST(cs_column_is_valid(&number, i) == row->has_number &&
             memcmp(number.data + i * 4, &row->number, 4) == 0);
    }
}

static void drop_export(export *e, const cs_allocator *allocator) {
    if (e->rows.rows == NULL) { return; }
    check_export(e);
    for (int i = 0; i < 2; i++) {
        cs_buffer_unref(e->values[i]);
        cs_buffer_unref(e->validity[i]);
    }
    for (uint32_t i = 0; i < e->heap.count; i++) { cs_buffer_unref(e->heap.segments[i].buffer); }
    allocator->free(allocator->ctx, e->heap.segments);
    model_clear(&e->rows);
    *e = (export){0};
}

/* On failure the references are given back. */
static cs_status make_export(export *e, cs_pool *pool, const model *m) {
    cs_column *number = &pool->columns[NUMBER], *text = &pool->columns[TEXT];
    cs_status status = cs_column_share(number, pool->rows, &e->values[0], &e->validity[0]);
    if (status != CS_OK) { return status; }
    status = cs_column_share(text, pool->rows, &e->values[1], &e->validity[1]);
    if (status == CS_OK) {
        status = cs_column_share_heap(text, &e->heap.segments, &e->heap.count);
        if (status == CS_OK) {
            e->rows = model_copy(m);
            return CS_OK;
        }
        cs_buffer_unref(e->values[1]);
        cs_buffer_unref(e->validity[1]);
    }
    cs_buffer_unref(e->values[0]);
    cs_buffer_unref(e->validity[0]);
    *e = (export){0};
    return status;
}

/* The program. */

typedef struct {
    memory memory;
    cs_allocator allocator;
    cs_pool pool;
    model model;
    export exports[EXPORTS];
    size_t pins[MODEL_COLUMNS];
    uint8_t *pinned_at[MODEL_COLUMNS];
    uint64_t numbers; /* for values */
} state;

static int is_pinned(const state *s) {
    size_t pins = 0;
    for (int i = 0; i < MODEL_COLUMNS; i++) { pins += s->pins[i]; }
    return pins != 0;
}

static void append(state *s, size_t count) {
    const size_t before = s->pool.rows;
    if (before + count > MOST_ROWS) { return; }
    cs_status status = cs_pool_grow(&s->pool, count);
    if (status != CS_OK) { return; }
    for (size_t i = before; i < before + count; i++) {
        model_row row =
            model_make(s->numbers++ * 0x9E3779B97F4A7C15u >> 20, s->pool.columns[CODE].width);
        if (model_write(&s->pool, i, &row) != CS_OK) {
            cs_pool_ungrow(&s->pool, before); /* all or nothing */
            model_resize(&s->model, before);
            return;
        }
        model_resize(&s->model, i + 1);
        s->model.rows[i] = row;
    }
}

static void write(state *s, size_t at) {
    if (s->pool.rows == 0) { return; }
    at %= s->pool.rows;
    model_row row =
        model_make(s->numbers++ * 0x9E3779B97F4A7C15u >> 20, s->pool.columns[CODE].width);
    /* texts, whose failure is the last one possible, come first */
    if (model_write(&s->pool, at, &row) == CS_OK) { s->model.rows[at] = row; }
}

static void keep(state *s, size_t number) {
    static uint8_t mask[MOST_ROWS];
    for (size_t i = 0; i < s->pool.rows; i++) {
        mask[i] = (uint8_t)((i * (number | 1) >> 3) % (2 + number % 5));
    }
    if (cs_pool_keep(&s->pool, mask) == CS_OK) { model_keep(&s->model, mask); }
}

static size_t order[MOST_ROWS];

static void shuffle(state *s, size_t number) {
    const size_t rows = s->pool.rows;
    for (size_t i = 0; i < rows; i++) { order[i] = i; }
    for (size_t i = rows; i > 1; i--) {
        size_t j = (i * number + i / 3) % i, other = order[j];
        order[j] = order[i - 1];
        order[i - 1] = other;
    }
    if (cs_pool_permute(&s->pool, order) == CS_OK) { model_permute(&s->model, order); }
}

static int compare_rows(const model_row *a, const model_row *b, uint32_t column) {
    if (column == REAL) { return (a->real > b->real) - (a->real < b->real); }
    if (column == NUMBER) { return (a->number > b->number) - (a->number < b->number); }
    if (column == CODE) { return (a->code > b->code) - (a->code < b->code); }
    const size_t size = a->size < b->size ? a->size : b->size;
    const int compared = memcmp(model_pattern + a->seed, model_pattern + b->seed, size);
    return compared != 0 ? compared : (a->size > b->size) - (a->size < b->size);
}

static void sort(state *s, size_t number) {
    static const struct {
        uint32_t column;
        cs_sort_key key;
    } keys[] = {{REAL, CS_SORT_FLOAT},
                {NUMBER, CS_SORT_SIGNED},
                {CODE, CS_SORT_UNSIGNED},
                {TEXT, CS_SORT_TEXT}};
    const uint32_t column = keys[number % 4].column;
    const int reverse = number & 4 ? 1 : 0;
    const size_t rows = s->pool.rows;
    for (size_t i = 0; i < rows; i++) { order[i] = i; }
    if (cs_sort_rows(&s->pool.columns[column], keys[number % 4].key, NULL, 0, reverse, order, rows,
                     &s->allocator) != CS_OK) {
        for (size_t i = 0; i < rows; i++) { MUST(order[i] == i); }
        return;
    }
    for (size_t i = 1; i < rows; i++) {
        const model_row *a = &s->model.rows[order[i - 1]], *b = &s->model.rows[order[i]];
        const int a_is = column == TEXT ? a->has_text : column != NUMBER || a->has_number;
        const int b_is = column == TEXT ? b->has_text : column != NUMBER || b->has_number;
        const int compared = a_is && b_is ? compare_rows(a, b, column) : b_is - a_is;
        MUST(compared == 0             ? order[i - 1] < order[i]
             : a_is && b_is && reverse ? compared > 0
                                       : compared < 0);
    }
    if (number & 8 && cs_pool_permute(&s->pool, order) == CS_OK) {
        model_permute(&s->model, order);
    }
}

static void append_from(state *s, size_t number) {
    const size_t rows = s->pool.rows;
    if (rows == 0 || rows + 64 > MOST_ROWS) { return; }
    const size_t start = number % rows, count = rows - start < 64 ? rows - start : 64;
    for (size_t i = 0; i < count; i++) { order[i] = (start + i * (number | 1)) % rows; }
    const size_t *which = number & 1 ? order : NULL;
    if (number & 2) { /* by way of another pool */
        cs_pool other;
        if (cs_pool_init(&other, &s->allocator, model_specs, MODEL_COLUMNS) != CS_OK) { return; }
        if (cs_column_widen(&other.columns[CODE], 0, 0, s->pool.columns[CODE].width) == CS_OK &&
            cs_pool_append(&other, &s->pool, which, start, count) == CS_OK) {
            MUST(cs_pool_check(&other) == 0);
            if (cs_pool_append(&s->pool, &other, NULL, 0, count) == CS_OK) {
                model_append(&s->model, &s->model, which, start, count);
            }
        }
        cs_pool_clear(&other);
    } else if (cs_pool_append(&s->pool, &s->pool, which, start, count) == CS_OK) {
        model_append(&s->model, &s->model, which, start, count);
    }
}

static void unpin_all(state *s) {
    for (int i = 0; i < MODEL_COLUMNS; i++) {
        for (; s->pins[i] != 0; s->pins[i]--) { cs_column_unpin(&s->pool.columns[i]); }
    }
}

static void pin(state *s, size_t number) {
    const size_t column = number % MODEL_COLUMNS;
    if (number & 64) {
        unpin_all(s);
    } else if (cs_column_pin(&s->pool.columns[column], s->pool.rows) == CS_OK) {
        s->pins[column]++;
        s->pinned_at[column] = s->pool.columns[column].data;
    }
}

static void run(state *s, uint8_t sort_of, size_t number) {
    const size_t rows = s->pool.rows, at = rows != 0 ? number % (rows + 1) : 0;
    size_t count = number / 7 % 40;
    if (sort_of < 60) {
        append(s, 1 + number % 40);
    } else if (sort_of < 100) {
        for (size_t i = 0; i <= number % 16; i++) { write(s, number + i * 37); }
    } else if (sort_of < 120) {
        if (at + count > rows) { count = rows - at; }
        if (cs_pool_remove(&s->pool, at, count) == CS_OK) { model_remove(&s->model, at, count); }
    } else if (sort_of < 135) {
        if (rows + count > MOST_ROWS) { return; }
        if (cs_pool_insert(&s->pool, at, count) == CS_OK) { model_insert(&s->model, at, count); }
    } else if (sort_of < 140) {
        keep(s, number);
    } else if (sort_of < 150) {
        shuffle(s, number);
    } else if (sort_of < 165) {
        sort(s, number);
    } else if (sort_of < 185) {
        append_from(s, number);
    } else if (sort_of < 200) {
        export *e = &s->exports[number % EXPORTS];
        if (e->rows.rows != NULL) {
            drop_export(e, &s->allocator);
        } else {
            (void)make_export(e, &s->pool, &s->model);
        }
    } else if (sort_of < 215) {
        pin(s, number);
    } else if (sort_of < 222) {
        cs_status status = cs_pool_compact(&s->pool);
        MUST(status != CS_PINNED || is_pinned(s));
    } else if (sort_of < 226) {
        if (number % 4 == 0 && cs_pool_empty(&s->pool) == CS_OK) { model_resize(&s->model, 0); }
    } else if (sort_of < 232) {
        (void)cs_pool_reserve(&s->pool, number % 50000);
    } else if (sort_of < 240) {
        (void)cs_column_widen(&s->pool.columns[CODE], rows, s->pool.capacity, number & 1 ? 2 : 4);
    } else if (sort_of < 246) {
        cs_status status = cs_column_tidy_text(&s->pool.columns[TEXT], rows);
        MUST(status == CS_OK || status == CS_NO_MEMORY);
        MUST(status != CS_OK || s->pool.columns[TEXT].heap.dead == 0);
    } else {
        unpin_all(s);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input input = {data, data + size};
    state s = {0};
    s.allocator = (cs_allocator){.ctx = &s.memory,
                                 .alloc = fuzz_alloc,
                                 .realloc = fuzz_realloc,
                                 .free = fuzz_free,
                                 .region_discard = cs_system_allocator.region_discard,
                                 .space_reserve = fuzz_reserve,
                                 .space_commit = fuzz_commit,
                                 .space_move = fuzz_move,
                                 .space_release = fuzz_release};
    model_init(&s.model);
    MUST(cs_pool_init(&s.pool, &s.allocator, model_specs, MODEL_COLUMNS) == CS_OK);
    while (fuzz_more(&input)) {
        const uint8_t sort_of = fuzz_byte(&input);
        const size_t number = fuzz_word(&input);
        const uint8_t failing = fuzz_byte(&input);
        s.memory.failing = failing < 128 ? 0 : failing - 127u;
        run(&s, sort_of, number);
        s.memory.failing = 0;
        for (int i = 0; i < MODEL_COLUMNS; i++) {
            MUST(s.pins[i] == 0 || s.pool.columns[i].data == s.pinned_at[i]);
        }
        if (s.pool.rows < 500 || sort_of % 8 == 0) { MUST(model_differs(&s.pool, &s.model) == 0); }
        if (sort_of % 16 == 3) {
            for (int i = 0; i < EXPORTS; i++) {
                if (s.exports[i].rows.rows != NULL) { check_export(&s.exports[i]); }
            }
        }
    }
    MUST(model_differs(&s.pool, &s.model) == 0);
    drop_export(&s.exports[0], &s.allocator);
    cs_pool_clear(&s.pool);
    /* exports outlive the pool */
    for (int i = 1; i < EXPORTS; i++) { drop_export(&s.exports[i], &s.allocator); }
    model_clear(&s.model);
    MUST(s.memory.blocks == 0 && s.memory.spaces == 0);
    return 0;
}
