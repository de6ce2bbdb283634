"""The methods that the decorator makes belong to the class that got them.

They are inherited as any others; dataclasses is asked.
"""

import dataclasses
import heapq
import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cslots
from cslots import Pool, dataclass, field

KITS = [(dataclasses.dataclass, dataclasses.field), (dataclass, field)]


def outcome(function, *args):
    """What a call gives, in a form that the classes of both decorators share."""
    try:
        value = function(*args)
    except Exception as error:
        return type(error).__name__
    if isinstance(value, str):
        return "repr of object" if " object at 0x" in value else value.rpartition(".")[2]
    return value


def test_super_asks_the_method_of_the_base_about_the_fields_of_the_base():
    @dataclass(order=True)
    class Base:
        a: int

    @dataclass
    class Loose(Base):
        b: int = 0

        def __eq__(self, other):
            return super().__eq__(other)

        def __repr__(self):
            return "<" + super().__repr__().rpartition(".")[2] + ">"

    @dataclass(frozen=True)
    class Key:
        a: int

    @dataclass(frozen=True)
    class Tagged(Key):
        tag: str = ""

        def __hash__(self):
            return super().__hash__()

    assert (Loose(1, 2) == Loose(1, 3), Loose(1, 2) == Loose(2, 2), Loose(1, 2) != Loose(1, 3)) == (
        True,
        False,
        False,
    )
    assert repr(Loose(1, 2)) == "<Loose(a=1)>"
    assert hash(Tagged(1, "x")) == hash((1,))


def test_the_method_of_a_base_is_about_its_fields_wherever_they_lie():
    @dataclass(order=True, unsafe_hash=True)
    class Base:
        a: int
        x: float = 0.0

    @dataclass(order=True, unsafe_hash=True)
    class Other:
        s: str

    @dataclass(order=True, unsafe_hash=True)
    class Both(Base, Other):
        b: bool = False

    one, two = Both("x", 1, 2.0), Both("y", 1, 2.0, True)
    assert (Base.__eq__(one, two), Other.__eq__(one, two), one == two) == (True, False, False)
    assert (Base.__lt__(one, two), Base.__le__(one, two), Other.__lt__(one, two)) == (
        False,
        True,
        True,
    )
    assert (Base.__hash__(one), Other.__hash__(two)) == (hash((1, 2.0)), hash(("y",)))
    assert Base.__repr__(two).endswith("Both(a=1, x=2.0)")
    assert Base.__eq__(one, Base(1)) is NotImplemented
    for call in (
        lambda: Both.__eq__(Base(1), one),
        lambda: Base.__eq__(one),
        lambda: Base.__hash__(one, 1),
        lambda: Base.__repr__(5),
    ):
        with pytest.raises(TypeError):
            call()


def test_a_class_made_without_a_method_inherits_that_of_its_base():
    @dataclass(order=True)
    class Item:
        priority: int
        item: Any = field(compare=False, default=None)

    @dataclass
    class Job(Item):
        name: str = field(compare=False, default="")

    @dataclass(eq=False)
    class Handle(Item):
        fd: int = 0

    @dataclass(repr=False)
    class Secret(Item):
        token: str = "t"

    @dataclass
    class Backwards(Item):
        def __lt__(self, other):
            return self.priority > other.priority

    jobs = []
    for priority in (3, 1, 2):
        heapq.heappush(jobs, Job(priority, None, str(priority)))
    assert [heapq.heappop(jobs).name for _ in range(3)] == ["1", "2", "3"]
    assert Handle(1, None, 5) == Handle(1, None, 6)
    assert repr(Secret(1)).endswith("Secret(priority=1, item=None)")
    assert (Backwards(1) < Backwards(2), Backwards(1) <= Backwards(2)) == (False, True)


def test_init_false_keeps_the_constructor_of_the_base():
    for decorate, field_ in KITS:

        @decorate
        class A:
            j: int = 1
            s: int = field_(default=0, init=False)

        @decorate(init=False)
        class B(A):
            j: int = 2

        @decorate(init=False)
        class C(A):
            more: int = field_(default=7, kw_only=True)

        class D(C):
            pass

        assert [(cls().j, cls(5).j, cls(5).s) for cls in (A, B, C, D)] == [(1, 5, 0)] * 4
        assert (C(5).more, D(5).more) == (7, 7)
        with pytest.raises(TypeError):
            C(5, more=3)


def test_a_row_of_a_pool_is_treated_as_its_record():
    @dataclass(order=True, unsafe_hash=True)
    class Base:
        a: int

    @dataclass(order=True, unsafe_hash=True)
    class Sub(Base):
        b: int = 0

    pool = Pool(Sub, [Sub(1, 2), Sub(1, 3)])
    one, two = pool[0], pool[1]
    assert (Base.__eq__(one, two), Base.__eq__(one, Sub(1, 9)), Base.__eq__(Sub(2), two)) == (
        True,
        True,
        False,
    )
    assert (Base.__lt__(one, two), Base.__hash__(one), one < two, one == Sub(1, 2)) == (
        False,
        hash((1,)),
        True,
        True,
    )
    assert Base.__repr__(one).endswith("Sub(a=1)")


def test_a_method_assigned_to_a_class_afterwards_is_used():
    @dataclass(order=True, unsafe_hash=True)
    class Base:
        a: int

    @dataclass(eq=False, repr=False)
    class Sub(Base):
        pass

    Base.__eq__ = lambda self, other: "eq"
    Base.__lt__ = lambda self, other: "lt"
    Base.__hash__ = lambda self: 5
    Base.__repr__ = lambda self: "repr"
    for cls in (Base, Sub):
        assert (cls(1) == cls(2), cls(1) < cls(2), hash(cls(1)), repr(cls(1))) == (
            "eq",
            "lt",
            5,
            "repr",
        )


@pytest.mark.parametrize("typed", [True, False])
def test_after_del_repr_and_equality_see_the_default(typed):
    @dataclass(typed=typed, unsafe_hash=True)
    class A:
        x: object = 1

    a = A(2)
    del a.x
    try:
        a.x
    except AttributeError:  # typed=False on Python 3.11
        assert repr(a).endswith("A(x=<not set>)")
        return
    assert (repr(a).rpartition(".")[2], a == A(1), A(1) == a, hash(a), cslots.asdict(a)) == (
        "A(x=1)",
        True,
        True,
        hash((1,)),
        {"x": 1},
    )


options = st.fixed_dictionaries(
    {},
    optional={
        "eq": st.booleans(),
        "order": st.booleans(),
        "repr": st.booleans(),
        "unsafe_hash": st.booleans(),
        "init": st.booleans(),
    },
)
own_methods = st.sets(
    st.sampled_from(["__eq__", "__lt__", "__hash__", "__repr__", "__ge__"]), max_size=2
)
level = st.tuples(
    st.booleans(),  # decorated
    options,
    own_methods,
    st.lists(
        st.tuples(st.sampled_from("xyz"), st.booleans(), st.booleans(), st.booleans()), max_size=2
    ),
)
METHODS = {
    "__eq__": lambda self, other: ("eq", type(other).__name__),
    "__lt__": lambda self, other: ("lt", type(other).__name__),
    "__ge__": lambda self, other: ("ge", type(other).__name__),
    "__hash__": lambda self: 77,
    "__repr__": lambda self: "mine",
}


def build(kit, levels):
    """A line of classes, each derived from the one before; the exception's name if refused."""
    decorate, field_ = kit
    classes = []
    for number, (decorated, given_options, own, declared) in enumerate(levels):
        namespace = {name: METHODS[name] for name in sorted(own)}
        namespace["__annotations__"] = {}
        namespace["__module__"] = __name__
        if decorated or number == 0:
            for name, compare, shown, hashed in declared:
                namespace["__annotations__"][name] = int
                namespace[name] = field_(
                    default=number, compare=compare, repr=shown, hash=hashed or None
                )
        try:
            cls = type(classes[-1] if classes else object)(
                f"C{number}", (classes[-1],) if classes else (), namespace
            )
            classes.append(decorate(**given_options)(cls) if decorated or number == 0 else cls)
        except (TypeError, ValueError) as error:
            return classes, type(error).__name__
    return classes, None


@settings(max_examples=150, deadline=None)
@given(st.lists(level, min_size=1, max_size=4))
def test_a_line_of_classes_has_the_methods_that_dataclasses_gives_it(levels):
    (theirs, why), (ours, reason) = (build(kit, levels) for kit in KITS)
    assert (reason, len(ours)) == (why, len(theirs))

    def look(classes):
        seen = []
        for cls in classes:
            one, two, three = cls(), cls(), cls()
            for name in ("x", "y"):
                if hasattr(two, name):
                    setattr(two, name, 9)
            for a, b in itertools.product((one, two, three), repeat=2):
                seen += [
                    outcome(lambda a=a, b=b: a == b),
                    outcome(lambda a=a, b=b: a != b),
                    outcome(lambda a=a, b=b: a < b),
                ]
                seen += [outcome(lambda a=a, b=b: a >= b)]
                for base in classes:
                    if issubclass(cls, base):
                        seen += [outcome(base.__eq__, a, b), outcome(base.__le__, a, b)]
            for a in (one, two):
                if type(a).__hash__ is not object.__hash__:
                    seen.append(outcome(hash, a))
                seen += [
                    outcome(repr, a),
                    *[outcome(base.__repr__, a) for base in classes if issubclass(cls, base)],
                ]
        return seen

    assert look(ours) == look(theirs)
