/* model/plan.c: what C asks of the plan that a class was made from (cslots/_plan/). */
#include "model/plan.h"
#include "runtime/package.h"

PyObject *cb_import_plan(cb_state *state) {
    if (state->plan == NULL) {
        PyObject *plan = cb_package_get("cslots._plan.statement", "plan");
        PyObject *missing = plan == NULL ? NULL : cb_package_get("cslots._field", "MISSING");
        PyObject *marker = missing == NULL ? NULL : cb_package_get("cslots._field", "SELF");
        if (plan == NULL || missing == NULL || marker == NULL) {
            Py_XDECREF(plan);
            Py_XDECREF(missing);
            Py_XDECREF(marker);
            return NULL;
        }
        Py_XSETREF(state->missing, missing);
        Py_XSETREF(state->self_marker, marker);
        Py_XSETREF(state->plan, plan);
    }
    return state->plan;
}

/* ---- attributes of a plan, or of a Field ---- */

int cb_plan_flag(PyObject *object, PyObject *name) {
    PyObject *value = PyObject_GetAttr(object, name);
    if (value == NULL) { return -1; }
    int truth = PyObject_IsTrue(value);
    Py_DECREF(value);
    return truth;
}

int cb_plan_set_flag(uint32_t *flags, uint32_t bit, PyObject *object, PyObject *name) {
    int truth = cb_plan_flag(object, name);
    if (truth > 0) { *flags |= bit; }
    return truth < 0 ? -1 : 0;
}

/* The attribute, or NULL without error when it is MISSING (new reference). */
int cb_plan_optional(const cb_state *state, PyObject *object, PyObject *name, PyObject **out) {
    *out = PyObject_GetAttr(object, name);
    if (*out == NULL) { return -1; }
    if (*out == state->missing) { Py_CLEAR(*out); }
    return 0;
}

/* ---- what a class has over a field, beside its descriptor ---- */

/* What the plan of one class keeps under the name: a new reference. 1 if the class declares that
 * field: then a base has no say. */
static int beside_in(const cb_class *cls, PyObject *name, PyObject **value) {
    PyObject *raw = PyObject_GetAttr(cls->plan, cls->state->names.raw);
    PyObject *own = raw == NULL ? NULL : PyObject_GetAttr(cls->plan, cls->state->names.own_fields);
    int declared = own == NULL || !PyDict_Check(raw) ? -1 : 0;
    if (declared == 0) {
        *value = Py_XNewRef(PyDict_GetItemWithError(raw, name));
        declared = *value != NULL ? 0 : PyErr_Occurred() ? -1 : PySequence_Contains(own, name);
    }
    Py_XDECREF(raw);
    Py_XDECREF(own);
    return declared;
}

PyObject *cb_class_beside(const cb_class *cls, PyObject *name) {
    PyObject *mro = Py_XNewRef(cls->type->tp_mro),
             *value = NULL; /* the collector may have taken it */
    for (Py_ssize_t i = 0; mro != NULL && value == NULL && i < PyTuple_GET_SIZE(mro); i++) {
        const cb_class *layer = i == 0 ? cls : cb_class_check(cls->state, PyTuple_GET_ITEM(mro, i));
        if (layer != NULL && layer->plan != NULL && beside_in(layer, name, &value) != 0) { break; }
    }
    Py_XDECREF(mro);
    return value;
}

PyObject *cb_class_found_beside(const cb_class *cls, PyObject *name, PyObject *self) {
    PyObject *type = Py_NewRef((PyObject *)cls->type), *value = cb_class_beside(cls, name);
    descrgetfunc get = value == NULL ? NULL : Py_TYPE(value)->tp_descr_get;
    if (get != NULL) { Py_SETREF(value, get(value, self, type)); }
    Py_DECREF(type);
    return value;
}

/* `Cls.field` is the default of the field, as in dataclasses. The descriptor of a packed field says
 * so itself. That of a reference is the interpreter's own kind, for the sake of its speed, and says
 * nothing. Attributes of such a class are not specialised; those of its objects are. */
PyObject *cb_class_attribute(cb_class *cls, const cb_field *field) {
    if (field->backed || cls->flags & CB_CLASS_SUBCLASS) { /* `x = 5` in a class body */
        PyObject *value = cb_class_found_beside(cls, field->name, NULL);
        if (value != NULL || PyErr_Occurred()) { return value; }
    }
    if (field->default_value != NULL) { return Py_NewRef(field->default_value); }
    return PyErr_Format(PyExc_AttributeError,
                        "type object '%s' has no attribute '%U' (a field without a default)",
                        cls->type->tp_name, field->name);
}
