"""One allocation after the other fails: the script that every test of that begins with."""

HEAD = """
import copy, gc, pickle, sys
import _testcapi
from cslots import Struct, category, field, float32, replace, uint8, utf8

# The plan of a class is Python code that makes functions, which crashes some Pythons when memory
# runs out: plans can be made before.
import cslots._plan.statement

real_plan, ready = cslots._plan.statement.plan, []


def plan(*arguments):
    return ready.pop() if ready else real_plan(*arguments)


cslots._plan.statement.plan = plan


class Inner(Struct):
    x: uint8


class Thing(Struct):
    name: utf8
    big: int
    small: uint8 = 5
    word: category = "w"
    inner: Inner | None = None
    anything: object = None
    tags: list = field(default_factory=list)


class Small(Struct, weakref=True):
    name: utf8
    big: int = 0


class Frozen(Struct, frozen=True, order=True):
    x: int
    y: utf8


def try_all(work, check=lambda: None, limit=3000):
    # one failing allocation at a time, then all from that one on
    for stop in (1, 0):
        succeeded = 0
        for start in range(limit):
            error = None
            _testcapi.set_nomemory(start, start + 1 if stop else 0)
            try:
                work()
            except MemoryError:
                failed = True
            except BaseException as caught:
                error = caught
                failed = True
            else:
                failed = False
            finally:
                _testcapi.remove_mem_hooks()
            if error is not None and ACCEPT is not None and not isinstance(error, ACCEPT):
                raise error
            del error
            check()
            if failed:
                succeeded = 0
            else:
                succeeded += 1
                if succeeded >= 12:
                    break
        else:
            raise AssertionError("no end of failing allocations")
    gc.collect()


ACCEPT = ()
"""
