/* pool/row.h: rows: handles on records of a pool that behave as objects of the record class. */
#ifndef CS_POOL_ROW_H
#define CS_POOL_ROW_H

#include "pool/pool.h"

PyObject *cs_row_new(Pool *pool, size_t position);
/* The same row at another place, if nobody else holds it; else a new one. Steals the row. */
PyObject *cs_row_reuse(PyObject *object, Pool *pool, size_t position);
/* The row leaves its pool: it takes a reference to `own`, and gives back that to the pool. */
void cs_row_detach(cs_row *row, PyObject *own);
void cs_row_free_spare(Pool *pool);

/* Is it a row of some pool? */
static inline int cs_is_row(cs_state *state, PyObject *object) {
    cs_class *cls = PyObject_TypeCheck((PyObject *)Py_TYPE(object), state->meta_type)
                        ? cs_class_of_object(object)
                        : NULL;
    return cls != NULL && (cls->flags & CS_CLASS_ROW) != 0;
}

/* ---- what an object of the class can do ---- */

PyObject *cs_row_get(cs_class *cls, const cs_field *field, PyObject *object);
int cs_row_set(cs_class *cls, const cs_field *field, PyObject *object, PyObject *value);
/* The value of a cached property, which `function` makes. */
PyObject *cs_row_compute(cs_class *cls, PyObject *object, PyObject *function);
PyObject *cs_row_getattro(PyObject *object, PyObject *name);
int cs_row_setattro(PyObject *object, PyObject *name, PyObject *value);
PyObject *cs_row_richcompare(PyObject *a, PyObject *b, int op);
Py_hash_t cs_row_hash(PyObject *object);
/* A real object of the record class, to be looked at: that of a detached row is the row's own.
 * NULL and StaleRowError. */
PyObject *cs_row_materialise(PyObject *object);
/* The same for a caller who may change it. */
PyObject *cs_row_copy(PyObject *object);

/* ---- the class of rows ---- */

/* The slots of a new class of rows. */
int cs_row_setup_type(cs_class *cls);
/* The class's own methods have changed. */
void cs_row_class_refresh(cs_class *cls);

#endif
