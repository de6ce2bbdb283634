/* report.h: the records as dicts, lists, numbers and strings. */
#ifndef CSLOTS_CENSUS_REPORT_H
#define CSLOTS_CENSUS_REPORT_H

#include "census/census.h"

PyObject *census_report(census *c, double seconds);

#endif
