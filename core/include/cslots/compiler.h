/* compiler.h: every word that belongs to the compiler and not to C11.
 *
 *   attributes and hints     CS_NOINLINE, CS_ALWAYS_INLINE, CS_COLD, CS_PRINTF, CS_LIKELY,
 *                            CS_UNLIKELY, CS_PREFETCH, CS_KEEP_LOOP
 *   bits and arithmetic      cs_count_ones, cs_leading_zeros, cs_trailing_zeros, cs_swap_bytes,
 *                            cs_multiply, cs_add_overflows, cs_multiply_overflows
 *   what is being built for  CS_BIG_ENDIAN, CS_ADDRESS_SANITIZER
 *   the sanitizer            CS_POISON, CS_UNPOISON, CS_LEAK_ROOT, CS_NO_LEAK_ROOT
 *   atomic counters          <stdatomic.h>
 *
 * GCC and Clang have a builtin for each. Another compiler gets plain C, or nothing where the word
 * is only a hint. So a port to another compiler is a port of this file.
 */
#ifndef CSLOTS_COMPILER_H
#define CSLOTS_COMPILER_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* ---- attributes and hints ---- */

#if defined(__GNUC__) && !defined(CS_PLAIN_C)
#define CS_NOINLINE __attribute__((noinline))
#define CS_COLD __attribute__((noinline, cold))
#define CS_ALWAYS_INLINE inline __attribute__((always_inline))
#define CS_PRINTF(text, first) __attribute__((format(printf, text, first)))
#define CS_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define CS_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define CS_PREFETCH(address) __builtin_prefetch(address)
#define CS_KEEP_LOOP() __asm__("" : : : "memory") /* in a loop: it does not become a call */
#else
#define CS_NOINLINE
#define CS_COLD
#define CS_ALWAYS_INLINE inline
#define CS_PRINTF(text, first)
#define CS_LIKELY(condition) (condition)
#define CS_UNLIKELY(condition) (condition)
#define CS_PREFETCH(address) ((void)(address))
#define CS_KEEP_LOOP() ((void)0)
#endif

/* ---- bits ---- */

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define CS_BIG_ENDIAN 1
#else
#define CS_BIG_ENDIAN 0
#endif

static inline unsigned cs_count_ones(uint64_t word) {
#if defined(__GNUC__) && !defined(CS_PLAIN_C)
    return (unsigned)__builtin_popcountll(word);
#else
    unsigned count = 0;
    for (; word != 0; word &= word - 1) { count++; }
    return count;
#endif
}

/* Zeros above the highest 1 of a word that is not 0. */
static inline unsigned cs_leading_zeros(uint64_t word) {
#if defined(__GNUC__) && !defined(CS_PLAIN_C)
    return (unsigned)__builtin_clzll(word);
#else
    unsigned count = 0;
    for (; (word >> 63) == 0; word <<= 1) { count++; }
    return count;
#endif
}

/* Zeros below the lowest 1 of a word that is not 0. */
static inline unsigned cs_trailing_zeros(uint64_t word) {
#if defined(__GNUC__) && !defined(CS_PLAIN_C)
    return (unsigned)__builtin_ctzll(word);
#else
    unsigned count = 0;
    for (; (word & 1) == 0; word >>= 1) { count++; }
    return count;
#endif
}

static inline uint64_t cs_swap_bytes(uint64_t word) {
#if defined(__GNUC__) && !defined(CS_PLAIN_C)
    return __builtin_bswap64(word);
#else
    uint64_t swapped = 0;
    for (int i = 0; i < 8; i++) { swapped = swapped << 8 | (word >> 8 * i & 0xFF); }
    return swapped;
#endif
}

/* ---- arithmetic ---- */

/* The 128 bits of a product: the low 64 are returned. */
static inline uint64_t cs_multiply(uint64_t a, uint64_t b, uint64_t *high) {
#if defined(__SIZEOF_INT128__) && !defined(CS_PLAIN_C)
    __extension__ typedef unsigned __int128 cs_uint128;
    const cs_uint128 product = (cs_uint128)a * b;
    *high = (uint64_t)(product >> 64);
    return (uint64_t)product;
#else
    const uint64_t al = a & 0xFFFFFFFFu, ah = a >> 32, bl = b & 0xFFFFFFFFu, bh = b >> 32;
    const uint64_t ll = al * bl, lh = al * bh, hl = ah * bl, hh = ah * bh;
    const uint64_t mid = (ll >> 32) + (lh & 0xFFFFFFFFu) + (hl & 0xFFFFFFFFu);
    *high = hh + (lh >> 32) + (hl >> 32) + (mid >> 32);
    return (mid << 32) | (ll & 0xFFFFFFFFu);
#endif
}

/* Does a + b, or a * b, lie outside int64? *result is the sum or product if it does not. */
static inline int cs_add_overflows(int64_t a, int64_t b, int64_t *result) {
#if defined(__GNUC__) && !defined(CS_PLAIN_C)
    return __builtin_add_overflow(a, b, result);
#else
    if (b >= 0 ? a > INT64_MAX - b : a < INT64_MIN - b) { return 1; }
    *result = a + b;
    return 0;
#endif
}

static inline int cs_multiply_overflows(int64_t a, int64_t b, int64_t *result) {
#if defined(__GNUC__) && !defined(CS_PLAIN_C)
    return __builtin_mul_overflow(a, b, result);
#else
    if (a > 0 ? (b > 0 ? a > INT64_MAX / b : b < INT64_MIN / a)
              : (b > 0 ? a < INT64_MIN / b : a != 0 && b < INT64_MAX / a)) {
        return 1;
    }
    *result = a * b;
    return 0;
#endif
}

/* ---- the address sanitizer ---- */

#if defined(__SANITIZE_ADDRESS__) /* GCC */
#define CS_ADDRESS_SANITIZER 1
#elif defined(__has_feature) /* Clang */
#define CS_ADDRESS_SANITIZER __has_feature(address_sanitizer)
#else
#define CS_ADDRESS_SANITIZER 0
#endif

#if CS_ADDRESS_SANITIZER
void __asan_poison_memory_region(void const volatile *address, size_t size);
void __asan_unpoison_memory_region(void const volatile *address, size_t size);
/* The leak checker looks for pointers in malloc's memory only; a region can hold pointers too. */
void __lsan_register_root_region(const void *start, size_t size);
void __lsan_unregister_root_region(const void *start, size_t size);
#define CS_POISON(address, size) __asan_poison_memory_region((address), (size))
#define CS_UNPOISON(address, size) __asan_unpoison_memory_region((address), (size))
#define CS_LEAK_ROOT(start, size) __lsan_register_root_region((start), (size))
#define CS_NO_LEAK_ROOT(start, size) __lsan_unregister_root_region((start), (size))
#else
#define CS_POISON(address, size) ((void)0)
#define CS_UNPOISON(address, size) ((void)0)
#define CS_LEAK_ROOT(start, size) ((void)0)
#define CS_NO_LEAK_ROOT(start, size) ((void)0)
#endif

#endif
