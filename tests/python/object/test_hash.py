"""The hash follows dataclasses' table; equal objects have equal hashes."""

import dataclasses
import datetime as dt
import enum
import math
import struct
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cslots import (
    Struct,
    category,
    dataclass,
    field,
    float32,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
    utf8,
)


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Inner(Struct, frozen=True):
    x: uint8
    y: utf8


CASES = [
    (int, [0, -1, 1, 2**62, 10**40]),
    (int8, [-1, 0, 1]),
    (uint64, [0, 2**64 - 1]),
    (float, [0.0, 1.0, -1.0, math.inf, 1e300]),
    (float32, [0.5, 1.5]),
    (bool, [True, False]),
    (str, ["", "a"]),
    (utf8, ["", "a", "a" * 7, "a" * 8, "a" * 9, "a" * 100_000, "\ud800"]),
    (category, ["x", "y"]),
    (bytes, [b"", b"abc"]),
    (Color, [Color.RED, Color.BLUE]),
    (Literal["p", "q"], ["p", "q"]),
    (dt.date, [dt.date.min, dt.date.max]),
    (dt.datetime, [dt.datetime.min, dt.datetime.max]),
    (dt.timedelta, [dt.timedelta(0), dt.timedelta(1)]),
    (Inner, [Inner(1, "a"), Inner(2, "a")]),
    (object, [(1, 2), "x", None]),
]


@pytest.mark.parametrize("annotation, values", CASES, ids=lambda v: getattr(v, "__name__", None))
def test_equal_objects_have_equal_hashes_and_others_mostly_not(annotation, values):
    class Box(Struct, frozen=True):
        n: uint8
        x: annotation | None

    boxes = [Box(1, value) for value in values]
    assert [hash(box) for box in boxes] == [hash(Box(1, value)) for value in values]
    assert len({hash(box) for box in boxes}) == len(values)
    assert all(hash(box) != hash(Box(2, box.x)) for box in boxes)
    assert set(boxes) == {Box(1, value) for value in values}


def test_ten_thousand_objects_have_as_many_hashes():
    class P(Struct, frozen=True):
        x: uint8
        y: float
        z: utf8

    hashes = {hash(P(n % 256, n / 7, str(n % 97))) for n in range(10_000)}
    assert len(hashes) >= 9_999
    assert len({h % 4096 for h in hashes}) > 3000


def test_hash_is_never_minus_one():
    class A(Struct, frozen=True):
        x: int

    assert all(hash(A(n)) != -1 for n in range(-1000, 1000))


def test_by_default_equality_without_frozen_makes_objects_unhashable():
    class User(Struct):
        x: int

    assert User.__hash__ is None
    with pytest.raises(TypeError, match="unhashable type: 'User'"):
        hash(User(1))


def test_without_eq_the_hash_is_the_identity():
    class A(Struct, eq=False):
        x: int

    a = A(1)
    assert hash(a) == object.__hash__(a)
    assert len({a, A(1)}) == 2


def test_unsafe_hash_hashes_what_can_change():
    class A(Struct, unsafe_hash=True):
        x: int

    a = A(1)
    before = hash(a)
    a.x = 2
    assert hash(a) == hash(A(2)) != before


def test_an_own_hash_is_kept():
    class A(Struct):
        x: int

        def __hash__(self):
            return 42

    class B(Struct, frozen=True):
        x: int

        def __hash__(self):
            return 43

    assert (hash(A(1)), hash(B(1))) == (42, 43)


def test_unsafe_hash_beside_an_own_hash_is_refused_as_in_dataclasses():
    with pytest.raises(TypeError):

        class A(Struct, unsafe_hash=True):
            x: int

            def __hash__(self):
                return 42


def test_an_own_eq_without_hash_follows_the_table_too():
    class A(Struct, frozen=True):
        x: int

        def __eq__(self, other):
            return True

    assert hash(A(1)) == hash(A(1))


def test_fields_can_be_left_out_of_the_hash():
    class A(Struct, frozen=True):
        x: int
        y: int = field(compare=False)
        z: int = field(hash=False)
        w: int = field(compare=False, hash=True)

    assert hash(A(1, 2, 3, 4)) == hash(A(1, 20, 30, 4))
    assert hash(A(1, 2, 3, 4)) != hash(A(1, 2, 3, 5))
    assert A(1, 2, 3, 4) != A(1, 2, 30, 4)


def test_an_unhashable_value_is_named_by_python():
    class A(Struct, frozen=True):
        x: object

    with pytest.raises(TypeError, match="unhashable type: 'list'"):
        hash(A([]))


def test_an_exception_of_hash_comes_through():
    class Bad:
        def __hash__(self):
            raise ZeroDivisionError

    class A(Struct, frozen=True):
        x: object

    with pytest.raises(ZeroDivisionError):
        hash(A(Bad()))


def test_hash_of_an_inherited_class_takes_in_all_fields():
    class A(Struct, frozen=True):
        x: int

    class B(A):
        y: int

    assert hash(B(1, 2)) != hash(B(1, 3))
    assert hash(B(1, 2)) != hash(B(2, 2))
    assert hash(B(1, 2)) == hash(B(1, 2))


def test_the_hash_of_a_deep_chain_is_an_error_and_no_crash():
    class Node(Struct, frozen=True):
        next: object = None

    node = None
    for _ in range(300_000):
        node = Node(node)
    with pytest.raises(RecursionError):
        hash(node)


@dataclass(frozen=True)
class Numbers:
    a: float
    b: float32
    c: int
    d: int8
    e: int16
    f: int32
    g: int64
    h: uint8
    i: uint16
    j: uint32
    k: uint64
    l: bool  # noqa: E741
    m: float | None


def whole(low, high):
    return st.integers(low, high) | st.sampled_from((low, high, 0, max(low, -1)))


@given(
    st.tuples(
        st.floats(allow_nan=False),
        st.floats(width=32, allow_nan=False),
        st.integers() | whole(-(2**62), 2**62),
        *(whole(-(2**bits), 2**bits - 1) for bits in (7, 15, 31, 63)),
        *(whole(0, 2**bits - 1) for bits in (8, 16, 32, 64)),
        st.booleans(),
        st.none() | st.floats(allow_nan=False),
    )
)
def test_a_dataclass_hashes_as_the_tuple_of_its_fields(values):
    assert hash(Numbers(*values)) == hash(values)


def test_every_power_of_two_hashes_in_a_dataclass_as_in_a_tuple():
    @dataclass(frozen=True)
    class One:
        x: float

    for exponent in range(-1074, 1024):
        for value in (
            2.0**exponent,
            -(2.0**exponent),
            math.nextafter(2.0**exponent, math.inf),
            math.nextafter(2.0**exponent, 0),
        ):
            assert hash(One(value)) == hash((value,)), value
    for value in (math.inf, -math.inf, 0.0, -0.0):
        assert hash(One(value)) == hash((value,))


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (str, "a"),
        (bytes, b"a"),
        (utf8, "caf\xe9"),
        (category, "x"),
        (object, (1, "x")),
        (Color, Color.RED),
        (dt.date, dt.date.max),
        (dt.datetime, dt.datetime.max),
        (dt.timedelta, dt.timedelta(1, 2, 3)),
    ],
)
def test_a_dataclass_of_any_kind_hashes_as_that_of_dataclasses(annotation, value):
    def make(decorator):
        return decorator(
            type("C", (), {"__annotations__": {"a": int, "x": annotation | None}}), frozen=True
        )

    ours, theirs = make(dataclass), make(dataclasses.dataclass)
    for x in (value, None):
        assert hash(ours(1, x)) == hash(theirs(1, x)) == hash((1, x))


@pytest.mark.parametrize("bits", [0x7FF8000000000000, 0xFFF8000000000001, 0x7FF0000000000001])
def test_an_object_with_nan_keeps_its_hash(bits):
    nan = struct.unpack("d", struct.pack("Q", bits))[0]

    @dataclass(frozen=True)
    class Place:
        x: float
        y: float32 = 0.0

    class Spot(Struct, frozen=True):
        x: float

    for place in (Place(nan), Place(1.0, nan), Spot(nan)):
        assert len({hash(place) for _ in range(50)}) == 1
        assert place in {place}


def test_an_unset_field_has_no_hash_in_a_dataclass():
    @dataclass(frozen=True)
    class C:
        x: float
        s: str

    with pytest.raises(AttributeError, match="C.x is not set"):
        hash(C.__new__(C))


def test_the_hash_of_a_nan_does_not_depend_on_other_objects():
    @dataclass(frozen=True)
    class A:
        x: float
        y: float = 1.5

    a = A(float("nan"))
    before = hash(a)
    blank = A.__new__(A)
    assert {hash(a) for _ in range(8)} == {before}
    with pytest.raises(AttributeError):
        hash(blank)
