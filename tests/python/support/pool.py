"""Classes, records and small tools that the tests of pools share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Literal
from uuid import UUID

import cslots
from cslots import Pool, Struct, astuple, category, field, float16, float32, int8, utf8
from support.samples import UTC, Access, Color

LONG = "a text that does not fit into its view: "


class Point(Struct):
    x: int
    y: float = 0.0


class Named(Struct):
    name: utf8
    age: int8 = 0
    word: category = "w"


class Held(Struct, weakref=True):
    """With references, and so with a GC header."""

    # Of a field with a default, del would leave that.
    what: object = field(default_factory=type(None))
    n: int = 0
    text: utf8 = ""


class Frozen(Struct, frozen=True, order=True):
    x: int
    y: utf8 = ""


class Inner(Struct):
    x: int = 0


class Mutable:
    """What a deep copy copies."""

    def __init__(self, value: object) -> None:
        self.value = value


# kind -> (annotation, three values that differ, in ascending order, a wrong value)
KINDS: dict[str, tuple[Any, list[Any], Any]] = {
    "bool": (bool, [False, False, True], 2),
    "int": (int, [-(2**63), 7, 2**63 - 1], "7"),
    **{
        f"{sign}int{n}": (
            getattr(cslots, f"{sign}int{n}"),
            [0, 5, 2**n - 1] if sign else [-(2 ** (n - 1)), 5, 2 ** (n - 1) - 1],
            2**n,
        )
        for n in (8, 16, 32, 64)
        for sign in ("", "u")
    },
    "float": (float, [-1.5, 0.25, float("inf")], "1"),
    "float32": (float32, [-1.5, 0.25, 3.0], "1"),
    "float16": (float16, [-1.5, 0.25, 3.0], "1"),
    "utf8": (utf8, ["", LONG + "1", LONG + "2"], b"x"),
    "category": (category, ["aa", "bb", "cc"], 5),
    "enum": (Color, [Color.RED, Color.GREEN, Color.BLUE], 1),
    "literal": (Literal["b", "a", 5], ["b", "a", 5], "c"),
    "flag": (Access, [Access(0), Access.WRITE, Access.READ | Access.RUN], "x"),
    "date": (dt.date, [dt.date(1, 1, 1), dt.date(1970, 1, 1), dt.date(9999, 12, 31)], 5),
    "datetime": (
        dt.datetime,
        [
            dt.datetime(1, 1, 1),
            dt.datetime(1969, 12, 31, 23, 59, 59, 999999),
            dt.datetime(9999, 12, 31, 23, 59, 59, 999999),
        ],
        5,
    ),
    "utc": (
        dt.datetime,
        [
            dt.datetime(1, 1, 1, tzinfo=UTC),
            dt.datetime(2020, 1, 1, tzinfo=UTC),
            dt.datetime(9999, 1, 1, tzinfo=UTC),
        ],
        5,
    ),
    "timedelta": (
        dt.timedelta,
        [dt.timedelta(-5), dt.timedelta(0), dt.timedelta(microseconds=1)],
        5,
    ),
    "uuid": (UUID, [UUID(int=0), UUID(int=1 << 64), UUID(int=(1 << 128) - 1)], 5),
    "str": (str, ["", "b", "\ud800"], 5),
    "bytes": (bytes, [b"", b"b", b"c"], "c"),
    "object": (object, [1, 2, 2.5], None),
    "struct": (Inner, [Inner(1), Inner(2), Inner(3)], 5),
}

SORTABLE = [kind for kind in KINDS if kind != "struct"]


def of_kind(kind: str, nullable: bool = False, **options: Any) -> Any:
    """class Record(Struct): x: <the kind>, and a number"""
    annotation = KINDS[kind][0]
    if nullable:
        annotation = annotation | None if not isinstance(annotation, str) else annotation

    class Record(Struct, **options):
        x: annotation
        n: int = 0

    return Record


def points(count: int) -> Pool[Point]:
    return Pool(Point, [Point(i, i / 2) for i in range(count)])


def xs(pool: Any) -> list[Any]:
    return [row.x for row in pool]


def records(pool: Any) -> list[tuple[Any, ...]]:
    return [astuple(row) for row in pool]


def counting(count: int, log: list[int]) -> Iterator[Point]:
    """Points, and a note of each that was asked for."""
    for i in range(count):
        log.append(i)
        yield Point(i)


class Tagged(Struct):
    n: int = 0
    tags: list = field(default_factory=list)
