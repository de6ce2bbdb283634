/* buffer.h: one counted block of column memory.
 *
 *   block (small)            space (large)
 *   +---------+------+       +---------+------+---------------------------------+
 *   |  used   | zero |       |  used   | zero |     reserved, no memory yet     |
 *   +---------+------+       +---------+------+---------------------------------+
 *   0             capacity   0             capacity                          reserved
 *
 * The address space of a space is reserved at once, its memory is committed as it is needed.
 *
 * The bytes of a *foreign* buffer belong to another owner (an Arrow array, a mapped file). They
 * are read only, unless nobody else sees them (a private mapping): then the buffer is `writable`.
 * `release` is called with the last reference.
 *
 * Invariants
 *   - Bytes that were never written, or were given back by cs_buffer_zero, are zero up to
 *     capacity.
 *   - `data` changes only in cs_buffer_grow, and only if the buffer has a single reference and may
 *     move.
 *
 * Ownership: references are counted atomically, since an Arrow consumer drops its own in any
 * thread, without Python's lock. So the allocator must work without that lock, too. Everything
 * else needs the lock of the owner.
 */
#ifndef CSLOTS_BUFFER_H
#define CSLOTS_BUFFER_H

#include <stddef.h>
#include <stdint.h>

#include "cslots/compiler.h"
#include "cslots/memory.h"
#include "cslots/status.h"

/* A buffer of this size or more lies in reserved address space. Smaller ones are blocks, so that a
 * small pool takes little. (The fuzzer makes this and other limits small, to cross them often.) */
#if !defined(CS_BUFFER_SPACE)
#define CS_BUFFER_SPACE ((size_t)64 * 1024)
#endif

typedef struct cs_buffer {
    uint8_t *data;
    size_t capacity;
    size_t reserved; /* bytes it can grow to without moving; of a block the capacity */
    const cs_allocator *allocator;
    void (*release)(void *owner); /* foreign only */
    void *owner;
    int writable; /* foreign bytes that nobody else sees: may be written to, but do not grow */
    atomic_size_t refs;
    int space; /* it lies in reserved address space, and capacity is what is committed */
} cs_buffer;

/* A new buffer with at least this capacity (may be 0), zeroed. NULL when out of memory. */
cs_buffer *cs_buffer_new(const cs_allocator *allocator, size_t capacity);
/* Around foreign bytes. data may be NULL where size is 0. NULL when out of memory, and `release`
 * has not been called then. */
cs_buffer *cs_buffer_foreign(const cs_allocator *allocator, const void *data, size_t size,
                             void (*release)(void *owner), void *owner);
cs_buffer *cs_buffer_ref(cs_buffer *buffer);
void cs_buffer_unref(cs_buffer *buffer);     /* NULL is allowed; any thread */
static inline int cs_buffer_is_shared(const cs_buffer *buffer) {
    return atomic_load_explicit(&buffer->refs, memory_order_acquire) > 1;
}
static inline int cs_buffer_is_foreign(const cs_buffer *buffer) { return buffer->release != NULL; }

/* Make *buffer hold `capacity` bytes, of which the first `used` are kept. It grows in place where
 * it can. Otherwise it moves, if may_move: the caller knows of no view into it. A single reference
 * moves without a copy where the system can do that. A shared or foreign buffer is left to its
 * other owners, and *buffer becomes a copy.
 *
 * The capacity is rounded up, and no more: the caller decides in which steps to grow. On failure
 * nothing has changed: CS_PINNED (it would have to move and may not), CS_NO_MEMORY,
 * CS_TOO_LARGE. */
cs_status cs_buffer_grow(cs_buffer **buffer, size_t used, size_t capacity, int may_move);
/* Give memory beyond `capacity` back to the system, as far as that can be done in place. Never
 * fails, never moves. Bytes up to buffer->capacity stay usable, and are zero. */
void cs_buffer_shrink(cs_buffer *buffer, size_t capacity);
/* Bytes [from, to) become zero; whole pages are given back to the system. Not for shared or
 * foreign buffers. */
void cs_buffer_zero(cs_buffer *buffer, size_t from, size_t to);
/* A copy of the first `used` bytes with room for `capacity`, one reference. NULL when out of
 * memory. */
cs_buffer *cs_buffer_copy(const cs_buffer *buffer, const cs_allocator *allocator, size_t used,
                          size_t capacity);

#endif
