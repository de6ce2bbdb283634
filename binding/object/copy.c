/* object/copy.c: copy.copy and copy.deepcopy.
 *
 *   __copy__, __deepcopy__    no hooks: a block of the same bytes, then (deep) its references,
 *                                       one by one
 *                             hooks:    cslots._copy asks them, as the copy module asks those of
 *                                       any class
 *
 * Hooks are a __reduce_ex__, __reduce__, __getstate__, __setstate__, __getnewargs__ or
 * __getnewargs_ex__ of the class's own (CB_CLASS_COPY_HOOKS), or a function that copyreg has for
 * the class. The copy module would ask them itself, if classes of cslots had no __copy__. A row of
 * a pool is asked as the object that it shows.
 */
#include "object/copy.h"
#include "model/hold.h"
#include "object/born.h"
#include "object/check.h"
#include "object/hooks.h"
#include "object/value.h"
#include "runtime/package.h"

/* What object.__getstate__ gives of a class with slots: (__dict__ or None, {"field": value})
 * without the fields that are not set. */
static PyObject *state_of(PyObject *self) {
    cb_class *cls = cb_class_of_object(self);
    cb_class_hold(cls);
    PyObject *slots = PyDict_New(), *dict = NULL, *state = NULL;
    if (cls->dict_offset != 0) { dict = Py_XNewRef(*cb_pointer_at(self, cls->dict_offset)); }
    if (dict == NULL || PyDict_GET_SIZE(dict) == 0) {
        Py_XSETREF(dict, Py_NewRef(Py_None));
    } else {
        Py_SETREF(dict, PyDict_Copy(dict));
    }
    for (uint32_t i = 0; slots != NULL && dict != NULL && i < cls->field_count; i++) {
        int unset = 0;
        const int covered = cls->fields[i].covered;
        PyObject *value = covered ? cb_read_named(cls, &cls->fields[i], self)
                                  : cb_read_any(cls, &cls->fields[i], self, &unset);
        if (value == NULL && covered && PyErr_ExceptionMatches(PyExc_AttributeError)) {
            PyErr_Clear();
            unset = 1;
        }
        if (unset) { continue; }
        if (value == NULL || PyDict_SetItem(slots, cls->fields[i].name, value) < 0) {
            Py_CLEAR(slots);
        }
        Py_XDECREF(value);
    }
    if (slots != NULL && dict != NULL) {
        state = PyDict_GET_SIZE(slots) > 0 ? PyTuple_Pack(2, dict, slots) : Py_NewRef(dict);
    }
    Py_XDECREF(slots);
    Py_XDECREF(dict);
    cb_class_let_go(cls);
    return state;
}

PyObject *cb_get_state(PyObject *self, PyObject *unused) {
    (void)unused;
    PyObject *object = cb_whole(self), *state = object == NULL ? NULL : state_of(object);
    Py_XDECREF(object);
    return state;
}

PyObject *cb_set_state(PyObject *self, PyObject *state) {
    return cb_package_call("cslots._interop", "set_state", self, state, NULL);
}

/* Has copyreg a function for the class? As long as copyreg is not imported, none is registered. -1:
 * error. */
static int is_registered(cb_state *state, PyTypeObject *type) {
    if (state->dispatch_table == NULL) {
        PyObject *module = PyImport_GetModule(state->names.copyreg);
        if (module == NULL) { return PyErr_Occurred() ? -1 : 0; }
        PyObject *table = PyObject_GetAttr(module, state->names.dispatch_table);
        Py_DECREF(module);
        if (table == NULL || !PyDict_Check(table)) {
            if (table == NULL) { return -1; }
            Py_DECREF(table);
            return 0;
        }
        Py_XSETREF(state->dispatch_table, table);
    }
    Py_INCREF(type); /* a metaclass may have a __hash__ of its own */
    int found = PyDict_Contains(state->dispatch_table, (PyObject *)type);
    Py_DECREF(type);
    return found;
}

/* A copy by the hooks of the class, deep if there is a memo. NULL without an error: there are
 * none. */
PyObject *cb_copy_by_hooks(cb_class *cls, PyObject *self, PyObject *memo) {
    cb_class_ask_hooks(cls);
    int asked = cls->flags & CB_CLASS_COPY_HOOKS ? 1 : is_registered(cls->state, cls->type);
    if (asked <= 0) { return NULL; }
    return cb_package_call("cslots._copy", "copied", self, memo != NULL ? memo : Py_None, NULL);
}

PyObject *cb_copy(PyObject *self, PyObject *unused) {
    (void)unused;
    return cb_class_of_object(self)->access->copy(self);
}

PyObject *cb_own_copy(PyObject *self) {
    PyObject *copy = cb_copy_by_hooks(cb_class_of_object(self), self, NULL);
    return copy != NULL || PyErr_Occurred() ? copy : cb_object_copy(self);
}

/* deepcopy(value, memo); the value may be dropped meanwhile from where it was found. */
static PyObject *copy_deeply(PyObject *deepcopy, PyObject *value, PyObject *memo) {
    Py_INCREF(value);
    PyObject *fresh = PyObject_CallFunctionObjArgs(deepcopy, value, memo, NULL);
    Py_DECREF(value);
    return fresh;
}

/* What the fields of the copy refer to. Code that finds the copy in the memo may change it in
 * between: each field is looked at by itself. */
static int copy_contents(cb_class *cls, PyObject *copy, PyObject *deepcopy, PyObject *memo) {
    for (uint32_t i = 0; i < cls->field_count; i++) {
        const cb_field *field = &cls->fields[i];
        if (field->kind != CS_OBJECT && field->kind != CS_STRUCT) { continue; }
        PyObject *old = *cb_pointer_at(copy, field->offset);
        if (old == NULL || Py_IsNone(old)) { continue; }
        PyObject *fresh = copy_deeply(deepcopy, old, memo);
        int result = fresh == NULL ? -1 : cb_store(cls, field, copy, fresh);
        Py_XDECREF(fresh);
        if (result < 0) { return -1; }
    }
    for (uint32_t i = 0; i < cls->foreign_count; i++) {
        const cb_slot *slot = &cls->foreign[i];
        PyObject *old =
            cb_foreign_slot(cls, slot->name) == slot ? *cb_pointer_at(copy, slot->offset) : NULL;
        if (old == NULL) { continue; }
        PyObject *fresh = copy_deeply(deepcopy, old, memo);
        if (fresh == NULL) { return -1; }
        cb_foreign_store(slot, copy, fresh);
        Py_DECREF(fresh);
    }
    if (cls->dict_offset != 0 && *cb_pointer_at(copy, cls->dict_offset) != NULL) {
        PyObject *fresh = copy_deeply(deepcopy, *cb_pointer_at(copy, cls->dict_offset), memo);
        if (fresh == NULL || !PyDict_Check(fresh)) {
            Py_XDECREF(fresh);
            return -1;
        }
        Py_XSETREF(*cb_pointer_at(copy, cls->dict_offset), fresh);
    }
    cb_object_consistent(copy);
    return 0;
}

static PyObject *deep_copy(PyObject *self, PyObject *memo) {
    cb_class *cls = cb_class_of_object(self);
    PyObject *asked = cb_copy_by_hooks(cls, self, memo);
    if (asked != NULL || PyErr_Occurred()) { return asked; }
    PyObject *copy = cb_object_copy(self), *deepcopy = NULL, *key = NULL;
    if (copy == NULL) { return NULL; }
    cls = cb_class_of_object(copy);
    cb_class_hold(cls);
    PyObject *module = PyImport_ImportModule("copy");
    if (module != NULL) { deepcopy = PyObject_GetAttr(module, cls->state->names.deepcopy); }
    if (deepcopy != NULL) { key = PyLong_FromVoidPtr(self); }
    /* Known before its contents are copied, so that a cycle ends here. */
    if (key == NULL ||
        (PyDict_Check(memo) ? PyDict_SetItem(memo, key, copy) : PyObject_SetItem(memo, key, copy)) <
            0 ||
        copy_contents(cls, copy, deepcopy, memo) < 0) {
        Py_CLEAR(copy);
    }
    Py_XDECREF(module);
    Py_XDECREF(deepcopy);
    Py_XDECREF(key);
    cb_class_let_go(cls);
    return copy;
}

PyObject *cb_deepcopy(PyObject *self, PyObject *memo) {
    PyObject *object = cb_whole(self), *fresh = object == NULL ? NULL : deep_copy(object, memo);
    Py_XDECREF(object);
    return fresh;
}
