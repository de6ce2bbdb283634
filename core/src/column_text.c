/* column_text.c: replacing the texts of a column, and writing them all anew without the dead ones.
 *
 *   old segments   | a . . b . | . . c d . | . e |        . dead
 *                    |     |        | |        |          copied in the order of the rows
 *                    v     v        v v        v
 *   new segment    | e a b d c |
 *
 * An old segment gives its memory back while it is read. For each chunk of it the texts that are
 * still to be copied are counted, and the chunk goes with the last of them. So where texts lie
 * roughly in the order of their rows, both heaps together take little more than one. There is no
 * way back from that, so everything that can fail comes before. Segments that exports share stay
 * as they are.
 */
#include "cslots/column.h"

#define CHUNK CS_SPACE_STEP
#define STAYS SIZE_MAX

/* Texts in each chunk of the old segments. */
typedef struct {
    cs_textheap *heap;
    uint32_t *texts; /* texts still to be copied, by chunk; NULL: nothing is given back early */
    size_t *first;   /* chunk of each segment, or STAYS */
    size_t count;
} chunks;

static cs_view *views_of(const cs_column *column) { return (cs_view *)(void *)column->data; }

/* A last chunk that is not full goes with the segment. */
static size_t chunks_of(const cs_segment *segment) {
    if (!segment->buffer->space || segment->adopted || cs_buffer_is_shared(segment->buffer)) {
        return 0;
    }
    return segment->used / CHUNK;
}

/* If there is no memory to count them, nothing is given back early. */
static void chunks_init(chunks *c, cs_textheap *heap) {
    const cs_allocator *allocator = heap->allocator;
    *c = (chunks){.heap = heap};
    if (heap->count == 0) { return; }
    c->first = allocator->alloc(allocator->ctx, heap->count * sizeof *c->first);
    if (c->first == NULL) { return; }
    for (uint32_t i = 0; i < heap->count;
         i++) { /* asked once, since an export may end at any time */
        const size_t count = chunks_of(&heap->segments[i]);
        c->first[i] = count != 0 ? c->count : STAYS;
        c->count += count;
    }
    if (c->count == 0) { return; }
    c->texts = allocator->alloc(allocator->ctx, c->count * sizeof *c->texts);
    if (c->texts != NULL) { memset(c->texts, 0, c->count * sizeof *c->texts); }
}

static void chunks_clear(chunks *c) {
    c->heap->allocator->free(c->heap->allocator->ctx, c->first);
    c->heap->allocator->free(c->heap->allocator->ctx, c->texts);
}

static void give_back(const chunks *c, uint32_t segment, size_t chunk) {
    const cs_allocator *allocator = c->heap->allocator;
    allocator->region_discard(allocator->ctx,
                              c->heap->segments[segment].buffer->data + chunk * CHUNK, CHUNK);
}

/* A longer text is to be copied (change 1), or has been copied (-1). */
static void count_text(const chunks *c, const cs_view *view, uint32_t change) {
    const uint32_t segment = (uint32_t)view->out.segment;
    if (c->texts == NULL || c->first[segment] == STAYS) { return; }
    const size_t offset = (size_t)view->out.offset,
                 last = (offset + (size_t)view->out.size - 1) / CHUNK;
    const size_t full = c->heap->segments[segment].used / CHUNK;
    for (size_t chunk = offset / CHUNK; chunk <= last && chunk < full; chunk++) {
        c->texts[c->first[segment] + chunk] += change;
        if (change != 1 && c->texts[c->first[segment] + chunk] == 0) {
            give_back(c, segment, chunk);
        }
    }
}

/* Chunks in which all is dead. */
static void give_back_dead(const chunks *c) {
    for (uint32_t i = 0; i < c->heap->count && c->texts != NULL; i++) {
        if (c->first[i] == STAYS) { continue; }
        for (size_t chunk = 0; chunk < c->heap->segments[i].used / CHUNK; chunk++) {
            if (c->texts[c->first[i] + chunk] == 0) { give_back(c, i, chunk); }
        }
    }
}

/* Bytes of the longer texts. CS_INVALID: a text lies outside its segment. */
static cs_status measure(const cs_column *column, size_t rows, const chunks *c, size_t *total) {
    *total = 0;
    for (size_t i = 0; i < rows; i++) {
        const cs_view *view = views_of(column) + i;
        cs_text text;
        if (cs_textheap_get(&column->heap, view, &text) != 0) { return CS_INVALID; }
        if (text.size <= CS_VIEW_INLINE) { continue; }
        *total += text.size;
        count_text(c, view, 1);
    }
    return CS_OK;
}

/* `spare`: room to be left for further texts. */
static cs_status tidy(cs_column *column, size_t rows, size_t spare) {
    cs_status status = cs_column_own(column, rows);
    if (status != CS_OK) { return status; }
    cs_textheap made;
    chunks c;
    size_t total;
    cs_textheap_init(&made, column->heap.allocator);
    chunks_init(&c, &column->heap);
    status = measure(column, rows, &c, &total);
    if (status == CS_OK) { status = cs_textheap_reserve(&made, total + spare); }
    if (status == CS_OK) {
        give_back_dead(&c);
        for (size_t i = 0; i < rows; i++) {
            const cs_view old = views_of(column)[i];
            cs_text text = {NULL, 0};
            if (old.in.size <= CS_VIEW_INLINE) { continue; }
            (void)cs_textheap_get(&column->heap, &old, &text);
            /* there is room */
            (void)cs_textheap_put(&made, text.data, text.size, views_of(column) + i);
            count_text(&c, &old, UINT32_MAX);
        }
    }
    chunks_clear(&c);
    cs_textheap_clear(status == CS_OK ? &column->heap : &made);
    if (status == CS_OK) { column->heap = made; }
    return status;
}

cs_status cs_column_tidy_text(cs_column *column, size_t rows) {
    return column->sort == CS_COLUMN_TEXT ? tidy(column, rows, 0) : CS_INVALID;
}

/* Tidying keeps the spare room, which a caller may have reserved. If there is no memory for it,
 * the texts merely take more. */
cs_status cs_column_set_text_slow(cs_column *column, size_t row, size_t rows, const char *data,
                                  size_t size) {
    if (cs_textheap_is_untidy(&column->heap, rows)) {
        (void)tidy(column, rows, cs_textheap_free(&column->heap));
    }
    return cs_textheap_replace(&column->heap, data, size, views_of(column) + row);
}
