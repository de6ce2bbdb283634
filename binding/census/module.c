/* module.c: cslots._census as Python sees it: capture(). */
#include <stdlib.h>

#include "census/memory.h"
#include "census/private.h"
#include "census/report.h"
#include "census/system.h"
#include "census/walk.h"

typedef struct {
    /* A class without anything. Its slots tell classes made by a statement from others. */
    PyObject *probe;
    PyObject *get_objects; /* gc.get_objects, as it was at the import */
    int private_works; /* 0: not tried, 1: yes, -1: no */
    long long fail_in; /* for tests: see census_memory */
} census_state;

static void take_allocator(census *c) {
    const char *name = census_allocator_name();
    c->allocator = CB_FREE_THREADED ? ALLOCATOR_MIMALLOC : ALLOCATOR_PYMALLOC;
    /* A hook (that of tracemalloc, for one) has no name. The allocator below it stays the same. */
    if (name == NULL) { return; }
    c->ask_malloc = strcmp(name, "pymalloc") == 0 || strcmp(name, "malloc") == 0;
    if (strcmp(name, "malloc") == 0) { c->allocator = ALLOCATOR_MALLOC; }
    if (strcmp(name, "pymalloc_debug") == 0) { c->allocator = ALLOCATOR_PYMALLOC_DEBUG; }
    if (strcmp(name, "malloc_debug") == 0) { c->allocator = ALLOCATOR_MALLOC_DEBUG; }
    if (strncmp(name, "mimalloc", 8) == 0) { c->allocator = ALLOCATOR_MIMALLOC; }
}

static int compare_addresses(const void *a, const void *b) {
    uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;
    return x < y ? -1 : x > y;
}

static int take_skip(census *c, PyObject *skip) {
    Py_ssize_t count = PyTuple_GET_SIZE(skip);
    if (count == 0) { return 0; }
    c->skip = census_alloc(&c->memory, (size_t)count * sizeof(PyObject *));
    if (c->skip == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) { c->skip[i] = PyTuple_GET_ITEM(skip, i); }
    c->skip_count = (size_t)count;
    qsort(c->skip, c->skip_count, sizeof(PyObject *), compare_addresses);
    return 0;
}

/* A tuple from an argument that is None, a list, a tuple or a set. Others would run code of the
 * program as they are read. */
static PyObject *as_tuple(PyObject *argument, const char *name) {
    if (argument == Py_None) { return PyTuple_New(0); }
    if (!PyTuple_Check(argument) && !PyList_Check(argument) && !PyAnySet_Check(argument)) {
        return PyErr_Format(PyExc_TypeError, "capture(): %s is a list, tuple or set, got %s", name,
                            Py_TYPE(argument)->tp_name);
    }
    return PySequence_Tuple(argument);
}

/* The census relies on nothing changing while it looks. true: other threads run, and an error is
 * set. */
static bool others_run(void) {
    if (!CB_FREE_THREADED) { return false; }
    PyObject *asks = Py_XNewRef(PySys_GetObject("_is_gil_enabled")),
             *answer = asks == NULL ? NULL : PyObject_CallNoArgs(asks);
    bool enabled = answer == Py_True;
    Py_XDECREF(answer);
    Py_XDECREF(asks);
    if (!enabled && !PyErr_Occurred()) {
        PyErr_SetString(PyExc_RuntimeError, "capture(): other threads would run meanwhile, since "
                                            "the GIL is disabled; start Python with -X gil=1");
    }
    return !enabled;
}

/* Which of the two ways: 'private', 'public', or None for the one that works. -1 and an error. */
static int take_method(census *c, PyObject *method) {
    if (method == NULL || Py_IsNone(method)) { return 0; }
    if (!PyUnicode_Check(method)) {
        PyErr_Format(PyExc_TypeError, "capture(): method is 'private' or 'public', got %s",
                     Py_TYPE(method)->tp_name);
        return -1;
    }
    if (PyUnicode_CompareWithASCIIString(method, "public") == 0) {
        c->use_private = false;
        return 0;
    }
    const int is_private = PyUnicode_CompareWithASCIIString(method, "private") == 0;
    if (is_private && c->use_private) { return 0; }
    PyErr_Format(PyExc_ValueError,
                 is_private ? "capture(): the private way does not work in this build of Python"
                            : "capture(): method is 'private' or 'public', got '%U'",
                 method);
    return -1;
}

static PyObject *run(census_state *state, census *c, PyObject *method, PyObject *classes,
                     PyObject *skip) {
    if (state->private_works == 0) {
        int works = census_has_private() ? census_private_true(state->probe) : 0;
        if (works < 0) { return NULL; }
        state->private_works = works ? 1 : -1;
    }
    c->use_private = state->private_works > 0;
    if (take_method(c, method) < 0) { return NULL; }
    c->memory.fail_in = state->fail_in;
    c->probe = state->probe;
    c->only = PyTuple_GET_SIZE(classes) != 0 ? classes : NULL;
    take_allocator(c);
    if (take_skip(c, skip) < 0) { return NULL; }
    double begun = census_seconds();
    if (census_needs_list(c)) {
        c->all = PyObject_CallNoArgs(state->get_objects);
        if (c->all == NULL) { return NULL; }
        /* That call is an audited event, and a hook may have enabled the collector. */
        (void)PyGC_Disable();
    }
    PyObject *report =
        census_walk(c) ? census_report(c, census_seconds() - begun) : PyErr_NoMemory();
    Py_CLEAR(c->all);
    return report;
}

/* The caller holds the arguments: reading one may run code of the program, which can take the
 * others out of the keywords. */
static PyObject *capture_with(PyObject *module, PyObject *classes_arg, PyObject *details,
                              PyObject *skip_arg, PyObject *method) {
    PyObject *classes = NULL, *skip = NULL, *report = NULL;
    const int with_details = PyObject_IsTrue(details);
    if (with_details < 0 || others_run()) { return NULL; }
    if ((classes = as_tuple(classes_arg, "classes")) != NULL &&
        (skip = as_tuple(skip_arg, "skip")) != NULL) {
        census c;
        memset(&c, 0, sizeof c);
        c.details = with_details;
        /* A collection while the report is made would run finalizers. */
        int collecting = PyGC_Disable();
        report = run(PyModule_GetState(module), &c, method, classes, skip);
        census_memory_clear(&c.memory);
        if (collecting) { PyGC_Enable(); }
    }
    Py_XDECREF(classes);
    Py_XDECREF(skip);
    return report;
}

static PyObject *capture(PyObject *module, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"classes", "details", "skip", "method", NULL};
    PyObject *given[] = {Py_None, Py_True, Py_None, Py_None};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|$OOOO:capture", names, &given[0], &given[1],
                                     &given[2], &given[3])) {
        return NULL;
    }
    for (size_t i = 0; i < Py_ARRAY_LENGTH(given); i++) { Py_INCREF(given[i]); }
    PyObject *report = capture_with(module, given[0], given[1], given[2], given[3]);
    for (size_t i = 0; i < Py_ARRAY_LENGTH(given); i++) { Py_DECREF(given[i]); }
    return report;
}

static PyObject *fail_after(PyObject *module, PyObject *count) {
    long long number = PyLong_AsLongLong(count);
    if (number == -1 && PyErr_Occurred()) { return NULL; }
    ((census_state *)PyModule_GetState(module))->fail_in = number;
    Py_RETURN_NONE;
}

static PyMethodDef module_methods[] = {
    {"capture", (PyCFunction)(void (*)(void))capture, METH_VARARGS | METH_KEYWORDS,
     "capture($module, *, classes=None, details=True, skip=(), method=None)\n--\n\n"
     "Count all live objects: how many of each class, the bytes of their blocks, and what their "
     "attributes hold.\n\n"
     "Runs no code of the program's objects and makes no __dict__. `classes`: details for these "
     "only. `skip`: objects that are passed "
     "over, and\n"
     "types whose objects are. `method`: 'private' or 'public', by itself the one that works "
     "here."},
    {"_fail_after", fail_after, METH_O,
     "For tests: the allocation that fails in later captures, counted from 0; -1 for none."},
    {NULL, NULL, 0, NULL},
};

static int module_exec(PyObject *module) {
    census_state *state = PyModule_GetState(module);
    state->fail_in = -1;
    state->probe = PyObject_CallFunction((PyObject *)&PyType_Type, "s(){}", "probe");
    if (state->probe == NULL) { return -1; }
    PyObject *gc = PyImport_ImportModule("gc");
    if (gc == NULL) { return -1; }
    state->get_objects = PyObject_GetAttrString(gc, "get_objects");
    Py_DECREF(gc);
    return state->get_objects == NULL ? -1 : 0;
}

static int module_traverse(PyObject *module, visitproc visit, void *arg) {
    const census_state *state = PyModule_GetState(module);
    Py_VISIT(state->probe);
    Py_VISIT(state->get_objects);
    return 0;
}

static int module_clear(PyObject *module) {
    census_state *state = PyModule_GetState(module);
    Py_CLEAR(state->probe);
    Py_CLEAR(state->get_objects);
    return 0;
}

static void module_free(void *module) { (void)module_clear(module); }

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
    CB_MODULE_INTERPRETERS_SLOT CB_MODULE_GIL_SLOT{0, NULL},
};

static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "cslots._census",
    .m_doc = "Counts the live objects of the process by class and attribute. "
             "See docs/design/census.md.",
    .m_size = sizeof(census_state),
    .m_methods = module_methods,
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC PyInit__census(void);
PyMODINIT_FUNC PyInit__census(void) { return PyModuleDef_Init(&module_def); }
