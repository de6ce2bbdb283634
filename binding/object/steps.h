/* object/steps.h: what the steps of a class's plans for "==" and hash mean. object/compare.c makes
 * the plans. */
#ifndef CB_STEPS_H
#define CB_STEPS_H

#include "model/class.h"

enum {
    STEP_RUN,
    STEP_BITS,
    STEP_FLOAT,
    STEP_NARROW, /* a float narrower than a double */
    STEP_WORD,
    STEP_MOMENT,
    STEP_TEXT,
    STEP_CHOICE,
    STEP_POINTER,
    STEP_NAMED
};

#define MOMENT_MASK (~INT64_C(2)) /* all but the fold */

static inline double load_double(PyObject *object, uint32_t offset) {
    return cs_load_float64(cb_at(object, offset));
}

static inline double load_narrow(PyObject *object, const cb_step *step) {
    return cs_load_float(cb_at(object, step->offset), step->size);
}

static inline int64_t load_word(PyObject *object, uint32_t offset) {
    return cs_load_signed(cb_at(object, offset), sizeof(int64_t));
}

#endif
