"""sys.getsizeof is true, text takes what it needs, freed memory returns, tracemalloc sees all."""

import gc
import sys
import tracemalloc

import pytest
from support import is_tracked, pymalloc_and_slab

from cslots import Struct, _core, category, float32, uint8, utf8


class Tick(Struct):
    symbol: category
    price: float
    qty: float32
    ts: int
    flag: bool


class Text(Struct):
    a: utf8
    b: utf8 = ""


def used():
    gc.collect()
    return _core.slab_stats()["bytes_used"]


@pymalloc_and_slab
def test_getsizeof_is_the_sum_of_what_the_allocator_gave():
    before = used()
    ticks = [Tick("a", 1.0, 2.0, 3, True) for _ in range(10_000)]
    assert used() - before == sum(map(sys.getsizeof, ticks))
    assert sys.getsizeof(ticks[0]) == _core.layout_of(Tick)["block"] == 48


@pymalloc_and_slab
def test_an_object_takes_steps_of_eight_bytes():
    class A(Struct):
        a: int

    class B(Struct):
        a: int
        b: uint8

    class C(Struct):
        a: uint8
        b: bool
        c: uint8 | None

    assert sys.getsizeof(A(1)) == 24  # 16 of header, 8 of value
    assert sys.getsizeof(B(1, 2)) == 32
    assert sys.getsizeof(C(1, True, None)) == 24
    for cls in (A, B, C):
        assert not is_tracked(cls)


def test_getsizeof_counts_the_text():
    small, large = sys.getsizeof(Text("")), sys.getsizeof(Text("x" * 40, "y" * 40))
    assert 72 <= large - small <= 80
    huge = Text("x" * 1_000_000)
    assert 1_000_000 <= sys.getsizeof(huge) <= 1_010_000
    grown = Text("")
    grown.a = "x" * 1_000_000
    assert 1_000_000 <= sys.getsizeof(grown) <= 2_100_000
    grown.a = ""
    assert sys.getsizeof(grown) <= 100_000


@pymalloc_and_slab
def test_getsizeof_counts_the_text_of_many_objects():
    before = used()
    texts = [Text("t" * (n % 200), "u" * (n % 90)) for n in range(5_000)]
    assert used() - before == sum(map(sys.getsizeof, texts))


@pymalloc_and_slab
def test_getsizeof_of_a_tracked_object_counts_the_gc_header():
    class A(Struct):
        x: object
        y: uint8

    assert _core.layout_of(A)["gc_head"] == 16
    size = sys.getsizeof(A(1, 2))
    assert size >= 16 + 16 + 8 + 1
    assert size % 16 == 0
    assert object.__sizeof__ is not A.__sizeof__
    assert A(1, 2).__sizeof__() == size - 16


def test_big_integers_and_dicts_belong_to_nobody_else():
    """getsizeof counts what the object owns alone: not the objects it refers to."""

    class A(Struct):
        x: int
        s: str

    assert sys.getsizeof(A(10**1000, "x" * 1000)) == sys.getsizeof(A(1, ""))


@pymalloc_and_slab
def test_blocks_are_used_again(live_blocks):
    before = live_blocks()
    stats = _core.slab_stats()
    for _ in range(12):
        ticks = [Tick("a", 1.0, 2.0, 3, True) for _ in range(2_000)]
        assert live_blocks() == before + 2_000
        del ticks
    assert live_blocks() == before
    assert _core.slab_stats()["arenas"] <= stats["arenas"] + 1


@pymalloc_and_slab
def test_memory_is_given_back_when_all_objects_are_gone():
    before = _core.slab_stats()
    ticks = [Tick("a", 1.0, 2.0, 3, True) for _ in range(200_000)]
    full = _core.slab_stats()
    assert full["blocks"] - before["blocks"] == 200_000
    assert full["bytes_used"] - before["bytes_used"] == 200_000 * 48
    assert full["bytes_mapped"] >= full["bytes_used"]
    del ticks
    after = _core.slab_stats()
    assert after["blocks"] == before["blocks"]
    assert after["bytes_mapped"] <= before["bytes_mapped"] + 2 * 1024 * 1024


def test_freeing_in_any_order_keeps_the_rest_whole():
    import random

    rng = random.Random(5)
    things = {}
    for n in range(30_000):
        key = rng.randrange(3_000)
        if key in things and rng.random() < 0.6:
            thing, text = things.pop(key)
            assert thing.a == text
        else:
            text = "z" * rng.choice((0, 5, 9, 17, 40, 100, 300, 600, 5_000)) + str(n)
            things[key] = (Text(text, "b"), text)
    assert all(thing.a == text and thing.b == "b" for thing, text in things.values())


@pymalloc_and_slab
def test_tracemalloc_sees_the_objects():
    tracemalloc.start()
    try:
        gc.collect()
        start = tracemalloc.get_traced_memory()[0]
        keep = [None] * 50_000
        empty = tracemalloc.get_traced_memory()[0]
        for n in range(50_000):
            keep[n] = Tick("a", 1.5, 2.0, n, True)
        grown = tracemalloc.get_traced_memory()[0] - empty
        assert 50_000 * 48 * 0.95 <= grown <= 50_000 * 48 * 1.1
        del keep
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] - start < 200_000
    finally:
        tracemalloc.stop()


def test_tracemalloc_may_start_and_stop_in_between():
    ticks = [Tick("a", 1.5, 2.0, n, True) for n in range(10_000)]
    tracemalloc.start()
    more = [Tick("b", 1.5, 2.0, n, True) for n in range(10_000)]
    del ticks
    tracemalloc.stop()
    del more
    tracemalloc.start()
    assert len([Tick("b", 1.5, 2.0, n, True) for n in range(1_000)]) == 1_000
    tracemalloc.stop()


def test_tracemalloc_sees_long_texts():
    tracemalloc.start()
    try:
        text = "x" * 1_000_000
        before = tracemalloc.get_traced_memory()[0]
        thing = Text("")
        thing.a = text
        assert tracemalloc.get_traced_memory()[0] - before >= 1_000_000
        thing.a = ""
        assert tracemalloc.get_traced_memory()[0] - before < 200_000
    finally:
        tracemalloc.stop()


def test_a_spilled_text_that_fits_again_moves_back():
    thing = Text("x" * 40)
    size = sys.getsizeof(thing)
    thing.a = "y" * 10_000
    assert sys.getsizeof(thing) > 10_000
    thing.a = "z" * 20
    assert sys.getsizeof(thing) == size
    assert thing.a == "z" * 20


def test_objects_larger_than_a_slab_block_work():
    names = tuple(f"f{n}" for n in range(100))
    Large = type(Struct)("Large", (Struct,), {"__annotations__": dict.fromkeys(names, float)})
    things = [Large(*range(n, n + 100)) for n in range(50)]
    assert [thing.f99 for thing in things] == [float(n + 99) for n in range(50)]
    assert sys.getsizeof(things[0]) >= 816


@pytest.mark.parametrize("size", [400, 440, 480, 488, 496, 504, 512, 520, 600])
def test_texts_around_the_largest_slab_block(size, live_blocks):
    before = live_blocks()
    things = [Text("q" * size, str(n)) for n in range(200)]
    assert all(thing.a == "q" * size and thing.b == str(n) for n, thing in enumerate(things))
    assert all(sys.getsizeof(thing) >= size for thing in things)
    del things
    assert live_blocks() == before
