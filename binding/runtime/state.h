/* runtime/state.h: the state of one module object, that is of one interpreter.
 *
 * Ownership: the module owns the state. Classes keep the module alive through their metatype.
 */
#ifndef CB_STATE_H
#define CB_STATE_H

#include "runtime/compat.h"

#include "cslots.h"

#define CB_RING 16 /* boxes kept for reuse, a power of two */

#define CB_RING_DIGITS 3 /* ints of one to three digits have a ring each */

typedef struct {
    PyObject *boxes[CB_RING];
    unsigned next;
} cb_ring;

/* Interned names: of attributes that are looked up often. */
/* clang-format off */
#define CB_NAMES(X) \
    X(__dict__) X(__getattr__) X(__getattribute__) X(__getstate__) X(__init__) X(__module__) \
    X(__new__) X(__post_init__) X(__reduce__) X(__reduce_ex__) X(__replace__) X(__setstate__) \
    X(__getnewargs__) X(__getnewargs_ex__) X(__slots__) X(__weakref__) X(__bases__) \
    X(__qualname__) X(name) X(fields) X(namespace) X(keywords) X(tracked) X(frozen) X(order) \
    X(eq) X(repr) X(weakref) X(dict) X(hash_mode) X(kind) X(nullable) X(argument) X(cached) \
    X(deepcopy) X(copyreg) X(dispatch_table) X(__instancecheck__) \
    X(__subclasscheck__) X(__subclasses__) X(default_factory) X(init) X(hash) X(compare) \
    X(kw_only) X(value) X(own_fields) X(_abc_impl) X(initvar) X(gc) X(bases) X(behind) \
    X(_no_init_or_replace_init) X(descriptor) X(style) X(typed) X(install) X(remove) X(hidden) \
    X(raw) X(__hash__) X(__setattr__)
/* clang-format on */

typedef struct {
#define CB_NAME_FIELD(n) PyObject *n;
    CB_NAMES(CB_NAME_FIELD)
#undef CB_NAME_FIELD
    PyObject *default_; /* "default" is a word of C */
} cb_names;

typedef struct cb_state {
    /* Types of cslots */
    PyTypeObject *meta_type;       /* StructMeta */
    PyTypeObject *dataclass_meta;  /* DataclassMeta */
    PyTypeObject *object_type;     /* the C base of Struct: methods and slots */
    PyTypeObject *struct_type;     /* Struct */
    PyTypeObject *descriptor_type; /* of packed fields */
    PyTypeObject *init_type;       /* the generated __init__ of a class */
    PyTypeObject *repr_type;       /* the generated __repr__ of a class */
    PyTypeObject *finisher_type;   /* finishes a class from inside type.__new__ */
    PyTypeObject *loader_type;     /* unpickles */
    PyTypeObject *category_type;   /* table of strings */
    PyTypeObject *decorator_type;  /* dataclass(...) */
    /* Types of pools, see pool/ */
    PyTypeObject *shield_type, *pool_type, *pool_iterator_type, *pool_slice_type;
    PyTypeObject *pool_view_type, *snapshot_type;
    PyObject *restore; /* the module's restore_pool, for pickles */
    /* Exceptions */
    PyObject *stale_error, *range_error; /* StaleRowError, RangeError */
    PyObject *range_error_seen; /* RangeError as msgspec sees it: cb_range_error; or NULL */
    /* From Python, and from the Python half */
    PyObject *plan; /* cslots._plan.statement.plan, imported with the first class */
    PyObject *missing, *self_marker;
    PyObject *meta_base; /* the metatype that StructMeta derives from */
    PyObject *abc_init, *abc_instancecheck, *abc_subclasscheck;
    PyObject *dispatch_table; /* copyreg's, from the first copy on while copyreg is loaded */
    PyObject *tzutc; /* with datetime_api */
    void *datetime_api; /* PyDateTime_CAPI *, imported with the first date field */
    PyTypeObject *time_types[3]; /* date, datetime, timedelta; borrowed from it */
    /* Memory and the life of objects */
    cs_slab *slab;
    cb_thread_lock types; /* see class/multiple.c */
    unsigned dealloc_depth; /* of untracked objects; see object/object_type.c */
    PyObject **later;
    size_t later_count, later_capacity;
    int later_draining;
    cb_ring floats, ints[CB_RING_DIGITS];
    /* What was found out about this interpreter */
    uint64_t hash_seed;
    int tuple_hash_known; /* object/hash.c has the formulas of this interpreter */
    Py_ssize_t fresh_names; /* see class/objects_of.c; 0: unknown */
    int64_t shared_ints; /* from here on the interpreter keeps no table of ints */
    cb_names names;
} cb_state;

/* From StructMeta or a subclass; NULL and TypeError if it is neither. */
cb_state *cb_state_of_meta(PyTypeObject *meta);

int cb_state_init(cb_state *state);

/* The module's definition lies with its state, since that is how a type finds the state. Its
 * methods and slots come from module.c, when the module is imported. */
extern PyModuleDef cb_module_def;

#endif
