/* column_load.h: whole columns from bytes that were written elsewhere (a pickle), of which nothing
 * is believed.
 *
 *   validity   bits                 --> bits, zero behind the rows; first of all, where there is one
 *   values     rows of the width    --> the same; bools become 0 or 1
 *   codes      1, 2 or 4 bytes      --> each through a map
 *   texts      views and segments   --> each looked at: its place, and whether it is text; what a view repeats of its text is written anew
 *
 * The column has room for the rows, which are zero, and its buffers are its own. Null rows stay
 * zero whatever the bytes say.
 */
#ifndef CSLOTS_COLUMN_LOAD_H
#define CSLOTS_COLUMN_LOAD_H

#include "cslots/column.h"

/* of a nullable one */
void cs_column_load_validity(cs_column *column, size_t rows, const uint8_t *bits);
void cs_column_load_values(cs_column *column, size_t rows, const uint8_t *values, int are_bools);

/* Codes of `width` bytes; code i becomes map[i], which the column's width holds. CS_INVALID: one
 * is `count` or more, and some rows have been written. */
cs_status cs_column_load_codes(cs_column *column, size_t rows, const uint8_t *codes, uint32_t width,
                               const uint32_t *map, size_t count);

/* Views into the segments of the column's heap, which the caller has filled. Text that is not
 * UTF-8 is shown to `is_text`: 0 refuses it. CS_INVALID: it did, or (*outside) a text lies outside
 * its segment; some rows have been written. CS_NO_MEMORY. */
cs_status cs_column_load_texts(cs_column *column, size_t rows, const uint8_t *views,
                               int (*is_text)(cs_text text), int *outside);

#endif
