"""What travels to a worker and what comes back.

    driver                                                              worker
    Partition(pool[a:b])  --pickled: the rows are copied once-->        Parcel --open--> Pool
                                                                          | function
    write_back(pool, outcomes)  <--values, and the columns asked for--  Outcome

A Partition is pickled as a Parcel: the pickle of a small pool with the columns as buffers beside
it, so that whoever passes it on (Dask's scheduler) neither copies the columns nor needs the record
class. Where nothing is pickled (threads), `open` copies the rows all the same: a function never
sees the pool itself.

Workers on this machine get the rows without sockets: _shared.py.

A column comes back in one of two forms: numbers as the bytes of the column (with one byte a row
for None, where the field takes it); all else as a list of values.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .. import _core

# Their bytes mean something only together with a table, a heap or a zone of the pool that they are
# in.
_AS_VALUES = {
    row["shown"] for row in _core.kinds() if row["buffer"] is None or row["arrow"] is None
}


class Partition:
    """Some neighbouring rows of a pool, not copied yet."""

    __slots__ = ("first", "last", "rows")

    def __init__(self, rows: _core.PoolSlice[Any]) -> None:
        self.rows = rows
        self.first = rows._range[0]
        self.last = self.first + len(rows) - 1

    def open(self) -> _core.Pool[Any]:
        return self.rows.__copy__()

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        buffers: list[pickle.PickleBuffer] = []
        head = pickle.dumps(self.rows, 5, buffer_callback=buffers.append)
        return Parcel(self.first, self.last, head, buffers).__reduce_ex__(protocol)


class Parcel:
    """A partition as bytes."""

    __slots__ = ("buffers", "first", "head", "last")

    def __init__(self, first: int, last: int, head: bytes, buffers: Sequence[Any]) -> None:
        self.first = first
        self.last = last
        self.head = head
        self.buffers = buffers

    def open(self) -> _core.Pool[Any]:
        return loaded(self.head, self.buffers)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        pack: Callable[[Any], Any] = pickle.PickleBuffer if protocol >= 5 else bytes
        return Parcel, (self.first, self.last, self.head, [pack(buffer) for buffer in self.buffers])


def loaded(head: Any, buffers: Sequence[Any]) -> _core.Pool[Any]:
    """The pool of a pickle; on a worker."""
    try:
        pool: _core.Pool[Any] = pickle.loads(head, buffers=buffers)
    except (AttributeError, ImportError) as error:
        error.add_note(
            "(the worker cannot import the class of the records: define it in a module that "
            "workers have too)"
        )
        raise
    return pool


class Column(NamedTuple):
    """A column that comes back."""

    values: Any  # a list, or the bytes of the column
    valid: Any = None


class Outcome:
    """What became of a partition."""

    __slots__ = ("columns", "value")

    def __init__(self, value: Any, columns: Any) -> None:
        self.value = value
        self.columns = columns  # {name: Column}, or where they stand (_shared.py)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        if not isinstance(self.columns, dict):
            return Outcome, (self.value, self.columns)
        columns = {
            name: column
            if protocol >= 5 or isinstance(column.values, list)
            else column._replace(values=bytes(column.values))
            for name, column in self.columns.items()
        }
        return Outcome, (self.value, columns)


class Work:
    """What is done with a partition; runs on the worker."""

    __slots__ = ("columns", "function", "row_by_row")

    def __init__(
        self, function: Callable[[Any], Any], row_by_row: bool, columns: Sequence[str]
    ) -> None:
        self.function = function
        self.row_by_row = row_by_row
        self.columns = columns

    def __reduce__(self) -> tuple[Any, ...]:
        return Work, (self.function, self.row_by_row, self.columns)

    def __call__(self, part: Any) -> Outcome:  # a Partition, a Parcel, or Shared
        try:
            pool = part.open()
            rows = len(pool)
            value = self._rows(pool, part.first) if self.row_by_row else self.function(pool)
            if self.columns and len(pool) != rows:
                raise ValueError(
                    f"a function that updates a part keeps its rows: there were {rows}, now there "
                    f"are {len(pool)}"
                )
            outcome = Outcome(value, {name: _column(pool, name) for name in self.columns})
            returned = getattr(part, "returned", None)
            return outcome if returned is None else returned(outcome)
        except Exception as error:
            about(error, part)
            raise

    def _rows(self, pool: _core.Pool[Any], first: int) -> list[Any] | None:
        values: list[Any] | None = None if self.columns else []
        done = 0
        try:
            for row in pool:
                value = self.function(row)
                if values is not None:
                    values.append(value)
                done += 1
        except Exception as error:
            error.add_note(f"(row {first + done} of the pool)")
            raise
        return values


def about(error: BaseException, part: Any) -> None:
    """Adds which rows an exception is about, unless it says so already."""
    notes = getattr(error, "__notes__", ())
    if not any(note.startswith(("(row ", "(rows ")) for note in notes):
        error.add_note(f"(rows {part.first} to {part.last} of the pool)")


def _column(pool: _core.Pool[Any], name: str) -> Column:
    kind, _, nullable, _, _ = pool._column_info(name)
    if kind in _AS_VALUES:
        return Column(pool._values(name))
    return Column(pickle.PickleBuffer(pool._view(name)), pool._validity(name) if nullable else None)


# ---- on the driver ----


def columns_to_update(pool: _core.Pool[Any], update: bool | str | Sequence[str]) -> tuple[str, ...]:
    """The names of the columns that come back."""
    cls = pool.record_class
    if update is False:
        return ()
    if _core.plan_of(cls).frozen:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"{cls.__name__} is frozen; its rows cannot be updated")
    if update is True:
        return tuple(pool.memory()["columns"])
    names = (update,) if isinstance(update, str) else tuple(update)
    for name in names:
        try:
            pool._column_info(name)
        except KeyError as error:
            raise ValueError(f"update: {error.args[0]}") from None
    return tuple(dict.fromkeys(names))


def write_back(
    pool: _core.Pool[Any],
    parts: Sequence[_core.PoolSlice[Any]],
    outcomes: Sequence[Outcome],
    names: Sequence[str],
) -> None:
    """Writes the columns that came back into the pool: all of them, or none and an error."""
    cls = pool.record_class
    try:
        rows = sum(map(len, parts))
    except _core.StaleRowError as error:
        raise _core.StaleRowError(
            f"Pool of {cls.__name__}: rows were removed or moved while engines worked on them; "
            "nothing was updated"
        ) from error
    if rows != len(pool):
        raise RuntimeError(
            f"Pool of {cls.__name__}: rows were added while engines worked on the others; nothing "
            "was updated"
        )
    in_place: list[tuple[memoryview, list[Any]]] = []
    replaced: list[tuple[str, _core.Pool[Any]]] = []
    for name in names:
        columns = [outcome.columns[name] for outcome in outcomes]
        if isinstance(columns[0].values, list) or columns[0].valid is not None:
            replaced.append((name, _whole(pool, name, columns)))
        else:
            in_place.append((memoryview(pool._view(name)), [column.values for column in columns]))
    for name, whole in replaced:
        pool._take_column(whole, name)
    for target, values in in_place:
        start = 0
        for piece in values:
            letter: Any = target.format or "B"
            view = memoryview(piece).cast("B").cast(letter)
            target[start : start + len(view)] = view
            start += len(view)


def _whole(pool: _core.Pool[Any], name: str, columns: Sequence[Column]) -> _core.Pool[Any]:
    """A pool of which only this column is of use."""
    whole = _core.Pool(pool.record_class)
    if isinstance(columns[0].values, list):
        whole._extend_column(
            name, [value for column in columns for value in column.values], None, False
        )
    else:
        values = memoryview(
            bytearray().join(memoryview(column.values).cast("B") for column in columns)
        )
        letter: Any = memoryview(pool._view(name)).format or "B"
        valid = b"".join(column.valid for column in columns)
        whole._extend_column(name, values.cast(letter), valid, False)
    return whole
