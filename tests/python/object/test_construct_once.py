"""One construction is done in one way, whatever user code changes about the class meanwhile."""

import gc
from typing import Any

import pytest

from cslots import dataclass, field, int32


@pytest.mark.parametrize("where", ["setattr", "post_init"])
def test_setattr_is_taken_away_by_the_constructor(where: str) -> None:
    def take() -> None:
        if "__setattr__" in C.__dict__:
            del C.__setattr__

    @dataclass
    class C:
        a: object = None
        b: object = None

        def __setattr__(self, name: str, value: object) -> None:
            if where == "setattr":
                take()
            object.__setattr__(self, name, value)

        def __post_init__(self) -> None:
            if where == "post_init":
                take()

    c = C(1, 2)
    assert (c.a, c.b, gc.is_tracked(c)) == (1, 2, True)


@pytest.mark.parametrize("where", ["__index__", "factory"])
def test_setattr_is_given_by_the_constructor(where: str) -> None:
    ran = []

    def give() -> int:
        C.__setattr__ = lambda self, name, value: object.__setattr__(self, name, value)
        return 5

    @dataclass
    class C:
        a: int32
        d: int32 = field(default_factory=lambda: give() if where == "factory" else 5)
        b: object = None
        c: int32 = field(init=False, default=42)

        def __post_init__(self) -> None:
            ran.append(self)

    class Evil:
        def __index__(self) -> int:
            return give() if where == "__index__" else 5

    # With a __setattr__ of the user's, an int32 takes what has an __index__, too.
    c = C(Evil(), b=2)
    assert (c.a, c.d, c.b, c.c, len(ran), gc.is_tracked(c)) == (5, 5, 2, 42, 1, True)


def test_a_factory_gives_the_object_that_is_initialised_again_another_class() -> None:
    made: list[Any] = []

    @dataclass
    class Base:
        a: int32 = field(default_factory=lambda: made[0].__class__.move(made[0]) if made else 1)

        @staticmethod
        def move(self: Any) -> int:
            return 1

    def fresh() -> Any:
        class Sub(Base):
            __slots__ = ()

            @staticmethod
            def move(self: Any) -> int:
                self.__class__ = Base
                gc.collect()
                return 7

        return Sub()

    made.append(fresh())
    Base.__init__(made[0])
    assert type(made[0]) is Base and made[0].a == 7
