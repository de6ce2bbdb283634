/* model/hold.h: a class that C works with lives while user code runs, and so do values that will be
 * a tuple.
 *
 *   object ---> type ---> cb_class ---> fields, tables
 *                             ^
 *                             held: C functions that work with it
 *
 * The caller of a C function owns the object, and the object owns its type. User code that runs in
 * the middle (`__index__`, `__eq__`, `__del__` ...) can give the object another class and drop the
 * last reference to the old one, which takes the cb_class and its fields with it. So a function
 * that uses a cb_class or a cb_field across user code holds the class: docs/design/lifetime.md,
 * rule 1. The ways that run no user code do not, since they are the hot ones.
 *
 * What is held is the cb_class. The type dies when Python drops it. Then the cb_class goes on until
 * it is let go, with its anchor for a type: the base whose objects are laid out in the same way.
 * Code that needs the type itself owns a reference to it.
 *
 * Any code can find a tuple as soon as it exists (gc.get_objects). So the values come first, in an
 * array that owns them and that nothing else knows, and then the tuple, filled in one go.
 *
 *   cb_values_init -> add, add, ... -> cb_values_tuple     always cb_values_clear in the end
 */
#ifndef CB_HOLD_H
#define CB_HOLD_H

#include "model/class.h"

void cb_class_bury(cb_class *cls); /* its type dies: freed now, or when it is let go */
void cb_class_last_let_go(cb_class *cls);

static inline void cb_class_hold(cb_class *cls) { cls->held++; }

/* The class may go now: nothing of it may be used afterwards. */
static inline void cb_class_let_go(cb_class *cls) {
    if (--cls->held == 0 && cls->orphaned) { cb_class_last_let_go(cls); }
}

/* For a loop whose first steps run no user code: held from the first one on that does. */
static inline void cb_class_hold_once(cb_class *cls, int *held) {
    if (!*held) {
        *held = 1;
        cb_class_hold(cls);
    }
}

#define CB_FEW_VALUES 16

typedef struct {
    PyObject **items; /* owned references; nobody else knows the array */
    Py_ssize_t count;
    PyObject *few[CB_FEW_VALUES];
} cb_values;

int cb_values_init(cb_values *values, size_t room); /* -1 and MemoryError */
/* Takes the reference to `value`. */
static inline void cb_values_add(cb_values *values, PyObject *value) {
    values->items[values->count++] = value;
}
/* Takes the values; NULL and MemoryError: they stay. */
PyObject *cb_values_tuple(cb_values *values);
/* Also for one that was not initialised for lack of memory. */
void cb_values_clear(cb_values *values);

#endif
