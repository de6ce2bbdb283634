"""Reading, writing and deleting attributes: what works, and what is said when it does not."""

import copy
import pickle
import sys
import traceback
from unittest import mock

import pytest
from support import raises

from cslots import Struct, asdict, category, dataclass, uint8, utf8


class User(Struct):
    name: utf8
    age: uint8
    email: utf8


class Mixed(Struct):
    a: object
    b: str
    c: int | None = None
    d: bool = True
    e: category = "x"
    f: "Mixed | None" = None


class Empty(Struct):
    pass


LIST = "(fields: name, age, email)"


def test_an_unknown_name_gets_a_suggestion():
    user = User("a", 1, "b")
    text = f"User has no field 'emial'; did you mean 'email'? {LIST}"
    with raises(AttributeError, text):
        user.emial = 5
    with raises(AttributeError, text):
        del user.emial


def test_a_name_like_none_gets_the_list_only():
    user = User("a", 1, "b")
    text = f"User has no field 'zzz' {LIST}"
    with raises(AttributeError, text):
        user.zzz = 5
    with raises(AttributeError, text):
        del user.zzz


def test_a_class_without_fields_says_so():
    for act in (lambda: setattr(Empty(), "x", 1), lambda: delattr(Empty(), "x")):
        with raises(AttributeError, "Empty has no field 'x' (it has no fields)"):
            act()


def test_at_most_twelve_names_are_listed():
    names = [f"f{n:02}" for n in range(15)]
    Many = type(Struct)("Many", (Struct,), {"__slots__": tuple(names), "__module__": __name__})
    many = Many(*range(15))
    with raises(
        AttributeError, f"Many has no field 'zzzzzz' (fields: {', '.join(names[:12])}, … 3 more)"
    ):
        many.zzzzzz = 1
    Twelve = type(Struct)(
        "Twelve", (Struct,), {"__slots__": tuple(names[:12]), "__module__": __name__}
    )
    with raises(AttributeError, f"Twelve has no field 'zzzzzz' (fields: {', '.join(names[:12])})"):
        Twelve(*range(12)).zzzzzz = 1


def test_inherited_fields_are_suggested():
    class Admin(User):
        level: uint8

    admin = Admin("a", 1, "b", 2)
    with raises(
        AttributeError,
        "Admin has no field 'nmae'; did you mean 'name'? (fields: name, age, email, level)",
    ):
        admin.nmae = 5


def test_getattr_with_a_default_and_hasattr_work():
    user = User("a", 1, "b")
    assert getattr(user, "nope", 5) == 5
    assert not hasattr(user, "nope")
    assert hasattr(user, "age")


@pytest.mark.parametrize(
    "name", ["", "\ud800", "a\0b", "x" * 10_000, "名前", "__class_getitem__", "__nope__"]
)
def test_odd_names_do_no_harm(name):
    user = User("a", 1, "b")
    for act in (
        lambda: getattr(user, name),
        lambda: setattr(user, name, 1),
        lambda: delattr(user, name),
    ):
        with pytest.raises(AttributeError):
            act()


def test_a_name_that_is_no_text_is_a_type_error():
    user = User("a", 1, "b")
    for act in (lambda: getattr(user, 5), lambda: setattr(user, 5, 1), lambda: delattr(user, None)):
        with pytest.raises(TypeError):
            act()


def test_a_name_that_is_equal_but_not_identical_is_found():
    user = User("a", 1, "b")
    built = "".join(["a", "ge"])
    setattr(user, built, 9)
    assert getattr(user, built) == user.age == 9

    class Name(str):
        pass

    setattr(user, Name("age"), 10)
    assert getattr(user, Name("age")) == 10


@pytest.mark.parametrize("name", ["name", "age"])
def test_a_field_without_a_default_is_unset_after_del(name):
    user = User("a", 1, "b")
    value = getattr(user, name)
    delattr(user, name)
    assert not hasattr(user, name)
    with raises(AttributeError, f"User.{name} is not set"):
        getattr(user, name)
    with raises(AttributeError, f"User.{name} is not set"):
        delattr(user, name)
    assert f"{name}=<not set>" in repr(user)
    assert user != User("a", 1, "b")
    with pytest.raises(AttributeError):
        asdict(user)
    assert copy.copy(user) == user == pickle.loads(pickle.dumps(user))
    setattr(user, name, value)
    assert user == User("a", 1, "b")


def test_a_reference_with_a_kind_is_unset_after_del():
    mixed = Mixed(1, "b", f=Mixed(2, "c"))
    del mixed.b
    assert not hasattr(mixed, "b")
    mixed.b = "c"
    assert mixed.b == "c"
    assert mixed.f.b == "c"


@pytest.mark.parametrize(
    ("name", "default", "other"),
    [("c", None, 2**70), ("d", True, False), ("e", "x", "y"), ("f", None, Mixed(0, ""))],
)
def test_a_field_with_a_default_has_it_after_del(name, default, other):
    mixed = Mixed(1, "b", **{name: other})
    assert mixed != Mixed(1, "b")
    delattr(mixed, name)
    assert getattr(mixed, name) == default
    assert mixed == Mixed(1, "b")
    delattr(mixed, name)
    assert getattr(mixed, name) == default


@pytest.mark.parametrize(
    "annotation", [bool, int, uint8, float, str, utf8, category, object, "Holder | None"]
)
@pytest.mark.parametrize("default", [False, True])
@pytest.mark.parametrize("options", [None, {}, {"typed": False}], ids=str)
def test_mock_gives_the_value_back(annotation, default, options):
    old, new, usual = {
        bool: (True, False, False),
        float: (1.5, 2.5, 0.0),
        int: (2**80, 7, 1),
        uint8: (5, 7, 1),
    }.get(annotation, ("old" * 20, "new", ""))
    if annotation == "Holder | None":
        old, new, usual = None, None, None
    body = {"__annotations__": {"x": annotation, "y": int}, "__module__": __name__}
    body |= {"x": usual, "y": 0} if default else {}
    Holder = (
        type(Struct)("Holder", (Struct,), body)
        if options is None
        else dataclass(type("Holder", (), body), **options)
    )
    o = Holder(old, 1)
    before = copy.copy(o)
    with mock.patch.object(o, "x", new):
        assert o.x == new
    assert o.x == old
    assert o == before
    if default:
        del o.x
        assert o.x == usual


def test_an_object_field_is_deleted_like_a_slot():
    mixed = Mixed([1], "b")
    del mixed.a
    assert not hasattr(mixed, "a")
    with pytest.raises(AttributeError):
        mixed.a
    with pytest.raises(AttributeError):
        del mixed.a
    mixed.a = 5
    assert mixed.a == 5


def test_there_is_no_dict():
    user = User("a", 1, "b")
    assert not hasattr(user, "__dict__")
    with pytest.raises(TypeError):
        vars(user)


def test_dir_lists_fields_and_methods():
    names = dir(User("a", 1, "b"))
    assert {"name", "age", "email", "__repr__", "__class__"} <= set(names)


def test_methods_properties_and_class_attributes_work():
    class P(Struct):
        x: int
        limit = 10

        @property
        def double(self):
            return self.x * 2

        @double.setter
        def double(self, value):
            self.x = value // 2

        @classmethod
        def make(cls, x):
            return cls(x)

        @staticmethod
        def help():
            return "help"

        def add(self, n):
            self.x += n
            return self

    p = P.make(5)
    assert (p.double, p.limit, p.help(), p.add(2).x) == (10, 10, "help", 7)
    p.double = 20
    assert p.x == 10
    with pytest.raises(AttributeError):
        p.limit = 5
    with pytest.raises(AttributeError):
        p.add = None


def test_own_attribute_hooks_are_used():
    seen = []

    class P(Struct):
        x: int

        def __getattr__(self, name):
            seen.append(name)
            return name.upper()

        def __setattr__(self, name, value):
            seen.append((name, value))
            super().__setattr__(name, value)

        def __delattr__(self, name):
            seen.append(("del", name))

    p = P(5)
    seen.clear()
    assert p.x == 5
    assert p.other == "OTHER"
    p.x = 6
    del p.x
    assert p.x == 6
    assert seen == ["other", ("x", 6), ("del", "x")]
    with pytest.raises(TypeError, match=r"\AP\.x: expected int"):
        p.x = "five"


def test_own_getattribute_is_used():
    class P(Struct):
        x: int

        def __getattribute__(self, name):
            if name == "magic":
                return 42
            return super().__getattribute__(name)

    p = P(5)
    assert (p.x, p.magic) == (5, 42)
    with pytest.raises(AttributeError):
        p.nope


def test_a_pattern_matches_by_position():
    match User("ann", 30, "e"):
        case User(name, age):
            assert (name, age) == ("ann", 30)
        case _:
            raise AssertionError
    assert User.__match_args__ == ("name", "age", "email")

    class Off(Struct, match_args=False):
        x: int

    assert not hasattr(Off, "__match_args__")


def test_augmented_assignment_is_checked():
    user = User("a", 250, "b")
    user.age += 5
    assert user.age == 255
    with raises(OverflowError, "User.age: 256 is out of range for uint8 (0 to 255)"):
        user.age += 1
    assert user.age == 255


@pytest.mark.parametrize("options", [None, {}, {"typed": False}], ids=str)
def test_an_attribute_error_has_the_object(options):
    body = {"__annotations__": {"name": str}, "__module__": __name__}
    cls = (
        type(Struct)("A", (Struct,), body)
        if options is None
        else dataclass(type("A", (), body), **options)
    )
    a = cls("x")
    for act in (
        lambda: a.zzz,
        lambda: setattr(a, "zzz", 1),
        lambda: delattr(a, "zzz"),
        lambda: setattr(a, "nmae", 1),
    ):
        with pytest.raises(AttributeError) as caught:
            act()
        if options != {"typed": False} or sys.version_info >= (3, 13):
            assert caught.value.obj is a
    if options != {"typed": False}:  # one suggestion is enough when it is shown
        assert caught.value.name is None
        assert "did you mean 'name'?" in str(caught.value)
        assert "Did you mean" not in traceback.format_exception_only(caught.value)[-1]
