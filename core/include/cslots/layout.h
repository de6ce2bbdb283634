/* layout.h: where the fields of a class lie in its objects.
 *
 *   16                                             size
 *   +--------+--------+----+--+--+-+-+-+----------+
 *   |   8    |   8    | 4  | 2| 2|1|b|b|   free   |
 *   +--------+--------+----+--+--+-+-+-+----------+
 *
 * Values are placed by falling size, each at the lowest free aligned offset. Then come bits,
 * packed into bytes of their own.
 *
 * A layout is an occupancy map: which bytes are taken, and which bits of the bytes that hold bits.
 * A subclass begins with a copy of its base's map. So it fills the base's holes and leaves every
 * base field in its place.
 *
 * Invariants: every placed value is aligned; no byte and no bit belongs to two owners; size is the
 * end of the last byte taken (not rounded).
 */
#ifndef CSLOTS_LAYOUT_H
#define CSLOTS_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "cslots/memory.h"
#include "cslots/status.h"

typedef struct {
    /* in */
    /* bytes of the value, 0 if it has none; a power of two or a multiple of align */
    uint32_t size;
    uint32_t align; /* a power of two, 1 if size is 0 */
    uint32_t bits; /* bits that must share one byte, 0 to 8 */
    /* out */
    uint32_t offset; /* of the value; 0 if size is 0 */
    uint32_t bit_byte; /* offset of the byte that holds the bits; 0 if bits is 0 */
    uint32_t bit_shift; /* number of the lowest of these bits in that byte */
} cs_place;

typedef struct {
    const cs_allocator *allocator;
    uint32_t size; /* end of the last taken byte */
    uint32_t capacity; /* of the two arrays */
    uint8_t *taken; /* a byte for each byte: 0 free, 1 a value, 2 bits */
    uint8_t *bits; /* of a byte of bits: which bits are taken */
} cs_layout;

#define CS_LAYOUT_MAX ((uint32_t)1 << 24) /* bytes an object may have */

void cs_layout_init(cs_layout *layout, const cs_allocator *allocator);
void cs_layout_clear(cs_layout *layout); /* frees the map; may be called twice */
/* Take the first `size` bytes (the object header). CS_NO_MEMORY, CS_TOO_LARGE. */
cs_status cs_layout_reserve(cs_layout *layout, uint32_t size);
cs_status cs_layout_copy(cs_layout *to, const cs_layout *from); /* `to` is initialised and empty */
/* Place all `count` requests: values by falling size (ties in the order given), then bits. All or
 * nothing. CS_NO_MEMORY, CS_TOO_LARGE, CS_INVALID (an align that is not a power of two, bits >
 * 8). */
cs_status cs_layout_place(cs_layout *layout, cs_place *places, size_t count);
/* The free bytes below size, and the free bits in bytes of bits. */
void cs_layout_holes(const cs_layout *layout, uint32_t *bytes, uint32_t *bits);
/* 0 when the invariants hold for these places (all that was ever placed in this layout). For
 * tests. */
int cs_layout_check(const cs_layout *layout, const cs_place *places, size_t count);

#endif
