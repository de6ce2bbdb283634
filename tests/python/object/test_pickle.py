"""Pickle at every protocol, across changed classes, and with payloads that were tampered with."""

import datetime as dt
import enum
import io
import pickle
import pickletools
import random
import sys
from typing import Literal

import pytest

import cslots
from cslots import Struct, category, field, float32, uint8, utf8

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Access(enum.Flag):
    READ = 1
    WRITE = 2


class Inner(Struct):
    x: uint8


class Everything(Struct):
    a: bool
    b: int
    c: uint8
    d: float
    e: float32
    f: str
    g: bytes
    h: utf8
    i: category
    j: Color
    k: Literal["p", "q", 5]
    l: Access  # noqa: E741
    m: dt.date
    n: dt.datetime
    o: dt.timedelta
    p: Inner
    q: object
    r: uint8 | None = None
    s: utf8 | None = None
    t: Inner | None = None


class Node(Struct):
    value: object = None
    next: "Node | None" = None
    items: list = field(default_factory=list)


class Free(Struct, dict=True):
    x: uint8


class Lazy(Struct):
    a: uint8
    b: object
    c: utf8

    def __init__(self):
        self.c = "set"


class Frozen(Struct, frozen=True):
    x: int
    y: utf8


class Counted(Struct):
    x: int
    runs = []

    def __post_init__(self):
        Counted.runs.append("post_init")


class OwnInit(Struct):
    x: int

    def __init__(self):
        self.x = 1
        Counted.runs.append("init")


class Reduced(Struct):
    x: int

    def __reduce__(self):
        return (Inner, (self.x,))


class Stateful(Struct):
    x: int
    y: object = None

    def __getstate__(self):
        return {"kept": self.x}

    def __setstate__(self, state):
        self.x = state["kept"] + 1000


class Outer:
    class Nested(Struct):
        x: int


def everything(**changes):
    values = {
        "a": True,
        "b": -(10**30),
        "c": 200,
        "d": -0.5,
        "e": 1.5,
        "f": "str",
        "g": b"bytes\0",
        "h": "utf8 é😀\ud800\0",
        "i": "category",
        "j": Color.BLUE,
        "k": 5,
        "l": Access.READ | Access.WRITE,
        "m": dt.date.max,
        "n": dt.datetime(2024, 1, 2, 3, 4, 5, 6, tzinfo=dt.timezone.utc),
        "o": dt.timedelta(days=-5, microseconds=7),
        "p": Inner(5),
        "q": [1, {"k": (None,)}],
    }
    return Everything(**values | changes)


def around(value, protocol=None, loads=pickle.loads):
    return loads(pickle.dumps(value, protocol))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_kind_survives(protocol):
    for thing in (
        everything(),
        everything(r=0, s="", t=Inner(0)),
        everything(h="x" * 100_000, s="y" * 70_000, b=2**62),
    ):
        other = around(thing, protocol)
        assert other == thing
        assert type(other) is Everything
        assert (other.n.tzinfo, other.r, other.s, other.t) == (
            dt.timezone.utc,
            thing.r,
            thing.s,
            thing.t,
        )
        other.h = "changed"
        other.i = "another"
        assert (other.h, other.i, other.c) == ("changed", "another", 200)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_pure_python_pickler_and_unpickler_agree(protocol):
    thing = everything()
    buffer = io.BytesIO()
    pickle._Pickler(buffer, protocol).dump(thing)
    assert pickle.loads(buffer.getvalue()) == thing
    assert pickle._loads(pickle.dumps(thing, protocol)) == thing


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_shared_objects_stay_shared(protocol):
    inner, items = Inner(1), []
    first, second = around([Node(inner, None, items), Node(inner, None, items)], protocol)
    assert first.value is second.value
    assert first.items is second.items


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_cycle_through_a_container_survives(protocol):
    node = Node(1)
    node.items.append(node)
    other = around(node, protocol)
    assert other.items[0] is other


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_cycle_through_fields_survives(protocol):
    a, b = Node("a"), Node("b")
    a.next, b.next = b, a
    a.value = a
    other = around(a, protocol)
    assert other.next.next is other
    assert other.value is other
    assert other.next.value == "b"


def test_a_long_chain_is_a_copy_or_a_recursion_error():
    node = None
    for _ in range(50_000):
        node = Node(1, node)
    try:
        pickle.dumps(node)
    except RecursionError:
        pass


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_no_constructor_runs(protocol):
    thing, own = Counted(5), OwnInit()
    own.x = 9
    Counted.runs.clear()
    assert around(thing, protocol).x == 5
    assert around(own, protocol).x == 9
    assert Counted.runs == []


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_frozen_lazy_nested_and_free_objects_survive(protocol):
    assert around(Frozen(1, "y" * 1000), protocol) == Frozen(1, "y" * 1000)
    lazy = around(Lazy(), protocol)
    assert lazy.c == "set"
    assert not hasattr(lazy, "a")
    assert not hasattr(lazy, "b")
    free = Free(1)
    free.extra = [1]
    assert around(free, protocol).__dict__ == {"extra": [1]}
    assert around(Struct(), protocol).__class__ is Struct
    if protocol >= 4:
        assert around(Outer.Nested(5), protocol).x == 5


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_own_pickle_hooks_are_used(protocol):
    assert around(Reduced(5), protocol) == Inner(5)
    assert around(Stateful(5), protocol).x == 1005


def test_a_pickle_is_compact():
    ticks = [Inner(n % 256) for n in range(1_000)]
    assert len(pickle.dumps(ticks)) < 40_000


def rename(cls, name="Thing"):
    """Make `cls` the class that pickle finds under `name` in this module."""
    cls.__qualname__ = cls.__name__ = name
    cls.__module__ = __name__
    setattr(sys.modules[__name__], name, cls)
    return cls


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_pickle_from_before_a_field_was_added_loads(protocol):
    class V1(Struct):
        a: uint8
        b: utf8

    class V2(Struct):
        new: utf8 = "default"
        b: utf8 = ""
        tags: list = field(default_factory=list)
        a: uint8 = 0

    rename(V1)
    data = pickle.dumps(V1(5, "text"), protocol)
    rename(V2)
    first, second = pickle.loads(data), pickle.loads(data)
    assert (first.a, first.b, first.new, first.tags) == (5, "text", "default", [])
    assert first.tags is not second.tags


def test_a_field_added_without_a_default_is_not_set_or_a_clean_error():
    class V1(Struct):
        a: uint8

    class V2(Struct):
        a: uint8
        b: utf8

    rename(V1)
    data = pickle.dumps(V1(5))
    rename(V2)
    try:
        thing = pickle.loads(data)
    except (TypeError, AttributeError, ValueError, pickle.UnpicklingError) as error:
        assert "b" in str(error)
    else:
        assert thing.a == 5
        assert not hasattr(thing, "b")


def test_a_field_that_was_removed_is_left_out_or_a_clean_error():
    class V1(Struct):
        a: uint8
        b: utf8
        c: object

    class V2(Struct):
        a: uint8

    rename(V1)
    data = pickle.dumps(V1(5, "x" * 500, [1]))
    rename(V2)
    try:
        thing = pickle.loads(data)
    except (TypeError, AttributeError, ValueError, pickle.UnpicklingError):
        pass
    else:
        assert thing.a == 5
        assert not hasattr(thing, "b")


def test_a_field_whose_kind_changed_is_converted_or_a_clean_error():
    kinds = [
        uint8,
        int,
        float,
        float32,
        utf8,
        str,
        bytes,
        category,
        bool,
        object,
        uint8 | None,
        Color,
        Literal["x", 5],
        Inner,
    ]
    values = [
        5,
        300,
        1.5,
        2.5,
        "t" * 100,
        "s",
        b"b",
        "c",
        True,
        [1],
        None,
        Color.RED,
        "x",
        Inner(1),
    ]
    for old, value in zip(kinds, values, strict=True):

        class V1(Struct):
            pad: utf8
            x: old
            y: uint8 = 3

        rename(V1)
        data = pickle.dumps(V1("pad", value))
        for new in kinds:

            class V2(Struct):
                y: uint8
                x: new
                pad: utf8

            rename(V2)
            try:
                thing = pickle.loads(data)
            except (TypeError, ValueError, OverflowError, AttributeError, pickle.UnpicklingError):
                continue
            assert (thing.y, thing.pad) == (3, "pad")
            if new is old or new is object:
                assert thing.x == value


def test_a_class_that_became_something_else_is_a_clean_error():
    class V1(Struct):
        a: uint8

    rename(V1)
    data = pickle.dumps(V1(5))
    for other in (int, 5, None, type("Plain", (), {}), Struct):
        sys.modules[__name__].Thing = other
        with pytest.raises((TypeError, AttributeError, pickle.UnpicklingError)):
            pickle.loads(data)


def test_values_are_checked_against_the_class_that_loads():
    class Small(enum.Enum):
        A = 1
        B = 2
        C = 3

    class V1(Struct):
        x: Small

    rename(V1)
    rename(Small, "Small")
    data = pickle.dumps([V1(member) for member in Small])

    class Fewer(enum.Enum):
        B = 2

    class V2(Struct):
        x: Fewer

    rename(V2)
    rename(Fewer, "Small")
    try:
        things = pickle.loads(data)
    except (TypeError, ValueError, AttributeError, pickle.UnpicklingError):
        pass
    else:
        assert all(type(thing.x) is Fewer for thing in things)


def reduced(thing):
    function, arguments, *rest = thing.__reduce_ex__(4)
    return function, arguments, rest


ODD = [
    None,
    5,
    -1,
    2**70,
    1.5,
    "",
    "text",
    b"",
    b"\xff" * 40,
    (),
    (1,),
    [],
    {},
    Inner,
    Inner(1),
    Color.RED,
    object(),
]


def load(function, arguments, rest=()):
    """What an unpickler would do with this."""
    thing = function(*arguments)
    if rest and rest[0] is not None:
        thing.__setstate__(rest[0])
    return thing


def examine(thing):
    """Touch everything: nothing may crash, whatever came in."""
    repr(thing) if all(hasattr(thing, name) for name in thing.__match_args__) else None
    for name in thing.__match_args__:
        value = getattr(thing, name, None)
        if value is not None:
            setattr(thing, name, value)


CLEAN = (
    TypeError,
    ValueError,
    OverflowError,
    AttributeError,
    LookupError,
    RuntimeError,
    pickle.UnpicklingError,
    EOFError,
)


def test_arguments_of_the_loader_of_the_wrong_type_are_clean_errors():
    for thing in (everything(), Inner(5), Node([1]), Lazy(), Free(1)):
        function, arguments, rest = reduced(thing)
        for position in range(len(arguments) + 1):
            for odd in ODD:
                changed = [*arguments[:position], odd, *arguments[position + 1 :]]
                for args in (changed, changed[:position], [*changed, odd]):
                    try:
                        examine(load(function, args, rest))
                    except CLEAN:
                        pass
        for odd in ODD:
            try:
                thing.__setstate__(odd)
            except CLEAN:
                pass


def test_a_payload_with_changed_bytes_gives_an_object_or_a_clean_error():
    rng = random.Random(11)
    for thing in (
        everything(h="x" * 50),
        everything(s="t", r=7),
        Inner(5),
        Frozen(2**62, "abc"),
        Lazy(),
    ):
        function, arguments, rest = reduced(thing)
        positions = [n for n, value in enumerate(arguments) if isinstance(value, bytes)]
        for position in positions:
            payload = arguments[position]
            for _ in range(1_500):
                changed = bytearray(payload)
                for _ in range(rng.choice((0, 1, 1, 2, 5))):
                    if changed:
                        changed[rng.randrange(len(changed))] = rng.choice(
                            (0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256))
                        )
                if rng.random() < 0.4:
                    changed = changed[: rng.randrange(len(changed) + 1)]
                if rng.random() < 0.2:
                    changed += rng.randbytes(rng.randrange(20))
                try:
                    examine(
                        load(
                            function,
                            [*arguments[:position], bytes(changed), *arguments[position + 1 :]],
                            rest,
                        )
                    )
                except CLEAN:
                    pass


def test_a_description_of_fields_that_lies_is_a_clean_error():
    function, arguments, rest = reduced(everything())
    loader_reduced = function.__reduce__() if not isinstance(function, type) else None
    if not isinstance(loader_reduced, tuple):
        return
    make, (cls, description) = loader_reduced[0], loader_reduced[1]
    kinds = [kind for _, kind in description] + [
        "nonsense",
        "",
        5,
        None,
        "struct",
        "deferred",
        "initvar",
        "utf8",
    ]
    rng = random.Random(3)
    for _ in range(2_000):
        changed = list(description)
        for _ in range(rng.choice((1, 1, 2, 4))):
            n = rng.randrange(len(changed))
            change = rng.randrange(6)
            if change == 0:
                changed[n] = (changed[n][0], rng.choice(kinds))
            elif change == 1:
                del changed[n]
            elif change == 2:
                changed.insert(n, rng.choice(changed))
            elif change == 3:
                changed[n] = rng.choice(ODD)
            elif change == 4:
                changed[n] = (rng.choice(["zzz", 5, None, "a"]), changed[n][1])
            else:
                rng.shuffle(changed)
            changed = [
                c if isinstance(c, tuple) and len(c) == 2 else ("x", "int") for c in changed
            ] or [("a", "bool")]
        try:
            examine(load(make(cls, tuple(changed)), arguments, rest))
        except CLEAN:
            pass
    for odd in ODD:
        for args in (
            (odd, description),
            (cls, odd),
            (cls, (odd,)),
            (cls, ((odd, odd),)),
            (odd,),
            (),
        ):
            try:
                load(make(*args), arguments, rest)
            except CLEAN:
                pass


def test_a_truncated_pickle_is_a_clean_error():
    data = pickle.dumps(everything())
    for end in range(len(data)):
        with pytest.raises(Exception):
            pickle.loads(data[:end])


def test_pickles_say_what_they_are():
    pickletools.dis(pickle.dumps(everything()), io.StringIO())


def test_unpickling_leaves_nothing_behind(live_blocks):
    thing = everything(h="x" * 1000)
    data = pickle.dumps(thing)
    function, arguments, rest = reduced(thing)
    around(thing)
    before = live_blocks()
    for _ in range(50):
        pickle.loads(data)
        try:
            load(function, [b"", *arguments[1:]], rest)
        except CLEAN:
            pass
    assert live_blocks() == before


def test_a_multiprocessing_style_round_trip_in_another_process():
    from support import run_python

    out = run_python(
        """
        import pickle, sys, types
        module = types.ModuleType("shop")
        sys.modules["shop"] = module
        exec('''
        from cslots import Struct, category, utf8
        class Item(Struct):
            name: utf8
            shelf: category
        ''', module.__dict__)
        data = pickle.dumps([module.Item("a" * n, "s" + str(n % 3)) for n in range(10)])
        print(data.hex())
        """.replace("\n        ", "\n")
    )
    code = f"""
import pickle, sys, types
module = types.ModuleType("shop")
sys.modules["shop"] = module
exec('''
from cslots import Struct, category, utf8
class Item(Struct):
    shelf: category
    price: float = 9.5
    name: utf8
'''.replace("name: utf8", "name: utf8 = ''"), module.__dict__)
items = pickle.loads(bytes.fromhex({out.strip()!r}))
print([(len(i.name), i.shelf, i.price) for i in items])
"""
    assert run_python(code).strip() == str([(n, f"s{n % 3}", 9.5) for n in range(10)])


@pytest.mark.parametrize("name", ["CategoryColumn", "NotPackedWarning"])
def test_pickles_name_public_classes_where_they_are_public(name):
    """So a pickle loads in versions that define them in another module."""
    cls = getattr(cslots, name)
    assert pickle.loads(f"ccslots\n{name}\n.".encode()) is cls
    assert pickle.dumps(cls, 0).startswith(f"ccslots\n{name}\n".encode())
