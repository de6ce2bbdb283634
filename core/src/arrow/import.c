/* arrow/import.c: batches of foreign columns, looked through and then appended to a pool.
 *
 *   new    schema -----------> matches    which foreign column belongs to which target
 *   add    array, moved in --> batch      a part for each column: every value is looked at,
 *                                         the texts of codes are collected
 *   apply  all batches ------> pool       fill: new rows are converted, or copied
 *                                         adopt: the buffers of the only batch become the columns'
 *
 * Ownership: a batch's array is in a counted holder. The import has one reference, and so has each
 * buffer of a column that lies in the array. Dropping the last one releases the array, in any
 * thread.
 *
 * Until apply begins to add rows it changes only the width of codes, which nobody sees.
 */
#include "arrow/match.h"
#include "arrow/words.h"

/* ---- what is kept ---- */

typedef struct {
    atomic_size_t refs;
    const cs_allocator *allocator;
    struct ArrowArray array;
} array_holder;

/* One column of a batch. */
typedef struct {
    cs_arrow_source source;
    cs_arrow_source words; /* source.words points here, if it has a dictionary */
    /* of codes: the number of the word of each entry of the dictionary, or without one of each
     * row */
    uint32_t *numbers;
    size_t nulls; /* also those through the dictionary */
    size_t long_bytes; /* of texts that do not fit a view */
    size_t words_before; /* words that earlier batches had */
    uint8_t checked;
} batch_part;

typedef struct {
    array_holder *holder;
    size_t base, rows; /* its first row among those of all batches */
    int trusted;
    uintptr_t own, own_end; /* see cs_arrow_import_own */
    batch_part parts[]; /* one a target */
} import_batch;

struct cs_arrow_import {
    const cs_allocator *allocator;
    const cs_arrow_target *targets;
    uint32_t count;
    int64_t children;
    cs_arrow_match *matches;
    cs_arrow_words *words;
    import_batch **batches;
    size_t batch_count, batch_room;
    size_t rows;
    uintptr_t own, own_end;
};

static void unref_holder(void *owner) {
    array_holder *holder = owner;
    if (atomic_fetch_sub_explicit(&holder->refs, 1, memory_order_acq_rel) != 1) { return; }
    if (holder->array.release != NULL) { holder->array.release(&holder->array); }
    holder->allocator->free(holder->allocator->ctx, holder);
}

static void free_batch(const cs_arrow_import *import, import_batch *batch) {
    const cs_allocator *allocator = import->allocator;
    for (uint32_t i = 0; i < import->count; i++) {
        allocator->free(allocator->ctx, batch->parts[i].numbers);
    }
    if (batch->holder != NULL) { unref_holder(batch->holder); }
    allocator->free(allocator->ctx, batch);
}

cs_status cs_arrow_import_new(cs_arrow_import **import, const cs_allocator *allocator,
                              const cs_arrow_target *targets, uint32_t count,
                              const struct ArrowSchema *schema, cs_arrow_error *error) {
    const size_t size = sizeof **import + count * (sizeof(cs_arrow_match) + sizeof(cs_arrow_words));
    cs_arrow_import *made = allocator->alloc(allocator->ctx, size);
    if (made == NULL) { return CS_NO_MEMORY; }
    memset(made, 0, size);
    made->allocator = allocator;
    made->targets = targets;
    made->count = count;
    made->matches = (cs_arrow_match *)(void *)(made + 1);
    made->words = (cs_arrow_words *)(void *)(made->matches + count);
    for (uint32_t i = 0; i < count; i++) { made->words[i].allocator = allocator; }
    const cs_status status =
        cs_arrow_match_schema(targets, count, schema, made->matches, &made->children, error);
    if (status == CS_OK) {
        *import = made;
    } else {
        cs_arrow_import_free(made);
    }
    return status;
}

void cs_arrow_import_free(cs_arrow_import *import) {
    if (import == NULL) { return; }
    const cs_allocator *allocator = import->allocator;
    for (size_t i = 0; i < import->batch_count; i++) { free_batch(import, import->batches[i]); }
    for (uint32_t i = 0; i < import->count; i++) { cs_arrow_words_clear(&import->words[i]); }
    allocator->free(allocator->ctx, import->batches);
    allocator->free(allocator->ctx, import);
}

void cs_arrow_import_own(cs_arrow_import *import, const void *memory, size_t size) {
    import->own = (uintptr_t)memory;
    import->own_end = (uintptr_t)memory + size;
}

size_t cs_arrow_import_rows(const cs_arrow_import *import) { return import->rows; }
int cs_arrow_import_found(const cs_arrow_import *import, uint32_t target) {
    return import->matches[target].child >= 0;
}
int cs_arrow_import_utc(const cs_arrow_import *import, uint32_t target) {
    const cs_arrow_format format = import->matches[target].format;
    return format.sort == CS_FORMAT_TIMESTAMP ? format.utc == 1 : -1;
}
int cs_arrow_import_is_null(const cs_arrow_import *import, uint32_t target) {
    for (size_t i = 0; i < import->batch_count; i++) {
        if (import->batches[i]->parts[target].nulls != import->batches[i]->rows) { return 0; }
    }
    return 1;
}

size_t cs_arrow_import_words(const cs_arrow_import *import, uint32_t target) {
    return import->words[target].count;
}

cs_text cs_arrow_import_word(const cs_arrow_import *import, uint32_t target, size_t word,
                             size_t *row) {
    *row = import->words[target].words[word].row;
    return import->words[target].words[word].text;
}

void cs_arrow_import_set_code(cs_arrow_import *import, uint32_t target, size_t word,
                              uint32_t code) {
    import->words[target].words[word].code = code;
}

int cs_arrow_import_text(const cs_arrow_import *import, uint32_t target, size_t row,
                         cs_text *text) {
    size_t low = 0, high = import->batch_count;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (import->batches[middle]->base <= row) {
            low = middle;
        } else {
            high = middle;
        }
    }
    const import_batch *batch = import->batches[low];
    return cs_source_get(&batch->parts[target].source, row - batch->base, text);
}

/* ---- adding a batch ---- */

static int is_null(const cs_arrow_source *source, size_t row) {
    if (!cs_source_is_valid(source, row)) { return 1; }
    if (source->words == NULL) { return 0; }
    const size_t index = cs_source_index(source, row);
    return index < source->words->length && !cs_source_is_valid(source->words, index);
}

static cs_status refuse_null(const cs_arrow_import *import, uint32_t target, const batch_part *part,
                             const cs_arrow_place *place) {
    const cs_arrow_source *source = &part->source;
    size_t row = 0;
    while (row + 1 < source->length && !is_null(source, row)) { row++; }
    return cs_arrow_fail(
        place->error, CS_ARROW_VALUE,
        "column '%s', row %zu: expected %s, got null; the field does not allow None", place->name,
        place->base + row, import->targets[target].expected);
}

/* Which word each entry means that a row uses (of a trusted batch: each entry). Without a
 * dictionary, which word each row means. */
static cs_status number_words(cs_arrow_import *import, uint32_t target, batch_part *part,
                              int trusted, const cs_arrow_place *place) {
    const size_t base = place->base;
    const cs_allocator *allocator = import->allocator;
    const cs_arrow_source *source = &part->source;
    const int has_words = source->words != NULL;
    const cs_arrow_source *texts = has_words ? source->words : source;
    const size_t count = texts->length;
    uint32_t *numbers = allocator->alloc(allocator->ctx, (count ? count : 1) * sizeof *numbers);
    if (numbers == NULL) { return CS_NO_MEMORY; }
    part->numbers = numbers;
    memset(numbers, 0xFF, count * sizeof *numbers); /* CS_NO_WORD */
    size_t *rows = NULL; /* the first row of each entry */
    if (has_words && !trusted) {
        rows = allocator->alloc(allocator->ctx, (count ? count : 1) * sizeof *rows);
        if (rows == NULL) { return CS_NO_MEMORY; }
        memset(rows, 0xFF, count * sizeof *rows);
        for (size_t row = source->length; row-- > 0;) {
            if (!cs_source_is_valid(source, row)) { continue; }
            const size_t index = cs_source_index(source, row);
            if (index >= count) { /* the array has changed since it was checked */
                allocator->free(allocator->ctx, rows);
                return cs_arrow_source_changed(place, row);
            }
            rows[index] = base + row;
        }
    }
    cs_status status = CS_OK;
    for (size_t i = 0; i < count && status == CS_OK; i++) {
        cs_text text;
        const size_t row = rows != NULL ? rows[i] : has_words ? SIZE_MAX : base + i;
        if (rows != NULL && row == SIZE_MAX) { continue; }
        if (cs_source_get(texts, i, &text) > 0) {
            status = cs_arrow_words_put(&import->words[target], &text, row, &numbers[i]);
        }
    }
    allocator->free(allocator->ctx, rows);
    return status;
}

static void measure_texts(batch_part *part) {
    cs_text text;
    part->long_bytes = 0;
    /* a view has its size in it */
    if (part->source.format.width == 16 && part->source.words == NULL) {
        for (size_t row = 0; row < part->source.length; row++) {
            int32_t size;
            memcpy(&size, part->source.values + (part->source.from + row) * sizeof(cs_view),
                   sizeof size);
            if (size > (int32_t)CS_VIEW_INLINE && cs_source_is_valid(&part->source, row)) {
                part->long_bytes += (size_t)size;
            }
        }
        return;
    }
    for (size_t row = 0; row < part->source.length; row++) {
        if (cs_source_get(&part->source, row, &text) > 0 && text.size > CS_VIEW_INLINE) {
            part->long_bytes += text.size;
        }
    }
}

/* Look at every value. */
static cs_status check_part(const cs_arrow_import *import, uint32_t target, batch_part *part,
                            const cs_arrow_place *place) {
    const cs_arrow_target *wanted = &import->targets[target];
    cs_status status;
    if (wanted->want == CS_ARROW_FIXED) {
        status = cs_arrow_convert(&part->source, &import->matches[target].number, NULL, place);
    } else {
        status = cs_arrow_source_check(&part->source, place, &part->nulls);
        if (status == CS_OK && part->nulls > 0 && !wanted->nullable) {
            status = refuse_null(import, target, part, place);
        }
        if (status == CS_OK && wanted->want == CS_ARROW_TEXTS) { measure_texts(part); }
    }
    if (status == CS_OK) { part->checked = 1; }
    return status;
}

/* May the column hold these very bytes, if they are right? */
static int is_exact(const cs_arrow_import *import, uint32_t target, const batch_part *part) {
    const cs_arrow_match *match = &import->matches[target];
    switch ((cs_arrow_want)import->targets[target].want) {
    case CS_ARROW_FIXED: return cs_arrow_is_same(match->format, match->number.format);
    case CS_ARROW_TEXTS: return match->format.width == 16 && part->source.words == NULL;
    case CS_ARROW_CODES: return part->source.words != NULL && match->format.width <= 4;
    default: return 0;
    }
}

static cs_status open_part(cs_arrow_import *import, uint32_t target, import_batch *batch,
                           size_t from, const cs_arrow_place *place) {
    const cs_arrow_match *match = &import->matches[target];
    batch_part *part = &batch->parts[target];
    const struct ArrowArray *array = batch->holder->array.children[match->child];
    cs_status status = cs_arrow_source_open(&part->source, match->format, array, from, batch->rows,
                                            !batch->trusted, place);
    if (status != CS_OK) { return status; }
    part->nulls = part->source.nulls;
    if (part->nulls > 0 && !import->targets[target].nullable) {
        return refuse_null(import, target, part, place);
    }
    if (cs_arrow_has_words(match)) {
        const struct ArrowArray *words = array->dictionary;
        if (words == NULL) {
            return cs_arrow_fail(place->error, CS_ARROW_BROKEN,
                                 "column '%s': its dictionary is missing", place->name);
        }
        const cs_arrow_place inside = {place->name, 0, place->error, 1};
        /* cs_arrow_source_open refuses a negative length. */
        const size_t count = words->length > 0 ? (size_t)words->length : 0;
        status = cs_arrow_source_open(&part->words, match->words, words, 0, count, 1, &inside);
        if (status == CS_OK) { status = cs_arrow_source_check(&part->words, &inside, NULL); }
        if (status != CS_OK) { return status; }
        part->source.words = &part->words;
    }
    const int later = batch->trusted && is_exact(import, target, part);
    if (!later) { status = check_part(import, target, part, place); }
    if (status == CS_OK && import->targets[target].want == CS_ARROW_CODES) {
        status = number_words(import, target, part, later, place);
    }
    return status;
}

static cs_status check_struct(const cs_arrow_import *import, const struct ArrowArray *array,
                              cs_arrow_error *error) {
    const char *what = NULL;
    if (array->length < 0 || array->offset < 0) {
        what = "its length or offset is negative";
    } else if ((uint64_t)array->length > CS_POOL_MAX_ROWS - import->rows ||
               (uint64_t)array->offset > CS_POOL_MAX_ROWS) {
        return cs_arrow_fail(error, CS_ARROW_SIZE, "%lld rows are more than a pool can have",
                             (long long)array->length);
    } else if (array->n_children != import->children ||
               (array->n_children > 0 && array->children == NULL)) {
        what = "it has not the columns of its schema";
    } else if (array->null_count < -1 || array->null_count > array->length) {
        what = "its null count is impossible";
    } else if (array->n_buffers > 1 || array->n_buffers < 0 ||
               (array->n_buffers == 1 && array->buffers == NULL)) {
        what = "the number of its buffers is not that of a struct";
    }
    if (what != NULL) {
        return cs_arrow_fail(error, CS_ARROW_BROKEN, "the Arrow array is broken: %s", what);
    }
    const uint8_t *validity = array->n_buffers == 1 ? array->buffers[0] : NULL;
    const size_t from = (size_t)array->offset, rows = (size_t)array->length;
    if (validity != NULL && array->null_count != 0) {
        for (size_t row = 0; row < rows; row++) {
            if (!cs_bits_get(validity, from + row)) {
                return cs_arrow_fail(error, CS_ARROW_VALUE, "row %zu is null as a whole",
                                     import->rows + row);
            }
        }
    } else if (array->null_count > 0) {
        return cs_arrow_fail(
            error, CS_ARROW_BROKEN,
            "the Arrow array is broken: it says that it has nulls, and has no validity buffer");
    }
    return CS_OK;
}

static cs_status new_holder(const cs_allocator *allocator, struct ArrowArray *array,
                            array_holder **holder) {
    *holder = allocator->alloc(allocator->ctx, sizeof **holder);
    if (*holder == NULL) {
        array->release(array);
        return CS_NO_MEMORY;
    }
    atomic_init(&(*holder)->refs, 1);
    (*holder)->allocator = allocator;
    (*holder)->array = *array;
    array->release = NULL;
    return CS_OK;
}

static cs_status room_for_batch(cs_arrow_import *import) {
    if (import->batch_count < import->batch_room) { return CS_OK; }
    const cs_allocator *allocator = import->allocator;
    const size_t room = import->batch_room ? import->batch_room * 2 : 4;
    import_batch **moved =
        allocator->realloc(allocator->ctx, import->batches, room * sizeof *moved);
    if (moved == NULL) { return CS_NO_MEMORY; }
    import->batches = moved;
    import->batch_room = room;
    return CS_OK;
}

cs_status cs_arrow_import_add(cs_arrow_import *import, struct ArrowArray *array, int flags,
                              cs_arrow_error *error) {
    const cs_allocator *allocator = import->allocator;
    if (array->release == NULL) {
        return cs_arrow_fail(error, CS_ARROW_BROKEN,
                             "the Arrow array is broken: it was released already");
    }
    array_holder *holder;
    cs_status status = new_holder(allocator, array, &holder);
    if (status != CS_OK) { return status; }
    const size_t size = sizeof(import_batch) + import->count * sizeof(batch_part);
    import_batch *batch =
        room_for_batch(import) == CS_OK ? allocator->alloc(allocator->ctx, size) : NULL;
    if (batch == NULL) {
        unref_holder(holder);
        return CS_NO_MEMORY;
    }
    memset(batch, 0, size);
    batch->holder = holder;
    batch->trusted = (flags & CS_ARROW_TRUSTED) != 0;
    batch->own = import->own;
    batch->own_end = import->own_end;
    for (uint32_t i = 0; i < import->count; i++) {
        batch->parts[i].words_before = import->words[i].count;
    }
    status = check_struct(import, &holder->array, error);
    if (status == CS_OK) {
        batch->base = import->rows;
        batch->rows = (size_t)holder->array.length;
    }
    for (uint32_t i = 0; i < import->count && status == CS_OK; i++) {
        const cs_arrow_place place = {import->targets[i].name, batch->base, error, 0};
        if (import->matches[i].child >= 0) {
            status = open_part(import, i, batch, (size_t)holder->array.offset, &place);
        }
    }
    if (status != CS_OK) {
        for (uint32_t i = 0; i < import->count; i++) {
            cs_arrow_words_cut(&import->words[i], batch->parts[i].words_before);
        }
        free_batch(import, batch);
        return status;
    }
    import->batches[import->batch_count++] = batch;
    import->rows += batch->rows;
    return CS_OK;
}

/* ---- filling new rows ---- */

static void fill_validity(const batch_part *part, cs_column *column, size_t at) {
    const cs_arrow_source *source = &part->source;
    if (column->valid == NULL || source->format.sort == CS_FORMAT_NULL) { return; }
    if (part->nulls == 0) {
        cs_bits_fill(column->valid, at, at + source->length, 1);
    } else if (source->words == NULL) {
        cs_bits_move(column->valid, at, source->validity, source->from, source->length);
    } else {
        for (size_t row = 0; row < source->length; row++) {
            cs_text text;
            cs_column_set_valid(column, at + row, cs_source_get(source, row, &text) > 0);
        }
    }
}

static cs_status fill_texts(const batch_part *part, cs_column *column, size_t at,
                            const cs_arrow_place *place) {
    const cs_arrow_source *source = &part->source;
    cs_view *views = (cs_view *)(void *)column->data + at;
    for (size_t row = 0; row < source->length; row++) {
        cs_text text;
        const int got = cs_source_get(source, row, &text);
        if (got < 0 || (got == 0 && part->nulls == 0)) {
            return cs_arrow_source_changed(place, row);
        }
        if (got == 0) { continue; }
        const cs_status status = cs_textheap_put(&column->heap, text.data, text.size, &views[row]);
        if (status != CS_OK) { return status; }
    }
    return CS_OK;
}

static cs_status fill_codes(const cs_arrow_import *import, uint32_t target, const batch_part *part,
                            cs_column *column, size_t at, const cs_arrow_place *place) {
    const cs_arrow_source *source = &part->source;
    const cs_arrow_word *words = import->words[target].words;
    const size_t count = source->words != NULL ? source->words->length : source->length;
    uint8_t *to = column->data + at * column->width;
    for (size_t row = 0; row < source->length; row++) {
        if (!cs_source_is_valid(source, row)) { continue; }
        const size_t index = source->words != NULL ? cs_source_index(source, row) : row;
        const uint32_t number = index < count ? part->numbers[index] : CS_NO_WORD;
        if (number == CS_NO_WORD) {
            if (part->nulls == 0 || !is_null(source, row)) {
                return cs_arrow_source_changed(place, row);
            }
            continue;
        }
        cs_code_store(to, row, column->width, words[number].code);
    }
    return CS_OK;
}

static cs_status fill_part(const cs_arrow_import *import, uint32_t target,
                           const import_batch *batch, cs_column *column, size_t at,
                           cs_arrow_error *error) {
    const batch_part *part = &batch->parts[target];
    const cs_arrow_place place = {import->targets[target].name, batch->base, error, 0};
    if (part->source.length == 0 || part->source.format.sort == CS_FORMAT_NULL) { return CS_OK; }
    fill_validity(part, column, at);
    switch ((cs_arrow_want)import->targets[target].want) {
    case CS_ARROW_FIXED:
        return cs_arrow_convert(&part->source, &import->matches[target].number,
                                column->data + at * column->width, &place);
    case CS_ARROW_BITS:
        cs_bits_spread(column->data + at, part->source.values, part->source.validity,
                       part->source.from, part->source.length);
        break;
    case CS_ARROW_TEXTS: return fill_texts(part, column, at, &place);
    case CS_ARROW_CODES: return fill_codes(import, target, part, column, at, &place);
    default: break;
    }
    return CS_OK;
}

/* ---- taking over buffers ---- */

typedef struct {
    cs_buffer *values, *validity;
    cs_textheap heap;
    uint8_t taken;
} adoption;

static cs_buffer *foreign_buffer(const cs_allocator *allocator, const import_batch *batch,
                                 const void *data, size_t size) {
    cs_buffer *buffer = cs_buffer_foreign(allocator, data, size, unref_holder, batch->holder);
    if (buffer != NULL) {
        atomic_fetch_add_explicit(&batch->holder->refs, 1, memory_order_relaxed);
        const uintptr_t from = (uintptr_t)data;
        buffer->writable = size != 0 && from >= batch->own && from < batch->own_end &&
                           size <= batch->own_end - from;
    }
    return buffer;
}

static void drop_adoption(adoption *a) {
    cs_buffer_unref(a->values);
    cs_buffer_unref(a->validity);
    cs_textheap_clear(&a->heap);
    a->taken = 0;
}

static cs_status adopt_validity(const import_batch *batch, const batch_part *part,
                                const cs_allocator *allocator, cs_buffer **validity) {
    const cs_arrow_source *source = &part->source;
    const size_t bytes = (source->length + 7) / 8, rest = source->length & 7;
    if (source->validity != NULL && source->from % 8 == 0) {
        const uint8_t *bits = source->validity + source->from / 8;
        /* The bits behind the last row must be zero. */
        if (rest == 0 || bits[bytes - 1] >> rest == 0) {
            *validity = foreign_buffer(allocator, batch, bits, bytes);
            return *validity != NULL ? CS_OK : CS_NO_MEMORY;
        }
    }
    *validity = cs_buffer_new(allocator, bytes);
    if (*validity == NULL) { return CS_NO_MEMORY; }
    if (source->validity != NULL) {
        cs_bits_move((*validity)->data, 0, source->validity, source->from, source->length);
    } else {
        cs_bits_fill((*validity)->data, 0, source->length, 1);
    }
    return CS_OK;
}

static cs_status adopt_heap(const import_batch *batch, const batch_part *part,
                            const cs_allocator *allocator, cs_textheap *heap) {
    const cs_arrow_source *source = &part->source;
    for (size_t i = 0; i < source->segment_count; i++) {
        int64_t size;
        memcpy(&size, source->sizes + i * sizeof size, sizeof size);
        /* it has changed since segments_fit() */
        if ((uint64_t)size > CS_TEXTHEAP_SEGMENT) { return CS_INVALID; }
        cs_buffer *buffer = foreign_buffer(allocator, batch, source->segments[i], (size_t)size);
        const cs_status status =
            buffer != NULL ? cs_textheap_adopt(heap, buffer, (size_t)size) : CS_NO_MEMORY;
        if (status != CS_OK) { return status; }
    }
    if (part->checked) { /* known exactly; otherwise all bytes count as live */
        heap->dead = heap->live - part->long_bytes;
        heap->live = part->long_bytes;
    }
    return CS_OK;
}

/* A segment of a column is not longer than CS_TEXTHEAP_SEGMENT. All together are at least as long
 * as their texts. */
static int segments_fit(const batch_part *part) {
    const cs_arrow_source *source = &part->source;
    size_t total = 0;
    if (source->segment_count > INT32_MAX) { return 0; }
    for (size_t i = 0; i < source->segment_count; i++) {
        int64_t size;
        memcpy(&size, source->sizes + i * sizeof size, sizeof size);
        if ((uint64_t)size > CS_TEXTHEAP_SEGMENT) { return 0; }
        total += (size_t)size;
    }
    return part->long_bytes <= total;
}

/* Is the code of every used entry its own number? */
static int codes_agree(const cs_arrow_import *import, uint32_t target, const batch_part *part) {
    const cs_arrow_word *words = import->words[target].words;
    if (part->nulls != part->source.nulls) { return 0; }
    for (size_t i = 0; i < part->words.length; i++) {
        if (part->numbers[i] != CS_NO_WORD && words[part->numbers[i]].code != i) { return 0; }
        /* A null of the dictionary, in a batch whose rows were not looked at. */
        if (!part->checked && part->numbers[i] == CS_NO_WORD) { return 0; }
    }
    return 1;
}

static int can_adopt(const cs_arrow_import *import, uint32_t target, const batch_part *part,
                     const cs_column *column) {
    const cs_arrow_source *source = &part->source;
    if (import->matches[target].child < 0 || !is_exact(import, target, part) ||
        source->format.width != column->width) {
        return 0;
    }
    const size_t align = column->width == 16 ? _Alignof(cs_view) : column->width;
    if (((uintptr_t)source->values + source->from * column->width) % align != 0) { return 0; }
    if (part->checked && !cs_arrow_source_clean(source, column->width)) { return 0; }
    if (import->targets[target].want == CS_ARROW_TEXTS) { return segments_fit(part); }
    return import->targets[target].want != CS_ARROW_CODES || codes_agree(import, target, part);
}

static cs_status prepare_adoption(const import_batch *batch, uint32_t target,
                                  const cs_column *column, const cs_allocator *allocator,
                                  adoption *a) {
    const batch_part *part = &batch->parts[target];
    const uint8_t *data = part->source.values + part->source.from * column->width;
    cs_textheap_init(&a->heap, allocator);
    a->taken = 1;
    a->values = foreign_buffer(allocator, batch, data, part->source.length * column->width);
    cs_status status = a->values != NULL ? CS_OK : CS_NO_MEMORY;
    if (status == CS_OK && column->nullable) {
        status = adopt_validity(batch, part, allocator, &a->validity);
    }
    if (status == CS_OK && column->sort == CS_COLUMN_TEXT) {
        status = adopt_heap(batch, part, allocator, &a->heap);
    }
    if (status != CS_OK) { drop_adoption(a); }
    return status;
}

/* ---- the pool ---- */

static int has_pins(const cs_pool *pool) {
    size_t pins = 0;
    for (uint32_t i = 0; i < pool->count; i++) { pins += pool->columns[i].pins; }
    return pins > 0;
}

static cs_status widen_codes(const cs_arrow_import *import, uint32_t target, cs_pool *pool,
                             cs_arrow_error *error) {
    const cs_arrow_target *wanted = &import->targets[target];
    const cs_arrow_words *words = &import->words[target];
    cs_column *column = &pool->columns[wanted->column];
    uint32_t most = 0;
    for (size_t i = 0; i < words->count; i++) {
        most = words->words[i].code > most ? words->words[i].code : most;
    }
    const uint32_t width = most <= UINT8_MAX ? 1 : most <= UINT16_MAX ? 2 : 4;
    if (width <= column->width) { return CS_OK; }
    if (wanted->fixed_width) {
        return cs_arrow_fail(error, CS_ARROW_RANGE, "column '%s': code %u does not fit the column",
                             wanted->name, (unsigned)most);
    }
    return cs_column_widen(column, pool->rows, pool->capacity, width);
}

/* Everything that can be refused, and memory for texts. */
static cs_status prepare_fill(cs_arrow_import *import, uint32_t target, cs_pool *pool,
                              cs_arrow_error *error) {
    const cs_arrow_target *wanted = &import->targets[target];
    size_t bytes = 0;
    for (size_t i = 0; i < import->batch_count; i++) {
        import_batch *batch = import->batches[i];
        batch_part *part = &batch->parts[target];
        const cs_arrow_place place = {wanted->name, batch->base, error, 0};
        const cs_status status = part->checked ? CS_OK : check_part(import, target, part, &place);
        if (status != CS_OK) { return status; }
        bytes += part->long_bytes;
    }
    if (wanted->want != CS_ARROW_TEXTS || bytes == 0) { return CS_OK; }
    return cs_textheap_reserve(&pool->columns[wanted->column].heap, bytes);
}

static cs_status fill_column(const cs_arrow_import *import, uint32_t target, cs_pool *pool,
                             size_t first, cs_arrow_error *error) {
    cs_column *column = &pool->columns[import->targets[target].column];
    cs_status status = cs_column_writable(column, first, pool->rows);
    for (size_t i = 0; i < import->batch_count && status == CS_OK; i++) {
        status = fill_part(import, target, import->batches[i], column,
                           first + import->batches[i]->base, error);
    }
    return status;
}

static void drop_adoptions(const cs_arrow_import *import, adoption *adoptions) {
    for (uint32_t i = 0; i < import->count; i++) {
        if (adoptions[i].taken) { drop_adoption(&adoptions[i]); }
    }
}

static cs_status prepare(cs_arrow_import *import, cs_pool *pool, adoption *adoptions,
                         cs_arrow_error *error) {
    const int whole =
        pool->rows == 0 && import->batch_count == 1 && import->rows > 0 && !has_pins(pool);
    cs_status status = CS_OK;
    for (uint32_t i = 0; i < import->count && status == CS_OK; i++) {
        if (import->matches[i].child < 0) { continue; }
        if (import->targets[i].want == CS_ARROW_CODES) {
            status = widen_codes(import, i, pool, error);
        }
        if (status != CS_OK) { return status; }
        const cs_column *column = &pool->columns[import->targets[i].column];
        if (whole && can_adopt(import, i, &import->batches[0]->parts[i], column)) {
            status =
                prepare_adoption(import->batches[0], i, column, pool->allocator, &adoptions[i]);
        } else {
            status = prepare_fill(import, i, pool, error);
        }
    }
    return status;
}

static void commit(const cs_arrow_import *import, cs_pool *pool, adoption *adoptions) {
    for (uint32_t i = 0; i < import->count; i++) {
        adoption *a = &adoptions[i];
        if (!a->taken) { continue; }
        cs_column *column = &pool->columns[import->targets[i].column];
        cs_column_adopt(column, pool->rows, a->values, a->validity,
                        column->sort == CS_COLUMN_TEXT ? &a->heap : NULL);
        pool->capacity = pool->rows;
    }
}

cs_status cs_arrow_import_apply(cs_arrow_import *import, cs_pool *pool, cs_arrow_error *error) {
    const cs_allocator *allocator = import->allocator;
    const size_t first = pool->rows, size = (import->count + 1) * sizeof(adoption);
    if (import->rows > CS_POOL_MAX_ROWS - first) {
        return cs_arrow_fail(error, CS_ARROW_SIZE,
                             "%zu rows more than the %zu in it are more than a pool can have",
                             import->rows, first);
    }
    adoption *adoptions = allocator->alloc(allocator->ctx, size);
    if (adoptions == NULL) { return CS_NO_MEMORY; }
    memset(adoptions, 0, size);
    cs_status status = prepare(import, pool, adoptions, error);
    if (status == CS_OK) { status = cs_pool_grow(pool, import->rows); }
    if (status == CS_OK) {
        for (uint32_t i = 0; i < import->count && status == CS_OK; i++) {
            if (import->matches[i].child >= 0 && !adoptions[i].taken) {
                status = fill_column(import, i, pool, first, error);
            }
        }
        if (status != CS_OK) { cs_pool_ungrow(pool, first); }
    }
    if (status == CS_OK) {
        commit(import, pool, adoptions);
    } else {
        drop_adoptions(import, adoptions);
    }
    allocator->free(allocator->ctx, adoptions);
    return status;
}
