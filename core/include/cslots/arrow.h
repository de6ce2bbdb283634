/* arrow.h: columns out to Arrow's C data interface, and in from it.
 *
 *   out   columns --share--> ArrowArray +s
 *                             +- child: validity, values
 *                             +- child: validity, views, segments, sizes
 *
 *   in    ArrowArray --moved in--> cs_arrow_import --apply--> columns
 *
 * An exported child has references of its own. So it may outlive its parent, be moved, and be
 * released in any thread, without Python's lock. An import copies nothing where it can: the
 * buffers of the columns hold a reference to the array.
 *
 * An export is a snapshot: later writes to the columns do not change it (column.h). An import is
 * all or nothing: every value of every batch is looked at before the first row is added.
 *
 * Arrow carries no lengths of buffers, so those are trusted. Everything else is checked. The owner
 * of the memory may write to it after the check, so an index is compared with its limit again
 * where it is used.
 */
#ifndef CSLOTS_ARROW_H
#define CSLOTS_ARROW_H

#include <stdint.h>

#include "cslots/column.h"
#include "cslots/pool.h"

/* ---- the interface itself, as its specification has it ---- */

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

#endif

/* ---- errors ---- */

typedef enum {
    CS_ARROW_NONE = 0,
    /* the column does not take the format; or a column is missing, or superfluous */
    CS_ARROW_TYPE,
    CS_ARROW_VALUE, /* a value that the column cannot hold: a null, a text that is not UTF-8 */
    CS_ARROW_RANGE, /* a number that the column cannot hold */
    CS_ARROW_BROKEN, /* the structs contradict themselves or the specification */
    CS_ARROW_SIZE /* too much for the format or for a pool */
} cs_arrow_fault;

/* Filled by each function here that returns an error other than CS_NO_MEMORY and CS_PINNED. The
 * message names column and row. */
typedef struct {
    cs_arrow_fault fault;
    char message[320];
} cs_arrow_error;

/* ---- dictionaries: the strings of a column of codes ---- */

/* A list of strings that never changes. Any thread may drop a reference. */
typedef struct cs_dictionary cs_dictionary;
/* Copies the strings. CS_NO_MEMORY; CS_TOO_LARGE (2 GiB of text, or more than INT32_MAX strings);
 * CS_INVALID: string *bad is not UTF-8, the first such. */
cs_status cs_dictionary_new(cs_dictionary **dictionary, const cs_allocator *allocator,
                            const cs_text *strings, size_t count, size_t *bad);
cs_dictionary *cs_dictionary_ref(cs_dictionary *dictionary);
void cs_dictionary_unref(cs_dictionary *dictionary); /* NULL is allowed; any thread */
size_t cs_dictionary_count(const cs_dictionary *dictionary);

/* ---- export ---- */

enum {
    /* look at every row and refuse what Arrow does not allow: the column may hold lone surrogates,
     * or anything if its memory is a mapped file */
    CS_ARROW_CHECK = 1
};

/* One column. format:
 *   b                     a column of bytes, packed into bits
 *   vu u U, vz z Z        a text column; "vu" and "vz" share its memory, the others copy it
 *   C S I                 with a dictionary: a column of codes of that width
 *   any other             a fixed column, shared as it is */
typedef struct {
    const char *name; /* UTF-8 */
    const char *format;
    const char *extension; /* name of the extension type, or NULL */
    uint8_t nullable;
    uint8_t flags;
    cs_column *column; /* not looked at for a schema */
    cs_dictionary *dictionary;
    /* the row of the pool that is row 0 of the column; not 0 only for a copy of a part */
    size_t first;
} cs_arrow_field;

/* *out becomes a struct of the fields, which the caller releases. On failure out->release is NULL.
 * `fields` are only read during the call. The allocator must work without Python's lock, as that
 * of the columns' buffers must. */
cs_status cs_arrow_export_schema(const cs_arrow_field *fields, uint32_t count,
                                 const cs_allocator *allocator, struct ArrowSchema *out);
/* Rows [from, from + length) of columns that have `rows` rows. CS_NO_MEMORY, CS_INVALID,
 * CS_TOO_LARGE. */
cs_status cs_arrow_export_array(const cs_arrow_field *fields, uint32_t count, size_t rows,
                                size_t from, size_t length, const cs_allocator *allocator,
                                struct ArrowArray *out, cs_arrow_error *error);
/* The same rows as the only batch of a stream. They are taken now, not when the stream is read. */
cs_status cs_arrow_export_stream(const cs_arrow_field *fields, uint32_t count, size_t rows,
                                 size_t from, size_t length, const cs_allocator *allocator,
                                 struct ArrowArrayStream *out, cs_arrow_error *error);
/* Look up each text field by its name in `requested` (a struct), and use the format given there if
 * it is one for texts. Everything else in `requested` is ignored. */
void cs_arrow_request(cs_arrow_field *fields, uint32_t count, const struct ArrowSchema *requested);

/* ---- import ---- */

typedef enum {
    CS_ARROW_FIXED = 0, /* numbers and times: `format` says how the column keeps them */
    CS_ARROW_BITS, /* bool: a byte a row */
    CS_ARROW_TEXTS, /* a text column */
    CS_ARROW_CODES, /* texts, kept as codes; the caller gives each text its code */
    CS_ARROW_STR, /* texts of which the caller makes objects */
    CS_ARROW_BYTES /* the same, of binary formats */
} cs_arrow_want;

/* What column `column` of the pool takes. */
typedef struct {
    const char *name;
    const char *expected; /* "uint8 (an int from 0 to 255)", for messages */
    /* of fixed columns. "ts" is a datetime: all rows are naive, or all are in UTC */
    const char *format;
    uint64_t mask; /* of unsigned columns: the bits that a value may have; 0 is any */
    uint32_t column;
    uint8_t want;
    uint8_t nullable;
    uint8_t optional; /* the column may be missing; the new rows are null then, or zero */
    uint8_t fixed_width; /* of codes: the column keeps its width */
} cs_arrow_target;

typedef struct cs_arrow_import cs_arrow_import;

/* Match a schema (a struct) with the targets, by name. The targets are used until the import is
 * freed, the schema only during the call. CS_NO_MEMORY, CS_INVALID. */
cs_status cs_arrow_import_new(cs_arrow_import **import, const cs_allocator *allocator,
                              const cs_arrow_target *targets, uint32_t count,
                              const struct ArrowSchema *schema, cs_arrow_error *error);
/* NULL is allowed. Releases the batches that no column uses. */
void cs_arrow_import_free(cs_arrow_import *import);

enum {
    /* the batch comes from a file that cslots wrote: values that need no conversion are looked at
     * when they are read, not now */
    CS_ARROW_TRUSTED = 1
};

/* Columns that take over a buffer in this memory may write to it, since nobody else sees it (a
 * private mapping). For batches that are added later. */
void cs_arrow_import_own(cs_arrow_import *import, const void *memory, size_t size);

/* Add a batch and look at every value in it. `array` is moved in, on failure too. CS_NO_MEMORY,
 * CS_INVALID, CS_TOO_LARGE: the import is as before. */
cs_status cs_arrow_import_add(cs_arrow_import *import, struct ArrowArray *array, int flags,
                              cs_arrow_error *error);

size_t cs_arrow_import_rows(const cs_arrow_import *import);
/* Does the schema have the target? 0: the target is optional and missing. */
int cs_arrow_import_found(const cs_arrow_import *import, uint32_t target);
/* 1: in UTC; 0: naive; -1: the column has no timestamps. */
int cs_arrow_import_utc(const cs_arrow_import *import, uint32_t target);

/* The different texts of a CS_ARROW_CODES target in all batches so far, in the order in which they
 * came. The caller gives each its code before the import is applied. Without that, a text has its
 * own number as code. */
size_t cs_arrow_import_words(const cs_arrow_import *import, uint32_t target);
/* *row: the first row with the text, or SIZE_MAX. */
cs_text cs_arrow_import_word(const cs_arrow_import *import, uint32_t target, size_t word,
                             size_t *row);
void cs_arrow_import_set_code(cs_arrow_import *import, uint32_t target, size_t word, uint32_t code);

/* Are all rows null? */
int cs_arrow_import_is_null(const cs_arrow_import *import, uint32_t target);
/* The text of a row, for CS_ARROW_STR and CS_ARROW_BYTES targets. 1: *text is set; 0: the row is
 * null; -1: the array has changed since it was checked. */
int cs_arrow_import_text(const cs_arrow_import *import, uint32_t target, size_t row, cs_text *text);

/* Append all rows to the pool. Rows of CS_ARROW_STR and CS_ARROW_BYTES targets and of missing
 * columns are zero after it. An empty pool takes over the buffers of a single batch where it can.
 * On failure nothing has changed: CS_NO_MEMORY, CS_TOO_LARGE, CS_PINNED, CS_INVALID (codes that do
 * not fit, or values of a trusted batch that must be converted after all). */
cs_status cs_arrow_import_apply(cs_arrow_import *import, cs_pool *pool, cs_arrow_error *error);

#endif
