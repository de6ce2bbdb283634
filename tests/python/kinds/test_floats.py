"""float keeps a C double, float32 a C float, float16 a half; only integers are converted."""

import math
import struct
from decimal import Decimal
from fractions import Fraction

import pytest
from support import one_field, raises

from cslots import Struct, float16, float32, float64

DOUBLES = [
    0.0,
    -0.0,
    1.5,
    -1.5,
    0.1,
    5e-324,
    2.2250738585072014e-308,
    1.7976931348623157e308,
    math.inf,
    -math.inf,
]


class MyFloat(float):
    pass


class Index:
    def __index__(self):
        return 5


def same(a, b):
    return struct.pack("d", a) == struct.pack("d", b)


@pytest.mark.parametrize("annotation", [float, float64, float | None])
def test_a_double_is_kept_to_the_last_bit(annotation):
    Box = one_field(annotation)
    box = Box(1.0)
    for value in DOUBLES:
        assert same(Box(value).x, value)
        box.x = value
        assert same(box.x, value)
        assert type(box.x) is float
    box.x = math.nan
    assert math.isnan(box.x)


def test_a_float32_is_rounded_as_c_rounds_it():
    Box = one_field(float32)
    for value in (
        0.1,
        1 / 3,
        1.0,
        -0.0,
        1e-46,
        1e-45,
        16777217.0,
        3.4028234663852886e38,
        math.inf,
        -math.inf,
    ):
        expected = struct.unpack("f", struct.pack("f", value))[0]
        assert same(Box(value).x, expected)
    assert math.isnan(Box(math.nan).x)


def test_a_float16_keeps_every_half_and_rounds_as_struct_does():
    Box = one_field(float16)
    for bits in range(1 << 16):
        half = struct.unpack("<e", struct.pack("<H", bits))[0]
        kept = Box(half).x
        assert same(kept, half) or (math.isnan(kept) and math.isnan(half))
    for value in (0.1, 1 / 3, 2049.0, 2051.0, 65519.99, 2.0**-25, 3 * 2.0**-26, -(2.0**-24)):
        assert same(Box(value).x, struct.unpack("<e", struct.pack("<e", value))[0])
    assert Box(math.inf).x == math.inf
    assert Box(2048).x == 2048.0 and type(Box(5).x) is float
    assert same(Box(-1e-300).x, -0.0)


def test_a_double_too_large_for_float16_is_refused():
    Box = one_field(float16)
    box = Box(1.5)
    for value in (65520.0, -65520.0, 1e300, 65520):
        with raises(OverflowError, f"Box.x: {value!r} is out of range for float16"):
            Box(value)
        with raises(OverflowError, f"Box.x: {value!r} is out of range for float16"):
            box.x = value
        assert box.x == 1.5


def test_a_double_too_large_for_float32_is_refused():
    Box = one_field(float32)
    box = Box(1.5)
    for value in (1e300, -1e300, 3.5e38, 1.7976931348623157e308):
        with raises(OverflowError, f"Box.x: {value!r} is out of range for float32"):
            Box(value)
        with raises(OverflowError, f"Box.x: {value!r} is out of range for float32"):
            box.x = value
        assert box.x == 1.5


@pytest.mark.parametrize("annotation", [float, float32])
def test_integers_become_floats(annotation):
    Box = one_field(annotation)
    for value in (5, -5, 0, Index(), 2**24):
        box = Box(value)
        assert box.x == (5.0 if isinstance(value, Index) else value)
        assert type(box.x) is float
        box.x = 0.5
        box.x = value
        assert type(box.x) is float
    for value, kind in ((True, "int"), (MyFloat(2.5), "float")):
        with pytest.raises(
            TypeError,
            match=rf"only a plain {kind} fits: convert it, or annotate the field with object",
        ):
            box.x = value


@pytest.mark.parametrize("annotation", [float, float32, float16])
def test_an_integer_too_large_for_a_float_is_an_overflow(annotation):
    Box = one_field(annotation)
    box = Box(1.5)
    for value in (10**400, -(10**400), 10**5000):
        with pytest.raises(OverflowError):
            Box(value)
        with pytest.raises(OverflowError):
            box.x = value
    assert box.x == 1.5


def test_a_float_refuses_what_is_no_number():
    Box = one_field(float)
    box = Box(1.5)
    for value in (Decimal("0.1"), Fraction(1, 3)):
        with pytest.raises(TypeError, match=r"\ABox\.x: expected float, got "):
            box.x = value
    for value in ("x", b"1", None, 1j, []):
        text = f"Box.x: expected float, got {type(value).__name__} {value!r}"
        with raises(TypeError, text):
            Box(value)
        with raises(TypeError, text):
            box.x = value
        assert box.x == 1.5
    with raises(TypeError, "Box.x: expected float or None, got str 'x'"):
        one_field(float | None)("x")


def test_a_float32_refuses_what_is_no_number():
    with pytest.raises(TypeError, match=r"\ABox\.x: expected float32.*, got str 'x'\Z"):
        one_field(float32)("x")


def test_a_float_read_earlier_does_not_change_when_the_field_does():
    """A reader may not see a later value in a float object that it still holds."""

    class P(Struct):
        x: float
        y: float32

    p = P(1.0, 2.0)
    held = []
    for n in range(100):
        p.x = n + 0.25
        p.y = n + 0.5
        held.append((p.x, p.y))
    assert held == [(n + 0.25, n + 0.5) for n in range(100)]
    assert (p.x, p.x + p.y, p.y) == (99.25, 198.75, 99.5)


def test_two_reads_in_one_expression_keep_their_values():
    class P(Struct):
        x: float

    points = [P(float(n)) for n in range(64)]
    assert [p.x for p in points] == [float(n) for n in range(64)]
    assert tuple(p.x for p in points) == tuple(float(n) for n in range(64))
    a, b = points[1], points[2]
    assert (a.x, b.x, a.x) == (1.0, 2.0, 1.0)
    first = a.x
    del a, points
    assert first == 1.0
    keys = {P(float(n)).x: n for n in range(1000)}
    assert keys == {float(n): n for n in range(1000)}
