/* pool.h: the columns of a pool, kept at one length.
 *
 *   pool   rows = 3          column 0    column 1    column 2
 *                     row 0  |  v   |    |  v   |    |  v   |
 *                     row 1  |  v   |    |  v   |    |  v   |
 *                     row 2  |  v   |    |  v   |    |  v   |
 *                            |  0   |    |  0   |    |  0   |   up to capacity
 *
 * Invariants
 *   - Beyond the last row all values and validity bits are zero, up to capacity. So new rows are
 *     null, or zero, until they are written.
 *   - A function that removes, moves or reorders rows first asks whether a column is pinned, and
 *     then makes each column its own. So on failure nothing has changed.
 *
 * Growth: by half, at least CS_POOL_MIN rows, so appending a row costs a constant. A column in
 * reserved address space grows where it stands.
 *
 * Ownership: the pool owns its columns. The caller owns the pointers in pointer columns. It drops
 * those that are removed itself.
 */
#ifndef CSLOTS_POOL_H
#define CSLOTS_POOL_H

#include "cslots/column.h"

#define CS_POOL_MIN ((size_t)8)
#define CS_POOL_MAX_ROWS ((size_t)1 << 40)

typedef struct {
    const cs_allocator *allocator;
    cs_column *columns;
    uint32_t count;
    size_t rows, capacity;
} cs_pool;

cs_status cs_pool_init(cs_pool *pool, const cs_allocator *allocator, const cs_column_spec *specs,
                       uint32_t count);
void cs_pool_clear(cs_pool *pool); /* frees the columns; may be called twice, and on zeroes */
/* Each column has adopted (cs_column_adopt) `rows` rows. They are the rows of the pool now. */
void cs_pool_adopt(cs_pool *pool, size_t rows);

/* Room for `rows` in all. CS_PINNED: a column with views would have to move. CS_NO_MEMORY,
 * CS_TOO_LARGE. */
cs_status cs_pool_reserve(cs_pool *pool, size_t rows);
cs_status cs_pool_grow_slow(cs_pool *pool, size_t count);
/* `count` more rows, all zero. The new rows are rows [rows - count, rows). */
static inline cs_status cs_pool_grow(cs_pool *pool, size_t count) {
    if (count > pool->capacity - pool->rows) {
        cs_status status = cs_pool_grow_slow(pool, count);
        if (status != CS_OK) { return status; }
    }
    pool->rows += count;
    return CS_OK;
}
/* Take back rows that cs_pool_grow has just added and that nobody has seen, so that `rows` are
 * left. Never fails; pins do not matter. */
void cs_pool_ungrow(cs_pool *pool, size_t rows);

/* All of these: CS_PINNED if a column has views, CS_NO_MEMORY. On failure nothing has changed. */
cs_status cs_pool_remove(cs_pool *pool, size_t from, size_t count); /* The rows behind move up. */
/* Zero rows come in; the rows behind move down. */
cs_status cs_pool_insert(cs_pool *pool, size_t at, size_t count);
/* The rows whose byte is not 0 stay, in their order. */
cs_status cs_pool_keep(cs_pool *pool, const uint8_t *mask);
/* New row i is old row order[i]: a permutation. A view would see other records, so it is
 * refused. */
cs_status cs_pool_permute(cs_pool *pool, const size_t *order);
cs_status cs_pool_empty(cs_pool *pool); /* no rows are left; memory goes back */
cs_status cs_pool_compact(cs_pool *pool); /* texts written anew, spare memory given back */

/* Append `count` rows of another pool with the same columns: from[rows[i]] or, with rows NULL,
 * from[start + i]. Kinds and widths are the same; the caller widens a narrower column of codes
 * first. Pointers are copied as words. `from` may be `to`. On failure nothing has changed:
 * CS_NO_MEMORY, CS_PINNED, CS_TOO_LARGE. */
cs_status cs_pool_append(cs_pool *to, const cs_pool *from, const size_t *rows, size_t start,
                         size_t count);

typedef struct {
    size_t used; /* bytes of the rows: values, validity, live texts */
    size_t capacity; /* bytes of memory that the buffers can use */
    size_t reserved; /* address space */
    size_t dead; /* bytes of texts that no row refers to */
} cs_memory;
/* of one column; UINT32_MAX: of all */
cs_memory cs_pool_memory(const cs_pool *pool, uint32_t column);

int cs_pool_check(const cs_pool *pool); /* 0 when the invariants hold */

#endif
