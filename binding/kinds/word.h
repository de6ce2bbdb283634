/* kinds/word.h: how a field of kind int keeps a value in one word.
 *
 *   value * 2 + 1      an exact int of 63 bits
 *   a pointer          to an int that does not fit or is of a subclass (a bool, an IntEnum), or to
 *                      None; its lowest bit is 0, and the word owns the reference
 *   0                  unset
 */
#ifndef CB_WORD_H
#define CB_WORD_H

#include "runtime/compat.h"

static inline int cb_word_fits(int64_t value) {
    return value >= -(INT64_C(1) << 62) && value < (INT64_C(1) << 62);
}
static inline int64_t cb_word_of(int64_t value) { return (int64_t)((uint64_t)value << 1 | 1); }
static inline PyObject *cb_word_pointer(const void *at) { /* the big int, or NULL; borrowed */
    uintptr_t word;
    memcpy(&word, at, sizeof word);
    return word & 1 ? NULL : (PyObject *)word;
}
static inline void cb_word_put_none(void *at) { /* over a word that owns nothing */
    PyObject *none = Py_NewRef(Py_None);
    memcpy(at, &none, sizeof none);
}
static inline int cb_word_is_empty(const void *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word == 0;
}

#endif
