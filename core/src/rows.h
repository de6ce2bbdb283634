/* rows.h: moving the rows of one column. Internal to the core: pool.c does it for all its columns.
 *
 * None of these can fail: the caller has made room and checked the numbers. All but cs_rows_append
 * need a column that is its own (cs_column_own).
 */
#ifndef CSLOTS_ROWS_H
#define CSLOTS_ROWS_H

#include "cslots/column.h"

/* The rows behind move up. */
void cs_rows_remove(cs_column *column, size_t rows, size_t from, size_t count);
/* `count` zero rows come in at `at`; the column had `rows` before. */
void cs_rows_insert(cs_column *column, size_t rows, size_t at, size_t count);
/* The `kept` rows whose byte in the mask is not 0 stay. */
void cs_rows_keep(cs_column *column, size_t rows, const uint8_t *mask, size_t kept);
/* scratch: rows * width bytes. */
void cs_rows_permute(cs_column *column, size_t rows, const size_t *order, uint8_t *scratch);
/* Rows of another column, behind the first `at`: source[rows[i]], or with rows NULL source[start +
 * i]. The heap has room for their texts. */
void cs_rows_append(cs_column *column, size_t at, const cs_column *source, const size_t *rows,
                    size_t start, size_t count);
/* The bytes that the heap needs for the texts of these rows of `source`. -1: a text lies outside
 * its segment. */
int cs_rows_text_size(const cs_column *source, const size_t *rows, size_t start, size_t count,
                      size_t *size);

#endif
