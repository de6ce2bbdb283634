/* runtime/ft.h: what is different in a free-threaded Python (Py_GIL_DISABLED), and nothing else.
 *
 * The module asks for the GIL there (see module.c), so today these are promises for a port. They
 * say what may not be done without a GIL, and where the one lock lies that the metatype needs.
 */
#ifndef CB_FT_H
#define CB_FT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#ifdef Py_GIL_DISABLED
#define CB_FREE_THREADED 1
#else
#define CB_FREE_THREADED 0
#endif

/* A freed object must go back through CPython's own allocator there, so there is no slab. */
#define CB_USE_SLAB (!CB_FREE_THREADED)

/* Whether a count of 1 proves that nobody else can see an object: see kinds/box.h. */
#define CB_COUNT_IS_PROOF (!CB_FREE_THREADED)

/* Whether a reference count is the number of references: see class/objects_of.c. */
#define CB_COUNT_IS_EXACT (!CB_FREE_THREADED)

/* Bytes that the collector keeps in front of a tracked object. */
#define CB_GC_HEAD (CB_FREE_THREADED ? 0u : 2u * (unsigned)sizeof(void *))

/* A lock that its owner may take again. With a GIL there is nothing to lock. */
typedef struct {
#if CB_FREE_THREADED
    PyMutex mutex;
#endif
    unsigned long owner; /* the thread that has it; 0: none */
} cb_thread_lock;

/* 1: taken; 0: the thread has it already, or needs none. For cb_thread_lock_give_back. */
static inline int cb_thread_lock_take(cb_thread_lock *lock) {
#if CB_FREE_THREADED
    const unsigned long self = PyThread_get_thread_ident();
    if (lock->owner == self) { return 0; }
    PyMutex_Lock(&lock->mutex);
    lock->owner = self;
    return 1;
#else
    (void)lock;
    return 0;
#endif
}

/* May be called again. */
static inline void cb_thread_lock_give_back(cb_thread_lock *lock, int *taken) {
    if (!*taken) { return; }
    *taken = 0;
#if CB_FREE_THREADED
    lock->owner = 0;
    PyMutex_Unlock(&lock->mutex);
#else
    (void)lock;
#endif
}

#endif
