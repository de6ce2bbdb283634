"""Pools and Arrow while user code runs in the middle. docs/design/lifetime.md has the rules.

A pool is changed while it is exported or imported; a column of texts holds what is not text; memory
is written to after it was checked.
"""

import ctypes
import enum
import gc
import sys
import threading
import time

import pytest
from support import raises
from support.arrow import ArrowArray, Batches, pointer

from cslots import Pool, Struct, category, dataclass, field, int64, utf8

BUSY = "rows are being added by another call; it must end first"
act = None


class Told(enum.Enum):
    """Arrow asks its members for their names, and then `act` runs."""

    A = 1
    B = 2

    @property
    def name(self):
        if act is not None:
            act()
        return self._name_


class Record(Struct):
    e: Told
    s: str
    t: utf8 = ""
    n: int64 = 0
    c: category = "a"


@pytest.fixture
def when_asked(monkeypatch):
    """when_asked(function): it runs at the first look at a name."""

    def set_act(function):
        def once():
            monkeypatch.setattr(sys.modules[__name__], "act", None)
            function()

        monkeypatch.setattr(sys.modules[__name__], "act", once)

    return set_act


def make(rows=300):
    return Pool(
        Record,
        {
            "e": [Told.A] * rows,
            "s": [f"text {i}" for i in range(rows)],
            "t": ["q" * 20] * rows,
            "n": range(rows),
        },
    )


def taken(source):
    """What an export gives, back as a pool."""
    return Pool.from_arrow(Record, source)


class Once:
    """An export that was made already."""

    def __init__(self, capsules):
        self.capsules = capsules

    def __arrow_c_array__(self, requested_schema=None):
        return self.capsules


CHANGES = {
    "clear": lambda pool: pool.clear(),
    "shrink": lambda pool: (pool.__delitem__(slice(10, None)), pool.compact()),
    "grow": lambda pool: pool.extend([Record(Told.B, "new", c=f"word {i}") for i in range(1000)]),
    "reverse": lambda pool: pool.reverse(),
    "sort": lambda pool: pool.sort("n", reverse=True),
    "remove the first": lambda pool: pool.pop(0),
    "values": lambda pool: pool.__setitem__("n", 5),
    "a record": lambda pool: pool.__setitem__(0, Record(Told.B, "other", n=7)),
    "references": lambda pool: [setattr(row, "s", "x" * 50) for row in pool],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_export_has_the_pool_as_it_was_or_as_it_is_after_a_change_in_the_middle(
    when_asked, change
):
    pool = make()
    when_asked(lambda: change(pool))
    exported = pool.__arrow_c_array__()
    assert act is None  # it has run
    assert list(taken(Once(exported))) == list(pool)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("part", [slice(5, None), slice(5, 100, 3), slice(None, None, -1)], ids=str)
def test_an_export_of_a_slice_that_becomes_stale_in_the_middle_is_refused(when_asked, change, part):
    pool = make()
    source = pool[part]
    when_asked(lambda: change(pool))
    try:
        exported = source.__arrow_c_array__()
    except ReferenceError as error:
        assert str(error).startswith("slice of a Pool of Record: rows were removed")
    else:
        assert list(taken(Once(exported))) == list(source)


def test_streams_and_schemas_are_asked_for_in_the_middle_too(when_asked):
    pool = make()
    when_asked(pool.clear)
    pool.__arrow_c_schema__()
    assert len(pool) == 0
    pool = make()
    when_asked(pool.clear)
    assert len(taken(pool)) == 0


def test_exports_at_once_do_not_disturb_each_other(when_asked):
    pool = make()
    inner = []
    when_asked(lambda: inner.append(pool.__arrow_c_array__()))
    outer = pool.__arrow_c_array__()
    assert list(taken(Once(outer))) == list(taken(Once(inner[0]))) == list(pool)
    pool.append(Record(Told.B, "after"))  # nobody reads any more
    assert len(pool) == 301


def test_a_list_of_columns_that_changes_is_the_one_that_was_given(when_asked):
    pool = make()
    names = ["e", "s", "t"] * 100
    when_asked(names.clear)
    _, array = pool._arrow(names, None, None)
    assert pointer(array, b"arrow_array", ArrowArray).n_children == 300 and names == []
    with raises(KeyError, "\"Pool of Record has no column 'x'\""):
        pool._arrow(["e", "x"], None, None)
    pool.append(Record(Told.B, "after"))


def test_names_of_columns_that_run_code_when_they_are_compared():
    pool = make()

    class Name(str):
        __slots__ = ()

        def __hash__(self):
            pool.clear()
            return hash(str(self))

        def __eq__(self, other):
            pool.clear()
            return str(self) == other

    pool._arrow([Name("n"), Name("s")], None, None)
    pool.append(Record(Told.B, "after"))


def test_a_name_of_a_member_that_is_no_str_is_refused():
    class Odd(enum.Enum):
        A = 1

        @property
        def name(self):
            return 5

    class Holder(Struct):
        e: Odd

    with raises(TypeError, "Pool of Holder: field 'e': the name of a member is a str, got int"):
        Pool(Holder, [Holder(Odd.A)]).__arrow_c_array__()


@pytest.mark.slow
def test_a_thread_that_fills_and_clears_a_pool_while_it_is_exported():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    pool = make(1000)
    small = [Record(Told.A, "x" * 30) for _ in range(200)]
    stop = []

    def other():
        while not stop:
            try:
                pool.clear()
                pool.extend(small)
            except RuntimeError:
                pass

    runner = threading.Thread(target=other)
    runner.start()
    try:
        end = time.time() + 3
        while time.time() < end:
            assert len(taken(pool)) in (0, 200, 1000)
    finally:
        stop.append(1)
        runner.join()
        sys.setswitchinterval(interval)


# ---- no text in a column of texts ----


@dataclass(gc=True)  # of a class that the collector does not see, CPython's members take nothing
class Loose:
    s: str = ""
    b: bytes = b""
    maybe: "str | None" = None


def put(name, value):
    """What `object.__setattr__` does where CPython allows it: the descriptor takes anything."""
    record = Loose()
    Loose.__dict__[name].__set__(record, value)
    return record


OTHERS = [10**40, 1.5, object(), [], {}, True, int, (), "text", b"bytes"]


@pytest.mark.parametrize("name", ["s", "b", "maybe"])
@pytest.mark.parametrize("value", OTHERS, ids=lambda value: type(value).__name__)
def test_what_is_no_text_does_not_go_out_as_one(name, value):
    wanted = bytes if name == "b" else str
    if isinstance(value, wanted):
        return
    pool = Pool(Loose, [Loose("first"), put(name, value)])
    for part in (pool, pool[1:], pool[::-1]):
        with pytest.raises(
            TypeError, match=rf"\ALoose\.{name}: expected {wanted.__name__}.*, got "
        ) as caught:
            part.__arrow_c_array__()
        assert caught.value.__notes__[0].endswith(f" of the column '{name}')")
    assert pool[1:].__arrow_c_schema__() is not None


def test_none_where_it_is_not_allowed_does_not_go_out():
    pool = Pool(Loose, [put("s", None)])
    with pytest.raises(TypeError, match="^Loose.s: expected str, got NoneType None"):
        pool.__arrow_c_array__()
    assert taken_loose(Pool(Loose, [Loose("a", b"b", None), Loose("c", b"d", "e")])) == [
        Loose("a", b"b", None),
        Loose("c", b"d", "e"),
    ]


def taken_loose(pool):
    return list(Pool.from_arrow(Loose, pool))


def test_a_repr_that_changes_the_pool_while_it_is_refused():
    class Evil:
        def __repr__(self):
            del pool[0].s
            pool[0].s = "other"
            return "evil"

    pool = Pool(Loose, [put("s", Evil())])
    with pytest.raises((TypeError, AttributeError)):
        pool.__arrow_c_array__()


def test_subclasses_of_str_and_bytes_go_out_as_texts():
    class Text(str):
        __slots__ = ()

    class Data(bytes):
        __slots__ = ()

    pool = Pool(Loose, [put("s", Text("kept")), put("b", Data(b"kept"))])
    assert [(row.s, row.b) for row in taken_loose(pool)] == [("kept", b""), ("", b"kept")]


# ---- a pool that is being filled ----


class Number(Struct):
    x: int64


def change_all(cls, change, done):
    """Change each pool of that class that the collector shows."""
    for found in gc.get_objects():
        if type(found) is Pool and found.record_class is cls:
            with pytest.raises(RuntimeError, match=BUSY):
                change(found)
            done.append(found)


FILLED = {
    "clear": lambda pool: pool.clear(),
    "append": lambda pool: pool.append(x=5, y=1),
    "extend": lambda pool: pool.extend([]),
    "insert": lambda pool: pool.insert(0, {"x": 5, "y": 1}),
    "compact": lambda pool: pool.compact(),
    "reserve": lambda pool: pool.reserve(10**6),
    "reverse": lambda pool: pool.reverse(),
    "sort": lambda pool: pool.sort("x"),
    "view": lambda pool: memoryview(pool._view("x")),
    "column": lambda pool: pool._extend_column("x", [1, 2], None, False),
    "take": lambda pool: pool._take_column(type(pool)(pool.record_class), "x"),
    "pickle": lambda pool: pool.__reduce_ex__(5),
    "state": lambda pool: pool.__setstate__((0, ())),
}


@pytest.mark.parametrize("change", FILLED.values(), ids=FILLED)
@pytest.mark.parametrize(
    "source",
    [
        lambda: Pool(Number, {"x": [*range(50)] * 2}),
        lambda: Batches([Pool(Number, {"x": range(50)})] * 2),
    ],
    ids=["array", "stream"],
)
def test_a_pool_that_from_arrow_fills_cannot_be_changed(change, source):
    done = []

    def factory():
        if not done:
            change_all(Wanted, change, done)
        return [1]

    class Wanted(Struct):
        x: int64
        y: object = field(default_factory=factory)

    pool = Pool.from_arrow(Wanted, source())
    assert [row.x for row in pool] == [*range(50)] * 2
    assert all(row.y == [1] for row in pool)
    assert len(done) >= 1
    pool.append(x=1, y=2)  # it is not busy any more


def test_a_fresh_pool_that_was_found_stays_in_order_when_the_import_fails():
    found = []

    def factory():
        if not found:
            found.extend(
                o for o in gc.get_objects() if type(o) is Pool and o.record_class is Wanted
            )
        elif len(found) < 10:
            found.append(None)
        else:
            raise ZeroDivisionError
        return [1]

    class Wanted(Struct):
        x: int64
        y: object = field(default_factory=factory)

    with pytest.raises(ZeroDivisionError):
        Pool.from_arrow(Wanted, Pool(Number, {"x": range(100)}))
    for pool in found:
        if pool is not None:
            assert len(pool) == 0
            pool.append(x=1, y=2)
            assert [(row.x, row.y) for row in pool] == [(1, 2)]


def test_a_fresh_pool_that_was_found_is_copied_when_the_import_succeeds():
    found = []

    def factory():
        if not found:
            found.extend(
                o for o in gc.get_objects() if type(o) is Pool and o.record_class is Wanted
            )
        return [1]

    class Wanted(Struct):
        x: int64
        y: object = field(default_factory=factory)

    pool = Pool.from_arrow(Wanted, Pool(Number, {"x": range(100)}))
    assert len(found) == 2
    for other in found:
        if other is not pool:
            other.clear()
            other.append(x=7, y=7)
    assert [row.x for row in pool] == [*range(100)]


def test_codes_are_asked_for_while_the_pool_is_busy(when_asked):
    pool = make(3)
    source = make(5)

    def change():
        for other in (pool.clear, lambda: pool.append(Record(Told.A, "x"))):
            with pytest.raises(RuntimeError, match=BUSY):
                other()
        pool[0].c = "a word that nobody has had"
        pool[0].n = -1

    exported = source.__arrow_c_array__()
    when_asked(change)
    pool.extend(Once(exported))
    assert act is None
    assert [row.n for row in pool] == [-1, 1, 2, 0, 1, 2, 3, 4]
    assert [row.c for row in pool] == ["a word that nobody has had"] + ["a"] * 7


# ---- memory that is written to after it was checked ----


class Treacherous(Batches):
    """Before the second batch it writes into the indexes of the first."""

    def __init__(self, batches, index, size):
        super().__init__(batches)
        self.index, self.size = index, size
        self.first = None

    def get_next(self, stream, out):
        if self.first is not None:
            (ctypes.c_char * self.size).from_address(self.first)[:] = (
                bytes([self.index]) * self.size
            )
            self.first = None
        status = super().get_next(stream, out)
        array = ctypes.cast(out, ctypes.POINTER(ArrowArray)).contents
        if array.release and len(self.left) == 1:
            self.first = array.children[0].contents.buffers[1]
        return status


@pytest.mark.parametrize("kind", [category, utf8, str])
@pytest.mark.parametrize("index", [0x7F, 0xFF])
def test_indexes_that_change_after_the_check_are_an_error(kind, index):
    class Words(Struct):
        c: category

    class Wanted(Struct):
        c: kind

    batches = [Pool(Words, {"c": ["a", "b"] * 32}) for _ in range(2)]
    with raises(
        ValueError,
        "Pool of Wanted: column 'c', row 0: the Arrow array is broken: it has changed since it "
        "was checked",
    ):
        Pool.from_arrow(Wanted, Treacherous(batches, index, 64))
    pool = Pool(Wanted, [Wanted("before")])
    batches = [Pool(Words, {"c": ["a", "b"] * 32}) for _ in range(2)]
    with pytest.raises(ValueError, match="has changed since it was checked"):
        pool.extend(Treacherous(batches, index, 64))
    assert [row.c for row in pool] == ["before"]


# ---- what nobody is to reach ----


def test_from_arrow_takes_a_class_and_a_source():
    class Box(Struct):
        x: int64

    source = Pool(Number, {"x": range(3)})
    for arguments in ((Box,), (Box, source, 3), (Box, source, 3, 4)):
        with raises(TypeError, "from_arrow() takes a class and Arrow data"):
            Pool.from_arrow(*arguments)


class Over:
    """A pool's Arrow data in memory of its own: that of a bytearray."""

    def __init__(self, memory):
        self.memory = memory
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(memory))

    def __arrow_c_array__(self, requested_schema=None):
        self.capsules = Pool(Number, {"x": range(8)}).__arrow_c_array__()
        child = pointer(self.capsules[1], b"arrow_array", ArrowArray).children[0].contents
        ctypes.memmove(self.address, child.buffers[1], 64)
        child.buffers[1] = self.address
        return self.capsules


def test_foreign_memory_is_written_to_only_where_it_is_given_as_writable():
    memory = bytearray(64)
    pool = Pool.from_arrow(Number, Over(memory))
    pool[0].x = 100
    assert memory[0] == 0 and [row.x for row in pool] == [100, *range(1, 8)]
    pool = Pool._from_file(Number, Over(memory), memory)
    pool[0].x = 100
    assert memory[0] == 100 and [row.x for row in pool] == [100, *range(1, 8)]
    for other in (bytearray(64), memoryview(memory)[:32], memoryview(memory)[8:], bytearray()):
        pool = Pool._from_file(Number, Over(memory), other)
        pool[0].x = 100
        assert memory[0] == 0 and [row.x for row in pool] == [100, *range(1, 8)]
    with pytest.raises(BufferError):
        Pool._from_file(Number, Over(memory), bytes(64))
    with pytest.raises(BufferError):
        Pool._from_file(Number, Over(memory), memoryview(memory).toreadonly())
