/* column_load.h: whole columns from bytes that were written elsewhere (a pickle). Nothing in them
 * is believed.
 *
 *   validity   bits                 --> bits, zero behind the rows
 *   values     rows of the width    --> the same; bools become 0 or 1
 *   codes      1, 2 or 4 bytes      --> each through a map
 *   texts      views and segments   --> each looked at: does it lie in its segment, is it text?
 *
 * Validity is loaded first, where there is one. What a view repeats of its text is written anew.
 * The column has room for the rows, which are zero, and its buffers are its own. Null rows stay
 * zero whatever the bytes say.
 */
#ifndef CSLOTS_COLUMN_LOAD_H
#define CSLOTS_COLUMN_LOAD_H

#include "cslots/column.h"

/* Of a nullable column. */
void cs_column_load_validity(cs_column *column, size_t rows, const uint8_t *bits);
void cs_column_load_values(cs_column *column, size_t rows, const uint8_t *values, int are_bools);

/* Codes of `width` bytes. Code i becomes map[i], which the column's width holds. CS_INVALID: a
 * code is `count` or more. Some rows have been written then. */
cs_status cs_column_load_codes(cs_column *column, size_t rows, const uint8_t *codes, uint32_t width,
                               const uint32_t *map, size_t count);

/* Views into the segments of the column's heap, which the caller has filled. `is_text` decides
 * about text that is not UTF-8 (0: refuse). CS_INVALID: it refused, or a text lies outside its
 * segment (*outside is 1). Some rows have been written then. CS_NO_MEMORY. */
cs_status cs_column_load_texts(cs_column *column, size_t rows, const uint8_t *views,
                               int (*is_text)(cs_text text), int *outside);

#endif
