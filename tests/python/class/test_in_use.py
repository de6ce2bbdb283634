"""A class that C works with keeps its layout: the decorator refuses it, however it is called.

`functools.partial` hands its argument on without a reference of its own, so one reference to the
class seems to be the caller's that is in truth that of an object which nobody sees.
"""

import functools
import gc
import sys
import weakref

import pytest

import cslots
from cslots import Pool, Struct, _core, dataclass, field, int32, uint8


def decorated(cls):
    """The error of the decorator, or the class."""
    try:
        return functools.partial(dataclass, cls)()
    except TypeError as error:
        return str(error)


def refused(said):
    """Objects that are seen come first in the errors, then calls that have not ended."""
    [text] = said
    use = "is in use by a call that has not ended; decorate the class where it is defined"
    exist = "objects of it exist already (or may exist); decorate the class where it is defined"
    return text.endswith((use, exist))


def test_a_factory_of_the_constructor_does_not_decorate_the_class():
    said = []

    def make():
        said.append(decorated(B))
        return []

    @dataclass
    class A:
        x: object = field(default_factory=make)

    class B(A):
        y: float = 1.0
        z: object = None

    b = functools.partial(B)()
    assert refused(said)
    assert repr(b).endswith("B(x=[])")
    said.clear()
    c = _core.Loader(B, ())(b"")  # a pickle without the field
    assert refused(said)
    assert c.x == []


def test_a_conversion_in_the_constructor_does_not_decorate_the_class():
    said = []

    class Index:
        def __index__(self):
            said.append(decorated(B))
            return 5

    @dataclass
    class A:
        o: object = None
        x: int32 = 0

    class B(A):
        y: float = 1.0
        z: object = None

    b = functools.partial(B, None, Index())()
    assert refused(said)
    assert repr(b).endswith("B(o=None, x=5)")


@pytest.mark.parametrize("through", ["weak reference", "attribute"])
def test_what_ends_with_an_object_does_not_decorate_its_class(through):
    said = []

    class Ends:
        def __del__(self):
            said.append(decorated(B))

    @dataclass(weakref=True)
    class A:
        x: int32 = 0

    class B(A):  # tracked, since its objects have a __dict__; decorated it would not be
        y: float = 1.0

    b = B()
    if through == "attribute":
        b.ends = Ends()
    else:
        b.other, kept = None, weakref.ref(b, lambda _: said.append(decorated(B)))
        assert kept() is b
    del b
    assert refused(said)
    assert dataclass(B) is B
    assert B(1, 2.5).y == 2.5


def test_a_name_in_a_pickle_does_not_decorate_the_class_that_is_loaded():
    said = []

    class Name(str):
        def __hash__(self):
            said.append(decorated(B))
            return str.__hash__(self)

    @dataclass
    class A:
        x: object = 0
        k: int32 = 5

    class B(A):
        y: float = 1.0
        z: object = None

        def __setstate__(self, state):
            self.x = state[1]["x"]

    loader = _core.Loader(B, ((Name("x"), "object"),))
    said.clear()
    b = loader(b"\0", 7)
    assert refused(said)
    assert repr(b).endswith("B(x=7, k=5)")


def test_a_metatype_does_not_decorate_the_class_while_that_of_rows_is_made():
    said = []

    @dataclass
    class A:
        x: int32
        o: object

    class Meta(type(A)):
        armed = False

        @property
        def __module__(cls):
            if cls.armed:
                Meta.armed = False
                said.append(decorated(cls))
            return "m"

    class B(A, metaclass=Meta):
        __slots__ = ()
        __annotations__ = {"y": float}  # noqa: RUF012

    Meta.armed = True
    pool = Pool(B)
    assert refused(said)
    pool.append(B(1, 2))
    assert pool[0].x == 1


class Text(str):
    __slots__ = ("__dict__",)


class Number(int):
    pass


@pytest.mark.parametrize(("name", "value"), [("s", Text("x")), ("i", Number(7))])
def test_what_stands_for_the_module_enum_may_free_the_class(monkeypatch, name, value):
    class A(Struct):
        s: str = "a"
        i: int = 1

    class B(A):
        pass

    o, kept = B(), [B]
    del B

    class Meta(type):
        def __instancecheck__(cls, value):
            if kept:
                o.__class__ = A
                kept.clear()
                gc.collect()
            return False

    class Module:
        class EnumMeta(metaclass=Meta):
            pass

    monkeypatch.setitem(sys.modules, "enum", Module)
    with pytest.raises(TypeError, match="objects are tracked by the garbage collector and"):
        setattr(o, name, value)
    assert not kept
    assert cslots.asdict(o) == {"s": "a", "i": 1}


def test_a_descriptor_of_a_class_that_could_not_be_finished_stays_whole():
    found = []

    class Index:
        def __index__(self):
            found.append(Struct.__subclasses__()[-1].__dict__["p"])
            raise ValueError("no number")

    with pytest.raises(ValueError, match="no number"):

        class C(Struct):
            p: str = "a"
            q: object = None
            i: uint8 = Index()

    [descriptor] = found
    assert descriptor.__doc__ is None
    assert descriptor.__name__ == "p"
    with pytest.raises(TypeError, match="doesn't apply to a 'object' object"):
        descriptor.__get__(object())
    found.clear()
    assert "p" not in descriptor.__objclass__.__dict__


@pytest.mark.parametrize("objects", [5, (), None])
def test_what_stands_for_the_list_of_objects_may_be_anything(monkeypatch, objects):
    class C:
        x: int = 0

    kept = [C]
    monkeypatch.setattr(gc, "get_objects", lambda: objects)
    try:
        assert dataclass(C) is C
    except TypeError as error:  # only Python 3.11 asks for it
        assert str(error) == "gc.get_objects() gave no list"
    assert kept[0]().x == 0
