/* ptrmap.c: building and growing the table of ptrmap.h; the look-up is inline there.
 *
 * Invariants
 *   - The number of slots is a power of two, at least FEWEST, and at least twice the number of keys: every probe ends at an empty slot.
 *   - No empty slot lies between a key's home and the key (entries are never removed, so no tombstones are needed).
 */
#include "cslots/ptrmap.h"

#include <string.h>

#define FEWEST ((size_t)8)
#define MOST (SIZE_MAX / sizeof(cs_ptrmap_slot) / 2)

static cs_status new_slots(const cs_allocator *allocator, size_t keys, cs_ptrmap_slot **slots, size_t *mask) {
    size_t number = FEWEST;
    if (keys > MOST / 4) { return CS_TOO_LARGE; }
    while (number < keys * 2) { number *= 2; }
    *slots = allocator->alloc(allocator->ctx, number * sizeof **slots);
    if (*slots == NULL) { return CS_NO_MEMORY; }
    memset(*slots, 0, number * sizeof **slots);
    *mask = number - 1;
    return CS_OK;
}

/* The slot with this key, or the empty one where it belongs. */
static cs_ptrmap_slot *place_of(cs_ptrmap_slot *slots, size_t mask, const void *key) {
    size_t i = cs_ptrmap_home(key, mask);
    while (slots[i].key != NULL && slots[i].key != key) { i = (i + 1) & mask; }
    return &slots[i];
}

cs_status cs_ptrmap_init(cs_ptrmap *map, const cs_allocator *allocator, size_t expected) {
    cs_ptrmap made = {.allocator = allocator};
    cs_status status = new_slots(allocator, expected, &made.slots, &made.mask);
    if (status == CS_OK) { *map = made; }
    return status;
}

void cs_ptrmap_clear(cs_ptrmap *map) {
    if (map->slots != NULL) { map->allocator->free(map->allocator->ctx, map->slots); }
    map->slots = NULL;
    map->mask = 0;
    map->count = 0;
}

static cs_status grow(cs_ptrmap *map) {
    cs_ptrmap_slot *slots;
    size_t mask;
    cs_status status = new_slots(map->allocator, map->mask + 1, &slots, &mask);
    if (status != CS_OK) { return status; }
    for (size_t i = 0; i <= map->mask; i++) {
        if (map->slots[i].key != NULL) { *place_of(slots, mask, map->slots[i].key) = map->slots[i]; }
    }
    map->allocator->free(map->allocator->ctx, map->slots);
    map->slots = slots;
    map->mask = mask;
    return CS_OK;
}

cs_status cs_ptrmap_set(cs_ptrmap *map, const void *key, size_t value) {
    if (key == NULL) { return CS_INVALID; } /* NULL marks an empty slot */
    cs_ptrmap_slot *slot = place_of(map->slots, map->mask, key);
    if (slot->key == NULL) {
        if ((map->count + 1) * 2 > map->mask + 1) {
            cs_status status = grow(map);
            if (status != CS_OK) { return status; }
            slot = place_of(map->slots, map->mask, key);
        }
        slot->key = key;
        map->count++;
    }
    slot->value = value;
    return CS_OK;
}

void cs_ptrmap_remove(cs_ptrmap *map, const void *key) {
    if (map->slots == NULL) { return; }
    const cs_ptrmap_slot *found = cs_ptrmap_find(map, key);
    if (found == NULL) { return; }
    size_t hole = (size_t)(found - map->slots);
    for (size_t i = (hole + 1) & map->mask; map->slots[i].key != NULL; i = (i + 1) & map->mask) {
        size_t home = cs_ptrmap_home(map->slots[i].key, map->mask);
        /* An entry may fill the hole unless its home lies behind the hole, on the way from there to where it is. */
        if (((i - home) & map->mask) >= ((i - hole) & map->mask)) {
            map->slots[hole] = map->slots[i];
            hole = i;
        }
    }
    map->slots[hole] = (cs_ptrmap_slot){NULL, 0};
    map->count--;
}
