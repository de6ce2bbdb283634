"""Every kind goes from an object into a column, to Arrow, into a pickle, and back.

The kinds come from the table of the program (core/include/cslots/kinds.def). A new kind is tested
here when it has a row there; where its values are no numbers, VALUES has some of them.
"""

import array
import builtins
import copy
import datetime as dt
import enum
import importlib
import importlib.util
import operator
import pickle
import struct
import uuid

import pytest
from support.arrow import Arrays, Stream, child

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


# ---- what no field takes, by every way in ----


def numbers_out_of_range(row):
    """Numbers that a wider column may hold, and this kind may not."""
    bits = 8 * row["size"]
    if row["range"] is not None:
        least, most = row["range"]
        numbers = [least - 1, most + 1]
    elif row["family"] == "flag":
        numbers = [-1, 1 << bits]
    elif row["family"] == "float" and bits < 64:
        *_, most, _infinity = values_of(row)
        numbers = [-2 * most, 2 * most]
    else:
        numbers = []
    return [number for number in numbers if -(2**63) <= number < 2**64 or type(number) is float]


RANGES = [(row, number) for row in ROWS for number in numbers_out_of_range(row)]
CODES = [row for row in ROWS if row["family"] in ("category", "choice")]
each_number_out_of_range = pytest.mark.parametrize(
    ("row", "number"), RANGES, ids=[f"{row['name']} {number}" for row, number in RANGES]
)
each_kind_of_codes = pytest.mark.parametrize("row", CODES, ids=lambda row: row["name"])


def wide_kind(number):
    """(annotation, letter of the buffer) of a kind that has this number."""
    if type(number) is float:
        return float, "d"
    return (cslots.int64, "q") if number < 2**63 else (cslots.uint64, "Q")


def buffers_of(letter, numbers):
    yield array.array(letter, numbers)
    if importlib.util.find_spec("numpy") is not None:
        yield importlib.import_module("numpy").array(numbers, letter)


def make_source(annotation):
    """A class with other values of x, which pickles find under the name Source."""
    names = {"x": annotation, "n": int}
    body = {"__annotations__": names, "__module__": __name__}
    return type(Struct)("Source", (Struct,), body)


def load_as(monkeypatch, cls, thing):
    """The pickle of what belongs to the class Source, which is another one when it is loaded."""
    source = thing.record_class if isinstance(thing, Pool) else type(thing)
    monkeypatch.setitem(globals(), "Source", source)
    data = pickle.dumps(thing)
    monkeypatch.setitem(globals(), "Source", cls)
    return pickle.loads(data)


def check_refused(case, error, *acts):
    """Each act fails with that error, and leaves the rows that were there."""
    objects = objects_of(case)
    pool = Pool(case[0], objects)
    for act in acts:
        with pytest.raises(error):
            act(pool)
        assert list(pool) == objects


def test_each_kind_with_a_range_or_codes_is_tried():
    tried = {row["name"] for row, _ in RANGES} | {row["name"] for row in CODES}
    assert tried >= {row["name"] for row in ROWS if row["range"] is not None}
    assert tried >= {"float16", "float32", "flag64", "category", "choice8", "choice16"}


@each_number_out_of_range
def test_arrow_brings_nothing_out_of_range(row, number, case):
    source = Pool(make_source(wide_kind(number)[0]), {"x": [number], "n": [0]})
    check_refused(
        case,
        RangeError,
        lambda pool: Pool.from_arrow(case[0], source),
        lambda pool: pool.extend(Stream(source)),
    )


@each_number_out_of_range
def test_a_buffer_brings_nothing_out_of_range(row, number, case):
    error = (TypeError, ValueError) if row["family"] == "flag" else RangeError
    size = len(case[1])
    for values in buffers_of(wide_kind(number)[1], [number] * size):
        check_refused(
            case,
            error,
            lambda pool, values=values: Pool(case[0], {"x": values, "n": range(size)}),
            lambda pool, values=values: pool.__setitem__("x", values),
        )


@each_number_out_of_range
def test_a_pickle_brings_nothing_out_of_range(row, number, case, monkeypatch):
    source = make_source(wide_kind(number)[0])
    error = TypeError if row["family"] == "flag" else RangeError
    check_refused(case, error, lambda pool: load_as(monkeypatch, case[0], source(number, 0)))
    column = Pool(source, [source(number, 0)])
    check_refused(case, ValueError, lambda pool: load_as(monkeypatch, case[0], column))


@each_kind_of_codes
def test_arrow_brings_no_code_that_stands_for_nothing(row, case):
    def shorten(schema, array):
        child(array, "x", schema).dictionary.contents.length = 1

    check_refused(
        case,
        ValueError,
        lambda pool: Pool.from_arrow(case[0], Arrays(pool, shorten)),
        lambda pool: pool.extend(Arrays(pool, shorten)),
    )


@each_kind_of_codes
def test_a_buffer_brings_no_codes(row, case):
    size = len(case[1])
    for values in buffers_of("B", [0] * size):
        check_refused(
            case,
            TypeError,
            lambda pool, values=values: Pool(case[0], {"x": values, "n": range(size)}),
            lambda pool, values=values: pool.__setitem__("x", values),
        )


@each_kind_of_codes
def test_a_pickle_brings_no_code_that_stands_for_nothing(row, case, monkeypatch):
    def load_with_one_word(pool):
        restore, (cls, size, columns) = pool.__reduce_ex__(4)
        x, *others = columns
        return restore(cls, size, ((*x[:5], x[5][:1], *x[6:]), *others))

    stranger = make_source(object)(5, 0)
    check_refused(case, TypeError, lambda pool: load_as(monkeypatch, case[0], stranger))
    check_refused(case, ValueError, load_with_one_word)
