/* object/compare.c: equality, order and repr of objects, and the plans of "==" and of hash
 * (object/hash.c).
 *
 * A class has a plan for each, made once: cheap steps over bytes first, then floats, words and
 * text, then what needs Python.
 *
 *   RUN     bytes in which equal values are equal memory (integers, codes, dates); neighbours are
 *           merged
 *   BITS    a byte of bits under a mask: nulls, unset, the values of bools
 *   FLOAT, NARROW, WORD, MOMENT, TEXT, CHOICE, POINTER    one field each
 *   NAMED   a field that something on the class covers or stands in for: read by name
 *
 * A Struct has these methods from `Struct`: they are about all fields of the object. A dataclass
 * has its own: they are about the fields of the class that got them ("in_base"), whatever the class
 * of the object. class/methods.c says when that is the same.
 *
 * Equality is that of Python: 0.0 == -0.0, nan != nan, a naive datetime differs from one in UTC,
 * fold does not count. Objects are equal only within one class.
 *
 * User code may run between two steps and change a field, or the class of an object. The steps that
 * follow see that, and only those.
 */
#include "object/compare.h"
#include "kinds/word.h"
#include "model/hold.h"
#include "object/blank.h"
#include "object/steps.h"
#include "object/value.h"

/* ---- plans ---- */

static int by_offset(const void *a, const void *b) {
    uint32_t x = ((const cb_step *)a)->offset, y = ((const cb_step *)b)->offset;
    return (x > y) - (x < y);
}

static int by_op(const void *a, const void *b) {
    const cb_step *x = a, *y = b;
    if (x->op != y->op) { return (x->op > y->op) - (x->op < y->op); }
    return (x->field ? x->field->index : 0) > (y->field ? y->field->index : 0) ? 1 : -1;
}

static const uint8_t ops_of_comparisons[] = {
    [CS_COMPARE_BYTES] = STEP_RUN,      [CS_COMPARE_BIT] = STEP_RUN,
    [CS_COMPARE_FLOAT] = STEP_FLOAT,    [CS_COMPARE_WORD] = STEP_WORD,
    [CS_COMPARE_MOMENT] = STEP_MOMENT,  [CS_COMPARE_TEXT] = STEP_TEXT,
    [CS_COMPARE_POINTER] = STEP_POINTER};

static uint8_t op_of(const cb_field *field) {
    const cs_kind_info *kind = &cs_kinds[field->kind];
    if (cb_field_is_named(field)) { return STEP_NAMED; }
    if (field->equals) { return STEP_CHOICE; }
    if (kind->compare == CS_COMPARE_FLOAT && kind->size < sizeof(double)) { return STEP_NARROW; }
    return ops_of_comparisons[kind->compare];
}

static cb_step *make_plan(const cb_class *cls, uint8_t wanted, uint32_t *count) {
    cb_step *steps = PyMem_Calloc(2 * (size_t)cls->field_count + 1, sizeof *steps);
    if (steps == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    uint32_t runs = 0, n;
    for (uint32_t i = 0; i < cls->field_count; i++) {
        cb_field *field = &cls->fields[i];
        uint32_t size = cs_kinds[field->kind].size;
        if (!(field->flags & wanted) || size == 0 || op_of(field) != STEP_RUN) { continue; }
        steps[runs++] = (cb_step){STEP_RUN, 0, field->offset, size, NULL};
    }
    qsort(steps, runs, sizeof *steps, by_offset);
    n = runs > 0;
    for (uint32_t i = 1; i < runs; i++) {
        if (steps[n - 1].offset + steps[n - 1].size == steps[i].offset) {
            steps[n - 1].size += steps[i].size;
        } else {
            steps[n++] = steps[i];
        }
    }
    uint32_t bits = n;
    for (uint32_t i = 0; i < cls->field_count; i++) {
        cb_field *field = &cls->fields[i];
        uint8_t mask = (uint8_t)(field->state_mask | field->value_mask);
        if (!(field->flags & wanted) || mask == 0 || cb_field_is_named(field)) { continue; }
        steps[n++] = (cb_step){STEP_BITS, mask, field->state_byte, 1, NULL};
    }
    qsort(steps + bits, n - bits, sizeof *steps, by_offset);
    uint32_t end = n;
    n = bits;
    for (uint32_t i = bits; i < end; i++) {
        if (n > bits && steps[n - 1].offset == steps[i].offset) {
            steps[n - 1].mask |= steps[i].mask;
        } else {
            steps[n++] = steps[i];
        }
    }
    uint32_t single = n;
    for (uint32_t i = 0; i < cls->field_count; i++) {
        cb_field *field = &cls->fields[i];
        uint8_t op = op_of(field);
        if (!(field->flags & wanted) || op == STEP_RUN) { continue; }
        steps[n++] = (cb_step){op, 0, field->offset, cs_kinds[field->kind].size, field};
    }
    qsort(steps + single, n - single, sizeof *steps, by_op);
    *count = n;
    return steps;
}

/* The hash of a dataclass is that of a tuple: its fields in their order. */
static cb_step *make_tuple_plan(const cb_class *cls, uint32_t *count) {
    cb_step *steps = PyMem_Calloc((size_t)cls->field_count + 1, sizeof *steps);
    if (steps == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    *count = 0;
    for (uint32_t i = 0; i < cls->field_count; i++) {
        if (cls->fields[i].flags & CB_FIELD_HASH) { steps[(*count)++].field = &cls->fields[i]; }
    }
    return steps;
}

int cb_compare_plan(cb_class *cls) {
    cls->eq_steps = make_plan(cls, CB_FIELD_COMPARE, &cls->eq_count);
    cls->hash_steps = cls->flags & CB_CLASS_DATACLASS
                          ? make_tuple_plan(cls, &cls->hash_count)
                          : make_plan(cls, CB_FIELD_HASH, &cls->hash_count);
    return cls->eq_steps == NULL || cls->hash_steps == NULL ? -1 : 0;
}

/* ---- equality ---- */

static inline int same_bytes(const char *a, const char *b, uint32_t size) {
    uint64_t x, y;
    for (; size >= 8; a += 8, b += 8, size -= 8) {
        memcpy(&x, a, 8);
        memcpy(&y, b, 8);
        if (x != y) { return 0; }
    }
    for (; size > 0; a++, b++, size--) {
        if (*a != *b) { return 0; }
    }
    return 1;
}

/* x == y, as written in Python: what == gives is asked for its truth. */
static int ask_equal(PyObject *x, PyObject *y) {
    PyObject *result = PyObject_RichCompare(x, y, Py_EQ);
    int truth = result == NULL ? -1 : PyObject_IsTrue(result);
    Py_XDECREF(result);
    return truth;
}

/* x == y, or 1 where dataclasses' own would not ask. */
static int same_objects(const cb_class *cls, PyObject *x, PyObject *y) {
    return CB_DATACLASS_ASKS_EACH && cls->flags & CB_CLASS_DATACLASS
               ? ask_equal(x, y)
               : PyObject_RichCompareBool(x, y, Py_EQ);
}

/* ---- what runs no Python code: 1, 0, or ASK where only Python code can say ---- */

enum { ASK = 2 };

static inline int is_plain(PyObject *value) {
    return PyUnicode_CheckExact(value) || PyLong_CheckExact(value) || PyFloat_CheckExact(value);
}

/* Of two references; they are the same where both are unset. */
static inline int same_references(const cb_class *cls, PyObject *x, PyObject *y) {
    if (x == y && (!(CB_DATACLASS_ASKS_EACH && cls->flags & CB_CLASS_DATACLASS) || x == NULL ||
                   Py_IsNone(x) || PyUnicode_CheckExact(x) || PyLong_CheckExact(x))) {
        return 1;
    }
    if (x == NULL || y == NULL) { return 0; }
    return x != y && is_plain(x) && is_plain(y) ? PyObject_RichCompareBool(x, y, Py_EQ) : ASK;
}

static inline int same_at(const cb_class *cls, const cb_step *step, PyObject *a, PyObject *b) {
    switch (step->op) {
    case STEP_RUN: return same_bytes(cb_at(a, step->offset), cb_at(b, step->offset), step->size);
    case STEP_BITS:
        return ((*(uint8_t *)cb_at(a, step->offset) ^ *(uint8_t *)cb_at(b, step->offset)) &
                step->mask) == 0;
    case STEP_FLOAT: return load_double(a, step->offset) == load_double(b, step->offset);
    case STEP_NARROW: return load_narrow(a, step) == load_narrow(b, step);
    case STEP_WORD: {
        int64_t x = load_word(a, step->offset), y = load_word(b, step->offset);
        return x == y ? 1 : (x & y & 1) == 0 && x != 0 && y != 0 ? ASK : 0;
    }
    case STEP_MOMENT:
        return ((load_word(a, step->offset) ^ load_word(b, step->offset)) & MOMENT_MASK) == 0;
    case STEP_TEXT: {
        cs_text x = cs_text_get(&cls->text, a, step->field->text),
                y = cs_text_get(&cls->text, b, step->field->text);
        return x.size == y.size && memcmp(x.data, y.data, x.size) == 0;
    }
    case STEP_CHOICE:
        return same_bytes(cb_at(a, step->offset), cb_at(b, step->offset),
                          cs_kinds[step->field->kind].size)
                   ? 1
                   : ASK;
    case STEP_NAMED: return ASK;
    default:
        return same_references(cls, *cb_pointer_at(a, step->offset),
                               *cb_pointer_at(b, step->offset));
    }
}

/* ---- what may run Python code; the class is held meanwhile ---- */

/* Of two words, at least one of which is a pointer: to a big integer, one of a subclass (True is
 * 1), or None. */
static int ask_ints(int64_t a, int64_t b) {
    PyObject *x = a & 1 ? PyLong_FromLongLong(a >> 1) : Py_NewRef(cb_word_pointer(&a));
    PyObject *y = b & 1 ? PyLong_FromLongLong(b >> 1) : Py_NewRef(cb_word_pointer(&b));
    int same = x == NULL || y == NULL ? -1 : PyObject_RichCompareBool(x, y, Py_EQ);
    Py_XDECREF(x);
    Py_XDECREF(y);
    return same;
}

/* x and y are owned references: an __eq__ may assign the fields that hold the values. */
static int ask_at(cb_class *cls, const cb_step *step, PyObject *a, PyObject *b) {
    PyObject *x, *y;
    int same = -1;
    switch (step->op) {
    case STEP_WORD: return ask_ints(load_word(a, step->offset), load_word(b, step->offset));
    case STEP_CHOICE: /* some of whose values are equal; null and unset ones the bits have told */
        x = cb_read_value(cls, step->field, a);
        y = x == NULL ? NULL : cb_read_value(cls, step->field, b);
        if (y != NULL) { same = PyObject_RichCompareBool(x, y, Py_EQ); }
        break;
    case STEP_NAMED: /* something covers the field: what the class has under its name */
        x = cb_read_named(cls, step->field, a);
        y = x == NULL ? NULL : cb_read_named(cls, step->field, b);
        if (y != NULL) { same = same_objects(cls, x, y); }
        break;
    default:
        x = Py_NewRef(*cb_pointer_at(a, step->offset));
        y = Py_NewRef(*cb_pointer_at(b, step->offset));
        same = same_objects(cls, x, y);
    }
    Py_XDECREF(x);
    Py_XDECREF(y);
    return same;
}

/* Compares from step `first` on, which needs Python code. */
static CS_NOINLINE int equal_asking(cb_class *cls, uint32_t first, PyObject *a, PyObject *b) {
    int same = 1;
    cb_class_hold(cls);
    for (uint32_t i = first; i < cls->eq_count && same > 0; i++) {
        const cb_step *step = &cls->eq_steps[i];
        same = same_at(cls, step, a, b);
        if (same == ASK) { same = ask_at(cls, step, a, b); }
    }
    cb_class_let_go(cls);
    return same;
}

/* 1, 0, or -1 and an error. */
static int equal(cb_class *cls, PyObject *a, PyObject *b) {
    if (cb_has_blanks(cls) && !cb_blank_same(cls, a, b)) { return 0; }
    for (uint32_t i = 0; i < cls->eq_count; i++) {
        int same = same_at(cls, &cls->eq_steps[i], a, b);
        if (same != 1) { return same == ASK ? equal_asking(cls, i, a, b) : same; }
    }
    return 1;
}

/* ---- order: as tuples of the fields ---- */

static PyObject *ordered(cb_class *rules, cb_class *cls, PyObject *a, PyObject *b, int op) {
    PyObject *result = NULL;
    int same = 1;
    cb_class_hold(cls);
    cb_class_hold(rules);
    for (uint32_t i = 0; i < rules->field_count && same > 0; i++) {
        const cb_field *field =
            rules == cls ? &cls->fields[i] : cb_find_field(cls, rules->fields[i].name);
        if (field == NULL || !(rules->fields[i].flags & CB_FIELD_COMPARE)) { continue; }
        PyObject *x = cb_read_named(cls, field, a),
                 *y = x == NULL ? NULL : cb_read_named(cls, field, b);
        same = y == NULL ? -1 : PyObject_RichCompareBool(x, y, Py_EQ);
        if (same == 0) { result = PyObject_RichCompare(x, y, op); }
        Py_XDECREF(x);
        Py_XDECREF(y);
    }
    cb_class_let_go(rules);
    cb_class_let_go(cls);
    return same > 0 ? Py_NewRef(op == Py_LE || op == Py_GE ? Py_True : Py_False) : result;
}

/* ---- by the fields of a base: what a method does that the decorator gave to that base ---- */

/* 1, 0, or -1 and an error, for the values of one field; NULL: unset. Takes both references. */
static int same_values(const cb_class *cls, PyObject *x, PyObject *y) {
    int same = x == NULL || y == NULL ? x == y : same_objects(cls, x, y);
    Py_XDECREF(x);
    Py_XDECREF(y);
    return same;
}

static int equal_in_base(const cb_class *rules, cb_class *cls, PyObject *a, PyObject *b) {
    int same = 1;
    for (uint32_t i = 0; same > 0 && i < rules->field_count; i++) {
        const cb_field *field = cb_find_field(cls, rules->fields[i].name);
        if (field == NULL || !(rules->fields[i].flags & CB_FIELD_COMPARE)) { continue; }
        int unset_x, unset_y;
        PyObject *x = cb_read_named_any(cls, field, a, &unset_x);
        if (x == NULL && !unset_x) { return -1; }
        PyObject *y = cb_read_named_any(cls, field, b, &unset_y);
        if (y == NULL && !unset_y) {
            Py_XDECREF(x);
            return -1;
        }
        same = same_values(cls, x, y);
    }
    return same;
}

/* Dataclasses compare objects of one class only, whichever class that is. Both classes are held,
 * since comparing fields may run user code. */
PyObject *cb_compare_in_base(cb_class *rules, PyObject *self, PyObject *other, int op) {
    cb_class *cls = cb_class_of_object(self);
    PyObject *result = NULL;
    if (Py_TYPE(self) != Py_TYPE(other)) { Py_RETURN_NOTIMPLEMENTED; }
    cb_class_hold(cls);
    cb_class_hold(rules);
    if (op == Py_EQ) {
        int same = self == other  ? 1
                   : rules == cls ? equal(cls, self, other)
                                  : equal_in_base(rules, cls, self, other);
        if (same >= 0) { result = PyBool_FromLong(same); }
    } else {
        result = ordered(rules, cls, self, other, op);
    }
    cb_class_let_go(rules);
    cb_class_let_go(cls);
    return result;
}

PyObject *cb_struct_richcompare(PyObject *self, PyObject *other, int op) {
    return cb_class_of_object(self)->access->richcompare(self, other, op);
}

/* Objects are equal only within one class. */
PyObject *cb_own_compare_other(PyObject *self, PyObject *other, int op) {
    (void)self;
    (void)other;
    (void)op;
    Py_RETURN_NOTIMPLEMENTED;
}

PyObject *cb_own_richcompare(PyObject *self, PyObject *other, int op) {
    PyTypeObject *type = Py_TYPE(self);
    cb_class *cls = cb_class_of(type);
    if (type != Py_TYPE(other)) {
        const cb_class *its = cb_class_of_any(cls->state, other);
        if (its != NULL) { return its->access->compare_other(self, other, op); }
        Py_RETURN_NOTIMPLEMENTED;
    }
    if (op == Py_EQ || op == Py_NE) {
        if (!(cls->flags & CB_CLASS_EQ)) { Py_RETURN_NOTIMPLEMENTED; }
        /* A dataclass is equal to itself without a look at the fields. */
        int same = self == other && cls->flags & CB_CLASS_DATACLASS ? 1 : equal(cls, self, other);
        if (same < 0) { return NULL; }
        return Py_NewRef(same == (op == Py_EQ) ? Py_True : Py_False);
    }
    if (!(cls->flags & CB_CLASS_ORDER)) { Py_RETURN_NOTIMPLEMENTED; }
    return ordered(cls, cls, self, other, op);
}

/* ---- repr ---- */

/* The fields of `rules`, the object's class or a base of it. */
PyObject *cb_repr_in_base(cb_class *rules, PyObject *self) {
    cb_class *cls = cb_class_of_object(self);
    int entered = Py_ReprEnter(self);
    if (entered != 0) { return entered > 0 ? PyUnicode_FromString("...") : NULL; }
    PyObject *parts = NULL, *result = NULL, *qualname = NULL, *comma = NULL, *joined = NULL;
    cb_values texts;
    cb_class_hold(cls);
    cb_class_hold(rules);
    if (cb_values_init(&texts, rules->field_count) < 0) { goto done; }
    for (uint32_t i = 0; i < rules->field_count; i++) {
        const cb_field *field =
            rules == cls ? &cls->fields[i] : cb_find_field(cls, rules->fields[i].name);
        if (field == NULL || !(rules->fields[i].flags & CB_FIELD_REPR)) { continue; }
        int unset;
        PyObject *value = cb_read_named_any(cls, field, self, &unset), *part;
        if (value == NULL && !unset) { goto done; }
        /* not by %R: a deep chain would need the stack of that, too */
        PyObject *shown = unset ? NULL : PyObject_Repr(value);
        part = unset   ? PyUnicode_FromFormat("%U=<not set>", field->name)
               : shown ? PyUnicode_FromFormat("%U=%U", field->name, shown)
                       : NULL;
        Py_XDECREF(shown);
        Py_XDECREF(value);
        if (part == NULL) { goto done; }
        cb_values_add(&texts, part);
    }
    parts = cb_values_tuple(&texts);
    /* a look-up may fail for lack of memory, and say something else */
    qualname = Py_NewRef(((PyHeapTypeObject *)cls->type)->ht_qualname);
    comma = PyUnicode_FromString(", ");
    joined = comma == NULL || parts == NULL ? NULL : PyUnicode_Join(comma, parts);
    if (joined != NULL && qualname != NULL) {
        result = PyUnicode_FromFormat("%S(%U)", qualname, joined);
    }
done:
    Py_XDECREF(parts);
    Py_XDECREF(qualname);
    Py_XDECREF(comma);
    Py_XDECREF(joined);
    cb_values_clear(&texts);
    cb_class_let_go(rules);
    cb_class_let_go(cls);
    Py_ReprLeave(self);
    return result;
}

PyObject *cb_struct_repr(PyObject *self) {
    cb_class *cls = cb_class_of_object(self);
    return cls->flags & CB_CLASS_REPR ? cb_repr_in_base(cls, self)
                                      : PyBaseObject_Type.tp_repr(self);
}
