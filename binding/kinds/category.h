/* kinds/category.h: the table of strings behind a category field, for those who read it in line. kinds/category.c has the drawing and the rules. */
#ifndef CS_CATEGORY_H
#define CS_CATEGORY_H

#include "binding.h"

typedef struct {
    PyObject_HEAD
    PyObject *texts, *codes, *aliases;
    PyObject *tuple; /* of the texts, made when somebody asks; NULL: nobody has */
    cs_ptrmap known;
} Category;

/* The string of a code (new reference). */
static inline PyObject *cs_category_text(PyObject *self, uint32_t code) {
    return Py_NewRef(PyList_GET_ITEM(((Category *)self)->texts, (Py_ssize_t)code));
}

#endif
