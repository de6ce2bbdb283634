/* walk.c: which objects there are, and who holds which values.
 *
 *    the collector's lists --> object --+--> attribute --> value (int, str, tuple, list ...) --> what only the value holds
 *                                       +--> attribute --> another object: counted for itself
 *
 * Objects that the collector tracks are met once each, in its lists. Everything else is met along references, from what is tracked and from
 * the locals of running frames. A value with one reference is met once: nothing needs to be remembered of it, and whoever leads to it owns it. Values with more
 * references have a cell in seen.c. They belong to the first class of interest that leads to them (shared), and become its own
 * when all their references are found to come from its objects.
 *
 * A tracked container that one object owns (a list, a dict) stands in the collector's lists, too, and is counted there as `list`. So whoever walks it
 * for its owner takes it and what it holds off the count again (`moved`); the edges there are *mirrored*. No order of the walk matters to the sums.
 *
 * tp_traverse is called as the collector calls it: on complete objects, with a function that only looks. No __getattr__, no descriptor, no method is called.
 */
#include "private.h"

#define MAX_DEPTH 40 /* C calls deep; what is deeper waits in a list */
#define MET 0x0F
#define MIXED 14
#define STATIC 0xF0

static void edge(census *c, PyObject *value, const census_edge *from);
static void visit_object(census *c, PyObject *object, census_class *cls);
static void visit_inside(census *c, PyObject *value, census_class *cls, const census_edge *from);

static bool is_immortal(PyObject *object) { return Py_REFCNT(object) >= 500000000; } /* 3.11 has 999,999,999 for frozen objects */

static bool is_tracked(const census *c, const census_class *cls, PyObject *object) {
    if (!(cls->flags & CLASS_GC)) { return false; }
    if ((cls->flags & CLASS_IS_GC) && !cls->type->tp_is_gc(object)) { return false; }
    return c->use_private ? census_is_tracked(object) : PyObject_GC_IsTracked(object);
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
        census_unmap(&c->memory, c->pending, c->pending_room * sizeof *more);
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

/* A value with one reference. */
static void take(census *c, PyObject *value, census_class *cls, const census_edge *from, bool tracked) {
    bool counted_there = tracked || from->mirrored;
    size_t size = census_size(c, cls, value, !counted_there);
    if (!counted_there) {
        c->objects++;
        c->bytes += size;
    }
    if (from->owner == NULL) {
        cls->objects++;
        cls->object_bytes += size;
    } else {
        give(from, size);
        if (counted_there) {
            cls->moved++;
            cls->moved_bytes += size;
        }
    }
    census_edge on = *from;
    on.mirrored = counted_there;
    inside(c, value, cls, &on);
}

static void take_shared(census *c, PyObject *value, census_class *cls, const census_edge *from) {
    unsigned char *cell = census_cell(c, value);
    if (cell == NULL || *cell == STATIC) { return; }
    unsigned met = *cell & MET, mark = *cell >> 4;
    unsigned mine = from->owner == NULL ? 0 : from->mirrored || from->owner->mark == 0 ? MIXED : from->owner->mark;
    if (met == 0) {
        if (census_is_static(c, value)) {
            *cell = STATIC;
            return;
        }
        size_t size = census_size(c, cls, value, true);
        c->objects++;
        c->bytes += size;
        *cell = (unsigned char)(mine << 4 | 1);
        census_edge on = {from->owner, from->attribute, true, false};
        if (from->owner == NULL) {
            cls->objects++;
            cls->object_bytes += size;
        } else if (is_immortal(value) || ((cls->flags & CLASS_SCALAR) && PyUnicode_Check(value) && PyUnicode_CHECK_INTERNED(value))) {
            from->owner->interned_bytes += size;
            if (from->attribute != NULL) { from->attribute->interned_bytes += size; }
        } else {
            give(&on, size);
        }
        inside(c, value, cls, &on);
        return;
    }
    if (met < MET && !from->mirrored) { met++; }
    if (mark == 0 && mine != 0) { /* nobody of interest had it: now somebody has */
        size_t size = census_size(c, cls, value, false);
        cls->moved++;
        cls->moved_bytes += size;
        if (is_immortal(value) || ((cls->flags & CLASS_SCALAR) && PyUnicode_Check(value) && PyUnicode_CHECK_INTERNED(value))) {
            from->owner->interned_bytes += size;
            if (from->attribute != NULL) { from->attribute->interned_bytes += size; }
        } else {
            give(&(census_edge){from->owner, from->attribute, true, false}, size);
        }
        mark = MIXED;
    } else if (mark != mine) {
        mark = mark == 0 ? 0 : MIXED;
    } else if (mark != 0 && mark != MIXED && met < MET && (Py_ssize_t)met == Py_REFCNT(value)) {
        /* The last reference, and all came from this class. (Interned ones stay apart: seen.c does not know of their dict.) */
        if (!(PyUnicode_Check(value) && PyUnicode_CHECK_INTERNED(value))) {
            size_t size = census_size(c, cls, value, false);
            from->owner->owned_bytes += size;
            from->owner->shared_bytes -= size;
            if (from->attribute != NULL) { from->attribute->exclusive_bytes += size; }
        }
    }
    *cell = (unsigned char)(mark << 4 | met);
}

static void edge(census *c, PyObject *value, const census_edge *from) {
    if (value == NULL || value == Py_None || c->no_memory) { return; }
    census_class *cls = census_class_of(c, Py_TYPE(value));
    if (cls == NULL) { return; }
    if (c->skip_count != 0 && (is_skipped(c, value) || is_skipped(c, (PyObject *)cls->type))) { return; }
    if (is_tracked(c, cls, value)) { /* the walk counts it */
        if (from->owner == NULL || Py_REFCNT(value) != 1) { return; }
        if ((cls->flags & CLASS_SUBJECT) || cls->kind == KIND_TYPE || PyModule_Check(value)) { return; }
        take(c, value, cls, from, true);
        return;
    }
    if (cls->kind == KIND_TYPE) { return; } /* static */
    if (cls->flags & CLASS_SUBJECT) {
        if (Py_REFCNT(value) == 1 ? from->mirrored : !census_seen_first(c, value)) { return; }
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
        take(c, value, cls, from, false);
    } else {
        take_shared(c, value, cls, from);
    }
}

/* ---- what a value refers to ---- */

typedef struct {
    census *c;
    const census_edge *from;
    PyObject **held; /* references that were followed as attributes already: each is passed over once */
    size_t held_count;
} visit_context;

static int visit_edge(PyObject *value, void *arg) {
    visit_context *context = arg;
    for (size_t i = 0; i < context->held_count; i++) {
        if (context->held[i] != value) { continue; }
        context->held[i] = context->held[--context->held_count];
        return 0;
    }
    edge(context->c, value, context->from);
    return context->c->no_memory;
}

static void visit_code(census *c, const PyCodeObject *code, const census_edge *from) {
    PyObject *const parts[] = {code->co_consts,          code->co_names,   code->co_exceptiontable, code->co_localsplusnames, code->co_localspluskinds,
                               code->co_filename,        code->co_name,    code->co_qualname,       code->co_linetable};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(parts); i++) { edge(c, parts[i], from); }
}

static void visit_dict_entries(census *c, PyObject *dict, const census_edge *from) {
    if (!c->use_private) {
        PyObject *key, *value;
        Py_ssize_t at = 0;
        while (PyDict_Next(dict, &at, &key, &value)) {
            edge(c, key, from);
            edge(c, value, from);
        }
        return;
    }
    census_entries entries;
    census_open_dict(dict, &entries);
    for (Py_ssize_t i = 0; i < entries.count && !c->no_memory; i++, entries.key += entries.key_step, entries.value += entries.value_step) {
        PyObject *value = *(PyObject *const *)(const void *)entries.value;
        if (value == NULL) { continue; }
        if (entries.keys == NULL) { edge(c, *(PyObject *const *)(const void *)entries.key, from); }
        if (!entries.embedded) { edge(c, value, from); }
    }
}

static void visit_inside(census *c, PyObject *value, census_class *cls, const census_edge *from) {
    PyTypeObject *type = cls->type;
    if (type == &PyList_Type) {
        for (Py_ssize_t i = 0; i < Py_SIZE(value) && !c->no_memory; i++) { edge(c, ((PyListObject *)value)->ob_item[i], from); }
    } else if (type == &PyTuple_Type) {
        for (Py_ssize_t i = 0; i < Py_SIZE(value) && !c->no_memory; i++) { edge(c, ((PyTupleObject *)value)->ob_item[i], from); }
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

static void attribute(census *c, census_class *cls, census_attribute *a, PyObject *object, PyObject *value, bool mirrored) {
    if (cls->flags & CLASS_DETAILS) { census_note(c, a, object, value, Py_TYPE(value)); }
    edge(c, value, &(census_edge){cls, a, false, mirrored});
}

static census_attribute *attribute_of_key(census *c, census_class *cls, const void *keys, uint32_t index, census_storage_kind storage) {
    if (cls->keys != keys) {
        memset(cls->by_key, 0, sizeof cls->by_key);
        cls->keys = keys;
    }
    if (index < Py_ARRAY_LENGTH(cls->by_key) && cls->by_key[index] != NULL) { return cls->by_key[index]; }
    PyObject *name = census_key(keys, index);
    census_attribute *a = name == NULL ? NULL : census_attribute_named(c, cls, name, storage);
    if (index < Py_ARRAY_LENGTH(cls->by_key)) { cls->by_key[index] = a; }
    return a;
}

/* The dict of an object, which is the object's unless somebody else holds it as well. */
static void visit_own_dict(census *c, census_class *cls, PyObject *object, PyObject *dict, bool values_done) {
    census_class *dict_class = census_class_of(c, Py_TYPE(dict));
    if (dict_class == NULL || dict_class->kind != KIND_DICT) { return; }
    bool tracked = is_tracked(c, dict_class, dict), first = true;
    if (dict_class->flags & CLASS_SUBJECT) { /* of a class of its own: an object like others */
        edge(c, dict, &(census_edge){cls, NULL, false, false});
        return;
    }
    if (Py_REFCNT(dict) != 1) { first = census_seen_first(c, dict); }
    if (first) {
        size_t size = census_size(c, dict_class, dict, !tracked);
        cls->dict_bytes += size;
        if (tracked) {
            dict_class->moved++;
            dict_class->moved_bytes += size;
        } else {
            c->objects++;
            c->bytes += size;
        }
    }
    if (values_done) { return; }
    const census_edge key_edge = {cls, NULL, false, tracked};
    if (!c->use_private) {
        PyObject *key, *value;
        Py_ssize_t at = 0;
        while (PyDict_Next(dict, &at, &key, &value) && !c->no_memory) {
            census_attribute *a = census_attribute_named(c, cls, key, STORED_IN_DICT);
            if (a == NULL) { return; }
            if (cls->flags & CLASS_DETAILS) { census_note(c, a, object, value, Py_TYPE(value)); }
            if (!first) { continue; }
            edge(c, key, &key_edge);
            edge(c, value, &(census_edge){cls, a, false, tracked});
        }
        return;
    }
    census_entries entries;
    census_open_dict(dict, &entries);
    for (Py_ssize_t i = 0; i < entries.count && !c->no_memory; i++, entries.key += entries.key_step, entries.value += entries.value_step) {
        PyObject *key = *(PyObject *const *)(const void *)entries.key, *value = *(PyObject *const *)(const void *)entries.value;
        if (value == NULL || key == NULL) { continue; }
        census_attribute *a = entries.keys != NULL ? attribute_of_key(c, cls, entries.keys, (uint32_t)i, STORED_IN_DICT)
                                                   : census_attribute_named(c, cls, key, STORED_IN_DICT);
        if (a == NULL) { return; }
        if (cls->flags & CLASS_DETAILS) { census_note(c, a, object, value, Py_TYPE(value)); }
        if (!first) { continue; }
        if (entries.keys == NULL) { edge(c, key, &key_edge); }
        edge(c, value, &(census_edge){cls, a, false, tracked && !entries.embedded});
    }
}

static PyObject *unmanaged_dict(const census_class *cls, PyObject *object) {
    if (cls->dict_offset > 0) { return *(PyObject **)((char *)object + cls->dict_offset); }
    PyObject **place = cls->dict_offset < 0 ? _PyObject_GetDictPtr(object) : NULL; /* counted from the end: it knows where that is */
    return place == NULL ? NULL : *place;
}

static void visit_object(census *c, PyObject *object, census_class *cls) {
    size_t size = census_size(c, cls, object, true), held_count = 0;
    c->objects++;
    c->bytes += size;
    cls->objects++;
    cls->object_bytes += size;
    cls->gc_head_bytes += cls->gc_head;
    if (cls->weaklist != 0 && *(PyObject **)((char *)object + cls->weaklist) != NULL) { cls->weakrefs++; }

    census_storage storage;
    census_find_storage(object, cls->type, cls, &storage);
    if (cls->dict_offset != 0) { storage.dict = unmanaged_dict(cls, object); }
    PyObject *buffer[64], **held = NULL;
    if (!(cls->flags & CLASS_PLAIN)) {
        size_t most = cls->slot_count + storage.count + 1;
        held = most <= Py_ARRAY_LENGTH(buffer) ? buffer : census_map(&c->memory, most * sizeof *held);
        if (held == NULL) {
            census_failed(c);
            return;
        }
    }
    for (uint32_t i = 0; i < cls->slot_count; i++) {
        PyObject *value = *(PyObject **)((char *)object + cls->slots[i].offset);
        if (value == NULL) { continue; }
        if (held != NULL) { held[held_count++] = value; }
        attribute(c, cls, cls->slots[i].attribute, object, value, false);
    }
    if (storage.block_bytes != 0) {
        size_t block = census_block(c, storage.block_bytes, true);
        cls->dict_bytes += block;
        c->bytes += block;
    }
    cls->values_bytes += storage.value_bytes;
    for (uint32_t i = 0; i < storage.count; i++) {
        PyObject *value = storage.values[i];
        if (value == NULL) { continue; }
        census_attribute *a = attribute_of_key(c, cls, storage.keys, i, STORED_INLINE);
        if (a == NULL) { continue; }
        if (held != NULL) { held[held_count++] = value; }
        attribute(c, cls, a, object, value, false);
    }
    if (storage.dict != NULL) {
        if (held != NULL) { held[held_count++] = storage.dict; }
        visit_own_dict(c, cls, object, storage.dict, storage.values != NULL);
    }
    if (held != NULL && cls->type->tp_traverse != NULL && !c->no_memory) {
        const census_edge rest = {cls, NULL, false, false};
        visit_context context = {c, &rest, held, held_count};
        cls->type->tp_traverse(object, visit_edge, &context);
    }
    if (held != NULL && held != buffer) { census_unmap(&c->memory, held, 0); }
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

static int count_object(PyObject *object, void *arg) {
    census *c = arg;
    census_class *cls = census_class_of(c, Py_TYPE(object));
    if (cls != NULL) { cls->expected++; }
    return cls != NULL;
}

static int visit_root(PyObject *object, void *arg) {
    census *c = arg;
    census_class *cls = census_class_of(c, Py_TYPE(object));
    if (cls == NULL) { return 0; }
    if (c->skip_count != 0 && (is_skipped(c, object) || is_skipped(c, (PyObject *)cls->type))) { return 1; }
    if (cls->flags & CLASS_SUBJECT) {
        visit_object(c, object, cls);
    } else {
        size_t size = census_size(c, cls, object, true);
        if (cls->kind == KIND_TYPE) { /* the key table of a class without objects is told here, that of others with the class */
            const census_class *told = census_find_class(c, (PyTypeObject *)object);
            if (told == NULL || told->expected == 0 || !(told->flags & CLASS_SUBJECT)) {
                size += census_block(c, census_key_table_bytes((PyTypeObject *)object), true);
            }
        }
        c->objects++;
        c->bytes += size;
        cls->objects++;
        cls->object_bytes += size;
        visit_inside(c, object, cls, &(census_edge){NULL, NULL, false, false});
    }
    if (c->pending_count != 0) { drain(c); }
    return !c->no_memory;
}

static int visit_local(PyObject *value, void *arg) {
    edge(arg, value, &(census_edge){NULL, NULL, false, false});
    return 0;
}

static bool each_object(census *c, int (*callback)(PyObject *, void *)) {
    if (c->use_private && census_private_objects(callback, c)) { return !c->no_memory; }
#if PY_VERSION_HEX >= 0x030C0000
    PyUnstable_GC_VisitObjects(callback, c);
#else
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(c->all); i++) {
        if (!callback(PyList_GET_ITEM(c->all, i), c)) { break; }
    }
#endif
    return !c->no_memory;
}

/* The largest classes get marks of their own. */
static void choose_marks(census *c) {
    for (unsigned mark = 1; mark <= CENSUS_CLASS_MARKS; mark++) {
        census_class *best = NULL;
        for (size_t i = 0; i < c->classes.room; i++) {
            census_class *cls = c->classes.table[i];
            if (cls == NULL || !(cls->flags & CLASS_SUBJECT) || cls->mark != 0 || cls->expected == 0) { continue; }
            if (best == NULL || cls->expected > best->expected) { best = cls; }
        }
        if (best == NULL) { return; }
        best->mark = mark;
    }
}

bool census_walk(census *c) {
    if (!census_find_statics(c) || !each_object(c, count_object)) { return false; }
    choose_marks(c);
    if (!each_object(c, visit_root)) { return false; }
    if (c->use_private) { census_visit_frames(visit_local, c); }
    drain(c);
    for (size_t i = 0; i < c->classes.room; i++) {
        census_class *cls = c->classes.table[i];
        if (cls == NULL || !(cls->flags & CLASS_SUBJECT) || cls->expected == 0) { continue; }
        cls->keys_bytes = census_block(c, census_key_table_bytes(cls->type), true);
        c->bytes += cls->keys_bytes;
    }
    return !c->no_memory;
}
