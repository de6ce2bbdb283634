/* blocks.c: how many bytes an allocator takes for a block, and where no heap is.
 *
 * pymalloc rounds up to 16 and takes up to 512 bytes. malloc adds a word and rounds up to 16, too.
 * For tables and texts of Python's own types, which certainly come from malloc, malloc is asked.
 * Memory that lies in the files of the program (static types, small ints, frozen code) is not heap
 * and counts as nothing.
 */
#include "census/blocks.h"

#include <stdlib.h>
#include <string.h>

#include "census/memory.h"
#include "census/system.h"
#include "cslots/compiler.h"

/* ---- where no heap is ---- */

static bool add_static(uint64_t from, uint64_t to, void *arg) {
    census *c = arg;
    if (c->static_count == c->static_room) {
        size_t room = c->static_room == 0 ? 256 : c->static_room * 2;
        census_range *more = census_alloc(&c->memory, room * sizeof *more);
        if (more == NULL) { return census_failed(c); }
        if (c->static_count != 0) { memcpy(more, c->statics, c->static_count * sizeof *more); }
        c->statics = more;
        c->static_room = room;
    }
    c->statics[c->static_count++] = (census_range){from, to};
    return true;
}

static int compare_ranges(const void *a, const void *b) {
    uint64_t x = ((const census_range *)a)->from, y = ((const census_range *)b)->from;
    return x < y ? -1 : x > y;
}

bool census_find_statics(census *c) {
    census_each_mapped_file(add_static, c);
    if (c->static_count != 0) {
        qsort(c->statics, c->static_count, sizeof *c->statics, compare_ranges);
    }
    return !c->no_memory;
}

bool census_is_static(const census *c, const void *address) {
    uint64_t at = (uintptr_t)address;
    size_t low = 0, high = c->static_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (c->statics[middle].from <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low != 0 && at < c->statics[low - 1].to;
}

/* ---- blocks ---- */

static size_t malloc_block(size_t size) {
    /* A large block gets pages of its own. */
    if (size >= (size_t)128 << 10) { return (size + 16 + 4095) & ~(size_t)4095; }
    size_t block = (size + 8 + 15) & ~(size_t)15;
    return block < 32 ? 32 : block;
}

/* Four sizes between a power of two and the next. */
static size_t mimalloc_block(size_t size) {
    if (size <= 64) { return (size + 15) & ~(size_t)15; }
    size_t step = (size_t)1 << (63 - cs_leading_zeros(size - 1)) >> 2;
    return (size + step - 1) & ~(step - 1);
}

size_t census_block(census *c, size_t size, bool count) {
    size_t block;
    if (size == 0) { return 0; }
    switch (c->allocator) {
    case ALLOCATOR_PYMALLOC_DEBUG: size += 3 * sizeof(void *); /* fall through */
    case ALLOCATOR_PYMALLOC:
        if (size > CENSUS_SMALL_BLOCK) { break; }
        block = (size + 15) & ~(size_t)15;
        if (count) { c->blocks[block / 16]++; }
        return block;
    case ALLOCATOR_MIMALLOC: return mimalloc_block(size);
    case ALLOCATOR_MALLOC_DEBUG: size += 3 * sizeof(void *); break;
    case ALLOCATOR_MALLOC: break;
    }
    block = malloc_block(size);
    if (count) { c->large_bytes += block; }
    return block;
}

size_t census_known_block(census *c, const void *start, size_t size, bool count) {
    if (size > CENSUS_SMALL_BLOCK && c->ask_malloc && start != NULL) {
        const size_t usable = census_malloc_size(start);
        if (usable != 0) {
            if (count) { c->large_bytes += usable + sizeof(size_t); }
            return usable + sizeof(size_t);
        }
    }
    return census_block(c, size, count);
}
