"""A class whose bases have fields of their own takes what the flat class takes.

No descriptor of a base reads the bytes of another field.
"""

import copy
import dataclasses
import gc
import sys
from types import MemberDescriptorType
from typing import TypeVar

import pytest

pytest.importorskip("hypothesis", reason="needs hypothesis")


from hypothesis import given, settings
from hypothesis import strategies as st
from support import run_python
from support.classes import Named, Tagged, clash, flat_of, join, make_class, shape_of, vars_of

from cslots import (
    Struct,
    _core,
    astuple,
    dataclass,
    fields,
    layout,
    uint8,
    uint16,
    utf8,
)

T = TypeVar("T")
FieldDescriptor = _core.FieldDescriptor


# --- the same bytes as the flat class ------------------------------------------------------------


class Both(Named, Tagged):
    pass


def test_the_layout_is_that_of_the_flat_class():
    assert shape_of(Both) == shape_of(flat_of(Both))
    assert layout(Both).hole_bytes == 0
    assert Both.__basicsize__ == flat_of(Both).__basicsize__


def test_holes_of_the_bases_do_not_add_up():
    class Thin(Struct):
        a: uint8

    class Wide(Thin):  # seven bytes of hole
        b: int

    class Other(Struct):
        c: uint8

    class OtherWide(Other):
        d: int

    class Joined(Wide, OtherWide):
        pass

    assert shape_of(Joined) == shape_of(flat_of(Joined))
    assert layout(Joined).size == object.__basicsize__ + 8 + 8 + 1 + 1


def test_a_tracked_class_is_not_larger_than_the_flat_one_where_all_fits_into_a_hole():
    class A(Struct):
        o: object
        a: uint8

    class B(Struct):
        b: uint8

    class C(A, B):
        pass

    flat = flat_of(C)
    assert sys.getsizeof(C(1, None, 2)) == sys.getsizeof(flat(1, None, 2)) == 48
    assert C.__basicsize__ == A.__basicsize__ == flat.__basicsize__


def test_options_of_the_bases_take_what_they_take_in_the_flat_class():
    class A(Struct, weakref=True):
        a: uint16

    class B(Struct, dict=True):
        b: str

    class C(A, B):
        pass

    assert shape_of(C) == shape_of(flat_of(C, weakref=True, dict=True))


def test_the_base_with_most_references_keeps_its_native_members():
    class One(Struct):
        a: str

    class Many(Struct):
        b: str
        c: str

    class C(One, Many):
        pass

    native = {
        name: type(vars(cls)[name])
        for cls in (One, Many, C)
        for name in ("a", "b", "c")
        if cls is not C and name in vars(cls)
    }
    assert native == {"a": FieldDescriptor, "b": MemberDescriptorType, "c": MemberDescriptorType}
    assert {type(vars(C)[name]) for name in "abc"} == {MemberDescriptorType}


def test_references_at_different_places_keep_both_bases_native():
    class A(Struct):
        x: float
        a: str  # at 24

    class B(Struct):
        b: str  # at 16

    class C(A, B):
        pass

    assert type(vars(A)["a"]) is type(vars(B)["b"]) is type(vars(C)["a"]) is MemberDescriptorType
    c = C("b", 1.0, "a")
    assert (A.a.__get__(c), B.b.__get__(c), c.x) == ("a", "b", 1.0)


# --- descriptors that look at the wrong bytes ----------------------------------------------------


def test_a_descriptor_held_from_before_is_right_for_both():
    A, B = clash()
    held = {name: vars(cls)[name] for cls in (A, B) for name in vars(cls) if name in "xyz"}
    assert {type(d) for d in held.values()} == {MemberDescriptorType}
    a, b = A(), B()
    C = join(A, B)
    c = C()
    assert {name: d.__get__(c) for name, d in held.items()} == {"x": "ax", "y": "by", "z": "bz"}
    assert (held["x"].__get__(a), held["y"].__get__(b), held["z"].__get__(b)) == ("ax", "by", "bz")
    held["x"].__set__(c, 5)
    held["y"].__set__(c, 6)
    held["x"].__set__(a, 7)
    assert astuple(c) == (6, 2.0, "bz", 5, 1.0)
    assert (a.x, a.n) == (7, 1.0)
    held["x"].__delete__(c)
    assert not hasattr(c, "x") and c.y == 6


def test_a_bound_method_of_such_a_descriptor_raises_rather_than_reads():
    A, B = clash()
    bound = [
        (getattr(vars(cls)[name], "__get__"), getattr(vars(cls)[name], "__set__"), name)
        for cls in (A, B)
        for name in "xyz"
        if name in vars(cls)
    ]
    c = join(A, B)()
    raised = 0
    for get, put, name in bound:
        try:
            assert get(c) == getattr(c, name)
        except SystemError:
            raised += 1
            with pytest.raises((AttributeError, SystemError)):
                put(c, None)
    assert raised == 1  # the x of A, which lies elsewhere in a C
    assert astuple(c) == ("by", 2.0, "bz", "ax", 1.0)


def test_what_the_interpreter_specialised_before_stays_right():
    A, B = clash()

    def read(thing):
        return thing.x

    def write(thing, value):
        thing.x = value

    a = A()
    for value in range(500):
        write(a, value)
        assert read(a) == value
    C = join(A, B)
    c, sub = C(), type("Sub", (A,), {})()
    for value in range(500):
        for thing in (a, c, sub):
            write(thing, (value, thing.n))
        assert [read(thing) for thing in (a, c, sub)] == [(value, 1.0)] * 3
    assert (c.y, c.m, c.z) == ("by", 2.0, "bz")


def test_super_reads_and_writes_the_field_of_the_object():
    A, B = clash()

    class C(A, B):
        def read(self):
            return super().x, super(A, self).y, super().n, super(A, self).z

    c = C()
    for _ in range(300):
        assert c.read() == ("ax", "by", 1.0, "bz")


def test_a_plain_base_reads_on_without_the_open_state():
    """A class of references alone never was in the quick state; now it is."""

    class A(Struct):
        x: str

        def get(self):
            return self.x

    class B(Struct):
        y: str
        z: str

    class Sub(A):
        w: uint8 = 0

    C = join(A, B)
    a, s, c = A("a"), Sub("s"), C("y", "z", "x")
    for _ in range(500):
        assert (a.x, a.get(), s.x, s.get(), s.w, c.x, c.get()) == ("a", "a", "s", "s", 0, "x", "x")
    with pytest.raises(AttributeError):
        a.nope  # noqa: B018
    assert type(vars(A)["x"]) is FieldDescriptor

    class Later(A):
        pass

    assert type(vars(Later)["x"]) is MemberDescriptorType  # native again
    assert Later("l").x == A.x.__get__(Later("l")) == "l"


def test_an_unset_reference_is_told_of_alike():
    A, B = clash()
    C = join(A, B)
    a, c = A(), C()
    for thing in (a, c):
        A.x.__delete__(thing)  # `del thing.x` gives it its default again
        with pytest.raises(AttributeError):
            thing.x  # noqa: B018
        with pytest.raises(AttributeError):
            A.x.__get__(thing)
        thing.x = 1
        assert A.x.__get__(thing) == 1


def test_a_descriptor_of_the_other_base_refuses_a_foreign_object():
    A, B = clash()
    C = join(A, B)
    for descriptor, thing in (
        (vars(A)["x"], B()),
        (vars(B)["y"], A()),
        (vars(C)["x"], A()),
        (vars(A)["x"], 5),
        (vars(A)["n"], B()),
    ):
        with pytest.raises(TypeError):
            descriptor.__get__(thing)
        with pytest.raises((TypeError, AttributeError)):
            descriptor.__set__(thing, 1)


def test_three_classes_over_the_same_bases_in_any_order():
    A, B = clash()
    made = [join(A, B), join(B, A), join(type("A2", (A,), {}), B), join(A, type("B2", (B,), {}))]
    for cls in made:
        c = cls(x=1, y=2, z="z", n=3, m=4)
        assert (A.x.__get__(c), B.y.__get__(c), B.z.__get__(c), A.n.__get__(c), B.m.__get__(c)) == (
            1,
            2,
            "z",
            3.0,
            4.0,
        )
    assert (A().x, B().y, B().z) == ("ax", "by", "bz")


def test_classes_of_such_classes():
    A, B = clash()
    C = join(A, B)

    class E(Struct):
        x: object = "ex"
        e: str = "e"

    class A2(A):
        more: str = "more"

    class D(C, A2):
        pass

    class F(E, D):
        f: uint8 = 7

    d, f = D(), F()
    assert {name: getattr(d, name) for name in ("x", "y", "z", "n", "m", "more")} == {
        "x": "ax", "y": "by", "z": "bz", "n": 1.0, "m": 2.0, "more": "more",
    }  # fmt: skip
    for cls in (A, B, C, A2, D, E, F):
        for thing in (d, f):
            if isinstance(thing, cls):
                for spec in fields(cls):
                    assert vars_of(cls)[spec.name].__get__(thing) == getattr(thing, spec.name)
    assert f.x == "ex" and (C().x, A2().x, D().x) == ("ax",) * 3
    assert shape_of(F) == shape_of(flat_of(F))


def test_a_class_that_extends_one_base_checks_the_members_of_the_other():
    """M emits its members again, at A's places; C lays A's fields out anew, and is not below M."""

    class Mixin:
        __slots__ = ()

    class A(Struct):
        x: object = "x"

    class B(Struct):
        y: object = "y"
        z: object = "z"

    class C(A, B):
        pass

    class M(Mixin, A):
        pass

    held = vars(M)["x"] if "x" in vars(M) else vars(A)["x"]

    class D(C, M):
        pass

    class E(M, C):
        pass

    for cls in (D, E):
        thing = cls()
        assert held.__get__(thing) == A.x.__get__(thing) == M.x.__get__(thing) == thing.x == "x"
        assert (thing.y, thing.z) == ("y", "z")
    assert M().x == "x" == held.__get__(M())


# --- any graph of classes ------------------------------------------------------------------------

KINDS = {
    "int": int,
    "float": float,
    "str": str,
    "utf8": utf8,
    "uint8": uint8,
    "bool": bool,
    "object": object,
    "small": uint8 | None,
}
VALUES = {
    "int": 2**70,
    "float": 1.5,
    "str": "s",
    "utf8": "text" * 9,
    "uint8": 200,
    "bool": True,
    "object": ("o",),
    "small": None,
}
OPTIONS = [{}, {}, {}, {"weakref": True}, {"dict": True}, {"eq": False}]

bodies = st.lists(
    st.tuples(st.lists(st.sampled_from(sorted(KINDS)), max_size=4), st.sampled_from(OPTIONS)),
    min_size=3,
    max_size=7,
)


@settings(max_examples=120)
@given(bodies, st.randoms(use_true_random=False))
def test_any_graph_of_classes_reads_and_writes_like_plain_classes(bodies, random):
    classes, plain, held, kind_of, alive = [], {}, [], {}, []
    for number, (kinds, options) in enumerate(bodies):
        own = {f"f{number}_{i}": kind for i, kind in enumerate(kinds)}
        if classes and random.random() < 0.3:  # a field of a class before, declared again
            known = random.choice(sorted(kind_of) or ["f0_0"])
            own[known] = kind_of.get(known, "int")
        bases = tuple(random.sample(classes, random.randint(0, min(3, len(classes))))) or (Struct,)
        try:
            model = type(f"K{number}", tuple(plain.get(base, object) for base in bases), {})
        except TypeError:
            with pytest.raises(TypeError):
                make_class(
                    f"K{number}",
                    bases,
                    {name: KINDS[kind] for name, kind in own.items()},
                    **options,
                )
            continue
        cls = make_class(
            f"K{number}", bases, {name: KINDS[kind] for name, kind in own.items()}, **options
        )
        kind_of |= own
        classes.append(cls)
        plain[cls] = model
        held += [
            (cls, value)
            for value in vars(cls).values()
            if type(value) in (MemberDescriptorType, FieldDescriptor)
        ]
        alive.append(cls(**{f.name: VALUES[kind_of[f.name]] for f in fields(cls)}))
        assert [c.__name__ for c in cls.__mro__[:-3]] == [c.__name__ for c in model.__mro__[:-1]]
    for thing in alive:
        cls = type(thing)
        values = {f.name: VALUES[kind_of[f.name]] for f in fields(cls)}
        for _ in range(2):
            assert {name: getattr(thing, name) for name in values} == values
            for owner, descriptor in held:
                if issubclass(cls, owner):
                    assert descriptor.__get__(thing) == values[descriptor.__name__]
                else:
                    with pytest.raises(TypeError):
                        descriptor.__get__(thing)
            for name in values:
                if kind_of[name] == "str":
                    values[name] = values[name] + "!"
                    setattr(thing, name, values[name])
        assert copy.deepcopy(thing).__reduce_ex__(4)[0] == thing.__reduce_ex__(4)[0]
    alive.clear()
    gc.collect()


def test_a_crash_would_show_in_a_fresh_interpreter():
    """Packed numbers under every held descriptor: what would read them as a pointer dies here."""
    run_python("""
        from cslots import Struct, uint8
        from operator import attrgetter

        class A(Struct):
            a: str = "a"
            b: object = None

        class B(Struct):
            n: int = 0x4141414141414141 >> 2
            m: int = 0x4141414141414141 >> 2
            f: float = 1e300
            c: str = "c"
            d: str = "d"
            e: str = "e"

        held = [vars(A)["a"], vars(A)["b"], *(vars(B)[k] for k in "cde")]
        bound = [d.__get__ for d in held] + [d.__set__ for d in held]
        getters = [attrgetter(k) for k in "abcde"]

        class C(A, B):
            pass

        class D(B, A):
            k: uint8 = 0

        for cls in (C, D):
            for _ in range(100):
                c = cls()
                for d in held:
                    assert d.__get__(c) == getattr(c, d.__name__)
                    try:
                        d.__set__(c, "x")
                    except AttributeError:
                        pass
                for b in bound:
                    for arguments in ((c,), (c, "x")):
                        try:
                            b(*arguments)
                        except (AttributeError, TypeError, SystemError):
                            pass
                [g(c) for g in getters]
                assert (c.n, c.m, c.f) == (0x4141414141414141 >> 2, 0x4141414141414141 >> 2, 1e300)
    """)


def test_a_descriptor_held_from_before_the_decorator_reads_the_field_of_the_packed_class():
    class Slotted:
        __slots__ = ("x", "y")
        x: float
        y: object

    x, y, bound = Slotted.x, Slotted.y, Slotted.x.__get__
    made = dataclass(Slotted)(1, [2])
    assert (x.__get__(made), y.__get__(made)) == (1.0, [2])
    x.__set__(made, 3)
    with pytest.raises(TypeError, match="expected float"):
        x.__set__(made, "3")
    assert made.x == 3.0
    with pytest.raises(SystemError):
        bound(made)


def test_a_descriptor_of_the_class_statement_survives_the_decorator_and_later_classes():
    @dataclass(typed=False)
    class First:
        a: object = 1
        f: object = 2

    @dataclass
    class Second:
        i: bool = True
        b: utf8 = "b"

    class Both(Second, First):
        g: object = 3
        e: object = 4

    held = {name: value for name, value in vars(Both).items() if name in ("a", "f", "b", "i")}
    assert {"a", "f"} <= held.keys()
    Both = dataclass(Both)

    @dataclass
    class Wide:
        o1: object = 1
        o2: object = 2
        o3: object = 3
        o4: object = 4
        o5: object = 5
        o6: object = 6

    @dataclass
    class Last(Both, Wide):
        pass

    for made in (Both(), Last()):
        for name, descriptor in held.items():
            assert descriptor.__get__(made) == getattr(made, name)
            descriptor.__set__(made, getattr(made, name))
        assert dataclasses.asdict(made) == dataclasses.asdict(type(made)())
