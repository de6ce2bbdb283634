"""Pool(cls): which classes it takes, what it is made of, and what comes in by append and insert."""

import abc
import copy
import datetime as dt
import functools
from typing import Any, Generic, Protocol, TypeVar

import pytest
from support import raises
from support.pool import (
    KINDS,
    Color,
    Frozen,
    Held,
    Named,
    Point,
    Tagged,
    counting,
    of_kind,
    points,
    records,
    xs,
)

import cslots
from cslots import Pool, Struct, utf8

T = TypeVar("T")


# ---- classes ----


def test_a_pool_of_a_struct_class_is_empty_at_first():
    pool = Pool(Point)
    assert len(pool) == 0 and not pool and list(pool) == []
    assert pool.record_class is Point
    assert repr(pool) == "<Pool of Point, 0 rows>"
    assert repr(points(1)) == "<Pool of Point, 1 row>"


def test_a_pool_of_a_dataclass():
    @cslots.dataclass
    class Item:
        name: utf8
        price: float = 1.5

    pool = Pool(Item, [Item("a"), Item("b", 2)])
    assert records(pool) == [("a", 1.5), ("b", 2.0)]


@pytest.mark.parametrize("wrong", [int, Struct(), "Point", None, 5, object, list[int]])
def test_what_is_no_struct_class_is_refused(wrong):
    with raises(TypeError, f"Pool() expects a Struct class or a cslots dataclass, got {wrong!r}"):
        Pool(wrong)


def test_a_class_with_a_dict_is_refused():
    class Open(Struct, dict=True):
        x: int

    with raises(
        TypeError,
        "Pool(Open): its objects have a __dict__, and a pool keeps declared fields only; leave "
        "dict=True out, or decorate the class",
    ):
        Pool(Open)


def test_a_class_without_fields_is_refused():
    class Empty(Struct):
        pass

    with raises(TypeError, "Pool(Empty): it has no fields"):
        Pool(Empty)
    with raises(TypeError, "Pool(Struct): it has no fields"):
        Pool(Struct)


def test_a_class_whose_field_is_a_descriptor_is_refused():
    class Doubled:
        def __get__(self, obj, cls=None):
            return 5

        def __set__(self, obj, value):
            pass

    @cslots.dataclass
    class Odd:
        x: int = Doubled()

    with pytest.raises(TypeError, match=r"\APool\(Odd\): "):
        Pool(Odd)


def test_a_class_with_slots_of_a_plain_base_is_refused():
    class Base:
        __slots__ = ("slot",)

    @cslots.dataclass
    class Derived(Base):
        x: int

    with raises(
        TypeError,
        "Pool(Derived): it has slots of a base class that is no Struct; declare them as fields",
    ):
        Pool(Derived)


def test_a_cached_property_is_computed_at_each_read():
    class Lazy(Struct):
        x: int
        double: int

        @functools.cached_property
        def double(self):
            return 2 * self.x

    pool = Pool(Lazy, [Lazy(4)])
    row = pool[0]
    assert row.x == 4 and row.double == 8
    row.x = 5
    assert row.double == 10 and copy.copy(row).double == 10
    with raises(
        AttributeError, "Lazy.double is computed at each read in a pool and cannot be assigned"
    ):
        row.double = 7
    with raises(KeyError, "\"Pool of Lazy has no column 'double': it is computed at each read\""):
        pool.sort("double")


def test_pools_of_generic_abstract_and_protocol_classes():
    class Box(Struct, Generic[T]):
        x: T

    class Base(Struct, abc.ABC):
        x: int

        @abc.abstractmethod
        def f(self) -> int: ...

    class Whole(Base):
        def f(self):
            return self.x + 1

    class HasX(Protocol):
        x: int

    class Proto(Struct, HasX):
        x: int

    assert xs(Pool(Box, [Box(5)])) == [5]
    assert Pool(Whole, [Whole(1)])[0].f() == 2
    assert xs(Pool(Proto, [Proto(3)])) == [3]


def test_a_pool_of_the_class_of_a_row_is_a_pool_of_the_record_class():
    row = points(1)[0]
    assert Pool(type(row)).record_class is Point
    assert Pool(row.__class__).record_class is Point


def test_making_a_pool_runs_no_hook_of_the_class_and_shows_no_subclass():
    seen = []

    class Base(Struct):
        x: int = 0

        def __init_subclass__(cls, **options):
            seen.append(cls)

    class Sub(Base):
        y: int = 0

    assert seen == [Sub]
    Pool(Base, [Base()])[0]
    Pool(Sub, [Sub()])[0]
    assert seen == [Sub]
    assert Base.__subclasses__() == [Sub] and Sub.__subclasses__() == []


def test_a_redefined_class_has_pools_of_its_own():
    def define(extra):
        class Record(Struct):
            x: int = 0
            y: int = extra

        return Record

    old, new = define(1), define(2)
    a, b = Pool(old, [old()]), Pool(new, [new()])
    assert (a[0].y, b[0].y) == (1, 2)
    assert a != b
    with raises(
        TypeError, "Pool of Record: expected a Record object or a mapping of its fields, got Record"
    ):
        a.append(new())
    assert len(a) == 1


def test_class_getitem_and_what_a_pool_is_to_others():
    import collections.abc
    import types

    assert isinstance(Pool[Point], types.GenericAlias)
    for pool in (points(1), points(1)[:]):
        assert isinstance(pool, collections.abc.Reversible)
        assert isinstance(pool, collections.abc.Collection)
        # Polars would take the rows one by one and not ask for Arrow data.
        assert not isinstance(pool, collections.abc.Sequence)
        match pool:
            case [row]:
                assert row.x == pool[0].x
            case _:
                raise AssertionError("no sequence to match")
    with raises(TypeError, "type 'cslots.Pool' is not an acceptable base type"):
        type("Sub", (Pool,), {})


# ---- arguments ----


def test_what_pool_is_made_of():
    expected = [(1, 0.0), (2, 0.0)]
    for source in (
        [Point(1), Point(2)],
        (Point(1), Point(2)),
        iter([Point(1), Point(2)]),
        (Point(i) for i in (1, 2)),
        [{"x": 1}, {"x": 2}],
        [Point(1), {"x": 2}],
        {"x": [1, 2]},
        Pool(Point, [Point(1), Point(2)]),
        Pool(Point, [Point(0), Point(1), Point(2)])[1:],
        list(Pool(Point, [Point(1), Point(2)])),
    ):
        assert records(Pool(Point, source)) == expected
    assert records(Pool(Point, None)) == []


def test_wrong_arguments():
    with raises(ValueError, "Pool(): reserve is a number of rows, got -1"):
        Pool(Point, reserve=-1)
    with raises(OverflowError, "Pool of Point: too many rows, or too long a text"):
        Pool(Point, reserve=2**60)
    with pytest.raises(TypeError):
        Pool()
    with pytest.raises(TypeError):
        Pool(Point, [], 5)
    with pytest.raises(TypeError):
        Pool(Point, rows=[])
    with raises(
        TypeError,
        "Pool of Point: expected rows (an iterable of Point objects or of mappings) or a mapping "
        "of columns, got int",
    ):
        Pool(Point, 5)


def test_reserve_makes_room_and_adds_no_rows():
    pool = Pool(Point, reserve=1000)
    assert len(pool) == 0 and pool.memory()["capacity"] >= 16_000
    pool.reserve(5000)
    assert len(pool) == 0 and pool.memory()["capacity"] >= 80_000
    with raises(ValueError, "reserve(): a number of rows, got -1"):
        pool.reserve(-1)
    with pytest.raises(TypeError):
        pool.reserve("x")


# ---- append ----


def test_append_takes_an_object_a_mapping_a_row_or_keywords():
    pool = Pool(Point)
    pool.append(Point(1, 1.5))
    pool.append({"x": 2})
    pool.append(x=3, y=3.5)
    pool.append(pool[0])
    assert records(pool) == [(1, 1.5), (2, 0.0), (3, 3.5), (1, 1.5)]


def test_append_copies():
    point = Point(1)
    pool = Pool(Point, [point])
    point.x = 2
    pool[0].y = 9.0
    assert records(pool) == [(1, 9.0)] and (point.x, point.y) == (2, 0.0)


def test_append_makes_its_records_by_the_class():
    class Checked(Struct):
        x: int

        def __post_init__(self):
            if self.x < 0:
                raise ValueError("negative")
            self.x *= 10

    pool = Pool(Checked)
    pool.append(x=1)
    pool.append({"x": 2})
    with raises(ValueError, "negative"):
        pool.append(x=-1)
    assert xs(pool) == [10, 20]


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (
            lambda p: p.append(5),
            TypeError,
            "Pool of Point: expected a Point object or a mapping of its fields, got int",
        ),
        (
            lambda p: p.append(Named("a")),
            TypeError,
            "Pool of Point: expected a Point object or a mapping of its fields, got Named",
        ),
        (
            lambda p: p.append(),
            TypeError,
            "append() takes one Point object, or its fields as keywords",
        ),
        (
            lambda p: p.append(Point(1), x=2),
            TypeError,
            "append() takes one Point object, or its fields as keywords",
        ),
        (
            lambda p: p.append(Point(1), Point(1)),
            TypeError,
            "append() takes one Point object, or its fields as keywords",
        ),
        (lambda p: p.append(y=2.0), TypeError, "Point() missing required field 'x'"),
        (lambda p: p.append({"x": 1, "z": 1}), TypeError, "Point() has no field 'z'"),
        (lambda p: p.append(x="a"), TypeError, "Point.x: expected int, got str 'a'"),
        (
            lambda p: p.append(x=2**70),
            OverflowError,
            f"Point.x: {2**70} does not fit the int64 column of a Pool; annotate the field as "
            "object",
        ),
        (
            lambda p: p.insert(0, 5),
            TypeError,
            "Pool of Point: expected a Point object or a mapping of its fields, got int",
        ),
        (lambda p: p.insert(0), TypeError, "insert() takes an index and a Point object"),
        (
            lambda p: p.insert("0", Point(1)),
            TypeError,
            "'str' object cannot be interpreted as an integer",
        ),
    ],
)
def test_what_append_refuses_leaves_the_pool_as_it_was(call, error, text):
    pool = points(3)
    with pytest.raises(error) as caught:
        call(pool)
    assert str(caught.value).startswith(text)
    assert xs(pool) == [0, 1, 2] and len(pool) == 3


def test_an_object_of_a_subclass_is_refused_since_its_class_cannot_be_kept():
    class Special(Point):
        z: int = 0

    with raises(
        TypeError,
        "Pool of Point: got an object of its subclass Special, whose class a pool cannot keep; "
        "make a pool of that class",
    ):
        Pool(Point).append(Special(1))


def test_a_class_that_makes_something_else_is_told():
    class Odd(Struct):
        x: int

        def __new__(cls, x):
            return 5

    with raises(TypeError, "Pool of Odd: Odd(...) gave an object of another class, int"):
        Pool(Odd).append({"x": 1})


def test_an_object_with_an_unset_packed_field_is_refused():
    class Late(Struct):
        x: int
        o: object

        def __init__(self, o=None):
            self.o = o

    pool = Pool(Late)
    with raises(AttributeError, "Late.x is not set"):
        pool.append(Late())
    assert len(pool) == 0


def test_an_unset_reference_stays_unset():
    class Late(Struct):
        o: object
        x: int = 0

        def __init__(self, x):
            self.x = x

    pool = Pool(Late, [Late(1)])
    with pytest.raises(AttributeError):
        _ = pool[0].o
    pool[0].o = 5
    assert pool[0].o == 5
    del pool[0].o
    with pytest.raises(AttributeError):
        _ = pool[0].o


def test_datetimes_of_one_sort_a_column():
    class When(Struct):
        at: dt.datetime | None

    naive, utc = dt.datetime(2020, 1, 1), dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)
    pool = Pool(When, [When(None)])
    pool.append(When(naive))
    text = (
        "When.at: this pool holds naive datetimes there, got one of the datetimes in UTC; "
        "convert it first (value.replace(tzinfo=None))"
    )
    for attempt in (
        lambda: pool.append(When(utc)),
        lambda: setattr(pool[0], "at", utc),
        lambda: pool.extend([When(None), When(utc)]),
    ):
        with raises(ValueError, text):
            attempt()
    assert len(pool) == 2
    with raises(
        ValueError, "When.at: a Pool does not keep the fold of a datetime; replace(fold=0) drops it"
    ):
        pool.append(When(naive.replace(fold=1)))
    pool[1].at = None  # no row has a value now: it is open again
    pool[0].at = utc
    assert [row.at for row in pool] == [utc, None]
    pool.clear()
    pool.append(When(naive))
    assert pool[0].at == naive


def test_an_insert_that_is_refused_decides_nothing():
    class Two(Struct):
        a: dt.datetime
        n: int

    pool = Pool(Two)
    with pytest.raises(OverflowError):
        pool.insert(0, Two(dt.datetime(2020, 1, 1), 2**70))
    pool.append(Two(dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc), 1))
    assert pool[0].a.tzinfo is dt.timezone.utc


def test_insert_puts_before_an_index_as_a_list_does():
    for index in (0, 1, 3, 5, 99, -1, -2, -99):
        pool, plain = points(4), [0, 1, 2, 3]
        pool.insert(index, Point(9))
        plain.insert(index, 9)
        assert xs(pool) == plain


# ---- every kind ----


@pytest.mark.parametrize("nullable", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_kept(kind, nullable):
    cls = of_kind(kind, nullable)
    values = KINDS[kind][1] + ([None] if nullable else [])
    pool = Pool(cls, [cls(value, i) for i, value in enumerate(values)])
    pool.extend(pool)
    assert xs(pool) == values * 2
    for row, value in zip(pool, reversed(values), strict=False):
        row.x = value
    assert xs(pool) == values[::-1] + values
    assert xs(pool.copy()) == xs(pool)
    assert pool.copy() == pool and pool[0:2] == pool[0:2].copy()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind][2] is not None])
def test_a_row_checks_what_it_is_given_as_an_object_does(kind):
    cls = of_kind(kind)
    _, values, wrong = KINDS[kind]
    pool, thing = Pool(cls, [cls(values[0])]), cls(values[0])
    with pytest.raises((TypeError, ValueError, OverflowError)) as by_object:
        thing.x = wrong
    with pytest.raises(type(by_object.value)) as by_row:
        pool[0].x = wrong
    assert str(by_row.value) == str(by_object.value)
    assert pool[0].x == values[0]


def test_frozen_records_can_be_added_and_replaced_as_a_whole():
    pool = Pool(Frozen, [Frozen(1, "a")])
    pool.append(x=2)
    pool[0] = Frozen(5)
    assert records(pool) == [(5, ""), (2, "")]


def test_references_are_shared():
    thing = []
    pool = Pool(Held, [Held(thing)])
    assert pool[0].what is thing and pool.copy()[0].what is thing


def test_default_factories_run_for_each_record():
    pool = Pool(Tagged)
    pool.append(n=1)
    pool.extend({"n": [2, 3]})
    assert len({id(row.tags) for row in list(pool)}) == 3


# ---- extend ----


def test_extend_asks_an_iterator_for_each_value_once():
    log: list[int] = []
    pool = Pool(Point)
    pool.extend(counting(5, log))
    assert log == [0, 1, 2, 3, 4] == xs(pool)


def test_extend_is_all_or_nothing():
    pool = points(3)
    before = pool.memory()["used"]

    def broken():
        yield Point(7)
        yield {"x": 8}
        raise KeyError("broken")

    with pytest.raises(KeyError):
        pool.extend(broken())
    with raises(
        TypeError, "Pool of Point: expected a Point object or a mapping of its fields, got int"
    ):
        pool.extend([Point(7), 5])
    with pytest.raises(OverflowError):
        pool.extend([Point(7), Point(2**64)])
    with pytest.raises(TypeError):
        pool += [Point(7), "x"]
    assert xs(pool) == [0, 1, 2] and pool.memory()["used"] == before


def test_a_pool_refuses_other_changes_while_it_is_extended():
    pool, said = points(3), []

    def meddling():
        for change in (
            lambda: pool.append(Point(1)),
            lambda: pool.extend([Point(1)]),
            lambda: pool.extend({"x": [1]}),
            lambda: pool.insert(0, Point(1)),
            lambda: pool.pop(),
            lambda: pool.remove(pool[0]),
            lambda: pool.remove(Point(1, 0.5)),
            lambda: pool.clear(),
            lambda: pool.sort("x"),
            lambda: pool.reverse(),
            lambda: pool.compact(),
            lambda: pool.reserve(10**6),
            lambda: pool.__delitem__(0),
            lambda: pool.__delitem__(slice(0, 1)),
            lambda: pool.__delitem__([True, False, False]),
            lambda: pool.__setitem__(0, Point(5)),
            lambda: pool.__setitem__(slice(0, 1), [Point(5)]),
            lambda: pool.__reduce_ex__(4),
        ):
            with pytest.raises(RuntimeError) as caught:
                change()
            said.append(str(caught.value))
        assert xs(pool) == [0, 1, 2] and len(pool) == 3
        pool[0].x = 9  # values may be read and written
        yield Point(4)

    pool.extend(meddling())
    assert set(said) == {"Pool of Point: rows are being added by another call; it must end first"}
    assert xs(pool) == [9, 1, 2, 4]


def test_a_pool_can_be_extended_by_itself_and_its_rows():
    pool = points(2)
    pool.extend(pool)
    pool.extend(pool[::-1])
    pool.extend(row for row in pool[:1])
    pool += pool[1:2]
    assert xs(pool) == [0, 1, 0, 1, 1, 0, 1, 0, 0, 1]


def test_a_length_hint_that_lies_does_no_harm():
    class Liar:
        def __init__(self, hint):
            self.hint = hint

        def __iter__(self):
            return iter([Point(1)])

        def __length_hint__(self):
            return self.hint

    pool = Pool(Point)
    for hint in (0, 10, 10**9, 2**62):
        pool.extend(Liar(hint))
    assert len(pool) == 4
    with pytest.raises(ValueError):
        pool.extend(Liar(-1))


def test_a_pool_of_another_class_is_refused_row_by_row():
    pool = Pool(Named)
    with raises(
        TypeError, "Pool of Named: expected a Named object or a mapping of its fields, got Point"
    ):
        pool.extend(points(2))
    assert len(pool) == 0


def test_enum_members_are_those_of_the_class():
    class Other(Struct):
        x: Color

    assert xs(Pool(Other, [Other(Color.BLUE)])) == [Color.BLUE]
    assert xs(Pool(Other, {"x": [Color.RED]}))[0] is Color.RED


def test_extend_with_what_is_no_source():
    pool: Any = Pool(Point)
    for wrong in (5, None, 1.5, object()):
        with pytest.raises(TypeError, match="expected rows"):
            pool.extend(wrong)
    with pytest.raises(TypeError):
        pool.extend("text")
    pool.extend([])
    pool.extend(())
    with raises(TypeError, "Pool of Point: missing column 'x'"):
        pool.extend({})
    assert len(pool) == 0
