/* arrow/convert.h: numbers and times of a foreign array, converted to those of a column. */
#ifndef CSLOTS_ARROW_CONVERT_H
#define CSLOTS_ARROW_CONVERT_H

#include "arrow/source.h"

typedef struct {
    cs_arrow_format format;
    const char *expected;
    uint64_t mask;
} cs_arrow_number;

/* Can a column of `want` take values of this format at all? */
int cs_arrow_converts(cs_arrow_format format, cs_arrow_format want);
/* Is a value of the source, byte for byte, a value of the column? */
int cs_arrow_is_same(cs_arrow_format format, cs_arrow_format want);
/* Write the rows to `to`, zero where null. With `to` NULL, only see whether that can be done. */
cs_status cs_arrow_convert(const cs_arrow_source *source, const cs_arrow_number *want, uint8_t *to,
                           const cs_arrow_place *place);

#endif
