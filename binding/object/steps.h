/* object/steps.h: what the steps of a class's plans for "==" and hash mean. object/compare.c makes the plans. */
#ifndef CS_STEPS_H
#define CS_STEPS_H

#include "model/class.h"

enum {
    STEP_RUN,
    STEP_BITS,
    STEP_FLOAT,
    STEP_SINGLE,
    STEP_WORD,
    STEP_MOMENT,
    STEP_TEXT,
    STEP_CHOICE,
    STEP_POINTER,
    STEP_NAMED
};

#define MOMENT_MASK (~INT64_C(2)) /* all but the fold */

static inline double load_double(PyObject *object, uint32_t offset) {
    double value;
    memcpy(&value, cs_at(object, offset), sizeof value);
    return value;
}

static inline float load_float(PyObject *object, uint32_t offset) {
    float value;
    memcpy(&value, cs_at(object, offset), sizeof value);
    return value;
}

static inline int64_t load_word(PyObject *object, uint32_t offset) {
    int64_t value;
    memcpy(&value, cs_at(object, offset), sizeof value);
    return value;
}

#endif
