#include "check.h"
#include "model.h"

enum { SOME = 200 };

/* A pool with `rows` rows and its model. */
static void make(cs_pool *pool, model *m, const cs_allocator *allocator, size_t rows) {
    model_init(m);
    CHECK_EQUAL(cs_pool_init(pool, allocator, model_specs, MODEL_COLUMNS), CS_OK);
    for (size_t i = 0; i < rows; i++) {
        const model_row row = model_make(i * 2654435761u % 100003, 1);
        CHECK_EQUAL(cs_pool_grow(pool, 1), CS_OK);
        CHECK_EQUAL(model_write(pool, i, &row), CS_OK);
        model_resize(m, i + 1);
        m->rows[i] = row;
    }
}

static void drop(cs_pool *pool, model *m, const counting_allocator *counting) {
    cs_pool_clear(pool);
    cs_pool_clear(pool);
    model_clear(m);
    CHECK_EQUAL(counting->live_blocks + counting->live_spaces, 0);
}

/* The changes of a pool. Each does the same every time, so that it can be tried again. */

enum {
    GROW,
    RESERVE,
    WRITE,
    REMOVE,
    INSERT,
    KEEP,
    PERMUTE,
    APPEND_RANGE,
    APPEND_ROWS,
    COMPACT,
    EMPTY,
    CHANGES
};

static size_t order[100000];
static uint8_t mask[100000];

static cs_status change(cs_pool *pool, int which) {
    const size_t rows = pool->rows;
    const model_row row = model_make(4711, pool->columns[CODE].width);
    for (size_t i = 0; i < rows; i++) {
        order[i] = rows - 1 - i;
        mask[i] = i % 3 != 1;
    }
    switch (which) {
    case GROW: return cs_pool_grow(pool, rows + 3);
    case RESERVE: return cs_pool_reserve(pool, 40000);
    case WRITE: return rows != 0 ? model_write(pool, rows / 2, &row) : CS_OK;
    case REMOVE: return cs_pool_remove(pool, rows / 3, rows / 4);
    case INSERT: return cs_pool_insert(pool, rows / 2, 100);
    case KEEP: return cs_pool_keep(pool, mask);
    case PERMUTE: return cs_pool_permute(pool, order);
    case APPEND_RANGE: return cs_pool_append(pool, pool, NULL, rows / 5, rows / 2);
    case APPEND_ROWS: return cs_pool_append(pool, pool, order, 0, rows);
    case COMPACT: return cs_pool_compact(pool);
    default: return cs_pool_empty(pool);
    }
}

static void change_model(model *m, int which, uint32_t width) {
    const size_t rows = m->count;
    for (size_t i = 0; i < rows; i++) {
        order[i] = rows - 1 - i;
        mask[i] = i % 3 != 1;
    }
    switch (which) {
    case GROW: model_resize(m, 2 * rows + 3); break;
    case WRITE:
        if (rows != 0) { m->rows[rows / 2] = model_make(4711, width); }
        break;
    case REMOVE: model_remove(m, rows / 3, rows / 4); break;
    case INSERT: model_insert(m, rows / 2, 100); break;
    case KEEP: model_keep(m, mask); break;
    case PERMUTE: model_permute(m, order); break;
    case APPEND_RANGE: model_append(m, m, NULL, rows / 5, rows / 2); break;
    case APPEND_ROWS: model_append(m, m, order, 0, rows); break;
    case EMPTY: model_resize(m, 0); break;
    default: break;
    }
}

static void test_each_change_does_to_all_columns_what_it_does_to_a_plain_array(void) {
    static const size_t sizes[] = {0, 1, 7, 8, 9, 64, SOME, 40000}; /* blocks, and spaces */
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (int which = 0; which < CHANGES; which++) {
            counting_allocator counting;
            cs_pool pool;
            model m;
            counting_init(&counting);
            make(&pool, &m, &counting.allocator, sizes[i]);
            CHECK_EQUAL(model_differs(&pool, &m), 0);
            CHECK_EQUAL(change(&pool, which), CS_OK);
            change_model(&m, which, 1);
            CHECK_EQUAL(model_differs(&pool, &m), 0);
            drop(&pool, &m, &counting);
        }
    }
}

static void test_random_changes_keep_it_equal_to_a_plain_array(void) {
    for (uint64_t seed = 0; seed < 4; seed++) {
        random_source source = {seed};
        counting_allocator counting;
        cs_pool pool;
        model m;
        counting_init(&counting);
        make(&pool, &m, &counting.allocator, 50);
        for (int step = 0; step < 200; step++) {
            const int which = (int)random_below(&source, CHANGES);
            if (which == EMPTY && random_below(&source, 4) != 0) { continue; }
            if (pool.rows > 20000 &&
                (which == GROW || which == APPEND_ROWS || which == APPEND_RANGE)) {
                continue;
            }
            if (seed % 2) { counting_fail(&counting, random_below(&source, 6)); }
            cs_status status = change(&pool, which);
            CHECK(status == CS_OK || (seed % 2 && status == CS_NO_MEMORY));
            if (status == CS_OK) { change_model(&m, which, 1); }
            CHECK_EQUAL(model_differs(&pool, &m), 0);
        }
        drop(&pool, &m, &counting);
    }
}

static void test_each_allocation_that_fails_leaves_the_pool_as_it_was(void) {
    static const size_t sizes[] = {SOME, 20000};
    for (size_t i = 0; i < 2; i++) {
        for (int which = 0; which < CHANGES; which++) {
            for (size_t n = 1, failed = 1; failed; n++) {
                counting_allocator counting;
                cs_pool pool;
                model m;
                cs_buffer *values, *validity;
                counting_init(&counting);
                make(&pool, &m, &counting.allocator, sizes[i]);
                /* shared, so it has to be copied */
                CHECK_EQUAL(cs_column_share(&pool.columns[TEXT], pool.rows, &values, &validity),
                            CS_OK);
                counting_fail(&counting, n);
                cs_status status = change(&pool, which);
                failed = counting.calls >= n;
                if (status != CS_OK) {
                    CHECK_EQUAL(status, CS_NO_MEMORY);
                    CHECK_EQUAL(model_differs(&pool, &m), 0);
                    CHECK_EQUAL(change(&pool, which), CS_OK);
                }
                change_model(&m, which, 1);
                CHECK_EQUAL(model_differs(&pool, &m), 0);
                cs_buffer_unref(values);
                cs_buffer_unref(validity);
                drop(&pool, &m, &counting);
            }
        }
    }
    for (size_t n = 1;; n++) {
        counting_allocator counting;
        cs_pool pool;
        counting_init(&counting);
        counting_fail(&counting, n);
        cs_status status = cs_pool_init(&pool, &counting.allocator, model_specs, MODEL_COLUMNS);
        if (status == CS_OK) {
            cs_pool_clear(&pool);
            break;
        }
        CHECK(status == CS_NO_MEMORY && counting.live_blocks == 0);
    }
}

static void test_what_would_move_or_shrink_a_pinned_column_is_refused(void) {
    for (uint32_t column = 0; column < MODEL_COLUMNS; column++) {
        for (int which = 0; which < CHANGES; which++) {
            counting_allocator counting;
            cs_pool pool;
            model m;
            counting_init(&counting);
            make(&pool, &m, &counting.allocator, SOME);
            CHECK_EQUAL(cs_column_pin(&pool.columns[column], pool.rows), CS_OK);
            const uint8_t *data = pool.columns[column].data;
            const int allowed = which == WRITE;
            CHECK_EQUAL(change(&pool, which), allowed ? CS_OK : CS_PINNED);
            if (allowed) { change_model(&m, which, 1); }
            CHECK(pool.columns[column].data == data);
            CHECK_EQUAL(model_differs(&pool, &m), 0);
            cs_column_unpin(&pool.columns[column]);
            CHECK_EQUAL(change(&pool, which), CS_OK);
            change_model(&m, which, 1);
            CHECK_EQUAL(model_differs(&pool, &m), 0);
            drop(&pool, &m, &counting);
        }
    }
}

static void test_a_pinned_column_in_reserved_address_space_grows_where_it_stands(void) {
    counting_allocator counting;
    cs_pool pool;
    static const cs_column_spec specs[] = {{CS_COLUMN_FIXED, 0, 8}, {CS_COLUMN_FIXED, 0, 1}};
    counting_init(&counting);
    if (counting.allocator.space_reserve == NULL) { return; }
    CHECK_EQUAL(cs_pool_init(&pool, &counting.allocator, specs, 2), CS_OK);
    CHECK_EQUAL(cs_pool_grow(&pool, CS_BUFFER_SPACE), CS_OK);
    CHECK_EQUAL(cs_column_pin(&pool.columns[0], pool.rows), CS_OK);
    CHECK_EQUAL(cs_column_pin(&pool.columns[1], pool.rows), CS_OK);
    const uint8_t *data = pool.columns[0].data;
    const size_t most = cs_column_reserved(&pool.columns[0]);
    while (pool.rows < most) {
        /* up to the last row */
        CHECK_EQUAL(cs_pool_grow(&pool, most - pool.rows < 100000 ? 1 : 100000), CS_OK);
        CHECK(pool.columns[0].data == data);
    }
    CHECK_EQUAL(cs_pool_grow(&pool, 1), CS_PINNED);
    CHECK_EQUAL(cs_pool_reserve(&pool, most + 1), CS_PINNED);
    CHECK_EQUAL(pool.rows, most);
    cs_column_unpin(&pool.columns[0]);
    CHECK_EQUAL(cs_pool_grow(&pool, 1), CS_OK); /* the other column is narrow, so it has room */
    cs_column_unpin(&pool.columns[1]);
    cs_pool_clear(&pool);
    CHECK_EQUAL(counting.live_blocks + counting.live_spaces, 0);
}

static void test_exports_do_not_change_whatever_happens_to_the_pool(void) {
    for (int which = 0; which < CHANGES; which++) {
        counting_allocator counting;
        cs_pool pool;
        model m;
        counting_init(&counting);
        make(&pool, &m, &counting.allocator, SOME);
        const model before = model_copy(&m);
        cs_buffer *values, *validity;
        cs_column export = {0};
        CHECK_EQUAL(cs_column_share(&pool.columns[TEXT], pool.rows, &values, &validity), CS_OK);
        CHECK_EQUAL(
            cs_column_share_heap(&pool.columns[TEXT], &export.heap.segments, &export.heap.count),
            CS_OK);
        export.data = values->data;
        export.valid = validity->data;
        for (int round = 0; round < 2; round++) {
            CHECK_EQUAL(change(&pool, round == 0 ? which : WRITE), CS_OK);
            change_model(&m, round == 0 ? which : WRITE, 1);
            CHECK_EQUAL(model_differs(&pool, &m), 0);
            for (size_t i = 0; i < before.count; i++) {
                CHECK(!model_text_differs(&export, i, &before.rows[i]));
            }
        }
        for (uint32_t i = 0; i < export.heap.count; i++) {
            cs_buffer_unref(export.heap.segments[i].buffer);
        }
        counting.allocator.free(&counting, export.heap.segments);
        cs_buffer_unref(values);
        cs_buffer_unref(validity);
        free(before.rows);
        drop(&pool, &m, &counting);
    }
}

static void test_appending_row_by_row_asks_for_memory_seldom(void) {
    counting_allocator counting;
    cs_pool pool;
    static const cs_column_spec specs[] = {{CS_COLUMN_FIXED, 0, 8}};
    counting_init(&counting);
    CHECK_EQUAL(cs_pool_init(&pool, &counting.allocator, specs, 1), CS_OK);
    for (size_t i = 0; i < 10000000; i++) { CHECK_EQUAL(cs_pool_grow(&pool, 1), CS_OK); }
    CHECK(counting.calls < 60);
    CHECK(pool.capacity <= pool.rows + pool.rows / 2 + CS_SPACE_STEP);
    cs_pool_clear(&pool);
    CHECK_EQUAL(counting.live_blocks + counting.live_spaces, 0);
}

static void test_a_small_pool_reserves_no_address_space(void) {
    counting_allocator counting;
    cs_pool pool;
    model m;
    counting_init(&counting);
    make(&pool, &m, &counting.allocator, 300);
    CHECK_EQUAL(counting.live_spaces, 0);
    CHECK(counting.live_blocks < 25);
    drop(&pool, &m, &counting);
}

static void test_rows_taken_back_leave_zeros_whoever_looks(void) {
    counting_allocator counting;
    cs_pool pool;
    model m;
    counting_init(&counting);
    make(&pool, &m, &counting.allocator, SOME);
    cs_buffer *values, *validity;
    CHECK_EQUAL(cs_column_share(&pool.columns[NUMBER], pool.rows, &values, &validity), CS_OK);
    CHECK_EQUAL(cs_pool_reserve(&pool, SOME + 50), CS_OK);
    CHECK_EQUAL(cs_column_pin(&pool.columns[REAL], pool.rows), CS_OK);
    CHECK_EQUAL(cs_pool_grow(&pool, 50), CS_OK);
    for (size_t i = SOME; i < SOME + 50; i++) {
        const model_row row = model_make(i * 31, 1);
        CHECK_EQUAL(model_write(&pool, i, &row), CS_OK);
    }
    cs_pool_ungrow(&pool, SOME);
    CHECK_EQUAL(model_differs(&pool, &m), 0);
    CHECK(memcmp(values->data, pool.columns[NUMBER].data, SOME * 4) == 0);
    cs_column_unpin(&pool.columns[REAL]);
    cs_buffer_unref(values);
    cs_buffer_unref(validity);
    drop(&pool, &m, &counting);
}

static void test_emptying_and_compacting_give_memory_back(void) {
    counting_allocator counting;
    cs_pool pool;
    model m;
    counting_init(&counting);
    make(&pool, &m, &counting.allocator, 40000);
    for (size_t i = 0; i < pool.rows; i++) {
        const model_row row = model_make(i * 31337, 1);
        CHECK_EQUAL(model_write(&pool, i, &row), CS_OK);
        m.rows[i] = row;
    }
    CHECK_EQUAL(cs_pool_compact(&pool), CS_OK);
    CHECK_EQUAL(model_differs(&pool, &m), 0);
    cs_memory memory = cs_pool_memory(&pool, UINT32_MAX), text = cs_pool_memory(&pool, TEXT);
    CHECK(memory.dead == 0 && memory.capacity >= memory.used && memory.reserved >= memory.capacity);
    CHECK(text.used < memory.used && text.used > 40000 * 16 &&
          text.capacity < text.used + text.used / 2);
    CHECK_EQUAL(cs_pool_memory(&pool, NUMBER).used, 40000 * 4 + 5000);
    CHECK_EQUAL(cs_pool_remove(&pool, 100, 39900), CS_OK);
    model_remove(&m, 100, 39900);
    CHECK_EQUAL(cs_pool_compact(&pool), CS_OK);
    CHECK_EQUAL(model_differs(&pool, &m), 0);
    CHECK_EQUAL(counting.live_spaces, 0);
    memory = cs_pool_memory(&pool, UINT32_MAX);
    CHECK(memory.capacity < memory.used + 200);
    const cs_column *columns = pool.columns;
    CHECK_EQUAL(cs_pool_empty(&pool), CS_OK);
    CHECK(pool.columns == columns);
    memory = cs_pool_memory(&pool, UINT32_MAX);
    CHECK(memory.used == 0 && memory.capacity == 0 && memory.reserved == 0 && pool.rows == 0 &&
          pool.capacity == 0);
    CHECK_EQUAL(cs_pool_grow(&pool, 3), CS_OK);
    CHECK_EQUAL(cs_pool_check(&pool), 0);
    drop(&pool, &m, &counting);
}

static void test_texts_of_rows_that_go_are_not_kept_for_ever(void) {
    counting_allocator counting;
    cs_pool pool;
    model m;
    counting_init(&counting);
    make(&pool, &m, &counting.allocator, 20000);
    while (pool.rows > 100) {
        CHECK_EQUAL(cs_pool_remove(&pool, 0, 50), CS_OK);
        const cs_textheap *heap = &pool.columns[TEXT].heap;
        CHECK(heap->dead <= CS_TEXTHEAP_DEAD_MIN || heap->dead <= heap->live / 3);
    }
    drop(&pool, &m, &counting);
}

static void test_a_change_of_rows_that_are_not_there_is_invalid(void) {
    counting_allocator counting;
    cs_pool pool;
    model m;
    counting_init(&counting);
    make(&pool, &m, &counting.allocator, 10);
    size_t rows[10] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 10};
    CHECK_EQUAL(cs_pool_remove(&pool, 11, 0), CS_INVALID);
    CHECK_EQUAL(cs_pool_remove(&pool, 5, 6), CS_INVALID);
    CHECK_EQUAL(cs_pool_remove(&pool, 1, SIZE_MAX), CS_INVALID);
    CHECK_EQUAL(cs_pool_insert(&pool, 11, 1), CS_INVALID);
    CHECK_EQUAL(cs_pool_permute(&pool, rows), CS_INVALID);
    CHECK_EQUAL(cs_pool_append(&pool, &pool, rows, 0, 10), CS_INVALID);
    CHECK_EQUAL(cs_pool_append(&pool, &pool, NULL, 5, 6), CS_INVALID);
    CHECK_EQUAL(cs_pool_append(&pool, &pool, NULL, 2, SIZE_MAX), CS_INVALID);
    CHECK_EQUAL(cs_pool_grow(&pool, SIZE_MAX), CS_TOO_LARGE);
    CHECK_EQUAL(cs_pool_grow(&pool, CS_POOL_MAX_ROWS - 9), CS_TOO_LARGE);
    CHECK_EQUAL(cs_pool_reserve(&pool, CS_POOL_MAX_ROWS + 1), CS_TOO_LARGE);
    CHECK_EQUAL(cs_pool_insert(&pool, 3, SIZE_MAX), CS_TOO_LARGE);
    CHECK_EQUAL(model_differs(&pool, &m), 0);
    drop(&pool, &m, &counting);
}

static void test_rows_are_appended_only_to_like_columns(void) {
    counting_allocator counting;
    cs_pool to, from;
    static const cs_column_spec number[] = {{CS_COLUMN_FIXED, 0, 4}},
                                nullable[] = {{CS_COLUMN_FIXED, 1, 4}},
                                wide[] = {{CS_COLUMN_FIXED, 0, 8}};
    static const uint32_t value = 42;
    counting_init(&counting);
    CHECK_EQUAL(cs_pool_init(&from, &counting.allocator, number, 1), CS_OK);
    CHECK_EQUAL(cs_pool_grow(&from, 20), CS_OK);
    memcpy(from.columns[0].data + 76, &value, 4);
    CHECK_EQUAL(cs_pool_init(&to, &counting.allocator, wide, 1), CS_OK);
    CHECK_EQUAL(cs_pool_append(&to, &from, NULL, 0, 20), CS_INVALID);
    cs_pool_clear(&to);
    CHECK_EQUAL(cs_pool_init(&to, &counting.allocator, nullable, 1), CS_OK);
    CHECK_EQUAL(cs_pool_append(&from, &to, NULL, 0, 0), CS_INVALID);
    CHECK_EQUAL(cs_pool_grow(&to, 3), CS_OK);
    /* from a column without nulls to a nullable one */
    CHECK_EQUAL(cs_pool_append(&to, &from, NULL, 1, 19), CS_OK);
    CHECK_EQUAL(cs_column_nulls(&to.columns[0], 0, 22), 3);
    CHECK(memcmp(to.columns[0].data + 84, &value, 4) == 0);
    CHECK_EQUAL(cs_pool_check(&to), 0);
    cs_pool_clear(&to);
    cs_pool_clear(&from);
    CHECK_EQUAL(counting.live_blocks, 0);
}

static void test_a_pool_without_columns_counts_rows(void) {
    cs_pool pool;
    const size_t rows[] = {2, 0, 1};
    CHECK_EQUAL(cs_pool_init(&pool, &cs_system_allocator, NULL, 0), CS_OK);
    for (int i = 0; i < 100; i++) { CHECK_EQUAL(cs_pool_grow(&pool, 1), CS_OK); }
    CHECK_EQUAL(cs_pool_remove(&pool, 3, 97), CS_OK);
    CHECK_EQUAL(cs_pool_permute(&pool, rows), CS_OK);
    CHECK_EQUAL(cs_pool_append(&pool, &pool, rows, 0, 3), CS_OK);
    CHECK_EQUAL(pool.rows, 6);
    CHECK_EQUAL(cs_pool_compact(&pool), CS_OK);
    CHECK_EQUAL(cs_pool_check(&pool), 0);
    CHECK_EQUAL(cs_pool_empty(&pool), CS_OK);
    CHECK_EQUAL(pool.rows, 0);
    cs_pool_clear(&pool);
}

static void test_a_pool_of_adopted_columns_grows_and_changes_like_any_other(void) {
    for (int which = 0; which < CHANGES; which++) {
        counting_allocator counting;
        cs_pool pool, source;
        model m;
        counting_init(&counting);
        make(&source, &m, &counting.allocator, SOME);
        CHECK_EQUAL(cs_pool_init(&pool, &counting.allocator, model_specs, MODEL_COLUMNS), CS_OK);
        for (uint32_t i = 0; i < MODEL_COLUMNS; i++) {
            cs_column *from = &source.columns[i];
            cs_textheap heap;
            cs_textheap_init(&heap, &counting.allocator);
            for (uint32_t j = 0; j < from->heap.count; j++) {
                CHECK_EQUAL(cs_textheap_adopt(&heap, cs_buffer_ref(from->heap.segments[j].buffer),
                                              from->heap.segments[j].used),
                            CS_OK);
            }
            cs_column_adopt(&pool.columns[i], SOME, cs_buffer_ref(from->values),
                            from->nullable ? cs_buffer_ref(from->validity) : NULL, &heap);
        }
        cs_pool_adopt(&pool, SOME);
        CHECK_EQUAL(model_differs(&pool, &m), 0);
        CHECK_EQUAL(change(&pool, which), CS_OK);
        CHECK_EQUAL(model_differs(&source, &m), 0);
        change_model(&m, which, 1);
        CHECK_EQUAL(model_differs(&pool, &m), 0);
        cs_pool_clear(&source);
        CHECK_EQUAL(model_differs(&pool, &m), 0);
        drop(&pool, &m, &counting);
    }
}

const test_case pool_tests[] = {
    TEST(test_each_change_does_to_all_columns_what_it_does_to_a_plain_array),
    TEST(test_random_changes_keep_it_equal_to_a_plain_array),
    TEST(test_each_allocation_that_fails_leaves_the_pool_as_it_was),
    TEST(test_what_would_move_or_shrink_a_pinned_column_is_refused),
    TEST(test_a_pinned_column_in_reserved_address_space_grows_where_it_stands),
    TEST(test_exports_do_not_change_whatever_happens_to_the_pool),
    TEST(test_appending_row_by_row_asks_for_memory_seldom),
    TEST(test_a_small_pool_reserves_no_address_space),
    TEST(test_rows_taken_back_leave_zeros_whoever_looks),
    TEST(test_emptying_and_compacting_give_memory_back),
    TEST(test_texts_of_rows_that_go_are_not_kept_for_ever),
    TEST(test_a_change_of_rows_that_are_not_there_is_invalid),
    TEST(test_rows_are_appended_only_to_like_columns),
    TEST(test_a_pool_without_columns_counts_rows),
    TEST(test_a_pool_of_adopted_columns_grows_and_changes_like_any_other),
    END_OF_TESTS,
};
