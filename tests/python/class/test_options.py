"""Class options: their names, their values, how they are inherited."""

import functools
import gc
import weakref

import pytest
from support import is_tracked, raises

from cslots import Struct, _core, uint8, utf8


def test_an_unknown_option_is_named_with_a_suggestion():
    text = (
        "User: unknown class option 'frozne'; did you mean 'frozen'? (options: frozen, eq, order, "
        "unsafe_hash, kw_only, repr, "
        "match_args, weakref, dict, gc)"
    )
    with raises(TypeError, text):

        class User(Struct, frozne=True):
            x: int


@pytest.mark.parametrize(
    "option",
    ["frozen", "eq", "order", "unsafe_hash", "kw_only", "repr", "match_args", "weakref", "dict"],
)
def test_an_option_is_a_bool(option):
    with raises(TypeError, f"User: option {option} expects a bool, got str 'yes'"):
        type(Struct)("User", (Struct,), {}, **{option: "yes"})
    with pytest.raises(
        TypeError, match=rf"\AUser: option {option} expects a bool, got NoneType None"
    ):
        type(Struct)("User", (Struct,), {}, **{option: None})


def test_gc_may_also_be_none():
    class A(Struct, gc=None):
        x: uint8

    assert not is_tracked(A)
    with pytest.raises(TypeError, match=r"\AUser: option gc expects"):
        type(Struct)("User", (Struct,), {}, gc="yes")


def test_other_keywords_go_to_init_subclass():
    class Base(Struct):
        def __init_subclass__(cls, /, color, **keywords):
            super().__init_subclass__(**keywords)
            cls.color = color

    class Sub(Base, color="red", frozen=True):
        pass

    assert Sub.color == "red"


def test_weak_references_need_the_option():
    class A(Struct):
        x: uint8

    with pytest.raises(TypeError, match="cannot create weak reference to 'A' object"):
        weakref.ref(A(1))


def test_weak_references_work_without_a_gc_header():
    class A(Struct, weakref=True):
        x: utf8

    assert not is_tracked(A)
    calls = []
    a = A("text")
    first = weakref.ref(a)
    second = weakref.ref(a, calls.append)
    third = weakref.proxy(a)
    assert first() is second() is a
    assert third.x == "text"
    values = weakref.WeakValueDictionary({1: a})
    assert weakref.getweakrefcount(a) == 4 - (first is second)
    del a
    assert first() is None
    assert calls == [second]
    assert len(values) == 0
    with pytest.raises(ReferenceError):
        third.x


def test_weak_references_of_many_objects_come_and_go():
    class A(Struct, weakref=True):
        x: int

    things = [A(n) for n in range(10_000)]
    refs = [weakref.ref(thing) for thing in things]
    del things[::2]
    assert [r() is None for r in refs] == [n % 2 == 0 for n in range(10_000)]
    things.clear()
    assert all(r() is None for r in refs)


def test_a_weak_callback_may_make_and_drop_objects_of_the_class():
    class A(Struct, weakref=True):
        x: utf8

    made = []
    refs = []
    for n in range(100):
        a = A(str(n))
        refs.append(weakref.ref(a, lambda _: made.append(A("x" * len(made)))))
        del a
    assert [a.x for a in made] == ["x" * n for n in range(100)]


def test_a_dict_is_made_on_first_use():
    class A(Struct, dict=True):
        x: uint8

    a = A(1)
    a.extra = [1]
    a.x = 2
    assert a.__dict__ == {"extra": [1]}
    assert vars(a) == {"extra": [1]}
    with pytest.raises(TypeError):
        a.x = "no"
    del a.extra
    assert not hasattr(a, "extra")
    a.__dict__ = {"other": 5}
    assert a.other == 5
    with pytest.raises(TypeError):
        a.__dict__ = 5
    with pytest.raises(AttributeError):
        del a.nope
    assert A(3).__dict__ == {}


def test_a_dict_may_hold_a_cycle():
    class A(Struct, dict=True, weakref=True):
        x: uint8

    assert is_tracked(A)
    a = A(1)
    a.me = a
    gone = weakref.ref(a)
    del a
    gc.collect()
    assert gone() is None


def test_cached_property_works_with_a_dict():
    import functools

    class A(Struct, dict=True):
        x: uint8

        @functools.cached_property
        def double(self):
            calls.append(1)
            return self.x * 2

    calls = []
    a = A(4)
    assert (a.double, a.double, calls) == (8, 8, [1])
    del a.double
    assert (a.double, calls) == (8, [1, 1])


@pytest.mark.parametrize("annotation", [int, float, utf8, uint8 | None, str, object, list])
@pytest.mark.parametrize("frozen", [False, True])
def test_cached_property_works_with_a_declared_field(annotation, frozen):
    import copy
    import functools

    values = {int: 10**30, float: 2.5, utf8: "x" * 700, str: "text"}
    value = values.get(annotation, 7)
    calls = []

    class Cached(Struct, frozen=frozen):
        x: uint8
        made: annotation

        @functools.cached_property
        def made(self):
            calls.append(self.x)
            return value

        def method(self):
            return self.x

    a = Cached(4)
    assert repr(a) == f"{Cached.__qualname__}(x=4)"
    assert a == Cached(4)
    assert calls == []
    for _ in range(3):
        assert a.method() == 4
        assert a.made == value
    assert calls == [4]
    assert copy.copy(a).made == value
    assert calls == [4]
    b = Cached(5)
    for _ in range(100):  # whatever state the class is in
        b.method(), b.x
    assert b.made == value
    assert calls == [4, 5]
    if not frozen:
        del a.made
        assert a.made == value
        assert calls == [4, 5, 4]
        a.made = value
    with pytest.raises(TypeError):
        Cached(1, 2)


def test_a_cached_property_whose_value_does_not_fit_is_refused():
    import functools

    class A(Struct):
        made: uint8

        @functools.cached_property
        def made(self):
            return 300

    with pytest.raises(OverflowError, match="A.made: 300 is out of range for uint8"):
        A().made


def test_options_are_inherited():
    class Base(
        Struct, order=True, weakref=True, dict=True, kw_only=True, repr=False, match_args=False
    ):
        x: uint8

    class Sub(Base):
        y: uint8 = 0

    assert Sub(1, x=0) < Sub(2, x=0)  # kw_only is not inherited
    thing = Sub(x=1)
    thing.free = 5
    assert weakref.ref(thing)() is thing
    assert repr(thing) == object.__repr__(thing)
    with pytest.raises(TypeError):
        Base(1)


@pytest.mark.parametrize("option", ["weakref", "dict"])
def test_what_a_base_gave_cannot_be_taken_back(option):
    Base = type(Struct)("Base", (Struct,), {}, **{option: True})
    with pytest.raises(TypeError, match=option):
        type(Struct)("Sub", (Base,), {}, **{option: False})


@pytest.mark.parametrize("option", ["weakref", "dict"])
def test_a_subclass_may_add_it(option):
    class Base(Struct):
        x: utf8

    class Sub(Base, **{option: True}):
        y: uint8

    sub = Sub("text", 5)
    if option == "weakref":
        assert weakref.ref(sub)() is sub
    else:
        sub.z = 1
        assert sub.z == 1
    assert (sub.x, sub.y) == ("text", 5)
    assert not hasattr(Base("a"), "__dict__")


def test_the_plan_of_a_class_can_be_read():
    class A(Struct, frozen=True):
        x: uint8

    plan = _core.plan_of(A)
    assert plan.frozen is True
    assert [f.name for f in plan.fields] == ["x"]
    assert _core.plan_of(Struct).fields == ()
    for other in (int, 5, A(1)):
        with pytest.raises(TypeError):
            _core.plan_of(other)
    assert _core.is_struct_class(A)
    assert not any(_core.is_struct_class(other) for other in (int, 5, A(1), type(Struct)))


def test_a_cached_property_without_a_place_names_the_option():
    class A(Struct):
        x: int = 1

        @functools.cached_property
        def area(self):
            """The area."""
            return self.x + 1

    with raises(
        TypeError,
        "A.area: a cached_property has no place for its value here; declare a field for it (area: "
        "object), or give the class dict=True",
    ):
        A().area
    assert isinstance(A.area, functools.cached_property)
    assert A.area.__doc__ == "The area."

    class B(A, dict=True):
        pass

    b = B()
    assert (b.area, b.__dict__) == (2, {"area": 2})
