/* class/fields.c: the fields of a class that is being built: read from its plan, and given their
 * places.
 *
 *   spec (name, kind, default ...)  -->  cb_field: kind, flags, argument (members, codes, a table
 *                                        that a base shares)
 *   fields of the base, new fields  -->  core/layout  -->  offsets, and bits for "unset", "null"
 *                                                          and bool
 *
 * Invariants
 *   - A field that the base has keeps the place that it has there.
 *   - Fields that share one declaration share the table of their category.
 */
#include "class/fields.h"
#include "class/foreign.h"
#include "kinds/families.h"
#include "kinds/kind.h"
#include "model/errors.h"
#include "model/plan.h"

/* ---- small helpers over the plan ---- */

/* The inherited field whose category table this one shares: of the nearest base that has the field
 * from the same declaration, or else of the nearest base that has a field of that name. */
static const cb_field *inherited_spec(const cb_class *cls, PyObject *name, PyObject *spec) {
    const cb_field *nearest = NULL;
    PyObject *mro = cls->type->tp_mro;
    for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(mro); i++) {
        const cb_field *field =
            cb_field_inherited(cb_class_check(cls->state, PyTuple_GET_ITEM(mro, i)), name);
        if (field != NULL && field->spec == spec) { return field; }
        if (nearest == NULL) { nearest = field; }
    }
    return nearest;
}

/* ---- fields ---- */

static int init_field(cb_class *cls, cb_field *field, PyObject *spec) {
    const cb_names *n = &cls->state->names;
    field->spec = Py_NewRef(spec);
    field->name = PyObject_GetAttr(spec, n->name);
    if (field->name == NULL) { return -1; }
    if (!PyUnicode_CheckExact(field->name)) {
        PyErr_SetString(PyExc_TypeError, "the name of a field must be a str");
        return -1;
    }
    PyUnicode_InternInPlace(&field->name);
    PyObject *kind = PyObject_GetAttr(spec, n->kind);
    const char *kind_name = kind == NULL ? NULL : PyUnicode_AsUTF8(kind);
    if (kind_name == NULL) {
        Py_XDECREF(kind);
        return -1;
    }
    uint32_t flags = 0;
    int known = cs_kind_by_name(kind_name);
    if (strcmp(kind_name, "deferred") == 0) {
        known = CS_OBJECT;
        flags |= CB_FIELD_DEFERRED;
        cls->flags |= CB_CLASS_DEFERRED;
    }
    if (known < 0) {
        PyErr_Format(PyExc_SystemError, "cslots: unknown kind %R of field %U", kind, field->name);
    }
    Py_DECREF(kind);
    if (known < 0) { return -1; }
    field->kind = (uint8_t)known;
    if (cb_plan_set_flag(&flags, CB_FIELD_NULLABLE, spec, n->nullable) < 0 ||
        cb_plan_set_flag(&flags, CB_FIELD_INIT, spec, n->init) < 0 ||
        cb_plan_set_flag(&flags, CB_FIELD_REPR, spec, n->repr) < 0 ||
        cb_plan_set_flag(&flags, CB_FIELD_COMPARE, spec, n->compare) < 0 ||
        cb_plan_set_flag(&flags, CB_FIELD_KW_ONLY, spec, n->kw_only) < 0) {
        return -1;
    }
    PyObject *hash = PyObject_GetAttr(spec, n->hash);
    if (hash == NULL) { return -1; }
    int hashed = Py_IsNone(hash) ? (flags & CB_FIELD_COMPARE) != 0 : PyObject_IsTrue(hash);
    Py_DECREF(hash);
    if (hashed < 0) { return -1; }
    if (hashed) { flags |= CB_FIELD_HASH; }
    if (cb_plan_set_flag(&flags, CB_FIELD_HIDDEN, spec, n->hidden) < 0) { return -1; }
    field->flags = (uint8_t)flags;
    field->cached = PyObject_GetAttr(spec, n->cached);
    if (field->cached == NULL) { return -1; }
    if (Py_IsNone(field->cached)) { Py_CLEAR(field->cached); }
    PyObject *argument = PyObject_GetAttr(spec, n->argument);
    const cb_kind_ops *ops = cb_ops_of(field);
    int result = argument == NULL ? -1 : 0;
    if (result == 0 && ops->init != NULL) {
        result = ops->init(cls, field, inherited_spec(cls, field->name, spec), argument);
    }
    Py_XDECREF(argument);
    return result;
}

/* A subclass may put a property, another cached property or a constant where a base keeps a cached
 * property; or a property, or any other data descriptor, where a base has a field. (What is no data
 * descriptor gives way to the value of a field, as it does to an entry of `__dict__`: the field is
 * "backed".) The place stays, and is that of `super().name`; under the name objects have what the
 * subclass says. */
int cb_fields_find_covered(cb_class *cls) {
    for (uint32_t i = 0; i < cls->field_count; i++) {
        cb_field *field = &cls->fields[i];
        const int hidden = (field->flags & CB_FIELD_HIDDEN) != 0;
        const cb_field *from = inherited_spec(cls, field->name, field->spec);
        if (from != NULL && !hidden) {
            PyObject *beside = cb_class_beside(cls, field->name);
            if (beside == NULL && PyErr_Occurred()) { return -1; }
            field->backed = beside != NULL;
            Py_XDECREF(beside);
        }
        PyObject *found = from == NULL || from->spec != field->spec
                              ? NULL
                              : cb_type_lookup(cls->type, field->name);
        if (found == NULL || Py_IS_TYPE(found, cls->state->descriptor_type) ||
            Py_IS_TYPE(found, &PyMemberDescr_Type)) {
            continue;
        }
        if (!hidden && Py_TYPE(found)->tp_descr_set == NULL) { continue; }
        field->covered = 1;
        cls->flags |= hidden ? CB_CLASS_COVERS : CB_CLASS_COVERS | CB_CLASS_BY_NAME;
    }
    return 0;
}

/* ---- layout ---- */

static void take_bits(const cb_class *cls, cb_field *field, uint32_t byte, uint32_t shift) {
    field->state_byte = byte;
    unsigned bit = shift;
    if (cls->flags & CB_CLASS_UNSET_BITS) { field->unset_mask = (uint8_t)(1u << bit++); }
    if (field->flags & CB_FIELD_NULLABLE) { field->null_mask = (uint8_t)(1u << bit++); }
    if (field->kind == CS_BOOL) { field->value_mask = (uint8_t)(1u << bit); }
    field->state_mask = field->unset_mask | field->null_mask;
}

/* Places for the fields that the base does not have, for the word of the texts, and for the weak
 * list and the dict. */
int cb_fields_place(cb_class *cls, const cb_class *base, int weakref, int dict) {
    enum { EXTRA = 3 };
    cs_place *places = PyMem_Calloc(cls->field_count + EXTRA, sizeof *places);
    uint32_t *which = PyMem_Calloc(cls->field_count + EXTRA, sizeof *which);
    int result = -1;
    uint32_t count = 0, texts = 0, capacity_place = UINT32_MAX, weak_place = UINT32_MAX,
             dict_place = UINT32_MAX;
    cs_status status;
    if (places == NULL || which == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    for (uint32_t i = 0; i < cls->field_count; i++) {
        cb_field *field = &cls->fields[i];
        const cb_field *from = cb_field_inherited(base, field->name);
        if (field->kind == CS_UTF8) { field->text = texts++; }
        if (from != NULL) {
            int references =
                cs_kind_is_pointer((cs_kind)from->kind) && cs_kind_is_pointer((cs_kind)field->kind);
            if (!references &&
                (from->kind != field->kind || (field->flags & ~from->flags & CB_FIELD_NULLABLE))) {
                PyErr_Format(PyExc_TypeError,
                             "%s.%U: cannot be stored otherwise than in its base class",
                             cls->type->tp_name, field->name);
                goto done;
            }
            field->offset = from->offset;
            field->state_byte = from->state_byte;
            field->state_mask = from->state_mask;
            field->unset_mask = from->unset_mask;
            field->null_mask = from->null_mask;
            field->value_mask = from->value_mask;
            continue;
        }
        if (field->kind == CS_OBJECT &&
            (field->offset = cb_foreign_offset(cls, field->name)) != 0) {
            continue;
        }
        const cs_kind_info *kind = &cs_kinds[field->kind];
        /* a word has room for unset and null */
        int packed = !cs_kind_is_pointer((cs_kind)field->kind) && field->kind != CS_INT;
        places[count].size = kind->size;
        places[count].align = kind->size ? kind->align : 1;
        places[count].bits = !packed ? 0
                                     : kind->bits + (cls->flags & CB_CLASS_UNSET_BITS ? 1u : 0u) +
                                           (field->flags & CB_FIELD_NULLABLE ? 1u : 0u);
        which[count++] = i;
    }
    uint32_t field_places = count;
    if (texts > 0 && (base == NULL || base->text.count == 0)) {
        capacity_place = count;
        places[count++] = (cs_place){.size = 2, .align = 2};
    }
    if (base != NULL && base->weakref_offset != 0) {
        cls->weakref_offset = base->weakref_offset;
    } else if (weakref) {
        weak_place = count;
        places[count++] = (cs_place){.size = sizeof(void *), .align = sizeof(void *)};
    }
    if (base != NULL && base->dict_offset != 0) {
        cls->dict_offset = base->dict_offset;
    } else if (dict) {
        dict_place = count;
        places[count++] = (cs_place){.size = sizeof(void *), .align = sizeof(void *)};
    }
    status = base != NULL ? cs_layout_copy(&cls->layout, &base->layout)
                          : cs_layout_reserve(&cls->layout, cls->foreign_end);
    if (status == CS_OK) { status = cs_layout_place(&cls->layout, places, count); }
    if (status != CS_OK) {
        if (status == CS_TOO_LARGE) {
            PyErr_Format(PyExc_OverflowError, "%s: its fields do not fit into one object",
                         cls->type->tp_name);
        } else {
            cb_error_status(status);
        }
        goto done;
    }
    for (uint32_t i = 0; i < field_places; i++) {
        cb_field *field = &cls->fields[which[i]];
        field->offset = places[i].offset;
        if (places[i].bits != 0) { take_bits(cls, field, places[i].bit_byte, places[i].bit_shift); }
    }
    if (weak_place != UINT32_MAX) { cls->weakref_offset = places[weak_place].offset; }
    if (dict_place != UINT32_MAX) { cls->dict_offset = places[dict_place].offset; }
    cls->fixed_size = cls->layout.size;
    if (texts > 0) {
        cls->text_ends = PyMem_Calloc(texts, sizeof *cls->text_ends);
        if (cls->text_ends == NULL) {
            PyErr_NoMemory();
            goto done;
        }
        for (uint32_t i = 0; i < cls->field_count; i++) {
            if (cls->fields[i].kind == CS_UTF8) {
                cls->text_ends[cls->fields[i].text] = cls->fields[i].offset;
            }
        }
        cls->text =
            (cs_text_shape){.tail = cls->fixed_size, .count = texts, .ends = cls->text_ends};
        cls->text.capacity =
            capacity_place != UINT32_MAX ? places[capacity_place].offset : base->text.capacity;
    }
    result = 0;
done:
    PyMem_Free(places);
    PyMem_Free(which);
    return result;
}

int cb_fields_init(cb_class *cls, PyObject *specs) {
    const cb_names *n = &cls->state->names;
    Py_ssize_t total = PyTuple_GET_SIZE(specs);
    cls->spec_count = (uint32_t)total;
    cls->fields = PyMem_Calloc((size_t)total + 1, sizeof *cls->fields);
    if (cls->fields == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < total; i++) {
        PyObject *spec = PyTuple_GET_ITEM(specs, i), *kind = PyObject_GetAttr(spec, n->kind);
        if (kind == NULL) { return -1; }
        int outside = PyUnicode_Check(kind) && (PyUnicode_Compare(kind, n->initvar) == 0 ||
                                                PyUnicode_Compare(kind, n->descriptor) == 0);
        Py_DECREF(kind);
        if (outside) { continue; }
        if (init_field(cls, &cls->fields[cls->field_count++], spec) < 0) { return -1; }
    }
    return 0;
}
