/* arrow/schema.c: schemas of a pool's columns.
 *
 *   ArrowSchema "+s"              one block each, with all that it owns
 *     children[0] "C" "age"  -->  +-------+----------------+------------+------+--------+
 *     children[1] "S" "city"      | owner | child pointers | dictionary | name | format |
 *       dictionary "u"            +-------+----------------+------------+------+--------+
 *
 * Each schema owns its strings and the structs of its children and dictionary. A consumer that
 * moves a child out sets its release to NULL.
 */
#include <string.h>

#include "arrow/common.h"

typedef struct {
    const cs_allocator *allocator;
    struct ArrowSchema **children; /* pointers to `structs` */
    struct ArrowSchema *structs;   /* children, then the dictionary */
    size_t count;                  /* of structs */
} schema_owner;

static void release_schema(struct ArrowSchema *schema) {
    schema_owner *owner = schema->private_data;
    const cs_allocator *allocator = owner->allocator;
    for (size_t i = 0; i < owner->count; i++) {
        if (owner->structs[i].release != NULL) { owner->structs[i].release(&owner->structs[i]); }
    }
    allocator->free(allocator->ctx, owner);
    schema->release = NULL;
}

static size_t put_string(char *to, size_t at, const char *text) {
    const int32_t size = (int32_t)strlen(text);
    if (to != NULL) {
        memcpy(to + at, &size, sizeof size);
        memcpy(to + at + sizeof size, text, (size_t)size);
    }
    return at + sizeof size + (size_t)size;
}

/* The metadata of an extension type: the number of pairs, then keys and values, each with its size
 * before it. Gives the bytes that it takes; writes them if `to` is not NULL. */
static size_t metadata_of(const char *extension, char *to) {
    const int32_t pairs = 2;
    if (extension == NULL) { return 0; }
    if (to != NULL) { memcpy(to, &pairs, sizeof pairs); }
    size_t at = put_string(to, sizeof pairs, "ARROW:extension:name");
    at = put_string(to, at, extension);
    at = put_string(to, at, "ARROW:extension:metadata");
    return put_string(to, at, "");
}

/* A schema whose children and dictionary are still empty structs. */
static cs_status new_schema(const cs_allocator *allocator, const char *name, const char *format,
                            int64_t flags, size_t children, int has_dictionary,
                            const char *extension, struct ArrowSchema *out) {
    const size_t structs = children + (has_dictionary ? 1 : 0), name_size = strlen(name) + 1,
                 format_size = strlen(format) + 1;
    const size_t size = sizeof(schema_owner) + children * sizeof(struct ArrowSchema *) +
                        structs * sizeof(struct ArrowSchema);
    *out = (struct ArrowSchema){.release = NULL};
    schema_owner *owner = allocator->alloc(allocator->ctx, size + name_size + format_size +
                                                               metadata_of(extension, NULL));
    if (owner == NULL) { return CS_NO_MEMORY; }
    memset(owner, 0, size);
    owner->allocator = allocator;
    owner->count = structs;
    owner->children = (struct ArrowSchema **)(owner + 1);
    owner->structs = (struct ArrowSchema *)(void *)(owner->children + children);
    for (size_t i = 0; i < children; i++) { owner->children[i] = &owner->structs[i]; }
    char *strings = (char *)owner + size;
    memcpy(strings, name, name_size);
    memcpy(strings + name_size, format, format_size);
    out->name = strings;
    out->format = strings + name_size;
    if (extension != NULL) {
        (void)metadata_of(extension, strings + name_size + format_size);
        out->metadata = strings + name_size + format_size;
    }
    out->flags = flags;
    out->n_children = (int64_t)children;
    out->children = children ? owner->children : NULL;
    out->dictionary = has_dictionary ? &owner->structs[children] : NULL;
    out->release = release_schema;
    out->private_data = owner;
    return CS_OK;
}

cs_status cs_arrow_export_schema(const cs_arrow_field *fields, uint32_t count,
                                 const cs_allocator *allocator, struct ArrowSchema *out) {
    cs_status status = new_schema(allocator, "", "+s", 0, count, 0, NULL, out);
    for (uint32_t i = 0; status == CS_OK && i < count; i++) {
        const cs_arrow_field *field = &fields[i];
        struct ArrowSchema *child = out->children[i];
        status = new_schema(allocator, field->name, field->format,
                            field->nullable ? ARROW_FLAG_NULLABLE : 0, 0, field->dictionary != NULL,
                            field->extension, child);
        if (status == CS_OK && field->dictionary != NULL) {
            status = new_schema(allocator, "", "u", 0, 0, 0, NULL, child->dictionary);
        }
    }
    if (status != CS_OK && out->release != NULL) { out->release(out); }
    return status;
}

/* ---- what a consumer asks for ---- */

static const char *const families[][3] = {{"vu", "u", "U"}, {"vz", "z", "Z"}};

/* The constant string for `format`, if it is of the same family as `ours`; else NULL. */
static const char *same_family(const char *ours, const char *format) {
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        const char *found = NULL;
        int has_ours = 0;
        for (size_t j = 0; j < 3; j++) {
            has_ours |= strcmp(families[i][j], ours) == 0;
            if (strcmp(families[i][j], format) == 0) { found = families[i][j]; }
        }
        if (has_ours) { return found; }
    }
    return NULL;
}

void cs_arrow_request(cs_arrow_field *fields, uint32_t count, const struct ArrowSchema *requested) {
    if (requested->release == NULL || requested->format == NULL ||
        strcmp(requested->format, "+s") != 0 || requested->children == NULL) {
        return;
    }
    for (int64_t i = 0; i < requested->n_children; i++) {
        const struct ArrowSchema *child = requested->children[i];
        if (child == NULL || child->name == NULL || child->format == NULL ||
            child->dictionary != NULL) {
            continue;
        }
        for (uint32_t j = 0; j < count; j++) {
            const char *format = strcmp(fields[j].name, child->name) == 0
                                     ? same_family(fields[j].format, child->format)
                                     : NULL;
            if (format != NULL) { fields[j].format = format; }
        }
    }
}
