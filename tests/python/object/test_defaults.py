"""Defaults and default_factory are those of dataclasses, and are checked like any value."""

import dataclasses

import pytest
from support import classes_die, raises

from cslots import MISSING, Struct, dataclass, field, fields, float32, uint8, utf8


def test_a_default_fills_in():
    class User(Struct):
        name: utf8 = "nobody"
        age: uint8 = 18
        scale: float32 = 0.5
        big: int = 10**30
        tag: object = ("a",)
        maybe: uint8 | None = None

    user = User()
    assert (user.name, user.age, user.scale, user.big, user.tag, user.maybe) == (
        "nobody",
        18,
        0.5,
        10**30,
        ("a",),
        None,
    )
    user = User("ann", scale=1)
    assert (user.name, user.age, user.scale) == ("ann", 18, 1.0)


def test_a_default_of_an_object_field_is_shared_as_it_is():
    marker = object()

    class A(Struct):
        x: object = marker

    assert A().x is A().x is marker


@pytest.mark.parametrize(
    "default, error", [(300, OverflowError), ("abc", TypeError), (1.5, TypeError)]
)
def test_a_default_that_does_not_fit_is_found_by_the_first_object_at_the_latest(default, error):
    with pytest.raises(error, match=r"\AUser\.age: "):

        class User(Struct):
            age: uint8 = default

        User()


@pytest.mark.parametrize("default", [[], {}, set(), bytearray()])
def test_a_mutable_default_is_refused(default):
    text = (
        f"User.tags: mutable default {type(default)!r} is not allowed; use "
        "field(default_factory=list)"
    )
    with pytest.raises(ValueError) as caught:

        class User(Struct):
            tags: object = default

    if type(default) is list:
        assert str(caught.value) == text
    assert str(caught.value).startswith(
        f"User.tags: mutable default {type(default)!r} is not allowed; use field(default_factory="
    )


def test_an_unhashable_default_is_refused_as_in_dataclasses():
    class Point(Struct):  # eq without frozen: not hashable
        x: int

    with pytest.raises(ValueError, match=r"mutable default .* is not allowed"):

        class User(Struct):
            at: object = Point(1)

    with pytest.raises(ValueError, match=r"mutable default .* is not allowed"):

        class Other(Struct):
            tags: object = field(default=[])


def test_a_factory_makes_a_new_value_for_each_object():
    class User(Struct):
        tags: list = field(default_factory=list)
        n: uint8 = field(default_factory=lambda: 5)
        text: utf8 = field(default_factory=lambda: "x" * 100)

    a, b = User(), User()
    assert a.tags == b.tags == []
    assert a.tags is not b.tags
    assert (a.n, a.text) == (5, "x" * 100)


def test_a_factory_is_not_called_when_a_value_is_given():
    calls = []

    class User(Struct):
        a: int = field(default_factory=lambda: calls.append("a") or 1)
        b: int = field(default_factory=lambda: calls.append("b") or 2)

    User(5, 6)
    User(b=1, a=2)
    assert calls == []
    User(b=1)
    assert calls == ["a"]
    User()
    assert calls == ["a", "a", "b"]


def test_what_a_factory_makes_is_checked(live_blocks):
    class User(Struct):
        name: utf8
        age: uint8 = field(default_factory=lambda: 300)

    before = live_blocks()
    for _ in range(10):
        with raises(OverflowError, "User.age: 300 is out of range for uint8 (0 to 255)"):
            User("x" * 100)
    assert live_blocks() == before


def test_an_exception_of_a_factory_comes_through(live_blocks):
    class User(Struct):
        name: utf8
        tags: object = field(default_factory=lambda: 1 / 0)

    before = live_blocks()
    for _ in range(10):
        with pytest.raises(ZeroDivisionError):
            User("x" * 100_000)
    assert live_blocks() == before


def test_a_default_and_a_factory_exclude_each_other():
    with raises(ValueError, "cannot specify both default and default_factory"):
        field(default=1, default_factory=int)


def test_a_required_field_may_not_follow_a_default():
    with raises(
        TypeError,
        "User: non-default field 'b' follows default field 'a'; reorder them or use kw_only=True",
    ):

        class User(Struct):
            a: int = 1
            b: int


def test_keyword_only_fields_may_stand_in_any_order():
    class User(Struct, kw_only=True):
        a: int = 1
        b: int

    assert (User(b=2).a, User(b=2).b) == (1, 2)
    with pytest.raises(TypeError):
        User(1, 2)


def test_an_inherited_default_counts_too():
    class Base(Struct):
        a: int = 1

    with raises(
        TypeError,
        "User: non-default field 'b' follows default field 'a'; reorder them or use kw_only=True",
    ):

        class User(Base):
            b: int

    class Good(Base):
        b: int = field(kw_only=True)

    assert Good(b=5).a == 1


def test_everything_after_kw_only_is_keyword_only():
    class User(Struct):
        a: int
        _: dataclasses.KW_ONLY
        b: int = 5
        c: int

    user = User(1, c=3)
    assert (user.a, user.b, user.c) == (1, 5, 3)
    assert [f.name for f in fields(User)] == ["a", "b", "c"]


def test_a_subclass_gives_an_inherited_field_a_new_default():
    class Base(Struct):
        a: uint8
        b: uint8 = 2

    class Sub(Base):
        b: uint8 = 20

    assert (Sub(1).a, Sub(1).b, Base(1).b) == (1, 20, 2)
    assert [f.name for f in fields(Sub)] == ["a", "b"]


def test_fields_tell_their_defaults():
    class User(Struct):
        a: int
        b: int = 5
        c: list = field(default_factory=list, metadata={"unit": "m"})

    a, b, c = fields(User)
    assert (a.default, a.default_factory) == (MISSING, MISSING)
    assert b.default == 5
    assert c.default_factory is list
    assert c.metadata["unit"] == "m"


def test_fields_without_init_need_no_argument():
    class User(Struct):
        a: int
        b: int = field(init=False, default=7)
        c: list = field(init=False, default_factory=list)
        d: int = field(init=False)

    user = User(1)
    assert (user.b, user.c) == (7, [])
    with raises(AttributeError, "User.d is not set"):
        user.d
    user.d = 4
    assert user.d == 4


@classes_die
def test_defaults_of_a_deleted_class_are_freed():
    import gc
    import weakref

    class Marker:
        pass

    def make():
        marker = Marker()

        class User(Struct):
            x: object = marker
            y: object = field(default_factory=lambda: marker)

        User()
        return weakref.ref(marker)

    gone = make()
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("base", [True, False])
def test_the_missing_of_dataclasses_means_not_given(base):
    def option(
        *,
        default=dataclasses.MISSING,
        default_factory=dataclasses.MISSING,
        kw_only=dataclasses.MISSING,
    ):
        return field(default=default, default_factory=default_factory, kw_only=kw_only)

    body = {"__annotations__": {"name": str, "tags": list, "level": int}, "__module__": __name__}
    body |= {"name": option(), "tags": option(default_factory=list), "level": option(default=3)}
    Options = (
        type(Struct)("Options", (Struct,), body) if base else dataclass(type("Options", (), body))
    )
    assert Options("x") == Options("x", [], 3)
    with pytest.raises(TypeError, match="name"):
        Options()
    assert [f.default is dataclasses.MISSING for f in dataclasses.fields(Options)] == [
        True,
        True,
        False,
    ]
