/* runtime/memory.h: the allocators that the core gets from Python. */
#ifndef CS_RUNTIME_MEMORY_H
#define CS_RUNTIME_MEMORY_H

#include "runtime/compat.h"

#include "cslots.h"

/* PyMem_Malloc, and pages that tracemalloc sees. */
extern const cs_allocator cs_python_allocator;
/* For columns: PyMem_RawMalloc, usable without the GIL. */
extern const cs_allocator cs_column_allocator;

#endif
