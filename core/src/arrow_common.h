/* arrow_common.h: what the files of the Arrow interface share among themselves. */
#ifndef CSLOTS_ARROW_COMMON_H
#define CSLOTS_ARROW_COMMON_H

#include <stdarg.h>

#include "bits.h"
#include "cslots/arrow.h"
#include "cslots/utf8.h"

#if defined(__GNUC__)
#define CS_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define CS_PRINTF(text, first)
#endif

const int32_t *cs_dictionary_offsets(const cs_dictionary *dictionary);
const char *cs_dictionary_bytes(const cs_dictionary *dictionary);

/* Fill *error; returns CS_INVALID, or CS_TOO_LARGE for CS_ARROW_SIZE. */
cs_status cs_arrow_fail(cs_arrow_error *error, cs_arrow_fault fault, const char *format, ...) CS_PRINTF(3, 4);

/* Looking through whole segments at once pays if they hold little else than the texts that are looked at. */
#define CS_SEGMENT_BYTES_A_ROW 128

/* A view whose text lies in itself: is the text ASCII, and what follows it zero? */
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

/* Does the view hold what its text says: zeros after a short one, the first bytes of a long one? Equality and sorting compare these. */
static inline int cs_view_is_sound(const cs_view *view, const cs_text *text) {
    if (text->size > CS_VIEW_INLINE) { return memcmp(view->out.prefix, text->data, sizeof view->out.prefix) == 0; }
    for (size_t i = text->size; i < CS_VIEW_INLINE; i++) {
        if (view->in.text[i] != 0) { return 0; }
    }
    return 1;
}

#endif
