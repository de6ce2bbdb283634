"""Reading attributes: what was read before decides about the speed of a read (access.c).

It never decides about what the read does.
"""

import subprocess
import sys
from functools import cached_property

import pytest
from support import raises

from cslots import Pool, Struct, asdict, dataclass


def struct(**options):
    return lambda body: type(Struct)("C", (Struct,), namespace_of(body), **options)


def row(body):
    record = struct()(body)

    def make():
        made = Pool(record, [record()])[0]
        POOLS.append(made)
        return made

    return make


POOLS = []


def namespace_of(body):
    kept = {
        name: value
        for name, value in vars(body).items()
        if name not in ("__dict__", "__weakref__", "__doc__")
    }
    return kept | {"__annotations__": {"x": float}, "__module__": __name__}


KINDS = {
    "Struct": struct(),
    "Struct with dict": struct(dict=True),
    "frozen Struct": struct(frozen=True),
    "dataclass": dataclass,
    "typed=False": dataclass(typed=False),
    "frozen dataclass": dataclass(frozen=True),
    "row": row,
}

kinds = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)


def some_reads(o):
    for _ in range(3):
        assert o.x == 1.0


def many_reads(o):
    o.method()
    for _ in range(200):
        assert o.x == 1.0


HISTORIES = {
    "nothing": lambda o: None,
    "a method": lambda o: o.method(),
    "packed fields": some_reads,
    "a method and many packed fields": many_reads,
    "a missing name": lambda o: hasattr(o, "nope"),
}

histories = pytest.mark.parametrize("before", HISTORIES.values(), ids=HISTORIES)


@kinds
@histories
def test_a_property_that_raises_runs_once(make, before):
    calls = []

    class Body:
        x: float = 1.0

        def method(self):
            return 1

        @property
        def next(self):
            calls.append(1)
            if len(calls) == 1:
                raise AttributeError("nothing yet")
            return "a value"

    o = make(Body)()
    before(o)
    with raises(AttributeError, "nothing yet"):
        o.next
    assert len(calls) == 1
    before(o)
    assert o.next == "a value"
    assert len(calls) == 2


@kinds
@histories
def test_any_other_descriptor_that_raises_runs_once(make, before):
    class Raises:
        calls = 0

        def __get__(self, instance, owner):
            Raises.calls += 1
            raise AttributeError("never")

    class Body:
        x: float = 1.0
        odd = Raises()

        def method(self):
            return 1

    o = make(Body)()
    before(o)
    Raises.calls = 0  # the class statement may have looked
    assert getattr(o, "odd", "none") == "none"
    assert Raises.calls == 1


@kinds
@histories
def test_a_missing_attribute_is_told_in_pythons_words(make, before):
    class Body:
        x: float = 1.0

        def method(self):
            return 1

    o = make(Body)()
    before(o)
    name = type(o).__name__
    for _ in range(2):
        with raises(AttributeError, f"'{name}' object has no attribute 'y'") as caught:
            o.y
        assert caught.value.name == "y"
        assert caught.value.obj is o
        assert not hasattr(o, "y")
        assert getattr(o, "y", 5) == 5
        before(o)


@kinds
def test_objects_have_no_getattr_of_ours(make):
    class Body:
        x: float = 1.0

    assert not hasattr(make(Body)(), "__getattr__")


@pytest.mark.parametrize("start", ["class User(Struct):", "@dataclass\nclass User:"])
def test_a_traceback_says_what_may_have_been_meant(start):
    def last_line(head, make):
        program = (
            f"from cslots import Struct, dataclass\n{head}\n    email: str\no = User{make}\n"
            "o.email = 'a@b.c'\no.emial\n"
        )
        done = subprocess.run(
            [sys.executable, "-P", "-c", program], capture_output=True, text=True, check=False
        )
        return done.stderr.splitlines()[-1]

    said = last_line(start, "('')")
    assert said.startswith("AttributeError: 'User' object has no attribute 'emial'. Did you mean")
    assert said == last_line("class User:\n    __slots__ = ('email',)", "()")


@kinds
@histories
def test_a_mixin_that_gets_a_getattr_later_is_asked(make, before):
    class Mixin:
        __slots__ = ()

    class Body(Mixin):
        x: float = 1.0

        def method(self):
            return 1

    if make in (dataclass, *(KINDS[name] for name in ("typed=False", "frozen dataclass"))):
        o = make(Body)()
    else:
        record = type(Struct)("C", (Mixin, Struct), namespace_of(Body))
        o = record() if make is not row else Pool(record, [record()])[0]
    for _ in range(2):
        before(o)
        assert not hasattr(o, "nope")
        Mixin.__getattr__ = lambda self, name: name.upper()
        before(o)
        for _ in range(3):
            assert o.nope == "NOPE"
            assert o.x == 1.0
        before(o)
        assert o.nope == "NOPE"
        del Mixin.__getattr__
        before(o)
        assert not hasattr(o, "nope")
        Mixin.__getattribute__ = lambda self, name: "all"
        assert o.x == o.nope == "all"
        del Mixin.__getattribute__
        assert o.x == 1.0


def test_super_knows_no_getattr_of_ours():
    class Asks(Struct):
        x: int = 1

        def __getattr__(self, name):
            return super().__getattr__(name)

    with raises(AttributeError, "'super' object has no attribute '__getattr__'"):
        Asks().nope


# ---- cached properties ----


@pytest.mark.parametrize("annotation", [None, object, str, float])
def test_a_cached_property_that_raises_runs_once(annotation):
    calls = []

    def compute(self):
        calls.append(1)
        if len(calls) == 1:
            raise AttributeError("nothing yet")
        return {None: 2.0, object: 2.0, float: 2.0, str: "two"}[annotation]

    if annotation is None:

        @dataclass
        class C:
            x: float = 1.0
            area = cached_property(compute)

            def method(self):
                return 1

    else:

        class C(Struct):
            x: float = 1.0
            area: annotation = cached_property(compute)

            def method(self):
                return 1

    for before in HISTORIES.values():
        calls.clear()
        o = C()
        before(o)
        assert getattr(o, "area", "none") == "none"
        assert len(calls) == 1
        first = o.area
        before(o)
        assert o.area == first
        assert len(calls) == 2
        o.area = first
        del o.area
        assert o.area == first
        assert len(calls) == 3


def test_super_computes_the_cached_property_of_the_base():
    class Base(Struct):
        name: object = cached_property(lambda self: "base")

    class Sub(Base):
        name: object = cached_property(lambda self: "sub of " + super(Sub, self).name)

    assert Base().name == "base"
    sub = Sub()
    assert [sub.name, sub.name] == ["sub of base"] * 2
    assert Base().name == "base"

    @dataclass
    class Parent:
        first: str = "Ann"

        @cached_property
        def name(self):
            return self.first

    @dataclass
    class Child(Parent):
        @cached_property
        def name(self):
            return f"child of {super().name}"

    child = Child()
    assert [child.name, child.name] == ["child of Ann"] * 2
    assert [Pool(Child, [child])[0].name for _ in range(2)] == ["child of Ann"] * 2
    # As in a class with a dict: one place for all of that name.
    assert Parent.name.__get__(child) == "child of Ann"


def test_a_cached_property_is_computed_whoever_looks_it_up():
    class Delegates:
        __slots__ = ()

        def __getattr__(self, name):
            return "from __getattr__: " + name

    class Watched:
        __slots__ = ()

        def __getattribute__(self, name):
            return super().__getattribute__(name)

    for mixin in (Delegates, Watched, object):

        @dataclass
        class C(mixin):
            n: int = 1

            @cached_property
            def size(self):
                return self.n + 2

        assert C().size == C(1).size == object.__getattribute__(C(), "size") == 3

        class D(C):
            pass

        assert D().size == 3


# ---- fields without a value ----


@pytest.mark.parametrize("options", [{}, {"typed": False}], ids=str)
def test_after_del_everything_sees_the_default(options):
    @dataclass(**options)
    class A:
        x: object = 1
        y: object = None

    a = A(2, [3])
    del a.x, a.y
    assert (a.x, a.y) == (1, None)
    assert repr(a).endswith("A(x=1, y=None)")
    assert a == A(1)
    assert asdict(a) == {"x": 1, "y": None}
    assert A.__match_args__ == ("x", "y")
    a.x = 5
    assert (a.x, a) == (5, A(5))


@pytest.mark.parametrize(
    "options", [{}, {"typed": False}, {"frozen": True}, {"typed": False, "frozen": True}], ids=str
)
def test_a_reference_that_object_deletes_is_unset_for_everybody(options):
    @dataclass(**options)
    class A:
        x: object = 1

        def method(self):
            return 1

    a = A(2)
    # There it does not apply where our function is in the slot.
    if sys.version_info < (3, 13) and not options.get("frozen"):
        pytest.raises(TypeError, object.__delattr__, a, "x")
        return
    object.__delattr__(a, "x")
    for _ in range(2):
        with pytest.raises(AttributeError, match=r"A' object has no attribute 'x'\Z"):
            a.x
        with pytest.raises(AttributeError):
            asdict(a)
        assert not hasattr(a, "x")
        assert a != A(1)
        assert repr(a).endswith("A(x=<not set>)")
        a.method()


def test_writing_without_types_takes_anything_and_no_other_name():
    @dataclass(typed=False)
    class A:
        x: int = 1

    a = A()
    a.x = "text"
    assert a.x == "text"
    if sys.version_info >= (3, 13):
        object.__setattr__(a, "x", 7)
        assert a.x == 7
    with pytest.raises(AttributeError):
        a.z = 1


@pytest.mark.parametrize("decorated", [False, True])
@pytest.mark.parametrize("slots", [False, True])
def test_a_subclass_puts_something_else_over_a_cached_property(decorated, slots):
    @dataclass
    class Parent:
        first: str = "Ann"

        @cached_property
        def name(self):
            return self.first

    body = {"__slots__": ()} if slots else {}
    decorate = dataclass if decorated else lambda cls: cls

    class Property(Parent):
        locals().update(body)
        name = property(
            lambda self: "property over " + super(Property, self).name,
            lambda self, value: seen.append(value),
        )

    class Constant(Parent):
        locals().update(body)
        name = "constant"

    class Method(Parent):
        locals().update(body)

        def name(self):
            return "method over " + super().name

    Property, Constant, Method = map(decorate, (Property, Constant, Method))
    seen = []

    class Below(Property):
        pass

    for cls in (Property, Below):
        o = cls("Bob")
        assert not hasattr(o, "nope")
        assert o.name == o.name == "property over Bob"
        o.name = 5
        assert seen.pop() == 5
        o.first = "Eve"
        assert o.name == "property over Bob"  # what super() computed is kept
        assert o == cls("Eve")
        assert repr(o).endswith("(first='Eve')")
    assert Constant().name == "constant"
    assert Method("Bob").name() == "method over Bob"
    assert Parent("Bob").name == "Bob"
    if slots or decorated:
        assert Pool(Property, [Property("Bob")])[0].name == "property over Bob"
    Constant.name = "other"
    assert Constant().name == "other"
    del Constant.name
    assert Constant("Bob").name == "Bob"


@pytest.mark.parametrize("decorated", [False, True])
def test_a_subclass_computes_a_cached_property_anew(decorated):
    calls = []

    @dataclass
    class Parent:
        first: str = "Ann"

        @cached_property
        def name(self):
            calls.append("parent")
            return self.first

    class Child(Parent):
        @cached_property
        def name(self):
            calls.append("child")
            return "child"

    o = (dataclass if decorated else lambda cls: cls)(Child)()
    assert [o.name, o.name] == ["child"] * 2
    assert calls == ["child"]
    del o.name
    assert o.name == "child"
    assert calls == ["child"] * 2
