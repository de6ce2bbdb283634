"""Nothing can be done with a class that is not finished.

It is found through its bases, a metatype's mro(), or code that a default runs.
"""

from typing import Any

import pytest

from cslots import Pool, Struct, _core, dataclass, int32, utf8

set_class = object.__dict__["__class__"].__set__


class A(Struct):
    x: int32 = 1
    o: object = None


@dataclass
class D:
    x: int32 = 1
    o: object = None


def refusals(cls: Any, base: Any) -> list[str]:
    """All that an unfinished class refuses; an AssertionError for what it does not refuse."""
    texts = []
    for act in (
        lambda: cls(),
        lambda: cls(1, None),
        lambda: object.__new__(cls),
        lambda: base.__new__(cls),
        lambda: set_class(base(), cls),
        lambda: setattr(base(), "__class__", cls),
        lambda: type(Struct)("Q", (cls,), {}),
        lambda: type(Struct)("Q", (base, cls), {}),
        lambda: dataclass(cls),
        lambda: Pool(cls),
        lambda: _core.Loader(cls, ()),
    ):
        try:
            act()
        except TypeError as error:
            texts.append(str(error))
        else:
            raise AssertionError(act)
    return texts


class Probe:
    """An int that looks at the newest subclass of `base` when it is converted; fails if `fail`."""

    def __init__(self, base: Any, fail: bool = False) -> None:
        self.base, self.fail, self.texts = base, fail, []

    def __index__(self) -> int:
        self.texts = refusals(type.__subclasses__(self.base)[-1], self.base)
        self.base.__post_init__ = lambda self: None  # chooses anew how objects are made
        try:
            self.texts += refusals(type.__subclasses__(self.base)[-1], self.base)
        finally:
            del self.base.__post_init__
        if self.fail:
            raise ValueError("no")
        return 7


@pytest.mark.parametrize("base", [A, D])
@pytest.mark.parametrize("fail", [False, True])
def test_a_default_that_runs_code_finds_a_class_that_refuses(base: Any, fail: bool) -> None:
    probe = Probe(base, fail)

    def make() -> Any:
        class N(base):
            x: int32 = probe
            y: int32 = probe
            s: utf8 = "s"

        return N if base is A else dataclass(N)

    if fail:
        with pytest.raises(ValueError, match="no"):
            make()
    else:
        made = make()
        assert (made().x, made().y, made().s) == (7, 7, "s")
    assert (
        len(probe.texts) == 22
        and "N cannot be instantiated: the class is not finished" in probe.texts
    )
    assert (
        "Q: its base N is not finished; derive from it when its class statement has ended"
        in probe.texts
    )
    assert "N: is not finished; decorate it when its class statement has ended" in probe.texts
    assert base().x == 1


@pytest.mark.parametrize("base", [A, D])
def test_a_metatype_s_mro_finds_a_class_that_refuses(base: Any) -> None:
    texts = []

    class M(type(base)):  # type: ignore[misc]
        def mro(cls) -> list[type]:
            texts.extend(refusals(cls, base))
            return super().mro()

    N = M("N", (base,), {"__annotations__": {"z": float}, "z": 2.5, "__module__": __name__})
    assert len(texts) == 11 and N().x == 1


def test_a_class_that_failed_is_refused_for_good() -> None:
    kept = []

    class Fails:
        def __index__(self) -> int:
            kept.append(type.__subclasses__(D)[-1])
            raise ValueError("no")

    class N(D):
        y: int32 = Fails()

    for _ in range(2):
        with pytest.raises((ValueError, TypeError)):
            dataclass(N)
    assert kept == [N]
    with pytest.raises(TypeError, match="N: could not be finished before; write the class anew"):
        dataclass(N)
    with pytest.raises(TypeError, match="N cannot be instantiated"):
        N()
    with pytest.raises(TypeError):
        set_class(D(), N)
    assert not _core.is_struct_class(N) and not _core.is_being_made(N)


def test_the_object_that_finishes_a_class_does_so_for_nobody_else() -> None:
    found = []

    class M(type(Struct)):
        def mro(cls) -> list[type]:
            finisher = next(iter(type.__dict__["__dict__"].__get__(cls).values()))
            found.append(finisher)
            with pytest.raises(RuntimeError):
                finisher.__set_name__(cls, "\x01cslots")
            return super().mro()

    N = M("N", (A,), {"__module__": __name__})
    with pytest.raises(RuntimeError):
        found[0].__set_name__(N, "\x01cslots")
    with pytest.raises(RuntimeError):
        found[0].__set_name__(int, "\x01cslots")
    assert N(3).x == 3


def test_a_class_that_an_annotation_decorates_is_decorated_once() -> None:
    class Mapping(dict):
        asked = 0

        def items(self) -> Any:
            self.asked += 1
            if self.asked == 1:
                dataclass(C)
            return super().items()

    class C:
        x = 1

    C.__annotations__ = Mapping(x=int32)
    with pytest.raises(
        TypeError, match="C: was decorated while its annotations were looked at; decorate it once"
    ):
        dataclass(C)
    assert C().x == 1


def test_a_method_given_to_the_base_meanwhile_counts() -> None:
    class Base(Struct):
        x: int32 = 1

    class Gives:
        def __index__(self) -> int:
            Base.__post_init__ = lambda self: setattr(self, "x", self.x + 100)
            return 5

    class N(Base):
        y: int32 = Gives()

    assert (N().x, N().y, Base().x) == (101, 5, 101)
