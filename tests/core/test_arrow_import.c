#include "check.h"
const test_case arrow_import_tests[] = {END_OF_TESTS};
