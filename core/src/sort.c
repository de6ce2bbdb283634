/* sort.c: sorting rows by one column.
 *
 *   order       | 7 | 2 | 5 | 0 | 3 |         rows, in the order that ties keep
 *                 |   |   |   |   |
 *   items       | key, row | ...              a key for each row that has one: an unsigned number that compares as the value does
 *   rest        | nan rows | null rows        the others, in the order given
 *                 |
 *   sorted      by the bytes of the keys, from the lowest on, those in which all keys agree left out; each pass is stable
 *
 * Keys that lie within 2^32 of one another share one word with their row, so that half as much memory moves. A text's key is its 8 bytes behind what all texts begin
 * with; texts of equal keys are then merged by the rest of their bytes. Keys of a reversed order are inverted, so ties stay in the order given.
 *
 * `order` is written when nothing can fail any more.
 */
#include "cslots/sort.h"

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
    size_t keyed, nans;   /* rows with a key; rows that are nan */
    uint64_t least, most; /* of the keys */
    size_t last_row;      /* the largest */
    size_t skip;          /* bytes that all texts begin with */
} sorting;

/* Keys. */

static uint64_t read_unsigned(const uint8_t *at, uint32_t width) {
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    switch (width) {
    case 1: return *at;
    case 2: memcpy(&two, at, sizeof two); return two;
    case 4: memcpy(&four, at, sizeof four); return four;
    default: memcpy(&eight, at, sizeof eight); return eight;
    }
}

typedef enum { HAS_KEY, IS_NAN, IS_NULL, IS_OUTSIDE } sort_of_row;

/* Floats are sign and magnitude: positive ones get the sign bit, of negative ones all bits are inverted; -0.0 is 0.0. */
static sort_of_row key_of_float(uint64_t bits, uint32_t width, uint64_t *key) {
    const uint64_t sign = UINT64_C(1) << (width * 8 - 1), magnitude = bits & (sign - 1);
    const uint64_t infinity = width == 4 ? UINT64_C(0x7F800000) : UINT64_C(0x7FF0000000000000);
    *key = magnitude != 0 && (bits & sign) != 0 ? sign - 1 - magnitude : sign + magnitude;
    return magnitude > infinity ? IS_NAN : HAS_KEY;
}

/* Of a column that is no text. */
static inline sort_of_row key_at(const sorting *s, size_t row, uint64_t *key) {
    const cs_column *column = s->column;
    const uint32_t width = column->width;
    if (!cs_column_is_valid(column, row)) { return IS_NULL; }
    const uint64_t bits = read_unsigned(column->data + row * width, width);
    switch (s->key) {
    case CS_SORT_FLOAT: return key_of_float(bits, width, key);
    case CS_SORT_SIGNED: *key = bits ^ UINT64_C(1) << (width * 8 - 1); return HAS_KEY;
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

/* 8 bytes from `skip` on as a number that compares as they do; zeros behind the end. */
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

/* The first look. */

/* How many bytes two texts share at their beginning, up to `most`. */
static size_t common(cs_text a, cs_text b, size_t most) {
    size_t n = a.size < b.size ? a.size : b.size, i = 0;
    if (n > most) { n = most; }
    while (i < n && a.data[i] == b.data[i]) { i++; }
    return i;
}

static cs_status look_at_texts(sorting *s, const size_t *order, size_t count) {
    cs_text first = {NULL, 0}, text;
    for (size_t i = 0; i < count; i++) {
        if (!cs_column_is_valid(s->column, order[i])) { continue; }
        if (cs_column_text(s->column, order[i], &text) != 0) { return CS_INVALID; }
        if (s->keyed++ == 0) {
            first = text;
            s->skip = text.size;
        }
        s->skip = common(first, text, s->skip);
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

/* Radix sort, of items and of words that have a key in the upper half and a row in the lower. The result stands in one of both arrays. */

enum { DIGITS = 256 };

/* How often each byte occurs becomes where the first key with it goes; 0 if all keys agree in it. */
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

static item *sort_items(item *items, item *spare, size_t count) {
    size_t counts[8][DIGITS] = {{0}};
    int is_sorted = 1;
    for (size_t i = 0; i < count; i++) {
        uint64_t key = items[i].key;
        for (int byte = 0; byte < 8; byte++) { counts[byte][key >> byte * 8 & 0xFF]++; }
        is_sorted &= i == 0 || items[i - 1].key <= key;
    }
    for (int byte = 0; byte < 8 && !is_sorted; byte++) {
        if (!make_places(counts[byte], count)) { continue; }
        for (size_t i = 0; i < count; i++) { spare[counts[byte][items[i].key >> byte * 8 & 0xFF]++] = items[i]; }
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
        for (size_t i = 0; i < count; i++) { spare[counts[byte][words[i] >> (32 + byte * 8) & 0xFF]++] = words[i]; }
        uint64_t *other = words;
        words = spare;
        spare = other;
    }
    return words;
}

/* Merge sort, of texts whose keys are equal. */

/* Must `later`, which stands behind `earlier`, stand before it? */
static int is_before(const sorting *s, const item *later, const item *earlier) {
    const cs_text a = text_at(s->column, later->row), b = text_at(s->column, earlier->row);
    const size_t size = a.size < b.size ? a.size : b.size;
    int compared = size > s->skip ? memcmp(a.data + s->skip, b.data + s->skip, size - s->skip) : 0;
    if (compared == 0) { compared = a.size < b.size ? -1 : a.size > b.size; }
    return s->reverse ? compared > 0 : compared < 0;
}

static void insertion_sort(const sorting *s, item *items, size_t count) {
    for (size_t i = 1; i < count; i++) {
        const item moving = items[i];
        size_t j = i;
        for (; j > 0 && is_before(s, &moving, &items[j - 1]); j--) { items[j] = items[j - 1]; }
        items[j] = moving;
    }
}

static void merge(const sorting *s, const item *from, size_t middle, size_t count, item *to) {
    size_t a = 0, b = middle;
    for (size_t i = 0; i < count; i++) {
        int take_b = a == middle || (b < count && is_before(s, &from[b], &from[a]));
        to[i] = from[take_b ? b++ : a++];
    }
}

/* Sorts them where they are; `spare` is as long. */
static void merge_sort(const sorting *s, item *items, item *spare, size_t count) {
    enum { RUN = 8 };
    item *from = items, *to = spare;
    for (size_t i = 0; i < count; i += RUN) { insertion_sort(s, items + i, count - i < RUN ? count - i : RUN); }
    for (size_t run = RUN; run < count; run *= 2) {
        for (size_t i = 0; i < count; i += 2 * run) {
            const size_t both = count - i < 2 * run ? count - i : 2 * run;
            merge(s, from + i, both < run ? both : run, both, to + i);
        }
        item *other = from;
        from = to;
        to = other;
    }
    if (from != items) { memcpy(items, from, count * sizeof *items); }
}

/* Filling, sorting, writing back. */

static void sort_texts(const sorting *s, size_t *order, size_t count, item *items, size_t *rest) {
    size_t n = 0, null = 0;
    for (size_t i = 0; i < count; i++) {
        if (!cs_column_is_valid(s->column, order[i])) {
            rest[null++] = order[i];
            continue;
        }
        uint64_t key = key_of_text(text_at(s->column, order[i]), s->skip);
        items[n++] = (item){s->reverse ? ~key : key, order[i]};
    }
    item *spare = items + n, *sorted = sort_items(items, spare, n);
    if (sorted == spare) { spare = items; }
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && sorted[end].key == sorted[i].key;) { end++; }
        if (end - i > 1) { merge_sort(s, sorted + i, spare + i, end - i); }
    }
    for (size_t i = 0; i < n; i++) { order[i] = sorted[i].row; }
}

/* The row of each key, or where it goes if it has none. */
#define FILL(put)                                                                            \
    for (size_t i = 0; i < count; i++) {                                                     \
        uint64_t key;                                                                        \
        switch (key_at(s, order[i], &key)) {                                                 \
        case HAS_KEY: put(s->reverse ? s->most - key : key - s->least, order[i]); break; \
        case IS_NAN: rest[nan++] = order[i]; break;                                          \
        default: rest[null++] = order[i]; break;                                             \
        }                                                                                    \
    }

static void sort_wide(const sorting *s, size_t *order, size_t count, item *items, size_t *rest) {
    size_t n = 0, nan = 0, null = s->nans;
#define PUT(number, row) items[n++] = (item){number, row}
    FILL(PUT)
#undef PUT
    const item *sorted = sort_items(items, items + n, n);
    for (size_t i = 0; i < n; i++) { order[i] = sorted[i].row; }
}

static void sort_narrow(const sorting *s, size_t *order, size_t count, uint64_t *words, size_t *rest) {
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
    if (s->key == CS_SORT_FLOAT && column->width < 4) { return 0; }
    return s->ranks == NULL || (s->key == CS_SORT_UNSIGNED && column->width <= 4);
}

cs_status cs_sort_rows(const cs_column *column, cs_sort_key key, const uint32_t *ranks, size_t rank_count, int reverse, size_t *order,
                       size_t count, const cs_allocator *allocator) {
    sorting s = {.column = column, .key = key, .ranks = ranks, .rank_count = rank_count, .reverse = reverse != 0};
    if (!is_good(&s)) { return CS_INVALID; }
    cs_status status = key == CS_SORT_TEXT ? look_at_texts(&s, order, count) : look_at_numbers(&s, order, count);
    if (status != CS_OK || count < 2) { return status; }
    const int is_narrow = key != CS_SORT_TEXT && s.keyed != 0 && s.most - s.least <= UINT32_MAX && s.last_row <= UINT32_MAX;
    const size_t size = is_narrow ? sizeof(uint64_t) : sizeof(item), others = count - s.keyed;
    if (count > (size_t)PTRDIFF_MAX / (2 * sizeof(item))) { return CS_TOO_LARGE; }
    void *memory = s.keyed != 0 ? allocator->alloc(allocator->ctx, 2 * s.keyed * size) : NULL;
    size_t *rest = others != 0 ? allocator->alloc(allocator->ctx, others * sizeof *rest) : NULL;
    if ((s.keyed != 0 && memory == NULL) || (others != 0 && rest == NULL)) {
        status = CS_NO_MEMORY;
    } else {
        if (key == CS_SORT_TEXT) {
            sort_texts(&s, order, count, memory, rest);
        } else if (is_narrow) {
            sort_narrow(&s, order, count, memory, rest);
        } else {
            sort_wide(&s, order, count, memory, rest);
        }
        if (others != 0) { memcpy(order + s.keyed, rest, others * sizeof *rest); }
    }
    allocator->free(allocator->ctx, memory);
    allocator->free(allocator->ctx, rest);
    return status;
}
