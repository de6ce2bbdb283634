/* arrow/source.c: formats, the checks of structs, and those of texts and indexes. See
 * arrow/source.h.
 */
#include "arrow/source.h"

#include "cslots/kind.h"

/* ---- formats ---- */

static const struct {
    const char *text;
    cs_arrow_format format;
} formats[] = {
    {"n", {CS_FORMAT_NULL, 0, 0, 0, "null"}},
    {"b", {CS_FORMAT_BITS, 0, 0, 0, "bool"}},
    {"w:16", {CS_FORMAT_RAW, 16, 0, 0, "fixed_size_binary[16]"}},
    {"u", {CS_FORMAT_TEXT, 4, 0, 0, "string"}},
    {"U", {CS_FORMAT_TEXT, 8, 0, 0, "large_string"}},
    {"vu", {CS_FORMAT_TEXT, 16, 0, 0, "string_view"}},
    {"z", {CS_FORMAT_BINARY, 4, 0, 0, "binary"}},
    {"Z", {CS_FORMAT_BINARY, 8, 0, 0, "large_binary"}},
    {"vz", {CS_FORMAT_BINARY, 16, 0, 0, "binary_view"}},
    {"tdD", {CS_FORMAT_DATE, 4, 0, 1, "date32"}},
    {"tdm", {CS_FORMAT_DATE, 8, 0, 1000, "date64"}},
    {"tDs", {CS_FORMAT_DURATION, 8, 0, 1, "duration in s"}},
    {"tDm", {CS_FORMAT_DURATION, 8, 0, 1000, "duration in ms"}},
    {"tDu", {CS_FORMAT_DURATION, 8, 0, 1000000, "duration in us"}},
    {"tDn", {CS_FORMAT_DURATION, 8, 0, 1000000000, "duration in ns"}},
    /* not of Arrow: a target that takes naive timestamps or those in UTC */
    {"ts", {CS_FORMAT_TIMESTAMP, 8, 0, 1000000, NULL}},
    {"tts", {CS_FORMAT_OTHER, 0, 0, 0, "time32"}},
    {"ttm", {CS_FORMAT_OTHER, 0, 0, 0, "time32"}},
    {"ttu", {CS_FORMAT_OTHER, 0, 0, 0, "time64"}},
    {"ttn", {CS_FORMAT_OTHER, 0, 0, 0, "time64"}},
    {"+s", {CS_FORMAT_OTHER, 0, 0, 0, "struct"}},
    {"+l", {CS_FORMAT_OTHER, 0, 0, 0, "list"}},
    {"+L", {CS_FORMAT_OTHER, 0, 0, 0, "large_list"}},
    {"+m", {CS_FORMAT_OTHER, 0, 0, 0, "map"}},
    {"+r", {CS_FORMAT_OTHER, 0, 0, 0, "run-end encoded"}},
};

static const struct {
    const char *text;
    cs_arrow_format format;
} timestamps[] = {
    {"tss:", {CS_FORMAT_TIMESTAMP, 8, 0, 1, "timestamp in s"}},
    {"tsm:", {CS_FORMAT_TIMESTAMP, 8, 0, 1000, "timestamp in ms"}},
    {"tsu:", {CS_FORMAT_TIMESTAMP, 8, 0, 1000000, "timestamp in us"}},
    {"tsn:", {CS_FORMAT_TIMESTAMP, 8, 0, 1000000000, "timestamp in ns"}},
};

static const char *const names_of_utc[] = {"UTC", "Etc/UTC", "+00:00", "Z"};

static uint8_t zone_of(const char *zone) {
    if (*zone == '\0') { return 0; }
    for (size_t i = 0; i < sizeof names_of_utc / sizeof names_of_utc[0]; i++) {
        if (strcmp(zone, names_of_utc[i]) == 0) { return 1; }
    }
    return 2;
}

/* Of the numbers that have a kind of their own. */
static const uint8_t sorts_of_numbers[CS_FAMILY_COUNT] = {[CS_FAMILY_SIGNED] = CS_FORMAT_INT,
                                                          [CS_FAMILY_UNSIGNED] = CS_FORMAT_UINT,
                                                          [CS_FAMILY_FLOAT] = CS_FORMAT_FLOAT};

cs_arrow_format cs_arrow_format_of(const char *format) {
    for (int kind = 0; kind < CS_KIND_COUNT; kind++) {
        const cs_kind_info *info = &cs_kinds[kind];
        const uint8_t sort = sorts_of_numbers[info->family];
        if (sort != CS_FORMAT_OTHER && strcmp(format, info->arrow) == 0) {
            return (cs_arrow_format){.sort = sort, .width = info->size, .name = info->annotation};
        }
    }
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(format, formats[i].text) == 0) { return formats[i].format; }
    }
    for (size_t i = 0; i < sizeof timestamps / sizeof timestamps[0]; i++) {
        if (strncmp(format, timestamps[i].text, 4) == 0) {
            cs_arrow_format found = timestamps[i].format;
            found.utc = zone_of(format + 4);
            return found;
        }
    }
    return (cs_arrow_format){.sort = CS_FORMAT_OTHER};
}

/* ---- structs ---- */

static cs_status broken(const cs_arrow_place *place, const char *what) {
    return cs_arrow_fail(place->error, CS_ARROW_BROKEN,
                         "column '%s': the Arrow array is broken: %s", place->name, what);
}

static const char *unit_of(const cs_arrow_place *place) {
    return place->is_dictionary ? "dictionary entry" : "row";
}

static cs_status broken_row(const cs_arrow_place *place, size_t row, const char *what) {
    return cs_arrow_fail(place->error, CS_ARROW_BROKEN,
                         "column '%s', %s %zu: the Arrow array is broken: %s", place->name,
                         unit_of(place), place->base + row, what);
}

cs_status cs_arrow_source_changed(const cs_arrow_place *place, size_t row) {
    return broken_row(place, row, "it has changed since it was checked");
}

static int is_text(cs_arrow_format format) {
    return format.sort == CS_FORMAT_TEXT || format.sort == CS_FORMAT_BINARY;
}

/* How many buffers this format has; for views, how many at least. */
static int64_t buffers_of(cs_arrow_format format) {
    if (format.sort == CS_FORMAT_NULL) { return 0; }
    return is_text(format) ? 3 : 2;
}

static cs_status open_segments(cs_arrow_source *source, const struct ArrowArray *array,
                               const cs_arrow_place *place) {
    source->segment_count = (size_t)(array->n_buffers - 3);
    source->segments = array->buffers + 2;
    source->sizes = array->buffers[array->n_buffers - 1];
    if (source->segment_count > 0 && source->sizes == NULL) {
        return broken(place, "the sizes of its text buffers are missing");
    }
    for (size_t i = 0; i < source->segment_count; i++) {
        int64_t size;
        memcpy(&size, source->sizes + i * sizeof size, sizeof size);
        if (size < 0) { return broken(place, "the size of a text buffer is negative"); }
        if ((uint64_t)size > PTRDIFF_MAX) {
            return broken(place, "the size of a text buffer is beyond all memory");
        }
        if (size > 0 && source->segments[i] == NULL) {
            return broken(place, "a text buffer is missing");
        }
    }
    return CS_OK;
}

static cs_status open_nulls(cs_arrow_source *source, const struct ArrowArray *array,
                            int count_nulls, const cs_arrow_place *place) {
    const uint8_t *validity = array->buffers[0];
    if (validity == NULL) {
        return array->null_count > 0
                   ? broken(place, "it says that it has nulls, and has no validity buffer")
                   : CS_OK;
    }
    if (array->null_count == 0 && !count_nulls) { return CS_OK; }
    if (count_nulls && array->null_count >= 0) {
        const size_t all = (size_t)array->length;
        if (all - cs_bits_count(validity, (size_t)array->offset, (size_t)array->offset + all) !=
            (size_t)array->null_count) {
            return broken(place, "its null count is not that of its validity buffer");
        }
        if (array->null_count == 0) { return CS_OK; }
    }
    source->nulls =
        source->length - cs_bits_count(validity, source->from, source->from + source->length);
    if (source->nulls > 0) { source->validity = validity; }
    return CS_OK;
}

cs_status cs_arrow_source_open(cs_arrow_source *source, cs_arrow_format format,
                               const struct ArrowArray *array, size_t from, size_t length,
                               int count_nulls, const cs_arrow_place *place) {
    *source = (cs_arrow_source){.format = format, .length = length};
    if (array == NULL || array->release == NULL) {
        return broken(place, "it was released already");
    }
    if (array->length < 0 || array->offset < 0) {
        return broken(place, "its length or offset is negative");
    }
    if (array->null_count < -1 || array->null_count > array->length) {
        return broken(place, "its null count is impossible");
    }
    /* Offsets are one more than rows. All values, of up to 16 bytes each, must be addressable. */
    if ((uint64_t)array->length > PTRDIFF_MAX / 16 - 1 ||
        (uint64_t)array->offset > PTRDIFF_MAX / 16 - 1 - (uint64_t)array->length) {
        return broken(place, "its length and offset are beyond all memory");
    }
    if (from > (size_t)array->length || length > (size_t)array->length - from) {
        return broken(place, "it is shorter than the table it is in");
    }
    if (array->n_children != 0) { return broken(place, "it has children"); }
    const int64_t buffers = buffers_of(format);
    const int is_view = is_text(format) && format.width == 16;
    if (array->n_buffers < buffers || (array->n_buffers > buffers && !is_view)) {
        return broken(place, "the number of its buffers is not that of its format");
    }
    if (format.sort == CS_FORMAT_NULL) {
        source->nulls = length;
        return CS_OK;
    }
    if (array->buffers == NULL) { return broken(place, "its buffers are missing"); }
    source->from = (size_t)array->offset + from;
    source->values = array->buffers[1];
    if (source->values == NULL && length > 0) {
        return broken(place, "the buffer of its values is missing");
    }
    if (is_view) {
        const cs_status status = open_segments(source, array, place);
        if (status != CS_OK) { return status; }
    } else if (is_text(format)) {
        source->bytes = array->buffers[2];
    }
    return open_nulls(source, array, count_nulls, place);
}

/* ---- texts and indexes ---- */

static int64_t offset_at(const cs_arrow_source *source, size_t i) {
    int32_t four;
    int64_t eight;
    if (source->format.width == 4) { return memcpy(&four, source->values + i * 4, 4), four; }
    return memcpy(&eight, source->values + i * 8, 8), eight;
}

static int view_text(const cs_arrow_source *source, size_t row, cs_text *text) {
    const uint8_t *at = source->values + (source->from + row) * sizeof(cs_view);
    cs_view view;
    memcpy(&view, at, sizeof view);
    if (view.in.size < 0) { return -1; }
    const size_t size = (size_t)view.in.size;
    if (size <= CS_VIEW_INLINE) {
        *text = (cs_text){(const char *)at + offsetof(cs_view, in.text), size};
        return 0;
    }
    if (view.out.segment < 0 || (size_t)view.out.segment >= source->segment_count ||
        view.out.offset < 0) {
        return -1;
    }
    int64_t room;
    memcpy(&room, source->sizes + (size_t)view.out.segment * sizeof room, sizeof room);
    if ((uint64_t)view.out.offset + size > (uint64_t)room) { return -1; }
    *text = (cs_text){(const char *)source->segments[view.out.segment] + view.out.offset, size};
    return 0;
}

int cs_arrow_source_text(const cs_arrow_source *source, size_t row, cs_text *text) {
    if (source->format.width == 16) { return view_text(source, row, text); }
    const int64_t start = offset_at(source, source->from + row),
                  end = offset_at(source, source->from + row + 1);
    if (start < 0 || end < start || (uint64_t)end > PTRDIFF_MAX) { return -1; }
    if (end == start) {
        *text = (cs_text){"", 0};
        return 0;
    }
    if (source->bytes == NULL) { return -1; }
    *text = (cs_text){source->bytes + start, (size_t)(end - start)};
    return 0;
}

/* Offsets must not decrease between null rows either: the next text would begin too early. */
static cs_status check_offsets(const cs_arrow_source *source, const cs_arrow_place *place) {
    int64_t last = 0;
    for (size_t i = 0; i <= source->length && source->length > 0; i++) {
        const int64_t offset = offset_at(source, source->from + i);
        if (offset < 0) {
            return broken_row(place, i < source->length ? i : i - 1, "a text offset is negative");
        }
        if (offset < last) { return broken_row(place, i - 1, "its text offsets decrease"); }
        last = offset;
    }
    return CS_OK;
}

static int segments_are_ascii(const cs_arrow_source *source) {
    uint64_t total = 0;
    int64_t size;
    for (size_t i = 0; i < source->segment_count; i++) {
        memcpy(&size, source->sizes + i * sizeof size, sizeof size);
        total += (uint64_t)size;
        if (total / CS_SEGMENT_BYTES_A_ROW > source->length) { return 0; }
    }
    for (size_t i = 0; i < source->segment_count; i++) {
        memcpy(&size, source->sizes + i * sizeof size, sizeof size);
        if (!cs_utf8_is_ascii(source->segments[i], (size_t)size)) { return 0; }
    }
    return 1;
}

/* The bytes between the first offset and the last, which are known to rise. */
static int bytes_are_ascii(const cs_arrow_source *source) {
    if (source->length == 0 || source->bytes == NULL) { return 0; }
    const int64_t start = offset_at(source, source->from),
                  end = offset_at(source, source->from + source->length);
    if ((uint64_t)(end - start) / CS_SEGMENT_BYTES_A_ROW > source->length) { return 0; }
    return cs_utf8_is_ascii(source->bytes + start, (size_t)(end - start));
}

/* Is the text known to be right without a closer look? */
static int is_plain(const cs_arrow_source *source, size_t row, int ascii) {
    if (source->format.width != 16) { return ascii; }
    cs_view view;
    cs_text text;
    memcpy(&view, source->values + (source->from + row) * sizeof view, sizeof view);
    if ((uint32_t)view.in.size <= CS_VIEW_INLINE) { return cs_view_is_plain(&view); }
    return ascii && view_text(source, row, &text) == 0 && cs_view_is_sound(&view, &text);
}

static cs_status check_texts(const cs_arrow_source *source, const cs_arrow_place *place) {
    cs_text text;
    if (source->nulls == source->length) { return CS_OK; } /* no value is ever read */
    const cs_status status = source->format.width == 16 ? CS_OK : check_offsets(source, place);
    if (status != CS_OK) { return status; }
    const int ascii =
        source->format.width == 16 ? segments_are_ascii(source) : bytes_are_ascii(source);
    for (size_t row = 0; row < source->length; row++) {
        if (!cs_source_is_valid(source, row) || is_plain(source, row, ascii)) { continue; }
        if (cs_arrow_source_text(source, row, &text) != 0) {
            return broken_row(place, row, "the text lies outside of its buffer");
        }
        if (source->format.width == 16) {
            cs_view view;
            memcpy(&view, source->values + (source->from + row) * sizeof view, sizeof view);
            if (!cs_view_is_sound(&view, &text)) {
                return broken_row(place, row, "the view does not begin as its text does");
            }
        }
        if (source->format.sort == CS_FORMAT_TEXT && !cs_utf8_is_valid(text.data, text.size)) {
            return cs_arrow_fail(place->error, CS_ARROW_VALUE,
                                 "column '%s', %s %zu: the text is not valid UTF-8", place->name,
                                 unit_of(place), place->base + row);
        }
    }
    return CS_OK;
}

static cs_status check_indexes(const cs_arrow_source *source, const cs_arrow_place *place,
                               size_t *nulls) {
    for (size_t row = 0; row < source->length; row++) {
        if (!cs_source_is_valid(source, row)) { continue; }
        const size_t index = cs_source_index(source, row);
        if (index >= source->words->length) {
            return broken_row(place, row, "its index is beyond the dictionary");
        }
        if (nulls != NULL && !cs_source_is_valid(source->words, index)) { (*nulls)++; }
    }
    return CS_OK;
}

cs_status cs_arrow_source_check(const cs_arrow_source *source, const cs_arrow_place *place,
                                size_t *nulls) {
    if (nulls != NULL) { *nulls = source->nulls; }
    if (source->words != NULL) { return check_indexes(source, place, nulls); }
    return is_text(source->format) ? check_texts(source, place) : CS_OK;
}

int cs_arrow_source_clean(const cs_arrow_source *source, size_t width) {
    static const uint8_t zeros[16];
    if (source->validity == NULL) { return 1; }
    for (size_t row = 0; row < source->length; row++) {
        if (!cs_source_is_valid(source, row) &&
            memcmp(source->values + (source->from + row) * width, zeros, width) != 0) {
            return 0;
        }
    }
    return 1;
}
