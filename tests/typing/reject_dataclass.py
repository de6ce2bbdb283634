"""cslots.dataclass: type checkers find every line that ends with the mark, and no other."""

from __future__ import annotations

from cslots import dataclass, field, replace, uint8


@dataclass
class Point:
    x: float
    y: float = 0.0


@dataclass(frozen=True)
class Card:
    suit: str
    rank: uint8 = 1


point = Point(1)
card = Card("hearts")
Point()  # reject
Point("1")  # reject
Point(1, z=2)  # reject
point.x = "a"  # reject
point.z  # reject
card.rank = 2  # reject
point < point  # reject
dataclass(slots=False)  # reject
dataclass(frosen=True)  # reject
dataclass(frozen="yes")  # reject
text: str = card.rank  # reject
replace(5, x=1)  # reject


@dataclass
class Wrong:
    x: uint8 = "text"  # reject
    y: list[int] = field(default_factory=dict)  # reject


@dataclass
class Order:
    a: int = 1
    b: int  # reject


@dataclass(kw_only=True)
class ByName:
    a: int


ByName(1)  # reject
