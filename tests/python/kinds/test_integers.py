"""int8 ... uint64 keep their whole range and nothing else; int keeps any integer, bool a bool."""

import copy
import enum
import gc
import pickle
import weakref
from decimal import Decimal
from fractions import Fraction

import pytest
from support import one_field, raises

import cslots
from cslots import Struct, layout, uint8

SIZED = [(f"int{n}", -(2 ** (n - 1)), 2 ** (n - 1) - 1) for n in (8, 16, 32, 64)]
SIZED += [(f"uint{n}", 0, 2**n - 1) for n in (8, 16, 32, 64)]
NULLABLE = [False, True]


class Index:
    """Something that is not an int but says which int it stands for."""

    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


class MyInt(int):
    pass


def box_of(kind, nullable):
    annotation = getattr(cslots, kind)
    return one_field(annotation | None if nullable else annotation)


@pytest.mark.parametrize("nullable", NULLABLE)
@pytest.mark.parametrize("kind, low, high", SIZED)
def test_a_sized_integer_keeps_every_edge_of_its_range(kind, low, high, nullable):
    Box = box_of(kind, nullable)
    box = Box(0)
    for value in {
        low,
        low + 1,
        0,
        1,
        2,
        127,
        high // 2,
        high // 2 + 1,
        high - 1,
        high,
        max(low, -1),
        max(low, -2),
    }:
        for read in (Box(value).x, Box(x=value).x):
            assert read == value
            assert type(read) is int
        box.x = value
        assert box.x == value


@pytest.mark.parametrize("nullable", NULLABLE)
@pytest.mark.parametrize("kind, low, high", SIZED)
def test_a_sized_integer_refuses_what_is_out_of_its_range(kind, low, high, nullable):
    Box = box_of(kind, nullable)
    box = Box(7)
    for value in (low - 1, high + 1, -(2**63) - 1, 2**64, 10**40, -(10**40)):
        text = f"Box.x: {value} is out of range for {kind} ({low} to {high})"
        with raises(OverflowError, text):
            Box(value)
        with raises(OverflowError, text):
            box.x = value
        assert box.x == 7


@pytest.mark.parametrize("kind, low, high", SIZED)
def test_a_sized_integer_refuses_what_is_no_integer(kind, low, high):
    Box = box_of(kind, False)
    box = Box(7)
    for value in (Decimal(1), Fraction(1)):
        with pytest.raises(TypeError, match=rf"\ABox\.x: expected {kind} "):
            box.x = value
    for value in ("abc", b"1", 1.0, None, [], 1j, object):
        text = (
            f"Box.x: expected {kind} (an int from {low} to {high}), got {type(value).__name__} "
            f"{value!r}"
        )
        with raises(TypeError, text):
            Box(value)
        with raises(TypeError, text):
            box.x = value
        assert box.x == 7


@pytest.mark.parametrize("kind, low, high", SIZED)
def test_a_nullable_integer_says_that_none_is_welcome(kind, low, high):
    Box = box_of(kind, True)
    with raises(
        TypeError, f"Box.x: expected {kind} or None (an int from {low} to {high}), got str 'abc'"
    ):
        Box("abc")
    assert Box(None).x is None


@pytest.mark.parametrize("kind", [kind for kind, _, _ in SIZED] + ["int"])
def test_an_integer_field_takes_whatever_has_an_index(kind):
    Box = one_field(int if kind == "int" else getattr(cslots, kind))
    value = Index(5)
    box = Box(value)
    assert (box.x, type(box.x)) == (5, int)
    box.x = 0
    box.x = value
    assert box.x == 5


@pytest.mark.parametrize("kind, low, high", SIZED)
def test_what_a_c_number_cannot_keep_as_it_is_is_refused(kind, low, high):
    box = one_field(getattr(cslots, kind))(5)
    for value, shown in (
        (True, "bool True"),
        (MyInt(7), "MyInt 7"),
        (Status.OK, "Status <Status.OK: 20>"),
    ):
        expected = f"Box.x: expected {kind} (an int from {low} to {high}), got {shown}"
        with raises(
            TypeError,
            f"{expected}; only a plain int fits: convert it, or annotate the field with object",
        ):
            box.x = value
    assert box.x == 5


class Status(enum.IntEnum):
    OK = 20
    BIG = 2**70


class SmallInt(int):
    __slots__ = ()


def test_an_int_field_keeps_what_it_is_given():
    for annotation in (int, int | None):
        Box = one_field(annotation)
        box = Box(1)
        for value in (True, False, Status.OK, Status.BIG, SmallInt(5), SmallInt(10**30)):
            box.x = value
            assert box.x is value and Box(value).x is value
            assert box == Box(int(value)) and Box(int(value)) == box and not box != Box(int(value))
            assert copy.copy(box).x is value and copy.deepcopy(box).x == value
            with pytest.raises(
                TypeError, match="MyInt objects are tracked by the garbage collector and Box is not"
            ):
                box.x = MyInt(3)
            assert box.x is value
        box.x = 7
        assert (box.x, type(box.x)) == (7, int)


def test_equal_ints_of_any_class_hash_alike():
    class Key(Struct, frozen=True):
        x: int | None

    @cslots.dataclass(frozen=True)
    class Other:
        x: int | None

    for cls in (Key, Other):
        for value in (True, False, Status.OK, Status.BIG, SmallInt(-1)):
            assert {cls(value): 1}[cls(int(value))] == 1
            assert hash(cls(value)) == hash(cls(int(value)))
        assert len({cls(None), cls(0), cls(1), cls(True)}) == 3


class Tracked(Struct, gc=True):
    x: int


def test_an_object_that_the_collector_sees_keeps_any_int():
    value = MyInt(5)
    value.back = box = Tracked(value)
    assert box.x is value and pickle.loads(pickle.dumps(Tracked(Status.OK))).x is Status.OK

    class Marker:
        pass

    value.marker = Marker()
    gone = weakref.ref(value.marker)
    del value, box
    gc.collect()
    assert gone() is None


def test_a_pool_refuses_what_its_column_would_alter():
    pool = cslots.Pool(Nullable, [Nullable(5)])
    for value in (True, Status.OK):
        with pytest.raises(TypeError, match="only a plain int fits"):
            pool.append(Nullable(value))
        with pytest.raises(TypeError, match="only a plain int fits"):
            pool[0].id = value
    assert [row.id for row in pool] == [5]


def test_an_int_needs_no_bit_for_unset_and_none():
    class Cell(Struct):
        id: int
        other: int | None

        def __init__(self, id):
            self.id = id

    class Maybe(Struct):
        id: int | None

    assert (layout(Cell).total, layout(Maybe).total) == (32, 24)
    cell = Cell(5)
    with raises(AttributeError, "Cell.other is not set"):
        cell.other  # noqa: B018
    assert repr(cell).endswith("Cell(id=5, other=<not set>)")
    cell.other = None
    assert (cell.other, copy.copy(cell) == cell, cell == Cell(5)) == (None, True, False)
    maybe = Maybe.__new__(Maybe)
    with raises(AttributeError, "Maybe.id is not set"):
        maybe.id  # noqa: B018
    for value in (None, 5, 10**30, None, 0):
        maybe.id = value
        assert (
            maybe.id,
            maybe == Maybe(value),
            pickle.loads(pickle.dumps(Nullable(value))).id,
        ) == (value, True, value)
        pool = cslots.Pool(Maybe, [maybe]) if value != 10**30 else [maybe]
        assert pool[0].id == value and copy.copy(pool[0]).id == value


class Nullable(Struct):
    id: int | None


def test_an_index_out_of_range_is_refused():
    with pytest.raises(OverflowError, match=r"is out of range for uint8 \(0 to 255\)"):
        one_field(uint8)(Index(256))


def test_an_exception_of_index_comes_through():
    class Broken:
        def __index__(self):
            raise ZeroDivisionError("no index today")

    for annotation in (uint8, int, float):
        Box = one_field(annotation)
        box = Box(1)
        with raises(ZeroDivisionError, "no index today"):
            Box(Broken())
        with raises(ZeroDivisionError, "no index today"):
            box.x = Broken()
        assert box.x == 1


def test_an_index_that_is_no_int_is_a_type_error():
    class Lying:
        def __index__(self):
            return "five"

    for annotation in (uint8, int):
        with pytest.raises(TypeError):
            one_field(annotation)(Lying())


def test_an_integer_with_too_many_digits_to_print_is_still_an_overflow():
    with pytest.raises(OverflowError, match=r"is out of range for uint8 \(0 to 255\)"):
        one_field(uint8)(10**5000)


def test_a_long_value_is_cut_in_the_message():
    with pytest.raises(TypeError) as caught:
        one_field(uint8)("a" * 100_000)
    text = str(caught.value)
    assert text.startswith("Box.x: expected uint8 (an int from 0 to 255), got str 'aaaaaaaa")
    assert len(text) < 200


def test_a_value_whose_repr_fails_still_gives_a_clean_error():
    class Shy:
        def __repr__(self):
            raise ZeroDivisionError

    box = one_field(uint8)(1)
    with pytest.raises((TypeError, ZeroDivisionError)):
        box.x = Shy()
    assert box.x == 1


BIG = [2**61, 2**62 - 1, 2**62, 2**62 + 1, 2**63 - 1, 2**63, 2**64 - 1, 2**64, 10**30, 10**1000]


@pytest.mark.parametrize("nullable", NULLABLE)
def test_int_loses_nothing(nullable):
    Box = one_field(int | None if nullable else int)
    box = Box(0)
    for value in [0, 1, -1, *BIG, *[-b for b in BIG], *[-b - 1 for b in BIG]]:
        assert Box(value).x == value
        assert type(Box(value).x) is int
        box.x = value
        assert box.x == value
        box.x = 3
        assert box.x == 3


def test_int_refuses_what_is_no_integer():
    Box = one_field(int)
    box = Box(10**30)
    for value in ("5", 1.0, None):
        text = f"Box.x: expected int, got {type(value).__name__} {value!r}"
        with raises(TypeError, text):
            Box(value)
        with raises(TypeError, text):
            box.x = value
        assert box.x == 10**30
    with raises(TypeError, "Box.x: expected int or None, got str '5'"):
        one_field(int | None)("5")


def test_a_big_integer_is_not_leaked_nor_dropped_too_early():
    Box = one_field(int)
    box = Box(10**30)
    for n in range(1000):
        box.x = 10**30 + n
        assert box.x == 10**30 + n
        other = Box(box.x)
        box.x = n
        assert other.x == 10**30 + n


@pytest.mark.parametrize("nullable", NULLABLE)
def test_bool_keeps_a_bool_and_nothing_else(nullable):
    Box = one_field(bool | None if nullable else bool)
    box = Box(True)
    for value in (1, 0, "", "yes", 1.0, [], Index(1), MyInt(1)) + (() if nullable else (None,)):
        with pytest.raises(TypeError, match=r"\ABox\.x: expected bool"):
            Box(value)
        with pytest.raises(TypeError, match=r"\ABox\.x: expected bool"):
            box.x = value
        assert box.x is True
    for value in (False, True, False):
        box.x = value
        assert box.x is value
        assert Box(value).x is value
    with raises(TypeError, f"Box.x: expected bool{' or None' if nullable else ''}, got int 1"):
        Box(1)


def test_bools_and_null_bits_side_by_side_do_not_disturb_each_other():
    class Bits(Struct):
        a: bool
        b: bool | None
        c: bool
        d: bool | None
        e: bool
        f: uint8 | None
        g: bool
        h: bool | None
        i: bool

    names = "abcdefghi"
    bits = Bits(*[False] * 5, 0, *[False] * 3)
    expected = dict.fromkeys(names, False) | {"f": 0}
    for step in range(500):
        name = names[step * 7 % 9]
        choices = [True, False] + ([None] if name in "bdh" else [])
        value = [0, 255, None][step % 3] if name == "f" else choices[step % len(choices)]
        setattr(bits, name, value)
        expected[name] = value
        assert {n: getattr(bits, n) for n in names} == expected
