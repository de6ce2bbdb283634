"""__class__ may be assigned between classes of one layout only."""

import copy
import pickle

import pytest
from support import classes_die, raises

from cslots import Pool, Struct, replace, uint8, utf8


class User(Struct):
    name: utf8
    age: uint8


class Quiet(User):
    def shout(self):
        return self.name.lower()


class Loud(User):
    def shout(self):
        return self.name.upper()


class Padded(User):  # fits into the padding: the block is not larger
    level: uint8


class Other(Struct):
    name: utf8
    age: uint8


class Tracked(User):
    tag: object = None


class Holder(Struct):
    one: Quiet


class Plain:
    __slots__ = ()


def test_the_class_changes_between_subclasses_without_new_fields():
    user = Quiet("Ann", 5)
    assert user.shout() == "ann"
    user.__class__ = Loud
    assert type(user) is Loud
    assert user.shout() == "ANN"
    user.__class__ = User
    assert (user.name, user.age) == ("Ann", 5)
    assert not hasattr(user, "shout")
    user.name = "x" * 1000
    user.__class__ = Quiet
    assert user.shout() == "x" * 1000


@pytest.mark.parametrize("target", [Padded, Other, Tracked])
def test_another_layout_is_refused(target):
    user = User("Ann", 5)
    with raises(TypeError, f"User.__class__: {target.__name__} has another layout"):
        user.__class__ = target
    assert type(user) is User
    assert (user.name, user.age) == ("Ann", 5)
    other = target("Bob", 6, 7) if target is Padded else target("Bob", 6)
    with pytest.raises(TypeError):
        other.__class__ = User
    assert (other.name, other.age) == ("Bob", 6)


@pytest.mark.parametrize("target", [int, object, Plain, Struct, str, type, Exception])
def test_a_class_that_is_no_struct_is_refused(target):
    user = User("Ann", 5)
    with pytest.raises(TypeError):
        user.__class__ = target
    assert type(user) is User


@pytest.mark.parametrize("value", [5, None, "User", User("a", 1)])
def test_what_is_no_class_is_refused(value):
    user = User("Ann", 5)
    with pytest.raises(TypeError):
        user.__class__ = value
    with pytest.raises((TypeError, AttributeError)):
        del user.__class__
    assert type(user) is User


@pytest.mark.parametrize("target", [Padded, Other, Tracked, Plain, int])
def test_the_descriptor_of_object_does_not_get_past_the_guard(target):
    user = User("Ann", 5)
    for setter in (
        lambda: object.__dict__["__class__"].__set__(user, target),
        lambda: object.__setattr__(user, "__class__", target),
    ):
        with pytest.raises(TypeError):
            setter()
        assert type(user) is User
        assert (user.name, user.age) == ("Ann", 5)


def test_a_plain_object_cannot_become_a_struct():
    class Slotted:
        __slots__ = ("a",)

    for thing in (
        Plain(),
        Slotted(),
        type("Dict", (), {})(),
        type("ThreeSlots", (), {"__slots__": ("a", "b", "c")})(),
    ):
        for target in (User, Struct, Other):
            with pytest.raises(TypeError):
                thing.__class__ = target


def test_classes_with_the_same_fields_of_different_origin_are_refused():
    user = User("Ann", 5)
    with pytest.raises(TypeError):
        user.__class__ = Other


def test_a_frozen_object_keeps_its_class():
    class P(Struct, frozen=True):
        x: int

    class Q(P):
        pass

    p = P(1)
    try:
        p.__class__ = Q
    except (AttributeError, TypeError):
        assert type(p) is P
    else:
        assert p.x == 1


@classes_die
def test_references_to_classes_are_counted_right(live_blocks):
    import gc
    import weakref

    class A(Struct):
        x: utf8

    class B(A):
        pass

    a = A("text")
    for _ in range(100):
        a.__class__ = B
        a.__class__ = A
    a.__class__ = B
    gone = weakref.ref(A), weakref.ref(B)
    del A, B
    gc.collect()
    assert gone[1]() is type(a)
    del a
    gc.collect()
    assert gone[0]() is None
    assert gone[1]() is None


def test_an_object_in_a_field_that_takes_a_wider_class_stays_there_and_copies_tell():
    holder = Holder(Quiet("Ann", 5))
    holder.one.__class__ = User
    assert (
        type(holder.one) is User
        and holder == copy.copy(holder)
        and repr(holder.one) == "User(name='Ann', age=5)"
    )
    pool = Pool(Holder, [holder])
    assert type(pool[0].one) is User
    for make in (
        lambda: pickle.loads(pickle.dumps(holder)),
        lambda: copy.deepcopy(holder),
        lambda: replace(holder),
        lambda: pickle.loads(pickle.dumps(pool)),
    ):
        with pytest.raises(
            TypeError, match=r"Holder\.one: expected Quiet, got User User\(name='Ann', age=5\)"
        ):
            make()
    holder.one.__class__ = Quiet
    assert copy.deepcopy(holder) == holder
