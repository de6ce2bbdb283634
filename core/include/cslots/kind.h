/* kind.h: what the core and the binding know of a field kind. The facts stand in kinds.def, one
 * row a kind, and in families.def, one row a family.
 *
 *   kinds.def    --> enum cs_kind     CS_INT8
 *                --> cs_kinds[]       what the table says, for code that is not hot
 *                --> switches         of hot reads and writes: a macro for each family makes a case
 *                                     for each kind
 *   families.def --> enum cs_family   CS_FAMILY_SIGNED
 *                --> cs_kinds[].form
 *                --> cb_family_ops[]  what the binding does with the values
 */
#ifndef CSLOTS_KIND_H
#define CSLOTS_KIND_H

#include <stdint.h>

typedef enum {
#define KIND(id, ...) CS_##id,
#include "cslots/kinds.def"
#undef KIND
    CS_KIND_COUNT
} cs_kind;

/* Kinds that are converted alike. */
typedef enum {
#define FAMILY(id, ...) CS_FAMILY_##id,
#include "cslots/families.def"
#undef FAMILY
    CS_FAMILY_COUNT
} cs_family;

/* How a value lies in an object. */
typedef enum {
    CS_FORM_POINTER = 0, /* a counted reference; NULL: unset */
    CS_FORM_BIT, /* among the state bits */
    CS_FORM_WORD, /* value * 2 + 1, or a pointer to an int or None, or 0: unset */
    CS_FORM_TEXT, /* a 16-bit end offset; its bytes are in the tail */
    CS_FORM_BYTES /* `size` bytes */
} cs_form;

/* What "==" does with two values of a kind. */
typedef enum {
    CS_COMPARE_BYTES = 0, /* equal values have equal bytes */
    CS_COMPARE_BIT,
    CS_COMPARE_FLOAT, /* 0.0 == -0.0, and nan is not equal to itself */
    CS_COMPARE_WORD, /* it may be a pointer to a big int */
    CS_COMPARE_MOMENT, /* datetimes of one moment may differ in their fold bit */
    CS_COMPARE_TEXT,
    CS_COMPARE_POINTER
} cs_compare;

/* What orders the rows of a column. */
typedef enum {
    CS_SORT_UNSIGNED = 0,
    CS_SORT_SIGNED,
    CS_SORT_FLOAT,
    CS_SORT_TEXT,
    CS_SORT_BYTES, /* 16 of them, the first counts most */
    CS_SORT_PYTHON /* not the core */
} cs_sort_key;

enum {
    CS_KIND_OFFERED = 1, /* cslots has an annotation of that name */
    CS_KIND_PLAIN = 2 /* a column has the bytes of an object, and each pattern is a value */
};

typedef struct {
    const char *name; /* what the user reads: "uint8" */
    const char *annotation; /* what the user writes, if it has a name of its own: "float64" */
    const char *arrow; /* Arrow C data interface format; NULL: it depends on the field */
    const char *extension; /* name of the extension type in Arrow, or NULL */
    const char *numpy; /* dtype of an array, where the buffer says another; or NULL */
    const char *buffer; /* format of the struct module for a column ("16s"); NULL: none */
    const char *python; /* class of its values: "datetime.date"; NULL: it depends on the field */
    const char *accepts; /* "an int from 0 to 255": completes "expected uint8 (...)"; or NULL */
    uint8_t family; /* cs_family */
    uint8_t form; /* cs_form */
    uint8_t compare; /* cs_compare */
    uint8_t sort; /* cs_sort_key */
    uint8_t size; /* bytes in the fixed part; 0 for bool */
    uint8_t align;
    uint8_t bits; /* value bits besides the state bits: 1 for bool */
    uint8_t column; /* bytes a row in a column; of a category: of codes in a small table */
    uint8_t flags;
    int64_t min; /* range of integer kinds; 0, 0 elsewhere */
    uint64_t max;
} cs_kind_info;

extern const cs_kind_info cs_kinds[CS_KIND_COUNT];

/* The kind of that name, or -1. Names that stand for several rows (choice, flag) give the smallest.
 */
int cs_kind_by_name(const char *name);

static inline int cs_kind_is_pointer(cs_kind kind) { return kind <= CS_STRUCT; }
static inline int cs_kind_is_integer(cs_kind kind) {
    return cs_kinds[kind].family == CS_FAMILY_SIGNED || cs_kinds[kind].family == CS_FAMILY_UNSIGNED;
}
/* Is it kept as a code that a table of the field gives a meaning? */
static inline int cs_kind_is_code(cs_kind kind) {
    return cs_kinds[kind].family == CS_FAMILY_CATEGORY || cs_kinds[kind].family == CS_FAMILY_CHOICE;
}

#endif
