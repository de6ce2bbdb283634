/* kinds/bool.c: True and False, and the bools of NumPy. */
#include "kinds/bool.h"
#include "model/errors.h"

static int convert_bool(cb_class *cls, const cb_field *field, PyObject *value, cb_value *out,
                        int *held) {
    int truth = value == Py_True;
    if (!PyBool_Check(value)) {
        if (!cb_is_numpy(value, "bool") && !cb_is_numpy(value, "bool_")) {
            return cb_error_type(cls, field, value);
        }
        cb_class_hold_once(cls, held);
        if ((truth = PyObject_IsTrue(value)) < 0) { return -1; }
    }
    out->u = (uint64_t)truth;
    return 0;
}

static PyObject *box_bool(cb_class *cls, const cb_field *field, const cb_value *value) {
    (void)cls;
    (void)field;
    return PyBool_FromLong(value->u != 0);
}

const cb_kind_ops cb_bool_ops = {.convert = convert_bool, .box = box_bool};
