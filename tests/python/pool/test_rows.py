"""Rows: handles on records that behave as objects of the record class."""

from __future__ import annotations

import abc
import copy
import dataclasses
import functools
import gc
import pickle
import sys
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

import pytest
from support import FREE_THREADED, raises
from support.pool import (
    LONG,
    Color,
    Frozen,
    Held,
    Inner,
    Mutable,
    Named,
    Point,
    points,
    records,
    xs,
)

import cslots
from cslots import Pool, StaleRowError, Struct, asdict, astuple, fields, replace, utf8

T = TypeVar("T")
STALE = "Point: the record of this row was removed from its pool"


class Circle(Struct):
    """A class of its user's, with all that a class may have."""

    r: float
    name: utf8 = "c"
    tag: object = None
    UNIT = "cm"

    @property
    def area(self) -> float:
        return 3 * self.r * self.r

    @area.setter
    def area(self, value: float) -> None:
        self.r = (value / 3) ** 0.5

    def grow(self, by: float) -> Circle:
        self.r += by
        return self

    @classmethod
    def unit(cls) -> Circle:
        return cls(1.0)

    @staticmethod
    def pi() -> int:
        return 3

    def __len__(self) -> int:
        return int(self.r)

    def __add__(self, other: Circle) -> Circle:
        return type(self)(self.r + other.r)

    def __getitem__(self, key: str) -> Any:
        return getattr(self, key)

    def __call__(self) -> str:
        return f"{self.name}!"

    def __bool__(self) -> bool:
        return self.r > 0


class Ring(Circle):
    hole: float = 0.5

    @property
    def area(self) -> float:
        return super().area - 1

    def grow(self, by: float) -> Ring:
        super().grow(by)
        self.hole += by
        return self


# ---- as an object of the class ----


def test_a_row_is_an_instance_of_the_record_class():
    row = Pool(Ring, [Ring(2.0)])[0]
    assert isinstance(row, Ring) and isinstance(row, Circle) and isinstance(row, Struct)
    assert row.__class__ is Ring
    assert not isinstance(row, Point)
    assert cslots.is_struct(row) if hasattr(cslots, "is_struct") else True
    with raises(TypeError, "Ring.__class__: a row of a Pool keeps its class"):
        row.__class__ = Circle


def test_methods_properties_and_special_methods_work():
    pool = Pool(Circle, [Circle(2.0), Circle(3.0)])
    row, other = list(pool)
    assert row.area == 12.0 and row.UNIT == "cm" and row.pi() == 3 and row.unit() == Circle(1.0)
    row.area = 27.0
    assert pool[0].r == 3.0
    assert row.grow(1.5) is row and pool[0].r == 4.5
    assert len(row) == 4 and row["name"] == "c" and row() == "c!" and bool(row)
    made = row + other
    assert type(made) is Circle and made.r == 7.5
    assert Circle.grow(row, 1).r == 5.5
    assert hasattr(row, "r") and not hasattr(row, "z")
    assert set(dir(Circle(1.0))) <= set(dir(row)) | {"__dict__"}


def test_super_and_zero_argument_super():
    pool = Pool(Ring, [Ring(2.0)])
    row = pool[0]
    assert row.area == 11.0
    row.grow(1.0)
    assert astuple(pool[0]) == (3.0, "c", None, 1.5)
    assert super(Ring, row).area == 27.0


def test_the_type_of_a_row_makes_objects_and_stands_for_the_class():
    pool = points(2)
    row = pool[0]
    made = type(row)(5, y=2.0)
    assert type(made) is Point and made == Point(5, 2.0)
    assert issubclass(type(row), Point) and issubclass(Point, type(row))
    assert (
        isinstance(Point(1), type(row))
        and not isinstance(5, type(row))
        and not isinstance(Named("a"), type(row))
    )
    assert (
        type(row).__name__ == "Point"
        and type(row).__qualname__ == Point.__qualname__
        and type(row).__module__ == Point.__module__
    )
    assert type(pool[0]) is type(pool[1]) is type(points(1)[0])
    assert FREE_THREADED or Point.__subclasses__() == []  # which keeps those of other tests
    for attempt in (
        lambda: object.__new__(type(row)),
        lambda: Struct.__new__(type(row)),
        lambda: Point.__new__(type(row)),
        lambda: type("Sub", (type(row),), {}),
        lambda: setattr(Point(1), "__class__", type(row)),
        lambda: setattr(type(row), "__bases__", (Point,)),
        lambda: row.__init__(1),
        lambda: Point.__init__(row, 1),
    ):
        with pytest.raises(TypeError):
            attempt()
    assert row.x == 0


def test_isinstance_of_the_class_of_rows_leaves_an_abc_as_it_was():
    class Base(Struct, abc.ABC):
        x: int = 0

    class Sub(Base):
        pass

    kind = type(Pool(Base, [Base()])[0])
    for _ in range(2):
        assert isinstance(Base(), kind) and isinstance(Sub(), kind) and issubclass(Sub, kind)
        assert isinstance(Sub(), Base) and issubclass(Sub, Base)
        assert not isinstance(5, kind) and not isinstance(5, Base)


def test_abcs_protocols_and_generics():
    @runtime_checkable
    class HasX(Protocol):
        x: int

        def f(self) -> int: ...

    class Base(Struct, abc.ABC):
        x: int

        @abc.abstractmethod
        def f(self) -> int: ...

    class Whole(Base):
        def f(self):
            return self.x

    class Box(Struct, Generic[T]):
        x: T

        def f(self):
            return self.x

    for cls in (Whole, Box):
        row = Pool(cls, [cls(5)])[0]
        assert isinstance(row, HasX) and row.f() == 5
    assert isinstance(Pool(Whole, [Whole(1)])[0], Base)
    assert isinstance(Pool(Circle, [Circle(1.0)])[0], __import__("collections").abc.Callable)
    Base.register(int)
    assert isinstance(5, Base)


def test_match_and_singledispatch():
    @functools.singledispatch
    def name(thing):
        return "thing"

    @name.register
    def _(thing: Point):
        return "point"

    row = Pool(Point, [Point(3, 4.0)])[0]
    assert name(row) == "point"
    match row:
        case Point(x=7):
            raise AssertionError
        case Point(x, 4.0):
            assert x == 3
        case _:
            raise AssertionError


def test_two_bases():
    class A(Struct):
        x: int = 1
        t: utf8 = "a"

    class B(Struct):
        y: float = 2.0
        o: object = None

    class C(A, B):
        z: bool = True

        def total(self):
            return self.x + self.y

    pool = Pool(C, [C(x=5, t=LONG, y=7.0, o=[1])])
    row = pool[0]
    assert row.total() == 12.0 and row.t == LONG and row.o == [1] and row.z is True
    row.t, row.y, row.o = "b", 1.0, None
    assert copy.copy(row) == C(x=5, t="b", y=1.0)
    assert isinstance(row, A) and isinstance(row, B)


# ---- repr, ==, hash, order ----


def test_repr_eq_and_hash_are_those_of_an_object():
    pool = Pool(Frozen, [Frozen(1, "a"), Frozen(2, "b"), Frozen(1, "a")])
    row = pool[0]
    assert repr(row) == repr(Frozen(1, "a")) and str(row) == str(Frozen(1, "a"))
    assert (
        row == Frozen(1, "a")
        and Frozen(1, "a") == row
        and row == pool[2]
        and row != pool[1]
        and row != Frozen(2)
    )
    assert not row == 5 and row != None  # noqa: E711
    assert hash(row) == hash(Frozen(1, "a")) and len({row, Frozen(1, "a"), pool[2]}) == 1
    assert row < pool[1] and pool[1] > Frozen(1, "a") and sorted(pool)[0] == row
    with pytest.raises(TypeError):
        hash(points(1)[0])


def test_rows_of_a_class_without_eq_are_equal_by_record():
    class Plain(Struct, eq=False):
        x: int = 0

    pool, other = Pool(Plain, [Plain(), Plain()]), Pool(Plain, [Plain()])
    a, b = pool[0], pool[0]
    assert a == b and not a != b and a != pool[1] and a != other[0] and a != Plain()
    assert a in pool and pool.index(pool[1]) == 1 and pool.count(a) == 1
    with raises(
        TypeError,
        "unhashable: a row of a Pool has no identity of its own, and Plain objects are hashed by "
        "it",
    ):
        hash(a)
    del pool[0]
    assert a == a and a != b and a != pool[0]


def test_special_methods_of_the_users_are_used():
    log = []

    class Own(Struct):
        x: int = 0
        o: object = None

        def __eq__(self, other):
            log.append("eq")
            return isinstance(other, Own) and self.x == other.x and type(other) is not int

        def __hash__(self):
            return self.x

        def __repr__(self):
            return f"<{self.x}>"

        def __getattr__(self, name):
            return name.upper()

        def __setattr__(self, name, value):
            log.append(name)
            super().__setattr__(name, value)

        def __delattr__(self, name):
            log.append("del " + name)
            super().__delattr__(name)

        def __copy__(self):
            return "copy"

        def __deepcopy__(self, memo):
            return "deep"

        def __reduce__(self):
            return int, (self.x,)

        def __lt__(self, other):
            return self.x < other.x

        def __format__(self, spec):
            return spec + "!"

        def __del__(self):
            log.append("dead")

    things = [Own(1), Own(2)]
    pool = Pool(Own, things)
    log.clear()
    row = pool[0]
    assert (
        row == things[0]
        and hash(row) == 1
        and repr(row) == "<1>"
        and row.missing == "MISSING"
        and row.x == 1
    )
    assert log == ["eq"]
    row.x = 5
    row.o = 7
    del row.o
    assert log == ["eq", "x", "o", "del o"] and pool[0].x == 5
    assert (
        copy.copy(row) == "copy"
        and copy.deepcopy(row) == "deep"
        and pickle.loads(pickle.dumps(row)) == 5
    )
    assert pool[1] < row and f"{row:a}" == "a!" and not hasattr(Point(1), "missing")
    log.clear()
    del row
    gc.collect()
    assert log == []  # a record lives on when its row dies


def test_own_getattribute():
    class Own(Struct):
        x: int = 0

        def __getattribute__(self, name):
            return 5 if name == "five" else super().__getattribute__(name)

    row = Pool(Own, [Own(3)])[0]
    assert (row.x, row.five) == (3, 5)
    row.x = 4
    assert Pool(Own, [row])[0].x == 4


def test_methods_that_come_to_the_class_later():
    class Own(Struct):
        x: int = 0

    row = Pool(Own, [Own(3)])[0]
    Own.twice = lambda self: self.x * 2
    assert row.twice() == 6
    Own.__repr__ = lambda self: "own"
    Own.__getattr__ = lambda self, name: name
    assert repr(row) == "own" and row.zzz == "zzz" and row.x == 3
    Own.__setattr__ = lambda self, name, value: None
    row.x = 9
    assert row.x == 3
    del Own.__setattr__, Own.__getattr__
    row.x = 9
    assert row.x == 9
    with pytest.raises(AttributeError):
        _ = row.zzz


# ---- what the package's functions make of rows ----


def test_functions_of_the_package_take_rows():
    pool = Pool(Held, [Held([1], 5, LONG)])
    row = pool[0]
    assert asdict(row) == {"what": [1], "n": 5, "text": LONG} and astuple(row) == ([1], 5, LONG)
    assert [f.name for f in fields(row)] == ["what", "n", "text"]
    changed = replace(row, n=7)
    assert type(changed) is Held and (changed.n, changed.text) == (7, LONG) and row.n == 5
    if sys.version_info >= (3, 13):
        assert copy.replace(row, n=8).n == 8
    cslots.force_setattr(row, "n", 6)
    assert pool[0].n == 6
    assert sys.getsizeof(row) > 0
    with raises(TypeError, "Held() has no field 'z'"):
        replace(row, z=1)


@pytest.mark.parametrize("typed", [True, False])
def test_dataclasses_take_rows(typed):
    @cslots.dataclass(typed=typed)
    class Item:
        name: str
        price: float = 1.0
        parts: list = dataclasses.field(default_factory=list)

    pool = Pool(Item, [Item("a", 2.0, [1])])
    row = pool[0]
    assert dataclasses.is_dataclass(row) and dataclasses.asdict(row) == {
        "name": "a",
        "price": 2.0,
        "parts": [1],
    }
    assert dataclasses.astuple(row) == ("a", 2.0, [1])
    assert [f.name for f in dataclasses.fields(row)] == ["name", "price", "parts"]
    changed = dataclasses.replace(row, price=3.0)
    assert type(changed) is Item and changed == Item("a", 3.0, [1]) and row.price == 2.0
    assert repr(row) == repr(Item("a", 2.0, [1])) and row == Item("a", 2.0, [1])
    row.name = "b"
    assert records(pool) == [("b", 2.0, [1])]


def test_copies_and_pickles_of_a_row_are_objects():
    pool = Pool(Held, [Held(Mutable(5), 3, LONG)] * 1000)
    row = pool[500]
    shallow, deep = copy.copy(row), copy.deepcopy(row)
    assert type(shallow) is Held and shallow.what is row.what and shallow.text == LONG
    assert type(deep) is Held and deep.what is not row.what and deep.what.value == 5
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        data = pickle.dumps(row, protocol)
        assert len(data) < 1000
        loaded = pickle.loads(data)
        assert type(loaded) is Held and (loaded.n, loaded.text, loaded.what.value) == (3, LONG, 5)
    shallow.n = 9
    assert row.n == 3


# ---- writing ----


def test_frozen_rows_refuse_every_write():
    pool = Pool(Frozen, [Frozen(1, "a")])
    row = pool[0]
    with raises(AttributeError, "Frozen is frozen; cannot assign 'x' (use cslots.replace)"):
        row.x = 5
    with raises(AttributeError, "Frozen is frozen; cannot delete 'x' (use cslots.replace)"):
        del row.x
    with pytest.raises(AttributeError):
        row.zz = 5

    @cslots.dataclass(frozen=True)
    class Item:
        x: int

    item = Pool(Item, [Item(1)])[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        item.x = 2
    assert item.x == 1 and row.x == 1


def test_names_that_are_no_fields():
    class Point(Struct):
        x: int
        y: float = 0.0

    row = Pool(Point, [Point(1)])[0]
    with raises(AttributeError, "'Point' object has no attribute 'z'"):
        _ = row.z
    with raises(AttributeError, "Point has no field 'z' (fields: x, y)"):
        row.z = 5
    with raises(AttributeError, "Point.x cannot be deleted (a packed field always has a value)"):
        del row.x
    row.y = 2.5
    del row.y
    assert row.y == 0.0
    with pytest.raises(AttributeError):
        _ = row.__dict__


def test_a_row_cannot_be_kept_in_a_field_of_its_class():
    class Node(Struct):
        next: Inner | None = None

    pool = Pool(Inner, [Inner(3)])
    text = (
        "Node.next: a row of a Pool cannot be kept in a field of its class; keep an object of "
        "its own: copy.copy(row)"
    )
    with raises(TypeError, text):
        Node(pool[0])
    with raises(TypeError, text):
        Pool(Node, [Node()])[0].next = pool[0]
    assert Node(copy.copy(pool[0])).next.x == 3


def test_a_conversion_that_removes_the_record():
    class Odd:
        def __init__(self, act):
            self.act = act

        def __index__(self):
            self.act()
            return 77

    pool = points(3)
    row = pool[1]
    with raises(StaleRowError, STALE):
        row.x = Odd(lambda: pool.__delitem__(1))
    assert xs(pool) == [0, 2]
    row = pool[1]
    row.x = Odd(lambda: pool.__delitem__(0))  # it follows its record
    assert xs(pool) == [77]
    row.x = Odd(lambda: setattr(row, "x", 5))
    assert xs(pool) == [77]
    with raises(StaleRowError, STALE):
        row.x = Odd(pool.clear)
    assert len(pool) == 0


def test_enum_members_read_from_rows_are_the_members():
    class Has(Struct):
        c: Color

    assert Pool(Has, [Has(Color.RED)])[0].c is Color.RED


class Carrier(Struct):
    number: int
    thing: object = None


@pytest.fixture
def unraisable(monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: seen.append(str(args.exc_value)))
    return seen


LOST = (
    "Carrier: a value given to the descriptor of 'thing' for a row of a Pool is lost: set the "
    "attribute of the row, or use setattr()"
)


def test_what_a_members_own_set_loses_is_reported(unraisable):
    pool = Pool(Carrier, [Carrier(i, [i]) for i in range(3)])
    row = pool[1]
    value, other = ["lost"], ["other"]
    Carrier.thing.__set__(row, value)
    assert row.thing == [1]
    assert unraisable == []
    del row
    assert unraisable == [LOST]
    assert sys.getrefcount(value) == sys.getrefcount(other)
    assert [r.thing for r in pool] == [[0], [1], [2]]
    assert unraisable == [LOST]


def test_a_row_that_was_written_to_by_hand_is_not_used_again(unraisable):
    pool = Pool(Carrier, [Carrier(i, [i]) for i in range(6)])
    for i, row in enumerate(pool):
        with pytest.raises(AttributeError):
            Carrier.thing.__get__(row)
        if i % 2 == 0:
            Carrier.thing.__set__(row, "lost")
    del row
    assert unraisable == [LOST] * 3
    with pytest.raises(ZeroDivisionError):  # an exception on its way stays what it is
        for row in pool:
            Carrier.thing.__set__(row, "lost")
            del row
            raise ZeroDivisionError
    assert unraisable == [LOST] * 4


def test_slots_written_the_usual_ways_reach_the_pool(unraisable):
    pool = Pool(Carrier, [Carrier(0)])
    row = pool[0]
    ways = [setattr, lambda r, n, v: type(r).__dict__[n].__set__(r, v)]
    if sys.version_info >= (3, 13):  # before, it refuses rows as it does objects
        ways.append(object.__setattr__)
    for number, write in enumerate(ways):
        write(row, "thing", number)
        assert pool[0].thing == number
    del row
    assert unraisable == []
