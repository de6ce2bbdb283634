/* arrow_subject.h: one column of a pool that takes Arrow data, and what the tests of imports ask
 * of it. */
#ifndef CSLOTS_TESTS_ARROW_SUBJECT_H
#define CSLOTS_TESTS_ARROW_SUBJECT_H

#include "arrow_kit.h"
#include "check.h"

/* One column of a pool, and what it takes. */
typedef struct {
    counting_allocator counting;
    cs_pool pool;
    cs_arrow_target target;
    cs_arrow_error error;
} subject;

extern const char *const arrow_texts[6];

void subject_init(subject *s, cs_arrow_want want, const char *format, const char *expected,
                  uint8_t nullable);
void subject_clear(subject *s); /* checks that nothing is left */
cs_status new_import(subject *s, const kit_table *table, cs_arrow_import **import);
/* Import the table, and free it. */
cs_status import_table(subject *s, kit_table *table, int trusted);
/* The import is refused, with this message. */
void expect(subject *s, kit_table *table, cs_arrow_fault fault, const char *message);
int64_t int_at(const cs_pool *pool, size_t row); /* of column 0 */
void expect_text(const cs_pool *pool, size_t row, const char *text); /* NULL: null */

#endif
