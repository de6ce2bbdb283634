"""What stands in the class under a field's name, and every way to misuse it."""

import copy
import dataclasses
import gc
import inspect
from collections.abc import Callable
from typing import ClassVar

import pytest
from support import raises

import cslots
from cslots import Struct, category, dataclass, field, uint8, utf8


class User(Struct):
    name: utf8
    age: uint8
    tag: object
    nick: str
    big: int
    flag: bool
    word: category


class Twin(Struct):  # the same layout, another class
    name: utf8
    age: uint8
    tag: object
    nick: str
    big: int
    flag: bool
    word: category


class Admin(User):
    level: uint8


class Small(Struct):
    age: uint8


NAMES = ("name", "age", "tag", "nick", "big", "flag", "word")
VALUES = ("b", 2, [], "n", 10**30, True, "w")


def make(cls=User, *more):
    return cls("ann", 30, None, "nick", 5, False, "word", *more)


@pytest.mark.parametrize("name", NAMES)
def test_a_field_is_a_data_descriptor_of_the_class(name):
    descriptor = User.__dict__[name]
    assert getattr(User, name) is descriptor
    assert descriptor.__get__(None, User) is descriptor
    assert inspect.isdatadescriptor(descriptor)
    assert name in repr(descriptor)
    assert descriptor.__name__ == name


@pytest.mark.parametrize("name, value", list(zip(NAMES, VALUES, strict=True)))
def test_a_descriptor_reads_and_writes_objects_of_its_class_and_of_subclasses(name, value):
    descriptor = User.__dict__[name]
    for thing in (make(), make(Admin, 9)):
        descriptor.__set__(thing, value) if name not in ("tag", "nick") else setattr(
            thing, name, value
        )
        assert descriptor.__get__(thing) == value
        assert descriptor.__get__(thing, type(thing)) == value
        assert getattr(thing, name) == value


@pytest.mark.parametrize("name, value", list(zip(NAMES, VALUES, strict=True)))
def test_a_descriptor_refuses_foreign_objects(name, value):
    descriptor = User.__dict__[name]
    for thing in (
        make(Twin),
        Small(1),
        5,
        "text",
        object(),
        User,
        None,
        Struct,
        lambda: 0,
        make,
        [],
    ):
        if thing is not None:
            with pytest.raises((TypeError, AttributeError)):
                descriptor.__get__(thing)
            with pytest.raises((TypeError, AttributeError)):
                descriptor.__get__(thing, User)
        with pytest.raises((TypeError, AttributeError)):
            descriptor.__set__(thing, value)
        with pytest.raises((TypeError, AttributeError)):
            descriptor.__delete__(thing)


def test_the_descriptor_of_a_subclass_refuses_objects_of_the_base():
    descriptor = Admin.__dict__["level"]
    with pytest.raises(TypeError):
        descriptor.__get__(make())
    with pytest.raises(TypeError):
        descriptor.__set__(make(), 5)


@pytest.mark.parametrize("name", NAMES)
def test_a_descriptor_checks_what_it_writes(name):
    user = make()
    before = getattr(user, name)
    if name == "tag":
        return
    with pytest.raises((TypeError, AttributeError)):
        User.__dict__[name].__set__(user, Ellipsis)
    with pytest.raises((TypeError, AttributeError)):
        User.__dict__[name].__delete__(user)
    assert getattr(user, name) == before


@pytest.mark.parametrize("name", NAMES)
def test_a_descriptor_can_not_be_made_by_hand(name):
    kind = type(User.__dict__[name])
    for arguments in ((), (User, name), (User.__dict__[name],)):
        with pytest.raises(TypeError):
            kind(*arguments)
    with pytest.raises(TypeError):
        kind.__new__(kind)
    with pytest.raises(TypeError):
        type("Sub", (kind,), {})


def test_a_descriptor_outlives_the_name_of_its_class():
    class Local(Struct):
        x: utf8
        y: object
        z: uint8

    descriptors = [Local.__dict__[n] for n in "xyz"]
    del Local
    gc.collect()
    for descriptor in descriptors:
        repr(descriptor)
        with pytest.raises(TypeError):
            descriptor.__get__(make())


@pytest.mark.parametrize("name", NAMES)
def test_a_descriptor_cannot_be_replaced_on_the_class(name):
    with raises(AttributeError, f"User.{name} is a field; its descriptor cannot be replaced"):
        setattr(User, name, 5)
    with pytest.raises(AttributeError, match=rf"User\.{name} is a field"):
        delattr(User, name)
    assert getattr(make(), name) is not None or name == "tag"


def test_type_setattr_does_not_get_past_it():
    descriptor = User.__dict__["age"]
    for act in (lambda: type.__setattr__(User, "age", 5), lambda: type.__delattr__(User, "age")):
        try:
            act()
        except (TypeError, AttributeError):
            assert User.__dict__["age"] is descriptor


def test_a_subclass_may_not_be_given_something_over_a_field_later():
    class Sub(User):
        pass

    try:
        Sub.age = 5
    except AttributeError:
        assert make(Sub).age == 30
    else:  # allowed: then Python's own rule holds
        assert make(Sub).age == 5
        del Sub.age
        assert make(Sub).age == 30


@pytest.mark.parametrize("name", NAMES)
def test_object_setattr_is_refused_or_checked(name):
    user = make()
    before = getattr(user, name)
    if name != "tag":
        with pytest.raises((TypeError, AttributeError)):
            object.__setattr__(user, name, Ellipsis)
        with pytest.raises((TypeError, AttributeError)):
            object.__delattr__(user, name)
        assert getattr(user, name) == before
    with pytest.raises((TypeError, AttributeError)):
        object.__setattr__(user, "nope", 1)
    assert object.__getattribute__(user, name) == before


def test_object_new_gives_no_half_made_object():
    for cls in (User, Struct, Small):
        try:
            thing = object.__new__(cls)
        except TypeError:
            continue
        assert type(thing) is cls
        repr_or_none = None
        try:
            repr_or_none = repr(thing)
        except AttributeError:
            pass
        for name in NAMES:
            assert not hasattr(thing, name)
        assert repr_or_none is None or isinstance(repr_or_none, str)


def test_type_new_cannot_make_a_class_past_the_metatype():
    meta = type(Struct)
    for bases in ((Struct,), (User,), ()):
        try:
            cls = type.__new__(meta, "X", bases, {})
        except TypeError:
            continue
        assert issubclass(cls, bases)
        cls()
    made = type.__new__(type, "X", (User,), {})  # Python finds the right metatype by itself
    assert type(made) is meta
    assert make(made).age == 30


def test_the_metatype_needs_a_struct_among_the_bases_or_makes_no_harm():
    meta = type(Struct)
    for arguments in (
        (),
        ("X",),
        ("X", ()),
        ("X", 5, {}),
        (5, (Struct,), {}),
        ("X", (Struct,), 5),
        ("X", (int, Struct), {}),
    ):
        with pytest.raises(TypeError):
            meta(*arguments)
    for bases in ((), (object,), (int,)):
        try:
            cls = meta("X", bases, {"__annotations__": {"x": int}})
        except TypeError:
            continue
        repr(cls)


def test_struct_itself_is_empty():
    thing = Struct()
    assert not hasattr(thing, "__dict__")
    with pytest.raises(TypeError):
        Struct(1)
    with pytest.raises(AttributeError):
        thing.x = 5


@pytest.mark.parametrize("root", [Struct, dataclass], ids=["Struct", "dataclass"])
def test_a_dict_property_of_the_class_body_is_kept(root):
    bases, decorate = ((), root) if root is dataclass else ((root,), lambda cls: cls)

    @decorate
    class Sub(*bases):
        index: int

        @property
        def __dict__(self):
            return {"index": self.index}

    assert vars(Sub(3)) == {"index": 3}


class Positive:
    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, obj, owner=None):
        return 7 if obj is None else getattr(obj, self.name)

    def __set__(self, obj, value):
        if value < 0:
            raise ValueError("negative")
        setattr(obj, self.name, value)


def test_a_descriptor_as_a_default_keeps_the_value_as_in_a_dataclass():
    for root, decorate in (
        ((), dataclasses.dataclass(order=True, unsafe_hash=True)),
        ((Struct,), lambda cls: cls),
    ):
        options = {"order": True, "unsafe_hash": True} if root else {}

        @decorate
        class Account(*root, **options):
            owner: str
            cents: int = Positive()

        account = Account("Ada")
        assert (account.cents, account._cents) == (7, 7)
        account.cents = 5
        with pytest.raises(ValueError, match="negative"):
            account.cents = -1
        with pytest.raises(ValueError, match="negative"):
            Account("Ada", -1)
        assert repr(account).endswith("Account(owner='Ada', cents=5)")
        assert (
            account == Account("Ada", 5),
            account == Account("Ada"),
            account < Account("Ada"),
        ) == (True, False, True)
        assert hash(account) == hash(Account("Ada", 5)) and copy.copy(account) == account
        assert isinstance(vars(Account)["cents"], Positive)
    assert (cslots.replace(account, owner="Bob").cents, cslots.asdict(account)) == (
        5,
        {"owner": "Ada", "cents": 5},
    )


def test_a_descriptor_that_cannot_keep_a_value_is_refused():
    class Computed:
        def __get__(self, obj, owner=None):
            return self if obj is None else "computed"

    with raises(
        TypeError,
        "A.x: the default is a descriptor without __set__ (Computed), which could not keep the "
        "value of a field; "
        "give it a __set__, or annotate it as ClassVar",
    ):

        class A(Struct):
            x: object = Computed()

    class B(Struct):
        x: ClassVar[object] = Computed()
        call: Callable[[], int] = [1].__len__

    assert (B().x, B().call()) == ("computed", 1)


@pytest.mark.parametrize("root", [Struct, dataclass], ids=["Struct", "dataclass"])
def test_a_setattr_of_the_author_is_called_by_the_constructor(root):
    bases, decorate = ((), root) if root is dataclass else ((root,), lambda cls: cls)
    seen = []

    @decorate
    class A(*bases):
        x: int
        y: int = 2
        z: list = field(default_factory=list, init=False)

        def __setattr__(self, name, value):
            seen.append(name)
            super().__setattr__(name, value * 2)

    a = A(1)
    assert (a.x, a.y, a.z, seen) == (2, 4, [], ["x", "y", "z"])
    with pytest.raises(TypeError):
        A("1" * 3)
