/* class_build.c: from the plan of a class (cslots/_plan.py) to its cs_class and a finished type.
 *
 *   plan.fields --> fields with kinds --> places (core/layout) --> tables, descriptors, slots of the type
 *
 * Runs inside type.__new__, before anybody else sees the type (struct_type.c says how). All or nothing: on failure the type is thrown away.
 *
 * Invariants
 *   - A field of the base keeps its place: base methods and descriptors stay right for the subclass. Where no base holds all that the others do, the class
 *     is laid out anew (multiple.c), and no base counts as "the base" below.
 *   - tp_basicsize grows with every class that adds something to its objects, also where it fitted into a hole: CPython compares it when
 *     somebody assigns `__class__` behind our back.
 *   - After cs_class_finish every field is found on the type as a descriptor of ours.
 */
#include "value.h"

/* ---- small helpers over the plan ---- */

static int get_flag(PyObject *object, PyObject *name) { /* attribute as a truth value; -1 error */
    PyObject *value = PyObject_GetAttr(object, name);
    if (value == NULL) { return -1; }
    int truth = PyObject_IsTrue(value);
    Py_DECREF(value);
    return truth;
}

static int set_flag(uint32_t *flags, uint32_t bit, PyObject *object, PyObject *name) {
    int truth = get_flag(object, name);
    if (truth > 0) { *flags |= bit; }
    return truth < 0 ? -1 : 0;
}

/* The attribute, or NULL without error when it is MISSING (new reference). */
static int get_optional(const cs_state *state, PyObject *object, PyObject *name, PyObject **out) {
    *out = PyObject_GetAttr(object, name);
    if (*out == NULL) { return -1; }
    if (*out == state->missing) { Py_CLEAR(*out); }
    return 0;
}

static const cs_field *inherited(const cs_class *base, PyObject *name) {
    if (base == NULL) { return NULL; }
    const cs_ptrmap_slot *slot = cs_ptrmap_find(&base->names, name);
    return slot == NULL ? NULL : (const cs_field *)slot->value;
}

/* The field whose storage this one shares beyond its place (the table of a category): of the nearest base that has it from the same declaration, or
 * else of the nearest that has one of that name. */
static const cs_field *inherited_spec(const cs_class *cls, PyObject *name, PyObject *spec) {
    const cs_field *nearest = NULL;
    PyObject *mro = cls->type->tp_mro;
    for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(mro); i++) {
        const cs_field *field = inherited(cs_class_check(cls->state, PyTuple_GET_ITEM(mro, i)), name);
        if (field != NULL && field->spec == spec) { return field; }
        if (nearest == NULL) { nearest = field; }
    }
    return nearest;
}

/* ---- fields ---- */

static int init_choices(cs_field *field) {
    if (!PyTuple_Check(field->argument)) {
        PyErr_SetString(PyExc_SystemError, "cslots: a choice field needs a tuple of values");
        return -1;
    }
    Py_ssize_t count = PyTuple_GET_SIZE(field->argument);
    cs_status status = cs_ptrmap_init(&field->choices, &cs_python_allocator, (size_t)count);
    for (Py_ssize_t i = 0; status == CS_OK && i < count; i++) {
        status = cs_ptrmap_set(&field->choices, PyTuple_GET_ITEM(field->argument, i), (size_t)i);
    }
    return cs_error_status(status);
}

static int init_argument(cs_class *cls, cs_field *field, const cs_field *from, PyObject *argument) {
    cs_state *state = cls->state;
    switch ((cs_kind)field->kind) {
    case CS_STRUCT:
        field->argument = Py_NewRef(argument == state->self_marker ? (PyObject *)cls->type : argument);
        if (!PyType_Check(field->argument)) {
            PyErr_Format(PyExc_TypeError, "%s.%U: expected a Struct class, got %R", cls->type->tp_name, field->name, argument);
            return -1;
        }
        return 0;
    case CS_CATEGORY: /* the table of the class that declared the field serves its subclasses too */
        field->argument = from != NULL ? Py_NewRef(from->argument) : cs_category_new(state);
        if (field->argument == NULL) { return -1; }
        field->known = cs_category_known(field->argument);
        return 0;
    case CS_CHOICE8:
    case CS_CHOICE16: field->argument = Py_NewRef(argument); return init_choices(field);
    case CS_FLAG8:
    case CS_FLAG16:
    case CS_FLAG32:
    case CS_FLAG64:
        field->argument = Py_NewRef(argument);
        field->flag_cache = from != NULL ? Py_NewRef(from->flag_cache) : PyDict_New();
        return field->flag_cache == NULL ? -1 : 0;
    case CS_DATE:
    case CS_DATETIME:
    case CS_TIMEDELTA: return cs_times_import(state);
    default: return 0;
    }
}

static int init_field(cs_class *cls, cs_field *field, PyObject *spec) {
    const cs_names *n = &cls->state->names;
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
        flags |= CS_FIELD_DEFERRED;
        cls->flags |= CS_CLASS_DEFERRED;
    }
    if (known < 0) { PyErr_Format(PyExc_SystemError, "cslots: unknown kind %R of field %U", kind, field->name); }
    Py_DECREF(kind);
    if (known < 0) { return -1; }
    field->kind = (uint8_t)known;
    if (set_flag(&flags, CS_FIELD_NULLABLE, spec, n->nullable) < 0 || set_flag(&flags, CS_FIELD_INIT, spec, n->init) < 0 ||
        set_flag(&flags, CS_FIELD_REPR, spec, n->repr) < 0 || set_flag(&flags, CS_FIELD_COMPARE, spec, n->compare) < 0 ||
        set_flag(&flags, CS_FIELD_KW_ONLY, spec, n->kw_only) < 0) {
        return -1;
    }
    PyObject *hash = PyObject_GetAttr(spec, n->hash);
    if (hash == NULL) { return -1; }
    int hashed = Py_IsNone(hash) ? (flags & CS_FIELD_COMPARE) != 0 : PyObject_IsTrue(hash);
    Py_DECREF(hash);
    if (hashed < 0) { return -1; }
    if (hashed) { flags |= CS_FIELD_HASH; }
    if (set_flag(&flags, CS_FIELD_HIDDEN, spec, n->hidden) < 0) { return -1; }
    field->flags = (uint8_t)flags;
    field->cached = PyObject_GetAttr(spec, n->cached);
    if (field->cached == NULL) { return -1; }
    if (Py_IsNone(field->cached)) { Py_CLEAR(field->cached); }
    PyObject *argument = PyObject_GetAttr(spec, n->argument);
    int result = argument == NULL ? -1 : init_argument(cls, field, inherited_spec(cls, field->name, spec), argument);
    Py_XDECREF(argument);
    return result;
}

/* ---- layout ---- */

static void take_bits(const cs_class *cls, cs_field *field, uint32_t byte, uint32_t shift) {
    field->state_byte = byte;
    unsigned bit = shift;
    if (cls->flags & CS_CLASS_UNSET_BITS) { field->unset_mask = (uint8_t)(1u << bit++); }
    if (field->flags & CS_FIELD_NULLABLE) { field->null_mask = (uint8_t)(1u << bit++); }
    if (field->kind == CS_BOOL) { field->value_mask = (uint8_t)(1u << bit); }
    field->state_mask = field->unset_mask | field->null_mask;
}

/* Places for the fields that the base does not have, for the word of the texts, and for the weak list and dict. */
static int place_fields(cs_class *cls, const cs_class *base, int weakref, int dict) {
    enum { EXTRA = 3 };
    cs_place *places = PyMem_Calloc(cls->field_count + EXTRA, sizeof *places);
    uint32_t *which = PyMem_Calloc(cls->field_count + EXTRA, sizeof *which);
    int result = -1;
    uint32_t count = 0, texts = 0, capacity_place = UINT32_MAX, weak_place = UINT32_MAX, dict_place = UINT32_MAX;
    cs_status status;
    if (places == NULL || which == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    for (uint32_t i = 0; i < cls->field_count; i++) {
        cs_field *field = &cls->fields[i];
        const cs_field *from = inherited(base, field->name);
        if (field->kind == CS_UTF8) { field->text = texts++; }
        if (from != NULL) {
            int references = cs_kind_is_pointer((cs_kind)from->kind) && cs_kind_is_pointer((cs_kind)field->kind);
            if (!(references && cls->flags & CS_CLASS_DATACLASS) &&
                (from->kind != field->kind || ((from->flags ^ field->flags) & CS_FIELD_NULLABLE))) {
                PyErr_Format(PyExc_TypeError, "%s.%U: cannot be stored otherwise than in its base class", cls->type->tp_name, field->name);
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
        if (field->kind == CS_OBJECT && (field->offset = cs_foreign_offset(cls, field->name)) != 0) { continue; }
        const cs_kind_info *kind = &cs_kinds[field->kind];
        int packed = !cs_kind_is_pointer((cs_kind)field->kind);
        places[count].size = kind->size;
        places[count].align = kind->size ? kind->align : 1;
        places[count].bits =
            !packed ? 0 : kind->bits + (cls->flags & CS_CLASS_UNSET_BITS ? 1u : 0u) + (field->flags & CS_FIELD_NULLABLE ? 1u : 0u);
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
    status = base != NULL ? cs_layout_copy(&cls->layout, &base->layout) : cs_layout_reserve(&cls->layout, cls->foreign_end);
    if (status == CS_OK) { status = cs_layout_place(&cls->layout, places, count); }
    if (status != CS_OK) {
        if (status == CS_TOO_LARGE) {
            PyErr_Format(PyExc_OverflowError, "%s: its fields do not fit into one object", cls->type->tp_name);
        } else {
            cs_error_status(status);
        }
        goto done;
    }
    for (uint32_t i = 0; i < field_places; i++) {
        cs_field *field = &cls->fields[which[i]];
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
            if (cls->fields[i].kind == CS_UTF8) { cls->text_ends[cls->fields[i].text] = cls->fields[i].offset; }
        }
        cls->text = (cs_text_shape){.tail = cls->fixed_size, .count = texts, .ends = cls->text_ends};
        cls->text.capacity = capacity_place != UINT32_MAX ? places[capacity_place].offset : base->text.capacity;
    }
    result = 0;
done:
    PyMem_Free(places);
    PyMem_Free(which);
    return result;
}

/* ---- tables ---- */

/* A dataclass with a __setattr__ of the user's: that assigns with object.__setattr__, past our slot. So the descriptors of its checked references
 * must be ours, since those of the interpreter check nothing. */
static int needs_own_descriptor(const cs_class *cls, const cs_field *field) {
    const uint32_t wanted = CS_CLASS_DATACLASS | CS_CLASS_OWN_SETATTR;
    return (cls->flags & wanted) == wanted && field->kind != CS_OBJECT;
}

static void find_own_setattr(cs_class *cls) {
    PyObject *name = cls->state->names.__setattr__, *assign = cs_type_lookup(cls->type, name);
    cls->flags &= ~(uint32_t)CS_CLASS_OWN_SETATTR;
    if (cls->flags & CS_CLASS_DATACLASS && assign != cs_type_lookup(&PyBaseObject_Type, name) && !cs_is_generated(cls->state, assign)) {
        cls->flags |= CS_CLASS_OWN_SETATTR;
    }
}

static int make_tables(cs_class *cls) {
    const cs_allocator *allocator = &cs_python_allocator;
    cs_status status = cs_ptrmap_init(&cls->packed, allocator, cls->field_count);
    if (status == CS_OK) { status = cs_ptrmap_init(&cls->names, allocator, cls->field_count); }
    cls->pointers = PyMem_Calloc(cls->field_count + cls->foreign_count + 1, sizeof *cls->pointers);
    cls->words = PyMem_Calloc(cls->field_count + 1, sizeof *cls->words);
    if (cls->pointers == NULL || cls->words == NULL) { status = CS_NO_MEMORY; }
    for (uint32_t i = 0; status == CS_OK && i < cls->field_count; i++) {
        cs_field *field = &cls->fields[i];
        field->index = i;
        status = cs_ptrmap_set(&cls->names, field->name, (size_t)field);
        if (cs_kind_is_pointer((cs_kind)field->kind)) {
            cls->pointers[cls->pointer_count++] = field->offset;
            if (status == CS_OK && needs_own_descriptor(cls, field)) { status = cs_ptrmap_set(&cls->packed, field->name, (size_t)field); }
        } else {
            if (status == CS_OK) { status = cs_ptrmap_set(&cls->packed, field->name, (size_t)field); }
            if (field->kind == CS_INT) { cls->words[cls->word_count++] = field->offset; }
        }
    }
    for (uint32_t i = 0; status == CS_OK && i < cls->foreign_count; i++) { /* owned by the object, whoever reads them */
        uint32_t k = 0;
        while (k < cls->pointer_count && cls->pointers[k] != cls->foreign[i].offset) { k++; }
        if (k == cls->pointer_count) { cls->pointers[cls->pointer_count++] = cls->foreign[i].offset; }
    }
    if (status == CS_OK) {
        cs_ptrmap_tune(&cls->packed);
        cs_ptrmap_tune(&cls->names);
    }
    return cs_error_status(status);
}

/* The parameters of the constructor: in order, those by keyword only at the end. */
static int make_params(cs_class *cls, PyObject *specs) {
    const cs_names *n = &cls->state->names;
    Py_ssize_t total = PyTuple_GET_SIZE(specs);
    cls->params = PyMem_Calloc((size_t)total + 1, sizeof *cls->params);
    if (cls->params == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    int plain = 1;
    for (int keyword_only = 0; keyword_only < 2; keyword_only++) {
        uint32_t next_field = 0;
        for (Py_ssize_t i = 0; i < total; i++) {
            PyObject *spec = PyTuple_GET_ITEM(specs, i);
            cs_field *field = next_field < cls->field_count && cls->fields[next_field].spec == spec ? &cls->fields[next_field] : NULL;
            if (field != NULL) { next_field++; }
            if (field != NULL && !(field->flags & CS_FIELD_INIT)) {
                plain = 0;
                continue;
            }
            if (field == NULL) { /* a descriptor may have init=False */
                int wanted = get_flag(spec, n->init);
                if (wanted < 0) { return -1; }
                if (!wanted) { continue; }
            }
            int by_keyword = field != NULL ? (field->flags & CS_FIELD_KW_ONLY) != 0 : get_flag(spec, n->kw_only);
            if (by_keyword < 0) { return -1; }
            if (by_keyword != keyword_only) { continue; }
            cs_param *param = &cls->params[cls->param_count];
            param->field = field;
            if (field != NULL) {
                param->name = Py_NewRef(field->name);
            } else {
                plain = 0;
                cls->outside_count++;
                PyObject *kind = PyObject_GetAttr(spec, n->kind);
                param->assigned = kind != NULL && PyUnicode_Check(kind) && PyUnicode_Compare(kind, n->descriptor) == 0;
                if (param->assigned) { cls->flags |= CS_CLASS_INDIRECT; }
                Py_XDECREF(kind);
                param->name = PyObject_GetAttr(spec, n->name);
                if (param->name == NULL || get_optional(cls->state, spec, n->default_, &param->default_value) < 0) {
                    cls->param_count++;
                    return -1;
                }
                PyUnicode_InternInPlace(&param->name);
            }
            cls->param_count++;
            if (!keyword_only) { cls->positional_count = cls->param_count; }
        }
    }
    if (plain) { cls->flags |= CS_CLASS_SIMPLE; }
    cls->text_params = PyMem_Calloc(cls->text.count + 1, sizeof *cls->text_params);
    if (cls->text_params == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (uint32_t i = 0; i < cls->text.count; i++) { cls->text_params[i] = UINT32_MAX; }
    for (uint32_t i = 0; i < cls->param_count; i++) {
        const cs_field *field = cls->params[i].field;
        if (field != NULL && field->kind == CS_UTF8) { cls->text_params[field->text] = i; }
    }
    cs_status status = cs_ptrmap_init(&cls->parameters, &cs_python_allocator, cls->param_count);
    for (uint32_t i = 0; status == CS_OK && i < cls->param_count; i++) { status = cs_ptrmap_set(&cls->parameters, cls->params[i].name, i); }
    return cs_error_status(status);
}

/* Defaults are checked once, here; needs the finished type. */
static int take_defaults(cs_class *cls) {
    const cs_names *n = &cls->state->names;
    for (uint32_t i = 0; i < cls->field_count; i++) {
        cs_field *field = &cls->fields[i];
        PyObject *value;
        if (get_optional(cls->state, field->spec, n->default_factory, &field->factory) < 0 ||
            get_optional(cls->state, field->spec, n->default_, &value) < 0) {
            return -1;
        }
        if (value == NULL) { continue; }
        field->default_value = cs_field_normalise(cls, field, value);
        Py_DECREF(value);
        if (field->default_value == NULL) { return -1; }
    }
    for (uint32_t i = 0; i < cls->param_count; i++) {
        cs_field *field = cls->params[i].field;
        if (field != NULL && field->default_value != NULL) { cls->params[i].default_value = Py_NewRef(field->default_value); }
    }
    return 0;
}

/* ---- the type ---- */

static PyObject *get_dict(PyObject *self, void *unused) {
    (void)unused;
    return PyObject_GenericGetDict(self, NULL);
}

static int set_dict(PyObject *self, PyObject *value, void *unused) {
    (void)unused;
    return PyObject_GenericSetDict(self, value, NULL);
}

static PyObject *get_weakref(PyObject *self, void *unused) {
    (void)unused;
    cs_class *cls = cs_class_of_object(self);
    PyObject *list = cls->weakref_offset == 0 ? NULL : *cs_pointer_at(self, cls->weakref_offset);
    return Py_NewRef(list == NULL ? Py_None : list);
}

static PyGetSetDef dict_getset = {"__dict__", get_dict, set_dict, "attributes beyond the fields", NULL};
static PyGetSetDef weakref_getset = {"__weakref__", get_weakref, NULL, "list of weak references to the object", NULL};

/* __dict__ and __weakref__ on the class: ours where the objects have them, none where type.__new__ put one for a base's sake. */
static int set_getsets(cs_class *cls, const cs_class *base, PyObject *dict) {
    const cs_names *n = &cls->state->names;
    const struct {
        PyObject *name;
        PyGetSetDef *def;
        uint32_t own, of_base;
    } rows[] = {
        {n->__dict__, &dict_getset, cls->dict_offset, base ? base->dict_offset : 0},
        {n->__weakref__, &weakref_getset, cls->weakref_offset, base ? base->weakref_offset : 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int has = PyDict_Contains(dict, rows[i].name);
        if (has < 0 || (has && PyDict_DelItem(dict, rows[i].name) < 0)) { return -1; }
        if (rows[i].own == 0 || rows[i].of_base != 0) { continue; }
        PyObject *descriptor = PyDescr_NewGetSet(cls->type, rows[i].def);
        int result = descriptor == NULL ? -1 : PyDict_SetItem(dict, rows[i].name, descriptor);
        Py_XDECREF(descriptor);
        if (result < 0) { return -1; }
    }
    return 0;
}

static int set_descriptors(cs_class *cls, const cs_class *base, PyObject *dict) {
    /* With another base in front of ours, an attribute of that base could hide a field. */
    PyObject *first = PyTuple_GET_SIZE(cls->type->tp_bases) > 0 ? PyTuple_GET_ITEM(cls->type->tp_bases, 0) : NULL;
    int emit_all = base == NULL || first != (PyObject *)base->type;
    cls->members = PyMem_Calloc(cls->field_count + 1, sizeof *cls->members);
    if (cls->members == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    PyMemberDef *member = cls->members;
    for (uint32_t i = 0; i < cls->field_count; i++) {
        cs_field *field = &cls->fields[i];
        if (!emit_all && inherited(base, field->name) != NULL && cs_reads_well(cls, field) && !needs_own_descriptor(cls, field)) {
            continue;
        }
        PyObject *descriptor;
        if (cs_kind_is_pointer((cs_kind)field->kind) && !needs_own_descriptor(cls, field)) {
            member->name = PyUnicode_AsUTF8(field->name);
            if (member->name == NULL) { return -1; }
            member->type = Py_T_OBJECT_EX;
            member->offset = (Py_ssize_t)field->offset;
            /* A frozen dataclass assigns with object.__setattr__ in its __post_init__, and libraries fill dataclasses so. */
            int free_to_write = cls->flags & CS_CLASS_DATACLASS ||
                                (field->kind == CS_OBJECT && !(field->flags & CS_FIELD_DEFERRED) && !(cls->flags & CS_CLASS_FROZEN));
            member->flags = free_to_write ? 0 : Py_READONLY;
            descriptor = PyDescr_NewMember(cls->type, member++);
        } else {
            descriptor = cs_descriptor_new(cls->state, cls->type, field->name);
        }
        int result = descriptor == NULL ? -1 : PyDict_SetItem(dict, field->name, descriptor);
        Py_XDECREF(descriptor);
        if (result < 0) { return -1; }
    }
    return 0;
}

static void set_slots(cs_class *cls, const cs_class *base) {
    PyTypeObject *type = cls->type;
    size_t tail = cls->text.count != 0 ? CS_TEXT_INLINE_MIN : 0;
    size_t size = cs_slab_round(cls->fixed_size + tail);
    cls->block_size = (uint32_t)size;
    if (CS_USE_SLAB && !(cls->flags & CS_CLASS_TRACKED) && size <= CS_SLAB_MAX) { cls->flags |= CS_CLASS_SLAB; }
    if (cls->flags & CS_CLASS_SLAB && cls->pointer_count + cls->word_count + cls->dict_offset + cls->weakref_offset == 0) {
        cls->flags |= CS_CLASS_BARE;
    }
    int grew = base != NULL && (cls->field_count != base->field_count || cls->weakref_offset != base->weakref_offset ||
                                cls->dict_offset != base->dict_offset);
    if (base == NULL) { cs_choose_tp_base(cls); }
    if (base == NULL && size < (size_t)type->tp_base->tp_basicsize) { size = (size_t)type->tp_base->tp_basicsize; }
    if (grew && size <= (size_t)base->type->tp_basicsize) { size = (size_t)base->type->tp_basicsize + CS_SLAB_STEP; }
    int same_layout = base != NULL && !grew && ((base->flags ^ cls->flags) & (CS_CLASS_TRACKED | CS_CLASS_SLAB)) == 0;
    cls->anchor = same_layout ? base->anchor : type;
    cls->storer = base != NULL && !grew ? base->storer : type;
    type->tp_basicsize = (Py_ssize_t)size;
    type->tp_itemsize = 0;
    type->tp_flags &= ~(unsigned long)(CS_PREHEADER_FLAGS | Py_TPFLAGS_HAVE_GC);
    type->tp_dictoffset = (Py_ssize_t)cls->dict_offset;
    type->tp_weaklistoffset = (Py_ssize_t)cls->weakref_offset;
    type->tp_alloc = cs_struct_alloc;
    type->tp_dealloc = cs_struct_dealloc;
    if (cls->flags & CS_CLASS_TRACKED) {
        type->tp_flags |= Py_TPFLAGS_HAVE_GC;
        type->tp_traverse = cs_struct_traverse;
        type->tp_clear = cs_struct_clear;
        type->tp_free = PyObject_GC_Del;
    } else {
        type->tp_traverse = NULL;
        type->tp_clear = NULL;
        type->tp_free = cs_struct_free;
    }
    if (base != NULL && type->tp_base != base->type) { /* type.__new__ may have chosen a base without fields */
        PyTypeObject *old = type->tp_base;
        type->tp_base = (PyTypeObject *)Py_NewRef(base->type);
        Py_XDECREF(old);
    }
}

/* `__slots__` of the class, which was empty for type.__new__: the names of its fields; of an ordinary subclass of a dataclass what its author wrote. */
static int set_slots_name(cs_class *cls, PyObject *dict, PyObject *plan) {
    if (cls->flags & CS_CLASS_SUBCLASS) {
        PyObject *name = cls->state->names.__slots__, *raw = PyObject_GetAttr(plan, cls->state->names.raw);
        if (raw == NULL) { return -1; }
        PyObject *written = PyDict_GetItemWithError(raw, name);
        int result = written != NULL ? PyDict_SetItem(dict, name, written) : PyErr_Occurred() ? -1 : PyDict_DelItem(dict, name);
        Py_DECREF(raw);
        return result;
    }
    PyObject *own = PyObject_GetAttr(plan, cls->state->names.own_fields);
    int result = own == NULL ? -1 : PyDict_SetItem(dict, cls->state->names.__slots__, own);
    Py_XDECREF(own);
    return result;
}

static int read_options(cs_class *cls, PyObject *plan, int *weakref, int *dict) {
    const cs_names *n = &cls->state->names;
    uint32_t flags = 0;
    if (set_flag(&flags, CS_CLASS_TRACKED, plan, n->tracked) < 0 || set_flag(&flags, CS_CLASS_FROZEN, plan, n->frozen) < 0 ||
        set_flag(&flags, CS_CLASS_EQ, plan, n->eq) < 0 || set_flag(&flags, CS_CLASS_ORDER, plan, n->order) < 0 ||
        set_flag(&flags, CS_CLASS_REPR, plan, n->repr) < 0 || (*weakref = get_flag(plan, n->weakref)) < 0 ||
        (*dict = get_flag(plan, n->dict)) < 0) {
        return -1;
    }
    int typed = get_flag(plan, n->typed);
    PyObject *style = typed < 0 ? NULL : PyObject_GetAttr(plan, n->style);
    if (style == NULL) { return -1; }
    if (!typed) { flags |= CS_CLASS_UNTYPED; }
    if (PyUnicode_CompareWithASCIIString(style, "struct") != 0) { flags |= CS_CLASS_DATACLASS; }
    if (PyUnicode_CompareWithASCIIString(style, "subclass") == 0) { flags |= CS_CLASS_SUBCLASS; }
    Py_DECREF(style);
    PyObject *mode = PyObject_GetAttr(plan, n->hash_mode);
    if (mode == NULL) { return -1; }
    if (PyUnicode_Check(mode) && PyUnicode_CompareWithASCIIString(mode, "value") == 0) { flags |= CS_CLASS_HASH_VALUE; }
    Py_DECREF(mode);
    PyObject *gc = PyObject_GetAttr(plan, n->gc);
    if (gc == NULL) { return -1; }
    if (gc == Py_False) { flags |= CS_CLASS_UNSAFE; }
    Py_DECREF(gc);
    cls->flags |= flags;
    return 0;
}

static int count_fields(cs_class *cls, PyObject *specs) {
    const cs_names *n = &cls->state->names;
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
        int outside = PyUnicode_Check(kind) && (PyUnicode_Compare(kind, n->initvar) == 0 || PyUnicode_Compare(kind, n->descriptor) == 0);
        Py_DECREF(kind);
        if (outside) { continue; }
        if (init_field(cls, &cls->fields[cls->field_count++], spec) < 0) { return -1; }
    }
    return 0;
}

static uint32_t count_init_fields(const cs_class *cls) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < cls->field_count; i++) { count += (cls->fields[i].flags & CS_FIELD_INIT) != 0; }
    return count;
}

/* Would the generated constructors of both take the same arguments to the same fields? */
static int same_parameters(const cs_class *cls, const cs_class *owner) {
    if (owner == NULL || cls->spec_count - cls->field_count != owner->spec_count - owner->field_count ||
        count_init_fields(cls) != count_init_fields(owner)) {
        return 0;
    }
    for (uint32_t i = 0; i < cls->field_count; i++) {
        if (cls->fields[i].flags & CS_FIELD_INIT && inherited(owner, cls->fields[i].name) == NULL) { return 0; }
    }
    return 1;
}

/* The first __init__ along the bases: 0 the generated one (or none), 1 the user's. */
static int has_own_init(const cs_class *cls) {
    const cs_state *state = cls->state;
    PyObject *mro = cls->type->tp_mro;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *type = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (type == &PyBaseObject_Type) { return (cls->flags & CS_CLASS_DATACLASS) != 0; } /* init=False */
        PyObject *dict = cs_type_dict(type);
        PyObject *init = dict == NULL ? NULL : PyDict_GetItemWithError(dict, state->names.__init__);
        Py_XDECREF(dict);
        if (init == NULL) {
            if (PyErr_Occurred()) { return -1; }
            continue;
        }
        if (Py_IS_TYPE(init, state->init_type)) {
            if (type == state->struct_type) { return 0; } /* bases behind Struct do not count */
            /* A dataclass that did not get one of its own runs that of its base: ours may stand for it if it does the same. */
            if (cls->flags & CS_CLASS_DATACLASS) { return type != cls->type && !same_parameters(cls, cs_class_of(type)); }
            if (type != cls->type) { return 0; } /* of another base, in front of what follows; that of the class itself may be a remnant */
            continue;
        }
        if (PyFunction_Check(init) &&
            PyUnicode_Compare(((PyFunctionObject *)init)->func_name, state->names._no_init_or_replace_init) == 0) {
            continue; /* what typing puts on every Protocol */
        }
        return 1;
    }
    return 0;
}

/* Hold on to the module that defines the class. An untracked object in the globals of its module, and the class's methods, which know these globals,
 * make a cycle that the collector does not see; so at exit the globals would never be emptied, and a file that is open in them not be flushed. But the
 * interpreter empties the modules that are still alive then, and with this reference that module is. */
static int take_module(cs_class *cls) {
    PyObject *name = PyObject_GetAttr((PyObject *)cls->type, cls->state->names.__module__);
    if (name == NULL) {
        PyErr_Clear();
        return 0;
    }
    PyObject *modules = PyImport_GetModuleDict(); /* borrowed */
    PyObject *module = modules != NULL && PyDict_Check(modules) ? PyDict_GetItemWithError(modules, name) : NULL;
    Py_DECREF(name);
    if (module == NULL && PyErr_Occurred()) {
        if (!PyErr_ExceptionMatches(PyExc_TypeError)) { return -1; }
        PyErr_Clear(); /* __module__ is no str */
    }
    cls->module = module != NULL && PyModule_Check(module) ? Py_NewRef(module) : NULL;
    return 0;
}

static int has_own_new(const cs_class *cls) {
    PyObject *name = cls->state->names.__new__, *found = cs_type_lookup(cls->type, name);
    return found != cs_type_lookup(cls->state->object_type, name) && found != cs_type_lookup(&PyBaseObject_Type, name);
}

/* Can an object of this class have fields without a value, in the ordinary run of things? */
static int find_unset(cs_class *cls) {
    const cs_state *state = cls->state;
    int unset = has_own_init(cls) || has_own_new(cls);
    for (uint32_t i = 0; i < cls->field_count && !unset; i++) {
        PyObject *value, *factory;
        if (cls->fields[i].flags & CS_FIELD_INIT || cs_kind_is_pointer((cs_kind)cls->fields[i].kind)) { continue; }
        if (get_optional(state, cls->fields[i].spec, state->names.default_, &value) < 0) { return -1; }
        int failed = get_optional(state, cls->fields[i].spec, state->names.default_factory, &factory) < 0;
        unset = value == NULL && factory == NULL;
        Py_XDECREF(value);
        Py_XDECREF(factory);
        if (failed) { return -1; }
    }
    if (PyErr_Occurred()) { return -1; }
    if (unset) { cls->flags |= CS_CLASS_UNSET_BITS; }
    return 0;
}

/* A cs_class for the type, which is finished with it. `plan` is NULL for Struct itself. */
cs_class *cs_class_finish(cs_state *state, PyTypeObject *type, PyObject *plan) {
    const cs_class *base = cs_layout_base(state, type->tp_bases);
    PyObject *specs = NULL, *dict = NULL;
    int weakref = 0, with_dict = 0;
    destructor finalize = NULL;
    cs_class *cls = PyMem_Calloc(1, sizeof *cls);
    if (cls == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    cls->state = state;
    cls->type = type;
    cs_layout_init(&cls->layout, &cs_python_allocator);
    specs = plan != NULL ? PyObject_GetAttr(plan, state->names.fields) : PyTuple_New(0);
    dict = cs_type_dict(type);
    if (specs == NULL || dict == NULL || !PyTuple_Check(specs)) {
        if (!PyErr_Occurred()) { PyErr_SetString(PyExc_SystemError, "cslots: a plan's fields must be a tuple"); }
        goto failed;
    }
    if (plan != NULL) {
        if (read_options(cls, plan, &weakref, &with_dict) < 0) { goto failed; }
        cls->plan = Py_NewRef(plan);
    } else {
        cls->flags |= CS_CLASS_EQ | CS_CLASS_REPR;
    }
    find_own_setattr(cls);
    if (count_fields(cls, specs) < 0 || cs_foreign_find(cls, base) < 0 || find_unset(cls) < 0 ||
        place_fields(cls, base, weakref, with_dict) < 0 || (base == NULL && cs_keep_places(cls) < 0) || make_tables(cls) < 0 ||
        make_params(cls, specs) < 0 || cs_compare_plan(cls) < 0) {
        goto failed;
    }
    for (uint32_t i = 0; i < cls->field_count; i++) {
        if (!(cls->flags & CS_CLASS_TRACKED) && (cls->fields[i].kind == CS_OBJECT || cls->fields[i].kind == CS_STRUCT)) {
            cls->flags |= CS_CLASS_CHAINS;
        }
    }
    if (set_getsets(cls, base, dict) < 0 || set_descriptors(cls, base, dict) < 0 ||
        (plan != NULL && (cls->flags & (CS_CLASS_DATACLASS | CS_CLASS_SUBCLASS)) != CS_CLASS_DATACLASS &&
         set_slots_name(cls, dict, plan) < 0)) {
        goto failed;
    }
    set_slots(cls, base);
    if (PyTuple_GET_SIZE(type->tp_bases) > 1) { cs_references_agree(cls); }
    ((cs_type *)type)->cls = cls;
    PyType_Modified(type);
    finalize = type->tp_finalize;
    cls->flags |= CS_CLASS_UNFINISHED; /* a default may run code of the user's, and be refused */
    type->tp_finalize = NULL; /* the scratch objects that check the defaults are nobody's */
    int checked = take_defaults(cls);
    type->tp_finalize = finalize;
    cls->flags &= ~(uint32_t)CS_CLASS_UNFINISHED;
    if (checked < 0 || take_module(cls) < 0 || cs_class_choose_call(cls) < 0) {
        ((cs_type *)type)->cls = NULL; /* no object of it exists */
        goto failed;
    }
    PyType_Modified(type);
    Py_DECREF(specs);
    Py_DECREF(dict);
    return cls;
failed:;
    PyObject *error = cs_error_take();
    ((cs_type *)type)->failed = 1;
    type->tp_vectorcall = cs_construct_unfinished;
    for (uint32_t i = 0; dict != NULL && i < cls->field_count; i++) { /* descriptors point into what is freed now */
        if (cls->fields[i].name != NULL && PyDict_DelItem(dict, cls->fields[i].name) < 0) { PyErr_Clear(); }
    }
    Py_XDECREF(specs);
    Py_XDECREF(dict);
    cs_class_free(cls);
    cs_error_restore(error);
    return NULL;
}

/* ---- what the user's own methods change ---- */

static PyObject *object_attribute(PyObject *name) { return cs_type_lookup(&PyBaseObject_Type, name); }

static int is_the_users(const cs_class *cls, PyObject *name, PyObject *plain) {
    PyObject *found = cs_type_lookup(cls->type, name);
    return found != NULL && found != plain && !cs_is_generated(cls->state, found);
}

int cs_class_choose_call(cs_class *cls) {
    cs_state *state = cls->state;
    const cs_names *n = &state->names;
    PyTypeObject *type = cls->type;
    cls->flags &= ~(uint32_t)(CS_CLASS_OWN_INIT | CS_CLASS_OWN_NEW | CS_CLASS_PICKLE_HOOKS);
    int decorated = (cls->flags & CS_CLASS_DATACLASS) != 0;
    if (has_own_new(cls)) { cls->flags |= CS_CLASS_OWN_NEW; }
    /* A dataclass keeps object.__new__, which is called by that name here and there; tp_alloc makes the object. */
    if (!(cls->flags & CS_CLASS_OWN_NEW) && !decorated) { type->tp_new = cs_struct_new; }
    int own_init = has_own_init(cls);
    if (own_init < 0) { return -1; }
    if (decorated) {
        if (own_init) {
            cls->flags |= CS_CLASS_OWN_INIT;
        } else {
            type->tp_init = cs_struct_init;
        }
    } else if (own_init) {
        cls->flags |= CS_CLASS_OWN_INIT;
        PyObject *dict = cs_type_dict(type); /* a generated one of before must not hide it */
        PyObject *init = dict == NULL ? NULL : PyDict_GetItemWithError(dict, n->__init__);
        int result = init != NULL && Py_IS_TYPE(init, state->init_type) ? PyDict_DelItem(dict, n->__init__) : PyErr_Occurred() ? -1 : 0;
        Py_XDECREF(dict);
        if (result < 0) { return -1; }
        PyType_Modified(type);
    } else {
        PyObject *dict = cs_type_dict(type);
        int result = PyDict_Contains(dict, n->__init__);
        if (result == 0) {
            PyObject *init = cs_init_new(state, type);
            result = init == NULL ? -1 : PyDict_SetItem(dict, n->__init__, init);
            Py_XDECREF(init);
        }
        Py_DECREF(dict);
        if (result < 0) { return -1; }
        type->tp_init = cs_struct_init;
    }
    find_own_setattr(cls);
    PyObject *post_init = cs_type_lookup(type, n->__post_init__);
    cls->post_init = post_init != NULL ? n->__post_init__ : NULL;
    int plain = post_init == NULL && cls->field_count == cls->param_count && !(cls->flags & CS_CLASS_OWN_SETATTR);
    for (uint32_t i = 0; i < cls->param_count; i++) { plain = plain && cls->params[i].field != NULL; }
    cls->flags = plain ? cls->flags | CS_CLASS_SIMPLE : cls->flags & ~(uint32_t)CS_CLASS_SIMPLE;
    type->tp_vectorcall = cls->flags & CS_CLASS_OWN_NEW ? cs_construct_own_new : own_init ? cs_construct_own_init : cs_construct;
    if (cs_type_lookup(type, n->__reduce__) != object_attribute(n->__reduce__) ||
        is_the_users(cls, n->__getstate__, object_attribute(n->__getstate__)) || is_the_users(cls, n->__setstate__, NULL) ||
        cs_type_lookup(type, n->__getnewargs__) != NULL || cs_type_lookup(type, n->__getnewargs_ex__) != NULL) {
        cls->flags |= CS_CLASS_PICKLE_HOOKS;
    }
    /* Reads: see access.c. type.__new__ put CPython's hook there, because Object has a __getattr__. */
    PyObject *hook = cs_type_lookup(type, n->__getattr__);
    int plain_reads = hook != NULL && (hook == state->object_getattr || hook == state->hook) &&
                      cs_type_lookup(type, n->__getattribute__) == object_attribute(n->__getattribute__);
    if (!plain_reads) {
        cls->open_getattro = NULL;
        cls->open_reads = 0;
    } else if (cls->open_getattro == NULL && type->tp_getattro != cs_struct_getattro) {
        int cached = 0; /* what a cached property has not made yet, only the hook can make */
        for (uint32_t i = 0; i < cls->field_count; i++) { cached |= cls->fields[i].cached != NULL; }
        cls->quick_getattro = cs_struct_getattro;
        cls->open_getattro = CS_HOOK_SPECIALISES ? type->tp_getattro : cached ? NULL : PyObject_GenericGetAttr;
        if (!CS_HOOK_SPECIALISES || cls->pointer_count != cls->field_count) { type->tp_getattro = cs_struct_getattro; }
    }
    return 0;
}

/* ---- forward references ---- */

int cs_class_resolve(cs_class *cls) {
    PyObject *module = PyImport_ImportModule("cslots._plan");
    if (module == NULL) { return -1; }
    int result = 0;
    for (uint32_t i = 0; i < cls->field_count && result == 0; i++) {
        cs_field *field = &cls->fields[i];
        if (!(field->flags & CS_FIELD_DEFERRED)) { continue; }
        PyObject *found = PyObject_CallMethod(module, "resolve_deferred", "OO", cls->type, field->spec), *argument;
        const char *kind;
        if (found == NULL || !PyArg_ParseTuple(found, "sO", &kind, &argument)) {
            result = -1;
        } else if (field->flags & CS_FIELD_DEFERRED) { /* not resolved by somebody else meanwhile */
            if (strcmp(kind, "struct") == 0 && PyType_Check(argument)) {
                field->argument = Py_NewRef(argument);
                field->kind = CS_STRUCT;
            }
            field->flags &= (uint8_t)~CS_FIELD_DEFERRED;
        }
        Py_XDECREF(found);
    }
    if (result == 0) { cls->flags &= ~(uint32_t)CS_CLASS_DEFERRED; }
    Py_DECREF(module);
    return result;
}

/* ---- the end of a class ---- */

int cs_class_traverse(cs_class *cls, visitproc visit, void *arg) {
    for (uint32_t i = 0; i < cls->field_count; i++) {
        const cs_field *field = &cls->fields[i];
        Py_VISIT(field->argument);
        Py_VISIT(field->default_value);
        Py_VISIT(field->factory);
        Py_VISIT(field->spec);
        Py_VISIT(field->flag_cache);
        Py_VISIT(field->cached);
    }
    for (uint32_t i = 0; i < cls->param_count; i++) { Py_VISIT(cls->params[i].default_value); }
    Py_VISIT(cls->plan);
    Py_VISIT(cls->loader);
    Py_VISIT(cls->module);
    Py_VISIT((PyObject *)cls->row_type);
    return 0;
}

/* Breaks cycles through what the class refers to. Only the collector calls it, for a class that no live object refers to; should a dying object
 * still be looked at, fields of a Struct, Enum, Literal or Flag kind are unset for it. */
void cs_class_clear(cs_class *cls) {
    for (uint32_t i = 0; i < cls->field_count; i++) {
        Py_CLEAR(cls->fields[i].default_value);
        Py_CLEAR(cls->fields[i].factory);
        Py_CLEAR(cls->fields[i].spec);
        Py_CLEAR(cls->fields[i].cached);
        if (cls->fields[i].kind != CS_CATEGORY) { Py_CLEAR(cls->fields[i].argument); } /* a Node refers to Node */
    }
    for (uint32_t i = 0; i < cls->param_count; i++) { Py_CLEAR(cls->params[i].default_value); }
    Py_CLEAR(cls->plan);
    Py_CLEAR(cls->loader);
    Py_CLEAR(cls->module);
    Py_CLEAR(cls->row_type);
}

void cs_class_free(cs_class *cls) {
    if (cls == NULL) { return; }
    cs_class_clear(cls);
    cs_kwcalls_clear(cls);
    for (uint32_t i = 0; i < cls->param_count; i++) { Py_XDECREF(cls->params[i].name); }
    for (uint32_t i = 0; i < cls->field_count; i++) {
        cs_field *field = &cls->fields[i];
        cs_ptrmap_clear(&field->choices);
        Py_XDECREF(field->argument);
        Py_XDECREF(field->flag_cache);
        Py_XDECREF(field->name);
    }
    PyMem_Free(cls->fields);
    PyMem_Free(cls->params);
    PyMem_Free(cls->pointers);
    PyMem_Free(cls->words);
    PyMem_Free(cls->text_ends);
    PyMem_Free(cls->text_params);
    PyMem_Free(cls->eq_steps);
    PyMem_Free(cls->hash_steps);
    PyMem_Free(cls->members);
    cs_foreign_clear(cls);
    cs_ptrmap_clear(&cls->packed);
    cs_ptrmap_clear(&cls->names);
    cs_ptrmap_clear(&cls->parameters);
    cs_ptrmap_clear(&cls->blanks); /* empty: every object holds its class */
    cs_layout_clear(&cls->layout);
    PyMem_Free(cls);
}
