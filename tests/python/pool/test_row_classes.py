"""The hidden class of a pool's rows: one a class; it never gets what only objects may have."""

import gc

import pytest

from cslots import Pool, Struct, _core, int32


def test_a_metaclass_with_an_mro_of_its_own_makes_no_row_class() -> None:
    class M(type(Struct)):
        def mro(cls) -> list[type]:
            for base in cls.__mro__ or ():
                Pool(base)
            return super().mro()

    class A(Struct, metaclass=M):
        x: int32

    with pytest.raises(
        TypeError,
        match=r"Pool\(A\): its metaclass M has an mro\(\) of its own, which could leave out what "
        r"rows need",
    ):
        Pool(A, [A(1)])[0]
    assert A(1).x == 1 and gc.isenabled()


@pytest.mark.parametrize("given_to", ["class", "mixin"])
def test_a_del_that_is_given_later_is_none_of_the_rows(given_to: str) -> None:
    died = []

    class Mixin:
        __slots__ = ()

    class A(Mixin, Struct):
        x: int32

    pool = Pool(A, [A(1), A(2)])
    row = pool[0]
    target = A if given_to == "class" else Mixin
    target.__del__ = lambda self: died.append(type(self))  # type: ignore[attr-defined]
    del row
    for row in pool:
        assert row.x
    del row
    gc.collect()
    assert died == []
    A(3)
    assert died == [A]
    assert [row.x for row in pool] == [1, 2]


def test_a_loader_of_the_hidden_class_makes_objects() -> None:
    class A(Struct):
        x: int32 = 5

    pool = Pool(A, [A(1)])
    loaded = _core.Loader(type(pool[0]), ())(b"")
    assert type(loaded) is A and loaded.x == 5
