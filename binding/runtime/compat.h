/* runtime/compat.h: every difference between the versions and builds of CPython that cslots
 * touches, and nothing else.
 *
 * The rest of the binding is written against the names below.
 */
#ifndef CB_COMPAT_H
#define CB_COMPAT_H

#include "runtime/ft.h" /* and Python.h */

#include <structmember.h>

#include <stdint.h>

#include "cslots/compiler.h"

#if PY_VERSION_HEX < 0x030B0000
#error "cslots needs CPython 3.11 or newer"
#endif

#if PY_VERSION_HEX < 0x030C0000
#define Py_T_OBJECT_EX T_OBJECT_EX
#define Py_T_PYSSIZET T_PYSSIZET
#define Py_READONLY READONLY
#endif

/* Flags of what CPython keeps in front of and behind an object: instance dict, weak references,
 * values. A version without one of them has no such flag. Objects of cslots never have any. */
#ifndef Py_TPFLAGS_MANAGED_WEAKREF
#define Py_TPFLAGS_MANAGED_WEAKREF 0
#endif
#ifndef Py_TPFLAGS_INLINE_VALUES
#define Py_TPFLAGS_INLINE_VALUES 0
#endif
#if PY_VERSION_HEX >= 0x030D0000
#define CB_PREHEADER_FLAGS \
    (Py_TPFLAGS_MANAGED_DICT | Py_TPFLAGS_MANAGED_WEAKREF | Py_TPFLAGS_INLINE_VALUES)
#elif PY_VERSION_HEX >= 0x030C0000
#define CB_PREHEADER_FLAGS (Py_TPFLAGS_MANAGED_DICT | Py_TPFLAGS_MANAGED_WEAKREF)
#else
#define CB_PREHEADER_FLAGS Py_TPFLAGS_MANAGED_DICT
#endif

/* dataclasses compared objects as tuples of their fields, where an object is equal to itself. From
 * 3.13 on it asks each pair, and nan is not equal to itself. */
#define CB_DATACLASS_ASKS_EACH (PY_VERSION_HEX >= 0x030D0000)

/* The header of an object in memory of ours: one reference, to be given to the caller. */
static inline void cb_object_init(PyObject *object, PyTypeObject *type) {
#if defined(Py_REF_DEBUG) || defined(Py_TRACE_REFS) || CB_FREE_THREADED
    PyObject_Init(object, type);
#else
    memset(object, 0, sizeof *object); /* old bits of a freed object may look immortal */
    Py_SET_TYPE(object, type);
    Py_INCREF(type);
    object->ob_refcnt = 1; /* all other bits of that word are 0 */
#endif
}

/* May an allocation of an object run the collector, and so any code? Later Pythons wait for the
 * evaluation loop. */
#define CB_ALLOCATION_COLLECTS (PY_VERSION_HEX < 0x030C0000)

/* A dead object of cslots that was kept lives again, with one reference. It has held on to its
 * type. */
static inline void cb_object_revive(PyObject *object) {
#if defined(Py_REF_DEBUG) || defined(Py_TRACE_REFS) || CB_FREE_THREADED
    _Py_NewReference(object);
#else
    Py_SET_REFCNT(object, 1);
#endif
}

/* Can C look at every object that the collector knows? Else gc.get_objects() lists them. */
#define CB_GC_SHOWS_OBJECTS (PY_VERSION_HEX >= 0x030C0000)

/* The flag of types whose table of attribute names counts the objects that were made. */
#if PY_VERSION_HEX >= 0x030D0000
#define CB_COUNTED_NAMES_FLAG Py_TPFLAGS_INLINE_VALUES
#else
#define CB_COUNTED_NAMES_FLAG Py_TPFLAGS_MANAGED_DICT
#endif

/* May an object with a GC header have another size than its type's tp_basicsize? */
#define CB_GC_ANY_SIZE (PY_VERSION_HEX >= 0x030C0000)

/* The one reference to an object that is freed without Py_DECREF leaves the sum that debug builds
 * keep. */
static inline void cb_object_uncount(PyObject *object) {
#ifdef Py_REF_DEBUG
    Py_SET_REFCNT(object, 2); /* changes no sum */
    Py_DECREF(object);
#else
    (void)object;
#endif
}

/* A new object of a type with a GC header, of `size` bytes if that can be; zeroed, not tracked.
 * *given is its size. */
static inline PyObject *cb_gc_new(PyTypeObject *type, size_t size, size_t *given) {
#if CB_GC_ANY_SIZE
    *given = size;
    /* only the sum counts: it may be one less */
    return PyUnstable_Object_GC_NewWithExtraData(type, size - (size_t)type->tp_basicsize);
#else
    (void)size;
    *given = (size_t)type->tp_basicsize;
    PyObject *object = (PyObject *)_PyObject_GC_New(type);
    if (object != NULL) {
        memset((char *)object + sizeof(PyObject), 0, (size_t)type->tp_basicsize - sizeof(PyObject));
    }
    return object;
#endif
}

/* The value of an exact int that fits into one digit, without a call. */
static inline int cb_long_small(PyObject *value, int64_t *out) {
#if PY_VERSION_HEX >= 0x030C0000
    if (PyUnstable_Long_IsCompact((const PyLongObject *)value)) {
        *out = (int64_t)PyUnstable_Long_CompactValue((const PyLongObject *)value);
        return 1;
    }
#else
    Py_ssize_t size = Py_SIZE(value);
    if (size >= -1 && size <= 1) {
        *out = (int64_t)size * (int64_t)((const PyLongObject *)value)->ob_digit[0];
        return 1;
    }
#endif
    return 0;
}

/* The digits of an exact int: how many (0 for zero), and whether it is negative. The layout is in
 * Python's public headers (cpython/longintrepr.h). With digits of another size than 30 bits nothing
 * here is used. */
#if PYLONG_BITS_IN_DIGIT == 30
#define CB_LONG_DIGITS 1
static inline size_t cb_long_digits(PyObject *value, int *negative) {
#if PY_VERSION_HEX >= 0x030C0000
    uintptr_t tag = ((const PyLongObject *)value)->long_value.lv_tag;
    *negative = (tag & 3) == 2;
    return (size_t)(tag >> 3);
#else
    Py_ssize_t size = Py_SIZE(value);
    *negative = size < 0;
    return (size_t)(size < 0 ? -size : size);
#endif
}

static inline digit *cb_long_digit(PyObject *value) {
#if PY_VERSION_HEX >= 0x030C0000
    return ((PyLongObject *)value)->long_value.ob_digit;
#else
    return ((PyLongObject *)value)->ob_digit;
#endif
}
#else
#define CB_LONG_DIGITS 0
#endif

/* The value of an exact int within 63 bits and sign, without a call where that can be. 0: it does
 * not fit (no error set). */
static inline int cb_long_int64(PyObject *value, int64_t *out) {
    if (cb_long_small(value, out)) { return 1; }
#if CB_LONG_DIGITS
    int negative;
    size_t count = cb_long_digits(value, &negative);
    if (count <= 3) {
        const digit *d = cb_long_digit(value);
        uint64_t number = d[0] | (uint64_t)d[1] << 30 | (count == 3 ? (uint64_t)d[2] << 60 : 0);
        if ((count == 3 && d[2] > 7) || number > (uint64_t)INT64_MAX) { return 0; }
        *out = negative ? -(int64_t)number : (int64_t)number;
        return 1;
    }
    return 0;
#else
    int overflow;
    *out = PyLong_AsLongLongAndOverflow(value, &overflow);
    return overflow == 0;
#endif
}

/* The exception in flight, as one object; clears it. And back. */
static inline PyObject *cb_error_take(void) {
#if PY_VERSION_HEX >= 0x030C0000
    return PyErr_GetRaisedException();
#else
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    if (type == NULL) { return NULL; }
    PyErr_NormalizeException(&type, &value, &trace);
    if (trace != NULL) {
        PyException_SetTraceback(value, trace);
        Py_DECREF(trace);
    }
    Py_DECREF(type);
    return value;
#endif
}

static inline void cb_error_restore(PyObject *error) { /* steals */
#if PY_VERSION_HEX >= 0x030C0000
    PyErr_SetRaisedException(error);
#else
    if (error != NULL) {
        PyErr_Restore(Py_NewRef((PyObject *)Py_TYPE(error)), error,
                      PyException_GetTraceback(error));
    }
#endif
}

/* The dict of a type, to be changed before anybody else has seen the type. New reference. */
static inline PyObject *cb_type_dict(PyTypeObject *type) {
#if PY_VERSION_HEX >= 0x030C0000
    return PyType_GetDict(type);
#else
    return Py_XNewRef(type->tp_dict);
#endif
}

/* A local variable of a running function: a new reference, or NULL and perhaps an error. */
static inline PyObject *cb_frame_variable(PyFrameObject *frame, PyObject *name) {
#if PY_VERSION_HEX >= 0x030C0000
    PyObject *value = PyFrame_GetVar(frame, name);
    if (value == NULL) { PyErr_Clear(); }
    return value;
#else
    PyObject *locals = PyFrame_GetLocals(frame);
    PyObject *value = locals == NULL ? NULL : PyObject_GetItem(locals, name);
    if (value == NULL) { PyErr_Clear(); }
    Py_XDECREF(locals);
    return value;
#endif
}

/* Does a call push a variable without a reference of its own, so that the argument of a function
 * has none? */
#define CB_STACK_BORROWS (PY_VERSION_HEX >= 0x030E0000)

/* A name found on a type or its bases. Borrowed, no error. */
static inline PyObject *cb_type_lookup(PyTypeObject *type, PyObject *name) {
    return _PyType_Lookup(type, name);
}

/* 3.14's interpreter defers deep deallocation of objects with a GC header by itself; the macros are
 * empty there. */
#define CB_TRASHCAN_BEGIN(self, dealloc) Py_TRASHCAN_BEGIN(self, dealloc)
#define CB_TRASHCAN_END Py_TRASHCAN_END

#if PY_VERSION_HEX >= 0x030D0000
#define CB_MODULE_GIL_SLOT {Py_mod_gil, Py_MOD_GIL_USED},
#else
#define CB_MODULE_GIL_SLOT
#endif

/* An interpreter of its own GIL per module state is what the state is made for. */
#if PY_VERSION_HEX >= 0x030C0000
#define CB_MODULE_INTERPRETERS_SLOT \
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#else
#define CB_MODULE_INTERPRETERS_SLOT
#endif

/* Members of a type that hold an object or NULL; members whose offset counts from the end. */
#if PY_VERSION_HEX >= 0x030C0000
#define CB_T_OBJECT _Py_T_OBJECT
#define CB_RELATIVE_OFFSET Py_RELATIVE_OFFSET
#else
#define CB_T_OBJECT T_OBJECT
#define CB_RELATIVE_OFFSET 0
#endif

/* Do the values of a managed dict that was not made yet lie in a block of their own? */
#define CB_VALUES_APART (PY_VERSION_HEX < 0x030D0000)

#endif
