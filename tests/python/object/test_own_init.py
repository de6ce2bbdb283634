"""A class's own __init__ or __new__ is used instead of the generated constructor."""

import sys

import pytest
from support import raises

from cslots import Struct, fields, uint8, utf8


class User(Struct):
    name: utf8
    age: uint8
    tag: object
    level: uint8 = 7

    def __init__(self, text, *, old=False):
        self.name, _, age = text.partition(":")
        self.age = int(age) + 100 * old


def test_an_own_init_gets_the_arguments():
    user = User("ann:30")
    assert (user.name, user.age) == ("ann", 30)
    assert User("ann:30", old=True).age == 130
    assert type.__call__(User, "ann:30", old=True).age == 130
    with pytest.raises(TypeError, match="unexpected keyword argument 'name'"):
        User(name="ann")
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        User()


def test_defaults_are_in_place_before_an_own_init_runs():
    seen = []

    class A(Struct):
        a: int = 5
        b: utf8 = "text"

        def __init__(self):
            seen.append((self.a, self.b))
            self.a += 1

    assert A().a == 6
    assert seen == [(5, "text")]
    assert User("ann:30").level == 7


def test_a_field_that_init_never_sets_says_so():
    user = User("ann:30")
    with pytest.raises(AttributeError):
        user.tag
    user.tag = 5
    assert user.tag == 5

    class Lazy(Struct):
        age: uint8
        name: utf8
        big: int
        flag: bool
        maybe: uint8 | None

        def __init__(self):
            pass

    lazy = Lazy()
    for name in ("age", "name", "big", "flag", "maybe"):
        with raises(AttributeError, f"Lazy.{name} is not set"):
            getattr(lazy, name)
        assert not hasattr(lazy, name)
    for name, value in {"age": 0, "name": "", "big": 0, "flag": False, "maybe": None}.items():
        setattr(lazy, name, value)
        assert getattr(lazy, name) == value


def test_objects_with_fields_not_set_do_not_crash_anything():
    import copy
    import pickle

    user, other = User("ann:30"), User("ann:30")
    for act in (
        repr,
        lambda u: u == other,
        lambda u: u != other,
        hash,
        copy.copy,
        copy.deepcopy,
        pickle.dumps,
    ):
        try:
            act(user)
        except (AttributeError, TypeError):
            pass
    assert user.name == "ann"


def test_what_init_stores_is_checked():
    with raises(OverflowError, "User.age: 300 is out of range for uint8 (0 to 255)"):
        User("ann:300")


def test_an_init_that_returns_something_is_refused():
    class A(Struct):
        def __init__(self):
            return 5

    with pytest.raises(TypeError, match=r"__init__\(\) should return None"):
        A()


def test_an_exception_of_init_frees_the_object(live_blocks):
    class A(Struct):
        name: utf8

        def __init__(self):
            self.name = "x" * 100_000
            raise ZeroDivisionError

    before = live_blocks()
    for _ in range(20):
        with pytest.raises(ZeroDivisionError):
            A()
    assert live_blocks() == before


def test_an_own_init_is_inherited():
    class Admin(User):
        rights: uint8 = 1

    admin = Admin("ann:30")
    assert (admin.name, admin.age, admin.rights) == ("ann", 30, 1)


def test_an_init_of_a_mixin_is_used():
    class FromText:
        __slots__ = ()

        def __init__(self, text):
            self.x = int(text)

    class A(FromText, Struct):
        x: uint8

    assert A("5").x == 5


def test_super_init_reaches_the_generated_constructor():
    class Base(Struct):
        a: int
        b: int = 2

    class Sub(Base):
        c: int = 0

        def __init__(self, n):
            super().__init__(n, b=n + 1)
            self.c = n + 2

    sub = Sub(10)
    assert (sub.a, sub.b, sub.c) == (10, 11, 12)


def test_the_order_of_defaults_does_not_matter_to_an_own_init():
    class A(Struct):
        a: int = 1
        b: int

        def __init__(self):
            self.b = self.a + 1

    assert A().b == 2


def test_a_generated_constructor_after_an_own_one_is_not_brought_back():
    class Base(Struct):
        a: int

        def __init__(self):
            self.a = 1

    class Sub(Base):
        b: int

    sub = Sub()
    assert sub.a == 1
    with pytest.raises(AttributeError):
        sub.b


def test_an_own_new_is_used():
    class Even(Struct):
        n: int

        def __new__(cls, n):
            if n % 2:
                return None
            self = super().__new__(cls)
            self.n = n
            return self

    assert Even(3) is None
    assert Even(4).n == 4


def test_an_own_new_may_return_a_shared_object():
    class One(Struct):
        n: int
        kept = []

        def __new__(cls, n):
            if not cls.kept:
                self = super().__new__(cls)
                self.n = n
                cls.kept.append(self)
            return cls.kept[0]

        def __init__(self, n):
            pass

    assert One(1) is One(2)
    assert One(3).n == 1
    One.kept.clear()


def test_own_new_and_init_both_run_with_the_arguments():
    seen = []

    class A(Struct):
        x: int

        def __new__(cls, *args, **kwargs):
            seen.append(("new", args, kwargs))
            return super().__new__(cls)

        def __init__(self, *args, **kwargs):
            seen.append(("init", args, kwargs))
            self.x = args[0]

    assert A(1, k=2).x == 1
    assert seen == [("new", (1,), {"k": 2}), ("init", (1,), {"k": 2})]


def test_setting_init_later_is_honoured():
    class A(Struct):
        x: int

    assert A(1).x == 1

    def init(self, text):
        self.x = len(text)

    A.__init__ = init
    assert A("four").x == 4
    del A.__init__
    assert A(9).x == 9


def test_setting_init_on_a_base_later_reaches_its_subclasses():
    class A(Struct):
        x: int

    class B(A):
        pass

    assert B(1).x == 1
    A.__init__ = lambda self: setattr(self, "x", 42)
    assert B().x == 42


def test_setting_new_later_is_honoured():
    class A(Struct):
        x: int

    A(1)
    A.__new__ = staticmethod(lambda cls, x: x)
    assert A(5) == 5


def test_fields_are_known_although_the_constructor_is_not_generated():
    assert [f.name for f in fields(User)] == ["name", "age", "tag", "level"]


# ---- texts ----


class Told(Struct):
    """W1 of the benchmarks, with a constructor of its own."""

    name: utf8
    age: uint8
    email: utf8

    def __init__(self, name, age, email):
        self.name = name
        self.age = age
        self.email = email


class Generated(Struct):
    name: utf8
    age: uint8
    email: utf8


def mean_size(objects):
    return sum(map(sys.getsizeof, objects)) / len(objects)


def test_texts_that_a_constructor_sets_lie_inside_the_object():
    values = [(f"user{i}", i % 100, f"user{i}@example.com") for i in range(20_000)]
    told, generated = [Told(*v) for v in values], [Generated(*v) for v in values]
    assert [(t.name, t.age, t.email) for t in told] == values
    assert mean_size(told) <= min(72, mean_size(generated) + 8)


def test_a_rare_long_text_does_not_make_the_others_large():
    lengths = [200 if i % 50 == 0 else 10 + i % 5 for i in range(5000)]
    told = [Told("n" * length, 1, "e" * 12) for length in lengths]
    short = [one for one, length in zip(told, lengths, strict=True) if length < 200]
    assert [len(one.name) for one in told] == lengths and mean_size(short[100:]) <= 56
    shorter = [Told("n", 1, "e" * 12) for _ in range(3000)]
    assert mean_size(shorter[-100:]) < mean_size(short)


def test_a_text_without_room_takes_what_it_needs():
    told = [Told("n" * 1000, 1, "e" * 1000) for _ in range(10)]
    assert mean_size(told) < 2000 + 100
    told[0].name = "short"
    told[1].email = "e" * 3000
    assert (told[0].name, told[0].email, told[1].email) == ("short", "e" * 1000, "e" * 3000)


def test_texts_set_in_new_lie_inside_the_object():
    class Made(Struct):
        name: utf8

        def __new__(cls, name):
            self = super().__new__(cls)
            self.name = name
            return self

        def __init__(self, name):
            pass

    made = [Made("x" * (30 + i % 7)) for i in range(1000)]
    assert [len(one.name) for one in made[:7]] == [*range(30, 37)] and mean_size(made[10:]) <= 64


def test_an_object_that_takes_another_class_in_its_constructor():
    class Base(Struct):
        name: utf8

    class Other(Base):
        pass

    class Turned(Base):
        def __init__(self, name):
            self.name = name
            self.__class__ = Other

    turned = [Turned("x" * 40) for _ in range(100)]
    assert {type(one) for one in turned} == {Other} and turned[-1].name == "x" * 40
