/* runtime/state.c: the state of one module object, that is of one interpreter. */
#include "runtime/state.h"
#include "runtime/memory.h"

static int init_names(cb_names *names) {
#define CB_NAME_INIT(n) \
    if ((names->n = PyUnicode_InternFromString(#n)) == NULL) { return -1; }
    CB_NAMES(CB_NAME_INIT)
#undef CB_NAME_INIT
    names->default_ = PyUnicode_InternFromString("default");
    return names->default_ == NULL ? -1 : 0;
}

/* The interpreter's own secret, through the hash of a str. */
static int init_seed(cb_state *state) {
    PyObject *text = PyUnicode_FromString("cslots: a seed for the hashes of packed objects");
    Py_hash_t hash = text == NULL ? -1 : PyObject_Hash(text);
    Py_XDECREF(text);
    state->hash_seed = (uint64_t)hash;
    return hash == -1 ? -1 : 0;
}

/* Where the interpreter's table of small ints ends: the first number of which it gives two
 * objects. */
static int find_shared_ints(cb_state *state) {
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

static int import_abc(cb_state *state) {
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

int cb_state_init(cb_state *state) {
    state->slab = cs_slab_new(&cb_python_allocator);
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

static int traverse_state(cb_state *state, visitproc visit, void *arg) {
#define CB_VISIT(member) Py_VISIT(state->member);
    STATE_REFERENCES(CB_VISIT)
#undef CB_VISIT
    return 0;
}

/* What the collector may take early. Names, boxes and the slab stay until nothing can need them any
 * more. */
static void clear_state(cb_state *state) {
#define CB_CLEAR(member) Py_CLEAR(state->member);
    STATE_REFERENCES(CB_CLEAR)
#undef CB_CLEAR
}

static void free_state(cb_state *state) {
    clear_state(state);
#define CB_NAME_CLEAR(n) Py_CLEAR(state->names.n);
    CB_NAMES(CB_NAME_CLEAR)
#undef CB_NAME_CLEAR
    Py_CLEAR(state->names.default_);
    for (size_t i = 0; i < CB_RING; i++) {
        Py_CLEAR(state->floats.boxes[i]);
        for (size_t digits = 0; digits < CB_RING_DIGITS; digits++) {
            Py_CLEAR(state->ints[digits].boxes[i]);
        }
    }
    if (state->slab != NULL) { cs_slab_close(state->slab); }
    state->slab = NULL;
}

/* ---- the module that has the state ---- */

cb_state *cb_state_of_meta(PyTypeObject *meta) {
    PyObject *module = PyType_GetModuleByDef(meta, &cb_module_def);
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

PyModuleDef cb_module_def = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "cslots._core",
    .m_doc =
        "The part of cslots that touches objects and memory. Use it through the package cslots.",
    .m_size = sizeof(cb_state),
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};
