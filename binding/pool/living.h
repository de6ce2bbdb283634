/* pool/living.h: the living rows of a pool: those that some variable holds.
 *
 *   as a rule              pool->living --> row <-> row <-> row
 *
 *   with an index          pool->buckets [ . | . | . | . ]    one list for each bucket of positions
 *                                          |       |
 *                                         row     row <-> row
 *
 * Rows come and go all the time, and records move now and then. So the rows stand in a list
 * without an order: to enter it costs nothing, and a call that moves records walks along it. Only
 * a call that replaces records one by one (pool/detach.c) looks for the rows of *one* record. When
 * it has passed many others on the way, the rows are put into buckets by their position, until
 * records move or the last row dies.
 *
 * Invariant: a row with a pool and a position stands in the list, or in the bucket of its
 * position; `indexed` rows stand in buckets. Owner: the pool owns the buckets, and no row.
 */
#ifndef CB_POOL_LIVING_H
#define CB_POOL_LIVING_H

#include "pool/pool.h"

/* The bucket of a position, of a pool that has buckets. */
cb_row **cb_living_bucket(const Pool *pool, size_t position);
void cb_living_enter_bucket(cb_row *row);
void cb_living_leave_bucket(cb_row *row);
void cb_living_make_stale(cb_row *row); /* its record is not there any more */
/* `visit` gets the living rows of `count` records at start, start + step ... It must not run user
 * code. */
typedef void (*cb_living_visit)(void *context, cb_row *row, size_t index);
void cb_living_find(Pool *pool, size_t start, size_t count, Py_ssize_t step, cb_living_visit visit,
                    void *context);
void cb_living_flatten(Pool *pool); /* back to the list */

/* ---- records move ---- */

/* Records were removed: their rows are stale, those after them move up. */
void cb_rows_forget(Pool *pool, size_t from, size_t count);
/* Records were inserted. */
void cb_rows_shift(Pool *pool, size_t from, size_t count);
/* The record that was at i is at places[i] now, or gone: CB_ROW_STALE. */
void cb_rows_follow(Pool *pool, const size_t *places);

/* ---- a row comes or goes ---- */

static inline void cb_living_link(cb_row **head, cb_row *row) {
    row->previous = NULL;
    row->next = *head;
    if (row->next != NULL) { row->next->previous = row; }
    *head = row;
}

static inline void cb_living_unlink(cb_row **head, cb_row *row) {
    if (row->previous != NULL) {
        row->previous->next = row->next;
    } else {
        *head = row->next;
    }
    if (row->next != NULL) { row->next->previous = row->previous; }
    row->previous = row->next = NULL;
}

/* For a row that has its pool and its position. */
static inline void cb_living_add(cb_row *row) {
    if (CS_UNLIKELY(row->pool->buckets != NULL)) {
        cb_living_enter_bucket(row);
    } else {
        cb_living_link(&row->pool->living, row);
    }
}

static inline void cb_living_remove(cb_row *row) {
    if (CS_UNLIKELY(row->pool->buckets != NULL)) {
        cb_living_leave_bucket(row);
    } else {
        cb_living_unlink(&row->pool->living, row);
    }
}

/* May some row be held? */
static inline int cb_living_any(const Pool *pool) {
    return pool->living != NULL || pool->buckets != NULL;
}

#endif
