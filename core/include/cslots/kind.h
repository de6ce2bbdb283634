/* kind.h: the one table of field kinds. Everything that is one fact about a kind stands in its row. */
#ifndef CSLOTS_KIND_H
#define CSLOTS_KIND_H

#include <stdint.h>

typedef enum {
    CS_OBJECT = 0, /* pointer; anything */
    CS_STR, /* pointer; exact str */
    CS_BYTES, /* pointer; exact bytes */
    CS_STRUCT, /* pointer; an instance of a Struct class */
    CS_BOOL, /* one bit */
    CS_INT, /* word: value * 2 + 1, or a pointer to a big int, or 0 */
    CS_INT8,
    CS_INT16,
    CS_INT32,
    CS_INT64,
    CS_UINT8,
    CS_UINT16,
    CS_UINT32,
    CS_UINT64,
    CS_FLOAT32,
    CS_FLOAT64,
    CS_UTF8, /* 16-bit end offset; bytes in the tail */
    CS_CATEGORY, /* uint32 code into the field's table of strings */
    CS_CHOICE8, /* Enum or Literal with up to 2^8 choices: index */
    CS_CHOICE16, /* ... up to 2^16 */
    CS_FLAG8, /* enum.Flag: its bits */
    CS_FLAG16,
    CS_FLAG32,
    CS_FLAG64,
    CS_DATE, /* int32, proleptic Gregorian ordinal */
    CS_DATETIME, /* int64: microseconds since 0001-01-01 * 4 + fold * 2 + is_utc */
    CS_TIMEDELTA, /* int64 microseconds */
    CS_KIND_COUNT
} cs_kind;

enum {
    CS_KIND_POINTER = 1, /* a counted reference to a Python object */
    CS_KIND_SIGNED = 2, /* an integer kind that is signed */
    CS_KIND_UNSIGNED = 4, /* an integer kind that is unsigned */
    CS_KIND_TAIL = 8, /* has bytes in the tail */
    CS_KIND_EXACT = 16 /* equal values have equal bytes: compared and hashed as memory */
};

typedef struct {
    const char *name; /* what the user reads and writes: "uint8" */
    const char *
        accepts; /* "an int from 0 to 255": completes "expected uint8 (...)"; NULL where the name says it all */
    const char *arrow; /* Arrow C data interface format; NULL: no fixed one */
    uint8_t size; /* bytes in the fixed part; 0 for bool */
    uint8_t align;
    uint8_t bits; /* value bits besides the state bits: 1 for bool */
    uint8_t flags;
    int64_t min; /* range of integer kinds; 0, 0 elsewhere */
    uint64_t max;
} cs_kind_info;

extern const cs_kind_info cs_kinds[CS_KIND_COUNT];

/* The kind of that name, or -1. Names that stand for several rows (choice, flag) give the smallest. */
int cs_kind_by_name(const char *name);

static inline int cs_kind_is_pointer(cs_kind kind) { return kind <= CS_STRUCT; }

#endif
