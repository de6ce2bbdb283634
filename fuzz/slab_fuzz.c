/* slab_fuzz.c: making and freeing blocks of any size, with failing maps, against a plain array of
 * blocks.
 *
 * Byte 0 of the input says after how many maps one fails (0: none does). Each operation is 3
 * bytes: its sort, and a 16-bit number.
 */
#include <string.h>

#include "cslots/slab.h"
#include "fuzz.h"

enum { MOST = 8192 };

typedef struct {
    unsigned char *block;
    size_t size;
    unsigned char fill;
} live_block;

static live_block live[MOST];
static size_t count;

typedef struct {
    /* regions mapped now; maps asked for; the number of the one that fails */
    size_t regions, maps, failing;
    size_t pages;
} memory;

static void *fuzz_map(void *ctx, size_t size, size_t align) {
    memory *m = ctx;
    void *region =
        ++m->maps == m->failing ? NULL : cs_system_allocator.region_map(NULL, size, align);
    m->regions += region != NULL;
    return region;
}

static void fuzz_unmap(void *ctx, void *region, size_t size) {
    ((memory *)ctx)->regions--;
    cs_system_allocator.region_unmap(NULL, region, size);
}

static void fuzz_used(void *ctx, void *page, size_t size) {
    (void)page, (void)size;
    ((memory *)ctx)->pages++;
}

static void fuzz_unused(void *ctx, void *page, size_t size) {
    (void)page, (void)size;
    ((memory *)ctx)->pages--;
}

static void make(cs_slab *slab, size_t size) {
    if (count == MOST) { return; }
    live_block *b = &live[count];
    b->size = size;
    b->fill = (unsigned char)(count * 7 + size);
    b->block = cs_slab_alloc(slab, size);
    if (b->block == NULL) { return; }
    MUST((uintptr_t)b->block % 8 == 0 && cs_slab_size_of(b->block) == cs_slab_round(size));
    memset(b->block, b->fill, size);
    count++;
}

static void drop(size_t i) {
    live_block *b = &live[i];
    for (size_t j = 0; j < b->size; j++) { MUST(b->block[j] == b->fill); }
    cs_slab_free(b->block);
    *b = live[--count];
}

/* Blocks outlive a closed slab. The slab is gone with the last of them. */
static void close_and_drop(cs_slab *slab, memory *m) {
    int was_empty = count == 0;
    cs_slab_close(slab);
    if (!was_empty) { MUST(cs_slab_check(slab) == 0); }
    while (count > 1) { drop(count / 2); }
    if (!was_empty) {
        MUST(cs_slab_check(slab) == 0 && m->regions == 1 && m->pages == 1);
        drop(0);
    }
    MUST(m->regions == 0 && m->pages == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input input = {data, data + size};
    memory m = {.failing = fuzz_byte(&input)};
    cs_allocator allocator = cs_system_allocator;
    allocator.ctx = &m;
    allocator.region_map = fuzz_map;
    allocator.region_unmap = fuzz_unmap;
    allocator.page_used = fuzz_used;
    allocator.page_unused = fuzz_unused;
    cs_slab *slab = cs_slab_new(&allocator);
    MUST(slab != NULL);
    count = 0;
    while (fuzz_more(&input)) {
        uint8_t sort = fuzz_byte(&input);
        uint32_t number = fuzz_word(&input);
        size_t block_size = CS_SLAB_MIN + number % (CS_SLAB_MAX - CS_SLAB_MIN + 1);
        if (sort < 90) {
            make(slab, block_size);
        } else if (sort < 150) {
            if (count != 0) { drop(number % count); }
        } else if (sort < 180) {
            for (int i = 0; i < 64; i++) { make(slab, block_size); }
        } else if (sort < 215) {
            for (int i = 0; i < 64 && count != 0; i++) { drop(count - 1); }
        } else if (sort < 250) {
            for (size_t i = 0; i < 64 && count != 0; i++) { drop((number + i * 31) % count); }
        } else {
            while (count != 0) { drop(count - 1); }
        }
        /* The check walks every free list, so with many blocks it does not run after every
         * step. */
        if (count < 256 || sort % 8 == 0) { MUST(cs_slab_check(slab) == 0); }
    }
    MUST(cs_slab_check(slab) == 0);
    cs_slab_stats stats;
    cs_slab_get_stats(slab, &stats);
    MUST(stats.blocks == count && stats.pages == m.pages && stats.arenas == m.regions);
    close_and_drop(slab, &m);
    return 0;
}
