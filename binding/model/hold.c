/* model/hold.c: a class whose type dies while it is held, and values that become a tuple.
 * model/hold.h has the rules, and why. */
#include "model/hold.h"

void cb_class_bury(cb_class *cls) {
    if (cls == NULL || cls->held == 0) {
        cb_class_free(cls);
        return;
    }
    /* No object of the type is left, and those that it had went to classes with this anchor. */
    PyTypeObject *heir = cls->anchor != cls->type ? cls->anchor : cls->state->struct_type;
    cls->type = (PyTypeObject *)Py_NewRef(heir);
    cls->orphaned = 1;
}

void cb_class_last_let_go(cb_class *cls) {
    PyTypeObject *heir = cls->type;
    cb_class_free(cls);
    Py_DECREF(heir);
}

int cb_values_init(cb_values *values, size_t room) {
    values->items = values->few;
    values->count = 0;
    if (room <= CB_FEW_VALUES) { return 0; }
    PyObject **items = PyMem_New(PyObject *, room);
    if (items == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    values->items = items;
    return 0;
}

PyObject *cb_values_tuple(cb_values *values) {
    /* may run the collector: the values are not in it yet */
    PyObject *tuple = PyTuple_New(values->count);
    if (tuple == NULL) { return NULL; }
    for (Py_ssize_t i = 0; i < values->count; i++) { PyTuple_SET_ITEM(tuple, i, values->items[i]); }
    values->count = 0;
    return tuple;
}

void cb_values_clear(cb_values *values) {
    while (values->count > 0) { Py_DECREF(values->items[--values->count]); }
    if (values->items != values->few) { PyMem_Free(values->items); }
}
