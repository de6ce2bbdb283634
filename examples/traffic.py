"""Cars on a ring road: each keeps its distance from the one ahead, and yet jams form.

The jams have no cause and travel backwards. The first way is a method and a loop; the second is
NumPy on the columns of the same pool. Both give the same traffic, to the last bit. With the name of
a file the program draws a picture of it (needs matplotlib).

python examples/traffic.py [N [FILE.png or .svg]]
"""

from __future__ import annotations

import itertools
import random
import sys
import time
from collections.abc import Callable

from resident import count_from_arguments, kept, saving

from cslots import Pool, Struct

SECONDS = 0.5  # a step
STEPS = 40
SPACE = 22.0  # metres of road a car
CAR = 5.0
GAP = 2.0  # metres kept when standing
TIME_GAP = 1.0  # seconds kept when driving
PUSH, BRAKE = 0.4, 2.0  # metres a second, each second
ROOT = 2 * (PUSH * BRAKE) ** 0.5


class Driving:
    """The intelligent driver model, as methods.

    A mixin without fields, so that slots objects, Structs and rows of a pool share it.
    """

    __slots__ = ()

    def look(self, ahead, road: float) -> None:
        gap = ahead.place - self.place
        if gap < 0:
            gap += road
        gap -= CAR
        wanted = GAP + self.speed * TIME_GAP + self.speed * (self.speed - ahead.speed) / ROOT
        free = self.speed / self.wish
        near = wanted / gap
        self.force = PUSH * (1.0 - free * free * free * free - near * near)

    def drive(self, road: float) -> None:
        speed = self.speed + self.force * SECONDS
        self.speed = speed if speed > 0.0 else 0.0
        self.place += self.speed * SECONDS
        if self.place >= road:
            self.place -= road


class Car(Driving, Struct):
    place: float
    speed: float
    wish: float
    force: float = 0.0


class SlotsCar(Driving):
    __slots__ = ("force", "place", "speed", "wish")

    def __init__(self, place, speed, wish):
        self.place, self.speed, self.wish, self.force = place, speed, wish, 0.0


def line_up(car: Callable, count: int):
    dice = random.Random(7)
    for i in range(count):
        yield car(i * SPACE + dice.uniform(0.0, 8.0), 10.0, dice.uniform(25.0, 36.0))


def step_by_objects(cars, road: float) -> None:
    for car, ahead in zip(cars, itertools.chain(cars[1:], cars[:1])):
        car.look(ahead, road)
    for car in cars:
        car.drive(road)


def step_by_columns(cars: Pool, road: float) -> None:
    import numpy

    place, speed, force = cars["place"], cars["speed"], cars["force"]
    gap = numpy.roll(place, -1) - place
    gap[gap < 0] += road
    gap -= CAR
    wanted = GAP + speed * TIME_GAP + speed * (speed - numpy.roll(speed, -1)) / ROOT
    free = speed / cars["wish"]
    near = wanted / gap
    force[:] = PUSH * (1.0 - free * free * free * free - near * near)
    numpy.maximum(speed + force * SECONDS, 0.0, out=speed)
    place += speed * SECONDS
    place[place >= road] -= road


def timed(step: Callable, cars, road: float) -> float:
    """ns a car and step."""
    start = time.perf_counter()
    for _ in range(STEPS):
        step(cars, road)
    return (time.perf_counter() - start) / STEPS / len(cars) * 1e9


def picture(file: str, cars: int = 120, minutes: int = 15) -> None:
    """Place against time: each line is a car, red where it stands."""
    import numpy
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    pool, road = Pool(Car, line_up(Car, cars)), cars * SPACE
    steps = int(minutes * 60 / SECONDS)
    places, speeds = numpy.empty((steps, cars)), numpy.empty((steps, cars))
    for k in range(steps):
        step_by_columns(pool, road)
        places[k], speeds[k] = pool["place"], pool["speed"]
    figure = Figure(figsize=(9, 5), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    when = numpy.repeat(numpy.arange(steps) * SECONDS / 60, cars)
    dots = axes.scatter(
        when,
        places.ravel() / 1000,
        c=speeds.ravel() * 3.6,
        s=0.4,
        cmap="RdYlGn",
        vmin=0,
        rasterized=True,
        linewidths=0,
    )
    figure.colorbar(dots, label="km/h")
    axes.set(xlabel="minutes", ylabel="km along the ring", xlim=(0, minutes), ylim=(0, road / 1000))
    axes.set_title(
        f"{cars} cars on a ring of {road / 1000:.1f} km: jams out of nothing, travelling backwards"
    )
    figure.savefig(file)


def main() -> None:
    file = sys.argv.pop(2) if len(sys.argv) == 3 else None
    count = count_from_arguments(20_000)
    road = count * SPACE
    pool, packed = kept(lambda: Pool(Car, line_up(Car, count)))
    others, slots = kept(lambda: list(line_up(SlotsCar, count)))
    vectorised = pool.copy()
    print(
        f"list of __slots__ objects: {timed(step_by_objects, others, road):,.0f} ns a car and step"
    )
    print(f"pool, the same code: {timed(step_by_objects, pool, road):,.0f} ns")
    assert all(a.place == b.place and a.speed == b.speed for a, b in zip(pool, others))
    try:
        import numpy  # noqa: F401
    except ImportError:
        print("pool, with NumPy: left out, it is not installed")
    else:
        print(
            f"pool, with NumPy on its columns: {timed(step_by_columns, vectorised, road):,.0f} ns"
        )
        assert vectorised == pool
        if file is not None:
            picture(file)
            print(f"wrote {file}")
    print(
        f"{sum(car.speed < 1.0 for car in pool):,} cars stand, "
        f"the fastest drives {max(car.speed for car in pool) * 3.6:.0f} km/h"
    )
    print(saving("cars", count, slots, packed))


if __name__ == "__main__":
    main()
