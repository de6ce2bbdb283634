/* kinds/reference.c: references to Python objects, of any class or of one that is checked.
 *
 * A holder without a GC header takes no object that the collector must see:
 * docs/design/classes.md has the proof. A str or bytes object of a subclass is kept as it is, where
 * the collector allows it.
 */
#include "kinds/reference.h"
#include "kinds/kind.h"
#include "model/errors.h"
#include "model/hold.h"
#include "runtime/package.h"

/* A member of an Enum is kept by its class, which the collector sees. So nothing is lost with a
 * holder that the collector does not see, except for a class that only such a holder leads back to
 * (docs/design/classes.md, "One leak remains"). -1: error. */
static int is_member(PyObject *value) {
    /* borrowed; without the module there are no members */
    PyObject *modules = PyImport_GetModuleDict();
    PyObject *module =
        modules != NULL && PyDict_Check(modules) ? PyDict_GetItemString(modules, "enum") : NULL;
    PyObject *meta = module == NULL ? NULL : PyObject_GetAttrString(module, "EnumMeta");
    int found = meta == NULL ? 0 : PyObject_IsInstance((PyObject *)Py_TYPE(value), meta);
    if (meta == NULL) { PyErr_Clear(); }
    Py_XDECREF(meta);
    return found;
}

/* May the object hold this one of a subclass of `plain` as it is? A holder without a GC header
 * takes nothing that could lead back to it. An object that has neither a __dict__ nor slots leads
 * to its class only, as a member does. -1 and TypeError. What stands for `enum` may be anything:
 * from there on the class is held. */
int cb_reference_check(cb_class *cls, const cb_field *field, PyObject *value,
                       const PyTypeObject *plain, int *held) {
    PyTypeObject *type = Py_TYPE(value);
    if (cls->flags & (CB_CLASS_TRACKED | CB_CLASS_UNSAFE) || !PyType_IS_GC(type)) { return 0; }
    if (type->tp_dictoffset == 0 && type->tp_basicsize == plain->tp_basicsize) { return 0; }
    cb_class_hold_once(cls, held);
    int member = is_member(value);
    return member > 0 ? 0 : member < 0 ? -1 : cb_error_tracked(cls, field, value);
}

static int convert_class(cb_class *cls, const cb_field *field, PyObject *value, cb_value *out,
                         int *held) {
    switch ((cs_kind)field->kind) {
    case CS_STR:
        if (!PyUnicode_Check(value)) { return cb_error_type(cls, field, value); }
        if (!PyUnicode_CheckExact(value) &&
            cb_reference_check(cls, field, value, &PyUnicode_Type, held) < 0) {
            return -1;
        }
        out->object = Py_NewRef(value);
        break;
    case CS_BYTES:
        if (!PyBytes_Check(value)) { return cb_error_type(cls, field, value); }
        if (!PyBytes_CheckExact(value) &&
            cb_reference_check(cls, field, value, &PyBytes_Type, held) < 0) {
            return -1;
        }
        out->object = Py_NewRef(value);
        break;
    case CS_STRUCT:
        if (!PyObject_TypeCheck(value, (PyTypeObject *)field->argument)) {
            return cb_error_type(cls, field, value);
        }
        if (cb_class_of_object(value)->access->refer(cls, field) < 0) { return -1; }
        if (!(cls->flags & (CB_CLASS_TRACKED | CB_CLASS_UNSAFE)) && PyType_IS_GC(Py_TYPE(value))) {
            return cb_error_tracked(cls, field, value);
        }
        out->object = Py_NewRef(value);
        break;
    default: out->object = Py_NewRef(value);
    }
    return out->object == NULL ? -1 : 0;
}

int cb_field_resolve(cb_class *cls, const cb_field *wanted) {
    cb_field *field = &cls->fields[wanted->index];
    PyObject *found = cb_package_call("cslots._plan.deferred", "resolve_deferred",
                                      (PyObject *)cls->type, field->spec, NULL);
    PyObject *argument, *optional;
    const char *kind;
    int result = 0;
    if (found == NULL || !PyArg_ParseTuple(found, "sO", &kind, &argument)) {
        result = -1;
    } else if (field->flags & CB_FIELD_DEFERRED) { /* not resolved by somebody else meanwhile */
        if (strcmp(kind, "struct") == 0 && PyType_Check(argument)) {
            field->argument = Py_NewRef(argument);
            field->kind = CS_STRUCT;
        }
        /* no longer, where it is in no circle */
        optional = PyObject_GetAttr(field->spec, cls->state->names.nullable);
        const int nullable = optional == NULL ? -1 : PyObject_IsTrue(optional);
        Py_XDECREF(optional);
        if (nullable == 0) { field->flags &= (uint8_t)~CB_FIELD_NULLABLE; }
        if (nullable < 0) { result = -1; }
        field->flags &= (uint8_t)~CB_FIELD_DEFERRED;
    }
    Py_XDECREF(found);
    return result;
}

int cb_class_resolve(cb_class *cls) {
    for (uint32_t i = 0; i < cls->field_count; i++) {
        if (cls->fields[i].flags & CB_FIELD_DEFERRED &&
            cb_field_resolve(cls, &cls->fields[i]) < 0) {
            return -1;
        }
    }
    cls->flags &= ~(uint32_t)CB_CLASS_DEFERRED;
    return 0;
}

/* Resolving its annotation runs user code: the kind may be another one afterwards. */
static int convert_reference(cb_class *cls, const cb_field *field, PyObject *value, cb_value *out,
                             int *held) {
    if (field->flags & CB_FIELD_DEFERRED) {
        cb_class_hold_once(cls, held);
        if (cb_field_resolve(cls, field) < 0) { return -1; }
    }
    return convert_class(cls, field, value, out, held);
}

static PyObject *box_reference(cb_class *cls, const cb_field *field, const cb_value *value) {
    return value->object != NULL ? Py_NewRef(value->object) : cb_error_unset(cls, field);
}

static int init_reference(cb_class *cls, cb_field *field, const cb_field *from,
                          PyObject *argument) {
    (void)from;
    if (field->kind != CS_STRUCT) { return 0; }
    field->argument =
        Py_NewRef(argument == cls->state->self_marker ? (PyObject *)cls->type : argument);
    if (!PyType_Check(field->argument)) {
        PyErr_Format(PyExc_TypeError, "%s.%U: expected a Struct class, got %R", cls->type->tp_name,
                     field->name, argument);
        return -1;
    }
    return 0;
}

const cb_kind_ops cb_reference_ops = {
    .init = init_reference, .convert = convert_reference, .box = box_reference};
