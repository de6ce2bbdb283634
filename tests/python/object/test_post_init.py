"""__post_init__ and InitVar, as in dataclasses."""

import copy
import dataclasses
from dataclasses import InitVar

import pytest
from support import raises

from cslots import Struct, _core, dataclass, field, fields, replace, uint8, utf8


def test_post_init_runs_once_after_all_fields_are_set():
    seen = []

    class User(Struct):
        name: utf8
        age: uint8 = 5
        full: utf8 = field(init=False)

        def __post_init__(self):
            seen.append((self.name, self.age))
            self.full = self.name * 2

    assert User("ann").full == "annann"
    assert User(age=6, name="bob").full == "bobbob"
    assert seen == [("ann", 5), ("bob", 6)]


def test_init_variables_go_to_post_init_in_order():
    class User(Struct):
        a: int
        b: InitVar[int]
        c: int = field(init=False)
        d: InitVar[str] = "dd"

        def __post_init__(self, b, d):
            self.c = (b, len(d))[0] * 10 + len(d)

    assert User(1, 2).c == 22
    assert User(1, b=2, d="ddd").c == 23
    assert User(d="", b=2, a=1).c == 20
    assert [f.name for f in fields(User)] == ["a", "c"]
    with raises(TypeError, "User() missing required field 'b'"):
        User(1)
    user = User(1, 2)
    with pytest.raises(AttributeError):
        user.b


def test_an_init_variable_is_not_kept():
    class Token:
        pass

    import weakref

    class User(Struct):
        a: InitVar[object]

        def __post_init__(self, a):
            pass

    token = Token()
    gone = weakref.ref(token)
    user = User(token)
    del token
    assert gone() is None
    assert user is not None


def test_an_exception_of_post_init_comes_through(live_blocks):
    class User(Struct):
        name: utf8

        def __post_init__(self):
            raise ZeroDivisionError("not today")

    before = live_blocks()
    for _ in range(100):
        with raises(ZeroDivisionError, "not today"):
            User("x" * 1000)
    assert live_blocks() == before


def test_what_post_init_returns_does_not_matter():
    class User(Struct):
        a: int

        def __post_init__(self):
            return 5

    assert User(1).a == 1


def test_post_init_is_inherited_and_can_call_super():
    seen = []

    class Base(Struct):
        a: int

        def __post_init__(self):
            seen.append("base")

    class Sub(Base):
        b: int

        def __post_init__(self):
            super().__post_init__()
            seen.append("sub")

    class Subsub(Sub):
        pass

    Subsub(1, 2)
    assert seen == ["base", "sub"]


def test_post_init_with_the_wrong_parameters_is_an_ordinary_type_error():
    class User(Struct):
        a: InitVar[int]

        def __post_init__(self):
            pass

    with pytest.raises(TypeError, match="positional argument"):
        User(1)


def test_post_init_may_replace_every_field_with_longer_text():
    class User(Struct):
        a: utf8
        b: utf8

        def __post_init__(self):
            self.a *= 1000
            self.b = self.a + self.b

    user = User("x", "y")
    assert (user.a, user.b) == ("x" * 1000, "x" * 1000 + "y")


def test_a_post_init_given_later_is_used():
    class User(Struct):
        a: int

    User(1)

    def post_init(self):
        self.a += 100

    User.__post_init__ = post_init
    assert User(1).a == 101
    del User.__post_init__
    assert User(1).a == 1


def test_post_init_that_keeps_the_object_before_failing_keeps_it_whole():
    kept = []

    class User(Struct):
        name: utf8

        def __post_init__(self):
            kept.append(self)
            raise ValueError

    with pytest.raises(ValueError):
        User("x" * 100)
    assert kept[0].name == "x" * 100
    kept[0].name = "y"
    assert kept[0].name == "y"


def test_copies_do_not_run_post_init_and_replace_does():
    runs = []

    class User(Struct):
        a: int

        def __post_init__(self):
            runs.append(self.a)

    user = User(1)
    assert runs == [1]
    assert copy.copy(user) == copy.deepcopy(user) == user
    assert runs == [1]
    assert replace(user, a=2).a == 2
    assert runs == [1, 2]


def test_replace_needs_the_init_variables_without_default():
    class User(Struct):
        a: int
        b: InitVar[int]

        def __post_init__(self, b):
            self.a += b

    user = User(1, 2)
    assert replace(user, b=10).a == 13
    with pytest.raises((TypeError, ValueError)):
        replace(user, a=5)


def test_a_frozen_object_can_be_finished_in_post_init():
    class Point(Struct, frozen=True):
        x: int
        double: int = field(init=False, default=0)

        def __post_init__(self):
            _core.force_setattr(self, "double", self.x * 2)

    assert Point(4).double == 8


def test_init_var_of_dataclasses_may_be_bare_or_text():
    class A(Struct):
        x: int
        y: "InitVar[int]"
        z: "dataclasses.InitVar[int]" = 3

        def __post_init__(self, y, z):
            self.x += y * 10 + z

    assert A(0, 1).x == 13


@pytest.mark.parametrize("root", [Struct, dataclass], ids=["Struct", "dataclass"])
def test_initvars_come_in_the_order_of_the_class_body(root):
    got = []
    bases, decorate = ((), root) if root is dataclass else ((root,), lambda cls: cls)

    @decorate
    class A(*bases):
        key: InitVar[int] = field(default=5, kw_only=True)
        stored: int = field(default=0, kw_only=True)
        last: InitVar[int] = field(default=6, kw_only=True)
        pos: InitVar[int]

        def __post_init__(self, key, last, pos):
            got.append((key, last, pos))

    A(1)
    A(pos=1, last=2, key=3)
    assert got == [(5, 6, 1), (3, 2, 1)]
