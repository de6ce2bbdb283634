/* kind.c: the table of field kinds, one row a kind.
 *
 * A row gives everything that is one fact about the kind; no other file repeats a size, a range or a name. Rows are written with
 * designated initialisers, so that the order of the enum in kind.h cannot come apart from the order here.
 *
 * Why some rows are not CS_KIND_EXACT: equal floats may differ in bytes (0.0 and -0.0) and equal bytes may be unequal (nan); an int word
 * may be a pointer to a big int; two datetimes of one moment may differ in their fold bit.
 */
#include "cslots/kind.h"

#include <string.h>

#define POINTER(text) \
    {.name = text, .size = sizeof(void *), .align = sizeof(void *), .flags = CS_KIND_POINTER}
#define SIGNED(width, format, from, to)          \
    {.name = "int" #width,                       \
     .accepts = "an int from " #from " to " #to, \
     .arrow = (format),                          \
     .size = width / 8,                          \
     .align = width / 8,                         \
     .flags = CS_KIND_SIGNED | CS_KIND_EXACT,    \
     .min = INT##width##_MIN,                    \
     .max = INT##width##_MAX}
#define UNSIGNED(width, format, to)             \
    {.name = "uint" #width,                     \
     .accepts = "an int from 0 to " #to,        \
     .arrow = (format),                         \
     .size = width / 8,                         \
     .align = width / 8,                        \
     .flags = CS_KIND_UNSIGNED | CS_KIND_EXACT, \
     .max = UINT##width##_MAX}
#define EXACT(text, says, format, bytes) \
    {.name = text,                       \
     .accepts = (says),                  \
     .arrow = (format),                  \
     .size = (bytes),                    \
     .align = (bytes),                   \
     .flags = CS_KIND_EXACT}
#define FLOAT(text, format, bytes) \
    {.name = text, .arrow = (format), .size = (bytes), .align = (bytes)}

const cs_kind_info cs_kinds[CS_KIND_COUNT] = {
    [CS_OBJECT] = POINTER("object"),
    [CS_STR] = POINTER("str"),
    [CS_BYTES] = POINTER("bytes"),
    [CS_STRUCT] = POINTER("struct"),
    [CS_BOOL] = {.name = "bool", .arrow = "b", .size = 0, .align = 1, .bits = 1},
    [CS_INT] = {.name = "int", .size = sizeof(void *), .align = sizeof(void *)},
    [CS_INT8] = SIGNED(8, "c", -128, 127),
    [CS_INT16] = SIGNED(16, "s", -32768, 32767),
    [CS_INT32] = SIGNED(32, "i", -2147483648, 2147483647),
    [CS_INT64] = SIGNED(64, "l", -9223372036854775808, 9223372036854775807),
    [CS_UINT8] = UNSIGNED(8, "C", 255),
    [CS_UINT16] = UNSIGNED(16, "S", 65535),
    [CS_UINT32] = UNSIGNED(32, "I", 4294967295),
    [CS_UINT64] = UNSIGNED(64, "L", 18446744073709551615),
    [CS_FLOAT32] = FLOAT("float32", "f", 4),
    [CS_FLOAT64] = FLOAT("float", "g", 8),
    [CS_UTF8] = {.name = "utf8",
                 .accepts = "a str",
                 .arrow = "vu",
                 .size = 2,
                 .align = 2,
                 .flags = CS_KIND_TAIL},
    [CS_CATEGORY] = EXACT("category", "a str", NULL, 4),
    [CS_CHOICE8] = EXACT("choice8", NULL, NULL, 1),
    [CS_CHOICE16] = EXACT("choice16", NULL, NULL, 2),
    [CS_FLAG8] = EXACT("flag8", NULL, NULL, 1),
    [CS_FLAG16] = EXACT("flag16", NULL, NULL, 2),
    [CS_FLAG32] = EXACT("flag32", NULL, NULL, 4),
    [CS_FLAG64] = EXACT("flag64", NULL, NULL, 8),
    [CS_DATE] = EXACT("date", "a datetime.date without time", "tdD", 4),
    [CS_DATETIME] = {.name = "datetime",
                     .accepts = "a naive datetime or one in timezone.utc",
                     .size = 8,
                     .align = 8},
    [CS_TIMEDELTA] = EXACT("timedelta", "a datetime.timedelta", "tDu", 8),
};

/* Names that no row has: a second name of one row, and the names that stand for several. */
static const struct {
    const char *name;
    cs_kind kind;
} aliases[] = {{"float64", CS_FLOAT64}, {"choice", CS_CHOICE8}, {"flag", CS_FLAG8}};

int cs_kind_by_name(const char *name) {
    for (int kind = 0; kind < CS_KIND_COUNT; kind++) {
        if (strcmp(name, cs_kinds[kind].name) == 0) { return kind; }
    }
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
        if (strcmp(name, aliases[i].name) == 0) { return (int)aliases[i].kind; }
    }
    return -1;
}
