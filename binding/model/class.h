/* model/class.h: what cslots knows about a class.
 *
 *   StructMeta (a metatype)      cs_type: a heap type with one more pointer
 *      |  is the type of          +------------------+---------+
 *      v                          | PyHeapTypeObject | cs_class* ----> fields, layout, tables
 *   User (a class)                +------------------+---------+
 *      |  is the type of
 *      v
 *   User("ann", 3, ...)           +--------+------+-----------------+------+
 *                                 | refcnt | type | fixed part      | tail |
 *                                 +--------+------+-----------------+------+
 *                                                          docs/design/objects.md
 *
 * Ownership: a class owns its cs_class. That owns its fields, names and tables, and holds
 * references to Python objects that the metatype's traverse visits. Instances own what their
 * pointer fields refer to.
 */
#ifndef CS_CLASS_H
#define CS_CLASS_H

#include "model/field.h"
#include "runtime/state.h"

/* Flags of a class. */
enum {
    /* How its objects lie in memory */
    CS_CLASS_TRACKED = 1u << 0,
    CS_CLASS_SLAB = 1u << 1,
    CS_CLASS_BARE = 1u << 2, /* in the slab, and own nothing but perhaps text: they just die */
    CS_CLASS_CHAINS = 1u << 3, /* untracked, but can hold other objects: deep chains are possible */
    CS_CLASS_UNSAFE = 1u << 4, /* gc=False: holds what it is given, the user answers for cycles */
    CS_CLASS_UNSET_BITS = 1u << 5, /* fields declared by it have an unset bit; see object/blank.h */
    CS_CLASS_UNTYPED = 1u << 6, /* typed=False: references, read and written by the interpreter */
    /* What it was asked to be */
    CS_CLASS_FROZEN = 1u << 8,
    CS_CLASS_EQ = 1u << 9,
    CS_CLASS_ORDER = 1u << 10,
    CS_CLASS_REPR = 1u << 11,
    CS_CLASS_HASH_VALUE = 1u << 12,
    /* Where it comes from, and how far it has come */
    CS_CLASS_DATACLASS = 1u << 13, /* decorated, or derived from such a class: class/adopt.c */
    CS_CLASS_SUBCLASS = 1u << 14, /* derived, and not decorated (yet) */
    CS_CLASS_ABC = 1u << 15, /* has an ABC or a Protocol among its bases */
    CS_CLASS_DEFERRED = 1u << 16, /* has a field whose annotation is not resolved yet */
    CS_CLASS_UNFINISHED = 1u << 17, /* until cs_class_open: nothing can be done with it */
    CS_CLASS_FILLED = 1u << 18, /* a library fills its objects in C: no reference has a native
                                   member any more */
    /* What its fields need */
    CS_CLASS_INDIRECT = 1u << 19, /* has a field whose value a descriptor keeps elsewhere */
    CS_CLASS_COVERS = 1u << 20, /* has a covered field: see cs_field */
    CS_CLASS_BY_NAME = 1u
        << 21, /* has a covered field that is a real field: constructor and repr use
                                    its name */
    /* What of it is the user's own */
    CS_CLASS_SIMPLE = 1u << 22, /* constructor: parameters are the fields, and no hook follows */
    CS_CLASS_OWN_INIT = 1u << 23,
    CS_CLASS_OWN_NEW = 1u << 24,
    CS_CLASS_OWN_SETATTR = 1u << 25, /* a dataclass: its constructor assigns through __setattr__ */
    CS_CLASS_PICKLE_HOOKS = 1u << 26, /* has __reduce__, __getstate__ or the like */
    CS_CLASS_COPY_HOOKS = 1u << 27 /* PICKLE_HOOKS, or a __reduce_ex__: copy asks them */
};

/* How many keyword call sites a class remembers; a power of two. */
#define CS_KWCACHE 4

typedef struct {
    PyObject *names; /* the kwnames tuple, or NULL */
    Py_ssize_t positional; /* arguments before it */
    uint32_t *params; /* parameter index of each name */
} cs_kwcall;

/* A slot of one of Python's own base classes. */
typedef struct {
    uint32_t offset;
    PyObject *name;
} cs_slot;

typedef struct cs_class cs_class;

/* How the values of objects of a class are reached. Most objects keep their values themselves:
 * cs_object_access (object/object_type.c). Those of a row of a pool lie in its columns: pool/row.c
 * has another table. So the functions of objects know nothing of rows: where an object may be one,
 * they go through the table of its class. */
typedef struct {
    /* ---- a field ---- */
    int (*is_unset)(cs_class *cls, const cs_field *field, PyObject *self);
    PyObject *(*get)(cs_class *cls, const cs_field *field, PyObject *self);
    /* value NULL: del */
    int (*set)(cs_class *cls, const cs_field *field, PyObject *self, PyObject *value);
    /* `del` by a call of the descriptor, which goes past `__delattr__` of a Struct. */
    int (*delete_past)(cs_class *cls, const cs_field *field, PyObject *self);
    /* The value of a cached property, which `function` makes; `plain`: of the field it covers. */
    PyObject *(*cached)(cs_class *cls, const cs_field *field, PyObject *self, PyObject *function,
                        int plain);
    /* May a field of that class refer to the object? -1 and an error. */
    int (*refer)(cs_class *holder, const cs_field *field);
    /* ---- the object ---- */
    getattrofunc getattro; /* the quick one: see object/access.c */
    setattrofunc setattro, untyped_setattro;
    richcmpfunc richcompare; /* the first object is one of the class */
    richcmpfunc compare_other; /* the second is, the first is of another class */
    hashfunc hash;
    reprfunc whole; /* the object itself or one with its values, to be looked at: a new reference */
    reprfunc copy; /* for `copy.copy` */
    binaryfunc reduce; /* for `__reduce_ex__(protocol)` */
    size_t (*size)(PyObject *self);
    /* May a call of __init__, that of `owner`, fill it again? -1 and an error. */
    int (*may_init)(PyTypeObject *owner, PyObject *self);
    /* The methods of the class that the class derives from have changed. */
    void (*refresh)(cs_class *cls);
} cs_access;

struct cs_class {
    /* ---- who it is ---- */
    cs_state *state;
    PyTypeObject *type; /* borrowed: it owns the cs_class */
    uint32_t flags;
    uint32_t held; /* by C functions that work with it across user code: model/hold.h */
    int orphaned; /* its type is gone; `type` is the anchor, owned */
    const cs_access *access; /* how the values of its objects are reached */

    /* ---- layout: where the bytes of its objects are ---- */
    uint32_t fixed_size; /* header included, not rounded */
    uint32_t block_size; /* of an object without text, rounded */
    uint32_t basic_size; /* tp_basicsize: nominal (see class/build.c), and hidden for a moment now
                            and then (class/multiple.c) */
    uint32_t field_count;
    cs_field *fields;
    uint32_t *pointers; /* offsets of owned references */
    uint32_t *words; /* offsets of CS_INT words */
    uint32_t pointer_count, word_count;
    uint32_t weakref_offset, dict_offset; /* 0: none */
    cs_text_shape text; /* count 0: no texts */
    uint32_t *text_ends;
    uint8_t *blank; /* the fixed part after the header of an object with every field unset */
    cs_layout layout;
    cs_slot *foreign; /* the slots of Python's own bases: see class/foreign.c */
    uint32_t foreign_count, foreign_end;

    /* ---- construct: from a call to an object ---- */
    uint32_t param_count, positional_count, required_count;
    uint32_t outside_count; /* of parameters that are not stored fields */
    cs_param *params;
    cs_ptrmap parameters; /* name -> index in params */
    uint32_t *text_params; /* of each text: its parameter, or UINT32_MAX */
    cs_text_room *text_room; /* of a constructor of the user's: the room that its texts tend to
                                need; NULL before the first object */
    PyObject *post_init; /* name __post_init__ if the class has one, else NULL */
    cs_kwcall kwcalls[CS_KWCACHE];
    unsigned kwnext;

    /* ---- reading: from a name to a field ---- */
    cs_ptrmap packed; /* name -> cs_field *: those read through a descriptor of cslots, hence what
                         cs_struct_getattro looks in: packed fields, and see class/multiple.c */
    cs_ptrmap names; /* name -> cs_field *, all fields */
    unsigned open_reads; /* see object/access.c */
    PyMemberDef *members; /* for the pointer fields declared by this class */

    /* ---- unset fields: see object/blank.h ---- */
    int has_blanks;
    cs_ptrmap blanks; /* of an anchor */

    /* ---- comparing, pickling ---- */
    cs_step *eq_steps, *hash_steps;
    uint32_t eq_count, hash_count;
    unsigned int hooks_version; /* tp_version_tag when the user's methods for pickle and copy were
                                   looked for */
    PyObject *loader; /* made with the first pickle */

    /* ---- family ---- */
    PyTypeObject *storer; /* the nearest class, itself or a base, that added something to its
                             objects or laid them out anew; borrowed */
    PyTypeObject *anchor; /* the nearest class, itself or a base, whose objects are laid out as
                             its own; borrowed: a base lives as long */
    cs_class *home; /* the cs_class of the anchor, also when the type is gone and the class is
                        still held (model/hold.h) */
    cs_class *alike; /* of an anchor: the first other class with that anchor; of those: the next */
    cs_class *retired; /* see cs_type */
    PyObject *plan; /* what it was made from: cslots._plan */
    uint32_t spec_count; /* of the plan's fields, those included that are not stored */
    PyObject *module; /* see take_module in class/build.c; or NULL */

    /* ---- rows of pools ---- */
    PyTypeObject *row_type; /* of the rows of its pools, or NULL */
    cs_class *record; /* of a row class: that of the records, borrowed from the base; of any other
                         class: itself */
    uint32_t row_offset; /* of a row class: where the cs_row lies */
};

typedef struct {
    PyHeapTypeObject heap;
    cs_class *cls; /* NULL until the class is finished */
    cs_class *retired; /* what the class was before it was decorated, or could not become:
                          descriptors may point into it */
    int failed; /* it will never be finished; what is left of it waits for the collector */
    int made; /* of a class that the decorator may still adopt: objects of it have been made
                   (class/objects_of.c) */
} cs_type;

static inline cs_class *cs_class_of(PyTypeObject *type) { return ((cs_type *)type)->cls; }

/* The class of an object that is known to be an instance of Struct. */
static inline cs_class *cs_class_of_object(PyObject *object) {
    return cs_class_of(Py_TYPE(object));
}

/* The decorator asks whether objects of the class were made: class/objects_of.c. */
static inline void cs_class_made(const cs_class *cls) { ((cs_type *)cls->type)->made = 1; }

/* Do its objects keep their values themselves? Those of a class of rows do not. */
static inline int cs_class_keeps_values(const cs_class *cls) { return cls->record == cls; }

/* The object itself, or an object that has its values: to be looked at. A new reference, or NULL
 * and an error. */
static inline PyObject *cs_whole(PyObject *self) {
    return cs_class_of_object(self)->access->whole(self);
}

/* The class of any object. NULL: it is not a class of cslots, or not a finished one. */
static inline cs_class *cs_class_of_any(const cs_state *state, PyObject *object) {
    return PyObject_TypeCheck((PyObject *)Py_TYPE(object), state->meta_type)
               ? cs_class_of_object(object)
               : NULL;
}

static inline void *cs_at(PyObject *object, uint32_t offset) { return (char *)object + offset; }
static inline PyObject **cs_pointer_at(PyObject *object, uint32_t offset) {
    return (PyObject **)cs_at(object, offset);
}

/* NULL if it is not a finished Struct class; no error. */
cs_class *cs_class_check(cs_state *state, PyObject *type);

/* Is it a Struct class that knows its layout? It may be unfinished. */
static inline int cs_is_layout(const cs_state *state, PyObject *type) {
    return PyObject_TypeCheck(type, state->meta_type) && cs_class_of((PyTypeObject *)type) != NULL;
}

const cs_field *cs_find_field(const cs_class *cls, PyObject *name); /* NULL, no error */
/* NULL: the base has none, or there is no base. */
const cs_field *cs_field_inherited(const cs_class *base, PyObject *name);
/* The default of a field that has one, or what its factory makes, with user code. A new
 * reference, or NULL and an error. */
PyObject *cs_field_default(const cs_field *field);
/* The slot of one of Python's own bases; NULL where a field has that name. */
const cs_slot *cs_foreign_slot(const cs_class *cls, PyObject *name);
void cs_foreign_store(const cs_slot *slot, PyObject *self, PyObject *value);

/* The class has its anchor now: it stands among those that are laid out alike. */
void cs_class_join_anchor(cs_class *cls);
void cs_class_leave_anchor(cs_class *cls); /* it will be freed, or laid out anew */

int cs_class_traverse(cs_class *cls, visitproc visit, void *arg);
void cs_class_clear(cs_class *cls);
void cs_class_free(cs_class *cls);

#endif
