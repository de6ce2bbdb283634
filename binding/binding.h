/* binding.h: the types that the files of the binding share. What cslots knows about Python objects.
 *
 *   StructMeta (a metatype)      cs_type: a heap type with one more pointer
 *      |  is the type of          +------------------+---------+
 *      v                          | PyHeapTypeObject | cs_class* ----> fields, layout, tables
 *   User (a class)                +------------------+---------+
 *      |  is the type of
 *      v
 *   User("ann", 3, ...)           +--------+------+-----------------+------+
 *                                 | refcnt | type | fixed part      | tail |     docs/design/objects.md
 *                                 +--------+------+-----------------+------+
 *
 * Ownership: a class owns its cs_class; that owns its fields, names and tables, and holds references to Python objects that the metatype's
 * traverse visits. Instances own what their pointer fields refer to. The module state is owned by the module; classes keep the module alive
 * through the metatype.
 */
#ifndef CS_BINDING_H
#define CS_BINDING_H

#include "runtime/compat.h"

#include "cslots.h"

/* ---- module state (runtime/state.c) ---- */

#define CS_RING 16 /* boxes kept for reuse, a power of two */

#define CS_RING_DIGITS 3 /* ints of one to three digits have a ring each */

typedef struct {
    PyObject *boxes[CS_RING];
    unsigned next;
} cs_ring;

/* Interned names: of attributes that are looked up often. */
/* clang-format off */
#define CS_NAMES(X) \
    X(__dict__) X(__getattr__) X(__getattribute__) X(__getstate__) X(__init__) X(__module__) X(__new__) X(__post_init__) \
    X(__reduce__) X(__reduce_ex__) X(__replace__) X(__setstate__) X(__getnewargs__) X(__getnewargs_ex__) X(__slots__) X(__weakref__) X(__bases__) \
    X(__qualname__) X(name) X(fields) X(namespace) X(keywords) X(tracked) X(frozen) X(order) X(eq) X(repr) X(weakref) X(dict) \
    X(hash_mode) X(kind) X(nullable) X(argument) X(cached) X(suggest) X(deepcopy) X(copyreg) X(dispatch_table) X(__instancecheck__) X(__subclasscheck__) X(__subclasses__) X(default_factory) X(init) X(hash) X(compare) X(kw_only) X(value) X(own_fields) \
    X(_abc_impl) X(initvar) X(gc) X(bases) X(behind) X(_no_init_or_replace_init) X(descriptor) X(style) X(typed) X(install) X(remove) X(hidden) X(raw) X(__hash__) X(__setattr__)
/* clang-format on */

typedef struct {
#define CS_NAME_FIELD(n) PyObject *n;
    CS_NAMES(CS_NAME_FIELD)
#undef CS_NAME_FIELD
    PyObject *default_; /* "default" is a word of C */
} cs_names;

typedef struct cs_state {
    PyTypeObject *meta_type; /* StructMeta */
    PyTypeObject *object_type; /* the C base of Struct: methods and slots */
    PyTypeObject *struct_type; /* Struct */
    PyTypeObject *descriptor_type; /* of packed fields */
    PyTypeObject *init_type; /* the generated __init__ of a class */
    PyTypeObject *repr_type; /* the generated __repr__ of a class */
    PyTypeObject *finisher_type; /* finishes a class from inside type.__new__ */
    PyTypeObject *loader_type; /* unpickles */
    PyTypeObject *category_type; /* table of strings */
    PyTypeObject *decorator_type; /* dataclass(...) */
    PyTypeObject *dataclass_meta; /* DataclassMeta */
    PyTypeObject *shield_type, *pool_type, *pool_iterator_type, *pool_slice_type, *pool_view_type,
        *snapshot_type; /* see pool/pool.h */
    PyObject *restore; /* the module's restore_pool, for pickles */
    PyObject *stale_error, *range_error; /* StaleRowError, RangeError */
    PyObject *range_error_seen; /* RangeError as msgspec sees it: see cs_range_error; or NULL */
    PyObject *plan; /* cslots._plan.plan, imported with the first class */
    PyObject *missing, *self_marker;
    PyObject *meta_base; /* the metatype that StructMeta derives from */
    PyObject *abc_init, *abc_instancecheck, *abc_subclasscheck;
    PyObject *
        dispatch_table; /* copyreg's, from the first copy on that is made while copyreg is loaded */
    PyObject *tzutc; /* with datetime_api */
    void *datetime_api; /* PyDateTime_CAPI *, imported with the first date field */
    PyTypeObject *time_types[3]; /* date, datetime, timedelta; borrowed from it */
    cs_slab *slab;
#ifdef Py_GIL_DISABLED
    PyMutex types; /* see class/multiple.c */
    unsigned long types_owner;
#endif
    uint64_t hash_seed;
    int tuple_hash_known; /* object/hash.c has the formulas of this interpreter */
    Py_ssize_t fresh_names; /* see class/objects_of.c; 0: unknown */
    unsigned dealloc_depth; /* of untracked objects; see object/object_type.c */
    PyObject **later;
    size_t later_count, later_capacity;
    int later_draining;
    cs_ring floats, ints[CS_RING_DIGITS];
    int64_t
        shared_ints; /* ints from here on are made anew each time: the interpreter keeps no table of them */
    cs_names names;
} cs_state;

extern const cs_allocator cs_python_allocator; /* PyMem_Malloc, and pages that tracemalloc sees */
extern const cs_allocator
    cs_column_allocator; /* for columns: PyMem_RawMalloc, usable without the GIL */
extern PyModuleDef cs_module_def;
cs_state *cs_state_of_meta(
    PyTypeObject *meta); /* from StructMeta or a subclass; NULL and TypeError if it is neither */
int cs_state_init(cs_state *state);
int cs_state_traverse(cs_state *state, visitproc visit, void *arg);
void cs_state_clear(cs_state *state);
void cs_state_free(cs_state *state);

/* ---- fields and classes ---- */

/* Flags of a field. */
enum {
    CS_FIELD_NULLABLE = 1,
    CS_FIELD_INIT = 2,
    CS_FIELD_REPR = 4,
    CS_FIELD_COMPARE = 8,
    CS_FIELD_HASH = 16,
    CS_FIELD_DEFERRED = 32, /* a CS_OBJECT whose class is looked for at the first store */
    CS_FIELD_KW_ONLY = 64,
    CS_FIELD_HIDDEN = 128 /* storage that is no field: a name in __slots__, a cached property */
};

typedef struct cs_class cs_class;

/* One field, as the instances of one class store it. */
typedef struct {
    uint8_t kind; /* cs_kind */
    uint8_t flags;
    uint8_t unset_mask,
        null_mask; /* in the state byte; 0: no such bit (unset: see object/blank.h) */
    uint8_t state_mask; /* unset | null: not 0 there means "no ordinary value" */
    uint8_t value_mask; /* of a bool */
    uint8_t equals; /* of a choice: some of its values are equal (1 and True), so "==" asks them */
    uint8_t covered; /* the class has something else under its name: super() finds it */
    uint8_t backed; /* a constant or a method lies over it: found while it has no value */
    uint32_t offset; /* of the value from the start of the object */
    uint32_t
        state_byte; /* offset of the byte with the state bits; 0 (harmless: the masks are 0) for pointers */
    uint32_t text; /* index among the texts, for utf8 */
    uint32_t index; /* in cs_class.fields */
    PyObject *name; /* interned */
    PyObject *argument; /* Struct class; tuple of choices; Flag class; category table; or NULL */
    PyObject *default_value; /* checked; NULL if there is none */
    PyObject *factory; /* or NULL */
    PyObject *spec; /* the cslots.Field */
    PyObject *flag_cache; /* dict of bits -> member, for flags */
    PyObject
        *cached; /* makes the value at the first read: the function of a cached_property; or NULL */
    cs_ptrmap choices; /* identity of a choice -> its index; empty map for other kinds */
    const cs_ptrmap
        *known; /* of a category: identity of the table's strings -> code; belongs to the table */
} cs_field;

/* One parameter of the constructor. */
typedef struct {
    PyObject *name;
    cs_field *field; /* NULL for an InitVar */
    PyObject *default_value; /* of an InitVar; borrowed from spec for fields */
    int assigned; /* an attribute that the class keeps elsewhere: the constructor assigns it */
    uint32_t place; /* in the order of the class body */
} cs_param;

/* Flags of a class. */
enum {
    CS_CLASS_TRACKED = 1,
    CS_CLASS_SLAB = 2,
    CS_CLASS_FROZEN = 4,
    CS_CLASS_EQ = 8,
    CS_CLASS_ORDER = 16,
    CS_CLASS_REPR = 32,
    CS_CLASS_HASH_VALUE = 64,
    CS_CLASS_ABC = 128, /* has an ABC or a Protocol among its bases */
    CS_CLASS_CHAINS =
        256, /* untracked objects that can hold objects of ours: deep chains are possible */
    CS_CLASS_DEFERRED = 512, /* has a field whose annotation is not resolved yet */
    CS_CLASS_SIMPLE =
        1024, /* constructor: every parameter is a field, every field a parameter, no hook after it */
    CS_CLASS_OWN_INIT = 2048, /* __init__ is the user's */
    CS_CLASS_OWN_NEW = 4096,
    CS_CLASS_PICKLE_HOOKS = 8192, /* the user defined __reduce__, __getstate__ or the like */
    CS_CLASS_BARE =
        65536, /* slab objects that own nothing but perhaps text: they die without further ado */
    CS_CLASS_UNSET_BITS = 32768, /* fields declared by it have an unset bit; see object/blank.h */
    CS_CLASS_UNSAFE = 16384, /* gc=False: holds whatever it is given, the user answers for cycles */
    CS_CLASS_DATACLASS = 1 << 17, /* decorated, or derived from such a class: see class/adopt.c */
    CS_CLASS_SUBCLASS = 1 << 18, /* derived, and not decorated (yet) */
    CS_CLASS_UNTYPED = 1
        << 19, /* typed=False: references only, read and written by the interpreter alone */
    CS_CLASS_INDIRECT = 1 << 20, /* has a field whose value a descriptor keeps elsewhere */
    CS_CLASS_UNFINISHED = 1 << 22, /* until cs_class_open: nothing can be done with it */
    CS_CLASS_FILLED = 1
        << 29, /* a library fills its objects in C: no reference has a native member any more */
    CS_CLASS_COPY_HOOKS = 1
        << 28, /* PICKLE_HOOKS, or a __reduce_ex__ of the user's: copy asks them */
    CS_CLASS_ROW = 1 << 23, /* of the rows of pools: their values lie in columns (pool/pool.h) */
    CS_CLASS_COVERS = 1 << 24, /* has a covered field: see cs_field */
    CS_CLASS_BY_NAME = 1 << 25, /* one that is not hidden: it is made and shown by its name */
    CS_CLASS_OWN_SETATTR = 1
        << 21 /* a dataclass with a __setattr__ of the user's: the constructor assigns through it */
};

#define CS_KWCACHE 4 /* call sites with keywords that a class remembers, a power of two */

typedef struct {
    PyObject *names; /* the kwnames tuple, or NULL */
    Py_ssize_t positional; /* arguments before it */
    uint32_t *params; /* parameter index of each name */
} cs_kwcall;

/* What "==" and hash do: a list of steps made once. */
typedef struct {
    uint8_t op; /* see object/steps.h */
    uint8_t mask;
    uint32_t offset, size;
    cs_field *field;
} cs_step;

/* A slot of a base of Python's own. */
typedef struct {
    uint32_t offset;
    PyObject *name;
} cs_slot;

struct cs_class {
    cs_state *state;
    PyTypeObject *type; /* borrowed: it owns us */
    PyTypeObject *
        storer; /* the nearest class, this one or a base, that added something to its objects or laid them out anew; borrowed */
    PyTypeObject *
        anchor; /* the nearest class, this one or a base, whose objects are laid out as ours; borrowed: a base lives as long */
    uint32_t held; /* by C functions that work with it across user code: model/hold.h */
    int orphaned; /* its type is gone; `type` is the anchor, owned */
    uint32_t flags;
    uint32_t fixed_size; /* header included, not rounded */
    uint32_t block_size; /* of an object without text, rounded */
    uint32_t
        basic_size; /* tp_basicsize: nominal (see class/build.c), and hidden for a moment now and then (class/multiple.c) */
    uint32_t field_count, param_count, positional_count, required_count;
    uint32_t spec_count; /* of the plan's fields: those that are not stored, too */
    cs_field *fields;
    cs_param *params;
    uint32_t *pointers; /* offsets of owned references */
    uint32_t pointer_count;
    uint32_t *words; /* offsets of CS_INT words */
    uint32_t word_count;
    uint32_t weakref_offset, dict_offset; /* 0: none */
    cs_text_shape text; /* count 0: no texts */
    uint32_t *text_ends;
    uint32_t *text_params; /* of each text: its parameter, or UINT32_MAX */
    cs_text_room *
        text_room; /* of a constructor of the user's: the room that its texts tend to need; NULL before the first object */
    uint8_t *blank; /* the fixed part after the header of an object with every field unset */
    cs_ptrmap
        packed; /* name -> cs_field *: those read through a descriptor of ours, hence what struct_getattro looks in: packed fields, and see class/multiple.c */
    cs_ptrmap names; /* name -> cs_field *, all fields */
    cs_ptrmap parameters;
    int has_blanks; /* see object/blank.h */
    unsigned int
        hooks_version; /* tp_version_tag when the user's methods for pickle and copy were looked for */
    cs_ptrmap blanks; /* of an anchor */
    cs_class *
        home; /* that of the anchor, also when the type is gone and the class still held (model/hold.h) */
    cs_class *
        alike; /* of an anchor: the first of the other classes with that anchor; of those: the next */
    cs_layout layout;
    cs_kwcall kwcalls[CS_KWCACHE];
    unsigned kwnext;
    unsigned open_reads; /* see object/access.c */
    cs_step *eq_steps, *hash_steps;
    uint32_t eq_count, hash_count;
    PyMemberDef *members; /* for the pointer fields declared by this class */
    PyObject *plan;
    PyObject *loader; /* made with the first pickle */
    PyObject *module; /* see take_module in class/build.c; or NULL */
    PyObject *post_init; /* name __post_init__ if the class has one, else NULL */
    uint32_t outside_count; /* of parameters that are no stored fields */
    cs_slot *foreign; /* the slots that bases of Python's own have: see class/foreign.c */
    uint32_t foreign_count, foreign_end;
    cs_class *retired; /* see cs_type */
    PyTypeObject *row_type; /* of the rows of its pools, or NULL */
    cs_class *record; /* of a row class: that of the records; borrowed from the base */
    uint32_t row_offset; /* of a row class: where the cs_row lies */
};

typedef struct {
    PyHeapTypeObject heap;
    cs_class *cls; /* NULL until the class is finished */
    cs_class *
        retired; /* what the class was before it was decorated, or could not become: descriptors may point into it */
    int failed; /* it will never be finished; what is left of it waits for the collector */
    int made; /* of a class that the decorator may still adopt: objects of it have been made (class/objects_of.c) */
} cs_type;

static inline cs_class *cs_class_of(PyTypeObject *type) { return ((cs_type *)type)->cls; }
/* The class of an object that is known to be an instance of Struct. */
static inline cs_class *cs_class_of_object(PyObject *object) {
    return cs_class_of(Py_TYPE(object));
}
/* NULL if it is not a finished Struct class; no error. */
cs_class *cs_class_check(cs_state *state, PyObject *type);

static inline void *cs_at(PyObject *object, uint32_t offset) { return (char *)object + offset; }
static inline PyObject **cs_pointer_at(PyObject *object, uint32_t offset) {
    return (PyObject **)cs_at(object, offset);
}

/* ---- class/metatype.c ---- */
extern PyType_Spec cs_meta_spec, cs_dataclass_meta_spec, cs_finisher_spec;
PyObject *cs_class_attribute(cs_class *cls,
                             const cs_field *field); /* what `Cls.field` is, of a dataclass */
/* The constant or method that a class has over a field; as found on the class, or on `self` if that is not
 * NULL. NULL without an error: there is none. */
PyObject *cs_class_beside(const cs_class *cls, PyObject *name);
PyObject *cs_class_found_beside(const cs_class *cls, PyObject *name, PyObject *self);
PyObject *cs_import_plan(cs_state *state); /* borrowed */
int cs_struct_type_init(PyObject *module, cs_state *state);
cs_class *cs_class_finish(cs_state *state, PyTypeObject *type, PyObject *plan); /* class/build.c */
void cs_class_retire(cs_class *cls);
void cs_class_free(cs_class *cls);
int cs_class_traverse(cs_class *cls, visitproc visit, void *arg);
void cs_class_clear(cs_class *cls);
int cs_class_resolve(cs_class *cls); /* looks for the deferred annotations */
int cs_field_resolve(cs_class *cls, const cs_field *wanted); /* for that of this field */
int cs_class_choose_call(
    cs_class *cls); /* sets tp_vectorcall, tp_init and the flags about the user's own methods */
void cs_class_ask_hooks(
    cs_class *cls); /* brings CS_CLASS_PICKLE_HOOKS and CS_CLASS_COPY_HOOKS up to date */
void cs_class_close(
    PyTypeObject *type); /* until cs_class_open nothing makes objects of it, or moves them to it */
int cs_class_open(cs_class *cls); /* it is finished */

/* ---- object/object_type.c ---- */
extern PyType_Spec cs_object_spec;
PyObject *cs_object_blank(cs_class *cls); /* every field unset */
PyObject *cs_object_copy(PyObject *self);
int cs_object_apply_defaults(PyObject *self);
static inline void cs_object_track(cs_class *cls, PyObject *self) {
    if (cls->flags & CS_CLASS_TRACKED) { PyObject_GC_Track(self); }
}
void cs_object_discard(PyObject *self);
void cs_struct_dealloc(PyObject *self);
int cs_struct_traverse(PyObject *self, visitproc visit, void *arg);
int cs_struct_clear(PyObject *self);
void cs_struct_free(void *self);
PyObject *cs_struct_alloc(PyTypeObject *type, Py_ssize_t items);
PyObject *cs_struct_new(PyTypeObject *type, PyObject *args, PyObject *kwargs);
size_t cs_object_size(PyObject *self); /* bytes from the allocator, without a GC header */

/* ---- object/value.c: between Python values and bytes ---- */
PyObject *cs_read_rare(cs_class *cls, const cs_field *field,
                       PyObject *self); /* the kinds that object/value.h does not read in line */
/* The value of any field: None when null, AttributeError when unset. */
PyObject *cs_read_value(cs_class *cls, const cs_field *field, PyObject *self);
/* Like cs_read_value, but any pointer field too, and NULL without an error when unset. */
PyObject *cs_read_any(cs_class *cls, const cs_field *field, PyObject *self, int *unset);
/* Is there something on the class that objects find for the field, or while it has no value? */
static inline int cs_field_is_named(const cs_field *field) {
    return field->covered || field->backed ||
           (field->cached != NULL && !(field->flags & CS_FIELD_HIDDEN));
}
/* What `object.name` is: of a covered field the class says that. The caller holds the class. */
PyObject *cs_read_named(cs_class *cls, const cs_field *field, PyObject *self);
PyObject *cs_read_named_any(cs_class *cls, const cs_field *field, PyObject *self, int *unset);
/* Check and store; on failure nothing has changed. */
int cs_store(cs_class *cls, const cs_field *field, PyObject *self, PyObject *value);
int cs_delete(cs_class *cls, const cs_field *field, PyObject *self);
int cs_delete_past(cs_class *cls, const cs_field *field,
                   PyObject *self); /* no default comes back */
int cs_deleted_by_mock(void); /* then a field with a default is unset */
/* The value of an unset field: made now if it is a cached property, else AttributeError. */
PyObject *cs_read_unset(cs_class *cls, const cs_field *field, PyObject *self);
/* What `function`, that of a cached property, makes: stored, and given back as the field has it. */
PyObject *cs_make_cached(cs_class *cls, const cs_field *field, PyObject *self, PyObject *function);
/* value as this field would give it back, or NULL and an error. */
PyObject *cs_field_normalise(cs_class *cls, cs_field *field, PyObject *value);
/* Text of a str: data and size; *keep (to be released by the caller) holds encoded bytes if they were needed. */
int cs_text_of(PyObject *str, cs_text *text, PyObject **keep);
PyObject *cs_text_str(cs_text text);
/* Check a value for a utf8 field and give the str to be stored (new reference). */
PyObject *cs_text_check_value(cs_class *cls, const cs_field *field, PyObject *value);

/* ---- kinds/box.h, kinds/category.c, kinds/choice.c, kinds/times.c ---- */
extern PyType_Spec cs_category_spec;
PyObject *cs_category_new(cs_state *state);
int cs_category_code(PyObject *self, PyObject *text, uint32_t *code); /* adds it if it is new */
PyObject *cs_category_tuple(PyObject *self);
const cs_ptrmap *cs_category_known(PyObject *self);
int cs_choice_index(cs_class *cls, const cs_field *field, PyObject *value,
                    uint64_t *index); /* 1 found, 0 not, -1 error */
int cs_flag_bits(cs_class *cls, const cs_field *field, PyObject *value, uint64_t *bits);
PyObject *cs_flag_member(cs_class *cls, const cs_field *field, uint64_t bits);
int cs_times_import(cs_state *state);
/* 1 converted, 0 not of that type, -1 error set */
int cs_times_pack(cs_class *cls, const cs_field *field, PyObject *value, int64_t *out);
PyObject *cs_times_unpack(cs_state *state, cs_kind kind, int64_t packed);
int cs_times_valid(cs_kind kind, int64_t packed);

/* ---- object/access.c ---- */
extern PyType_Spec cs_descriptor_spec;
PyObject *cs_descriptor_new(cs_state *state, PyTypeObject *owner, PyObject *name);
PyObject *cs_struct_getattro(PyObject *self, PyObject *name);
PyObject *cs_getattro_open(PyObject *self,
                           PyObject *name); /* what is in no quick table: opens the class */
void cs_reads_choose(cs_class *cls); /* quick or open, after something was assigned to a class */
int cs_struct_setattro(PyObject *self, PyObject *name, PyObject *value);
int cs_untyped_setattro(PyObject *self, PyObject *name, PyObject *value);
int cs_force_setattr(PyObject *self, PyObject *name, PyObject *value);
const cs_field *cs_find_field(const cs_class *cls, PyObject *name); /* NULL, no error */

/* ---- object/call_errors.c: all set TypeError and return -1 ---- */
int cs_call_error_missing(const cs_class *cls, PyObject *const *values);
int cs_call_error_many(const cs_class *cls, Py_ssize_t positional, Py_ssize_t keywords);
int cs_call_error_twice(const cs_class *cls, PyObject *argument);
int cs_call_error_unexpected(const cs_class *cls, PyObject *argument);

/* ---- class/multiple.c ---- */
typedef struct {
    PyTypeObject **types;
    Py_ssize_t *sizes, count;
    int collected, hidden;
} cs_sizes;
size_t cs_basic_size(const cs_state *state, const PyTypeObject *type);
int cs_types_lock(
    cs_state *state); /* for cs_types_unlock, as soon as type.__new__ has looked at the bases */
void cs_types_unlock(cs_state *state, int *locked); /* may be called again */
cs_class *cs_layout_base(const cs_state *state, PyObject *bases);
int cs_has_parents(const cs_state *state, PyObject *bases);
int cs_sizes_hide(cs_state *state, PyTypeObject *meta, PyObject *bases, PyObject *namespace,
                  cs_sizes *sizes);
void cs_sizes_pause_collector(cs_sizes *sizes); /* until cs_sizes_restore */
void cs_sizes_restore(cs_sizes *sizes);
int cs_keep_places(cs_class *cls);
int cs_reads_well(const cs_class *cls, const cs_field *field);
void cs_choose_tp_base(cs_class *cls);
void cs_references_agree(cs_class *cls);
void cs_members_retire(cs_class *cls);
void cs_members_check(cs_class *cls);

/* ---- class/foreign.c ---- */
int cs_foreign_find(cs_class *cls, const cs_class *base);
int cs_foreign_slots(const cs_state *state,
                     PyTypeObject *type); /* does it have such slots of its own? */
uint32_t cs_foreign_offset(const cs_class *cls, PyObject *name);
const cs_slot *cs_foreign_slot(const cs_class *cls,
                               PyObject *name); /* NULL where a field has that name */
void cs_foreign_store(const cs_slot *slot, PyObject *self, PyObject *value);
void cs_foreign_clear(cs_class *cls);

/* ---- class/adopt.c, class/methods.c ---- */
extern PyType_Spec cs_decorator_spec;
PyObject *cs_dataclass(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                       PyObject *kwnames);
int cs_methods_install(cs_class *cls, PyObject *names);
int cs_methods_shortcut(cs_class *cls);
PyObject *cs_take_order(PyTypeObject *object_type);
int cs_is_generated(cs_state *state, PyObject *method);

/* ---- class/objects_of.c ---- */
int cs_objects_try(cs_state *state);
int cs_may_have_objects(const cs_state *state, PyTypeObject *type, PyObject *dict);
static inline void cs_class_made(const cs_class *cls) { ((cs_type *)cls->type)->made = 1; }

/* ---- object/repr_method.c ---- */
extern PyType_Spec cs_repr_spec;
PyObject *cs_repr_new(cs_state *state,
                      PyTypeObject *owner); /* owner NULL: of the class of each object */
PyTypeObject *cs_repr_owner(PyObject *method); /* borrowed */

/* ---- object/construct.c ---- */
extern PyType_Spec cs_init_spec;
PyObject *cs_construct(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames);
PyObject *cs_construct_unfinished(PyObject *type, PyObject *const *args, size_t nargsf,
                                  PyObject *kwnames); /* raises */
PyObject *cs_construct_first(PyObject *type, PyObject *const *args, size_t nargsf,
                             PyObject *kwnames); /* remembers that there are objects */
PyObject *cs_construct_own_init(PyObject *type, PyObject *const *args, size_t nargsf,
                                PyObject *kwnames);
PyObject *cs_construct_own_new(PyObject *type, PyObject *const *args, size_t nargsf,
                               PyObject *kwnames);
PyObject *cs_construct_values(cs_class *cls, PyObject *values);
int cs_struct_init(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *cs_init_new(cs_state *state, PyTypeObject *owner);
void cs_kwcalls_clear(cs_class *cls);
PyObject *cs_replace(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames);
PyObject *cs_replace_method(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                            PyObject *kwnames);

/* ---- object/compare.c, object/hash.c ---- */
int cs_hash_try(cs_state *state);
int cs_compare_plan(cs_class *cls);
PyObject *cs_struct_richcompare(PyObject *self, PyObject *other, int op);
Py_hash_t cs_struct_hash(PyObject *self);
PyObject *cs_struct_repr(PyObject *self);
/* By the fields of `rules`, a decorated class that the object's class is or derives from; op: Py_EQ or an order. */
PyObject *cs_compare_in_base(cs_class *rules, PyObject *self, PyObject *other, int op);
Py_hash_t cs_hash_in_base(cs_class *rules, PyObject *self);
PyObject *cs_repr_in_base(cs_class *rules, PyObject *self);

/* ---- object/pickle.c ---- */
extern PyType_Spec cs_loader_spec;
PyObject *cs_reduce_ex(PyObject *self, PyObject *protocol);
PyObject *cs_fill(PyObject *module, PyObject *const *args, Py_ssize_t nargs);

/* ---- object/copy.c ---- */
PyObject *cs_copy(PyObject *self, PyObject *unused);
PyObject *cs_get_state(PyObject *self, PyObject *unused);
PyObject *cs_set_state(PyObject *self, PyObject *state); /* class/methods.c */
PyObject *cs_deepcopy(PyObject *self, PyObject *memo);

/* ---- model/errors.c: every text that a user reads ---- */
const char *cs_kind_shown(const cs_field *field);
PyObject *cs_show_expected(const cs_field *field); /* "uint8 or None (an int from 0 to 255)" */
PyObject *
cs_range_error(cs_state *state); /* the exception to raise for a value out of range; borrowed */
int cs_error_type(cs_class *cls, const cs_field *field, PyObject *got); /* TypeError; -1 */
int cs_error_range(cs_class *cls, const cs_field *field, PyObject *got); /* RangeError; -1 */
PyObject *cs_error_unset(cs_class *cls, const cs_field *field); /* AttributeError; NULL */
void cs_error_no_field(cs_class *cls, PyObject *self, PyObject *name); /* AttributeError */
void cs_error_no_param(cs_class *cls, PyObject *name); /* TypeError */
int cs_error_frozen(cs_class *cls, PyObject *self, PyObject *name, int deleting,
                    int past_setattr); /* FrozenInstanceError; -1 */
int cs_error_delete(cs_class *cls, const cs_field *field);
int cs_error_tracked(cs_class *cls, const cs_field *field, PyObject *got);
int cs_error_subclass(cs_class *cls, const cs_field *field, PyObject *got,
                      const char *plain); /* TypeError; -1 */
int cs_error_row(cs_class *cls, const cs_field *field); /* TypeError; -1 */
int cs_error_status(cs_status status); /* MemoryError, ...; -1 */

#endif
