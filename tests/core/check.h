/* check.h: the little that the core's tests need: tests in tables, checks that count, an allocator
 * that counts and fails, random numbers.
 *
 * A test file ends with a table of its tests; main.c runs the tables. A failed check prints its
 * place and ends its test, not the run.
 */
#ifndef CSLOTS_TESTS_CHECK_H
#define CSLOTS_TESTS_CHECK_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cslots/memory.h"

typedef struct {
    const char *name;
    void (*run)(void);
} test_case;

#define TEST(function) {#function, function}
#define END_OF_TESTS {NULL, NULL}

extern const test_case buffer_tests[], bytes_tests[], column_tests[], column_load_tests[],
    compiler_tests[], hash_tests[], kind_tests[], layout_tests[], memory_tests[], pool_tests[],
    ptrmap_tests[], slab_tests[], sort_tests[], text_tests[], textheap_tests[], textroom_tests[];
extern const test_case arrow_export_tests[], arrow_import_tests[], arrow_adopt_tests[],
    arrow_lies_tests[];

extern jmp_buf check_failed; /* set by main.c around each test */

#define CHECK(condition)                                                            \
    do {                                                                            \
        if (!(condition)) {                                                         \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
            longjmp(check_failed, 1);                                               \
        }                                                                           \
    } while (0)

#define CHECK_EQUAL(left, right)                                                              \
    do {                                                                                      \
        long long left_ = (long long)(left), right_ = (long long)(right);                     \
        if (left_ != right_) {                                                                \
            fprintf(stderr, "%s:%d: %s is %lld, but %s is %lld\n", __FILE__, __LINE__, #left, \
                    left_, #right, right_);                                                   \
            longjmp(check_failed, 1);                                                         \
        }                                                                                     \
    } while (0)

/* An allocator over cs_system_allocator that counts what is alive. Call `fail_at` fails. */
typedef struct {
    cs_allocator allocator;
    size_t calls; /* of alloc, realloc, region_map, space_reserve, space_commit and space_move */
    size_t fail_at; /* 1 is the next call; 0 never */
    size_t live_blocks, live_regions, live_spaces;
    size_t reserved; /* bytes of address space */
    int no_moves; /* the system cannot move spaces */
    size_t commits, moves; /* of spaces: calls; those that succeeded */
    /* regions ever mapped; bytes and calls of region_discard */
    size_t mapped, discarded, discards;
    size_t pages_used; /* page_used less page_unused */
} counting_allocator;

/* Does the system have address space? With core/src/os/none.c it has none. */
int has_address_space(void);
/* The functions of address space are NULL where the system has none. */
void counting_init(counting_allocator *counting);
/* The n-th call from here on fails, once. */
void counting_fail(counting_allocator *counting, size_t n);

typedef struct {
    uint64_t state;
} random_source;

static inline uint64_t random_next(random_source *source) {
    uint64_t z = source->state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline size_t random_below(random_source *source, size_t limit) {
    return (size_t)(random_next(source) % limit);
}

#endif
