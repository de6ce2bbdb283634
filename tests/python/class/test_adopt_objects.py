"""dataclass(C) while there are objects of C is refused, and C stays as it was.

Also where the collector does not show the objects.
"""

import gc
import sys
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from cslots import dataclass, field, float64, int8, int32, utf8
from cslots._core import is_struct_class

REFUSED = r"C: objects of it exist already \(or may exist\); decorate the class where it is defined"


class Attempt:
    """Decorates `cls` when it dies; `outcome` says what came of it."""

    outcome = ""

    def __init__(self, cls: type) -> None:
        self.cls = cls

    def __del__(self) -> None:
        decorate(self.cls)


def decorate(cls: type, *unused: object) -> None:
    try:
        dataclass(cls)
        Attempt.outcome = "adopted"
    except TypeError as error:
        Attempt.outcome = str(error)


def with_dict() -> Any:
    class C:
        a: float64 = 1.0
        b: utf8 = "text"

    return C


def with_slots() -> Any:
    class C:
        __slots__ = ("__weakref__", "next", "x")
        a: float64

    return C


def with_both() -> Any:
    class Base:
        __slots__ = ("x",)

    class C(Base):
        a: float64 = 1.0

    return C


def derived() -> Any:
    @dataclass
    class Base:
        n: int32 = 0

    class C(Base):
        a: float64 = 1.0

    return C


def dies_with_a_value(C: Any) -> None:
    one = C()
    one.x = Attempt(C)
    del one


def is_collected(C: Any) -> None:
    one, attempt = C(), Attempt(C)
    one.x, attempt.one = attempt, one  # type: ignore[attr-defined]
    del one, attempt
    gc.collect()


def tells_a_weak_reference(C: Any) -> None:
    one = C()
    ref = weakref.ref(one, lambda ref: decorate(C))
    del one
    assert ref() is None


def waits_in_the_trashcan(C: Any) -> None:
    head = None
    for i in range(1000):
        one = C()
        one.next = head
        if i == 300:
            one.x = Attempt(C)
        head = one
    del head, one


@pytest.mark.parametrize("make", [with_dict, with_slots, with_both, derived])
@pytest.mark.parametrize(
    "end", [dies_with_a_value, is_collected, tells_a_weak_reference, waits_in_the_trashcan]
)
def test_an_object_that_is_on_its_way_out(
    make: Callable[[], Any], end: Callable[[Any], None]
) -> None:
    C = make()
    Attempt.outcome = ""
    end(C)
    assert Attempt.outcome.startswith("C: objects of it exist already (or may exist)"), (
        Attempt.outcome
    )


def test_an_object_that_is_being_made() -> None:
    class Evil:
        def __index__(self) -> int:
            decorate(C)
            return 7

    class Base:
        pass

    base: Any = dataclass(
        type(
            "Base",
            (),
            {"__annotations__": {"a": int32}, "a": field(default_factory=lambda: decorate(C) or 5)},
        )
    )

    class C(base):  # type: ignore[misc]
        x: int8 = 1
        z: utf8 = "z" * 50

    for args in [(Evil(),), ()]:
        Attempt.outcome = ""
        one = C(*args)
        assert Attempt.outcome.startswith("C: objects of it exist"), Attempt.outcome
        assert (one.a, C.x) == (7 if args else 5, 1)
        del one


# --- ordinary programs ---------------------------------------------------------------------------


def fresh() -> Any:
    class C:
        x: int8 = 1

    return C


def fresh_slots() -> Any:
    class C:
        __slots__ = ("x",)
        x: int8

    return C


def fresh_derived() -> Any:
    @dataclass
    class Base:
        n: int32 = 0

    class C(Base):
        x: int8 = 1

    return C


class Register:
    def __init__(self) -> None:
        self.known: dict[str, type] = {}

    def __call__(self, cls: Any) -> Any:
        self.known[cls.__name__] = cls
        return self.decorate(cls)

    def decorate(self, cls: Any) -> Any:
        return dataclass(cls)


def by_a_wrapper(C: Any) -> Any:
    def wrap(cls: Any, **options: bool) -> Any:
        def inner(cls: Any) -> Any:
            return dataclass(cls, **options)

        return inner(cls)

    return wrap(C, order=True)


WAYS: dict[str, Callable[[Any], Any]] = {
    "variable": lambda C: dataclass(C),
    "wrapper": by_a_wrapper,
    "options": lambda C: dataclass(repr=False)(C),
    "registry": lambda C: Register().decorate(C),
    "list": lambda C: [dataclass(one) for one in [C]][0],
    "map": lambda C: next(map(dataclass, [C])),
    "keyword": lambda C: (lambda **names: dataclass(names["cls"]))(cls=C),
}


@pytest.mark.parametrize("make", [fresh, fresh_slots, fresh_derived])
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_class_that_others_know_is_taken(
    make: Callable[[], Any], way: Callable[[Any], Any]
) -> None:
    C = make()
    # Its objects leave no trace, and calls borrow: see objects_of.c.
    if make is fresh_slots and sys.version_info >= (
        3,
        14,
    ):
        try:
            way(C)
        except TypeError as error:
            assert str(error).startswith(
                "C: objects of it exist already (or may exist)"
            ) and C().__slots__ == ("x",)
            return
    else:
        way(C)
    assert is_struct_class(C)


@pytest.mark.parametrize("make", [fresh, fresh_derived])
def test_by_an_object_that_is_called(make: Callable[[], Any]) -> None:
    register = Register()
    C = make()
    assert register(C) is C and register.known == {"C": C} and is_struct_class(C)


@pytest.mark.parametrize("make", [fresh, fresh_slots, fresh_derived])
def test_objects_that_are_gone_do_not_matter(make: Callable[[], Any]) -> None:
    C = make()
    known = [C]
    for _ in range(3):
        C()
    gc.collect()
    assert dataclass(C) is known[0] and is_struct_class(C)


def test_an_object_that_lives_is_refused_and_the_class_works_on() -> None:
    C = with_dict()
    one = C()
    with pytest.raises(TypeError, match=REFUSED):
        dataclass(C)
    assert (one.a, one.b, C().a) == (1.0, "text", 1.0)
    del one
    gc.collect()
    assert dataclass(C) is C
