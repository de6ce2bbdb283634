"""cslots.dataclass: the decorator of dataclasses, for packed classes."""

import copy
import dataclasses
import functools
import gc
import inspect
import pickle
import subprocess
import sys
import typing

import pytest
from support import FREE_THREADED, raises
from support.samples import Key, Loose, Point

import cslots
from cslots import (
    KW_ONLY,
    Struct,
    StructMeta,
    asdict,
    astuple,
    dataclass,
    field,
    fields,
    is_dataclass,
    layout,
    make_dataclass,
    replace,
    uint8,
)

T = typing.TypeVar("T")


# --- the same class ------------------------------------------------------------------------------


def test_the_class_stays_the_same_object():
    class C:
        x: int

    mro, bases = C.__mro__, C.__bases__
    assert dataclass(C) is C
    assert C.__mro__ == mro and C.__bases__ == bases
    assert isinstance(C, StructMeta)


def test_super_and_class_in_methods_closures_and_properties():
    calls = []

    def keep(function):
        @functools.wraps(function)
        def wrapped(*args):
            calls.append(function.__name__)
            return function(*args)

        return wrapped

    class Base:
        __slots__ = ()

        def name(self):
            return "base"

    @dataclass
    class C(Base):
        x: int

        @keep
        def name(self):
            return super().name() + "!"

        @property
        def cls(self):
            return __class__

        @staticmethod
        def make():
            return __class__(7)

    assert C(1).name() == "base!" and calls == ["name"]
    assert C(1).cls is C and C.make() == C(7)


def test_init_subclass_and_set_name_run_once():
    seen = []

    class Base:
        __slots__ = ()

        def __init_subclass__(cls, **keywords):
            seen.append((cls.__name__, keywords))

    class Named:
        def __set_name__(self, owner, name):
            seen.append(name)

    @dataclass
    class C(Base, flavour="x"):
        thing = Named()
        x: int = 0

    assert seen == ["thing", ("C", {"flavour": "x"})]
    assert Base.__subclasses__() == [C]


def test_no_second_class_lingers():
    class Base:
        pass

    class Plain:
        pass

    for _ in range(3):

        @dataclass
        class C(Base):
            x: int

        class P(Plain):
            x: int

    del C, P
    gc.collect()
    # A free-threaded Python that has had a second thread keeps every class for ever.
    assert len(Base.__subclasses__()) == len(Plain.__subclasses__())
    assert Plain.__subclasses__() == [] or FREE_THREADED


def test_a_generic_class():
    @dataclass
    class Box(typing.Generic[T]):
        item: T
        count: uint8 = 1

    box = Box[int](5)
    assert (box.item, box.count, type(box)) == (5, 1, Box)
    assert Box[int].__origin__ is Box


# --- storage -------------------------------------------------------------------------------------


def test_it_is_stored_as_a_struct_is():
    class S(Struct):
        x: float
        n: int
        flag: bool
        name: str

    @dataclass
    class C:
        x: float
        n: int
        flag: bool
        name: str

    s, c = layout(S).to_dict(), layout(C).to_dict()
    s["name"] = c["name"]
    for row in (*s["fields"], *c["fields"]):
        del row["owner"]
    assert s == c
    assert sys.getsizeof(S(1.0, 2, True, "n")) == sys.getsizeof(C(1.0, 2, True, "n"))


def test_values_are_checked_and_errors_name_class_and_field():
    p = Point(1, 2)
    assert (p.x, type(p.x)) == (1.0, float)
    with raises(TypeError, "Point.x: expected float, got str 'a'"):
        p.x = "a"
    with raises(TypeError, "Point.y: expected float, got NoneType None"):
        Point(1, None)
    with raises(TypeError, "Point() missing required field 'x'"):
        Point()
    with raises(AttributeError, "Point has no field 'z' (fields: x, y)"):
        p.z = 1
    with raises(AttributeError, "'Point' object has no attribute 'z'"):
        p.z
    assert p == Point(1, 2)


def test_untyped_keeps_every_value_as_it_is():
    one = Loose([], "b")
    assert one.a == [] and one.b == "b"
    value = 3.5
    one.a = value
    assert one.a is value
    with raises(TypeError, "Loose.__init__() missing 1 required positional argument: 'a'"):
        Loose()
    with raises(
        TypeError, "Loose.__init__() takes from 2 to 3 positional arguments but 4 were given"
    ):
        Loose(1, 2, 3)
    with raises(TypeError, "Loose.__init__() got an unexpected keyword argument 'c'"):
        Loose(1, c=2)
    assert not hasattr(one, "__dict__")


def test_the_hash_is_that_of_the_tuple_of_the_fields():
    assert hash(Key("a", 3)) == hash(("a", 3))

    @dataclass(frozen=True, typed=False)
    class C:
        a: object
        b: object = None

    assert hash(C(1)) == hash((1, None))


# --- dataclasses' rules --------------------------------------------------------------------------


def test_dataclasses_own_functions_know_it():
    assert dataclasses.is_dataclass(Point) and is_dataclass(Point(1))
    assert [f.name for f in dataclasses.fields(Point)] == ["x", "y"]
    assert [f.type for f in dataclasses.fields(Point)] == [float, float]
    assert dataclasses.asdict(Point(1)) == asdict(Point(1)) == {"x": 1.0, "y": 0.0}
    assert dataclasses.astuple(Point(1)) == astuple(Point(1)) == (1.0, 0.0)
    assert dataclasses.replace(Point(1), y=5) == replace(Point(1), y=5) == Point(1, 5)
    assert Point.__dataclass_params__.frozen is False
    assert Point.__doc__ == "Point(x: float, y: float = 0.0)"


def test_our_functions_know_what_dataclasses_made():
    @dataclasses.dataclass
    class Plain:
        x: int

    assert is_dataclass(Plain) and [f.name for f in fields(Plain)] == ["x"]
    assert (
        asdict(Plain(1)) == {"x": 1}
        and astuple(Plain(1)) == (1,)
        and replace(Plain(1), x=2) == Plain(2)
    )


def test_field_of_dataclasses_and_ours_and_kw_only():
    @dataclass
    class C:
        a: int = dataclasses.field(metadata={"unit": "m"})
        _: dataclasses.KW_ONLY
        b: list = field(default_factory=list, repr=False)
        c: typing.ClassVar[int] = 5
        d: dataclasses.InitVar[int] = 2

        def __post_init__(self, d):
            self.b.append(d)

    c = C(1, d=7)
    assert c.b == [7] and repr(c).endswith("C(a=1)") and C.c == 5 and C.d == 2
    assert fields(C)[0].metadata == {"unit": "m"}
    assert C.__match_args__ == ("a",)
    assert str(inspect.signature(C)).startswith("(a: int, *, b: list = <factory>, d:")

    @dataclass
    class D:
        a: int
        _: KW_ONLY
        b: int = 1

    assert D(1, b=2).b == 2


def test_a_default_is_seen_on_the_class():
    @dataclass
    class C:
        n: int = 3
        s: str = "s"
        items: list = field(default_factory=list)

    assert (C.n, C.s) == (3, "s")
    assert not hasattr(C, "items")
    assert C().n == 3 and C(4).n == 4


def test_frozen():
    key = Key("a")
    with raises(
        dataclasses.FrozenInstanceError, "Key is frozen; cannot assign 'name' (use cslots.replace)"
    ):
        key.name = "b"
    with raises(
        cslots.FrozenInstanceError, "Key is frozen; cannot delete 'name' (use cslots.replace)"
    ):
        del key.name
    assert key == Key("a")

    @dataclass(frozen=True)
    class Sum:
        a: int
        b: int
        c: int = field(init=False)
        text: str = field(init=False)

        def __post_init__(self):
            object.__setattr__(self, "c", self.a + self.b)
            object.__setattr__(self, "text", str(self.c))

    assert (Sum(1, 2).c, Sum(1, 2).text) == (3, "3")

    @dataclass(frozen=True)
    class Bad:
        a: int = field(init=False)

        def __post_init__(self):
            object.__setattr__(self, "a", "x")

    with raises(TypeError, "Bad.a: expected int, got str 'x'"):
        Bad()


def test_references_are_checked_where_the_user_assigns_past_our_check():
    @dataclass(frozen=True)
    class Frozen:
        s: str
        inner: Point | None = None

        def __post_init__(self):
            object.__setattr__(self, "s", 5)

    with raises(TypeError, "Frozen.s: expected str, got int 5"):
        Frozen("s")

    @dataclass(frozen=True)
    class OwnInit:
        s: str

        def __init__(self, s):
            object.__setattr__(self, "s", s)

    assert OwnInit("s").s == "s"
    with raises(TypeError, "OwnInit.s: expected str, got int 5"):
        OwnInit(5)

    @dataclass
    class Watched:
        s: str = ""

        def __setattr__(self, name, value):
            super().__setattr__(name, value)

    watched = Watched("a")
    with raises(TypeError, "Watched.s: expected str, got int 5"):
        watched.s = 5
    with raises(TypeError, "Watched.s: expected str, got int 5"):
        Watched(5)
    assert [watched.s for _ in range(200)] == ["a"] * 200 and Watched.s == ""


def test_a_setattr_of_the_users_sees_every_assignment():
    seen = []

    @dataclass
    class C:
        a: int
        b: int = 2

        def __setattr__(self, name, value):
            seen.append((name, value))
            super().__setattr__(name, value)

    c = C(1)
    c.a = 5
    assert seen == [("a", 1), ("b", 2), ("a", 5)] and (c.a, c.b) == (5, 2)


def test_descriptor_fields_and_properties():
    class Celsius:
        def __get__(self, obj, owner):
            return 20 if obj is None else obj._value

        def __set__(self, obj, value):
            obj._value = int(value)

    @dataclass
    class C:
        degrees: int = Celsius()
        name: str = "n"

    assert (
        repr(C("7")).endswith("C(degrees=7, name='n')")
        and C().degrees == 20
        and C(1) == C(1) != C(2)
    )


def test_cached_property_without_a_dict():
    calls = []

    @dataclass(frozen=True)
    class C:
        x: int

        @functools.cached_property
        def double(self):
            calls.append(self.x)
            return self.x * 2

    c = C(4)
    assert (c.double, c.double, calls) == (8, 8, [4])
    assert [f.name for f in fields(C)] == ["x"] and not hasattr(c, "__dict__")


@pytest.mark.parametrize(
    "options", [{}, {"slots": True}, {"frozen": True}, {"slots": True, "frozen": True}]
)
def test_a_pickle_that_dataclasses_made_loads(options):
    old = (
        f"import dataclasses\n@dataclasses.dataclass(**{options})\nclass Moved:\n    x: int\n   "
        " s: str = 's'\n"
    )
    new = (
        "import cslots\n@cslots.dataclass\nclass Moved:\n    x: int\n    s: str = 's'\n    "
        "added: float = 2.5\n"
    )
    code = f"""
import pickle, sys, types
moved = sys.modules["moved"] = types.ModuleType("moved")
exec({old!r}, moved.__dict__)
pickles = [pickle.dumps(moved.Moved(7), protocol) for protocol in range(2, 6)]
exec({new!r}, moved.__dict__)
for data in pickles:
    for loads in (pickle.loads, pickle._loads):
        print(loads(data))
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, timeout=60
    )
    assert set(done.stdout.splitlines()) == {"Moved(x=7, s='s', added=2.5)"}, done.stderr


def test_nan_and_identity_are_as_in_dataclasses():
    nan = float("nan")

    @dataclass(typed=False)
    class Ours:
        x: float

    @dataclasses.dataclass(slots=True)
    class Theirs:
        x: float

    def compared(cls):
        one = cls(nan)
        return one == one, one == cls(nan), one != cls(nan), cls([nan]) == cls([nan])

    assert compared(Ours) == compared(Theirs)


def test_a_deleted_reference_shows_its_default():
    @dataclass
    class C:
        a: object = 5

        def m(self):
            return self.a

    c = C(1)
    del c.a
    assert [c.m() for _ in range(200)] == [5] * 200 and c.a == 5


def test_pickle_copy_and_old_pickles():
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        for thing in (Point(1, 2), Key("a", 3), Loose([1], "b")):
            assert pickle.loads(pickle.dumps(thing, protocol)) == thing
    assert copy.copy(Key("a")) == copy.deepcopy(Key("a")) == Key("a")
    old = Point.__new__(Point)
    old.__setstate__({"x": 3.0})  # as the class without slots left it, before it had a `y`
    assert old == Point(3.0, 0.0)
    old = Key.__new__(Key)
    old.__setstate__(["k", 9])  # dataclass(slots=True, frozen=True)
    assert old == Key("k", 9)


def test_make_dataclass():
    made = make_dataclass("Made", ["any", ("n", int), ("m", float, 1.5)], frozen=True)
    assert repr(made([], 2)) == "Made(any=[], n=2, m=1.5)" and made.__module__ == __name__
    with raises(TypeError, "Field name duplicated: 'a'"):
        make_dataclass("Bad", ["a", "a"])
    with raises(TypeError, "Field names must not be keywords: 'for'"):
        make_dataclass("Bad", ["for"])


def test_a_default_is_seen_on_the_class_by_any_str_of_its_name():
    @dataclass
    class A:
        first: object = "a"
        second: int = 2

    class Name(str):
        __slots__ = ()

    for name in ("first", "".join(["fir", "st"]), Name("first")):
        assert getattr(A, name) == "a"
    for name in ("second", "".join(["sec", "ond"]), Name("second")):
        assert getattr(A, name) == 2


def test_an_attribute_over_a_field_is_seen_on_the_class_only():
    class Sub(Key):
        part = 5

    assert Sub.part == 5 and Sub("a").part == 0 and Key.part == 0


def test_a_descriptor_held_from_before_finds_the_field():
    class C:
        __slots__ = ("a", "b")
        a: float
        b: int

    held = C.__dict__["a"], C.__dict__["b"]
    dataclass(C)
    c = C(1.5, 2)
    assert [descriptor.__get__(c) for descriptor in held] == [1.5, 2]

    class Sub(Point):
        __slots__ = ("tag",)

    held = Sub.__dict__["tag"]
    dataclass(Sub)
    assert not hasattr(Sub(1), "tag")
    sub = Sub(1)
    held.__set__(sub, "t")
    assert sub.tag == "t" and held.__get__(sub) == "t"


def test_slots_are_shown_where_they_were_asked_for():
    @dataclass
    class Plain:
        x: int

    @dataclass(slots=True, weakref_slot=True)
    class Asked(Plain):
        y: int

    @dataclass
    class Written:
        __slots__ = ["x"]
        x: int

    class Sub(Asked):
        __slots__ = {"z": "doc"}

    assert "__slots__" not in vars(Plain)
    assert (Asked.__slots__, Written.__slots__, Sub.__slots__) == (
        ("y", "__weakref__"),
        ["x"],
        {"z": "doc"},
    )


@pytest.mark.skipif(sys.version_info < (3, 14), reason="__annotate__ is new in 3.14")
def test_the_constructor_has_an_annotate_function():
    import annotationlib

    @dataclass
    class A:
        a: int
        b: "list[str]" = ()

    formats = annotationlib.Format
    assert annotationlib.get_annotations(A.__init__) == {"a": int, "b": "list[str]", "return": None}
    assert annotationlib.get_annotations(A.__init__, format=formats.STRING) == {
        "a": "int",
        "b": "list[str]",
        "return": "None",
    }
    with pytest.raises(NotImplementedError):
        A.__init__.__annotate__(formats.VALUE_WITH_FAKE_GLOBALS)


@pytest.mark.skipif(sys.version_info < (3, 14), reason="annotations are evaluated early")
def test_the_docs_of_a_class_name_the_class_itself():
    @dataclass
    class C:
        x: "list[C]"
        y: int = 0

    assert C.__doc__.startswith("C(x:")


def test_slots_are_known_where_nobody_asked_for_them():
    @dataclass
    class A:
        x: int
        y: str = ""

    @dataclass(weakref=True)
    class B(A):
        z: float = 0.0

    class C(B):
        pass

    assert "__slots__" not in vars(A)
    assert (A.__slots__, B.__slots__, C.__slots__) == (
        ("x", "y"),
        ("z", "__weakref__"),
        ("z", "__weakref__"),
    )
    assert A.__dict__.get("__slots__") is None
