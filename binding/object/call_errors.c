/* object/call_errors.c: wrong arguments of a dataclass with typed=False, in the words that Python
 * has for those of a function.
 *
 * Such a class promises the exact meaning of dataclasses, where `__init__` is a function. All other
 * classes speak of fields (model/errors.c).
 */
#include "object/call_errors.h"

/* A str, whatever a metaclass says; and no user code runs. */
static PyObject *qualname(const cb_class *cls) {
    return Py_NewRef(((PyHeapTypeObject *)cls->type)->ht_qualname);
}

static int has_default(const cb_param *param) {
    return param->default_value != NULL || (param->field != NULL && param->field->factory != NULL);
}

/* "'a', 'b', and 'c'", as CPython lists names */
static PyObject *join_names(PyObject *names) {
    Py_ssize_t count = PyList_GET_SIZE(names);
    PyObject *text = PyUnicode_FromFormat("%R", PyList_GET_ITEM(names, 0));
    for (Py_ssize_t i = 1; text != NULL && i < count; i++) {
        const char *between = i < count - 1 ? ", " : count == 2 ? " and " : ", and ";
        PyObject *longer = PyUnicode_FromFormat("%U%s%R", text, between, PyList_GET_ITEM(names, i));
        Py_SETREF(text, longer);
    }
    return text;
}

int cb_call_error_missing(const cb_class *cls, PyObject *const *values) {
    for (int keyword_only = 0; keyword_only < 2; keyword_only++) {
        PyObject *names = PyList_New(0);
        uint32_t from = keyword_only ? cls->positional_count : 0,
                 to = keyword_only ? cls->param_count : cls->positional_count;
        for (uint32_t i = from; names != NULL && i < to; i++) {
            if (values[i] != NULL || has_default(&cls->params[i])) { continue; }
            if (PyList_Append(names, cls->params[i].name) < 0) { Py_CLEAR(names); }
        }
        if (names == NULL) { return -1; }
        Py_ssize_t count = PyList_GET_SIZE(names);
        if (count > 0) {
            PyObject *name = qualname(cls), *joined = name == NULL ? NULL : join_names(names);
            if (joined != NULL) {
                PyErr_Format(PyExc_TypeError,
                             "%U.__init__() missing %zd required %s argument%s: %U", name, count,
                             keyword_only ? "keyword-only" : "positional", count == 1 ? "" : "s",
                             joined);
            }
            Py_XDECREF(name);
            Py_XDECREF(joined);
            Py_DECREF(names);
            return -1;
        }
        Py_DECREF(names);
    }
    PyErr_SetString(PyExc_SystemError, "cslots: no argument is missing");
    return -1;
}

int cb_call_error_many(const cb_class *cls, Py_ssize_t positional, Py_ssize_t keywords) {
    Py_ssize_t most = (Py_ssize_t)cls->positional_count + 1, least = most; /* with self */
    for (uint32_t i = 0; i < cls->positional_count; i++) { least -= has_default(&cls->params[i]); }
    PyObject *name = qualname(cls);
    PyObject *range = least < most ? PyUnicode_FromFormat("from %zd to %zd", least, most)
                                   : PyUnicode_FromFormat("%zd", most);
    PyObject *extra = PyUnicode_FromString("");
    if (keywords > 0 && cls->param_count > cls->positional_count && extra != NULL) {
        Py_SETREF(extra, PyUnicode_FromFormat(
                             " positional argument%s (and %zd keyword-only argument%s)",
                             positional + 1 != 1 ? "s" : "", keywords, keywords != 1 ? "s" : ""));
    }
    if (name != NULL && range != NULL && extra != NULL) {
        PyErr_Format(PyExc_TypeError,
                     "%U.__init__() takes %U positional argument%s but %zd%U were given", name,
                     range, least < most || most != 1 ? "s" : "", positional + 1, extra);
    }
    Py_XDECREF(name);
    Py_XDECREF(range);
    Py_XDECREF(extra);
    return -1;
}

int cb_call_error_twice(const cb_class *cls, PyObject *argument) {
    PyObject *name = qualname(cls);
    if (name != NULL) {
        PyErr_Format(PyExc_TypeError, "%U.__init__() got multiple values for argument %R", name,
                     argument);
    }
    Py_XDECREF(name);
    return -1;
}

int cb_call_error_unexpected(const cb_class *cls, PyObject *argument) {
    PyObject *name = qualname(cls);
    if (name != NULL) {
        PyErr_Format(PyExc_TypeError, "%U.__init__() got an unexpected keyword argument %R", name,
                     argument);
    }
    Py_XDECREF(name);
    return -1;
}
