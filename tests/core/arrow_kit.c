/* arrow_kit.c: see arrow_kit.h. */
#include "arrow_kit.h"

size_t kit_alive;

static void *block(kit_owner *owner, const void *data, size_t size) {
    void *made = calloc(1, size ? size : 1);
    if (made == NULL || owner->block_count == KIT_MOST) { abort(); }
    if (data != NULL && size != 0) { memcpy(made, data, size); }
    owner->blocks[owner->block_count++] = made;
    return made;
}

static kit_owner *new_owner(void) {
    kit_owner *owner = calloc(1, sizeof *owner);
    if (owner == NULL) { abort(); }
    kit_alive++;
    return owner;
}

static void free_owner(kit_owner *owner) {
    for (size_t i = 0; i < owner->array_count; i++) {
        if (owner->arrays[i]->release != NULL) { owner->arrays[i]->release(owner->arrays[i]); }
    }
    for (size_t i = 0; i < owner->schema_count; i++) {
        if (owner->schemas[i]->release != NULL) { owner->schemas[i]->release(owner->schemas[i]); }
    }
    for (size_t i = 0; i < owner->block_count; i++) { free(owner->blocks[i]); }
    free(owner);
    kit_alive--;
}

static void release_array(struct ArrowArray *array) {
    free_owner(array->private_data);
    array->release = NULL;
}

static void release_schema(struct ArrowSchema *schema) {
    free_owner(schema->private_data);
    schema->release = NULL;
}

void kit_array(struct ArrowArray *array, size_t buffers, size_t children, size_t length) {
    kit_owner *owner = new_owner();
    *array = (struct ArrowArray){.length = (int64_t)length,
                                 .n_buffers = (int64_t)buffers,
                                 .n_children = (int64_t)children,
                                 .buffers = block(owner, NULL, buffers * sizeof(void *)),
                                 .children = block(owner, NULL, children * sizeof(void *)),
                                 .release = release_array,
                                 .private_data = owner};
    for (size_t i = 0; i < children; i++) {
        array->children[i] = owner->arrays[owner->array_count++] =
            block(owner, NULL, sizeof(struct ArrowArray));
    }
}

void kit_schema(struct ArrowSchema *schema, const char *name, const char *format, size_t children) {
    kit_owner *owner = new_owner();
    *schema = (struct ArrowSchema){.format = block(owner, format, strlen(format) + 1),
                                   .name = block(owner, name, strlen(name) + 1),
                                   .flags = ARROW_FLAG_NULLABLE,
                                   .n_children = (int64_t)children,
                                   .children = block(owner, NULL, children * sizeof(void *)),
                                   .release = release_schema,
                                   .private_data = owner};
    for (size_t i = 0; i < children; i++) {
        schema->children[i] = owner->schemas[owner->schema_count++] =
            block(owner, NULL, sizeof(struct ArrowSchema));
    }
}

void *kit_buffer(struct ArrowArray *array, size_t index, const void *data, size_t size) {
    void *made = block(array->private_data, data, size);
    array->buffers[index] = made;
    return made;
}

void kit_add_dictionary(struct ArrowSchema *schema, struct ArrowArray *array) {
    kit_owner *of_schema = schema->private_data, *of_array = array->private_data;
    schema->dictionary = of_schema->schemas[of_schema->schema_count++] =
        block(of_schema, NULL, sizeof(struct ArrowSchema));
    array->dictionary = of_array->arrays[of_array->array_count++] =
        block(of_array, NULL, sizeof(struct ArrowArray));
}

void kit_table_init(kit_table *table, size_t columns, size_t rows) {
    kit_schema(&table->schema, "", "+s", columns);
    kit_array(&table->array, 1, columns, rows);
}

void kit_table_clear(kit_table *table) {
    if (table->array.release != NULL) { table->array.release(&table->array); }
    if (table->schema.release != NULL) { table->schema.release(&table->schema); }
}

void kit_fixed(kit_table *table, size_t column, const char *name, const char *format,
               const void *values, size_t width) {
    const size_t rows = (size_t)table->array.length;
    kit_schema(table->schema.children[column], name, format, 0);
    kit_array(table->array.children[column], 2, 0, rows);
    kit_buffer(table->array.children[column], 1, values, rows * width);
}

void kit_bits(kit_table *table, size_t column, const char *name, const uint8_t *bits) {
    const size_t rows = (size_t)table->array.length;
    kit_schema(table->schema.children[column], name, "b", 0);
    kit_array(table->array.children[column], 2, 0, rows);
    kit_buffer(table->array.children[column], 1, bits, (rows + 7) / 8);
}

void kit_validity(struct ArrowArray *array, const uint8_t *bits) {
    const size_t rows = (size_t)array->length;
    kit_buffer(array, 0, bits, (rows + 7) / 8);
    array->null_count = 0;
    for (size_t i = 0; i < rows; i++) { array->null_count += !(bits[i / 8] >> (i % 8) & 1); }
}

static void put_views(struct ArrowArray *array, const char *const *texts, size_t segments) {
    const size_t rows = (size_t)array->length;
    size_t total = 0;
    for (size_t i = 0; i < rows; i++) { total += texts[i] != NULL ? strlen(texts[i]) : 0; }
    cs_view *views = kit_buffer(array, 1, NULL, rows * sizeof *views);
    int64_t *sizes = calloc(segments + 1, sizeof *sizes);
    char *room = calloc(segments + 1, total + 1);
    if (sizes == NULL || room == NULL) { abort(); }
    for (size_t i = 0, next = 0; i < rows; i++) {
        const size_t size = texts[i] != NULL ? strlen(texts[i]) : 0;
        views[i].in.size = (int32_t)size;
        if (size <= CS_VIEW_INLINE) {
            if (size != 0) { memcpy(views[i].in.text, texts[i], size); }
            continue;
        }
        const size_t segment = next++ % segments;
        memcpy(views[i].out.prefix, texts[i], 4);
        views[i].out.segment = (int32_t)segment;
        views[i].out.offset = (int32_t)sizes[segment];
        memcpy(room + segment * total + sizes[segment], texts[i], size);
        sizes[segment] += (int64_t)size;
    }
    for (size_t i = 0; i < segments; i++) {
        kit_buffer(array, 2 + i, room + i * total, (size_t)sizes[i]);
    }
    kit_buffer(array, 2 + segments, sizes, segments * sizeof *sizes);
    free(sizes);
    free(room);
}

static void put_offsets(struct ArrowArray *array, const char *const *texts, size_t width) {
    const size_t rows = (size_t)array->length;
    size_t total = 0, end = 0;
    for (size_t i = 0; i < rows; i++) { total += texts[i] != NULL ? strlen(texts[i]) : 0; }
    uint8_t *offsets = kit_buffer(array, 1, NULL, (rows + 1) * width);
    char *bytes = kit_buffer(array, 2, NULL, total);
    for (size_t i = 0; i < rows; i++) {
        const size_t size = texts[i] != NULL ? strlen(texts[i]) : 0;
        if (size != 0) { memcpy(bytes + end, texts[i], size); }
        end += size;
        const int32_t four = (int32_t)end;
        const int64_t eight = (int64_t)end;
        memcpy(offsets + (i + 1) * width, width == 4 ? (const void *)&four : (const void *)&eight,
               width);
    }
}

static void put_texts(struct ArrowSchema *schema, struct ArrowArray *array, const char *name,
                      const char *format, const char *const *texts, size_t count, size_t segments) {
    uint8_t *valid = calloc(1, count / 8 + 1);
    int nulls = 0;
    if (valid == NULL) { abort(); }
    for (size_t i = 0; i < count; i++) {
        nulls += texts[i] == NULL;
        if (texts[i] != NULL) { valid[i / 8] = (uint8_t)(valid[i / 8] | 1u << (i % 8)); }
    }
    kit_schema(schema, name, format, 0);
    kit_array(array, format[0] == 'v' ? 3 + segments : 3, 0, count);
    if (nulls) { kit_validity(array, valid); }
    if (format[0] == 'v') {
        put_views(array, texts, segments);
    } else {
        put_offsets(array, texts, format[0] == 'u' || format[0] == 'z' ? 4 : 8);
    }
    free(valid);
}

void kit_texts(kit_table *table, size_t column, const char *name, const char *format,
               const char *const *texts, size_t segments) {
    put_texts(table->schema.children[column], table->array.children[column], name, format, texts,
              (size_t)table->array.length, segments);
}

void kit_codes(kit_table *table, size_t column, const char *name, const char *format,
               const void *indexes, size_t width, const char *words_format,
               const char *const *words, size_t count) {
    kit_fixed(table, column, name, format, indexes, width);
    kit_add_dictionary(table->schema.children[column], table->array.children[column]);
    put_texts(table->schema.children[column]->dictionary, table->array.children[column]->dictionary,
              "", words_format, words, count, 1);
}
