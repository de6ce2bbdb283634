"""The collector runs in the middle of an operation, and its callbacks change what is worked with.

On 3.11 any allocation of an object with a GC header may run it; later Pythons wait for the next
instruction of Python code. So these tests find most on 3.11.
"""

import contextlib
import copy
import gc
import weakref

import pytest

from cslots import Pool, Struct, asdict, int32, replace, utf8

set_class = object.__dict__["__class__"].__set__


class Thing(Struct, dict=True):
    y: object = None
    text: utf8 = ""
    n: int = 0


class Record(Struct):
    x: int32 = 0
    text: utf8 = ""


@pytest.fixture(autouse=True, scope="module")
def few_objects():
    """A collection looks only at what these tests make."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@contextlib.contextmanager
def collecting(act, allocations):
    """A collection after so many allocations; the first one runs the act."""
    acts = [act]

    def callback(phase, info):
        if acts:
            gc.set_threshold(0)
            acts.pop()()

    gc.collect()
    thresholds = gc.get_threshold()
    gc.callbacks.append(callback)
    gc.set_threshold(allocations)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.callbacks.remove(callback)


class Case:
    def __init__(self):
        self.cls = type(Thing)("Other", (Thing,), {"__module__": __name__, "__slots__": ()})
        self.ref = weakref.ref(self.cls)
        self.thing = self.cls(y=[1], text="long" * 20, n=10**30)
        self.thing.extra = [2]

    def drop(self):
        self.cls = None
        set_class(self.thing, Thing)
        gc.collect()

    def write(self):
        self.thing.text = "y" * 3000
        self.thing.n = 1
        self.thing.__dict__ = {}
        self.thing.y = None

    def look(self):
        for found in gc.get_objects():
            if type(found) in (tuple, list):
                for _ in found:
                    pass


OPERATIONS = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "reduce": lambda thing: thing.__reduce_ex__(4),
    "state": lambda thing: thing.__getstate__(),
    "repr": repr,
    "asdict": asdict,
    "replace": replace,
    "construct": lambda thing: type(thing)(text="é" * 30, n=10**20),
    "compare": lambda thing: thing == Thing(),
}


@pytest.mark.parametrize("act", [Case.drop, Case.write, Case.look])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_object_changes_while_it_is_worked_with(operation, act):
    for allocations in range(1, 8):
        case = Case()
        with collecting(lambda case=case: act(case), allocations):
            OPERATIONS[operation](case.thing)
        repr(case.thing)
        ref = case.ref
        del case
        gc.collect()
        assert ref() is None


@pytest.mark.parametrize("walk", [iter, reversed, lambda part: part[2:900:3], list])
def test_a_pool_is_emptied_while_a_part_of_it_is_walked(walk):
    for allocations in range(1, 8):
        pool = Pool(Record, [Record(i, "x") for i in range(2000)])
        part = pool[1000:]

        def empty(pool=pool):
            with contextlib.suppress(RuntimeError):
                del pool[:]

        with collecting(empty, allocations), contextlib.suppress(ReferenceError, IndexError):
            found = walk(part)
            for _ in range(3):
                next(iter(found))
