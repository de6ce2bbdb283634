"""Rows and their records: rows follow them through every change, and the collector finds them."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref

import pytest
from support import classes_die, raises
from support.pool import (
    LONG,
    Held,
    Named,
    Point,
    points,
    xs,
)

import cslots
from cslots import Pool, StaleRowError, Struct, asdict, astuple, replace

STALE = "Point: the record of this row was removed from its pool"


def test_rows_follow_their_records_through_every_change():
    pool = points(10)
    rows = list(pool)
    del pool[3]
    pool.insert(0, Point(50))
    pool.sort("x", reverse=True)
    del pool[[row.x in (5, 7) for row in pool]]
    del pool[-1:]
    pool.compact()
    pool.extend(points(1000)[:90])
    pool.reverse()
    gone = {0, 3, 5, 7}
    for i, row in enumerate(rows):
        if i in gone:
            for use in (
                lambda: row.x,
                lambda: row.area,
                lambda: setattr(row, "x", 1),
                lambda: copy.copy(row),
                lambda: repr(row),
            ):  # noqa: B023
                with pytest.raises((StaleRowError, AttributeError)):
                    use()
            with raises(StaleRowError, STALE):
                _ = row.x
        else:
            assert row.x == i
            row.x = 100 + i
    assert sorted(x for x in xs(pool) if x >= 100) == [100 + i for i in range(10) if i not in gone]


@pytest.mark.parametrize(
    "use",
    [
        lambda row: row.x,
        lambda row: setattr(row, "x", 1),
        lambda row: setattr(row, "y", 1.0),
        lambda row: row.y,
        lambda row: repr(row),
        lambda row: row == Point(1),
        lambda row: Point(1) == row,
        lambda row: copy.copy(row),
        lambda row: copy.deepcopy(row),
        lambda row: pickle.dumps(row),
        lambda row: asdict(row),
        lambda row: astuple(row),
        lambda row: replace(row, x=1),
        lambda row: Pool(Point, [row]),
        lambda row: points(1).append(row),
        lambda row: points(1).insert(0, row),
        lambda row: points(1).__setitem__(0, row),
        lambda row: cslots.force_setattr(row, "x", 1),
        lambda row: Point.x.__get__(row),
        lambda row: Point.x.__set__(row, 1),
    ],
)
@pytest.mark.parametrize(
    "end",
    [
        lambda p: p.__delitem__(1),
        lambda p: p.clear(),
        lambda p: p.__delitem__([True] * 3),
        lambda p: p.remove(p[1]),
    ],
)
def test_touching_a_row_whose_record_is_gone_raises(use, end):
    pool = points(3)
    row = pool[1]
    end(pool)
    with raises(StaleRowError, STALE):
        use(row)


def test_thousands_of_living_rows():
    pool = points(5000)
    rows = list(pool) + list(pool)
    del pool[::2]
    pool.sort("x", reverse=True)
    alive = [row for i, row in enumerate(rows) if i % 2]
    assert xs(alive) == [*range(1, 5000, 2)] * 2
    for row in rows[::2]:
        with pytest.raises(StaleRowError):
            _ = row.x
    del rows
    pool.clear()
    for row in alive:
        with pytest.raises(StaleRowError):
            _ = row.x
    pool.append(Point(1))
    assert pool[0].x == 1


def test_a_row_keeps_its_pool_alive_and_ends_with_it():
    class Watched(Struct, weakref=True):
        x: int = 0
        o: object = None

    pool = Pool(Watched, [Watched(i) for i in range(3)])
    watch = weakref.ref(pool)
    row = pool[1]
    del pool
    gc.collect()
    assert row.x == 1 and watch() is not None
    del row
    gc.collect()
    assert watch() is None


def test_weak_references_to_rows():
    pool = Pool(Held, [Held(None, i) for i in range(3)])
    row = pool[0]
    called = []
    watch = weakref.ref(row, called.append)
    assert watch() is row
    del row
    assert watch() is None and called == [watch]
    walk = iter(pool)
    watch = weakref.ref(next(walk))
    next(walk), next(walk)
    assert watch() is None or watch().n == 0  # never another record
    watch = weakref.ref(pool[0])
    assert watch() is None
    with pytest.raises(TypeError):
        weakref.ref(points(1)[0])


def test_cycles_through_a_pool_are_collected():
    class Node(Struct, weakref=True):
        o: object = None

    class Watch:
        pass

    def pool_in_itself():
        pool = Pool(Node, [Node()])
        pool[0].o = pool
        return pool

    def row_in_its_pool():
        pool = Pool(Node, [Node(), Node()])
        pool[0].o = pool[1]
        pool[1].o = [pool[0]]
        return pool

    def iterator_in_its_pool():
        pool = Pool(Node, [Node(), Node()])
        walk = iter(pool)
        next(walk).o = walk
        return pool

    def slice_in_its_pool():
        pool = Pool(Node, [Node(), Node()])
        pool[0].o = pool[:]
        return pool

    def array_in_its_pool():
        pool = Pool(Held, [Held()])
        pool[0].what = memoryview(pool._view("n"))
        return pool

    def two_pools():
        pool, other = Pool(Node, [Node()]), Pool(Node, [Node()])
        pool[0].o, other[0].o = other[0], pool[0]
        return pool

    def removed():
        pool = Pool(Node, [Node()])
        pool[0].o = row = pool[0]
        pool.append(Node(row))
        del pool[0]
        return pool

    for make in (
        pool_in_itself,
        row_in_its_pool,
        iterator_in_its_pool,
        slice_in_its_pool,
        array_in_its_pool,
        two_pools,
        removed,
    ):
        pool = make()
        watch = weakref.ref(pool)
        del pool
        gc.collect()
        assert watch() is None, make


@classes_die
def test_a_class_with_a_pool_of_itself_is_collected():
    def define(**fields_):
        Own = type(Struct)("Own", (Struct,), {"__annotations__": fields_, **dict.fromkeys(fields_)})
        Own.pool = Pool(Own, [Own()])
        Own.pool[0]  # leaves a spare row
        return weakref.ref(Own)

    for annotation in (object, "int | None"):
        watch = define(x=annotation)
        gc.collect()
        gc.collect()
        assert watch() is None


def test_the_collector_in_the_middle_of_everything():
    class Last:
        def __init__(self):
            self.own = self

        def __del__(self):
            if len(pool) > 3:
                del pool[1]
                pool.reverse()
            pool.append(n=5, text=LONG)

    def attempt(use):
        try:
            use()
        except (IndexError, StaleRowError, RuntimeError, ValueError):
            pass

    pool = Pool(Held, [Held(None, i, LONG * 9) for i in range(20)])
    old = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        for _ in range(60):
            Last()
            attempt(lambda: [copy.copy(row) for row in pool])
            attempt(lambda: list(pool[1:9:2]))
            attempt(lambda: pool.pop())
            attempt(lambda: pool.copy())
            attempt(lambda: pool.filter([True] * len(pool)))
            attempt(lambda: pickle.dumps(pool))
            attempt(lambda: [row == row for row in pool])
            attempt(lambda: pool[-1].text)
            attempt(lambda: pool.extend([Held(None, 7)]))
            attempt(lambda: pool.sort("n"))
    finally:
        gc.set_threshold(*old)
    assert all(isinstance(row.text, str) for row in pool)


def test_rows_of_one_pool_in_another():
    a, b = points(3), points(3)
    b[1].x = 50
    row = b[1]
    assert row not in a
    with raises(ValueError, "Pool of Point: no such record"):
        a.remove(row)
    a.append(row)
    a[0] = row
    a[1:2] = [row]
    assert xs(a) == [50, 50, 2, 50] and row in a and a.index(row) == 0
    a.remove(row)  # an equal record of its own
    assert xs(a) == [50, 2, 50] and xs(b) == [0, 50, 2]
    with pytest.raises(TypeError, match="got Named"):
        a.append(Pool(Named, [Named("a")])[0])
