/* text.h: the texts of one object, in its tail or in one heap block.
 *
 *   inline   capacity word = c < 0x8000       spilled   capacity word = c | 0x8000
 *   +-----------------------+--------+        +---------------+----------+
 *   | text 0 | text 1 | ... | free   |        | cs_text_block*| unused   |
 *   +-----------------------+--------+        +---------------+----------+
 *   0                       ends      c       0               8          c
 *
 * Text j is bytes [end(j-1), end(j)), where end(-1) is 0. Inline, end(j) is a uint16 in the fixed
 * part of the object, at ends[j] bytes from its start. Spilled, it is a size_t in the heap block,
 * and the uint16s mean nothing.
 *
 * Invariants: c >= 8 (room for the pointer), c <= 0x7FFF; ends never decrease; inline, the last
 * end <= c.
 *
 * Ownership: the object owns the heap block. The tail begins at any byte, so the pointer is read
 * and written with memcpy.
 */
#ifndef CSLOTS_TEXT_H
#define CSLOTS_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "cslots/memory.h"
#include "cslots/status.h"

#define CS_TEXT_SPILLED ((uint16_t)0x8000)
#define CS_TEXT_INLINE_MIN ((size_t)8)
#define CS_TEXT_INLINE_MAX ((size_t)0x7FFF)

/* What a class knows about the texts of its objects. */
typedef struct {
    uint32_t tail;        /* offset of the tail in the object */
    uint32_t capacity;    /* offset of the uint16 capacity word, aligned to 2 */
    uint32_t count;       /* number of texts, at least 1 */
    const uint32_t *ends; /* offsets of the uint16 end words, aligned to 2, in text order */
} cs_text_shape;

typedef struct cs_text_block {
    size_t capacity; /* bytes that fit after the ends */
    size_t ends[];   /* shape->count of them, then the bytes */
} cs_text_block;

typedef struct {
    const char *data; /* not zero-terminated; valid until the next change of the object's texts */
    size_t size;
} cs_text;

/* Free the heap block, if there is one; all texts are empty and inline after it. */
void cs_text_clear(const cs_text_shape *shape, void *object, const cs_allocator *allocator);
/* Replace text `index`. `data` must not point into the object's own texts. CS_NO_MEMORY,
 * CS_TOO_LARGE: nothing changed. */
cs_status cs_text_set(const cs_text_shape *shape, void *object, const cs_allocator *allocator,
                      size_t index, const char *data, size_t size);
/* Set all texts of a freshly initialised object at once: count of them (data may be NULL where
 * size is 0). */
cs_status cs_text_set_all(const cs_text_shape *shape, void *object, const cs_allocator *allocator,
                          const cs_text *texts);
/* The object is complete: a heap block gives its spare bytes back. */
void cs_text_trim(const cs_text_shape *shape, void *object, const cs_allocator *allocator);
/* Bytes of a heap block before its texts. */
static inline size_t cs_text_overhead(const cs_text_shape *shape) {
    return sizeof(cs_text_block) + shape->count * sizeof(size_t);
}
/* Bytes of the heap block, 0 when inline. */
size_t cs_text_heap_size(const cs_text_shape *shape, const void *object);
/* Bytes of all texts together. */
size_t cs_text_total(const cs_text_shape *shape, const void *object);
/* 0, or the number of the broken invariant. */
int cs_text_check(const cs_text_shape *shape, const void *object);

static inline uint16_t cs_text_word(const void *object, uint32_t offset) {
    uint16_t word;
    memcpy(&word, (const char *)object + offset, sizeof word);
    return word;
}

static inline void cs_text_set_capacity(const cs_text_shape *shape, void *object, size_t capacity) {
    uint16_t word = (uint16_t)capacity;
    memcpy((char *)object + shape->capacity, &word, sizeof word);
}

/* Make all texts of the object empty and inline, with this inline capacity (CS_TEXT_INLINE_MIN to
 * CS_TEXT_INLINE_MAX). The tail's bytes may be garbage. */
static inline void cs_text_init(const cs_text_shape *shape, void *object, size_t capacity) {
    const uint16_t word = 0;
    cs_text_set_capacity(shape, object, capacity);
    for (uint32_t j = 0; j < shape->count; j++) {
        memcpy((char *)object + shape->ends[j], &word, sizeof word);
    }
}

static inline void cs_text_copy16(char *to, const char *from) {
    uint64_t a, b;
    memcpy(&a, from, 8);
    memcpy(&b, from + 8, 8);
    memcpy(to, &a, 8);
    memcpy(to + 8, &b, 8);
}

/* memcpy for the few bytes that most texts have, without a call: two words that overlap. */
static inline void cs_text_copy(char *to, const char *from, size_t size) {
    uint64_t a, b;
    uint32_t c, d;
    if (size > 32) {
        memcpy(to, from, size);
    } else if (size > 16) {
        cs_text_copy16(to, from);
        cs_text_copy16(to + size - 16, from + size - 16);
    } else if (size >= 8) {
        memcpy(&a, from, 8);
        memcpy(&b, from + size - 8, 8);
        memcpy(to, &a, 8);
        memcpy(to + size - 8, &b, 8);
    } else if (size >= 4) {
        memcpy(&c, from, 4);
        memcpy(&d, from + size - 4, 4);
        memcpy(to, &c, 4);
        memcpy(to + size - 4, &d, 4);
    } else {
        for (; size > 0; size--) { *to++ = *from++; }
    }
}

/* cs_text_set_all for texts that are known to fit inline. Of what cs_text_init sets it needs only
 * the capacity. */
static inline void cs_text_fill(const cs_text_shape *shape, void *object, const cs_text *texts) {
    char *tail = (char *)object + shape->tail;
    size_t end = 0;
    for (uint32_t j = 0; j < shape->count; j++) {
        cs_text_copy(tail + end, texts[j].data, texts[j].size);
        end += texts[j].size;
        uint16_t word = (uint16_t)end;
        memcpy((char *)object + shape->ends[j], &word, sizeof word);
    }
}

cs_text cs_text_get_spilled(const cs_text_shape *shape, const void *object, size_t index);

static inline cs_text cs_text_get(const cs_text_shape *shape, const void *object, size_t index) {
    if (cs_text_word(object, shape->capacity) & CS_TEXT_SPILLED) {
        return cs_text_get_spilled(shape, object, index);
    }
    size_t start = index ? cs_text_word(object, shape->ends[index - 1]) : 0;
    size_t end = cs_text_word(object, shape->ends[index]);
    return (cs_text){(const char *)object + shape->tail + start, end - start};
}

#endif
