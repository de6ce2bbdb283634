/* seen.c: which values with several references were met, how often, and by objects of which class.
 *
 *    address / 128 KiB  --table-->  4096 cells, one for each 32 bytes
 *                                   +----------+----------+
 *                                   | mark : 4 | met : 4  |      0: not met
 *                                   +----------+----------+
 *
 * No two objects share a cell: each takes at least 32 bytes. Only a bare object() takes 16, and
 * every second one may be missed. A table of pointers would take 16 bytes a value. This one takes
 * 1/32 of the memory around the values that are shared. Values with one reference, which can be
 * met only once, never come here. Most values have one, so the census is cheap.
 *
 * Tracked containers have a bit each in two maps of the same form. One says that the container was
 * counted, as a value of its one owner or as itself (a bit for 32 bytes). The other says that it
 * waits to be walked (a bit for 16, since the address must be found again).
 *
 * `met` stops at 15. `mark` says who met the value so far: 0 no class of interest, 1 to 6 one of
 * the largest classes, 7 to 12 the same class and at least once in a container of an attribute,
 * MIXED several classes.
 */
#include "census/seen.h"

#include "census/memory.h"
#include "cslots/compiler.h"

#define BYTES ((size_t)4096) /* of a region's cells */
#define CELL_SHIFT 5
#define CELL_REGION_SHIFT 17 /* 4096 cells of 32 bytes */
#define BIT_REGION_SHIFT 20  /* 32768 bits of 32 bytes */
#define WAIT_SHIFT 4
#define WAIT_REGION_SHIFT 19 /* 32768 bits of 16 bytes */

static size_t place(uint64_t region, size_t room) {
    return (size_t)((region * UINT64_C(0x9E3779B97F4A7C15)) >> 20) & (room - 1);
}

static bool grow(census *c, census_seen *seen) {
    size_t room = seen->room == 0 ? 1024 : seen->room * 2;
    census_region *regions = census_map(&c->memory, room * sizeof *regions);
    if (regions == NULL) { return census_failed(c); }
    for (size_t i = 0; i < seen->room; i++) {
        if (seen->regions[i].cells == NULL) { continue; }
        size_t at = place(seen->regions[i].region, room);
        while (regions[at].cells != NULL) { at = (at + 1) & (room - 1); }
        regions[at] = seen->regions[i];
    }
    census_unmap(&c->memory, seen->regions);
    seen->regions = regions;
    seen->room = room;
    return true;
}

/* The bytes of a region. NULL: no memory. */
static unsigned char *region_cells(census *c, census_seen *seen, uint64_t region) {
    if (seen->recent.cells != NULL && seen->recent.region == region) { return seen->recent.cells; }
    if (seen->count * 4 >= seen->room * 3 && !grow(c, seen)) { return NULL; }
    size_t at = place(region, seen->room);
    while (seen->regions[at].cells != NULL && seen->regions[at].region != region) {
        at = (at + 1) & (seen->room - 1);
    }
    if (seen->regions[at].cells == NULL) {
        unsigned char *cells = census_alloc(&c->memory, BYTES);
        if (cells == NULL) {
            census_failed(c);
            return NULL;
        }
        seen->regions[at] = (census_region){region, cells};
        seen->count++;
    }
    seen->recent = seen->regions[at];
    return seen->recent.cells;
}

unsigned char *census_cell(census *c, const void *address) {
    unsigned char *cells = region_cells(c, &c->seen, (uintptr_t)address >> CELL_REGION_SHIFT);
    return cells == NULL ? NULL : cells + ((uintptr_t)address >> CELL_SHIFT & (BYTES - 1));
}

bool census_seen_first(census *c, const void *address) {
    unsigned char *cell = census_cell(c, address);
    if (cell == NULL || *cell != 0) { return false; }
    *cell = 1;
    return true;
}

bool census_count_first(census *c, const void *address) {
    unsigned char *bits = region_cells(c, &c->counted, (uintptr_t)address >> BIT_REGION_SHIFT);
    if (bits == NULL) { return false; }
    size_t cell = (uintptr_t)address >> CELL_SHIFT & (BYTES * 8 - 1);
    unsigned char bit = (unsigned char)(1 << (cell & 7));
    if (bits[cell >> 3] & bit) { return false; }
    bits[cell >> 3] |= bit;
    return true;
}

bool census_wait(census *c, const void *address) {
    unsigned char *bits = region_cells(c, &c->waiting, (uintptr_t)address >> WAIT_REGION_SHIFT);
    if (bits == NULL) { return false; }
    size_t cell = (uintptr_t)address >> WAIT_SHIFT & (BYTES * 8 - 1);
    uint64_t word;
    memcpy(&word, bits + cell / 64 * 8, sizeof word);
    word |= (uint64_t)1 << (cell & 63);
    memcpy(bits + cell / 64 * 8, &word, sizeof word);
    return true;
}

bool census_each_waiting(census *c, census_next (*visit)(census *, PyObject *)) {
    for (size_t i = 0; i < c->waiting.room; i++) {
        const census_region *region = &c->waiting.regions[i];
        for (size_t at = 0; region->cells != NULL && at < BYTES; at += sizeof(uint64_t)) {
            uint64_t left, kept;
            /* A word is written and read as one, so the order of its bytes does not matter. */
            memcpy(&left, region->cells + at, sizeof left);
            kept = left;
            const char *base = (const char *)((uintptr_t)region->region << WAIT_REGION_SHIFT |
                                              at * 8 << WAIT_SHIFT);
            for (uint64_t rest; left != 0; left = rest) {
                rest = left & (left - 1);
                if (rest != 0) {
                    CS_PREFETCH(base + ((size_t)cs_trailing_zeros(rest) << WAIT_SHIFT));
                }
                census_next next =
                    visit(c, (PyObject *)(uintptr_t)(base + ((size_t)cs_trailing_zeros(left)
                                                             << WAIT_SHIFT)));
                if (next == NEXT_STOP) { return false; }
                if (next == NEXT_DONE) { kept &= ~(left & -left); }
            }
            memcpy(region->cells + at, &kept, sizeof kept);
        }
    }
    return true;
}
