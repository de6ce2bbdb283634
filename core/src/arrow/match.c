/* arrow/match.c: see arrow/match.h. */
#include "arrow/match.h"

#include <stdio.h>

static cs_status broken(cs_arrow_error *error, const char *what) {
    return cs_arrow_fail(error, CS_ARROW_BROKEN, "the Arrow schema is broken: %s", what);
}

static const char *name_of(const struct ArrowSchema *child) {
    return child->name != NULL ? child->name : "";
}

static cs_status check_schema(const struct ArrowSchema *schema, cs_arrow_error *error) {
    if (schema == NULL || schema->release == NULL) {
        return broken(error, "it was released already");
    }
    if (schema->format == NULL) { return broken(error, "it has no format"); }
    if (strcmp(schema->format, "+s") != 0) {
        return cs_arrow_fail(
            error, CS_ARROW_TYPE,
            "expected a table or a record batch (Arrow format '+s'), got Arrow format '%s'",
            schema->format);
    }
    if (schema->n_children < 0 || schema->n_children > INT32_MAX ||
        (schema->n_children > 0 && schema->children == NULL)) {
        return broken(error, "the number of its children");
    }
    for (int64_t i = 0; i < schema->n_children; i++) {
        const struct ArrowSchema *child = schema->children[i];
        if (child == NULL || child->release == NULL || child->format == NULL) {
            return broken(error, "a child is missing");
        }
        if (child->dictionary != NULL &&
            (child->dictionary->release == NULL || child->dictionary->format == NULL)) {
            return broken(error, "a dictionary is missing");
        }
    }
    return CS_OK;
}

/* The names of the targets, as many as fit: "uint8, bool and 3 more". */
static void list_names(const cs_arrow_target *targets, uint32_t count,
                       const struct ArrowSchema *schema, char *text, size_t size) {
    const size_t all = schema != NULL ? (size_t)schema->n_children : count;
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < all; i++) {
        const char *name = schema != NULL ? name_of(schema->children[i]) : targets[i].name;
        const int written = snprintf(text + used, size - used, "%s%s", i ? ", " : "", name);
        if (written < 0 || (size_t)written >= size - used - 4) {
            (void)snprintf(text + used, size - used, "%s", i ? ", ..." : "...");
            return;
        }
        used += (size_t)written;
    }
}

static int takes(const cs_arrow_target *target, cs_arrow_match *match) {
    const cs_arrow_format *texts = cs_arrow_has_words(match) ? &match->words : &match->format;
    if (match->format.sort == CS_FORMAT_NULL) { return !cs_arrow_has_words(match); }
    if (cs_arrow_has_words(match) && match->format.sort != CS_FORMAT_INT &&
        match->format.sort != CS_FORMAT_UINT) {
        return 0;
    }
    switch ((cs_arrow_want)target->want) {
    case CS_ARROW_BITS: return match->format.sort == CS_FORMAT_BITS;
    case CS_ARROW_TEXTS:
    case CS_ARROW_CODES:
    case CS_ARROW_STR: return texts->sort == CS_FORMAT_TEXT;
    case CS_ARROW_BYTES: return texts->sort == CS_FORMAT_BINARY;
    case CS_ARROW_FIXED: break;
    }
    if (cs_arrow_has_words(match) || !cs_arrow_converts(match->format, match->number.format)) {
        return 0;
    }
    if (match->format.sort != CS_FORMAT_TIMESTAMP) { return 1; }
    return match->format.utc < 2 &&
           (target->format[2] == '\0' || match->format.utc == match->number.format.utc);
}

static cs_status refuse(const cs_arrow_target *target, const struct ArrowSchema *child,
                        const cs_arrow_match *match, cs_arrow_error *error) {
    char got[96];
    const int is_zone = match->format.sort == CS_FORMAT_TIMESTAMP && match->format.utc == 2;
    if (child->dictionary != NULL) {
        (void)snprintf(got, sizeof got, "'%.16s' with a dictionary of '%.24s'", child->format,
                       child->dictionary->format);
    } else if (match->format.name != NULL) {
        (void)snprintf(got, sizeof got, "'%.40s' (%s)", child->format, match->format.name);
    } else {
        (void)snprintf(got, sizeof got, "'%.60s'", child->format);
    }
    return cs_arrow_fail(error, CS_ARROW_TYPE, "column '%.60s': expected %s, got Arrow format %s%s",
                         target->name, target->expected, got, is_zone ? "; convert it to UTC" : "");
}

static cs_status match_child(const cs_arrow_target *target, const struct ArrowSchema *schema,
                             int64_t index, cs_arrow_match *match, cs_arrow_error *error) {
    const struct ArrowSchema *child = schema->children[index];
    if (match->child >= 0) {
        return cs_arrow_fail(error, CS_ARROW_TYPE,
                             "column '%s' is there twice (columns %lld and %lld)", target->name,
                             (long long)match->child, (long long)index);
    }
    match->child = index;
    match->format = cs_arrow_format_of(child->format);
    if (child->dictionary != NULL) { match->words = cs_arrow_format_of(child->dictionary->format); }
    const int has_children =
        child->n_children != 0 || (child->dictionary != NULL && child->dictionary->n_children != 0);
    /* Without this, a dictionary that does not hold texts would look like a plain column. */
    const int is_odd = child->dictionary != NULL && !cs_arrow_has_words(match);
    return has_children || is_odd || !takes(target, match) ? refuse(target, child, match, error)
                                                           : CS_OK;
}

cs_status cs_arrow_match_schema(const cs_arrow_target *targets, uint32_t count,
                                const struct ArrowSchema *schema, cs_arrow_match *matches,
                                int64_t *children, cs_arrow_error *error) {
    char names[160];
    cs_status status = check_schema(schema, error);
    if (status != CS_OK) { return status; }
    for (uint32_t i = 0; i < count; i++) {
        matches[i] = (cs_arrow_match){.child = -1};
        if (targets[i].want == CS_ARROW_FIXED) {
            matches[i].number = (cs_arrow_number){cs_arrow_format_of(targets[i].format),
                                                  targets[i].expected, targets[i].mask};
        }
    }
    for (int64_t j = 0; j < schema->n_children; j++) {
        const char *name = name_of(schema->children[j]);
        uint32_t i = 0;
        while (i < count && strcmp(targets[i].name, name) != 0) { i++; }
        if (i == count) {
            list_names(targets, count, NULL, names, sizeof names);
            return cs_arrow_fail(error, CS_ARROW_TYPE, "column '%.60s' is no field (fields: %s)",
                                 name, names);
        }
        status = match_child(&targets[i], schema, j, &matches[i], error);
        if (status != CS_OK) { return status; }
    }
    for (uint32_t i = 0; i < count; i++) {
        if (matches[i].child < 0 && !targets[i].optional) {
            list_names(NULL, 0, schema, names, sizeof names);
            return cs_arrow_fail(error, CS_ARROW_TYPE, "column '%.60s' is missing (columns: %s)",
                                 targets[i].name, names);
        }
    }
    *children = schema->n_children;
    return CS_OK;
}
