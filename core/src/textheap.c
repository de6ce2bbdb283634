/* textheap.c: segments: opening, filling, replacing texts. Reading and the usual append are inline
 * in textheap.h.
 *
 *   segment 0         segment 1         segment 2 (open)          segment 3
 *   +-----------+     +-----------+     +-------------------+     +--------------+
 *   | full      |     | full      |     | frozen | ..| free |     | room reserved|
 *   +-----------+     +-----------+     +-------------------+     +--------------+
 *
 * The open segment grows in place as long as it can, up to CS_TEXTHEAP_SEGMENT, as the buffer of a
 * column does. A segment that an export shares grows only where it stands. When it cannot, another
 * is opened, so an export costs no copy of the texts.
 *
 * Ownership: the heap holds one reference to each segment's buffer; exports hold more.
 */
#include "cslots/textheap.h"

#define SEGMENTS_MIN ((uint32_t)4)
#define SEGMENTS_MOST ((uint32_t)INT32_MAX)
#define FIRST_CAPACITY ((size_t)240)

void cs_textheap_init(cs_textheap *heap, const cs_allocator *allocator) {
    *heap = (cs_textheap){.allocator = allocator};
}

void cs_textheap_clear(cs_textheap *heap) {
    for (uint32_t i = 0; i < heap->count; i++) { cs_buffer_unref(heap->segments[i].buffer); }
    if (heap->segments != NULL) { heap->allocator->free(heap->allocator->ctx, heap->segments); }
    cs_textheap_init(heap, heap->allocator);
}

static cs_status room_for_segments(cs_textheap *heap, size_t count) {
    if (count > SEGMENTS_MOST - heap->count) { return CS_TOO_LARGE; }
    if (count <= heap->room - heap->count) { return CS_OK; }
    size_t room = heap->room < SEGMENTS_MOST / 2 ? (size_t)heap->room * 2 : SEGMENTS_MOST;
    if (room < SEGMENTS_MIN) { room = SEGMENTS_MIN; }
    if (room < heap->count + count) { room = heap->count + count; }
    if (room > SIZE_MAX / sizeof *heap->segments) { return CS_TOO_LARGE; }
    cs_segment *segments =
        heap->allocator->realloc(heap->allocator->ctx, heap->segments, room * sizeof *segments);
    if (segments == NULL) { return CS_NO_MEMORY; }
    heap->segments = segments;
    heap->room = (uint32_t)room;
    return CS_OK;
}

static size_t writable(const cs_buffer *buffer) {
    return buffer->capacity < CS_TEXTHEAP_SEGMENT ? buffer->capacity : CS_TEXTHEAP_SEGMENT;
}

/* Another empty segment; the array has room for it. */
static cs_status add_segment(cs_textheap *heap, size_t capacity) {
    cs_buffer *buffer = cs_buffer_new(heap->allocator, capacity);
    if (buffer == NULL) { return CS_NO_MEMORY; }
    heap->segments[heap->count++] = (cs_segment){.buffer = buffer, .capacity = writable(buffer)};
    return CS_OK;
}

cs_status cs_textheap_adopt(cs_textheap *heap, cs_buffer *buffer, size_t used) {
    cs_status status = used > CS_TEXTHEAP_SEGMENT || used > buffer->capacity
                           ? CS_TOO_LARGE
                           : room_for_segments(heap, 1);
    if (status != CS_OK) {
        cs_buffer_unref(buffer);
        return status;
    }
    heap->open = heap->count;
    heap->segments[heap->count++] =
        (cs_segment){.buffer = buffer, .used = used, .capacity = used, .adopted = 1};
    heap->live += used;
    return CS_OK;
}

/* The open segment grows to hold so many bytes in all. CS_PINNED: it cannot, or only with a
 * copy. */
static cs_status grow_open(cs_textheap *heap, size_t wanted) {
    cs_segment *open = &heap->segments[heap->open];
    if (open->adopted) { return CS_PINNED; }
    cs_status status =
        cs_buffer_grow(&open->buffer, open->used, wanted, !cs_buffer_is_shared(open->buffer));
    if (status == CS_OK) { open->capacity = writable(open->buffer); }
    return status;
}

/* Room for `bytes` in the open segment, or in one that becomes it. `spare`: more room that is
 * welcome. */
static cs_status make_room(cs_textheap *heap, size_t bytes, size_t spare) {
    const size_t most = CS_TEXTHEAP_SEGMENT;
    if (bytes > most) { return CS_TOO_LARGE; }
    if (heap->count != 0) {
        const cs_segment *open = &heap->segments[heap->open];
        if (bytes <= open->capacity - open->used) { return CS_OK; }
        if (heap->open + 1 < heap->count) { /* reserved, as large as a segment can be */
            heap->open++;
            return CS_OK;
        }
        if (bytes <= most - open->used) {
            size_t exact = open->used + bytes, wanted = spare < most - exact ? exact + spare : most;
            if (grow_open(heap, wanted) == CS_OK || grow_open(heap, exact) == CS_OK) {
                return CS_OK;
            }
        }
    }
    cs_status status = room_for_segments(heap, 1);
    if (status != CS_OK) { return status; }
    status = add_segment(heap, spare < most - bytes ? bytes + spare : most);
    if (status != CS_OK) { status = add_segment(heap, bytes); }
    if (status == CS_OK) { heap->open = heap->count - 1; }
    return status;
}

cs_status cs_textheap_put_slow(cs_textheap *heap, const char *data, size_t size, cs_view *view) {
    if (size >= CS_TEXTHEAP_SEGMENT) { return CS_TOO_LARGE; }
    size_t spare = heap->count != 0 ? heap->segments[heap->open].used / 2 : 0;
    if (spare < FIRST_CAPACITY) { spare = FIRST_CAPACITY; }
    cs_status status = make_room(heap, size, spare);
    return status == CS_OK ? cs_textheap_put(heap, data, size, view) : status;
}

cs_status cs_textheap_reserve(cs_textheap *heap, size_t bytes) {
    if (bytes <= CS_TEXTHEAP_SEGMENT) { return bytes == 0 ? CS_OK : make_room(heap, bytes, 0); }
    /* More than one segment. A text never spans two, so a segment may end half empty. But any two
     * neighbours hold more than the bytes of one segment. */
    size_t wanted = bytes / CS_TEXTHEAP_SEGMENT * 2 + 2;
    cs_status status = room_for_segments(heap, wanted);
    uint32_t behind = heap->count != 0 ? heap->count - heap->open - 1 : 0;
    for (size_t i = behind; i < wanted && status == CS_OK; i++) {
        status = add_segment(heap, CS_TEXTHEAP_SEGMENT);
    }
    return status;
}

/* May the heap write over these bytes? */
static int is_ours(const cs_segment *segment, size_t offset) {
    return !segment->adopted &&
           (offset >= segment->frozen || !cs_buffer_is_shared(segment->buffer));
}

static void count_dead(cs_textheap *heap, size_t bytes) {
    /* adopted texts may share their bytes, and would die twice */
    if (bytes > heap->live) { bytes = heap->live; }
    heap->live -= bytes;
    heap->dead += bytes;
}

void cs_textheap_drop(cs_textheap *heap, const cs_view *view) {
    cs_text text;
    if (cs_textheap_get(heap, view, &text) == 0 && text.size > CS_VIEW_INLINE) {
        count_dead(heap, text.size);
    }
}

cs_status cs_textheap_replace(cs_textheap *heap, const char *data, size_t size, cs_view *view) {
    cs_text old;
    cs_view made;
    int is_long = cs_textheap_get(heap, view, &old) == 0 && old.size > CS_VIEW_INLINE;
    if (is_long && size > CS_VIEW_INLINE && size <= old.size) {
        cs_segment *segment = &heap->segments[view->out.segment];
        if (is_ours(segment, (size_t)view->out.offset)) {
            memcpy(segment->buffer->data + view->out.offset, data, size);
            memcpy(view->out.prefix, data, 4);
            view->out.size = (int32_t)size;
            count_dead(heap, old.size - size);
            return CS_OK;
        }
    }
    cs_status status = cs_textheap_put(heap, data, size, &made);
    if (status != CS_OK) { return status; }
    if (is_long) { count_dead(heap, old.size); }
    *view = made;
    return CS_OK;
}
