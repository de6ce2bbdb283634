/* main.c: runs the core's tests. An argument runs only the tests whose name contains it. */
#include "check.h"

#include <string.h>

jmp_buf check_failed;

int main(int argc, char **argv) {
    const test_case *const tables[] = {
        arrow_export_tests, arrow_import_tests, arrow_adopt_tests, arrow_lies_tests,
        buffer_tests,       bytes_tests,        column_tests,      column_load_tests,
        compiler_tests,     hash_tests,         kind_tests,        layout_tests,
        memory_tests,       pool_tests,         ptrmap_tests,      slab_tests,
        sort_tests,         text_tests,         textheap_tests,    textroom_tests};
    /* volatile: they change between setjmp and longjmp. */
    volatile int passed = 0, failed = 0;
    for (volatile size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        for (const test_case *volatile test = tables[i]; test->name != NULL; test++) {
            if (argc > 1 && strstr(test->name, argv[1]) == NULL) { continue; }
            if (setjmp(check_failed) == 0) {
                test->run();
                passed++;
            } else {
                fprintf(stderr, "failed: %s\n", test->name);
                failed++;
            }
        }
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
