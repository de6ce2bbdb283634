"""frozen=True: nothing can be assigned or deleted, by whatever way."""

import sys

import pytest
from support import raises

import cslots
from cslots import Pool, Struct, _core, category, field, replace, uint8, utf8


class Point(Struct, frozen=True):
    x: int
    y: uint8 = 0
    name: utf8 = "p"
    tag: object = None
    word: category = "w"
    flag: bool = False


NAMES = ("x", "y", "name", "tag", "word", "flag")


@pytest.mark.parametrize("name", NAMES)
def test_assigning_to_a_frozen_object_is_refused(name):
    point = Point(1)
    before = getattr(point, name)
    with raises(AttributeError, f"Point is frozen; cannot assign '{name}' (use cslots.replace)"):
        setattr(point, name, before)
    with raises(AttributeError, f"Point is frozen; cannot delete '{name}' (use cslots.replace)"):
        delattr(point, name)
    assert getattr(point, name) == before


@pytest.mark.parametrize("name", NAMES)
def test_there_is_no_side_door_into_a_frozen_object(name):
    point = Point(1)
    before = getattr(point, name)
    descriptor = Point.__dict__[name]
    for act in (
        lambda: object.__setattr__(point, name, before),
        lambda: object.__setattr__(point, name, Ellipsis),
        lambda: descriptor.__set__(point, before),
        lambda: descriptor.__set__(point, Ellipsis),
        lambda: object.__delattr__(point, name),
        lambda: descriptor.__delete__(point),
    ):
        with pytest.raises((AttributeError, TypeError)):
            act()
        assert getattr(point, name) == before


def test_an_unknown_name_is_refused_too():
    point = Point(1)
    with pytest.raises(AttributeError):
        point.z = 5
    with pytest.raises(AttributeError):
        del point.z


def test_replace_is_the_way_out():
    point = Point(1, tag="t")
    other = replace(point, x=2)
    assert (other.x, other.tag, point.x) == (2, "t", 1)


def test_force_setattr_is_checked():
    point = Point(1)
    _core.force_setattr(point, "y", 5)
    assert point.y == 5
    with raises(OverflowError, "Point.y: 300 is out of range for uint8 (0 to 255)"):
        _core.force_setattr(point, "y", 300)
    with pytest.raises(AttributeError):
        _core.force_setattr(point, "z", 300)
    for arguments in ((5, "y", 1), (point, 5, 1), (point, "y"), (), (Point, "y", 1)):
        with pytest.raises((TypeError, AttributeError)):
            _core.force_setattr(*arguments)
    assert point.y == 5


def test_a_frozen_class_and_a_plain_one_do_not_mix():
    class Plain(Struct):
        x: int

    with pytest.raises(TypeError, match="cannot inherit frozen"):

        class A(Plain, frozen=True):
            y: int

    with pytest.raises(TypeError, match="cannot inherit non-frozen"):

        class B(Point, frozen=False):
            z: int = 0


def test_frozen_is_inherited():
    class Named(Point):
        z: int = 5

    named = Named(1)
    with raises(AttributeError, "Named is frozen; cannot assign 'z' (use cslots.replace)"):
        named.z = 6
    with raises(AttributeError, "Named is frozen; cannot assign 'x' (use cslots.replace)"):
        named.x = 6


def test_frozen_on_a_base_without_fields_is_free():
    class Base(Struct):
        pass

    class A(Base, frozen=True):
        x: int

    with pytest.raises(AttributeError):
        A(1).x = 2


def test_a_frozen_object_is_hashable_and_equal_by_value():
    assert hash(Point(1)) == hash(Point(1))
    assert len({Point(1), Point(1), Point(2)}) == 2


def test_a_frozen_object_takes_its_init_false_fields_from_defaults():
    class A(Struct, frozen=True):
        x: int
        y: list = field(init=False, default_factory=list)

    assert A(1).y == []


def test_an_own_init_of_a_frozen_class_cannot_assign_either():
    class A(Struct, frozen=True):
        x: int

        def __init__(self):
            self.x = 5

    with raises(AttributeError, "A is frozen; cannot assign 'x' (use cslots.force_setattr)"):
        A()


def test_a_frozen_struct_raises_frozen_instance_error():
    class P(Struct, frozen=True):
        x: int
        name: str = ""

    p = P(1)
    for act in (
        lambda: setattr(p, "x", 2),
        lambda: delattr(p, "x"),
        lambda: setattr(p, "name", ""),
    ):
        with pytest.raises(cslots.FrozenInstanceError) as caught:
            act()
        assert caught.value.obj is p
        assert "use cslots.replace" in str(caught.value)
    row = Pool(P, [p])[0]
    with raises(
        cslots.FrozenInstanceError, "P is frozen; cannot assign 'x' (use cslots.replace)"
    ) as caught:
        row.x = 2
    assert caught.value.obj is row
    assert (p.x, row.x) == (1, 1)


def test_where_replace_is_no_help_a_frozen_struct_names_force_setattr():
    text = "P is frozen; cannot assign 'x' (use cslots.force_setattr)"

    class P(Struct, frozen=True):
        x: int

        def __post_init__(self):
            with raises(cslots.FrozenInstanceError, text):
                self.x = 2
            cslots.force_setattr(self, "x", 3)

    p = P(1)
    assert p.x == 3
    if sys.version_info >= (3, 13):  # elsewhere CPython says that its function does not apply
        with raises(cslots.FrozenInstanceError, text):
            object.__setattr__(p, "x", 2)
    else:
        pytest.raises(TypeError, object.__setattr__, p, "x", 2)
    assert p.x == 3
