/* memory.c: the memory of a census, which must be little and must all be given back.
 *
 *    chunks --> [ next | size | block block block ... free ] --> [ next | size | one big block ]
 *
 * Pages come directly from the system, not from malloc or Python's allocators. So they are zeroed,
 * tracemalloc does not see them, taking them does not change the heap that is being counted, and
 * giving them back shrinks the process at once. Small blocks are carved from chunks and live until
 * the end. Whatever way a census ends, census_memory_clear gives everything back.
 */
#include "census/memory.h"

#include "cslots/memory.h"

struct census_chunk {
    census_chunk *next;
    size_t size;
};

#define CHUNK_SIZE ((size_t)256 << 10)
#define PAGE ((size_t)4096)

static void *map_pages(census_memory *memory, size_t size) {
    if (memory->fail_in >= 0 && memory->fail_in-- == 0) { return NULL; }
    void *block = cs_system_allocator.region_map(cs_system_allocator.ctx, size, PAGE);
    if (block == NULL) { return NULL; }
    memory->bytes += size;
    if (memory->bytes > memory->peak) { memory->peak = memory->bytes; }
    return block;
}

static void unmap_pages(void *block, size_t size) {
    cs_system_allocator.region_unmap(cs_system_allocator.ctx, block, size);
}

static void *new_chunk(census_memory *memory, size_t size) {
    census_chunk *chunk = map_pages(memory, size);
    if (chunk == NULL) { return NULL; }
    chunk->next = memory->chunks;
    chunk->size = size;
    memory->chunks = chunk;
    return chunk;
}

void *census_alloc(census_memory *memory, size_t size) {
    if (size > SIZE_MAX / 2) { return NULL; }
    size = (size + 15) & ~(size_t)15;
    if (size > CHUNK_SIZE / 4) {
        char *chunk = new_chunk(memory, (size + 16 + PAGE - 1) & ~(PAGE - 1));
        return chunk == NULL ? NULL : chunk + 16;
    }
    if (memory->fail_in >= 0 && memory->left >= size && memory->fail_in-- == 0) { return NULL; }
    if (memory->left < size) {
        char *chunk = new_chunk(memory, CHUNK_SIZE);
        if (chunk == NULL) { return NULL; }
        memory->at = chunk + 16;
        memory->left = CHUNK_SIZE - 16;
    }
    void *block = memory->at;
    memory->at += size;
    memory->left -= size;
    return block;
}

/* A big table is a chunk as well, so that clearing finds it. Unmapping takes it out of the list,
 * where it stands near the head. */
void *census_map(census_memory *memory, size_t size) {
    if (size > SIZE_MAX / 2) { return NULL; }
    char *chunk = new_chunk(memory, (size + 16 + PAGE - 1) & ~(PAGE - 1));
    return chunk == NULL ? NULL : chunk + 16;
}

void census_unmap(census_memory *memory, void *block) {
    if (block == NULL) { return; }
    census_chunk *gone = (census_chunk *)((char *)block - 16);
    for (census_chunk **link = &memory->chunks; *link != NULL; link = &(*link)->next) {
        if (*link != gone) { continue; }
        *link = gone->next;
        memory->bytes -= gone->size;
        unmap_pages(gone, gone->size);
        return;
    }
}

void census_memory_clear(census_memory *memory) {
    for (census_chunk *chunk = memory->chunks, *next; chunk != NULL; chunk = next) {
        next = chunk->next;
        unmap_pages(chunk, chunk->size);
    }
    memory->chunks = NULL;
    memory->left = 0;
    memory->bytes = 0;
}
