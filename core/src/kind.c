/* kind.c: cs_kinds[], made of the rows of kinds.def and families.def. What follows from a row
 * stands here, and what a row must keep to. */
#include "cslots/kind.h"

#include <stddef.h>
#include <string.h>

#define CS_POINTER_BITS (8 * sizeof(void *))

enum {
#define FAMILY(id, name, form, functions) FORM_##id = CS_FORM_##form,
#include "cslots/families.def"
#undef FAMILY
};

/* ---- what each row must keep to ---- */

/* The greatest number of so many bits. Rows without a range may have none, or 128. */
#define GREATEST(BITS) (UINT64_MAX >> (64 - ((BITS) >= 8 && (BITS) <= 64 ? (BITS) : 64)))

#define KIND(id, NAME, ANNOTATION, FAMILY, BITS, COLUMN, COMPARE, SORT, ARROW, EXTENSION, BUFFER, \
             NUMPY, FLAGS, MIN, MAX, PYTHON, ACCEPTS)                                             \
    _Static_assert((int)FORM_##FAMILY == CS_FORM_BIT                                              \
                       ? (BITS) == 0                                                              \
                       : (BITS) == 8 || (BITS) == 16 || (BITS) == 32 || (BITS) == 64 ||           \
                             (BITS) == 128,                                                       \
                   #id ": bits are 8, 16, 32, 64 or 128, and 0 of a state bit");                  \
    _Static_assert(!((FLAGS) & CS_KIND_PLAIN) || (COLUMN) == (BITS) / 8,                          \
                   #id ": the column of a plain kind is as wide as its bits");                    \
    _Static_assert(CS_FAMILY_##FAMILY != CS_FAMILY_SIGNED ||                                      \
                       ((MIN) == -(int64_t)(GREATEST(BITS) >> 1) - 1 &&                           \
                        (uint64_t)(MAX) == GREATEST(BITS) >> 1),                                  \
                   #id ": min and max of SIGNED are the limits of its bits");                     \
    _Static_assert(CS_FAMILY_##FAMILY != CS_FAMILY_UNSIGNED ||                                    \
                       ((MIN) == 0 && (uint64_t)(MAX) == GREATEST(BITS)),                         \
                   #id ": min and max of UNSIGNED are the limits of its bits");                   \
    _Static_assert((CS_FAMILY_##FAMILY == CS_FAMILY_REFERENCE) == (CS_##id <= CS_STRUCT),         \
                   #id ": references come first, and STRUCT is the last of them");
#include "cslots/kinds.def"
#undef KIND

/* ---- the table ---- */

const cs_kind_info cs_kinds[CS_KIND_COUNT] = {
#define KIND(id, NAME, ANNOTATION, FAMILY, BITS, COLUMN, COMPARE, SORT, ARROW, EXTENSION, BUFFER, \
             NUMPY, FLAGS, MIN, MAX, PYTHON, ACCEPTS)                                             \
    [CS_##id] = {.name = (NAME),                                                                  \
                 .annotation = (ANNOTATION),                                                      \
                 .arrow = (ARROW),                                                                \
                 .extension = (EXTENSION),                                                        \
                 .buffer = (BUFFER),                                                              \
                 .numpy = (NUMPY),                                                                \
                 .python = (PYTHON),                                                              \
                 .accepts = (ACCEPTS),                                                            \
                 .family = CS_FAMILY_##FAMILY,                                                    \
                 .form = FORM_##FAMILY,                                                           \
                 .compare = CS_COMPARE_##COMPARE,                                                 \
                 .sort = CS_SORT_##SORT,                                                          \
                 .size = (BITS) / 8,                                                              \
                 .align = (BITS) > 64 ? 8                                                         \
                          : (BITS)    ? (BITS) / 8                                                \
                                      : 1,                                                        \
                 .bits = (int)FORM_##FAMILY == CS_FORM_BIT,                                       \
                 .column = (COLUMN),                                                              \
                 .flags = (FLAGS),                                                                \
                 .min = (MIN),                                                                    \
                 .max = (MAX)},
#include "cslots/kinds.def"
#undef KIND
};

/* Names that stand for several rows. */
static const struct {
    const char *name;
    cs_kind kind;
} aliases[] = {{"choice", CS_CHOICE8}, {"flag", CS_FLAG8}};

int cs_kind_by_name(const char *name) {
    for (int kind = 0; kind < CS_KIND_COUNT; kind++) {
        if (strcmp(name, cs_kinds[kind].name) == 0 ||
            strcmp(name, cs_kinds[kind].annotation) == 0) {
            return kind;
        }
    }
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
        if (strcmp(name, aliases[i].name) == 0) { return (int)aliases[i].kind; }
    }
    return -1;
}
