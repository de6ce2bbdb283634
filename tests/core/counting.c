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

static void count_page_used(void *ctx, void *page, size_t size) {
    (void)page, (void)size;
    ((counting_allocator *)ctx)->pages_used++;
}

static void count_page_unused(void *ctx, void *page, size_t size) {
    (void)page, (void)size;
    ((counting_allocator *)ctx)->pages_used--;
}

void counting_init(counting_allocator *counting) {
    *counting = (counting_allocator){.allocator = {counting, count_alloc, count_realloc, count_free, count_map, count_unmap, count_discard,
                                                   count_page_used, count_page_unused}};
}

void counting_fail(counting_allocator *counting, size_t n) {
    counting->calls = 0;
    counting->fail_at = n;
}
