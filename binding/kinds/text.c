/* kinds/text.c: between str objects and UTF-8, and the kind utf8. Lone surrogates are kept: a str
 * may have them. */
#include "kinds/text.h"

#include "model/errors.h"

PyObject *cb_text_str(cs_text text) {
    if (text.size <= 64) { /* most texts are short ASCII: no decoder for those */
        uint64_t high = 0, word;
        size_t i = 0;
        for (; i + 8 <= text.size; i += 8) {
            memcpy(&word, text.data + i, 8);
            high |= word;
        }
        for (; i < text.size; i++) { high |= (uint64_t)(uint8_t)text.data[i]; }
        if (text.size > 1 && (high & UINT64_C(0x8080808080808080)) == 0) {
            PyObject *str = PyUnicode_New((Py_ssize_t)text.size, 127);
            if (str != NULL) { memcpy(PyUnicode_1BYTE_DATA(str), text.data, text.size); }
            return str;
        }
    }
    if (memchr(text.data, 0xED, text.size) == NULL) {
        return PyUnicode_DecodeUTF8(text.data, (Py_ssize_t)text.size, NULL);
    }
    /* Perhaps a surrogate. The handler for it makes objects, so a collection may run, and a
     * finalizer may change this very text. */
    PyObject *copy = PyBytes_FromStringAndSize(text.data, (Py_ssize_t)text.size);
    PyObject *str = copy == NULL ? NULL
                                 : PyUnicode_DecodeUTF8(PyBytes_AS_STRING(copy),
                                                        PyBytes_GET_SIZE(copy), "surrogatepass");
    Py_XDECREF(copy);
    return str;
}

int cb_text_of(PyObject *str, cs_text *text, PyObject **keep) {
    *keep = NULL;
    if (PyUnicode_IS_COMPACT_ASCII(str)) {
        *text =
            (cs_text){(const char *)PyUnicode_1BYTE_DATA(str), (size_t)PyUnicode_GET_LENGTH(str)};
        return 0;
    }
    *keep = PyUnicode_AsEncodedString(
        str, "utf-8", "surrogatepass"); /* not AsUTF8: that would leave a copy in the str */
    if (*keep == NULL) { return -1; }
    *text = (cs_text){PyBytes_AS_STRING(*keep), (size_t)PyBytes_GET_SIZE(*keep)};
    return 0;
}

PyObject *cb_text_check_value(cb_class *cls, const cb_field *field, PyObject *value) {
    if (PyUnicode_CheckExact(value)) { return Py_NewRef(value); }
    if (!PyUnicode_Check(value)) {
        cb_error_type(cls, field, value);
        return NULL;
    }
    if (cb_is_numpy(value, "str_")) { return PyUnicode_FromObject(value); }
    cb_error_subclass(cls, field, value, "str");
    return NULL;
}

static int convert_text(cb_class *cls, const cb_field *field, PyObject *value, cb_value *out,
                        int *held) {
    (void)held;
    out->object = cb_text_check_value(cls, field, value);
    return out->object == NULL ? -1 : 0;
}

static PyObject *box_text(cb_class *cls, const cb_field *field, const cb_value *value) {
    (void)cls;
    (void)field;
    return Py_NewRef(value->object);
}

const cb_kind_ops cb_text_ops = {.convert = convert_text, .box = box_text};
