/* runtime/memory.c: PyMem_* and the pages of the system, as allocators of the core. */
#include "runtime/memory.h"

static void *python_alloc(void *ctx, size_t size) {
    (void)ctx;
    return PyMem_Malloc(size);
}

static void *python_realloc(void *ctx, void *block, size_t size) {
    (void)ctx;
    return PyMem_Realloc(block, size);
}

static void python_free(void *ctx, void *block) {
    (void)ctx;
    PyMem_Free(block);
}

static void *python_region_map(void *ctx, size_t size, size_t align) {
    (void)ctx;
    return cs_system_allocator.region_map(cs_system_allocator.ctx, size, align);
}

static void python_region_unmap(void *ctx, void *region, size_t size) {
    (void)ctx;
    cs_system_allocator.region_unmap(cs_system_allocator.ctx, region, size);
}

static void python_region_discard(void *ctx, void *region, size_t size) {
    (void)ctx;
    cs_system_allocator.region_discard(cs_system_allocator.ctx, region, size);
}

static void python_page_used(void *ctx, void *page, size_t size) {
    (void)ctx;
    PyTraceMalloc_Track(0, (uintptr_t)page, size);
}

static void python_page_unused(void *ctx, void *page, size_t size) {
    (void)ctx;
    (void)size;
    PyTraceMalloc_Untrack(0, (uintptr_t)page);
}

const cs_allocator cb_python_allocator = {
    .ctx = NULL,
    .alloc = python_alloc,
    .realloc = python_realloc,
    .free = python_free,
    .region_map = python_region_map,
    .region_unmap = python_region_unmap,
    .region_discard = python_region_discard,
    .page_used = python_page_used,
    .page_unused = python_page_unused,
};

/* Columns are given back in any thread, with or without the GIL: only what needs neither. */
static void *raw_alloc(void *ctx, size_t size) {
    (void)ctx;
    return PyMem_RawMalloc(size);
}

static void *raw_realloc(void *ctx, void *block, size_t size) {
    (void)ctx;
    return PyMem_RawRealloc(block, size);
}

static void raw_free(void *ctx, void *block) {
    (void)ctx;
    PyMem_RawFree(block);
}

static void *raw_space_reserve(void *ctx, size_t size) {
    (void)ctx;
    return cs_system_allocator.space_reserve(cs_system_allocator.ctx, size);
}

static int raw_space_commit(void *ctx, void *space, size_t from, size_t to) {
    (void)ctx;
    return cs_system_allocator.space_commit(cs_system_allocator.ctx, space, from, to);
}

static void *raw_space_move(void *ctx, void *space, size_t committed, size_t reserved,
                            size_t wanted) {
    (void)ctx;
    return cs_system_allocator.space_move(cs_system_allocator.ctx, space, committed, reserved,
                                          wanted);
}

static void raw_space_release(void *ctx, void *space, size_t reserved) {
    (void)ctx;
    cs_system_allocator.space_release(cs_system_allocator.ctx, space, reserved);
}

const cs_allocator cb_column_allocator = {
    .alloc = raw_alloc,
    .realloc = raw_realloc,
    .free = raw_free,
    .region_map = python_region_map,
    .region_unmap = python_region_unmap,
    .region_discard = python_region_discard,
    .space_reserve = raw_space_reserve,
    .space_commit = raw_space_commit,
    .space_move = raw_space_move,
    .space_release = raw_space_release,
};
