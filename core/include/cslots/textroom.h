/* textroom.h: how much room for texts an object gets whose texts are not known yet.
 *
 *   a class with its own __init__:
 *   block is allocated  ->  self.name = ...  ->  self.email = ...  ->  learn(fixed + texts)
 *             ^                                                                |
 *             +----- room: the size of block that would have been best --------+
 *
 * An object cannot move once its constructor runs, and texts that do not fit into its block cost a
 * block of their own. The objects of one class tend to have texts of much the same size. So the
 * class counts which sizes of block its last objects would have filled, and gives the next one the
 * size at which all of those would have taken the least memory: large enough for most, not for the
 * rare long text.
 *
 * Invariants: counts[k] objects needed a block of 8 * k bytes. The last count is of those that no
 * block holds. After each CS_ROOM_PERIOD objects the counts are halved, so that the class follows
 * what it makes.
 */
#ifndef CSLOTS_TEXTROOM_H
#define CSLOTS_TEXTROOM_H

#include <stddef.h>
#include <stdint.h>

#include "cslots/slab.h"

#define CS_ROOM_PERIOD ((uint32_t)256)

typedef struct {
    uint32_t learned; /* objects since the counts were halved */
    uint32_t next;    /* when `best` is found again */
    uint32_t best;    /* bytes of the whole block; 0: nothing is known */
    uint16_t counts[CS_SLAB_CLASSES + 1];
} cs_text_room;

/* Find `best` again. `fixed`: the bytes of an object that are not texts. `block`: what a spilled
 * object takes besides, before its texts. */
void cs_text_room_find(cs_text_room *room, size_t fixed, size_t block);

static inline void cs_text_room_learn(cs_text_room *room, size_t fixed, size_t texts,
                                      size_t block) {
    const size_t k = cs_slab_round(fixed + texts) / CS_SLAB_STEP;
    room->counts[k < CS_SLAB_CLASSES ? k : CS_SLAB_CLASSES]++;
    if (++room->learned >= room->next) { cs_text_room_find(room, fixed, block); }
}

#endif
