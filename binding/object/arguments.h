/* object/arguments.h: from a call of the generated constructor to one value for each parameter.
 *
 *   User("ann", age=3) ---> [ "ann" | 3 | default ]
 *          \__ the names of a call site are remembered (cs_kwcall), so that keywords cost little
 *              more than positions
 *
 * Values are borrowed from the caller or from a field's default, or owned by the `owned` list:
 * those are what default factories made.
 */
#ifndef CS_ARGUMENTS_H
#define CS_ARGUMENTS_H

#include "model/class.h"

#define CS_FEW_ARGUMENTS 24 /* parameters handled on the C stack */

typedef struct {
    PyObject **values;
    PyObject **owned;
    Py_ssize_t owned_count;
    PyObject *small_values[CS_FEW_ARGUMENTS], *small_owned[CS_FEW_ARGUMENTS];
} cs_arguments;

int cs_arguments_init(cs_arguments *a, const cs_class *cls); /* -1 and MemoryError */
void cs_arguments_clear(cs_arguments *a);
/* The caller holds the class: factories run user code. -1 and an error. */
int cs_arguments_take(cs_class *cls, cs_arguments *a, PyObject *const *args, Py_ssize_t positional,
                      PyObject *kwnames);

/* Which parameter each keyword of this call site means. The names are a constant of the caller's
 * code: the tuple itself is the key. NULL: the call site is not known. */
static inline const uint32_t *cs_kwcall_find(const cs_class *cls, PyObject *kwnames,
                                             Py_ssize_t positional) {
    for (unsigned i = 0; i < CS_KWCACHE; i++) {
        const cs_kwcall *call = &cls->kwcalls[i];
        if (call->names == kwnames && call->positional == positional) { return call->params; }
    }
    return NULL;
}

#endif
