/* model/errors.c: the texts that a user of a Struct reads when a value or an attribute is refused.
 *
 * Each names the class and the field, what was expected, what came, and what to do. The tests
 * compare them word by word.
 *
 * A text is made with user code (the repr of the value, a close name, an import), so these
 * functions hold the class. Their callers need not, if they give up afterwards. The name of a type
 * is read after that code or kept as a str, since `__name__` may be assigned.
 */
#include "model/errors.h"
#include "model/hold.h"
#include "runtime/package.h"

#include <stdarg.h>

#define LISTED_FIELDS 12
#define SHOWN_REPR 60

static const char ellipsis[] = "\xe2\x80\xa6"; /* UTF-8: formats themselves must be ASCII */

/* "str 'abc'": the type of a value and its repr, cut. It fails only for lack of memory. */
static PyObject *show_value(PyObject *value) {
    PyObject *type = PyUnicode_FromString(Py_TYPE(value)->tp_name);
    if (type == NULL) { return NULL; }
    PyObject *repr = PyObject_Repr(value), *text = NULL;
    if (repr == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_MemoryError) && PyErr_ExceptionMatches(PyExc_Exception)) {
            PyErr_Clear();
            text = PyUnicode_FromFormat("a %U", type);
        }
    } else if (PyUnicode_GET_LENGTH(repr) > SHOWN_REPR) {
        PyObject *head = PyUnicode_Substring(repr, 0, SHOWN_REPR - 3);
        text = head == NULL ? NULL : PyUnicode_FromFormat("%U %U...", type, head);
        Py_XDECREF(head);
    } else {
        text = PyUnicode_FromFormat("%U %U", type, repr);
    }
    Py_DECREF(type);
    Py_XDECREF(repr);
    return text;
}

/* "Color", or "one of 'a', 'b'". */
static PyObject *show_choices(const cb_field *field, const char *or_none) {
    PyObject *enumeration = PyObject_GetAttrString(field->spec, "enum");
    if (enumeration == NULL) { return NULL; }
    if (PyType_Check(enumeration)) {
        PyObject *text =
            PyUnicode_FromFormat("%s%s", ((PyTypeObject *)enumeration)->tp_name, or_none);
        Py_DECREF(enumeration);
        return text;
    }
    Py_DECREF(enumeration);
    Py_ssize_t count = PyTuple_GET_SIZE(field->argument);
    PyObject *text = PyUnicode_FromString("one of ");
    for (Py_ssize_t i = 0; i < count && text != NULL; i++) {
        PyObject *next = i < LISTED_FIELDS
                             ? PyUnicode_FromFormat("%U%s%R", text, i ? ", " : "",
                                                    PyTuple_GET_ITEM(field->argument, i))
                             : PyUnicode_FromFormat("%U, %s %zd more", text, ellipsis, count - i);
        Py_SETREF(text, next);
        if (i == LISTED_FIELDS) { break; }
    }
    if (text != NULL && *or_none) { Py_SETREF(text, PyUnicode_FromFormat("%U%s", text, or_none)); }
    return text;
}

/* What the field expects: "uint8 or None (an int from 0 to 255)". */
PyObject *cb_show_expected(const cb_field *field) {
    const char *or_none = field->flags & CB_FIELD_NULLABLE ? " or None" : "";
    const cs_kind_info *kind = &cs_kinds[field->kind];
    if (kind->family == CS_FAMILY_CHOICE) { return show_choices(field, or_none); }
    if (kind->accepts != NULL) {
        return PyUnicode_FromFormat("%s%s (%s)", kind->name, or_none, kind->accepts);
    }
    if (field->argument != NULL && PyType_Check(field->argument)) { /* a Struct, a Flag */
        return PyUnicode_FromFormat("%s%s", ((PyTypeObject *)field->argument)->tp_name, or_none);
    }
    return PyUnicode_FromFormat("%s%s", kind->name, or_none);
}

/* A member that the Enum made after the class was: 1, and TypeError. */
static int error_late_member(const cb_class *cls, const cb_field *field, PyObject *got) {
    PyObject *enumeration = PyObject_GetAttrString(field->spec, "enum");
    if (enumeration == NULL) { PyErr_Clear(); }
    int late = enumeration != NULL && PyType_Check(enumeration) &&
               PyObject_TypeCheck(got, (PyTypeObject *)enumeration);
    PyObject *shown = late ? show_value(got) : NULL;
    if (shown != NULL) {
        PyErr_Format(PyExc_TypeError,
                     "%s.%U: %U is none of the members that %s declares; annotate the field with "
                     "object to keep it",
                     cls->type->tp_name, field->name, shown,
                     ((PyTypeObject *)enumeration)->tp_name);
    }
    Py_XDECREF(shown);
    Py_XDECREF(enumeration);
    return late;
}

int cb_error_type(cb_class *cls, const cb_field *field, PyObject *got) {
    cb_class_hold(cls);
    if ((field->kind == CS_CHOICE8 || field->kind == CS_CHOICE16) &&
        error_late_member(cls, field, got)) {
        cb_class_let_go(cls);
        return -1;
    }
    PyObject *expected = cb_show_expected(field);
    PyObject *shown = expected == NULL ? NULL : show_value(got);
    if (shown != NULL) {
        PyErr_Format(PyExc_TypeError, "%s.%U: expected %U, got %U", cls->type->tp_name, field->name,
                     expected, shown);
    }
    Py_XDECREF(expected);
    Py_XDECREF(shown);
    cb_class_let_go(cls);
    return -1;
}

/* A number as text; ints too long for the interpreter's digit limit are told by their size. */
static PyObject *show_number(PyObject *number) {
    PyObject *text = PyObject_Repr(number);
    if (text != NULL || !PyErr_ExceptionMatches(PyExc_ValueError)) {
        if (text != NULL && PyUnicode_GET_LENGTH(text) > SHOWN_REPR) {
            PyObject *head = PyUnicode_Substring(text, 0, SHOWN_REPR - 3);
            Py_SETREF(text, head == NULL ? NULL : PyUnicode_FromFormat("%U...", head));
            Py_XDECREF(head);
        }
        return text;
    }
    PyErr_Clear();
    return PyUnicode_FromString("an int of thousands of digits");
}

/* RangeError. msgspec fills objects past the constructor, and of their errors it catches only its
 * own kind. So where msgspec is loaded, the error is a ValidationError of msgspec, too. */
PyObject *cb_range_error(cb_state *state) {
    if (state->range_error_seen != NULL) { return state->range_error_seen; }
    PyObject *name = PyUnicode_FromString("msgspec"),
             *loaded = name == NULL ? NULL : PyImport_GetModule(name);
    Py_XDECREF(name);
    if (loaded != NULL) {
        Py_DECREF(loaded);
        PyObject *made = cb_package_call("cslots._interop", "range_error", NULL);
        if (made != NULL && !Py_IsNone(made)) {
            Py_XSETREF(state->range_error_seen, Py_NewRef(made));
        }
        Py_XDECREF(made);
    }
    if (PyErr_Occurred()) { PyErr_Clear(); }
    return state->range_error_seen != NULL ? state->range_error_seen : state->range_error;
}

static void raise_range(const cb_class *cls, const cb_field *field, PyObject *got) {
    const cs_kind_info *kind = &cs_kinds[field->kind];
    PyObject *shown = show_number(got);
    if (shown == NULL) { return; }
    const char *name = cls->type->tp_name;
    PyObject *error = cb_range_error(cls->state);
    if (kind->family == CS_FAMILY_SIGNED) {
        PyErr_Format(error, "%s.%U: %U is out of range for %s (%lld to %lld)", name, field->name,
                     shown, kind->name, (long long)kind->min, (long long)kind->max);
    } else if (kind->family == CS_FAMILY_UNSIGNED) {
        PyErr_Format(error, "%s.%U: %U is out of range for %s (0 to %llu)", name, field->name,
                     shown, kind->name, (unsigned long long)kind->max);
    } else {
        PyErr_Format(error, "%s.%U: %U is out of range for %s", name, field->name, shown,
                     kind->name);
    }
    Py_DECREF(shown);
}

int cb_error_range(cb_class *cls, const cb_field *field, PyObject *got) {
    cb_class_hold(cls);
    raise_range(cls, field, got);
    cb_class_let_go(cls);
    return -1;
}

PyObject *cb_error_unset(cb_class *cls, const cb_field *field) {
    return PyErr_Format(PyExc_AttributeError, "%s.%U is not set", cls->type->tp_name, field->name);
}

/* A close name, or NULL. A failure there only costs the suggestion. */
static PyObject *suggest(PyObject *name, PyObject *candidates) {
    PyObject *result = cb_package_call("cslots._functions", "suggest", name, candidates, NULL);
    if (result == NULL) { PyErr_Clear(); }
    if (result != NULL && !PyUnicode_Check(result)) { Py_CLEAR(result); }
    return result;
}

static PyObject *field_names(const cb_class *cls) {
    PyObject *names = PyTuple_New((Py_ssize_t)cls->field_count);
    for (uint32_t i = 0; names != NULL && i < cls->field_count; i++) {
        PyTuple_SET_ITEM(names, (Py_ssize_t)i, Py_NewRef(cls->fields[i].name));
    }
    return names;
}

static PyObject *listed(PyObject *names) {
    Py_ssize_t count = PyTuple_GET_SIZE(names);
    if (count == 0) { return PyUnicode_FromString("it has no fields"); }
    PyObject *head =
        count > LISTED_FIELDS ? PyTuple_GetSlice(names, 0, LISTED_FIELDS) : Py_NewRef(names);
    PyObject *comma = PyUnicode_FromString(", ");
    PyObject *joined = head == NULL || comma == NULL ? NULL : PyUnicode_Join(comma, head);
    Py_XDECREF(head);
    Py_XDECREF(comma);
    if (joined == NULL) { return NULL; }
    PyObject *text = count > LISTED_FIELDS ? PyUnicode_FromFormat("fields: %U, %s %zd more", joined,
                                                                  ellipsis, count - LISTED_FIELDS)
                                           : PyUnicode_FromFormat("fields: %U", joined);
    Py_DECREF(joined);
    return text;
}

static void raise_no_field(const cb_class *cls, PyObject *self, PyObject *name) {
    PyObject *names = field_names(cls), *shown = names == NULL ? NULL : listed(names);
    if (shown == NULL) {
        Py_XDECREF(names);
        return;
    }
    /* Probes for optional protocols (copy, pickle, IPython) ask for names like these all the
     * time. */
    int probe = PyUnicode_GET_LENGTH(name) > 1 && PyUnicode_READ_CHAR(name, 0) == '_';
    PyObject *close = probe ? NULL : suggest(name, names);
    const char *type = cls->type->tp_name;
    PyObject *text = close != NULL
                         ? PyUnicode_FromFormat("%s has no field '%U'; did you mean '%U'? (%U)",
                                                type, name, close, shown)
                         : PyUnicode_FromFormat("%s has no field '%U' (%U)", type, name, shown);
    if (text != NULL) {
        PyObject *error = PyObject_CallOneArg(PyExc_AttributeError, text);
        if (error != NULL) {
            /* With a name and an object the interpreter would add a second suggestion of its
             * own. */
            if (close == NULL && PyObject_SetAttrString(error, "name", name) < 0) { PyErr_Clear(); }
            if (PyObject_SetAttrString(error, "obj", self) < 0) { PyErr_Clear(); }
            PyErr_SetObject(PyExc_AttributeError, error);
            Py_DECREF(error);
        }
    }
    Py_XDECREF(text);
    Py_XDECREF(close);
    Py_DECREF(shown);
    Py_DECREF(names);
}

void cb_error_no_field(cb_class *cls, PyObject *self, PyObject *name) {
    cb_class_hold(cls);
    raise_no_field(cls, self, name);
    cb_class_let_go(cls);
}

static void raise_no_param(const cb_class *cls, PyObject *name) {
    const char *type = cls->type->tp_name;
    for (uint32_t i = 0; i < cls->field_count; i++) {
        if (PyUnicode_Compare(cls->fields[i].name, name) == 0) {
            PyErr_Format(PyExc_TypeError, "%s() field '%U' has init=False and cannot be given",
                         type, name);
            return;
        }
    }
    PyObject *names = PyTuple_New((Py_ssize_t)cls->param_count);
    if (names == NULL) { return; }
    for (uint32_t i = 0; i < cls->param_count; i++) {
        PyTuple_SET_ITEM(names, (Py_ssize_t)i, Py_NewRef(cls->params[i].name));
    }
    PyObject *close = suggest(name, names);
    type = cls->type->tp_name;
    if (close != NULL) {
        PyErr_Format(PyExc_TypeError, "%s() has no field '%U'; did you mean '%U'?", type, name,
                     close);
    } else {
        PyErr_Format(PyExc_TypeError, "%s() has no field '%U'", type, name);
    }
    Py_XDECREF(close);
    Py_DECREF(names);
}

void cb_error_no_param(cb_class *cls, PyObject *name) {
    cb_class_hold(cls);
    raise_no_param(cls, name);
    cb_class_let_go(cls);
}

/* Does a function run that makes an object? There cslots.replace is no help. */
static int in_constructor(void) {
    static const char *const names[] = {"__init__", "__post_init__", "__new__", "__setstate__"};
    PyFrameObject *frame = PyEval_GetFrame(); /* borrowed */
    PyCodeObject *code = frame == NULL ? NULL : PyFrame_GetCode(frame);
    int found = 0;
    for (size_t i = 0; code != NULL && i < sizeof names / sizeof *names; i++) {
        found |= PyUnicode_CompareWithASCIIString(code->co_name, names[i]) == 0;
    }
    Py_XDECREF(code);
    return found;
}

static void raise_frozen(const cb_class *cls, PyObject *self, PyObject *name, int deleting,
                         int past_setattr) {
    PyObject *type = cb_package_get("dataclasses", "FrozenInstanceError");
    if (type == NULL) { return; }
    /* a dataclass has object.__setattr__ for that */
    int force = !(cls->flags & CB_CLASS_DATACLASS) && (past_setattr || in_constructor());
    PyObject *text =
        cls->flags & CB_CLASS_UNTYPED
            ? PyUnicode_FromFormat(
                  deleting ? "cannot delete field %R" : "cannot assign to field %R", name)
            : PyUnicode_FromFormat("%s is frozen; cannot %s '%U' (use cslots.%s)",
                                   cls->type->tp_name, deleting ? "delete" : "assign", name,
                                   force ? "force_setattr" : "replace");
    PyObject *error = text == NULL ? NULL : PyObject_CallOneArg(type, text);
    /* no name: the attribute is there, and the interpreter would suggest another one */
    if (error != NULL) {
        if (PyObject_SetAttrString(error, "obj", self) < 0) { PyErr_Clear(); }
        PyErr_SetObject(type, error);
    }
    Py_XDECREF(error);
    Py_XDECREF(text);
    Py_DECREF(type);
}

int cb_error_frozen(cb_class *cls, PyObject *self, PyObject *name, int deleting, int past_setattr) {
    cb_class_hold(cls);
    raise_frozen(cls, self, name, deleting, past_setattr);
    cb_class_let_go(cls);
    return -1;
}

int cb_error_delete(cb_class *cls, const cb_field *field) {
    const char *type = cls->type->tp_name;
    if (cs_kind_is_pointer((cs_kind)field->kind)) {
        PyErr_Format(PyExc_AttributeError, "%s.%U cannot be deleted", type, field->name);
    } else if (field->flags & CB_FIELD_NULLABLE) {
        PyErr_Format(PyExc_AttributeError,
                     "%s.%U cannot be deleted (a packed field always has a value; assign None)",
                     type, field->name);
    } else {
        PyErr_Format(PyExc_AttributeError,
                     "%s.%U cannot be deleted (a packed field always has a value)", type,
                     field->name);
    }
    return -1;
}

int cb_error_tracked(cb_class *cls, const cb_field *field, PyObject *got) {
    const char *holder = cls->type->tp_name;
    PyErr_Format(PyExc_TypeError,
                 "%s.%U: %s objects are tracked by the garbage collector and %s is not; declare %s "
                 "with gc=True, or the field as object",
                 holder, field->name, Py_TYPE(got)->tp_name, holder, holder);
    return -1;
}

/* Only a plain value fits, and this one is of a subclass: it is not altered in silence. */
int cb_error_subclass(cb_class *cls, const cb_field *field, PyObject *got, const char *plain) {
    cb_class_hold(cls);
    PyObject *expected = cb_show_expected(field),
             *shown = expected == NULL ? NULL : show_value(got);
    if (shown != NULL) {
        PyErr_Format(PyExc_TypeError,
                     "%s.%U: expected %U, got %U; only a plain %s fits: convert it, or annotate "
                     "the field with object",
                     cls->type->tp_name, field->name, expected, shown, plain);
    }
    Py_XDECREF(expected);
    Py_XDECREF(shown);
    cb_class_let_go(cls);
    return -1;
}

int cb_error_row(cb_class *cls, const cb_field *field) {
    PyErr_Format(PyExc_TypeError,
                 "%s.%U: a row of a Pool cannot be kept in a field of its class; keep an object of "
                 "its own: copy.copy(row)",
                 cls->type->tp_name, field->name);
    return -1;
}

int cb_error_status(cs_status status) {
    switch (status) {
    case CS_OK: return 0;
    case CS_NO_MEMORY: PyErr_NoMemory(); break;
    case CS_TOO_LARGE: PyErr_SetString(PyExc_OverflowError, "too large for a cslots object"); break;
    default: PyErr_SetString(PyExc_SystemError, "cslots: contradictory arguments in the core");
    }
    return -1;
}

PyObject *cb_error_no_objects_yet(const PyTypeObject *type) {
    return PyErr_Format(PyExc_TypeError, "%s cannot be instantiated: the class is not finished",
                        type->tp_name);
}

PyObject *cb_error_unfinished(const PyTypeObject *type) {
    return PyErr_Format(PyExc_TypeError, "%s: the class is not finished", type->tp_name);
}

int cb_error_class_attribute(const cb_class *cls, PyObject *name) {
    PyErr_Format(PyExc_AttributeError,
                 "%s.%U is an attribute of the class and cannot be assigned on an object",
                 cls->type->tp_name, name);
    return -1;
}
