"""repr as in dataclasses, written in C."""

import dataclasses
import enum
import inspect
import math
import pprint

import pytest

from cslots import Pool, Struct, dataclass, field, float32, uint8, utf8


class Color(enum.Enum):
    RED = 1


class User(Struct):
    name: utf8
    age: uint8
    score: float = 1.5
    color: Color = Color.RED
    tag: object = None


class Node(Struct):
    value: object
    next: "Node | None" = None


class Empty(Struct):
    pass


def test_repr_shows_every_field():
    assert (
        repr(User("ann", 30))
        == "User(name='ann', age=30, score=1.5, color=<Color.RED: 1>, tag=None)"
    )
    assert repr(Empty()) == "Empty()"
    assert str(User("ann", 30)) == repr(User("ann", 30))


def test_repr_is_that_of_a_dataclass_of_the_same_name():
    def make(base, decorate):
        class Thing(base):
            a: int
            b: str
            c: float
            d: object

        return decorate(Thing)(10**20, "tëxt\n", math.inf, [1, {"x": None}])

    assert repr(make(Struct, lambda cls: cls)) == repr(make(object, dataclasses.dataclass))


def test_fields_can_be_left_out():
    class A(Struct):
        x: int
        y: int = field(repr=False)
        z: int = 3

    assert repr(A(1, 2)).endswith("A(x=1, z=3)")


def test_without_the_option_repr_is_that_of_object():
    class A(Struct, repr=False):
        x: int

    a = A(1)
    assert repr(a) == object.__repr__(a)


def test_an_own_repr_is_used():
    class A(Struct):
        x: int

        def __repr__(self):
            return "mine"

    class B(A):
        y: int = 0

    assert repr(A(1)) == "mine"
    assert "x=1, y=0" in repr(B(1)) or repr(B(1)) == "mine"


def test_a_cycle_is_cut():
    node = Node(1)
    node.next = node
    assert repr(node) == "Node(value=1, next=...)"
    a, b = Node("a"), Node("b")
    a.next, b.next = b, a
    assert repr(a) == "Node(value='a', next=Node(value='b', next=...))"
    holder = Node([])
    holder.value.append(holder)
    assert repr(holder) == "Node(value=[...], next=None)"
    assert repr(node) == "Node(value=1, next=...)"


def test_a_failing_repr_leaves_no_trace_of_the_recursion_guard():
    class Bad:
        def __repr__(self):
            raise ZeroDivisionError

    node = Node(Bad())
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            repr(node)
    node.value = 5
    assert repr(node) == "Node(value=5, next=None)"


def test_a_chain_too_deep_for_repr_is_a_recursion_error():
    node = None
    for _ in range(100_000):
        node = Node(1, node)
    with pytest.raises(RecursionError):
        repr(node)
    assert node.value == 1


def test_a_repr_that_is_no_text_is_a_type_error():
    class Bad:
        def __repr__(self):
            return 5

    with pytest.raises(TypeError):
        repr(Node(Bad()))


def test_odd_texts_are_escaped_as_python_does():
    for text in ("\ud800", "\0", "'", '"', "😀", "\\"):
        assert repr(User(text, 1)).startswith(f"User(name={text!r}, age=1")


def test_float32_shows_the_value_it_keeps():
    class P(Struct):
        x: float32

    assert repr(P(0.1)).endswith("P(x=0.10000000149011612)")


LONG = "x" * 40
FOLDED = f"""\
[A(name='{LONG}',
   other='{LONG}')]"""


@pytest.mark.parametrize("options", [None, {}, {"typed": False}, {"frozen": True}], ids=str)
def test_pprint_and_rich_fold_long_objects(options):
    body = {"__annotations__": {"name": str, "other": object}, "__module__": __name__}
    A = (
        type(Struct)("A", (Struct,), body)
        if options is None
        else dataclass(type("A", (), body), **options)
    )
    assert pprint.pformat([A(LONG, LONG)]) == FOLDED
    assert pprint.pformat([A("a", 1)]) == "[A(name='a', other=1)]"
    pretty = pytest.importorskip("rich.pretty")
    assert pretty.pretty_repr(A(LONG, LONG), max_width=60).splitlines() == [
        "A(",
        f"    name='{LONG}',",
        f"    other='{LONG}'",
        ")",
    ]


@pytest.mark.parametrize("base", [True, False])
def test_a_repr_of_the_users_is_shown_as_it_is(base):
    body = {
        "__annotations__": {"name": str},
        "__module__": __name__,
        "__repr__": lambda self: "mine " * 40,
    }
    A = type(Struct)("A", (Struct,), body) if base else dataclass(type("A", (), body))
    assert pprint.pformat(A(LONG)) == "mine " * 40
    pretty = pytest.importorskip("rich.pretty")
    assert pretty.pretty_repr(A(LONG)) == "mine " * 40


def test_the_generated_repr_can_be_called_by_name():
    class A(Struct):
        x: int

    class B(A):
        y: int = 0

        def __repr__(self):
            return "B over " + super().__repr__()

    assert repr(B(1)).startswith("B over ")
    assert repr(B(1)).endswith("B(x=1, y=0)")
    assert A(1).__repr__() == A.__repr__(A(1)) == repr(A(1))
    assert repr(Pool(A, [A(1)])[0]) == repr(A(1))
    assert (A.__repr__.__name__, str(inspect.signature(A(1).__repr__))) == (
        "__repr__",
        "() -> 'str'",
    )
    for wrong in ((), (A(1), 2), (5,)):
        with pytest.raises(TypeError):
            A.__repr__(*wrong)
    A.__repr__ = lambda self: "later"
    assert repr(A(1)) == "later"
    del A.__repr__
    assert repr(A(1)).endswith("A(x=1)")
