/* kinds/kind.h: what a family of kinds can do with Python values. One file implements a family, or
 * several that are alike.
 *
 *             convert                          put, by form and width (object/value.c)
 *   value  ------------>                    ------------------------------------------>  object
 *                           cb_value
 *   value  <------------  (C, no object)    ------------------------------------------>  column
 *               box                            to_column, then put (pool/value.c)
 *
 * convert checks, and may run the user's code and fail; it touches no storage. What comes after it
 * runs none of the user's code until the new value is in place; only the release of the old one
 * may. So what is refused leaves objects and columns as they were.
 */
#ifndef CB_KINDS_KIND_H
#define CB_KINDS_KIND_H

#include "cslots/bytes.h"
#include "model/class.h"
#include "model/hold.h"

/* A value as an object keeps it. Which member holds it is decided by the form of the kind:
 * CS_FORM_BIT 0 or 1 in u; CS_FORM_WORD the word in i; CS_FORM_TEXT an exact str in object;
 * CS_FORM_POINTER the reference in object; CS_FORM_BYTES up to 8 bytes the number, or the bits of
 * the float, in u or i, and wider values in raw. References are owned: see cb_value_clear. */
typedef union {
    int64_t i;
    uint64_t u;
    PyObject *object;
    uint8_t raw[16];
} cb_value;

/* Functions of a family. A NULL member means: nothing to do. */
typedef struct {
    /* Take the argument of a field (members, a class). `from`: the field of that name in the base,
     * or NULL. -1 and an error. */
    int (*init)(cb_class *cls, cb_field *field, const cb_field *from, PyObject *argument);
    /* -1 and an error. From the first user code on the class is held: `held`. */
    int (*convert)(cb_class *cls, const cb_field *field, PyObject *value, cb_value *out, int *held);
    /* A new reference, or NULL and an error. The value stays the caller's. */
    PyObject *(*box)(cb_class *cls, const cb_field *field, const cb_value *value);
    /* Is this number, from a pickle, a value of the kind? -1: an error. NULL: each number is. */
    int (*valid)(cb_state *state, cs_kind kind, const cb_value *value);
    /* From the form in an object to that in a column. *utc: of a datetime, 1 or 0. -1 and an error:
     * columns keep no such value. NULL: the same number. */
    int (*to_column)(cb_class *cls, const cb_field *field, cb_value *value, int *utc);
    /* The way back, for a number that may have come from outside. 1: it stands for nothing, and
     * *what says what it is; -1: no memory. NULL: each number is a value. */
    int (*from_column)(const cb_field *field, cb_value *value, int utc, const char **what);
} cb_kind_ops;

/* `width` bytes of a value of CS_FORM_BYTES, in an object or a column, and into them. */
static inline void cb_value_load(cb_value *value, const cs_kind_info *kind, const void *at,
                                 size_t width) {
    if (width > sizeof value->u) {
        memcpy(value->raw, at, sizeof value->raw);
    } else if (kind->sort == CS_SORT_SIGNED) {
        value->i = cs_load_signed(at, width);
    } else {
        value->u = cs_load_unsigned(at, width);
    }
}
static inline void cb_value_store(const cb_value *value, void *at, size_t width) {
    if (width > sizeof value->u) {
        memcpy(at, value->raw, sizeof value->raw);
    } else {
        cs_store_word(at, width, value->u);
    }
}

/* Drop the reference that a converted value owns, if it owns one. Releasing may run user code. */
static inline void cb_value_clear(const cb_field *field, cb_value *value) {
    const uint8_t form = cs_kinds[field->kind].form;
    if (form == CS_FORM_POINTER || form == CS_FORM_TEXT ||
        (form == CS_FORM_WORD && !(value->i & 1))) {
        Py_XDECREF(value->object);
    }
}

/* A scalar of NumPy of that name, by which it is known without importing NumPy: those that neither
 * derive from Python's type nor have `__index__`. */
static inline int cb_is_numpy(PyObject *value, const char *name) {
    const char *type = Py_TYPE(value)->tp_name;
    return strncmp(type, "numpy.", 6) == 0 && strcmp(type + 6, name) == 0;
}

#endif
