/* status.h: how the core says that something went wrong.
 *
 * Every function of the core that can fail returns a cs_status. CS_OK is 0; nothing else is. A
 * function that fails leaves its arguments as they were, unless its header says otherwise.
 */
#ifndef CSLOTS_STATUS_H
#define CSLOTS_STATUS_H

typedef enum {
    CS_OK = 0,
    CS_NO_MEMORY, /* the allocator returned NULL */
    CS_TOO_LARGE, /* a count or size does not fit the field that must hold it */
    CS_INVALID,   /* the arguments contradict each other */
    CS_PINNED     /* a view looks into memory that would have to move or shrink */
} cs_status;

#endif
