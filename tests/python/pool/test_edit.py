"""What a pool has of a list: indexes, slices, removing, replacing, order, search, iteration."""

import copy
import datetime as dt
import math
import pickle
import random

import pytest
from support import raises
from support.pool import (
    KINDS,
    LONG,
    SORTABLE,
    Color,
    Frozen,
    Held,
    Named,
    Point,
    of_kind,
    points,
    records,
    xs,
)

import cslots
from cslots import Pool, StaleRowError, Struct, category, utf8

STALE = "Point: the record of this row was removed from its pool"
STALE_SLICE = (
    "slice of a Pool of Point: rows were removed, inserted or reordered since; take it again"
)


class Index:
    def __init__(self, value, then=lambda: None):
        self.value, self.then = value, then

    def __index__(self):
        self.then()
        return self.value


# ---- indexes ----


def test_indexes_count_from_both_ends():
    pool = points(4)
    assert [pool[i].x for i in (0, 3, -1, -4, Index(2), True)] == [0, 3, 3, 0, 2, 1]
    pool[-1] = Point(9)
    del pool[-2]
    assert xs(pool) == [0, 1, 9]


@pytest.mark.parametrize("index", [3, -4, 10**6, -(10**6)])
def test_an_index_out_of_range(index):
    pool = points(3)
    text = f"Pool of Point: index {index} is out of range (it has 3 rows)"
    for attempt in (
        lambda: pool[index],
        lambda: pool.__setitem__(index, Point(1)),
        lambda: pool.__delitem__(index),
        lambda: pool.pop(index),
    ):
        with raises(IndexError, text):
            attempt()
    with pytest.raises(IndexError):
        pool[10**30]
    assert len(pool) == 3


@pytest.mark.parametrize("key", [1.0, None, b"x", (), object()])
def test_a_wrong_index(key):
    text = (
        "Pool of Point: an index is an int, a slice or the name of a field, got "
        f"{type(key).__name__}"
    )
    pool = points(3)
    with raises(TypeError, text):
        pool[key]
    with raises(TypeError, text):
        pool[key] = Point(1)


def test_the_name_of_no_column():
    pool = points(3)
    with raises(KeyError, "\"Pool of Point has no column 'z'\""):
        pool["z"]
    with raises(KeyError, "\"Pool of Point has no column 'z'\""):
        pool["z"] = 5
    with raises(KeyError, "\"Pool of Point has no column 'z'\""):
        pool.sort("z")
    with raises(TypeError, "Pool of Point: a column cannot be deleted"):
        del pool["x"]


def test_an_index_that_changes_the_pool():
    pool = points(5)
    assert pool[Index(0, lambda: pool.__delitem__(0))].x == 1
    with raises(IndexError, "Pool of Point: index 3 is out of range (it has 2 rows)"):
        pool[Index(3, lambda: pool.__delitem__(slice(0, 2)))]
    with raises(IndexError, "Pool of Point: index 1 is out of range (it has 0 rows)"):
        del pool[Index(1, pool.clear)]
    pool.extend(points(3))
    with raises(IndexError, "Pool of Point: index 2 is out of range (it has 1 rows)"):
        pool.pop(Index(2, lambda: pool.__delitem__(slice(1, 3))))


# ---- slices ----


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_slices_are_those_of_a_list(count):
    pool, plain = points(count), list(range(count))
    steps = [None, 1, 2, 3, -1, -2, -7, 2**62, -(2**63), 2**63]
    ends = [None, 0, 1, 3, 6, 9, -1, -3, -9, 2**70, -(2**70)]
    for step in steps:
        for start in ends:
            for stop in ends:
                key = slice(start, stop, step)
                part, expected = pool[key], plain[key]
                assert len(part) == len(expected) and xs(part) == expected, key
                assert xs(reversed(part)) == expected[::-1]
                assert xs(part.copy()) == expected
                assert xs(part[::-2]) == expected[::-2]
                if expected:
                    assert part[-1].x == expected[-1]


def test_a_slice_is_a_view():
    pool = points(6)
    part = pool[1:5:2]
    assert repr(part) == "<slice of a Pool of Point, 2 rows>"
    assert part.pool is pool
    part[0].x = 10
    part[-1] = Point(30)
    assert xs(pool) == [0, 10, 2, 30, 4, 5]
    pool[1].x = 11
    assert xs(part) == [11, 30]
    pool.append(Point(6))  # what comes behind does not matter
    assert xs(part) == [11, 30]
    with raises(IndexError, "slice of a Pool of Point: index 2 is out of range (it has 2 rows)"):
        part[2]
    with raises(
        TypeError,
        "slice of a Pool of Point: an index is an int, a slice or the name of a field, got float",
    ):
        part[1.0]
    with raises(
        TypeError, "slice of a Pool of Point: rows are removed from the pool itself: del pool[i]"
    ):
        del part[0]


def test_slices_are_compared_with_slices_and_pools():
    pool = points(4)
    assert pool[:] == pool and pool == pool[:] and pool[1:3] == pool[1:3] and pool[:2] != pool[2:]
    assert pool[::-1] == Pool(Point, pool[::-1]) and pool[1:1] == Pool(Point)
    assert pool[:] != [1] and (pool[:] == 5) is False
    assert pool[:] != Pool(Named)
    with pytest.raises(TypeError):
        hash(pool[:])


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.pop(),
        lambda p: p.__delitem__(0),
        lambda p: p.insert(0, Point(1)),
        lambda p: p.sort("x"),
        lambda p: p.reverse(),
        lambda p: p.clear(),
        lambda p: p.__delitem__([True] + [False] * 5),
        lambda p: p.__delitem__(slice(None, None, 2)),
    ],
)
def test_a_slice_is_stale_once_rows_were_removed_inserted_or_reordered(change):
    pool = points(6)
    part = pool[1:4]
    walk = iter(part)
    next(walk)
    change(pool)
    for use in (
        lambda: part[0],
        lambda: len(part),
        lambda: list(part),
        lambda: list(reversed(part)),
        lambda: part["x"],
        lambda: part[0:1],
        lambda: part == pool,
        lambda: part.copy(),
        lambda: part.__setitem__(0, Point(1)),
        lambda: part.__setitem__("x", 1),
        lambda: Pool(Point, part),
        lambda: pool.extend(part),
    ):
        with raises(StaleRowError, STALE_SLICE):
            use()
    with raises(
        StaleRowError,
        "Pool of Point: rows were removed, inserted or reordered while a part of it is iterated",
    ):
        next(walk)


def test_a_stale_row_error_is_a_reference_error():
    assert issubclass(StaleRowError, ReferenceError) and cslots.StaleRowError is StaleRowError


def test_slices_of_records_are_assigned_all_or_nothing():
    class When(Struct):
        n: int
        name: utf8 = ""
        at: dt.datetime | None = None
        word: category = "a"
        what: object = None

    pool = Pool(When, [When(i, LONG + str(i), what=[i]) for i in range(6)])
    pool[5].at = dt.datetime(2020, 1, 1)
    pool[0:3] = [When(10, LONG * 2), When(11, "", word="b"), When(12)]
    assert [row.n for row in pool] == [10, 11, 12, 3, 4, 5]
    assert [row.name for row in pool][:3] == [LONG * 2, "", ""]
    pool[::-2] = pool[:3].copy()
    assert [row.n for row in pool] == [10, 12, 12, 11, 4, 10]
    pool[5].at = dt.datetime(2020, 1, 1)
    before = records(pool)
    wrong = [When(1), When(2, at=dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc))]
    for key, values, error in (
        (slice(0, 2), wrong, ValueError),
        (slice(0, 3), wrong, ValueError),
        (slice(0, 2), [When(1), 5], TypeError),
        (slice(0, 2), [When(1), When(2**70)], OverflowError),
        (slice(0, 1), 5, TypeError),
    ):
        with pytest.raises(error):
            pool[key] = values
        assert records(pool) == before
    with raises(
        ValueError,
        "Pool of When: 2 rows are assigned 1 records; a pool's slice keeps its length (insert, "
        "extend and del change "
        "the number of records)",
    ):
        pool[0:2] = [When(1)]
    pool[1:1] = []


def test_a_slice_takes_codes_of_another_width():
    class Word(Struct):
        word: category

    pool = Pool(Word, [Word("first")] * 3)
    many = Pool(Word, [Word(f"w{i}") for i in range(300)])
    pool[1:3] = many[298:]
    assert [row.word for row in pool] == ["first", "w298", "w299"]
    many[0:2] = Pool(Word, [Word("first"), Word("w1")])
    assert [many[i].word for i in (0, 1, 2, 299)] == ["first", "w1", "w2", "w299"]


# ---- removing ----


@pytest.mark.parametrize("step", [None, 1, 2, -1, -3])
def test_del_of_a_slice(step):
    for start in (None, 0, 2, -2, 9):
        for stop in (None, 0, 3, -1, 9):
            pool, plain = points(6), list(range(6))
            del pool[start:stop:step], plain[start:stop:step]
            assert xs(pool) == plain


def test_del_of_a_mask():
    numpy = pytest.importorskip("numpy")
    for mask in (
        [True, False, True, False],
        numpy.array([True, False, True, False]),
        [numpy.True_, numpy.False_, True, False],
        memoryview(b"\1\0\1\0").cast("?"),
        numpy.array([True, False] * 4)[::2] ^ numpy.array([False, True] * 2),
    ):
        pool = points(4)
        del pool[mask]
        assert xs(pool) == [1, 3]
    pool = points(2)
    del pool[[False, False]]
    assert len(pool) == 2
    del pool[pool["x"] < 5]
    assert len(pool) == 0


@pytest.mark.parametrize(
    ("mask", "error", "text"),
    [
        ([True], ValueError, "{}: the mask has 1 values, the pool has 3 rows"),
        ([True] * 4, ValueError, "{}: the mask has 4 values, the pool has 3 rows"),
        ([True, 1, False], TypeError, "{}: a mask holds one bool for each row, got int at 1"),
        ([0, 1, 2], TypeError, "{}: a mask holds one bool for each row, got int at 0"),
        (
            b"\1\0\1",
            TypeError,
            "{}: a mask holds one bool for each row, got a buffer of format 'B'",
        ),
    ],
)
def test_a_wrong_mask_changes_nothing(mask, error, text):
    pool = points(3)
    with raises(error, text.format("del pool[mask]")):
        del pool[mask]
    with raises(error, text.format("filter()")):
        pool.filter(mask)
    with raises(TypeError, "a mask is a sequence of bools"):
        pool.filter(5)
    assert xs(pool) == [0, 1, 2]


def test_a_mask_that_changes_the_pool_while_it_is_read():
    pool = points(3)

    def growing():
        pool.extend(points(10_000))
        yield from [True] * 3

    def shrinking():
        del pool[2:]
        yield from [True] * 10_003

    with raises(RuntimeError, "filter(): the pool has changed while the mask was read"):
        pool.filter(growing())
    with raises(RuntimeError, "filter(): the pool has changed while the mask was read"):
        pool.filter(shrinking())
    assert xs(pool) == [0, 1]


def test_a_mask_that_changes_itself_while_it_is_read():
    class Truth:
        def __bool__(self):
            mask.clear()
            return True

    Truth = type("numpy.bool", (Truth,), {})  # named as NumPy's
    mask = [Truth(), Truth(), Truth()]
    with raises(ValueError, "filter(): the mask has 0 values, the pool has 3 rows"):
        points(3).filter(mask)


def test_pop_gives_an_object():
    pool = points(3)
    popped = pool.pop()
    assert type(popped) is Point and popped == Point(2, 1.0)
    assert pool.pop(0) == Point(0) and pool.pop(-1) == Point(1, 0.5)
    with raises(IndexError, "pop from an empty Pool of Point"):
        pool.pop()
    with raises(TypeError, "pop() takes at most one index"):
        pool.pop(0, 1)


def test_remove_takes_the_first_equal_record_or_that_of_a_row():
    pool = Pool(Point, [Point(i % 2) for i in range(4)])
    pool.remove(Point(1))
    assert xs(pool) == [0, 0, 1]
    pool.remove(pool[1])  # its own record, also where another is equal
    first = pool[0]
    assert xs(pool) == [0, 1]
    pool.remove(first)
    with raises(StaleRowError, STALE):
        pool.remove(first)
    with raises(ValueError, "Pool of Point: no such record"):
        pool.remove(Point(7))
    with raises(ValueError, "Pool of Point: no such record"):
        pool.remove(5)
    assert xs(pool) == [1]


def test_a_reference_ends_with_its_record():
    import weakref

    pool = Pool(Held, [Held(Held(), i) for i in range(6)])
    watch = [weakref.ref(row.what) for row in pool]
    pool.pop()
    del pool[0]
    del pool[[True, False, False, False]]
    pool[0] = Held(None)
    pool[0:1] = [Held(None)]
    assert [w() is None for w in watch] == [True, True, True, False, False, True]
    pool[1].what = None
    pool.clear()
    assert not any(w() for w in watch)


def test_what_a_dying_reference_does_to_the_pool_happens_to_a_pool_in_order():
    class Last:
        def __init__(self, act):
            self.act = act

        def __del__(self):
            self.act()

    seen = []

    def look():
        seen.append(([row.n for row in pool], len(pool)))
        pool.append(n=99)

    pool = Pool(Held, [Held(Last(look), i) for i in range(4)])
    pool[0].what = None
    del pool[0]
    pool[0] = Held(None, 5)
    pool.pop()
    assert [row.n for row in pool] == [5, 2, 3, 99]
    pool.clear()
    assert seen[:2] == [([0, 1, 2, 3], 4), ([5, 2, 3, 99], 4)]
    assert len(pool) == 2


def test_clear_and_compact_give_memory_back():
    pool = Pool(Named, [Named(LONG * 5 + str(i)) for i in range(20_000)])
    full = pool.memory()
    for row in pool:
        row.name = "short"
    pool.compact()
    assert pool.memory()["used"] < full["used"] / 3 and pool.memory()["dead"] == 0
    assert pool.memory()["capacity"] < full["capacity"] / 3
    assert pool[19_999].name == "short"
    pool.clear()
    assert pool.memory()["used"] == 0 and pool.memory()["capacity"] < 4096
    pool.append(name=LONG)
    assert records(pool) == [(LONG, 0, "w")]


# ---- memory ----


def test_memory_says_what_the_columns_take():
    pool = Pool(Named, [Named(LONG, 1, "w")] * 10)
    memory = pool.memory()
    assert list(memory) == ["used", "capacity", "reserved", "dead", "rows", "columns"]
    assert memory["rows"] == 10 and list(memory["columns"]) == ["name", "age", "word"]
    assert memory["columns"]["name"]["used"] == 10 * (16 + len(LONG))
    assert memory["columns"]["age"]["used"] == memory["columns"]["word"]["used"] == 10
    for key in ("used", "capacity", "reserved", "dead"):
        assert memory[key] == sum(column[key] for column in memory["columns"].values())
    assert memory["used"] <= memory["capacity"] <= memory["reserved"]
    pool[0].name = ""
    assert pool.memory()["dead"] == len(LONG)


def test_getsizeof_counts_what_the_pool_can_use():
    import sys

    pool = points(10_000)
    size = sys.getsizeof(pool)
    assert pool.memory()["capacity"] < size < pool.memory()["capacity"] + 2000
    assert sys.getsizeof(Pool(Point)) < 2000


# ---- order ----


@pytest.mark.parametrize("nullable", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("kind", SORTABLE)
def test_sort_is_stable_and_puts_none_last(kind, reverse, nullable):
    if kind == "object" and nullable:
        pytest.skip("None is a value")
    cls = of_kind(kind, nullable)
    values = KINDS[kind][1]
    rank = {id(value): i for i, value in enumerate(values)}
    rank |= {id(False): 0, id(True): 1}
    draw = random.Random(5)
    chosen = [draw.choice([*values, None] if nullable else values) for _ in range(200)]
    pool = Pool(cls, [cls(value, i) for i, value in enumerate(chosen)])
    pool.sort("x", reverse=reverse)
    some = sorted(
        (i for i, value in enumerate(chosen) if value is not None),
        key=lambda i: rank[id(chosen[i])],
        reverse=reverse,
    )
    expected = some + [i for i, value in enumerate(chosen) if value is None]
    assert [row.n for row in pool] == expected


@pytest.mark.parametrize("reverse", [False, True])
def test_nan_comes_last_before_none(reverse):
    class Reading(Struct):
        x: float | None
        n: int

    values = [1.0, math.nan, None, -math.inf, 0.0, math.inf, math.nan, None, -0.0]
    pool = Pool(Reading, [Reading(value, i) for i, value in enumerate(values)])
    pool.sort(key="x", reverse=reverse)
    order = [row.n for row in pool]
    assert order[5:] == [1, 6, 2, 7]
    numbers = [values[i] for i in order[:5]]
    assert numbers == sorted(numbers, reverse=reverse)


def test_sort_by_several_fields():
    pool = Pool(Named, [Named(f"{i % 3}", i % 4, "ba"[i % 2]) for i in range(24)])
    for key in (("name", "age"), ["word", "name", "age"], ("age", "word")):
        for reverse in (False, True):
            expected = sorted(
                pool.copy(),
                key=lambda row, key=key: tuple(getattr(row, k) for k in key),
                reverse=reverse,
            )
            expected = [(row.name, row.age, row.word) for row in expected]
            pool.sort(key, reverse)
            assert records(pool) == expected
    before = records(pool)
    pool.sort(())
    assert records(pool) == before


def test_category_sorts_by_its_text_and_enum_by_definition():
    class Record(Struct):
        word: category
        color: Color

    pool = Pool(
        Record,
        [
            Record(w, c)
            for w, c in zip("zmaq", [Color.BLUE, Color.RED, Color.GREEN, Color.RED], strict=True)
        ],
    )
    pool.sort("word")
    assert [row.word for row in pool] == ["a", "m", "q", "z"]
    pool.sort("color", reverse=True)
    assert [row.color for row in pool] == [Color.BLUE, Color.GREEN, Color.RED, Color.RED]


def test_wrong_keys_of_sort():
    pool = points(3)
    with raises(TypeError, "sort(): key is the name of a field, or a tuple of them, got int"):
        pool.sort(5)
    with pytest.raises(TypeError):
        pool.sort()
    with raises(KeyError, "'Pool of Point has no column 5'"):
        pool.sort((5,))
    mixed = Pool(Held, [Held(1), Held("a"), Held(2)])
    with pytest.raises(TypeError, match="not supported between"):
        mixed.sort("what")
    assert [row.what for row in mixed] == [1, "a", 2]


def test_a_comparison_cannot_change_the_pool_it_sorts():
    class Odd:
        def __init__(self, n):
            self.n = n

        def __lt__(self, other):
            with pytest.raises(RuntimeError):
                pool.append(n=5)
            with pytest.raises(RuntimeError):
                pool.clear()
            return self.n < other.n

    pool = Pool(Held, [Held(Odd(n), n) for n in (3, 1, 2)])
    pool.sort("what")
    assert [row.n for row in pool] == [1, 2, 3]


def test_reverse():
    pool = points(5)
    pool.reverse()
    assert xs(pool) == [4, 3, 2, 1, 0]
    Pool(Point).reverse()


# ---- looking for records ----


def test_in_index_and_count():
    pool = Pool(Point, [Point(i % 3) for i in range(7)])
    assert Point(2) in pool and Point(5) not in pool and 5 not in pool and pool[4] in pool
    assert (
        pool.index(Point(1)) == 1
        and pool.index(Point(1), 2) == 4
        and pool.index(Point(1), -3, -1) == 4
    )
    assert pool.count(Point(0)) == 3 and pool.count(Point(9)) == 0
    for wrong in (
        lambda: pool.index(Point(9)),
        lambda: pool.index(Point(1), 2, 4),
        lambda: pool.index(Point(1), 99),
    ):
        with raises(ValueError, "Pool of Point: no such record"):
            wrong()
    with pytest.raises(TypeError):
        pool.index()
    with pytest.raises(TypeError):
        pool.index(Point(1), "x")


def test_an_eq_that_changes_the_pool():
    class Odd:
        def __init__(self, act):
            self.act = act

        def __eq__(self, other):
            self.act()
            return False

        __hash__ = None

    for act in (
        lambda: pool.clear(),
        lambda: pool.append(n=5) if len(pool) < 20 else None,
        lambda: pool.reverse(),
        lambda: pool.compact(),
    ):
        for use in (
            lambda: Odd(act) in pool,
            lambda: pool.count(Odd(act)),
            lambda: pool == other,
            lambda: pool[:] == other,
            lambda: pool.index(Odd(act)),
            lambda: pool.remove(Odd(act)),
        ):
            pool = Pool(Held, [Held(i, i) for i in range(5)])
            other = Pool(Held, [Held(Odd(act), i) for i in range(5)])
            try:
                use()
            except (ValueError, StaleRowError):
                pass
            assert [row.n for row in pool] == [
                row.what if row.what is not None else 5 for row in pool
            ]


def test_pools_are_equal_if_their_records_are():
    a, b = points(3), points(3)
    assert a == b and not a != b and a == a
    b[1].x = 7
    assert a != b
    assert points(2) != points(3) and points(1) != [Point(0)] and Pool(Point) != Pool(Named)
    assert (points(1) == 5) is False
    with pytest.raises(TypeError):
        points(1) < points(2)
    with pytest.raises(TypeError, match="unhashable"):
        hash(a)


def test_filter_makes_a_pool_of_its_own():
    pool = Pool(Held, [Held([i], i, LONG + str(i)) for i in range(5)])
    some = pool.filter([True, False, True, False, True])
    assert (
        [row.n for row in some] == [0, 2, 4]
        and some[1].what is pool[2].what
        and some[2].text == LONG + "4"
    )
    some[0].n = 9
    assert pool[0].n == 0
    assert len(pool.filter([False] * 5)) == 0
    assert some.record_class is Held


def test_copies():
    pool = Pool(Held, [Held([i], i) for i in range(3)])
    for shallow in (pool.copy(), copy.copy(pool), copy.copy(pool[:]), pool[:].copy()):
        assert shallow == pool and shallow is not pool and shallow[0].what is pool[0].what
        shallow[0].n = 50
        shallow.append(n=1)
    assert [row.n for row in pool] == [0, 1, 2]
    deep = copy.deepcopy(pool)
    assert deep == pool and deep[0].what is not pool[0].what
    deep[0].what.append(5)
    assert pool[0].what == [0]


# ---- iteration ----


def test_iteration_and_reversed():
    pool = points(4)
    assert xs(iter(pool)) == [0, 1, 2, 3] and xs(reversed(pool)) == [3, 2, 1, 0]
    assert list(Pool(Point)) == [] and list(reversed(Pool(Point))) == []
    walk = iter(pool)
    assert walk.__length_hint__() == 4 and iter(walk) is walk
    next(walk)
    assert walk.__length_hint__() == 3 and reversed(pool).__length_hint__() == 4
    for _ in walk:
        pass
    assert next(walk, None) is None and walk.__length_hint__() == 0
    pool.append(Point(5))
    assert next(walk, None) is None  # an end is an end


def test_rows_that_a_loop_kept_are_rows_of_their_own():
    pool = points(6)
    kept = list(pool)
    assert xs(kept) == [0, 1, 2, 3, 4, 5] and len({id(row) for row in kept}) == 6
    assert [(a.x, b.x) for a, b in zip(pool, list(pool)[1:], strict=False)] == [
        (i, i + 1) for i in range(5)
    ]
    walk = iter(pool)
    pairs = [(a.x, b.x) for a, b in zip(walk, walk, strict=True)]
    assert pairs == [(0, 1), (2, 3), (4, 5)]


def test_a_loop_makes_no_objects():
    pool, ids = points(1000), set()
    for row in pool:
        ids.add(id(row))
    assert len(ids) <= 3
    for i in range(1000):
        ids.add(id(pool[i]))
    assert len(ids) <= 5


def test_a_loop_sees_what_the_pool_is_by_then():
    pool = points(3)
    seen = []
    for row in pool:
        seen.append(row.x)
        if len(pool) < 6:
            pool.append(Point(10 + row.x))
    assert seen == [0, 1, 2, 10, 11, 12]
    pool, seen = points(6), []
    for row in pool:
        seen.append(row.x)
        pool.remove(row)
        with raises(StaleRowError, STALE):
            row.x
    assert seen == [0, 2, 4]
    walk = reversed(pool)
    next(walk)
    pool.pop()
    with pytest.raises(StaleRowError):
        next(walk)


def test_a_callback_may_go_on_with_the_iterator_that_drops_its_row():
    import weakref

    pool = Pool(Held, [Held(None, i) for i in range(12)])
    walk, seen = iter(pool), []

    def callback(_):
        seen.extend(row.n for row in [next(walk), next(walk), next(walk)])

    watch = weakref.ref(next(walk), callback)
    seen.extend(next(walk).n for _ in range(2))
    seen.extend(row.n for row in walk)
    assert watch() is None
    assert sorted(seen) == list(range(1, 12))


def test_an_iterator_and_rows_keep_their_pool_alive():
    walk = iter(points(3))
    assert next(walk).x == 0 and [row.x for row in walk] == [1, 2]
    row = points(3)[1]
    assert row.x == 1
    part = points(3)[1:]
    assert xs(part) == [1, 2]


def test_frozen_pools_sort_and_lose_records():
    pool = Pool(Frozen, [Frozen(3), Frozen(1), Frozen(2)])
    pool.sort("x")
    del pool[0]
    assert xs(pool) == [2, 3] and pool[0] < pool[1]


# ---- times ----


class Stamp(Struct):
    at: dt.datetime | None = None


class Dated(Struct):
    n: int
    at: dt.datetime = dt.datetime(2020, 1, 1)


NAIVE = dt.datetime(2020, 1, 1)
AWARE = NAIVE.replace(tzinfo=dt.timezone.utc)


def forget(pool):
    """A pool whose datetimes have all been taken away."""
    for row in pool:
        row.at = None
    return pool


@pytest.mark.parametrize(
    "change",
    [
        lambda: Pool(Stamp, [Stamp(AWARE)]).extend(Pool(Stamp, [Stamp(NAIVE)])[1:]),
        lambda: Pool(Stamp, [Stamp(AWARE)]).extend(Pool(Stamp, [Stamp(NAIVE), Stamp()])[1:]),
        lambda: Pool(Stamp, [Stamp(AWARE)]).extend(
            Pool(Stamp, [Stamp(), Stamp(NAIVE), Stamp()])[::2]
        ),
        lambda: Pool(Stamp, [Stamp(AWARE)]).extend(forget(Pool(Stamp, [Stamp(NAIVE)]))),
        lambda: Pool(Stamp, [Stamp(AWARE)] * 3).__setitem__(
            slice(0, 2), forget(Pool(Stamp, [Stamp(NAIVE)] * 2))
        ),
        lambda: Pool(Dated, [Dated(1, AWARE)]).filter([False]).extend({"n": [1]}),
        lambda: Pool(Dated, [Dated(1, AWARE)])[1:].copy().extend({"n": [1]}),
        lambda: Pool(Dated, [Dated(1, AWARE)])[1:].copy().append(Dated(1)),
        lambda: forget(Pool(Stamp, [Stamp(AWARE)])).append(Stamp(NAIVE)),
        lambda: forget(Pool(Stamp, [Stamp(AWARE)])).extend([Stamp(), Stamp(NAIVE)]),
        lambda: forget(Pool(Stamp, [Stamp(AWARE)])).extend({"at": [None, NAIVE]}),
        lambda: forget(Pool(Stamp, [Stamp(AWARE)])).__setitem__("at", NAIVE),
        lambda: forget(Pool(Stamp, [Stamp(AWARE)])).copy().append(Stamp(NAIVE)),
        lambda: pickle.loads(pickle.dumps(forget(Pool(Stamp, [Stamp(AWARE)])))).append(
            Stamp(NAIVE)
        ),
        lambda: forget(Pool(Stamp, [Stamp(AWARE)])).__setitem__(0, Stamp(NAIVE)),
        lambda: setattr(forget(Pool(Stamp, [Stamp(AWARE)]))[0], "at", NAIVE),
    ],
)
def test_datetimes_that_are_not_there_do_not_decide_about_the_zone(change):
    change()


def test_datetimes_that_are_there_decide_about_the_zone():
    pool = Pool(Stamp, [Stamp(AWARE), Stamp()])
    for change in (
        lambda: pool.extend(Pool(Stamp, [Stamp(), Stamp(NAIVE)])),
        lambda: pool.extend(Pool(Stamp, [Stamp(NAIVE), Stamp()])[::-1]),
        lambda: pool.extend(Pool(Stamp, [Stamp(NAIVE), Stamp(), Stamp()])[::2]),
        lambda: pool.append(Stamp(NAIVE)),
        lambda: pool.__setitem__(slice(0, 2), Pool(Stamp, [Stamp(), Stamp(NAIVE)])),
    ):
        with pytest.raises(ValueError, match="this pool holds datetimes in UTC there"):
            change()
    assert [row.at for row in pool] == [AWARE, None]


LOWEST = dt.timedelta(microseconds=-(2**63))


class Span(Struct):
    length: dt.timedelta | None
    other: dt.timedelta = dt.timedelta(0)


@pytest.mark.parametrize("name", ["length", "other"])
@pytest.mark.parametrize(
    "change",
    [
        lambda pool, name: pool.append(Span(**{"length": None, name: LOWEST})),
        lambda pool, name: pool.insert(0, Span(**{"length": None, name: LOWEST})),
        lambda pool, name: pool.extend([Span(**{"length": None, name: LOWEST})]),
        lambda pool, name: pool.__setitem__(0, Span(**{"length": None, name: LOWEST})),
        lambda pool, name: pool.__setitem__(slice(0, 1), [Span(**{"length": None, name: LOWEST})]),
        lambda pool, name: pool.__setitem__(name, [LOWEST]),
        lambda pool, name: pool[0:1].__setitem__(name, [LOWEST]),
        lambda pool, name: setattr(pool[0], name, LOWEST),
        lambda pool, name: pool.extend({"length": [None]} | {name: [LOWEST]}),
    ],
)
def test_a_timedelta_that_is_nat_in_a_column_is_refused(change, name):
    assert getattr(Span(**{"length": None, name: LOWEST}), name) == LOWEST
    pool = Pool(Span, [Span(None)])
    with pytest.raises(OverflowError) as caught:
        change(pool, name)
    text = (
        f"Span.{name}: timedelta(microseconds=-2**63) is NaT in the column of a Pool; annotate "
        "the field as object"
    )
    assert str(caught.value).splitlines()[0] == text
    assert [(row.length, row.other) for row in pool] == [(None, dt.timedelta(0))]
    pool.append(Span(LOWEST + dt.timedelta(microseconds=1), dt.timedelta(microseconds=2**63 - 1)))
    assert pool[1].length == LOWEST + dt.timedelta(microseconds=1)
