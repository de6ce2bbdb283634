/* textheap.h: the texts of one column, as Arrow's string views.
 *
 *   view, 16 bytes                                        segment 0            segment 1 (open: texts are appended here)
 *   | size <= 12 | up to 12 bytes, zero padded |          +--------------+     +---------+--------+
 *   | size > 12  | 4 first bytes | segment | offset | --> | text text .. |     | text .. |  free  |
 *                                                         +--------------+     +---------+--------+
 *
 * Replacing a text writes in place where the new one is not longer and nobody else sees the bytes; else it is appended, and the old bytes are dead. Dead bytes are
 * counted; when they are more than CS_TEXTHEAP_DEAD_MIN and more than a third of the live ones, the column rewrites its texts (see cs_column_tidy_text).
 *
 * Invariants
 *   - live + dead == sum of used over all segments. A null row has a zero view.
 *   - Every text that was stored by us lies inside its segment. A view that came from outside (a mapped file) may lie: cs_textheap_get checks.
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
#define CS_TEXTHEAP_SEGMENT ((size_t)1 << 30)
#define CS_TEXTHEAP_DEAD_MIN ((size_t)64 * 1024)

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
    size_t frozen; /* bytes below may be seen by an export: never overwritten while the buffer is shared */
} cs_segment;

typedef struct {
    const cs_allocator *allocator;
    cs_segment *segments;
    uint32_t count, room;
    size_t live, dead; /* bytes of texts over 12 bytes */
} cs_textheap;

void cs_textheap_init(cs_textheap *heap, const cs_allocator *allocator);
void cs_textheap_clear(cs_textheap *heap); /* may be called twice */
/* Room for `bytes` more in one go, so that the next cs_textheap_put calls of that total cannot fail. CS_NO_MEMORY, CS_TOO_LARGE. */
cs_status cs_textheap_reserve(cs_textheap *heap, size_t bytes);
/* A view of a new text. CS_NO_MEMORY, CS_TOO_LARGE (over CS_TEXTHEAP_SEGMENT - 1). */
cs_status cs_textheap_put(cs_textheap *heap, const char *data, size_t size, cs_view *view);
/* Replace the text of *view; `data` must not point into this heap. */
cs_status cs_textheap_replace(cs_textheap *heap, const char *data, size_t size, cs_view *view);
/* The text of *view is no longer needed: its bytes are dead. */
void cs_textheap_drop(cs_textheap *heap, const cs_view *view);

/* The bytes of a view; they stay valid until the next change of the heap, or as long as *view for short ones. 0, or -1 if the view points outside its segment
 * (foreign data that lies). */
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
    *text = (cs_text){(const char *)heap->segments[segment].buffer->data + view->out.offset, (size_t)size};
    return 0;
}

#endif
