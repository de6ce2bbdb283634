"""Fields that were never set, of objects whose class is changed.

What is known of them stays true, and goes with them.
"""

import gc
from typing import Any

import pytest

from cslots import Struct, dataclass, float64, int32

set_class = object.__dict__["__class__"].__set__


def struct() -> tuple[Any, Any]:
    class A(Struct):
        x: int32 = 1
        y: float64 = 2.0

    class B(A):
        pass

    return A, B


def tracked() -> tuple[Any, Any]:
    class A(Struct, gc=True):
        x: int32 = 1
        y: float64 = 2.0

    class B(A):
        pass

    return A, B


def decorated() -> tuple[Any, Any]:
    @dataclass
    class A:
        x: int32
        y: float64

    class B(A):
        __slots__ = ()

    return A, B


def blank(cls: Any) -> Any:
    one = cls.__new__(cls)
    del one.x
    return one


@pytest.mark.parametrize("make", [struct, tracked, decorated])
@pytest.mark.parametrize("way", [0, 1])
def test_a_trace_moves_with_its_object(make: Any, way: int) -> None:
    A, B = make()
    start, end = (A, B) if way == 0 else (B, A)
    for _ in range(3):
        one = start.__new__(start) if make is decorated else blank_by_new(start)
        set_class(one, end)
        with pytest.raises(AttributeError):
            one.x  # noqa: B018
        one.x = 5
        one.y = 1.5
        assert (one.x, one.y) == (5, 1.5)
        set_class(one, start)
        assert (one.x, one.y) == (5, 1.5)
        other = start.__new__(start) if make is decorated else blank_by_new(start)
        set_class(other, end)
        place = id(other)
        del other
        fresh = [start(7, 8.0) if make is decorated else start(7, 8.0) for _ in range(50)]
        assert all((one.x, one.y) == (7, 8.0) for one in fresh)
        assert place
        del fresh
        gc.collect()


def blank_by_new(cls: Any) -> Any:
    """An object without any value: its class has no own constructor; a table keeps its traces."""
    from cslots._core import Loader

    return Loader(cls, (("x", "int32"), ("y", "float64")))(b"\5")


@pytest.mark.parametrize("make", [struct, tracked, decorated])
def test_a_class_that_dies_while_it_is_held_leaves_the_others(make: Any) -> None:
    A = make()[0]

    def use_and_drop() -> None:
        thing = [type(A)("B", (A,), {"__slots__": (), "__module__": __name__})(1, 2.0)]

        class Evil:
            def __index__(self) -> int:
                thing[0].__class__ = A
                gc.collect()
                return 3

        thing[0].x = Evil()
        assert (type(thing[0]), thing[0].x) == (A, 3)

    for _ in range(30):
        use_and_drop()
    gc.collect()
    B = type(A)("B", (A,), {"__slots__": (), "__module__": __name__})
    assert (B(5, 6.0).x, A(7, 8.0).y) == (5, 8.0)


def test_classes_with_one_anchor_that_come_and_go() -> None:
    A, B = struct()
    blanks = [blank_by_new(A) for _ in range(3)]

    class C(A):
        pass

    set_class(blanks[0], C)
    set_class(blanks[1], B)
    for one in blanks:
        with pytest.raises(AttributeError):
            one.y  # noqa: B018
    del B
    blanks[1] = None
    gc.collect()

    class D(C):
        pass

    set_class(blanks[0], D)
    with pytest.raises(AttributeError):
        blanks[0].x  # noqa: B018
    blanks.clear()
    gc.collect()
    assert (A().x, C().x, D().y) == (1, 1, 2.0)
