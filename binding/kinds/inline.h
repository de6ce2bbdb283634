/* kinds/inline.h: cases of the hot switches over the kind, one macro a family.
 *
 * A function that reads or writes values in line has a switch into which kinds.def puts a case for
 * each row, by the macro of its family:
 *
 *   switch (kind) {
 *   #define KIND(id, name, annotation, family, bits, ...) CS_READ_##family(id, bits)
 *   #include "cslots/kinds.def"
 *   #undef KIND
 *   default: ...                    what needs a call
 *   }
 *
 * Here are the macros that are the same for objects and columns. They use CS_AT(width), the address
 * of the bytes, and `state`. Those that write use `value`, an object, and `number`, and return 0
 * for what they leave to others. How a bool, an int, a reference or a code lies there, the function
 * itself says.
 */
#ifndef CS_KINDS_INLINE_H
#define CS_KINDS_INLINE_H

#include "cslots/bytes.h"
#include "kinds/box.h"
#include "kinds/category.h"

/* CPython shares the small ints, so 8 bits need no box. uint64 is rare and goes the general way. */
#define CS_BOX_8(number) return PyLong_FromLong((long)(number))
#define CS_BOX_16(number) return cs_box_int(state, (number))
#define CS_BOX_32(number) return cs_box_int(state, (number))
#define CS_BOX_64(number) return cs_box_int(state, (number))

#define CS_READ_FLOAT(id, bits) \
    case CS_##id: return cs_box_float(state, cs_load_float##bits(CS_AT((bits) / 8)));
#define CS_READ_SIGNED(id, bits) \
    case CS_##id: CS_BOX_##bits(cs_load_signed(CS_AT((bits) / 8), (bits) / 8));
#define CS_READ_UNSIGNED(id, bits) CS_READ_UNSIGNED_##bits(id)
#define CS_READ_UNSIGNED_8(id) \
    case CS_##id: CS_BOX_8(cs_load_unsigned(CS_AT(1), 1));
#define CS_READ_UNSIGNED_16(id) \
    case CS_##id: CS_BOX_16((int64_t)cs_load_unsigned(CS_AT(2), 2));
#define CS_READ_UNSIGNED_32(id) \
    case CS_##id: CS_BOX_32((int64_t)cs_load_unsigned(CS_AT(4), 4));
#define CS_READ_UNSIGNED_64(id)
#define CS_READ_TEXT(id, bits)
#define CS_READ_CHOICE(id, bits)
#define CS_READ_FLAG(id, bits)
#define CS_READ_UUID(id, bits)

#define CS_STORE_FLOAT(id, bits) CS_STORE_FLOAT_##bits(id)
#define CS_STORE_FLOAT_64(id)                                          \
    case CS_##id:                                                      \
        if (!PyFloat_CheckExact(value)) { return 0; }                  \
        memcpy(CS_AT(8), &((const PyFloatObject *)value)->ob_fval, 8); \
        break;
/* Narrow floats are range checked in convert_float; in line, that slowed the writes of doubles. */
#define CS_STORE_FLOAT_32(id)
#define CS_STORE_FLOAT_16(id)
#define CS_STORE_SIGNED(id, bits)                                           \
    case CS_##id:                                                           \
        if (!PyLong_CheckExact(value) || !CS_LONG_##bits(value, &number) || \
            number != (int##bits##_t)number) {                              \
            return 0;                                                       \
        }                                                                   \
        cs_store_word(CS_AT((bits) / 8), (bits) / 8, (uint64_t)number);     \
        break;
#define CS_STORE_UNSIGNED(id, bits)                                                      \
    case CS_##id:                                                                        \
        if (!PyLong_CheckExact(value) || !cs_long_small(value, &number) || number < 0 || \
            (uint64_t)number != (uint##bits##_t)number) {                                \
            return 0;                                                                    \
        }                                                                                \
        cs_store_word(CS_AT((bits) / 8), (bits) / 8, (uint64_t)number);                  \
        break;
#define CS_LONG_8 cs_long_small
#define CS_LONG_16 cs_long_small
#define CS_LONG_32 cs_long_small
#define CS_LONG_64 cs_long_int64
#define CS_STORE_REFERENCE(id, bits)
#define CS_STORE_TEXT(id, bits)
#define CS_STORE_CHOICE(id, bits)
#define CS_STORE_FLAG(id, bits)
#define CS_STORE_TIME(id, bits)
#define CS_STORE_UUID(id, bits)

#endif
