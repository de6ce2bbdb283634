/* sort.h: the order of rows by one column: stable, in time n log n or n.
 *
 * Numbers become unsigned keys that compare as they do, and are sorted by a radix sort that passes
 * over bytes in which all keys agree; texts are merged by their bytes (UTF-8 in code point order),
 * comparing the prefix in the view first.
 */
#ifndef CSLOTS_SORT_H
#define CSLOTS_SORT_H

#include "cslots/column.h"
#include "cslots/kind.h"

/* Reorder `order` (rows, in the order that ties keep) by the values of the column. Null rows come
 * last, then, before them, nan; in both directions. `reverse`: from large to small, ties still in
 * the order given. `ranks`: NULL, or for a column of codes (CS_SORT_UNSIGNED, width up to 4): the
 * key of each code, rank_count of them; a code beyond is an error. CS_NO_MEMORY, CS_INVALID (a
 * text or code that lies outside): order is as it was. */
cs_status cs_sort_rows(const cs_column *column, cs_sort_key key, const uint32_t *ranks,
                       size_t rank_count, int reverse, size_t *order, size_t count,
                       const cs_allocator *allocator);

#endif
