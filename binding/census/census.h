/* census.h: the records of a census, which all files of cslots._census share.
 *
 *    module.c    capture(): arguments in, report out
 *      report.c      the records as dicts
 *      walk.c        which objects there are, and who holds whom
 *        seen.c          which values were met, how often and by which class
 *        sizes.c         how many bytes an object takes
 *        public.c        what an object refers to, by public functions only
 *          classes.c         one record a type
 *            attributes.c        one record an attribute, what its values are
 *            blocks.c            how many bytes a block takes
 *              memory.c              memory of the census itself
 *              system.c              the operating system and malloc
 *      private.c     what is not in CPython's public headers, and nothing else
 *
 * Each file calls only those below it.
 *
 * Everything here keeps one rule: between the first and the last object of a walk no Python object
 * is made or dropped, and no function is called that could run code of the program. All references
 * to the program's objects are borrowed. Since nothing of the program runs, with the collector
 * switched off, they stay valid until the report is made.
 */
#ifndef CSLOTS_CENSUS_H
#define CSLOTS_CENSUS_H

#include "runtime/compat.h"

#include <stdbool.h>

#define CENSUS_NAME_CAP 512       /* attributes of a class; the others are counted under "*" */
#define CENSUS_DISTINCT_CAP 4096  /* different values of an attribute */
#define CENSUS_TEXTS 16           /* different texts of an attribute that the report has */
#define CENSUS_TEXT_CHARS 64      /* their greatest length */
#define CENSUS_CLASS_MARKS 6     /* classes that seen.c tells apart */
#define CENSUS_SMALL_BLOCK 512    /* larger blocks come from malloc */

/* ---- memory.c ---- */

typedef struct census_chunk census_chunk;

typedef struct {
    census_chunk *chunks;
    char *at;         /* free bytes of the newest chunk */
    size_t left;
    size_t bytes;     /* mapped now */
    size_t peak;
    long long fail_in; /* for tests: the allocation that fails, counted down; -1: none */
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
    PyObject *name; /* NULL: "*", all that have no record of their own */
    census_storage_kind storage;
    uint64_t present, none;
    census_type_count *types;
    uint32_t type_count, type_room;
    uint32_t last_type;
    uint32_t text_count; /* of texts[]; CENSUS_TEXTS + 1: there are too many */
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
    CLASS_IS_GC = 1 << 1, /* tp_is_gc decides for each object */
    /* reported under "classes": made by a class statement, or with a dict */
    CLASS_SUBJECT = 1 << 2,
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
    CLASS_SLAB = 1 << 12, /* its __sizeof__ returns the size of the block */
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
    uint32_t gc_head; /* part of `front` */
    /* the block of an object of KIND_FIXED without inline values; else 0 */
    uint32_t fixed_block;
    uint32_t items; /* KIND_STRUCTSEQ: the number of items, hidden ones included */
    Py_ssize_t weaklist; /* offset of the weak list, 0: none */
    Py_ssize_t dict_offset; /* of a dict that is not managed; 0: none */
    PyCFunction asked; /* KIND_ASKED */
    unsigned mark; /* of seen.c: 1 .. CENSUS_CLASS_MARKS, 0: none */

    census_slot *slots;
    uint32_t slot_count;
    census_attribute **fields; /* of a named tuple, one for each item */
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

    /* for public.c: names of attributes found so far; names in the functions of the class */
    census_names known, likely;
    bool learnt;
    bool strange; /* its dict has keys that are not strings, so nothing is searched in it */
    uint32_t searches;

    uint64_t expected; /* tracked objects of the class */
    uint64_t objects, object_bytes;
    /* counted here before objects of another class turned out to refer to them */
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

/* Which class and attribute a value belongs to. */
typedef struct {
    census_class *owner; /* NULL: no class of interest */
    census_attribute *attribute; /* NULL: no attribute that is reported */
    bool shared; /* some value on the way here has several references */
    bool nested; /* a container of the attribute holds it, not the attribute itself */
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
    /* where the data of the program's files are, which is not heap; sorted */
    census_range *statics;
    size_t static_count, static_room;
    census_pending *pending; /* values still to be walked */
    size_t pending_count, pending_room;
    unsigned depth; /* of the walk, in calls of C */
    PyObject **skip; /* sorted addresses */
    size_t skip_count;
    PyObject *only; /* a tuple of the classes to be detailed, or NULL: all */
    PyObject *probe; /* the plainest possible class */
    PyObject *all; /* 3.11, the public way: a list of all tracked objects */
    census_names names; /* public.c: all names in the program's functions */
    uint64_t objects, bytes;
    uint64_t blocks[CENSUS_SMALL_BLOCK / 16 + 1]; /* small blocks by size */
    uint64_t large_bytes;
} census;

/* A walk cannot be left from within every callback. So running out of memory is remembered, and
 * reported once at the end. */
static inline bool census_failed(census *c) {
    c->no_memory = true;
    return false;
}

#endif
