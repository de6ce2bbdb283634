/* runtime/memory.h: the allocators that the core gets from Python. */
#ifndef CB_RUNTIME_MEMORY_H
#define CB_RUNTIME_MEMORY_H

#include "runtime/compat.h"

#include "cslots.h"

/* PyMem_Malloc, and pages that tracemalloc sees. */
extern const cs_allocator cb_python_allocator;
/* For columns: PyMem_RawMalloc, usable without the GIL. */
extern const cs_allocator cb_column_allocator;

#endif
