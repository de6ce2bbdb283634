"""What cslots.dataclass refuses or leaves to dataclasses; the attempt leaves nothing behind."""

import dataclasses
import functools
import gc
import subprocess
import sys
import threading
import typing

import pytest
from support import raises
from support.samples import Key, Point

import cslots
from cslots import (
    Struct,
    dataclass,
    uint8,
)


def test_a_class_that_has_objects_is_refused():
    class C:
        x: int

    thing = C()
    with raises(
        TypeError,
        "C: objects of it exist already (or may exist); decorate the class where it is defined",
    ):
        dataclass(C)
    assert type(C) is type and thing.__dict__ == {}
    del thing
    assert dataclass(C)(1).x == 1

    class Slotted:
        __slots__ = ("x",)
        x: int

    thing = Slotted()
    thing.x = "kept"
    with raises(
        TypeError,
        "Slotted: objects of it exist already (or may exist); decorate the class where it is "
        "defined",
    ):
        dataclass(Slotted)
    assert thing.x == "kept"


def test_objects_that_gc_freeze_put_aside_are_not_overlooked():
    code = """
import gc
from cslots import dataclass
class C:
    x: int
thing = C()
gc.freeze()
try:
    dataclass(C)
except TypeError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, timeout=60
    )
    assert (
        done.stdout
        == "C: objects of it exist already (or may exist); decorate the class where it is defined\n"
    )


@pytest.mark.parametrize("base", [object, Struct])
def test_no_object_is_made_while_the_defaults_are_checked(base):
    made = []

    class Curious:
        def __index__(self):
            for cls in base.__subclasses__():
                if cls.__name__ == "NotYet":
                    for make in (
                        cls,
                        lambda: cls.__new__(cls),
                        lambda: object.__new__(cls),
                        lambda: type("Sub", (cls,), {})(),
                    ):
                        with pytest.raises(TypeError):
                            made.append(make())
            return 5

    class NotYet(base):
        x: int = Curious()

    if base is object:
        dataclass(NotYet)
    assert made == [] and NotYet().x == 5


def test_a_class_made_after_a_second_thread_is_taken():
    """From then on, classes of a free-threaded Python live for ever, unknown to its collector."""
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()

    class C:
        x: uint8

        def me(self):
            return __class__

    assert dataclass(C)(3).x == 3 and C(3).me() is C

    class D:
        x: uint8

    kept = D()
    with pytest.raises(TypeError, match="D: objects of it exist already"):
        dataclass(D)
    assert type(kept) is D


def test_a_class_without_storage_may_know_itself():
    def wrap(function):
        return functools.wraps(function)(lambda *args: function(*args))

    @dataclass
    class C:
        __slots__ = ()

        @property
        def one(self):
            return __class__

        @classmethod
        def two(cls):
            return __class__

        @wrap
        def three(self):
            return super().__repr__()

    assert C().one is C.two() is C and C() == C() and C().three()


def test_a_class_that_has_subclasses_is_refused():
    class C:
        x: int

    class D(C):
        pass

    with raises(
        TypeError,
        "C: class D derives from it already; decorate a class before others derive from it",
    ):
        dataclass(C)


def test_what_cannot_be_a_dataclass_is_refused():
    import enum

    class Meta(type):
        pass

    class WithMeta(metaclass=Meta):
        x: int

    class Colour(enum.Enum):
        RED = 1

    class Tuple(typing.NamedTuple):
        x: int

    class S(Struct):
        x: int

    with pytest.warns(
        cslots.NotPackedWarning,
        match=r"\AWithMeta: its metaclass Meta decides how its objects are made, so dataclasses "
        r"makes the class: nothing is packed",
    ):
        assert dataclass(WithMeta)(5).x == 5
    with raises(TypeError, "weakref_slot is True but slots is False"):
        dataclass(weakref_slot=True)
    with raises(TypeError, "Colour: an Enum cannot be a dataclass; its members are its values"):
        dataclass(Colour)
    with pytest.raises(TypeError, match="Tuple: a named tuple cannot be a dataclass"):
        dataclass(Tuple)
    with pytest.raises(TypeError, match="S: is a Struct already"):
        dataclass(S)
    with raises(TypeError, "Point: is a cslots dataclass already; decorate it once"):
        dataclass(Point)
    with raises(
        TypeError, "int: is made in C; only a class that a class statement made can be a dataclass"
    ):
        dataclass(int)
    with pytest.raises(TypeError, match="slots=False cannot be"):
        dataclass(slots=False)
    with raises(
        TypeError, "dataclass() got an unexpected keyword argument 'frosen'; did you mean 'frozen'?"
    ):
        dataclass(frosen=True)


def test_bad_fields_are_refused():
    with raises(TypeError, "C.x: expected uint8 (an int from 0 to 255), got str 'a'"):

        @dataclass
        class C:
            x: uint8 = "a"

    with raises(
        ValueError,
        "C.x: mutable default <class 'list'> for field x is not allowed: use default_factory",
    ):

        @dataclass
        class C:
            x: list = []

    with raises(TypeError, "C: non-default argument 'y' follows default argument 'x'"):

        @dataclass
        class C:
            x: int = 1
            y: int

    @dataclass
    class Later:
        x: "Nothing"  # noqa: F821

    with raises(
        TypeError,
        "Later.x: annotation 'Nothing' names nothing; define it, or correct the annotation",
    ):
        Later(1)
    with raises(TypeError, "C: cannot inherit non-frozen dataclass from a frozen one (Key)"):

        @dataclass
        class C(Key):
            z: int = 0


def test_a_refused_class_makes_no_objects_and_crashes_nothing():
    made = []

    class Base:
        def __init_subclass__(cls):
            made.append(cls)

    with pytest.raises(TypeError):

        @dataclass
        class C(Base):
            x: int = "a"

    with pytest.raises(TypeError):
        made[0]()
    with pytest.raises(TypeError):
        made[0].__new__(made[0])
    with pytest.raises(TypeError):
        object.__new__(made[0])
    gc.collect()


def test_a_base_with_a_layout_of_cs_is_left_to_dataclasses():
    with pytest.warns(
        cslots.NotPackedWarning,
        match="Wrong: its base Exception has a layout of its own, so dataclasses makes the class",
    ):

        @dataclass
        class Wrong(Exception):
            code: int

    assert dataclasses.is_dataclass(Wrong) and Wrong(3).code == 3


def test_a_traceback_about_an_annotation_ends():
    code = "from cslots import dataclass\n@dataclass\nclass C:\n    x: 'No[thing.x, 1 +'\n"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1 and "C.x: annotation" in done.stderr


@pytest.mark.skipif(sys.version_info < (3, 12), reason="dataclasses refuses the default then")
def test_a_class_with_a_dict_of_its_own_in_the_body_is_left_to_dataclasses():
    with pytest.warns(cslots.NotPackedWarning, match="its field __dict__ is no ordinary one"):

        @dataclass
        class C:
            x: int
            __dict__: dict = {}

    assert C(5).x == 5
