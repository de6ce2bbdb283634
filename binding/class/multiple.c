/* class/multiple.c: a class with several bases that have fields.
 *
 *   A: | header | a | x |     B: | header | b | y |     class C(A, B): | header | a | b | x | y |
 *                                                     as if all fields were declared in C
 *
 * Where one base holds all that the others do, the class extends that base. Where none does, it is
 * laid out anew from all its fields, so it takes what the same class written flat takes. Then
 * fields of one word change places among each other, so that as many references as possible lie
 * where a base has them.
 *
 * Packed fields are found through the class of the object, so the bases' descriptors and methods
 * are right for a C as they stand. References are read by the interpreter's own member descriptors,
 * which know one offset. C has its own. Descriptors of a base (of any class in the MRO) with
 * another offset give way: the descriptor object itself becomes one of cslots. The definition that
 * it points to is made to fit no object, for a caller that looks at it past the type of the
 * descriptor (a bound `__get__`). So, from before the first object of C exists:
 *
 *   Invariant: a member descriptor reads and writes only objects that hold the field of that name,
 *   as a reference, at its offset.
 *
 * What the interpreter has specialised for objects of the base stays right: it is for exactly that
 * class, and the version of the class changes too. The base reads such a field from its quick table
 * now (object/access.c). Classes made later get members of their own.
 *
 * Making such a type. CPython refuses bases of two layouts, by their tp_basicsize. While
 * type.__new__ looks at it, all of them have the size of a bare object; the finisher puts the sizes
 * back before any other code runs. In between the collector is off. A metatype with an mro() of its
 * own, and names in the class body that are not plain str, are refused. So no object can be made
 * then. To CPython the new type is a child of Struct (or object): tp_basicsize says what its
 * objects take, and no assignment to `__class__` leads from the layout of a base to this one.
 *
 * No other thread sees hidden sizes either: type.__new__ keeps the GIL. A free-threaded build is
 * different, since its type.__new__ waits for locks. There other threads must not make a class then
 * (a lock, around every type.__new__), and what they do with objects asks cb_class.basic_size.
 */
#include "class/multiple.h"
#include "class/foreign.h"
#include "model/errors.h"
#include "runtime/memory.h"

/* ---- which base to extend ---- */

static cb_class *parent_at(const cb_state *state, PyObject *bases, Py_ssize_t i) {
    PyObject *base = PyTuple_GET_ITEM(bases, i);
    return PyType_Check(base) && cb_is_layout(state, base) ? cb_class_of((PyTypeObject *)base)
                                                           : NULL;
}

int cb_has_parents(const cb_state *state, PyObject *bases) {
    int found = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        found |= parent_at(state, bases, i) != NULL;
    }
    return found;
}

/* Do objects laid out as those of cls hold all that this base stores? */
static int holds(const cb_class *cls, const cb_state *state, PyObject *base) {
    if (cb_is_layout(state, base) &&
        !PyType_IsSubtype(cls->type, cb_class_of((PyTypeObject *)base)->storer)) {
        return 0;
    }
    PyObject *mro = PyType_Check(base) ? ((PyTypeObject *)base)->tp_mro : NULL;
    for (Py_ssize_t i = 0; mro != NULL && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *type = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (!PyType_IsSubtype(cls->type, type) && cb_foreign_slots(state, type)) { return 0; }
    }
    return 1;
}

/* The base whose layout the class extends: the widest that holds all that the others do. NULL: none
 * does, or the class has none. */
cb_class *cb_layout_base(const cb_state *state, PyObject *bases) {
    cb_class *best = NULL;
    for (Py_ssize_t i = 0; bases != NULL && i < PyTuple_GET_SIZE(bases); i++) {
        cb_class *cls = parent_at(state, bases, i);
        if (cls == NULL || (best != NULL && cls->fixed_size <= best->fixed_size)) { continue; }
        int all = 1;
        for (Py_ssize_t k = 0; all && k < PyTuple_GET_SIZE(bases); k++) {
            all = k == i || holds(cls, state, PyTuple_GET_ITEM(bases, k));
        }
        if (all) { best = cls; }
    }
    return best;
}

/* ---- sizes that nobody hides ---- */

size_t cb_basic_size(const cb_state *state, const PyTypeObject *type) {
    const cb_class *cls = cb_is_layout(state, (PyObject *)(uintptr_t)type)
                              ? cb_class_of((PyTypeObject *)(uintptr_t)type)
                              : NULL;
    return cls != NULL && cls->basic_size != 0 ? cls->basic_size : (size_t)type->tp_basicsize;
}

/* ---- what CPython takes for the base ---- */

/* What CPython takes for the layout that a class laid out anew extends: that of a base with slots
 * of Python's own, or none. */
void cb_choose_tp_base(cb_class *cls) {
    const cb_state *state = cls->state;
    PyTypeObject *type = cls->type, *chosen = &PyBaseObject_Type;
    if (!cb_has_parents(state, type->tp_bases)) { return; }
    PyObject *mro = type->tp_mro;
    for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (base == state->struct_type && chosen == &PyBaseObject_Type) { chosen = base; }
        if (cb_foreign_slots(state, base) &&
            cb_basic_size(state, base) > cb_basic_size(state, chosen)) {
            chosen = base;
        }
    }
    PyTypeObject *old = type->tp_base;
    type->tp_base = (PyTypeObject *)Py_NewRef((PyObject *)chosen);
    Py_XDECREF(old);
}

/* ---- places ---- */

typedef struct {
    uint32_t **words; /* of each word of the object: where its offset is written down; NULL if it
                         cannot move */
    uint8_t *kept;
    uint32_t count;
} Words;

static void add_word(Words *words, uint32_t *offset) {
    uint32_t at = *offset / (uint32_t)sizeof(void *);
    if (*offset != 0 && at < words->count) { words->words[at] = offset; }
}

static void keep_one(Words *words, uint32_t *mine, uint32_t offset) {
    uint32_t from = *mine / (uint32_t)sizeof(void *), to = offset / (uint32_t)sizeof(void *);
    if (to >= words->count || words->words[to] == NULL || words->words[from] != mine ||
        words->kept[from] || words->kept[to]) {
        return;
    }
    uint32_t *other = words->words[to];
    *other = *mine;
    *mine = offset;
    words->words[from] = other;
    words->words[to] = mine;
    words->kept[to] = 1;
}

/* by falling number of references */
static const cb_class *next_parent(const cb_class *cls, const cb_class *before) {
    const cb_class *next = NULL;
    PyObject *bases = cls->type->tp_bases;
    int passed = before == NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        const cb_class *parent = parent_at(cls->state, bases, i);
        if (parent == NULL) { continue; }
        int later = before == NULL || parent->pointer_count < before->pointer_count ||
                    (parent->pointer_count == before->pointer_count && passed);
        passed |= parent == before;
        if (parent != before && later &&
            (next == NULL || parent->pointer_count > next->pointer_count)) {
            next = parent;
        }
    }
    return next;
}

/* The class has places of its own for all its fields. An exchange of words lets references lie
 * where a base has them. */
int cb_keep_places(cb_class *cls) {
    if (cls->field_count == 0 || !cb_has_parents(cls->state, cls->type->tp_bases)) { return 0; }
    Words words = {.count = cls->fixed_size / (uint32_t)sizeof(void *)};
    cs_ptrmap names = {0};
    words.words = PyMem_Calloc(words.count + 1, sizeof *words.words);
    words.kept = PyMem_Calloc(words.count + 1, sizeof *words.kept);
    cs_status status = words.words == NULL || words.kept == NULL
                           ? CS_NO_MEMORY
                           : cs_ptrmap_init(&names, &cb_python_allocator, cls->field_count);
    for (uint32_t i = 0; status == CS_OK && i < cls->field_count; i++) {
        cb_field *field = &cls->fields[i];
        const cs_kind_info *kind = &cs_kinds[field->kind];
        status = cs_ptrmap_set(&names, field->name, (size_t)field);
        if (kind->size == sizeof(void *) && kind->align == sizeof(void *) &&
            field->offset >= cls->foreign_end) {
            add_word(&words, &field->offset);
        }
    }
    if (status == CS_OK) {
        add_word(&words, &cls->weakref_offset);
        add_word(&words, &cls->dict_offset);
    }
    const cb_class *parent = NULL;
    while (status == CS_OK && (parent = next_parent(cls, parent)) != NULL) {
        for (uint32_t i = 0; i < parent->field_count; i++) {
            const cs_ptrmap_slot *slot = cs_ptrmap_find(&names, parent->fields[i].name);
            cb_field *field = slot == NULL ? NULL : (cb_field *)slot->value;
            if (field == NULL || !cs_kind_is_pointer((cs_kind)field->kind)) { continue; }
            if (cs_kind_is_pointer((cs_kind)parent->fields[i].kind)) {
                keep_one(&words, &field->offset, parent->fields[i].offset);
            }
        }
    }
    PyMem_Free(words.words);
    PyMem_Free(words.kept);
    cs_ptrmap_clear(&names);
    return cb_error_status(status);
}

/* ---- sizes while type.__new__ looks ---- */

/* Names that are no plain str could run code of their own when type.__new__ looks something up. */
static int check_names(PyObject *namespace) {
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(namespace, &position, &name, &value)) {
        if (PyUnicode_CheckExact(name)) { continue; }
        PyErr_Format(
            PyExc_TypeError,
            "a class with several bases that have fields needs names that are plain str, got %R",
            name);
        return -1;
    }
    return 0;
}

int cb_sizes_hide(cb_state *state, PyTypeObject *meta, PyObject *bases, PyObject *namespace,
                  cb_sizes *sizes) {
    *sizes = (cb_sizes){0};
    if (check_names(namespace) < 0) { return -1; }
    PyObject *name = PyUnicode_InternFromString("mro");
    if (name == NULL) { return -1; }
    int own_mro = cb_type_lookup(meta, name) != cb_type_lookup(&PyType_Type, name);
    Py_DECREF(name);
    if (own_mro) {
        PyErr_Format(PyExc_TypeError,
                     "a metaclass with an mro() of its own (%s) cannot make a class with several "
                     "bases that have fields",
                     meta->tp_name);
        return -1;
    }
    Py_ssize_t room = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyObject *base = PyTuple_GET_ITEM(bases, i);
        if (PyType_Check(base)) { room += PyTuple_GET_SIZE(((PyTypeObject *)base)->tp_mro); }
    }
    sizes->types = PyMem_Calloc((size_t)room + 1, sizeof *sizes->types);
    sizes->sizes = PyMem_Calloc((size_t)room + 1, sizeof *sizes->sizes);
    if (sizes->types == NULL || sizes->sizes == NULL) {
        PyMem_Free(sizes->types);
        PyMem_Free(sizes->sizes);
        *sizes = (cb_sizes){0};
        PyErr_NoMemory();
        return -1;
    }
    sizes->collected = PyGC_Disable();
    sizes->hidden = 1;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyObject *base = PyTuple_GET_ITEM(bases, i);
        PyObject *mro = PyType_Check(base) ? ((PyTypeObject *)base)->tp_mro : NULL;
        for (Py_ssize_t k = 0; mro != NULL && k < PyTuple_GET_SIZE(mro); k++) {
            PyObject *type = PyTuple_GET_ITEM(mro, k);
            Py_ssize_t seen = 0;
            while (seen < sizes->count && sizes->types[seen] != (PyTypeObject *)type) { seen++; }
            if (seen < sizes->count ||
                (!cb_is_layout(state, type) && type != (PyObject *)state->object_type)) {
                continue;
            }
            sizes->types[sizes->count] = (PyTypeObject *)type;
            sizes->sizes[sizes->count++] = (Py_ssize_t)cb_basic_size(state, (PyTypeObject *)type);
            ((PyTypeObject *)type)->tp_basicsize = (Py_ssize_t)sizeof(PyObject);
        }
    }
    return 0;
}

void cb_sizes_pause_collector(cb_sizes *sizes) {
    if (sizes->hidden) { return; }
    sizes->collected = PyGC_Disable();
    sizes->hidden = 1;
}

void cb_sizes_restore(cb_sizes *sizes) { /* may be called again */
    if (!sizes->hidden) { return; }
    for (Py_ssize_t i = 0; i < sizes->count; i++) {
        sizes->types[i]->tp_basicsize = sizes->sizes[i];
    }
    if (sizes->collected) { PyGC_Enable(); }
    PyMem_Free(sizes->types);
    PyMem_Free(sizes->sizes);
    *sizes = (cb_sizes){0};
}
