"""Every kind goes from an object into a column, to Arrow, into a pickle, and back.

The kinds come from the table of the program (core/include/cslots/kinds.def). A new kind is tested
here when it has a row there; where its values are no numbers, VALUES has some of them.
"""

import builtins
import copy
import datetime as dt
import enum
import importlib
import operator
import pickle
import struct
import uuid

import pytest
from support.arrow import Arrays, Stream

import cslots
from cslots import Pool, RangeError, Struct, _core, asdict, dataclass, layout

UTC = dt.UTC


class Inner(Struct, order=True):
    a: int


class Color(enum.Enum):
    RED = 1
    GREEN = 2


Many = enum.Enum("Many", [f"m{i}" for i in range(300)])
FLAGS = {
    bits: enum.Flag(f"Flag{bits}", {"low": 1, "high": 1 << bits - 1}) for bits in (8, 16, 32, 64)
}
for made in (Many, *FLAGS.values()):
    made.__module__ = __name__
    globals()[made.__name__] = made

# The annotation of a kind, where it depends on the field.
ANNOTATIONS = {
    "struct": Inner,
    "choice8": Color,
    "choice16": Many,
    **{f"flag{bits}": cls for bits, cls in FLAGS.items()},
}
# In ascending order, limits first and last.
VALUES = {
    "object": [1, 2.5, 10**30],
    "str": ["", "a", "\U0010ffff" * 40],
    "bytes": [b"", b"a", b"\xff" * 40],
    "struct": [Inner(1), Inner(2)],
    "bool": [False, True],
    "int": [-(2**63), -1, 0, 2**63 - 1],
    "utf8": ["", "a text that is longer than a view", "\U0010ffff" * 40],
    "category": ["", "a", "\U0010ffff" * 40],
    "choice8": [Color.RED, Color.GREEN],
    "choice16": [Many.m0, Many.m1, Many.m299],
    **{f"flag{bits}": [cls(0), cls.low, cls.high, ~cls(0)] for bits, cls in FLAGS.items()},
    "date": [dt.date.min, dt.date(1970, 1, 1), dt.date.max],
    "datetime": [dt.datetime.min, dt.datetime(1970, 1, 1), dt.datetime.max],
    "uuid": [uuid.UUID(int=0), uuid.UUID(int=1 << 64), uuid.UUID(int=(1 << 128) - 1)],
    "timedelta": [
        dt.timedelta(microseconds=-(2**63) + 1),
        dt.timedelta(0),
        dt.timedelta(microseconds=2**63 - 1),
    ],
}

ROWS = _core.kinds()


def annotation_of(row):
    name = row["name"]
    if name in ANNOTATIONS:
        return ANNOTATIONS[name]
    if row["offered"]:
        return getattr(cslots, name)
    module, _, name = row["python"].rpartition(".")
    return getattr(importlib.import_module(module) if module else builtins, name)


def values_of(row):
    if row["range"] is not None:
        least, most = row["range"]
        return sorted({least, 0, 1, most})
    if row["family"] == "float":
        size, letter = row["size"], "<" + row["buffer"]
        infinity = int.from_bytes(struct.pack(letter, float("inf")), "little")
        most = struct.unpack(letter, (infinity - 1).to_bytes(size, "little"))[0]
        smallest = struct.unpack(letter, (1).to_bytes(size, "little"))[0]
        return [-float("inf"), -most, -smallest, 0.0, smallest, 1.5, most, float("inf")]
    assert row["name"] in VALUES, f"VALUES has no values of the new kind {row['name']}"
    return VALUES[row["name"]]


def make_class(form, row, nullable):
    """A class in this module, so that a pickle finds it."""
    name = f"{form}_{row['name']}_{nullable}"
    if name not in globals():
        annotation = annotation_of(row)
        names = {"x": annotation | None if nullable else annotation, "n": int}
        body = {"__annotations__": names, "__module__": __name__}
        globals()[name] = (
            type(Struct)(name, (Struct,), body)
            if form == "struct"
            else dataclass(type(name, (), body))
        )
    return globals()[name]


@pytest.fixture(params=ROWS, ids=lambda row: row["name"])
def row(request):
    return request.param


@pytest.fixture(params=["struct", "dataclass"])
def form(request):
    return request.param


@pytest.fixture(params=[False, True], ids=["", "or None"])
def nullable(request):
    return request.param


@pytest.fixture
def case(row, form, nullable):
    """(a class with the fields x of that kind and n, values of x)."""
    values = values_of(row)
    return make_class(form, row, nullable), [None, *values, None] if nullable else values


def objects_of(case):
    cls, values = case
    return [cls(value, n) for n, value in enumerate(values)]


def same(got, expected):
    return type(got) is type(expected) and got == expected


def check(rows, case):
    """Are these rows the objects, with values of the same class?"""
    cls, values = case
    assert [row.n for row in rows] == list(range(len(values)))
    assert all(same(row.x, value) for row, value in zip(rows, values, strict=True))
    assert list(rows) == objects_of(case)


def test_an_object_gives_back_what_it_was_given(case):
    cls, values = case
    check(objects_of(case), case)
    one = cls(values[0], 0)
    for value in values:
        one.x = value
        assert same(one.x, value)
        assert same(asdict(one)["x"], asdict(value) if isinstance(value, Inner) else value)
    assert "x" in repr(one)


def test_a_value_takes_the_bytes_that_the_table_says(row, case):
    cls, _ = case
    field = next(field for field in layout(cls).fields if field.name == "x")
    assert field.size == row["size"]
    pool = Pool(cls, objects_of(case))
    assert pool._column_info("x")[:2] == (
        row["shown"],
        max(row["column"], pool._column_info("x")[1]),
    )
    if row["buffer"] is not None:
        view = memoryview(pool._view("x"))
        assert (view.itemsize, view.format) == (row["column"], row["buffer"])


def test_a_column_gives_back_what_it_was_given(case):
    cls, values = case
    objects = objects_of(case)
    pool = Pool(cls, objects)
    assert [pool.index(one) for one in objects] == list(range(len(objects)))
    check(pool, case)
    check([copy.copy(row) for row in pool], case)
    check(pool[:], case)
    check(Pool(cls, {"x": values, "n": range(len(values))}), case)
    for row, value in zip(pool, reversed(values), strict=True):
        row.x = value
        assert same(row.x, value)
    check(objects, case)


def test_arrow_gives_back_what_it_was_given(row, case):
    cls, _ = case
    pool = Pool(cls, objects_of(case))
    if row["name"] in ("object", "struct"):
        with pytest.raises(TypeError, match=r"references|any Python object"):
            Stream(pool).__arrow_c_stream__()
        return
    for source in (pool, Arrays(pool), Stream(pool), pool[:]):
        check(Pool.from_arrow(cls, source), case)
    pool.extend(Stream(pool))
    check(pool[: len(pool) // 2], case)
    assert list(pool[len(pool) // 2 :]) == objects_of(case)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_gives_back_what_it_was_given(case, protocol):
    cls, _ = case
    objects = objects_of(case)
    check(pickle.loads(pickle.dumps(objects, protocol)), case)
    pool = Pool(cls, objects)
    again = pickle.loads(pickle.dumps(pool, protocol))
    assert again == pool
    check(again, case)


def test_copies_are_equal(case):
    objects = objects_of(case)
    check([copy.copy(one) for one in objects], case)
    check(copy.deepcopy(objects), case)
    check([cslots.replace(one) for one in objects], case)


def test_a_column_is_sorted_as_its_values_are(row, case):
    cls, values = case
    pool = Pool(cls, objects_of(case))
    if row["name"] == "struct":
        return
    for reverse in (False, True):
        pool.sort("x", reverse=reverse)
        some = [value for value in values if value is not None]
        expected = (some[::-1] if reverse else some) + [None] * (len(values) - len(some))
        assert [row.x for row in pool] == expected


def test_what_is_equal_has_one_hash(row, form):
    annotation = annotation_of(row)
    body = {"__annotations__": {"x": annotation}, "__module__": __name__}
    cls = (
        type(Struct)("Hashed", (Struct,), body, frozen=True)
        if form == "struct"
        else dataclass(frozen=True)(type("Hashed", (), body))
    )
    values = [value for value in values_of(row) if not isinstance(value, Inner)]
    assert len({cls(value) for value in [*values, *values]}) == len(values)
    if form == "dataclass":
        assert all(hash(cls(value)) == hash((value,)) for value in values)


def test_what_is_out_of_range_is_refused_and_changes_nothing(row, form):
    if row["range"] is None:
        return
    least, most = row["range"]
    cls = make_class(form, row, False)
    pool = Pool(cls, [cls(most, 0)])
    for holder in (cls(most, 0), pool[0]):
        for value in (least - 1, most + 1):
            with pytest.raises(RangeError):
                operator.setitem(pool, 0, cls(value, 0))
            with pytest.raises(RangeError):
                holder.x = value
            assert holder.x == most
