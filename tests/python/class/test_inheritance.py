"""Subclasses extend their base; mixins, Generic, ABCs and Protocols join in."""

import abc
import collections.abc
import functools
from typing import Generic, Protocol, TypeVar, runtime_checkable

import pytest
from support import raises

from cslots import Struct, _core, asdict, dataclass, fields, int8, uint8, uint16, utf8

T = TypeVar("T")


def offsets(cls):
    return {
        f["name"]: (f["offset"], f["bit_byte"], f["bit_shift"])
        for f in _core.layout_of(cls)["fields"]
    }


def test_a_subclass_extends_its_base():
    class A(Struct):
        x: uint8
        y: utf8

    class B(A):
        z: float
        w: utf8 = "w"

    class C(B):
        v: bool = True

    c = C(1, "y" * 100, 2.5, v=False)
    assert (c.x, c.y, c.z, c.w, c.v) == (1, "y" * 100, 2.5, "w", False)
    assert isinstance(c, A)
    assert issubclass(C, Struct)
    assert [f.name for f in fields(C)] == ["x", "y", "z", "w", "v"]
    assert [f.name for f in fields(A)] == ["x", "y"]
    c.w, c.y = "w" * 5000, ""
    assert asdict(c) == {"x": 1, "y": "", "z": 2.5, "w": "w" * 5000, "v": False}


def test_a_base_field_stays_where_it_is():
    class A(Struct):
        a: uint8
        b: float
        c: uint8 | None

    class B(A):
        d: uint16
        e: float
        f: bool

    base, sub = offsets(A), offsets(B)
    assert {name: sub[name] for name in base} == base


def test_a_subclass_fills_the_holes_of_its_base():
    class A(Struct):
        a: uint8
        b: float

    class B(A):
        c: uint8
        d: uint16
        e: bool

    assert _core.layout_of(B)["block"] == _core.layout_of(A)["block"]
    b = B(255, 1.5, 254, 65535, True)
    assert (b.a, b.b, b.c, b.d, b.e) == (255, 1.5, 254, 65535, True)
    b.c = 0
    b.e = False
    assert (b.a, b.b, b.c, b.d, b.e) == (255, 1.5, 0, 65535, False)


def test_a_long_line_of_subclasses_keeps_every_value():
    cls = Struct
    for n in range(40):
        cls = type(Struct)(
            f"C{n}", (cls,), {"__annotations__": {f"f{n}": [uint8, float, utf8, bool, int][n % 5]}}
        )
    values = [[n, n / 2, f"t{n}" * n, bool(n % 2), 10**n][n % 5] for n in range(40)]
    thing = cls(*values)
    assert list(_core.values(thing)) == values
    assert [getattr(thing, f"f{n}") for n in range(40)] == values


def test_a_field_keeps_its_kind_in_subclasses():
    class A(Struct):
        x: uint8

    with raises(TypeError, "B.x: is int8 here and uint8 in A; a field keeps its kind"):

        class B(A):
            x: int8


def test_a_mixin_without_fields_brings_its_methods():
    class Loud:
        __slots__ = ()

        def shout(self):
            return self.name.upper()

    class User(Loud, Struct):
        name: utf8

    class Other(Struct, Loud):
        name: utf8

    assert User("ann").shout() == Other("ann").shout() == "ANN"
    assert isinstance(User("ann"), Loud)
    assert not hasattr(User("ann"), "__dict__")


def test_a_mixin_with_a_dict_is_refused_with_advice():
    class Mixin:
        pass

    with pytest.raises(TypeError) as caught:

        class User(Mixin, Struct):
            x: int

    text = str(caught.value)
    assert text.startswith("User: base Mixin has no __slots__ and would bring back a __dict__")
    assert "add '__slots__ = ()' to Mixin, or pass dict=True" in text

    class Fine(Mixin, Struct, dict=True):
        x: int

    fine = Fine(1)
    fine.free = 2
    assert (fine.x, fine.free) == (1, 2)


def test_a_mixin_with_slots_of_its_own_is_refused_with_advice():
    class Mixin:
        __slots__ = ("a",)

    with raises(TypeError, "User: base Mixin has slots of its own ('a'); make it a Struct"):

        class User(Mixin, Struct):
            x: int


@pytest.mark.parametrize("base", [int, str, list, dict, Exception, tuple])
def test_a_builtin_base_with_a_body_is_refused(base):
    with pytest.raises(TypeError):
        type(Struct)("User", (base, Struct), {"__annotations__": {"x": int}})
    with pytest.raises(TypeError):
        type(Struct)("User", (Struct, base), {"__annotations__": {"x": int}})


def test_a_struct_mixin_without_fields_joins_a_struct_with_fields():
    class Mixin(Struct):
        def double(self):
            return self.x * 2

    class A(Struct):
        x: uint8

    class B(A, Mixin):
        y: uint8

    class C(Mixin, A):
        y: uint8

    assert B(5, 6).double() == C(5, 6).double() == 10


def test_a_diamond_over_an_empty_base_works():
    class Base(Struct):
        pass

    class A(Base):
        x: int

    class B(Base):
        pass

    class C(A, B):
        y: int

    assert (C(1, 2).x, C(1, 2).y) == (1, 2)


def test_generic_classes_work():
    class Box(Struct, Generic[T]):
        x: T
        n: uint8 = 0

    class IntBox(Box[int]):
        m: uint8 = 1

    assert Box[int](5).x == 5
    assert Box("a").x == "a"
    assert IntBox([1], 2, 3).m == 3
    assert Box[str].__origin__ is Box
    assert not hasattr(Box(1), "__dict__")

    class Swapped(Generic[T], Struct):
        x: T

    assert Swapped[int](5).x == 5


def test_an_abstract_class_cannot_be_instantiated():
    class Shape(abc.ABC):
        __slots__ = ()

        @abc.abstractmethod
        def area(self): ...

    class Half(Shape, Struct):
        x: float

    class Square(Half):
        def area(self):
            return self.x**2

    with pytest.raises(TypeError, match="abstract"):
        Half(1.0)
    with pytest.raises(TypeError, match="abstract"):
        Half.__new__(Half)
    assert Square(3.0).area() == 9.0
    assert isinstance(Square(1.0), Shape)

    class Direct(Struct, abc.ABC):
        x: int

        @abc.abstractmethod
        def f(self): ...

    with pytest.raises(TypeError, match="abstract"):
        Direct(1)


def test_abcs_may_come_before_or_after_and_without_slots():
    class Shape(abc.ABC):
        def area(self):
            return self.x

    class A(Struct, Shape):
        x: int

    class B(Shape, Struct):
        x: int

    assert A(1).area() == B(1).area() == 1
    assert not hasattr(A(1), "__dict__")
    assert not hasattr(B(1), "__dict__")


def test_register_and_subclass_hooks_work():
    class Shape(abc.ABC):
        __slots__ = ()

    class A(Struct, Shape):
        x: int

    class B(Struct):
        x: int

    Shape.register(B)
    assert isinstance(B(1), Shape)
    assert isinstance(A(1), Shape)
    assert not isinstance(5, A)
    assert not isinstance(B(1), A)

    class C(Struct, abc.ABC):
        x: int

    C.register(int)
    assert isinstance(5, C)


def test_the_collection_abcs_give_their_mixin_methods():
    class Pair(collections.abc.Sequence, Struct):
        a: int
        b: int

        def __len__(self):
            return 2

        def __getitem__(self, index):
            return (self.a, self.b)[index]

    pair = Pair(5, 6)
    assert list(pair) == [5, 6]
    assert pair.index(6) == 1
    assert 5 in pair


def test_protocols_work():
    @runtime_checkable
    class Named(Protocol):
        name: str

        def shout(self) -> str: ...

    class User(Struct, Named):
        name: utf8

        def shout(self):
            return self.name.upper()

    class Other(Struct):
        name: utf8

        def shout(self):
            return ""

    assert User("ann").shout() == "ANN"
    assert isinstance(User("a"), Named)
    assert isinstance(Other("a"), Named)
    with pytest.raises(TypeError, match="missing required field 'name'"):
        User()


def test_super_works_in_methods():
    class A(Struct):
        x: int

        def show(self):
            return f"A{self.x}"

        def __repr__(self):
            return f"<{super().__repr__()}>"

    class B(A):
        def show(self):
            return "B" + super().show()

        def me(self):
            return __class__

    assert B(1).show() == "BA1"
    assert B(1).me() is B
    assert repr(A(1)).startswith("<")
    assert repr(A(1)).endswith("A(x=1)>")


def test_a_derived_metatype_works():
    class Meta(type(Struct)):
        def __new__(mcls, name, bases, namespace, **keywords):
            cls = super().__new__(mcls, name, bases, namespace, **keywords)
            cls.made_by = "Meta"
            return cls

        def __call__(cls, *args):
            return super().__call__(*args), "wrapped"

    class A(Struct, metaclass=Meta):
        x: int

    assert A.made_by == "Meta"
    thing, word = A(5)
    assert (thing.x, word) == (5, "wrapped")


def test_names_and_documents_of_a_class_stay():
    class A(Struct):
        """What A is."""

        x: int

    assert A.__doc__ == "What A is."
    assert A.__module__ == __name__
    assert A.__qualname__.endswith("<locals>.A")
    assert A.__annotations__ == {"x": int}


def test_a_subclass_may_rule_out_none():
    class Node(Struct, eq=False):
        parent: "Node | None" = None
        size: uint8 | None = None

    class Child(Node):
        parent: Node
        size: uint8 = 1

    child = Child(Node())
    assert (child.size, child.parent.size) == (1, None)
    with raises(TypeError, "Child.parent: expected Node, got NoneType None"):
        child.parent = None
    with raises(TypeError, "Child.size: expected uint8 (an int from 0 to 255), got NoneType None"):
        child.size = None
    with raises(
        TypeError, "Wide.size: is uint8 or None here and uint8 in Child; a field keeps its kind"
    ):

        class Wide(Child):
            size: uint8 | None = None


def test_a_reference_may_become_another_and_is_checked_as_the_subclass_says():
    class Base(Struct):
        x: object

        def put(self, x):
            self.x = x

    class Text(Base):
        x: str

    text = Text("a")
    for assign in (
        text.put,
        lambda value: setattr(text, "x", value),
        lambda value: type(text).x.__set__(text, value),
    ):
        with pytest.raises((TypeError, AttributeError)):
            assign(5)
    with pytest.raises((TypeError, AttributeError)):
        Text(5)
    assert text.x == "a"


class Compare:
    __slots__ = ()

    def __eq__(self, other):
        return self.text == other

    def __hash__(self):
        return 7

    def __repr__(self):
        return "mixin"

    def __lt__(self, other):
        return "less"


def test_what_a_mixin_defines_goes_before_what_every_struct_has():
    class Leaf(Struct, eq=False):
        text: str

    class Behind(Leaf, Compare):
        pass

    class Before(Compare, Leaf):
        pass

    class Below(Behind):
        more: int = 0

    class Direct(Struct, Compare):
        text: str

    for cls in (Behind, Before, Below, Direct):
        one = cls(":")
        assert (one == ":", one != ":", hash(one), repr(one), one < 5) == (
            True,
            False,
            7,
            "mixin",
            "less",
        )
        assert cls.__mro__.index(Compare) < cls.__mro__.index(Struct)
    assert Behind.__bases__ == (Leaf, Compare, Struct)
    assert Direct(text="x").text == "x"


def test_the_hash_follows_the_equality_that_is_inherited():
    class Leaf(Struct):
        text: str

    class Frozen(Struct, frozen=True):
        text: str

    class Unhashable:
        __slots__ = ()

        def __eq__(self, other):
            return True

    for parent in (Leaf, Frozen):
        operator = type(Struct)("Operator", (parent, Compare), {})
        assert (operator(":") == ":", hash(operator(":"))) == (True, 7)
        silent = type(Struct)("Silent", (parent, Unhashable), {})
        assert silent("a") == 5 and silent.__hash__ is None

    class Own(Struct):
        text: str

        def __eq__(self, other):
            return self.text == other

        def __hash__(self):
            return 9

    class Sub(Own):
        more: int = 0

    assert (Sub("a") == "a", hash(Sub("a"))) == (True, 9)


def test_an_option_that_the_class_statement_gives_goes_before_a_mixin():
    class Leaf(Struct):
        text: str

    class Operator(Leaf, Compare, eq=True, repr=True, order=True):
        pass

    assert (
        Operator(":") == ":",
        Operator(":") == Operator(":"),
        Operator("a") < Operator("b"),
    ) == (False, True, True)
    assert repr(Operator(":")).endswith("Operator(text=':')")
    assert Operator.__hash__ is None


def test_super_init_goes_on_to_the_mixins():
    class Agent(Struct, dict=True):
        number: int

        def __init__(self, number):
            super().__init__()
            self.number = number

    class Observable:
        def __init__(self):
            super().__init__()
            self.subscribers = []

    class Mine(Agent, Observable):
        pass

    assert (Mine(1).subscribers, Mine(1).number) == ([], 1)


def test_the_constructor_is_that_of_what_stands_first():
    class Loud:
        __slots__ = ()

        def __init__(self, *args):
            raise ZeroDivisionError

    class First(Struct, Loud):
        x: int

    class Second(Loud, Struct):
        x: int

    class Third(First):
        y: int = 2

    assert (First(1).x, Third(1).y) == (1, 2)
    with pytest.raises(ZeroDivisionError):
        Second(1)
    First.__init__ = lambda self: None
    with pytest.raises(TypeError, match="positional argument"):
        First(1)
    del First.__init__
    assert First(1).x == 1


def test_total_ordering_works_on_a_struct():
    @functools.total_ordering
    class Version(Struct):
        number: int

        def __lt__(self, other):
            return self.number < other.number

    one, two = Version(1), Version(2)
    assert (one < two, one <= two, one > two, one >= two, one != two, one <= Version(1)) == (
        True,
        True,
        False,
        False,
        True,
        True,
    )
    assert not any(
        name in vars(cls)
        for cls in Struct.__mro__[:-1]
        for name in ("__lt__", "__le__", "__gt__", "__ge__", "__ne__")
    )


def test_order_is_inherited_and_may_be_asked_for_later():
    class Plain(Struct):
        x: int

    class Ordered(Plain, order=True):
        y: int = 0

    class More(Ordered):
        z: int = 0

    class Backwards(Ordered):
        def __lt__(self, other):
            return NotImplemented

    assert Ordered(1, 2) < Ordered(1, 3) and More(1, 2, 3) < More(1, 2, 4) and More(1) >= More(1)
    assert Backwards(1) <= Backwards(2) and Backwards(2) > Backwards(1)
    with pytest.raises(TypeError, match="not supported between"):
        Plain(1) < Plain(2)  # noqa: B015


def test_generic_classes_abstract_classes_and_object_may_stand_anywhere():
    T = TypeVar("T")

    class A(Struct, Generic[T]):
        x: int

    class B(Struct, abc.ABC):
        @abc.abstractmethod
        def f(self): ...

    class C(Struct, object):
        x: int

    class D(A[int], collections.abc.Sized, C):
        def __len__(self):
            return self.x

    assert (A[int](1).x, C(1).x, len(D(3)), isinstance(D(3), collections.abc.Sized)) == (
        1,
        1,
        3,
        True,
    )
    with pytest.raises(TypeError, match="abstract"):
        B()


def test_an_abstract_method_makes_a_class_abstract_in_either_spelling():
    class Shape(Struct, metaclass=abc.ABCMeta):
        id: int

        @property
        @abc.abstractmethod
        def name(self): ...

    class Named(Shape):
        name: str = "n"

    @dataclass
    class Base:
        n: int = 0

    @dataclass
    class Abstract(Base, metaclass=abc.ABCMeta):
        @abc.abstractmethod
        def f(self): ...

    for cls in (Shape, Abstract):
        with pytest.raises(TypeError, match="abstract"):
            cls(1)
    assert (Named(1).name, Named.__abstractmethods__) == ("n", frozenset())
    Shape.register(int)
    assert isinstance(5, Shape) and issubclass(int, Shape) and not isinstance("x", Shape)


def test_register_makes_an_abstract_base_class_of_a_struct():
    class Plain(Struct):
        x: int

    class Sub(Plain):
        y: int = 0

    assert Plain.register(dict) is dict
    assert (
        isinstance({}, Plain),
        issubclass(dict, Plain),
        isinstance({}, Sub),
        isinstance(Sub(1), Plain),
    ) == (True, True, False, True)
    with pytest.raises(TypeError):
        Plain.register(5)


def test_attrs_on_a_struct_is_refused_and_works_on_a_dataclass():
    attr = pytest.importorskip("attr")

    class Base(Struct):
        x: int = 1

    class A(Base):
        y: int = 5

    text = (
        "A: is a Struct already, and its fields are what its class statement says; leave the "
        "decorator out"
    )
    for decorate in (attr.s(auto_attribs=True), attr.s(auto_attribs=True, slots=True), attr.define):
        with raises(TypeError, text):
            decorate(A)
    assert repr(A()).endswith("A(x=1, y=5)")

    @dataclass
    class Packed:
        x: int = 1

    @attr.define
    class Sub(Packed):
        y: int = 5

    sub = Sub(6)
    assert (sub.x, sub.y) == (1, 6)
    sub.x = 2
    assert sub.x == 2
