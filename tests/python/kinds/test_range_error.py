"""RangeError: a value that its field has no room for.

It is an OverflowError and a ValueError, and kinds tell their range.
"""

import datetime
import enum
import pickle
import sys

import pytest
from support import raises

import cslots
from cslots import Kind, Pool, RangeError, Struct, dataclass, float32, int8, uint8, uint64

INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")


class Bits(enum.IntFlag, boundary=enum.KEEP):
    A = 1


class Row(Struct):
    byte: uint8 = 0
    single: float32 = 0.0
    double: float = 0.0
    span: datetime.timedelta = datetime.timedelta()
    bits: Bits = Bits.A
    number: int = 0


WRONG = {
    "byte": (300, "Row.byte: 300 is out of range for uint8 (0 to 255)"),
    "single": (1e300, "Row.single: 1e+300 is out of range for float32"),
    "double": (10**309, None),
    "span": (datetime.timedelta.max, None),
    "bits": (Bits(1 << 8 | 1), "Row.bits: 257 has bits beyond the 8 of its field"),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("error", [RangeError, OverflowError, ValueError])
def test_a_value_out_of_range_is_an_overflow_and_a_wrong_value(name, error):
    value, text = WRONG[name]
    row = Row()
    before = getattr(row, name)
    for act in (
        lambda: Row(**{name: value}),
        lambda: setattr(row, name, value),
        lambda: setattr(Pool(Row, [row])[0], name, value),
    ):
        with pytest.raises(error) if text is None else raises(error, text):
            act()
    assert getattr(row, name) == before


def test_a_dataclass_raises_it_too():
    @dataclass
    class Level:
        depth: int8

    with raises(RangeError, "Level.depth: 128 is out of range for int8 (-128 to 127)"):
        Level(128)


def test_a_number_too_large_for_a_column():
    pool = Pool(Row)
    with raises(
        RangeError,
        "Row.number: 36893488147419103232 does not fit the int64 column of a Pool; annotate the "
        "field as object",
    ):
        pool.append(Row(number=1 << 65))


def test_it_is_exported_and_pickled():
    with pytest.raises(RangeError) as caught:
        Row(300)
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is cslots.RangeError and str(again) == str(caught.value)
    assert RangeError.__module__ == "cslots" and RangeError.__mro__[1:3] == (
        OverflowError,
        ArithmeticError,
    )


@pytest.mark.parametrize("name", INTEGERS)
def test_the_range_that_a_kind_tells_is_the_one_that_it_has(name):
    from cslots._kinds import RANGES

    class Box(Struct):
        x: getattr(cslots, name)

    least, most = RANGES[name]
    assert (Box(least).x, Box(most).x) == (least, most)
    for value in (least - 1, most + 1):
        with pytest.raises(RangeError):
            Box(value)


@pytest.mark.parametrize(
    "value",
    [
        "0x1.fffffefffffffp+127",
        "0x1.ffffffp+127",
        "-0x1.ffffffp+127",
        "0x1p+128",
        "inf",
        "-inf",
        "nan",
        "0x1p-200",
    ],
)
def test_what_fits_a_float32_is_what_a_field_takes(value):
    from cslots._kinds import fits_float

    number = float.fromhex(value)
    try:
        Row(single=number)
        taken = True
    except RangeError:
        taken = False
    assert fits_float("f", number) == taken


@pytest.mark.parametrize(("letter", "most"), [("e", 65519), ("f", 2**127)])
def test_an_int_is_in_the_range_of_floats_or_not(letter, most):
    from cslots._kinds import fits_float

    for number in (most, -most, 0):
        assert fits_float(letter, number)
    for number in (2 * most, -2 * most, 10**400):
        assert not fits_float(letter, number)


def test_kinds_tell_annotated_types_their_range():
    annotated_types = pytest.importorskip("annotated_types")
    assert list(Kind("uint64")) == [annotated_types.Ge(0), annotated_types.Le(2**64 - 1)]
    assert list(Kind("float32"))[0].func(1.0) and list(Kind("utf8")) == []
    assert isinstance(uint64.__metadata__[0], annotated_types.GroupedMetadata)
    assert Kind("uint8").__is_annotated_types_grouped_metadata__ is True


def test_hypothesis_makes_values_that_fit_also_without_annotated_types(monkeypatch):
    strategies = pytest.importorskip("hypothesis.strategies")
    monkeypatch.setitem(sys.modules, "annotated_types", None)
    strategy = strategies.from_type(uint8)
    assert list(map(repr, Kind("uint8"))) == ["integers(min_value=0, max_value=255)"]
    assert repr(strategy) == "integers(min_value=0, max_value=255)"
    assert list(Kind("utf8")) == []


def test_kinds_tell_nothing_where_no_tool_is_there(monkeypatch):
    monkeypatch.setitem(sys.modules, "annotated_types", None)
    monkeypatch.delitem(sys.modules, "hypothesis.strategies", raising=False)
    assert list(Kind("uint8")) == list(Kind("float32")) == []
