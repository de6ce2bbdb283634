/* counting.c: the allocator of check.h. */
#include "check.h"

static int fails(counting_allocator *counting) { return ++counting->calls == counting->fail_at; }

static void *count_alloc(void *ctx, size_t size) {
    counting_allocator *counting = ctx;
    void *block = fails(counting) ? NULL : cs_system_allocator.alloc(NULL, size);
    counting->live_blocks += block != NULL;
    return block;
}

static void *count_realloc(void *ctx, void *block, size_t size) {
    counting_allocator *counting = ctx;
    void *moved = fails(counting) ? NULL : cs_system_allocator.realloc(NULL, block, size);
    counting->live_blocks += block == NULL && moved != NULL;
    return moved;
}

static void count_free(void *ctx, void *block) {
    counting_allocator *counting = ctx;
    counting->live_blocks -= block != NULL;
    cs_system_allocator.free(NULL, block);
}

static void *count_map(void *ctx, size_t size, size_t align) {
    counting_allocator *counting = ctx;
    void *region = fails(counting) ? NULL : cs_system_allocator.region_map(NULL, size, align);
    counting->live_regions += region != NULL;
    counting->mapped += region != NULL;
    return region;
}

static void count_unmap(void *ctx, void *region, size_t size) {
    counting_allocator *counting = ctx;
    counting->live_regions--;
    cs_system_allocator.region_unmap(NULL, region, size);
}

static void count_discard(void *ctx, void *region, size_t size) {
    counting_allocator *counting = ctx;
    counting->discards++;
    counting->discarded += size;
    cs_system_allocator.region_discard(NULL, region, size);
}

static void *count_reserve(void *ctx, size_t size) {
    counting_allocator *counting = ctx;
    void *space = fails(counting) ? NULL : cs_system_allocator.space_reserve(NULL, size);
    counting->live_spaces += space != NULL;
    counting->reserved += space != NULL ? size : 0;
    return space;
}

static int count_commit(void *ctx, void *space, size_t from, size_t to) {
    counting_allocator *counting = ctx;
    counting->commits++;
    return fails(counting) ? -1 : cs_system_allocator.space_commit(NULL, space, from, to);
}

static void *count_move(void *ctx, void *space, size_t committed, size_t reserved, size_t wanted) {
    counting_allocator *counting = ctx;
    void *moved = fails(counting) || counting->no_moves
                      ? NULL
                      : cs_system_allocator.space_move(NULL, space, committed, reserved, wanted);
    counting->moves += moved != NULL;
    counting->reserved += moved != NULL ? wanted - reserved : 0;
    return moved;
}

static void count_release(void *ctx, void *space, size_t reserved) {
    counting_allocator *counting = ctx;
    counting->live_spaces--;
    counting->reserved -= reserved;
    cs_system_allocator.space_release(NULL, space, reserved);
}

static void count_page_used(void *ctx, void *page, size_t size) {
    (void)page, (void)size;
    ((counting_allocator *)ctx)->pages_used++;
}

static void count_page_unused(void *ctx, void *page, size_t size) {
    (void)page, (void)size;
    ((counting_allocator *)ctx)->pages_used--;
}

int has_address_space(void) {
    void *space = cs_system_allocator.space_reserve(NULL, CS_SPACE_STEP);
    if (space == NULL) { return 0; }
    cs_system_allocator.space_release(NULL, space, CS_SPACE_STEP);
    return 1;
}

void counting_init(counting_allocator *counting) {
    *counting = (counting_allocator){.allocator = {.ctx = counting,
                                                   .alloc = count_alloc,
                                                   .realloc = count_realloc,
                                                   .free = count_free,
                                                   .region_map = count_map,
                                                   .region_unmap = count_unmap,
                                                   .region_discard = count_discard,
                                                   .page_used = count_page_used,
                                                   .page_unused = count_page_unused}};
    if (!has_address_space()) { return; }
    counting->allocator.space_reserve = count_reserve;
    counting->allocator.space_commit = count_commit;
    counting->allocator.space_move = count_move;
    counting->allocator.space_release = count_release;
}

void counting_fail(counting_allocator *counting, size_t n) {
    counting->calls = 0;
    counting->fail_at = n;
}
