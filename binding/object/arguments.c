/* object/arguments.c: from a call of the generated constructor to one value for each parameter. */
#include "object/arguments.h"
#include "model/errors.h"
#include "object/call_errors.h"

int cb_arguments_init(cb_arguments *a, const cb_class *cls) {
    a->owned_count = 0;
    a->values = a->small_values;
    a->owned = a->small_owned;
    if (cls->param_count > CB_FEW_ARGUMENTS) {
        a->values = PyMem_Malloc(2 * cls->param_count * sizeof(PyObject *));
        if (a->values == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        a->owned = a->values + cls->param_count;
    }
    return 0;
}

void cb_arguments_clear(cb_arguments *a) {
    for (Py_ssize_t i = 0; i < a->owned_count; i++) { Py_DECREF(a->owned[i]); }
    if (a->values != a->small_values) { PyMem_Free(a->values); }
}

static Py_ssize_t find_param(const cb_class *cls, PyObject *name) {
    const cs_ptrmap_slot *slot = cs_ptrmap_find(&cls->parameters, name);
    if (slot != NULL) { return (Py_ssize_t)slot->value; }
    for (uint32_t i = 0; i < cls->param_count; i++) { /* a name that is not interned */
        if (PyUnicode_Check(name) && PyUnicode_Compare(cls->params[i].name, name) == 0) {
            return (Py_ssize_t)i;
        }
    }
    return -1;
}

static void remember(cb_class *cls, PyObject *kwnames, Py_ssize_t positional,
                     const uint32_t *params) {
    /* A tuple that was made for this call (**mapping) does not come back. */
    if (Py_REFCNT(kwnames) < 2) { return; }
    size_t size = (size_t)PyTuple_GET_SIZE(kwnames) * sizeof *params;
    uint32_t *copy = PyMem_Malloc(size);
    if (copy == NULL) { return; }
    memcpy(copy, params, size);
    cb_kwcall *call = &cls->kwcalls[cls->kwnext++ % CB_KWCACHE];
    PyObject *old = call->names;
    PyMem_Free(call->params);
    *call = (cb_kwcall){Py_NewRef(kwnames), positional, copy};
    Py_XDECREF(old);
}

static int take_keywords(cb_class *cls, PyObject **values, PyObject *const *given,
                         Py_ssize_t positional, PyObject *kwnames) {
    const Py_ssize_t count = PyTuple_GET_SIZE(kwnames);
    if (count == 0) { return 0; }
    const uint32_t *known = cb_kwcall_find(cls, kwnames, positional);
    if (known != NULL) {
        for (Py_ssize_t i = 0; i < count; i++) { values[known[i]] = given[i]; }
        return 0;
    }
    uint32_t small[CB_FEW_ARGUMENTS] = {0}, *params = small;
    if (count > CB_FEW_ARGUMENTS &&
        (params = PyMem_Malloc((size_t)count * sizeof *params)) == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    int result = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, i);
        Py_ssize_t param = find_param(cls, name);
        if (param < 0) {
            if (cls->flags & CB_CLASS_UNTYPED) {
                cb_call_error_unexpected(cls, name);
            } else {
                cb_error_no_param(cls, name);
            }
            result = -1;
            break;
        }
        if (values[param] != NULL) {
            if (cls->flags & CB_CLASS_UNTYPED) {
                cb_call_error_twice(cls, name);
            } else {
                PyErr_Format(PyExc_TypeError, "%s() got field '%U' twice", cls->type->tp_name,
                             name);
            }
            result = -1;
            break;
        }
        params[i] = (uint32_t)param;
        values[param] = given[i];
    }
    if (result == 0) { remember(cls, kwnames, positional, params); }
    if (params != small) { PyMem_Free(params); }
    return result;
}

static int missing_error(const cb_class *cls, PyObject *const *values) {
    if (cls->flags & CB_CLASS_UNTYPED) { return cb_call_error_missing(cls, values); }
    PyObject *names = PyList_New(0);
    for (uint32_t i = 0; names != NULL && i < cls->param_count; i++) {
        const cb_param *param = &cls->params[i];
        if (values[i] != NULL || param->default_value != NULL ||
            (param->field && param->field->factory)) {
            continue;
        }
        PyObject *quoted = PyUnicode_FromFormat("'%U'", param->name);
        if (quoted == NULL || PyList_Append(names, quoted) < 0) { Py_CLEAR(names); }
        Py_XDECREF(quoted);
    }
    if (names == NULL) { return -1; }
    PyObject *comma = PyUnicode_FromString(", "),
             *joined = comma == NULL ? NULL : PyUnicode_Join(comma, names);
    if (joined != NULL) {
        PyErr_Format(PyExc_TypeError, "%s() missing required field%s %U", cls->type->tp_name,
                     PyList_GET_SIZE(names) > 1 ? "s" : "", joined);
    }
    Py_XDECREF(comma);
    Py_XDECREF(joined);
    Py_DECREF(names);
    return -1;
}

int cb_arguments_take(cb_class *cls, cb_arguments *a, PyObject *const *args, Py_ssize_t positional,
                      PyObject *kwnames) {
    Py_ssize_t count = (Py_ssize_t)cls->param_count,
               keywords = kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames);
    if (positional > (Py_ssize_t)cls->positional_count && cls->flags & CB_CLASS_UNTYPED) {
        return cb_call_error_many(cls, positional, keywords);
    }
    if (positional > (Py_ssize_t)cls->positional_count) {
        PyErr_Format(PyExc_TypeError, "%s() takes at most %u positional argument%s, got %zd",
                     cls->type->tp_name, cls->positional_count,
                     cls->positional_count == 1 ? "" : "s", positional);
        return -1;
    }
    PyObject **values = a->values;
    for (Py_ssize_t i = 0; i < positional; i++) { values[i] = args[i]; }
    for (Py_ssize_t i = positional; i < count; i++) { values[i] = NULL; }
    if (keywords != 0 && take_keywords(cls, values, args + positional, positional, kwnames) < 0) {
        return -1;
    }
    if (positional + keywords == count) { return 0; }
    for (Py_ssize_t i = positional; i < count; i++) {
        if (values[i] != NULL) { continue; }
        const cb_param *param = &cls->params[i];
        if (param->default_value != NULL) {
            values[i] = param->default_value;
        } else if (param->field == NULL || param->field->factory == NULL) {
            return missing_error(cls, values);
        }
    }
    for (Py_ssize_t i = positional; i < count; i++) { /* factories last: they run the user's code */
        if (values[i] != NULL) { continue; }
        PyObject *made = PyObject_CallNoArgs(cls->params[i].field->factory);
        if (made == NULL) { return -1; }
        a->owned[a->owned_count++] = made;
        values[i] = made;
    }
    return 0;
}
