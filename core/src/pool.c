/* pool.c: what changes all columns of a pool together.
 *
 * A change that moves rows goes through three steps, so that it happens in all columns or in none:
 *
 *   1. no column may be pinned                    CS_PINNED
 *   2. each column becomes its own, makes room    CS_NO_MEMORY
 *   3. rows move (rows.c)                         cannot fail
 *
 * Step 2 changes nothing that a reader could see.
 */
#include "cslots/pool.h"

#include "bits.h"
#include "rows.h"

#define COLUMNS_MOST ((uint32_t)1 << 20)

cs_status cs_pool_init(cs_pool *pool, const cs_allocator *allocator, const cs_column_spec *specs,
                       uint32_t count) {
    cs_pool made = {.allocator = allocator};
    if (count != 0) {
        if (count > COLUMNS_MOST) { return CS_TOO_LARGE; }
        made.columns = allocator->alloc(allocator->ctx, count * sizeof *made.columns);
        if (made.columns == NULL) { return CS_NO_MEMORY; }
    }
    for (; made.count < count; made.count++) {
        cs_status status = cs_column_init(&made.columns[made.count], allocator, specs[made.count]);
        if (status != CS_OK) {
            cs_pool_clear(&made);
            return status;
        }
    }
    *pool = made;
    return CS_OK;
}

void cs_pool_clear(cs_pool *pool) {
    for (uint32_t i = 0; i < pool->count; i++) { cs_column_clear(&pool->columns[i]); }
    if (pool->columns != NULL) { pool->allocator->free(pool->allocator->ctx, pool->columns); }
    *pool = (cs_pool){.allocator = pool->allocator};
}

void cs_pool_adopt(cs_pool *pool, size_t rows) { pool->rows = pool->capacity = rows; }

/* ---- room ---- */

/* What all columns hold, at most. */
static size_t capacity_of(const cs_pool *pool, size_t most) {
    for (uint32_t i = 0; i < pool->count; i++) {
        size_t capacity = cs_column_capacity(&pool->columns[i]);
        if (capacity < most) { most = capacity; }
    }
    return most;
}

static cs_status reserve(cs_pool *pool, size_t capacity) {
    for (uint32_t i = 0; i < pool->count; i++) {
        cs_status status = cs_column_reserve(&pool->columns[i], pool->rows, capacity);
        if (status != CS_OK) { return status; }
    }
    pool->capacity = pool->count != 0 ? capacity_of(pool, CS_POOL_MAX_ROWS) : capacity;
    return CS_OK;
}

/* To how many rows pinned columns can grow where they are. */
static size_t pinned_limit(const cs_pool *pool) {
    size_t limit = CS_POOL_MAX_ROWS;
    for (uint32_t i = 0; i < pool->count; i++) {
        if (pool->columns[i].pins == 0) { continue; }
        size_t reserved = cs_column_reserved(&pool->columns[i]);
        if (reserved < limit) { limit = reserved; }
    }
    return limit;
}

cs_status cs_pool_reserve(cs_pool *pool, size_t rows) {
    if (rows <= pool->capacity) { return CS_OK; }
    if (rows > CS_POOL_MAX_ROWS) { return CS_TOO_LARGE; }
    return rows > pinned_limit(pool) ? CS_PINNED : reserve(pool, rows);
}

cs_status cs_pool_grow_slow(cs_pool *pool, size_t count) {
    if (count > CS_POOL_MAX_ROWS - pool->rows) { return CS_TOO_LARGE; }
    size_t needed = pool->rows + count, wanted = pool->capacity + pool->capacity / 2,
           limit = pinned_limit(pool);
    if (needed > limit) { return CS_PINNED; }
    if (wanted < CS_POOL_MIN) { wanted = CS_POOL_MIN; }
    if (wanted < needed) { wanted = needed; }
    if (wanted > limit) { wanted = limit; }
    cs_status status = reserve(pool, wanted);
    return status != CS_OK && wanted != needed ? reserve(pool, needed) : status;
}

void cs_pool_ungrow(cs_pool *pool, size_t rows) {
    for (uint32_t i = 0; i < pool->count; i++) {
        cs_rows_remove(&pool->columns[i], pool->rows, rows, pool->rows - rows);
    }
    pool->rows = rows;
}

/* ---- changes ---- */

static int is_pinned(const cs_pool *pool) {
    for (uint32_t i = 0; i < pool->count; i++) {
        if (pool->columns[i].pins != 0) { return 1; }
    }
    return 0;
}

static cs_status own_all(cs_pool *pool) {
    for (uint32_t i = 0; i < pool->count; i++) {
        cs_status status = cs_column_own(&pool->columns[i], pool->rows);
        if (status != CS_OK) { return status; }
    }
    return CS_OK;
}

/* After rows have gone, and their texts. */
static void tidy_texts(cs_pool *pool) {
    for (uint32_t i = 0; i < pool->count; i++) {
        cs_column *column = &pool->columns[i];
        if (column->sort == CS_COLUMN_TEXT && cs_textheap_is_untidy(&column->heap, pool->rows)) {
            (void)cs_column_tidy_text(column, pool->rows);
        }
    }
}

cs_status cs_pool_remove(cs_pool *pool, size_t from, size_t count) {
    if (from > pool->rows || count > pool->rows - from) { return CS_INVALID; }
    if (count == 0) { return CS_OK; }
    if (is_pinned(pool)) { return CS_PINNED; }
    cs_status status = own_all(pool);
    if (status != CS_OK) { return status; }
    for (uint32_t i = 0; i < pool->count; i++) {
        cs_rows_remove(&pool->columns[i], pool->rows, from, count);
    }
    pool->rows -= count;
    tidy_texts(pool);
    return CS_OK;
}

cs_status cs_pool_insert(cs_pool *pool, size_t at, size_t count) {
    const size_t rows = pool->rows;
    if (at > rows) { return CS_INVALID; }
    if (count == 0) { return CS_OK; }
    if (is_pinned(pool)) { return CS_PINNED; }
    cs_status status = own_all(pool);
    if (status == CS_OK) { status = cs_pool_grow(pool, count); }
    if (status != CS_OK) { return status; }
    for (uint32_t i = 0; i < pool->count; i++) {
        cs_rows_insert(&pool->columns[i], rows, at, count);
    }
    return CS_OK;
}

cs_status cs_pool_keep(cs_pool *pool, const uint8_t *mask) {
    size_t kept = 0;
    for (size_t i = 0; i < pool->rows; i++) { kept += mask[i] != 0; }
    if (kept == pool->rows) { return CS_OK; }
    if (is_pinned(pool)) { return CS_PINNED; }
    cs_status status = own_all(pool);
    if (status != CS_OK) { return status; }
    for (uint32_t i = 0; i < pool->count; i++) {
        cs_rows_keep(&pool->columns[i], pool->rows, mask, kept);
    }
    pool->rows = kept;
    tidy_texts(pool);
    return CS_OK;
}

cs_status cs_pool_permute(cs_pool *pool, const size_t *order) {
    size_t widest = 0;
    if (is_pinned(pool)) { return CS_PINNED; }
    for (size_t i = 0; i < pool->rows; i++) {
        if (order[i] >= pool->rows) { return CS_INVALID; }
    }
    for (uint32_t i = 0; i < pool->count; i++) {
        widest = pool->columns[i].width > widest ? pool->columns[i].width : widest;
    }
    cs_status status = own_all(pool);
    if (status != CS_OK) { return status; }
    cs_buffer *scratch = cs_buffer_new(pool->allocator, pool->rows * widest);
    if (scratch == NULL) { return CS_NO_MEMORY; }
    for (uint32_t i = 0; i < pool->count; i++) {
        cs_rows_permute(&pool->columns[i], pool->rows, order, scratch->data);
    }
    cs_buffer_unref(scratch);
    return CS_OK;
}

cs_status cs_pool_empty(cs_pool *pool) {
    if (is_pinned(pool)) { return CS_PINNED; }
    if (pool->count == 0) {
        pool->rows = pool->capacity = 0;
        return CS_OK;
    }
    cs_column *columns =
        pool->allocator->alloc(pool->allocator->ctx, pool->count * sizeof *columns);
    if (columns == NULL) { return CS_NO_MEMORY; }
    cs_pool made = {.allocator = pool->allocator, .columns = columns};
    for (; made.count < pool->count; made.count++) {
        const cs_column *column = &pool->columns[made.count];
        cs_column_spec spec = {column->sort, column->nullable, column->width};
        cs_status status = cs_column_init(&columns[made.count], pool->allocator, spec);
        if (status != CS_OK) {
            cs_pool_clear(&made);
            return status;
        }
    }
    for (uint32_t i = 0; i < pool->count;
         i++) { /* the columns keep their addresses, which the binding may know */
        cs_column_clear(&pool->columns[i]);
        pool->columns[i] = columns[i];
    }
    pool->allocator->free(pool->allocator->ctx, columns);
    pool->rows = pool->capacity = 0;
    return CS_OK;
}

/* A buffer with room to spare becomes as small as it can without moving its data twice. */
static cs_status trim(cs_buffer **buffer, const cs_allocator *allocator, size_t used) {
    if (cs_buffer_is_foreign(*buffer) || cs_buffer_is_shared(*buffer)) { return CS_OK; }
    if ((*buffer)->space && used >= CS_BUFFER_SPACE) {
        cs_buffer_shrink(*buffer, used);
        return CS_OK;
    }
    if (used == (*buffer)->capacity) { return CS_OK; }
    cs_buffer *small = cs_buffer_copy(*buffer, allocator, used, used);
    if (small == NULL) { return CS_NO_MEMORY; }
    cs_buffer_unref(*buffer);
    *buffer = small;
    return CS_OK;
}

static cs_status compact_column(cs_column *column, size_t rows) {
    cs_status status = CS_OK;
    if (column->sort == CS_COLUMN_TEXT && column->heap.dead != 0) {
        status = cs_column_tidy_text(column, rows);
    }
    if (status == CS_OK) {
        status = trim(&column->values, column->heap.allocator, rows * column->width);
    }
    if (status == CS_OK && column->nullable) {
        status = trim(&column->validity, column->heap.allocator, cs_bits_bytes(rows));
    }
    column->data = column->values->data;
    if (column->nullable) { column->valid = column->validity->data; }
    return status;
}

cs_status cs_pool_compact(cs_pool *pool) {
    cs_status status = CS_OK;
    if (is_pinned(pool)) { return CS_PINNED; }
    for (uint32_t i = 0; i < pool->count && status == CS_OK; i++) {
        status = compact_column(&pool->columns[i], pool->rows);
    }
    pool->capacity = capacity_of(pool, pool->count != 0 ? CS_POOL_MAX_ROWS : pool->capacity);
    return status;
}

/* ---- from another pool ---- */

static int are_alike(const cs_pool *to, const cs_pool *from) {
    if (to->count != from->count) { return 0; }
    for (uint32_t i = 0; i < to->count; i++) {
        const cs_column *a = &to->columns[i], *b = &from->columns[i];
        if (a->sort != b->sort || a->width != b->width || (b->nullable && !a->nullable)) {
            return 0;
        }
    }
    return 1;
}

cs_status cs_pool_append(cs_pool *to, const cs_pool *from, const size_t *rows, size_t start,
                         size_t count) {
    if (!are_alike(to, from)) { return CS_INVALID; }
    if (rows == NULL && (start > from->rows || count > from->rows - start)) { return CS_INVALID; }
    for (size_t i = 0; rows != NULL && i < count; i++) {
        if (rows[i] >= from->rows) { return CS_INVALID; }
    }
    for (uint32_t i = 0; i < to->count; i++) {
        size_t size;
        if (to->columns[i].sort != CS_COLUMN_TEXT) { continue; }
        if (cs_rows_text_size(&from->columns[i], rows, start, count, &size) != 0) {
            return CS_INVALID;
        }
        cs_status status = cs_textheap_reserve(&to->columns[i].heap, size);
        if (status != CS_OK) { return status; }
    }
    const size_t at = to->rows;
    cs_status status = cs_pool_grow(to, count);
    if (status != CS_OK) { return status; }
    for (uint32_t i = 0; i < to->count; i++) {
        cs_rows_append(&to->columns[i], at, &from->columns[i], rows, start, count);
    }
    return CS_OK;
}

/* ---- counting and checking ---- */

static void add_buffer(cs_memory *memory, const cs_buffer *buffer) {
    memory->capacity += buffer->capacity;
    memory->reserved += buffer->reserved;
}

cs_memory cs_pool_memory(const cs_pool *pool, uint32_t column) {
    cs_memory memory = {0};
    for (uint32_t i = 0; i < pool->count; i++) {
        const cs_column *c = &pool->columns[i];
        if (column != UINT32_MAX && column != i) { continue; }
        memory.used += pool->rows * c->width + c->heap.live;
        memory.dead += c->heap.dead;
        add_buffer(&memory, c->values);
        if (c->nullable) {
            memory.used += cs_bits_bytes(pool->rows);
            add_buffer(&memory, c->validity);
        }
        for (uint32_t j = 0; j < c->heap.count; j++) {
            add_buffer(&memory, c->heap.segments[j].buffer);
        }
    }
    return memory;
}

int cs_pool_check(const cs_pool *pool) {
    if (pool->rows > pool->capacity || pool->capacity > CS_POOL_MAX_ROWS) { return 100; }
    for (uint32_t i = 0; i < pool->count; i++) {
        int broken = cs_column_check(&pool->columns[i], pool->rows);
        if (broken != 0) { return broken; }
        if (cs_column_capacity(&pool->columns[i]) < pool->capacity) { return 101; }
    }
    return 0;
}
