/* ptrmap.c: building and growing the table of ptrmap.h. The look-up is inline there.
 *
 * Invariants
 *   - The number of slots is a power of two, at least FEWEST, and at least twice the number of
 *     keys. So every probe ends at an empty slot.
 *   - No empty slot lies between a key's home and the key. Removing moves entries up, so no
 *     tombstones are needed.
 */
#include "cslots/ptrmap.h"

#include <string.h>

#define FEWEST ((size_t)8)
#define FIRST_MULTIPLIER UINT64_C(0x9E3779B97F4A7C15)
#define TRIES 64   /* multipliers that are tried for each size of the table */
#define ROOMIEST 8 /* a tuned table may have so many times the slots */
#define MOST (SIZE_MAX / sizeof(cs_ptrmap_slot) / 2)

static cs_status new_slots(const cs_allocator *allocator, size_t keys, cs_ptrmap_slot **slots,
                           size_t *mask) {
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
static cs_ptrmap_slot *place_of(cs_ptrmap_slot *slots, uint64_t multiplier, size_t mask,
                                const void *key) {
    size_t i = cs_ptrmap_home(key, multiplier, mask);
    while (slots[i].key != NULL && slots[i].key != key) { i = (i + 1) & mask; }
    return &slots[i];
}

cs_status cs_ptrmap_init(cs_ptrmap *map, const cs_allocator *allocator, size_t expected) {
    cs_ptrmap made = {.allocator = allocator, .multiplier = FIRST_MULTIPLIER};
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
        if (map->slots[i].key != NULL) {
            *place_of(slots, map->multiplier, mask, map->slots[i].key) = map->slots[i];
        }
    }
    map->allocator->free(map->allocator->ctx, map->slots);
    map->slots = slots;
    map->mask = mask;
    return CS_OK;
}

cs_status cs_ptrmap_set(cs_ptrmap *map, const void *key, size_t value) {
    if (key == NULL) { return CS_INVALID; } /* NULL marks an empty slot */
    cs_ptrmap_slot *slot = place_of(map->slots, map->multiplier, map->mask, key);
    if (slot->key == NULL) {
        if ((map->count + 1) * 2 > map->mask + 1) {
            cs_status status = grow(map);
            if (status != CS_OK) { return status; }
            slot = place_of(map->slots, map->multiplier, map->mask, key);
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
        size_t home = cs_ptrmap_home(map->slots[i].key, map->multiplier, map->mask);
        /* An entry may fill the hole unless its home lies behind the hole, on the way from there
         * to where it is. */
        if (((i - home) & map->mask) >= ((i - hole) & map->mask)) {
            map->slots[hole] = map->slots[i];
            hole = i;
        }
    }
    map->slots[hole] = (cs_ptrmap_slot){NULL, 0};
    map->count--;
}

/* Put the entries of `map` at home in `slots`; 0 if two share a home. */
static int all_at_home(const cs_ptrmap *map, cs_ptrmap_slot *slots, uint64_t multiplier,
                       size_t mask) {
    memset(slots, 0, (mask + 1) * sizeof *slots);
    for (size_t i = 0; i <= map->mask; i++) {
        if (map->slots[i].key == NULL) { continue; }
        cs_ptrmap_slot *home = &slots[cs_ptrmap_home(map->slots[i].key, multiplier, mask)];
        if (home->key != NULL) { return 0; }
        *home = map->slots[i];
    }
    return 1;
}

void cs_ptrmap_tune(cs_ptrmap *map) {
    for (size_t factor = 1; factor <= ROOMIEST; factor *= 2) {
        cs_ptrmap_slot *slots;
        size_t mask;
        uint64_t multiplier = FIRST_MULTIPLIER;
        if (new_slots(map->allocator, (map->mask + 1) / 2 * factor, &slots, &mask) != CS_OK) {
            return;
        }
        for (int i = 0; i < TRIES;
             i++, multiplier = (multiplier * UINT64_C(0xD1342543DE82EF95) + 2) | 1) {
            if (!all_at_home(map, slots, multiplier, mask)) { continue; }
            map->allocator->free(map->allocator->ctx, map->slots);
            map->slots = slots;
            map->mask = mask;
            map->multiplier = multiplier;
            return;
        }
        map->allocator->free(map->allocator->ctx, slots);
    }
}
