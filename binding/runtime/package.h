/* runtime/package.h: calls into the Python half of cslots, and into modules that are imported late.
 *
 * They import, so they run user code: the caller holds what it uses afterwards.
 */
#ifndef CB_PACKAGE_H
#define CB_PACKAGE_H

#include "runtime/compat.h"

/* `from module import name`: a new reference, or NULL and an error. */
PyObject *cb_package_get(const char *module, const char *name);

/* module.name(first, second, ...): at most CB_PACKAGE_ARGUMENTS, and NULL behind the last one. */
enum { CB_PACKAGE_ARGUMENTS = 4 };
PyObject *cb_package_call(const char *module, const char *name, ...);

#endif
