"""A tick store: ticks are appended as they come, and SQL runs over the store where it lies.

Each tick is a row that feels like an object. DuckDB reads the pool through Arrow; nothing is
exported first. Without DuckDB, the store is asked with NumPy alone.

python examples/tickstore.py [N]
"""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from enum import Enum

from resident import count_from_arguments, kept, saving

from cslots import Pool, Struct, category, int32

SYMBOLS = [f"SYM{k:02d}" for k in range(40)]
OPENING = datetime(2024, 3, 1, 9, 30, tzinfo=UTC)

BARS = """
    SELECT symbol, time_bucket(INTERVAL 5 MINUTE, ts) AS bar, first(price ORDER BY ts) AS open,
           max(price) AS high, min(price) AS low,
            last(price ORDER BY ts) AS close, sum(qty) AS volume
    FROM ticks GROUP BY ALL ORDER BY volume DESC, symbol, bar LIMIT 3
"""
VWAP = "SELECT symbol, sum(price * qty) / sum(qty) FROM ticks GROUP BY symbol ORDER BY symbol"


class Side(Enum):
    BUY = 1
    SELL = 2


class Tick(Struct):
    ts: datetime
    symbol: category
    price: float
    qty: int32
    side: Side

    def value(self) -> float:
        return self.price * self.qty


class SlotsTick:
    __slots__ = ("price", "qty", "side", "symbol", "ts")

    def __init__(self, ts, symbol, price, qty, side):
        self.ts, self.symbol, self.price, self.qty, self.side = ts, symbol, price, qty, side


def feed(count: int):
    """The fields of one tick after the other."""
    dice = random.Random(7)
    walk = dict.fromkeys(SYMBOLS, 100.0)
    now = OPENING
    for i in range(count):
        symbol = SYMBOLS[i * 31 % len(SYMBOLS)]
        walk[symbol] *= 1.0 + dice.uniform(-0.001, 0.001)
        now += timedelta(milliseconds=dice.randint(0, 200))
        yield (
            now,
            symbol,
            walk[symbol],
            dice.randint(1, 5000),
            Side.BUY if dice.random() < 0.5 else Side.SELL,
        )


def store(count: int) -> Pool:
    ticks = Pool(Tick)
    for fields in feed(count):
        ticks.append(Tick(*fields))
    return ticks


def vwap_by_rows(ticks: Pool) -> dict[str, float]:
    money, volume = dict.fromkeys(SYMBOLS, 0.0), dict.fromkeys(SYMBOLS, 0)
    for tick in ticks:
        money[tick.symbol] += tick.value()
        volume[tick.symbol] += tick.qty
    return {symbol: money[symbol] / volume[symbol] for symbol in SYMBOLS if volume[symbol]}


def vwap_by_columns(ticks: Pool) -> dict[str, float]:
    import numpy

    symbol, qty = ticks["symbol"], ticks["qty"]
    money = numpy.bincount(symbol.codes, ticks["price"] * qty, len(symbol.categories))
    volume = numpy.bincount(symbol.codes, qty, len(symbol.categories))
    return {name: m / v for name, m, v in zip(symbol.categories, money, volume) if v}


def close(a: dict[str, float], b: dict[str, float]) -> bool:
    return a.keys() == b.keys() and all(abs(a[name] - b[name]) <= 1e-9 * abs(a[name]) for name in a)


def timed(what: str, ask):
    start = time.perf_counter()
    answer = ask()
    print(f"  {what:30} {(time.perf_counter() - start) * 1e3:9,.2f} ms")
    return answer


def main() -> None:
    count = count_from_arguments(100_000)
    ticks, packed = kept(lambda: store(count))
    _, slots = kept(lambda: [SlotsTick(*fields) for fields in feed(count)])
    print(f"{ticks}; the last: {ticks[-1]}")
    print("the price of each symbol, weighted by volume:")
    by_rows = timed("row by row", lambda: vwap_by_rows(ticks))
    try:
        import numpy  # noqa: F401
    except ImportError:
        print("  with NumPy: left out, it is not installed")
    else:
        assert close(timed("with NumPy on the columns", lambda: vwap_by_columns(ticks)), by_rows)
    if by_sql(ticks, by_rows):
        # The store goes on.
        ticks.append(ts=ticks[-1].ts, symbol="NEW", price=1.0, qty=1, side=Side.BUY)
    print(saving("ticks", count, slots, packed))


def by_sql(ticks: Pool, expected: dict[str, float]) -> bool:
    try:
        import duckdb
    except ImportError:
        print("  SQL: left out, DuckDB is not installed (pip install duckdb)")
        return False
    with duckdb.connect() as connection:
        connection.register("ticks", ticks)
        found = dict(timed("SQL, by DuckDB over the pool", lambda: connection.sql(VWAP).fetchall()))
        assert close(found, expected)
        print("the busiest bars of five minutes:")
        for symbol, bar, first, high, low, last, volume in connection.sql(BARS).fetchall():
            print(
                f"  {symbol} {bar:%H:%M}  open {first:.2f}  high {high:.2f}"
                f"  low {low:.2f}  close {last:.2f}  volume {volume:,}"
            )
    return True


if __name__ == "__main__":
    main()
