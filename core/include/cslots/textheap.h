/* textheap.h: the texts of one column, as Arrow's string views.
 *
 *   view, 16 bytes                                        segment 0          segment 1 (open)
 *   | size <= 12 | up to 12 bytes, zero padded |          +------------+     +---------+------+
 *   | size > 12  | 4 first bytes | segment | offset | --> | text text  |     | text .. | free |
 *                                                         +------------+     +---------+------+
 *
 * New texts are appended to the open segment. A replacing text that is not longer is written in
 * place, if nobody else sees the bytes. Otherwise it is appended, and the old bytes are dead. The
 * column rewrites its texts (cs_column_tidy_text) when the dead bytes are more than
 * CS_TEXTHEAP_DEAD_MIN, more than a third of the live ones and more than the rows. So a heap takes
 * at most a third more than its texts, and rewriting costs each change a constant.
 *
 * Invariants
 *   - live + dead == sum of used over all segments. A null row has a zero view.
 *   - Segments behind the open one are empty: room reserved.
 *   - Every text that the heap itself stored lies inside its segment. A view that came from
 *     outside (a mapped file) may lie: cs_textheap_get checks.
 *   - A segment is at most CS_TEXTHEAP_SEGMENT long, so offsets fit an int32.
 */
#ifndef CSLOTS_TEXTHEAP_H
#define CSLOTS_TEXTHEAP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "cslots/buffer.h"
#include "cslots/text.h" /* cs_text */

#define CS_VIEW_INLINE 12
#if !defined(CS_TEXTHEAP_SEGMENT)
#define CS_TEXTHEAP_SEGMENT ((size_t)1 << 30)
#define CS_TEXTHEAP_DEAD_MIN ((size_t)64 * 1024)
#endif

typedef union {
    struct {
        int32_t size;
        char text[CS_VIEW_INLINE];
    } in;
    struct {
        int32_t size;
        char prefix[4];
        int32_t segment;
        int32_t offset;
    } out;
} cs_view;

_Static_assert(sizeof(cs_view) == 16, "Arrow's string view");

typedef struct {
    cs_buffer *buffer;
    size_t used;
    /* bytes up to which it may be filled, at most CS_TEXTHEAP_SEGMENT; `used` if it was adopted */
    size_t capacity;
    /* an export may see the bytes below: not overwritten while the buffer is shared */
    size_t frozen;
    int adopted; /* filled elsewhere: never written to */
} cs_segment;

typedef struct {
    const cs_allocator *allocator;
    cs_segment *segments;
    uint32_t count, room;
    uint32_t open; /* the segment where texts are appended; 0 while there is none */
    size_t live, dead; /* bytes of texts over 12 bytes */
} cs_textheap;

void cs_textheap_init(cs_textheap *heap, const cs_allocator *allocator);
void cs_textheap_clear(cs_textheap *heap); /* may be called twice */
/* Room for `bytes` more in one go. The next cs_textheap_put calls of that total cannot fail. The
 * next cs_column_set_text calls cannot fail either, up to CS_TEXTHEAP_SEGMENT. CS_NO_MEMORY,
 * CS_TOO_LARGE. */
cs_status cs_textheap_reserve(cs_textheap *heap, size_t bytes);
/* A further segment, which was filled elsewhere. Its bytes count as live, and are never
 * overwritten. The reference is stolen, on failure too. CS_NO_MEMORY, CS_TOO_LARGE. */
cs_status cs_textheap_adopt(cs_textheap *heap, cs_buffer *buffer, size_t used);
/* Where the open segment is full. */
cs_status cs_textheap_put_slow(cs_textheap *heap, const char *data, size_t size, cs_view *view);

/* A short text in its view. */
static inline void cs_view_inline(cs_view *view, const char *data, size_t size) {
    cs_view made = {.in = {.size = (int32_t)size}};
    cs_text_copy(made.in.text, data, size);
    *view = made;
}

/* Of a view that holds its text itself: is the text ASCII, and are the bytes behind it zero? */
static inline int cs_view_is_plain(const cs_view *view) {
    uint64_t low, high;
    const char *text = view->in.text;
    const size_t size = (size_t)view->in.size;
    uint32_t four;
    memcpy(&four, text, sizeof four);
    memcpy(&high, text + 4, sizeof high);
    low = four;
    if ((low | high) & UINT64_C(0x8080808080808080)) { return 0; }
    for (size_t i = size; i < CS_VIEW_INLINE; i++) {
        if (text[i] != 0) { return 0; }
    }
    return 1;
}

/* Does the view agree with its text: zeros after a short one, the first bytes of a long one?
 * Equality and sorting compare these. */
static inline int cs_view_is_sound(const cs_view *view, const cs_text *text) {
    if (text->size > CS_VIEW_INLINE) {
        return memcmp(view->out.prefix, text->data, sizeof view->out.prefix) == 0;
    }
    for (size_t i = text->size; i < CS_VIEW_INLINE; i++) {
        if (view->in.text[i] != 0) { return 0; }
    }
    return 1;
}

/* A view of a new text. CS_NO_MEMORY, CS_TOO_LARGE (over CS_TEXTHEAP_SEGMENT - 1). */
static inline cs_status cs_textheap_put(cs_textheap *heap, const char *data, size_t size,
                                        cs_view *view) {
    if (size <= CS_VIEW_INLINE) {
        cs_view_inline(view, data, size);
        return CS_OK;
    }
    if (heap->count == 0) { return cs_textheap_put_slow(heap, data, size, view); }
    cs_segment *open = &heap->segments[heap->open];
    if (size > open->capacity - open->used) { return cs_textheap_put_slow(heap, data, size, view); }
    cs_text_copy((char *)open->buffer->data + open->used, data, size);
    view->out.size = (int32_t)size;
    memcpy(view->out.prefix, data, 4);
    view->out.segment = (int32_t)heap->open;
    view->out.offset = (int32_t)open->used;
    open->used += size;
    heap->live += size;
    return CS_OK;
}

/* Replace the text of *view; `data` must not point into this heap. */
cs_status cs_textheap_replace(cs_textheap *heap, const char *data, size_t size, cs_view *view);
/* The text of *view is no longer needed: its bytes are dead. */
void cs_textheap_drop(cs_textheap *heap, const cs_view *view);

/* Room that is left in the open segment, or in one reserved behind it. cs_textheap_put cannot fail
 * for texts of that total. */
static inline size_t cs_textheap_free(const cs_textheap *heap) {
    if (heap->count == 0) { return 0; }
    const cs_segment *open = &heap->segments[heap->open];
    return heap->open + 1 < heap->count ? CS_TEXTHEAP_SEGMENT : open->capacity - open->used;
}

/* Should a column of so many rows write its texts anew? */
static inline int cs_textheap_is_untidy(const cs_textheap *heap, size_t rows) {
    return heap->dead > CS_TEXTHEAP_DEAD_MIN && heap->dead > heap->live / 3 && heap->dead > rows;
}

/* The bytes of a view. They stay valid until the next change of the heap; those of a short text,
 * as long as *view. -1: the view points outside its segment (foreign data that lies). */
static inline int cs_textheap_get(const cs_textheap *heap, const cs_view *view, cs_text *text) {
    const int32_t size = view->in.size;
    if ((uint32_t)size <= CS_VIEW_INLINE) {
        *text = (cs_text){view->in.text, (size_t)size};
        return 0;
    }
    const uint32_t segment = (uint32_t)view->out.segment;
    if (size < 0 || segment >= heap->count || view->out.offset < 0 ||
        (size_t)view->out.offset + (size_t)size > heap->segments[segment].used) {
        return -1;
    }
    *text = (cs_text){(const char *)heap->segments[segment].buffer->data + view->out.offset,
                      (size_t)size};
    return 0;
}

#endif
