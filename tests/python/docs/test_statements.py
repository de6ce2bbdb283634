"""What README and docs promise in words, each with the program that shows it.

The code blocks of the documents run in test_documents.py; commands in test_named_commands.py.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import pathlib
import re
import sys
import uuid

import pytest
from support import raises
from support.pool import Frozen

import cslots
from cslots import Pool, RangeError, Struct, category, uint8, utf8

ROOT = pathlib.Path(__file__).parents[3]


def page(name: str) -> str:
    """With each run of white space as one space: where a line ends does not matter."""
    return re.sub(r"\s+", " ", (ROOT / name).read_text(encoding="utf-8"))


def says(name: str, words: str) -> bool:
    return words in page(name)


class Person(Struct):
    age: uint8
    name: utf8 = ""


class Loose(Struct):
    items: list[int]
    union: int | str
    table: dict
    amount: decimal.Decimal
    hour: dt.time
    wave: complex


class Named(Struct):
    id: uuid.UUID


def test_every_assignment_is_checked_but_a_field_of_another_annotation_takes_any_object():
    assert says(
        "README.md",
        "Every assignment is checked for type and range, except in the last row of the table: "
        "a field with any other annotation (`list[int]`, `dict`, `int | str`, `Decimal`) is a "
        "reference that takes any object",
    )
    assert says("docs/kinds.md", "`time`, `complex`) is a reference that takes any object")
    person = Person(1)
    for value, error in (("x", TypeError), (256, RangeError), (None, TypeError)):
        for change in (
            lambda: Person(value),
            lambda: setattr(person, "age", value),
            lambda: cslots.replace(person, age=value),
        ):  # noqa: B023
            with pytest.raises(error):
                change()
    assert person == Person(1)
    loose = Loose(["x"], 1.5, 1, 2, 3, 4)
    loose.items.append(None)
    loose.union = b""
    assert (loose.items, loose.union) == (["x", None], b"")
    for name in Loose.__annotations__:
        value = object()
        setattr(loose, name, value)
        assert getattr(loose, name) is value


def test_a_uuid_is_found_in_a_column_by_its_bytes():
    numpy = pytest.importorskip("numpy")
    assert says("docs/pool.md", '`pool["id"] == numpy.void(u.bytes)` is the mask of its rows')
    ids = [uuid.UUID(int=i << 64) for i in range(4)]
    pool = Pool(Named, {"id": ids})
    for i, u in enumerate(ids):
        assert numpy.flatnonzero(pool["id"] == numpy.void(u.bytes)).tolist() == [i]


def test_a_uuid_that_is_not_equal_to_the_plain_one_is_refused():
    assert says("docs/kinds.md", "one that is not equal to the plain `UUID` is refused")

    class Odd(uuid.UUID):
        def __eq__(self, other):
            return False

        __hash__ = uuid.UUID.__hash__

    with pytest.raises(ValueError, match="cannot be kept exactly in 16 bytes"):
        Named(Odd(int=1))


def test_arithmetic_on_a_column_wraps_and_assigning_the_column_is_checked():
    numpy = pytest.importorskip("numpy")
    assert says("README.md", "Arithmetic on a column of a pool is NumPy's, which wraps")
    pool = Pool(Person, {"age": [1, 200]})
    pool["age"] += 100
    assert pool["age"].tolist() == [101, 44]
    with raises(
        RangeError,
        "Person.age: 301 is out of range for uint8 (0 to 255)\n(row 0 of the column 'age')",
    ):
        pool["age"] = numpy.add(pool["age"], 200, dtype=int)
    for row in pool:
        row.age += 100
    with pytest.raises(RangeError):
        pool[0].age += 100
    assert pool["age"].tolist() == [201, 144]


def test_a_struct_is_frozen_for_object_setattr_too():
    assert says(
        "README.md",
        "A Struct is frozen for `object.__setattr__`, too; `cslots.force_setattr` is the way round",
    )
    frozen = Frozen(1)
    with pytest.raises(AttributeError, match="Frozen is frozen; cannot assign 'x'"):
        frozen.x = 2
    with pytest.raises((AttributeError, TypeError)):  # on 3.11 Python refuses it itself: TypeError
        object.__setattr__(frozen, "x", 2)
    assert frozen.x == 1
    cslots.force_setattr(frozen, "x", 3)
    assert frozen.x == 3


def test_in_a_frozen_class_columns_in_place_are_read_only_and_copies_are_copies():
    pytest.importorskip("numpy")
    assert says(
        "docs/pool.md",
        "Of its columns those *in place* are read only; a copy is yours, and writing to it "
        "changes no pool",
    )
    pool = Pool(Frozen, [Frozen(1, "a"), Frozen(2, "b")])
    with pytest.raises(ValueError, match="read-only"):
        pool["x"][0] = 5
    pool["y"][0] = "changed"
    for change in (lambda: pool.__setitem__("x", 5), lambda: setattr(pool[0], "x", 5)):
        with pytest.raises(AttributeError):
            change()
    assert list(pool) == [Frozen(1, "a"), Frozen(2, "b")]
    pool[0], pool[1] = pool[1], pool[0]
    pool.append(Frozen(3))
    del pool[0]
    assert list(pool) == [Frozen(1, "a"), Frozen(3)]


def test_datetimes_are_naive_or_in_utc():
    assert says("README.md", "naive or in UTC; other zones are refused")

    class When(Struct):
        at: dt.datetime

    for at in (dt.datetime(2020, 1, 1), dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)):
        assert When(at).at == at and When(at).at.tzinfo == at.tzinfo
    with pytest.raises(ValueError, match="cannot be kept"):
        When(dt.datetime(2020, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1))))


def test_a_converter_of_attrs_becomes_a_classmethod_or_an_init():
    assert says("docs/migrating.md", "the check comes before `__post_init__`")

    class After(Struct):
        n: int

        def __post_init__(self):
            self.n = int(self.n)

    with pytest.raises(TypeError, match=r"After.n: expected int, got str '5'"):
        After("5")

    class Own(Struct):
        n: int

        def __init__(self, n):
            self.n = int(n)

    assert Own("5").n == 5


def test_a_plain_class_compares_by_identity_and_eq_false_keeps_that():
    assert says("docs/migrating.md", "`eq=False` keeps what the class was")

    class Plain:
        pass

    class ByValue(Struct):
        x: int = 0

    class ByIdentity(Struct, eq=False):
        x: int = 0

    for made, equal in ((Plain, False), (ByValue, True), (ByIdentity, False)):
        assert (made() == made()) is equal
    assert len({ByIdentity(), ByIdentity()}) == 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(ByValue())


def test_after_del_the_default_is_seen():
    assert says(
        "docs/dataclasses.md", "After `del obj.field` the default is seen, where a field has one"
    )

    @cslots.dataclass
    class Thing:
        a: object = 5
        b: uint8 = 7

    @dataclasses.dataclass
    class Other:
        a: object = 5
        b: int = 7

    for made in (Thing, Other):
        thing = made(1, 2)
        del thing.a, thing.b
        assert (thing.a, thing.b) == (5, 7) and repr(thing).endswith("(a=5, b=7)")


def test_a_row_never_shows_another_record():
    assert says("docs/pool.md", "a row never shows another record")
    pool = Pool(Person, {"age": range(6), "name": ["p"] * 6})
    rows = list(pool)
    pool[0], pool[5] = pool[5], pool[0]
    pool.sort("age", reverse=True)
    del pool[2]
    pool.insert(1, Person(99))
    seen = []
    for row in rows:
        try:
            seen.append(row.age)
        except cslots.StaleRowError:
            seen.append(None)
    assert [age for age in seen if age is not None] == [
        i for i, age in enumerate(seen) if age is not None
    ] and seen.count(None) == 1


def test_utf8_costs_the_same_with_an_init_of_the_classs_own():
    class Own(Struct):
        name: utf8
        age: uint8

        def __init__(self, name, age):
            self.name = name
            self.age = age

    own = [Own(f"the name {i:05}", 1) for i in range(1000)]
    other = [Person(1, f"the name {i:05}") for i in range(1000)]
    assert sum(map(sys.getsizeof, own[10:])) == sum(map(sys.getsizeof, other[10:]))


def test_a_timestamp_is_no_safe_kind_for_the_audit():
    assert says(
        "docs/audit.md",
        "A `datetime` stays a reference, since one with another zone than UTC is refused",
    )
    from cslots._audit import kinds

    seen = {"types": {"datetime.datetime": 5}, "present": 5, "none": 0}
    choice = kinds.choose("at", seen)
    assert choice.safe.name != "datetime" and not choice.safe.packed and choice.tight is not None


@pytest.mark.parametrize(
    ("document", "figure", "command"),
    [
        ("README.md", "56.1", "`cslots demo`"),
        ("README.md", "1/64 to 1/800", "`cslots bench --groups pool`"),
        (
            "README.md",
            "1.1 to 1.4 times that of a loop over Structs",
            "`cslots bench --groups pool`",
        ),
        ("docs/pool.md", "1/80, 1/64, 1/800 of slots", "`cslots bench --groups pool`"),
        ("docs/scale.md", "250 to 920", "`python bench/engines/carry.py`"),
        ("docs/scale.md", "84 to 160 MB/s", "`python bench/engines/carry.py`"),
        ("docs/scale.md", "4 to 10", "`python examples/partitions.py 100_000_000`"),
    ],
)
def test_a_figure_names_the_command_that_measures_it(document, figure, command):
    assert says(document, figure) and says(document, command)


@pytest.mark.parametrize(
    "gone",
    [
        "1/200",
        "takes what a loop over Structs does",
        "naive or UTC)",
        "Every assignment is checked;",
        "In a frozen class all of them are read only",
    ],
)
def test_a_statement_that_was_false_does_not_come_back(gone):
    for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        assert gone not in path.read_text(encoding="utf-8"), path


def test_a_category_in_a_frozen_pool_has_read_only_codes():
    pytest.importorskip("numpy")

    class Tag(Struct, frozen=True):
        tag: category

    with pytest.raises(ValueError, match="read-only"):
        Pool(Tag, [Tag("a")])["tag"].codes[0] = 1
