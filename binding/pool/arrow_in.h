/* pool/arrow_in.h: Arrow data into a pool. */
#ifndef CB_POOL_ARROW_IN_H
#define CB_POOL_ARROW_IN_H

#include "pool/pool.h"

/* A private mapping of a file that cslots wrote. */
typedef struct {
    const void *memory;
    size_t size;
} cb_pool_file;

/* Has it the methods of Arrow data? */
int cb_pool_is_arrow(const Pool *self, PyObject *source);
/* Its rows are added, all or none. `file`: the rows lie in it; or NULL. -1 and an error. */
int cb_pool_extend_arrow(Pool *self, PyObject *source, const cb_pool_file *file);

/* Pool.from_arrow(cls, source) */
PyObject *cb_pool_from_arrow(PyObject *type, PyObject *const *args, Py_ssize_t nargs);
/* For Pool.open: _from_file(cls, source, memory). Values are looked at when they are used, and what
 * lies in `memory`, a writable buffer, may be written to. */
PyObject *cb_pool_from_file(PyObject *type, PyObject *const *args, Py_ssize_t nargs);

#endif
