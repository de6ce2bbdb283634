"""Long random lives: a Pool and a list of objects get the same operations and stay equal.

So do the rows that are held.
"""

import copy
import datetime as dt
import pickle
import random
from typing import Any

import pytest

pytest.importorskip("hypothesis", reason="needs hypothesis")

from hypothesis import settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from hypothesis.stateful import (  # noqa: E402
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from support.pool import UTC, Access, Color, Inner  # noqa: E402

from cslots import Pool, StaleRowError, Struct, category, float32, uint8, utf8  # noqa: E402

try:
    import numpy
except ImportError:
    numpy = None

TEXT = st.one_of(
    st.text(st.characters(codec=None), max_size=14),
    st.text(max_size=5).flatmap(lambda s: st.sampled_from([s, s * 5, s * 400])),
    st.sampled_from(
        ["", "x" * 12, "x" * 13, "\ud800", "\udfff" * 5, "é" * 6, "é" * 7, "\U0001f600" * 4]
    ),
)
WORDS = st.one_of(st.sampled_from("abc"), st.integers(0, 400).map(str), TEXT)


class Entry(Struct):
    n: int
    t: utf8 = ""
    t2: utf8 | None = None
    w: category = "w"
    w2: category | None = None
    f: float = 0.0
    g: float32 | None = None
    u: uint8 = 0
    b: bool = False
    b2: bool | None = None
    c: Color = Color.RED
    a: Access = Access(0)
    d: dt.datetime | None = None
    e: dt.date = dt.date(2000, 1, 1)
    o: object = None
    s: str = ""
    i: Inner | None = None


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "n": st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3),
    "t": TEXT,
    "t2": st.none() | TEXT,
    "w": WORDS,
    "w2": st.none() | WORDS,
    "f": st.floats(allow_nan=False),
    "g": st.none() | st.floats(width=32, allow_nan=False),
    "u": st.integers(0, 255),
    "b": st.booleans(),
    "b2": st.none() | st.booleans(),
    "c": st.sampled_from(Color),
    "a": st.integers(0, 7).map(Access),
    "d": st.none() | st.datetimes(timezones=st.just(UTC)).map(lambda value: value.replace(fold=0)),
    "e": st.dates(),
    "o": st.none() | st.integers(0, 3) | st.lists(st.integers(), max_size=2),
    "s": TEXT,
    "i": st.none() | st.builds(Inner, st.integers(0, 3)),
}
WRONG = {
    "n": 2**63,
    "t": 5,
    "t2": b"x",
    "w": 5,
    "u": 256,
    "b": 2,
    "c": 1,
    "d": dt.datetime(2000, 1, 1),
    "e": "x",
    "s": 5,
    "i": 5,
}
SORTABLE = [name for name in VALUES if name not in ("o", "i")]
ENTRIES = st.fixed_dictionaries(
    {"n": VALUES["n"]}, optional={name: values for name, values in VALUES.items() if name != "n"}
).map(lambda fields: Entry(**fields))
ASSIGNMENTS = st.sampled_from(list(VALUES)).flatmap(
    lambda name: VALUES[name].map(lambda value: (name, value))
)
ARRAYS = {"n": "i8", "f": "f8", "u": "u1", "b": "?"}


def rank(name):
    """A key that orders values as sort() does, None last (the caller's part)."""
    if name == "c":
        return list(Color).index
    if name == "a":
        return lambda value: value.value
    if name in ("t", "t2", "w", "w2", "s"):
        return lambda value: [ord(c) for c in value]
    return lambda value: value


class Life(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.pool = Pool(Entry)
        self.plain: list[Entry] = []
        self.rows: list[tuple[Any, Entry]] = []  # a row, and the object in the list that it must be
        self.replaced: list[Entry] = []  # no longer in the list: its rows are objects of their own
        self.snapshots: list[tuple[Any, list[Any]]] = []

    @initialize(entries=st.lists(ENTRIES, max_size=12), twice=st.sampled_from([1, 1, 40]))
    def start(self, entries, twice):
        for entry in entries * twice:
            self.plain.append(copy.copy(entry))
        self.pool = Pool(Entry, self.plain)

    def position(self, data):
        return data.draw(st.integers(0, len(self.plain) - 1))

    def key(self, data):
        some = st.none() | st.integers(-len(self.plain) - 2, len(self.plain) + 2)
        return slice(
            data.draw(some),
            data.draw(some),
            data.draw(st.sampled_from([None, None, 1, 2, 3, -1, -2])),
        )

    # ---- adding ----

    @rule(entry=ENTRIES, form=st.sampled_from(["object", "mapping", "keywords"]))
    def append(self, entry, form):
        fields = dict(zip(Entry.__match_args__, tuple_of(entry), strict=True))
        if form == "object":
            self.pool.append(entry)
        elif form == "mapping":
            self.pool.append(fields)
        else:
            self.pool.append(**fields)
        self.plain.append(copy.copy(entry))

    @rule(entry=ENTRIES, index=st.integers(-5, 20))
    def insert(self, entry, index):
        self.pool.insert(index, entry)
        self.plain.insert(index, copy.copy(entry))

    @rule(
        entries=st.lists(ENTRIES, max_size=5),
        form=st.sampled_from(["list", "generator", "pool", "columns"]),
    )
    def extend(self, entries, form):
        if form == "columns":
            columns = {name: [getattr(entry, name) for entry in entries] for name in VALUES}
            self.pool.extend(columns)
        else:
            self.pool.extend(
                {"list": list, "generator": iter, "pool": lambda e: Pool(Entry, e)}[form](entries)
            )
        self.plain.extend(map(copy.copy, entries))

    @precondition(lambda self: 0 < len(self.plain) < 200)
    @rule(data=st.data())
    def extend_by_itself(self, data):
        key = self.key(data)
        self.pool.extend(self.pool[key])
        self.plain.extend([copy.copy(entry) for entry in self.plain[key]])

    @rule(entries=st.lists(ENTRIES, max_size=3), name=st.sampled_from(list(WRONG)))
    def extend_that_fails(self, entries, name):
        def broken():
            yield from entries
            raise KeyError("broken")

        with pytest.raises(KeyError):
            self.pool.extend(broken())
        if name != "d" or any(entry.d is not None for entry in [*self.plain, *entries]):
            columns = {"n": [*range(len(entries)), 1]} | {
                name: [*(getattr(entry, name) for entry in entries), WRONG[name]]
            }
            with pytest.raises((TypeError, ValueError, OverflowError)):
                self.pool.extend(columns)

    # ---- removing ----

    @precondition(lambda self: self.plain)
    @rule(data=st.data(), how=st.sampled_from(["del", "pop", "remove"]))
    def remove(self, data, how):
        i = self.position(data)
        if how == "del":
            del self.pool[i]
        elif how == "pop":
            assert self.pool.pop(i) == self.plain[i]
        else:
            self.pool.remove(self.pool[i])
        del self.plain[i]

    @rule(data=st.data())
    def remove_slice(self, data):
        key = self.key(data)
        del self.pool[key]
        del self.plain[key]

    @rule(data=st.data())
    def remove_masked(self, data):
        modulus = data.draw(st.integers(2, 5))
        mask = [i % modulus == 0 for i in range(len(self.plain))]
        assert records(self.pool.filter(mask)) == [
            tuple_of(entry) for entry, keep in zip(self.plain, mask, strict=True) if keep
        ]
        del self.pool[mask]
        self.plain[:] = [entry for entry, gone in zip(self.plain, mask, strict=True) if not gone]

    @rule()
    def clear(self):
        self.pool.clear()
        self.plain.clear()

    # ---- changing ----

    @precondition(lambda self: self.plain)
    @rule(data=st.data(), assignment=ASSIGNMENTS)
    def assign(self, data, assignment):
        i = self.position(data)
        setattr(self.pool[i], *assignment)
        setattr(self.plain[i], *assignment)

    @precondition(lambda self: self.plain)
    @rule(data=st.data(), name=st.sampled_from(list(WRONG)))
    def assign_that_fails(self, data, name):
        i = self.position(data)
        others = [entry for entry in self.plain if entry.d is not None]
        if name != "d" or others:
            with pytest.raises((TypeError, ValueError, OverflowError)):
                setattr(self.pool[i], name, WRONG[name])

    @precondition(lambda self: self.plain)
    @rule(data=st.data(), entry=ENTRIES)
    def replace(self, data, entry):
        i = self.position(data)
        self.pool[i] = entry
        self.put(i, entry)

    def put(self, i, entry):
        self.replaced.append(self.plain[i])
        self.plain[i] = copy.copy(entry)

    @precondition(lambda self: self.plain)
    @rule(data=st.data())
    def swap(self, data):
        i, j = self.position(data), self.position(data)
        self.pool[i], self.pool[j] = self.pool[j], self.pool[i]
        if i != j:
            one, other = self.plain[i], self.plain[j]
            self.put(i, other)
            self.put(j, one)

    @precondition(lambda self: self.plain)
    @rule(data=st.data())
    def move(self, data):
        i, j = self.position(data), self.position(data)
        self.pool[i] = self.pool[j]
        if i != j:
            self.put(i, self.plain[j])

    @precondition(lambda self: self.rows and self.plain)
    @rule(data=st.data(), how=st.sampled_from(["replace", "append", "insert"]))
    def put_a_held_row(self, data, how):
        row, entry = data.draw(st.sampled_from(self.rows))
        i = self.position(data)
        if not self.is_known(entry):
            with pytest.raises(StaleRowError):
                self.pool.append(row)
        elif how == "replace":
            self.pool[i] = row
            if self.plain[i] is not entry:
                self.put(i, entry)
        elif how == "append":
            self.pool.append(row)
            self.plain.append(copy.copy(entry))
        else:
            self.pool.insert(i, row)
            self.plain.insert(i, copy.copy(entry))

    @rule(seed=st.integers(0, 9))
    def shuffle(self, seed):
        order = list(range(len(self.plain)))
        random.Random(seed).shuffle(order)
        rows = list(self.pool)
        self.pool[:] = [rows[k] for k in order]
        before = list(self.plain)
        for i, k in enumerate(order):
            if i != k:
                self.put(i, before[k])

    def is_known(self, entry):
        """Is it in the list, or was another put in its place?"""
        return any(entry is other for other in [*self.plain, *self.replaced])

    @rule(data=st.data())
    def replace_slice(self, data):
        key = self.key(data)
        targets = self.plain[key]
        entries = (
            data.draw(st.lists(ENTRIES, min_size=len(targets), max_size=len(targets)))
            if len(targets) < 6
            else [targets[0]] * len(targets)
        )
        self.pool[key] = entries
        for i, entry in zip(range(len(self.plain))[key], entries, strict=True):
            self.put(i, entry)

    @rule(data=st.data(), assignment=ASSIGNMENTS)
    def assign_column(self, data, assignment):
        name, value = assignment
        if isinstance(value, (list, Inner)):
            return
        key = self.key(data)
        if numpy is not None and name in ARRAYS and data.draw(st.booleans()):
            self.pool[key][name] = numpy.full(len(self.plain[key]), value, ARRAYS[name])
        else:
            self.pool[key][name] = [value] * len(self.plain[key])
        for entry in self.plain[key]:
            setattr(entry, name, value)
        if data.draw(st.booleans()):
            self.pool[name] = value
            for entry in self.plain:
                setattr(entry, name, value)

    @precondition(lambda self: numpy is not None and self.plain)
    @rule(data=st.data(), name=st.sampled_from(list(ARRAYS)))
    def write_through_a_view(self, data, name):
        i, value = self.position(data), data.draw(VALUES[name])
        view = self.pool[name]
        view[i] = value
        setattr(self.plain[i], name, value)
        with pytest.raises(BufferError):
            self.pool.pop()
        del view

    # ---- order ----

    @rule(
        names=st.lists(st.sampled_from(SORTABLE), min_size=1, max_size=2, unique=True),
        reverse=st.booleans(),
    )
    def sort(self, names, reverse):
        self.pool.sort(tuple(names), reverse=reverse)
        for name in reversed(names):
            key = rank(name)
            none = [entry for entry in self.plain if getattr(entry, name) is None]
            some = [entry for entry in self.plain if getattr(entry, name) is not None]
            some.sort(
                key=lambda entry, name=name, key=key: key(getattr(entry, name)), reverse=reverse
            )
            self.plain[:] = some + none

    @rule()
    def reverse(self):
        self.pool.reverse()
        self.plain.reverse()

    # ---- looking ----

    @precondition(lambda self: self.plain)
    @rule(data=st.data())
    def hold_a_row(self, data):
        i = self.position(data)
        self.rows.append((self.pool[i], self.plain[i]))

    @precondition(lambda self: self.rows)
    @rule(data=st.data(), assignment=ASSIGNMENTS)
    def write_through_a_row(self, data, assignment):
        row, entry = data.draw(st.sampled_from(self.rows))
        if self.is_known(entry):
            setattr(row, *assignment)
            setattr(entry, *assignment)
        else:
            with pytest.raises(StaleRowError):
                setattr(row, *assignment)

    @precondition(lambda self: self.rows)
    @rule(data=st.data())
    def drop_a_row(self, data):
        self.rows.pop(data.draw(st.integers(0, len(self.rows) - 1)))

    @precondition(lambda self: self.plain)
    @rule(data=st.data())
    def look_for(self, data):
        i = self.position(data)
        entry = copy.copy(self.plain[i])
        assert self.pool.index(entry) == self.plain.index(entry) and entry in self.pool
        assert self.pool.count(entry) == self.plain.count(entry)

    @rule(data=st.data())
    def look_at_a_slice(self, data):
        key = self.key(data)
        part, expected = self.pool[key], [tuple_of(entry) for entry in self.plain[key]]
        assert (
            records(part) == expected
            and records(reversed(part)) == expected[::-1]
            and records(part.copy()) == expected
        )
        assert part == Pool(Entry, self.plain[key])

    # ---- the whole ----

    @rule()
    def compact(self):
        self.pool.compact()

    @rule(rows=st.integers(0, 3000))
    def reserve(self, rows):
        self.pool.reserve(rows)

    @rule(how=st.sampled_from(["copy", "pickle", "deepcopy"]))
    def go_on_with_a_copy(self, how):
        pool = {
            "copy": lambda p: p.copy(),
            "pickle": lambda p: pickle.loads(pickle.dumps(p, 5)),
            "deepcopy": copy.deepcopy,
        }[how](self.pool)
        assert pool == self.pool
        self.rows.clear()
        self.replaced.clear()
        self.pool = pool

    @rule()
    def take_a_snapshot(self):
        buffers: list[Any] = []
        data = pickle.dumps(self.pool, 5, buffer_callback=buffers.append)
        self.snapshots.append(((data, buffers), [tuple_of(entry) for entry in self.plain]))

    @precondition(lambda self: self.snapshots)
    @rule()
    def load_a_snapshot(self):
        (data, buffers), expected = self.snapshots.pop()
        assert records(pickle.loads(data, buffers=buffers)) == expected

    # ---- what always holds ----

    @invariant()
    def both_are_equal(self):
        assert len(self.pool) == len(self.plain)
        assert records(self.pool) == [tuple_of(entry) for entry in self.plain]

    @invariant()
    def held_rows_are_right(self):
        alive = {id(entry) for entry in [*self.plain, *self.replaced]}
        for row, entry in self.rows:
            if id(entry) in alive:
                assert tuple_of(row) == tuple_of(entry)
            else:
                with pytest.raises(StaleRowError):
                    _ = row.n

    @invariant()
    def memory_adds_up(self):
        memory = self.pool.memory()
        assert memory["rows"] == len(self.plain)
        assert memory["used"] + memory["dead"] <= memory["capacity"] <= memory["reserved"]


NAMES = tuple(VALUES)


def tuple_of(thing):
    return tuple(getattr(thing, name) for name in NAMES)


def records(part):
    return [tuple_of(row) for row in part]


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=40)
TestLife = pytest.mark.slow(TestLife)


def test_the_records_of_the_model_are_kept_in_order():
    entry = Entry(1)
    assert tuple_of(entry)[0] == 1 and Entry.__match_args__ == NAMES
