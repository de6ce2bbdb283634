"""The hash follows dataclasses' table; equal objects have equal hashes."""

import datetime as dt
import enum
import math
from typing import Literal

import pytest

from cslots import Struct, category, field, float32, int8, uint8, uint64, utf8


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
