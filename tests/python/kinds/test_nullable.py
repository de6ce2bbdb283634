"""Every kind can be nullable; null is a bit of its own and no value is lost to it."""

import datetime as dt
from typing import Literal, Optional, Union

import pytest
from support import one_default, one_field, raises
from support.samples import Access, Color

import cslots
from cslots import Struct, category, float32, int8, uint8, utf8


class Point(Struct):
    x: int8


VALUES = [
    (bool, False, True),
    (int, 0, 10**30),
    *[(getattr(cslots, f"{sign}int{n}"), 0, 100) for sign in ("", "u") for n in (8, 16, 32, 64)],
    (float, 0.0, -1.5),
    (float32, 0.0, -1.5),
    (str, "", "text"),
    (bytes, b"", b"data"),
    (utf8, "", "text" * 50),
    (category, "", "text"),
    (Color, Color.RED, Color.BLUE),
    (Literal["a", "b"], "a", "b"),
    (Access, Access(0), Access.READ),
    (dt.date, dt.date.min, dt.date(2024, 1, 1)),
    (dt.datetime, dt.datetime.min, dt.datetime(2024, 1, 1)),
    (dt.timedelta, dt.timedelta(0), dt.timedelta(-5)),
    (Point, Point(0), Point(1)),
]


@pytest.mark.parametrize(
    "annotation, zero, other", VALUES, ids=lambda v: getattr(v, "__name__", None)
)
def test_null_and_values_take_turns(annotation, zero, other):
    for nullable in (Optional[annotation], Union[None, annotation]):
        Box = one_field(nullable)
        for start in (None, zero, other):
            box = Box(start)
            assert box.x == start
            for value in (None, zero, other, None, other, zero, None):
                box.x = value
                assert box.x == value
                assert (box.x is None) == (value is None)


@pytest.mark.parametrize(
    "annotation, zero, other", VALUES, ids=lambda v: getattr(v, "__name__", None)
)
def test_a_plain_field_refuses_none(annotation, zero, other):
    Box = one_field(annotation)
    box = Box(other)
    with pytest.raises(TypeError, match=r"\ABox\.x: expected .*, got NoneType None\Z"):
        Box(None)
    with pytest.raises(TypeError, match=r"\ABox\.x: expected .*, got NoneType None\Z"):
        box.x = None
    assert box.x == other


@pytest.mark.parametrize(
    "annotation, zero, other", VALUES, ids=lambda v: getattr(v, "__name__", None)
)
def test_none_as_default_makes_a_plain_type_nullable(annotation, zero, other):
    Box = one_default(annotation, None)
    assert Box().x is None
    assert Box(other).x == other
    box = Box(zero)
    box.x = None
    assert box.x is None


@pytest.mark.parametrize(
    "annotation, zero, other", VALUES, ids=lambda v: getattr(v, "__name__", None)
)
def test_none_is_equal_to_none_whatever_was_there_before(annotation, zero, other):
    Box = one_field(Optional[annotation], frozen=False, unsafe_hash=True)
    fresh, used = Box(None), Box(other)
    used.x = None
    assert fresh == used
    assert hash(fresh) == hash(used)
    assert fresh != Box(zero)
    assert Box(other) == Box(other)
    if annotation is not Point:
        assert hash(Box(other)) == hash(Box(other))


def test_a_nullable_packed_field_is_unset_after_del():
    for annotation in (uint8, utf8, bool, int):
        Box = one_field(Optional[annotation])
        box = Box(None)
        del box.x
        assert not hasattr(box, "x")
        assert box != Box(None)
        box.x = None
        assert box == Box(None)


def test_sixty_null_bits_stand_side_by_side():
    source = "class Many(Struct):\n" + "".join(
        f"    f{n}: uint8 | None = None\n" for n in range(60)
    )
    namespace = {"Struct": Struct, "uint8": uint8, "__name__": __name__}
    exec(source, namespace)
    many = namespace["Many"]()
    expected = dict.fromkeys((f"f{n}" for n in range(60)), None)
    for step in range(1000):
        name = f"f{step * 37 % 60}"
        value = None if step % 3 == 0 else step % 256
        setattr(many, name, value)
        expected[name] = value
        if step % 50 == 0:
            assert {n: getattr(many, n) for n in expected} == expected
    assert {n: getattr(many, n) for n in expected} == expected


def test_the_message_of_a_nullable_field_says_so():
    with raises(TypeError, "Box.x: expected uint8 or None (an int from 0 to 255), got str 'abc'"):
        one_field(Optional[uint8])("abc")
    with raises(OverflowError, "Box.x: 300 is out of range for uint8 (0 to 255)"):
        one_field(Optional[uint8])(300)
