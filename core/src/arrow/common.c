/* arrow/common.c: errors, and dictionaries.
 *
 *   cs_dictionary   +------+-------+---------------------+-----------------+
 *                   | refs | count | offsets, count + 1  | bytes           |
 *                   +------+-------+---------------------+-----------------+
 *
 * A dictionary is one block, which never changes after it was made.
 */
#include "arrow/common.h"

#include <stdio.h>

cs_status cs_arrow_fail(cs_arrow_error *error, cs_arrow_fault fault, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    error->fault = fault;
    /* a long name is cut off */
    (void)vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return fault == CS_ARROW_SIZE ? CS_TOO_LARGE : CS_INVALID;
}

struct cs_dictionary {
    atomic_size_t refs;
    const cs_allocator *allocator;
    size_t count;
    int32_t *offsets; /* count + 1 */
    char *bytes;
};

cs_status cs_dictionary_new(cs_dictionary **dictionary, const cs_allocator *allocator,
                            const cs_text *strings, size_t count, size_t *bad) {
    size_t bytes = 0;
    if (count >= INT32_MAX) { return CS_TOO_LARGE; }
    for (size_t i = 0; i < count; i++) {
        if (strings[i].size > (size_t)INT32_MAX - bytes) { return CS_TOO_LARGE; }
        if (!cs_utf8_is_valid(strings[i].data, strings[i].size)) {
            *bad = i;
            return CS_INVALID;
        }
        bytes += strings[i].size;
    }
    cs_dictionary *made =
        allocator->alloc(allocator->ctx, sizeof *made + (count + 1) * sizeof(int32_t) + bytes);
    if (made == NULL) { return CS_NO_MEMORY; }
    made->allocator = allocator;
    made->count = count;
    made->offsets = (int32_t *)(void *)(made + 1);
    made->bytes = (char *)(made->offsets + count + 1);
    atomic_init(&made->refs, 1);
    size_t end = 0;
    made->offsets[0] = 0;
    for (size_t i = 0; i < count; i++) {
        cs_text_copy(made->bytes + end, strings[i].data, strings[i].size);
        end += strings[i].size;
        made->offsets[i + 1] = (int32_t)end;
    }
    *dictionary = made;
    return CS_OK;
}

cs_dictionary *cs_dictionary_ref(cs_dictionary *dictionary) {
    atomic_fetch_add_explicit(&dictionary->refs, 1, memory_order_relaxed);
    return dictionary;
}

void cs_dictionary_unref(cs_dictionary *dictionary) {
    if (dictionary != NULL &&
        atomic_fetch_sub_explicit(&dictionary->refs, 1, memory_order_acq_rel) == 1) {
        dictionary->allocator->free(dictionary->allocator->ctx, dictionary);
    }
}

size_t cs_dictionary_count(const cs_dictionary *dictionary) { return dictionary->count; }
const int32_t *cs_dictionary_offsets(const cs_dictionary *dictionary) {
    return dictionary->offsets;
}
const char *cs_dictionary_bytes(const cs_dictionary *dictionary) { return dictionary->bytes; }
