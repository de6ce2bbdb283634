/* kinds/box.c: see kinds/box.h. Boxes for ints of two and three digits, which are too rare to be
 * made in line. */
#include "kinds/box.h"

#if CB_COUNT_IS_PROOF && CB_LONG_DIGITS
PyObject *cb_box_long(cb_state *state, int64_t value) {
    uint64_t rest = (uint64_t)value;
    size_t digits = rest >> 60 == 0 ? 2 : 3;
    cb_ring *ring = &state->ints[digits - 1];
    PyObject **place = &ring->boxes[ring->next++ & (CB_RING - 1)];
    PyObject *box = *place;
    if (box == NULL || Py_REFCNT(box) != 1) {
        return cb_box_replace(place, PyLong_FromLongLong(value));
    }
    digit *d = cb_long_digit(box);
    d[0] = (digit)(rest & PyLong_MASK);
    d[1] = (digit)(rest >> 30 & PyLong_MASK);
    if (digits > 2) { d[2] = (digit)(rest >> 60); }
    return Py_NewRef(box);
}
#endif
