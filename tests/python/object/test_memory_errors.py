"""Every allocation fails once: what follows is a MemoryError or success, and never harm."""

import pytest
from support import need_failing_allocations, run_python
from support.memory import HEAD

need_failing_allocations()


SCRIPTS = {
    "construct": """
text, big = "x" * 100, 10**40
def work():
    Thing(text, big, 7, "new" + str(len(text)), Inner(5))
    Thing(name=text, big=big, small=9)
    Small("short")
try_all(work)
assert Thing(text, big).name == text
""",
    "long text": """
text = "x" * 100_000
try_all(lambda: Small(text))
small = Small("before")
def check():
    assert small.name in ("before", text), small.name[:20]
    small.name = "before"
def work():
    small.name = text
try_all(work, check)
long = Small(text)
def work():
    long.name = text + "y"
def check():
    assert long.name in (text, text + "y")
try_all(work, check)
""",
    "write": """
thing = Thing("name", 10**30)
def work():
    thing.big = 10**50
    thing.name = "other" * 50
    thing.small = 6
    thing.word = "another"
    thing.anything = [1]
    thing.inner = Inner(3)
def check():
    assert thing.name in ("name", "other" * 50)
    assert thing.big in (10**30, 10**50)
    assert thing.small in (5, 6)
    thing.name, thing.big, thing.small = "name", 10**30, 5
try_all(work, check)
""",
    "category": """
class Local(Struct):
    x: category
n = [0]
local = Local("first")
def work():
    n[0] += 1
    local.x = "c%d" % n[0]
    Local("d%d" % n[0])
def check():
    assert local.x == "first" or local.x.startswith("c")
try_all(work, check, 500)
for k in range(1, 300):
    def work():
        Local("e%d" % n[0])
    n[0] += 1
    _testcapi.set_nomemory(k % 7, k % 7 + 1)
    try:
        work()
    except MemoryError:
        pass
    finally:
        _testcapi.remove_mem_hooks()
assert Local("end").x == "end"
""",
    "read": """
thing = Thing("n" * 50, 10**40, 200)
def work():
    thing.name, thing.big, thing.small, thing.word, thing.tags
    repr(thing)
    thing == Thing
    dir(thing)
try_all(work, lambda: None)
""",
    "errors": """
ACCEPT = (TypeError, AttributeError, OverflowError)
thing = Thing("n", 1)


def attempt(act):
    def work():
        try:
            act()
        except ACCEPT:
            pass

    try_all(work)


# No Python function between: Python forgets the exception where it cannot allocate a frame.
from functools import partial

attempt(partial(getattr, thing, "nmae"))
attempt(partial(setattr, thing, "nmae", 5))
attempt(partial(setattr, thing, "small", 300))
attempt(partial(setattr, thing, "small", "abc"))
attempt(partial(delattr, thing, "small"))
attempt(partial(Thing, "x"))
attempt(partial(Thing, "x", 1, nmae=5))
attempt(partial(Thing, "x", 1, 300))
attempt(partial(setattr, Frozen(1, "a"), "x", 5))
assert thing.small == 5
""",
    "compare and hash": """
a, b = Frozen(10**40, "x" * 60), Frozen(10**40, "x" * 60)
def work():
    a == b
    a < b
    hash(a)
try_all(work)
assert a == b and hash(a) == hash(b)
""",
    "copy": """
thing = Thing("n" * 5000, 10**40, anything=[1, {"k": 2}])
def work():
    copy.copy(thing)
    copy.deepcopy(thing)
    replace(thing, small=7)
try_all(work)
assert copy.deepcopy(thing) == thing
""",
    "pickle": """
ACCEPT = None
thing = Thing("n" * 500, 10**40, anything=[1, {"k": 2}], inner=Inner(5))
data = pickle.dumps(thing)
try_all(lambda: pickle.dumps(thing))
try_all(lambda: pickle.loads(data))
assert pickle.loads(data) == thing
""",
    "weak references and del": """
import weakref
class Watched(Struct, weakref=True):
    x: utf8
    def __del__(self):
        self.x
def work():
    w = Watched("text")
    weakref.ref(w)
    weakref.ref(w, id)
sys.unraisablehook = lambda report: None
try_all(work)
""",
    "dict": """
class Free(Struct, dict=True):
    x: uint8
def work():
    free = Free(1)
    free.other = 5
    free.__dict__
try_all(work)
""",
    "class": """
ACCEPT = None


def make_plan():
    namespace = {
        "__annotations__": {"e": float, "f": category, "g": object},
        "e": 0.5,
        "f": "red",
        "g": None,
    }
    return real_plan("Local", (Thing,), namespace, {"weakref": True})


ready.extend(make_plan() for _ in range(3000))
meta = type(Struct)


def work():
    made = meta("Local", (Thing,), {}, weakref=True)
    thing = made("name", 1)
    thing.g = thing


work()
try_all(work, limit=1400)
work()
assert ready
""",
    "two bases": """
ACCEPT = None


class Slotted:
    __slots__ = ("slot",)


def make_plan():
    return real_plan(
        "Local", (Thing, Small), {"__annotations__": {"e": str}, "e": "e"}, {"kw_only": True}
    )


ready.extend(make_plan() for _ in range(3000))
meta = type(Struct)
sizes = Thing.__basicsize__, Small.__basicsize__


def work():
    made = meta("Local", (Thing, Small), {})
    thing = made("name", 1)
    assert (thing.e, thing.name, thing.big) == ("e", "name", 1)


def check():
    assert gc.isenabled() and sizes == (Thing.__basicsize__, Small.__basicsize__)


work()
try_all(work, check, limit=1400)
assert ready
""",
    "decorator": """
ACCEPT = None
import cslots._plan.dataclass
from cslots import dataclass

real, options = (
    cslots._plan.dataclass.plan_decorated,
    cslots._plan.dataclass.check_options({"frozen": True}),
)


def fresh():
    class Base:
        __slots__ = ("slot",)

    class Local(Base):
        x: int = 3
        s: str = "s"
        t: utf8 = "t"

        def f(self):
            return super().__repr__()

    cslots._plan.dataclass.plan_decorated = {Local: real(Local, options)}.get
    return Local


decorate, classes = dataclass(frozen=True), [fresh()]


def work():
    decorate(classes[0])


def check():
    made = classes.pop()
    try:
        thing = made()
        assert type(made) is type or (thing.x, thing.s, thing.t) == (3, "s", "t")
    except TypeError:
        pass  # it was refused in the middle
    del made
    classes.append(fresh())


try_all(work, check, limit=1400)
""",
    "decorator of a subclass": """
ACCEPT = None
import cslots._plan.dataclass
from cslots import dataclass
real, options = cslots._plan.dataclass.plan_decorated, cslots._plan.dataclass.check_options({})
@dataclass
class First:
    a: object = 1
    b: utf8 = "b"
@dataclass
class Second:
    c: object = 2
    d: float = 0.5
def fresh():
    class Local(First, Second):
        e: object = 3
        f: float = 4.0
    cslots._plan.dataclass.plan_decorated = {Local: real(Local, options)}.get
    return Local, [value for value in vars(Local).values() if hasattr(value, "__set__")]
classes = [fresh()]
def work():
    dataclass(classes[0][0])
def check():
    made, held = classes.pop()
    try:
        thing = made()
        assert (thing.a, thing.b, thing.c, thing.d) == (1, "b", 2, 0.5)
        for descriptor in held:
            if descriptor.__name__ in "abcd":
                assert descriptor.__get__(thing) == getattr(thing, descriptor.__name__)
    except TypeError:
        pass # it was refused in the middle
    del made, held
    classes.append(fresh())
try_all(work, check, limit=1400)
assert (First(), Second()) == (First(1, "b"), Second(2, 0.5))
""",
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name,
            marks=pytest.mark.slow
            if name in ("class", "pickle", "two bases", "decorator", "decorator of a subclass")
            else (),
        )
        for name in SCRIPTS
    ],
)
def test_an_allocation_that_fails_is_a_memory_error(name):
    run_python(HEAD + SCRIPTS[name] + "\nprint('done')\n")
