"""A pool as Arrow data and Arrow data as a pool, by the capsule protocol alone.

No Arrow library is needed here; tests/interop/test_pool_arrow.py has the libraries.
"""

import ctypes
import datetime
import enum
import gc
import sys
from typing import Literal

import pytest
from support import raises
from support.arrow import (
    NOON,
    UTC,
    Arrays,
    ArrowSchema,
    Batches,
    Color,
    Every,
    Right,
    Stream,
    child,
    every,
    pointer,
)

from cslots import (
    Pool,
    PoolSlice,
    Struct,
    categories,
    category,
    field,
    float32,
    int8,
    int16,
    uint8,
    uint64,
    utf8,
)

# ---- out and in again ----


@pytest.mark.parametrize("rows", [0, 1, 7, 8, 9, 500])
def test_every_kind_comes_back_through_arrays_and_streams(rows):
    pool = Pool(Every, [every(i) for i in range(rows)])
    for source in (pool, Arrays(pool), Stream(pool), pool[:]):
        again = Pool.from_arrow(Every, source)
        assert again == pool
        again.extend([every(0)])
        assert len(again) == rows + 1 and again[-1] == every(0)


def test_slices_are_exported_as_what_they_show():
    objects = [every(i) for i in range(50)]
    pool = Pool(Every, objects)
    for part in (
        slice(3, 40),
        slice(0, 0),
        slice(7, 8),
        slice(49, None),
        slice(None, None, 3),
        slice(40, 2, -5),
        slice(8, 9),
    ):
        assert list(Pool.from_arrow(Every, pool[part])) == objects[part]
        assert list(Pool.from_arrow(Every, Stream(pool[part]))) == objects[part]


def test_a_stale_slice_is_not_exported():
    pool = Pool(Every, [every(i) for i in range(5)])
    part = pool[1:3]
    del pool[0]
    for method in ("__arrow_c_schema__", "__arrow_c_array__", "__arrow_c_stream__"):
        with pytest.raises(ReferenceError, match="take it again"):
            getattr(part, method)()


def test_an_export_is_a_snapshot():
    pool = Pool(Every, [every(i) for i in range(20)])
    arrays, stream = Arrays(pool), Stream(pool)
    for i in range(20):
        pool[i] = every(i + 100)
    del pool[3:8]
    pool.sort("number", reverse=True)
    pool.clear()
    expected = [every(i) for i in range(20)]
    assert list(Pool.from_arrow(Every, arrays)) == expected
    assert list(Pool.from_arrow(Every, stream)) == expected


def test_what_was_imported_is_a_pool_of_its_own():
    pool = Pool(Every, [every(i) for i in range(20)])
    again = Pool.from_arrow(Every, pool)
    for i in range(20):
        again[i].text = "changed"
        again[i].number = 1
        pool[i].real = 0.5
        pool[i].maybe_text = None
    assert [row.text for row in pool] == [every(i).text for i in range(20)]
    assert [row.number for row in pool] == [every(i).number for i in range(20)]
    assert [row.real for row in again] == [every(i).real for i in range(20)]
    assert [row.maybe_text for row in again] == [every(i).maybe_text for i in range(20)]


def test_the_source_may_be_gone():
    again = Pool.from_arrow(Every, Pool(Every, [every(i) for i in range(100)]))
    gc.collect()
    assert list(again) == [every(i) for i in range(100)]


def test_capsules_that_nobody_takes_are_released():
    pool = Pool(Every, [every(i) for i in range(100)])
    for _ in range(3):
        pool.__arrow_c_schema__(), pool.__arrow_c_array__(), pool.__arrow_c_stream__()
    pool.append(every(100))
    assert pool[100] == every(100)


def test_a_capsule_is_taken_once():
    pool = Pool(Every, [every(1)])
    arrays, stream = Arrays(pool), Stream(pool)
    assert Pool.from_arrow(Every, arrays) == pool and Pool.from_arrow(Every, stream) == pool
    with raises(ValueError, "Pool of Every: the Arrow array is broken: it was released already"):
        Pool.from_arrow(Every, arrays)
    with raises(ValueError, "Pool of Every: the Arrow stream was released already"):
        Pool.from_arrow(Every, stream)


# ---- adding to a pool ----


def test_extend_adds_arrow_data_behind_the_rows():
    pool = Pool(Every, [every(i) for i in range(10)])
    pool.extend(Arrays(pool))
    pool.extend(Stream(pool[5:15]))
    assert list(pool) == [every(i) for i in [*range(10), *range(10), *range(5, 10), *range(5)]]
    assert Pool(Every, Arrays(pool)) == pool


def test_rows_of_another_class_are_not_taken_for_its_columns():
    class Mine(Struct):
        x: int

    class Other(Struct):
        x: int

    pool = Pool(Mine)
    with raises(
        TypeError, "Pool of Mine: expected a Mine object or a mapping of its fields, got Other"
    ):
        pool.extend(Pool(Other, [Other(1)]))
    assert Pool.from_arrow(Mine, Pool(Other, [Other(1)])) == Pool(Mine, [Mine(1)])


def test_a_field_without_a_column_gets_its_default():
    class Short(Struct):
        x: int

    class Long(Struct):
        x: int
        y: int = 5
        name: utf8 = "none"
        tags: object = field(default_factory=list)
        note: str | None = None

    pool = Pool.from_arrow(Long, Pool(Short, [Short(i) for i in range(3)]))
    assert [(row.x, row.y, row.name, row.tags, row.note) for row in pool] == [
        (i, 5, "none", [], None) for i in range(3)
    ]
    assert pool[0].tags is not pool[1].tags

    class Needs(Struct):
        x: int
        z: int

    with raises(TypeError, "Pool of Needs: column 'z' is missing (columns: x)"):
        Pool.from_arrow(Needs, Pool(Short, [Short(1)]))
    with raises(TypeError, "Pool of Short: column 'y' is no field (fields: x)"):
        Pool.from_arrow(Short, Arrays(Pool(type("Two", (Short,), {"__annotations__": {"y": int}}))))


def test_a_factory_that_fails_leaves_the_pool_as_it_was():
    class Short(Struct):
        x: int
        s: str

    def broken():
        raise ZeroDivisionError

    class Long(Struct):
        x: int
        s: str
        y: object = field(default_factory=broken)

    for pool in (Pool(Long), Pool(Long, [Long(1, "a", 2)])):
        before = list(pool)
        with pytest.raises(ZeroDivisionError):
            pool.extend(Arrays(Pool(Short, [Short(1, "x"), Short(2, "y")])))
        assert list(pool) == before


# ---- conversions, and what is refused ----


def one(annotation, *values, name="Box"):
    cls = type(Struct)(name, (Struct,), {"__annotations__": {"x": annotation}})
    return cls, Pool(cls, [cls(value) for value in values])


@pytest.mark.parametrize(
    ("source", "target", "values"),
    [
        (int8, int, [-128, 127]),
        (int, uint8, [0, 255]),
        (int, float, [2**53, -5]),
        (uint64, int16, [3]),
        (float32, float, [0.5]),
        (float, float32, [0.25]),
        (utf8, category, ["a", "b", "a"]),
        (category, utf8, ["a", "b", "a"]),
        (str, utf8, ["x", "a longer text than twelve bytes"]),
        (utf8, str, ["x", "ä"]),
        (Color, category, [Color.RED, Color.GREEN]),
        (utf8, Literal["a", "b"], ["b", "a"]),
        (int, int | None, [1, 2]),
        (int | None, int, [1, 2]),
        (utf8 | None, str | None, ["a", None]),
        (Right, uint8, [Right.READ]),
    ],
)
def test_columns_are_converted_where_that_is_exact(source, target, values):
    _, pool = one(source, *values)
    cls, _ = one(target)
    plain = [
        value.name if target is category and isinstance(value, enum.Enum) else value
        for value in values
    ]
    plain = [value.value if isinstance(value, Right) else value for value in plain]
    assert [row.x for row in Pool.from_arrow(cls, pool)] == plain


@pytest.mark.parametrize(
    ("source", "values", "target", "error", "message"),
    [
        (
            int,
            [1, 256],
            uint8,
            OverflowError,
            "row 1: 256 is out of range for uint8 (an int from 0 to 255)",
        ),
        (
            int,
            [-1],
            uint64,
            OverflowError,
            "row 0: -1 is out of range for uint64 (an int from 0 to 18446744073709551615)",
        ),
        (uint64, [2**63], int, OverflowError, "row 0: 9223372036854775808 is out of range for int"),
        (
            int,
            [2**53 + 1],
            float,
            OverflowError,
            "row 0: 9007199254740993 cannot be kept exactly as float",
        ),
        (float, [1e300], float32, OverflowError, "row 0: 1e+300 is out of range for float32"),
        (
            int | None,
            [1, 2, None],
            int,
            ValueError,
            "row 2: expected int, got null; the field does not allow None",
        ),
        (
            utf8 | None,
            ["a", None],
            category,
            ValueError,
            "row 1: expected category (a str), got null; the field does not allow None",
        ),
        (utf8, ["RED", "BLUE"], Color, ValueError, "row 1: expected Color, got 'BLUE'"),
        (
            category,
            ["a", "c"],
            Literal["a", "b"],
            ValueError,
            "row 1: expected one of 'a', 'b', got 'c'",
        ),
        (uint8, [0, 4], Right, ValueError, "row 1: 4 has bits that are not in Right"),
        (float, [1.5], int, TypeError, "expected int, got Arrow format 'g' (float64)"),
        (utf8, ["1"], int, TypeError, "expected int, got Arrow format 'vu' (string_view)"),
        (bytes, [b"1"], str, TypeError, "expected str, got Arrow format 'z' (binary)"),
        (
            bool,
            [True],
            uint8,
            TypeError,
            "expected uint8 (an int from 0 to 255), got Arrow format 'b' (bool)",
        ),
        (
            datetime.date,
            [NOON.date()],
            datetime.datetime,
            TypeError,
            "expected datetime (a naive datetime or one in timezone.utc), got Arrow format 'tdD' "
            "(date32)",
        ),
        (
            category,
            ["1"],
            int,
            TypeError,
            "expected int, got Arrow format 'C' with a dictionary of 'u'",
        ),
        (int, [1], object, TypeError, None),
    ],
)
def test_what_does_not_fit_is_refused_by_name_and_row(source, values, target, error, message):
    _, pool = one(source, *values)
    cls, filled = one(target)
    text = (
        f"Pool of Box: column 'x'{',' if message and message.startswith('row') else ':'} {message}"
    )
    if message is None:
        text = (
            "Pool of Box: column 'x': Arrow data cannot fill the field, which holds references "
            "to objects"
        )
    for into in (Pool(cls), filled):
        with raises(error, text):
            into.extend(Arrays(pool))
        assert len(into) == 0


def test_datetimes_are_naive_or_in_utc_as_those_before():
    cls, naive = one(datetime.datetime, NOON)
    _, utc = one(datetime.datetime, NOON.replace(tzinfo=UTC))
    pool = Pool(cls, naive)
    expected = (
        "Pool of Box: column 'x': expected datetime (a naive datetime or one in timezone.utc)"
    )
    with raises(
        TypeError,
        f"{expected}, naive as in the rows before, got Arrow format 'tsu:UTC' (timestamp in us)",
    ):
        pool.extend(Arrays(utc))
    pool.clear()
    pool.extend(Arrays(utc))
    assert pool[0].x == NOON.replace(tzinfo=UTC)
    with raises(
        TypeError,
        f"{expected}, in UTC as in the rows before, got Arrow format 'tsu:' (timestamp in us)",
    ):
        pool.extend(Arrays(naive))
    assert len(pool) == 1


def test_categories_are_mapped_by_their_text():
    class One(Struct):
        x: category

    class Two(Struct):
        x: category

    first = Pool(One, [One(text) for text in ("a", "b", "c", "b")])
    Two("c"), Two("a")  # the table of the other class has another order
    second = Pool.from_arrow(Two, first)
    assert [row.x for row in second] == ["a", "b", "c", "b"]
    assert categories(Two, "x") == ("c", "a", "b")


def test_many_categories_make_the_codes_wider():
    class One(Struct):
        x: category

    class Two(Struct):
        x: utf8

    texts = [f"category {i}" for i in range(70000)]
    pool = Pool.from_arrow(One, Pool(Two, {"x": texts}))
    assert [row.x for row in pool[::1000]] == texts[::1000]
    again = Pool.from_arrow(Two, pool)
    assert [row.x for row in again[::1000]] == texts[::1000]


def test_fields_that_hold_objects_are_not_exported():
    class Holder(Struct):
        x: int
        anything: object = None

    class Linked(Struct):
        x: int
        other: Holder | None = None

    text = "for which Arrow has no format; name the others: to_arrow(columns=[...])"
    with raises(TypeError, f"Pool of Holder: field 'anything' holds any Python object, {text}"):
        Pool(Holder, [Holder(1)]).__arrow_c_array__()
    with raises(
        TypeError, f"Pool of Linked: field 'other' holds references to other objects, {text}"
    ):
        Pool(Linked).__arrow_c_schema__()


def test_a_lone_surrogate_is_not_exported():
    for annotation in (utf8, str):
        _, pool = one(annotation, "fine", "lone \ud800")
        message = (
            "Pool of Box: column 'x', row 1: the text is not valid UTF-8 (a lone "
            "surrogate?), which Arrow does not allow"
        )
        with raises(ValueError, message):
            pool.__arrow_c_array__()
        with raises(ValueError, message):
            pool[1:].__arrow_c_stream__()
        assert len(Pool.from_arrow(pool.record_class, pool[:1])) == 1
    _, pool = one(category, "lone \udfff")
    with raises(
        ValueError,
        "Pool of Box: field 'x': 'lone \\udfff' has a lone surrogate, which Arrow does not allow",
    ):
        pool.__arrow_c_stream__()


def test_a_reference_that_is_not_set_is_not_exported():
    class Box(Struct):
        x: int
        s: str = field(init=False)

    pool = Pool(Box, [Box(1)])
    with raises(
        ValueError, "Pool of Box: field 's' is not set in row 0, and Arrow does not know that"
    ):
        pool.__arrow_c_array__()


def test_what_is_no_arrow_data_is_refused():
    class Box(Struct):
        x: int

    expected = (
        "Pool of Box: expected Arrow data (an object with __arrow_c_stream__ or "
        "__arrow_c_array__), got"
    )
    for source in ([1], None, Pool, object()):
        with raises(TypeError, f"{expected} {type(source).__name__}"):
            Pool.from_arrow(Box, source)
    with raises(TypeError, "from_arrow() takes a class and Arrow data"):
        Pool.from_arrow(Box)
    with pytest.raises(TypeError, match="Pool.. expects a Struct class"):
        Pool.from_arrow(int, Pool(Box))

    class Odd:
        def __init__(self, value):
            self.value = value

        def __arrow_c_array__(self, requested_schema=None):
            if isinstance(self.value, Exception):
                raise self.value
            return self.value

    with raises(TypeError, "Pool of Box: __arrow_c_array__() did not give two capsules"):
        Pool.from_arrow(Box, Odd(5))
    with pytest.raises(ValueError, match="PyCapsule_GetPointer"):
        Pool.from_arrow(Box, Odd((5, 6)))
    with pytest.raises(ValueError, match="PyCapsule_GetPointer"):
        Pool.from_arrow(Box, Odd(Pool(Box).__arrow_c_array__()[::-1]))
    with raises(ZeroDivisionError, "no"):
        Pool.from_arrow(Box, Odd(ZeroDivisionError("no")))


def test_requested_schema_chooses_the_form_of_texts():
    _, pool = one(utf8, "a", "a text of more than twelve bytes")

    class Requested(Struct):
        x: str

    schema, array = pool.__arrow_c_array__(requested_schema=pool._arrow(None, "large", None)[0])
    assert (
        child(
            pointer(schema, b"arrow_schema", ArrowSchema),
            "x",
            pointer(schema, b"arrow_schema", ArrowSchema),
        ).format
        == b"U"
    )
    schema, array = pool.__arrow_c_array__(None)
    assert pointer(schema, b"arrow_schema", ArrowSchema).children[0].contents.format == b"vu"
    with pytest.raises(ValueError, match="PyCapsule_GetPointer"):
        pool.__arrow_c_stream__(5)
    with raises(ValueError, "text is 'view', 'large' or 'small', got 'huge'"):
        pool._arrow(None, "huge", None)
    with pytest.raises(KeyError, match="no column 'y'"):
        pool._arrow(["y"], "view", None)


# ---- data that lies ----


def lie(change, rows=9):
    """Import a pool of Every whose structs `change` has changed; at most an exception may come."""
    pool = Pool(Every, [every(i) for i in range(rows)])
    with pytest.raises((ValueError, TypeError, OverflowError)) as caught:
        Pool.from_arrow(Every, Arrays(pool, change))
    assert list(pool) == [every(i) for i in range(rows)]
    return str(caught.value)


def write(address, *values, size=4):
    for i, value in enumerate(values):
        ctypes.memmove(address + i * size, value.to_bytes(size, sys.byteorder, signed=True), size)


BROKEN = "the Arrow array is broken:"


@pytest.mark.parametrize(
    ("name", "member", "value", "message"),
    [
        (None, "length", -1, f"{BROKEN} its length or offset is negative"),
        (None, "length", 2**62, f"{2**62} rows are more than a pool can have"),
        (None, "length", 10, f"column 'flag': {BROKEN} it is shorter than the table it is in"),
        (None, "offset", 1, f"column 'flag': {BROKEN} it is shorter than the table it is in"),
        (None, "n_children", 3, f"{BROKEN} it has not the columns of its schema"),
        (None, "null_count", 1, f"{BROKEN} it says that it has nulls, and has no validity buffer"),
        ("number", "length", -1, f"column 'number': {BROKEN} its length or offset is negative"),
        ("number", "length", 8, f"column 'number': {BROKEN} it is shorter than the table it is in"),
        (
            "number",
            "offset",
            2**63 - 1,
            f"column 'number': {BROKEN} its length and offset are beyond all memory",
        ),
        ("number", "null_count", 10, f"column 'number': {BROKEN} its null count is impossible"),
        ("number", "null_count", -2, f"column 'number': {BROKEN} its null count is impossible"),
        (
            "number",
            "null_count",
            1,
            f"column 'number': {BROKEN} it says that it has nulls, and has no validity buffer",
        ),
        (
            "maybe_number",
            "null_count",
            1,
            f"column 'maybe_number': {BROKEN} its null count is not that of its validity buffer",
        ),
        (
            "number",
            "n_buffers",
            1,
            f"column 'number': {BROKEN} the number of its buffers is not that of its format",
        ),
        (
            "text",
            "n_buffers",
            2,
            f"column 'text': {BROKEN} the number of its buffers is not that of its format",
        ),
        ("number", "buffers", None, f"column 'number': {BROKEN} its buffers are missing"),
        ("number", "release", None, f"column 'number': {BROKEN} it was released already"),
    ],
)
def test_structs_that_lie_are_refused(name, member, value, message):
    def change(schema, array):
        struct = array if name is None else child(array, name, schema)
        setattr(struct, member, value)

    assert lie(change) == f"Pool of Every: {message}"


def test_views_offsets_indexes_and_dictionaries_that_lie_are_refused():
    # Kept until the lies were told: what is written stays in the memory of the exporting pool.
    cases = []

    def told(name, change, message):
        pool = Pool(Every, [every(i) for i in range(9)])
        cases.append(pool)

        def spoil(schema, array):
            change(child(array, name, schema))

        with raises(ValueError, f"Pool of Every: column '{name}'{message}"):
            Pool.from_arrow(Every, Arrays(pool, spoil))

    told(
        "text",
        lambda a: write(a.buffers[1] + 8, 5),
        f", row 0: {BROKEN} the text lies outside of its buffer",
    )
    told(
        "text",
        lambda a: write(a.buffers[1] + 12, 10**6),
        f", row 0: {BROKEN} the text lies outside of its buffer",
    )
    told(
        "text",
        lambda a: write(a.buffers[1] + 16, -3),
        f", row 1: {BROKEN} the text lies outside of its buffer",
    )
    told(
        "text",
        lambda a: write(a.buffers[1] + 4, 0),
        f", row 0: {BROKEN} the view does not begin as its text does",
    )
    told("text", lambda a: write(a.buffers[1] + 20, -1), ", row 1: the text is not valid UTF-8")
    told(
        "text",
        lambda a: write(a.buffers[3], -1, size=8),
        f": {BROKEN} the size of a text buffer is negative",
    )
    told(
        "sort",
        lambda a: write(a.buffers[1] + 2, 100, size=1),
        f", row 2: {BROKEN} its index is beyond the dictionary",
    )
    told(
        "color",
        lambda a: write(a.buffers[1], 2, size=1),
        f", row 0: {BROKEN} its index is beyond the dictionary",
    )
    told(
        "sort",
        lambda a: write(a.dictionary.contents.buffers[1] + 4, -1),
        f", dictionary entry 1: {BROKEN} a text offset is negative",
    )
    told("sort", lambda a: setattr(a, "dictionary", None), ": its dictionary is missing")
    told(
        "data", lambda a: write(a.buffers[1] + 8, 1), f", row 1: {BROKEN} its text offsets decrease"
    )


def test_schemas_that_lie_are_refused():
    def to(name, /, **members):
        def change(schema, array):
            struct = schema if name is None else child(schema, name, schema)
            for member, value in members.items():
                setattr(struct, member, value)

        return lie(change, rows=2).removeprefix("Pool of Every: ")

    assert to("number", format=b"u").startswith(
        "column 'number': expected int, got Arrow format 'u'"
    )
    assert (
        to("number", name=b"maybe_number")
        == "column 'maybe_number' is there twice (columns 4 and 5)"
    )
    assert to("number", name=b"\xff\xfe").startswith(
        "column '\ufffd\ufffd' is no field (fields: flag, maybe_flag, "
    )
    assert to("number", name=None).startswith("column '' is no field (fields: ")
    assert (
        to("text", format=b"+l")
        == "column 'text': expected utf8 (a str), got Arrow format '+l' (list)"
    )
    assert (
        to("sort", dictionary=None)
        == "column 'sort': expected category (a str), got Arrow format 'C' (uint8)"
    )
    assert to("number", release=None) == "the Arrow schema is broken: a child is missing"
    assert to(None, release=None) == "the Arrow schema is broken: it was released already"
    assert to(None, n_children=-1) == "the Arrow schema is broken: the number of its children"
    assert (
        to(None, format=b"l")
        == "expected a table or a record batch (Arrow format '+s'), got Arrow format 'l'"
    )


# ---- streams of others ----


def test_a_stream_of_several_batches_is_added_as_a_whole():
    pools = [
        Pool(Every, [every(i) for i in range(start, stop)])
        for start, stop in ((0, 5), (5, 5), (5, 30))
    ]
    source = Batches(pools)
    assert list(Pool.from_arrow(Every, source)) == [every(i) for i in range(30)]
    assert source.released == 1
    pool = Pool(Every, [every(99)])
    pool.extend(Batches(pools))
    assert list(pool) == [every(99), *(every(i) for i in range(30))]


def test_a_batch_that_is_refused_takes_the_others_with_it():
    class Narrow(Struct):
        x: uint8
        s: str = ""

    class Wide(Struct):
        x: int
        s: str = "text"

    batches = [
        Pool(Wide, [Wide(i) for i in range(200, 250)]),
        Pool(Wide, [Wide(i) for i in range(250, 260)]),
    ]
    for pool in (Pool(Narrow), Pool(Narrow, [Narrow(1)])):
        before = list(pool)
        with raises(
            OverflowError,
            "Pool of Narrow: column 'x', row 56: 256 is out of range for uint8 (an int from 0 to "
            "255)",
        ):
            pool.extend(Batches(batches))
        assert list(pool) == before


def test_the_error_of_a_stream_is_told():
    pool = Pool(Every, [every(0)])
    for message, text in ((b"it broke", "it broke"), (None, "error 5"), (b"\xff", "\ufffd")):
        source = Batches([pool, 5], message)
        with raises(ValueError, f"Pool of Every: the Arrow stream failed: {text}"):
            Pool.from_arrow(Every, source)
        assert source.released == 1
    with raises(ValueError, "Pool of Every: the Arrow stream failed: it broke"):
        Pool.from_arrow(Every, Batches([]))


def test_a_stream_that_looks_at_the_pool_while_it_is_read():
    class Box(Struct):
        x: int

    seen = []

    class Nosy(Batches):
        def get_next(self, stream, out):
            seen.append(len(pool))
            for change in (
                lambda: pool.append(Box(5)),
                pool.clear,
                lambda: pool.extend(Arrays(pool)),
            ):
                with pytest.raises(RuntimeError, match="rows are being added"):
                    change()
            return super().get_next(stream, out)

    pool = Pool(Box, [Box(1)])
    pool.extend(Nosy([Pool(Box, [Box(2)]), Pool(Box, [Box(3)])]))
    assert [row.x for row in pool] == [1, 2, 3] and set(seen) == {1}


def test_pools_and_slices_have_the_protocol():
    for cls in (Pool, PoolSlice):
        for method in ("__arrow_c_schema__", "__arrow_c_array__", "__arrow_c_stream__", "to_arrow"):
            assert callable(getattr(cls, method)) and getattr(cls, method).__doc__
