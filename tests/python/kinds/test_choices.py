"""An Enum, a Literal and a Flag are kept as an index or bits; the very member comes back."""

import enum
from typing import Literal, Optional

import pytest
from support import one_field, raises

from cslots import Struct, _core, fields


class Color(enum.Enum):
    RED = "red"
    GREEN = ["unhashable", "value"]
    BLUE = 3
    ALSO_RED = "red"  # an alias


class Level(enum.IntEnum):
    LOW = 10
    HIGH = 5


class Access(enum.Flag):
    READ = 1
    WRITE = 2
    RUN = 4


class Wide(enum.Flag):
    FIRST = 1
    LAST = 1 << 63


class Option(enum.IntFlag):
    A = 1
    B = 128


def test_an_enum_field_gives_back_the_very_member():
    Box = one_field(Color)
    box = Box(Color.RED)
    for member in (*Color, Color.ALSO_RED):
        assert Box(member).x is member
        box.x = member
        assert box.x is member


def test_an_enum_field_refuses_values_and_names_of_its_members():
    class Car(Struct):
        color: Color

    car = Car(Color.BLUE)
    with raises(TypeError, "Car.color: expected Color, got str 'red'"):
        Car("red")
    for value in ("red", "RED", 3, None, Level.LOW, ["unhashable", "value"], Color):
        with pytest.raises(TypeError, match=r"\ACar\.color: expected Color, got "):
            car.color = value
        assert car.color is Color.BLUE


def test_a_nullable_enum_takes_none():
    Box = one_field(Optional[Color])
    assert Box(None).x is None
    box = Box(Color.GREEN)
    box.x = None
    assert box.x is None
    box.x = Color.BLUE
    assert box.x is Color.BLUE
    with raises(TypeError, "Box.x: expected Color or None, got int 3"):
        box.x = 3


def test_an_int_enum_is_a_choice_and_refuses_plain_integers():
    Box = one_field(Level)
    assert Box(Level.HIGH).x is Level.HIGH
    with raises(TypeError, "Box.x: expected Level, got int 5"):
        Box(5)


@pytest.mark.parametrize("count, size", [(2, 1), (256, 1), (257, 2), (1000, 2)])
def test_the_number_of_members_decides_the_width(count, size):
    Many = enum.Enum("Many", [f"M{n}" for n in range(count)])
    Box = one_field(Many)
    assert all(Box(member).x is member for member in Many)
    assert _core.layout_of(Box)["fields"][0]["size"] == size


def test_a_literal_keeps_its_values_and_their_types():
    Box = one_field(Literal["a", "b", 1, False, b"x", Color.RED])
    box = Box("a")
    for value in ("a", "b", 1, False, b"x", Color.RED):
        box.x = value
        for read in (box.x, Box(value).x):
            assert read == value
            assert type(read) is type(value)


def test_a_literal_tells_one_from_true():
    for literal, other in ((Literal[1, 2], True), (Literal[True], 1), (Literal[0], False)):
        with pytest.raises(TypeError, match=r"\ABox\.x: expected one of "):
            one_field(literal)(other)
    Box = one_field(Literal[1, True, 0, False])
    assert [Box(value).x for value in (1, True, 0, False)] == [1, True, 0, False]
    assert [type(Box(value).x) for value in (1, True, 0, False)] == [int, bool, int, bool]


def test_a_literal_finds_texts_that_are_equal_but_not_identical():
    Box = one_field(Literal["alpha", "beta", 1000])
    assert Box("".join(["al", "pha"])).x == "alpha"
    assert Box(int("1000")).x == 1000


def test_a_literal_refuses_everything_else():
    class Car(Struct):
        mode: Literal["a", "b"]

    car = Car("b")
    with raises(TypeError, "Car.mode: expected one of 'a', 'b', got str 'c'"):
        Car("c")
    for value in ("c", "", None, 5, ["a"], {}, b"a"):
        with pytest.raises(TypeError, match=r"\ACar\.mode: expected one of 'a', 'b', got "):
            car.mode = value
        assert car.mode == "b"


def test_none_in_a_literal_is_one_of_its_values():
    Box = one_field(Literal["a", None])
    assert Box(None).x is None
    assert Box("a").x == "a"
    with pytest.raises(TypeError):
        Box("b")


def test_a_nullable_literal_takes_none():
    Box = one_field(Literal["a", "b"] | None)
    box = Box("a")
    box.x = None
    assert box.x is None
    with pytest.raises(TypeError):
        box.x = "c"
    assert box.x is None


@pytest.mark.parametrize("flag", [Access, Wide])
def test_a_flag_gives_back_every_combination(flag):
    Box = one_field(flag)
    members = list(flag)
    box = Box(flag(0))
    for mask in range(2 ** len(members)):
        value = flag(0)
        for index, member in enumerate(members):
            if mask >> index & 1:
                value |= member
        assert Box(value).x is value or Box(value).x == value
        assert type(Box(value).x) is flag
        box.x = value
        assert box.x == value


def test_the_highest_bit_of_a_flag_decides_the_width():
    assert _core.layout_of(one_field(Access))["fields"][0]["size"] == 1
    assert _core.layout_of(one_field(Wide))["fields"][0]["size"] == 8


def test_a_flag_refuses_bare_integers_and_other_flags():
    Box = one_field(Access)
    box = Box(Access.READ)
    with raises(TypeError, "Box.x: expected Access, got int 1"):
        box.x = 1
    for value in (None, "READ", Wide.FIRST, Color.RED, True):
        with pytest.raises(TypeError, match=r"\ABox\.x: expected Access, got "):
            box.x = value
    assert box.x is Access.READ
    assert one_field(Access | None)(None).x is None


def test_an_int_flag_keeps_every_value_it_can_have():
    """An IntFlag may hold bits without a name, and negative numbers: nothing is lost or altered."""
    Box = one_field(Option)
    for value in (Option(0), Option.A, Option.A | Option.B, Option(64), ~Option.A, Option(-1)):
        try:
            box = Box(value)
        except (TypeError, OverflowError):
            continue  # refused is fine
        assert box.x == value
        assert type(box.x) is Option


def test_members_survive_a_million_reads():
    """A read that does not count its reference right would free the member."""
    box = one_field(Color)(Color.RED)
    flags = one_field(Access)(Access.READ | Access.RUN)
    for _ in range(100_000):
        assert box.x is Color.RED
        assert flags.x == Access.READ | Access.RUN


class Code(enum.IntEnum):
    A = 1
    B = 2

    @classmethod
    def _missing_(cls, value):
        made = int.__new__(cls, value)
        made._name_, made._value_ = f"CODE{value}", value
        return made


class Loose(enum.Enum):
    RED = "red"

    @classmethod
    def _missing_(cls, value):
        return cls.__members__.get(str(value).upper())


def test_members_that_an_enum_makes_on_demand_are_kept():
    class Packet(Struct):
        code: Code
        other: Code | None = None

    unknown = Code(4096)
    packet = Packet(unknown)
    assert (packet.code is unknown, packet.other) == (True, None)
    assert {field.name: field.kind for field in fields(Packet)} == {
        "code": "object",
        "other": "object",
    }


def test_an_enum_that_only_looks_for_members_is_packed():
    class Paint(Struct):
        color: Loose

    assert fields(Paint)[0].kind == "choice8"
    assert Paint(Loose("RED")).color is Loose.RED


def test_a_member_that_is_not_declared_is_refused_with_advice():
    class Paint(Struct):
        color: Loose

    late = object.__new__(Loose)
    late._name_, late._value_ = "LATE", "late"
    with raises(
        TypeError,
        "Paint.color: Loose <Loose.LATE: 'late'> is none of the members that Loose declares; "
        "annotate the field with object to keep it",
    ):
        Paint(late)


def test_an_enum_without_members_may_be_any_of_those_that_derive_from_it():
    class Base(enum.Enum):
        pass

    class Color(Base):
        RED = 1

    class Paint(Struct):
        color: Base
        other: Base | None = None

    assert Paint(Color.RED).color is Color.RED
