"""What libraries that know dataclasses do with a Struct, a frozen one, and a cslots dataclass.

docs/interop.md has the table.
"""

import copy
import dataclasses
import inspect
import json
import re
import sys
import types
import typing
from pathlib import Path

import pytest

import cslots
from cslots import Pool, Struct, field, uint8

ROOT = Path(__file__).parents[2]


# The same classes in each form, each in a module of its own, where libraries look for the names in
# annotations.
SOURCE = """
from cslots import Struct, dataclass, field, uint8, utf8

{head}
class Part{base}:
    name: str
    count: uint8 = 1

{head}
class Order{base}:
    id: int
    note: utf8 = ""
    parts: list[Part] = field(default_factory=list)
    first: Part | None = None

{head}
class Packed{base}:
    id: int
    note: utf8 = ""
"""


def written(name, **form):
    module = sys.modules[name] = types.ModuleType(name)
    exec(SOURCE.format(**form), module.__dict__)
    return module


FORMS = {
    "Struct": written("known_structs", head="", base="(Struct)"),
    "frozen Struct": written("known_frozen", head="", base="(Struct, frozen=True)"),
    "dataclass": written("known_dataclasses", head="@dataclass", base=""),
}
DATA = {
    "id": 7,
    "note": "text",
    "parts": [{"name": "a", "count": 2}, {"name": "b", "count": 1}],
    "first": {"name": "c", "count": 3},
}


def order(form):
    return form.Order(7, "text", [form.Part("a", 2), form.Part("b")], form.Part("c", 3))


def need(*names):
    modules = [pytest.importorskip(name) for name in names]
    return modules[0] if len(modules) == 1 else modules


def standard_library(form):
    made = order(form)
    assert dataclasses.is_dataclass(form.Order) and dataclasses.is_dataclass(made)
    assert [f.name for f in dataclasses.fields(made)] == list(DATA)
    assert dataclasses.asdict(made) == DATA and dataclasses.astuple(form.Part("a")) == ("a", 1)
    assert dataclasses.replace(form.Part("a"), count=5) == form.Part("a", 5)
    assert copy.deepcopy(made) == made and typing.get_type_hints(form.Part) == {
        "name": str,
        "count": int,
    }
    assert list(inspect.signature(form.Part).parameters) == ["name", "count"]


def orjson_dumps(form):
    orjson = need("orjson")
    assert orjson.loads(orjson.dumps(order(form))) == DATA
    assert orjson.loads(orjson.dumps(list(Pool(form.Packed, [form.Packed(1, "a")])))) == [
        {"id": 1, "note": "a"}
    ]


def msgspec_encode(form):
    msgspec = need("msgspec")
    assert (
        msgspec.json.decode(msgspec.json.encode(order(form))) == DATA
        and msgspec.to_builtins(order(form)) == DATA
    )
    assert (
        msgspec.json.encode(Pool(form.Packed, [form.Packed(1, "a")])[0]) == b'{"id":1,"note":"a"}'
    )


def msgspec_decode(form):
    msgspec = need("msgspec")
    assert msgspec.json.decode(json.dumps(DATA).encode(), type=form.Order) == order(form)
    assert msgspec.convert(DATA, form.Order) == order(form)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"id": "7"}', type=form.Order)
    with pytest.raises(msgspec.ValidationError, match="Part.count: 300 is out of range"):
        msgspec.json.decode(b'{"name": "a", "count": 300}', type=form.Part)


def pydantic_adapter(form):
    pydantic = need("pydantic")
    adapter = pydantic.TypeAdapter(form.Order)
    made = order(form)
    assert adapter.validate_python(DATA) == made and adapter.validate_json(json.dumps(DATA)) == made
    assert adapter.validate_python(made) is made
    assert adapter.dump_python(made) == DATA and json.loads(adapter.dump_json(made)) == DATA
    with pytest.raises(pydantic.ValidationError):
        adapter.validate_python({**DATA, "id": "many"})
    with pytest.raises(pydantic.ValidationError):
        adapter.validate_python({**DATA, "first": {"name": "c", "count": 300}})


def pydantic_model(form):
    pydantic = need("pydantic")
    model = pydantic.create_model("Model", part=(form.Part, ...), parts=(list[form.Part], []))
    made = model(part={"name": "a"}, parts=[{"name": "b"}])
    assert made.part == form.Part("a") and made.model_dump() == {
        "part": {"name": "a", "count": 1},
        "parts": [{"name": "b", "count": 1}],
    }
    schema = model.model_json_schema()["$defs"]["Part"]
    assert (schema["title"], schema["type"], schema["required"]) == ("Part", "object", ["name"])
    assert (schema["properties"]["count"]["minimum"], schema["properties"]["count"]["maximum"]) == (
        0,
        255,
    )


def fastapi_endpoint(form):
    fastapi, testclient = need("fastapi", "fastapi.testclient")
    app = fastapi.FastAPI()

    def take(part: form.Part) -> form.Part:
        return form.Part(part.name * 2, part.count)

    app.post("/parts", response_model=form.Part)(take)
    client = testclient.TestClient(app)
    assert client.post("/parts", json={"name": "a", "count": 3}).json() == {
        "name": "aa",
        "count": 3,
    }
    assert client.post("/parts", json={"name": "a", "count": 300}).status_code == 422
    assert app.openapi()["components"]["schemas"]["Part"]["properties"]["count"]["maximum"] == 255


def cattrs_both_ways(form):
    cattrs = need("cattrs")
    assert (
        cattrs.structure(DATA, form.Order) == order(form)
        and cattrs.unstructure(order(form)) == DATA
    )


def dacite_from_dict(form):
    dacite = need("dacite")
    assert dacite.from_dict(form.Order, DATA) == order(form)


def mashumaro_codecs(form):
    codecs = need("mashumaro.codecs.json")
    assert codecs.JSONDecoder(form.Part).decode('{"name": "a"}') == form.Part("a")
    assert json.loads(codecs.JSONEncoder(form.Part).encode(form.Part("a"))) == {
        "name": "a",
        "count": 1,
    }


def rich_pretty(form):
    pretty = need("rich.pretty")
    assert pretty.pretty_repr(form.Part("a", 2)) == f"{form.Part.__qualname__}(name='a', count=2)"


def ipython_pretty(form):
    pretty = need("IPython.lib.pretty")
    assert pretty.pretty(form.Part("a", 2)).replace("\n", "").endswith("Part(name='a', count=2)")


def pandas_frame(form):
    pandas = need("pandas")
    frame = pandas.DataFrame([form.Part("a", 2), form.Part("b")])
    assert frame.to_dict("list") == {"name": ["a", "b"], "count": [2, 1]}


def polars_frame(form):
    polars = need("polars")
    assert polars.DataFrame([form.Part("a", 2), form.Part("b")]).to_dict(as_series=False) == {
        "name": ["a", "b"],
        "count": [2, 1],
    }


def hypothesis_strategies(form):
    hypothesis = need("hypothesis")
    seen = []

    @hypothesis.settings(max_examples=60, database=None, derandomize=True, deadline=None)
    @hypothesis.given(
        hypothesis.strategies.from_type(form.Part), hypothesis.strategies.builds(form.Packed)
    )
    def make(part, packed):
        assert 0 <= part.count <= 255
        seen.append(part)

    make()
    assert len(seen) > 20


def pydantic_dataclass(form):
    dataclasses_of_pydantic = need("pydantic.dataclasses")
    assert dataclasses_of_pydantic.dataclass(form.Packed)("7").id == 7


def stdlib_decorator(form):
    @dataclasses.dataclass
    class More(form.Packed):
        more: int = 0

    assert More(1, "a", 2).more == 2


# library -> what it does, the test of it, and {form: (why not, the error, what it says)}
CASES = {
    "dataclasses": ("`fields`, `asdict`, `astuple`, `replace`", standard_library, {}),
    "orjson": ("`dumps`, also rows of a pool", orjson_dumps, {}),
    "msgspec": ("`encode`, `to_builtins`, also rows of a pool", msgspec_encode, {}),
    "msgspec ": ("`decode`, `convert`", msgspec_decode, {}),
    "pydantic": ("`TypeAdapter`", pydantic_adapter, {}),
    "pydantic ": ("fields of a `BaseModel`, JSON schema with ranges", pydantic_model, {}),
    "FastAPI": ("bodies, responses, 422", fastapi_endpoint, {}),
    "cattrs": ("`structure`, `unstructure`", cattrs_both_ways, {}),
    "dacite": ("`from_dict`", dacite_from_dict, {}),
    "mashumaro": ("codecs", mashumaro_codecs, {}),
    "hypothesis": ("`from_type`, `builds`: values in range", hypothesis_strategies, {}),
    "pandas": ("`DataFrame([...])`", pandas_frame, {}),
    "polars": ("`DataFrame([...])`", polars_frame, {}),
    "rich": ("`pretty_repr`", rich_pretty, {}),
    "IPython": ("`pretty`", ipython_pretty, {}),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("library", CASES)
def test_a_library_takes_it_or_says_no(library, form):
    _, case, refused = CASES[library]
    if form not in refused:
        case(FORMS[form])
        return
    _, error, text = refused[form]
    with pytest.raises(error, match=re.escape(text)):
        case(FORMS[form])


def test_the_table_in_the_documents_is_what_the_tests_say():
    lines = ["| library | what | " + " | ".join(FORMS) + " |", "|---|---|" + "---|" * len(FORMS)]
    for library, (what, _, refused) in CASES.items():
        cells = [f"no: {refused[form][0]}" if form in refused else "yes" for form in FORMS]
        lines.append(f"| {library.strip()} | {what} | " + " | ".join(cells) + " |")
    text = (ROOT / "docs/interop.md").read_text(encoding="utf-8")
    block = (
        re.search(r"<!-- table: libraries -->\n(.*?)<!-- end -->", text, re.S).group(1).splitlines()
    )
    assert block == lines


@pytest.mark.parametrize("form", ["Struct", "frozen Struct"])
def test_decorators_that_would_make_the_class_again_are_refused(form):
    text = (
        "is a Struct already, and its fields are what its class statement says; leave the "
        "decorator out"
    )
    for case in (pydantic_dataclass, stdlib_decorator):
        with pytest.raises(TypeError, match=text):
            case(FORMS[form])


def test_pydantic_makes_a_dataclass_of_a_dataclass():
    dataclasses_of_pydantic = need("pydantic.dataclasses")
    made = dataclasses_of_pydantic.dataclass(FORMS["dataclass"].Part)("a", count="3")
    assert (made.name, made.count) == ("a", 3)

    @dataclasses_of_pydantic.dataclass
    class More(FORMS["dataclass"].Part):
        price: float = 0.0

    more = More("b", price="2.5")
    assert (more.name, more.count, more.price) == ("b", 1, 2.5)
    with pytest.raises(need("pydantic").ValidationError):
        More("b", count=300)


def test_attrs_and_stdlib_dataclasses_derive_from_a_dataclass():
    attrs = need("attrs")

    @attrs.define
    class Attrs(FORMS["dataclass"].Part):
        price: float = 0.5

    one = Attrs(price=2.5)
    one.name = "a"
    assert (one.name, one.price, attrs.asdict(one)) == ("a", 2.5, {"price": 2.5})

    @dataclasses.dataclass
    class Plain(FORMS["dataclass"].Part):
        price: float = 0.5

    assert dataclasses.asdict(Plain("a", price=1.0)) == {"name": "a", "count": 1, "price": 1.0}


def test_a_class_that_refers_to_itself():
    pydantic, msgspec = need("pydantic", "msgspec")
    adapter = pydantic.TypeAdapter(Tree)
    data = {"n": 1, "left": {"n": 2, "left": None}}
    assert (
        adapter.validate_python(data) == Tree(1, Tree(2))
        and adapter.dump_python(Tree(1, Tree(2))) == data
    )
    assert adapter.json_schema()["$ref"] == "#/$defs/Tree"
    assert msgspec.json.decode(msgspec.json.encode(Tree(1, Tree(2)))) == data


class Tree(Struct):
    n: int
    left: "Tree | None" = None


def test_pydantic_runs_the_constructor_of_a_struct():
    pydantic = need("pydantic")

    class Span(Struct, frozen=True):
        start: uint8
        stop: uint8
        step: cslots.InitVar[int] = 1
        count: int = field(init=False, default=0)

        def __post_init__(self, step):
            if self.stop < self.start:
                raise ValueError("stop before start")
            cslots.force_setattr(self, "count", (self.stop - self.start) // step)

    adapter = pydantic.TypeAdapter(Span)
    assert adapter.validate_python({"start": 1, "stop": 9, "step": 2}).count == 4
    with pytest.raises(pydantic.ValidationError, match="stop before start"):
        adapter.validate_python({"start": 9, "stop": 1})
