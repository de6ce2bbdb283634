/* object/check.h: CSLOTS_CHECK: does an object keep its invariants? On in the sanitizer build.
 *
 * cb_object_consistent() stands where an object becomes complete (cb_object_track), and after each
 * change of one. Where CSLOTS_CHECK is not defined, it costs nothing.
 */
#ifndef CB_OBJECT_CHECK_H
#define CB_OBJECT_CHECK_H

#include "model/class.h"

#ifdef CSLOTS_CHECK

/* Ends the process, and says which invariant is broken. Runs no user code; an exception may be in
 * flight. */
void cb_object_consistent(PyObject *self);

#else

static inline void cb_object_consistent(PyObject *self) { (void)self; }

#endif

#endif
