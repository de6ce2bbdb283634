"""A field of another Struct class takes its objects and those of its subclasses.

Forward references may name the class.
"""

from typing import Optional

import pytest
from support import is_tracked, one_field, raises

from cslots import Struct, uint8, utf8


class Address(Struct):
    city: utf8


class Abroad(Address):
    country: utf8


class Loop(Struct):
    other: "Loop | None" = None
    n: uint8 = 0


class Early(Struct):
    late: "Optional[Late]" = None


class Late(Struct):
    x: uint8
    early: Optional[Early] = None


class Lost(Struct):
    other: "Othr"  # noqa: F821


def test_a_struct_field_keeps_the_identity():
    class User(Struct):
        home: Address

    home = Address("Bonn")
    user = User(home)
    assert user.home is home
    away = Abroad("Rome", "Italy")
    user.home = away
    assert user.home is away


def test_a_struct_field_refuses_everything_else():
    class User(Struct):
        home: Address

    class Address2(Struct):
        city: utf8

    user = User(Address("Bonn"))
    with raises(TypeError, "User.home: expected Address, got int 5"):
        User(5)
    for value in ("Bonn", None, Address, Address2("Bonn"), user):
        with pytest.raises(TypeError, match=r"\AUser\.home: expected Address, got "):
            user.home = value
        assert user.home.city == "Bonn"


def test_a_nullable_struct_field_takes_none():
    Box = one_field(Optional[Address])
    box = Box(None)
    assert box.x is None
    box.x = Address("Bonn")
    box.x = None
    assert box.x is None
    with raises(TypeError, "Box.x: expected Address or None, got int 5"):
        box.x = 5


def test_a_class_may_refer_to_itself():
    a = Loop()
    b = Loop(a, 5)
    a.other = b
    assert (a.other, b.other) == (b, a) or a.other is b
    a.other = None
    assert b.other.other is None
    with raises(TypeError, "Loop.other: expected Loop or None, got int 5"):
        a.other = 5


def test_a_name_that_is_defined_later_is_checked_from_then_on():
    early = Early(Late(5))
    assert early.late.x == 5
    early.late.early = early
    with pytest.raises(TypeError, match=r"\AEarly\.late: expected Late or None, got str 'x'"):
        early.late = "x"
    with pytest.raises(TypeError):
        Early(Early())
    early.late = None
    assert Early().late is None


def test_a_name_that_never_comes_is_said_so():
    with raises(
        TypeError,
        "Lost.other: annotation 'Othr' names nothing; define it, or correct the annotation",
    ):
        Lost(5)


def test_the_repr_of_a_refused_object_is_cut():
    class User(Struct):
        home: Address

    with pytest.raises(TypeError) as caught:
        User(["long"] * 1000)
    assert len(str(caught.value)) < 200


def test_classes_that_hold_each_other_are_tracked():
    assert is_tracked(Loop)
    assert is_tracked(Early)
    assert is_tracked(Late)
    assert not is_tracked(Address)
