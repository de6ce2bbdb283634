/* kind.c: cs_kinds[], made of the rows of kinds.def. What follows from a row stands here: its form
 * from its family, its bytes from its bits. */
#include "cslots/kind.h"

#include <stddef.h>
#include <string.h>

#define CS_POINTER_BITS (8 * sizeof(void *))

#define FORM_REFERENCE CS_FORM_POINTER
#define FORM_BOOL CS_FORM_BIT
#define FORM_INT CS_FORM_WORD
#define FORM_SIGNED CS_FORM_BYTES
#define FORM_UNSIGNED CS_FORM_BYTES
#define FORM_FLOAT CS_FORM_BYTES
#define FORM_TEXT CS_FORM_TEXT
#define FORM_CATEGORY CS_FORM_BYTES
#define FORM_CHOICE CS_FORM_BYTES
#define FORM_FLAG CS_FORM_BYTES
#define FORM_TIME CS_FORM_BYTES
#define FORM_RAW CS_FORM_BYTES

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
                 .bits = FORM_##FAMILY == CS_FORM_BIT,                                            \
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
