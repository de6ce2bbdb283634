"""A small headless game: entities move, bounce off the walls and lose health, for some seconds.

The same loop runs over entities with __slots__ and over packed ones. The program prints what each
takes in memory, and how many frames a second it makes.

python examples/game.py [N]
"""

from __future__ import annotations

import random
import time

from resident import count_from_arguments, kept, saving

from cslots import Struct, float32, int32

WORLD_WIDTH, WORLD_HEIGHT = 4000.0, 3000.0
FRAMES = 30
FRAME_SECONDS = 1 / 60
FIELDS = ("x", "y", "width", "height", "dx", "dy", "health", "texture")


class Moves:
    """What every entity can do; a mixin without fields, so that both forms share it."""

    __slots__ = ()

    def update(self, seconds: float) -> bool:
        """Moves on -> whether it hit a wall, which costs health."""
        self.x += self.dx * seconds
        self.y += self.dy * seconds
        hit = False
        if not 0.0 <= self.x <= WORLD_WIDTH - self.width:
            self.x = min(max(self.x, 0.0), WORLD_WIDTH - self.width)
            self.dx = -self.dx
            hit = True
        if not 0.0 <= self.y <= WORLD_HEIGHT - self.height:
            self.y = min(max(self.y, 0.0), WORLD_HEIGHT - self.height)
            self.dy = -self.dy
            hit = True
        if hit:
            self.health -= 1
        return hit


class SlotsEntity(Moves):
    __slots__ = FIELDS

    def __init__(self, x, y, width, height, dx, dy, health, texture):
        self.x, self.y, self.width, self.height = x, y, width, height
        self.dx, self.dy, self.health, self.texture = dx, dy, health, texture


class Entity(Moves, Struct):
    x: float
    y: float
    width: float32
    height: float32
    dx: float
    dy: float
    health: int32
    texture: str | None


def make(entity: type, count: int) -> list:
    dice = random.Random(7)
    return [
        entity(
            x=dice.uniform(0, WORLD_WIDTH - 64),
            y=dice.uniform(0, WORLD_HEIGHT - 64),
            width=float(dice.randint(16, 64)),
            height=float(dice.randint(16, 64)),
            dx=dice.uniform(-900, 900),
            dy=dice.uniform(-900, 900),
            health=dice.randint(300, 1000),
            texture="grass.png" if i % 3 else None,
        )
        for i in range(count)
    ]


def play(entities: list) -> tuple[int, float]:
    """-> (walls hit, frames a second)."""
    start, hits = time.perf_counter(), 0
    for _ in range(FRAMES):
        for entity in entities:
            hits += entity.update(FRAME_SECONDS)
    return hits, FRAMES / (time.perf_counter() - start)


def main() -> None:
    count = count_from_arguments(20_000)
    packed_entities, packed = kept(lambda: make(Entity, count))
    slots_entities, slots = kept(lambda: make(SlotsEntity, count))
    packed_hits, packed_speed = play(packed_entities)
    slots_hits, slots_speed = play(slots_entities)
    # The same game to the last bit: only float32 fields could be rounded, and those hold small
    # whole numbers.
    assert packed_hits == slots_hits
    assert all(
        a.x == b.x and a.health == b.health
        for a, b in zip(packed_entities, slots_entities, strict=True)
    )
    print(
        f"{FRAMES} frames, {packed_hits:,} walls hit, "
        f"{sum(e.health for e in packed_entities):,} health left"
    )
    print(f"{slots_speed:,.1f} frames/s with __slots__, {packed_speed:,.1f} frames/s with cslots")
    print(saving("entities", count, slots, packed))


if __name__ == "__main__":
    main()
