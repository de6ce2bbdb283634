/* plain_compiler.c: the words of compiler.h as a compiler other than GCC and Clang gets them. */
#define CS_PLAIN_C

#include "compiler_words.h"

#include "cslots/compiler.h"

const compiler_words plain_words = {
    cs_count_ones, cs_leading_zeros, cs_trailing_zeros,     cs_swap_bytes,
    cs_multiply,   cs_add_overflows, cs_multiply_overflows,
};
