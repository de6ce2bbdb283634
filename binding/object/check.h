/* object/check.h: CSLOTS_CHECK: does an object keep its invariants? On in the sanitizer build.
 *
 * cs_object_consistent() stands where an object becomes complete (cs_object_track), and after each
 * change of one. Where CSLOTS_CHECK is not defined, it costs nothing.
 */
#ifndef CS_OBJECT_CHECK_H
#define CS_OBJECT_CHECK_H

#include "model/class.h"

#ifdef CSLOTS_CHECK

/* Ends the process, and says which invariant is broken. Runs no user code; an exception may be in
 * flight. */
void cs_object_consistent(PyObject *self);

#else

static inline void cs_object_consistent(PyObject *self) { (void)self; }

#endif

#endif
