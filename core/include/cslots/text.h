/* text.h: the texts of one object, in its tail or in one heap block.
 *
 *   inline   capacity word = c < 0x8000       spilled   capacity word = c | 0x8000
 *   +-----------------------+--------+        +---------------+----------+
 *   | text 0 | text 1 | ... | free   |        | cs_text_block*| unused   |    cs_text_block: capacity, count ends, bytes
 *   +-----------------------+--------+        +---------------+----------+
 *   0                       ends      c       0               8          c
 *
 * Text j is bytes [end(j-1), end(j)), where end(-1) is 0. Inline, end(j) is a uint16 in the fixed part of the object, at ends[j] bytes from its start;
 * spilled, it is a size_t in the heap block and the uint16s mean nothing.
 *
 * Invariants: c >= 8 (room for the pointer), c <= 0x7FFF; ends never decrease; inline, the last end <= c.
 * Ownership: the object owns the heap block. The tail begins at any byte, so the pointer is read and written with memcpy.
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

/* Make all texts of the object empty, inline, with this inline capacity (CS_TEXT_INLINE_MIN..CS_TEXT_INLINE_MAX). The tail's bytes may be garbage. */
void cs_text_init(const cs_text_shape *shape, void *object, size_t capacity);
/* Free the heap block, if there is one; all texts are empty and inline after it. */
void cs_text_clear(const cs_text_shape *shape, void *object, const cs_allocator *allocator);
/* Replace text `index`. `data` must not point into the object's own texts. CS_NO_MEMORY, CS_TOO_LARGE: nothing changed. */
cs_status cs_text_set(const cs_text_shape *shape, void *object, const cs_allocator *allocator, size_t index, const char *data, size_t size);
/* Set all texts of a freshly initialised object at once: count datas and sizes (data may be NULL where size is 0). */
cs_status cs_text_set_all(const cs_text_shape *shape, void *object, const cs_allocator *allocator, const cs_text *texts);
/* Bytes of the heap block, 0 when inline. */
size_t cs_text_heap_size(const cs_text_shape *shape, const void *object);
/* Bytes of all texts together. */
size_t cs_text_total(const cs_text_shape *shape, const void *object);
int cs_text_check(const cs_text_shape *shape, const void *object); /* 0, or the number of the broken invariant */

static inline uint16_t cs_text_word(const void *object, uint32_t offset) {
    uint16_t word;
    memcpy(&word, (const char *)object + offset, sizeof word);
    return word;
}

cs_text cs_text_get_spilled(const cs_text_shape *shape, const void *object, size_t index);

static inline cs_text cs_text_get(const cs_text_shape *shape, const void *object, size_t index) {
    if (cs_text_word(object, shape->capacity) & CS_TEXT_SPILLED) { return cs_text_get_spilled(shape, object, index); }
    size_t start = index ? cs_text_word(object, shape->ends[index - 1]) : 0;
    size_t end = cs_text_word(object, shape->ends[index]);
    return (cs_text){(const char *)object + shape->tail + start, end - start};
}

#endif
