/* ptrmap.h: a small open-addressing table from pointers to indexes, for names that are compared by
 * identity.
 *
 *   slots: [ {key, value} | {NULL, -} | {key, value} | ... ]
 *
 * The number of slots is a power of two. At most half of them are full. Probing is linear.
 *
 * Keys are borrowed: the user of the map keeps them alive.
 */
#ifndef CSLOTS_PTRMAP_H
#define CSLOTS_PTRMAP_H

#include <stddef.h>
#include <stdint.h>

#include "cslots/memory.h"
#include "cslots/status.h"

typedef struct {
    const void *key;
    size_t value;
} cs_ptrmap_slot;

typedef struct {
    const cs_allocator *allocator;
    cs_ptrmap_slot *slots;
    size_t mask; /* number of slots - 1 */
    uint64_t multiplier; /* odd; decides which slot is a key's home */
    size_t count;
} cs_ptrmap;

/* Room for `expected` keys without growing. CS_NO_MEMORY, CS_TOO_LARGE. */
cs_status cs_ptrmap_init(cs_ptrmap *map, const cs_allocator *allocator, size_t expected);
void cs_ptrmap_clear(cs_ptrmap *map); /* may be called twice, or on a zeroed map */
/* Add or replace; grows as needed. CS_NO_MEMORY, CS_TOO_LARGE: nothing changed. */
cs_status cs_ptrmap_set(cs_ptrmap *map, const void *key, size_t value);

/* Look for a multiplier (and if need be a larger table) with which every key is at home. Then a
 * look-up that finds its key reads one slot. For small maps that do not change any more. If no
 * such multiplier is found, or there is no memory, the map stays as it is. */
void cs_ptrmap_tune(cs_ptrmap *map);

/* Take an entry out, if it is there. The entries behind it move up, so no marks stay. */
void cs_ptrmap_remove(cs_ptrmap *map, const void *key);

/* Addresses differ in a few middle bits, often by a common stride. A multiplication spreads
 * them. */
static inline size_t cs_ptrmap_home(const void *key, uint64_t multiplier, size_t mask) {
    return (size_t)((uint64_t)(uintptr_t)key * multiplier >> 32) & mask;
}

/* The slot with this key, or NULL. */
static inline const cs_ptrmap_slot *cs_ptrmap_find(const cs_ptrmap *map, const void *key) {
    for (size_t i = cs_ptrmap_home(key, map->multiplier, map->mask);; i = (i + 1) & map->mask) {
        const cs_ptrmap_slot *slot = &map->slots[i];
        if (slot->key == key) { return slot; }
        if (slot->key == NULL) { return NULL; }
    }
}

#endif
