"""Libraries take a cslots dataclass for one of dataclasses: packed, frozen, nested, untyped."""

import concurrent.futures
import copy
import functools
import inspect
import json
import multiprocessing
import pprint
import sqlite3
import typing

import pytest

from cslots import asdict, dataclass, field, uint8, utf8


@dataclass
class Part:
    name: str
    count: uint8 = 1


@dataclass
class Order:
    id: int
    price: float
    note: utf8 = ""
    done: bool = False
    parts: list[Part] = field(default_factory=list)
    first: Part | None = None


@dataclass(frozen=True)
class Key:
    name: str
    number: int = 0


@dataclass(typed=False)
class Loose:
    id: int
    tags: list[str] = field(default_factory=list)


DATA = {
    "id": 7,
    "price": 2.5,
    "note": "text",
    "done": True,
    "parts": [{"name": "a", "count": 2}, {"name": "b", "count": 1}],
    "first": {"name": "c", "count": 3},
}


def order():
    return Order(7, 2.5, "text", True, [Part("a", 2), Part("b")], Part("c", 3))


def test_pydantic_validates_and_serialises():
    pydantic = pytest.importorskip("pydantic")
    adapter = pydantic.TypeAdapter(Order)
    made = adapter.validate_python(DATA)
    assert made == order() and adapter.validate_json(json.dumps(DATA)) == order()
    assert adapter.dump_python(made) == DATA and json.loads(adapter.dump_json(made)) == DATA
    assert pydantic.TypeAdapter(Key).validate_python({"name": "k", "number": "5"}) == Key("k", 5)
    assert pydantic.TypeAdapter(Loose).validate_python({"id": "1", "tags": ["x"]}) == Loose(
        1, ["x"]
    )
    with pytest.raises(pydantic.ValidationError):
        adapter.validate_python({**DATA, "price": "dear"})


def test_cattrs_structures_and_unstructures():
    cattrs = pytest.importorskip("cattrs")
    assert cattrs.structure(DATA, Order) == order() and cattrs.unstructure(order()) == DATA
    assert cattrs.structure({"name": "k"}, Key) == Key("k") and cattrs.unstructure(
        Loose(1, ["x"])
    ) == {"id": 1, "tags": ["x"]}


def test_orjson_dumps():
    orjson = pytest.importorskip("orjson")
    assert orjson.loads(orjson.dumps(order())) == DATA
    assert orjson.loads(orjson.dumps(Key("k"))) == {"name": "k", "number": 0}
    assert orjson.loads(orjson.dumps([Loose(1)])) == [{"id": 1, "tags": []}]


def test_msgspec_json():
    msgspec = pytest.importorskip("msgspec")
    assert msgspec.json.decode(msgspec.json.encode(order())) == DATA
    assert msgspec.json.decode(json.dumps(DATA).encode(), type=Order) == order()
    assert msgspec.json.decode(b'{"name": "k"}', type=Key) == Key("k")
    assert msgspec.convert({"id": 1}, Loose) == Loose(1) and msgspec.to_builtins(Loose(1)) == {
        "id": 1,
        "tags": [],
    }


def test_dacite():
    dacite = pytest.importorskip("dacite")
    assert dacite.from_dict(Order, DATA) == order() and dacite.from_dict(Key, {"name": "k"}) == Key(
        "k"
    )


def test_rich_pretty():
    pretty = pytest.importorskip("rich.pretty")
    assert pretty.pretty_repr(Part("a", 2)) == "Part(name='a', count=2)"
    assert "Part(name='c', count=3)" in pretty.pretty_repr(order(), max_width=40)


def test_ipython_pretty():
    pretty = pytest.importorskip("IPython.lib.pretty")
    assert pretty.pretty(Part("a", 2)).replace("\n", "").endswith("Part(name='a', count=2)")


def test_copy_pprint_and_json():
    assert copy.copy(order()) == copy.deepcopy(order()) == order()
    assert pprint.pformat(Part("a", 2)) == "Part(name='a', count=2)"
    assert json.loads(json.dumps(asdict(order()))) == DATA


def test_signature_and_type_hints():
    assert str(inspect.signature(Key)) == "(name: str, number: int = 0) -> None"
    assert typing.get_type_hints(Key) == {"name": str, "number": int}
    assert typing.get_type_hints(Key.__init__) == {"name": str, "number": int, "return": type(None)}
    assert (
        typing.get_type_hints(Part)["count"] is int
        and typing.get_type_hints(Part, include_extras=True)["count"] is uint8
    )


def test_singledispatch_and_match():
    @functools.singledispatch
    def show(thing):
        return "?"

    @show.register
    def _(thing: Key):
        return thing.name

    assert show(Key("k")) == "k" and show(Part("p")) == "?"
    match order():
        case Order(7, price, first=Part(name, count=3)):
            assert (price, name) == (2.5, "c")
        case _:
            pytest.fail("no match")


def test_sqlite_adapters():
    connection = sqlite3.connect(":memory:")
    sqlite3.register_adapter(Key, lambda key: f"{key.name};{key.number}")
    assert connection.execute("select ?", (Key("k", 3),)).fetchone() == ("k;3",)


def double(part):
    return Part(part.name * 2, part.count * 2)


def test_processes():
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(double, [Part("a", 2), Part("b")])) == [Part("aa", 4), Part("bb", 2)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        assert list(pool.map(double, [Part("a", 2)])) == [Part("aa", 4)]
