"""Columns: arrays over the memory of a pool, columns that come in, what must not move."""

import array
import datetime as dt
import math

import pytest

numpy = pytest.importorskip("numpy")

from support import raises  # noqa: E402
from support.pool import (  # noqa: E402
    KINDS,
    LONG,
    UTC,
    Access,
    Color,
    Frozen,
    Held,
    Named,
    Point,
    of_kind,
    points,
    records,
    xs,
)

import cslots  # noqa: E402
from cslots import CategoryColumn, FrozenInstanceError, Pool, Struct, category, utf8  # noqa: E402

OVER_MEMORY = {
    "bool": "?",
    "int": "i8",
    **{
        f"{sign}int{n}": f"{sign[:1] or 'i'}{n // 8}" for n in (8, 16, 32, 64) for sign in ("", "u")
    },
    "float": "f8",
    "float32": "f4",
    "flag": "u1",
    "datetime": "M8[us]",
    "utc": "M8[us]",
    "timedelta": "m8[us]",
}
PINNED = (
    "Pool of Point: an array still looks into 'x'; delete it (or work on a copy of it) "
    "before rows move or go"
)


# ---- zero copy ----


@pytest.mark.parametrize("kind", OVER_MEMORY)
def test_a_column_is_an_array_over_the_pools_memory(kind):
    cls = of_kind(kind)
    values = KINDS[kind][1]
    pool = Pool(cls, [cls(value) for value in values])
    column = pool["x"]
    assert (
        isinstance(column, numpy.ndarray)
        and column.dtype == numpy.dtype(OVER_MEMORY[kind])
        and column.flags.writeable
    )
    assert numpy.shares_memory(column, pool["x"])
    pool[0].x = values[2]
    assert column[0] == column[2]
    column[2] = column[1]
    assert pool[2].x == values[1]


@pytest.mark.parametrize("kind", OVER_MEMORY)
def test_a_nullable_column_is_a_masked_array(kind):
    cls = of_kind(kind, nullable=True)
    values = KINDS[kind][1]
    pool = Pool(cls, [cls(values[0]), cls(None), cls(values[2])])
    column = pool["x"]
    assert isinstance(column, numpy.ma.MaskedArray) and list(column.mask) == [False, True, False]
    column[0] = column[2]
    assert pool[0].x == values[2]
    pool["x"] = column[::-1]
    assert xs(pool) == [values[2], None, values[2]]


def test_a_date_column_is_a_copy():
    cls = of_kind("date")
    pool = Pool(cls, [cls(value) for value in KINDS["date"][1]])
    column = pool["x"]
    assert column.dtype == numpy.dtype("M8[D]") and column.tolist() == KINDS["date"][1]
    column[:] = column[0]
    assert xs(pool) == KINDS["date"][1]
    pool["x"] = column
    assert xs(pool) == [dt.date(1, 1, 1)] * 3


@pytest.mark.parametrize("kind", ["str", "bytes", "object", "struct"])
def test_references_are_copied_into_an_array_of_objects(kind):
    cls = of_kind(kind)
    values = KINDS[kind][1]
    pool = Pool(cls, [cls(value) for value in values])
    column = pool["x"]
    assert column.dtype == object and list(column) == values and pool[0].x is column[0]
    pool["x"] = column[::-1]
    assert xs(pool) == values[::-1]


def test_an_object_column_of_sequences_is_no_matrix():
    pool = Pool(Held, [Held([1, 2]), Held([3, 4])])
    column = pool["what"]
    assert column.shape == (2,) and column[0] is pool[0].what


def test_text_columns():
    pool = Pool(Named, [Named("a"), Named(LONG), Named("\u00e9\U0001f600")])
    column = pool["name"]
    assert list(column) == ["a", LONG, "\u00e9\U0001f600"]
    pool["name"] = column[::-1]
    assert [row.name for row in pool] == ["\u00e9\U0001f600", LONG, "a"]
    pool[0].name = "\ud800"
    assert list(pool["name"]) == ["\ud800", LONG, "a"]
    pool["name"] = numpy.array(["x", "yy", "z"])
    assert [row.name for row in pool] == ["x", "yy", "z"]
    pool["name"] = "same"
    assert {row.name for row in pool} == {"same"}

    class Maybe(Struct):
        t: utf8 | None

    some = Pool(Maybe, [Maybe("a"), Maybe(None)])
    assert some["t"][0] == "a" and some["t"][1] is None
    some["t"] = some["t"]
    assert [row.t for row in some] == ["a", None]


def test_category_columns():
    class Tick(Struct):
        symbol: category
        price: float = 0.0

    pool = Pool(Tick, [Tick(s, i) for i, s in enumerate("ABAC")])
    column = pool["symbol"]
    assert isinstance(column, CategoryColumn) and len(column) == 4
    assert (
        list(column) == ["A", "B", "A", "C"]
        and column[1] == "B"
        and list(column[1:3]) == ["B", "A"]
    )
    assert list(column == "A") == [True, False, True, False] and list(column != "A") == [
        False,
        True,
        False,
        True,
    ]
    assert (
        not (column == "nobody").any()
        and not (column == 5).any()
        and list(column.isin(["A", "C", "x"])) == [True, False, True, True]
    )
    assert list(pool["price"][column == "A"]) == [0.0, 2.0]
    assert repr(column).startswith("<CategoryColumn of ") and list(numpy.asarray(column)) == list(
        column
    )
    assert (
        column.codes.dtype == numpy.uint8
        and not column.codes.flags.writeable
        and numpy.shares_memory(column.codes, pool["symbol"].codes)
    )
    with pytest.raises(ValueError):
        column.codes[0] = 5
    with pytest.raises(TypeError):
        hash(column)
    pool[0].symbol = "completely new"
    assert (
        column[0] == "completely new"
        and list(column)[0] == "completely new"
        and list(column == "completely new")[0]
    )
    with raises(
        BufferError,
        "Pool of Tick: an array still looks into 'symbol'; delete it (or work on a copy of it) "
        "before rows move or go",
    ):
        for i in range(300):
            pool[0].symbol = f"s{i}"
    del column
    pool["symbol"] = [f"t{i}" for i in range(4)]
    assert pool["symbol"].codes.dtype == numpy.uint16 and list(pool["symbol"]) == [
        "t0",
        "t1",
        "t2",
        "t3",
    ]


@pytest.mark.parametrize("kind", ["category", "enum", "literal"])
@pytest.mark.parametrize("nullable", [False, True])
def test_columns_of_codes_come_back(kind, nullable):
    cls = of_kind(kind, nullable)
    values = [*KINDS[kind][1], *([None] if nullable else [])]
    pool = Pool(cls, [cls(value) for value in values])
    column = pool["x"]
    assert list(column) == values and [column[i] for i in range(len(column))] == values
    assert list(column == values[1]) == [False, True, False, False][: len(values)]
    assert list(column == None)[-1] == nullable  # noqa: E711
    pool["x"] = column[::-1]
    assert xs(pool) == values[::-1]
    assert xs(Pool(cls, {"x": pool["x"]})) == values[::-1]


# ---- columns that come in ----


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "form",
    [
        list,
        tuple,
        iter,
        lambda v: numpy.array(v, object),
        lambda v: dict.fromkeys(range(9), v) and v,
    ],
)
def test_extend_by_columns_of_every_kind(kind, form):
    cls = of_kind(kind)
    values = KINDS[kind][1]
    if form(values) is values:
        array_ = numpy.empty(3, object)
        array_[:] = values
        pool = Pool(cls, {"x": array_})
    else:
        pool = Pool(cls, {"x": form(values)})
    assert xs(pool) == values and [row.n for row in pool] == [0, 0, 0]


@pytest.mark.parametrize("kind", OVER_MEMORY)
def test_extend_by_the_pools_own_form(kind):
    cls = of_kind(kind)
    pool = Pool(cls, [cls(value) for value in KINDS[kind][1]])
    if kind == "utc":
        again = Pool(cls, [cls(KINDS[kind][1][0])])
        again.extend({"x": pool["x"]})
        del again[0]
    else:
        again = Pool(cls, {"x": pool["x"]})
    assert xs(again) == xs(pool)
    nullable = of_kind(kind, nullable=True)
    if kind != "utc":
        mask = Pool(nullable, {"x": numpy.ma.MaskedArray(pool["x"], [True, False, False])})
        assert xs(mask) == [None, *xs(pool)[1:]]


@pytest.mark.parametrize("code", "bBhHiIlLqQfd")
def test_buffers_of_every_type_of_number(code):
    values = array.array(code, [1, 2, 100])
    strided = memoryview(array.array(code, [1, 9, 2, 9, 100, 9]))[::2]
    for source in (
        values,
        memoryview(values),
        strided,
        numpy.array(values),
        numpy.array([1, 9, 2, 9, 100, 9], code)[::2],
    ):
        for kind in (
            "int",
            "int8",
            "uint8",
            "int16",
            "uint32",
            "int64",
            "uint64",
            "float",
            "float32",
        ):
            cls = of_kind(kind)
            if code in "fd" and "float" not in kind:
                with pytest.raises(TypeError, match=r"Record\.x: expected u?int"):
                    Pool(cls, {"x": source})
            else:
                assert xs(Pool(cls, {"x": source})) == [1, 2, 100]
    swapped = numpy.array([1, 2, 100], numpy.dtype(code).newbyteorder())
    assert xs(Pool(of_kind("float"), {"x": swapped})) == [1, 2, 100]


@pytest.mark.parametrize(
    ("kind", "values", "bad"),
    [
        ("int8", numpy.array([1, 200], "i4"), "200"),
        ("uint8", numpy.array([1, -1], "i8"), "-1"),
        ("int", numpy.array([1, 2**63], "u8"), str(2**63)),
        ("uint64", array.array("q", [1, -5]), "-5"),
        ("float32", numpy.array([1, 1e300]), "1e+300"),
    ],
)
def test_a_number_out_of_range_is_told_with_its_row(kind, values, bad):
    pool = Pool(of_kind(kind))
    with pytest.raises(OverflowError) as caught:
        pool.extend({"x": values})
    assert str(caught.value).startswith("Record.x: ") and bad in str(caught.value)
    assert caught.value.__notes__ == ["(row 1 of the column 'x')"]
    assert len(pool) == 0


def test_a_wrong_type_in_row_5_of_a_long_column_appends_nothing():
    pool = points(3)
    column = list(range(1_000_00))
    column[5] = "five"
    with pytest.raises(TypeError) as caught:
        pool.extend({"x": column})
    assert str(caught.value) == "Point.x: expected int, got str 'five'"
    assert caught.value.__notes__ == ["(row 5 of the column 'x')"]
    assert xs(pool) == [0, 1, 2]


@pytest.mark.parametrize(
    ("columns", "error", "text"),
    [
        (
            {"x": [1, 2], "y": [1.0]},
            ValueError,
            "Pool of Point: columns of different lengths: 'x' has 2, 'y' has 1",
        ),
        ({"y": [1.0]}, TypeError, "Pool of Point: missing column 'x'"),
        ({"x": [1], "z": [1]}, TypeError, "Pool of Point has no column 'z'"),
        ({"x": [1], 5: [1]}, TypeError, "Pool of Point: the names of columns are strings, got 5"),
        ({"x": "ab"}, TypeError, "Pool of Point: column 'x' is a sequence of values, got str"),
        ({"x": b"ab"}, TypeError, "Pool of Point: column 'x' is a sequence of values, got bytes"),
        ({"x": 5}, TypeError, "Pool of Point: column 'x' is a sequence of values, got int"),
        ({"x": [1, None]}, TypeError, "Point.x: expected int, got NoneType None"),
        (
            {"x": numpy.zeros((2, 2), int)},
            ValueError,
            "Pool of Point: column 'x' has 2 dimensions, one is expected",
        ),
        ({"x": numpy.array([True])}, TypeError, None),
        ({"x": numpy.array([1.5])}, TypeError, None),
        ({"x": numpy.array([1j])}, TypeError, None),
        (
            {"x": numpy.ma.MaskedArray([1, 2], [False, True])},
            TypeError,
            "Point.x: the column has missing values; the field takes no None",
        ),
    ],
)
def test_wrong_columns_add_nothing(columns, error, text):
    pool = points(3)
    with pytest.raises(error) as caught:
        pool.extend(columns)
    if text is not None:
        assert str(caught.value) == text
    assert xs(pool) == [0, 1, 2]


def test_columns_that_lie_about_their_length():
    class Liar:
        def __init__(self, said, given):
            self.said, self.given = said, given

        def __len__(self):
            return self.said

        def __iter__(self):
            return iter(range(self.given))

        def __getitem__(self, i):
            if i >= self.given:
                raise IndexError
            return i

    pool = Pool(Point)
    with raises(ValueError, "Pool of Point: column 'x' said that it has 3 values, and has 5"):
        pool.extend({"x": Liar(3, 5)})
    with raises(ValueError, "Pool of Point: column 'x' said that it has 5 values, and has 3"):
        pool.extend({"x": Liar(5, 3)})
    with raises(OverflowError, "Pool of Point: too many rows, or too long a text"):
        pool.extend({"x": Liar(2**61, 3)})
    values = [1, 2, 3]

    class Shrinks:
        def __index__(self):
            values.clear()
            return 5

    values[1] = Shrinks()
    with raises(ValueError, "Pool of Point: column 'x' said that it has 3 values, and has 0"):
        pool.extend({"x": values})
    assert len(pool) == 0


def test_whole_numbers_are_no_times():
    for kind, typed in (("date", "date"), ("datetime", "datetime"), ("timedelta", "timedelta")):
        cls = of_kind(kind)
        for source in (
            array.array("q", [1]),
            numpy.array([1]),
            memoryview(array.array("q", [1])),
            [1],
        ):
            with pytest.raises(TypeError, match=rf"Record\.x: expected .*{typed}.*, got int 1"):
                Pool(cls, {"x": source})


def test_structured_arrays_and_mappings_of_rows():
    table = numpy.array([(1, 2.5), (3, 4.5)], dtype=[("x", "i4"), ("y", "f4")])
    assert records(Pool(Point, table)) == [(1, 2.5), (3, 4.5)]
    with raises(TypeError, "Pool of Point has no column 'z'"):
        Pool(Point, numpy.zeros(2, dtype=[("x", "i4"), ("z", "f4")]))


def test_times_from_numpy():
    when, span, day = of_kind("datetime"), of_kind("timedelta"), of_kind("date")
    seconds = numpy.array(["2020-01-01T00:00:01", "1969-12-31"], "M8[s]")
    assert xs(Pool(when, {"x": seconds})) == [
        dt.datetime(2020, 1, 1, 0, 0, 1),
        dt.datetime(1969, 12, 31),
    ]
    assert xs(Pool(day, {"x": seconds[1:]})) == [dt.date(1969, 12, 31)]
    with raises(ValueError, "Record.x: the column has times that D cannot hold exactly"):
        Pool(day, {"x": seconds})
    with raises(ValueError, "Record.x: the column has times that us cannot hold exactly"):
        Pool(when, {"x": numpy.array([1], "M8[ns]")})
    with pytest.raises(ValueError):
        Pool(when, {"x": numpy.array([2**62], "M8[s]")})
    assert xs(Pool(span, {"x": numpy.array([5], "m8[ms]")})) == [dt.timedelta(milliseconds=5)]
    for cls, unit in ((when, "M8[us]"), (span, "m8[us]"), (day, "M8[D]")):
        with pytest.raises((ValueError, OverflowError), match=r"Record\.x: "):
            Pool(cls, {"x": numpy.array(["NaT"], unit)})
    with pytest.raises(TypeError):
        Pool(when, {"x": numpy.array([1], "m8[us]")})
    for kind, unit in (("datetime", "M8[us]"), ("timedelta", "m8[us]"), ("date", "M8[D]")):
        cls = of_kind(kind, nullable=True)
        assert (
            xs(
                Pool(
                    cls,
                    {"x": numpy.array(["NaT", 5 if kind == "timedelta" else "2020-01-01"], unit)},
                )
            )[0]
            is None
        )


def test_nat_and_wild_numbers_written_by_numpy_are_told_when_read():
    cls = of_kind("datetime")
    pool = Pool(cls, [cls(dt.datetime(2020, 1, 1))] * 2)
    pool["x"][1] = numpy.datetime64("NaT", "us")
    with raises(
        ValueError,
        "Record.x: row 1 of the column holds a number that stands for no such time (NaT?)",
    ):
        pool[1].x
    assert pool[0].x == dt.datetime(2020, 1, 1)
    with pytest.raises(ValueError):
        pool.pop()
    del pool[1]
    flags = Pool(of_kind("flag"), [of_kind("flag")(Access.READ)][:0])
    assert len(flags) == 0


def test_zones_of_utc_columns_stay():
    class When(Struct):
        at: dt.datetime

    pool = Pool(When, [When(dt.datetime(2020, 1, 1, tzinfo=UTC))])
    pool.extend({"at": numpy.array(["2021-01-01"], "M8[us]")})
    assert pool[1].at == dt.datetime(2021, 1, 1, tzinfo=UTC)


# ---- assignment of columns ----


def test_assigning_columns():
    pool = points(4)
    for values in (
        [5, 6, 7, 8],
        (5, 6, 7, 8),
        numpy.array([5, 6, 7, 8], "u1"),
        iter([5, 6, 7, 8]),
        range(5, 9),
        array.array("h", [5, 6, 7, 8]),
    ):
        pool["x"] = 0
        assert xs(pool) == [0, 0, 0, 0]
        pool["x"] = values
        assert xs(pool) == [5, 6, 7, 8]
    pool["y"] += pool["x"]
    pool["x"] *= 2
    assert records(pool) == [(10, 5.0), (12, 6.5), (14, 8.0), (16, 9.5)]
    pool["x"] = pool["x"][::-1]
    pool["y"] = 1
    assert records(pool) == [(16, 1.0), (14, 1.0), (12, 1.0), (10, 1.0)]
    pool["x"][pool["x"] > 13] = -1
    assert xs(pool) == [-1, -1, 12, 10]
    row = pool[2]
    pool["x"] = [1, 2, 3, 4]
    assert row.x == 3


@pytest.mark.parametrize(
    ("values", "error", "text"),
    [
        ([1, 2], ValueError, "Pool of Point: the column 'x' has 2 values, the pool 3 rows"),
        ([1, 2, "x"], TypeError, "Point.x: expected int, got str 'x'"),
        ("x", TypeError, "Point.x: expected int, got str 'x'"),
        (None, TypeError, "Point.x: expected int, got NoneType None"),
        (1.5, TypeError, "Point.x: expected int, got float 1.5"),
        (
            [1, 2, 2**70],
            OverflowError,
            f"Point.x: {2**70} does not fit the int64 column of a Pool; annotate the field as "
            "object",
        ),
    ],
)
def test_a_wrong_column_changes_nothing(values, error, text):
    pool = points(3)
    with pytest.raises(error) as caught:
        pool["x"] = values
    assert str(caught.value) == text
    assert xs(pool) == [0, 1, 2]


@pytest.mark.parametrize("nullable", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_columns_of_every_kind_are_assigned_whole_and_in_parts(kind, nullable):
    cls = of_kind(kind, nullable)
    values = KINDS[kind][1]
    pool = Pool(cls, [cls(values[0], i) for i in range(7)])
    pool["x"] = [values[1]] * 7
    pool[1:6:2]["x"] = [values[2], None if nullable else values[0], values[2]]
    middle = None if nullable else values[0]
    assert xs(pool) == [values[1], values[2], values[1], middle, values[1], values[2], values[1]]
    pool[::-3]["x"] = iter(values)
    assert [xs(pool)[i] for i in (6, 3, 0)] == values
    assert [row.n for row in pool] == list(range(7))
    before = xs(pool)
    with pytest.raises(
        ValueError, match="slice of a Pool of Record: the column 'x' has 2 values, the slice 3 rows"
    ):
        pool[:3]["x"] = values[:2]
    if KINDS[kind][2] is not None:
        with pytest.raises((TypeError, ValueError, OverflowError)):
            pool[:3]["x"] = [values[0], values[0], KINDS[kind][2]]
    assert xs(pool) == before


def test_parts_of_columns_are_checked():
    pool = points(5)
    pool[1:3]["x"] = 9
    pool[3:]["x"] += 100
    assert xs(pool) == [0, 9, 9, 103, 104]
    with pytest.raises(TypeError) as caught:
        pool[:2]["x"] = [1, 1.5]
    assert str(
        caught.value
    ) == "Point.x: expected int, got float 1.5" and caught.value.__notes__ == [
        "(row 1 of the column 'x')"
    ]
    part = pool[1:4]
    part["x"][0] = 77
    assert pool[1].x == 77 and list(part["x"]) == [77, 9, 103]

    def removing():
        pool.pop()
        yield from [1, 2, 3]

    with pytest.raises(cslots.StaleRowError):
        part["x"] = removing()
    assert xs(pool) == [0, 77, 9, 103]


def test_frozen_columns_are_read_only():
    pool = Pool(Frozen, [Frozen(1), Frozen(2)])
    column = pool["x"]
    assert list(column) == [1, 2] and not column.flags.writeable
    with pytest.raises(ValueError):
        column[0] = 5
    for target in (pool, pool[:]):
        with raises(FrozenInstanceError, "Frozen is frozen; cannot assign the column 'x'"):
            target["x"] = [1, 2]
    assert xs(pool) == [1, 2]


def test_a_column_that_changes_the_pool_while_it_is_assigned():
    pool = points(3)

    class Odd:
        def __index__(self):
            pool.append(Point(9))
            return 5

    with raises(ValueError, "Pool of Point: the column 'x' has 3 values, the pool 4 rows"):
        pool["x"] = [1, Odd(), 3]
    assert xs(pool) == [0, 1, 2, 9]


# ---- views ----


def test_a_live_view_blocks_what_moves_or_removes_rows():
    pool = points(3)
    pool.compact()
    column = pool["x"]
    for change in (
        lambda: pool.pop(),
        lambda: pool.__delitem__(0),
        lambda: pool.__delitem__([True, False, False]),
        lambda: pool.remove(Point(0)),
        lambda: pool.clear(),
        lambda: pool.insert(0, Point(1)),
        lambda: pool.compact(),
        lambda: pool.reserve(10**6),
        lambda: pool.extend(points(1000)),
        lambda: pool.extend({"x": range(1000)}),
        lambda: [pool.append(Point(i)) for i in range(1000)],
    ):
        rows = len(pool)
        with raises(BufferError, PINNED):
            change()
        assert xs(pool)[:rows] == [0, 1, 2, *range(rows - 3)][:rows]
    assert list(column) == [0, 1, 2]
    del column
    pool.extend(points(1000))
    pool.clear()
    assert len(pool) == 0


def test_records_do_not_change_places_under_a_view():
    pool = points(3)
    column = pool["y"]
    for change in (lambda: pool.sort("x", reverse=True), pool.reverse):
        with raises(
            BufferError,
            "Pool of Point: an array still looks into 'y'; delete it (or work on a copy of it) "
            "before rows move or go",
        ):
            change()
    assert xs(pool) == [0, 1, 2] and list(column) == [0, 0.5, 1]
    del column
    pool.reverse()
    assert xs(pool) == [2, 1, 0]


def test_a_live_view_sees_what_is_replaced():
    pool = points(3)
    column = pool["x"]
    pool[0] = Point(7)
    pool[1:3] = [Point(8), Point(9)]
    assert list(column) == [7, 8, 9]
    pool["x"] = [1, 2, 3]
    assert list(column) == [1, 2, 3] and numpy.shares_memory(column, pool["x"])


def test_several_names_are_told():
    class Wide(Struct):
        a: int = 0
        b: int = 0
        c: int = 0
        d: int = 0

    pool = Pool(Wide, [Wide()])
    arrays = [pool[name] for name in "abcd"]
    with raises(
        BufferError,
        "Pool of Wide: an array still looks into 'a', 'b', 'c', ...; delete it (or work on a copy "
        "of it) before rows move or go",
    ):
        pool.clear()
    del arrays[0]
    with pytest.raises(BufferError, match="'b', 'c', 'd'; delete"):
        pool.clear()


def test_a_pool_grows_in_reserved_space_under_a_live_view():
    pool = Pool(Point, {"x": numpy.arange(100_000)})
    column = pool["x"]
    address = column.ctypes.data
    pool.extend({"x": numpy.arange(50_000)})
    for i in range(1000):
        pool.append(Point(i))
    assert len(pool) == 151_000 and len(column) == 100_000
    assert pool["x"].ctypes.data == address and numpy.array_equal(column, numpy.arange(100_000))
    column[5] = -1
    assert pool[5].x == -1


def test_a_view_keeps_the_pool_alive():
    import gc

    column = points(3)["x"]
    gc.collect()
    assert list(column) == [0, 1, 2]
    view = memoryview(points(3)._view("y"))
    assert (view.format, view.shape, view.readonly) == ("d", (3,), False) and list(view) == [
        0.0,
        0.5,
        1.0,
    ]
    view.release()


def test_no_view_is_taken_while_rows_are_added():
    pool = points(2)

    def looking():
        with raises(
            RuntimeError, "Pool of Point: rows are being added by another call; it must end first"
        ):
            pool["x"]
        yield Point(5)

    pool.extend(looking())
    assert list(pool["x"]) == [0, 1, 5]


def test_a_slice_of_a_column():
    pool = points(10)
    for key in (
        slice(2, 8),
        slice(None, None, -1),
        slice(8, 2, -3),
        slice(5, 5),
        slice(9, None, 2**40),
        slice(None, None, 3),
        slice(0, 3, -1),
    ):
        part = pool[key]
        assert list(part["x"]) == list(range(10))[key]
        assert len(part) == 0 or numpy.shares_memory(part["x"], pool["x"])
    assert [float(v) for v in pool[::-2]["y"]] == [4.5, 3.5, 2.5, 1.5, 0.5]
    named = Pool(Named, [Named(str(i), 0, f"w{i}") for i in range(5)])
    assert list(named[1::2]["name"]) == ["1", "3"] and list(named[::-2]["word"]) == [
        "w4",
        "w2",
        "w0",
    ]


def test_bool_columns_mask():
    cls = of_kind("bool")
    pool = Pool(cls, [cls(i % 2 == 0, i) for i in range(6)])
    assert [row.n for row in pool.filter(pool["x"])] == [0, 2, 4]
    assert [row.n for row in pool.filter(~pool["x"])] == [1, 3, 5]
    pool["x"] = pool["n"] > 3
    assert xs(pool) == [False] * 4 + [True] * 2
    # The mask itself looks into the pool.
    with pytest.raises(BufferError, match="work on a copy of it"):
        del pool[pool["x"]]
    del pool[pool["x"].copy()]
    assert len(pool) == 4


def test_nan_and_infinity_survive():
    cls = of_kind("float")
    pool = Pool(cls, {"x": numpy.array([math.nan, math.inf, -0.0])})
    assert math.isnan(pool[0].x) and pool[1].x == math.inf and math.copysign(1, pool[2].x) == -1


def test_enum_columns_compare_with_members():
    cls = of_kind("enum")
    pool = Pool(cls, [cls(Color.RED), cls(Color.BLUE)])
    assert list(pool["x"] == Color.BLUE) == [False, True] and pool["x"].categories == tuple(Color)


# ---- parts ----


@pytest.mark.parametrize(
    "key",
    [slice(3, 5), slice(5, 3), slice(None, None, -2), slice(1, None, 3), slice(4, 5), slice(None)],
)
@pytest.mark.parametrize("nullable", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_column_of_a_slice_is_that_part_of_the_column(kind, nullable, key):
    record = of_kind(kind, nullable)
    values = (KINDS[kind][1] + ([None] if nullable else []))[:4] * 2
    pool = Pool(record, [record(value) for value in values])
    part, whole = pool[key]["x"], pool["x"]
    assert list(part) == list(whole[key]) and len(part) == len(values[key])
    assert isinstance(part, type(whole))
    if (
        isinstance(whole, numpy.ndarray)
        and kind not in ("utf8", "str", "bytes", "object", "struct", "date")
        and len(part)
    ):
        assert numpy.shares_memory(part, whole)


def test_a_slice_reads_only_its_rows():
    pool = Pool(Held, [Held(0), Held(1), Held(2)])
    del pool[0].what
    assert pool[1:]["what"].tolist() == [1, 2] and pool[:0:-1]["what"].tolist() == [2, 1]
    with raises(AttributeError, "Held.what is not set"):
        _ = pool[:2]["what"]


def test_only_the_rows_of_a_part_are_read():
    pool = points(100)
    parts = [pool._values("x", *part._range) for part in pool.partitions(10)]
    assert parts == [[*range(i, i + 10)] for i in range(0, 100, 10)]
    # In 64 bits the last row is one of the pool.
    wrapped = [
        (0, 5, 1 << 62),
        (1, 5, -1 << 62),
        (0, 3, 1 << 62),
    ]
    for rows in ((95, 10), (3, 5, -1), (-1, 2), (0, -1), (100, 1), *wrapped):
        with raises(IndexError, "Pool of Point: rows that are not there"):
            pool._values("x", *rows)
        with raises(IndexError, "Pool of Point: rows that are not there"):
            pool._validity("x", *rows)
