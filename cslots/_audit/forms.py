"""What the objects of a class would take with `__slots__`, as a Struct, as rows of a Pool.

    now      object blocks + dicts + the key table + the values that only they own
    slots    blocks of the fixed size                + those values
    struct   blocks that hold the packed values      + the values of the fields that stay references
    tight    the same with the tightest kinds that hold what was seen
    pool     columns                                 + the values of the fields that stay references

Blocks are counted with their share of the pool that they lie in: of its head, and of the tail that
is too short for a block.
Values that somebody else holds too stay where they are in every form, and are in no figure.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

from . import sizes
from .kinds import Choice, Kind, annotation_of, column_bytes

LONG_TEXT = 12  # bytes: a longer text of a column lies outside of its view


DICT = 64  # the block of a dict object; what else it has is its table


def overhead_now(row: dict[str, Any]) -> int:
    """What the blocks of the objects and their dicts take of pools beyond their own bytes."""
    n: int = row["objects"]
    if not n:
        return 0
    blocks: list[float] = [row["object_bytes"] / n]
    if row["dict_bytes"] > DICT * n:
        blocks += [DICT, row["dict_bytes"] / n - DICT]
    elif row["dict_bytes"] > 0:
        blocks.append(row["dict_bytes"] / n)
    if row["class"] and row["class"]["kind"] == "struct" and not row["class"]["gc"]:
        return round(n * (sizes.slab_share(blocks[0]) - blocks[0]))
    return round(n * sum(sizes.pymalloc_share(block) - block for block in blocks))


class Form(NamedTuple):
    bytes: int  # of all objects, with the values that only they own
    object: float  # a block, on average
    tracked: bool
    note: str = ""


def slots(row: dict[str, Any], weakref: bool) -> Form:
    """The attributes as slots, none of the bases with a dict."""
    facts, n = row["class"], row["objects"]
    names = len(row["attributes"])
    if facts["solid"] == "object":
        block: float = sizes.slots_object(sizes.HEADER, names, weakref)
    else:
        # A str, an exception ...: what it holds besides stays, the dict goes.
        now = row["object_bytes"] / max(n, 1)
        inline = row.get("values_bytes", 0) / max(n, 1)
        head = 16 if row["has_dict"] and not facts["solid_dict"] else 0
        weak = sizes.POINTER if weakref else 0
        old = sizes.pymalloc(int(sizes.GC_HEAD + head + facts["size"] + inline))
        new = sizes.pymalloc(sizes.GC_HEAD + facts["solid_size"] + sizes.POINTER * names + weak)
        block = max(16.0, now - old + new)
    block = sizes.pymalloc_share(block)
    return Form(round(n * block) + row["owned_bytes"], block, True)


class StructError(Exception):
    """A class with such fields cannot be made; the text is cslots' own."""


def struct(row: dict[str, Any], kinds: dict[str, Kind], weakref: bool, own_init: bool) -> Form:
    layout = scratch_layout(kinds, weakref, own_init)
    n = row["objects"]
    block: float = layout.total
    texts = [row["attributes"][name] for name, kind in kinds.items() if kind.name == "utf8"]
    if texts:
        total = sum(seen.get("text_utf8_total") or 0 for seen in texts)
        same = all(
            seen.get("text_chars_min") == seen.get("text_chars_max") and seen["present"] == n
            for seen in texts
        )
        length = round(total / max(n, 1))
        block = sizes.text_tail(
            layout.size, n, total, length if same else 0, length if same else length + 1
        )
        if own_init and not same:  # the class gives all of them the room that most need
            block = float(sizes.slab(int(block)))
        if layout.tracked and own_init and sys.version_info < (3, 12):
            # There is no way to ask for a longer object: a longer text lies beside it, with half
            # as much room again.
            beside = length > layout.total - sizes.GC_HEAD - layout.size
            block = layout.total + (sizes.pymalloc(int(8 + 1.5 * length)) if beside else 0)
        elif layout.tracked and own_init:
            block = max(float(layout.total), float(sizes.pymalloc(int(block + sizes.GC_HEAD))))
        elif layout.tracked:
            block = max(float(layout.total), block + sizes.GC_HEAD + 4)  # steps of 16 instead of 8
    block = sizes.pymalloc_share(block) if layout.tracked else sizes.slab_share(block)
    return Form(round(n * block) + kept(row, kinds), block, layout.tracked, layout.reason)


def scratch_layout(kinds: dict[str, Kind], weakref: bool, own_init: bool) -> Any:
    """The Layout that cslots gives a class with these fields."""
    from cslots import Struct, layout

    namespace: dict[str, Any] = {
        "__module__": "cslots.scratch",
        "__annotations__": {n: annotation_of(k) for n, k in kinds.items()},
    }
    if own_init:
        namespace["__init__"] = lambda self: None
    metaclass: Any = type(Struct)
    try:
        made = metaclass("Scratch", (Struct,), namespace, weakref=weakref)
    except (TypeError, ValueError, MemoryError) as error:
        raise StructError(str(error)) from None
    return layout(made)


def kept(row: dict[str, Any], kinds: dict[str, Kind]) -> int:
    """Bytes of values that only these objects own and that stay objects."""
    gone = sum(packed_away(row["attributes"][name], kind) for name, kind in kinds.items())
    return max(0, int(row["owned_bytes"]) - gone)


def packed_away(seen: dict[str, Any], kind: Kind) -> int:
    """Bytes that an attribute owns now and that its field would hold inside."""
    if not kind.packed:
        return 0
    owned = int(seen.get("owned_bytes") or 0)
    big = seen.get("big_ints") or 0
    if kind.name == "int" and big:
        return int(owned * (1 - big / max(1, seen["present"] - seen["none"])))
    return owned


def pool(row: dict[str, Any], kinds: dict[str, Kind]) -> Form:
    n = row["objects"]
    # A column of references takes memory where they are to something.
    a_row = sum(
        column_bytes(kind)
        for name, kind in kinds.items()
        if kind.packed or row["attributes"][name]["none"] < n
    )
    outside = 0
    for name, kind in kinds.items():
        if kind.name == "utf8":
            seen = row["attributes"][name]
            if (seen.get("text_chars_max") or 0) > LONG_TEXT:
                outside += seen.get("text_utf8_total") or 0
    return Form(round(n * a_row) + outside + kept(row, kinds), a_row + outside / max(n, 1), False)


def all_of(
    row: dict[str, Any], choices: dict[str, Choice], generated: bool
) -> dict[str, Form | None]:
    weakref = row["weakrefs"] > 0
    safe = {name: choice.safe for name, choice in choices.items()}
    tight = {name: choice.tight or choice.safe for name, choice in choices.items()}
    found: dict[str, Form | None] = {"slots": slots(row, weakref)}
    try:
        found["struct"] = struct(row, safe, weakref, not generated)
        found["tight"] = (
            struct(row, tight, weakref, not generated) if tight != safe else found["struct"]
        )
        found["pool"] = pool(row, safe)
    except StructError:
        found["struct"] = found["tight"] = found["pool"] = None
    return found
