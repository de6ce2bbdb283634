/* class/objects_of.c: are there objects of a class that is about to be decorated?
 *
 *   references to the class  =  its own (MRO, descriptors, cells) + the caller's + objects of it
 *                               + all others (a registry, a variable)
 *
 * Each object holds a reference to its class. The decorator comes early as a rule. Then no
 * reference is left over, and that is all. Otherwise something else knows the class, or there are
 * objects. What is asked then, in this order:
 *
 *   1. An object that the collector knows is found by its type.
 *   2. Objects that it does not show are being made, finalized or freed: in a list of garbage, in
 *      the trashcan, told to their weak references. They can be only where an object was ever made.
 *      Plain classes with a `__dict__` keep a trace of that. For a class that derives from a
 *      decorated one cslots keeps the trace itself (cb_type.made).
 *   3. Where objects were made, or a class keeps no trace (`__slots__`), each reference must be
 *      accounted for: by what the collector traverses, the variables of the running functions, and
 *      the caller. One that is not may be that of an object.
 *
 * From Python 3.14 on a call may lend a variable instead of counting it. A reference that may be
 * lent is not counted as known. So there a class with `__slots__` of its own, and no `__dict__`, is
 * refused in some programs that hand it from function to function before it is decorated.
 *
 * One object is not seen. It was made for another class, was moved here by the setter of
 * `object.__class__`, and is being freed now, and the class never had an object of its own.
 */
#include "class/objects_of.h"
#include "runtime/package.h"

/* ---- references that are known ---- */

enum { CELLS = 8, DEPTH = 4 };

typedef struct {
    PyObject *type, *cells[CELLS];
    Py_ssize_t count;
} Cells;

static void find_cells(PyObject *value, Cells *found, int depth);

static void find_cells_behind(PyObject *value, const char *attribute, Cells *found, int depth) {
    PyObject *function = PyObject_GetAttrString(value, attribute);
    if (function == NULL) {
        PyErr_Clear();
        return;
    }
    find_cells(function, found, depth + 1);
    Py_DECREF(function);
}

/* The cells of `__class__` in a method, and in what is wrapped in it: each holds one reference to
 * the class. Cells that are not found only cost time. */
static void find_cells(PyObject *value, Cells *found, int depth) {
    if (depth == DEPTH) { return; }
    if (Py_IS_TYPE(value, &PyProperty_Type)) {
        find_cells_behind(value, "fget", found, depth);
        find_cells_behind(value, "fset", found, depth);
        find_cells_behind(value, "fdel", found, depth);
    } else if (Py_IS_TYPE(value, &PyClassMethod_Type) || Py_IS_TYPE(value, &PyStaticMethod_Type)) {
        find_cells_behind(value, "__func__", found, depth);
    } else if (PyFunction_Check(value)) {
        PyObject *closure = PyFunction_GET_CLOSURE(value);
        for (Py_ssize_t i = 0; closure != NULL && i < PyTuple_GET_SIZE(closure); i++) {
            PyObject *cell = PyTuple_GET_ITEM(closure, i),
                     *content = PyCell_Check(cell) ? PyCell_GET(cell) : NULL;
            if (content == found->type) {
                Py_ssize_t k = 0;
                while (k < found->count && found->cells[k] != cell) { k++; }
                if (k == found->count && k < CELLS) { found->cells[found->count++] = cell; }
            } else if (content != NULL) {
                find_cells(content, found, depth + 1);
            }
        }
    }
}

/* References to the class that are known to come from no object of it. */
static Py_ssize_t known_references(PyTypeObject *type, PyObject *dict) {
    Cells cells = {.type = (PyObject *)type};
    PyObject *key, *value;
    Py_ssize_t count = 1 /* the caller's */, position = 0;
    if (type->tp_mro != NULL && PyTuple_GET_SIZE(type->tp_mro) > 0 &&
        PyTuple_GET_ITEM(type->tp_mro, 0) == (PyObject *)type) {
        count++;
    }
    while (PyDict_Next(dict, &position, &key, &value)) {
        if ((Py_IS_TYPE(value, &PyGetSetDescr_Type) || Py_IS_TYPE(value, &PyMemberDescr_Type)) &&
            PyDescr_TYPE(value) == type && PyUnicode_Check(key) &&
            PyUnicode_Compare(key, PyDescr_NAME(value)) == 0) {
            count++;
        } else {
            find_cells(value, &cells, 0);
        }
    }
    return count + cells.count;
}

typedef struct {
    PyTypeObject *type;
    int found, type_seen;
} Search;

static int look_at(PyObject *object, void *arg) { /* 0: enough seen */
    Search *search = arg;
    if (object == (PyObject *)search->type) { search->type_seen = 1; }
    if (Py_TYPE(object) != search->type) { return 1; }
    search->found = 1;
    return 0;
}

/* How many objects gc.freeze() has put aside; -1: error. */
static Py_ssize_t frozen_count(void) {
    PyObject *count = cb_package_call("gc", "get_freeze_count", NULL);
    const Py_ssize_t frozen = count == NULL ? -1 : PyLong_AsSsize_t(count);
    Py_XDECREF(count);
    return frozen;
}

#if !CB_GC_SHOWS_OBJECTS
static PyObject *tracked_objects(void) {
    PyObject *objects = cb_package_call("gc", "get_objects", NULL);
    if (objects != NULL && !PyList_Check(objects)) {
        Py_CLEAR(objects);
        PyErr_SetString(PyExc_TypeError, "gc.get_objects() gave no list");
    }
    return objects;
}
#endif

/* Looks at every object that the collector knows. gc.freeze() puts all objects aside, and not every
 * Python lets C look there. So if the class itself is not seen, it was there when that happened,
 * and objects of it may have been. But a free-threaded Python that has had a second thread makes
 * classes that live for ever, and its collector knows none of them: then nothing may be put aside
 * at all. -1: error. */
static int find_object(PyTypeObject *type) {
    Search search = {type, 0, 0};
    if (!PyObject_GC_IsTracked((PyObject *)type)) {
        const Py_ssize_t frozen = frozen_count();
        if (frozen < 0) { return -1; }
        search.type_seen = frozen == 0;
    }
#if CB_GC_SHOWS_OBJECTS
    PyUnstable_GC_VisitObjects(look_at, &search);
#else
    PyObject *objects = tracked_objects();
    if (objects == NULL) { return -1; }
    for (Py_ssize_t i = 0;
         i < PyList_GET_SIZE(objects) && look_at(PyList_GET_ITEM(objects, i), &search); i++) {}
    Py_DECREF(objects);
#endif
    return search.found || !search.type_seen;
}

/* ---- objects that the collector does not show ---- */

/* The first words of a class's table of attribute names, which CPython keeps to itself. Each new
 * object takes one off `usable`. A new name takes one off and is counted in `used`. So as long as
 * no object is made, the sum is what it was when the class was made. */
typedef struct {
    Py_ssize_t others[2], usable, used;
} NameTable;

static Py_ssize_t names_left(PyTypeObject *type) { /* 0: objects of it leave no trace there */
    if (!(type->tp_flags & CB_COUNTED_NAMES_FLAG) || !(type->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        return 0;
    }
    const NameTable *table =
        (const NameTable *)(const void *)((PyHeapTypeObject *)type)->ht_cached_keys;
    return table == NULL ? 0 : table->usable + table->used;
}

/* Tries that out, on a class that is made for it. Where this Python does otherwise, nothing is read
 * there. */
int cb_objects_try(cb_state *state) {
    PyObject *type = PyObject_CallFunction((PyObject *)&PyType_Type, "s(){}", "probe");
    if (type == NULL) { return -1; }
    const Py_ssize_t fresh = names_left((PyTypeObject *)type);
    PyObject *one = PyObject_CallNoArgs(type);
    const Py_ssize_t used = names_left((PyTypeObject *)type);
    const int assigned = one == NULL ? -1 : PyObject_SetAttr(one, state->names.name, Py_None);
    const Py_ssize_t named = names_left((PyTypeObject *)type);
    Py_XDECREF(one);
    Py_DECREF(type);
    if (assigned < 0) { return -1; }
    state->fresh_names =
        fresh > 2 && fresh < 1000 && used == fresh - 1 && named == used ? fresh : 0;
    return 0;
}

/* Has nobody made an object of it, ever? */
static int never_made(const cb_state *state, PyTypeObject *type) {
    if (PyObject_TypeCheck((PyObject *)type, state->meta_type)) { return !((cb_type *)type)->made; }
    return state->fresh_names != 0 && names_left(type) == state->fresh_names;
}

typedef struct {
    PyTypeObject *type;
    Py_ssize_t count;
} Count;

static int count_one(PyObject *object, void *arg) {
    Count *count = arg;
    count->count += object == (PyObject *)count->type;
    return 0;
}

static int count_in(PyObject *object, void *arg) {
    traverseproc traverse = Py_TYPE(object)->tp_traverse;
    if (traverse != NULL) { (void)traverse(object, count_one, arg); }
    return 1;
}

typedef struct {
    Py_ssize_t arguments, others; /* how many local variables are the class */
    int unknown;                  /* a generator: the collector sees its variables */
} Variables;

static Variables look_into(PyFrameObject *frame, PyTypeObject *type) {
    Variables found = {0};
    PyCodeObject *code = PyFrame_GetCode(frame);
    found.unknown = (code->co_flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR)) != 0;
    PyObject *names =
        code->co_flags & CO_OPTIMIZED && !found.unknown ? PyCode_GetVarnames(code) : NULL;
    PyObject *cells = names == NULL ? NULL : PyCode_GetCellvars(code);
    const Py_ssize_t arguments = code->co_argcount + code->co_kwonlyargcount;
    for (Py_ssize_t i = 0; cells != NULL && i < PyTuple_GET_SIZE(names); i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        /* The collector sees the cell. */
        if (PySequence_Contains(cells, name) != 0) { continue; }
        PyObject *value = cb_frame_variable(frame, name);
        if (value == (PyObject *)type) { *(i < arguments ? &found.arguments : &found.others) += 1; }
        Py_XDECREF(value);
    }
    PyErr_Clear();
    Py_XDECREF(names);
    Py_XDECREF(cells);
    Py_DECREF(code);
    return found;
}

/* References from the local variables of the functions that run now in this thread, and from the
 * stack of the caller. Where calls borrow, the argument that is pushed for a function has no
 * reference of its own if a variable of its caller has one. It is not counted where that may be
 * so. */
static Py_ssize_t count_in_frames(PyTypeObject *type) {
    /* pushed: for the function that was looked at last; at first for this one */
    Py_ssize_t found = 0, pushed = 1;
    PyFrameObject *frame = (PyFrameObject *)Py_XNewRef((PyObject *)PyEval_GetFrame());
    while (frame != NULL) {
        const Variables variables = look_into(frame, type);
        if (!CB_STACK_BORROWS || !(variables.arguments || variables.others || variables.unknown)) {
            found += pushed;
        }
        found += variables.others;
        pushed = variables.arguments;
        PyFrameObject *back = PyFrame_GetBack(frame);
        Py_DECREF(frame);
        frame = back;
    }
    return found + pushed;
}

/* Does every reference to the class come from something that can be seen? Otherwise one may be that
 * of an object which is being made, finalized or freed. -1: error. */
static int all_accounted(PyTypeObject *type) {
    Count count = {type, count_in_frames(type)};
    Py_ssize_t lent = 0;
#if CB_GC_SHOWS_OBJECTS
    PyUnstable_GC_VisitObjects(count_in, &count);
#else
    PyObject *objects = tracked_objects();
    if (objects == NULL) { return -1; }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(objects); i++) {
        count_in(PyList_GET_ITEM(objects, i), &count);
    }
    lent = PyObject_GC_IsTracked((PyObject *)type); /* by this list */
    const int result = Py_REFCNT(type) - lent <= count.count;
    Py_DECREF(objects);
    return result;
#endif
    return Py_REFCNT(type) - lent <= count.count;
}

/* 1: there may be objects of it; 0: there are none; -1: error. */
int cb_may_have_objects(const cb_state *state, PyTypeObject *type, PyObject *dict) {
    /* Without a GC header, objects cannot be found. A class with only `__slots__ = ()` is refused
     * if anything else knows it. */
    if (Py_REFCNT(type) <= known_references(type, dict)) { return 0; }
    if (!(type->tp_flags & Py_TPFLAGS_HAVE_GC)) { return 1; }
    const int found = find_object(type);
    if (CB_COUNT_IS_EXACT && found == 0 && !never_made(state, type)) {
        const int all = all_accounted(type);
        return all < 0 ? -1 : !all;
    }
    return found;
}
