/* pool/reference.h: a reference in a column of a pool.
 *
 *   word   0      None
 *          1      unset
 *          else   the address of an object, which the column owns a reference to
 *
 * None is 0, as fresh memory is, and a word that is 0 already is not written. So pages of a column
 * in which no row refers to anything are never touched, and take no memory.
 */
#ifndef CB_POOL_REFERENCE_H
#define CB_POOL_REFERENCE_H

#include "model/class.h"

#define CB_REFERENCE_NONE ((uintptr_t)0)
#define CB_REFERENCE_UNSET ((uintptr_t)1)

static inline uintptr_t cb_reference(PyObject *value) { /* steals; NULL: unset */
    if (value == NULL) { return CB_REFERENCE_UNSET; }
    if (!Py_IsNone(value)) { return (uintptr_t)value; }
    Py_DECREF(value);
    return CB_REFERENCE_NONE;
}

/* The object behind a word, borrowed; NULL: unset. */
static inline PyObject *cb_reference_object(uintptr_t word) {
    return word == CB_REFERENCE_NONE    ? Py_None
           : word == CB_REFERENCE_UNSET ? NULL
                                        : (PyObject *)word;
}

/* The object that the column owns; NULL: none. */
static inline PyObject *cb_reference_owned(uintptr_t word) {
    return word > CB_REFERENCE_UNSET ? (PyObject *)word : NULL;
}

static inline uintptr_t cb_reference_load(const cs_column *column, size_t row) {
    uintptr_t word;
    memcpy(&word, column->data + row * sizeof word, sizeof word);
    return word;
}

static inline void cb_reference_store(cs_column *column, size_t row, uintptr_t word) {
    if (word == CB_REFERENCE_NONE && cb_reference_load(column, row) == CB_REFERENCE_NONE) {
        return;
    }
    memcpy(column->data + row * sizeof word, &word, sizeof word);
}

/* Put None there and drop what was. */
static inline void cb_reference_clear(cs_column *column, size_t row) {
    PyObject *owned = cb_reference_owned(cb_reference_load(column, row));
    cb_reference_store(column, row, CB_REFERENCE_NONE);
    Py_XDECREF(owned);
}

#endif
