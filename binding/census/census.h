/* census.h: what the files of cslots._census share.
 *
 *    module.c      capture(): arguments in, report out
 *    walk.c        which objects there are, and who holds whom            +-> classes.c      one record a type
 *    seen.c        which values were met, how often and by which class    +-> attributes.c   one record an attribute, what its values are
 *    report.c      the records as dicts                                   +-> sizes.c        blocks of memory
 *    memory.c      memory of the census itself
 *    private.c     all that is not in CPython's public headers, and nothing else
 *
 * The rule that everything here keeps: between the first and the last object of a walk no Python
 * object is made or dropped, and no function is called that could run code of the program. All
 * references to the program's objects are borrowed; nothing of the program runs, so they stay
 * valid until the report is made, with the collector switched off.
 */
#ifndef CSLOTS_CENSUS_H
#define CSLOTS_CENSUS_H

#include "runtime/compat.h"

#include <stdbool.h>

#define CENSUS_NAME_CAP 512       /* attributes a class; the rest is counted under "*" */
#define CENSUS_DISTINCT_CAP 4096  /* different values an attribute */
#define CENSUS_TEXTS 16           /* different texts an attribute that are told one by one */
#define CENSUS_TEXT_CHARS 64      /* and how long one may be */
#define CENSUS_CLASS_MARKS 6     /* classes that seen.c tells apart */
#define CENSUS_SMALL_BLOCK 512    /* above, pymalloc hands over to malloc */

/* ---- memory.c ---- */

typedef struct census_chunk census_chunk;

typedef struct {
    census_chunk *chunks;
    char *at;         /* free bytes of the newest chunk */
    size_t left;
    size_t bytes;     /* mapped now */
    size_t peak;
    long long fail_in; /* tests: the allocation that fails, counted down; -1: none */
} census_memory;

/* ---- attributes.c ---- */

typedef enum { STORED_IN_SLOT, STORED_IN_DICT, STORED_INLINE, STORED_IN_TUPLE } census_storage_kind;

typedef struct {
    PyTypeObject *type;
    uint64_t count;
} census_type_count;

typedef struct {
    PyObject *text;
    uint64_t count;
} census_text_count;

typedef struct {
    uint64_t count, total;
    uint64_t min, max;
} census_lengths;

typedef struct census_attribute {
    PyObject *name; /* NULL: "*", what found no place of its own */
    census_storage_kind storage;
    uint64_t present, none;
    census_type_count *types;
    uint32_t type_count, type_room;
    uint32_t last_type;
    uint32_t text_count; /* of texts[]; CENSUS_TEXTS + 1: too many */
    uint64_t ints, big_ints;
    int64_t int_min, int_max;
    uint64_t floats, float32_exact, nan;
    double float_min, float_max;
    census_lengths chars, bytes;
    uint64_t text_utf8_total, text_ascii;
    uint64_t *distinct; /* open addressing, 0 is free */
    uint32_t distinct_count, distinct_room;
    bool distinct_capped;
    census_text_count *texts;
    uint64_t owned_bytes, shared_bytes, interned_bytes, exclusive_bytes;
    uint64_t fingerprint;
} census_attribute;

/* ---- classes.c ---- */

/* How an object of a type is sized and walked. */
typedef enum {
    KIND_FIXED, /* tp_basicsize */
    KIND_VARIABLE, /* and ob_size items */
    KIND_INT,
    KIND_STR,
    KIND_TUPLE,
    KIND_LIST,
    KIND_DICT,
    KIND_SET,
    KIND_BYTEARRAY,
    KIND_TYPE,
    KIND_CODE,
    KIND_GENERATOR, /* and coroutines */
    KIND_FRAME,
    KIND_STRUCTSEQ,
    KIND_ASKED /* by a __sizeof__ in C that is known to be harmless */
} census_kind;

enum {
    CLASS_GC = 1 << 0, /* objects may have a GC head */
    CLASS_IS_GC = 1 << 1, /* tp_is_gc decides it for each */
    CLASS_SUBJECT = 1 << 2, /* told under "classes": made by a class statement, or with a dict */
    CLASS_DETAILS = 1 << 3, /* with its attributes */
    CLASS_PLAIN = 1 << 4, /* attributes are all that its objects refer to */
    CLASS_MANAGED_DICT = 1 << 5,
    CLASS_INLINE_VALUES = 1 << 6,
    CLASS_MANAGED_WEAKREF = 1 << 7,
    CLASS_SKIPPED = 1 << 8,
    CLASS_SCALAR = 1 << 9, /* refers to nothing: int, float, str, bytes */
    CLASS_DEQUE = 1 << 10,
    CLASS_ORDERED = 1 << 11,
    CLASS_STATEMENT = 1 << 13, /* made by a class statement, or by a metaclass as for one */
    CLASS_SLAB = 1 << 12, /* its __sizeof__ says the real block */
};

typedef struct {
    Py_ssize_t offset;
    PyObject *name;
    census_attribute *attribute;
} census_slot;

typedef struct {
    PyObject **items;
    size_t count, room;
} census_names;

typedef struct census_class {
    PyTypeObject *type;
    census_kind kind;
    unsigned flags;
    uint32_t front; /* bytes in front of the object: GC head, dict and weakref pointers */
    uint32_t gc_head; /* of these */
    /* the block of an object, for KIND_FIXED without inline values; else 0 */
    uint32_t fixed_block;
    uint32_t items; /* KIND_STRUCTSEQ: how many there really are */
    Py_ssize_t weaklist; /* offset of the weak list, 0: none */
    Py_ssize_t dict_offset; /* of a dict that is not managed; 0: none */
    PyCFunction asked; /* KIND_ASKED */
    unsigned mark; /* of seen.c: 1 .. CENSUS_CLASS_MARKS, 0: none */

    census_slot *slots;
    uint32_t slot_count;
    census_attribute **fields; /* of a named tuple, one an item */
    uint32_t field_count;
    uint32_t attribute_count, attribute_room;
    census_attribute **attributes;
    census_attribute *rest;
    struct {
        PyObject *name;
        census_attribute *attribute;
    } *by_name; /* identity of the name -> attribute; attribute_room * 4 places */
    const void *keys; /* the table of names that by_key belongs to */
    census_attribute *by_key[256];

    /* public.c: names of attributes found so far; names in the functions of the class */
    census_names known, likely;
    bool learnt;
    bool strange; /* has names that are no strings: nothing is searched there */
    uint32_t searches;

    uint64_t expected; /* tracked objects */
    uint64_t objects, object_bytes;
    /* counted here, and then it turned out that objects of another class refer to them */
    uint64_t moved, moved_bytes;
    uint64_t gc_head_bytes, dict_bytes, values_bytes, keys_bytes;
    uint64_t owned_bytes, shared_bytes, interned_bytes;
    uint64_t weakrefs;
    bool names_capped;
} census_class;

typedef struct {
    census_class **table; /* open addressing by the type's address */
    size_t room, count;
    census_class *recent[64]; /* direct mapped */
} census_classes;

/* ---- seen.c ---- */

typedef struct {
    uint64_t region;
    unsigned char *cells;
} census_region;

typedef struct {
    census_region *regions; /* open addressing */
    size_t room, count;
    census_region recent;
} census_seen; /* bytes or bits for addresses */

/* ---- the whole ---- */

typedef struct {
    uint64_t from, to;
} census_range;

/* Whose value is being looked at. */
typedef struct {
    census_class *owner; /* NULL: nobody of interest */
    census_attribute *attribute; /* NULL: none that is told */
    bool shared; /* something on the way here has several references */
    bool nested; /* in a container that the attribute holds, not held by the attribute itself */
} census_edge;

typedef struct {
    PyObject *object;
    census_class *cls;
    census_edge edge;
} census_pending;

typedef enum {
    ALLOCATOR_PYMALLOC,
    ALLOCATOR_PYMALLOC_DEBUG,
    ALLOCATOR_MALLOC,
    ALLOCATOR_MALLOC_DEBUG,
    ALLOCATOR_MIMALLOC
} census_allocator;

typedef struct census {
    census_memory memory;
    bool use_private;
    bool details;
    bool no_memory;
    census_allocator allocator;
    bool ask_malloc; /* malloc_usable_size is right for blocks of the raw allocator */
    census_classes classes;
    census_seen seen; /* values with several references */
    census_seen counted; /* tracked containers */
    census_seen waiting; /* where the tracked objects are */
    census_range *statics; /* where the data of the program's files are: no heap there. Sorted */
    size_t static_count, static_room;
    census_pending *pending; /* values still to be walked */
    size_t pending_count, pending_room;
    unsigned depth; /* of the walk, in C calls */
    PyObject **skip; /* sorted addresses */
    size_t skip_count;
    PyObject *only; /* a tuple of the classes to be detailed, or NULL: all */
    PyObject *probe; /* a class as plain as can be */
    PyObject *all; /* 3.11, the public way: a list of all tracked objects */
    census_names names; /* public.c: all names in the program's functions */
    uint64_t objects, bytes;
    uint64_t blocks[CENSUS_SMALL_BLOCK / 16 + 1]; /* small blocks by size */
    uint64_t large_bytes;
} census;

/* memory running out is remembered, and said once at the end: a walk cannot be left from within
 * every callback */
static inline bool census_failed(census *c) {
    c->no_memory = true;
    return false;
}

#endif
