/* runtime/package.h: calls into the Python half of cslots, and into modules that are imported late.
 *
 * They import, so they run user code: the caller holds what it uses afterwards.
 */
#ifndef CS_PACKAGE_H
#define CS_PACKAGE_H

#include "runtime/compat.h"

/* `from module import name`: a new reference, or NULL and an error. */
PyObject *cs_package_get(const char *module, const char *name);

/* module.name(first, second, ...): at most CS_PACKAGE_ARGUMENTS, and NULL behind the last one. */
enum { CS_PACKAGE_ARGUMENTS = 4 };
PyObject *cs_package_call(const char *module, const char *name, ...);

#endif
