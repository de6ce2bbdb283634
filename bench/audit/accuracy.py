"""How near the census comes to the truth, for programs of many shapes.

    python bench/audit/accuracy.py                   all workloads, a fresh process each
    python bench/audit/accuracy.py users dicts       these
    python bench/audit/accuracy.py -n 200000 --method public --json

The growth of what it counts is compared with the growth of the resident memory. First there is a
list of None. Then the data are made and nothing else. `census` is what capture() counts more than
before. `with pools` adds the headers and tails of pymalloc's pools for the blocks counted
(`heap.pool_overhead`). The other columns are objects a second, and the resident memory that the
census itself added.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
from collections import deque
from dataclasses import dataclass
from typing import Any

from cslots._census import capture
from cslots._measure.memory import resident_bytes, without_huge_pages


class User:
    def __init__(self, name, age, email):
        self.name = name
        self.age = age
        self.email = email


class SlotsUser:
    __slots__ = ("age", "email", "name")

    def __init__(self, name, age, email):
        self.name = name
        self.age = age
        self.email = email


@dataclass
class Entity:
    x: float
    y: float
    width: float
    height: float
    health: int
    speed: float
    texture: object = None


@dataclass(slots=True)
class Tick:
    symbol: str
    price: float
    qty: int
    ts: int
    flag: bool


class Node:
    def __init__(self, parent):
        self.parent = parent
        self.children = []
        if parent is not None:
            parent.children.append(self)


class Names(list):
    def __init__(self, name):
        self.name = name
        self.append(name)


class Wide:
    def __init__(self, i):
        for k in range(40):  # more than a shared table of names holds
            setattr(self, f"a{k}", i)


class Late:
    def __init__(self, i):
        self.first = str(i)
        if i % 3 == 0:
            self.second = float(i)
        if i % 7 == 0:
            self.third = [i]


SYMBOLS = [f"SYM{i}" for i in range(500)]


def users(n, out):
    for i in range(n):
        out[i] = User(f"user{i}", i % 100, f"user{i}@example.com")


def slots(n, out):
    for i in range(n):
        out[i] = SlotsUser(f"user{i}", i % 100, f"user{i}@example.com")


def entities(n, out):
    for i in range(n):
        out[i] = Entity(i + 0.1, i + 0.2, i + 0.3, i + 0.4, 300 + i, i + 0.5)


def ticks(n, out):
    for i in range(n):
        out[i] = Tick(
            SYMBOLS[i % 500], i + 0.5, i % 1000, 1_700_000_000_000_000_000 + i, i % 2 == 0
        )


def dicts_made(n, out):
    for i in range(n):
        user = out[i] = User(f"user{i}", i % 100, f"user{i}@example.com")
        vars(user)  # a __dict__ is made


def dicts(n, out):
    for i in range(n):
        out[i] = {"name": f"user{i}", "age": i % 100, "email": f"user{i}@example.com"}


def tuples(n, out):
    for i in range(n):
        out[i] = (f"user{i}", i % 100, (i + 0.5, i * 1000))


def tree(n, out):
    for i in range(n):
        out[i] = Node(out[i // 4] if i else None)


def list_subclass(n, out):
    for i in range(n):
        out[i] = Names(f"name{i}")


def wide(n, out):
    for i in range(n):
        out[i] = Wide(i)


def late(n, out):
    for i in range(n):
        out[i] = Late(i)


def texts(n, out):
    for i in range(n):
        out[i] = ("é" if i % 3 == 0 else "x") * (i % 1000)


def big_ints(n, out):
    for i in range(n):
        out[i] = 1 << (i % 4000)


def sets(n, out):
    for i in range(n):
        out[i] = {i, i + 1} if i % 2 else set(range(i, i + 20))


def deques(n, out):
    for i in range(n):
        out[i] = deque([i, i + 1])


def index(n, out):
    by_name = {}
    for i in range(n):
        name = f"user{i}"
        by_name[name] = out[i] = User(name, i % 100, f"{name}@example.com")
    return by_name


def shared(n, out):
    for i in range(0, n, 2):
        value, text = i + 0.5, f"text {i}"
        out[i] = User(text, value, value)
        if i + 1 < n:
            out[i + 1] = User(text, value, None)


def closures(n, out):
    for i in range(n):
        out[i] = lambda x, i=i: x + i


def exceptions(n, out):
    for i in range(n):
        out[i] = ValueError(f"bad {i}", i)


def generators(n, out):
    def count(a):
        b = a + 1
        yield b

    for i in range(n):
        out[i] = count(i)


WORKLOADS = [
    users, slots, entities, ticks, dicts_made, dicts, tuples, tree, list_subclass, wide, late,
    texts, big_ints, sets, deques, index, shared, closures, exceptions, generators,
]  # fmt: skip
SMALLER = {"wide": 10, "texts": 5, "big_ints": 5, "deques": 4, "sets": 4, "generators": 2}


def measure(name: str, n: int, method: str | None) -> dict[str, Any]:
    build = next(workload for workload in WORKLOADS if workload.__name__ == name)
    without_huge_pages()
    n //= SMALLER.get(name, 1)
    build(100, [None] * 100)
    out = [None] * n
    capture(method=method)
    gc.collect()
    before = capture(method=method)
    rss_before = resident_bytes()
    keep = build(n, out)
    gc.collect()
    rss_after = resident_bytes()
    after = capture(method=method)
    rss_audited = resident_bytes()
    grown = after["bytes"] - before["bytes"]
    pools = after["heap"]["pool_overhead"] - before["heap"]["pool_overhead"]
    del keep
    return {
        "workload": name,
        "n": n,
        "rss": rss_after - rss_before,
        "census": grown,
        "off": grown / (rss_after - rss_before) - 1,
        "off_with_pools": (grown + pools) / (rss_after - rss_before) - 1,
        "objects": after["objects"] - before["objects"],
        "objects_per_second": after["objects"] / after["seconds"],
        "added": rss_audited / rss_after - 1,
        "method": after["method"],
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "workloads",
        nargs="*",
        metavar="WORKLOAD",
        help=", ".join(workload.__name__ for workload in WORKLOADS),
    )
    parser.add_argument("-n", type=int, default=1_000_000)
    parser.add_argument("--method", choices=["private", "public"])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options.n, options.method)))
        return 0
    rows = []
    if not options.json:
        print(f"Python {sys.version.split()[0]}, n = {options.n:,}")
        print(
            f"{'':15}{'RSS MB':>9}{'census':>9}{'off':>9}{'with pools':>12}"
            f"{'objects':>12}{'M/s':>7}{'RSS added':>11}"
        )
    for name in options.workloads or [workload.__name__ for workload in WORKLOADS]:
        command = [sys.executable, "-P", __file__, "--one", name, "-n", str(options.n)]
        if options.method:
            command += ["--method", options.method]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            print(f"{name:15}failed: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
            return 1
        row = json.loads(done.stdout)
        rows.append(row)
        if not options.json:
            print(
                f"{name:15}{row['rss'] / 1e6:9.1f}{row['census'] / 1e6:9.1f}{row['off']:9.2%}"
                f"{row['off_with_pools']:12.2%}"
                f"{row['objects']:12,}{row['objects_per_second'] / 1e6:7.1f}{row['added']:11.2%}",
                flush=True,
            )
    if options.json:
        print(json.dumps({"python": sys.version, "rows": rows}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
