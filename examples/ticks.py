"""A day of market ticks in memory: volume-weighted prices from packed ticks, and what they take.

python examples/ticks.py [N]
"""

from __future__ import annotations

import random
from collections import defaultdict

from resident import count_from_arguments, kept, saving

import cslots
from cslots import Struct, category, int32, int64

SYMBOLS = [f"SYM{k:03d}" for k in range(500)]
OPENING = 1_700_000_000_000_000_000  # nanoseconds since 1970


class SlotsTick:
    __slots__ = ("flag", "price", "qty", "symbol", "ts")

    def __init__(self, symbol, price, qty, ts, flag):
        self.symbol = symbol
        self.price = price
        self.qty = qty
        self.ts = ts
        self.flag = flag


class Tick(Struct):
    symbol: category
    price: float
    qty: int32
    ts: int64
    flag: bool = False


def make(tick: type, count: int) -> list:
    dice = random.Random(7)
    walk = dict.fromkeys(SYMBOLS, 100.0)
    made = []
    for i in range(count):
        symbol = SYMBOLS[i * 31 % len(SYMBOLS)]
        walk[symbol] *= 1.0 + dice.uniform(-0.001, 0.001)
        made.append(
            tick(symbol, walk[symbol], dice.randint(1, 10_000), OPENING + i * 1_000_003, i % 4 == 0)
        )
    return made


def vwap(ticks: list) -> dict[str, float]:
    """Volume-weighted average price of each symbol."""
    money: dict[str, float] = defaultdict(float)
    volume: dict[str, int] = defaultdict(int)
    for tick in ticks:
        money[tick.symbol] += tick.price * tick.qty
        volume[tick.symbol] += tick.qty
    return {symbol: money[symbol] / volume[symbol] for symbol in volume}


def main() -> None:
    count = count_from_arguments(200_000)
    ticks, packed = kept(lambda: make(Tick, count))
    others, slots = kept(lambda: make(SlotsTick, count))
    prices = vwap(ticks)
    assert prices == vwap(others)
    for symbol in sorted(prices)[:3]:
        print(f"{symbol}: {prices[symbol]:.4f} on average, weighted by volume")
    print(
        f"{len(cslots.categories(Tick, 'symbol'))} symbols in the table of {Tick.__name__}; "
        f"the first tick: {ticks[0]}"
    )
    print(saving("ticks", count, slots, packed))


if __name__ == "__main__":
    main()
