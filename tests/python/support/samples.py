"""Classes and values that several test files define alike."""

import datetime as dt
import enum

from cslots import dataclass

UTC = dt.timezone.utc
NOON = dt.datetime(2024, 2, 29, 12, 0, 0, 123456)


class Color(enum.Enum):
    RED = 1
    GREEN = "g"
    BLUE = 3


class Access(enum.Flag):
    READ = 1
    WRITE = 2
    RUN = 4


@dataclass
class Point:
    x: float
    y: float = 0.0


@dataclass(frozen=True)
class Key:
    name: str
    part: int = 0


@dataclass(typed=False)
class Loose:
    a: int
    b: list = None
