/* arrow/common.h: what the files of the Arrow interface share among themselves. */
#ifndef CSLOTS_ARROW_COMMON_H
#define CSLOTS_ARROW_COMMON_H

#include <stdarg.h>

#include "bits.h"
#include "cslots/arrow.h"
#include "cslots/utf8.h"

const int32_t *cs_dictionary_offsets(const cs_dictionary *dictionary);
const char *cs_dictionary_bytes(const cs_dictionary *dictionary);

/* Fill *error; returns CS_INVALID, or CS_TOO_LARGE for CS_ARROW_SIZE. */
cs_status cs_arrow_fail(cs_arrow_error *error, cs_arrow_fault fault, const char *format, ...)
    CS_PRINTF(3, 4);

/* Looking through whole segments pays if they hold little else than the texts in question. */
#define CS_SEGMENT_BYTES_A_ROW 128

#endif
