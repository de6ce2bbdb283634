/* pool/detach.c: rows whose record is replaced become objects of their own.
 *
 *   pool[0], pool[1] = pool[1], pool[0]
 *
 *      before              after pool[0] = b        after pool[1] = a
 *   a -> record 0 (x)    a -> an object: x        a -> an object: x    (dies with the statement)
 *   b -> record 1 (y)    b -> record 1 (y)        b -> an object: y
 *                        records: y, y            records: y, x
 *
 * A variable that holds an element of a list goes on holding it when another element takes its
 * place in the list. A row does the same: it keeps the values, not the place. An ordinary row pays
 * nothing for that. A replaced record with living rows costs one object, which those rows share.
 *
 *   begin    collects the rows and makes the objects   (may fail: nothing has happened)
 *     ...    the records are replaced                  (may fail: end drops the objects)
 *   end      the rows leave the pool
 *
 * No user code runs in between, and the collector waits: the objects have the values that are
 * overwritten.
 */
#include "pool/detach.h"
#include "pool/living.h"
#include "pool/pool.h"
#include "pool/row.h"
#include "pool/value.h"

typedef struct cb_detaching_row {
    PyObject *row; /* owned */
    size_t position;
    PyObject *own; /* owned; the same for all rows of a record */
} detaching_row;

static int by_position(const void *a, const void *b) {
    const size_t x = ((const detaching_row *)a)->position, y = ((const detaching_row *)b)->position;
    return (x > y) - (x < y);
}

typedef struct {
    Pool *pool;
    const uint8_t *kept;
    detaching_row *rows; /* NULL: they are only counted */
    size_t count;
} collection;

static void collect(void *context, cb_row *row, size_t index) {
    collection *found = context;
    if (found->kept != NULL && found->kept[index]) { return; }
    if (found->rows != NULL) {
        PyObject *object = cb_row_object(found->pool->row_class, row);
        found->rows[found->count] = (detaching_row){Py_NewRef(object), row->position, NULL};
    }
    found->count++;
}

static int make_objects(cb_detaching *self, Pool *pool) {
    const int collecting = PyGC_Disable(); /* on 3.11 an allocation may collect */
    int result = 0;
    for (size_t i = 0; result == 0 && i < self->count; i++) {
        detaching_row *row = &self->rows[i];
        const int same = i != 0 && row->position == row[-1].position;
        row->own = same ? Py_NewRef(row[-1].own) : cb_pool_object(pool, &row->position);
        result = row->own == NULL ? -1 : 0;
    }
    if (collecting) { PyGC_Enable(); }
    return result;
}

int cb_rows_detach_begin(cb_detaching *self, Pool *pool, size_t start, size_t count,
                         Py_ssize_t step, const uint8_t *kept) {
    *self = (cb_detaching){NULL, 0};
    if (!cb_living_any(pool)) { return 0; }
    collection found = {pool, kept, NULL, 0};
    cb_living_find(pool, start, count, step, collect, &found);
    if (found.count == 0) { return 0; }
    self->rows = PyMem_Malloc(found.count * sizeof *self->rows);
    if (self->rows == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    self->count = found.count;
    found.rows = self->rows;
    found.count = 0;
    cb_living_find(pool, start, count, step, collect, &found);
    qsort(self->rows, self->count, sizeof *self->rows, by_position);
    if (make_objects(self, pool) == 0) { return 0; }
    cb_rows_detach_end(self, 0);
    return -1;
}

void cb_rows_detach_end(cb_detaching *self, int replaced) {
    if (self->count == 0) { return; }
    for (size_t i = 0; replaced && i < self->count; i++) {
        PyObject *row = self->rows[i].row;
        cb_row_detach(cb_row_of(cb_class_of_object(row), row), self->rows[i].own);
    }
    PyObject *error = replaced ? NULL : cb_error_take(); /* from here on anything may run */
    for (size_t i = 0; i < self->count; i++) {
        Py_XDECREF(self->rows[i].own);
        Py_DECREF(self->rows[i].row);
    }
    PyMem_Free(self->rows);
    if (error != NULL) { cb_error_restore(error); }
}
