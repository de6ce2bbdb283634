/* pool/arrow.h: what pool/arrow_out.c (out) and pool/arrow_in.c (in) share. */
#ifndef CS_POOL_ARROW_H
#define CS_POOL_ARROW_H

#include "pool/pool.h"

#include "cslots/arrow.h"

extern PyMethodDef cs_pool_arrow_methods[], cs_pool_slice_arrow_methods[];

/* The exception for what the core's Arrow functions return: its message, after "Pool of User: ". Returns -1, or 0 for CS_OK. */
int cs_arrow_error_set(Pool *self, cs_status status, const cs_arrow_error *error);

/* Pool.from_arrow(cls, source) */
PyObject *cs_pool_from_arrow(PyObject *type, PyObject *const *args, Py_ssize_t nargs);
/* For Pool.open: _from_file(cls, source, memory). Values are looked at when they are used, and what lies in `memory`, a writable buffer, may be written to. */
PyObject *cs_pool_from_file(PyObject *type, PyObject *const *args, Py_ssize_t nargs);

#endif
