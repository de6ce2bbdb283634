/* layout.c: placing fields in the occupancy map of layout.h.
 *
 *   taken   1 1 1 1 1 1 1 1 1 1 1 1 1 1 2 0 0 0 ...     of each byte: 0 free, 1 a value, 2 bits
 *   bits    - - - - - - - - - - - - - - 7 - - - ...     of a byte of bits: which are taken
 *           0                           ^   ^   capacity
 *                                       14  size = 15
 *
 * Placing works on a copy of the map and on a list of its own. The caller's layout and places
 * change only when everything has found its place. That is what makes "all or nothing" plain.
 *
 * Why it stays fast with 10,000 fields: during one call bytes are only taken, never freed. A
 * search that failed below some offset would fail there again. So every search goes on where the
 * last one of its sort ended. There is one cursor for each alignment of the size in hand, one for
 * each width of bits, and one for free bytes.
 *
 * Bits are placed by falling width, too. A byte then fills up better: 5 + 3, rather than 3 + 3 and
 * a 5 in another byte.
 *
 * Ownership: `taken` and `bits` are the two halves of one block.
 */
#include "cslots/layout.h"

#include <stdlib.h>
#include <string.h>

enum { FREE = 0, VALUE = 1, BITS = 2 };
enum { ALIGNS = 32 }; /* one cursor for each power of two in 32 bits */

typedef struct {
    cs_place place;
    size_t index; /* in the caller's array */
} request;

void cs_layout_init(cs_layout *layout, const cs_allocator *allocator) {
    *layout = (cs_layout){.allocator = allocator};
}

void cs_layout_clear(cs_layout *layout) {
    if (layout->taken != NULL) { layout->allocator->free(layout->allocator->ctx, layout->taken); }
    cs_layout_init(layout, layout->allocator);
}

/* Make the map cover at least `end` bytes. */
static cs_status cover(cs_layout *layout, uint64_t end) {
    if (end <= layout->capacity) { return CS_OK; }
    if (end > CS_LAYOUT_MAX) { return CS_TOO_LARGE; }
    uint32_t capacity = layout->capacity ? layout->capacity : 64;
    /* ends at CS_LAYOUT_MAX at the latest, which is a power of two */
    while (capacity < end) { capacity *= 2; }
    uint8_t *taken = layout->allocator->alloc(layout->allocator->ctx, (size_t)capacity * 2);
    if (taken == NULL) { return CS_NO_MEMORY; }
    memset(taken, 0, (size_t)capacity * 2);
    if (layout->taken != NULL) {
        memcpy(taken, layout->taken, layout->size);
        memcpy(taken + capacity, layout->bits, layout->size);
        layout->allocator->free(layout->allocator->ctx, layout->taken);
    }
    layout->taken = taken;
    layout->bits = taken + capacity;
    layout->capacity = capacity;
    return CS_OK;
}

cs_status cs_layout_reserve(cs_layout *layout, uint32_t size) {
    cs_status status = cover(layout, size);
    if (status != CS_OK) { return status; }
    for (uint32_t i = 0; i < size; i++) {
        /* a byte that has an owner keeps it */
        if (layout->taken[i] == FREE) { layout->taken[i] = VALUE; }
    }
    if (layout->size < size) { layout->size = size; }
    return CS_OK;
}

cs_status cs_layout_copy(cs_layout *to, const cs_layout *from) {
    cs_status status = cover(to, from->size);
    if (status != CS_OK) { return status; }
    if (from->size != 0) {
        memcpy(to->taken, from->taken, from->size);
        memcpy(to->bits, from->bits, from->size);
    }
    to->size = from->size;
    return CS_OK;
}

/* The lowest free offset >= from that is a multiple of align and has `size` free bytes from there
 * on. The last of them may lie past the end of the map. */
static uint64_t find_bytes(const cs_layout *layout, uint64_t from, uint32_t size, uint32_t align) {
    uint64_t mask = (uint64_t)align - 1, at = (from + mask) & ~mask;
    while (at < layout->size) {
        uint64_t last = at + size - 1;
        if (last >= layout->size) { last = layout->size - 1; }
        /* From the back, so that one taken byte skips as much as it can. */
        while (last > at && layout->taken[last] == FREE) { last--; }
        if (layout->taken[last] == FREE) { return at; }
        at = (last + 1 + mask) & ~mask;
    }
    return at;
}

static cs_status place_values(cs_layout *layout, request *requests, size_t count) {
    uint64_t cursors[ALIGNS] = {0};
    uint64_t lowest = 0; /* everything below it is taken */
    uint32_t size = 0;
    for (size_t i = 0; i < count && requests[i].place.size != 0; i++) {
        cs_place *place = &requests[i].place;
        if (place->size != size) {
            size = place->size;
            lowest = find_bytes(layout, lowest, 1, 1);
            for (int j = 0; j < ALIGNS; j++) { cursors[j] = lowest; }
        }
        int sort = 0;
        while ((uint32_t)1 << sort != place->align) { sort++; }
        uint64_t at = find_bytes(layout, cursors[sort], size, place->align), end = at + size;
        cs_status status = cover(layout, end);
        if (status != CS_OK) { return status; }
        memset(layout->taken + at, VALUE, size);
        if (layout->size < end) { layout->size = (uint32_t)end; }
        cursors[sort] = end;
        place->offset = (uint32_t)at;
    }
    return CS_OK;
}

/* The lowest shift at which `width` bits of this byte of bits are free, or 8. */
static uint32_t find_bits(uint8_t taken, uint32_t width) {
    uint32_t wanted = ((uint32_t)1 << width) - 1;
    for (uint32_t shift = 0; shift + width <= 8; shift++) {
        if ((taken & wanted << shift) == 0) { return shift; }
    }
    return 8;
}

static cs_status place_bits(cs_layout *layout, request *requests, size_t count) {
    uint64_t at = 0, limit = 0; /* bytes of bits that may still have room for `width` bits */
    uint64_t lowest = 0; /* no byte below it is free */
    uint32_t width = 0;
    for (size_t i = 0; i < count && requests[i].place.bits != 0; i++) {
        cs_place *place = &requests[i].place;
        if (place->bits != width) {
            width = place->bits;
            at = 0;
            limit = layout->size;
        }
        uint32_t shift = 8;
        for (; at < limit; at++) {
            shift = layout->taken[at] == BITS ? find_bits(layout->bits[at], width) : 8;
            if (shift != 8) { break; }
        }
        if (shift == 8) {
            /* No byte of bits has room, and none will get it. From here on only the byte that is
             * opened now is worth a look. */
            at = lowest = find_bytes(layout, lowest, 1, 1);
            limit = at + 1;
            shift = 0;
            cs_status status = cover(layout, limit);
            if (status != CS_OK) { return status; }
            layout->taken[at] = BITS;
            if (layout->size < limit) { layout->size = (uint32_t)limit; }
        }
        layout->bits[at] = (uint8_t)(layout->bits[at] | (((uint32_t)1 << width) - 1) << shift);
        place->bit_byte = (uint32_t)at;
        place->bit_shift = shift;
    }
    return CS_OK;
}

static int by_falling_size(const void *left, const void *right) {
    const request *a = left, *b = right;
    if (a->place.size != b->place.size) { return a->place.size < b->place.size ? 1 : -1; }
    return a->index < b->index ? -1 : a->index > b->index;
}

static int by_falling_width(const void *left, const void *right) {
    const request *a = left, *b = right;
    if (a->place.bits != b->place.bits) { return a->place.bits < b->place.bits ? 1 : -1; }
    return a->index < b->index ? -1 : a->index > b->index;
}

static int is_sound(const cs_place *place) {
    return place->align != 0 && (place->align & (place->align - 1)) == 0 && place->bits <= 8;
}

static cs_status place_all(cs_layout *layout, request *requests, size_t count) {
    qsort(requests, count, sizeof *requests, by_falling_size);
    cs_status status = place_values(layout, requests, count);
    if (status != CS_OK) { return status; }
    qsort(requests, count, sizeof *requests, by_falling_width);
    return place_bits(layout, requests, count);
}

cs_status cs_layout_place(cs_layout *layout, cs_place *places, size_t count) {
    if (count == 0) { return CS_OK; }
    if (count > SIZE_MAX / sizeof(request)) { return CS_TOO_LARGE; }
    for (size_t i = 0; i < count; i++) {
        if (!is_sound(&places[i])) { return CS_INVALID; }
    }
    const cs_allocator *allocator = layout->allocator;
    request *requests = allocator->alloc(allocator->ctx, count * sizeof *requests);
    if (requests == NULL) { return CS_NO_MEMORY; }
    for (size_t i = 0; i < count; i++) {
        requests[i] = (request){places[i], i};
        requests[i].place.offset = requests[i].place.bit_byte = requests[i].place.bit_shift = 0;
    }
    cs_layout next;
    cs_layout_init(&next, allocator);
    cs_status status = cs_layout_copy(&next, layout);
    if (status == CS_OK) { status = place_all(&next, requests, count); }
    if (status == CS_OK) {
        for (size_t i = 0; i < count; i++) { places[requests[i].index] = requests[i].place; }
        cs_layout_clear(layout);
        *layout = next;
    } else {
        cs_layout_clear(&next);
    }
    allocator->free(allocator->ctx, requests);
    return status;
}

void cs_layout_holes(const cs_layout *layout, uint32_t *bytes, uint32_t *bits) {
    *bytes = *bits = 0;
    for (uint32_t i = 0; i < layout->size; i++) {
        if (layout->taken[i] == FREE) { ++*bytes; }
        for (int bit = 0; layout->taken[i] == BITS && bit < 8; bit++) {
            *bits += !(layout->bits[i] >> bit & 1);
        }
    }
}

/* Mark in `values` and `bits` what these places own. Returns 0, or the number of the broken
 * invariant. */
static int mark(const cs_layout *layout, const cs_place *places, size_t count, uint8_t *values,
                uint8_t *bits) {
    for (size_t i = 0; i < count; i++) {
        const cs_place *place = &places[i];
        if (!is_sound(place) || (place->size != 0 && place->offset % place->align != 0)) {
            return 1;
        }
        if ((uint64_t)place->offset + place->size > layout->size) { return 2; }
        for (uint32_t j = 0; j < place->size; j++) {
            if (values[place->offset + j]++ != 0) { return 3; }
        }
        if (place->bits == 0) { continue; }
        if (place->bit_byte >= layout->size || place->bit_shift + place->bits > 8) { return 4; }
        uint32_t wanted = (((uint32_t)1 << place->bits) - 1) << place->bit_shift;
        if (bits[place->bit_byte] & wanted) { return 5; }
        bits[place->bit_byte] = (uint8_t)(bits[place->bit_byte] | wanted);
    }
    return 0;
}

static int compare_marks(const cs_layout *layout, const uint8_t *values, const uint8_t *bits) {
    int in_header = 1; /* reserved bytes belong to no place; they come first */
    for (uint32_t i = 0; i < layout->size; i++) {
        uint8_t taken = layout->taken[i];
        if (taken == VALUE && !values[i] && !in_header) { return 6; }
        if (taken != VALUE || values[i]) { in_header = 0; }
        if (taken != VALUE && values[i]) { return 7; }
        if ((taken == BITS) != (bits[i] != 0) || layout->bits[i] != bits[i]) { return 8; }
    }
    for (uint32_t i = layout->size; i < layout->capacity; i++) {
        if (layout->taken[i] != FREE || layout->bits[i] != 0) { return 9; }
    }
    return layout->size != 0 && layout->taken[layout->size - 1] == FREE ? 10 : 0;
}

int cs_layout_check(const cs_layout *layout, const cs_place *places, size_t count) {
    if (layout->size > layout->capacity || layout->size > CS_LAYOUT_MAX) { return 11; }
    size_t size = layout->size ? layout->size : 1;
    uint8_t *values = layout->allocator->alloc(layout->allocator->ctx, size * 2);
    if (values == NULL) { return 12; }
    memset(values, 0, size * 2);
    int broken = mark(layout, places, count, values, values + size);
    if (broken == 0) { broken = compare_marks(layout, values, values + size); }
    layout->allocator->free(layout->allocator->ctx, values);
    return broken;
}
