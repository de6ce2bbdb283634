/* kinds/category.h: the table of strings behind a category field, read in line. The drawing and the
 * rules are in kinds/category.c. */
#ifndef CB_CATEGORY_H
#define CB_CATEGORY_H

#include "kinds/kind.h"

extern const cb_kind_ops cb_category_ops;

typedef struct {
    PyObject_HEAD
    PyObject *texts, *codes, *aliases;
    PyObject *tuple; /* of the texts, made when somebody asks; NULL: nobody has */
    cs_ptrmap known;
} Category;

extern PyType_Spec cb_category_spec;
PyObject *cb_category_new(cb_state *state);
int cb_category_code(PyObject *self, PyObject *text, uint32_t *code); /* adds it if it is new */
PyObject *cb_category_tuple(PyObject *self);
const cs_ptrmap *cb_category_known(PyObject *self);

/* The string of a code (new reference). */
static inline PyObject *cb_category_text(PyObject *self, uint32_t code) {
    return Py_NewRef(PyList_GET_ITEM(((Category *)self)->texts, (Py_ssize_t)code));
}

#endif
