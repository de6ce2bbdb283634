/* arrow_fuzz.c: foreign tables, good and spoilt, are imported into a pool. A good table must come
 * in, value by value. A spoilt one must be refused, or come in and leave the pool sound.
 *
 *   byte 0      how it comes in
 *   byte 1      rows
 *   then        a few bytes for each value
 *   then        4 bytes for each change that spoils the structs or buffers
 *
 * Only what can be noticed is spoilt: no buffer is said to be longer than it is.
 */
#include <string.h>

#include "arrow_kit.h"
#include "fuzz.h"

enum { ROWS = 40, COLUMNS = 5, BATCHES = 3 };

static const cs_column_spec specs[COLUMNS] = {{CS_COLUMN_FIXED, 1, 2},
                                              {CS_COLUMN_FIXED, 0, 1},
                                              {CS_COLUMN_TEXT, 1, 16},
                                              {CS_COLUMN_FIXED, 1, 1},
                                              {CS_COLUMN_FIXED, 0, 8}};
static const cs_arrow_target targets[COLUMNS] = {
    {.name = "number", .expected = "int16", .format = "s", .nullable = 1, .column = 0},
    {.name = "flag", .expected = "bool", .want = CS_ARROW_BITS, .column = 1},
    {.name = "text", .expected = "str", .want = CS_ARROW_TEXTS, .nullable = 1, .column = 2},
    {.name = "code", .expected = "str", .want = CS_ARROW_CODES, .nullable = 1, .column = 3},
    {.name = "time", .expected = "datetime", .format = "tsu:", .column = 4},
};

static const char pattern[] = "every text is a window of this one pattern, which is long enough "
                              "for views of both sorts and ends here.....";
static const char *const words[4] = {"red", "green", "a colour with a long name", "blue"};

typedef struct {
    size_t rows;
    int64_t numbers[ROWS], times[ROWS];
    uint8_t flags[ROWS], codes[ROWS];
    const char *texts[ROWS];
    char room[ROWS][sizeof pattern];
    int fits; /* does it fit into the columns? */
} model_batch;

static model_batch model[BATCHES];

static void read_batch(fuzz_input *input, model_batch *batch) {
    batch->rows = fuzz_byte(input) % (ROWS + 1);
    batch->fits = 1;
    for (size_t i = 0; i < batch->rows; i++) {
        const uint32_t number = fuzz_word(input);
        const uint8_t byte = fuzz_byte(input), text = fuzz_byte(input);
        batch->numbers[i] = byte == 255 ? (int64_t)number * 9 : (int16_t)number;
        batch->times[i] = (int64_t)number * 1000000007;
        batch->flags[i] = byte & 1;
        batch->codes[i] = byte / 2 % 4;
        if (batch->numbers[i] > INT16_MAX) { batch->fits = 0; }
        batch->texts[i] = NULL;
        if (text % 8 != 0) {
            memcpy(batch->room[i], pattern + text % 16, text % 80);
            batch->room[i][text % 80] = '\0';
            batch->texts[i] = batch->room[i];
        }
    }
}

static void make_number(kit_table *table, size_t column, const model_batch *batch, int narrow) {
    int16_t two[ROWS];
    for (size_t i = 0; i < batch->rows; i++) { two[i] = (int16_t)batch->numbers[i]; }
    if (narrow) {
        kit_fixed(table, column, "number", "s", two, 2);
    } else {
        kit_fixed(table, column, "number", "l", batch->numbers, 8);
    }
}

/* The table of a batch, in the formats that `how` says. */
static void make_table(kit_table *table, const model_batch *batch, uint8_t how) {
    static const char *const formats[3] = {"u", "U", "vu"};
    uint8_t bits[ROWS / 8 + 1] = {0};
    const char *code_texts[ROWS];
    for (size_t i = 0; i < batch->rows; i++) {
        bits[i / 8] = (uint8_t)(bits[i / 8] | batch->flags[i] << (i % 8));
        code_texts[i] = words[batch->codes[i]];
    }
    kit_table_init(table, COLUMNS, batch->rows);
    make_number(table, 0, batch, how & 1);
    kit_bits(table, 1, "flag", bits);
    kit_texts(table, 2, "text", formats[how % 3], batch->texts, 1 + how / 64);
    if (how & 2) {
        kit_codes(table, 3, "code", "C", batch->codes, 1, formats[how / 4 % 3], words, 4);
    } else {
        kit_texts(table, 3, "code", formats[how / 4 % 3], code_texts, 1);
    }
    kit_fixed(table, 4, "time", "tsu:", batch->times, 8);
}

/* ---- spoiling ---- */

static const int64_t odd_numbers[] = {-1,
                                      -2,
                                      INT64_MIN,
                                      INT64_MAX,
                                      INT64_MAX - 1,
                                      (int64_t)1 << 59,
                                      (int64_t)1 << 60,
                                      (int64_t)1 << 62};

static int64_t odd(uint32_t number) {
    return odd_numbers[number % (sizeof odd_numbers / sizeof odd_numbers[0])];
}

static int is_view(const struct ArrowSchema *schema) { return schema->format[0] == 'v'; }
static void *writable(const void *data) { return (void *)(uintptr_t)data; }

/* Offsets stay within the bytes, or become negative. Sizes of segments shrink. Indexes and views
 * become anything. */
static void spoil_values(const struct ArrowSchema *schema, const struct ArrowArray *array,
                         uint8_t sort, uint32_t number) {
    const size_t rows = (size_t)(array->length > 0 && array->length <= ROWS ? array->length : 0);
    uint8_t *values =
        array->n_buffers > 1 && array->buffers != NULL ? writable(array->buffers[1]) : NULL;
    if (values == NULL || rows == 0 || array->offset != 0) { return; }
    const char *format = schema->format;
    if (is_view(schema)) {
        cs_view *view = (cs_view *)(void *)values + number % rows;
        const int32_t field = number % 7 == 0 ? INT32_MAX : (int32_t)(number / 16 % 40) - 5;
        switch (sort % 4) {
        case 0: view->in.size = field; break;
        case 1: view->out.segment = field; break;
        case 2: view->out.offset = field; break;
        default: ((uint8_t *)view)[4 + number % 12] = (uint8_t)(number >> 8); break;
        }
    } else if (strcmp(format, "u") == 0) {
        int32_t *offsets = (int32_t *)(void *)values, last = offsets[rows];
        offsets[number % (rows + 1)] =
            number % 5 == 0 || last <= 0 ? -1 : (int32_t)(number / 64) % (last + 1);
    } else if (strcmp(format, "U") == 0) {
        int64_t *offsets = (int64_t *)(void *)values, last = offsets[rows];
        offsets[number % (rows + 1)] =
            number % 5 == 0 || last <= 0 ? odd(0) : (int64_t)(number / 64) % (last + 1);
    } else if (strcmp(format, "b") != 0) {
        values[number % rows] = (uint8_t)(number >> 8);
    }
}

static void spoil_text(const struct ArrowSchema *schema, const struct ArrowArray *array,
                       uint32_t number) {
    if (array->n_buffers < 3 || array->buffers == NULL) { return; }
    size_t size = 0;
    const size_t rows = (size_t)(array->length > 0 && array->length <= ROWS ? array->length : 0);
    if (array->offset != 0 || array->buffers[1] == NULL || array->buffers[2] == NULL) { return; }
    if (is_view(schema)) {
        int64_t *sizes = writable(array->buffers[array->n_buffers - 1]);
        if (sizes == NULL || array->n_buffers < 4) { return; }
        if (number % 4 == 0) { sizes[0] = number % 8 == 0 ? odd(0) : sizes[0] / 2; }
        size = sizes[0] > 0 ? (size_t)sizes[0] : 0;
    } else if (schema->format[0] == 'u') {
        int32_t last = ((const int32_t *)array->buffers[1])[rows];
        size = last > 0 ? (size_t)last : 0;
    }
    if (size != 0) {
        ((uint8_t *)writable(array->buffers[2]))[number / 4 % size] = (uint8_t)(number >> 7);
    }
}

static void spoil_struct(const struct ArrowSchema *schema, struct ArrowArray *array, uint8_t sort,
                         uint32_t number) {
    switch (sort % 12) {
    case 0: array->length = odd(number); break;
    case 1: array->offset = odd(number); break;
    case 2: array->null_count = number % 2 ? (int64_t)(number / 2 % 50) - 3 : odd(number); break;
    case 3:
        array->n_buffers = is_view(schema) ? (int64_t)(number % 3) : (int64_t)(number % 6);
        break;
    case 4: array->n_children = odd(number); break;
    case 5: array->buffers = number % 4 == 0 ? NULL : array->buffers; break;
    case 6:
        if (array->buffers != NULL && array->n_buffers > 1) {
            array->buffers[number % 2] = NULL; /* n_buffers may be a lie by now */
        }
        break;
    case 7: array->dictionary = number % 2 ? array->dictionary : NULL; break;
    case 8:
        if (array->release != NULL && number % 3 == 0) { array->release(array); }
        break;
    case 9: /* a smaller piece of it, which is right if its parent is a piece, too */
        if (array->length > 3 && array->length <= ROWS && array->offset == 0) {
            array->offset = 1, array->length -= 3;
        }
        break;
    case 10:
        if (array->buffers != NULL && array->n_buffers > 1 && array->length > 0 &&
            array->length <= ROWS && array->release != NULL && array->buffers[0] == NULL) {
            uint8_t bits[ROWS / 8 + 1];
            memset(bits, (int)(number & 0xFF), sizeof bits);
            struct ArrowArray kept = *array;
            kept.length =
                array->length + (array->offset > 0 && array->offset <= ROWS ? array->offset : 0);
            kit_validity(&kept, bits);
            array->null_count = number % 2 ? -1 : kept.null_count;
        }
        break;
    default:
        array->length =
            array->length > 0 && array->length <= ROWS ? array->length - 1 : array->length;
        break;
    }
}

static void spoil_schema(struct ArrowSchema *schema, uint32_t number) {
    /* Formats as wide as the array's own, and a few that no column takes. */
    static const char *const formats[] = {"b", "z", "n", "+l", "d:1,2", "", "w:3", "tsu:Mars"};
    switch (number % 4) {
    case 0: schema->format = formats[number / 4 % 8]; break;
    case 1: schema->name = number / 4 % 2 ? "text" : NULL; break;
    case 2:
        schema->format = schema->format[0] == 'l'   ? "L"
                         : schema->format[0] == 's' ? "S"
                                                    : schema->format;
        break;
    default: schema->dictionary = NULL; break;
    }
}

/* Values first: once a struct lies, their place is not known any more. */
static void spoil(fuzz_input *input, kit_table *table, int structs) {
    const uint8_t where = fuzz_byte(input);
    const uint8_t sort = (uint8_t)(structs ? fuzz_byte(input) | 0x80 : fuzz_byte(input) & 0x7F);
    const uint32_t number = fuzz_word(input);
    const size_t column = where % (COLUMNS + 1);
    if (column == COLUMNS) {
        if (structs && sort % 12 != 6 && sort % 12 != 8 && sort % 12 != 10) {
            spoil_struct(&table->schema, &table->array, sort, number);
        }
        return;
    }
    struct ArrowSchema *schema = table->schema.children[column];
    struct ArrowArray *array = table->array.children[column];
    if (schema->format == NULL || array->release == NULL) { return; }
    if (where & 0x80 && schema->dictionary != NULL && array->dictionary != NULL) {
        schema = schema->dictionary;
        array = array->dictionary;
        if (array->release == NULL) { return; }
    }
    switch (sort / 64) {
    case 0: spoil_values(schema, array, sort, number); break;
    case 1: spoil_text(schema, array, number); break;
    case 2: spoil_struct(schema, array, sort, number); break;
    default:
        if (sort % 4 == 0) { spoil_schema(schema, number); }
        break;
    }
}

/* ---- what came in ---- */

static void read_all(const cs_pool *pool) {
    volatile uint64_t sum = 0;
    for (size_t row = 0; row < pool->rows; row++) {
        cs_text text;
        if (cs_column_text(&pool->columns[2], row, &text) != 0) { continue; }
        for (size_t i = 0; i < text.size; i++) { sum += (uint8_t)text.data[i]; }
    }
}

static void compare(const cs_pool *pool, size_t batches) {
    size_t row = 0;
    for (size_t b = 0; b < batches; b++) {
        for (size_t i = 0; i < model[b].rows; i++, row++) {
            cs_text text;
            MUST(((const int16_t *)(const void *)pool->columns[0].data)[row] ==
                 model[b].numbers[i]);
            MUST(pool->columns[1].data[row] == model[b].flags[i]);
            MUST(cs_column_is_valid(&pool->columns[2], row) == (model[b].texts[i] != NULL));
            MUST(cs_column_text(&pool->columns[2], row, &text) == 0);
            MUST(text.size == (model[b].texts[i] != NULL ? strlen(model[b].texts[i]) : 0));
            MUST(text.size == 0 || memcmp(text.data, model[b].texts[i], text.size) == 0);
            MUST(pool->columns[3].data[row] == model[b].codes[i] + 1);
            MUST(((const int64_t *)(const void *)pool->columns[4].data)[row] == model[b].times[i]);
        }
    }
    MUST(row == pool->rows);
}

/* The code of a word is its number in `words` + 1; of any other word, 9. */
static void give_codes(cs_arrow_import *import) {
    for (size_t i = 0; i < cs_arrow_import_words(import, 3); i++) {
        size_t row;
        uint32_t code = 9;
        const cs_text word = cs_arrow_import_word(import, 3, i, &row);
        for (uint32_t j = 0; j < 4; j++) {
            if (word.size == strlen(words[j]) && memcmp(word.data, words[j], word.size) == 0) {
                code = j + 1;
            }
        }
        cs_arrow_import_set_code(import, 3, i, code);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input input = {data, data + size};
    const uint8_t how = fuzz_byte(&input), options = fuzz_byte(&input);
    const size_t batches = 1 + options % BATCHES;
    const int trusted = options & 0x40, spoilt = options & 0x80;
    cs_arrow_error error = {0};
    cs_arrow_import *import = NULL;
    kit_table tables[BATCHES];
    cs_pool pool;
    int fits = 1;
    kit_alive = 0;
    for (size_t i = 0; i < batches; i++) {
        read_batch(&input, &model[i]);
        fits &= model[i].fits;
    }
    for (size_t i = 0; i < batches; i++) {
        make_table(&tables[i], &model[i], fits ? how : how & 0xFE);
    }
    for (size_t i = 0; spoilt && fuzz_more(&input) && i < 8; i++) {
        spoil(&input, &tables[i % batches], i >= 4);
    }
    MUST(cs_pool_init(&pool, &cs_system_allocator, specs, COLUMNS) == CS_OK);
    cs_status status = cs_arrow_import_new(&import, &cs_system_allocator, targets, COLUMNS,
                                           &tables[0].schema, &error);
    for (size_t i = 0; i < batches && status == CS_OK; i++) {
        status = cs_arrow_import_add(import, &tables[i].array, trusted, &error);
        MUST(tables[i].array.release == NULL);
    }
    if (status == CS_OK) {
        give_codes(import);
        status = cs_arrow_import_apply(import, &pool, &error);
    }
    cs_arrow_import_free(import);
    for (size_t i = 0; i < batches; i++) { kit_table_clear(&tables[i]); }
    MUST(status == CS_OK || ((status == CS_INVALID || status == CS_TOO_LARGE) &&
                             error.fault != CS_ARROW_NONE && error.message[0] != '\0'));
    MUST(status == CS_OK || pool.rows == 0);
    if (!spoilt) {
        MUST(status == (fits ? CS_OK : CS_INVALID));
        if (status == CS_OK) { compare(&pool, batches); }
    }
    if (!trusted || !spoilt) { MUST(cs_pool_check(&pool) == 0); }
    read_all(&pool);
    MUST(cs_pool_grow(&pool, 3) == CS_OK);
    read_all(&pool);
    cs_pool_clear(&pool);
    MUST(kit_alive == 0);
    return 0;
}
