/* kinds/inline.h: cases of the hot switches over the kind, one macro a family.
 *
 * A function that reads or writes values in line has a switch into which kinds.def puts a case for
 * each row, by the macro of its family:
 *
 *   switch (kind) {
 *   #define KIND(id, name, annotation, family, bits, ...) CB_READ_##family(id, bits)
 *   #include "cslots/kinds.def"
 *   #undef KIND
 *   default: ...                    what needs a call
 *   }
 *
 * Here are the macros that are the same for objects and columns. They use CB_AT(width), the address
 * of the bytes, and `state`. Those that write use `value`, an object, and `number`, and return 0
 * for what they leave to others. How a bool, an int, a reference or a code lies there, the function
 * itself says.
 */
#ifndef CB_KINDS_INLINE_H
#define CB_KINDS_INLINE_H

#include "cslots/bytes.h"
#include "kinds/box.h"
#include "kinds/category.h"

/* CPython shares the small ints, so 8 bits need no box. uint64 is rare and goes the general way. */
#define CB_BOX_8(number) return PyLong_FromLong((long)(number))
#define CB_BOX_16(number) return cb_box_int(state, (number))
#define CB_BOX_32(number) return cb_box_int(state, (number))
#define CB_BOX_64(number) return cb_box_int(state, (number))

#define CB_READ_FLOAT(id, bits) \
    case CS_##id: return cb_box_float(state, cs_load_float##bits(CB_AT((bits) / 8)));
#define CB_READ_SIGNED(id, bits) \
    case CS_##id: CB_BOX_##bits(cs_load_signed(CB_AT((bits) / 8), (bits) / 8));
#define CB_READ_UNSIGNED(id, bits) CB_READ_UNSIGNED_##bits(id)
#define CB_READ_UNSIGNED_8(id) \
    case CS_##id: CB_BOX_8(cs_load_unsigned(CB_AT(1), 1));
#define CB_READ_UNSIGNED_16(id) \
    case CS_##id: CB_BOX_16((int64_t)cs_load_unsigned(CB_AT(2), 2));
#define CB_READ_UNSIGNED_32(id) \
    case CS_##id: CB_BOX_32((int64_t)cs_load_unsigned(CB_AT(4), 4));
#define CB_READ_UNSIGNED_64(id)
#define CB_READ_TEXT(id, bits)
#define CB_READ_CHOICE(id, bits)
#define CB_READ_FLAG(id, bits)
#define CB_READ_UUID(id, bits)

#define CB_STORE_FLOAT(id, bits) CB_STORE_FLOAT_##bits(id)
#define CB_STORE_FLOAT_64(id)                                          \
    case CS_##id:                                                      \
        if (!PyFloat_CheckExact(value)) { return 0; }                  \
        memcpy(CB_AT(8), &((const PyFloatObject *)value)->ob_fval, 8); \
        break;
/* Narrow floats are range checked in convert_float; in line, that slowed the writes of doubles. */
#define CB_STORE_FLOAT_32(id)
#define CB_STORE_FLOAT_16(id)
#define CB_STORE_SIGNED(id, bits)                                           \
    case CS_##id:                                                           \
        if (!PyLong_CheckExact(value) || !CB_LONG_##bits(value, &number) || \
            number != (int##bits##_t)number) {                              \
            return 0;                                                       \
        }                                                                   \
        cs_store_word(CB_AT((bits) / 8), (bits) / 8, (uint64_t)number);     \
        break;
#define CB_STORE_UNSIGNED(id, bits)                                                      \
    case CS_##id:                                                                        \
        if (!PyLong_CheckExact(value) || !cb_long_small(value, &number) || number < 0 || \
            (uint64_t)number != (uint##bits##_t)number) {                                \
            return 0;                                                                    \
        }                                                                                \
        cs_store_word(CB_AT((bits) / 8), (bits) / 8, (uint64_t)number);                  \
        break;
#define CB_LONG_8 cb_long_small
#define CB_LONG_16 cb_long_small
#define CB_LONG_32 cb_long_small
#define CB_LONG_64 cb_long_int64
#define CB_STORE_REFERENCE(id, bits)
#define CB_STORE_TEXT(id, bits)
#define CB_STORE_CHOICE(id, bits)
#define CB_STORE_FLAG(id, bits)
#define CB_STORE_TIME(id, bits)
#define CB_STORE_UUID(id, bits)

#endif
