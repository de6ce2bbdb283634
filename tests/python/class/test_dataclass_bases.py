"""cslots.dataclass and bases: of cslots, of dataclasses, and classes without a decorator."""

import copy
import dataclasses
import gc
import pickle
import sys
import weakref

import pytest
from support import raises
from support.samples import Point

import cslots
from cslots import (
    astuple,
    dataclass,
    layout,
    uint8,
)


def test_a_slot_of_a_plain_base_is_seen_by_the_collector():
    class Base:
        __slots__ = ("other",)

    @dataclass(weakref=True)
    class C(Base):
        x: int = 0

    c = C()
    c.other = c
    gone = weakref.ref(c)
    del c
    gc.collect()
    assert (
        gone() is None and layout(C).reason == "base Base has __slots__, which can hold any object"
    )


class HandSlotted:
    __slots__ = ("a", "__hidden", "x", "__dict__")

    def hide(self, value):
        self.__hidden = value

    def hidden(self):
        return self.__hidden


@dataclass
class OverSlots(HandSlotted):
    __slots__ = ("own",)
    x: int = 0


class BelowSlots(OverSlots):
    __slots__ = ("b",)


@pytest.mark.parametrize("cls", [OverSlots, BelowSlots])
def test_slots_of_plain_bases_travel_with_copies_and_pickles(cls):
    before = cls(5)
    before.a, before.own, before.further = [1], [before], "f"
    before.hide({2})
    HandSlotted.x.__set__(before, "behind the field")
    after = [
        pickle.loads(pickle.dumps(before, protocol))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ]
    for thing in (copy.copy(before), copy.deepcopy(before), *after):
        assert (thing.x, thing.a, thing.hidden(), thing.further) == (5, [1], {2}, "f")
        assert not hasattr(thing, "b")
    assert copy.copy(before).a is before.a
    deep = copy.deepcopy(before)
    assert deep.own == [deep] and deep.own[0] is deep and deep.a is not before.a
    del before.a
    assert not hasattr(pickle.loads(pickle.dumps(before)), "a")


@pytest.mark.parametrize("slots", [False, True])
@pytest.mark.parametrize("typed", [False, True])
def test_dataclasses_and_ours_derive_from_each_other_in_turn(slots, typed, monkeypatch):
    @dataclass(typed=typed)
    class First:
        x: uint8 = 1
        s: str = "a"

    @dataclasses.dataclass(slots=slots)
    class Second(First):
        y: int = 2
        x: int = 7
        items: list = dataclasses.field(default_factory=list)

    @dataclass(typed=typed)
    class Third(Second):
        z: float = 3.0

    @dataclasses.dataclass(slots=slots)
    class Fourth(Third):
        w: int = 4

    @dataclass(typed=typed)
    class Fifth(Fourth):
        v: str = "v"

    assert Third() == Third(7, "a", 2, [], 3.0) and Third().items is not Third().items
    assert dataclasses.astuple(Fifth()) == (7, "a", 2, [], 3.0, 4, "v")
    assert [field.name for field in dataclasses.fields(Fifth)] == [
        "x",
        "s",
        "y",
        "items",
        "z",
        "w",
        "v",
    ]
    for cls in (Second, Third, Fourth, Fifth):
        monkeypatch.setitem(globals(), cls.__name__, cls)
        cls.__qualname__ = cls.__name__
        before = cls(5)
        before.y = 8
        before.items.append(3)
        for after in (
            pickle.loads(pickle.dumps(before)),
            copy.copy(before),
            copy.deepcopy(before),
            dataclasses.replace(before),
        ):
            assert (after, after.x, after.y, after.items) == (before, 5, 8, [3])
    if typed:
        with raises(OverflowError, "Fifth.x: 300 is out of range for uint8 (0 to 255)"):
            Fifth(300)


def test_an_ordinary_subclass_has_the_slots_that_its_body_says():
    class Plain(Point):
        pass

    class Slotted(Point):
        __slots__ = ("tag",)

    assert "__slots__" not in vars(Plain) and vars(Slotted)["__slots__"] == ("tag",)


def test_an_undecorated_subclass_is_an_ordinary_one():
    class Sub(Point):
        def grow(self):
            self.extra = 1
            return self.extra

    sub = Sub(1, 2)
    assert (
        sub.grow() == 1
        and sub.__dict__ == {"extra": 1}
        and isinstance(sub, Point)
        and sub == Sub(1, 2)
    )
    assert sub != Point(1, 2) and weakref.ref(sub)() is sub
    with raises(TypeError, "Sub.x: expected float, got str 'a'"):
        sub.x = "a"

    class Small(Point):
        __slots__ = ()

    assert not hasattr(Small(1), "__dict__") and sys.getsizeof(Small(1)) == sys.getsizeof(Point(1))


def test_a_decorated_subclass_is_packed_again():
    @dataclass
    class Sub(Point):
        z: uint8 = 9
        y: float = 4.0

    sub = Sub(1)
    assert (sub.x, sub.y, sub.z) == (1.0, 4.0, 9) and not hasattr(sub, "__dict__")
    assert Point.__dict__["x"].__get__(sub) == 1.0


def test_inheritance_from_and_by_dataclasses():
    @dataclasses.dataclass
    class Plain:
        a: int
        b: list

    @dataclasses.dataclass(slots=True)
    class Slotted:
        a: int
        b: list

    for base in (Plain, Slotted):

        @dataclass
        class Ours(base):
            c: float = 1.0

        ours = Ours(1, [2])
        assert astuple(ours) == (1, [2], 1.0) and isinstance(ours, base)
    Slotted.a.__set__(ours, "other")
    assert ours.a == "other" and Slotted.b.__get__(ours) == [2]

    @dataclasses.dataclass
    class Theirs(Point):
        z: int = 3

    assert repr(Theirs(1)).endswith("Theirs(x=1.0, y=0.0, z=3)") and Theirs(1) == Theirs(1.0)


def test_a_field_is_annotated_again_behind_a_mixin():
    class Mix:
        __slots__ = ()

    @dataclass
    class A:
        x: int
        y: str = "y"

    for bases in ((Mix, A), (A, Mix)):

        @dataclass
        class C(*bases):
            x: int

        assert repr(C(1)).endswith("C(x=1, y='y')")


def test_a_field_annotated_again_takes_the_default_of_its_base():
    @dataclass
    class First:
        x: int = 1

    @dataclass
    class A(First):
        x: int

    @dataclass
    class Zero:
        x: int

    @dataclass
    class Second(Zero):
        x: int = 1

    @dataclass
    class B(Second):
        x: int

    assert [cslots.fields(cls)[0].default for cls in (A, B)] == [1, 1]


def test_dataclass_fields_are_those_of_the_class_in_a_diamond():
    for dec, field_ in ((dataclasses.dataclass, dataclasses.field), (dataclass, cslots.field)):

        @dec
        class A:
            x: int = 0

        class P(A):
            pass

        @dec
        class B(A):
            x: int = field_(default=7, init=False)

        @dec
        class C(P, B):
            y: int = 2

        found = dataclasses.fields(C)[0]
        assert (found.init, found.default, dataclasses.replace(C(5), y=3).x) == (True, 0, 5)
