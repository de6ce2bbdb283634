#include "check.h"
const test_case sort_tests[] = {END_OF_TESTS};
