"""Records and functions of the tests of engines: in a module, so that workers can import them."""

import datetime
import enum
import os
import signal

from cslots import Struct, category, dataclass, int32, int64, uint8, utf8


class Side(enum.Enum):
    BUY = 1
    SELL = 2


class Order(Struct):
    """A field of each way to travel: numbers, nullable ones, text, codes, moments, references."""

    number: int32
    price: float
    name: utf8
    symbol: category
    done: bool
    age: uint8
    side: Side
    day: datetime.date
    at: datetime.datetime
    took: datetime.timedelta
    note: str | None
    limit: float | None
    level: int64 | None
    tag: utf8 | None


@dataclass(frozen=True)
class Fixed:
    x: float


MONDAY = datetime.date(2024, 1, 1)
NOON = datetime.datetime(2024, 1, 1, 12, tzinfo=datetime.timezone.utc)


def order(i):
    return Order(
        i,
        i * 0.5,
        f"the name of number {i}",
        f"S{i % 7}",
        i % 2 == 0,
        i % 200,
        Side.BUY if i % 3 else Side.SELL,
        MONDAY + datetime.timedelta(i % 1000),
        NOON + datetime.timedelta(seconds=i),
        datetime.timedelta(milliseconds=i),
        None if i % 4 else f"note {i}",
        None if i % 5 else i / 4,
        None if i % 6 else -i,
        None if i % 7 else "é" * (i % 40),
    )


def number_of(row):
    return row.number


def change_all(row):
    row.number += 1
    row.price *= 2
    row.name += "!"
    row.symbol = "new " + row.symbol
    row.done = not row.done
    row.age = (row.age + 1) % 200
    row.side = Side.SELL
    row.day += datetime.timedelta(1)
    row.at += datetime.timedelta(days=1)
    row.took *= 2
    row.note = None if row.note else "was None"
    row.limit = None if row.limit is not None else row.price
    row.level = None if row.level is not None else row.number
    row.tag = None if row.tag is not None else row.name


def raise_price(part):
    part["price"][:] += 1
    return len(part)


def total(part):
    return float(part["price"].sum())


def names_of(part):
    return [row.name for row in part]


def refuse_40(row):
    row.price += 1
    if row.number == 40:
        raise LookupError("forty is not allowed")


def refuse_part(part):
    if part[0].number <= 40 <= part[-1].number:
        raise LookupError("forty is not allowed")


def drop_one(part):
    del part[0]


def first_time(mark):
    """Is this the first call with that file, of all processes?"""
    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


class DiesOnce:
    """Raises the prices of a part; the first time anywhere, the worker dies of it."""

    def __init__(self, mark):
        self.mark = mark

    def __call__(self, part):
        if first_time(self.mark):
            os.kill(os.getpid(), signal.SIGKILL)
        part["price"][:] += 1
        return os.getpid()


class FailsOnce:
    def __init__(self, mark):
        self.mark = mark

    def __call__(self, part):
        if first_time(self.mark):
            raise OSError("a network that flickers")
        return len(part)
