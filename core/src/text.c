/* text.c: changing the texts of one object. Reading them inline is in text.h.
 *
 *   object                                      heap block
 *   +--------+------+-----+---------+           +----------+--------+-----+------------------+
 *   | header | ends | cap | pointer | --------> | capacity | end(0) | ... | texts, then free |
 *   +--------+------+-----+---------+           +----------+--------+-----+------------------+
 *
 * Invariants, besides those of text.h
 *   - A spilled object's block has count ends and at least end(count-1) bytes after them.
 *   - Inline, a change of one text moves the ends of all later texts, too. So the size of a text
 *     is always a difference of two ends.
 *
 * A change takes one of three ways: within the room there is (texts behind it move by memmove),
 * into a new or larger block, or from the block back into the tail. Everything that can fail comes
 * before the first byte that changes.
 */
#include "cslots/text.h"

/* A block has half as much room again, so that a text that grows step by step is not copied at
 * every step. */
#define SPARE_MIN ((size_t)16)

typedef struct {
    size_t start, size; /* of the text that changes, before the change */
    size_t total;       /* of all texts, before the change */
    size_t wanted;      /* of all texts, after the change */
} change;

static void put_word(void *object, uint32_t offset, size_t value) {
    uint16_t word = (uint16_t)value;
    memcpy((char *)object + offset, &word, sizeof word);
}

static void copy(void *to, const void *from, size_t size) {
    if (size != 0) { memcpy(to, from, size); } /* memcpy may not be given NULL, even for nothing */
}

static int is_spilled(const cs_text_shape *shape, const void *object) {
    return (cs_text_word(object, shape->capacity) & CS_TEXT_SPILLED) != 0;
}

static size_t inline_capacity(const cs_text_shape *shape, const void *object) {
    return cs_text_word(object, shape->capacity) & (size_t)CS_TEXT_INLINE_MAX;
}

static cs_text_block *block_of(const cs_text_shape *shape, const void *object) {
    cs_text_block *block;
    memcpy(&block, (const char *)object + shape->tail, sizeof block);
    return block;
}

static void set_block(const cs_text_shape *shape, void *object, cs_text_block *block) {
    memcpy((char *)object + shape->tail, &block, sizeof block);
    put_word(object, shape->capacity, inline_capacity(shape, object) | CS_TEXT_SPILLED);
}

static char *bytes_of(const cs_text_shape *shape, cs_text_block *block) {
    return (char *)(block->ends + shape->count);
}

/* The most bytes that a block may have for its texts. */
static size_t limit(const cs_text_shape *shape) {
    return (size_t)PTRDIFF_MAX - cs_text_overhead(shape);
}

static size_t with_spare(const cs_text_shape *shape, size_t total) {
    size_t spare = total / 2 > SPARE_MIN ? total / 2 : SPARE_MIN, most = limit(shape);
    return total < most - spare ? total + spare : most;
}

/* The texts as one run of bytes, wherever they are. */
static char *all_bytes(const cs_text_shape *shape, void *object) {
    return is_spilled(shape, object) ? bytes_of(shape, block_of(shape, object))
                                     : (char *)object + shape->tail;
}

static size_t end_of(const cs_text_shape *shape, const void *object, size_t index) {
    if (is_spilled(shape, object)) { return block_of(shape, object)->ends[index]; }
    return cs_text_word(object, shape->ends[index]);
}

void cs_text_clear(const cs_text_shape *shape, void *object, const cs_allocator *allocator) {
    if (is_spilled(shape, object)) { allocator->free(allocator->ctx, block_of(shape, object)); }
    cs_text_init(shape, object, inline_capacity(shape, object));
}

cs_text cs_text_get_spilled(const cs_text_shape *shape, const void *object, size_t index) {
    cs_text_block *block = block_of(shape, object);
    size_t start = index ? block->ends[index - 1] : 0;
    return (cs_text){bytes_of(shape, block) + start, block->ends[index] - start};
}

size_t cs_text_heap_size(const cs_text_shape *shape, const void *object) {
    return is_spilled(shape, object) ? cs_text_overhead(shape) + block_of(shape, object)->capacity
                                     : 0;
}

size_t cs_text_total(const cs_text_shape *shape, const void *object) {
    return end_of(shape, object, shape->count - 1);
}

/* Write all texts, with the changed one among them, to `to`, which is not where they are now. */
static void write_changed(const cs_text_shape *shape, void *object, const change *plan,
                          const char *data, size_t size, char *to) {
    const char *from = all_bytes(shape, object);
    size_t behind = plan->start + plan->size;
    copy(to, from, plan->start);
    copy(to + plan->start, data, size);
    copy(to + plan->start + size, from + behind, plan->total - behind);
}

/* The same in place; there is room. */
static void change_in_place(char *bytes, const change *plan, const char *data, size_t size) {
    size_t behind = plan->start + plan->size;
    memmove(bytes + plan->start + size, bytes + behind, plan->total - behind);
    copy(bytes + plan->start, data, size);
}

static cs_status spill(const cs_text_shape *shape, void *object, const cs_allocator *allocator,
                       size_t index, const change *plan, const char *data, size_t size) {
    size_t capacity = with_spare(shape, plan->wanted);
    cs_text_block *block = allocator->alloc(allocator->ctx, cs_text_overhead(shape) + capacity);
    if (block == NULL) { return CS_NO_MEMORY; }
    block->capacity = capacity;
    for (uint32_t j = 0; j < shape->count; j++) {
        block->ends[j] = end_of(shape, object, j) + (j >= index ? plan->wanted - plan->total : 0);
    }
    write_changed(shape, object, plan, data, size, bytes_of(shape, block));
    set_block(shape, object, block);
    return CS_OK;
}

static void move_back(const cs_text_shape *shape, void *object, const cs_allocator *allocator,
                      size_t index, const change *plan, const char *data, size_t size) {
    cs_text_block *block = block_of(shape, object);
    write_changed(shape, object, plan, data, size, (char *)object + shape->tail);
    for (uint32_t j = 0; j < shape->count; j++) {
        put_word(object, shape->ends[j],
                 block->ends[j] + (j >= index ? plan->wanted - plan->total : 0));
    }
    put_word(object, shape->capacity, inline_capacity(shape, object));
    allocator->free(allocator->ctx, block);
}

static cs_text_block *resize(const cs_text_shape *shape, void *object,
                             const cs_allocator *allocator, size_t capacity) {
    cs_text_block *block = allocator->realloc(allocator->ctx, block_of(shape, object),
                                              cs_text_overhead(shape) + capacity);
    if (block == NULL) { return NULL; }
    block->capacity = capacity;
    set_block(shape, object, block);
    return block;
}

static cs_status change_block(const cs_text_shape *shape, void *object,
                              const cs_allocator *allocator, size_t index, const change *plan,
                              const char *data, size_t size) {
    cs_text_block *block = block_of(shape, object);
    if (plan->wanted > block->capacity) {
        block = resize(shape, object, allocator, with_spare(shape, plan->wanted));
        if (block == NULL) { return CS_NO_MEMORY; }
    }
    change_in_place(bytes_of(shape, block), plan, data, size);
    for (size_t j = index; j < shape->count; j++) { block->ends[j] += plan->wanted - plan->total; }
    /* A block that is mostly empty gives its memory back. If that fails, the block is merely too
     * large. */
    size_t capacity = with_spare(shape, plan->wanted);
    if (capacity < block->capacity / 4) { (void)resize(shape, object, allocator, capacity); }
    return CS_OK;
}

cs_status cs_text_set(const cs_text_shape *shape, void *object, const cs_allocator *allocator,
                      size_t index, const char *data, size_t size) {
    change plan = {.start = index ? end_of(shape, object, index - 1) : 0,
                   .total = cs_text_total(shape, object)};
    plan.size = end_of(shape, object, index) - plan.start;
    size_t others = plan.total - plan.size, room = inline_capacity(shape, object);
    if (size > limit(shape) || others > limit(shape) - size) { return CS_TOO_LARGE; }
    plan.wanted = others + size;
    if (is_spilled(shape, object)) {
        if (plan.wanted > room) {
            return change_block(shape, object, allocator, index, &plan, data, size);
        }
        move_back(shape, object, allocator, index, &plan, data, size);
        return CS_OK;
    }
    if (plan.wanted > room) { return spill(shape, object, allocator, index, &plan, data, size); }
    change_in_place((char *)object + shape->tail, &plan, data, size);
    for (size_t j = index; j < shape->count; j++) {
        put_word(object, shape->ends[j],
                 cs_text_word(object, shape->ends[j]) + (plan.wanted - plan.total));
    }
    return CS_OK;
}

cs_status cs_text_set_all(const cs_text_shape *shape, void *object, const cs_allocator *allocator,
                          const cs_text *texts) {
    size_t total = 0;
    for (uint32_t j = 0; j < shape->count; j++) {
        if (texts[j].size > limit(shape) || total > limit(shape) - texts[j].size) {
            return CS_TOO_LARGE;
        }
        total += texts[j].size;
    }
    cs_text_block *block = NULL;
    char *to = (char *)object + shape->tail;
    if (total > inline_capacity(shape, object)) {
        /* exact, since most objects never change */
        block = allocator->alloc(allocator->ctx, cs_text_overhead(shape) + total);
        if (block == NULL) { return CS_NO_MEMORY; }
        block->capacity = total;
        to = bytes_of(shape, block);
    }
    size_t end = 0;
    for (uint32_t j = 0; j < shape->count; j++) {
        copy(to + end, texts[j].data, texts[j].size);
        end += texts[j].size;
        if (block != NULL) {
            block->ends[j] = end;
        } else {
            put_word(object, shape->ends[j], end);
        }
    }
    if (block != NULL) { set_block(shape, object, block); }
    return CS_OK;
}

void cs_text_trim(const cs_text_shape *shape, void *object, const cs_allocator *allocator) {
    if (!is_spilled(shape, object)) { return; }
    const size_t total = cs_text_total(shape, object);
    if (total < block_of(shape, object)->capacity) {
        (void)resize(shape, object, allocator, total);
    }
}

int cs_text_check(const cs_text_shape *shape, const void *object) {
    size_t room = inline_capacity(shape, object), last = 0;
    if (room < CS_TEXT_INLINE_MIN) { return 1; }
    for (uint32_t j = 0; j < shape->count; j++) {
        size_t end = end_of(shape, object, j);
        if (end < last) { return 2; }
        last = end;
    }
    if (is_spilled(shape, object)) { return last > block_of(shape, object)->capacity ? 3 : 0; }
    return last > room ? 4 : 0;
}
