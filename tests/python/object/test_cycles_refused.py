"""object.__setattr__ makes no cycle of objects that the collector does not see."""

import sys
from typing import Any

import pytest

from cslots import dataclass, int32


def assign(obj: Any, name: str, value: object) -> None:
    """What object.__setattr__ does; Python 3.11 and 3.12 refuse the call for such a class."""
    type(obj).__dict__[name].__set__(obj, value)


@pytest.mark.parametrize("kind", [str, bytes])
def test_a_reference_that_is_checked_is_not_assigned_past_the_check(kind: type) -> None:
    @dataclass
    class C:
        s: kind = kind()  # type: ignore[valid-type]
        n: int32 = 0

    c = C()
    with pytest.raises((AttributeError, TypeError)):
        assign(c, "s", [c])
    c.s = kind()
    assert c.s == kind()
    with pytest.raises(TypeError):
        c.s = [c]
    del c.s
    assert c.s == kind()


def test_a_frozen_class_assigns_in_its_post_init() -> None:
    @dataclass(frozen=True)
    class C:
        s: str = ""

        def __post_init__(self) -> None:
            object.__setattr__(self, "s", self.s.upper())

    assert C("a").s == "A"


def test_tracked_and_untyped_classes_are_as_before() -> None:
    @dataclass
    class Tracked:
        s: str = ""
        o: object = None

    @dataclass(typed=False)
    class Untyped:
        s: str = ""

    for cls in (Tracked, Untyped):
        one = cls()
        assign(one, "s", [one])
        assert one.s == [one]


@pytest.mark.skipif(
    sys.version_info < (3, 13),
    reason="Python 3.11 and 3.12 refuse object.__setattr__ where a class has a setattr in C",
)
def test_a_setattr_that_is_given_later_assigns_and_is_checked() -> None:
    @dataclass
    class Base:
        s: str = ""

    class Sub(Base):
        __slots__ = ()

    one, two = Base("a"), Sub("b")
    assert (one.s, two.s) == ("a", "b")
    Sub.__setattr__ = lambda *arguments: object.__setattr__(*arguments)
    two.s = "c"
    one.s = "d"
    assert (one.s, two.s, Sub("e").s) == ("d", "c", "e")
    with pytest.raises(TypeError):
        two.s = [two]
    Base.__setattr__ = lambda *arguments: object.__setattr__(*arguments)
    one.s = "f"
    assert (one.s, Base("g").s) == ("f", "g")
    with pytest.raises(TypeError):
        one.s = 5
