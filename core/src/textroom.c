/* textroom.c: the size of block at which the last objects of a class would have taken the least
 * memory. textroom.h has the drawing.
 *
 *   size of block     24   32   40   48   56 ...  longer
 *   objects            0    0   12  200   40  ...    4
 *
 * A block of 48 bytes costs each object 48. The 44 objects that need more take a second block
 * besides.
 */
#include "cslots/textroom.h"

#include "cslots/text.h"

/* The second block of an object that needs 8 * k bytes in all. malloc rounds, and adds a word. */
static size_t spilled(size_t k, size_t fixed, size_t block) {
    const size_t bytes = k * CS_SLAB_STEP - (fixed < k * CS_SLAB_STEP ? fixed : k * CS_SLAB_STEP);
    return (block + bytes + sizeof(size_t) + 15) & ~(size_t)15;
}

void cs_text_room_find(cs_text_room *room, size_t fixed, size_t block) {
    const size_t least = cs_slab_round(fixed + CS_TEXT_INLINE_MIN) / CS_SLAB_STEP;
    size_t objects = 0, second = 0, best = 0, best_cost = SIZE_MAX;
    for (size_t k = 0; k <= CS_SLAB_CLASSES; k++) { objects += room->counts[k]; }
    /* From the largest block down: each step moves the objects of the size above into second
     * blocks. */
    for (size_t k = CS_SLAB_CLASSES; k-- > least;) {
        second += room->counts[k + 1] * spilled(k + 1, fixed, block);
        const size_t cost = objects * k * CS_SLAB_STEP + second;
        if (cost < best_cost) {
            best = k;
            best_cost = cost;
        }
    }
    room->best = (uint32_t)(best * CS_SLAB_STEP);
    room->next = room->learned < CS_ROOM_PERIOD ? room->learned * 2 : CS_ROOM_PERIOD;
    if (room->learned < CS_ROOM_PERIOD) { return; }
    for (size_t k = 0; k <= CS_SLAB_CLASSES; k++) { room->counts[k] /= 2; }
    room->learned = 0;
}
