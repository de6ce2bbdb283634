"""NumPy's scalars are taken where they are what they say, and become plain Python values."""

import pytest

np = pytest.importorskip("numpy", reason="needs NumPy")

from support import one_field  # noqa: E402

import cslots  # noqa: E402
from cslots import float32, int64, uint8  # noqa: E402


@pytest.mark.parametrize("kind", [f"{sign}int{n}" for sign in ("", "u") for n in (8, 16, 32, 64)])
def test_numpy_integers_fill_integer_fields(kind):
    scalar = getattr(np, kind)
    info = np.iinfo(scalar)
    for annotation in (getattr(cslots, kind), int):
        Box = one_field(annotation)
        for value in (info.min, 0, info.max):
            box = Box(scalar(value))
            assert box.x == value
            assert type(box.x) is int


def test_a_numpy_integer_out_of_range_is_refused():
    with pytest.raises(OverflowError, match="is out of range for uint8"):
        one_field(uint8)(np.int64(300))


def test_numpy_floats_become_floats():
    for annotation in (float, float32):
        box = one_field(annotation)(np.float64(1.5))
        assert (box.x, type(box.x)) == (1.5, float)
        box.x = np.int32(7)
        assert (box.x, type(box.x)) == (7.0, float)


def test_numpy_floats_are_no_integers():
    for annotation in (int, int64, uint8):
        with pytest.raises(TypeError):
            one_field(annotation)(np.float64(1.0))


def test_small_numpy_floats_become_floats():
    for made in (np.float16(1.5), np.float32(0.1)):
        box = one_field(float)(made)
        assert (box.x, type(box.x)) == (float(made), float)
    assert one_field(float32)(np.float32(0.1)).x == float(np.float32(0.1))
    assert one_field(float | None)(np.float32(2)).x == 2.0


def test_what_a_float_cannot_keep_exactly_is_refused():
    with pytest.raises(TypeError, match=r"\ABox\.x: expected float, got "):
        one_field(float)(np.longdouble(1) / 3)


def test_a_numpy_bool_becomes_a_bool():
    box = one_field(bool)(np.True_)
    assert box.x is True
    box.x = np.False_
    assert box.x is False
    for other in (np.int8(1), np.float32(1), np.array([True])):
        with pytest.raises(TypeError, match=r"\ABox\.x: expected bool, got "):
            box.x = other


def test_numpy_text_becomes_text():
    for annotation in (cslots.utf8, cslots.category):
        box = one_field(annotation)(np.str_("text"))
        assert (box.x, type(box.x)) == ("text", str)
    # A reference keeps it as it is.
    for annotation, text in (
        (str, np.str_("text")),
        (bytes, np.bytes_(b"data")),
    ):
        assert one_field(annotation)(text).x is text


def test_an_array_is_an_object_like_any_other():
    array = np.arange(3)
    assert one_field(object)(array).x is array
    for annotation in (int, float, uint8, str):
        with pytest.raises(TypeError):
            one_field(annotation)(array)
