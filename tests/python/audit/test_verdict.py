"""The verdict: what the audit predicts for a class is what cslots and CPython then take.

The reasons against a class are found.
"""

import abc
import dataclasses
import datetime
import enum
import functools
import sys
import textwrap
import types
import weakref

import pytest
from support import private_census, pymalloc_and_slab

import cslots
from cslots._audit import forms, kinds, sizes, source
from cslots._audit.moment import NoCensus, take
from cslots._audit.words import percent, size

pytest.importorskip("cslots._census")
MANY = 3000


class Side(enum.Enum):
    LEFT = 1
    RIGHT = 2


def row_of(cls, made):
    """What the audit says of a class with these objects."""
    assert made
    try:
        found = cslots.audit(classes=[cls]).classes
    except (NoCensus, RuntimeError) as error:
        pytest.skip(str(error))
    assert len(found) == 1
    assert found[0]["objects"] == len(made)
    return found[0]


def codes(row, level=None):
    return {reason["code"] for reason in row["reasons"] if level in (None, reason["level"])}


def text_of(row, code):
    return " | ".join(reason["text"] for reason in row["reasons"] if reason["code"] == code)


@pytest.fixture
def module(tmp_path, monkeypatch):
    """module(source): a module with a file, so that its source can be read."""

    def make(text, name="audited_module"):
        file = tmp_path / f"{name}.py"
        file.write_text(textwrap.dedent(text), encoding="utf-8")
        made = types.ModuleType(name)
        made.__file__ = str(file)
        monkeypatch.setitem(sys.modules, name, made)
        exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), made.__dict__)
        return made

    return make


class TestKinds:
    """What the values were decides the kind; what is safe never changes what the program reads."""

    def of(self, values):
        class Thing:
            def __init__(self, x):
                self.x = x

        kept = [Thing(value) for value in values]
        seen = row_of(Thing, kept)["attributes"]["x"]
        return kinds.choose("x", seen)

    @pytest.mark.parametrize(
        ("values", "safe", "tight"),
        [
            ([1, 2, 300], "int", "uint16"),
            ([-1, 100], "int", "int8"),
            ([0, 255], "int", "uint8"),
            ([0, 2**31], "int", "uint32"),
            ([-5, 2**40], "int", None),
            ([2**70, 1], "int", None),
            ([None, 7], "int | None", "uint8 | None"),
            ([1.1, 2.2], "float", None),
            ([1.5, 2.0], "float", "float32"),
            ([float("nan"), 1.0], "float", None),
            ([True, False], "bool", None),
            ([True, None], "bool | None", None),
            ([True, 2], "object", "int"),
            ([1, 2.5], "object", "float"),
            ([1, "a"], "object", None),
            ([b"ab", b"c"], "bytes", None),
            ([[1], [2]], "list", None),
            ([[1], None], "list | None", None),
            ([None, None], "object", None),
            ([1j, 2j], "complex", None),
        ],
    )
    def test_the_kind_for_values(self, values, safe, tight):
        choice = self.of(values * 10)
        assert choice.safe.text == safe
        assert (choice.tight.text if choice.tight else None) == tight

    def test_long_texts_of_their_own_become_utf8(self):
        assert self.of(f"some text number {k}" for k in range(500)).safe.text == "utf8"

    def test_texts_that_are_shared_stay_references(self):
        choice = self.of(["north", "south"] * 300)
        assert choice.safe.text == "str"
        assert choice.tight.text == "category"

    def test_members_of_an_enum(self):
        choice = self.of([Side.LEFT, Side.RIGHT] * 20)
        assert choice.safe.name == "choice"
        assert choice.safe.packed

    @pytest.mark.parametrize("base", [int, float, str])
    def test_objects_of_subclasses_stay_as_they_are(self, base):
        Sub = type("Sub", (base,), {})
        choice = self.of([Sub("1") for _ in range(50)])
        assert choice.safe.name == "object"
        assert choice.reasons[0][0] == "subclass"

    def test_every_annotation_it_writes_is_one(self):
        scope = {"cslots": cslots, "datetime": __import__("datetime")}
        scope.update({name: getattr(cslots, name) for name in kinds.ANNOTATION_NAMES})
        for name in kinds.ANNOTATION_NAMES:
            for nullable in (False, True):
                kind = kinds.Kind(name, name, nullable, True)
                namespace = {
                    "__annotations__": {"x": eval(kind.text, scope)},
                    "__module__": __name__,
                }
                made = type(cslots.Struct)("Made", (cslots.Struct,), namespace)
                assert (
                    cslots.layout(made).total
                    == forms.scratch_layout({"x": kind}, False, False).total
                )


class TestPredictions:
    """Bytes of a form, against objects of that form as the census counts them."""

    VALUES = [
        pytest.param(lambda k: {"a": k * 1000, "b": k * 1.1}, id="numbers"),
        pytest.param(
            lambda k: {"a": k * 1000, "b": f"text number {k}", "c": [k]}, id="text and list"
        ),
        pytest.param(lambda k: {f"f{j}": k * 1000 + j for j in range(12)}, id="many"),
        pytest.param(lambda k: {"a": None if k % 2 else k * 1000}, id="one, nullable"),
        pytest.param(
            lambda k: {"only": bool(k % 2), "other": k % 2 == 0, "third": 1.5 * k}, id="bools"
        ),
    ]

    @staticmethod
    def plain(values):
        scope = {}
        names = list(values(0))
        exec(
            "class Plain:\n    def __init__(self, "
            + ", ".join(names)
            + "):\n"
            + "".join(f"        self.{name} = {name} if True else 0\n" for name in names),
            scope,
        )
        return scope["Plain"], names

    @pytest.mark.parametrize("values", VALUES)
    def test_slots_take_what_was_predicted(self, values):
        Plain, names = self.plain(values)
        kept = [Plain(**values(k)) for k in range(MANY)]
        predicted = row_of(Plain, kept)["forms"]["slots"]["bytes"]
        Slots = type("Slots", (), {"__slots__": names})
        made = []
        for k in range(MANY):
            obj = Slots()
            for name, value in values(k).items():
                setattr(obj, name, value)
            made.append(obj)
        assert row_of(Slots, made)["now"] == pytest.approx(predicted, rel=0.01)

    @pytest.mark.parametrize("values", VALUES)
    def test_a_struct_takes_what_was_predicted(self, values):
        Plain, names = self.plain(values)
        kept = [Plain(**values(k)) for k in range(MANY)]
        row = row_of(Plain, kept)
        scope = {"object": object, "list": list}
        scope.update({name: getattr(cslots, name) for name in kinds.ANNOTATION_NAMES})
        init = (
            "def __init__(self, values):\n    for name, value in values.items(): setattr(self, "
            "name, value)"
        )
        exec(init, scope)
        namespace = {
            "__annotations__": {n: eval(row["kinds"][n]["safe"], scope) for n in names},
            "__init__": scope["__init__"],
            "__module__": __name__,
        }
        Made = type(cslots.Struct)("Made", (cslots.Struct,), namespace)
        made = [Made(values(k)) for k in range(MANY)]
        assert row_of(Made, made)["now"] == pytest.approx(row["forms"]["struct"]["bytes"], rel=0.02)

    def test_text_inside_takes_what_was_predicted(self):
        @dataclasses.dataclass
        class Plain:
            name: str
            mail: str

        kept = [Plain(f"user {k}", f"user{k}@example.com and more") for k in range(MANY)]
        row = row_of(Plain, kept)
        assert row["kinds"]["mail"]["safe"] == "utf8"

        class Made(cslots.Struct):
            name: cslots.utf8
            mail: cslots.utf8

        made = [Made(f"user {k}", f"user{k}@example.com and more") for k in range(MANY)]
        assert row_of(Made, made)["now"] == pytest.approx(row["forms"]["struct"]["bytes"], rel=0.03)

    def test_weak_references_are_counted_in_every_form(self):
        class Plain:
            def __init__(self, x):
                self.x = x

        kept = [Plain(k * 1.5) for k in range(500)]
        without = row_of(Plain, kept)["forms"]
        held = [weakref.ref(obj) for obj in kept]
        row = row_of(Plain, kept)
        assert held
        assert row["forms"]["struct"]["bytes"] > without["struct"]["bytes"]
        assert "weakref" in codes(row)
        assert "weakref=True" in row["code"]["struct"]
        assert '"__weakref__"' in row["code"]["slots"]

    @pymalloc_and_slab
    def test_rounding_of_the_allocators(self):
        assert [sizes.pymalloc(n) for n in (1, 16, 17, 512)] == [16, 16, 32, 512]
        assert [sizes.slab(n) for n in (16, 17, 33, 512)] == [16, 24, 40, 512]
        assert sizes.malloc(513) >= 513 and sizes.pymalloc(600) == sizes.malloc(600)
        for n in range(16, 513, 8):
            made = type(cslots.Struct)(
                "Made",
                (cslots.Struct,),
                {
                    "__annotations__": {f"f{k}": int for k in range((n - 16) // 8)},
                    "__module__": __name__,
                },
            )
            assert cslots.layout(made).total == sizes.slab(n), n


class TestSuggestedCode:
    def run(self, row, form="struct", **scope):
        scope = {"cslots": cslots, "__name__": __name__, **scope}
        exec(row["code"][form], scope)
        return scope

    def test_a_class_that_stores_its_parameters_needs_no_init(self, module):
        made = module(
            """
            class Point:
                'a point'
                def __init__(self, x, y=0.0, tags=None):
                    self.x = x
                    self.y = y
                    self.tags = tags
            """
        )
        kept = [made.Point(k * 1.1, k * 2.2, None if k % 2 else ["a"]) for k in range(MANY)]
        row = row_of(made.Point, kept)
        assert row["code"]["struct"].splitlines()[3:] == [
            "class Point(cslots.Struct):  # audited_module.Point · 3,000 instances · "
            f"{size(row['now'])} → {size(row['forms']['struct']['bytes'])}",
            "    x: float",
            "    y: float = 0.0",
            "    tags: list | None = None",
            "    # no __init__: the generated one stores its parameters",
        ]
        Point = self.run(row)["Point"]
        assert Point(1.5).y == 0.0

    def test_a_dataclass_keeps_its_options(self):
        @dataclasses.dataclass(frozen=True, order=True)
        class Card:
            suit: str
            rank: int = 1

        kept = [Card("hearts", k * 1000) for k in range(MANY)]
        row = row_of(Card, kept)
        assert "@cslots.dataclass(order=True, frozen=True)" in row["code"]["struct"]
        assert "    rank: int = 1" in row["code"]["struct"]
        assert "@dataclass(order=True, frozen=True, slots=True)" in row["code"]["slots"]
        made = self.run(row)["Card"]("clubs")
        assert made.rank == 1
        with pytest.raises(cslots.FrozenInstanceError):
            made.rank = 2

    def test_slots_are_a_tuple_that_runs(self):
        class One:
            def __init__(self, x):
                self.only = x

        kept = [One(k * 1.1) for k in range(MANY)]
        row = row_of(One, kept)
        assert '__slots__ = ("only",)' in row["code"]["slots"]
        assert self.run(row, "slots")["One"].__slots__ == ("only",)

    def test_many_slots_are_wrapped(self):
        class Wide:
            def __init__(self, k):
                for j in range(30):
                    setattr(self, f"attribute_{j}", k)

        kept = [Wide(k) for k in range(200)]
        row = row_of(Wide, kept)
        assert max(map(len, row["code"]["slots"].splitlines()[1:])) <= 100
        assert len(self.run(row, "slots")["Wide"].__slots__) == 30

    def test_attributes_without_an_init_are_no_parameters(self):
        class Bare:
            pass

        kept = []
        for k in range(MANY):
            bare = Bare()
            bare.x = k * 1.5
            kept.append(bare)
        row = row_of(Bare, kept)
        assert "    x: float = cslots.field(init=False)" in row["code"]["struct"]
        made = self.run(row)["Bare"]()
        made.x = 1.5


class TestReasons:
    """Why not."""

    def test_attributes_that_only_some_have(self):
        class Some:
            def __init__(self, k):
                self.x = k * 1.5
                if k % 4 == 0:
                    self.extra = k

        row = row_of(Some, kept := [Some(k) for k in range(MANY)])
        assert kept and "extra (25 %)" in text_of(row, "some")
        assert row["confidence"] == "medium"

    def test_values_of_mixed_type(self):
        class Mixed:
            def __init__(self, k):
                self.x = k * 1.5 if k % 4 else k

        row = row_of(Mixed, kept := [Mixed(k) for k in range(MANY)])
        assert kept and "75 % float, 25 % int" in text_of(row, "mixed")
        assert row["kinds"]["x"]["safe"] == "object"

    def test_users_of_the_dict_in_its_methods(self, module):
        made = module(
            """
            class Message:
                def __init__(self, **fields):
                    vars(self).update(fields)
                def copy(self):
                    return dict(self.__dict__)
            """
        )
        row = row_of(made.Message, kept := [made.Message(x=k * 1.5, y=k) for k in range(MANY)])
        assert kept and codes(row, "breaks") == {"dict"}
        assert "vars(self) in __init__() (audited_module.py:4)" in text_of(row, "dict")
        assert "self.__dict__ in copy() (audited_module.py:6)" in text_of(row, "dict")
        assert row["confidence"] == "low"

    def test_users_of_the_dict_elsewhere(self, module):
        made = module(
            """
            class Item:
                def __init__(self, x):
                    self.x = x + 0.5
            def dump(item):
                return vars(item), item.__dict__, Item.__dict__, type(item).__dict__
            """
        )
        row = row_of(made.Item, kept := [made.Item(k) for k in range(MANY)])
        text = text_of(row, "dict elsewhere")
        assert (
            kept
            and "vars(item) (audited_module.py:6)" in text
            and "item.__dict__ (audited_module.py:6)" in text
        )
        assert "Item.__dict__" not in text and "type(item)" not in text

    def test_attributes_that_appear_late(self, module):
        made = module(
            """
            class Late:
                def __init__(self, x):
                    self.x = x * 1.5
                def open(self):
                    self.opened = True
            def mark(thing):
                thing.marked = 5
            """
        )
        kept = [made.Late(k) for k in range(MANY)]
        for late in kept:
            late.open()
            made.mark(late)
        row = row_of(made.Late, kept)
        assert "opened in open(), line 6" in text_of(row, "late")
        assert "marked (audited_module.py:8)" in text_of(row, "late")

    def test_setattr_with_names_that_are_computed(self, module):
        made = module(
            """
            class Open:
                def __init__(self, **fields):
                    for name, value in fields.items():
                        setattr(self, name, value)
            """
        )
        row = row_of(made.Open, kept := [made.Open(x=k * 1.5) for k in range(MANY)])
        assert kept and "setattr(self, <name>, ...) in __init__()" in text_of(row, "setattr")

    def test_cached_property(self):
        class Cached:
            def __init__(self, x):
                self.x = x * 1.5

            @functools.cached_property
            def double(self):
                return self.x * 2

        row = row_of(Cached, kept := [Cached(k) for k in range(MANY)])
        assert kept and codes(row, "breaks") == {"cached_property"}

    def test_pickling_and_attribute_hooks(self):
        class Hooked:
            def __init__(self, x):
                self.x = x

            def __getstate__(self):
                return self.x

            def __setattr__(self, name, value):
                object.__setattr__(self, name, value)

        row = row_of(Hooked, kept := [Hooked(k * 1.5) for k in range(MANY)])
        assert kept and {"pickle", "hooks"} <= codes(row, "care")

    def test_a_metaclass(self):
        class Meta(type):
            pass

        class Odd(metaclass=Meta):
            def __init__(self, x):
                self.x = x

        row = row_of(Odd, kept := [Odd(k * 1.5) for k in range(MANY)])
        assert kept and "metaclass" in codes(row, "stops")
        assert "struct" not in row["forms"] and "slots" in row["forms"]

    def test_an_abstract_class_is_no_obstacle(self):
        class Base(abc.ABC):
            __slots__ = ()

            @abc.abstractmethod
            def f(self): ...

        class Real(Base):
            def __init__(self, x):
                self.x = x

            def f(self): ...

        row = row_of(Real, kept := [Real(k * 1.5) for k in range(MANY)])
        assert kept and "struct" in row["forms"]
        assert row["confidence"] == "high"

    def test_bases_without_slots(self):
        class Base:
            pass

        class Sub(Base):
            def __init__(self, x):
                self.x = x

        row = row_of(Sub, kept := [Sub(k * 1.5) for k in range(MANY)])
        assert kept and "Base as well" in text_of(row, "bases")

    def test_slots_that_do_nothing(self):
        class Base:
            pass

        class Idle(Base):
            __slots__ = ("x",)

            def __init__(self, x):
                self.x = x

        row = row_of(Idle, kept := [Idle(k * 1.5) for k in range(MANY)])
        assert kept and "its __slots__ does nothing" in text_of(row, "idle slots")
        assert row["forms"]["slots"]["saves"] > 0

    @pytest.mark.parametrize("base", [str, int, dict, list, Exception, tuple])
    def test_built_in_bases_cannot_be_structs(self, base):
        class Sub(base):
            pass

        kept = []
        for k in range(300):
            sub = Sub() if base is not int else Sub(k)
            sub.x = k * 1.5
            kept.append(sub)
        row = row_of(Sub, kept)
        assert "struct" not in row["forms"]
        assert codes(row, "stops") & {"base", "exception"}

    def test_a_class_with_slots_already(self):
        class Slotted:
            __slots__ = ("x", "y")

            def __init__(self, x):
                self.x, self.y = x, x + 1

        # Worth it in a process of hundreds of MB.
        row = row_of(Slotted, kept := [Slotted(k * 1.5) for k in range(100_000)])
        assert kept and set(row["forms"]) == {"struct", "tight", "pool"}
        assert row["advice"] == "struct"

    def test_a_struct_already(self):
        class Packed(cslots.Struct):
            x: float

        row = row_of(Packed, kept := [Packed(k * 1.5) for k in range(MANY)])
        assert kept and (codes(row), row["forms"], row["confidence"]) == ({"struct"}, {}, "none")

    def test_defaults_of_the_class(self):
        class Default:
            x = 0.0

            def __init__(self, x):
                self.x = x + 0.5

        row = row_of(Default, kept := [Default(k * 1.5) for k in range(MANY)])
        assert kept and "__slots__ refuses such names" in text_of(row, "default")
        assert "    x: float = 0.0" in row["code"]["struct"]

    @private_census
    def test_methods_that_objects_replace(self):
        class Patched:
            def __init__(self, f):
                self.f = f

            def f(self): ...

        row = row_of(Patched, kept := [Patched(k * 1.5) for k in range(MANY)])
        assert kept and "method" in codes(row, "breaks")

    def test_functions_that_another_module_put_onto_the_class(self, module):
        made = module(
            "class Item:\n    def __init__(self, x):\n        self.x = x + 0.5\n\nItem.extra = 5\n"
        )
        made.Item.helper = size
        row = row_of(made.Item, kept := [made.Item(k) for k in range(MANY)])
        assert kept and "put helper onto the class" in text_of(row, "patched")
        assert "Item.extra = ... (audited_module.py:5)" in text_of(row, "patched")

    def test_names_that_are_no_identifiers(self):
        class Row:
            def __init__(self, k):
                self.__dict__["first name"] = k
                self.x = k * 1.5

        row = row_of(Row, kept := [Row(k) for k in range(MANY)])
        assert kept and "first name" in text_of(row, "names")
        assert not row["forms"]

    def test_a_namespace_is_no_record(self):
        class Bag:
            def __init__(self, k):
                for j in range(3):
                    setattr(self, f"key_{(k * 7 + j * 13) % 200}", k)

        row = row_of(Bag, kept := [Bag(k) for k in range(MANY)])
        assert kept and "a namespace, no record" in text_of(row, "bag")

    def test_too_few_objects_to_matter(self):
        class Few:
            def __init__(self, x):
                self.x = x

        row = row_of(Few, kept := [Few(k * 1.5) for k in range(50)])
        assert kept and (row["advice"], row["saves"]) == ("leave", 0)
        assert "(50 objects): not worth a change" in text_of(row, "small")

    def test_no_code_of_a_class_runs(self):
        ran = []

        class Meta(type):
            def __getattribute__(cls, name):
                ran.append(name)
                return type.__getattribute__(cls, name)

            def __eq__(cls, other):
                ran.append("== of the class")
                return NotImplemented

            def __hash__(cls):
                ran.append("hash of the class")
                return 1

            def __subclasses__(cls):
                ran.append("subclasses")

        class Odd(metaclass=Meta):
            def __init__(self, x):
                self.x = x

            def __getattribute__(self, name):
                ran.append(name)
                return object.__getattribute__(self, name)

            def __eq__(self, other):
                ran.append("==")

            __hash__ = None
            __class__ = property(lambda self: ran.append("class"))

        # Enough to be looked at closely in a process full of other tests.
        kept = [Odd(k) for k in range(20_000)]
        ran.clear()
        seen = take("call", 0.0, samples=50)
        assert ran == []
        assert any(
            row["class"] and row["class"]["qualname"].endswith("Odd") for row in seen["classes"]
        )
        cslots.audit()
        assert ran == [] and kept


class TestSource:
    def test_what_init_stores(self):
        def stores(text):
            file = source.File("x.py", textwrap.dedent(text))
            return file.find("C").stores

        assert stores(
            "class C:\n def __init__(self, a, b=1):\n  'doc'\n  self.a = a\n  self.b: int = b\n"
        ) == {"a": None, "b": "1"}
        for body in (
            "self.a = a + 1",
            "self.a = b",
            "self.a = a; print(a)",
            "pass",
            "self.a = a; self.b = a",
            "x.a = a",
        ):
            assert stores(f"class C:\n def __init__(self, a, b):\n  {body}\n") is None
        assert stores("class C:\n def __init__(self, *a):\n  self.a = a\n") is None
        assert stores("class C:\n def f(self): pass\n") is None

    def test_classes_are_found_where_they_stand(self):
        file = source.File(
            "x.py",
            "if 1:\n class A:\n  class B: pass\ndef f():\n class C: pass\ntry:\n pass\nexcept E:\n"
            " class D: pass\n",
        )
        for name, line in (("A", 2), ("A.B", 3), ("f.<locals>.C", 5), ("D", 9)):
            assert file.find(name).line == line

    @pytest.mark.parametrize("text", ["x = = 1", "\0", "(" * 5000])
    def test_source_that_does_not_parse_is_no_error(self, text):
        file = source.File("x.py", text)
        assert file.find("A") is None
        assert file.uses() == []

    def test_a_file_that_is_not_there(self, tmp_path):
        assert source.Sources().find(str(tmp_path / "none.py"), "A") is None
        assert source.Sources().find(None, "A") is None


def test_words_for_sizes_and_shares():
    assert [size(n) for n in (0, 812, 12_340, 61_000_000, 1_250_000_000, -2_000_000)] == [
        "0 B",
        "812 B",
        "12.3 kB",
        "61.0 MB",
        "1.25 GB",
        "-2.0 MB",
    ]
    assert [percent(n, 1000) for n in (0, 5, 500, 999, 1000)] == [
        "0 %",
        "less than 1 %",
        "50 %",
        "99 %",
        "100 %",
    ]


@pytest.mark.parametrize("nullable", [False, True])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[(f"{sign}int{bits}", 5) for sign in ("", "u") for bits in (8, 16, 32, 64)],
        ("int", 5),
        ("float", 0.5),
        ("float32", 0.5),
        ("bool", True),
        ("utf8", "short"),
        ("date", datetime.date(2020, 1, 1)),
        ("datetime", datetime.datetime(2020, 1, 1)),
        ("timedelta", datetime.timedelta(1)),
        ("str", "text"),
        ("bytes", b"bytes"),
    ],
)
def test_a_column_takes_what_the_pool_says(name, value, nullable):
    kind = kinds.Kind(name, name, nullable, name not in ("str", "bytes"))
    cls = cslots.Struct.__class__(
        "Measured", (cslots.Struct,), {"__annotations__": {"field": kinds.annotation_of(kind)}}
    )
    pool = cslots.Pool(cls, [cls(value)] * 800)
    assert kinds.column_bytes(kind) == pool.memory()["used"] / 800


def test_a_reference_that_is_always_none_takes_nothing_in_a_pool():
    kind = {"a": kinds.Kind("object", "object")}
    for none, expected in ((10, 0), (9, 80)):
        row = {"objects": 10, "owned_bytes": 0, "attributes": {"a": {"none": none, "present": 10}}}
        assert forms.pool(row, kind)[0] == expected
