"""Struct's slots get onto no type that cslots did not make, by any way.

CPython's own checks of layouts refuse.
"""

import copy
import pickle

import pytest

from cslots import Pool, Struct, dataclass, int32


class E(Struct):
    pass


class Sub(E):
    pass


@dataclass
class Empty:
    pass


@dataclass(gc=True)
class EmptyTracked:
    pass


@dataclass(weakref=True)
class EmptyWeak:
    pass


class Y:
    pass


class Slotted:
    __slots__ = ("a",)


@dataclass
class OverSlots(Slotted):
    pass


class Record(Struct):
    x: int32


FIELDLESS = [E, Sub, Empty, EmptyTracked, EmptyWeak, Struct]


@pytest.mark.parametrize("base", [*FIELDLESS, Struct.__base__], ids=lambda base: base.__name__)
def test_bases_cannot_be_given_to_a_plain_class(base: type) -> None:
    class X(Y):
        pass

    with pytest.raises(TypeError):
        X.__bases__ = (Y, base)
    with pytest.raises(TypeError):
        X.__bases__ = (base,)
    assert X.__bases__ == (Y,)


def test_bases_with_the_slots_of_a_decorated_class_cannot_be_swapped() -> None:
    class S(Slotted):
        __slots__ = ()

    class X(S):
        pass

    for bases in [(S, OverSlots), (OverSlots,)]:
        with pytest.raises(TypeError):
            X.__bases__ = bases


@pytest.mark.parametrize("base", FIELDLESS, ids=lambda base: base.__name__)
def test_a_metaclass_cannot_name_a_class_of_ours_in_its_mro(base: type) -> None:
    class M(type):
        def mro(cls) -> list[type]:
            return [cls, *base.__mro__]

    with pytest.raises(TypeError):
        M("X", (), {})


def test_the_bases_in_c_take_no_subclass() -> None:
    row_base = type(Pool(Record, [Record(1)])[0]).__mro__[1]
    for base in (Struct.__base__, row_base):
        assert base is not None
        with pytest.raises(TypeError, match="is not an acceptable base type"):
            type("X", (Y, base), {})

        class M(type):
            def mro(cls, base: type = base) -> list[type]:
                return [cls, base, object]

        with pytest.raises(TypeError):
            M("X", (), {})

        class X(Y):
            pass

        with pytest.raises(TypeError):
            X.__bases__ = (Y, base)


def test_a_mixin_cannot_become_a_struct_later() -> None:
    class Root:
        __slots__ = ()

    class Mixin(Root):
        __slots__ = ()

    class X(Mixin, Struct):
        a: int32 = 1

    with pytest.raises(TypeError):
        Mixin.__bases__ = (Root, E)
    assert X().a == 1


def test_objects_of_two_classes_without_fields_do_not_change_places() -> None:
    set_class = object.__dict__["__class__"].__set__

    class A(Struct, weakref=True):
        pass

    class B(Struct, weakref=True):
        pass

    with pytest.raises(TypeError):
        set_class(A(), B)
    with pytest.raises(TypeError):
        set_class(Empty(), EmptyTracked)
    with pytest.raises(TypeError):
        set_class(Y(), EmptyWeak)
    e = E()
    set_class(e, Sub)  # laid out alike
    assert type(e) is Sub


def test_classes_without_fields_take_no_more_memory_and_do_all_they_did() -> None:
    assert (E().__sizeof__(), Empty().__sizeof__()) == (16, 16)
    for cls in (E, Sub, Empty, EmptyTracked, EmptyWeak):
        one = cls()
        assert (
            type(copy.copy(one))
            is type(copy.deepcopy(one))
            is type(pickle.loads(pickle.dumps(one)))
            is cls
        )


class WithState(Struct):
    def __setstate__(self, state: object) -> None:
        raise AssertionError


def test_python_s_own_pickle_takes_a_class_without_fields() -> None:
    assert type(copy.copy(WithState())) is WithState
    assert type(pickle.loads(pickle.dumps(WithState()))) is WithState
