"""An object dies as what it is after its `__del__`, and every class gets its references back."""

import gc
import sys
import weakref

import pytest

from cslots import Struct, category, dataclass, field, int32, utf8

set_class = object.__dict__["__class__"].__set__
REPEATS = 50


def becomes(other):
    def finalizer(self):
        if type(self) is not other():
            set_class(self, other())

    return finalizer


class Bare(Struct):
    x: int32 = 0
    text: utf8 = ""


class Untracked(Struct, weakref=True):
    name: str = ""
    n: int = 10**30


class Chained(Struct, gc=False):
    next: object = None


class Tracked(Struct, weakref=True, dict=True):
    value: object = None


@dataclass
class Data:
    value: object = None
    text: utf8 = ""


@dataclass
class Blank:
    x: int32 = field(default=0, init=False)
    n: int = field(init=False)


BASES = [Bare, Untracked, Chained, Tracked, Data, Blank]


def pair(base):
    """A class with a `__del__` that makes its objects those of another, and that other."""
    other = type(base)("Other", (base,), {"__module__": __name__, "__slots__": ()})
    own = type(base)(
        "Own", (base,), {"__module__": __name__, "__slots__": (), "__del__": becomes(lambda: other)}
    )
    return own, other


@pytest.mark.parametrize("base", BASES)
def test_the_reference_that_goes_is_that_of_the_class_at_the_end(base):
    own, other = pair(base)
    own()
    before = sys.getrefcount(base), sys.getrefcount(own), sys.getrefcount(other)
    for _ in range(REPEATS):
        own()
    assert (sys.getrefcount(base), sys.getrefcount(own), sys.getrefcount(other)) == before


@pytest.mark.parametrize("base", BASES)
def test_the_class_that_is_left_dies_at_once(base):
    own, other = pair(base)
    thing, own_ref = own(), weakref.ref(own)

    def finalizer(self):
        set_class(self, other)
        gc.collect()

    own.__del__ = finalizer
    del own, finalizer
    gc.collect()
    del thing
    gc.collect()
    assert own_ref() is None
    assert isinstance(other(), base)


@pytest.mark.parametrize("base", BASES)
def test_an_object_that_is_kept_lives_on_as_the_other(base):
    own, other = pair(base)
    kept = []

    def finalizer(self):
        set_class(self, other)
        kept.append(self)

    own.__del__ = finalizer
    before = sys.getrefcount(own), sys.getrefcount(other)
    own()
    assert [type(thing) for thing in kept] == [other]
    assert (sys.getrefcount(own), sys.getrefcount(other)) == (before[0], before[1] + 1)
    kept.clear()
    assert (sys.getrefcount(own), sys.getrefcount(other)) == before


def test_objects_that_die_in_a_row_and_in_a_cycle():
    own, other = pair(Chained)
    before = sys.getrefcount(own), sys.getrefcount(other)
    chain = None
    for _ in range(5000):
        chain = own(next=chain)
    del chain
    assert (sys.getrefcount(own), sys.getrefcount(other)) == before

    own, other = pair(Tracked)
    before = sys.getrefcount(own), sys.getrefcount(other)
    for _ in range(REPEATS):
        thing = own()
        thing.value = [thing]
        thing.own = thing
        del thing
    gc.collect()
    assert (sys.getrefcount(own), sys.getrefcount(other)) == before


def test_the_collector_clears_an_object_whose_class_goes_in_the_middle():
    own, other = pair(Tracked)

    class Dying:
        def __init__(self, thing):
            self.thing = thing

        def __del__(self):
            set_class(self.thing, other)

    del own.__del__
    for _ in range(REPEATS):
        thing = own()
        thing.value = Dying(thing)
        thing.again = thing
        del thing
    gc.collect()
    assert not [thing for thing in gc.get_objects() if type(thing) in (own, other)]


def test_a_finalizer_of_an_object_whose_factory_failed_finds_unset_fields():
    found = []

    def failing():
        raise ZeroDivisionError

    class Half(Struct):
        a: int32 = field(default=1, init=False)
        b: int32 = field(default_factory=failing, init=False)
        c: category = field(init=False)
        d: category = field(default="d", init=False)

        def __del__(self):
            found.append([getattr(self, name, None) for name in "abcd"])

    with pytest.raises(ZeroDivisionError):
        Half()
    assert found == [[1, None, None, None]]


def test_a_default_is_checked_without_a_finalizer():
    died = []

    class Box(Struct):
        x: int32 = 7

        def __del__(self):
            died.append(self.x)

    assert died == []
    Box(3)
    assert died == [3]
