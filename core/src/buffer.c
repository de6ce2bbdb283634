/* buffer.c: making, growing and giving back the buffers of buffer.h.
 *
 *   asked for          below CS_BUFFER_SPACE       from CS_BUFFER_SPACE on
 *                      +-------+                   +-----------+------------------------------+
 *   cs_buffer_new      | block |                   | committed | reserved: 8 times, >= 64 MiB |
 *                      +-------+                   +-----------+------------------------------+
 *   cs_buffer_grow     realloc, or copied          committed further
 *                      into a new space
 *
 * When the reservation is used up, the system moves the buffer to a larger one (space_move). If
 * the system cannot, the buffer is copied.
 *
 * Invariants
 *   - A space: capacity <= reserved, both multiples of CS_SPACE_STEP; [0, capacity) is committed.
 *     A block, and foreign bytes: capacity == reserved.
 *   - Only foreign data may be NULL. The data of a block of capacity 0 is the address behind the
 *     cs_buffer itself, which nobody reads.
 *
 * Where the system gives no address space, every buffer is a block.
 */
#include "cslots/buffer.h"

#include <string.h>

#define BLOCK_STEP ((size_t)16)
#if !defined(CS_RESERVE_MIN)
#define CS_RESERVE_MIN ((size_t)64 * 1024 * 1024)
#define CS_RESERVE_FACTOR ((size_t)8)
#endif
#define MOST ((size_t)PTRDIFF_MAX - CS_SPACE_STEP)

static size_t round_up(size_t size, size_t step) { return (size + (step - 1)) & ~(step - 1); }

static void copy(void *to, const void *from, size_t size) {
    if (size != 0) { memcpy(to, from, size); } /* memcpy may not be given NULL, even for nothing */
}

/* How much to reserve for this capacity, in the n-th attempt. 0: there are no further attempts. */
static size_t reservation(size_t capacity, int attempt) {
    size_t wanted = round_up(capacity, CS_SPACE_STEP);
    if (attempt == 0) {
        wanted = wanted > MOST / CS_RESERVE_FACTOR ? MOST : wanted * CS_RESERVE_FACTOR;
        if (wanted < CS_RESERVE_MIN && sizeof(size_t) > 4) { wanted = CS_RESERVE_MIN; }
    } else if (attempt == 1) {
        wanted += wanted / 2;
    }
    return attempt <= 2 ? round_up(wanted, CS_SPACE_STEP) : 0;
}

/* Give the buffer, which has no data, a space of this capacity; 0, or -1 if there is none. */
static int take_space(cs_buffer *buffer, size_t capacity) {
    const cs_allocator *allocator = buffer->allocator;
    size_t reserved;
    if (allocator->space_reserve == NULL) { return -1; }
    for (int attempt = 0; (reserved = reservation(capacity, attempt)) != 0; attempt++) {
        uint8_t *space = allocator->space_reserve(allocator->ctx, reserved);
        if (space == NULL) { continue; }
        capacity = round_up(capacity, CS_SPACE_STEP);
        if (allocator->space_commit(allocator->ctx, space, 0, capacity) != 0) {
            allocator->space_release(allocator->ctx, space, reserved);
            return -1;
        }
        buffer->data = space;
        buffer->capacity = capacity;
        buffer->reserved = reserved;
        buffer->space = 1;
        return 0;
    }
    return -1;
}

static void set_block(cs_buffer *buffer, uint8_t *data, size_t capacity) {
    buffer->data = data;
    buffer->capacity = buffer->reserved = capacity;
    buffer->space = 0;
}

/* The same with a zeroed block. */
static int take_block(cs_buffer *buffer, size_t capacity) {
    if (capacity == 0) {
        set_block(buffer, (uint8_t *)(buffer + 1), 0);
        return 0;
    }
    capacity = round_up(capacity, BLOCK_STEP);
    uint8_t *data = buffer->allocator->alloc(buffer->allocator->ctx, capacity);
    if (data == NULL) { return -1; }
    memset(data, 0, capacity);
    set_block(buffer, data, capacity);
    return 0;
}

static int take(cs_buffer *buffer, size_t capacity) {
    if (capacity > MOST) { return -1; }
    if (capacity >= CS_BUFFER_SPACE && take_space(buffer, capacity) == 0) { return 0; }
    return take_block(buffer, capacity);
}

/* Give back the bytes, but not the cs_buffer. */
static void drop_data(const cs_buffer *buffer) {
    const cs_allocator *allocator = buffer->allocator;
    if (buffer->release != NULL) {
        buffer->release(buffer->owner);
    } else if (buffer->space) {
        allocator->space_release(allocator->ctx, buffer->data, buffer->reserved);
    } else if (buffer->capacity != 0) {
        allocator->free(allocator->ctx, buffer->data);
    }
}

cs_buffer *cs_buffer_new(const cs_allocator *allocator, size_t capacity) {
    cs_buffer *buffer = allocator->alloc(allocator->ctx, sizeof *buffer);
    if (buffer == NULL) { return NULL; }
    memset(buffer, 0, sizeof *buffer);
    buffer->allocator = allocator;
    atomic_init(&buffer->refs, 1);
    if (take(buffer, capacity) != 0) {
        allocator->free(allocator->ctx, buffer);
        return NULL;
    }
    return buffer;
}

cs_buffer *cs_buffer_foreign(const cs_allocator *allocator, const void *data, size_t size,
                             void (*release)(void *owner), void *owner) {
    cs_buffer *buffer = allocator->alloc(allocator->ctx, sizeof *buffer);
    if (buffer == NULL) { return NULL; }
    memset(buffer, 0, sizeof *buffer);
    buffer->allocator = allocator;
    buffer->data = (uint8_t *)(uintptr_t)data;
    buffer->capacity = buffer->reserved = size;
    buffer->release = release;
    buffer->owner = owner;
    atomic_init(&buffer->refs, 1);
    return buffer;
}

cs_buffer *cs_buffer_ref(cs_buffer *buffer) {
    atomic_fetch_add_explicit(&buffer->refs, 1, memory_order_relaxed);
    return buffer;
}

void cs_buffer_unref(cs_buffer *buffer) {
    if (buffer == NULL || atomic_fetch_sub_explicit(&buffer->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    drop_data(buffer);
    buffer->allocator->free(buffer->allocator->ctx, buffer);
}

cs_buffer *cs_buffer_copy(const cs_buffer *buffer, const cs_allocator *allocator, size_t used,
                          size_t capacity) {
    cs_buffer *made = cs_buffer_new(allocator, capacity > used ? capacity : used);
    if (made != NULL) { copy(made->data, buffer->data, used); }
    return made;
}

/* ---- growing ---- */

/* Commit more of a space, where it is: 0, or -1. */
static int commit_further(cs_buffer *buffer, size_t capacity) {
    capacity = round_up(capacity, CS_SPACE_STEP);
    if (buffer->allocator->space_commit(buffer->allocator->ctx, buffer->data, buffer->capacity,
                                        capacity) != 0) {
        return -1;
    }
    buffer->capacity = capacity;
    return 0;
}

/* Let the system move a space to a larger reservation: 0, or -1. */
static int move_space(cs_buffer *buffer, size_t capacity) {
    const cs_allocator *allocator = buffer->allocator;
    size_t reserved;
    for (int attempt = 0; (reserved = reservation(capacity, attempt)) != 0; attempt++) {
        uint8_t *moved = allocator->space_move(allocator->ctx, buffer->data, buffer->capacity,
                                               buffer->reserved, reserved);
        if (moved == NULL) { continue; }
        buffer->data = moved;
        buffer->reserved = reserved;
        return commit_further(buffer, capacity);
    }
    return -1;
}

static int grow_block(cs_buffer *buffer, size_t capacity) {
    const cs_allocator *allocator = buffer->allocator;
    capacity = round_up(capacity, BLOCK_STEP);
    uint8_t *data =
        allocator->realloc(allocator->ctx, buffer->capacity != 0 ? buffer->data : NULL, capacity);
    if (data == NULL) { return -1; }
    memset(data + buffer->capacity, 0, capacity - buffer->capacity);
    set_block(buffer, data, capacity);
    return 0;
}

/* Other memory for a buffer with a single reference. */
static int move_copy(cs_buffer *buffer, size_t used, size_t capacity) {
    cs_buffer before = {.data = buffer->data,
                        .capacity = buffer->capacity,
                        .reserved = buffer->reserved,
                        .allocator = buffer->allocator,
                        .space = buffer->space};
    if (capacity < CS_BUFFER_SPACE || take_space(buffer, capacity) != 0) {
        if (!buffer->space) { return grow_block(buffer, capacity); }
        if (take_block(buffer, capacity) != 0) { return -1; }
    }
    copy(buffer->data, before.data, used);
    drop_data(&before);
    return 0;
}

cs_status cs_buffer_grow(cs_buffer **buffer, size_t used, size_t capacity, int may_move) {
    cs_buffer *old = *buffer;
    int foreign = cs_buffer_is_foreign(old);
    if (capacity <= (foreign ? used : old->capacity)) { return CS_OK; }
    if (capacity > MOST) { return CS_TOO_LARGE; }
    if (old->space && capacity <= old->reserved) {
        return commit_further(old, capacity) == 0 ? CS_OK : CS_NO_MEMORY;
    }
    if (!may_move) { return CS_PINNED; }
    if (foreign || cs_buffer_is_shared(old)) {
        cs_buffer *own = cs_buffer_copy(old, old->allocator, used, capacity);
        if (own == NULL) { return CS_NO_MEMORY; }
        cs_buffer_unref(old);
        *buffer = own;
        return CS_OK;
    }
    if (old->space && move_space(old, capacity) == 0) { return CS_OK; }
    return move_copy(old, used, capacity) == 0 ? CS_OK : CS_NO_MEMORY;
}

/* ---- giving back ---- */

void cs_buffer_zero(cs_buffer *buffer, size_t from, size_t to) {
    size_t first = round_up(from, CS_SPACE_STEP), last = to & ~(CS_SPACE_STEP - 1);
    if (!buffer->space || first >= last) {
        if (from < to) { memset(buffer->data + from, 0, to - from); }
        return;
    }
    memset(buffer->data + from, 0, first - from);
    buffer->allocator->region_discard(buffer->allocator->ctx, buffer->data + first, last - first);
    memset(buffer->data + last, 0, to - last);
}

void cs_buffer_shrink(cs_buffer *buffer, size_t capacity) {
    if (!buffer->space || capacity >= buffer->capacity || cs_buffer_is_shared(buffer)) { return; }
    cs_buffer_zero(buffer, round_up(capacity, CS_SPACE_STEP), buffer->capacity);
}
