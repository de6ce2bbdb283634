/* object/replace.c: cslots.replace and `__replace__`: a new object with some fields changed. */
#include "object/replace.h"
#include "model/hold.h"
#include "object/value.h"
#include "runtime/package.h"

static PyObject *replaced(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                          PyObject *kwnames) {
    cb_class *cls = cb_class_of_object(self);
    if (nargs != 0) {
        return PyErr_Format(PyExc_TypeError, "replace() takes the changes as keywords");
    }
    Py_ssize_t given = kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames);
    const size_t room = cls->param_count + (size_t)given;
    PyObject *tuple = NULL, *result = NULL;
    cb_values names, values = {.items = values.few, .count = 0};
    cb_class_hold(cls);
    if (cb_values_init(&names, room) < 0 || cb_values_init(&values, room) < 0) { goto done; }
    for (Py_ssize_t i = 0; i < given; i++) {
        cb_values_add(&names, Py_NewRef(PyTuple_GET_ITEM(kwnames, i)));
        cb_values_add(&values, Py_NewRef(args[i]));
    }
    for (uint32_t i = 0; i < cls->param_count; i++) {
        const cb_param *param = &cls->params[i];
        int changed = 0;
        for (Py_ssize_t k = 0; k < given && !changed; k++) {
            PyObject *name = PyTuple_GET_ITEM(kwnames, k);
            changed = name == param->name || PyUnicode_Compare(name, param->name) == 0;
        }
        if (changed) { continue; }
        if (param->field == NULL && !param->assigned) {
            if (param->default_value != NULL) { continue; }
            PyErr_Format(PyExc_TypeError, "replace(): %s needs a value for InitVar '%U'",
                         cls->type->tp_name, param->name);
            goto done;
        }
        PyObject *value = param->assigned ? PyObject_GetAttr(self, param->name)
                                          : cb_read_named(cls, param->field, self);
        if (value == NULL) { goto done; }
        cb_values_add(&values, value);
        cb_values_add(&names, Py_NewRef(param->name));
    }
    tuple = cb_values_tuple(&names);
    if (tuple != NULL) {
        PyObject *type = Py_NewRef((PyObject *)cls->type);
        result = PyObject_Vectorcall(type, values.items, 0, tuple);
        Py_DECREF(type);
    }
done:
    cb_values_clear(&values);
    cb_values_clear(&names);
    Py_XDECREF(tuple);
    cb_class_let_go(cls);
    return result;
}

PyObject *cb_replace_method(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                            PyObject *kwnames) {
    PyObject *object = cb_whole(self);
    PyObject *changed = object == NULL ? NULL : replaced(object, args, nargs, kwnames);
    Py_XDECREF(object);
    return changed;
}

PyObject *cb_replace(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    cb_state *state = PyModule_GetState(module);
    if (nargs == 1 && cb_class_check(state, (PyObject *)Py_TYPE(args[0])) == NULL &&
        PyObject_HasAttrString((PyObject *)Py_TYPE(args[0]), "__dataclass_fields__")) {
        PyObject *theirs = cb_package_get("dataclasses", "replace");
        PyObject *changed = theirs == NULL ? NULL : PyObject_Vectorcall(theirs, args, 1, kwnames);
        Py_XDECREF(theirs);
        return changed;
    }
    if (nargs != 1 || cb_class_check(state, (PyObject *)Py_TYPE(args[0])) == NULL) {
        return PyErr_Format(
            PyExc_TypeError, "replace() expects one Struct object, and the changes as keywords%s%s",
            nargs == 1 ? "; got " : "", nargs == 1 ? Py_TYPE(args[0])->tp_name : "");
    }
    /* A class of the user's may define __replace__. */
    PyObject *method = PyObject_GetAttr(args[0], state->names.__replace__);
    if (method == NULL) { return NULL; }
    PyObject *result = PyObject_Vectorcall(method, args + 1, 0, kwnames);
    Py_DECREF(method);
    return result;
}
