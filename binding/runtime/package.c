/* runtime/package.c: calls into the Python half of cslots. */
#include "runtime/package.h"

#include <stdarg.h>

PyObject *cb_package_get(const char *module, const char *name) {
    PyObject *imported = PyImport_ImportModule(module);
    PyObject *found = imported == NULL ? NULL : PyObject_GetAttrString(imported, name);
    Py_XDECREF(imported);
    return found;
}

PyObject *cb_package_call(const char *module, const char *name, ...) {
    PyObject *arguments[CB_PACKAGE_ARGUMENTS], *argument;
    size_t count = 0;
    va_list given;
    va_start(given, name);
    while ((argument = va_arg(given, PyObject *)) != NULL) { arguments[count++] = argument; }
    va_end(given);
    PyObject *function = cb_package_get(module, name);
    PyObject *result =
        function == NULL ? NULL : PyObject_Vectorcall(function, arguments, count, NULL);
    Py_XDECREF(function);
    return result;
}
