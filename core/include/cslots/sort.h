/* sort.h: the order of rows by one column: stable, in time n or n log n.
 *
 * Numbers become unsigned keys that compare as they do, and are sorted by the bytes of the keys.
 * Texts are sorted by 8 bytes at a time in the same way, in code point order (that of UTF-8's
 * bytes). sort.c has the drawing.
 */
#ifndef CSLOTS_SORT_H
#define CSLOTS_SORT_H

#include "cslots/column.h"
#include "cslots/kind.h"

/* Reorder `order` (rows, in the order that ties keep) by the values of the column. In both
 * directions: values, then nan, then null. `reverse`: from large to small, ties still in the order
 * given.
 *
 * `ranks`: NULL, or for a column of codes (CS_SORT_UNSIGNED, width up to 4) the key of each code,
 * rank_count of them; a code beyond is an error. On failure `order` is as it was: CS_NO_MEMORY,
 * CS_TOO_LARGE, CS_INVALID (a text or code that lies outside). */
cs_status cs_sort_rows(const cs_column *column, cs_sort_key key, const uint32_t *ranks,
                       size_t rank_count, int reverse, size_t *order, size_t count,
                       const cs_allocator *allocator);

#endif
