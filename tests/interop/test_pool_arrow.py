"""Pools and the Arrow libraries: what goes out, what they make of it, what they hand over."""

import datetime
import enum
import os
import re
import stat
import subprocess
import sys
import threading
import uuid
from pathlib import Path
from typing import Literal

import pytest

from cslots import (
    InitVar,
    Pool,
    Struct,
    category,
    field,
    float16,
    float32,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
    utf8,
)

pyarrow = pytest.importorskip("pyarrow")
pytest.importorskip("pyarrow.ipc")

ROOT = Path(__file__).parents[2]
UTC = datetime.timezone.utc
NOON = datetime.datetime(2024, 2, 29, 12, 0, 0, 123456)


class Color(enum.Enum):
    RED = 1
    GREEN = 2


class Right(enum.Flag):
    READ = 1
    WRITE = 2


class Every(Struct):
    flag: bool
    maybe_flag: bool | None
    i8: int8
    i16: int16
    i32: int32
    i64: int64
    u8: uint8
    u16: uint16
    u32: uint32
    u64: uint64
    number: int
    maybe_number: int | None
    real: float
    single: float32
    text: utf8
    maybe_text: utf8 | None
    sort: category
    color: Color
    letter: Literal["a", "b"]
    right: Right
    day: datetime.date
    moment: datetime.datetime
    utc: datetime.datetime | None
    delta: datetime.timedelta
    string: str
    data: bytes


def every(i):
    none = i % 3 == 0
    return Every(
        flag=i % 2 == 0,
        maybe_flag=None if none else i % 2 == 1,
        i8=i % 256 - 128,
        i16=-i,
        i32=i * 1000,
        i64=-(2**63) + i,
        u8=i % 256,
        u16=i,
        u32=2**32 - 1 - i,
        u64=2**64 - 1 - i,
        number=i * 10**12,
        maybe_number=None if none else -i,
        real=i / 7,
        single=i / 8,
        text=f"text {i}" if i % 2 else f"a text that does not fit a view: {i}",
        maybe_text=None if none else "äöü€😀"[: i % 6] * (i % 4),
        sort=f"sort {i % 300}",
        color=Color.GREEN if i % 2 else Color.RED,
        letter="ab"[i % 2],
        right=Right(i % 4),
        day=datetime.date(1969, 12, 1) + datetime.timedelta(i),
        moment=NOON + datetime.timedelta(microseconds=i),
        utc=None if none else NOON.replace(tzinfo=UTC),
        delta=datetime.timedelta(microseconds=-i),
        string=f"string {i} é",
        data=bytes([i % 256, 0, 255]),
    )


def pool_of(rows=1000):
    return Pool(Every, [every(i) for i in range(rows)])


def plain(value):
    """What Arrow makes of a value."""
    return (
        value.name
        if isinstance(value, Color)
        else value.value
        if isinstance(value, Right)
        else value
    )


def rows_of(objects):
    names = list(Every.__annotations__)
    return [{name: plain(getattr(obj, name)) for name in names} for obj in objects]


# ---- pyarrow: the judge of what goes out ----


@pytest.mark.parametrize("text", ["view", "large", "small"])
@pytest.mark.parametrize(
    "part",
    [slice(None), slice(0), slice(1, 2), slice(13, 700), slice(None, None, 7), slice(900, 5, -3)],
)
def test_pyarrow_validates_what_goes_out_and_reads_the_same_values(part, text):
    objects = [every(i) for i in range(1000)][part]
    table = pool_of()[part].to_arrow(text=text)
    table.validate(full=True)
    assert table.to_pylist() == rows_of(objects)
    kind = {
        "view": pyarrow.string_view(),
        "large": pyarrow.large_string(),
        "small": pyarrow.string(),
    }[text]
    assert table.schema.field("text").type == table.schema.field("string").type == kind


def test_the_schema_says_names_types_and_nullability():
    schema = pyarrow.schema(Pool(Every))
    assert schema.names == list(Every.__annotations__)
    assert [f.name for f in schema if f.nullable] == [
        "maybe_flag",
        "maybe_number",
        "maybe_text",
        "utc",
    ]
    assert schema == Pool(Every).to_arrow().schema


def test_numbers_and_texts_are_not_copied():
    pool = pool_of()
    table = pool.to_arrow()
    for name in ("number", "real", "u16", "moment", "day"):
        shared = table.column(name).chunk(0).buffers()[1].address
        assert shared == pool.to_arrow(columns=[name]).column(0).chunk(0).buffers()[1].address
    again = Pool.from_arrow(Every, table)
    for name in ("number", "text", "maybe_number"):
        assert (
            again.to_arrow().column(name).chunk(0).buffers()[1].address
            == table.column(name).chunk(0).buffers()[1].address
        )


def test_a_table_is_a_snapshot():
    pool = pool_of(100)
    table = pool.to_arrow()
    before = table.to_pylist()
    pool["number"][:] = 5
    for row in pool:
        row.text = "another"
        row.flag = True
    pool.extend(table)
    pool.sort("text")
    del pool[10:90]
    pool.clear()
    del pool
    assert table.to_pylist() == before
    table.validate(full=True)


def test_a_column_with_an_array_over_it_is_copied_for_the_snapshot():
    pool = pool_of(100)
    numbers = pool["number"]
    table = pool.to_arrow()
    numbers[:] = 7
    assert table.column("number").to_pylist() == [i * 10**12 for i in range(100)]
    assert pool[3].number == 7


def test_columns_are_chosen_by_name():
    table = pool_of(5).to_arrow(columns=["u8", "text"])
    assert table.column_names == ["u8", "text"]

    class Holder(Struct):
        x: int
        anything: object = None

    pool = Pool(Holder, [Holder(1)])
    with pytest.raises(TypeError, match=re.escape("field 'anything' holds any Python object")):
        pool.to_arrow()
    assert pool.to_arrow(columns=["x"]).to_pylist() == [{"x": 1}]
    with pytest.raises(TypeError, match="columns is a sequence of names"):
        pool.to_arrow(columns="x")
    with pytest.raises(KeyError, match="no column 'y'"):
        pool.to_arrow(columns=["y"])


def test_a_requested_schema_chooses_the_form_of_texts():
    pool = pool_of(10)
    requested = pyarrow.schema([("text", pyarrow.large_string()), ("number", pyarrow.int8())])
    schema = pyarrow.RecordBatch._import_from_c_capsule(
        *pool.__arrow_c_array__(requested.__arrow_c_schema__())
    ).schema
    assert schema.field("text").type == pyarrow.large_string()
    assert schema.field("number").type == pyarrow.int64()  # only what costs nothing in meaning


def test_releases_happen_in_any_thread():
    pool = pool_of()
    tables = [pool.to_arrow() for _ in range(50)]
    threads = [threading.Thread(target=tables.pop) for _ in range(50)]
    for thread in threads:
        thread.start()
        pool.append(every(1))
        pool[0].number += 1
    for thread in threads:
        thread.join()
    assert pool[0].number == 50 and len(pool) == 1050


# ---- in, from pyarrow ----


def test_what_pyarrow_holds_comes_in():
    objects = [every(i) for i in range(500)]
    pool = Pool(Every, objects)
    table = pool.to_arrow()
    assert Pool.from_arrow(Every, table) == pool
    assert Pool.from_arrow(Every, table.combine_chunks().to_batches()[0]) == pool
    assert (
        Pool.from_arrow(
            Every,
            pyarrow.RecordBatchReader.from_batches(
                table.schema, table.to_batches(max_chunksize=77)
            ),
        )
        == pool
    )
    assert list(Pool.from_arrow(Every, table.slice(100, 33))) == objects[100:133]
    assert (
        list(Pool.from_arrow(Every, pyarrow.concat_tables([table, table.slice(3, 4)])))
        == objects + objects[3:7]
    )
    large = pool.to_arrow(text="large")  # pyarrow has few kernels for string_view
    shuffled = large.select(table.column_names[::-1]).take(list(range(499, -1, -1)))
    assert list(Pool.from_arrow(Every, shuffled)) == objects[::-1]
    pool.extend(table)
    assert list(pool) == objects * 2


def box(annotation):
    return type(Struct)("Box", (Struct,), {"__annotations__": {"x": annotation}})


@pytest.mark.parametrize(
    ("annotation", "kind", "values"),
    [
        (uint8, pyarrow.int64(), [0, 255]),
        (int | None, pyarrow.uint16(), [1, None]),
        (int | None, pyarrow.null(), [None, None]),
        (float, pyarrow.int32(), [1, -(2**31)]),
        (float, pyarrow.float32(), [0.5, float("inf")]),
        (utf8, pyarrow.large_string(), ["a", "ä" * 100]),
        (
            utf8 | None,
            pyarrow.dictionary(pyarrow.int64(), pyarrow.large_string()),
            ["a", None, "b", "a"],
        ),
        (str, pyarrow.string_view(), ["a", "b" * 40]),
        (bytes | None, pyarrow.binary_view(), [b"a" * 50, None]),
        (bytes, pyarrow.large_binary(), [b"", b"\xff"]),
        (category, pyarrow.string(), ["x", "y", "x"]),
        (category | None, pyarrow.dictionary(pyarrow.int32(), pyarrow.string()), ["x", None, "z"]),
        (Color, pyarrow.string(), ["RED", "GREEN"]),
        (datetime.date, pyarrow.date64(), [datetime.date(1, 1, 1), datetime.date(9999, 12, 31)]),
        (
            datetime.datetime,
            pyarrow.timestamp("s"),
            [datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31, 23, 59, 59)],
        ),
        (datetime.datetime, pyarrow.timestamp("ns", "UTC"), [NOON.replace(tzinfo=UTC)]),
        (datetime.timedelta, pyarrow.duration("ms"), [datetime.timedelta(milliseconds=-5)]),
    ],
)
def test_types_that_are_not_the_pools_own_are_converted(annotation, kind, values):
    array = pyarrow.array(values, kind)
    got = [plain(row.x) for row in Pool.from_arrow(box(annotation), pyarrow.table({"x": array}))]
    assert got == values
    got = [
        plain(row.x)
        for row in Pool.from_arrow(box(annotation), pyarrow.table({"x": array.slice(1)}))
    ]
    assert got == values[1:]


@pytest.mark.parametrize(
    ("annotation", "array", "error", "message"),
    [
        (
            uint8,
            pyarrow.array([1, 256]),
            OverflowError,
            "row 1: 256 is out of range for uint8 (an int from 0 to 255)",
        ),
        (
            int,
            pyarrow.array([1, None]),
            ValueError,
            "row 1: expected int, got null; the field does not allow None",
        ),
        (int, pyarrow.array([1.5]), TypeError, "expected int, got Arrow format 'g' (float64)"),
        (int, pyarrow.array([[1]]), TypeError, "expected int, got Arrow format '+l' (list)"),
        (
            float,
            pyarrow.array([1], pyarrow.decimal128(5)),
            TypeError,
            "expected float, got Arrow format 'd:5,0'",
        ),
        (Color, pyarrow.array(["BLUE"]), ValueError, "row 0: expected Color, got 'BLUE'"),
        (
            datetime.datetime,
            pyarrow.array([1], pyarrow.timestamp("us", "Europe/Paris")),
            TypeError,
            "expected datetime (a naive datetime or one in timezone.utc), got Arrow format "
            "'tsu:Europe/Paris' (timestamp in us)"
            "; convert it to UTC",
        ),
        (
            datetime.datetime,
            pyarrow.array([1500], pyarrow.timestamp("ns")),
            OverflowError,
            "row 0: 1500 ns is no whole number of microseconds",
        ),
        (
            datetime.date,
            pyarrow.array([3 * 10**6], pyarrow.date32()),
            OverflowError,
            "row 0: 3000000 days is out of range for date (a datetime.date without time)",
        ),
    ],
)
def test_what_does_not_fit_is_named(annotation, array, error, message):
    comma = "," if message.startswith("row") else ":"
    with pytest.raises(error, match=re.escape(f"Pool of Box: column 'x'{comma} {message}") + r"\Z"):
        Pool.from_arrow(box(annotation), pyarrow.table({"x": array}))


# ---- the others ----


def test_polars_takes_a_pool_and_gives_it_back():
    polars = pytest.importorskip("polars")
    pool = pool_of()
    frame = polars.DataFrame(pool)
    assert frame.to_dicts() == rows_of(pool)
    assert Pool.from_arrow(Every, frame) == pool
    assert Pool(Every, frame) == pool
    best = frame.filter(polars.col("number") > 5 * 10**12).select("text", "number")
    assert best.height == 994
    few = Pool.from_arrow(
        Every, frame.filter(polars.col("color") == "RED").sort("number", descending=True)
    )
    assert list(few) == [every(i) for i in range(998, -1, -2)]
    assert polars.DataFrame(pool[3:9]).to_dicts() == rows_of(pool[3:9])


def test_duckdb_runs_sql_over_a_pool():
    duckdb = pytest.importorskip("duckdb")
    pool = pool_of()
    assert duckdb.sql(
        "SELECT color, count(*), sum(number) FROM pool GROUP BY color ORDER BY color"
    ).fetchall() == [
        ("GREEN", 500, sum(i * 10**12 for i in range(1, 1000, 2))),
        ("RED", 500, sum(i * 10**12 for i in range(0, 1000, 2))),
    ]
    assert duckdb.sql(
        "SELECT text FROM pool WHERE maybe_number IS NULL AND u16 < 4 ORDER BY u16"
    ).fetchall() == [
        ("a text that does not fit a view: 0",),
        ("text 3",),
    ]
    part = pool[10:20]
    assert duckdb.sql("SELECT min(u16), max(u16) FROM part").fetchall() == [(10, 19)]

    class Total(Struct):
        color: Color
        number: float

    totals = Pool.from_arrow(
        Total,
        duckdb.sql("SELECT color, sum(real) AS number FROM pool GROUP BY color ORDER BY color"),
    )
    assert [row.color for row in totals] == [Color.GREEN, Color.RED]


def test_pandas_takes_a_pool():
    pandas = pytest.importorskip("pandas")
    pool = pool_of(30)
    frame = (
        pandas.DataFrame.from_arrow(pool)
        if hasattr(pandas.DataFrame, "from_arrow")
        else pool.to_arrow(text="large").to_pandas()
    )
    assert list(frame["number"]) == [i * 10**12 for i in range(30)]
    assert list(frame["text"]) == [row.text for row in pool]
    assert list(frame["sort"]) == [row.sort for row in pool]

    class Some(Struct):
        number: int
        text: utf8
        sort: category
        moment: datetime.datetime

    some = Pool.from_arrow(Some, frame[["number", "text", "sort", "moment"]])
    assert [(row.number, row.text, row.sort, row.moment) for row in some] == [
        (row.number, row.text, row.sort, row.moment) for row in pool
    ]


def test_nanoarrow_counts_the_buffers():
    nanoarrow = pytest.importorskip("nanoarrow")
    pool = pool_of()
    array = nanoarrow.c_array(pool)
    counts = {child.schema.name: child.n_buffers for child in array.children}
    assert counts["number"] == counts["maybe_number"] == counts["flag"] == counts["sort"] == 2
    assert counts["data"] == 3 and counts["text"] == 4
    assert [
        child.null_count for child in array.children if child.schema.name == "maybe_number"
    ] == [334]
    large = pool.to_arrow(text="large").combine_chunks().to_batches()[0]
    # nanoarrow 0.9 cannot read string_view or pass it on: it ends the program, with pyarrow's data
    # too.
    assert Pool.from_arrow(Every, nanoarrow.c_array(large)) == pool
    assert nanoarrow.Array(large).to_pylist()[5]["text"] == pool[5].text
    for rows in (0, 1):
        empty = nanoarrow.c_array(Pool(Every, [every(1)] * rows))
        assert {child.schema.name: child.n_buffers for child in empty.children}["text"] == 3


# ---- the table of docs/interop.md ----


class Shown(Every):
    """With the fields that not every library takes, or gives back."""

    half: float16 = 0.5
    key: uuid.UUID = uuid.UUID(int=1)


def shown_pool():
    return Pool.from_arrow(Shown, pool_of(400))


SHOWN = {
    "flag": "bool",
    "maybe_flag": "bool \\| None",
    "i8": "int8",
    "u8": "uint8",
    "u64": "uint64",
    "number": "int",
    "maybe_number": "int \\| None",
    "real": "float",
    "single": "float32",
    "half": "float16",
    "text": "utf8",
    "sort": "category",
    "color": "an Enum, a Literal",
    "right": "a Flag",
    "day": "date",
    "moment": "datetime",
    "utc": "datetime in UTC",
    "delta": "timedelta",
    "key": "uuid.UUID",
    "string": "str",
    "data": "bytes",
}


def arrives():
    """{library and its major version: {field: type}}, of those installed."""
    pool = shown_pool()
    table = pool.to_arrow()
    types = {name: str(table.schema.field(name).type).replace(", ordered=0", "") for name in SHOWN}
    result = {f"pyarrow {pyarrow.__version__.split('.')[0]}": types}
    try:
        import polars

        schema = polars.DataFrame(pool).schema
        result[f"polars {polars.__version__.split('.')[0]}"] = {
            name: str(schema[name]) for name in SHOWN
        }
    except ImportError:
        pass
    try:
        import duckdb

        types = {}
        for name in SHOWN:
            part = pool.to_arrow(columns=[name])  # the SQL names it
            try:
                types[name] = str(duckdb.sql("SELECT * FROM part").types[0])
            except duckdb.NotImplementedException:
                types[name] = "refused"
        result[f"DuckDB {duckdb.__version__.split('.')[0]}"] = types
    except ImportError:
        pass
    try:
        import pandas

        frame = pandas.DataFrame.from_arrow(pool)
        result[f"pandas {pandas.__version__.split('.')[0]}"] = {
            name: str(frame.dtypes[name]) for name in SHOWN
        }
    except (ImportError, AttributeError):
        pass
    try:
        import nanoarrow

        fields = {f.name: f for f in nanoarrow.Array(pool).schema.fields}
        found = {
            name: re.sub(r"^<Schema> '[^']*': (non-nullable )?", "", repr(fields[name])).strip()
            for name in SHOWN
        }
        result[f"nanoarrow {nanoarrow.__version__.split('.')[0]}"] = found
    except ImportError:
        pass
    return result


def formats():
    """The Arrow format of each field, as it is in the interface."""
    nanoarrow = pytest.importorskip("nanoarrow")
    schema = nanoarrow.c_schema(shown_pool())
    result = {}
    for child in schema.children:
        words = (
            f" with a dictionary of {child.dictionary.format}"
            if child.dictionary is not None
            else ""
        )
        result[child.name] = child.format + words
    return result


def expected_table(found, shown_formats):
    lines = [f"| field | Arrow | {' | '.join(found)} |", "|---" * (len(found) + 2) + "|"]
    for name, annotation in SHOWN.items():
        kinds = " | ".join(f"{found[library][name]}" for library in found)
        shown = annotation if annotation.startswith(("a ", "an ")) else f"`{annotation}`"
        lines.append(f"| {shown} | `{shown_formats[name]}` | {kinds} |")
    return lines


def test_the_table_in_the_documents_is_true():
    found = arrives()
    text = (ROOT / "docs/interop.md").read_text()
    block = (
        re.search(r"<!-- table: what arrives -->\n(.*?)<!-- end -->", text, re.S)
        .group(1)
        .splitlines()
    )
    if os.environ.get("CSLOTS_WRITE_TABLE"):
        table = "\n".join(expected_table(found, formats())) + "\n"
        (ROOT / "docs/interop.md").write_text(text.replace("\n".join(block) + "\n", table))
        return
    heads = [cell.strip() for cell in block[0].strip("|").split("|")]
    rows = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))] for line in block[2:]
    ]
    assert len(rows) == len(SHOWN)
    shown_formats = formats()
    for row, name in zip(rows, SHOWN, strict=True):
        assert row[1] == f"`{shown_formats[name]}`"
        for library, cell in zip(heads[2:], row[2:], strict=True):
            if library in found:  # another major version may see it otherwise
                assert cell == found[library][name], (library, name)


class Keyed(Struct):
    key: uuid.UUID


def test_a_uuid_comes_back_from_pyarrow_and_not_from_polars_or_duckdb():
    pool = Pool(Keyed, {"key": [uuid.UUID(int=i) for i in range(3)]})
    assert Pool.from_arrow(Keyed, pool.to_arrow()) == pool
    polars = pytest.importorskip("polars")
    with pytest.raises(TypeError, match=r"expected uuid .*, got Arrow format 'vz'"):
        Pool.from_arrow(Keyed, polars.DataFrame(pool))
    duckdb = pytest.importorskip("duckdb")
    with pytest.raises(TypeError, match=r"expected uuid .*, got Arrow format 'u'"):
        Pool.from_arrow(Keyed, duckdb.sql("SELECT * FROM pool"))


# ---- files ----


def test_a_file_comes_back_as_it_was(tmp_path):
    path = tmp_path / "pool.arrow"
    for rows in (0, 1, 9, 1000):
        pool = pool_of(rows)
        pool.save(path)
        opened = Pool.open(Every, path)
        assert opened == pool and Pool.open(Every, str(path)) == pool
        assert pyarrow.ipc.open_file(path).read_all().to_pylist() == rows_of(pool)
    assert os.listdir(tmp_path) == ["pool.arrow"]


def test_an_opened_pool_is_written_without_touching_the_file(tmp_path):
    path = tmp_path / "pool.arrow"
    pool = pool_of()
    pool.save(path)
    bytes_before = path.read_bytes()
    opened = Pool.open(Every, path)
    opened["number"][:] = 5
    opened["real"] += 1
    opened[3].text = "a text that is written to an opened pool"
    opened[4].maybe_number = None
    opened.sort("i16")
    opened.append(every(7))
    del opened[10:20]
    opened.extend(pool)
    assert opened[0].number == 5 and len(opened) == 1991
    opened.compact()
    assert path.read_bytes() == bytes_before and Pool.open(Every, path) == pool


def test_an_opened_pool_is_a_snapshot_source_as_any_other(tmp_path):
    path = tmp_path / "pool.arrow"
    pool = pool_of(100)
    pool.save(path)
    opened = Pool.open(Every, path)
    table = opened.to_arrow()
    opened["number"][:] = 5
    for row in opened:
        row.text = "x"
    assert table.to_pylist() == rows_of(pool)
    table.validate(full=True)


def test_saving_over_the_file_of_an_open_pool_is_safe(tmp_path):
    path = tmp_path / "pool.arrow"
    pool_of(500).save(path)
    opened = Pool.open(Every, path)
    opened[0].number = 77
    opened.save(path)
    pool_of(3).save(path)
    assert opened[0].number == 77 and opened[499].number == 499 * 10**12
    assert len(Pool.open(Every, path)) == 3


def test_processes_share_a_file(tmp_path):
    path = tmp_path / "pool.arrow"
    pool_of().save(path)
    first, second = Pool.open(Every, path), Pool.open(Every, path)
    first["number"][:] = 1
    assert second[5].number == 5 * 10**12
    code = (
        "import sys; sys.path[:0] = [sys.argv[2]]; import test_pool_arrow as t; from cslots "
        "import Pool\n"
        "pool = Pool.open(t.Every, sys.argv[1]); pool['number'] += 1; "
        "print(int(pool['number'].sum()))"
    )
    command = [sys.executable, "-P", "-c", code, str(path), str(Path(__file__).parent)]
    out = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(out.stdout) == sum(i * 10**12 for i in range(1000)) + 1000


def test_a_save_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "pool.arrow"

    class Note(Struct):
        text: utf8

    pool = Pool(Note, [Note("fine")])
    pool.save(path)
    before = path.read_bytes()
    pool.append(Note("lone \ud800"))
    with pytest.raises(ValueError, match="row 1: the text is not valid UTF-8"):
        pool.save(path)
    with pytest.raises(FileNotFoundError):
        pool[:1].copy().save(tmp_path / "no such folder" / "pool.arrow")
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["pool.arrow"]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_file_keeps_its_permissions_and_a_link_its_place(tmp_path):
    path, link = tmp_path / "pool.arrow", tmp_path / "link"
    pool_of(3).save(path)
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask
    path.chmod(0o640)
    link.symlink_to(path)
    pool_of(4).save(link)
    assert (
        stat.S_IMODE(path.stat().st_mode) == 0o640
        and link.is_symlink()
        and len(Pool.open(Every, path)) == 4
    )


def test_files_that_are_no_pools_are_refused_in_one_line(tmp_path):
    path = tmp_path / "pool.arrow"
    pool_of().save(path)
    whole = path.read_bytes()
    name = str(path)

    def refused(reason):
        with pytest.raises(
            ValueError, match=re.escape(f"cannot open {name!r} as a Pool of Every: {reason}")
        ) as caught:
            Pool.open(Every, path)
        assert "\n" not in str(caught.value)

    for size in (1, 5, 8, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        refused("it is no Arrow file, or a part of one is missing")
    path.write_bytes(b"")
    refused("it is empty")
    path.write_bytes(b"no Arrow at all" * 100)
    refused("it is no Arrow file")
    table = pyarrow.table({"x": [1]})
    with pyarrow.ipc.new_file(name, table.schema) as writer:
        writer.write_table(table)
    refused(
        "Pool.save() did not write it; read it with pyarrow, and use Pool.from_arrow(Every, table)"
    )
    table = table.replace_schema_metadata({"cslots": '{"version": 99}'})
    with pyarrow.ipc.new_file(name, table.schema) as writer:
        writer.write_table(table)
    refused("a newer cslots has written it (version 99 of the format, this one knows 1)")
    with pytest.raises(FileNotFoundError):
        Pool.open(Every, tmp_path / "missing")
    with pytest.raises(IsADirectoryError):
        Pool.open(Every, tmp_path)


def test_a_file_of_another_class_is_refused_by_its_columns(tmp_path):
    class Mine(Struct):
        x: int

    class Other(Struct):
        x: utf8

    Pool(Mine, [Mine(1)]).save(tmp_path / "mine")
    with pytest.raises(TypeError, match="column 'x': expected utf8") as caught:
        Pool.open(Other, tmp_path / "mine")
    assert (
        "was saved from a Pool of" in caught.value.__notes__[0]
        and "Mine" in caught.value.__notes__[0]
    )


def test_a_file_from_before_a_field_was_added_opens_with_its_default(tmp_path):
    class Before(Struct):
        x: uint8
        name: utf8

    class After(Struct):
        name: utf8
        x: int
        added: float = 0.5
        tags: object = field(default_factory=list)

    Pool(Before, [Before(i, f"name {i}") for i in range(10)]).save(tmp_path / "file")
    pool = Pool.open(After, tmp_path / "file")
    assert [(row.name, row.x, row.added, row.tags) for row in pool] == [
        (f"name {i}", i, 0.5, []) for i in range(10)
    ]


def test_a_file_that_was_tampered_with_gives_exceptions_not_crashes(tmp_path):
    class Note(Struct):
        text: utf8
        sort: category
        color: Color | None
        moment: datetime.datetime

    path = tmp_path / "file"
    Pool(
        Note,
        [
            Note(f"a text of more than twelve bytes {i}", f"sort {i % 3}", Color.RED, NOON)
            for i in range(200)
        ],
    ).save(path)
    whole = path.read_bytes()
    seen = 0
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF, 0x7F]) + whole[at + 2 :])
        try:
            pool = Pool.open(Note, path)
            reading, comparing, sorting = (
                (lambda: [repr(row) for row in pool]),
                (lambda: pool == pool.copy()),
                (lambda: pool.sort("text")),
            )
            for work in (reading, comparing, sorting, pool.to_arrow, pool.compact):
                try:
                    work()
                except (ValueError, OverflowError, TypeError, UnicodeDecodeError):
                    seen += 1
        except (ValueError, TypeError, OverflowError, MemoryError, NotImplementedError, OSError):
            seen += 1
    assert seen > 0


def test_without_pyarrow_the_message_says_what_to_do():
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from cslots import Pool, Struct\n"
        "class Box(Struct):\n    x: int\n"
        "pool = Pool(Box, [Box(1)])\n"
        "for work in (pool.to_arrow, lambda: pool.save('x'), lambda: Pool.open(Box, 'x')):\n"
        "    try: work()\n"
        "    except ImportError as error: print(error)\n"
        "print(Pool.from_arrow(Box, pool) == pool)"
    )
    out = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    rest = (
        "needs pyarrow, which is not installed: pip install pyarrow (other Arrow libraries "
        "take the pool itself)"
    )
    assert out == [f"to_arrow() {rest}", f"save() {rest}", f"Pool.open() {rest}", "True"]


def test_an_initvar_is_no_column_of_a_file(tmp_path):
    class Made(Struct):
        i: int
        by: InitVar[int] = 0
        j: int = 0

        def __post_init__(self, by):
            self.j = by

    pool = Pool(Made, [Made(1, 5)])
    pool.save(tmp_path / "made.arrow")
    assert Pool.open(Made, tmp_path / "made.arrow") == pool
    assert (
        pool.to_arrow().column_names == ["i", "j"]
        and Pool.from_arrow(Made, pool.to_arrow()) == pool
    )
    with pytest.raises(
        KeyError,
        match="no column 'by': an InitVar is an argument of the constructor, and not stored",
    ):
        pool["by"]


def test_a_category_without_utf8_spoils_only_the_rows_that_have_it(tmp_path):
    class Tagged(Struct):
        tag: category
        also: category | None = None

    pool = Pool(Tagged, [Tagged("a", "x"), Tagged("b"), Tagged("a")])
    bad = Pool(Tagged, [Tagged("a"), Tagged("\ud800"), Tagged("b", "\ud801")])
    table = pool.to_arrow()
    assert table["tag"].to_pylist() == ["a", "b", "a"] and table["also"].to_pylist() == [
        "x",
        None,
        None,
    ]
    # In its place, and no row has it.
    assert "\\ud800" in table["tag"].chunk(0).dictionary.to_pylist()
    assert Pool.from_arrow(Tagged, table) == pool and Pool(Tagged).to_arrow().num_rows == 0
    pool.save(tmp_path / "tags.arrow")
    assert Pool.open(Tagged, tmp_path / "tags.arrow") == pool
    assert bad[:1].to_arrow()["tag"].to_pylist() == ["a"]
    for part in (bad, bad[1:2]):
        with pytest.raises(
            ValueError,
            match=re.escape(
                "Pool of Tagged: field 'tag': '\\ud800' has a lone surrogate, which Arrow does not"
            ),
        ):
            part.to_arrow()
    with pytest.raises(ValueError, match="field 'also'"):
        bad[2:].to_arrow()
    assert bad[2:].to_arrow(columns=["tag"])["tag"].to_pylist() == ["b"]
