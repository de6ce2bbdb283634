/* model/class.h: what cslots knows about a class.
 *
 *   StructMeta (a metatype)      cb_type: a heap type with one more pointer
 *      |  is the type of          +------------------+---------+
 *      v                          | PyHeapTypeObject | cb_class* ----> fields, layout, tables
 *   User (a class)                +------------------+---------+
 *      |  is the type of
 *      v
 *   User("ann", 3, ...)           +--------+------+-----------------+------+
 *                                 | refcnt | type | fixed part      | tail |
 *                                 +--------+------+-----------------+------+
 *                                                          docs/design/objects.md
 *
 * Ownership: a class owns its cb_class. That owns its fields, names and tables, and holds
 * references to Python objects that the metatype's traverse visits. Instances own what their
 * pointer fields refer to.
 */
#ifndef CB_CLASS_H
#define CB_CLASS_H

#include "model/field.h"
#include "runtime/state.h"

/* Flags of a class. */
enum {
    /* How its objects lie in memory */
    CB_CLASS_TRACKED = 1u << 0,
    CB_CLASS_SLAB = 1u << 1,
    CB_CLASS_BARE = 1u << 2, /* in the slab, and own nothing but perhaps text: they just die */
    CB_CLASS_CHAINS = 1u << 3, /* untracked, but can hold other objects: deep chains are possible */
    CB_CLASS_UNSAFE = 1u << 4, /* gc=False: holds what it is given, the user answers for cycles */
    CB_CLASS_UNSET_BITS = 1u << 5, /* fields declared by it have an unset bit; see object/blank.h */
    CB_CLASS_UNTYPED = 1u << 6, /* typed=False: references, read and written by the interpreter */
    /* What it was asked to be */
    CB_CLASS_FROZEN = 1u << 8,
    CB_CLASS_EQ = 1u << 9,
    CB_CLASS_ORDER = 1u << 10,
    CB_CLASS_REPR = 1u << 11,
    CB_CLASS_HASH_VALUE = 1u << 12,
    /* Where it comes from, and how far it has come */
    CB_CLASS_DATACLASS = 1u << 13, /* decorated, or derived from such a class: class/adopt.c */
    CB_CLASS_SUBCLASS = 1u << 14, /* derived, and not decorated (yet) */
    CB_CLASS_ABC = 1u << 15, /* has an ABC or a Protocol among its bases */
    CB_CLASS_DEFERRED = 1u << 16, /* has a field whose annotation is not resolved yet */
    CB_CLASS_UNFINISHED = 1u << 17, /* until cb_class_open: nothing can be done with it */
    CB_CLASS_FILLED = 1u << 18, /* a library fills its objects in C: no reference has a native
                                   member any more */
    /* What its fields need */
    CB_CLASS_INDIRECT = 1u << 19, /* has a field whose value a descriptor keeps elsewhere */
    CB_CLASS_COVERS = 1u << 20, /* has a covered field: see cb_field */
    CB_CLASS_BY_NAME = 1u
        << 21, /* has a covered field that is a real field: constructor and repr use
                                    its name */
    /* What of it is the user's own */
    CB_CLASS_SIMPLE = 1u << 22, /* constructor: parameters are the fields, and no hook follows */
    CB_CLASS_OWN_INIT = 1u << 23,
    CB_CLASS_OWN_NEW = 1u << 24,
    CB_CLASS_OWN_SETATTR = 1u << 25, /* a dataclass: its constructor assigns through __setattr__ */
    CB_CLASS_PICKLE_HOOKS = 1u << 26, /* has __reduce__, __getstate__ or the like */
    CB_CLASS_COPY_HOOKS = 1u << 27 /* PICKLE_HOOKS, or a __reduce_ex__: copy asks them */
};

/* How many keyword call sites a class remembers; a power of two. */
#define CB_KWCACHE 4

typedef struct {
    PyObject *names; /* the kwnames tuple, or NULL */
    Py_ssize_t positional; /* arguments before it */
    uint32_t *params; /* parameter index of each name */
} cb_kwcall;

/* A slot of one of Python's own base classes. */
typedef struct {
    uint32_t offset;
    PyObject *name;
} cb_slot;

typedef struct cb_class cb_class;

/* How the values of objects of a class are reached. Most objects keep their values themselves:
 * cb_object_access (object/object_type.c). Those of a row of a pool lie in its columns: pool/row.c
 * has another table. So the functions of objects know nothing of rows: where an object may be one,
 * they go through the table of its class. */
typedef struct {
    /* ---- a field ---- */
    int (*is_unset)(cb_class *cls, const cb_field *field, PyObject *self);
    PyObject *(*get)(cb_class *cls, const cb_field *field, PyObject *self);
    /* value NULL: del */
    int (*set)(cb_class *cls, const cb_field *field, PyObject *self, PyObject *value);
    /* `del` by a call of the descriptor, which goes past `__delattr__` of a Struct. */
    int (*delete_past)(cb_class *cls, const cb_field *field, PyObject *self);
    /* The value of a cached property, which `function` makes; `plain`: of the field it covers. */
    PyObject *(*cached)(cb_class *cls, const cb_field *field, PyObject *self, PyObject *function,
                        int plain);
    /* May a field of that class refer to the object? -1 and an error. */
    int (*refer)(cb_class *holder, const cb_field *field);
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
    void (*refresh)(cb_class *cls);
} cb_access;

struct cb_class {
    /* ---- who it is ---- */
    cb_state *state;
    PyTypeObject *type; /* borrowed: it owns the cb_class */
    uint32_t flags;
    uint32_t held; /* by C functions that work with it across user code: model/hold.h */
    int orphaned; /* its type is gone; `type` is the anchor, owned */
    const cb_access *access; /* how the values of its objects are reached */

    /* ---- layout: where the bytes of its objects are ---- */
    uint32_t fixed_size; /* header included, not rounded */
    uint32_t block_size; /* of an object without text, rounded */
    uint32_t basic_size; /* tp_basicsize: nominal (see class/build.c), and hidden for a moment now
                            and then (class/multiple.c) */
    uint32_t field_count;
    cb_field *fields;
    uint32_t *pointers; /* offsets of owned references */
    uint32_t *words; /* offsets of CS_INT words */
    uint32_t pointer_count, word_count;
    uint32_t weakref_offset, dict_offset; /* 0: none */
    cs_text_shape text; /* count 0: no texts */
    uint32_t *text_ends;
    uint8_t *blank; /* the fixed part after the header of an object with every field unset */
    cs_layout layout;
    cb_slot *foreign; /* the slots of Python's own bases: see class/foreign.c */
    uint32_t foreign_count, foreign_end;

    /* ---- construct: from a call to an object ---- */
    uint32_t param_count, positional_count, required_count;
    uint32_t outside_count; /* of parameters that are not stored fields */
    cb_param *params;
    cs_ptrmap parameters; /* name -> index in params */
    uint32_t *text_params; /* of each text: its parameter, or UINT32_MAX */
    cs_text_room *text_room; /* of a constructor of the user's: the room that its texts tend to
                                need; NULL before the first object */
    PyObject *post_init; /* name __post_init__ if the class has one, else NULL */
    cb_kwcall kwcalls[CB_KWCACHE];
    unsigned kwnext;

    /* ---- reading: from a name to a field ---- */
    cs_ptrmap packed; /* name -> cb_field *: those read through a descriptor of cslots, hence what
                         cb_struct_getattro looks in: packed fields, and see class/multiple.c */
    cs_ptrmap names; /* name -> cb_field *, all fields */
    unsigned open_reads; /* see object/access.c */
    PyMemberDef *members; /* for the pointer fields declared by this class */

    /* ---- unset fields: see object/blank.h ---- */
    int has_blanks;
    cs_ptrmap blanks; /* of an anchor */

    /* ---- comparing, pickling ---- */
    cb_step *eq_steps, *hash_steps;
    uint32_t eq_count, hash_count;
    unsigned int hooks_version; /* tp_version_tag when the user's methods for pickle and copy were
                                   looked for */
    PyObject *loader; /* made with the first pickle */

    /* ---- family ---- */
    PyTypeObject *storer; /* the nearest class, itself or a base, that added something to its
                             objects or laid them out anew; borrowed */
    PyTypeObject *anchor; /* the nearest class, itself or a base, whose objects are laid out as
                             its own; borrowed: a base lives as long */
    cb_class *home; /* the cb_class of the anchor, also when the type is gone and the class is
                        still held (model/hold.h) */
    cb_class *alike; /* of an anchor: the first other class with that anchor; of those: the next */
    cb_class *retired; /* see cb_type */
    PyObject *plan; /* what it was made from: cslots._plan */
    uint32_t spec_count; /* of the plan's fields, those included that are not stored */
    PyObject *module; /* see take_module in class/build.c; or NULL */

    /* ---- rows of pools ---- */
    PyTypeObject *row_type; /* of the rows of its pools, or NULL */
    cb_class *record; /* of a row class: that of the records, borrowed from the base; of any other
                         class: itself */
    uint32_t row_offset; /* of a row class: where the cb_row lies */
};

typedef struct {
    PyHeapTypeObject heap;
    cb_class *cls; /* NULL until the class is finished */
    cb_class *retired; /* what the class was before it was decorated, or could not become:
                          descriptors may point into it */
    int failed; /* it will never be finished; what is left of it waits for the collector */
    int made; /* of a class that the decorator may still adopt: objects of it have been made
                   (class/objects_of.c) */
} cb_type;

static inline cb_class *cb_class_of(PyTypeObject *type) { return ((cb_type *)type)->cls; }

/* The class of an object that is known to be an instance of Struct. */
static inline cb_class *cb_class_of_object(PyObject *object) {
    return cb_class_of(Py_TYPE(object));
}

/* The decorator asks whether objects of the class were made: class/objects_of.c. */
static inline void cb_class_made(const cb_class *cls) { ((cb_type *)cls->type)->made = 1; }

/* Do its objects keep their values themselves? Those of a class of rows do not. */
static inline int cb_class_keeps_values(const cb_class *cls) { return cls->record == cls; }

/* The object itself, or an object that has its values: to be looked at. A new reference, or NULL
 * and an error. */
static inline PyObject *cb_whole(PyObject *self) {
    return cb_class_of_object(self)->access->whole(self);
}

/* The class of any object. NULL: it is not a class of cslots, or not a finished one. */
static inline cb_class *cb_class_of_any(const cb_state *state, PyObject *object) {
    return PyObject_TypeCheck((PyObject *)Py_TYPE(object), state->meta_type)
               ? cb_class_of_object(object)
               : NULL;
}

static inline void *cb_at(PyObject *object, uint32_t offset) { return (char *)object + offset; }
static inline PyObject **cb_pointer_at(PyObject *object, uint32_t offset) {
    return (PyObject **)cb_at(object, offset);
}

/* NULL if it is not a finished Struct class; no error. */
cb_class *cb_class_check(cb_state *state, PyObject *type);

/* Is it a Struct class that knows its layout? It may be unfinished. */
static inline int cb_is_layout(const cb_state *state, PyObject *type) {
    return PyObject_TypeCheck(type, state->meta_type) && cb_class_of((PyTypeObject *)type) != NULL;
}

const cb_field *cb_find_field(const cb_class *cls, PyObject *name); /* NULL, no error */
/* NULL: the base has none, or there is no base. */
const cb_field *cb_field_inherited(const cb_class *base, PyObject *name);
/* The default of a field that has one, or what its factory makes, with user code. A new
 * reference, or NULL and an error. */
PyObject *cb_field_default(const cb_field *field);
/* The slot of one of Python's own bases; NULL where a field has that name. */
const cb_slot *cb_foreign_slot(const cb_class *cls, PyObject *name);
void cb_foreign_store(const cb_slot *slot, PyObject *self, PyObject *value);

/* The class has its anchor now: it stands among those that are laid out alike. */
void cb_class_join_anchor(cb_class *cls);
void cb_class_leave_anchor(cb_class *cls); /* it will be freed, or laid out anew */

int cb_class_traverse(cb_class *cls, visitproc visit, void *arg);
void cb_class_clear(cb_class *cls);
void cb_class_free(cb_class *cls);

#endif
