/* arrow/match.h: which column of a foreign table goes to which column of the pool, decided once
 * from the schema.
 */
#ifndef CSLOTS_ARROW_MATCH_H
#define CSLOTS_ARROW_MATCH_H

#include "arrow/convert.h"

typedef struct {
    int64_t child; /* -1: missing */
    cs_arrow_format format; /* of the values; of a dictionary: of the indexes */
    cs_arrow_format words; /* of a dictionary; sort CS_FORMAT_OTHER where there is none */
    cs_arrow_number number; /* of CS_ARROW_FIXED: what the column keeps */
} cs_arrow_match;

static inline int cs_arrow_has_words(const cs_arrow_match *match) {
    return match->words.sort != CS_FORMAT_OTHER;
}

/* matches: one for each target. *children: the number of columns that arrays of this schema
 * have. */
cs_status cs_arrow_match_schema(const cs_arrow_target *targets, uint32_t count,
                                const struct ArrowSchema *schema, cs_arrow_match *matches,
                                int64_t *children, cs_arrow_error *error);

#endif
