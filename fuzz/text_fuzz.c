/* text_fuzz.c: setting texts of any size in any order, with failing allocations, against a plain
 * array of strings.
 *
 * The first 3 bytes are the number of texts and the inline capacity. Each operation is 4 bytes:
 * its sort and text, a 16-bit size, and a seed of the text's bytes.
 */
#include <string.h>

#include "cslots/text.h"
#include "fuzz.h"

enum { TEXTS = 6, LONGEST = 70000, TAIL = 19, GUARD = 8 };

typedef struct {
    size_t blocks; /* alive */
    int failing; /* the next allocation fails */
} memory;

static int fails(memory *m) {
    int now = m->failing;
    m->failing = 0;
    return now;
}

static void *fuzz_alloc(void *ctx, size_t size) {
    memory *m = ctx;
    void *block = fails(m) ? NULL : malloc(size);
    m->blocks += block != NULL;
    return block;
}

static void *fuzz_realloc(void *ctx, void *block, size_t size) {
    return fails(ctx) ? NULL : realloc(block, size);
}

static void fuzz_free(void *ctx, void *block) {
    ((memory *)ctx)->blocks -= block != NULL;
    free(block);
}

typedef struct {
    uint8_t seed;
    size_t size;
} model_text;

static char bytes[LONGEST + 256];

/* The bytes of a text: a window of one long pattern, so that a text is known by its size and
 * seed. */
static const char *data_of(model_text text) { return bytes + text.seed; }

static void compare(const cs_text_shape *shape, const char *object, size_t capacity,
                    const model_text *model, const memory *m) {
    size_t total = 0;
    MUST(cs_text_check(shape, object) == 0);
    for (uint32_t j = 0; j < shape->count; j++) {
        cs_text text = cs_text_get(shape, object, j);
        MUST(text.size == model[j].size && memcmp(text.data, data_of(model[j]), text.size) == 0);
        total += text.size;
    }
    MUST(cs_text_total(shape, object) == total);
    MUST(m->blocks == (total > capacity) &&
         (cs_text_heap_size(shape, object) != 0) == (total > capacity));
    for (size_t i = 0; i < GUARD; i++) { MUST(object[TAIL + capacity + i] == 0x5A); }
}

static size_t size_of(uint8_t sort, uint32_t number, size_t capacity) {
    switch (sort / 8 % 4) {
    case 0: return number % (capacity + 1);
    case 1: return number % 12;
    case 2: return number % (2 * capacity + 2);
    default: return number % 16 == 0 ? number : number % 256;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    for (size_t i = 0; i < sizeof bytes; i++) { bytes[i] = (char)(i * 131 + i / 251); }
    fuzz_input input = {data, data + size};
    uint32_t ends[TEXTS] = {2, 4, 6, 8, 10, 12};
    cs_text_shape shape = {
        .tail = TAIL, .capacity = 0, .count = 1 + fuzz_byte(&input) % TEXTS, .ends = ends};
    uint32_t number = fuzz_word(&input);
    size_t capacity =
        CS_TEXT_INLINE_MIN +
        (number & 1 ? number % 100 : number % (CS_TEXT_INLINE_MAX - CS_TEXT_INLINE_MIN + 1));
    memory m = {0};
    cs_allocator allocator = {
        .ctx = &m, .alloc = fuzz_alloc, .realloc = fuzz_realloc, .free = fuzz_free};
    model_text model[TEXTS] = {{0}};
    char *object = malloc(TAIL + capacity + GUARD);
    MUST(object != NULL);
    memset(object, 0x5A, TAIL + capacity + GUARD);
    cs_text_init(&shape, object, capacity);
    while (fuzz_more(&input)) {
        uint8_t sort = fuzz_byte(&input);
        number = fuzz_word(&input);
        model_text text = {fuzz_byte(&input), size_of(sort, number, capacity)};
        size_t index = sort % shape.count;
        m.failing = sort >= 224;
        if (sort == 223) {
            cs_text_clear(&shape, object, &allocator);
            cs_text all[TEXTS];
            for (uint32_t j = 0; j < shape.count; j++) {
                if (j % 2 == 0) { model[j] = text; }
                all[j] = (cs_text){data_of(model[j]), model[j].size};
            }
            MUST(cs_text_set_all(&shape, object, &allocator, all) == CS_OK);
        } else if (cs_text_set(&shape, object, &allocator, index, data_of(text), text.size) ==
                   CS_OK) {
            model[index] = text;
        } else {
            MUST(sort >= 224);
        }
        m.failing = 0;
        compare(&shape, object, capacity, model, &m);
    }
    cs_text_clear(&shape, object, &allocator);
    MUST(m.blocks == 0 && cs_text_total(&shape, object) == 0);
    free(object);
    return 0;
}
