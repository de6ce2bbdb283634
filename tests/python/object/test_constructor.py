"""Calling a class: positional and keyword arguments, and what is said when they do not fit."""

import functools
import inspect

import pytest
from support import raises

from cslots import Struct, field, uint8, utf8


class User(Struct):
    name: utf8
    age: uint8
    email: utf8


class Mixed(Struct):
    a: int
    b: int = 2
    c: int = field(default=3, kw_only=True)
    d: int = field(kw_only=True)
    e: int = field(default=5, init=False)


class Empty(Struct):
    pass


def test_positional_and_keyword_arguments_mean_the_same():
    expected = ("ann", 30, "a@b.c")
    users = [
        User("ann", 30, "a@b.c"),
        User("ann", 30, email="a@b.c"),
        User("ann", email="a@b.c", age=30),
        User(email="a@b.c", age=30, name="ann"),
        User(**{"age": 30, "name": "ann", "email": "a@b.c"}),
        User(*("ann", 30), **{"email": "a@b.c"}),
        functools.partial(User, "ann", email="a@b.c")(30),
        next(map(User, ["ann"], [30], ["a@b.c"])),
        type.__call__(User, "ann", 30, email="a@b.c"),
    ]
    for user in users:
        assert (user.name, user.age, user.email) == expected
        assert type(user) is User


def test_keywords_are_found_by_their_text():
    for _ in range(3):
        built = {
            "".join(["na", "me"]): "ann",
            "".join(["a", "ge"]): 30,
            "".join(["em", "ail"]): "e",
        }
        assert User(**built).age == 30

    class Name(str):
        pass

    assert User(**{Name("name"): "ann", Name("age"): 30, Name("email"): "e"}).age == 30


def test_one_call_site_with_changing_keywords_is_read_anew():
    """Whatever a class remembers of earlier calls must not be mixed up."""
    orders = [("name", "age", "email"), ("email", "name", "age"), ("age", "email", "name")]
    values = {"name": "n", "age": 7, "email": "e"}
    for n in range(300):
        user = User(**{key: values[key] for key in orders[n % 3]})
        assert (user.name, user.age, user.email) == ("n", 7, "e")
        with raises(TypeError, "User() missing required field 'email'"):
            User(**{key: values[key] for key in orders[n % 3] if key != "email"})


@pytest.mark.parametrize(
    "args, kwargs, text",
    [
        (("a", 1), {}, "User() missing required field 'email'"),
        ((), {"name": "a", "email": "b"}, "User() missing required field 'age'"),
        (("a",), {}, "User() missing required fields 'age', 'email'"),
        ((), {}, "User() missing required fields 'name', 'age', 'email'"),
        (("a", 1, "b", 4), {}, "User() takes at most 3 positional arguments, got 4"),
        (("a", 1, "b", 4, 5, 6), {}, "User() takes at most 3 positional arguments, got 6"),
        (("a", 1, "b"), {"name": "c"}, "User() got field 'name' twice"),
        (("a",), {"name": "c", "age": 1, "email": "b"}, "User() got field 'name' twice"),
        (("a", 1, "b"), {"nmae": "c"}, "User() has no field 'nmae'; did you mean 'name'?"),
        ((), {"nmae": "c"}, "User() has no field 'nmae'; did you mean 'name'?"),
    ],
)
def test_arguments_that_do_not_fit_are_named(args, kwargs, text):
    with raises(TypeError, text):
        User(*args, **kwargs)
    with raises(TypeError, text):
        type.__call__(User, *args, **kwargs)


def test_a_keyword_like_no_field_gets_no_suggestion():
    with pytest.raises(TypeError) as caught:
        User("a", 1, "b", zzzzzzzz=5)
    assert str(caught.value).startswith("User() has no field 'zzzzzzzz'")
    assert "did you mean" not in str(caught.value)


def test_a_keyword_that_is_no_text_is_a_type_error():
    with pytest.raises(TypeError):
        User(**{1: 2})


def test_an_odd_keyword_is_named_without_a_crash():
    for name in ("", "\ud800", "na\0me", "x" * 10_000, "näme"):
        with pytest.raises(TypeError, match=r"\AUser\(\) has no field"):
            User("a", 1, "b", **{name: 5})


def test_a_class_without_fields_takes_nothing():
    assert type(Empty()) is Empty
    with pytest.raises(TypeError, match=r"\AEmpty\(\) takes .*positional arguments?, got 1"):
        Empty(5)
    with pytest.raises(TypeError, match=r"\AEmpty\(\) has no field 'x'"):
        Empty(x=5)


def test_keyword_only_fields_and_fields_without_init():
    mixed = Mixed(1, d=4)
    assert (mixed.a, mixed.b, mixed.c, mixed.d, mixed.e) == (1, 2, 3, 4, 5)
    mixed = Mixed(d=40, c=30, a=10, b=20)
    assert (mixed.a, mixed.b, mixed.c, mixed.d, mixed.e) == (10, 20, 30, 40, 5)
    with raises(TypeError, "Mixed() takes at most 2 positional arguments, got 3"):
        Mixed(1, 2, 3, d=4)
    with raises(TypeError, "Mixed() missing required field 'd'"):
        Mixed(1)
    with raises(TypeError, "Mixed() field 'e' has init=False and cannot be given"):
        Mixed(1, d=4, e=6)


def test_a_class_with_one_field_says_argument():
    class One(Struct):
        x: int

    with pytest.raises(
        TypeError, match=r"\AOne\(\) takes at most 1 positional arguments?, got 2\Z"
    ):
        One(1, 2)


def test_a_subclass_speaks_in_its_own_name():
    class Admin(User):
        level: uint8

    with raises(TypeError, "Admin() missing required field 'level'"):
        Admin("a", 1, "b")
    with pytest.raises(OverflowError, match="age: 300 is out of range for uint8"):
        Admin("a", 300, "b", 1)


def test_a_refused_argument_leaves_nothing_behind(live_blocks):
    before = live_blocks()
    for _ in range(100):
        for args in (
            ("a" * 50, 300, "b"),
            ("a", 1, 5),
            (5, 1, "b"),
            ("a" * 100_000, 1, b"x"),
            ("a",),
            ("a", 1, "b", 4),
        ):
            with pytest.raises((TypeError, OverflowError)):
                User(*args)
    assert live_blocks() == before


def test_ten_thousand_keywords_that_nobody_knows():
    with pytest.raises(TypeError, match=r"\AUser\(\) has no field"):
        User(**{f"k{n}": n for n in range(10_000)})


def test_the_signature_shows_the_fields():
    assert list(inspect.signature(User).parameters) == ["name", "age", "email"]
    parameters = inspect.signature(Mixed).parameters
    assert set(parameters) == {"a", "b", "c", "d"}
    assert parameters["b"].default == 2
    assert parameters["d"].kind is inspect.Parameter.KEYWORD_ONLY


def test_new_without_the_constructor_gives_an_object_whose_fields_are_not_set():
    user = User.__new__(User)
    assert type(user) is User
    for name in ("name", "age", "email"):
        with raises(AttributeError, f"User.{name} is not set"):
            getattr(user, name)
    user.age = 5
    assert user.age == 5


def test_init_may_be_called_again():
    user = User("a", 1, "b")
    user.__init__("c", 2, email="d" * 100)
    assert (user.name, user.age, user.email) == ("c", 2, "d" * 100)
    with raises(TypeError, "User() missing required field 'email'"):
        user.__init__("e", 3)
