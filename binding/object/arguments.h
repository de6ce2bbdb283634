/* object/arguments.h: from a call of the generated constructor to one value for each parameter.
 *
 *   User("ann", age=3) ---> [ "ann" | 3 | default ]
 *          \__ the names of a call site are remembered (cb_kwcall), so that keywords cost little
 *              more than positions
 *
 * Values are borrowed from the caller or from a field's default, or owned by the `owned` list:
 * those are what default factories made.
 */
#ifndef CB_ARGUMENTS_H
#define CB_ARGUMENTS_H

#include "model/class.h"

#define CB_FEW_ARGUMENTS 24 /* parameters handled on the C stack */

typedef struct {
    PyObject **values;
    PyObject **owned;
    Py_ssize_t owned_count;
    PyObject *small_values[CB_FEW_ARGUMENTS], *small_owned[CB_FEW_ARGUMENTS];
} cb_arguments;

int cb_arguments_init(cb_arguments *a, const cb_class *cls); /* -1 and MemoryError */
void cb_arguments_clear(cb_arguments *a);
/* The caller holds the class: factories run user code. -1 and an error. */
int cb_arguments_take(cb_class *cls, cb_arguments *a, PyObject *const *args, Py_ssize_t positional,
                      PyObject *kwnames);

/* Which parameter each keyword of this call site means. The names are a constant of the caller's
 * code: the tuple itself is the key. NULL: the call site is not known. */
static inline const uint32_t *cb_kwcall_find(const cb_class *cls, PyObject *kwnames,
                                             Py_ssize_t positional) {
    for (unsigned i = 0; i < CB_KWCACHE; i++) {
        const cb_kwcall *call = &cls->kwcalls[i];
        if (call->names == kwnames && call->positional == positional) { return call->params; }
    }
    return NULL;
}

#endif
