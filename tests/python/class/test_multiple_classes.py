"""A class with several bases: its statement, what happens while it is made, dataclasses."""

import copy
import dataclasses
import gc
import pickle
import sys
import threading
import weakref
from functools import cached_property
from typing import Generic, Literal, Protocol, TypeVar

import pytest

pytest.importorskip("hypothesis", reason="needs hypothesis")

from abc import ABC, abstractmethod

from support import classes_die, is_tracked, raises
from support.classes import Named, Tagged, clash, flat_of, join, make_class, shape_of, vars_of

from cslots import (
    Struct,
    _core,
    astuple,
    categories,
    category,
    dataclass,
    field,
    fields,
    float32,
    force_setattr,
    replace,
    uint8,
    uint32,
    utf8,
)

T = TypeVar("T")
FieldDescriptor = _core.FieldDescriptor

# --- what the class statement says ---------------------------------------------------------------


def test_fields_defaults_and_orders_are_those_of_dataclasses():
    def bodies(base, decorate):
        @decorate
        class A(base):
            x: int = 3
            y: int = 1

        @decorate
        class B(base):
            y: int = 2
            x: int = 5
            z: int = 7

        @decorate
        class C(A, B):
            pass

        @decorate
        class D(B, A):
            w: int = 9

        return A, B, C, D

    theirs = bodies(object, dataclasses.dataclass)
    ours = bodies(Struct, lambda cls: cls)
    for mine, their in zip(ours, theirs, strict=True):
        assert [(f.name, f.default) for f in dataclasses.fields(their)] == [
            (f.name, dataclasses.MISSING if repr(f.default) == "MISSING" else f.default)
            for f in fields(mine)
        ]
    assert astuple(ours[2](3)) == dataclasses.astuple(theirs[2](3))
    assert ours[3].__match_args__ == theirs[3].__match_args__


@pytest.mark.parametrize(
    ("one", "other", "text"),
    [
        (
            int,
            float,
            "C.x: is float64 in base B and int in base A; bases with a field of one name must "
            "store it alike",
        ),
        (int, int | None, None),
        (str, object, None),
        (utf8, str, None),
        (Literal["a"], Literal["a", "b"], None),
        (dataclasses.InitVar[int], int, None),
        (Named, Tagged, None),
    ],
)
def test_conflicting_kinds_are_refused_by_name(one, other, text):
    A = make_class("A", (Struct,), {"x": one})
    B = make_class("B", (Struct,), {"x": other})
    for bases in ((A, B), (B, A)):
        with pytest.raises(TypeError) as caught:
            make_class("C", bases, {})
        told = str(caught.value)
        assert told.startswith("C.x: is ") and "in base A" in told and "in base B" in told
    if text is not None:
        with raises(
            TypeError,
            text.replace(
                "float64 in base B and int in base A", "int in base A and float64 in base B"
            ),
        ):
            make_class("C", (A, B), {})


def test_errors_of_python_stay_pythons():
    A, B = clash()
    with pytest.raises(TypeError, match="duplicate base class"):
        join(A, A)
    with pytest.raises(TypeError, match="MRO|consistent"):
        join(A, join(A, B))
    with pytest.raises(TypeError, match="metaclass conflict"):

        class Meta(type):
            pass

        join(join(A, B), Meta("X", (), {"__slots__": ()}))
    with pytest.raises(TypeError):
        join(A, int)


def test_a_frozen_and_an_open_base_are_refused_and_two_frozen_ones_stay_frozen():
    class A(Struct, frozen=True):
        x: int

    class B(Struct, frozen=True):
        y: str

    class Open(Struct):
        z: int

    class C(A, B):
        pass

    c = C("y", 1)
    for name in ("x", "y"):
        with pytest.raises(AttributeError):
            setattr(c, name, 2)
        with pytest.raises(AttributeError):
            vars_of(C)[name].__set__(c, 2)
    assert hash(c) == hash(C("y", 1)) and {c: 1}[C("y", 1)] == 1
    with pytest.raises(TypeError):
        join(A, Open)
    with pytest.raises(TypeError):
        join(Open, A)


def test_the_first_base_says_how_objects_are_made():
    class Own(Struct):
        a: int
        b: bool

        def __init__(self, a):
            self.a = a

    class Generated(Struct):
        c: float
        d: bool

    class First(Generated, Own):
        pass

    class Second(Own, Generated):
        pass

    first = First(1, True, 2.0, False)
    assert (first.a, first.b, first.c, first.d) == (1, True, 2.0, False)
    second = Second(5)
    assert second.a == 5
    for name in "bcd":  # every packed field of it can be unset
        with pytest.raises(AttributeError):
            getattr(second, name)
        with pytest.raises(AttributeError):
            getattr(Own if name == "b" else Generated, name).__get__(second)
    Generated.__init__(second, 2.5, True)
    assert (second.a, second.c, second.d) == (5, 2.5, True)
    bits = {f["name"]: f["bits"] for f in _core.layout_of(Second)["fields"]}
    assert bits == {"c": 1, "d": 2, "a": 0, "b": 2}


def test_an_init_given_to_a_base_later_reaches_the_class():
    A, B = clash()
    C = join(A, B)
    A.__init__ = lambda self: setattr(self, "x", "own")
    assert C().x == "own" and A().x == "own"
    assert C().y == "by"
    del A.__init__
    assert (C().x, C().y) == ("ax", "by")


def test_the_generated_init_of_a_base_fills_its_fields():
    A, B = clash()
    c = join(A, B)()
    A.__init__(c, 5, 6.0)
    B.__init__(c, z="zz")
    assert astuple(c) == ("by", 2.0, "zz", 5, 6.0)


def test_mixins_stand_anywhere():
    class Mixin:
        __slots__ = ()

        def describe(self):
            return f"{self.name} {self.tag}"

    class Empty(Struct):
        def shout(self):
            return self.name.upper()

    for bases in (
        (Mixin, Empty, Named, Tagged),
        (Named, Mixin, Tagged, Empty),
        (Named, Empty, Tagged, Mixin),
    ):
        thing = make_class("C", bases, {})(tag="t", weight=1.0, text="x", name="n", age=3)
        assert (thing.describe(), thing.shout(), thing.age, thing.weight) == ("n t", "N", 3, 1.0)


def test_generic_abstract_and_protocol_bases():
    class Box(Struct, Generic[T]):
        value: T

    class Sized(Protocol):
        def size(self) -> int: ...

    class Shape(Struct, ABC):
        sides: uint8

        @abstractmethod
        def area(self): ...

    class Square(Box[float], Shape, Sized):
        def area(self):
            return self.value**2

        def size(self):
            return self.sides

    square = Square(4, 1.5)
    assert (square.area(), square.size(), isinstance(square, Shape), isinstance(square, Box)) == (
        2.25,
        4,
        True,
        True,
    )
    assert Box.value.__get__(square) == 1.5

    class Unfinished(Box[int], Shape):
        pass

    with pytest.raises(TypeError, match="abstract"):
        Unfinished(4, 1)


def test_cached_properties_of_both_bases():
    class A(Struct):
        x: float

        @cached_property
        def twice(self):
            return self.x * 2

        twice: object

    class B(Struct):
        y: float

        @cached_property
        def half(self):
            return self.y / 2

        half: float

    class C(A, B):
        pass

    c = C(3.0, 5.0)
    assert (c.x, c.y, c.twice, c.half, A.twice.__get__(c), B.half.__get__(c)) == (
        5.0,
        3.0,
        10.0,
        1.5,
        10.0,
        1.5,
    )
    a, b = A(1.0), B(1.0)
    assert (a.twice, b.half, a.twice, b.half) == (2.0, 0.5, 2.0, 0.5)


def test_a_category_declared_in_both_bases_uses_the_table_of_the_first():
    class A(Struct):
        k: category

    class B(Struct):
        k: category
        n: int = 0

    A("a"), B("b")
    C = join(A, B)
    assert C("c", 1).k == "c" and B.k.__get__(C("d", 1)) == "d"
    assert categories(A, "k") == categories(C, "k") == ("a", "c", "d") and categories(B, "k") == (
        "b",
    )


def test_gc_false_speaks_for_its_own_base():
    class Unsafe(Struct, gc=False):
        o: object

    class Numbers(Struct):
        n: int

    class Objects(Struct):
        p: object

    assert not is_tracked(join(Unsafe, Numbers)) and not is_tracked(join(Numbers, Unsafe))
    assert is_tracked(join(Unsafe, Objects)) and is_tracked(join(Objects, Unsafe))


def test_a_field_that_leads_back_by_way_of_either_base_is_tracked():
    class A(Struct):
        x: int

    class B(Struct):
        y: int

    class Holder(Struct):
        b: B

    class C(A, B):
        h: Holder

    assert is_tracked(C) and not is_tracked(Holder)
    c = C(1, 2, Holder(B(1)))
    with pytest.raises(TypeError):
        c.h.b = c


def test_cycles_through_the_fields_of_both_bases_are_collected():
    class A(Struct, weakref=True):
        left: object = None

    class B(Struct):
        right: object = None

    C = join(A, B)
    c = C()
    c.left = [c]
    c.right = {"c": c}
    ref = weakref.ref(c)
    del c
    gc.collect()
    assert ref() is None


def test_class_assignment_never_crosses_layouts():
    A, B = clash()
    C, Other = join(A, B), join(B, A)

    class Same(C):
        def hello(self):
            return self.x

    flat = flat_of(C)
    things = [A(), B(), C(), Other(), flat("y", 1.0, "z", "x", 2.0)]
    setter = object.__dict__["__class__"].__set__
    for thing in things:
        for target in {type(t) for t in things} - {type(thing)}:
            for assign in (setter, lambda t, cls: setattr(t, "__class__", cls)):
                with pytest.raises(TypeError):
                    assign(thing, target)
    c = C()
    c.__class__ = Same
    assert c.hello() == "ax"
    c.__class__ = C


def test_class_assignment_is_refused_where_only_weak_references_and_dicts_differ():
    class A(Struct, weakref=True):
        pass

    class B(Struct, dict=True):
        pass

    C = join(A, B)
    setter = object.__dict__["__class__"].__set__
    for thing, target in ((A(), C), (B(), C), (C(), A), (C(), B), (A(), B)):
        with pytest.raises(TypeError):
            setter(thing, target)


def test_copies_replacements_pickles_and_comparisons():
    class A(Struct, order=True, unsafe_hash=True):
        x: int
        t: utf8
        e: Literal["a", 5, None]

    class B(Struct):
        u: utf8 | None
        f: float32 | None
        n: uint32 | None
        flag: bool | None

    C = join(A, B)
    C.__module__, C.__qualname__ = __name__, "AandB"
    globals()["AandB"] = C
    a_value = C(None, 1.5, None, True, 2**70, "t" * 40, None)
    other = replace(a_value, u="u", x=1)
    assert (other.u, other.x, other.t, other.e, other.flag) == ("u", 1, "t" * 40, None, True)
    for thing in (a_value, other):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            assert pickle.loads(pickle.dumps(thing, protocol)) == thing
        assert copy.copy(thing) == copy.deepcopy(thing) == thing == replace(thing)
        assert hash(copy.copy(thing)) == hash(thing)
    assert a_value != other and other < replace(other, x=2)
    force_setattr(a_value, "u", "forced")
    assert B.u.__get__(a_value) == "forced" == super(A, a_value).u


# --- while the class is made ---------------------------------------------------------------------


def sizes(*classes):
    return [cls.__basicsize__ for cls in classes]


def test_no_code_of_the_users_sees_a_base_without_its_size():
    A, B = clash()
    before, seen = sizes(A, B), []

    class Spy:
        def __set_name__(self, owner, name):
            seen.append(sizes(A, B))

    class Hooked(Struct):
        def __init_subclass__(cls):
            seen.append(sizes(A, B))
            cls()

    def default():
        seen.append(sizes(A, B))
        return 5

    class Index:
        def __index__(self):
            seen.append(sizes(A, B))
            A(), B()
            return 3

    class C(Hooked, A, B):
        spy = Spy()
        k: uint8 = Index()
        d: int = field(default_factory=default)

    assert seen and all(entry == before for entry in seen) and sizes(A, B) == before
    assert C().k == 3


@pytest.mark.parametrize(
    "broken", ["default", "set_name", "init_subclass", "mro", "metaclass", "slots", "metatype"]
)
def test_sizes_return_whatever_goes_wrong(broken):
    A, B = clash()
    before, was = sizes(A, B, Struct), gc.isenabled()

    class Bad:
        def __set_name__(self, owner, name):
            raise KeyError("set_name")

    class Angry(Struct):
        def __init_subclass__(cls):
            raise KeyError("init_subclass")

    class OwnMro(type(Struct)):
        def mro(cls):
            return super().mro()

    class Stopped(type(Struct)):
        def __new__(mcls, *args, **kwargs):
            super().__new__(mcls, *args, **kwargs)
            raise KeyError("metatype")

    make = {
        "default": lambda: (
            make_class("C", (A, B), {"k": uint8})
            and type(Struct)("C", (A, B), {"__annotations__": {"k": uint8}, "k": "no"})
        ),
        "set_name": lambda: type(Struct)("C", (A, B), {"bad": Bad()}),
        "init_subclass": lambda: type(Struct)("C", (Angry, A, B), {}),
        "mro": lambda: type(Struct)("C", (A, join(A, B)), {}),
        "metaclass": lambda: OwnMro("C", (A, B), {}),
        "slots": lambda: type(Struct)("C", (A, B), {"__slots__": ("x y",)}),
        "metatype": lambda: Stopped("C", (A, B), {}),
    }[broken]
    with pytest.raises((TypeError, KeyError, RuntimeError)):
        make()
    gc.collect()
    assert sizes(A, B, Struct) == before and gc.isenabled() == was
    c = join(A, B)()
    assert (c.x, c.y, A().x, B().z) == ("ax", "by", "ax", "bz")


def test_a_metatype_with_an_mro_of_its_own_is_refused_by_name():
    A, B = clash()

    class Meta(type(Struct)):
        def mro(cls):
            return super().mro()

    with raises(
        TypeError,
        "a metaclass with an mro() of its own (Meta) cannot make a class with several bases that "
        "have fields",
    ):
        Meta("C", (A, B), {})
    assert Meta("D", (A,), {})().x == "ax"


def test_names_that_could_run_code_are_refused():
    A, B = clash()

    class Name(str):
        def __eq__(self, other):
            A(), B()
            return str(self) == other

        def __hash__(self):
            return hash("__module__")

    with pytest.raises(TypeError, match="needs names that are plain str"):
        type(Struct)("C", (A, B), {Name("name"): 5})
    assert sizes(A, B) == sizes(*clash())


def test_collections_during_the_making_of_classes():
    class Loud:
        def __del__(self):
            for cls in list(Struct.__subclasses__()):
                if cls.__qualname__.startswith("clash.") and not _core.is_being_made(cls):
                    cls()

    old = gc.get_threshold()
    try:
        gc.set_threshold(1, 1, 1)
        for _ in range(60):
            loop = [Loud()]
            loop.append(loop)
            A, B = clash()
            del loop
            c = join(A, B)()
            assert (c.x, c.y, A.x.__get__(c)) == ("ax", "by", "ax")
    finally:
        gc.set_threshold(*old)


def test_threads_make_classes_over_the_same_bases():
    A, B = clash()
    before, errors = sizes(A, B), []

    def work():
        try:
            for _ in range(40):
                c = join(A, B)()
                assert (c.x, c.y, c.z, A().x, B().z) == ("ax", "by", "bz", "ax", "bz")
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    old = sys.getswitchinterval()
    try:
        sys.setswitchinterval(1e-6)
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(old)
    assert not errors and sizes(A, B) == before


@classes_die
def test_the_classes_go_when_nobody_holds_them():
    def live():
        gc.collect()
        return len(Struct.__subclasses__())

    before = live()
    for _ in range(3):
        A, B = clash()
        held = [vars(A)["x"], vars(B)["y"]]
        c = join(A, B)()
        assert c.x == "ax"
        del A, B, c, held
    assert live() == before


def test_a_held_descriptor_outlives_its_classes():
    A, B = clash()
    d = vars(A)["x"]
    join(A, B)
    name, text = d.__name__, repr(d)
    del A, B
    gc.collect()
    assert (d.__name__, repr(d)) == (name, text) == ("x", text)


# --- dataclasses ---------------------------------------------------------------------------------


def test_slots_of_a_base_of_pythons_own_keep_their_place():
    class Slotted:
        __slots__ = ("a", "b")

    @dataclass
    class P(Slotted):
        x: int = 1

    @dataclass
    class Q:
        y: float = 2.0
        z: float = 3.0
        w: str = "w"

    class R(P, Q):
        pass

    @dataclass
    class S(Q, P):
        v: str = "v"

    @dataclass
    class Late(Q, Slotted):
        v: str = "v"

    for cls in (R, S, Late):
        thing = cls()
        for name in ("a", "b"):
            with pytest.raises(AttributeError):
                getattr(Slotted, name).__get__(thing)
        thing.a, thing.b = ["a"], ("b",)
        assert (thing.a, Slotted.b.__get__(thing), thing.y, thing.z, thing.w) == (
            ["a"],
            ("b",),
            2.0,
            3.0,
            "w",
        )
        assert vars_of(Q)["w"].__get__(thing) == "w"
    assert (Q().w, P().x) == ("w", 1)


def test_an_empty_dataclass_beside_slots_of_pythons_own():
    class Slotted:
        __slots__ = ("a",)

    @dataclass
    class Empty:
        pass

    class X(Empty, Slotted):
        pass

    x = X()
    x.a = "a"
    x.other = 5
    ref = weakref.ref(x)
    assert (x.a, x.other, ref() is x) == ("a", 5, True)


def test_two_slotted_bases_of_pythons_own_are_refused_by_python():
    class One:
        __slots__ = ("a",)

    class Two:
        __slots__ = ("b",)

    @dataclass
    class P(One):
        x: int = 1

    @dataclass
    class Q(Two):
        y: int = 1

    with pytest.raises(TypeError, match="lay-out conflict"):

        class R(P, Q):
            pass

    assert (P().x, Q().y) == (1, 1)


def test_a_decorated_class_over_two_decorated_ones_is_laid_out_as_the_flat_one():
    @dataclass
    class P:
        x: uint8 = 1
        s: str = "s"

    @dataclass
    class Q:
        y: uint8 = 2
        t: str = "t"
        u: utf8 = "u"

    @dataclass
    class R(P, Q):
        z: float = 4.0

    @dataclass
    class Flat:
        y: uint8 = 2
        t: str = "t"
        u: utf8 = "u"
        x: uint8 = 1
        s: str = "s"
        z: float = 4.0

    assert shape_of(R) == shape_of(Flat) and sys.getsizeof(R()) == sys.getsizeof(Flat())
    assert P.__eq__(R(), R()) is True and P.__repr__(R()).count("s='s'") == 1
    r = R()
    for cls in (P, Q):
        for spec in fields(cls):
            assert (
                vars(cls)[spec.name].__get__(r) == getattr(r, spec.name) == getattr(cls, spec.name)
            )
    assert (P.s, Q.t, R.s) == ("s", "t", "s")


def test_untyped_dataclasses_are_read_and_written_natively_before_and_after():
    @dataclass(typed=False)
    class P:
        a: int = 1

    @dataclass(typed=False)
    class Q:
        b: int = 2
        c: int = 3

    def turn(thing, name):
        if name == "a":
            thing.a = [thing.a]
            return thing.a
        thing.b = (thing.b,)
        return thing.b

    p, q = P(), Q()
    for _ in range(300):
        p.a, q.b = 1, 2
        assert (turn(p, "a"), turn(q, "b")) == ([1], (2,))

    @dataclass(typed=False)
    class R(P, Q):
        d: int = 4

    r = R()
    for _ in range(300):
        p.a, q.b, r.a, r.b = 1, 2, 5, 6
        assert (turn(p, "a"), turn(q, "b"), turn(r, "a"), turn(r, "b")) == ([1], (2,), [5], (6,))
    assert (r.c, r.d, vars(P)["a"].__get__(r), vars(Q)["c"].__get__(r)) == (3, 4, [5], 3)
