/* arrow/export.c: columns as Arrow arrays and streams.
 *
 *   ArrowArray "+s"         one block each, with everything that the struct points to
 *     children[0] ------->  +-------+------------+---------+----------------+------------+
 *                           | owner | references | buffers | child pointers | structs    |
 *                           +-------+------------+---------+----------------+------------+
 *
 * The references are to cs_buffers. The structs are those of the children and of the dictionary.
 *
 * Ownership: every array holds references of its own to the cs_buffers (and the cs_dictionary)
 * that its buffers point into, so it lives as long as it likes. Releasing touches only these
 * counts and the allocator, so it runs in any thread. A struct that was moved away has release ==
 * NULL and is left alone.
 *
 * Shared: fixed columns and views of texts; a slice is an offset. Copied, with offset 0: bools
 * into bits, texts into offsets and bytes.
 */
#include <errno.h>
#include <string.h>

#include "arrow/common.h"

typedef struct {
    const cs_allocator *allocator;
    cs_dictionary *dictionary;
    size_t refs;
    cs_buffer **held;
    struct ArrowArray *structs;
    size_t count; /* of structs: children, then the dictionary */
} array_owner;

static void release_array(struct ArrowArray *array) {
    array_owner *owner = array->private_data;
    const cs_allocator *allocator = owner->allocator;
    for (size_t i = 0; i < owner->count; i++) {
        if (owner->structs[i].release != NULL) { owner->structs[i].release(&owner->structs[i]); }
    }
    for (size_t i = 0; i < owner->refs; i++) { cs_buffer_unref(owner->held[i]); }
    cs_dictionary_unref(owner->dictionary);
    allocator->free(allocator->ctx, owner);
    array->release = NULL;
}

/* An array with room for these, all NULL so far. It can be released at once. */
static array_owner *new_array(const cs_allocator *allocator, size_t refs, size_t buffers,
                              size_t children, int has_dictionary, struct ArrowArray *out) {
    const size_t structs = children + (has_dictionary ? 1 : 0);
    const size_t size = sizeof(array_owner) + (refs + buffers + children) * sizeof(void *) +
                        structs * sizeof(struct ArrowArray);
    *out = (struct ArrowArray){.release = NULL};
    array_owner *owner = allocator->alloc(allocator->ctx, size);
    if (owner == NULL) { return NULL; }
    memset(owner, 0, size);
    *owner = (array_owner){
        .allocator = allocator, .refs = refs, .held = (cs_buffer **)(owner + 1), .count = structs};
    const void **pointers = (const void **)(owner->held + refs);
    struct ArrowArray **child = (struct ArrowArray **)(void *)(pointers + buffers);
    owner->structs = (struct ArrowArray *)(void *)(child + children);
    for (size_t i = 0; i < children; i++) { child[i] = &owner->structs[i]; }
    *out = (struct ArrowArray){
        .n_buffers = (int64_t)buffers,
        .n_children = (int64_t)children,
        .buffers = pointers,
        .children = children ? child : NULL,
        .dictionary = has_dictionary ? &owner->structs[children] : NULL,
        .release = release_array,
        .private_data = owner,
    };
    return owner;
}

/* ---- one column ---- */

typedef struct {
    const cs_arrow_field *field;
    const cs_column *column;
    size_t from, length, nulls;
    const cs_allocator *allocator;
    cs_arrow_error *error;
} export_job;

static cs_status too_large(const export_job *job, const char *advice) {
    return cs_arrow_fail(job->error, CS_ARROW_SIZE,
                         "column '%s': more than 2 GiB of text does not fit Arrow format '%s'; %s",
                         job->field->name, job->field->format, advice);
}

static int is_binary(const char *format) {
    return format[strlen(format) - 1] == 'z' || format[strlen(format) - 1] == 'Z';
}

static cs_status check_text(const export_job *job, size_t row, cs_text *text) {
    if (cs_column_text(job->column, row, text) != 0) {
        return cs_arrow_fail(job->error, CS_ARROW_BROKEN,
                             "column '%s', row %zu: the text lies outside its buffer",
                             job->field->name, job->field->first + row);
    }
    if ((job->field->flags & CS_ARROW_CHECK) == 0) { return CS_OK; }
    if (!is_binary(job->field->format) && !cs_utf8_is_valid(text->data, text->size)) {
        return cs_arrow_fail(job->error, CS_ARROW_VALUE,
                             "column '%s', row %zu: the text is not valid UTF-8 (a lone "
                             "surrogate?), which Arrow does not allow",
                             job->field->name, job->field->first + row);
    }
    if (!cs_view_is_sound((const cs_view *)(const void *)job->column->data + row, text)) {
        return cs_arrow_fail(job->error, CS_ARROW_BROKEN,
                             "column '%s', row %zu: the view does not begin as its text does",
                             job->field->name, job->field->first + row);
    }
    return CS_OK;
}

static int segments_are_ascii(const export_job *job) {
    const cs_textheap *heap = &job->column->heap;
    size_t total = 0;
    for (uint32_t i = 0; i < heap->count; i++) { total += heap->segments[i].used; }
    if (total / CS_SEGMENT_BYTES_A_ROW > job->length) { return 0; }
    for (uint32_t i = 0; i < heap->count; i++) {
        if (!cs_utf8_is_ascii((const char *)heap->segments[i].buffer->data,
                              heap->segments[i].used)) {
            return 0;
        }
    }
    return 1;
}

/* Most texts are ASCII, which is seen many bytes at a time. */
static cs_status check_texts(const export_job *job) {
    const int ascii = segments_are_ascii(job);
    for (size_t row = job->from; row < job->from + job->length; row++) {
        const cs_view *view = (const cs_view *)(const void *)job->column->data + row;
        cs_text text;
        if (!cs_column_is_valid(job->column, row)) { continue; }
        if ((uint32_t)view->in.size <= CS_VIEW_INLINE) {
            if (cs_view_is_plain(view)) { continue; }
        } else if (ascii && cs_column_text(job->column, row, &text) == 0 &&
                   cs_view_is_sound(view, &text)) {
            continue;
        }
        const cs_status status = check_text(job, row, &text);
        if (status != CS_OK) { return status; }
    }
    return CS_OK;
}

static cs_status check_codes(const export_job *job) {
    const cs_column *column = job->column;
    const size_t count = cs_dictionary_count(job->field->dictionary), end = job->from + job->length;
    uint32_t most = 0;
    for (size_t row = job->from; row < end; row++) {
        most = cs_code_load(column->data, row, column->width) > most
                   ? cs_code_load(column->data, row, column->width)
                   : most;
    }
    for (size_t row = job->from; most >= count && row < end; row++) {
        if (cs_code_load(column->data, row, column->width) >= count &&
            cs_column_is_valid(column, row)) {
            return cs_arrow_fail(job->error, CS_ARROW_BROKEN,
                                 "column '%s', row %zu: code %u is not one of the %zu in the table",
                                 job->field->name, job->field->first + row,
                                 (unsigned)cs_code_load(column->data, row, column->width), count);
        }
    }
    return CS_OK;
}

static void set_extent(const export_job *job, size_t offset, struct ArrowArray *out) {
    out->length = (int64_t)job->length;
    out->null_count = (int64_t)job->nulls;
    out->offset = (int64_t)offset;
}

/* buffers: validity, values, then for texts the segments and their sizes. */
static cs_status export_shared(const export_job *job, struct ArrowArray *out) {
    cs_column *column = job->field->column;
    const cs_allocator *allocator = job->allocator;
    const int is_text = column->sort == CS_COLUMN_TEXT;
    const size_t end = job->from + job->length;
    cs_segment *segments = NULL;
    uint32_t count = 0;
    cs_status status = is_text ? cs_column_share_heap(column, &segments, &count) : CS_OK;
    if (status != CS_OK) { return status; }
    /* Besides the pointers, room for the sizes of the segments. */
    const size_t sizes_room = (count * sizeof(int64_t) + sizeof(void *) - 1) / sizeof(void *);
    array_owner *owner = new_array(allocator, 2 + count + sizes_room, is_text ? 3 + count : 2, 0,
                                   job->field->dictionary != NULL, out);
    if (owner == NULL) {
        for (uint32_t i = 0; i < count; i++) { cs_buffer_unref(segments[i].buffer); }
        status = CS_NO_MEMORY;
    } else {
        int64_t *sizes = (int64_t *)(void *)(owner->held + 2 + count);
        owner->refs = 2 + count;
        for (uint32_t i = 0; i < count; i++) {
            owner->held[2 + i] = segments[i].buffer;
            out->buffers[2 + i] = segments[i].buffer->data;
            sizes[i] = (int64_t)segments[i].used;
        }
        if (is_text) { out->buffers[2 + count] = sizes; }
        status = cs_column_share(column, end, &owner->held[0], &owner->held[1]);
    }
    if (segments != NULL) { column->heap.allocator->free(column->heap.allocator->ctx, segments); }
    if (status != CS_OK) { return status; }
    out->buffers[0] = job->nulls > 0 ? owner->held[1]->data : NULL;
    out->buffers[1] = owner->held[0]->data;
    set_extent(job, job->length > 0 ? job->from : 0, out);
    return CS_OK;
}

/* A fresh buffer that the array owns, of at least one byte, so that it has an address. */
static uint8_t *new_bytes(const export_job *job, array_owner *owner, size_t index, size_t size,
                          struct ArrowArray *out) {
    owner->held[index] = cs_buffer_new(job->allocator, size ? size : 1);
    if (owner->held[index] == NULL) { return NULL; }
    out->buffers[index] = owner->held[index]->data;
    return owner->held[index]->data;
}

static cs_status copy_validity(const export_job *job, array_owner *owner, struct ArrowArray *out) {
    if (job->nulls == 0) { return CS_OK; }
    uint8_t *bits = new_bytes(job, owner, 0, (job->length + 7) / 8, out);
    if (bits == NULL) { return CS_NO_MEMORY; }
    cs_bits_move(bits, 0, job->column->valid, job->from, job->length);
    return CS_OK;
}

static cs_status export_bits(const export_job *job, struct ArrowArray *out) {
    array_owner *owner = new_array(job->allocator, 2, 2, 0, 0, out);
    if (owner == NULL) { return CS_NO_MEMORY; }
    uint8_t *bits = new_bytes(job, owner, 1, (job->length + 7) / 8, out);
    if (bits == NULL) { return CS_NO_MEMORY; }
    const uint8_t *bytes = job->column->data + job->from;
    const size_t whole = job->length / 8;
    for (size_t i = 0; i < whole; i++) {
        unsigned byte = 0;
        for (unsigned j = 0; j < 8; j++) { byte |= (unsigned)(bytes[i * 8 + j] != 0) << j; }
        bits[i] = (uint8_t)byte;
    }
    for (size_t i = whole * 8; i < job->length; i++) {
        bits[whole] = (uint8_t)(bits[whole] | (unsigned)(bytes[i] != 0) << (i & 7));
    }
    set_extent(job, 0, out);
    return copy_validity(job, owner, out);
}

/* Texts become offsets of `width` bytes and one run of bytes. */
static cs_status export_texts(const export_job *job, size_t width, struct ArrowArray *out) {
    size_t total = 0;
    cs_text text;
    for (size_t row = job->from; row < job->from + job->length; row++) {
        if (!cs_column_is_valid(job->column, row)) { continue; }
        const cs_status status = check_text(job, row, &text);
        if (status != CS_OK) { return status; }
        total += text.size;
        if (width == 4 && total > INT32_MAX) { return too_large(job, "use the large format"); }
    }
    array_owner *owner = new_array(job->allocator, 3, 3, 0, 0, out);
    if (owner == NULL) { return CS_NO_MEMORY; }
    uint8_t *offsets = new_bytes(job, owner, 1, (job->length + 1) * width, out);
    uint8_t *bytes = offsets != NULL ? new_bytes(job, owner, 2, total, out) : NULL;
    if (bytes == NULL) { return CS_NO_MEMORY; }
    size_t end = 0;
    for (size_t i = 0; i < job->length; i++) {
        const size_t row = job->from + i;
        if (cs_column_is_valid(job->column, row) && cs_column_text(job->column, row, &text) == 0) {
            cs_text_copy((char *)bytes + end, text.data, text.size);
            end += text.size;
        }
        if (width == 4) {
            ((int32_t *)(void *)offsets)[i + 1] = (int32_t)end;
        } else {
            ((int64_t *)(void *)offsets)[i + 1] = (int64_t)end;
        }
    }
    set_extent(job, 0, out);
    return copy_validity(job, owner, out);
}

static cs_status export_dictionary(cs_dictionary *dictionary, const cs_allocator *allocator,
                                   struct ArrowArray *out) {
    array_owner *owner = new_array(allocator, 0, 3, 0, 0, out);
    if (owner == NULL) { return CS_NO_MEMORY; }
    owner->dictionary = cs_dictionary_ref(dictionary);
    out->length = (int64_t)cs_dictionary_count(dictionary);
    out->buffers[1] = cs_dictionary_offsets(dictionary);
    out->buffers[2] = cs_dictionary_bytes(dictionary);
    return CS_OK;
}

static cs_status export_column(const export_job *job, struct ArrowArray *out) {
    const cs_arrow_field *field = job->field;
    const char *format = field->format;
    if (job->column->sort == CS_COLUMN_TEXT) {
        if (format[0] != 'v') {
            return export_texts(job, format[0] == 'u' || format[0] == 'z' ? 4 : 8, out);
        }
        const cs_status status = field->flags & CS_ARROW_CHECK ? check_texts(job) : CS_OK;
        return status == CS_OK ? export_shared(job, out) : status;
    }
    if (strcmp(format, "b") == 0) { return export_bits(job, out); }
    cs_status status =
        field->dictionary != NULL && (field->flags & CS_ARROW_CHECK) ? check_codes(job) : CS_OK;
    if (status == CS_OK) { status = export_shared(job, out); }
    if (status == CS_OK && field->dictionary != NULL) {
        status = export_dictionary(field->dictionary, job->allocator, out->dictionary);
    }
    return status;
}

cs_status cs_arrow_export_array(const cs_arrow_field *fields, uint32_t count, size_t rows,
                                size_t from, size_t length, const cs_allocator *allocator,
                                struct ArrowArray *out, cs_arrow_error *error) {
    *out = (struct ArrowArray){.release = NULL};
    if (from > rows || length > rows - from) {
        return cs_arrow_fail(error, CS_ARROW_BROKEN, "rows outside of the pool");
    }
    /* A struct has one buffer: its validity, which is NULL. */
    if (new_array(allocator, 0, 1, count, 0, out) == NULL) { return CS_NO_MEMORY; }
    out->length = (int64_t)length;
    for (uint32_t i = 0; i < count; i++) {
        cs_column *column = fields[i].column;
        export_job job = {.field = &fields[i],
                          .column = column,
                          .length = length,
                          .allocator = allocator,
                          .error = error};
        job.from = from - fields[i].first;
        job.nulls = column->valid != NULL ? cs_column_nulls(column, job.from, length) : 0;
        const cs_status status = export_column(&job, out->children[i]);
        if (status != CS_OK) {
            out->release(out);
            return status;
        }
    }
    return CS_OK;
}

/* ---- a stream of one batch ---- */

typedef struct {
    const cs_allocator *allocator;
    struct ArrowArray array; /* until it was handed out */
    uint32_t count;
    cs_arrow_field fields[]; /* without columns; their strings follow */
} stream_owner;

static int stream_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
    stream_owner *owner = stream->private_data;
    return cs_arrow_export_schema(owner->fields, owner->count, owner->allocator, out) == CS_OK
               ? 0
               : ENOMEM;
}

static int stream_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
    stream_owner *owner = stream->private_data;
    *out = owner->array; /* a released array says that this was all */
    owner->array.release = NULL;
    return 0;
}

static const char *stream_error(struct ArrowArrayStream *stream) {
    (void)stream;
    return "out of memory"; /* nothing else can fail */
}

static void stream_release(struct ArrowArrayStream *stream) {
    stream_owner *owner = stream->private_data;
    const cs_allocator *allocator = owner->allocator;
    if (owner->array.release != NULL) { owner->array.release(&owner->array); }
    for (uint32_t i = 0; i < owner->count; i++) {
        cs_dictionary_unref(owner->fields[i].dictionary);
    }
    allocator->free(allocator->ctx, owner);
    stream->release = NULL;
}

static const char *keep_string(char **room, const char *string) {
    const size_t size = strlen(string) + 1;
    char *kept = *room;
    memcpy(kept, string, size);
    *room += size;
    return kept;
}

cs_status cs_arrow_export_stream(const cs_arrow_field *fields, uint32_t count, size_t rows,
                                 size_t from, size_t length, const cs_allocator *allocator,
                                 struct ArrowArrayStream *out, cs_arrow_error *error) {
    *out = (struct ArrowArrayStream){.release = NULL};
    size_t strings = 0;
    for (uint32_t i = 0; i < count; i++) {
        strings += strlen(fields[i].name) + strlen(fields[i].format) + 2;
    }
    stream_owner *owner =
        allocator->alloc(allocator->ctx, sizeof *owner + count * sizeof *fields + strings);
    if (owner == NULL) { return CS_NO_MEMORY; }
    const cs_status status =
        cs_arrow_export_array(fields, count, rows, from, length, allocator, &owner->array, error);
    if (status != CS_OK) {
        allocator->free(allocator->ctx, owner);
        return status;
    }
    owner->allocator = allocator;
    owner->count = count;
    char *room = (char *)(owner->fields + count);
    for (uint32_t i = 0; i < count; i++) {
        owner->fields[i] = fields[i];
        owner->fields[i].name = keep_string(&room, fields[i].name);
        owner->fields[i].format = keep_string(&room, fields[i].format);
        owner->fields[i].column = NULL;
        if (fields[i].dictionary != NULL) { cs_dictionary_ref(fields[i].dictionary); }
    }
    *out = (struct ArrowArrayStream){
        .get_schema = stream_schema,
        .get_next = stream_next,
        .get_last_error = stream_error,
        .release = stream_release,
        .private_data = owner,
    };
    return CS_OK;
}
