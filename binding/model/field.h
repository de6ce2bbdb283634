/* model/field.h: a field, as the instances of one class store it, and what is made of fields: the
 * parameters of a constructor, the steps of "==" and hash.
 *
 * Ownership: the class owns its fields. A field owns the Python objects that it names, but for
 * `known`, which belongs to the category table.
 */
#ifndef CB_FIELD_H
#define CB_FIELD_H

#include "runtime/compat.h"

#include "cslots.h"

/* Flags of a field. */
enum {
    CB_FIELD_NULLABLE = 1u << 0,
    CB_FIELD_INIT = 1u << 1,
    CB_FIELD_REPR = 1u << 2,
    CB_FIELD_COMPARE = 1u << 3,
    CB_FIELD_HASH = 1u << 4,
    CB_FIELD_DEFERRED = 1u << 5, /* a CS_OBJECT whose class is looked for at the first store */
    CB_FIELD_KW_ONLY = 1u << 6,
    CB_FIELD_HIDDEN = 1u << 7 /* storage, not a field: a name in __slots__, a cached property */
};

typedef struct {
    uint8_t kind; /* cs_kind */
    uint8_t flags;
    uint8_t unset_mask; /* in the state byte; 0: there is no such bit, see object/blank.h */
    uint8_t null_mask;  /* in the state byte; 0: there is no such bit */
    uint8_t state_mask; /* unset | null: not 0 there means "no ordinary value" */
    uint8_t value_mask; /* of a bool */
    uint8_t equals;     /* of a choice: some values are equal (1 and True), so "==" asks them */
    uint8_t covered;    /* the class has something else under its name: super() finds it */
    uint8_t backed;     /* a constant or a method lies over it: found while it has no value */
    uint32_t offset;    /* of the value from the start of the object */
    uint32_t state_byte; /* offset of the byte with the state bits; 0 (harmless: the masks are 0)
                            for pointers */
    uint32_t text;  /* index among the texts, for utf8 */
    uint32_t index; /* in cb_class.fields */
    PyObject *name; /* interned */
    PyObject *argument; /* Struct class; tuple of choices; Flag class; category table; or NULL */
    PyObject *default_value; /* checked; NULL if there is none */
    PyObject *factory;       /* or NULL */
    PyObject *spec;          /* the cslots.Field */
    PyObject *flag_cache;    /* dict of bits -> member, for flags */
    PyObject *cached; /* the function of a cached_property, called at the first read; or NULL */
    cs_ptrmap choices; /* identity of a choice -> its index; empty map for other kinds */
    const cs_ptrmap *known; /* of a category: identity of the table's strings -> code */
} cb_field;

/* Is there something on the class that objects find for the field, or while it has no value? */
static inline int cb_field_is_named(const cb_field *field) {
    return field->covered || field->backed ||
           (field->cached != NULL && !(field->flags & CB_FIELD_HIDDEN));
}

/* One parameter of the constructor. */
typedef struct {
    PyObject *name;
    cb_field *field;         /* NULL for an InitVar */
    PyObject *default_value; /* of an InitVar; borrowed from spec for fields */
    int assigned;   /* an attribute that the class keeps elsewhere: the constructor assigns it */
    uint32_t place; /* in the order of the class body */
} cb_param;

/* What "==" and hash do: a list of steps made once. */
typedef struct {
    uint8_t op; /* see object/steps.h */
    uint8_t mask;
    uint32_t offset, size;
    cb_field *field;
} cb_step;

#endif
