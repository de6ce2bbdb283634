#include "check.h"
const test_case pool_tests[] = {END_OF_TESTS};
