/* object/object_type.c: the C base of Struct: the methods and slots that every object has. It is
 * the roof of object/: their functions lie in the files beside it.
 */
#include "object/object_type.h"
#include "object/access.h"
#include "object/block.h"
#include "object/compare.h"
#include "object/construct.h"
#include "object/copy.h"
#include "object/hash.h"
#include "object/pickle.h"
#include "object/replace.h"
#include "object/value.h"
#include "runtime/package.h"

/* ---- methods of every Struct ---- */

static PyObject *method_sizeof(PyObject *self, PyObject *unused) {
    (void)unused;
    return PyLong_FromSize_t(cb_object_size(self));
}

static PyObject *pydantic_schema(PyObject *cls, PyObject *const *args, Py_ssize_t nargs) {
    if (nargs != 2) {
        PyErr_SetString(PyExc_TypeError,
                        "__get_pydantic_core_schema__() takes a type and a handler");
        return NULL;
    }
    return cb_package_call("cslots._interop", "pydantic_schema", cls, args[0], args[1], NULL);
}

static PyMethodDef object_methods[] = {
    {"__get_pydantic_core_schema__", (PyCFunction)(void (*)(void))pydantic_schema,
     METH_FASTCALL | METH_CLASS, "How pydantic validates and writes objects of the class."},
    {"__copy__", cb_copy, METH_NOARGS, "A copy of the object; what its fields refer to is shared."},
    {"__deepcopy__", cb_deepcopy, METH_O, "A copy of the object and of what its fields refer to."},
    {"__replace__", (PyCFunction)(void (*)(void))cb_replace_method, METH_FASTCALL | METH_KEYWORDS,
     "A new object from the constructor, with the given fields changed."},
    {"__getstate__", cb_get_state, METH_NOARGS,
     "What its __dict__ and its fields hold, as objects of classes with slots give it."},
    {"__setstate__", cb_set_state, METH_O,
     "Takes a state that __getstate__ gave, or that of a plain class or dataclass of before."},
    {"__reduce_ex__", cb_reduce_ex, METH_O,
     "How pickle takes the object apart: a loader and the packed bytes."},
    {"__sizeof__", method_sizeof, METH_NOARGS,
     "Bytes that the object takes from the allocator (sys.getsizeof adds the GC header)."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot object_slots[] = {
    {Py_tp_doc, "The part of Struct that is written in C."},
    {Py_tp_new, cb_struct_new},
    {Py_tp_dealloc, cb_struct_dealloc},
    {Py_tp_setattro, cb_struct_setattro},
    {Py_tp_richcompare, cb_struct_richcompare},
    {Py_tp_hash, cb_struct_hash},
    {Py_tp_repr, cb_struct_repr},
    {Py_tp_methods, object_methods},
    {0, NULL},
};

PyType_Spec cb_object_spec = {
    .name = "cslots._core.Object",
    /* nominal, so that CPython tells it from `object`: see class/build.c */
    .basicsize = sizeof(PyObject) + 1,
    .flags = Py_TPFLAGS_DEFAULT, /* only Struct derives from it: cb_struct_type_init */
    .slots = object_slots,
};

/* ---- how the values of these objects are reached ---- */

static int refer(cb_class *holder, const cb_field *field) {
    (void)holder;
    (void)field;
    return 0;
}

static PyObject *whole(PyObject *self) { return Py_NewRef(self); }

static void refresh(cb_class *cls) { (void)cls; }

const cb_access cb_object_access = {
    .is_unset = cb_own_is_unset,
    .get = cb_read_value,
    .set = cb_own_set,
    .delete_past = cb_own_delete_past,
    .cached = cb_own_cached,
    .refer = refer,
    .getattro = cb_struct_getattro,
    .setattro = cb_own_setattro,
    .untyped_setattro = cb_own_untyped_setattro,
    .richcompare = cb_own_richcompare,
    .compare_other = cb_own_compare_other,
    .hash = cb_own_hash,
    .whole = whole,
    .copy = cb_own_copy,
    .reduce = cb_own_reduce,
    .size = cb_own_size,
    .may_init = cb_own_may_init,
    .refresh = refresh,
};
