"""A class lives as long as C works with it, whatever user code does in the middle of an operation.

Each entry of ENTRIES is an operation in which an armed value runs user code; each entry of ACTS is
what that code does. The whole table runs once more in a child with PYTHONMALLOC=debug, where
memory that was freed is overwritten.
"""

import copy
import datetime
import enum
import gc
import os
import subprocess
import sys
import weakref
from functools import cached_property
from typing import Literal

import pytest

from cslots import (
    Struct,
    _core,
    asdict,
    astuple,
    dataclass,
    field,
    float32,
    float64,
    force_setattr,
    int32,
    replace,
    utf8,
)
from cslots import fields as fields_of

set_class = object.__dict__["__class__"].__set__
armed = []  # the act of the moment: what any hook below runs


def act():
    if armed:
        armed[-1]()


class Value:
    """Runs the act whenever Python asks it for anything."""

    def __index__(self):
        act()
        return 5

    def __eq__(self, other):
        act()
        return True

    def __lt__(self, other):
        return True

    def __hash__(self):
        act()
        return 1

    def __repr__(self):
        act()
        return "value"

    def __deepcopy__(self, memo):
        act()
        return self

    def __reduce__(self):
        act()
        return (int, (7,))


class Unequal(Value):
    def __eq__(self, other):
        act()
        return False

    __hash__ = Value.__hash__


class Dying(Value):
    def __del__(self):
        act()


class Name(str):
    """A name that no class has, which is asked for its hash and compared."""

    def __eq__(self, other):
        act()
        return str.__eq__(self, other)

    def __hash__(self):
        act()
        return str.__hash__(self)


class Number(int):
    def __repr__(self):
        act()
        return "number"


class Real(float):
    def __repr__(self):
        act()
        return "real"


class Text(str):
    def __repr__(self):
        act()
        return "text"


class Day(datetime.date):
    def __eq__(self, other):
        act()
        return True

    __hash__ = datetime.date.__hash__


class LateDay(Day):
    def __eq__(self, other):
        act()
        return False

    __hash__ = datetime.date.__hash__


class Asking(enum.EnumMeta):
    def __call__(cls, *args, **kwargs):
        act()
        return super().__call__(*args, **kwargs)


class Rights(enum.Flag, metaclass=Asking):
    READ = 1
    WRITE = 2


class Colour(str, enum.Enum):
    RED = "red"
    BLUE = "blue"

    def __eq__(self, other):
        act()
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def factory():
    act()
    return 3


class A(Struct, dict=True):
    x: int32 = 0
    y: object = None
    z: float64 = 0.0
    w: float32 = 0.0
    n: int = 0
    day: datetime.date = datetime.date(2000, 1, 1)
    rights: Rights = Rights.READ
    colour: Literal[Colour.RED] = Colour.RED
    text: utf8 = ""


class Ordered(Struct, order=True):
    y: object = None
    x: int32 = 0


class Frozen(Struct, frozen=True):
    y: object = None
    x: int32 = 0


class Late(Struct):
    y: object = field(default_factory=factory)
    x: int32 = 0

    def __post_init__(self):
        act()


class Hooked(Struct):
    y: object = None
    x: int32 = 0

    def __getstate__(self):
        act()
        return (None, {"y": 1, "x": self.x})

    def __setstate__(self, state):
        act()
        self.x = state[1]["x"]


@dataclass(order=True)
class Data:
    x: int32 = 0
    y: object = None
    rights: Rights = Rights.READ

    @cached_property
    def c(self):
        act()
        return 7


@dataclass(frozen=True)
class FrozenData:
    x: int32 = 0
    y: object = None
    rights: Rights = Rights.READ


@dataclass(typed=False)
class Untyped:
    x: int = 0
    y: object = None


class Case:
    """Objects of a class that nobody else knows."""

    def __init__(self, base, count=1, **values):
        self.base = base
        self.cls = type(base)("B", (base,), {"__module__": __name__, "__slots__": ()})
        self.ref = weakref.ref(self.cls)
        self.objects = [self.cls(**values) for _ in range(count)]

    def move(self):
        for thing in self.objects:
            if isinstance(thing, self.base) and type(thing) is not self.base:
                set_class(thing, self.base)

    def drop(self):
        """Gives the objects the class `base` and drops the class that they had."""
        self.cls = None
        self.move()
        gc.collect()


def look(case):
    """Uses every container that the collector knows: one that is half filled crashes."""
    for thing in gc.get_objects():
        if type(thing) in (tuple, list):
            for _ in thing:
                pass


def write(case):
    case.move()
    for thing in case.objects:
        if not isinstance(thing, (Frozen, FrozenData)):
            thing.y = 1.5
            thing.x = 4
            if isinstance(thing, A):
                thing.text = "x" * 500
                thing.n = 10**30


ACTS = {
    "drop": Case.drop,
    "move": Case.move,
    "collect": lambda case: gc.collect(),
    "look": look,
    "write": write,
}


def refused(operation):
    def run(*things):
        with pytest.raises((TypeError, ValueError, OverflowError, AttributeError, KeyError)):
            operation(*things)

    return run


def reduced(thing):
    rebuild, args, *rest = thing.__reduce_ex__(4)
    made = rebuild(*args)
    if len(rest) == 4:
        rest[3](made, rest[0])
    elif rest:
        made.__setstate__(rest[0])


BOTH = Rights.READ | Rights.WRITE

# name: (base, the values of its objects, how many objects, the operation)
ENTRIES = {
    "int = index": (A, {}, 1, lambda o: setattr(o, "n", Value())),
    "int32 = index": (A, {}, 1, lambda o: setattr(o, "x", Value())),
    "float = index": (A, {}, 1, lambda o: setattr(o, "z", Value())),
    "float32 = index": (A, {}, 1, lambda o: setattr(o, "w", Value())),
    "date = subclass": (A, {}, 1, lambda o: setattr(o, "day", Day(2001, 1, 1))),
    "date = subclass that is refused": (
        A,
        {},
        1,
        refused(lambda o: setattr(o, "day", LateDay(2001, 1, 1))),
    ),
    "utf8 = refused": (A, {}, 1, refused(lambda o: setattr(o, "text", Value()))),
    "int32 = refused": (A, {}, 1, refused(lambda o: setattr(o, "x", [Value()]))),
    "int32 = subclass that is refused": (A, {}, 1, refused(lambda o: setattr(o, "x", Number(1)))),
    "float = subclass that is refused": (A, {}, 1, refused(lambda o: setattr(o, "z", Real(1)))),
    "float32 = subclass that is refused": (A, {}, 1, refused(lambda o: setattr(o, "w", Real(1)))),
    "utf8 = subclass that is refused": (A, {}, 1, refused(lambda o: setattr(o, "text", Text("x")))),
    "Literal = equal member": (A, {}, 1, refused(lambda o: setattr(o, "colour", Colour.BLUE))),
    "Flag = refused": (A, {}, 1, refused(lambda o: setattr(o, "rights", Value()))),
    "Flag read": (A, {"rights": BOTH}, 1, lambda o: o.rights),
    "reference = value, the old one dies": (A, {"y": "Dying"}, 1, lambda o: setattr(o, "y", 1)),
    "del reference": (A, {"y": "Dying"}, 1, lambda o: delattr(o, "y")),
    "descriptor.__set__": (A, {}, 1, lambda o: A.x.__set__(o, Value())),
    "descriptor.__get__": (A, {"rights": BOTH}, 1, lambda o: A.rights.__get__(o)),
    "force_setattr": (Frozen, {}, 1, lambda o: force_setattr(o, "x", Value())),
    "force_setattr refused": (Frozen, {}, 1, refused(lambda o: force_setattr(o, "x", [Value()]))),
    "fill": (A, {}, 1, lambda o: _core.fill(o, ({"x": Value(), "z": 1.0}, {"a": 1}))),
    "Struct.__init__": (A, {}, 1, lambda o: A.__init__(o, Value(), 1, 2.0)),
    "__init__ with factories": (Late, {}, 1, lambda o: Late.__init__(o, x=Value())),
    "dataclass.__init__": (Data, {}, 1, lambda o: Data.__init__(o, Value(), y=1)),
    "Struct ==": (A, {"y": "Value"}, 2, lambda a, b: a == b),
    "Struct !=": (A, {"y": "Unequal"}, 2, lambda a, b: a != b),
    "dataclass ==": (Data, {"y": "Value"}, 2, lambda a, b: a == b),
    "untyped ==": (Untyped, {"x": "Value", "y": "Value"}, 2, lambda a, b: a == b),
    "Struct <": (Ordered, {"y": "Value"}, 2, lambda a, b: a < b),
    "Struct < unequal": (Ordered, {"y": "Unequal"}, 2, lambda a, b: a < b),
    "dataclass <=": (Data, {"y": "Value"}, 2, lambda a, b: a <= b),
    "Struct repr": (A, {"y": "Value"}, 1, repr),
    "dataclass repr": (Data, {"y": "Value", "rights": BOTH}, 1, repr),
    "Struct hash": (Frozen, {"y": "Value"}, 1, hash),
    "dataclass hash": (FrozenData, {"y": "Value", "rights": BOTH}, 1, hash),
    "cached_property": (Data, {}, 1, lambda o: o.c),
    # To read such a name crashes Python itself, of any class: PyObject_GenericGetAttr does not
    # hold the type.
    "unknown name written": (Ordered, {}, 1, refused(lambda o: setattr(o, Name("xx"), 1))),
    "unknown name written, frozen": (Frozen, {}, 1, refused(lambda o: setattr(o, Name("xx"), 1))),
    "unknown name written, frozen dataclass": (
        FrozenData,
        {},
        1,
        refused(lambda o: setattr(o, Name("xx"), 1)),
    ),
    "unknown name written, untyped": (Untyped, {}, 1, refused(lambda o: setattr(o, Name("xx"), 1))),
    "unknown name in the __dict__": (A, {}, 1, lambda o: setattr(o, Name("xx"), 1)),
    "frozen name written": (Frozen, {}, 1, refused(lambda o: setattr(o, "x", Value()))),
    "unknown keyword": (A, {}, 1, refused(lambda o: type(o)(**{Name("xx"): 1}))),
    "constructor": (
        A,
        {},
        1,
        lambda o: type(o)(x=Value(), n=Value(), z=Value(), day=Day(2001, 1, 1)),
    ),
    "constructor refused": (A, {}, 1, refused(lambda o: type(o)(x=[Value()]))),
    "constructor with factories": (Late, {}, 1, lambda o: type(o)(x=Value())),
    "replace": (Data, {"rights": BOTH}, 1, lambda o: replace(o, x=Value())),
    "replace of a Struct": (A, {"rights": BOTH}, 1, lambda o: replace(o, x=Value())),
    "replace with unknown name": (
        Data,
        {"rights": BOTH},
        1,
        refused(lambda o: replace(o, **{Name("xx"): 1})),
    ),
    "copy": (A, {"rights": BOTH, "y": "Value", "text": "long" * 50}, 1, copy.copy),
    "copy by hooks": (Hooked, {"y": "Value"}, 1, copy.copy),
    "deepcopy": (A, {"y": "Value"}, 1, copy.deepcopy),
    "deepcopy of a dataclass": (Data, {"y": "Value", "rights": BOTH}, 1, copy.deepcopy),
    "reduce": (A, {"rights": BOTH, "y": "Value"}, 1, reduced),
    "reduce of a frozen dataclass": (FrozenData, {"rights": BOTH}, 1, lambda o: o.__reduce_ex__(2)),
    "reduce by hooks": (Hooked, {}, 1, reduced),
    "reduce with a protocol": (A, {}, 1, lambda o: o.__reduce_ex__(Value())),
    "values": (A, {"rights": BOTH}, 1, _core.values),
    "asdict": (A, {"rights": BOTH, "y": "Value"}, 1, asdict),
    "astuple": (Data, {"rights": BOTH, "y": "Value"}, 1, astuple),
    "fields": (A, {}, 1, fields_of),
    "layout": (A, {}, 1, lambda o: _core.layout_of(type(o))),
    "sizeof": (A, {"n": 10**30}, 1, sys.getsizeof),
}
HOOKS = {"Value": Value, "Unequal": Unequal, "Dying": Dying}


def run(entry, name):
    base, values, count, operation = ENTRIES[entry]
    case = Case(
        base,
        count,
        **{
            key: HOOKS[value]() if isinstance(value, str) and value in HOOKS else value
            for key, value in values.items()
        },
    )
    armed.append(lambda: ACTS[name](case))
    try:
        operation(*case.objects)
    except (TypeError, ValueError, AttributeError, RuntimeError) as error:
        assert "core" not in str(error)
    finally:
        armed.pop()
    for thing in case.objects:
        repr(thing)
    return case


@pytest.fixture(autouse=True, scope="module")
def few_objects():
    """A collection looks only at what these tests make."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("entry", ENTRIES)
def test_an_operation_ends_or_raises(entry, name):
    run(entry, name)


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_class_dies_after_the_operation(entry):
    before = sys.getrefcount(ENTRIES[entry][0])
    ref = run(entry, "drop").ref
    gc.collect()
    assert ref() is None
    assert sys.getrefcount(ENTRIES[entry][0]) <= before + 1  # a method that the class remembers
    for _ in range(3):
        assert run(entry, "drop").ref
    gc.collect()
    assert sys.getrefcount(ENTRIES[entry][0]) <= before + 1


def test_the_same_with_memory_that_is_overwritten_when_freed():
    code = (
        "import gc, test_freed as t\ngc.freeze()\nfor e in t.ENTRIES:\n    for a in t.ACTS:\n  "
        "      t.run(e, a)"
    )
    env = {**os.environ, "PYTHONMALLOC": "debug", "PYTHONPATH": os.path.dirname(__file__)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], env=env, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
