"""Programs written for a list of objects, run on a list and on a pool.

The records are the same, in the same order, or the operation is refused with advice.

What they have in common is assignment: `xs[i] = xs[j]`. A row stands for a record of the pool;
when another record takes its place, whoever holds the row keeps the values, as the holder of a
list's element does.
"""

from __future__ import annotations

import bisect
import copy
import datetime as dt
import gc
import heapq
import pickle
import random
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from support import FREE_THREADED, raises
from support.pool import KINDS, LONG, UTC, Frozen, Held, Mutable, Named, Point, of_kind, points, xs

import cslots
from cslots import Pool, StaleRowError, Struct, asdict, replace, utf8

try:
    import numpy
except ImportError:
    numpy = None


class P(Struct, order=True):
    n: int
    name: utf8 = ""


class Bare(Struct, weakref=True):
    what: object
    n: int = 0


START = [3, 1, 2, 9, 5, 4, 4, 0, 7, 1]


def swap(things: Any) -> None:
    things[0], things[1] = things[1], things[0]


def swap_with_itself(things: Any) -> None:
    things[2], things[2] = things[2], things[2]


def swap_by_a_helper(things: Any) -> None:
    first, last = things[0], things[-1]
    things[0] = last
    things[-1] = first


def shuffle(things: Any) -> None:
    random.Random(1).shuffle(things)


def bubble_sort(things: Any) -> None:
    for i in range(len(things)):
        for j in range(i):
            if things[j].n > things[i].n:
                things[i], things[j] = things[j], things[i]


def insertion_sort(things: Any) -> None:
    for i in range(1, len(things)):
        one, j = things[i], i
        while j > 0 and things[j - 1].n > one.n:
            things[j] = things[j - 1]
            j -= 1
        things[j] = one


def selection_sort(things: Any) -> None:
    for i in range(len(things)):
        least = min(range(i, len(things)), key=lambda k: things[k].n)
        things[i], things[least] = things[least], things[i]


def quick_sort(things: Any) -> None:
    def sort(low: int, high: int) -> None:
        if low >= high:
            return
        pivot, at = things[high], low
        for i in range(low, high):
            if things[i].n < pivot.n:
                things[i], things[at] = things[at], things[i]
                at += 1
        things[at], things[high] = things[high], things[at]
        sort(low, at - 1)
        sort(at + 1, high)

    sort(0, len(things) - 1)


def merge_sort(things: Any) -> None:
    def sort(low: int, high: int) -> None:
        if high - low < 2:
            return
        middle = (low + high) // 2
        sort(low, middle)
        sort(middle, high)
        things[low:high] = list(
            heapq.merge(list(things[low:middle]), list(things[middle:high]), key=lambda p: p.n)
        )

    sort(0, len(things))


def sorted_back(things: Any) -> None:
    things[:] = sorted(things, key=lambda p: -p.n)


def sorted_back_one_by_one(things: Any) -> None:
    for i, one in enumerate(sorted(things)):
        things[i] = one


def backwards(things: Any) -> None:
    things[:] = list(things)[::-1]


def backwards_by_swaps(things: Any) -> None:
    for i in range(len(things) // 2):
        things[i], things[-1 - i] = things[-1 - i], things[i]


def backwards_by_a_slice(things: Any) -> None:
    things[:] = things[::-1]


def rotate(things: Any) -> None:
    first = things[0]
    for i in range(len(things) - 1):
        things[i] = things[i + 1]
    things[len(things) - 1] = first


def rotate_by_slices(things: Any) -> None:
    things[:] = [*things[3:], *things[:3]]


def rotate_by_pop(things: Any) -> None:
    for _ in range(4):
        things.append(things.pop(0))
        things.insert(0, things.pop())
        things.append(things.pop(0))


def rotate_overlapping(things: Any) -> None:
    things[1:5] = things[0:4]
    things[0:4] = things[2:6]


def partition(things: Any) -> None:
    at = 0
    for i in range(len(things)):
        if things[i].n % 2:
            things[at], things[i] = things[i], things[at]
            at += 1


def partition_into_lists(things: Any) -> None:
    odd, even = [p for p in things if p.n % 2], [p for p in things if not p.n % 2]
    things[:] = odd + even


def slices(things: Any) -> None:
    things[1:3] = [things[2], things[1]]
    things[::2], things[1::2] = list(things[1::2]), list(things[::2])
    things[5:0:-1] = list(things[1:6])


def replaced_and_kept(things: Any) -> None:
    old = things[0]
    things[0] = P(99)
    things.append(old)
    things.insert(0, old)


def kept_row_is_written(things: Any) -> None:
    old = things[3]
    things[3] = P(old.n + 100, old.name)
    old.n = -1
    things[4].n = old.n


def a_heap_of_our_own(things: Any) -> None:
    def sift(at: int, end: int) -> None:
        while (child := 2 * at + 1) < end:
            if child + 1 < end and things[child].n < things[child + 1].n:
                child += 1
            if things[at].n >= things[child].n:
                return
            things[at], things[child] = things[child], things[at]
            at = child

    for at in reversed(range(len(things) // 2)):
        sift(at, len(things))
    for end in range(len(things) - 1, 0, -1):
        things[0], things[end] = things[end], things[0]
        sift(0, end)


def heapq_in_python(things: Any) -> None:
    module: Any = __import__("test.support.import_helper", fromlist=["x"]).import_fresh_module(
        "heapq", blocked=["_heapq"]
    )
    module.heapify(things)
    module.heappush(things, P(6))
    module.heappush(things, P(-6))
    smallest = module.heappop(things)
    module.heapreplace(things, P(smallest.n + 20))
    module.heappush(things, module.heappushpop(things, P(8)))


def insort(things: Any) -> None:
    things[:] = sorted(things, key=lambda p: p.n)
    for n in (5, -5, 50):
        bisect.insort(things, P(n), key=lambda p: p.n)
        bisect.insort_left(things, things[2], key=lambda p: p.n)


def remove_while_walking_a_copy(things: Any) -> None:
    for one in list(things):
        if one.n % 2:
            things.remove(one)


def delete_backwards(things: Any) -> None:
    for i in reversed(range(len(things))):
        if things[i].n > 4:
            del things[i]


def remove_duplicates(things: Any) -> None:
    seen = []
    for one in list(things):
        if one in seen:
            things.reverse()
            things.remove(one)
            things.reverse()
        else:
            seen.append(copy.copy(one))


def extend_with_itself(things: Any) -> None:
    things.extend(things)
    things += things[2:4]
    things += [things[0], things[-1]]
    things.extend(p for p in list(things) if p.n > 4)


def insert_and_delete(things: Any) -> None:
    things.insert(2, things[5])
    things.insert(-100, things[1])
    things.insert(100, things[0])
    del things[1:7:2]
    del things[-1]


def pop_and_put_back(things: Any) -> None:
    one, other = things.pop(), things.pop(2)
    things.append(other)
    things.insert(1, one)


def copies(things: Any) -> None:
    other = copy.copy(things)
    other[0], other[1] = other[1], other[0]
    things[2:4] = other[0:2]
    things.append(copy.copy(things[0]))
    things[-1].n += 1


def walk_and_replace(things: Any) -> None:
    for i, one in enumerate(things):
        things[i] = P(one.n * 2, one.name + "x")
        one.n = -1


def walk_and_replace_by_others(things: Any) -> None:
    before = list(things)
    for i in range(len(things)):
        things[i] = before[(i * 3 + 1) % len(before)]


def as_it_was(things: Any) -> None:
    for i, one in enumerate(things):
        things[i] = one
    things[:] = list(things)
    things[1:4] = things[1:4]
    before = things[0]
    things[0] = things[0]
    before.n += 1


def many_rows_of_one_record(things: Any) -> None:
    rows = [things[1] for _ in range(5)] + [things[2]]
    things[1] = P(70)
    rows[0].n = 33
    things.extend(rows)


def chains(things: Any) -> None:
    one = things[0]
    for n in range(5):
        things[0] = P(n)
        things[1] = one
        one = things[0]
    things.append(one)


PROGRAMS = [
    value
    for value in list(globals().values())
    if callable(value)
    and getattr(value, "__annotations__", {}) == {"things": "Any", "return": "None"}
]


def of_both(program: Callable[[Any], None], start: list[int]) -> tuple[Any, Any]:
    as_list, as_pool = (
        [P(n, f"{LONG}{n}") for n in start],
        Pool(P, [P(n, f"{LONG}{n}") for n in start]),
    )
    program(as_list)
    program(as_pool)
    return as_list, as_pool


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_a_program_gives_on_a_pool_what_it_gives_on_a_list(program):
    as_list, as_pool = of_both(program, START)
    assert list(as_pool) == as_list
    # So many rows that they are looked for in buckets.
    again = [n for n in START for _ in range(20)]
    as_list, as_pool = of_both(program, again)
    assert list(as_pool) == as_list


def test_there_are_as_many_programs_as_are_written_above():
    assert len(PROGRAMS) == 38


@pytest.mark.parametrize(
    ("program", "advice"),
    [
        (lambda pool: heapq.heapify(pool), "argument must be "),
        (lambda pool: pool.sort(key=lambda p: p.n), "pool[:] = sorted(pool, key=...)"),
        (lambda pool: pool.sort(), "pool[:] = sorted(pool)"),
        (lambda pool: pool.__setitem__(slice(1, 3), [P(1)]), "insert, extend and del change"),
        (lambda pool: pool.__setitem__(slice(1, 1), [P(1)]), "insert, extend and del change"),
        (lambda pool: pool[:2] + pool[2:], "[*a, *b]"),
        (lambda pool: pool + [P(1)], "[*a, *b]"),
        (lambda pool: pool * 2, "pool.extend"),
    ],
)
def test_what_a_pool_does_not_do_is_refused_with_advice(program, advice):
    pool = Pool(P, [P(n) for n in START])
    with pytest.raises((TypeError, ValueError)) as caught:
        program(pool)
    assert advice in str(caught.value) and [p.n for p in pool] == START


# ---- what a replaced record leaves behind ----


def test_a_row_keeps_the_values_of_the_record_that_was_replaced():
    pool = points(3)
    row, other, neighbour = pool[1], pool[1], pool[2]
    pool[1] = Point(7, 8.0)
    assert (row.x, row.y, pool[1].x, neighbour.x) == (1, 0.5, 7, 2)
    row.x = 50
    assert (
        other.x == 50
        and other == row == Point(50, 0.5)
        and row != pool[1]
        and xs(pool) == [0, 7, 2]
    )
    assert repr(row) == "Point(x=50, y=0.5)" and isinstance(row, Point) and row.__class__ is Point
    assert (
        copy.copy(row)
        == copy.deepcopy(row)
        == pickle.loads(pickle.dumps(row))
        == replace(row)
        == row
    )
    fresh = copy.copy(row)
    fresh.x = 1
    assert row.x == 50 and type(fresh) is Point
    assert asdict(row) == {"x": 50, "y": 0.5} and replace(row, x=3) == Point(3, 0.5)
    pool.clear()
    assert row.x == 50
    with raises(TypeError, "Point.x: expected int, got str 'x'"):
        row.x = "x"
    with raises(AttributeError, "Point has no field 'z' (fields: x, y)"):
        row.z = 1
    with raises(AttributeError, "'Point' object has no attribute 'z'"):
        _ = row.z
    pool.append(row)
    pool.insert(0, row)
    pool[0] = row
    assert xs(pool) == [50, 50] and Pool(Point, [row])[0] == row
    del pool
    assert row.x == 50


@pytest.mark.parametrize("nullable", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_every_kind_are_swapped(kind, nullable):
    record = of_kind(kind, nullable)
    values = [*KINDS[kind][1], None] if nullable or kind == "object" else KINDS[kind][1]
    pool = Pool(record, [record(value, n) for n, value in enumerate(values)])
    want = [(value, n) for n, value in enumerate(values)]
    for seed in range(5):
        random.Random(seed).shuffle(pool)
        random.Random(seed).shuffle(want)
        assert [(row.x, row.n) for row in pool] == want
    rows = list(pool)
    pool[:] = [record(values[0], 9)] * len(pool)
    assert [(row.x, row.n) for row in rows] == want
    rows[0].x = values[1]
    assert rows[0].x == values[1] and [row.n for row in pool] == [9] * len(values)


def test_rows_of_a_frozen_class_are_swapped():
    pool = Pool(Frozen, [Frozen(2, "b"), Frozen(1, LONG)])
    row = pool[0]
    swap(pool)
    assert (
        list(pool) == [Frozen(1, LONG), Frozen(2, "b")]
        and row == Frozen(2, "b")
        and hash(row) == hash(Frozen(2, "b"))
    )
    assert pool[0] < row < Frozen(3)
    with raises(AttributeError, "Frozen is frozen; cannot assign 'x' (use cslots.replace)"):
        row.x = 5
    with raises(AttributeError, "Frozen is frozen; cannot assign 'x' (use cslots.force_setattr)"):
        Frozen.x.__set__(row, 5)


def test_references_are_the_same_objects_afterwards():
    things = [Mutable(i) for i in range(6)]
    watch = [weakref.ref(thing) for thing in things]
    pool = Pool(Bare, [Bare(thing, i) for i, thing in enumerate(things)])
    random.Random(2).shuffle(pool)
    assert sorted((row.n, row.what.value) for row in pool) == [(i, i) for i in range(6)]
    assert {id(row.what) for row in pool} == {id(thing) for thing in things}
    row = pool[0]
    kept = row.what
    pool[0] = Bare(None, 100)
    assert row.what is kept
    del row.what
    with pytest.raises(AttributeError):
        _ = row.what
    row.what = row  # a cycle through a row that has no pool any more
    gone = weakref.ref(row)
    del row, kept, things, pool
    gc.collect()
    assert gone() is None
    if not FREE_THREADED:
        assert [w() for w in watch] == [None] * 6


def test_an_unset_field_stays_unset():
    pool = Pool(Bare, [Bare(1), Bare(2)])
    del pool[0].what
    swap(pool)
    assert pool[0].what == 2
    with pytest.raises(AttributeError):
        _ = pool[1].what


def test_the_rows_of_records_that_go_are_stale_as_before():
    pool = points(3)
    row = pool[1]
    pool[1] = Point(9)
    other = pool[1]
    del pool[1]
    assert row.x == 1
    with pytest.raises(StaleRowError):
        _ = other.x


def test_a_weak_reference_to_a_row_stays():
    pool = Pool(Held, [Held(i) for i in range(2)])
    row = pool[0]
    ref = weakref.ref(row)
    pool[0] = Held(5)
    assert ref() is row and row.what == 0
    del row
    assert ref() is None or FREE_THREADED


def test_rows_are_the_same_record_when_their_class_compares_by_identity():
    class Thing(Struct, eq=False):
        x: int

    pool = Pool(Thing, [Thing(1), Thing(1)])
    a, b = pool[0], pool[0]
    pool[0] = Thing(1)
    assert a == b and a != pool[0] and pool.count(a) == 0


def test_a_row_at_its_own_place_stays_a_row():
    pool = points(4)
    row = pool[1]
    pool[1] = row
    pool[:] = list(pool)
    pool[1:3] = (pool[1], pool[2])
    pool[0:3] = pool[0:3]
    pool[:] = pool
    row.x = 77
    assert pool[1].x == 77
    pool[0:2] = [pool[1], row]
    assert xs(pool) == [77, 77, 2, 3]
    row.x = 5
    assert xs(pool) == [77, 5, 2, 3]


def test_what_is_refused_leaves_rows_and_records_as_they_were():
    pool = Pool(Named, [Named("a"), Named("b"), Named("c")])
    row = pool[1]
    for attempt in (
        lambda: pool.__setitem__(1, 5),
        lambda: pool.__setitem__(1, {"name": 5}),
        lambda: pool.__setitem__(slice(0, 2), [row, 5]),
        lambda: pool.__setitem__(slice(0, 2), [row]),
    ):
        with pytest.raises((TypeError, ValueError)):
            attempt()
    row.name = "still a row"
    assert [r.name for r in pool] == ["a", "still a row", "c"]


def test_a_conversion_that_replaces_the_record():
    class Odd:
        def __index__(self):
            pool[0] = Point(1)
            return 77

    pool = points(2)
    row = pool[0]
    row.x = Odd()
    assert row.x == 77 and xs(pool) == [1, 1]


def test_a_constructor_that_replaces_the_record_that_is_replaced():
    class Odd(Struct):
        x: int = 0

        def __post_init__(self):
            if self.x == 5:
                pool[0] = {"x": 6}

    pool = Pool(Odd, [Odd(1), Odd(2)])
    row = pool[0]
    pool[0] = {"x": 5}
    assert (row.x, [r.x for r in pool]) == (1, [5, 2])


def test_a_slice_of_the_pool_assigns_as_the_pool():
    pool = points(6)
    part, row = pool[1:5], pool[2]
    part[0], part[1] = part[1], part[0]
    random.Random(3).shuffle(part)
    assert sorted(xs(part)) == [1, 2, 3, 4] and row.x == 2 and xs(pool)[0] == 0


def test_the_zone_of_a_kept_datetime():
    class Stamp(Struct):
        at: dt.datetime | None = None

    pool = Pool(Stamp, [Stamp(dt.datetime(2020, 1, 1, tzinfo=UTC))])
    row = pool[0]
    pool[0] = Stamp()
    assert row.at == dt.datetime(2020, 1, 1, tzinfo=UTC)
    row.at = dt.datetime(2021, 1, 1)
    assert row.at == dt.datetime(2021, 1, 1)


def test_thousands_of_rows_are_found_one_by_one():
    rows = 20_000
    pool = points(rows)
    held = list(pool)
    for i, row in enumerate(held):
        pool[rows - 1 - i] = row
        if i % 5000 == 0:
            pool.append(Point(-1))
            pool.insert(len(pool), Point(-2))
    assert xs(held) == [*range(rows)] and xs(pool)[:rows] == [*reversed(range(rows))]
    again = [pool[i] for i in range(rows) for _ in range(2)]
    for i in range(0, rows, 2):
        pool[i] = pool[i + 1]
    del pool[:100]
    assert again[1].x == rows - 1
    pool.sort("x")
    assert again[300].x == rows - 1 - 150 and again[303].x == rows - 1 - 151
    with pytest.raises(StaleRowError):
        _ = again[2].x


@pytest.mark.skipif(numpy is None, reason="needs NumPy")
def test_a_view_of_a_column_sees_the_swap():
    pool = points(3)
    view = pool["x"]
    swap(pool)
    assert view.tolist() == [1, 0, 2]


def test_force_setattr_and_descriptors_reach_a_kept_row():
    pool = points(2)
    row = pool[0]
    pool[0] = Point(9)
    cslots.force_setattr(row, "x", 5)
    assert row.x == 5 and Point.x.__get__(row) == 5
    Point.x.__set__(row, 6)
    assert row.x == 6 and pool[0].x == 9
