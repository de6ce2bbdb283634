/* utf8.h: is this UTF-8, as Unicode has it? Shortest forms, no surrogates, nothing above
 * U+10FFFF. */
#ifndef CSLOTS_UTF8_H
#define CSLOTS_UTF8_H

#include <stddef.h>

/* data may be NULL where size is 0 */
int cs_utf8_is_valid(const char *data, size_t size);
int cs_utf8_is_ascii(const char *data, size_t size);

#endif
