/* object/hash.c: the hash of objects by value.
 *
 *   Struct      steps over bytes, runs of integers at once, keyed with the interpreter's own
 *               secret
 *   dataclass   the hash of the tuple of the fields: that of each value as Python would hash it,
 *               but without making the values or the tuple
 *
 * The second repeats formulas of CPython's. cb_hash_try compares them with the interpreter's when
 * the module is loaded. Should they differ, tuples are made.
 */
#include "object/hash.h"
#include "kinds/word.h"
#include "model/errors.h"
#include "model/hold.h"
#include "object/blank.h"
#include "object/steps.h"
#include "object/value.h"

/* ---- of a dataclass ---- */

#define HASH_BITS 61
#define HASH_MODULUS ((UINT64_C(1) << HASH_BITS) - 1)

/* Numbers hash as Python says they do ("Hashing of numeric types"): the value modulo 2**61 - 1,
 * with the sign, and never -1. */
static inline Py_hash_t with_sign(uint64_t magnitude, int negative) {
    Py_hash_t hash = negative ? -(Py_hash_t)magnitude : (Py_hash_t)magnitude;
    return hash == -1 ? -2 : hash;
}

static inline Py_hash_t hash_uint(uint64_t value, int negative) {
    uint64_t folded = (value & HASH_MODULUS) + (value >> HASH_BITS); /* 2**61 is 1 */
    return with_sign(folded >= HASH_MODULUS ? folded - HASH_MODULUS : folded, negative);
}

static inline Py_hash_t hash_int(int64_t value) {
    return hash_uint(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0);
}

/* A double is an integer times a power of two. Modulo 2**61 - 1 the latter is a rotation of 61
 * bits. nan hashes by identity. A packed one has no identity of its own, and takes that of the
 * object that it is in. */
static inline Py_hash_t hash_double(double value, PyObject *self) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    int exponent = (int)(bits >> 52 & 0x7ff), negative = (int)(bits >> 63);
    uint64_t mantissa = bits & ((UINT64_C(1) << 52) - 1);
    if (exponent == 0x7ff) {
        if (mantissa == 0) { return negative ? -314159 : 314159; } /* sys.hash_info.inf */
        uintptr_t address = (uintptr_t)self;
        Py_hash_t hash = (Py_hash_t)(address >> 3 | address << (8 * sizeof address - 3));
        return hash == -1 ? -2 : hash;
    }
    if (exponent != 0) {
        mantissa |= UINT64_C(1) << 52;
    } else {
        exponent = 1;
    }
    /* not negative: the least exponent is -1074 */
    unsigned turn = (unsigned)(exponent - 1075 + 18 * HASH_BITS) % HASH_BITS;
    return with_sign((mantissa << turn & HASH_MODULUS) | mantissa >> (HASH_BITS - turn), negative);
}

/* The formula of tuple, a step of it, and its end. */
#define TUPLE_START UINT64_C(2870177450012600261)

static inline uint64_t tuple_step(uint64_t sum, Py_hash_t hash) {
    sum += (uint64_t)hash * UINT64_C(14029467366897019727);
    return (sum << 31 | sum >> 33) * UINT64_C(11400714785074694791);
}

static inline Py_hash_t tuple_end(uint64_t sum, uint32_t count) {
    sum += count ^ (TUPLE_START ^ UINT64_C(3527539));
    return sum == UINT64_MAX ? 1546275796 : (Py_hash_t)sum;
}

/* Are these the formulas of this interpreter? -1 and an error if that cannot be found out. */
int cb_hash_try(cb_state *state) {
    static const double doubles[] = {0.0,    1.0,       -1.0,   0.1,    -2.5,  1e16,
                                     -1e-7,  3.0e200,   1e-300, 5e-324, 1e308, 1.5e9,
                                     2.0e18, 1.25e-310, 4.0e54, -4.0e54};
    static const int64_t ints[] = {0,
                                   1,
                                   -1,
                                   1000003,
                                   INT64_C(1) << 61,
                                   (INT64_C(1) << 61) - 1,
                                   -(INT64_C(1) << 61),
                                   INT64_MAX,
                                   INT64_MIN};
    state->tuple_hash_known = 0;
    uint64_t sum = TUPLE_START;
    uint32_t count = 0;
    PyObject *values = PyList_New(0), *tuple = NULL;
    int result = -1;
    for (size_t i = 0;
         values != NULL && i < sizeof doubles / sizeof *doubles + sizeof ints / sizeof *ints;
         i++, count++) {
        size_t k = i - sizeof doubles / sizeof *doubles;
        int is_double = i < sizeof doubles / sizeof *doubles;
        PyObject *value = is_double ? PyFloat_FromDouble(doubles[i]) : PyLong_FromLongLong(ints[k]);
        if (value == NULL || PyList_Append(values, value) < 0) { Py_CLEAR(values); }
        Py_XDECREF(value);
        sum = tuple_step(sum, is_double ? hash_double(doubles[i], NULL) : hash_int(ints[k]));
    }
    tuple = values == NULL ? NULL : PyList_AsTuple(values);
    Py_hash_t hash = tuple == NULL ? -1 : PyObject_Hash(tuple);
    if (hash != -1) {
        state->tuple_hash_known = hash == tuple_end(sum, count);
        result = 0;
    }
    Py_XDECREF(values);
    Py_XDECREF(tuple);
    return result;
}

static Py_hash_t hash_owned(PyObject *value) { /* takes the reference */
    if (value == NULL) { return -1; }
    Py_hash_t hash = -1;
    if (!Py_EnterRecursiveCall(" while hashing a dataclass")) { /* PyObject_Hash does not count */
        hash = PyObject_Hash(value);
        Py_LeaveRecursiveCall();
    }
    Py_DECREF(value);
    return hash;
}

/* The same for a value that is first made, perhaps with user code. */
static Py_hash_t hash_read(cb_class *cls, const cb_field *field, PyObject *self, int *held) {
    cb_class_hold_once(cls, held);
    return hash_owned(cb_read_value(cls, field, self));
}

/* What hash() gives for the value of this field. -1 and an error. The class is held from the first
 * value on whose hash may run user code. */
static Py_hash_t hash_of_field(cb_class *cls, const cb_field *field, PyObject *self, int *held) {
    const char *at = (const char *)self + field->offset;
    uint8_t state = *((const uint8_t *)self + field->state_byte);
    if (state & field->state_mask || (cb_has_blanks(cls) && cb_blank_is_unset(cls, self, field))) {
        return hash_read(cls, field, self, held);
    }
    switch ((cs_kind)field->kind) {
#define HASH_FLOAT(id, bits) \
    case CS_##id: return hash_double(cs_load_float##bits(at), self);
#define HASH_SIGNED(id, bits) \
    case CS_##id: return hash_int(cs_load_signed(at, (bits) / 8));
#define HASH_UNSIGNED(id, bits) HASH_UNSIGNED_##bits(id)
#define HASH_UNSIGNED_8(id) \
    case CS_##id: return (Py_hash_t)cs_load_unsigned(at, 1);
#define HASH_UNSIGNED_16(id) \
    case CS_##id: return (Py_hash_t)cs_load_unsigned(at, 2);
#define HASH_UNSIGNED_32(id) \
    case CS_##id: return (Py_hash_t)cs_load_unsigned(at, 4);
#define HASH_UNSIGNED_64(id) \
    case CS_##id: return hash_uint(cs_load_unsigned(at, 8), 0);
#define HASH_BOOL(id, bits) \
    case CS_##id: return (state & field->value_mask) != 0;
#define HASH_INT(id, bits)                                    \
    case CS_##id: {                                           \
        const int64_t word = cs_load_signed(at, sizeof word); \
        if (word & 1) { return hash_int(word >> 1); }         \
        return hash_read(cls, field, self, held);             \
    }
#define HASH_REFERENCE(id, bits)
#define HASH_TEXT(id, bits)
#define HASH_CATEGORY(id, bits)
#define HASH_CHOICE(id, bits)
#define HASH_FLAG(id, bits)
#define HASH_TIME(id, bits)
#define HASH_UUID(id, bits)
#define KIND(id, name, annotation, family, bits, ...) HASH_##family(id, bits)
#include "cslots/kinds.def"
#undef KIND
    default: break;
    }
    if (!cs_kind_is_pointer((cs_kind)field->kind)) { return hash_read(cls, field, self, held); }
    PyObject *value = *cb_pointer_at(self, field->offset);
    if (value == NULL) { return hash_read(cls, field, self, held); }
    /* Its hash runs no user code. */
    int plain =
        PyUnicode_CheckExact(value) || PyFloat_CheckExact(value) || PyLong_CheckExact(value);
    if (plain) { return PyObject_Hash(value); }
    cb_class_hold_once(cls, held);
    return hash_owned(Py_NewRef(value));
}

/* The field of a step of `rules`, a base, as the object's class has it. */
static inline const cb_field *field_of_step(const cb_class *rules, const cb_class *cls,
                                            uint32_t i) {
    const cb_field *field = rules->hash_steps[i].field;
    return rules == cls ? field : cb_find_field(cls, field->name);
}

/* The hash of the tuple of the fields of `rules`, the object's class or a base of it, as
 * dataclasses promises. In line for the hot case, its own class. */
static inline Py_hash_t hash_as_tuple(const cb_class *rules, cb_class *cls, PyObject *self) {
    uint64_t sum = TUPLE_START;
    Py_hash_t hash = 0;
    const uint32_t count = rules->hash_count;
    int held = 0;
    for (uint32_t i = 0; i < count && hash != -1; i++) {
        hash = hash_of_field(cls, field_of_step(rules, cls, i), self, &held);
        sum = tuple_step(sum, hash);
    }
    if (held) { cb_class_let_go(cls); }
    return hash == -1 ? -1 : tuple_end(sum, count);
}

/* The same where the formulas are not known, or a field is asked for by its name: with a tuple. */
static Py_hash_t hash_a_tuple(const cb_class *rules, cb_class *cls, PyObject *self) {
    const uint32_t count = rules->hash_count;
    cb_values values;
    PyObject *tuple = NULL, *value;
    cb_class_hold(cls);
    if (cb_values_init(&values, count) == 0) {
        for (uint32_t i = 0;
             i < count && (value = cb_read_named(cls, field_of_step(rules, cls, i), self)) != NULL;
             i++) {
            cb_values_add(&values, value);
        }
        if (values.count == (Py_ssize_t)count) { tuple = cb_values_tuple(&values); }
    }
    cb_values_clear(&values);
    cb_class_let_go(cls);
    return hash_owned(tuple);
}

/* What the __hash__ that the decorator gave to `rules` says of an object of a class that derives
 * from it. */
Py_hash_t cb_hash_in_base(cb_class *rules, PyObject *self) {
    cb_class *cls = cb_class_of_object(self);
    cb_class_hold(cls); /* a value may run code of the user's */
    cb_class_hold(rules);
    const int known = cls->state->tuple_hash_known && !(cls->flags & CB_CLASS_BY_NAME);
    Py_hash_t hash = known ? hash_as_tuple(rules, cls, self) : hash_a_tuple(rules, cls, self);
    cb_class_let_go(rules);
    cb_class_let_go(cls);
    return hash;
}

/* ---- of a Struct ---- */

static uint64_t hash_run(uint64_t state, const char *at, uint32_t size) {
    uint64_t word;
    for (; size >= 8; at += 8, size -= 8) {
        memcpy(&word, at, 8);
        state = cs_hash_word(state, word);
    }
    if (size > 0) {
        word = 0;
        memcpy(&word, at, size);
        state = cs_hash_word(state, word);
    }
    return state;
}

/* The class is held from the first reference on whose hash may run user code. */
static inline Py_hash_t hash_steps(cb_class *cls, PyObject *self, int *held) {
    uint64_t state = cls->state->hash_seed;
    for (uint32_t i = 0; i < cls->hash_count; i++) {
        const cb_step *step = &cls->hash_steps[i];
        uint64_t word = 0;
        switch (step->op) {
        case STEP_RUN: state = hash_run(state, cb_at(self, step->offset), step->size); continue;
        case STEP_BITS: word = *(uint8_t *)cb_at(self, step->offset) & step->mask; break;
        case STEP_FLOAT:
        case STEP_NARROW: {
            double value =
                step->op == STEP_FLOAT ? load_double(self, step->offset) : load_narrow(self, step);
            value += 0.0; /* -0.0 becomes 0.0 */
            memcpy(&word, &value, sizeof word);
            break;
        }
        case STEP_WORD: {
            int64_t value = load_word(self, step->offset);
            PyObject *big = cb_word_pointer(&value);
            if (big == NULL) {
                /* as that of True, which is 1 and a pointer */
                word = value == 0 ? 0 : (uint64_t)hash_int(value >> 1);
                break;
            }
            if (!PyLong_CheckExact(big)) { cb_class_hold_once(cls, held); }
            Py_INCREF(big);
            const Py_hash_t hash = PyObject_Hash(big);
            Py_DECREF(big);
            if (hash == -1) { return -1; }
            word = (uint64_t)hash;
            break;
        }
        case STEP_MOMENT: word = (uint64_t)(load_word(self, step->offset) & MOMENT_MASK); break;
        case STEP_CHOICE: {
            if (*((const uint8_t *)self + step->field->state_byte) & step->field->state_mask ||
                cb_has_blanks(cls)) {
                break;
            }
            cb_class_hold_once(cls, held);
            PyObject *value = cb_read_value(cls, step->field, self);
            const Py_hash_t hash = value == NULL ? -1 : PyObject_Hash(value);
            Py_XDECREF(value);
            if (hash == -1) { return -1; }
            word = (uint64_t)hash;
            break;
        }
        case STEP_NAMED: {
            cb_class_hold_once(cls, held);
            const Py_hash_t hash = hash_owned(cb_read_named(cls, step->field, self));
            if (hash == -1) { return -1; }
            word = (uint64_t)hash;
            break;
        }
        case STEP_TEXT: {
            cs_text text = cs_text_get(&cls->text, self, step->field->text);
            state = cs_hash_bytes(state, text.data, text.size);
            continue;
        }
        default: {
            PyObject *value = *cb_pointer_at(self, step->offset);
            if (value == NULL) {
                cb_error_unset(cls, step->field);
                return -1;
            }
            if (!PyUnicode_CheckExact(value)) { cb_class_hold_once(cls, held); }
            /* PyObject_Hash does not count. */
            if (Py_EnterRecursiveCall(" while hashing a Struct object")) { return -1; }
            Py_INCREF(value);
            Py_hash_t hash = PyObject_Hash(value);
            Py_DECREF(value);
            Py_LeaveRecursiveCall();
            if (hash == -1) { return -1; }
            word = (uint64_t)hash;
        }
        }
        state = cs_hash_word(state, word);
    }
    Py_hash_t hash = (Py_hash_t)(state ^ state >> 32);
    return hash == -1 ? -2 : hash;
}

Py_hash_t cb_struct_hash(PyObject *self) { return cb_class_of_object(self)->access->hash(self); }

Py_hash_t cb_own_hash(PyObject *self) {
    cb_class *cls = cb_class_of_object(self);
    const uint32_t by_value = CB_CLASS_DATACLASS | CB_CLASS_HASH_VALUE;
    if ((cls->flags & by_value) == by_value) {
        const int known = cls->state->tuple_hash_known && !(cls->flags & CB_CLASS_BY_NAME);
        return known ? hash_as_tuple(cls, cls, self) : hash_a_tuple(cls, cls, self);
    }
    if (!(cls->flags & CB_CLASS_HASH_VALUE)) { return PyBaseObject_Type.tp_hash(self); }
    int held = 0;
    const Py_hash_t hash = hash_steps(cls, self, &held);
    if (held) { cb_class_let_go(cls); }
    return hash;
}
