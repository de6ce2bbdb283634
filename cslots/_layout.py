"""layout(cls): where each field of a class lies in its objects, as data and as a drawing."""

from __future__ import annotations

from . import _core
from ._field import SELF
from ._kinds import Meaning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from ._field import Field

__all__ = ["FieldLayout", "Layout", "layout"]


class FieldLayout:
    """The place of one field.

    offset, size          of its value, in bytes from the start of the object; size 0: all bits
    bits                  its bits: the value of a bool, "unset" of a packed field, "null" of a
                          nullable one
    bit_byte, bit_shift   where these lie: in which byte, from which bit on; 0 if there are none
    """

    __slots__ = (
        "bit_byte",
        "bit_shift",
        "bits",
        "kind",
        "meaning",
        "name",
        "nullable",
        "offset",
        "owner",
        "size",
    )

    def __init__(self, place: Mapping[str, Any], field: Field, cls: type) -> None:
        self.name: str = place["name"]
        self.kind: str = field.kind  # the core calls float64 "float"
        self.nullable = bool(place["nullable"])
        self.offset: int = place["offset"]
        self.size: int = place["size"]
        self.bit_byte: int = place["bit_byte"]
        self.bit_shift: int = place["bit_shift"]
        self.bits: int = place["bits"]
        self.owner = field.owner
        self.meaning = _in_words(field, cls)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.to_dict().items())
        return f"FieldLayout({shown})"

    def to_dict(self) -> dict[str, Any]:
        """All of it as a dict, ready for json."""
        return {name: getattr(self, name) for name in sorted(self.__slots__)}


class Layout:
    """The layout of a class; print it to see it.

    name              the class
    size              bytes of the fixed part, the 16 of the object header included
    block             bytes that an object takes when its texts are empty, without a GC header
    tracked, reason   whether the garbage collector tracks its objects, and why
    gc_head           bytes in front of a tracked object, else 0
    header            bytes of the object header
    fields            a FieldLayout for each field, in the order of the constructor
    hole_bytes, hole_bits   free inside the fixed part: a subclass fills them first
    weakref_offset, dict_offset, tail   0 if there is none
    """

    __slots__ = (
        "block",
        "dict_offset",
        "fields",
        "gc_head",
        "header",
        "hole_bits",
        "hole_bytes",
        "name",
        "reason",
        "size",
        "tail",
        "tracked",
        "weakref_offset",
    )

    def __init__(self, cls: type) -> None:
        found = _core.layout_of(cls)
        plan = _core.plan_of(cls)
        self.name: str = found["name"]
        self.size: int = found["size"]
        self.block: int = found["block"]
        self.gc_head: int = found["gc_head"]
        self.header: int = found["header"]
        self.weakref_offset: int = found["weakref_offset"]
        self.dict_offset: int = found["dict_offset"]
        self.tail: int = found["tail"]
        self.hole_bytes: int
        self.hole_bits: int
        self.tracked = bool(found["tracked"])
        self.reason = plan.reason
        self.hole_bytes, self.hole_bits = found["holes"]
        by_name = {field.name: field for field in plan.fields}
        self.fields = tuple(
            FieldLayout(place, by_name[place["name"]], cls) for place in found["fields"]
        )

    @property
    def total(self) -> int:
        """Bytes that an object takes, with a GC header if it has one, and with empty texts."""
        return self.gc_head + self.block

    def to_dict(self) -> dict[str, Any]:
        """All of it in dicts and lists, ready for json."""
        found = {name: getattr(self, name) for name in sorted(self.__slots__)}
        found["fields"] = [field.to_dict() for field in self.fields]
        found["total"] = self.total
        return found

    def __repr__(self) -> str:
        return f"<layout of {self.name}: {self.total} bytes>"

    def __str__(self) -> str:
        parts = [f"{self.header} header", f"{self.size - self.header} fixed part"]
        if self.gc_head:
            parts.insert(0, f"{self.gc_head} for the garbage collector")
        if self.block > self.size:
            parts.append(f"{self.block - self.size} {'for text' if self.tail else 'rounding'}")
        lines = [
            f"{self.name}: {self.total} bytes an object ({', '.join(parts)})",
            f"garbage collector: {'tracked' if self.tracked else 'not tracked'}: {self.reason}",
            "",
            *_table(("offset", "bytes", "byte.bit", "field", "kind"), self._rows()),
        ]
        return "\n".join(lines)

    def _rows(self) -> list[tuple[Any, ...]]:
        """The drawing from top to bottom: one row for each piece of memory, gaps included."""
        pieces: list[tuple[int, int | None, str, str, str]] = []
        if self.gc_head:
            pieces.append((-self.gc_head, self.gc_head, "", "(GC header)", ""))
        pieces.append((0, self.header, "", "(refcount, type)", ""))
        if self.weakref_offset:
            pieces.append((self.weakref_offset, 8, "", "(weak references)", ""))
        if self.dict_offset:
            pieces.append((self.dict_offset, 8, "", "(dict)", ""))
        packed: dict[int, list[FieldLayout]] = {}
        for field in self.fields:
            if field.size:
                bits = f"{field.bit_byte}.{_span(field)}" if field.bits else ""
                pieces.append((field.offset, field.size, bits, field.name, field.meaning))
            if field.bits:
                packed.setdefault(field.bit_byte, []).append(field)
        for byte, fields in packed.items():
            pieces.append((byte, 1, "", "(bits)", ""))
            for field in sorted(fields, key=lambda field: field.bit_shift):
                if not field.size:
                    pieces.append((byte, None, f"{byte}.{_span(field)}", field.name, field.meaning))
        pieces.sort(key=lambda piece: (piece[0], piece[1] is None))
        rows: list[tuple[Any, ...]] = []
        end = -self.gc_head
        for offset, size, bits, name, meaning in pieces:
            if size is None:
                rows.append(("", "", bits, name, meaning))
                continue
            if offset > end:
                rows.append((end, offset - end, "", _gap(self, end, offset), ""))
            rows.append((offset, size, bits, name, meaning))
            end = max(end, offset + size)
        if self.size > end:
            rows.append((end, self.size - end, "", _gap(self, end, self.size), ""))
        if self.block > self.size:
            rows.append(
                (self.size, self.block - self.size, "", "(text)" if self.tail else "(rounding)", "")
            )
        if self.hole_bits:
            rows.append(("", "", f"{self.hole_bits} free", "", ""))
        return rows


def _gap(layout: Layout, start: int, end: int) -> str:
    """What lies where no field does: free bytes, or the capacity word of a class with text."""
    if layout.hole_bytes >= end - start:
        return "(hole)"
    return "(text capacity)" if layout.tail and end - start == 2 else "(reserved)"


def _span(field: FieldLayout) -> str:
    last = field.bit_shift + field.bits - 1
    return str(field.bit_shift) if last == field.bit_shift else f"{field.bit_shift}-{last}"


def _in_words(field: Field, cls: type) -> str:
    argument: Any = cls if field.argument is SELF else field.argument
    if field.kind == "struct":
        name: str = argument.__qualname__
        return f"{name} or None" if field.nullable else name
    meaning = Meaning(field.kind, field.nullable, argument, field.enum)
    if field.kind in ("choice8", "choice16") and field.enum is None:
        return f"one of {len(argument)} literals" + (" or None" if field.nullable else "")
    if field.enum is not None:
        return f"{meaning} ({field.kind})"
    return str(meaning)


def _table(heads: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """Lines of a table: the first two columns to the right, the others to the left."""
    table = [list(heads), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(heads))]
    for row in table:
        numbers = [cell.rjust(width) for cell, width in zip(row[:2], widths, strict=False)]
        words = [cell.ljust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
        yield "  ".join(numbers + words).rstrip()


def layout(obj: Any) -> Layout:
    """The Layout of a Struct class, or of the class of an object.

    Offsets and sizes are in bytes from the start of the object header; a GC header lies before it.
    Raises TypeError for anything else. The result prints as a drawing; `to_dict()` is the data.

    >>> print(layout(User))
    """
    cls = obj if isinstance(obj, type) else type(obj)
    if not _core.is_struct_class(cls):
        raise TypeError(f"layout() expects a Struct class or object, got {obj!r}")
    return Layout(cls)
