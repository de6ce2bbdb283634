"""Real values of some objects of a class, for `--prove`: read without running code, kept as copies.

rows      (values, shared): a value for each attribute, and the places of those that others hold
ABSENT    the object had no such attribute
OPAQUE    a value that cannot travel to another process (a list, an object)
"""

from __future__ import annotations

import gc
import sys
from types import FunctionType, MemberDescriptorType
from typing import Any

from . import facts

ABSENT = "\0absent"
OPAQUE = "\0opaque"
EACH = 2000  # objects of a class
PLAIN = (int, float, str, bytes, bool, type(None))


Row = tuple[tuple[Any, ...], tuple[int, ...]]


def collect(classes: list[tuple[type, list[str]]]) -> list[list[Row]]:
    """For each class the values of up to EACH of its objects, spread over all of them."""
    # By identity: a metaclass may have a hash of its own.
    found: dict[int, list[Any]] = {id(cls): [] for cls, _ in classes}
    every = gc.get_objects()
    for obj in every:
        kept = found.get(id(type(obj)))
        if kept is not None:
            kept.append(obj)
    del every
    rows = []
    for cls, names in classes:
        objects = found[id(cls)]
        step = max(1, len(objects) // EACH)
        readers = [(name, _reader(cls, name)) for name in names]
        rows.append([_row(obj, readers) for obj in objects[::step][:EACH]])
    return rows


def _row(obj: Any, readers: list[tuple[str, Any]]) -> Row:
    values = [_read(obj, name, reader) for name, reader in readers]
    shared = []
    for k, value in enumerate(values):
        # References from this object; as many more from `values`.
        mine = sum(other is value for other in values)
        if sys.getrefcount(value) - 2 * mine > REFERENCES:
            shared.append(k)
    return tuple(values), tuple(shared)


def _references() -> int:
    """What getrefcount says here of a value that only the list and one object hold."""
    value = float("1.5")
    obj, values = [value], [value]
    del value
    for _, value in enumerate(values):
        mine = sum(other is value for other in values)
        return sys.getrefcount(value) - 2 * mine
    return len(obj)


REFERENCES = _references()


def _reader(cls: type, name: str) -> Any:
    """How to read the attribute without running code of the program; None if there is no way."""
    for base in [cls, *facts.bases_of(cls)]:
        value = facts.names_of(base).get(name, ABSENT)
        if value is not ABSENT:
            if type(value) is MemberDescriptorType:
                return value.__get__
            if type(value) is FunctionType or not hasattr(type(value), "__get__"):
                break  # the object's own value comes first
            if hasattr(type(value), "__set__"):
                return None
    return lambda obj: object.__getattribute__(obj, name)


def _read(obj: Any, name: str, reader: Any) -> Any:
    if reader is None:
        return OPAQUE
    try:
        value = reader(obj)
    except AttributeError:
        return ABSENT
    if type(value) in PLAIN:
        return value if not (type(value) is str and value in (ABSENT, OPAQUE)) else OPAQUE
    return OPAQUE
