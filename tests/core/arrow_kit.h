/* arrow_kit.h: foreign tables made by hand, for tests and fuzzers of the import.
 *
 * Each buffer is a block of its own, exactly as long as it must be, so that a sanitizer sees a
 * byte that is read beyond it. The structs may be changed in any way after they were made: the kit
 * keeps apart what it must free.
 */
#ifndef CSLOTS_TESTS_ARROW_KIT_H
#define CSLOTS_TESTS_ARROW_KIT_H

#include <stdlib.h>
#include <string.h>

#include "cslots/arrow.h"

enum { KIT_MOST = 40 };

typedef struct {
    void *blocks[KIT_MOST];
    struct ArrowArray *arrays[KIT_MOST]; /* children and dictionary, in blocks */
    struct ArrowSchema *schemas[KIT_MOST];
    size_t block_count, array_count, schema_count;
} kit_owner;

typedef struct {
    struct ArrowSchema schema;
    struct ArrowArray array;
} kit_table;

extern size_t kit_alive; /* structs that were made and are not yet released */

void kit_array(struct ArrowArray *array, size_t buffers, size_t children, size_t length);
void kit_schema(struct ArrowSchema *schema, const char *name, const char *format, size_t children);
/* Give an array a buffer with a copy of these bytes, and return it. */
void *kit_buffer(struct ArrowArray *array, size_t index, const void *data, size_t size);
/* A dictionary (structs that are still empty) for a column. */
void kit_add_dictionary(struct ArrowSchema *schema, struct ArrowArray *array);

/* A table of `columns` columns, which are still empty. */
void kit_table_init(kit_table *table, size_t columns, size_t rows);
void kit_table_clear(kit_table *table);
/* Values of a fixed width, or, with width 0, of any buffers that the caller adds. */
void kit_fixed(kit_table *table, size_t column, const char *name, const char *format,
               const void *values, size_t width);
void kit_bits(kit_table *table, size_t column, const char *name, const uint8_t *bits);
/* Texts in any of the six formats; NULL is null. Views go to `segments` segments in turn. */
void kit_texts(kit_table *table, size_t column, const char *name, const char *format,
               const char *const *texts, size_t segments);
/* Indexes of a format, into texts of another. */
void kit_codes(kit_table *table, size_t column, const char *name, const char *format,
               const void *indexes, size_t width, const char *words_format,
               const char *const *words, size_t count);
/* Rows whose bit is 0 are null. */
void kit_validity(struct ArrowArray *array, const uint8_t *bits);

#endif
