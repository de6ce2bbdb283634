/* arrow/words.c: see arrow/words.h. */
#include "arrow/words.h"

#include "cslots/hash.h"

#define FIRST_ROOM ((size_t)16)

static uint32_t *slot_of(const cs_arrow_words *words, uint64_t hash, const cs_text *text) {
    for (size_t i = (size_t)hash & words->mask;; i = (i + 1) & words->mask) {
        uint32_t *slot = &words->slots[i];
        if (*slot == 0) { return slot; }
        const cs_arrow_word *word = &words->words[*slot - 1];
        if (text != NULL && word->hash == hash && word->text.size == text->size &&
            (text->size == 0 || memcmp(word->text.data, text->data, text->size) == 0)) {
            return slot;
        }
    }
}

static void fill_slots(cs_arrow_words *words) {
    if (words->slots == NULL) { return; }
    memset(words->slots, 0, (words->mask + 1) * sizeof *words->slots);
    for (size_t i = 0; i < words->count; i++) {
        *slot_of(words, words->words[i].hash, NULL) = (uint32_t)(i + 1);
    }
}

static cs_status grow(cs_arrow_words *words) {
    const cs_allocator *allocator = words->allocator;
    const size_t room = words->room ? words->room * 2 : FIRST_ROOM;
    if (room > UINT32_MAX / 4) { return CS_TOO_LARGE; }
    uint32_t *slots = allocator->alloc(allocator->ctx, room * 2 * sizeof *slots);
    if (slots == NULL) { return CS_NO_MEMORY; }
    cs_arrow_word *moved = allocator->realloc(allocator->ctx, words->words, room * sizeof *moved);
    if (moved == NULL) {
        allocator->free(allocator->ctx, slots);
        return CS_NO_MEMORY;
    }
    allocator->free(allocator->ctx, words->slots);
    words->words = moved;
    words->room = room;
    words->slots = slots;
    words->mask = room * 2 - 1;
    fill_slots(words);
    return CS_OK;
}

void cs_arrow_words_clear(cs_arrow_words *words) {
    if (words->allocator == NULL) { return; }
    words->allocator->free(words->allocator->ctx, words->words);
    words->allocator->free(words->allocator->ctx, words->slots);
    *words = (cs_arrow_words){.allocator = words->allocator};
}

cs_status cs_arrow_words_put(cs_arrow_words *words, const cs_text *text, size_t row,
                             uint32_t *number) {
    if (words->count == words->room) {
        const cs_status status = grow(words);
        if (status != CS_OK) { return status; }
    }
    /* The address of the words does not change. */
    const uint64_t hash = cs_hash_bytes((uint64_t)(uintptr_t)words, text->data, text->size);
    uint32_t *slot = slot_of(words, hash, text);
    if (*slot == 0) {
        words->words[words->count] = (cs_arrow_word){
            .text = *text, .hash = hash, .row = row, .code = (uint32_t)words->count};
        words->count++;
        *slot = (uint32_t)words->count;
    }
    *number = *slot - 1;
    return CS_OK;
}

void cs_arrow_words_cut(cs_arrow_words *words, size_t count) {
    words->count = count;
    fill_slots(words);
}
