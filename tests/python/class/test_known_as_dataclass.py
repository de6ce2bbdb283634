"""What a Struct and a cslots dataclass show as dataclasses; it is made when first asked for."""

import copy
import dataclasses
import subprocess
import sys

import pytest
from support import raises

import cslots
from cslots import Pool, Struct, dataclass, field, uint8, utf8


class Base(Struct):
    name: utf8
    count: uint8 = field(default=1, metadata={"unit": "pieces"})


class Sub(Base, kw_only=True):
    parts: list = field(default_factory=list, repr=False)
    start: cslots.InitVar[int] = 0

    def __post_init__(self, start):
        self.count = start or self.count


class Node(Struct):
    next: "Node | None" = None


class Frozen(Struct, frozen=True, order=True, weakref=True):
    x: int


@dataclass
class Decorated:
    name: str
    count: uint8 = 1


def test_it_is_a_dataclass_and_the_root_of_all_structs_is_none():
    assert (
        dataclasses.is_dataclass(Base)
        and dataclasses.is_dataclass(Base("a"))
        and not dataclasses.is_dataclass(Struct)
    )
    assert cslots.is_dataclass(Base) and not cslots.is_dataclass(Struct)
    with pytest.raises(TypeError):
        dataclasses.fields(Struct)


def test_fields_say_what_the_class_statement_said():
    found = {f.name: f for f in dataclasses.fields(Sub)}
    assert list(found) == ["name", "count", "parts"]  # an InitVar is none
    assert (found["name"].default, found["count"].default) == (dataclasses.MISSING, 1)
    assert found["count"].metadata == {"unit": "pieces"} and found["parts"].default_factory is list
    assert [f.kw_only for f in found.values()] == [False, False, True] and not found["parts"].repr
    assert found["count"].type is uint8
    assert Sub.__dataclass_fields__["start"]._field_type is dataclasses._FIELD_INITVAR
    assert all(type(f) is dataclasses.Field for f in found.values())


def test_asdict_astuple_and_replace():
    sub = Sub("a", parts=[Base("b")])
    assert dataclasses.asdict(sub) == {
        "name": "a",
        "count": 1,
        "parts": [{"name": "b", "count": 1}],
    }
    assert dataclasses.astuple(sub) == ("a", 1, [("b", 1)])
    assert dataclasses.replace(Base("a"), count=5) == Base("a", 5)


def test_parameters():
    params = Frozen.__dataclass_params__
    assert (params.frozen, params.order, params.eq, params.repr, params.init) == (
        True,
        True,
        True,
        True,
        True,
    )
    assert Frozen(1).__dataclass_params__.frozen and not Base.__dataclass_params__.frozen
    if sys.version_info >= (3, 12):
        assert (params.slots, params.weakref_slot, Base.__dataclass_params__.weakref_slot) == (
            True,
            True,
            False,
        )


def test_a_type_that_names_the_class_is_spelled_as_python_spells_it():
    (found,) = dataclasses.fields(Node)
    assert found.type in ("Node | None", Node | None)


@pytest.mark.parametrize("cls", [Base, Decorated])
def test_what_stands_in_the_dict_of_the_class_is_a_dict_that_fills_itself(cls):
    asks = [
        lambda d: list(d) == ["name", "count"],
        lambda d: len(d) == 2,
        lambda d: "name" in d and "other" not in d,
        lambda d: d["name"].name == "name",
        lambda d: d.get("other", 5) == 5,
        lambda d: list(d.keys()) == ["name", "count"],
        lambda d: [f.name for f in d.values()] == ["name", "count"],
        lambda d: list(dict(d.items())) == ["name", "count"],
        lambda d: list(d.copy()) == ["name", "count"],
        lambda d: d != {} and not d == {},
        lambda d: list({**d}) == ["name", "count"],
        lambda d: repr(d).startswith("{'name': Field("),
    ]
    from cslots._interop import Fields

    for ask in asks:
        fresh = Fields(cls)
        assert isinstance(fresh, dict) and ask(fresh)


def test_it_is_made_once():
    class Once(Struct):
        x: int

    early = vars(Once)["__dataclass_fields__"]
    assert (
        Once.__dataclass_fields__ is Once.__dataclass_fields__ is vars(Once)["__dataclass_fields__"]
    )
    assert early == Once.__dataclass_fields__ and early["x"] is Once.__dataclass_fields__["x"]


def test_making_a_struct_does_not_import_dataclasses():
    code = (
        "import sys, cslots\nclass A(cslots.Struct):\n    x: int\nassert 'dataclasses' not in "
        "sys.modules\n"
        "A.__dataclass_fields__\nassert 'dataclasses' in sys.modules"
    )
    subprocess.run([sys.executable, "-P", "-c", code], check=True)


def test_rows_of_a_pool_show_the_fields_of_their_records():
    row = Pool(Base, [Base("a", 2)])[0]
    assert dataclasses.asdict(row) == {"name": "a", "count": 2} and dataclasses.replace(
        row, count=3
    ) == Base("a", 3)
    assert "__dataclass_fields__" in type(copy.copy(row)).__dict__


def test_the_decorator_of_dataclasses_is_refused_and_changes_nothing():
    with raises(
        TypeError,
        "More: is a Struct already, and its fields are what its class statement says; leave the "
        "decorator out",
    ):

        @dataclasses.dataclass
        class More(Base):
            more: int = 0

    assert Base("a") == Base("a", 1)


@pytest.mark.parametrize("frozen", [False, True])
def test_what_a_library_stores_past_the_constructor_is_checked(frozen):
    msgspec = pytest.importorskip("msgspec")

    class Text(Struct, frozen=frozen):
        text: str
        child: Base | None = None
        n: uint8 = 0

    before = Text("b")
    made = msgspec.json.decode(b'{"text": "a", "child": {"name": "c"}, "n": 3}', type=Text)
    assert made == Text("a", Base("c"), 3) and (before.text, made.text) == ("b", "a")
    descriptor = vars(Text)["text"]
    with pytest.raises((TypeError, AttributeError)):
        descriptor.__set__(made, [made])
    assert made.text == "a"
    if frozen:
        with pytest.raises(AttributeError):
            descriptor.__set__(made, "other")
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"text": "a", "n": 300}', type=Text)
