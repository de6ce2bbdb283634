"""A class that is changed after it was made."""

import copy
import gc
import inspect
import pickle

import pytest
from support import raises

from cslots import Struct, _core, dataclass, fields, int32, uint8, utf8


class User(Struct):
    name: utf8
    age: uint8


def test_methods_can_be_added_replaced_and_removed():
    class A(Struct):
        x: int

        def m(self):
            return 1

    a = A(5)
    for _ in range(100):
        assert a.m() == 1
    A.m = lambda self: 2
    assert a.m() == 2
    A.n = property(lambda self: self.x + 1)
    assert a.n == 6
    del A.m
    with pytest.raises(AttributeError):
        a.m()
    A.x2 = 9
    assert a.x2 == 9


def test_a_method_given_to_a_base_is_seen_by_objects_of_the_subclass():
    class A(Struct):
        x: int

    class B(A):
        pass

    b = B(5)
    with pytest.raises(AttributeError):
        b.later()
    A.later = lambda self: self.x
    assert b.later() == 5


def test_special_methods_can_be_given_later():
    class A(Struct):
        x: int

    a = A(5)
    assert a == A(5)
    A.__eq__ = lambda self, other: False
    assert not a == A(5)
    assert a != A(5)
    A.__repr__ = lambda self: "later"
    assert repr(a) == "later"
    A.__hash__ = lambda self: 99
    assert hash(a) == 99
    A.__len__ = lambda self: 3
    assert len(a) == 3
    A.__call__ = lambda self, n: n
    assert a(4) == 4
    A.__setattr__ = lambda self, name, value: (
        object.__setattr__(self, name, value) if False else None
    )
    a.x = 7
    assert a.x == 5
    del A.__setattr__
    a.x = 7
    assert a.x == 7
    A.__getattr__ = lambda self, name: name
    assert a.nothing == "nothing"
    assert a.x == 7
    del A.__getattr__
    with pytest.raises(AttributeError, match="'A' object has no attribute 'nothing'"):
        a.nothing
    A.__getattribute__ = lambda self, name: "all"
    assert a.x == "all"
    del A.__getattribute__
    assert a.x == 7


@pytest.mark.parametrize("bases", [(), (object,), (int,), (User,), 5, None])
def test_bases_cannot_be_exchanged_for_another_layout(bases):
    class A(Struct):
        x: utf8

    a = A("text")
    with pytest.raises(TypeError):
        A.__bases__ = bases
    assert a.x == "text"
    assert A.__bases__ == (Struct,)


def test_bases_cannot_be_exchanged_between_structs():
    class A(Struct):
        x: uint8

    class B(Struct):
        y: float

    class C(A):
        z: uint8

    c = C(1, 2)
    for bases in ((B,), (Struct,), (A, B), (B, A)):
        try:
            C.__bases__ = bases
        except TypeError:
            assert C.__bases__ == (A,)
        else:
            C.__bases__ = (A,)
        assert (c.x, c.z) == (1, 2)


def test_the_names_of_a_class_may_change():
    class A(Struct):
        x: uint8

    A.__name__ = "Renamed"
    A.__qualname__ = "Renamed"
    A.__module__ = "elsewhere"
    assert repr(A(1)) == "Renamed(x=1)"
    with pytest.raises(OverflowError, match="x: 300 is out of range"):
        A(300)


@pytest.mark.parametrize(
    "name",
    [
        "__slots__",
        "__match_args__",
        "__annotations__",
        "__dict__",
        "__weakref__",
        "__class__",
        "__mro__",
    ],
)
def test_special_names_of_the_class_may_be_touched_without_harm(name):
    class A(Struct):
        x: utf8

    a = A("text")
    for value in (5, (), ("x", "y"), {}, None):
        try:
            setattr(A, name, value)
        except (TypeError, AttributeError):
            pass
        assert (_core.values(a), A("other").x) == (("text",), "other")
    try:
        delattr(A, name)
    except (TypeError, AttributeError):
        pass
    assert _core.values(a) == ("text",)
    assert [f.name for f in fields(A)] == ["x"]


def test_a_class_can_be_changed_while_objects_are_made():
    class A(Struct):
        x: object
        y: object = None

    class Meddler:
        def __index__(self):
            A.note = len(made)
            if hasattr(A, "__post_init__"):
                del A.__post_init__
            else:
                A.__post_init__ = lambda self: None
            gc.collect()
            return 5

    class B(A):
        z: uint8 = 0

    made = []
    for _ in range(12):
        made.append(B(1, 2, Meddler()))
    assert all(b.z == 5 for b in made)


def test_new_fields_do_not_come_from_annotations_added_later():
    class A(Struct):
        x: uint8

    A.__annotations__["y"] = int
    with pytest.raises(TypeError):
        A(1, 2)
    with pytest.raises(AttributeError):
        A(1).y = 5


def test_class_attributes_that_are_no_fields_work_as_always():
    class A(Struct):
        x: uint8
        registry = {}

        class Inner:
            pass

    A.registry["k"] = 1
    assert A(1).registry == {"k": 1}
    assert A(1).Inner is A.Inner


def test_a_class_that_failed_leaves_nothing_that_reads_freed_memory():
    class Base(Struct):
        x: int

    with pytest.raises(OverflowError):

        class Bad(Base):
            name: str = "n"
            age: uint8 = 300

    for cls in Base.__subclasses__():
        for name in ("name", "age"):
            assert not hasattr(cls, name)
        with pytest.raises(TypeError):
            cls(1)

    class Holder(Struct):
        base: Base

    assert not gc.is_tracked(Holder(Base(1)))


@pytest.mark.parametrize(
    "make",
    [lambda cls: type(Struct)("A", (Struct,), dict(vars(cls))), dataclass, dataclass(typed=False)],
)
def test_a_signature_can_be_assigned(make):
    class A:
        x: int

    A = make(A)
    generated = inspect.signature(A)
    assert str(generated) == "(x: int)" or str(generated) == "(x: int) -> None"
    other = inspect.Signature([inspect.Parameter("z", inspect.Parameter.POSITIONAL_ONLY)])
    A.__signature__ = other
    assert inspect.signature(A) is other
    assert vars(A)["__signature__"] is other

    class Sub(A):
        pass

    assert inspect.signature(Sub) is other  # as of any class
    del A.__signature__
    assert inspect.signature(A) == generated
    with raises(AttributeError, "A.__signature__: is computed and cannot be deleted"):
        del A.__signature__


def test_a_signature_in_the_class_body_is_kept():
    other = inspect.Signature([inspect.Parameter("z", inspect.Parameter.POSITIONAL_ONLY)])

    class A(Struct):
        x: int
        __signature__ = other

    assert inspect.signature(A) is other


class LateMixin:
    __slots__ = ()


class Late(LateMixin, Struct):
    x: int32 = 1


@dataclass
class LateDecorated(LateMixin):
    x: int32 = 1


@pytest.mark.parametrize("cls", [Late, LateDecorated])
@pytest.mark.parametrize("reads", [0, 200])
def test_a_plain_base_that_gets_methods_for_pickle_later_is_asked(cls, reads):
    made = cls(5)
    for _ in range(reads):
        assert made.x == 5
    assert copy.copy(made).x == pickle.loads(pickle.dumps(made)).x == 5
    LateMixin.__reduce__ = lambda self: (str, ("reduced",))
    try:
        assert copy.copy(made) == pickle.loads(pickle.dumps(made)) == "reduced"
    finally:
        del LateMixin.__reduce__
    assert copy.copy(made).x == pickle.loads(pickle.dumps(made)).x == 5
    states = []
    LateMixin.__setstate__ = lambda self, state: states.append(state)
    try:
        copy.copy(made)
    finally:
        del LateMixin.__setstate__
    assert len(states) == (cls is Late)  # a dataclass of ours has a __setstate__ itself
