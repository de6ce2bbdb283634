/* attributes.c: what the values of one attribute are: their types, ranges and lengths, and how
 * many are different.
 *
 * Only exact built-in types are looked into; of other values the type is counted. Nothing is
 * called: ints are read digit by digit, texts as bytes.
 *
 * `distinct` is a set of 64-bit hashes of contents. At the cap of 4096, two different values share
 * a hash once in 10^12 sets. Past the cap the set is given up, and so is the work. `fingerprint`
 * is a sum over all objects, so it does not depend on the order of the walk.
 */
#include "census/attributes.h"

#include <math.h>

#include "census/memory.h"

static uint64_t mix(uint64_t x) {
    x ^= x >> 32;
    x *= UINT64_C(0xD6E8FEB86659FD93);
    x ^= x >> 32;
    x *= UINT64_C(0xD6E8FEB86659FD93);
    return x ^ x >> 32;
}

static void count_type(census *c, census_attribute *a, PyTypeObject *type) {
    if (a->last_type < a->type_count && a->types[a->last_type].type == type) {
        a->types[a->last_type].count++;
        return;
    }
    for (uint32_t i = 0; i < a->type_count; i++) {
        if (a->types[i].type != type) { continue; }
        a->types[i].count++;
        a->last_type = i;
        return;
    }
    if (a->type_count == a->type_room) {
        uint32_t room = a->type_room == 0 ? 4 : a->type_room * 2;
        census_type_count *more = census_alloc(&c->memory, room * sizeof *more);
        if (more == NULL) {
            census_failed(c);
            return;
        }
        if (a->type_count != 0) { memcpy(more, a->types, a->type_count * sizeof *more); }
        a->types = more;
        a->type_room = room;
    }
    a->last_type = a->type_count;
    a->types[a->type_count++] = (census_type_count){type, 1};
}

static bool grow_distinct(census *c, census_attribute *a) {
    uint32_t room = a->distinct_room == 0 ? 16 : a->distinct_room * 4;
    uint64_t *more = census_map(&c->memory, room * sizeof *more);
    if (more == NULL) { return census_failed(c); }
    for (uint32_t i = 0; i < a->distinct_room; i++) {
        if (a->distinct[i] == 0) { continue; }
        uint64_t at = a->distinct[i] & (room - 1);
        while (more[at] != 0) { at = (at + 1) & (room - 1); }
        more[at] = a->distinct[i];
    }
    census_unmap(&c->memory, a->distinct);
    a->distinct = more;
    a->distinct_room = room;
    return true;
}

static void count_distinct(census *c, census_attribute *a, uint64_t hash) {
    hash = mix(hash);
    if (hash == 0) { hash = 1; }
    if (a->distinct_count * 2 >= a->distinct_room && !grow_distinct(c, a)) { return; }
    uint64_t at = hash & (a->distinct_room - 1);
    for (; a->distinct[at] != 0; at = (at + 1) & (a->distinct_room - 1)) {
        if (a->distinct[at] == hash) { return; }
    }
    if (a->distinct_count == CENSUS_DISTINCT_CAP) {
        a->distinct_capped = true;
        census_unmap(&c->memory, a->distinct);
        a->distinct = NULL;
        a->distinct_room = 0;
        return;
    }
    a->distinct[at] = hash;
    a->distinct_count++;
}

static uint64_t hash_bytes(const void *data, size_t length) {
    const unsigned char *at = data;
    uint64_t hash = UINT64_C(0x9E3779B97F4A7C15) ^ length, word;
    for (; length >= 8; length -= 8, at += 8) {
        memcpy(&word, at, 8);
        hash = (hash ^ word) * UINT64_C(0xD6E8FEB86659FD93);
        hash ^= hash >> 29;
    }
    word = 0;
    memcpy(&word, at, length);
    return (hash ^ word) * UINT64_C(0xD6E8FEB86659FD93);
}

static void count_length(census_lengths *lengths, uint64_t length) {
    if (lengths->count++ == 0 || length < lengths->min) { lengths->min = length; }
    if (length > lengths->max) { lengths->max = length; }
    lengths->total += length;
}

/* ---- kinds of values ---- */

/* The whole range of int64; cb_long_int64 leaves out the lowest number. */
static bool read_int(PyObject *value, int64_t *number) {
    if (cb_long_int64(value, number)) { return true; }
#if CB_LONG_DIGITS
    int negative;
    const digit *d = cb_long_digit(value);
    if (cb_long_digits(value, &negative) != 3 || !negative || d[0] != 0 || d[1] != 0 || d[2] != 8) {
        return false;
    }
    *number = INT64_MIN;
    return true;
#else
    return false;
#endif
}

static uint64_t note_int(census_attribute *a, PyObject *value) {
    int64_t number;
    a->ints++;
    if (!read_int(value, &number)) {
        a->big_ints++;
#if CB_LONG_DIGITS
        int negative;
        size_t digits = cb_long_digits(value, &negative);
        return hash_bytes(cb_long_digit(value), digits * sizeof(digit)) ^ (unsigned)negative;
#else
        return (uintptr_t)value;
#endif
    }
    if (a->ints == a->big_ints + 1 || number < a->int_min) { a->int_min = number; }
    if (a->ints == a->big_ints + 1 || number > a->int_max) { a->int_max = number; }
    return (uint64_t)number;
}

static uint64_t note_float(census_attribute *a, PyObject *value) {
    double number = PyFloat_AS_DOUBLE(value);
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    a->floats++;
    if (isnan(number)) {
        a->nan++;
        a->float32_exact++;
        return bits + 1;
    }
    if (a->floats == a->nan + 1 || number < a->float_min) { a->float_min = number; }
    if (a->floats == a->nan + 1 || number > a->float_max) { a->float_max = number; }
    if (isinf(number) ||
        (fabs(number) <= (double)3.4028234663852886e38 && (double)(float)number == number)) {
        a->float32_exact++;
    }
    return bits + 1;
}

static uint64_t utf8_length(PyObject *text) {
    uint64_t total = 0;
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    int kind = (int)PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 ch = PyUnicode_READ(kind, data, i);
        total += 1 + (ch >= 0x80) + (ch >= 0x800) + (ch >= 0x10000);
    }
    return total;
}

static void note_small_text(census *c, census_attribute *a, PyObject *value, Py_ssize_t length) {
    if (a->text_count > CENSUS_TEXTS) { return; }
    if (a->texts == NULL &&
        (a->texts = census_alloc(&c->memory, CENSUS_TEXTS * sizeof *a->texts)) == NULL) {
        census_failed(c);
        return;
    }
    for (uint32_t i = 0; i < a->text_count; i++) {
        if (a->texts[i].text != value) { continue; }
        a->texts[i].count++;
        return;
    }
    int kind = (int)PyUnicode_KIND(value);
    for (uint32_t i = 0; i < a->text_count && length <= CENSUS_TEXT_CHARS; i++) {
        PyObject *text = a->texts[i].text;
        if (PyUnicode_GET_LENGTH(text) != length || (int)PyUnicode_KIND(text) != kind ||
            memcmp(PyUnicode_DATA(text), PyUnicode_DATA(value), (size_t)length * (size_t)kind) !=
                0) {
            continue;
        }
        a->texts[i].count++;
        return;
    }
    if (length > CENSUS_TEXT_CHARS || a->text_count == CENSUS_TEXTS) {
        a->text_count = CENSUS_TEXTS + 1;
        return;
    }
    a->texts[a->text_count++] = (census_text_count){value, 1};
}

static uint64_t note_text(census *c, census_attribute *a, PyObject *value) {
    Py_ssize_t length = PyUnicode_GET_LENGTH(value);
    count_length(&a->chars, (uint64_t)length);
    if (PyUnicode_IS_ASCII(value)) {
        a->text_ascii++;
        a->text_utf8_total += (uint64_t)length;
    } else {
        a->text_utf8_total += utf8_length(value);
    }
    note_small_text(c, a, value, length);
    if (a->distinct_capped) { return 0; }
    return hash_bytes(PyUnicode_DATA(value), (size_t)length * (size_t)PyUnicode_KIND(value)) ^
           (uint64_t)PyUnicode_KIND(value);
}

void census_note(census *c, census_attribute *a, PyObject *object, PyObject *value,
                 PyTypeObject *type) {
    uint64_t hash, content = 0; /* content: what is known of it at no cost, for the fingerprint */
    a->present++;
    count_type(c, a, type);
    if (value == Py_None) {
        a->none++;
        hash = 2;
    } else if (type == &PyUnicode_Type) {
        hash = note_text(c, a, value);
        content = (uint64_t)PyUnicode_GET_LENGTH(value);
    } else if (type == &PyFloat_Type) {
        hash = content = note_float(a, value);
    } else if (type == &PyLong_Type) {
        hash = content = note_int(a, value);
    } else if (type == &PyBytes_Type) {
        count_length(&a->bytes, (uint64_t)Py_SIZE(value));
        hash = a->distinct_capped
                   ? 0
                   : hash_bytes(PyBytes_AS_STRING(value), (size_t)Py_SIZE(value)) + 3;
    } else {
        hash = (uintptr_t)value;
    }
    a->fingerprint += mix((uintptr_t)object ^ mix((uintptr_t)value + content));
    if (!a->distinct_capped) { count_distinct(c, a, hash ^ (uint64_t)(uintptr_t)type << 16); }
}
