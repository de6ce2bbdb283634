"""What a subclass puts over a field of its base.

The same programs run with dataclasses, whose answers are the expected ones.
"""

import copy
import dataclasses
import functools
import pickle
import sys
from typing import Any

import pytest
from support import raises

import cslots
from cslots import Pool, Struct, uint8, utf8


def _struct(cls: type) -> type:
    """The class as a Struct: of its annotations, under the Struct that its base has become."""
    namespace = {
        key: value for key, value in vars(cls).items() if key not in ("__dict__", "__weakref__")
    }
    bases = cls.__bases__ if cls.__bases__ != (object,) else (Struct,)
    return type(Struct)(cls.__name__, bases, namespace)


def _same(cls: type) -> type:
    return cls


# How the base and the subclass are made. The expected answers are those of the first.
MAKERS: dict[str, tuple[Any, Any]] = {
    "dataclasses": (dataclasses.dataclass, dataclasses.dataclass),
    "dataclasses, plain subclass": (dataclasses.dataclass, _same),
    "dataclasses with slots, plain subclass": (dataclasses.dataclass(slots=True), _same),
    "dataclass": (cslots.dataclass, cslots.dataclass),
    "dataclass, plain subclass": (cslots.dataclass, _same),
    "typed=False": (cslots.dataclass(typed=False), cslots.dataclass(typed=False)),
    "typed=False, plain subclass": (cslots.dataclass(typed=False), _same),
    "Struct": (_struct, _same),
}
OURS = [name for name in MAKERS if not name.startswith("dataclasses")]
every_maker = pytest.mark.parametrize("maker", MAKERS)
each_of_ours = pytest.mark.parametrize("maker", OURS)


class Doubled:
    """A property that keeps its value in the dict of a module, so that any class can have it."""

    def __init__(self):
        self.kept = {}
        self.log = []

    def make(self):
        def get(obj):
            return self.kept[id(obj)] * 2

        def put(obj, value):
            self.log.append(value)
            self.kept[id(obj)] = value

        return property(get, put)


def _pair(maker: str, attribute: Any, base_default: Any = dataclasses.MISSING) -> tuple[type, type]:
    base, sub = MAKERS[maker]

    class A:
        x: int
        y: str = "why"

    if base_default is not dataclasses.MISSING:
        A.x = base_default
    A = base(A)

    class B(A):
        x = attribute

    return A, sub(B)


@every_maker
def test_the_constructor_assigns_an_inherited_field_to_the_property_over_it(maker):
    doubled = Doubled()
    _, B = _pair(maker, doubled.make())
    b = B(4, "z")
    assert doubled.log == [4]
    assert (b.x, b.y) == (8, "z")
    b.x = 5
    assert b.x == 10
    assert B(x=1).x == 2


@every_maker
def test_what_shows_and_compares_objects_asks_the_property(maker):
    doubled = Doubled()
    _, B = _pair(maker, doubled.make())
    a, b, c = B(4), B(4), B(5)
    assert repr(a) == f"{B.__qualname__}(x=8, y='why')"
    assert a == b
    assert a != c
    assert dataclasses.asdict(a) == {"x": 8, "y": "why"}
    assert dataclasses.astuple(a) == (8, "why")
    changed = dataclasses.replace(a, y="new")
    assert (doubled.kept[id(changed)], changed.y) == (8, "new")
    assert [field.name for field in dataclasses.fields(B)] == ["x", "y"]


@every_maker
def test_a_property_without_a_setter_makes_construction_fail(maker):
    _, B = _pair(maker, property(lambda self: 9))
    with pytest.raises(AttributeError):
        B(1)


@every_maker
def test_an_init_of_the_users_may_leave_the_covered_field_out(maker):
    _, B = _pair(maker, property(lambda self: 9))

    class C(B):
        def __init__(self):
            self.y = "own"

    c = C()
    assert (c.x, c.y) == (9, "own")
    assert repr(c).endswith("(x=9, y='own')")
    with pytest.raises(AttributeError):
        c.x = 1
    with pytest.raises(AttributeError):
        del c.x


@every_maker
def test_the_default_of_the_base_is_assigned_to_the_property(maker):
    doubled = Doubled()
    _, B = _pair(maker, doubled.make(), base_default=7)
    assert B().x == 14
    assert B(1).x == 2
    assert doubled.log == [7, 1]


@every_maker
def test_values_are_assigned_in_the_order_of_the_fields(maker):
    base, sub = MAKERS[maker]

    class A:
        x: int
        y: int

    A = base(A)

    class B(A):
        def _put(self, value):
            self.y = value * 100

        x = property(lambda self: 3, _put)

    assert sub(B)(1, 2).y == 2


@each_of_ours
@pytest.mark.parametrize("kind", [int, float, str, uint8, utf8, object, list, "int | None"])
def test_the_place_of_the_base_is_kept_and_read_by_its_descriptor(maker, kind):
    base, sub = MAKERS[maker]
    one, two = {float: (1.5, 2.5), str: ("a", "b"), utf8: ("a", "b"), list: ([1], [2])}.get(
        kind, (1, 2)
    )

    class A:
        before: int
        x: kind
        after: int

        __annotations__ = {"before": int, "x": kind, "after": int}

    A = base(A)
    stored = A.__dict__["x"]

    class B(A):
        def _get(self):
            return ("covered", stored.__get__(self))

        def _put(self, value):
            stored.__set__(self, value)

        x = property(_get, _put)

    B = sub(B)
    b = B(1, one, 3)
    assert b.x == ("covered", one)
    b.x = two
    assert (b.before, b.x, b.after) == (1, ("covered", two), 3)
    assert stored.__get__(b) == two
    a = A(1, one, 3)
    a.x = two
    assert a.x == two
    for made in (copy.copy(b), copy.deepcopy(b)):
        assert type(made) is B
        assert (made.before, made.x, made.after) == (1, ("covered", two), 3)


@each_of_ours
def test_super_finds_the_value_that_the_base_stores(maker):
    base, sub = MAKERS[maker]

    class A:
        x: int
        y: str = "why"

    A = base(A)
    stored = A.__dict__["x"]

    class B(A):
        x = property(
            lambda self: super(B, self).x + 1, lambda self, value: stored.__set__(self, value)
        )

    B = sub(B)
    b = B(41)
    assert b.x == 42
    assert super(B, b).x == 41

    class C(B):
        pass

    class D(C):
        x = property(lambda self: -super(D, self).x, lambda self, value: B.x.fset(self, value * 10))

    assert C(1).x == 2
    assert D(1).x == -11


@each_of_ours
def test_a_field_without_a_value_under_a_property_is_not_set(maker):
    A, B = _pair(maker, property(lambda self: 9, lambda self, value: None))
    stored = A.__dict__["x"]
    b = B(1)
    with pytest.raises(AttributeError):
        stored.__get__(b)
    cslots.force_setattr(b, "x", 5)
    assert stored.__get__(b) == 5
    assert b.x == 9


@every_maker
def test_objects_hash_and_order_by_what_the_property_says(maker):
    if maker == "Struct":
        pytest.skip("its options are told to the class statement")
    make = cslots.dataclass if maker in OURS else dataclasses.dataclass
    typed = {"typed": False} if maker.startswith("typed") else {}

    @make(order=True, unsafe_hash=True, **typed)
    class A:
        x: int
        y: int = 0

    class B(A):
        x = property(lambda self: 5, lambda self, value: None)

    assert hash(B(1)) == hash(B(2)) == hash((5, 0))
    assert B(1) == B(2)
    assert B(9, 1) > B(10, 0)
    assert not B(1) < B(2)


def test_a_struct_hashes_and_orders_by_what_the_property_says():
    class A(Struct, order=True, unsafe_hash=True):
        x: int
        y: int = 0

    class B(A):
        x = property(lambda self: 5, lambda self, value: None)

    assert hash(B(1)) == hash(B(2))
    assert B(1) == B(2)
    assert B(9, 1) > B(10, 0)


@pytest.mark.parametrize("make", [dataclasses.dataclass, cslots.dataclass])
def test_a_frozen_object_is_made_by_the_setter_and_not_changed_after(make):
    seen = []

    @make(frozen=True)
    class A:
        x: int
        y: int = 0

    @make(frozen=True)
    class B(A):
        x = property(lambda self: 5, lambda self, value: seen.append(value))

    b = B(1)
    assert seen == [1]
    with pytest.raises(dataclasses.FrozenInstanceError):
        b.x = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        del b.x
    assert seen == [1]


@pytest.mark.parametrize("make", [dataclasses.dataclass, cslots.dataclass])
def test_a_default_factory_without_a_parameter_is_assigned_to_the_property(make):
    seen = []

    @make
    class A:
        y: int
        x: list = dataclasses.field(default_factory=lambda: [1], init=False)

    @make
    class B(A):
        x = property(lambda self: seen[-1], lambda self, value: seen.append(value))

    assert B(3).x == [1]
    assert seen == [[1]]


@pytest.mark.parametrize("make", [dataclasses.dataclass, cslots.dataclass])
def test_the_init_of_the_base_assigns_to_the_property_of_the_subclass(make):
    seen = []

    @make
    class A:
        x: int
        y: int = 0

    class B(A):
        x = property(lambda self: 5, lambda self, value: seen.append(value))

        def __init__(self):
            super().__init__(7, 8)

    b = B()
    assert seen == [7]
    assert (b.x, b.y) == (5, 8)


@pytest.mark.parametrize("make", [dataclasses.dataclass, cslots.dataclass, _struct])
def test_a_field_annotated_again_below_a_property_is_a_field(make):
    base = _struct if make is _struct else make

    class A:
        x: int
        y: int = 0

    A = base(A)

    class B(A):
        x = property(lambda self: 5, lambda self, value: None)

    class C(B):
        x: int = 3

    C = C if make is _struct else make(C)
    assert (C().x, C(4).x) == (3, 4)
    c = C(1)
    c.x = 2
    assert c.x == 2


# --- what gives way to the value of a field: constants, methods, cached properties -------------


def _method(self: Any) -> str:
    return f"method of {type(self).__name__}"


@every_maker
@pytest.mark.parametrize(
    "what", ["constant", "method", "class method", "static method", "no data descriptor"]
)
@pytest.mark.parametrize("kind", [int, object, str, float])
def test_a_constant_or_method_over_a_field_is_found_while_the_field_has_no_value(maker, what, kind):
    class Tells:
        def __get__(self, obj, owner=None):
            return "class" if obj is None else "object"

    base, sub = MAKERS[maker]
    attribute, on_class, on_object = {
        "constant": (5, 5, 5),
        "method": (_method, None, "method of C"),
        "class method": (classmethod(lambda cls: cls.__name__), "B", "C"),
        "static method": (staticmethod(lambda: 3), 3, 3),
        "no data descriptor": (Tells(), "class", "object"),
    }[what]
    one, two = {str: ("a", "b"), float: (1.5, 2.5)}.get(kind, (1, 2))

    class A:
        __annotations__ = {"x": kind, "y": str}
        y = "why"

    A = base(A)

    class B(A):
        x = attribute

    B = sub(B)

    class C(B):
        def __init__(self, **values):
            for name, value in values.items():
                setattr(self, name, value)

    def called(value):
        return value() if callable(value) else value

    assert B.x is _method if what == "method" else called(B.x) == on_class
    b = B(one)
    assert (b.x, b.y) == (one, "why")
    assert repr(b) == f"{B.__qualname__}(x={one!r}, y='why')"
    b.x = two
    assert b.x == two
    c = C(y="z")
    assert called(c.x) == on_object
    assert hasattr(c, "x")
    if what == "constant":
        assert repr(c) == f"{C.__qualname__}(x=5, y='z')"
        assert dataclasses.asdict(c) == {"x": 5, "y": "z"}
        assert c == C(y="z")
    c.x = one
    assert c.x == one
    del c.x
    assert called(c.x) == on_object
    copied = copy.copy(C(y="z"))
    assert called(copied.x) == on_object


@every_maker
def test_a_constant_goes_before_the_default_of_the_base_where_no_value_was_stored(maker):
    _, B = _pair(maker, 5, base_default=1)

    class C(B):
        def __init__(self):
            self.y = "own"

    assert B().x == 1
    assert C().x == 5


@pytest.mark.parametrize("maker", ["dataclasses", *OURS])
def test_a_cached_property_over_a_field_makes_the_value_that_was_not_stored(maker):
    calls = []

    def compute(self):
        calls.append(self.y)
        return 42

    prop = functools.cached_property(compute)
    prop.__set_name__(None, "x")
    _, B = _pair(maker, prop)

    class C(B):
        def __init__(self, y):
            self.y = y

    assert B(1).x == 1
    assert calls == []
    c = C("a")
    assert (c.x, c.x, calls) == (42, 42, ["a"])
    c.x = 7
    assert c.x == 7
    del c.x
    assert (c.x, calls) == (42, ["a", "a"])
    assert repr(C("b")) == f"{C.__qualname__}(x=42, y='b')"


@each_of_ours
def test_super_under_a_cached_property_over_a_field_is_what_the_base_has(maker):
    base, sub = MAKERS[maker]

    class A:
        x: int
        y: str = "why"

    A = base(A)

    class B(A):
        @functools.cached_property
        def x(self):
            return super(B, self).x + 1

    B = sub(B)

    class C(B):
        def __init__(self):
            pass

    with pytest.raises(AttributeError):
        C().x  # noqa: B018


class PickledBase(Struct):
    x: int
    name: str


class Pickled(PickledBase):
    @property
    def x(self):
        return PickledBase.x.__get__(self) + 1

    @x.setter
    def x(self, value):
        PickledBase.x.__set__(self, value)


def test_a_pickle_brings_the_stored_value_back():
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        loaded = pickle.loads(pickle.dumps(Pickled(4, "n"), protocol))
        assert (loaded.x, PickledBase.x.__get__(loaded), loaded.name) == (5, 4, "n")


def test_the_layout_is_that_of_the_base():
    assert Pickled(1, "n").__sizeof__() == PickledBase(1, "n").__sizeof__()
    assert sys.getsizeof(Pickled(1, "n")) == sys.getsizeof(PickledBase(1, "n"))


def test_a_pool_of_a_class_with_a_property_over_a_field_is_refused():
    with raises(
        TypeError, "Pool(Pickled): it has a field whose values a descriptor keeps elsewhere"
    ):
        Pool(Pickled)


@each_of_ours
def test_reads_and_writes_in_any_number_find_the_property(maker):
    doubled = Doubled()
    _, B = _pair(maker, doubled.make())
    b = B(1)
    for i in range(200):
        b.x = i
        assert b.x == 2 * i
        assert b.y == "why"
        b.y = "why"


@each_of_ours
def test_a_property_of_a_mixin_before_the_base_is_found(maker):
    doubled = Doubled()
    base, sub = MAKERS[maker]

    class A:
        x: int
        y: str = "why"

    A = base(A)

    class Mixin:
        __slots__ = ()
        x = doubled.make()

    class B(Mixin, A):
        pass

    assert sub(B)(4).x == 8


def test_a_pool_of_a_class_with_a_cached_property_over_a_field_is_refused():
    class Cached(PickledBase):
        x = functools.cached_property(lambda self: 42)

    with raises(TypeError, "Pool(Cached): it has a cached property over a field"):
        Pool(Cached)


def test_rows_of_a_class_with_a_constant_over_a_field_show_what_is_stored():
    class Named(PickledBase):
        x = 5

    pool = Pool(Named)
    pool.append(Named(3, "n"))
    assert pool[0].x == 3


@each_of_ours
def test_a_constant_over_a_field_can_be_changed_on_the_class(maker):
    _, B = _pair(maker, 5)

    class C(B):
        def __init__(self):
            pass

    B.x = 6
    assert (B.x, C().x) == (6, 6)
    del B.x
    with pytest.raises(AttributeError):
        C().x  # noqa: B018
