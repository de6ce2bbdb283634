/* sizes.c: how many bytes the allocator gave for an object.
 *
 *    [ managed pointers | GC head ][ object, items, inline values ]     one block
 *                                          |
 *                                          +--> [ items of a list, table of a dict ... ]
 *
 * The further blocks belong to the object alone.
 */
#include "census/sizes.h"

#include "census/blocks.h"
#include "census/private.h"
#include "census/public.h"

/* ---- objects ---- */

#define MOST_ITEMS ((Py_ssize_t)1 << 36)

static size_t ask(census *c, census_class *cls, PyObject *object) {
    PyObject *answer = cls->asked(object, NULL);
    size_t size = answer == NULL ? (size_t)-1 : PyLong_AsSize_t(answer);
    Py_XDECREF(answer);
    if (size == (size_t)-1) {
        if (PyErr_ExceptionMatches(PyExc_MemoryError)) { census_failed(c); }
        PyErr_Clear();
        return (size_t)cls->type->tp_basicsize;
    }
    return size;
}

/* From 3.13 on the values of attributes can lie behind the object, whatever its base class is. */
static size_t inline_bytes(const census *c, const census_class *cls, PyObject *object) {
    if (!(cls->flags & CLASS_INLINE_VALUES)) { return 0; }
    return c->use_private ? census_inline_bytes(object) : census_public_inline_bytes(cls);
}

static size_t str_size(census *c, const census_class *cls, PyObject *object, bool count) {
    const PyASCIIObject *ascii = (const PyASCIIObject *)object;
    size_t length = (size_t)ascii->length, size, more = 0;
    if (ascii->state.compact && ascii->state.ascii) {
        size = sizeof(PyASCIIObject) + length + 1;
    } else if (ascii->state.compact) {
        size = sizeof(PyCompactUnicodeObject) + (length + 1) * ascii->state.kind;
    } else { /* of a subclass: the text is a block of its own */
        size = (size_t)cls->type->tp_basicsize;
        if (((const PyUnicodeObject *)object)->data.any != NULL) {
            more = census_block(c, (length + 1) * ascii->state.kind, count);
        }
    }
    if (!ascii->state.ascii) {
        const PyCompactUnicodeObject *compact = (const PyCompactUnicodeObject *)object;
        const void *data = ascii->state.compact ? (const void *)(compact + 1)
                                                : ((const PyUnicodeObject *)object)->data.any;
        if (compact->utf8 != NULL && (const void *)compact->utf8 != data) {
            more += census_block(c, (size_t)compact->utf8_length + 1, count);
        }
    }
    size += cls->front + inline_bytes(c, cls, object);
    if (size > CENSUS_SMALL_BLOCK && cls->type == &PyUnicode_Type && !census_is_static(c, object)) {
        return census_known_block(c, object, size, count) + more;
    }
    return census_block(c, size, count) + more;
}

static size_t int_size(census *c, const census_class *cls, PyObject *object, bool count) {
#if CB_LONG_DIGITS
    int negative;
    size_t digits = cb_long_digits(object, &negative);
#else
    size_t digits = (size_t)(_PyLong_NumBits(object) / PYLONG_BITS_IN_DIGIT + 1);
#endif
    if (digits == 0) { digits = 1; }
    return census_block(
        c, cls->front + (size_t)cls->type->tp_basicsize + digits * (size_t)cls->type->tp_itemsize,
        count);
}

/* Python says only the sum. A table has one of few sizes. Another number means that the dict
 * shares the table of a class: then it is the values, without the head and the order bytes of
 * their block. */
static size_t public_table_bytes(size_t sum) {
    for (size_t log2 = 3; log2 < 48; log2++) {
        size_t index = log2 < 8    ? 1
                       : log2 < 16 ? 2
                       : log2 < 32 ? 4
                                   : 8,
               fixed = 4 * sizeof(void *) + (index << log2), usable = ((size_t)2 << log2) / 3;
        if (sum == fixed + usable * 2 * sizeof(void *) ||
            sum == fixed + usable * 3 * sizeof(void *)) {
            return sum;
        }
        if (fixed > sum) { break; }
    }
    size_t places = sum / sizeof(void *);
    if (CB_VALUES_APART) {
        return sum + ((places + 2 + sizeof(void *) - 1) & ~(sizeof(void *) - 1));
    }
    return sizeof(void *) + sum + ((places + sizeof(void *) - 1) & ~(sizeof(void *) - 1));
}

static size_t dict_tables(census *c, census_class *cls, PyObject *object, bool count) {
    if (c->use_private) {
        census_entries entries;
        census_open_dict(object, &entries);
        size_t size = census_block(c, entries.values_bytes, count);
        if (entries.table_bytes != 0) {
            size += census_known_block(c, ((const PyDictObject *)object)->ma_keys,
                                       entries.table_bytes, count);
        }
        /* An ordered dict has a node for each entry, and a pointer for each place of the table. */
        if (cls->flags & CLASS_ORDERED) {
            Py_ssize_t used = ((const PyDictObject *)object)->ma_used;
            for (Py_ssize_t i = 0; i < used; i++) { size += census_block(c, 32, count); }
            size += census_block(c, entries.table_slots * sizeof(void *), count);
        }
        return size;
    }
    size_t whole = ask(c, cls, object), own = (size_t)cls->type->tp_basicsize;
    return whole > own ? census_block(c, public_table_bytes(whole - own), count) : 0;
}

static size_t asked_size(census *c, census_class *cls, PyObject *object, bool count) {
    size_t whole = ask(c, cls, object), own = (size_t)cls->type->tp_basicsize;
    if (cls->flags & CLASS_SLAB) { return whole + cls->front; } /* rounded already */
    if (whole < own) { whole = own; }
    size_t size = census_block(c, cls->front + own + inline_bytes(c, cls, object), count),
           more = whole - own;
    if (cls->flags & CLASS_DEQUE) {
        const size_t piece = 66 * sizeof(void *); /* 64 items and two links */
        for (; more >= piece; more -= piece) { size += census_block(c, piece, count); }
    }
    return size + census_block(c, more, count);
}

size_t census_size(census *c, census_class *cls, PyObject *object, bool count) {
    if (cls->fixed_block != 0) {
        if (!count) { return cls->fixed_block; }
        if (cls->fixed_block <= CENSUS_SMALL_BLOCK && c->allocator == ALLOCATOR_PYMALLOC) {
            c->blocks[cls->fixed_block / 16]++;
            return cls->fixed_block;
        }
    }
    PyTypeObject *type = cls->type;
    size_t own = cls->front + (size_t)type->tp_basicsize + inline_bytes(c, cls, object);
    switch (cls->kind) {
    case KIND_FIXED: return census_block(c, own, count);
    case KIND_VARIABLE: {
        Py_ssize_t items = Py_SIZE(object);
        if (items > MOST_ITEMS || items < -MOST_ITEMS) { items = 0; } /* no ob_size after all */
        return census_block(
            c, own + (size_t)(items < 0 ? -items : items) * (size_t)type->tp_itemsize, count);
    }
    case KIND_STRUCTSEQ:
        return census_block(c, own + (size_t)cls->items * (size_t)type->tp_itemsize, count);
    case KIND_INT: return int_size(c, cls, object, count);
    case KIND_STR: return str_size(c, cls, object, count);
    case KIND_TUPLE: {
        size_t items = (size_t)Py_SIZE(object);
        /* the empty tuple is part of the interpreter */
        if (items == 0 && type == &PyTuple_Type) { return 0; }
        /* Subclasses get one more, for a sentinel. */
        return census_block(c, own + (items + (type != &PyTuple_Type)) * sizeof(PyObject *), count);
    }
    case KIND_LIST: {
        const PyListObject *list = (const PyListObject *)object;
        size_t size = census_block(c, own, count);
        if (list->ob_item == NULL) { return size; }
        return size + census_known_block(c, list->ob_item,
                                         (size_t)list->allocated * sizeof(PyObject *), count);
    }
    case KIND_DICT: return census_block(c, own, count) + dict_tables(c, cls, object, count);
    case KIND_SET: {
        const PySetObject *set = (const PySetObject *)object;
        size_t size = census_block(c, own, count);
        if (set->table == NULL || set->table == set->smalltable) { return size; }
        return size +
               census_known_block(c, set->table, ((size_t)set->mask + 1) * sizeof(setentry), count);
    }
    case KIND_BYTEARRAY:
        return census_block(c, own, count) + census_block(c, census_bytearray_bytes(object), count);
    case KIND_TYPE: {
        const PyTypeObject *t = (const PyTypeObject *)object;
        if (!(t->tp_flags & Py_TPFLAGS_HEAPTYPE)) { return 0; }
        return census_block(c, own + (size_t)Py_SIZE(object) * (size_t)type->tp_itemsize, count);
    }
    case KIND_CODE:
        return census_block(c, own + (size_t)Py_SIZE(object) * (size_t)type->tp_itemsize, count);
    case KIND_GENERATOR: {
        size_t size = c->use_private ? census_generator_bytes(object) : ask(c, cls, object);
        return census_block(c, cls->front + size, count);
    }
    case KIND_FRAME: {
        PyCodeObject *code = PyFrame_GetCode((PyFrameObject *)object);
        size_t places = (size_t)code->co_nlocalsplus + (size_t)code->co_stacksize;
        Py_DECREF(code); /* the frame has it, too */
        return census_block(c, own + places * sizeof(PyObject *), count);
    }
    case KIND_ASKED: return asked_size(c, cls, object, count);
    }
    return 0;
}
