"""A loader of pickle.c is kept while the decorator lays its class out anew.

It finds the fields again by their names.
"""

from typing import Any

import pytest

from cslots import _core, dataclass, int8, int32


@dataclass
class Base:
    a: int32 = 1


def test_fields_are_found_again() -> None:
    class S(Base):
        __slots__ = ("hidden",)
        y: int32 = 2
        a: int32 = 3

    made = S(5)
    loader, args = made.__reduce_ex__(4)[:2]
    del made
    dataclass(S)
    assert (loader(*args).a, loader(*args).y) == (5, 2)
    assert (loader(*args).a, loader(*args).y) == (5, 2)


def test_more_fields_than_before_get_their_defaults() -> None:
    names = [f"f{i}" for i in range(1000)]
    body: dict[str, Any] = {
        "__annotations__": dict.fromkeys(names, int8),
        "__module__": __name__,
    } | dict.fromkeys(names, 1)
    S: Any = type(Base)("S", (Base,), body)
    loader: Any = _core.Loader(S, ())
    dataclass(S)
    one = loader(b"")
    assert one.a == 1 and all(getattr(one, name) == 1 for name in names)


def test_a_field_that_is_gone_is_an_error() -> None:
    class S(Base):
        __slots__ = ("hidden",)

    loader: Any = _core.Loader(S, (("hidden", "object"),))
    del S.__slots__
    dataclass(S)
    try:
        loader(b"\1").a
    except TypeError as error:
        assert "has no field 'hidden' any more" in str(error)


def test_a_class_that_could_not_be_finished_loads_nothing() -> None:
    class S(Base):
        x: int8 = 1000

    loader: Any = _core.Loader(S, (("a", "int32"),))
    with pytest.raises(OverflowError):
        dataclass(S)
    with pytest.raises(
        TypeError, match="S: the class is not finished; its pickle cannot be loaded"
    ):
        loader(b"\0\1\0\0\0")
