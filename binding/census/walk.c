/* walk.c: which objects there are, and who holds which values.
 *
 *    the collector's lists --> object --+--> attribute --> value --> what only the value holds
 *                                       +--> attribute --> another object: counted for itself
 *
 * Objects that the collector tracks are met once each, in its lists. Everything else is met along
 * references, from what is tracked and from the locals of running frames. A value with one
 * reference (an int, a str, a list ...) is met once. So nothing needs to be remembered of it, and
 * the object that leads to it owns it. Values with more references have a cell in seen.c. They
 * belong to the first class of interest that leads to them (shared). They become its own when all
 * their references are found to come from its objects.
 *
 * A tracked container that one object owns (a list, a dict) stands in the collector's lists, too.
 * So the objects of interest are walked first. They take what they own, and mark the containers in
 * it as counted. Then comes everything else.
 *
 * tp_traverse is called as the collector calls it: on complete objects, with a function that only
 * looks. No __getattr__, no descriptor, no method is called.
 */
#include "census/walk.h"

#include "census/attributes.h"
#include "census/blocks.h"
#include "census/classes.h"
#include "census/memory.h"
#include "census/private.h"
#include "census/public.h"
#include "census/seen.h"
#include "census/sizes.h"
#include "cslots/compiler.h"

/* Values within values are walked so deep; a deeper one waits in a list. A thread's stack can be
 * as small as 32 KiB. */
#define MAX_DEPTH 10
/* Values that are fetched ahead: most of the time goes into waiting for memory. */
#define AHEAD 8
#define MET 0x0F
#define NESTED CENSUS_CLASS_MARKS /* added to the mark of a class */
#define MIXED 14
#define STATIC 0xF0

static void visit_object(census *c, PyObject *object, census_class *cls);
static void visit_inside(census *c, PyObject *value, census_class *cls, const census_edge *from);

/* Interned texts and immortal objects have no owner. (In 3.11 frozen objects have 999,999,999
 * references.) */
static bool is_nobodys(PyObject *object) {
    return Py_REFCNT(object) >= 500000000 ||
           (PyUnicode_CheckExact(object) && PyUnicode_CHECK_INTERNED(object));
}

static bool is_tracked(const census *c, const census_class *cls, PyObject *object) {
    if (!(cls->flags & CLASS_GC)) { return false; }
    if ((cls->flags & CLASS_IS_GC) && !cls->type->tp_is_gc(object)) { return false; }
    return c->use_private ? census_is_tracked(object) : PyObject_GC_IsTracked(object);
}

/* The references to a tracked object without that of c->all. */
static Py_ssize_t tracked_refs(const census *c, PyObject *object) {
    return Py_REFCNT(object) - (c->all != NULL);
}

static bool is_skipped(const census *c, const PyObject *object) {
    size_t low = 0, high = c->skip_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (c->skip[middle] == object) { return true; }
        if ((uintptr_t)c->skip[middle] < (uintptr_t)object) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

/* ---- values ---- */

static void later(census *c, PyObject *object, census_class *cls, const census_edge *from) {
    if (c->pending_count == c->pending_room) {
        size_t room = c->pending_room == 0 ? 1024 : c->pending_room * 2;
        census_pending *more = census_map(&c->memory, room * sizeof *more);
        if (more == NULL) {
            census_failed(c);
            return;
        }
        if (c->pending_count != 0) { memcpy(more, c->pending, c->pending_count * sizeof *more); }
        census_unmap(&c->memory, c->pending);
        c->pending = more;
        c->pending_room = room;
    }
    c->pending[c->pending_count++] = (census_pending){object, cls, *from};
}

/* What a value refers to, now or later. */
static void inside(census *c, PyObject *value, census_class *cls, const census_edge *from) {
    if (cls->flags & CLASS_SCALAR) { return; }
    if (c->depth >= MAX_DEPTH) {
        later(c, value, cls, from);
        return;
    }
    c->depth++;
    visit_inside(c, value, cls, from);
    c->depth--;
}

static void give(const census_edge *to, uint64_t bytes) {
    if (to->shared) {
        to->owner->shared_bytes += bytes;
        if (to->attribute != NULL) { to->attribute->shared_bytes += bytes; }
    } else {
        to->owner->owned_bytes += bytes;
        if (to->attribute != NULL) { to->attribute->owned_bytes += bytes; }
    }
}

static void give_shared(const census_edge *to, PyObject *value, uint64_t bytes) {
    if (!is_nobodys(value)) {
        give(&(census_edge){to->owner, to->attribute, true, to->nested}, bytes);
        return;
    }
    to->owner->interned_bytes += bytes;
    if (to->attribute != NULL) { to->attribute->interned_bytes += bytes; }
}

/* A value with one reference. */
static void take(census *c, PyObject *value, census_class *cls, const census_edge *from) {
    size_t size = census_size(c, cls, value, true);
    c->objects++;
    c->bytes += size;
    if (from->owner == NULL) {
        cls->objects++;
        cls->object_bytes += size;
    } else {
        give(from, size);
    }
    inside(c, value, cls, &(census_edge){from->owner, from->attribute, from->shared, true});
}

static void take_shared(census *c, PyObject *value, census_class *cls, const census_edge *from) {
    unsigned char *cell = census_cell(c, value);
    if (cell == NULL || *cell == STATIC) { return; }
    unsigned met = *cell & MET, mark = *cell >> 4;
    unsigned mine = from->owner == NULL      ? 0
                    : from->owner->mark == 0 ? MIXED
                                             : from->owner->mark + (from->nested ? NESTED : 0);
    if (met == 0) {
        if (census_is_static(c, value)) {
            *cell = STATIC;
            return;
        }
        size_t size = census_size(c, cls, value, true);
        c->objects++;
        c->bytes += size;
        *cell = (unsigned char)(mine << 4 | 1);
        census_edge on = {from->owner, from->attribute, true, true};
        if (from->owner == NULL) {
            cls->objects++;
            cls->object_bytes += size;
        } else {
            give_shared(from, value, size);
        }
        inside(c, value, cls, &on);
        return;
    }
    if (met < MET) { met++; }
    if (mark == 0 && mine != 0) { /* no class of interest had it, and now one has */
        size_t size = census_size(c, cls, value, false);
        cls->moved++;
        cls->moved_bytes += size;
        give_shared(from, value, size);
        mark = MIXED;
        /* The same class. */
    } else if (mark != 0 && mark != MIXED && mine != 0 && mine != MIXED &&
               (mark - 1) % NESTED == (mine - 1) % NESTED) {
        if (mine > mark) { mark = mine; }
        /* This is the last reference. */
        if (met < MET && (Py_ssize_t)met == Py_REFCNT(value) && !is_nobodys(value)) {
            size_t size = census_size(c, cls, value, false);
            from->owner->owned_bytes += size;
            from->owner->shared_bytes -= size;
            /* The attribute gets it only if its conversion would free the value: not while a
             * container of another attribute holds it. */
            if (from->attribute != NULL && (mark <= NESTED || from->nested)) {
                from->attribute->exclusive_bytes += size;
            }
        }
    } else if (mark != mine) {
        mark = mark == 0 ? 0 : MIXED;
    }
    *cell = (unsigned char)(mark << 4 | met);
}

static void follow(census *c, PyObject *value, const census_edge *from) {
    if (value == NULL || value == Py_None || c->no_memory) { return; }
    census_class *cls = census_class_of(c, Py_TYPE(value));
    if (cls == NULL) { return; }
    if (c->skip_count != 0 && (is_skipped(c, value) || is_skipped(c, (PyObject *)cls->type))) {
        return;
    }
    if (is_tracked(c, cls, value)) { /* the walk counts it */
        if (from->owner == NULL || tracked_refs(c, value) != 1) { return; }
        if ((cls->flags & CLASS_SUBJECT) || cls->kind == KIND_TYPE || PyModule_Check(value)) {
            return;
        }
        if (census_count_first(c, value)) { take(c, value, cls, from); }
        return;
    }
    if (cls->kind == KIND_TYPE) { return; } /* static */
    if (cls->flags & CLASS_SUBJECT) {
        if (Py_REFCNT(value) != 1 && !census_seen_first(c, value)) { return; }
        if (c->depth >= MAX_DEPTH) {
            later(c, value, cls, from);
        } else {
            c->depth++;
            visit_object(c, value, cls);
            c->depth--;
        }
        return;
    }
    if (Py_REFCNT(value) == 1) {
        take(c, value, cls, from);
    } else {
        take_shared(c, value, cls, from);
    }
}

/* ---- what a value refers to ---- */

typedef struct {
    census *c;
    const census_edge *from;
    PyObject **held; /* references that were followed as attributes; each is passed over once */
    size_t held_count;
} visit_context;

static int visit_edge(PyObject *value, void *arg) {
    visit_context *context = arg;
    for (size_t i = 0; i < context->held_count; i++) {
        if (context->held[i] != value) { continue; }
        context->held[i] = context->held[--context->held_count];
        return 0;
    }
    follow(context->c, value, context->from);
    return context->c->no_memory;
}

static void visit_code(census *c, const PyCodeObject *code, const census_edge *from) {
    PyObject *const parts[] = {code->co_consts,
                               code->co_names,
                               code->co_exceptiontable,
                               code->co_localsplusnames,
                               code->co_localspluskinds,
                               code->co_filename,
                               code->co_name,
                               code->co_qualname,
                               code->co_linetable};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(parts); i++) { follow(c, parts[i], from); }
}

static void visit_dict_entries(census *c, PyObject *dict, const census_edge *from) {
    if (!c->use_private) {
        PyObject *key, *value;
        Py_ssize_t at = 0;
        while (PyDict_Next(dict, &at, &key, &value)) {
            follow(c, key, from);
            follow(c, value, from);
        }
        return;
    }
    census_entries entries;
    census_open_dict(dict, &entries);
    for (Py_ssize_t i = 0; i < entries.count && !c->no_memory;
         i++, entries.key += entries.key_step, entries.value += entries.value_step) {
        PyObject *value = *(PyObject *const *)(const void *)entries.value;
        if (value == NULL) { continue; }
        if (entries.keys == NULL) {
            follow(c, *(PyObject *const *)(const void *)entries.key, from);
        }
        if (!entries.embedded) { follow(c, value, from); }
    }
}

static void visit_items(census *c, PyObject *const *items, Py_ssize_t count,
                        const census_edge *from) {
    for (Py_ssize_t i = 0; i < count && !c->no_memory; i++) {
        if (i + AHEAD < count) { CS_PREFETCH(items[i + AHEAD]); }
        follow(c, items[i], from);
    }
}

static void visit_inside(census *c, PyObject *value, census_class *cls, const census_edge *from) {
    PyTypeObject *type = cls->type;
    if (type == &PyList_Type) {
        visit_items(c, ((PyListObject *)value)->ob_item, Py_SIZE(value), from);
    } else if (type == &PyTuple_Type) {
        visit_items(c, ((PyTupleObject *)value)->ob_item, Py_SIZE(value), from);
    } else if (type == &PyDict_Type) {
        visit_dict_entries(c, value, from);
    } else if (cls->kind == KIND_CODE) {
        visit_code(c, (PyCodeObject *)value, from);
    } else if (type->tp_traverse != NULL) {
        visit_context context = {c, from, NULL, 0};
        type->tp_traverse(value, visit_edge, &context);
    }
}

/* ---- objects with attributes ---- */

static void follow_attribute(census *c, census_class *cls, census_attribute *a, PyObject *object,
                             PyObject *value) {
    if (cls->flags & CLASS_DETAILS) { census_note(c, a, object, value, Py_TYPE(value)); }
    follow(c, value, &(census_edge){cls, a, false, false});
}

static census_attribute *attribute_of_key(census *c, census_class *cls, const void *keys,
                                          uint32_t index, census_storage_kind storage) {
    if (cls->keys != keys) {
        memset(cls->by_key, 0, sizeof cls->by_key);
        cls->keys = keys;
    }
    if (index < Py_ARRAY_LENGTH(cls->by_key) && cls->by_key[index] != NULL) {
        return cls->by_key[index];
    }
    PyObject *name = census_key(keys, index);
    census_attribute *a = name == NULL ? NULL : census_attribute_named(c, cls, name, storage);
    if (index < Py_ARRAY_LENGTH(cls->by_key)) { cls->by_key[index] = a; }
    return a;
}

/* Most names are interned. Those belong to the program, not to the object. */
static void follow_name(census *c, census_class *cls, PyObject *name) {
    bool own = !PyUnicode_CheckExact(name) || !PyUnicode_CHECK_INTERNED(name);
    follow(c, name, &(census_edge){own ? cls : NULL, NULL, false, false});
}

/* The dict of an object. It belongs to the object, unless another object holds it as well. */
static void follow_dict(census *c, census_class *cls, PyObject *object, PyObject *dict,
                        bool values_done) {
    census_class *dict_class = census_class_of(c, Py_TYPE(dict));
    if (dict_class == NULL || dict_class->kind != KIND_DICT) { return; }
    bool tracked = is_tracked(c, dict_class, dict), first = true;
    if (dict_class->flags & CLASS_SUBJECT) { /* of a subclass of dict: an object like others */
        follow(c, dict, &(census_edge){cls, NULL, false, false});
        return;
    }
    if (tracked) {
        first = census_count_first(c, dict);
    } else if (Py_REFCNT(dict) != 1) {
        first = census_seen_first(c, dict);
    }
    if (first) {
        size_t size = census_size(c, dict_class, dict, true);
        cls->dict_bytes += size;
        c->objects++;
        c->bytes += size;
    }
    if (values_done) { return; }
    if (!c->use_private) {
        PyObject *key, *value;
        Py_ssize_t at = 0;
        while (PyDict_Next(dict, &at, &key, &value) && !c->no_memory) {
            census_attribute *a = census_attribute_named(c, cls, key, STORED_IN_DICT);
            if (a == NULL) { return; }
            if (cls->flags & CLASS_DETAILS) { census_note(c, a, object, value, Py_TYPE(value)); }
            if (!first) { continue; }
            follow_name(c, cls, key);
            follow(c, value, &(census_edge){cls, a, false, false});
        }
        return;
    }
    census_entries entries;
    census_open_dict(dict, &entries);
    for (Py_ssize_t i = 0; i < entries.count && i < 32; i++) {
        CS_PREFETCH(
            *(PyObject *const *)(const void *)(entries.value + (size_t)i * entries.value_step));
    }
    for (Py_ssize_t i = 0; i < entries.count && !c->no_memory;
         i++, entries.key += entries.key_step, entries.value += entries.value_step) {
        PyObject *key = *(PyObject *const *)(const void *)entries.key,
                 *value = *(PyObject *const *)(const void *)entries.value;
        if (value == NULL || key == NULL) { continue; }
        census_attribute *a =
            entries.keys != NULL
                ? attribute_of_key(c, cls, entries.keys, (uint32_t)i, STORED_IN_DICT)
                : census_attribute_named(c, cls, key, STORED_IN_DICT);
        if (a == NULL) { return; }
        if (cls->flags & CLASS_DETAILS) { census_note(c, a, object, value, Py_TYPE(value)); }
        /* embedded values belong to another object, which counts them itself */
        if (!first || entries.embedded) { continue; }
        if (entries.keys == NULL) { follow_name(c, cls, key); }
        follow(c, value, &(census_edge){cls, a, false, false});
    }
}

static PyObject *unmanaged_dict(const census_class *cls, PyObject *object) {
    if (cls->dict_offset > 0) { return *(PyObject **)((char *)object + cls->dict_offset); }
    /* of a negative offset Python knows where it is */
    PyObject **place = cls->dict_offset < 0 ? _PyObject_GetDictPtr(object) : NULL;
    return place == NULL ? NULL : *place;
}

static void count_it(census *c, census_class *cls, PyObject *object) {
    size_t size = census_size(c, cls, object, true);
    c->objects++;
    c->bytes += size;
    cls->objects++;
    cls->object_bytes += size;
    cls->gc_head_bytes += cls->gc_head;
    if (cls->weaklist != 0 && *(PyObject **)((char *)object + cls->weaklist) != NULL) {
        cls->weakrefs++;
    }
}

static void count_values(census *c, census_class *cls, size_t block_bytes) {
    if (block_bytes == 0) { return; }
    size_t block = census_block(c, block_bytes, true);
    cls->dict_bytes += block;
    c->bytes += block;
}

static void follow_referents(census *c, PyObject *object, census_class *cls,
                             const census_referents *r) {
    for (uint32_t i = 0; i < cls->slot_count; i++) {
        PyObject *value = *(PyObject **)((char *)object + cls->slots[i].offset);
        if (value != NULL) { follow_attribute(c, cls, cls->slots[i].attribute, object, value); }
    }
    for (size_t i = r->begin; i < r->end && r->dict == NULL && !c->no_memory; i++) {
        census_attribute *a = r->items[i].attribute;
        if (a->storage == STORED_IN_SLOT && census_is_slot(cls, a)) { continue; } /* done above */
        follow_attribute(c, cls, a, object, r->items[i].value);
    }
    if (r->dict != NULL) { follow_dict(c, cls, object, r->dict, false); }
    const census_edge other = {cls, NULL, false, false};
    for (size_t i = r->end; i < r->count && !c->no_memory; i++) {
        if (r->items[i].attribute == NULL) { follow(c, r->items[i].value, &other); }
    }
}

static void visit_object_publicly(census *c, PyObject *object, census_class *cls) {
    census_referents r;
    if (census_public_referents(c, object, cls, &r)) { follow_referents(c, object, cls, &r); }
    census_referents_clear(&r);
    if (c->no_memory) { return; }
    count_it(c, cls, object);
    if (cls->flags & CLASS_INLINE_VALUES) {
        cls->values_bytes += census_public_inline_bytes(cls);
    } else if (r.dict == NULL && CB_VALUES_APART) {
        count_values(c, cls, census_public_values_bytes(cls));
    }
}

static void visit_object(census *c, PyObject *object, census_class *cls) {
    size_t held_count = 0;
    if (!c->use_private && (cls->flags & CLASS_MANAGED_DICT)) {
        visit_object_publicly(c, object, cls);
        return;
    }
    count_it(c, cls, object);
    census_storage storage;
    census_find_storage(object, cls->type, cls, &storage);
    if (cls->dict_offset != 0) { storage.dict = unmanaged_dict(cls, object); }
    PyObject *buffer[24], **held = NULL;
    if (!(cls->flags & CLASS_PLAIN)) {
        size_t most = (size_t)cls->slot_count + storage.count + cls->field_count + 1;
        held =
            most <= Py_ARRAY_LENGTH(buffer) ? buffer : census_map(&c->memory, most * sizeof *held);
        if (held == NULL) {
            census_failed(c);
            return;
        }
    }
    for (uint32_t i = 0; i < cls->slot_count; i++) {
        CS_PREFETCH(*(PyObject **)((char *)object + cls->slots[i].offset));
    }
    for (uint32_t i = 0; i < storage.count; i++) { CS_PREFETCH(storage.values[i]); }
    for (uint32_t i = 0; i < cls->slot_count; i++) {
        PyObject *value = *(PyObject **)((char *)object + cls->slots[i].offset);
        if (value == NULL) { continue; }
        if (held != NULL) { held[held_count++] = value; }
        follow_attribute(c, cls, cls->slots[i].attribute, object, value);
    }
    for (uint32_t i = 0; i < cls->field_count && (Py_ssize_t)i < Py_SIZE(object); i++) {
        PyObject *value = PyTuple_GET_ITEM(object, i);
        if (value == NULL) { continue; }
        if (held != NULL) { held[held_count++] = value; }
        follow_attribute(c, cls, cls->fields[i], object, value);
    }
    count_values(c, cls, storage.block_bytes);
    cls->values_bytes += storage.value_bytes;
    for (uint32_t i = 0; i < storage.count; i++) {
        PyObject *value = storage.values[i];
        if (value == NULL) { continue; }
        census_attribute *a = attribute_of_key(c, cls, storage.keys, i, STORED_INLINE);
        if (a == NULL) { continue; }
        if (held != NULL) { held[held_count++] = value; }
        follow_attribute(c, cls, a, object, value);
    }
    if (storage.dict != NULL) {
        if (held != NULL) { held[held_count++] = storage.dict; }
        follow_dict(c, cls, object, storage.dict, storage.values != NULL);
    }
    if (held != NULL && cls->type->tp_traverse != NULL && !c->no_memory) {
        const census_edge rest = {cls, NULL, false, false};
        visit_context context = {c, &rest, held, held_count};
        cls->type->tp_traverse(object, visit_edge, &context);
    }
    if (held != NULL && held != buffer) { census_unmap(&c->memory, held); }
}

/* ---- the walk ---- */

static void drain(census *c) {
    while (c->pending_count != 0 && !c->no_memory) {
        census_pending next = c->pending[--c->pending_count];
        if (next.cls->flags & CLASS_SUBJECT) {
            visit_object(c, next.object, next.cls);
        } else {
            visit_inside(c, next.object, next.cls, &next.edge);
        }
    }
}

static bool left_out(const census *c, const census_class *cls, const PyObject *object) {
    return c->skip_count != 0 && (is_skipped(c, object) || is_skipped(c, (PyObject *)cls->type));
}

/* A look at all tracked objects beforehand: how many there are of each class, and where. They are
 * walked in the order of their addresses then. The order of the lists can lead through the memory
 * in any way. */
static int look_at(PyObject *object, void *arg) {
    census *c = arg;
    census_class *cls = census_class_of(c, Py_TYPE(object));
    if (cls == NULL) { return 0; }
    if (left_out(c, cls, object)) { return 1; }
    cls->expected++;
    if (!c->use_private && cls->type == &PyFunction_Type &&
        !census_public_names(c, &c->names, object)) {
        return 0;
    }
    return census_wait(c, object);
}

/* A class with a managed dict has a table of 64 places for 42 names. */
static size_t key_table_bytes(const census *c, PyTypeObject *type) {
    if (c->use_private) { return census_key_table_bytes(type); }
    return type->tp_flags & Py_TPFLAGS_MANAGED_DICT ? 4 * sizeof(void *) + 64 + (size_t)42 * 16 : 0;
}

/* First the objects of interest ... */
static census_next visit_subject(census *c, PyObject *object) {
    census_class *cls = census_class_of(c, Py_TYPE(object));
    if (cls == NULL) { return NEXT_STOP; }
    if (!(cls->flags & CLASS_SUBJECT)) { return NEXT_KEEP; }
    visit_object(c, object, cls);
    if (c->pending_count != 0) { drain(c); }
    return c->no_memory ? NEXT_STOP : NEXT_DONE;
}

/* ... then everything that none of them owns. */
static census_next visit_other(census *c, PyObject *object) {
    census_class *cls = census_class_of(c, Py_TYPE(object));
    if (cls == NULL) { return NEXT_STOP; }
    if (!census_count_first(c, object)) { return c->no_memory ? NEXT_STOP : NEXT_DONE; }
    size_t size = census_size(c, cls, object, true);
    /* The key table of a class without objects is counted here, that of others with the class. */
    if (cls->kind == KIND_TYPE) {
        const census_class *told = census_find_class(c, (PyTypeObject *)object);
        if (told == NULL || told->objects == 0 || !(told->flags & CLASS_SUBJECT)) {
            size += census_block(c, key_table_bytes(c, (PyTypeObject *)object), true);
        }
    }
    c->objects++;
    c->bytes += size;
    cls->objects++;
    cls->object_bytes += size;
    visit_inside(c, object, cls, &(census_edge){NULL, NULL, false, false});
    if (c->pending_count != 0) { drain(c); }
    return c->no_memory ? NEXT_STOP : NEXT_DONE;
}

static int visit_local(PyObject *value, void *arg) {
    follow(arg, value, &(census_edge){NULL, NULL, false, false});
    return 0;
}

typedef struct {
    census *c;
    int (*callback)(PyObject *, void *);
    PyObject *first_frozen;
    bool have_frozen;
} each_context;

static int note_first(PyObject *object, void *arg) {
    ((each_context *)arg)->first_frozen = object;
    return 0;
}

static int visit_each(PyObject *object, void *arg) {
    each_context *each = arg;
    if (each->first_frozen != NULL && object == each->first_frozen) { each->have_frozen = true; }
    return each->callback(object, each->c);
}

/* All tracked objects, those that gc.freeze() put aside among them. */
static bool each_object(census *c, int (*callback)(PyObject *, void *)) {
    each_context each = {c, callback, NULL, false};
    if (c->use_private) { census_frozen_objects(note_first, &each); }
    census_tracked_objects(c, visit_each, &each);
    if (each.first_frozen != NULL && !each.have_frozen && !c->no_memory) {
        census_frozen_objects(callback, c);
    }
    return !c->no_memory;
}

/* The largest classes get marks of their own. */
static void choose_marks(census *c) {
    for (unsigned mark = 1; mark <= CENSUS_CLASS_MARKS; mark++) {
        census_class *best = NULL;
        for (size_t i = 0; i < c->classes.room; i++) {
            census_class *cls = c->classes.table[i];
            if (cls == NULL || !(cls->flags & CLASS_SUBJECT) || cls->mark != 0 ||
                cls->expected == 0) {
                continue;
            }
            if (best == NULL || cls->expected > best->expected) { best = cls; }
        }
        if (best == NULL) { return; }
        best->mark = mark;
    }
}

bool census_walk(census *c) {
    if (!census_find_statics(c) || !each_object(c, look_at)) { return false; }
    choose_marks(c);
    if (!census_each_waiting(c, visit_subject) || !census_each_waiting(c, visit_other)) {
        return false;
    }
    if (c->use_private) { census_visit_frames(visit_local, c); }
    drain(c);
    for (size_t i = 0; i < c->classes.room; i++) {
        census_class *cls = c->classes.table[i];
        if (cls == NULL || !(cls->flags & CLASS_SUBJECT) || cls->objects == 0) { continue; }
        cls->keys_bytes = census_block(c, key_table_bytes(c, cls->type), true);
        c->bytes += cls->keys_bytes;
        uint32_t names;
        const void *keys = c->use_private ? census_class_keys(cls->type, &names) : NULL;
        for (uint32_t k = 0; keys != NULL && k < names; k++) {
            follow(c, census_key(keys, k), &(census_edge){NULL, NULL, false, false});
        }
    }
    return !c->no_memory;
}
