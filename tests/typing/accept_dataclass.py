"""cslots.dataclass: what type checkers must accept. Every line here is free of errors."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, Generic, TypeVar, assert_type

import cslots
from cslots import (
    KW_ONLY,
    FrozenInstanceError,
    asdict,
    dataclass,
    field,
    fields,
    is_dataclass,
    make_dataclass,
    replace,
    uint8,
    utf8,
)

T = TypeVar("T")


@dataclass
class Point:
    x: float
    y: float = 0.0
    tag: utf8 = ""
    limit: ClassVar[int] = 5

    def moved(self, dx: float) -> Point:
        return replace(self, x=self.x + dx)


@dataclass(frozen=True, order=True, weakref=True, gc=None)
class Card:
    suit: str
    rank: uint8 = 1
    _: KW_ONLY
    notes: list[str] = field(default_factory=list, compare=False)
    more: list[int] = dataclasses.field(default_factory=list)


@dataclass(typed=False, slots=True, dict=True)
class Sub(Point):
    z: int = 3


@dataclass
class Box(Generic[T]):
    item: T


point = Point(1, 2.5, tag="t")
assert_type(point.x, float)
assert_type(point.moved(1), Point)
assert_type(Card("hearts", 3, notes=["a"]) < Card("spades"), bool)
assert_type(Box(5).item, int)
assert_type(asdict(point), dict[str, Any])
assert_type(Sub(1, z=4).z, int)
point.x += 1
match Card("hearts"):
    case Card(suit, rank):
        assert_type(suit, str)
        assert_type(rank, int)
names = [f.name for f in fields(Point)]
made = make_dataclass("Made", ["a", ("b", int), ("c", int, 3)], frozen=True)
print(
    cslots.layout(Point),
    is_dataclass(point),
    dataclasses.fields(point),
    dataclasses.replace(point, x=3),
    made,
)
try:
    cslots.force_setattr(Card("x"), "rank", 3)
except FrozenInstanceError:
    pass
