/* pool/sequence.h: what pools and slices have of a list: indexes, `in`, ==. */
#ifndef CB_POOL_SEQUENCE_H
#define CB_POOL_SEQUENCE_H

#include "pool/pool.h"

/* IndexError for an index that was given; -1. */
int cb_pool_error_index(const Pool *self, Py_ssize_t given);
/* The row that an index means, negative ones from the end. -1 and IndexError or TypeError. */
int cb_pool_index(Pool *self, PyObject *key, size_t *position);
/* The first row in [from, to) that is equal. -1: there is none; -2: an error. */
Py_ssize_t cb_pool_find(Pool *self, PyObject *value, size_t from, size_t to);
/* Are `count` rows equal, one by one? 1, 0, or -1 and an error. */
int cb_pool_equal(Pool *a, size_t from_a, Pool *b, size_t from_b, size_t count);

/* For + and *: TypeError with advice. */
PyObject *cb_pool_no_concat(PyObject *object, PyObject *other);
PyObject *cb_pool_no_repeat(PyObject *object, Py_ssize_t times);

#endif
