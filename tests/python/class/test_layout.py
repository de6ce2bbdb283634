"""cslots.layout tells where the bytes of a class lie."""

import sys

import pytest
from support import pymalloc_and_slab

from cslots import Struct, _core, layout, uint8, uint16, utf8


class Row(Struct):
    a: uint8
    b: float
    c: bool
    d: uint16 | None
    e: utf8
    f: object


def test_no_two_fields_share_a_byte_or_a_bit():
    info = _core.layout_of(Row)
    bytes_taken, bits_taken = set(range(info["header"])), set()
    for f in info["fields"]:
        span = set(range(f["offset"], f["offset"] + f["size"])) if f["size"] else set()
        assert not span & bytes_taken
        bytes_taken |= span
    for f in info["fields"]:
        bits = {(f["bit_byte"], f["bit_shift"] + n) for n in range(f["bits"])}
        assert not bits & bits_taken
        assert all(byte not in bytes_taken and shift < 8 for byte, shift in bits)
        bits_taken |= bits
    assert max(bytes_taken | {byte for byte, _ in bits_taken}) < info["size"] <= info["block"]


@pymalloc_and_slab
def test_the_description_names_every_field_in_order():
    info = _core.layout_of(Row)
    assert info["name"] == "Row"
    assert [f["name"] for f in info["fields"]] == list("abcdef")
    assert [f["kind"] for f in info["fields"]] == [
        "uint8",
        "float64",
        "bool",
        "uint16",
        "utf8",
        "object",
    ]
    assert [f["nullable"] for f in info["fields"]] == [False, False, False, True, False, False]
    assert info["tracked"] is True
    assert info["gc_head"] == 16
    assert info["header"] == 16


def test_weakref_and_dict_have_their_place():
    class A(Struct, weakref=True):
        x: int

    class B(Struct, dict=True):
        x: int

    assert _core.layout_of(A)["weakref_offset"] >= 16
    assert _core.layout_of(A)["dict_offset"] == 0
    assert _core.layout_of(B)["dict_offset"] != 0


def test_the_layout_can_be_printed():
    text = str(layout(Row))
    for word in ("Row", "uint8", "uint16", "utf8", "object"):
        assert word in text
    for name in "abcdef":
        assert name in text


def test_what_has_no_layout_is_a_type_error():
    for value in (int, 5, None, "Row"):
        with pytest.raises(TypeError):
            layout(value)
        with pytest.raises(TypeError):
            _core.layout_of(value)
    assert _core.layout_of(Struct)["fields"] == []


def test_the_layout_says_what_a_tracked_subclass_takes():
    class A(Struct, gc=True):
        a: str
        t: int | None = None

    class B(A):
        b: bool | None = None

    class C(B):
        c: bool | None = None

    for cls in (A, B, C):
        assert layout(cls).total == sys.getsizeof(cls("x"))
