"""str and bytes keep the very object; utf8 keeps the text inside; category keeps a code."""

import enum
import gc
import random
import sys
import weakref

import pytest
from support import one_field, raises

from cslots import Struct, _core, category, uint8, utf8

TEXTS = [
    "",
    "a",
    "hello",
    "\0",
    "a\0b\0",
    "é",
    "ÿ",
    "Ā",
    "日本語",
    "😀",
    "🏳️‍🌈" * 5,
    "\ud800",
    "\udfff tail",
    "mixed é 日本 😀 \udc80",
    "\ud83d\ude00",  # two surrogates that look like a pair are not the emoji
    *["x" * n for n in (6, 7, 8, 9, 15, 16, 17, 63, 64, 65, 255, 256, 1000)],
]
LONG = [n + d for n in (0x4000, 0x7FFF, 0x8000, 0xFFFF, 0x10000) for d in (-1, 0, 1)]


class MyStr(str):
    pass


class MyBytes(bytes):
    pass


@pytest.mark.parametrize(
    "annotation", [str, utf8, category, utf8 | None, category | None, str | None]
)
def test_every_text_comes_back_as_it_was(annotation):
    Box = one_field(annotation)
    box = Box("start")
    for text in TEXTS:
        assert Box(text).x == text
        assert Box(x=text).x == text
        box.x = text
        assert box.x == text
        assert type(box.x) is str


class Markup(str):
    __slots__ = ()


class Shade(enum.StrEnum):
    RED = "red"


def test_a_str_field_keeps_what_it_is_given():
    Box = one_field(str)
    box = Box("x")
    for value in (Markup("héllo"), Shade.RED):
        box.x = value
        assert box.x is value and Box(value).x is value and box == Box(str(value))
        with pytest.raises(
            TypeError,
            match="MyStr objects are tracked by the garbage collector and Box is not; declare Box "
            "with gc=True",
        ):
            box.x = MyStr("again")
        assert box.x is value

    class Tracked(Struct, gc=True):
        x: str

    value = MyStr("again")
    value.back = box = Tracked(value)
    assert box.x is value
    gone = weakref.ref(value)
    del value, box
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("annotation", [utf8, category])
def test_a_text_in_the_object_takes_plain_text_only(annotation):
    box = one_field(annotation)("plain")
    for value in (MyStr("again"), Markup("x"), Shade.RED):
        with pytest.raises(
            TypeError, match="only a plain str fits: convert it, or annotate the field with object"
        ):
            box.x = value
    assert box.x == "plain"


def test_object_keeps_a_subclass_as_it_is():
    text = MyStr("a")
    assert one_field(object)(text).x is text


def test_str_and_bytes_keep_the_identity():
    text, data = "".join(["some", " text"]), bytes(bytearray(b"some data"))
    assert one_field(str)(text).x is text
    assert one_field(bytes)(data).x is data


@pytest.mark.parametrize(
    "annotation, expected",
    [
        (str, "str"),
        (str | None, "str or None"),
        (bytes, "bytes"),
        (bytes | None, "bytes or None"),
        (utf8, "utf8 (a str)"),
        (utf8 | None, "utf8 or None (a str)"),
        (category, "category (a str)"),
        (category | None, "category or None (a str)"),
    ],
)
def test_text_fields_refuse_what_is_no_text(annotation, expected):
    Box = one_field(annotation)
    good = b"ok" if "bytes" in expected else "ok"
    box = Box(good)
    values = [5, 1.5, ["a"], bytearray(b"x"), "text" if good == b"ok" else b"data"]
    for value in values + ([] if "None" in expected else [None]):
        text = f"Box.x: expected {expected}, got {type(value).__name__} {value!r}"
        with raises(TypeError, text):
            Box(value)
        with raises(TypeError, text):
            box.x = value
        assert box.x == good


def test_bytes_come_back_as_they_were():
    Box = one_field(bytes)
    for data in (b"", b"\0", bytes(range(256)), b"x" * 100_000):
        assert Box(data).x == data
    with pytest.raises(
        TypeError, match="MyBytes objects are tracked by the garbage collector and Box is not"
    ):
        Box(MyBytes(b"sub"))


def test_text_given_to_the_constructor_lives_in_the_object():
    Box = one_field(utf8)
    text = "".join(["not", "interned", "x" * 40])
    references = sys.getrefcount(text)
    box = Box(text)
    assert sys.getrefcount(text) == references
    assert box.x == text
    assert box.x is not text
    assert 40 <= sys.getsizeof(box) - sys.getsizeof(Box("")) <= len(text)


@pytest.mark.parametrize("length", LONG)
def test_text_around_the_limits_of_the_inline_form_is_kept(length):
    class Two(Struct):
        a: utf8
        n: uint8
        b: utf8

    text = "ab" * (length // 2) + "z" * (length % 2)
    two = Two(text, 5, "tail")
    assert (two.a, two.n, two.b) == (text, 5, "tail")
    two.b = text
    assert (two.a, two.n, two.b) == (text, 5, text)
    two.a = "short"
    assert (two.a, two.n, two.b) == ("short", 5, text)
    two.b = ""
    assert (two.a, two.n, two.b) == ("short", 5, "")


def test_a_megabyte_of_text_is_kept():
    Box = one_field(utf8)
    for text in ("x" * 1_000_000, "é😀" * 300_000, "\ud800" * 400_000):
        assert Box(text).x == text
        box = Box("")
        box.x = text
        assert box.x == text
        box.x = "gone"
        assert box.x == "gone"


def test_texts_grow_and_shrink_without_touching_their_neighbours():
    class Three(Struct):
        a: utf8
        n: int
        b: utf8 | None
        c: utf8

    rng = random.Random(7)
    three = Three("", 10**20, None, "")
    expected = {"a": "", "n": 10**20, "b": None, "c": ""}
    for _ in range(4000):
        name = rng.choice("abc")
        size = rng.choice((0, 1, 3, 8, 20, 100, 400, 5000))
        text = rng.choice("xé日😀\ud800") * rng.randrange(size + 1)
        value = None if name == "b" and rng.random() < 0.3 else text
        setattr(three, name, value)
        expected[name] = value
        assert (three.a, three.n, three.b, three.c) == tuple(expected.values())


def test_a_refused_text_leaves_long_and_short_texts_alone():
    class Two(Struct):
        a: utf8
        b: utf8

    for long in ("x" * 10, "x" * 50_000):
        two = Two("short", "s")
        two.b = long
        with pytest.raises(TypeError):
            two.a = 5
        assert (two.a, two.b) == ("short", long)


def test_a_field_may_be_set_to_its_own_text():
    box = one_field(utf8)("")
    for text in ("a", "a" * 30, "a" * 3000, "b"):
        box.x = text
        box.x = box.x
        box.x += box.x
        assert box.x == text * 2


def test_a_category_is_numbered_in_order_of_appearance():
    Box = one_field(category)
    boxes = [Box(text) for text in ("red", "green", "red", "blue", "green")]
    assert [box.x for box in boxes] == ["red", "green", "red", "blue", "green"]
    assert _core.categories(Box, "x") == ("red", "green", "blue")


def test_a_category_table_belongs_to_the_class_that_declares_the_field():
    class A(Struct):
        x: category

    class B(A):
        y: category

    a, b = A("one"), B("two", "three")
    assert _core.categories(A, "x") == _core.categories(B, "x") == ("one", "two")
    assert _core.categories(B, "y") == ("three",)
    assert (a.x, b.x, b.y) == ("one", "two", "three")


def test_seventy_thousand_categories_stay_apart():
    Box = one_field(category)
    boxes = [Box(f"c{n}") for n in range(70_000)]
    assert all(box.x == f"c{n}" for n, box in enumerate(boxes))
    assert len(_core.categories(Box, "x")) == 70_000


def test_categories_of_a_field_that_has_none_is_a_clean_error():
    class A(Struct):
        x: category
        y: uint8

    for arguments in ((A, "y"), (A, "nope"), (int, "x"), (A, 5), (A,), ()):
        with pytest.raises((TypeError, AttributeError, ValueError, KeyError)):
            _core.categories(*arguments)
