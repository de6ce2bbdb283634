/* rows.h: moving the rows of one column. Internal to the core: pool.c does each of these for all
 * its columns.
 *
 * All but cs_rows_append want a column that is its own (cs_column_own), and none can fail: whoever
 * calls has made room and checked the numbers.
 */
#ifndef CSLOTS_ROWS_H
#define CSLOTS_ROWS_H

#include "cslots/column.h"

/* those behind move up */
void cs_rows_remove(cs_column *column, size_t rows, size_t from, size_t count);
/* `rows` before; zero rows come in */
void cs_rows_insert(cs_column *column, size_t rows, size_t at, size_t count);
/* Those whose byte in the mask is not 0: `kept` of them. */
void cs_rows_keep(cs_column *column, size_t rows, const uint8_t *mask, size_t kept);
/* scratch: rows * width bytes */
void cs_rows_permute(cs_column *column, size_t rows, const size_t *order, uint8_t *scratch);
/* Rows of another column behind the first `at`: source[rows[i]], or with rows NULL source[start +
 * i]. The texts fit into the heap. */
void cs_rows_append(cs_column *column, size_t at, const cs_column *source, const size_t *rows,
                    size_t start, size_t count);
/* Bytes that the heap needs for these rows of `source`; -1: a text lies outside its segment. */
int cs_rows_text_size(const cs_column *source, const size_t *rows, size_t start, size_t count,
                      size_t *size);

#endif
