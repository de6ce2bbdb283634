/* kinds/bool.c: True and False, and the bools of NumPy. */
#include "kinds/bool.h"
#include "model/errors.h"

static int convert_bool(cs_class *cls, const cs_field *field, PyObject *value, cs_value *out,
                        int *held) {
    int truth = value == Py_True;
    if (!PyBool_Check(value)) {
        if (!cs_is_numpy(value, "bool") && !cs_is_numpy(value, "bool_")) {
            return cs_error_type(cls, field, value);
        }
        cs_class_hold_once(cls, held);
        if ((truth = PyObject_IsTrue(value)) < 0) { return -1; }
    }
    out->u = (uint64_t)truth;
    return 0;
}

static PyObject *box_bool(cs_class *cls, const cs_field *field, const cs_value *value) {
    (void)cls;
    (void)field;
    return PyBool_FromLong(value->u != 0);
}

const cs_kind_ops cs_bool_ops = {.convert = convert_bool, .box = box_bool};
