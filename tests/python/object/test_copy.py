"""copy, deepcopy, replace, asdict, astuple, fields."""

import copy
import sys
from collections import OrderedDict, namedtuple

import pytest
from support import raises

from cslots import Struct, asdict, astuple, category, field, fields, replace, uint8, utf8


class Inner(Struct):
    x: uint8
    items: list


class Outer(Struct, weakref=True):
    name: utf8
    inner: Inner
    big: int = 10**30
    word: category = "w"
    maybe: uint8 | None = None
    anything: object = None
    flag: bool = True


class Node(Struct):
    value: object = None
    next: "Node | None" = None


class Free(Struct, dict=True):
    x: uint8


def make(text="text"):
    return Outer(text, Inner(1, [1, 2]), anything={"k": [1]})


@pytest.mark.parametrize("text", ["", "text", "x" * 100_000, "\ud800"])
def test_a_copy_has_the_same_values_and_shares_its_objects(text):
    outer = make(text)
    other = copy.copy(outer)
    assert other == outer
    assert other is not outer
    assert other.inner is outer.inner
    assert other.anything is outer.anything
    other.name = "changed"
    other.maybe = 5
    other.flag = False
    assert (outer.name, outer.maybe, outer.flag) == (text, None, True)


def test_a_copy_of_a_spilled_text_is_independent():
    outer = make("")
    outer.name = "x" * 10_000
    other = copy.copy(outer)
    outer.name = "y" * 10_000
    assert other.name == "x" * 10_000
    del outer
    assert other.name == "x" * 10_000


@pytest.mark.parametrize("text", ["", "text", "x" * 100_000])
def test_a_deepcopy_shares_nothing_that_can_change(text):
    outer = make(text)
    other = copy.deepcopy(outer)
    assert other == outer
    assert other.inner is not outer.inner
    assert other.inner.items is not outer.inner.items
    other.inner.items.append(3)
    other.anything["k"].append(2)
    assert outer.inner.items == [1, 2]
    assert outer.anything == {"k": [1]}


def test_a_deepcopy_keeps_cycles_and_shared_objects():
    node = Node([1])
    node.next = Node(node, node)
    other = copy.deepcopy(node)
    assert other.next.value is other
    assert other.next.next is other
    assert other is not node
    shared = [1]
    pair = copy.deepcopy([Node(shared), Node(shared)])
    assert pair[0].value is pair[1].value is not shared


def test_a_deepcopy_of_a_long_chain_is_a_clean_error_or_a_copy():
    node = None
    for _ in range(50_000):
        node = Node(1, node)
    try:
        copy.deepcopy(node)
    except RecursionError:
        pass


def test_a_failing_deepcopy_comes_through(live_blocks):
    class Bad:
        def __deepcopy__(self, memo):
            raise ZeroDivisionError

    before = live_blocks()
    for _ in range(10):
        with pytest.raises(ZeroDivisionError):
            copy.deepcopy(Node(Bad(), Node(1)))
    assert live_blocks() == before


def test_a_deepcopy_checks_what_a_hook_returned():
    class Text(str):
        def __deepcopy__(self, memo):
            return 5

    class Lying(Struct):
        x: int

        def __deepcopy__(self, memo):
            return "no"

    class Holder(Struct):
        x: Lying

    with pytest.raises(TypeError):
        copy.deepcopy(Holder(Lying(1)))
    assert copy.deepcopy(Node(Text("a"))).value == 5


def test_copies_keep_the_dict():
    free = Free(1)
    free.extra = [1]
    other, deep = copy.copy(free), copy.deepcopy(free)
    assert other.extra is free.extra
    assert other.__dict__ is not free.__dict__
    assert deep.extra == [1]
    assert deep.extra is not free.extra


def test_copies_keep_the_class_and_what_is_not_set():
    class Sub(Outer):
        more: uint8 = 7

    class Lazy(Struct):
        a: uint8
        b: object
        c: utf8

        def __init__(self):
            self.c = "set"

    assert type(copy.copy(Sub("a", Inner(1, [])))) is Sub
    for duplicate in (copy.copy, copy.deepcopy):
        lazy = duplicate(Lazy())
        assert lazy.c == "set"
        assert not hasattr(lazy, "a")
        assert not hasattr(lazy, "b")


def test_own_copy_hooks_are_used():
    class A(Struct):
        x: int

        def __copy__(self):
            return "copied"

        def __deepcopy__(self, memo):
            return "deep"

    assert (copy.copy(A(1)), copy.deepcopy(A(1))) == ("copied", "deep")


def test_replace_makes_a_changed_object():
    outer = make()
    other = replace(outer, name="new", maybe=5)
    assert (other.name, other.maybe, other.inner) == ("new", 5, outer.inner)
    assert (outer.name, outer.maybe) == ("text", None)
    assert replace(outer) == outer
    assert replace(outer) is not outer


def test_replace_checks_its_arguments():
    outer = make()
    with raises(OverflowError, "Outer.maybe: 300 is out of range for uint8 (0 to 255)"):
        replace(outer, maybe=300)
    with pytest.raises(TypeError, match=r"has no field 'nmae'; did you mean 'name'\?"):
        replace(outer, nmae="x")
    for arguments in ((), (5,), (Outer,), (outer, 5)):
        with pytest.raises(TypeError):
            replace(*arguments)


def test_replace_refuses_fields_without_init():
    class A(Struct):
        x: int
        y: int = field(init=False, default=2)

    with pytest.raises((TypeError, ValueError), match="init=False"):
        replace(A(1), y=3)
    assert replace(A(1), x=5).y == 2


def test_a_field_called_self_or_obj_can_be_replaced():
    class A(Struct):
        self: int
        obj: int = 0
        cls: int = 0

    a = A(self=1)
    a = replace(a, self=2, obj=3, cls=4)
    assert (a.self, a.obj, a.cls) == (2, 3, 4)


@pytest.mark.skipif(sys.version_info < (3, 13), reason="copy.replace came with Python 3.13")
def test_copy_replace_works():
    outer = make()
    assert copy.replace(outer, name="new").name == "new"


def test_replace_method_exists_on_every_version():
    assert make().__replace__(name="new").name == "new"


def test_asdict_and_astuple_go_down():
    outer = make()
    expected = {
        "name": "text",
        "inner": {"x": 1, "items": [1, 2]},
        "big": 10**30,
        "word": "w",
        "maybe": None,
        "anything": {"k": [1]},
        "flag": True,
    }
    assert asdict(outer) == expected
    assert list(asdict(outer)) == list(expected)
    assert astuple(outer) == ("text", (1, [1, 2]), 10**30, "w", None, {"k": [1]}, True)
    assert asdict(outer)["inner"]["items"] is not outer.inner.items


def test_asdict_goes_through_containers():
    Pair = namedtuple("Pair", "a b")
    inner = Inner(1, [])
    node = Node([inner, (inner,), {"k": inner, inner.x: Pair(inner, 2)}])
    plain = {"x": 1, "items": []}
    assert asdict(node)["value"] == [plain, (plain,), {"k": plain, 1: Pair(plain, 2)}]
    assert type(asdict(node)["value"][2][1]) is Pair
    assert astuple(node)[0][0] == (1, [])


def test_asdict_and_astuple_take_a_factory():
    result = asdict(make(), dict_factory=OrderedDict)
    assert type(result) is type(result["inner"]) is OrderedDict
    result = astuple(make(), tuple_factory=list)
    assert type(result) is type(result[1]) is list


def test_asdict_of_something_else_is_a_type_error():
    for function in (asdict, astuple):
        for value in (5, Outer, None, [make()]):
            with pytest.raises(TypeError):
                function(value)


def test_fields_takes_a_class_or_an_object():
    assert (
        [f.name for f in fields(Inner)] == [f.name for f in fields(Inner(1, []))] == ["x", "items"]
    )
    assert fields(Inner)[0].kind == "uint8"
    for value in (5, int, None):
        with pytest.raises(TypeError):
            fields(value)
