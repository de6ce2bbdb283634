"""Pieces of work that must leave nothing behind: SCENARIOS maps a name to a callable.

Each callable may be run any number of times; after gc.collect() the process holds what it held
before. Errors that belong to the scenario are caught here. `make leaks` and test_leaks.py run them
all.
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import datetime as dt
import enum
import gc
import pickle
import random
import weakref
from collections.abc import Callable
from typing import Any, Literal

from cslots import (
    Pool,
    StaleRowError,
    Struct,
    _core,
    asdict,
    astuple,
    category,
    dataclass,
    field,
    float32,
    replace,
    uint8,
    utf8,
)

SCENARIOS: dict[str, Callable[[], object]] = {}


def scenario(function: Callable[[], object]) -> Callable[[], object]:
    SCENARIOS[function.__name__] = function
    return function


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Access(enum.Flag):
    READ = 1
    WRITE = 2


class Inner(Struct):
    x: uint8


class Everything(Struct, weakref=True):
    a: object
    b: int
    c: str
    d: bytes
    e: utf8
    f: category
    g: Color
    h: Literal["p", 5]
    i: Access
    j: dt.datetime
    k: Inner
    l: float = 0.5  # noqa: E741
    m: float32 = 1.5
    n: uint8 | None = None
    o: list = field(default_factory=list)


class Node(Struct, weakref=True):
    value: object = None
    next: Node | None = None


class Plain(Struct):
    name: utf8
    big: int = 10**30
    small: uint8 = 5


class Frozen(Struct, frozen=True, order=True):
    x: int
    y: utf8
    z: object = None


def everything(**changes: Any) -> Everything:
    values: dict[str, Any] = {
        "a": [object()],
        "b": 10**30,
        "c": "".join(["s", "tr"]),
        "d": bytes(bytearray(b"data")),
        "e": "text" * 20,
        "f": "cat",
        "g": Color.RED,
        "h": "p",
        "i": Access.READ | Access.WRITE,
        "j": dt.datetime(2024, 1, 1),
        "k": Inner(5),
    }
    return Everything(**values | changes)


class Bad:
    """Fails at whatever Python asks of it."""

    def fail(self, *ignored: object) -> Any:
        raise ZeroDivisionError

    __index__ = __eq__ = __lt__ = __hash__ = fail  # type: ignore[assignment]
    __repr__ = __deepcopy__ = __reduce__ = fail  # type: ignore[assignment]


@scenario
def construct_positional_and_by_keyword() -> None:
    for n in range(10):
        Plain("x" * n, 10**30 + n, n)
        Plain(name="y" * n, small=n)
        Plain(**{"".join(["na", "me"]): "z", "".join(["sm", "all"]): n})
        everything(n=n)
        Plain.__new__(Plain)


@scenario
def read_and_write_every_field() -> None:
    thing = everything()
    for name in Everything.__match_args__:
        setattr(thing, name, getattr(thing, name))
        getattr(Everything, name)
        Everything.__dict__[name].__get__(thing)
    for n in range(10):
        thing.b = 10 ** (n * 10)
        thing.n = None if n % 2 else n
        thing.a = [n]


@scenario
def refused_by_the_constructor() -> None:
    for args, kwargs in (
        ((), {}),
        (("x", 1, 300), {}),
        (("x" * 1000, 10**30, "no"), {}),
        ((5,), {}),
        (("x", Bad()), {}),
        (("x", 1, 2, 3), {}),
        (("x",), {"name": "y"}),
        (("x",), {"nmae": "y"}),
        ((), {"small": 5}),
    ):
        with contextlib.suppress(TypeError, OverflowError, ZeroDivisionError):
            Plain(*args, **kwargs)
    for name in Everything.__match_args__:
        with contextlib.suppress(TypeError):
            everything(**{name: Ellipsis})


@scenario
def refused_writes_reads_and_deletes() -> None:
    thing = everything()
    for name in (*Everything.__match_args__, "nope", "aa"):
        for act in (
            lambda: setattr(thing, name, Bad()),
            lambda: setattr(thing, name, Ellipsis),
            lambda: delattr(thing, name),
            lambda: getattr(thing, name),
            lambda: setattr(
                thing, "j", dt.datetime(2024, 1, 1, tzinfo=dt.timezone(dt.timedelta(1)))
            ),
        ):
            with contextlib.suppress(TypeError, AttributeError, ValueError, ZeroDivisionError):
                act()
    with contextlib.suppress(AttributeError):
        Frozen(1, "y").x = 2  # type: ignore[misc]


@scenario
def texts_grow_and_shrink() -> None:
    thing = Plain("")
    for n in (0, 5, 50, 5_000, 50_000, 3, 100_000, 0, 40):
        thing.name = "é" * n
        thing.name += "!"
    long = Plain("x" * 100_000)
    long.name = ""


@scenario
def categories_come_and_go() -> None:
    class Local(Struct):
        x: category

    things = [Local(f"c{n}") for n in range(100)]
    _core.categories(Local, "x")
    assert things[-1].x == "c99"


@scenario
def cycles() -> None:
    node = Node()
    node.next = Node(node, node)
    node.value = [node]
    thing = everything()
    thing.a = {"me": thing, "node": node}
    thing.o.append(thing)
    gc.collect()


@scenario
def deep_chains() -> None:
    node = None
    for n in range(20_000):
        node = Node(n, node)


@scenario
def weak_references() -> None:
    things = [everything() for _ in range(5)]
    refs = [weakref.ref(thing, lambda _: None) for thing in things]
    weakref.WeakValueDictionary({1: things[0]})
    del things[:3]
    assert refs[0]() is None


@scenario
def copies() -> None:
    thing = everything(e="x" * 5_000)
    copy.copy(thing)
    copy.deepcopy(thing)
    replace(thing, n=5)
    asdict(thing)
    astuple(thing)
    node = Node()
    node.next = node
    copy.deepcopy(node)
    for bad in (Node(Bad()), everything(a=Bad())):
        with contextlib.suppress(ZeroDivisionError):
            copy.deepcopy(bad)
    with contextlib.suppress(TypeError, OverflowError):
        replace(thing, n=300)


@scenario
def pickles() -> None:
    thing = everything(e="x" * 5_000)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        pickle.loads(pickle.dumps([thing, Plain("a"), Frozen(1, "x"), Node(Node())], protocol))
    with contextlib.suppress(ZeroDivisionError):
        pickle.dumps(Node(Bad()))
    function, arguments, *_ = thing.__reduce_ex__(4)
    for broken in (
        (),
        arguments[:1],
        (b"", *arguments[1:]),
        (*arguments[:-1], Ellipsis),
        (*arguments, 5),
        (5,),
    ):
        with contextlib.suppress(
            TypeError, ValueError, IndexError, pickle.UnpicklingError, AttributeError
        ):
            function(*broken)


@scenario
def compare_hash_and_repr() -> None:
    a, b = everything(), everything()
    assert a != b
    repr(a)
    frozen = Frozen(10**30, "text", (1, 2))
    assert frozen == Frozen(10**30, "text", (1, 2))
    assert not frozen < Frozen(10**30, "text", (1, 2))
    hash(frozen)
    for act in (
        repr,
        hash,
        lambda x: x == Frozen(1, "a", Bad()),
        lambda x: x < Frozen(1, "a", Bad()),
    ):
        with contextlib.suppress(ZeroDivisionError):
            act(Frozen(1, "a", Bad()))
    node = Node()
    node.value = [node]
    repr(node)


@scenario
def classes_come_and_go() -> None:
    class Base(Struct, weakref=True):
        a: utf8 = "default"
        b: object = None
        c: category = "red"
        d: Color = Color.RED
        e: Base | None = None
        tags: list = field(default_factory=list)

        def __init_subclass__(cls) -> None:
            cls()

        def __post_init__(self) -> None:
            self.b = __class__  # type: ignore[name-defined]

    class Sub(Base):
        f: Literal["x", "y"] = "x"
        g: Inner | None = None

    sub = Sub(e=Base())
    sub.b = sub
    Base.kept = [sub]  # type: ignore[attr-defined]
    pickle.dumps(Inner(1))


@scenario
def classes_that_fail() -> None:
    def broken_hook(cls: type) -> None:
        raise ZeroDivisionError

    class Hooked(Struct):
        def __init_subclass__(cls) -> None:
            raise ZeroDivisionError

    meta = type(Struct)
    for bases, namespace, options in (
        ((Struct,), {"__annotations__": {"x": int}}, {"frozne": True}),
        ((Struct,), {"__annotations__": {"x": int}}, {"frozen": "yes"}),
        ((Struct,), {"__annotations__": {"x": list}, "x": []}, {}),
        ((Struct,), {"__annotations__": {"x": int, "y": int}, "x": 1}, {}),
        ((Struct,), {"__annotations__": {"x": uint8}, "x": 300}, {}),
        ((Struct,), {"__slots__": ("a", "a")}, {}),
        ((Plain,), {"__annotations__": {"name": int}}, {}),
        ((Plain,), {"name": 5}, {}),
        ((Plain, Frozen), {}, {}),
        ((Struct, int), {}, {}),
        ((Hooked,), {"__annotations__": {"x": utf8}}, {}),
    ):
        with contextlib.suppress(TypeError, ValueError, OverflowError, ZeroDivisionError):
            meta("Broken", bases, dict(namespace), **options)()


@scenario
def hooks_that_fail() -> None:
    class FailingFactory(Struct):
        name: utf8
        x: object = field(default_factory=lambda: 1 / 0)

    class WrongFactory(Struct):
        name: utf8
        x: uint8 = field(default_factory=lambda: 300)

    class FailingPostInit(Struct):
        name: utf8
        me: object = None

        def __post_init__(self) -> None:
            self.me = self
            raise ZeroDivisionError

    class FailingInit(Struct):
        name: utf8

        def __init__(self, name: str) -> None:
            self.name = name
            raise ZeroDivisionError

    for cls in (FailingFactory, WrongFactory, FailingPostInit, FailingInit):
        for text in ("short", "x" * 100_000):
            with contextlib.suppress(ZeroDivisionError, OverflowError):
                cls(text)  # type: ignore[call-arg]


@scenario
def own_constructors() -> None:
    class Own(Struct):
        x: object
        y: utf8 = "y"

        def __new__(cls, *args: object) -> Own:
            return super().__new__(cls)

        def __init__(self, *args: object) -> None:
            self.x = args

    Own(1, 2, [3])
    Own()
    Plain("a").__init__("b")  # type: ignore[misc]


@scenario
def a_dict_for_free_attributes() -> None:
    class Free(Struct, dict=True):
        x: uint8

    free = Free(1)
    free.me = free  # type: ignore[attr-defined]
    copy.copy(free).more = [1]
    vars(free)
    free.__dict__ = {"other": 5}


@scenario
def the_class_of_an_object_changes() -> None:
    class A(Struct):
        x: utf8

    class B(A):
        pass

    a = A("text")
    a.__class__ = B  # type: ignore[assignment]
    with contextlib.suppress(TypeError):
        a.__class__ = Plain  # type: ignore[assignment]
    A("x").__class__ = B  # type: ignore[assignment]


@scenario
def objects_that_come_back() -> None:
    kept: list[object] = []
    limit = 3

    class Back(Struct):
        x: utf8

        def __del__(self) -> None:
            if len(kept) < limit:
                kept.append(self)

    for n in range(5):
        Back("x" * n * 1000)
    limit = 0
    kept.clear()


@scenario
def introspection() -> None:
    _core.layout_of(Everything)
    _core.plan_of(Everything)
    _core.slab_stats()
    _core.values(everything())
    _core.is_struct_class(Everything)
    repr(Everything.b)
    _core.force_setattr(Frozen(1, "a"), "y", "b" * 1000)
    for function in (_core.layout_of, _core.plan_of, _core.values):
        with contextlib.suppress(TypeError):
            function(5)


@scenario
def decorated_classes() -> None:
    class Plain:
        __slots__ = ("slot",)

    @dataclass(weakref=True)
    class Base(Plain):
        x: int
        s: str = "s"
        items: list = field(default_factory=list)

        def own(self) -> object:
            return super().__repr__()

    class Sub(Base):
        pass

    @dataclass(frozen=True, typed=False)
    class Loose:
        a: object = None

    @dataclass
    class Adopted(Base):
        y: float = 1.0

    base, sub = Base(1), Sub(2)
    base.items.append(sub)
    sub.slot = sub.extra = base
    hash(Loose(5)), repr(Adopted(1)), Base.__doc__, dataclasses.fields(Base), base.own()
    with contextlib.suppress(AttributeError):
        Loose(5).a = 6
    with contextlib.suppress(TypeError):

        @dataclass
        class Refused(Base):
            z: uint8 = "no"

    thing = Loose.__new__(Loose)
    thing.__setstate__({"a": 5})
    del base.items[0].extra


@scenario
def classes_with_two_bases() -> None:
    class A(Struct, weakref=True):
        a: str = "a"
        t: utf8 = "t"

    class B(Struct):
        b: str = "b"
        o: object = None
        c: category = "c"

    held = A.__dict__["a"], B.__dict__["b"]

    class C(A, B):
        d: int = 10**30

    class D(C):
        pass

    for cls in (C, D):
        thing = cls()
        thing.o = thing
        thing.t = "text" * 100
        [descriptor.__get__(thing) for descriptor in held]
        pickle.loads(pickle.dumps(copy.copy(cls(o=None)).a))
    with contextlib.suppress(TypeError):

        class Refused(A, B):
            e: uint8 = "no"


def fitting(**changes: Any) -> Everything:
    """One that a pool can keep: its int has 64 bits."""
    return everything(**{"b": 2**63 - 1} | changes)


def pool_of_everything(rows: int = 7) -> Pool[Everything]:
    return Pool(Everything, [fitting(f=f"cat{i % 3}") for i in range(rows)])


@scenario
def pools_of_everything() -> None:
    pool = pool_of_everything()
    pool.append(pool[0])
    pool.append(**{name: getattr(pool[1], name) for name in Everything.__match_args__})
    pool.extend(pool[::-2])
    pool.insert(3, fitting())
    pool += [fitting()]
    pool[0] = fitting(a=[])
    pool[1:4] = [fitting(), fitting(), pool[0]]
    pool[2].a = pool
    pool[3].o = [pool[4]]
    for name in ("e", "f", "j", "c", "l"):
        pool.sort(name, reverse=True)
    pool.reverse()
    del pool[0], pool[1:3], pool[[True] + [False] * (len(pool) - 1)]
    pool.pop()
    pool.remove(pool[1])
    pool.filter([True] * len(pool))
    copy.copy(pool), copy.deepcopy(pool.filter([True] + [False] * (len(pool) - 1)))
    pool.compact()
    pool.clear()
    pool.append(fitting(a=pool))


@scenario
def rows_of_pools() -> None:
    pool = pool_of_everything()
    rows = list(pool) + list(pool[::2]) + list(reversed(pool))
    watch = [weakref.ref(row) for row in rows]
    row = pool[2]
    row.b, row.c, row.e, row.f, row.n, row.o = 5, "x", "y" * 99, "z", 3, rows
    del row.a
    row.a = row
    (
        repr(row),
        row == pool[3],
        copy.copy(row),
        copy.deepcopy(pool[3]),
        pickle.loads(pickle.dumps(pool[4])),
        asdict(pool[5]),
        replace(row, b=1),
    )
    del pool[2], pool[0]
    for _ in range(2):
        with contextlib.suppress(StaleRowError):
            row.b = 1
    del rows, row
    [w() for w in watch]
    walk = iter(pool)
    next(walk).a = walk


@scenario
def rows_that_become_objects() -> None:
    pool = pool_of_everything()
    rows = list(pool) + list(pool[::2])
    random.Random(1).shuffle(pool)
    rows[0].a = rows
    rows[1].a = rows[0]
    pool[:] = [fitting()] * len(pool)
    pool[1] = rows[1]
    pool.append(rows[-1])
    for row in rows:
        row.e = "y" * 99
        (repr(row), row == pool[0], copy.copy(row), pickle.loads(pickle.dumps(rows[2])))
        with contextlib.suppress(ZeroDivisionError):
            row.b = Bad()
    with contextlib.suppress(TypeError):
        pool[0] = 5
    with contextlib.suppress(TypeError):
        pool[0:2] = [pool[1], 5]


@scenario
def pools_that_refuse() -> None:
    pool = pool_of_everything()

    def broken():
        yield fitting()
        yield pool[0]
        raise ZeroDivisionError

    attempts: list[Callable[[], object]] = [
        lambda: pool.extend(broken()),
        lambda: pool.extend([fitting(), 5]),
        lambda: pool.append(fitting(b=2**70)),
        lambda: pool.append(fitting(j=dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc))),
        lambda: pool.insert(0, fitting(b=2**70)),
        lambda: pool.extend({"a": [object()] * 3, "b": [1, 2, Bad()]}),
        lambda: pool.extend({"b": [1, 2], "c": ["a"]}),
        lambda: setattr(pool[0], "b", Bad()),
        lambda: setattr(pool[0], "e", 5),
        lambda: pool.__setitem__(
            slice(0, 2), [fitting(), fitting(j=dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc))]
        ),
        lambda: pool.__setitem__("b", [1, 2, Bad()] * 3),
        lambda: pool[:3].__setitem__("e", ["x" * 50, "y" * 50, 5]),
        lambda: pool.__setitem__(0, 5),
        lambda: pool.__delitem__([True]),
        lambda: pool.filter([1] * 7),
        lambda: pool.index(5),
        lambda: pool.sort("z"),
        lambda: pool.count(Bad()),
        lambda: pool[99],
        lambda: pool["z"],
        lambda: pool.pop(99),
        lambda: Pool(int),
        lambda: Pool(Everything, 5),
        lambda: Pool(Everything, [fitting(), Bad()]),
    ]
    for attempt in attempts:
        with contextlib.suppress(Exception):
            attempt()
    memory = memoryview(pool._view("l"))
    for attempt in (pool.clear, pool.pop, lambda: pool.extend(pool)):
        with contextlib.suppress(BufferError):
            attempt()
    memory.release()


@scenario
def pickles_of_pools() -> None:
    pool = pool_of_everything()
    pool[0].a = pool[1].a = None
    del pool[2].a
    for row in pool:
        row.a = 5
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(pool, 5, buffer_callback=buffers.append)
    pool[0].b = 9
    pool[0].e = "other" * 30
    pickle.loads(data, buffers=buffers), pickle.loads(pickle.dumps(pool, 2))
    restore, (cls,), (rows, columns) = pool.__reduce_ex__(4)
    for i, column in enumerate(columns):
        for wrong in (
            (*column[:6], ()),
            (*column[:6], (b"x", None)),
            (*column[:5], (), column[6]),
            (*column[:6], (b"\xff" * rows * column[2], None)),
        ):
            with contextlib.suppress(Exception):
                restore(cls, rows, (*columns[:i], wrong, *columns[i + 1 :]))
            with contextlib.suppress(Exception):
                restore(cls).__setstate__((rows, (*columns[:i], wrong, *columns[i + 1 :])))
    with contextlib.suppress(ValueError):
        restore(cls, rows + 1, columns)


@scenario
def classes_with_pools_of_themselves() -> None:
    class Own(Struct, weakref=True):
        x: int = 0
        o: object = None

    Own.pool = Pool(Own, [Own(1), Own(2)])
    Own.row = Own.pool[0]
    Own.pool[1].o = Own.pool[:1]
    Own.walk = iter(Own.pool)
    next(Own.walk)
    [type(row)(3) for row in Own.pool]


class Side(enum.Enum):
    BUY, SELL = 1, 2


class Traded(Struct):
    symbol: category
    side: Side
    name: str | None
    note: utf8 | None
    blob: bytes
    price: float | None
    open: bool
    at: dt.datetime


class Narrow(Struct):
    price: uint8


@scenario
def pools_and_arrow() -> None:
    moment = dt.datetime(2024, 5, 6)
    rows = [
        Traded(
            f"S{i % 4}",
            list(Side)[i % 2],
            "name" * i if i % 3 else None,
            "note" * i if i % 2 else None,
            b"blob" * i,
            i * 0.5,
            i % 2 == 0,
            moment,
        )
        for i in range(9)
    ]
    pool = Pool(Traded, rows)
    # Nobody takes them.
    (
        pool.__arrow_c_stream__(),
        pool.__arrow_c_schema__(),
        pool[2:5].__arrow_c_array__(),
    )
    taken = Pool.from_arrow(Traded, pool)
    taken.extend(pool[1:3].copy())
    taken[0].note = "written over what another pool shares " * 3
    taken.append(rows[0])

    class Given:
        def __init__(self, *capsules: Any) -> None:
            self.capsules = capsules

        def __arrow_c_array__(self, requested: object = None) -> tuple[Any, ...]:
            return self.capsules

    given = Given(*pool.__arrow_c_array__())
    taken.extend(given)
    for refused in (given, Given(), Given(1, 2), Given(*pool.__arrow_c_array__())):
        with contextlib.suppress(TypeError, ValueError):
            Pool.from_arrow(Narrow, refused)
