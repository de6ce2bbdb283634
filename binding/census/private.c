/* private.c: every structure of CPython that the census reads and that is not in CPython's public
 * headers.
 *
 * A Python object with attributes, from its block's first byte:
 *
 *    3.11   [ values * | dict * ][ GC head ] object
 *    3.12   [ weak *   | values-or-dict * ][ GC head ] object    of values the lowest bit is set
 *           both: values * --> [ order bytes | n used | prefix ][ v0 v1 v2 ... ]
 *    3.13+  [ weak *   | dict * ][ GC head ] object
 *                     [ capacity size embedded valid ][ v0 v1 v2 ... ][ order bytes ]
 *
 * Value i belongs to name i of the class's key table (ht_cached_keys):
 *
 *    [ refcnt | log2 of size | log2 of index bytes | kind | version | usable | nentries ]
 *    [ hash index ][ (name, value) (name, value) ... ]
 *
 * The layouts come from CPython's own internal headers at compile time. The assertions below say
 * what is relied on beyond them. census_private_true compares, in the running interpreter, what is
 * read here with what Python says. The census takes the public way where anything differs, in a
 * version that nobody has looked at, and in a build without GIL.
 */
#include <patchlevel.h>
#include <pyconfig.h>

#if !defined(CENSUS_PUBLIC_ONLY) && PY_VERSION_HEX < 0x03100000 && !defined(Py_GIL_DISABLED) && \
    SIZEOF_VOID_P == 8 && defined(__has_include)
#if __has_include("internal/pycore_dict.h")
#define HAVE_PRIVATE 1
#define Py_BUILD_CORE_MODULE 1 /* before Python.h, or the internal headers refuse */
#endif
#endif

#include "census/private.h"

#ifdef HAVE_PRIVATE

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wpedantic"
#include "internal/pycore_dict.h"
#include "internal/pycore_gc.h"
#include "internal/pycore_object.h"
#if PY_VERSION_HEX >= 0x030E0000
#include "internal/pycore_interpframe.h"
#include "internal/pycore_stackref.h"
#else
#include "internal/pycore_frame.h"
#endif
#include "internal/pycore_interp.h"
#include "internal/pycore_pymem.h"
#include "internal/pycore_pystate.h"
#include "internal/pycore_runtime.h"
#pragma GCC diagnostic pop

_Static_assert(sizeof(PyGC_Head) == 2 * sizeof(void *) && offsetof(PyGC_Head, _gc_next) == 0,
               "census_is_tracked reads _gc_next");
_Static_assert(offsetof(PyDictKeysObject, dk_indices) == 4 * sizeof(void *),
               "the index follows four words");
_Static_assert(sizeof(PyDictUnicodeEntry) == 2 * sizeof(void *) &&
                   sizeof(PyDictKeyEntry) == 3 * sizeof(void *),
               "entries of a dict");
_Static_assert(offsetof(PyDictObject, ma_values) + sizeof(void *) == sizeof(PyDictObject),
               "a dict's last word are its values");
#if PY_VERSION_HEX >= 0x030D0000
_Static_assert(offsetof(struct _dictvalues, values) == sizeof(void *),
               "values begin with a word of four bytes");
_Static_assert(MANAGED_DICT_OFFSET == -3 * (int)sizeof(void *),
               "the dict is third before the object");
#endif

bool census_has_private(void) { return true; }

/* The entries of a key table: pairs where all keys are str, else (hash, key, value). */
static const char *table_entries(const PyDictKeysObject *keys) {
    return (const char *)keys->dk_indices + ((size_t)1 << keys->dk_log2_index_bytes);
}

static size_t table_bytes(const PyDictKeysObject *keys) {
    if (keys->dk_log2_size < 3) { return 0; } /* the empty table, which is static */
    size_t usable = ((size_t)2 << keys->dk_log2_size) / 3;
    size_t entry =
        keys->dk_kind == DICT_KEYS_GENERAL ? sizeof(PyDictKeyEntry) : sizeof(PyDictUnicodeEntry);
    return offsetof(PyDictKeysObject, dk_indices) + ((size_t)1 << keys->dk_log2_index_bytes) +
           usable * entry;
}

PyObject *census_key(const void *table, uint32_t index) {
    const PyDictKeysObject *keys = table;
    return ((const PyDictUnicodeEntry *)table_entries(keys))[index].me_key;
}

const void *census_class_keys(PyTypeObject *type, uint32_t *count) {
    const PyDictKeysObject *keys =
        type->tp_flags & Py_TPFLAGS_HEAPTYPE ? ((PyHeapTypeObject *)type)->ht_cached_keys : NULL;
    *count = keys == NULL ? 0 : (uint32_t)keys->dk_nentries;
    return keys;
}

size_t census_key_table_bytes(PyTypeObject *type) {
    const PyDictKeysObject *keys =
        type->tp_flags & Py_TPFLAGS_HEAPTYPE ? ((PyHeapTypeObject *)type)->ht_cached_keys : NULL;
    return keys == NULL ? 0 : table_bytes(keys);
}

#if PY_VERSION_HEX < 0x030D0000
/* A block of values does not say how many places it has. It says only its prefix, which is
 * rounded. New objects get as many places as the table can have names now. The first thirty or so
 * objects of a class got a few more. */
static size_t values_bytes(const PyDictValues *values, const PyDictKeysObject *keys) {
    size_t prefix = ((const uint8_t *)values)[-1];
    size_t places = (size_t)(keys->dk_nentries + keys->dk_usable);
    size_t least = prefix > sizeof(void *)
                       /* The prefix has two bytes more than places, rounded up to 8. */
                       ? prefix - sizeof(void *) - 1
                       : 0;
    return prefix + (places > least ? places : least) * sizeof(void *);
}
#endif

size_t census_inline_bytes(PyObject *instance) {
#if PY_VERSION_HEX >= 0x030D0000
    size_t places = _PyObject_InlineValues(instance)->capacity;
    return sizeof(void *) + places * sizeof(void *) +
           ((places + sizeof(void *) - 1) & ~(sizeof(void *) - 1));
#else
    (void)instance;
    return 0;
#endif
}

void census_find_storage(PyObject *instance, PyTypeObject *type, const census_class *cls,
                         census_storage *storage) {
    *storage = (census_storage){0};
    if (!(cls->flags & CLASS_MANAGED_DICT)) { return; }
    const PyDictKeysObject *keys = ((PyHeapTypeObject *)type)->ht_cached_keys;
    const PyDictValues *values = NULL;
#if PY_VERSION_HEX >= 0x030D0000
    storage->dict = (PyObject *)_PyObject_GetManagedDict(instance);
    if (cls->flags & CLASS_INLINE_VALUES) {
        storage->value_bytes = census_inline_bytes(instance);
        if (_PyObject_InlineValues(instance)->valid) { values = _PyObject_InlineValues(instance); }
    }
#elif PY_VERSION_HEX >= 0x030C0000
    PyDictOrValues either = *_PyObject_DictOrValuesPointer(instance);
    if (_PyDictOrValues_IsValues(either)) {
        values = _PyDictOrValues_GetValues(either);
    } else {
        storage->dict = _PyDictOrValues_GetDict(either);
    }
#else
    values = *_PyObject_ValuesPointer(instance);
    if (values == NULL) { storage->dict = *_PyObject_ManagedDictPointer(instance); }
#endif
    if (values == NULL || keys == NULL) { return; }
#if PY_VERSION_HEX < 0x030D0000
    storage->block_bytes = values_bytes(values, keys);
#endif
    storage->keys = keys;
    storage->values = values->values;
    storage->count = (uint32_t)keys->dk_nentries;
#if PY_VERSION_HEX >= 0x030D0000
    if (storage->count > values->capacity) { storage->count = values->capacity; }
#endif
}

void census_open_dict(PyObject *dict, census_entries *entries) {
    const PyDictObject *d = (const PyDictObject *)dict;
    const PyDictKeysObject *keys = d->ma_keys;
    const char *at = table_entries(keys);
    *entries = (census_entries){.count = keys->dk_nentries,
                                .table_slots = (size_t)1 << keys->dk_log2_size};
    if (keys->dk_kind == DICT_KEYS_GENERAL) {
        entries->key_step = entries->value_step = sizeof(PyDictKeyEntry);
        entries->key = at + offsetof(PyDictKeyEntry, me_key);
        entries->value = at + offsetof(PyDictKeyEntry, me_value);
    } else {
        entries->key_step = entries->value_step = sizeof(PyDictUnicodeEntry);
        entries->key = at + offsetof(PyDictUnicodeEntry, me_key);
        entries->value = at + offsetof(PyDictUnicodeEntry, me_value);
    }
    if (d->ma_values != NULL) {
        entries->value_step = sizeof(PyObject *);
        entries->value = (const char *)d->ma_values->values;
#if PY_VERSION_HEX >= 0x030D0000
        if (entries->count > d->ma_values->capacity) { entries->count = d->ma_values->capacity; }
        entries->embedded = d->ma_values->embedded;
        if (!d->ma_values->embedded) {
            size_t places = d->ma_values->capacity;
            entries->values_bytes = sizeof(void *) + places * sizeof(void *) +
                                    ((places + sizeof(void *) - 1) & ~(sizeof(void *) - 1));
        }
#else
        entries->values_bytes = values_bytes(d->ma_values, keys);
#endif
    }
    if (keys->dk_kind == DICT_KEYS_SPLIT) {
        entries->keys = keys;
    } else {
        entries->table_bytes = table_bytes(keys);
    }
}

size_t census_generator_bytes(PyObject *generator) {
    const PyGenObject *g = (const PyGenObject *)generator;
    size_t places;
#if PY_VERSION_HEX >= 0x030D0000
    const PyCodeObject *code = _PyFrame_GetCode((_PyInterpreterFrame *)(uintptr_t)&g->gi_iframe);
    places = (size_t)_PyFrame_NumSlotsForCodeObject((PyCodeObject *)code);
    return offsetof(PyGenObject, gi_iframe) + offsetof(_PyInterpreterFrame, localsplus) +
           places * sizeof(PyObject *);
#else
    const _PyInterpreterFrame *frame = (const _PyInterpreterFrame *)g->gi_iframe;
    places = (size_t)frame->f_code->co_nlocalsplus + (size_t)frame->f_code->co_stacksize;
    return offsetof(PyGenObject, gi_iframe) + offsetof(_PyInterpreterFrame, localsplus) +
           places * sizeof(PyObject *);
#endif
}

/* The state of an interpreter and its frames may change with a bug fix release. They are read only
 * in the very release that this was compiled for, or if Python's own table of offsets, made for
 * debuggers, says that they are where they were. Otherwise frozen objects (3.12, 3.13) and the
 * locals of running frames are left out. */
static bool same_build(void) {
    if (Py_Version == PY_VERSION_HEX) { return true; }
#if PY_VERSION_HEX >= 0x030D0000
    const _Py_DebugOffsets *offsets = &_PyRuntime.debug_offsets;
    return offsets->version >> 16 == PY_VERSION_HEX >> 16 &&
           offsets->interpreter_state.gc == offsetof(PyInterpreterState, gc) &&
           offsets->gc.size == sizeof(struct _gc_runtime_state) &&
           offsets->thread_state.current_frame == offsetof(PyThreadState, current_frame) &&
           offsets->interpreter_frame.size == sizeof(_PyInterpreterFrame) &&
           offsets->interpreter_frame.owner == offsetof(_PyInterpreterFrame, owner) &&
           offsets->interpreter_frame.localsplus == offsetof(_PyInterpreterFrame, localsplus) &&
           offsets->interpreter_frame.previous == offsetof(_PyInterpreterFrame, previous);
#else
    return false;
#endif
}

/* Values above the locals are known only of frames that are suspended, or whose stack pointer was
 * saved. */
void census_visit_frames(visitproc visit, void *arg) {
    PyInterpreterState *interpreter = PyInterpreterState_Get();
    if (!same_build()) { return; }
    for (PyThreadState *thread = PyInterpreterState_ThreadHead(interpreter); thread != NULL;
         thread = PyThreadState_Next(thread)) {
#if PY_VERSION_HEX >= 0x030D0000
        _PyInterpreterFrame *frame = thread->current_frame;
#else
        _PyInterpreterFrame *frame = thread->cframe == NULL ? NULL : thread->cframe->current_frame;
#endif
        for (; frame != NULL; frame = frame->previous) {
#if PY_VERSION_HEX >= 0x030E0000
            if (frame->owner >= FRAME_OWNED_BY_INTERPRETER) { continue; }
            /* its generator is walked */
            if (frame->owner == FRAME_OWNED_BY_GENERATOR) { continue; }
            Py_ssize_t count = _PyFrame_GetCode(frame)->co_nlocalsplus;
            for (Py_ssize_t i = 0; i < count; i++) {
                _PyStackRef ref = frame->localsplus[i];
                if (PyStackRef_IsNullOrInt(ref) || !PyStackRef_RefcountOnObject(ref)) { continue; }
                visit(PyStackRef_AsPyObjectBorrow(ref), arg);
            }
#else
#if PY_VERSION_HEX >= 0x030C0000
            if (frame->owner == FRAME_OWNED_BY_CSTACK) { continue; }
#endif
            if (frame->owner == FRAME_OWNED_BY_GENERATOR) { continue; }
#if PY_VERSION_HEX >= 0x030D0000
            Py_ssize_t count = _PyFrame_GetCode(frame)->co_nlocalsplus;
#else
            Py_ssize_t count = frame->f_code->co_nlocalsplus;
#endif
            if (frame->stacktop > count) { count = frame->stacktop; }
            for (Py_ssize_t i = 0; i < count; i++) {
                if (frame->localsplus[i] != NULL) { visit(frame->localsplus[i], arg); }
            }
#endif
            if (frame->f_locals != NULL) { visit(frame->f_locals, arg); }
        }
    }
}

#if PY_VERSION_HEX < 0x030E0000
static int visit_list(PyGC_Head *list, int (*callback)(PyObject *, void *), void *arg) {
    for (PyGC_Head *gc = (PyGC_Head *)list->_gc_next; gc != list;
         gc = (PyGC_Head *)(gc->_gc_next & ~(uintptr_t)3)) {
        if (!callback((PyObject *)(gc + 1), arg)) { return 0; }
    }
    return 1;
}

bool census_frozen_objects(int (*callback)(PyObject *, void *), void *arg) {
    return !same_build() ||
           visit_list(&PyInterpreterState_Get()->gc.permanent_generation.head, callback, arg);
}
#else
/* The public function has them. */
bool census_frozen_objects(int (*callback)(PyObject *, void *), void *arg) {
    return (void)callback, (void)arg, true;
}
#endif

#if PY_VERSION_HEX < 0x030C0000
static bool have_lists(void) { return same_build(); }

static void visit_lists(int (*callback)(PyObject *, void *), void *arg) {
    struct _gc_runtime_state *state = &PyInterpreterState_Get()->gc;
    for (int i = 0; i < NUM_GENERATIONS; i++) {
        if (!visit_list(&state->generations[i].head, callback, arg)) { return; }
    }
}
#endif

/* Are two attributes of a new object, whose values are known, found under their names? -1: an
 * error is set. */
int census_private_true(PyObject *probe) {
    PyTypeObject *type = (PyTypeObject *)probe;
    PyObject *instance = PyObject_CallNoArgs(probe), *names[2] = {NULL, NULL},
             *values[2] = {NULL, NULL};
    bool right = false;
    for (int i = 0; i < 2 && instance != NULL; i++) {
        names[i] = PyUnicode_InternFromString(i == 0 ? "census_first" : "census_second");
        values[i] = PyUnicode_FromString(i == 0 ? "one value" : "another");
        if (names[i] == NULL || values[i] == NULL ||
            PyObject_GenericSetAttr(instance, names[i], values[i]) < 0) {
            Py_CLEAR(instance);
        }
    }
    if (instance != NULL) {
        census_class cls = {.type = type, .flags = CLASS_MANAGED_DICT};
#if PY_VERSION_HEX >= 0x030D0000
        if (type->tp_flags & Py_TPFLAGS_INLINE_VALUES) { cls.flags |= CLASS_INLINE_VALUES; }
#endif
        census_storage storage;
        census_find_storage(instance, type, &cls, &storage);
        right = storage.dict == NULL && storage.values != NULL && storage.count == 2;
        for (uint32_t i = 0; i < 2 && right; i++) {
            right = census_key(storage.keys, i) == names[i] && storage.values[i] == values[i];
        }
        /* From here on the object has a dict. */
        PyObject *dict = right ? PyObject_GenericGetDict(instance, NULL) : NULL;
        if (dict != NULL) {
            census_entries entries;
            census_open_dict(dict, &entries);
            right =
                entries.count == 2 && entries.keys == storage.keys &&
                *(PyObject *const *)(const void *)entries.value == values[0] &&
                *(PyObject *const *)(const void *)(entries.key + entries.key_step) == names[1] &&
                census_is_tracked(instance);
            Py_DECREF(dict);
        }
    }
    for (int i = 0; i < 2; i++) {
        Py_XDECREF(names[i]);
        Py_XDECREF(values[i]);
    }
    Py_XDECREF(instance);
    return PyErr_Occurred() ? -1 : right;
}

const char *census_allocator_name(void) { return _PyMem_GetCurrentAllocatorName(); }

#else /* the public way only */

PyAPI_FUNC(int) _PyObject_DebugMallocStats(FILE *file);

bool census_has_private(void) { return false; }
int census_private_true(PyObject *probe) { return (void)probe, 0; }
void census_find_storage(PyObject *instance, PyTypeObject *type, const census_class *cls,
                         census_storage *storage) {
    (void)instance, (void)type, (void)cls;
    *storage = (census_storage){0};
}
PyObject *census_key(const void *table, uint32_t index) { return (void)table, (void)index, NULL; }
const void *census_class_keys(PyTypeObject *type, uint32_t *count) {
    return (void)type, (void)count, NULL;
}
size_t census_inline_bytes(PyObject *instance) { return (void)instance, 0; }
void census_open_dict(PyObject *dict, census_entries *entries) {
    (void)dict, *entries = (census_entries){0};
}
size_t census_key_table_bytes(PyTypeObject *type) { return (void)type, 0; }
size_t census_generator_bytes(PyObject *generator) { return (void)generator, 0; }
void census_visit_frames(visitproc visit, void *arg) { (void)visit, (void)arg; }
bool census_frozen_objects(int (*callback)(PyObject *, void *), void *arg) {
    return (void)callback, (void)arg, true;
}
#if PY_VERSION_HEX < 0x030C0000
static bool have_lists(void) { return false; }
static void visit_lists(int (*callback)(PyObject *, void *), void *arg) {
    (void)callback, (void)arg;
}
#endif
const char *census_allocator_name(void) { return NULL; }

#endif

/* ---- what differs between versions, in either way ---- */

bool census_needs_list(const census *c) {
#if PY_VERSION_HEX >= 0x030C0000
    (void)c;
    return false;
#else
    return !c->use_private || !have_lists();
#endif
}

void census_tracked_objects(const census *c, int (*callback)(PyObject *, void *), void *arg) {
#if PY_VERSION_HEX >= 0x030C0000
    (void)c;
    PyUnstable_GC_VisitObjects(callback, arg);
#else
    if (c->all == NULL) {
        visit_lists(callback, arg);
        return;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(c->all); i++) {
        if (!callback(PyList_GET_ITEM(c->all, i), arg)) { return; }
    }
#endif
}

size_t census_bytearray_bytes(PyObject *object) {
    const size_t bytes = (size_t)((const PyByteArrayObject *)object)->ob_alloc;
#if PY_VERSION_HEX >= 0x030F0000
    return bytes + sizeof(PyBytesObject);
#else
    return bytes;
#endif
}

int census_write_pymalloc(FILE *file) { return _PyObject_DebugMallocStats(file); }
