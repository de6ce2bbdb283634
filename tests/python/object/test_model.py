"""Long random lives: a Struct and a plain dataclass get the same operations and must stay equal."""

import copy
import dataclasses
import datetime as dt
import enum
import gc
import pickle
import struct
from typing import Any, Literal

import pytest

pytest.importorskip("hypothesis", reason="needs hypothesis")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule  # noqa: E402

import cslots  # noqa: E402
from cslots import (  # noqa: E402
    Struct,
    asdict,
    astuple,
    category,
    field,
    float32,
    replace,
    uint8,
    utf8,
)


class Color(enum.Enum):
    RED = 1
    GREEN = "g"
    BLUE = 3


class Access(enum.Flag):
    READ = 1
    WRITE = 2
    RUN = 4


TEXT = st.one_of(
    st.text(st.characters(codec=None), max_size=30),
    st.text(max_size=4).flatmap(lambda s: st.sampled_from([s, s * 50, s * 3000])),
)
ZONED = st.datetimes() | st.datetimes(timezones=st.just(dt.timezone.utc))

KINDS: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "o": (object, st.one_of(st.none(), st.integers(), st.lists(st.integers(), max_size=3))),
    "s": (str, TEXT),
    "y": (bytes, st.binary(max_size=30)),
    "b": (bool, st.booleans()),
    "i": (
        int,
        st.one_of(
            st.integers(),
            st.integers(2**62 - 2, 2**62 + 2),
            st.integers(-(2**62) - 2, -(2**62) + 2),
        ),
    ),
    **{
        f"{sign}{n}": (getattr(cslots, f"{'u' * (sign == 'u')}int{n}"), st.integers(low, high))
        for n in (8, 16, 32, 64)
        for sign, low, high in (("u", 0, 2**n - 1), ("n", -(2 ** (n - 1)), 2 ** (n - 1) - 1))
    },
    "f": (float, st.floats(allow_nan=False)),
    "g": (float32, st.floats(width=32, allow_nan=False)),
    "t": (utf8, TEXT),
    "t2": (utf8, TEXT),
    "c": (category, TEXT),
    "e": (Color, st.sampled_from(Color)),
    "l": (Literal["a", 5, None, b"x"], st.sampled_from(["a", 5, None, b"x"])),
    "a": (Access, st.integers(0, 7).map(Access)),
    "d": (dt.date, st.dates()),
    "w": (dt.datetime, ZONED),
    "z": (dt.timedelta, st.timedeltas(dt.timedelta(-100_000_000), dt.timedelta(100_000_000))),
}
VALUES = {name: strategy for name, (_, strategy) in KINDS.items()}
for name in list(KINDS):
    VALUES[f"{name}_n"] = st.none() | VALUES[name]

annotations = {name: annotation for name, (annotation, _) in KINDS.items()}
annotations |= {f"{name}_n": annotations[name] | None for name in list(annotations)}
halves = [dict(list(annotations.items())[n::2]) for n in range(2)]

Base = type(Struct)("Base", (Struct,), {"__annotations__": halves[0], "__module__": __name__})
Sub = type(Struct)(
    "Sub", (Base,), {"__annotations__": halves[1], "__module__": __name__, "__qualname__": "Sub"}
)
NAMES = [*halves[0], *halves[1]]
Model = dataclasses.make_dataclass("Sub", [(name, Any) for name in NAMES])
ALL = st.fixed_dictionaries({name: VALUES[name] for name in NAMES})


@settings(max_examples=60)
@given(ALL)
def test_every_combination_of_values_is_kept(values):
    thing, model = Sub(**values), Model(**values)
    assert astuple(thing) == dataclasses.astuple(model)
    assert asdict(thing) == dataclasses.asdict(model)
    assert repr(thing) == repr(model)
    assert thing == Sub(*[values[name] for name in NAMES])
    assert pickle.loads(pickle.dumps(thing)) == thing == copy.deepcopy(thing) == copy.copy(thing)
    assert [type(v) for v in astuple(thing)] == [type(v) for v in dataclasses.astuple(model)]


@pytest.mark.parametrize("name", NAMES)
def test_one_field_in_all_its_values(name):
    Box = type(Struct)(
        "Box",
        (Struct,),
        {"__annotations__": {"x": annotations[name]}},
        order=True,
        unsafe_hash=True,
    )

    @settings(max_examples=40)
    @given(VALUES[name], VALUES[name])
    def check(first, second):
        a, b = Box(first), Box(second)
        assert (a == b) == (first == second)
        try:
            expected = (first,) < (second,)
        except TypeError:
            with pytest.raises(TypeError):
                a < b
        else:
            assert (a < b) == expected
        a.x = second
        assert a == b
        try:
            assert hash(a) == hash(b)
        except TypeError:
            assert isinstance(second, list)

    check()


@given(st.floats())
def test_float32_is_what_c_makes_of_it(value):
    Box = type(Struct)("Box", (Struct,), {"__annotations__": {"x": float32}})
    try:
        packed = struct.pack("<f", value)
    except OverflowError:
        with pytest.raises(OverflowError):
            Box(value)
    else:
        assert struct.pack("<f", Box(value).x) == packed or value != value


class Life(RuleBasedStateMachine):
    """One object and its model; the object may be exchanged for a copy of itself at any time."""

    def __init__(self):
        super().__init__()
        self.thing = None

    @rule(values=ALL)
    def be_born(self, values):
        self.thing, self.model = Sub(**values), Model(**values)

    @rule(data=st.data(), name=st.sampled_from(NAMES))
    def write(self, data, name):
        if self.thing is not None:
            value = data.draw(VALUES[name])
            setattr(self.thing, name, value)
            setattr(self.model, name, value)

    @rule(name=st.sampled_from([n for n in NAMES if not n.startswith("o")]))
    def write_nonsense(self, name):
        if self.thing is not None:
            with pytest.raises(TypeError):
                setattr(self.thing, name, Ellipsis)

    @rule(
        way=st.sampled_from(
            [copy.copy, copy.deepcopy, replace, lambda t: pickle.loads(pickle.dumps(t))]
        )
    )
    def become_a_copy(self, way):
        if self.thing is not None:
            self.thing = way(self.thing)

    @rule(data=st.data(), name=st.sampled_from(NAMES))
    def be_replaced(self, data, name):
        if self.thing is not None:
            value = data.draw(VALUES[name])
            self.thing = replace(self.thing, **{name: value})
            self.model = dataclasses.replace(self.model, **{name: value})

    @rule()
    def collect(self):
        gc.collect(0)

    @invariant()
    def both_are_the_same(self):
        if self.thing is not None:
            for name in NAMES:
                assert getattr(self.thing, name) == getattr(self.model, name)


Life.TestCase.settings = settings(max_examples=15, stateful_step_count=25)
TestLife = Life.TestCase


def test_a_random_crowd_keeps_its_values():
    import random

    rng = random.Random(1)

    class Small(Struct):
        a: uint8
        b: utf8
        c: int
        d: object = None
        e: utf8 | None = None
        f: list = field(default_factory=list)

    crowd, models = {}, {}
    for step in range(30_000):
        key = rng.randrange(400)
        text = "t" * rng.choice((0, 3, 10, 40, 200, 2_000))
        action = rng.random()
        if key not in crowd or action < 0.2:
            values = (rng.randrange(256), text, rng.choice((step, 10**25 + step)), key, None)
            crowd[key], models[key] = Small(*values), list(values)
        elif action < 0.3:
            del crowd[key], models[key]
        else:
            index = rng.randrange(5)
            value = (
                rng.randrange(256),
                text,
                rng.choice((step, -(10**25) - step)),
                [key],
                rng.choice((None, text)),
            )[index]
            setattr(crowd[key], "abcde"[index], value)
            models[key][index] = value
        if step % 5_000 == 0:
            assert {k: list(astuple(v))[:5] for k, v in crowd.items()} == models
    assert {k: list(astuple(v))[:5] for k, v in crowd.items()} == models
