/* driver.c: drives a fuzzer where there is no libFuzzer. Its inputs come from a seeded generator,
 * and are always the same for the same seed.
 *
 *     fuzzer [SECONDS [FIRST_SEED]]      stops after SECONDS (10)
 *     fuzzer FILE                        runs one input from a file
 *
 * Input n comes from seed FIRST_SEED + n. When an input makes the fuzzer abort, the last line says
 * its seed: `fuzzer 1 SEED` runs it first.
 */
#include <time.h>

#include "fuzz.h"

#define MOST ((size_t)1 << 14)

static uint8_t bytes[MOST];

static uint64_t next(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Long runs of equal bytes reach what even noise does not: many operations of one sort in a
 * row. */
static size_t fill(uint64_t seed) {
    uint64_t state = seed;
    size_t size = (size_t)(next(&state) % (next(&state) % 4 ? MOST / 16 : MOST));
    int noise = (int)(next(&state) % 4);
    for (size_t i = 0; i < size; i++) {
        int repeat = i >= 4 && next(&state) % 4 < (uint64_t)noise;
        bytes[i] = repeat ? bytes[i - 4] : (uint8_t)next(&state);
    }
    return size;
}

static int run_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) { return 2; }
    size_t size = fread(bytes, 1, MOST, file);
    fclose(file);
    return LLVMFuzzerTestOneInput(bytes, size);
}

int main(int argc, char **argv) {
    char *rest = NULL;
    double seconds = argc > 1 ? strtod(argv[1], &rest) : 10;
    if (rest != NULL && *rest != '\0') { return run_file(argv[1]); }
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 0, seed = first;
    time_t start = time(NULL);
    do {
        fprintf(stderr, "\rseed %llu ", (unsigned long long)seed);
        LLVMFuzzerTestOneInput(bytes, fill(seed));
        seed++;
    } while (difftime(time(NULL), start) < seconds);
    fprintf(stderr, "\r");
    printf("%llu inputs, none failed\n", (unsigned long long)(seed - first));
    return 0;
}
