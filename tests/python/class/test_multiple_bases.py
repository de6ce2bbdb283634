"""Two bases that both have fields: the class is laid out anew, and the bases stay right."""

import copy
import gc
import pickle
import sys
import weakref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import raises

from cslots import (
    Struct,
    asdict,
    astuple,
    categories,
    category,
    dataclass,
    fields,
    layout,
    uint8,
    utf8,
)


class A(Struct):
    name: str = "n"
    age: uint8 = 1

    def who(self):
        return self.name, self.age


class B(Struct):
    tag: str
    weight: float = 2.0
    text: utf8 = "t"

    def what(self):
        return self.tag, self.weight, self.text

    def rename(self, tag):
        self.tag = tag


class C(A, B):
    flag: bool = True

    def both(self):
        return super().who() + super().what()


def make():
    return C("tag", 3.5, "text", "name", 7, False)


def test_both_bases_fields_in_dataclasses_order():
    assert [f.name for f in fields(C)] == ["tag", "weight", "text", "name", "age", "flag"]
    c = make()
    assert astuple(c) == ("tag", 3.5, "text", "name", 7, False)
    assert isinstance(c, A) and isinstance(c, B) and C.__mro__[:3] == (C, A, B)


def test_methods_of_the_bases_and_super_read_the_right_bytes():
    c = make()
    assert c.who() == A.who(c) == ("name", 7)
    assert c.what() == B.what(c) == ("tag", 3.5, "text")
    assert c.both() == ("name", 7, "tag", 3.5, "text")
    c.rename("new")
    assert (c.tag, c.name) == ("new", "name")
    for _ in range(300):  # as the interpreter specialises
        assert (
            c.what() == ("new", 3.5, "text")
            and B("b").what() == ("b", 2.0, "t")
            and A("a").who() == ("a", 1)
        )


def test_descriptors_of_the_bases_are_right():
    c = make()
    for cls in (A, B, C):
        for field in fields(cls):
            assert getattr(cls, field.name).__get__(c) == getattr(c, field.name)
    A.age.__set__(c, 9)
    B.weight.__set__(c, 1)
    assert (c.age, c.weight) == (9, 1.0)
    # In a base that kept its place it is read-only, as in every Struct.
    for descriptor in (
        A.name,
        B.tag,
    ):
        with pytest.raises((TypeError, AttributeError)):
            descriptor.__set__(c, 5)
    assert (c.name, c.tag) == ("name", "tag")


def test_a_descriptor_held_from_before_reads_nothing_wrong():
    class P(Struct):
        x: float
        s: str

    class Q(Struct):
        a: float
        b: float
        t: str

    held = P.__dict__["s"], Q.__dict__["t"]
    q, p = Q(1, 2, "t"), P(1, "s")

    class R(P, Q):
        pass

    r = R(1, 2, "t", 3, "s")
    for descriptor, right in zip(held, "st"):
        assert descriptor.__get__(r) == right
    assert (p.s, q.t, r.s, r.t, P.s.__get__(r), Q.t.__get__(r)) == ("s", "t", "s", "t", "s", "t")


def test_it_takes_what_the_flat_class_takes():
    class Flat(Struct):
        tag: str
        weight: float
        text: utf8
        name: str
        age: uint8
        flag: bool

    flat = Flat("tag", 3.5, "text", "name", 7, False)
    assert sys.getsizeof(make()) == sys.getsizeof(flat) and layout(C).total == layout(Flat).total


def test_references_are_plain_members():
    from types import MemberDescriptorType

    assert all(
        type(C.__dict__.get(name, A.__dict__.get(name))) is MemberDescriptorType
        for name in ("name", "tag")
    )


def test_copy_pickle_equality_and_hash():
    c = make()
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(c, protocol)) == c
    assert copy.copy(c) == copy.deepcopy(c) == c != C("tag", 3.5, "text", "other")
    assert (
        A("n") != c
        and repr(c) == "C(tag='tag', weight=3.5, text='text', name='name', age=7, flag=False)"
    )


def test_texts_of_both_sides_grow_and_shrink():
    class P(Struct):
        one: utf8

    class Q(Struct):
        two: utf8
        n: int

    class R(P, Q):
        three: utf8 = ""

    r = R("2", 5, "1")
    for n in (0, 5, 5000, 3, 100000, 0):
        r.one, r.two, r.three = "a" * n, "b" * (n + 1), "c" * (n // 2)
        assert (r.one, r.two, r.three, r.n) == ("a" * n, "b" * (n + 1), "c" * (n // 2), 5)


def test_a_diamond():
    class Base(Struct):
        x: int
        s: str = "s"

    class L(Base):
        left: str = "l"

    class R(Base):
        right: str = "r"
        x: int = 9

    class D(L, R):
        pass

    d = D(1, "s2", "r2", "l2")
    assert asdict(d) == {"x": 1, "s": "s2", "right": "r2", "left": "l2"} and D().x == 9
    assert (Base.s.__get__(d), L.left.__get__(d), R.right.__get__(d)) == ("s2", "l2", "r2")

    class E(D):
        more: float = 1.0

    e = E(4)
    assert (e.x, e.s, e.right, e.left, e.more) == (4, "s", "r", "l", 1.0) and R.right.__get__(
        e
    ) == "r"


def test_options_of_both_sides_merge():
    class P(Struct, weakref=True):
        x: int

    class Q(Struct, dict=True):
        y: list

    class R(P, Q):
        pass

    r = R([1], 2)
    r.extra = 5
    assert weakref.ref(r)() is r and r.__dict__ == {"extra": 5} and gc.is_tracked(r)
    r.y.append(r)
    ref = weakref.ref(r)
    del r
    gc.collect()
    assert ref() is None


def test_a_category_shares_its_table_with_the_base():
    class P(Struct):
        x: int

    class Q(Struct):
        kind: category

    class R(P, Q):
        pass

    Q("a")
    assert R("b", 1).kind == "b" and categories(Q, "kind") == categories(R, "kind") == ("a", "b")


def test_kinds_that_conflict_are_refused_by_name():
    class P(Struct):
        x: int

    class Q(Struct):
        x: float

    with raises(
        TypeError,
        "R.x: is int in base P and float64 in base Q; bases with a field of one name must store "
        "it alike",
    ):

        class R(P, Q):
            pass


def test_sizes_of_the_bases_are_restored_whatever_happens():
    sizes = A.__basicsize__, B.__basicsize__

    class Hook(Struct):
        h: str = ""

        def __init_subclass__(cls):
            assert (A.__basicsize__, B.__basicsize__) == sizes
            raise KeyError("stop")

    was = gc.isenabled()
    with pytest.raises(KeyError):

        class Bad(Hook, A):
            pass

    with pytest.raises(TypeError):

        class Worse(A, B):
            z: uint8 = "no"

    with pytest.raises(TypeError):

        class Worst(A, C):  # no order of bases
            pass

    assert (A.__basicsize__, B.__basicsize__) == sizes and gc.isenabled() == was


def test_class_assignment_crosses_no_layouts():
    c, a, b = make(), A("a"), B("b")
    for thing, cls in ((c, A), (c, B), (a, C), (b, C), (a, B)):
        with pytest.raises(TypeError):
            thing.__class__ = cls
        with pytest.raises(TypeError):
            object.__dict__["__class__"].__set__(thing, cls)


def test_two_dataclasses():
    @dataclass
    class P:
        x: int
        s: str = "s"

    @dataclass
    class Q:
        t: str = "t"
        y: float = 1.0

    @dataclass
    class R(P, Q):
        z: uint8 = 3
        x: int = 5

    r = R()
    assert astuple(r) == ("t", 1.0, 5, "s", 3) and (
        P.__dict__["s"].__get__(r),
        Q.__dict__["t"].__get__(r),
    ) == ("s", "t")

    class Plain(P, Q):
        pass

    plain = Plain(3)
    assert (plain.x, plain.s, plain.t) == (3, "s", "t") and Q("other").t == "other"
    plain.t = "new"
    assert plain.t == "new" and Q().t == "t"


def test_two_untyped_dataclasses():
    @dataclass(typed=False)
    class P:
        a: int
        b: int = 0

    @dataclass(typed=False)
    class Q:
        c: int
        d: int = 0

    @dataclass(typed=False)
    class S(Q, P):
        a: object = None
        c: object = None

    s = S(1, 2, 3, 4)
    assert astuple(s) == (1, 2, 3, 4)
    s.a, s.d = [], {}
    assert astuple(s) == ([], 2, 3, {}) and astuple(Q(5)) == (5, 0) and astuple(P(6)) == (6, 0)
    q = Q(1)
    q.c = 3
    assert q.c == 3


KINDS = {
    "int": int,
    "float": float,
    "str": str,
    "utf8": utf8,
    "uint8": uint8,
    "bool": bool,
    "object": object,
}
VALUES = {
    "int": 2**70,
    "float": 1.5,
    "str": "s",
    "utf8": "text" * 9,
    "uint8": 200,
    "bool": True,
    "object": ("o",),
}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(sorted(KINDS)), max_size=5), min_size=2, max_size=5),
    st.randoms(use_true_random=False),
)
def test_any_bases_agree_with_the_flat_class(bodies, random):
    classes, own = [], []
    for number, kinds in enumerate(bodies):
        names = {f"f{number}_{i}": kind for i, kind in enumerate(kinds)}
        bases = tuple(random.sample(classes, random.randint(0, min(2, len(classes))))) or (Struct,)
        try:
            made = type(Struct)(
                f"K{number}", bases, {"__annotations__": {n: KINDS[k] for n, k in names.items()}}
            )
        except TypeError as error:
            assert "MRO" in str(error) or "bases" in str(error)
            continue
        classes.append(made)
        own.append(names)
    kind_of = {name: kind for names in own for name, kind in names.items()}
    for cls in classes:
        values = {field.name: VALUES[kind_of[field.name]] for field in fields(cls)}
        thing = cls(**values)
        for _ in range(3):
            assert {name: getattr(thing, name) for name in values} == values
            for ancestor in cls.__mro__:
                for field in fields(ancestor) if ancestor in classes else ():
                    assert getattr(ancestor, field.name).__get__(thing) == values[field.name]
        assert copy.copy(thing) == thing
        del thing


@pytest.mark.parametrize("root", [Struct, dataclass], ids=["Struct", "dataclass"])
def test_fields_come_in_the_order_of_the_classes(root):
    bases, decorate = ((), root) if root is dataclass else ((root,), lambda cls: cls)

    @decorate
    class Base(*bases):
        pass

    @decorate
    class Named(*bases):
        name: str = ""

    @decorate
    class Counted(Base):
        count: int = 0

    @decorate
    class Thing(Base, Named):
        pass

    @decorate
    class Last(Thing, Counted):
        pass

    assert [f.name for f in fields(Last)] == ["name", "count"]


def test_bases_in_an_impossible_order_are_an_error_in_the_words_of_python():
    class A(Struct):
        x: int

    class B(A):
        y: int

    with pytest.raises(TypeError, match="consistent method resolution"):
        type(Struct)("C", (A, B), {})
