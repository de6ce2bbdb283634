/* system.h: what the census asks of the operating system and of malloc. No other file includes a
 * header of theirs. Where the answer is not known, it is 0, NULL or false.
 */
#ifndef CSLOTS_CENSUS_SYSTEM_H
#define CSLOTS_CENSUS_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

double census_seconds(void); /* of a clock that only goes forward */

uint64_t census_resident(void); /* bytes of the process that lie in memory */

/* Each piece of the program's files that is mapped, until the callback returns false. */
void census_each_mapped_file(bool (*callback)(uint64_t from, uint64_t to, void *arg), void *arg);

/* The bytes that malloc gave for a block. */
size_t census_malloc_size(const void *block);
/* All that malloc has handed out. */
bool census_malloc_used(uint64_t *bytes);

/* What a function writes to a file, as text; the caller frees it. NULL: that cannot be done. */
char *census_text_of(int (*write)(FILE *));

#endif
