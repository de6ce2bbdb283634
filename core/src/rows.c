/* rows.c: moving rows within a column, and from one column to another.
 *
 *   remove   | a b c d e f |    ->  | a b e f 0 0 |
 *   keep     | a b c d e f |    ->  | a c d 0 0 0 |
 *   insert   | a b c d | 0 0 |  ->  | a b 0 0 c d |
 *   permute  | a b c d |        ->  | d a c b |
 *
 * Values are words of 1 to 16 bytes, and the loops are made for each width. Of texts only the
 * views move. The heap drops the texts of rows that go.
 */
#include "rows.h"

#include "bits.h"

/* A loop for each width: `width` is a constant in each call, so a memcpy of it is one move. */
#define FOR_WIDTH(width, call) \
    switch (width) {           \
    case 1: call(1); break;    \
    case 2: call(2); break;    \
    case 4: call(4); break;    \
    case 8: call(8); break;    \
    default: call(16); break;  \
    }

static const cs_view *view_of(const cs_column *column, size_t row) {
    return (const cs_view *)(const void *)column->data + row;
}

/* Tell the heap that the texts of these rows are dead. The pool tidies the heap afterwards. */
static void drop_texts(cs_column *column, size_t from, size_t count) {
    for (size_t i = from; i < from + count; i++) {
        if (view_of(column, i)->in.size > CS_VIEW_INLINE) {
            cs_textheap_drop(&column->heap, view_of(column, i));
        }
    }
}

void cs_rows_remove(cs_column *column, size_t rows, size_t from, size_t count) {
    const size_t width = column->width, behind = rows - from - count;
    if (column->sort == CS_COLUMN_TEXT) { drop_texts(column, from, count); }
    memmove(column->data + from * width, column->data + (from + count) * width, behind * width);
    cs_buffer_zero(column->values, (rows - count) * width, rows * width);
    if (column->nullable) {
        cs_bits_move(column->valid, from, column->valid, from + count, behind);
        cs_bits_fill(column->valid, rows - count, rows, 0);
    }
}

void cs_rows_insert(cs_column *column, size_t rows, size_t at, size_t count) {
    const size_t width = column->width;
    memmove(column->data + (at + count) * width, column->data + at * width, (rows - at) * width);
    memset(column->data + at * width, 0, count * width);
    if (column->nullable) {
        cs_bits_move(column->valid, at + count, column->valid, at, rows - at);
        cs_bits_fill(column->valid, at, at + count, 0);
    }
}

static inline void keep_values(uint8_t *data, const uint8_t *mask, size_t first, size_t rows,
                               size_t width) {
    uint8_t *to = data + first * width;
    for (size_t i = first; i < rows; i++) {
        uint8_t value[16];
        /* through a copy, since `to` may be the same place */
        memcpy(value, data + i * width, width);
        memcpy(to, value, width);
        to += mask[i] != 0 ? width : 0;
    }
}

static void keep_bits(uint8_t *bits, const uint8_t *mask, size_t first, size_t rows) {
    size_t to = first;
    for (size_t i = first; i < rows; i++) {
        if (mask[i] != 0) { cs_bits_put(bits, to++, cs_bits_get(bits, i)); }
    }
}

void cs_rows_keep(cs_column *column, size_t rows, const uint8_t *mask, size_t kept) {
    size_t first = 0;
    while (first < rows && mask[first] != 0) { first++; }
    if (first == rows) { return; }
    if (column->sort == CS_COLUMN_TEXT) {
        for (size_t i = first; i < rows; i++) {
            if (mask[i] == 0) { drop_texts(column, i, 1); }
        }
    }
#define KEEP(width) keep_values(column->data, mask, first, rows, width)
    FOR_WIDTH(column->width, KEEP)
#undef KEEP
    cs_buffer_zero(column->values, kept * column->width, rows * column->width);
    if (column->nullable) {
        keep_bits(column->valid, mask, first, rows);
        cs_bits_fill(column->valid, kept, rows, 0);
    }
}

static inline void gather(uint8_t *to, const uint8_t *from, const size_t *order, size_t count,
                          size_t width) {
    for (size_t i = 0; i < count; i++) { memcpy(to + i * width, from + order[i] * width, width); }
}

static void gather_values(uint8_t *to, const uint8_t *from, const size_t *order, size_t count,
                          uint32_t width) {
#define GATHER(width) gather(to, from, order, count, width)
    FOR_WIDTH(width, GATHER)
#undef GATHER
}

static void gather_bits(uint8_t *to, size_t at, const uint8_t *from, const size_t *order,
                        size_t count) {
    size_t i = 0;
    for (; i < count && (at + i) % 8 != 0; i++) {
        cs_bits_put(to, at + i, cs_bits_get(from, order[i]));
    }
    for (; i + 8 <= count; i += 8) {
        unsigned byte = 0;
        for (unsigned j = 0; j < 8; j++) { byte |= (unsigned)cs_bits_get(from, order[i + j]) << j; }
        to[(at + i) / 8] = (uint8_t)byte;
    }
    for (; i < count; i++) { cs_bits_put(to, at + i, cs_bits_get(from, order[i])); }
}

void cs_rows_permute(cs_column *column, size_t rows, const size_t *order, uint8_t *scratch) {
    if (rows == 0) { return; }
    gather_values(scratch, column->data, order, rows, column->width);
    memcpy(column->data, scratch, rows * column->width);
    if (column->nullable) {
        gather_bits(scratch, 0, column->valid, order, rows);
        cs_bits_move(column->valid, 0, scratch, 0, rows);
    }
}

/* ---- from another column ---- */

int cs_rows_text_size(const cs_column *source, const size_t *rows, size_t start, size_t count,
                      size_t *size) {
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        cs_text text;
        if (cs_textheap_get(&source->heap, view_of(source, rows != NULL ? rows[i] : start + i),
                            &text) != 0) {
            return -1;
        }
        if (text.size > CS_VIEW_INLINE) { total += text.size; }
    }
    *size = total;
    return 0;
}

static void append_texts(cs_column *column, size_t at, const cs_column *source, const size_t *rows,
                         size_t start, size_t count) {
    cs_view *views = (cs_view *)(void *)column->data + at;
    for (size_t i = 0; i < count; i++) {
        cs_text text = {NULL, 0};
        (void)cs_textheap_get(&source->heap, view_of(source, rows != NULL ? rows[i] : start + i),
                              &text);
        (void)cs_textheap_put(&column->heap, text.data, text.size, &views[i]);
    }
}

void cs_rows_append(cs_column *column, size_t at, const cs_column *source, const size_t *rows,
                    size_t start, size_t count) {
    const size_t width = column->width;
    if (count == 0) { return; }
    if (column->sort == CS_COLUMN_TEXT) {
        append_texts(column, at, source, rows, start, count);
    } else if (rows != NULL) {
        gather_values(column->data + at * width, source->data, rows, count, column->width);
    } else {
        memcpy(column->data + at * width, source->data + start * width, count * width);
    }
    if (!column->nullable) { return; }
    if (source->valid == NULL) {
        cs_bits_fill(column->valid, at, at + count, 1);
    } else if (rows != NULL) {
        gather_bits(column->valid, at, source->valid, rows, count);
    } else {
        cs_bits_move(column->valid, at, source->valid, start, count);
    }
}
