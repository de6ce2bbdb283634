/* runtime/state.c: the state of one module object, that is of one interpreter. */
#include "runtime/state.h"
#include "runtime/memory.h"

static int init_names(cs_names *names) {
#define CS_NAME_INIT(n) \
    if ((names->n = PyUnicode_InternFromString(#n)) == NULL) { return -1; }
    CS_NAMES(CS_NAME_INIT)
#undef CS_NAME_INIT
    names->default_ = PyUnicode_InternFromString("default");
    return names->default_ == NULL ? -1 : 0;
}

/* The interpreter's own secret, through the hash of a str. */
static int init_seed(cs_state *state) {
    PyObject *text = PyUnicode_FromString("cslots: a seed for the hashes of packed objects");
    Py_hash_t hash = text == NULL ? -1 : PyObject_Hash(text);
    Py_XDECREF(text);
    state->hash_seed = (uint64_t)hash;
    return hash == -1 ? -1 : 0;
}

/* Where the interpreter's table of small ints ends: the first number of which it gives two
 * objects. */
static int find_shared_ints(cs_state *state) {
    enum { MOST = 1 << 16 };
    for (state->shared_ints = 257; state->shared_ints < MOST; state->shared_ints++) {
        PyObject *one = PyLong_FromLongLong(state->shared_ints),
                 *other = PyLong_FromLongLong(state->shared_ints);
        int found = one != other;
        int failed = one == NULL || other == NULL;
        Py_XDECREF(one);
        Py_XDECREF(other);
        if (failed) { return -1; }
        if (found) { return 0; }
    }
    return 0;
}

static int import_abc(cs_state *state) {
    PyObject *abc = PyImport_ImportModule("_abc"), *typing = PyImport_ImportModule("typing");
    PyObject *protocol = typing == NULL ? NULL : PyObject_GetAttrString(typing, "Protocol");
    if (abc != NULL && protocol != NULL) {
        state->meta_base = Py_NewRef((PyObject *)Py_TYPE(protocol));
        state->abc_init = PyObject_GetAttrString(abc, "_abc_init");
        state->abc_instancecheck = PyObject_GetAttrString(abc, "_abc_instancecheck");
        state->abc_subclasscheck = PyObject_GetAttrString(abc, "_abc_subclasscheck");
    }
    Py_XDECREF(abc);
    Py_XDECREF(typing);
    Py_XDECREF(protocol);
    return state->abc_init == NULL || state->abc_instancecheck == NULL ||
                   state->abc_subclasscheck == NULL
               ? -1
               : 0;
}

int cs_state_init(cs_state *state) {
    state->slab = cs_slab_new(&cs_python_allocator);
    if (state->slab == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    return init_names(&state->names) < 0 || init_seed(state) < 0 || find_shared_ints(state) < 0 ||
                   import_abc(state) < 0
               ? -1
               : 0;
}

/* clang-format off */
#define STATE_REFERENCES(X) \
    X(meta_type) X(object_type) X(struct_type) X(descriptor_type) X(init_type) X(repr_type) \
    X(finisher_type) X(loader_type) X(category_type) X(plan) X(missing) X(self_marker) \
    X(meta_base) X(abc_init) X(abc_instancecheck) X(abc_subclasscheck) X(tzutc) \
    X(dispatch_table) X(decorator_type) X(dataclass_meta) X(shield_type) X(pool_type) \
    X(pool_iterator_type) X(pool_slice_type) X(pool_view_type) X(snapshot_type) X(restore) \
    X(stale_error) X(range_error) X(range_error_seen)
/* clang-format on */

static int traverse_state(cs_state *state, visitproc visit, void *arg) {
#define CS_VISIT(member) Py_VISIT(state->member);
    STATE_REFERENCES(CS_VISIT)
#undef CS_VISIT
    return 0;
}

/* What the collector may take early. Names, boxes and the slab stay until nothing can need them any
 * more. */
static void clear_state(cs_state *state) {
#define CS_CLEAR(member) Py_CLEAR(state->member);
    STATE_REFERENCES(CS_CLEAR)
#undef CS_CLEAR
}

static void free_state(cs_state *state) {
    clear_state(state);
#define CS_NAME_CLEAR(n) Py_CLEAR(state->names.n);
    CS_NAMES(CS_NAME_CLEAR)
#undef CS_NAME_CLEAR
    Py_CLEAR(state->names.default_);
    for (size_t i = 0; i < CS_RING; i++) {
        Py_CLEAR(state->floats.boxes[i]);
        for (size_t digits = 0; digits < CS_RING_DIGITS; digits++) {
            Py_CLEAR(state->ints[digits].boxes[i]);
        }
    }
    if (state->slab != NULL) { cs_slab_close(state->slab); }
    state->slab = NULL;
}

/* ---- the module that has the state ---- */

cs_state *cs_state_of_meta(PyTypeObject *meta) {
    PyObject *module = PyType_GetModuleByDef(meta, &cs_module_def);
    return module == NULL ? NULL : PyModule_GetState(module);
}

static int module_traverse(PyObject *module, visitproc visit, void *arg) {
    return traverse_state(PyModule_GetState(module), visit, arg);
}

static int module_clear(PyObject *module) {
    clear_state(PyModule_GetState(module));
    return 0;
}

static void module_free(void *module) { free_state(PyModule_GetState((PyObject *)module)); }

PyModuleDef cs_module_def = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "cslots._core",
    .m_doc =
        "The part of cslots that touches objects and memory. Use it through the package cslots.",
    .m_size = sizeof(cs_state),
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};
