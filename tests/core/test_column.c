#include "check.h"
const test_case column_tests[] = {END_OF_TESTS};
