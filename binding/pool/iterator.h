/* pool/iterator.h: the rows of a pool, or of a part of it, one after the other. */
#ifndef CB_POOL_ITERATOR_H
#define CB_POOL_ITERATOR_H

#include "pool/pool.h"

extern PyType_Spec cb_pool_iterator_spec;

/* All rows, also those that are appended meanwhile. */
PyObject *cb_pool_iterate_all(Pool *self);
/* `count` rows that must stay where they are: StaleRowError once they moved. */
PyObject *cb_pool_iterate(Pool *self, size_t start, size_t count, Py_ssize_t step);

#endif
