/* pool/living.c: what happens to living rows when records move, go, or are looked for.
 *
 * pool/living.h has the drawing.
 */
#include "pool/living.h"
#include "pool/pool.h"

enum { PASSED_MOST = 64 }; /* other rows, on the way to the rows of one record */

cb_row **cb_living_bucket(const Pool *pool, size_t position) {
    const uint64_t mixed = (uint64_t)position * UINT64_C(0x9E3779B97F4A7C15);
    return &pool->buckets[mixed >> pool->bucket_shift];
}

void cb_living_enter_bucket(cb_row *row) {
    cb_living_link(cb_living_bucket(row->pool, row->position), row);
    row->pool->indexed++;
}

static void free_buckets(Pool *pool) {
    PyMem_RawFree(pool->buckets);
    pool->buckets = NULL;
    pool->indexed = 0;
}

void cb_living_leave_bucket(cb_row *row) {
    Pool *pool = row->pool;
    cb_living_unlink(cb_living_bucket(pool, row->position), row);
    if (--pool->indexed == 0) { free_buckets(pool); }
}

void cb_living_make_stale(cb_row *row) {
    cb_living_remove(row);
    row->position = CB_ROW_STALE;
    row->columns = NULL;
}

void cb_living_flatten(Pool *pool) {
    const size_t buckets = pool->buckets == NULL ? 0 : (size_t)1 << (64 - pool->bucket_shift);
    for (size_t i = 0; i < buckets; i++) {
        for (cb_row *row = pool->buckets[i], *next; row != NULL; row = next) {
            next = row->next;
            cb_living_link(&pool->living, row);
        }
    }
    free_buckets(pool);
}

/* The list, or buckets that have become long, into as many buckets as there are rows. Without
 * memory the rows stay in the list, and looking for them takes its time. */
static void make_index(Pool *pool) {
    cb_living_flatten(pool);
    size_t count = 0;
    for (const cb_row *row = pool->living; row != NULL; row = row->next) { count++; }
    unsigned bits = 1;
    while (((size_t)1 << bits) < count && bits < 40) { bits++; }
    cb_row **buckets = PyMem_RawCalloc((size_t)1 << bits, sizeof *buckets);
    if (buckets == NULL) { return; }
    cb_row *row = pool->living, *next;
    pool->buckets = buckets;
    pool->bucket_shift = (uint8_t)(64 - bits);
    pool->living = NULL;
    for (; row != NULL; row = next) {
        next = row->next;
        cb_living_enter_bucket(row);
    }
}

/* ---- records move ---- */

void cb_rows_forget(Pool *pool, size_t from, size_t count) {
    cb_living_flatten(pool);
    for (cb_row *row = pool->living, *next; row != NULL; row = next) {
        next = row->next;
        if (row->position < from) { continue; }
        if (row->position - from < count) {
            cb_living_make_stale(row);
        } else {
            row->position -= count;
        }
    }
}

void cb_rows_shift(Pool *pool, size_t from, size_t count) {
    cb_living_flatten(pool);
    for (cb_row *row = pool->living; row != NULL; row = row->next) {
        if (row->position >= from) { row->position += count; }
    }
}

void cb_rows_follow(Pool *pool, const size_t *places) {
    cb_living_flatten(pool);
    for (cb_row *row = pool->living, *next; row != NULL; row = next) {
        next = row->next;
        const size_t place = places[row->position];
        if (place == CB_ROW_STALE) {
            cb_living_make_stale(row);
        } else {
            row->position = place;
        }
    }
}

/* ---- looking for rows ---- */

/* Which of the records start, start + step ... is it? `count`: none. */
static size_t index_in(size_t position, size_t start, size_t count, Py_ssize_t step) {
    const Py_ssize_t distance = (Py_ssize_t)position - (Py_ssize_t)start;
    if (distance % step != 0 || distance / step < 0) { return count; }
    const size_t index = (size_t)(distance / step);
    return index < count ? index : count;
}

/* The rows of one record, in a list that may have others; returns how many others. */
static size_t visit_one(cb_row *row, size_t position, size_t index, cb_living_visit visit,
                        void *context) {
    size_t others = 0;
    for (; row != NULL; row = row->next) {
        if (row->position == position) {
            visit(context, row, index);
        } else {
            others++;
        }
    }
    return others;
}

void cb_living_find(Pool *pool, size_t start, size_t count, Py_ssize_t step, cb_living_visit visit,
                    void *context) {
    if (pool->buckets != NULL && count < pool->indexed) {
        size_t longest = 0;
        for (size_t i = 0; i < count; i++) {
            const size_t position = (size_t)((Py_ssize_t)start + (Py_ssize_t)i * step);
            const size_t others =
                visit_one(*cb_living_bucket(pool, position), position, i, visit, context);
            if (others > longest) { longest = others; }
        }
        if (longest > PASSED_MOST) { make_index(pool); }
        return;
    }
    if (count == 1) {
        cb_living_flatten(pool);
        if (visit_one(pool->living, start, 0, visit, context) > PASSED_MOST) { make_index(pool); }
        return;
    }
    cb_living_flatten(pool);
    for (cb_row *row = pool->living; row != NULL; row = row->next) {
        const size_t index = index_in(row->position, start, count, step);
        if (index != count) { visit(context, row, index); }
    }
}
