"""The census has little memory of its own and gives it back; without memory: MemoryError."""

import os
import sys

import pytest
from support import need_failing_allocations, run_python

HEAD = """
import gc, sys
from cslots._census import _fail_after, capture

METHODS = ["public"]
try:
    capture(method="private")
    METHODS.append("private")
except ValueError:
    pass


class Plain:
    def __init__(self, i):
        self.name, self.number, self.items = f"name{i}", i + 0.5, [i, (i, [str(i)])]


class Slots:
    __slots__ = ("a", "b")

    def __init__(self, i):
        self.a, self.b = i, b"x" * i


class Sub(list):
    pass


import collections

Point = collections.namedtuple("Point", "x y")
keep = (
    [cls(i) for cls in (Plain, Slots) for i in range(50)]
    + [Sub([i]) for i in range(50)]
    + [Point(i, i) for i in range(50)]
)
deep = ()
for _ in range(50_000):
    deep = (deep,)
keep.append(deep)
shared = ["text %d" % i for i in range(5000)]
for i, text in enumerate(shared):
    keep.append(Plain(i))
    keep[-1].name = text
for i in range(300):
    setattr(keep[0], f"name{i}", i)
"""


def test_every_failing_allocation_of_the_census_is_a_memory_error():
    run_python(
        HEAD
        + """
def maps(): return sum(1 for _ in open("/proc/self/maps")) if sys.platform == "linux" else 0
for method in METHODS:
    for _ in range(3): capture(method=method), maps(), gc.collect()
    failures = tries = 0
    before, mapped = sys.getallocatedblocks(), maps()
    while True:
        _fail_after(failures)
        tries += 1
        try:
            report = capture(method=method)
        except MemoryError:
            failures += 1 if failures < 200 else failures // 20
            continue
        finally:
            _fail_after(-1)
        break
    assert failures > 100 and tries > 200, (failures, tries)
    assert report["objects"] > 50_000
    del report
    gc.collect()
    assert sys.getallocatedblocks() - before < tries / 2, (sys.getallocatedblocks() - before, tries)
    assert abs(maps() - mapped) < 10
"""
    )


def test_every_failing_allocation_of_python_is_a_memory_error():
    need_failing_allocations()
    run_python(
        """
import gc, sys
import _testcapi
from cslots._census import capture
METHODS = ["public"]
try:
    capture(method="private")
    METHODS.append("private")
except ValueError:
    pass

class A: pass
items = [A() for _ in range(3)]
for i, item in enumerate(items): item.x, item.y, item.z = i, str(i), i + 0.5
for method in METHODS:
    for stop in (1, 0):
        succeeded = start = 0
        while succeeded < 3:
            _testcapi.set_nomemory(start, start + 1 if stop else 0)
            try:
                report = capture(classes=(A,), method=method)
            except MemoryError:
                succeeded = 0
            else:
                succeeded += 1
            finally:
                _testcapi.remove_mem_hooks()
            report = None
            start += 1 if start < 300 else 37
            assert start < 200_000
        assert start > 100
gc.collect()
assert gc.isenabled()
"""
    )


def test_nothing_piles_up():
    run_python(
        HEAD
        + """
def maps():
    return sum(1 for _ in open("/proc/self/maps")) if sys.platform == "linux" else 0


for method in METHODS:
    seen = []
    for _ in range(4):  # the first rounds warm up what Python keeps
        for _ in range(40):
            capture(method=method)
        gc.collect()
        seen.append(
            (
                sys.getallocatedblocks(),
                maps(),
                *[sys.getrefcount(x) for x in (Plain, Slots, Sub, str, None, 1.5)],
            )
        )
    assert all(abs(a - b) < 20 for a, b in zip(seen[-2], seen[-1])), seen
"""
    )


@pytest.mark.skipif(
    sys.platform != "linux" or "CSLOTS_SANITIZED" in os.environ,
    reason="reads /proc; a sanitizer keeps what is freed",
)
def test_the_census_adds_little_to_the_resident_memory():
    """At most 5 % of a program with 10^6 plain instances, while it runs and after."""
    run_python("""
import gc
from cslots._census import capture
from cslots._measure.memory import resident_bytes


class User:
    def __init__(self, i):
        self.name, self.age, self.email = f"user{i}", i % 100, f"user{i}@example.com"


out = [User(i) for i in range(1_000_000)]
before = resident_bytes()
report = capture()
added = resident_bytes() - before
assert added < 0.05 * before, (added, before)
assert report["heap"]["census_peak"] < 0.05 * before
""")
