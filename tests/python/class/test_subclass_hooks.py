"""__init_subclass__ and __set_name__ run once, with a class that is finished."""

import gc
import weakref

import pytest
from support import classes_die

from cslots import Struct, fields, uint8, utf8


def test_init_subclass_runs_once_with_a_finished_class():
    seen = []

    class Base(Struct):
        x: uint8

        def __init_subclass__(cls, **keywords):
            super().__init_subclass__(**keywords)
            made = cls(1, "text") if "name" in {f.name for f in fields(cls)} else cls(1)
            seen.append((cls, [f.name for f in fields(cls)], made.x, type(made) is cls))

    class Sub(Base):
        name: utf8

    class Subsub(Sub):
        pass

    assert seen == [(Sub, ["x", "name"], 1, True), (Subsub, ["x", "name"], 1, True)]


def test_init_subclass_of_a_mixin_runs_too():
    seen = []

    class Mixin:
        __slots__ = ()

        def __init_subclass__(cls, *, tag=None, **keywords):
            super().__init_subclass__(**keywords)
            seen.append((cls.__name__, tag))

    class A(Mixin, Struct, tag="a"):
        x: int

    class B(A, tag="b", frozen=False):
        y: int

    assert seen == [("A", "a"), ("B", "b")]


def test_set_name_runs_once_with_a_finished_class():
    seen = []

    class Probe:
        def __set_name__(self, owner, name):
            seen.append((owner, name, owner(5).x))

        def __get__(self, instance, owner):
            return "probe"

    class A(Struct):
        first = Probe()
        x: uint8
        second = Probe()

    assert seen == [(A, "first", 5), (A, "second", 5)]
    assert A(1).first == "probe"


def test_set_name_comes_before_init_subclass():
    seen = []

    class Probe:
        def __set_name__(self, owner, name):
            seen.append("set_name")

    class Base(Struct):
        def __init_subclass__(cls):
            seen.append("init_subclass")

    class Sub(Base):
        probe = Probe()

    assert seen == ["set_name", "init_subclass"]


def test_super_and_class_work_inside_the_hooks():
    class Base(Struct):
        def __init_subclass__(cls, **keywords):
            super().__init_subclass__(**keywords)
            assert __class__ is Base
            cls.parent = __class__

    class Sub(Base):
        x: int

    assert Sub.parent is Base


class Token:
    pass


@classes_die
@pytest.mark.parametrize("hook", ["set_name", "init_subclass", "decorator"])
def test_a_hook_that_fails_leaves_no_class_behind(hook):
    kept = []

    class Probe:
        def __set_name__(self, owner, name):
            if hook == "set_name":
                kept.append(weakref.ref(owner))
                raise ZeroDivisionError

    class Base(Struct):
        def __init_subclass__(cls):
            if hook == "init_subclass":
                kept.append(weakref.ref(cls))
                raise ZeroDivisionError

    def decorate(cls):
        if hook == "decorator":
            kept.append(weakref.ref(cls))
            raise ZeroDivisionError
        return cls

    for _ in range(5):
        try:

            @decorate
            class Sub(Base):
                x: utf8
                probe = Probe()

        except (ZeroDivisionError, RuntimeError):
            pass
        else:
            raise AssertionError("the hook did not fail")
    gc.collect()
    assert len(kept) == 5
    assert [ref() for ref in kept] == [None] * 5
    assert [cls.__name__ for cls in Base.__subclasses__()] == []


def test_a_hook_may_keep_an_object_of_a_class_that_then_fails():
    kept = []

    class Base(Struct):
        def __init_subclass__(cls):
            kept.append(cls("text"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):

        class Sub(Base):
            x: utf8

    assert kept[0].x == "text"
    kept[0].x = "longer text" * 100
    assert kept[0].x == "longer text" * 100


def test_a_hook_may_make_further_subclasses():
    made = []

    class Base(Struct):
        x: uint8

        def __init_subclass__(cls):
            if len(made) < 5:
                made.append(cls)

                class Deeper(cls):
                    y: uint8 = 7

    class Sub(Base):
        pass

    assert len(made) == 5
    assert made[-1](1, 2).x == 1
