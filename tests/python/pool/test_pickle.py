"""Pickles of pools: all protocols, out of band, snapshots, changed classes, broken pickles."""

import copy
import pickle
import random
import sys

import pytest
from support import raises
from support.pool import (
    KINDS,
    LONG,
    Color,
    Held,
    Mutable,
    Named,
    Point,
    of_kind,
    points,
    records,
    xs,
)

import cslots
from cslots import Pool, Struct, category, int32, uint8, utf8

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


class Everything(Struct):
    a: int
    b: utf8
    c: category
    d: Color
    e: object = None
    f: float | None = None
    g: utf8 | None = None
    h: bool = False


def everything(rows=20):
    return Pool(
        Everything,
        [
            Everything(
                i,
                LONG * (i % 4) + str(i),
                f"w{i % 3}",
                list(Color)[i % 3],
                [i],
                None if i % 3 else i / 2,
                None if i % 2 else LONG + "g",
                i % 5 == 0,
            )
            for i in range(rows)
        ],
    )


def parts_of(pool):
    """What fills the pool that is restored, as lists that can be changed."""
    restore, (cls, *arguments), *state = pool.__reduce_ex__(4)
    rows, columns = state[0] if state else arguments
    return restore, cls, rows, [list(column) for column in columns]


def put(monkeypatch, cls):
    """Pickle finds a class by its name."""
    monkeypatch.setattr(sys.modules[__name__], cls.__name__, cls, raising=False)
    cls.__module__, cls.__qualname__ = __name__, cls.__name__
    return cls


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_pool_is_pickled_at_every_protocol(protocol):
    pool = everything()
    pool[3].e = pool[4].e
    loaded = pickle.loads(pickle.dumps(pool, protocol))
    assert loaded == pool and records(loaded) == records(pool) and loaded.record_class is Everything
    assert loaded[3].e is loaded[4].e
    loaded.append(pool[0])
    loaded[0].b = LONG * 3
    loaded.sort("b")
    assert len(loaded) == 21 and len(pool) == 20
    assert len(pickle.loads(pickle.dumps(Pool(Point), protocol))) == 0


@pytest.mark.parametrize("nullable", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_pickled(kind, nullable, monkeypatch):
    cls = put(monkeypatch, of_kind(kind, nullable))
    values = [*KINDS[kind][1], *([None] if nullable else [])] * 3
    pool = Pool(cls, [cls(value, i) for i, value in enumerate(values)])
    for protocol in (2, 5):
        assert xs(pickle.loads(pickle.dumps(pool, protocol))) == values


def test_buffers_travel_out_of_band_without_a_copy():
    pool = Pool(Point, {"x": range(100_000)})
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(pool, 5, buffer_callback=buffers.append)
    assert len(data) < 1000 and sum(len(b.raw()) for b in buffers) == 1_600_000
    assert pickle.loads(data, buffers=buffers) == pool
    assert pickle.loads(data, buffers=[bytes(b) for b in buffers]) == pool
    with pytest.raises(pickle.UnpicklingError):
        pickle.loads(data, buffers=buffers[:1])
    with raises(ValueError, "Pool of Point: damaged pickle (it says 100000 rows, and has fewer)"):
        pickle.loads(data, buffers=[b"", b""])


@pytest.mark.parametrize(
    "change",
    [
        lambda p: setattr(p[1], "a", 99),
        lambda p: setattr(p[1], "b", "other" * 9),
        lambda p: setattr(p[4], "b", LONG * 3 + "4"[:0] + "x"),
        lambda p: setattr(p[1], "c", "new word"),
        lambda p: setattr(p[1], "f", 9.5),
        lambda p: setattr(p[0], "f", None),
        lambda p: setattr(p[0], "g", None),
        lambda p: setattr(p[1], "g", LONG),
        lambda p: setattr(p[1], "h", True),
        lambda p: p.__setitem__(2, Everything(7, "seven" * 9, "w", Color.RED)),
        lambda p: p.__setitem__(slice(0, 3), p[5:8].copy()),
        lambda p: p.__setitem__("a", list(range(100, 120))),
        lambda p: p[3:9].__setitem__("g", LONG * 2),
        lambda p: p["a"].__setitem__(3, 77),
        lambda p: p["h"].__setitem__(3, True),
        lambda p: p.__setitem__("b", "same"),
        lambda p: p.append(p[0]),
        lambda p: p.extend(p),
        lambda p: p.extend(everything(5000)),
        lambda p: p.insert(0, p[3]),
        lambda p: p.__delitem__(0),
        lambda p: p.__delitem__(slice(None, None, 2)),
        lambda p: p.pop(),
        lambda p: p.clear(),
        lambda p: p.sort("b", reverse=True),
        lambda p: p.reverse(),
        lambda p: p.compact(),
        lambda p: p.reserve(10_000),
        lambda p: [setattr(p[i % 20], "c", f"many{i}") for i in range(300)],
        lambda p: [setattr(row, "b", LONG * 900) for row in p],
        lambda p: cslots.force_setattr(p[1], "a", 5),
    ],
)
def test_a_pickle_is_a_snapshot(change):
    pytest.importorskip("numpy")
    pool = everything()
    expected = records(pool)
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(pool, 5, buffer_callback=buffers.append)
    kept = [bytes(b) for b in buffers]
    change(pool)
    used = [bytes(b) for b in buffers]
    for before, after in zip(kept, used, strict=True):
        # The last byte of validity has bits of no row.
        assert before[:-1] == after[:-1] and len(before) == len(after)
    assert records(pickle.loads(data, buffers=buffers)) == expected
    twice = records(pool)
    change(pool) if len(pool) > 9 else None
    del buffers, used
    assert twice is not None and all(isinstance(row.b, str) for row in pool)


def test_a_pool_can_be_pickled_again_and_again():
    pool = everything()
    kept = []
    for i in range(10):
        buffers: list[pickle.PickleBuffer] = []
        kept.append((pickle.dumps(pool, 5, buffer_callback=buffers.append), buffers, records(pool)))
        pool[i].b = LONG * i
        pool[i].a = 1000 + i
        pool.append(pool[i])
    for data, buffers, expected in kept:
        assert records(pickle.loads(data, buffers=buffers)) == expected


def test_a_pickle_under_a_live_view_is_a_snapshot_too():
    numpy = pytest.importorskip("numpy")
    pool = Pool(Point, {"x": numpy.arange(5)})
    column = pool["x"]
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(pool, 5, buffer_callback=buffers.append)
    column[0] = 99
    assert xs(pickle.loads(data, buffers=buffers)) == [0, 1, 2, 3, 4] and pool[0].x == 99


def test_deepcopy_copies_what_references_refer_to():
    pool = Pool(Held, [Held(Mutable(i), i) for i in range(3)])
    pool[1].what = pool[0].what
    deep = copy.deepcopy(pool)
    assert deep[0].what is deep[1].what is not pool[0].what and deep[2].what.value == 2
    memo: dict = {}
    assert copy.deepcopy([pool, pool], memo)[0] is copy.deepcopy([pool, pool], memo)[1]


def test_unset_references_stay_unset_in_a_pickle():
    pool = Pool(Held, [Held(1), Held(2)])
    del pool[0].what
    loaded = pickle.loads(pickle.dumps(pool))
    with pytest.raises(AttributeError):
        _ = loaded[0].what
    assert loaded[1].what == 2


# ---- changed classes ----


def test_a_class_that_changed(monkeypatch):
    class Record(Struct):
        x: int
        y: float = 0.0

    put(monkeypatch, Record)
    data = pickle.dumps(Pool(Record, [Record(1, 2.5), Record(2)]))

    def load(**fields):
        defaults = {name: default for name, (_, default) in fields.items() if default is not ...}
        annotations = {name: annotation for name, (annotation, _) in fields.items()}
        put(
            monkeypatch,
            type(Struct)("Record", (Struct,), {"__annotations__": annotations, **defaults}),
        )
        return pickle.loads(data)

    loaded = load(x=(int, ...), y=(float, 0.0), z=(utf8, LONG), w=(category, "w"))
    assert records(loaded) == [(1, 2.5, LONG, "w"), (2, 0.0, LONG, "w")]
    assert records(load(y=(float, 0.0), x=(int, 1))) == [(2.5, 1), (0.0, 2)]
    assert records(load(x=(int | None, 1), y=(float | None, 0.0))) == [(1, 2.5), (2, 0.0)]
    with raises(
        ValueError, "Pool of Record: the pickle has no column 'z', and the field no default"
    ):
        load(x=(int, ...), y=(float, ...), z=(int, ...))
    with raises(KeyError, "\"Pool of Record has no column 'y'\""):
        load(x=(int, ...))
    with raises(
        ValueError, "Pool of Record: the column 'x' was pickled as int, the field is uint8"
    ):
        load(x=(uint8, ...), y=(float, 0.0))
    put(monkeypatch, type("Record", (), {}))
    with pytest.raises(TypeError, match="Pool\\(\\) expects a Struct class or a cslots dataclass"):
        pickle.loads(data)


def test_none_in_a_field_that_takes_none_no_more(monkeypatch):
    class Record(Struct):
        x: int | None = None

    put(monkeypatch, Record)
    some, none = (
        pickle.dumps(Pool(Record, [Record(1), Record()])),
        pickle.dumps(Pool(Record, [Record(1)])),
    )

    class Record(Struct):  # noqa: F811
        x: int = 0

    put(monkeypatch, Record)
    assert xs(pickle.loads(none)) == [1]
    with raises(
        TypeError, "Pool of Record: the pickled column 'x' has None in it, the field takes none"
    ):
        pickle.loads(some)


def test_codes_are_mapped_by_what_they_stood_for(monkeypatch):
    import enum

    class Mood(enum.Enum):
        GOOD = 1
        BAD = 2

    Mood.__module__, Mood.__qualname__ = __name__, "Mood"
    monkeypatch.setattr(sys.modules[__name__], "Mood", Mood, raising=False)

    class Record(Struct):
        m: Mood
        w: category

    put(monkeypatch, Record)
    data = pickle.dumps(Pool(Record, [Record(Mood.BAD, "one"), Record(Mood.GOOD, "two")]))

    class Mood(enum.Enum):  # noqa: F811
        NEW = 0
        BAD = 2
        GOOD = 1

    Mood.__module__, Mood.__qualname__ = __name__, "Mood"
    monkeypatch.setattr(sys.modules[__name__], "Mood", Mood)

    class Record(Struct):  # noqa: F811
        m: Mood
        w: category

    put(monkeypatch, Record)
    Record(Mood.NEW, "zero"), Record(Mood.NEW, "two")
    assert records(pickle.loads(data)) == [(Mood.BAD, "one"), (Mood.GOOD, "two")]


# ---- tampered ----


@pytest.mark.parametrize("rows", [-1, 1, 19, 21, 2**40, 2**50, 2**62, 2**70, "5", None, 1.5])
def test_a_number_of_rows_that_lies(rows):
    restore, cls, _, columns = parts_of(everything())
    with pytest.raises((ValueError, OverflowError)):
        restore(cls, rows, tuple(map(tuple, columns)))
    with pytest.raises((ValueError, OverflowError)):
        restore(cls, rows, ())


@pytest.mark.parametrize(
    ("column", "place", "value", "text"),
    [
        (0, 0, "z", "has no column 'z'"),
        (0, 0, 5, "damaged pickle"),
        (0, 1, "float", "the column 'a' was pickled as float, the field is int"),
        (0, 2, 4, "damaged pickle (column 'a': its shape)"),
        (0, 2, -1, "damaged pickle (column 'a': its shape)"),
        (0, 4, 7, "damaged pickle (column 'a': its shape)"),
        (0, 6, (), "damaged pickle"),
        (0, 6, (b"x" * 159, None), "damaged pickle (column 'a': a buffer of another length)"),
        (0, 6, (b"x" * 161, None), "damaged pickle (column 'a': a buffer of another length)"),
        (0, 6, ("x" * 160, None), "damaged pickle"),
        (2, 5, None, "damaged pickle (column 'c': what its codes stand for)"),
        (2, 5, (1, 2, 3), "damaged pickle (column 'c': a category that is no str)"),
        (2, 5, ("w0",), "damaged pickle (column 'c': a code that stands for nothing)"),
        (3, 5, (), "damaged pickle (column 'd': a code that stands for nothing)"),
        (3, 5, ("x",), "expected"),
        (4, 6, ([1] * 20, b"\1" * 19), "damaged pickle (it says 20 rows, and has fewer)"),
        (4, 6, ([1] * 20, b"\1" * 21), "damaged pickle (column 'e': its objects)"),
        (4, 6, ([1] * 20, b"\x15" * 20), "damaged pickle (column 'e': its objects)"),
        (4, 6, ([1] * 20, b"\x01\xff" * 20), "damaged pickle (column 'e': its objects)"),
        (4, 6, ([1] * 20, b"\xff\xff\xff\xff" * 20), "damaged pickle (column 'e': its objects)"),
        (4, 6, ([], b"\1" * 20), "damaged pickle (column 'e': its objects)"),
        (4, 6, ([1] * 19, None), "damaged pickle (it says 20 rows, and has fewer)"),
        (4, 6, ([1] * 20, 5), "damaged pickle (column 'e': its objects)"),
        (4, 6, ([1] * 20,), "damaged pickle (column 'e': its objects)"),
        (4, 6, ((1,) * 20, None), "damaged pickle"),
        (5, 6, (b"\0" * 160, b"\1"), "damaged pickle (column 'f': a buffer of another length)"),
        (5, 6, (b"\0" * 160, 5), "damaged pickle (column 'f': a buffer is missing)"),
    ],
)
def test_a_column_that_was_tampered_with(column, place, value, text):
    restore, cls, rows, columns = parts_of(everything())
    columns[column][place] = value
    with pytest.raises((ValueError, KeyError, TypeError)) as caught:
        restore(cls, rows, tuple(map(tuple, columns)))
    assert text in str(caught.value)


def test_columns_twice_or_not_tuples():
    restore, cls, rows, columns = parts_of(points(3))
    columns = tuple(map(tuple, columns))
    for wrong in ((*columns, columns[0]), (None,), 5, [*columns], (columns[0][:5],)):
        with pytest.raises(ValueError):
            restore(cls, rows, wrong)
    with pytest.raises((ValueError, TypeError)):
        restore(cls, rows)
    with pytest.raises(TypeError):
        restore(5, rows, columns)


def test_texts_that_lie_outside_or_are_no_texts():
    import struct

    class Text(Struct):
        t: utf8

    pool = Pool(Text, [Text(LONG)])
    restore, cls, rows, columns = parts_of(pool)
    size = len(LONG)

    def load(view, *segments):
        columns[0][6] = (view, None, *segments)
        return restore(cls, rows, tuple(map(tuple, columns)))

    def view(size, segment=0, offset=0, prefix=b"a te"):
        return struct.pack("<i4sii", size, prefix, segment, offset)

    good = LONG.encode()
    assert load(view(size), good)[0].t == LONG
    assert load(view(size, 1), b"", good)[0].t == LONG
    assert load(view(size - 2, 0, 2), good)[0].t == LONG[2:]
    for wrong in (
        view(size + 1),
        view(-1),
        view(size, 1),
        view(size, -1),
        view(size, 0, 1),
        view(size, 0, -1),
        view(2**31 - 1, 0, 2**31 - 1),
    ):
        with raises(
            ValueError,
            "Pool of Text: damaged pickle (column 't': a text that lies outside its buffer)",
        ):
            load(wrong, good)
    with raises(
        ValueError, "Pool of Text: damaged pickle (column 't': a text that lies outside its buffer)"
    ):
        load(view(size))
    with pytest.raises(ValueError):
        load(view(size), b"\xff" * size)
    with pytest.raises(ValueError):
        load(struct.pack("<i12s", 2, b"\xc0\x80"), good)
    # What a view says about its text is made anew: texts are compared by it.
    loaded = load(view(size, prefix=b"zzzz"), good)
    assert loaded == pool and loaded[0].t == LONG
    loaded = load(struct.pack("<i12s", 2, b"abXXXXXXXXXX"), good)
    assert loaded == Pool(Text, [Text("ab")])


def test_bools_are_made_bools():
    class Flagged(Struct):
        x: bool

    restore, cls, rows, columns = parts_of(Pool(Flagged, [Flagged(True), Flagged(False)]))
    columns[0][6] = (b"\x07\x00", None)
    assert xs(restore(cls, rows, tuple(map(tuple, columns)))) == [True, False]


@pytest.mark.parametrize("seed", range(4))
def test_random_damage_is_an_exception_or_a_pool_in_order(seed):
    draw = random.Random(seed)
    restore, cls, rows, columns = parts_of(everything())

    def damaged(value):
        choice = draw.randrange(8)
        if isinstance(value, bytes) and choice < 5 and value:
            data = bytearray(value)
            for _ in range(draw.randrange(1, 4)):
                data[draw.randrange(len(data))] = draw.randrange(256)
            return bytes(data) if choice < 4 else bytes(data[: draw.randrange(len(data))])
        if isinstance(value, tuple) and choice < 6 and value:
            items = list(value)
            i = draw.randrange(len(items))
            items[i] = damaged(items[i])
            return tuple(items)
        if isinstance(value, int) and choice < 6:
            return value + draw.choice([-1, 1, 2**31, 255])
        return draw.choice([None, 5, "x", b"", (), [], 2**40, value, value, value])

    for _ in range(400):
        changed = [list(column) for column in columns]
        for _ in range(draw.randrange(1, 3)):
            column = draw.choice(changed)
            place = draw.choice([2, 3, 4, 5, 6, 6, 6, 6, 6])
            column[place] = damaged(column[place])
        try:
            pool = restore(cls, rows, tuple(map(tuple, changed)))
        except Exception:  # noqa: BLE001, S112
            continue
        for row in pool:
            for field in cslots.fields(Everything):
                try:
                    getattr(row, field.name)
                except (ValueError, AttributeError):
                    pass
        pool.sort("b")
        pool.sort("g")
        pool.extend(pool)
        pool.compact()
        pool[0].b = LONG * 9


def test_random_bytes_of_a_pickle():
    draw = random.Random(7)
    data = pickle.dumps(Pool(Named, [Named(LONG, i, f"w{i}") for i in range(9)]), 5)
    for _ in range(1500):
        changed = bytearray(data)
        changed[draw.randrange(len(data))] = draw.randrange(256)
        try:
            pool = pickle.loads(bytes(changed))
        except Exception:  # noqa: BLE001, S112
            continue
        if isinstance(pool, Pool) and pool.record_class is Named:
            assert all(isinstance(row.name, str) for row in pool)


class Referring(Struct):
    number: int32
    thing: object


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize("different", [1, 2, 254, 255, 256, 3000, 65534, 65535, 65536, 100_000])
def test_references_are_the_same_objects_again(different, protocol):
    rows = max(2000, min(different * 3, 140_000))
    things = [[i] for i in range(different)]
    pool = Pool(
        Referring, ({"number": i, "thing": things[i * 7919 % different]} for i in range(rows))
    )
    for i in range(0, rows, 1000):
        del pool[i].thing
    back = pickle.loads(pickle.dumps(pool, protocol))
    mapped = {}
    for i, (old, new) in enumerate(zip(pool, back, strict=True)):
        if i % 1000 == 0:
            assert not hasattr(new, "thing")
            continue
        assert new.thing == old.thing
        assert mapped.setdefault(id(old.thing), new.thing) is new.thing
    assert len({id(thing) for thing in mapped.values()}) == len(mapped)


def test_each_its_own_object_is_pickled_row_by_row():
    pool = Pool(Referring, ({"number": i, "thing": [i]} for i in range(1000)))
    _, _, _, columns = parts_of(pool)
    assert columns[1][6] == ([[i] for i in range(1000)], None)
    assert [row.thing for row in pickle.loads(pickle.dumps(pool))] == [[i] for i in range(1000)]


# ---- pools that are part of what their records refer to ----


class Node(Struct):
    number: int
    name: utf8
    pool: object = None


def check_nodes(pool, home):
    assert [(node.number, node.name) for node in pool] == [(i, LONG + str(i)) for i in range(50)]
    assert all(node.pool is home for node in pool)
    pool.append(Node(50, "one more", pool))
    assert len(pool) == 51


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("dumps", [pickle.dumps, pickle._dumps])
@pytest.mark.parametrize("loads", [pickle.loads, pickle._loads])
def test_records_may_refer_to_their_pool(protocol, dumps, loads):
    pool = Pool(Node, ({"number": i, "name": LONG + str(i)} for i in range(50)))
    for node in pool:
        node.pool = pool
    back = loads(dumps(pool, protocol))
    assert back is not pool
    check_nodes(back, back)


def test_two_pools_may_refer_to_each_other():
    first, second = (
        Pool(Node, ({"number": i, "name": LONG + str(i)} for i in range(50))) for _ in range(2)
    )
    for a, b in zip(first, second, strict=True):
        a.pool, b.pool = second, first
    both = {"first": first, "list": [second, first]}
    for back in (pickle.loads(pickle.dumps(both)), copy.deepcopy(both)):
        assert back["list"][1] is back["first"]
        check_nodes(back["first"], back["list"][0])
        check_nodes(back["list"][0], back["first"])


def test_a_deep_copy_of_a_pool_that_refers_to_itself():
    pool = Pool(Node, ({"number": i, "name": LONG + str(i)} for i in range(50)))
    for node in pool:
        node.pool = pool
    back = copy.deepcopy(pool)
    check_nodes(back, back)
    assert len(pool) == 50


def test_setstate_fills_an_empty_pool_only():
    pool = everything()
    restore, (cls,), state = pool.__reduce_ex__(4)
    empty = restore(cls)
    assert len(empty) == 0 and empty.record_class is Everything
    empty.__setstate__(state)
    assert empty == pool
    with raises(
        ValueError,
        "Pool of Everything: __setstate__() fills a pool that is empty; this one has 20 records",
    ):
        empty.__setstate__(state)
    assert empty == pool
    for wrong in (
        None,
        (),
        (20,),
        (20, None),
        ("20", state[1]),
        (-1, state[1]),
        (21, state[1]),
        (20, state[1][:-1] + (None,)),
    ):
        fresh = restore(cls)
        with pytest.raises(ValueError, match="damaged pickle"):
            fresh.__setstate__(wrong)
        assert len(fresh) == 0
        fresh.__setstate__(state)
        assert fresh == pool


def test_a_pickle_that_fails_in_the_middle_leaves_the_pool_empty():
    """Objects of the pickle may know the pool by then."""
    pool = everything()
    restore, (cls,), (rows, columns) = pool.__reduce_ex__(4)
    for i in range(len(columns)):
        fresh = restore(cls)
        with pytest.raises((ValueError, TypeError, KeyError)):
            fresh.__setstate__(
                (rows, columns[:i] + ((*columns[i][:6], (b"\xff" * 3, None)),) + columns[i + 1 :])
            )
        assert len(fresh) == 0 and list(fresh) == []
        fresh.extend(pool)
        assert fresh == pool


class Texts(Struct):
    text: str | None


def test_references_are_checked_when_they_come_back():
    restore, cls, rows, columns = parts_of(
        Pool(Texts, ({"text": ("abc", "bc")[i // 50]} for i in range(100)))
    )
    values, codes = columns[0][6]
    assert len(values) == 2
    columns[0][6] = ([values[0], 5], codes)
    with pytest.raises(TypeError, match="expected str or None, got int"):
        restore(cls, rows, tuple(map(tuple, columns)))


def test_references_come_and_go_evenly():
    thing = [1]
    pool = Pool(Referring, ({"number": i, "thing": thing} for i in range(1000)))
    data = pickle.dumps(pool)
    one = pickle.loads(data)[0].thing
    back = pickle.loads(data)
    again = back[0].thing
    counted = sys.getrefcount(again)
    assert sys.getrefcount(one) < 10
    del back
    assert counted - sys.getrefcount(again) == 1000


class Text(Struct):
    text: utf8 | None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "é",
        "a" * 11 + "é",
        "a" * 12,
        "a" * 12 + "é",
        "\ud800",
        "a" * 30 + "\udfff",
        "\0",
        "日本" * 9,
        "x" * 100,
    ],
)
def test_texts_among_texts(text):
    texts = [text, None, "short", "a text that is longer than that", text, ""]
    pool = Pool(Text, ({"text": t} for t in texts * 50))
    back = pickle.loads(pickle.dumps(pool))
    assert [row.text for row in back] == texts * 50
    assert back == pool
    back.append(text=text)
    back[0].text = "another one of some length"
    assert [row.text for row in back] == ["another one of some length", *(texts * 50)[1:], text]
