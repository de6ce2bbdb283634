/* sort.c: sorting rows by one column.
 *
 *   order       | 7 | 2 | 5 | 0 | 3 |         rows, in the order that ties keep
 *                 |   |   |   |   |
 *   items       | key, row | ...              of each row that has a key
 *   rest        | nan rows | null rows        the others, in the order given
 *                 |
 *   sorted      by the bytes of the keys, from the lowest on; each pass is stable
 *
 * A key is an unsigned number that compares as the value does. Bytes in which all keys agree are
 * left out. Keys of a reversed order are inverted, so ties stay in the order given. Keys that lie
 * within 2^32 of one another share one word with their row, so that half as much memory moves.
 *
 * The texts of a run are sorted by 8 bytes at a time. The key is the 8 bytes behind what all texts
 * of the run begin with. Each run of equal keys is then sorted in the same way:
 *
 *   user17@a.org   user1|7@a.org           user17@a.org
 *   user18@b.org   user1|8@b.org           user17@b.org   <- a run, if all 8 bytes are equal
 *   user17@b.org   user1|7@b.org           user18@b.org
 *
 * Short runs are merged. So are runs that do not get shorter.
 *
 * `order` is written when nothing can fail any more.
 */
#include "cslots/sort.h"

#include "cslots/bytes.h"

typedef struct {
    uint64_t key;
    size_t row;
} item;

/* What is sorted, and what a first look at all rows found. */
typedef struct {
    const cs_column *column;
    cs_sort_key key;
    const uint32_t *ranks;
    size_t rank_count;
    int reverse;
    size_t skip; /* of wider values: bytes before those of this key */
    uint64_t sign;        /* the highest bit of a value */
    uint64_t infinity;    /* of floats: larger magnitudes are nan */
    size_t keyed, nans;   /* rows with a key; rows that are nan */
    uint64_t least, most; /* of the keys */
    size_t last_row;      /* the largest */
} sorting;

/* ---- keys ---- */

typedef enum { HAS_KEY, IS_NAN, IS_NULL, IS_OUTSIDE } sort_of_row;

/* Floats are sign and magnitude. Positive ones get the sign bit; of negative ones all bits are
 * inverted. -0.0 becomes 0.0. */
static sort_of_row key_of_float(const sorting *s, uint64_t bits, uint64_t *key) {
    const uint64_t sign = s->sign, magnitude = bits & (sign - 1);
    *key = magnitude != 0 && (bits & sign) != 0 ? sign - 1 - magnitude : sign + magnitude;
    return magnitude > s->infinity ? IS_NAN : HAS_KEY;
}

/* 8 bytes from `skip` on, as a number that compares as they do. Behind the end of the text come
 * zeros. */
static uint64_t key_of_text(cs_text text, size_t skip) {
    uint8_t bytes[8] = {0};
    uint64_t key = 0;
    const size_t left = text.size - skip;
    if (left >= 8) {
        memcpy(bytes, text.data + skip, 8);
    } else {
        cs_text_copy((char *)bytes, text.data + skip, left);
    }
    for (int i = 0; i < 8; i++) { key = key << 8 | bytes[i]; }
    return key;
}

/* Of a column that does not hold texts. */
static inline sort_of_row key_at(const sorting *s, size_t row, uint64_t *key) {
    const cs_column *column = s->column;
    const uint32_t width = column->width;
    if (!cs_column_is_valid(column, row)) { return IS_NULL; }
    const uint8_t *at = column->data + row * width;
    if (s->key == CS_SORT_BYTES) {
        *key = key_of_text((cs_text){(const char *)at + s->skip, 8}, 0);
        return HAS_KEY;
    }
    const uint64_t bits = cs_load_unsigned(at, width);
    switch (s->key) {
    case CS_SORT_FLOAT: return key_of_float(s, bits, key);
    case CS_SORT_SIGNED: *key = bits ^ s->sign; return HAS_KEY;
    default: break;
    }
    if (s->ranks == NULL) {
        *key = bits;
        return HAS_KEY;
    }
    if (bits >= s->rank_count) { return IS_OUTSIDE; }
    *key = s->ranks[bits];
    return HAS_KEY;
}

static cs_text text_at(const cs_column *column, size_t row) {
    cs_text text = {NULL, 0};
    (void)cs_column_text(column, row, &text);
    return text;
}

/* ---- the first look ---- */

static cs_status look_at_texts(sorting *s, const size_t *order, size_t count) {
    for (size_t i = 0; i < count; i++) {
        cs_text text;
        if (!cs_column_is_valid(s->column, order[i])) { continue; }
        if (cs_column_text(s->column, order[i], &text) != 0) { return CS_INVALID; }
        s->keyed++;
    }
    return CS_OK;
}

static cs_status look_at_numbers(sorting *s, const size_t *order, size_t count) {
    s->least = UINT64_MAX;
    for (size_t i = 0; i < count; i++) {
        uint64_t key = 0;
        sort_of_row sort = key_at(s, order[i], &key);
        if (sort == IS_OUTSIDE) { return CS_INVALID; }
        s->nans += sort == IS_NAN;
        if (sort != HAS_KEY) { continue; }
        s->keyed++;
        s->least = key < s->least ? key : s->least;
        s->most = key > s->most ? key : s->most;
        s->last_row = order[i] > s->last_row ? order[i] : s->last_row;
    }
    return CS_OK;
}

/* Radix sort of items, and of words that have a key in the upper half and a row in the lower. The
 * result is in one of the two arrays. */

enum { DIGITS = 256 };

/* How often each byte occurs becomes where the first key with it goes. 0: all keys agree in it. */
static int make_places(size_t *counts, size_t count) {
    size_t place = 0;
    for (int i = 0; i < DIGITS; i++) {
        size_t number = counts[i];
        if (number == count) { return 0; }
        counts[i] = place;
        place += number;
    }
    return 1;
}

/* Not inline: its counts (16 KiB) must not lie on the stack of sort_run, which calls itself. */
static CS_NOINLINE item *sort_items(item *items, item *spare, size_t count) {
    size_t counts[8][DIGITS] = {{0}};
    int is_sorted = 1;
    for (size_t i = 0; i < count; i++) {
        uint64_t key = items[i].key;
        for (int byte = 0; byte < 8; byte++) { counts[byte][key >> byte * 8 & 0xFF]++; }
        is_sorted &= i == 0 || items[i - 1].key <= key;
    }
    for (int byte = 0; byte < 8 && !is_sorted; byte++) {
        if (!make_places(counts[byte], count)) { continue; }
        for (size_t i = 0; i < count; i++) {
            spare[counts[byte][items[i].key >> byte * 8 & 0xFF]++] = items[i];
        }
        item *other = items;
        items = spare;
        spare = other;
    }
    return items;
}

static uint64_t *sort_words(uint64_t *words, uint64_t *spare, size_t count) {
    size_t counts[4][DIGITS] = {{0}};
    int is_sorted = 1;
    for (size_t i = 0; i < count; i++) {
        uint64_t word = words[i];
        for (int byte = 0; byte < 4; byte++) { counts[byte][word >> (32 + byte * 8) & 0xFF]++; }
        is_sorted &= i == 0 || words[i - 1] >> 32 <= word >> 32;
    }
    for (int byte = 0; byte < 4 && !is_sorted; byte++) {
        if (!make_places(counts[byte], count)) { continue; }
        for (size_t i = 0; i < count; i++) {
            spare[counts[byte][words[i] >> (32 + byte * 8) & 0xFF]++] = words[i];
        }
        uint64_t *other = words;
        words = spare;
        spare = other;
    }
    return words;
}

/* ---- runs of texts ---- */

typedef struct {
    const cs_column *column;
    int reverse;
    size_t skip; /* bytes that all texts of the run begin with */
} run;

/* How many bytes two texts share at their beginning. At least `least` are known to agree; more
 * than `most` are not looked at. */
static size_t common(cs_text a, cs_text b, size_t least, size_t most) {
    size_t n = a.size < b.size ? a.size : b.size;
    if (n > most) { n = most; }
    while (least < n && a.data[least] == b.data[least]) { least++; }
    return least;
}

/* Set the keys of the run's texts, which are known to agree in `known` bytes. 0: all texts are
 * equal. */
static int make_keys(run *r, size_t known, item *items, size_t count) {
    const cs_text first = text_at(r->column, items[0].row);
    size_t longest = first.size;
    r->skip = first.size;
    for (size_t i = 1; i < count; i++) {
        const cs_text text = text_at(r->column, items[i].row);
        r->skip = common(first, text, known, r->skip);
        longest = text.size > longest ? text.size : longest;
    }
    if (longest == r->skip) { return 0; }
    for (size_t i = 0; i < count; i++) {
        const uint64_t key = key_of_text(text_at(r->column, items[i].row), r->skip);
        items[i].key = r->reverse ? ~key : key;
    }
    return 1;
}

/* Does `later`, which stands behind `earlier`, belong before it? */
static int is_before(const run *r, const item *later, const item *earlier) {
    if (later->key != earlier->key) { return later->key < earlier->key; }
    const cs_text a = text_at(r->column, later->row), b = text_at(r->column, earlier->row);
    const size_t size = a.size < b.size ? a.size : b.size;
    int compared = size > r->skip ? memcmp(a.data + r->skip, b.data + r->skip, size - r->skip) : 0;
    if (compared == 0) { compared = a.size < b.size ? -1 : a.size > b.size; }
    return r->reverse ? compared > 0 : compared < 0;
}

static void insertion_sort(const run *r, item *items, size_t count) {
    for (size_t i = 1; i < count; i++) {
        const item moving = items[i];
        size_t j = i;
        for (; j > 0 && is_before(r, &moving, &items[j - 1]); j--) { items[j] = items[j - 1]; }
        items[j] = moving;
    }
}

static void merge(const run *r, const item *from, size_t middle, size_t count, item *to) {
    size_t a = 0, b = middle;
    for (size_t i = 0; i < count; i++) {
        int take_b = a == middle || (b < count && is_before(r, &from[b], &from[a]));
        to[i] = from[take_b ? b++ : a++];
    }
}

/* Sorts the items in place; `spare` is as long. */
static void merge_sort(const run *r, item *items, item *spare, size_t count) {
    enum { SORTED = 8 };
    item *from = items, *to = spare;
    for (size_t i = 0; i < count; i += SORTED) {
        insertion_sort(r, items + i, count - i < SORTED ? count - i : SORTED);
    }
    for (size_t half = SORTED; half < count; half *= 2) {
        for (size_t i = 0; i < count; i += 2 * half) {
            const size_t both = count - i < 2 * half ? count - i : 2 * half;
            merge(r, from + i, both < half ? both : half, both, to + i);
        }
        item *other = from;
        from = to;
        to = other;
    }
    if (from != items) { memcpy(items, from, count * sizeof *items); }
}

/* The same, by keys first. `known`: bytes in which all texts agree. */
static void sort_run(const cs_column *column, int reverse, size_t known, item *items, item *spare,
                     size_t count, int depth) {
    enum { SHORT = 64, DEEPEST = 16 };
    run r = {.column = column, .reverse = reverse};
    if (count < 2 || !make_keys(&r, known, items, count)) { return; }
    if (count <= SHORT || depth == DEEPEST) {
        merge_sort(&r, items, spare, count);
        return;
    }
    if (sort_items(items, spare, count) == spare) { memcpy(items, spare, count * sizeof *items); }
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && items[end].key == items[i].key;) { end++; }
        /* the texts differ only in zeros at the end */
        if (end - i == count) { depth = DEEPEST - 1; }
        sort_run(column, reverse, r.skip, items + i, spare, end - i, depth + 1);
    }
}

/* ---- filling, sorting, writing back ---- */

static void sort_texts(const sorting *s, size_t *order, size_t count, item *items, size_t *rest) {
    size_t n = 0, null = 0;
    for (size_t i = 0; i < count; i++) {
        if (cs_column_is_valid(s->column, order[i])) {
            items[n++].row = order[i];
        } else {
            rest[null++] = order[i];
        }
    }
    sort_run(s->column, s->reverse, 0, items, items + n, n, 0);
    for (size_t i = 0; i < n; i++) { order[i] = items[i].row; }
}

/* The row of each key, or where it goes if it has none. */
#define FILL(put)                                                                        \
    for (size_t i = 0; i < count; i++) {                                                 \
        uint64_t key;                                                                    \
        switch (key_at(s, order[i], &key)) {                                             \
        case HAS_KEY: put(s->reverse ? s->most - key : key - s->least, order[i]); break; \
        case IS_NAN: rest[nan++] = order[i]; break;                                      \
        default: rest[null++] = order[i]; break;                                         \
        }                                                                                \
    }

static void sort_wide(const sorting *s, size_t *order, size_t count, item *items, size_t *rest) {
    size_t n = 0, nan = 0, null = s->nans;
#define PUT(number, row) items[n++] = (item){number, row}
    FILL(PUT)
#undef PUT
    const item *sorted = sort_items(items, items + n, n);
    for (size_t i = 0; i < n; i++) { order[i] = sorted[i].row; }
}

static void sort_narrow(const sorting *s, size_t *order, size_t count, uint64_t *words,
                        size_t *rest) {
    size_t n = 0, nan = 0, null = s->nans;
#define PUT(number, row) words[n++] = (number) << 32 | (row)
    FILL(PUT)
#undef PUT
    const uint64_t *sorted = sort_words(words, words + n, n);
    for (size_t i = 0; i < n; i++) { order[i] = (size_t)(sorted[i] & UINT32_MAX); }
}

static int is_good(const sorting *s) {
    const cs_column *column = s->column;
    if (s->key == CS_SORT_TEXT) { return column->sort == CS_COLUMN_TEXT && s->ranks == NULL; }
    if (column->sort != CS_COLUMN_FIXED) { return 0; }
    if (s->key == CS_SORT_BYTES) { return column->width == 16 && s->ranks == NULL; }
    if (column->width > sizeof(uint64_t)) { return 0; }
    if (s->key == CS_SORT_FLOAT && cs_float_digits(column->width) == 0) { return 0; }
    return s->ranks == NULL || (s->key == CS_SORT_UNSIGNED && column->width <= 4);
}

static cs_status sort_by_key(sorting s, size_t *order, size_t count,
                             const cs_allocator *allocator) {
    const cs_column *column = s.column;
    const cs_sort_key key = s.key;
    if (key != CS_SORT_TEXT && key != CS_SORT_BYTES) {
        s.sign = UINT64_C(1) << (column->width * 8 - 1);
        if (key == CS_SORT_FLOAT) {
            s.infinity = s.sign - (UINT64_C(1) << (cs_float_digits(column->width) - 1));
        }
    }
    cs_status status =
        key == CS_SORT_TEXT ? look_at_texts(&s, order, count) : look_at_numbers(&s, order, count);
    if (status != CS_OK || count < 2) { return status; }
    const int is_narrow = key != CS_SORT_TEXT && s.keyed != 0 && s.most - s.least <= UINT32_MAX &&
                          s.last_row <= UINT32_MAX;
    const size_t size = is_narrow ? sizeof(uint64_t) : sizeof(item), others = count - s.keyed;
    if (count > (size_t)PTRDIFF_MAX / (2 * sizeof(item))) { return CS_TOO_LARGE; }
    /* The keys twice, to be sorted from one array to the other, then the rows without a key. */
    uint8_t *memory =
        allocator->alloc(allocator->ctx, 2 * s.keyed * size + others * sizeof(size_t));
    if (memory == NULL) { return CS_NO_MEMORY; }
    void *keys = memory;
    size_t *rest = (size_t *)(void *)(memory + 2 * s.keyed * size);
    if (key == CS_SORT_TEXT) {
        sort_texts(&s, order, count, keys, rest);
    } else if (is_narrow) {
        sort_narrow(&s, order, count, keys, rest);
    } else {
        sort_wide(&s, order, count, keys, rest);
    }
    memcpy(order + s.keyed, rest, others * sizeof *rest);
    allocator->free(allocator->ctx, memory);
    return CS_OK;
}

/* By the last 8 bytes, then, in a way that keeps that order, by the first 8. */
static cs_status sort_by_two_keys(sorting s, size_t *order, size_t count,
                                  const cs_allocator *allocator) {
    if (count > (size_t)PTRDIFF_MAX / sizeof *order) { return CS_TOO_LARGE; }
    size_t *made = allocator->alloc(allocator->ctx, (count + 1) * sizeof *made);
    if (made == NULL) { return CS_NO_MEMORY; }
    memcpy(made, order, count * sizeof *made);
    s.skip = 8;
    cs_status status = sort_by_key(s, made, count, allocator);
    s.skip = 0;
    if (status == CS_OK) { status = sort_by_key(s, made, count, allocator); }
    if (status == CS_OK) { memcpy(order, made, count * sizeof *made); }
    allocator->free(allocator->ctx, made);
    return status;
}

cs_status cs_sort_rows(const cs_column *column, cs_sort_key key, const uint32_t *ranks,
                       size_t rank_count, int reverse, size_t *order, size_t count,
                       const cs_allocator *allocator) {
    sorting s = {.column = column,
                 .key = key,
                 .ranks = ranks,
                 .rank_count = rank_count,
                 .reverse = reverse != 0};
    if (!is_good(&s)) { return CS_INVALID; }
    return key == CS_SORT_BYTES ? sort_by_two_keys(s, order, count, allocator)
                                : sort_by_key(s, order, count, allocator);
}
