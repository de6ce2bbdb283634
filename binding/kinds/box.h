/* kinds/box.h: floats and ints for readers of packed fields, without an allocation where that
 * cannot be noticed.
 *
 *   ring: [ box | box | ... | box ]   CB_RING floats (or ints of one size), each held by the ring
 *              ^ next                 with one reference
 *
 * A read takes the next box. If the ring holds the only reference to it, no other code can see the
 * object: its value is overwritten and it is handed out. Otherwise a new one takes its place.
 *
 * Why no code can see the change. A float or int is immutable to all code that can reach it, and
 * code that can reach it holds a reference:
 *   - A variable, a container, an argument and an evaluation stack each own a reference. So the
 *     count is at least 2 and the box is left alone.
 *   - A stack entry that borrows (LOAD_FAST_BORROW) does so from a local variable that owns a
 *     reference for as long.
 *   - A C function's borrowed reference is borrowed from an owner other than the ring, which lends
 *     to no one.
 *   - Floats and ints cannot be weakly referenced, are not tracked by the garbage collector, cache
 *     no hash, and are not interned. marshal and the compiler never see a box, as it was born here.
 *
 * id() of a dead float may come back, as it does with CPython's own free list. Boxes are used only
 * with a GIL: the count and the value are looked at and changed without another thread in between,
 * and each interpreter has its own ring.
 */
#ifndef CB_BOX_H
#define CB_BOX_H

#include "runtime/state.h"

/* A fresh box (or NULL and an error) takes the place of one that somebody still uses. */
static inline PyObject *cb_box_replace(PyObject **place, PyObject *fresh) {
    if (fresh != NULL) {
        PyObject *old = *place;
        *place = Py_NewRef(fresh);
        Py_XDECREF(old); /* a float or an int: runs no code of the user's */
    }
    return fresh;
}

static inline PyObject *cb_box_float(cb_state *state, double value) {
#if CB_COUNT_IS_PROOF
    cb_ring *ring = &state->floats;
    PyObject **place = &ring->boxes[ring->next++ & (CB_RING - 1)];
    PyObject *box = *place;
    if (box != NULL && Py_REFCNT(box) == 1) {
        ((PyFloatObject *)box)->ob_fval = value;
        return Py_NewRef(box);
    }
    return cb_box_replace(place, PyFloat_FromDouble(value));
#else
    (void)state;
    return PyFloat_FromDouble(value);
#endif
}

/* The same for ints, with a ring for each number of digits: an int keeps its size. An int that the
 * interpreter may share (a small one) is never a box. */
#if CB_COUNT_IS_PROOF && CB_LONG_DIGITS
PyObject *cb_box_long(cb_state *state, int64_t value); /* of two or three digits */

static inline PyObject *cb_box_int(cb_state *state, int64_t value) {
    const uint64_t shared = (uint64_t)state->shared_ints;
    if ((uint64_t)value - shared < (UINT64_C(1) << 30) - shared) {
        cb_ring *ring = &state->ints[0];
        PyObject **place = &ring->boxes[ring->next++ & (CB_RING - 1)];
        PyObject *box = *place;
        if (box != NULL && Py_REFCNT(box) == 1) {
            *cb_long_digit(box) = (digit)value;
            return Py_NewRef(box);
        }
        return cb_box_replace(place, PyLong_FromLong((long)value));
    }
    /* negative numbers are rare, and take the ordinary way */
    return value < (int64_t)shared ? PyLong_FromLongLong(value) : cb_box_long(state, value);
}
#else
static inline PyObject *cb_box_int(cb_state *state, int64_t value) {
    (void)state;
    return PyLong_FromLongLong(value);
}
#endif

#endif
