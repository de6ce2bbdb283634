"""What Pool has beyond its C half: columns as NumPy arrays, and columns from other libraries.

Forms of a column, `pool["name"]`:

    numbers, bool, flags        ndarray over the memory of the pool; writable, but of a frozen class
    datetime, timedelta         ndarray of datetime64[us], timedelta64[us] over it; writable
    date                        ndarray of datetime64[D], a copy
    category, Enum, Literal     CategoryColumn: codes over that memory, read only, and their meaning
    utf8                        ndarray of NumPy's StringDType (before NumPy 2 of objects), a copy
    str, bytes, objects         ndarray of objects, a copy
    nullable numbers            numpy.ma.MaskedArray: data over that memory, the mask a copy

An array over the pool's memory sees what rows write, and rows see what is written to it. While the
array lives, records cannot be removed or inserted.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum

from .. import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, SupportsIndex, TypeVar

    _R = TypeVar("_R")

__all__ = [
    "CategoryColumn",
    "assign_column",
    "assign_slice_column",
    "column",
    "columns_of",
    "no_column",
    "order_of",
    "partitions",
    "ranks_of",
    "slice_column",
    "understand",
]

_ROWS = {row["shown"]: row for row in _core.kinds()}
_LETTERS = {row["buffer"] for row in _ROWS.values()}
_CODES = {name for name, row in _ROWS.items() if row["family"] in ("category", "choice")}
_TIMES = {name: row["numpy"] or "" for name, row in _ROWS.items() if row["family"] == "time"}


def _numpy() -> Any:
    try:
        import numpy
    except ImportError:
        raise ImportError(
            "the columns of a Pool are NumPy arrays: install numpy (rows work without it)"
        ) from None
    return numpy


def no_column(pool: _core.Pool[Any], name: object) -> str:
    """The message for a name that is not a column."""
    from .._functions import suggest

    cls = pool.record_class
    fields = _core.plan_of(cls).fields
    if any(field.name == name and field.kind == "initvar" for field in fields):
        return (
            f"Pool of {cls.__name__} has no column {name!r}: an InitVar is an argument of the "
            "constructor, and not stored"
        )
    names = [field.name for field in fields if field.kind != "initvar"]
    if name in names:
        return f"Pool of {cls.__name__} has no column {name!r}: it is computed at each read"
    close = suggest(name, names) if isinstance(name, str) else None
    hint = f"; did you mean {close!r}?" if close else ""
    return f"Pool of {cls.__name__} has no column {name!r}{hint}"


# ---- columns as arrays ----


class CategoryColumn:
    """A column of categories, Enum members or literals: `codes`, and their `categories`.

    `codes` is a read-only integer array over the memory of the pool. `mask` is an array of bools,
    True where the value is None; it is None where the field does not take None. Comparing with a
    value gives an array of bools, as it does for any array.

    >>> prices[pool["symbol"] == "ACME"].mean()
    """

    __module__ = "cslots"  # where it is public: pickles name it

    __slots__ = ("_origin", "categories", "codes", "mask")
    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self, codes: Any, categories: tuple[Any, ...], mask: Any = None, _origin: Any = None
    ) -> None:
        self.codes = codes
        self.categories = categories
        self.mask = mask
        self._origin = (
            _origin  # (pool, name): codes are looked at in place, and their table may have grown
        )

    def _has_grown(self) -> bool:
        known = len(self.categories)
        if self._origin is not None:
            pool, name = self._origin
            self.categories = pool._column_info(name)[4]
        return len(self.categories) > known

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, key: Any) -> Any:
        codes = self.codes[key]
        mask = None if self.mask is None else self.mask[key]
        if getattr(codes, "ndim", 0):
            return CategoryColumn(codes, self.categories, mask, self._origin)
        if mask is not None and mask:
            return None
        if codes >= len(self.categories):
            self._has_grown()
        return self.categories[codes]

    def _where(self, value: object) -> Any:
        numpy = _numpy()
        if value is None:
            return numpy.zeros(len(self), bool) if self.mask is None else self.mask.copy()
        wanted = [code for code, category in enumerate(self.categories) if category == value]
        if not wanted and self._has_grown():
            return self._where(value)
        found = self.codes == wanted[0] if len(wanted) == 1 else numpy.isin(self.codes, wanted)
        return found if self.mask is None else found & ~self.mask

    def __eq__(self, value: object) -> Any:
        if isinstance(value, CategoryColumn):
            return self.to_numpy() == value.to_numpy()
        return self._where(value)

    def __ne__(self, value: object) -> Any:
        return ~self.__eq__(value)

    def isin(self, values: Iterable[object]) -> Any:
        """An array of bools: where is the value one of these?"""
        numpy = _numpy()
        found = numpy.zeros(len(self), bool)
        for value in values:
            found |= self._where(value)
        return found

    def to_numpy(self) -> Any:
        """The values themselves, as an array of objects."""
        numpy = _numpy()
        if len(self.codes) and self.codes.max() >= len(self.categories):
            self._has_grown()
        table = numpy.empty(len(self.categories) + 1, object)
        table[: len(self.categories)] = self.categories
        values = table[self.codes]
        if self.mask is not None:
            values[self.mask] = None
        return values

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        values = self.to_numpy()
        return values if dtype is None else values.astype(dtype)

    def __iter__(self) -> Any:
        return iter(self.to_numpy().tolist())

    def __repr__(self) -> str:
        shown = ", ".join(repr(self[i]) for i in range(min(len(self), 6)))
        return (
            f"<CategoryColumn of {len(self.categories)} categories: "
            f"[{shown}{', ...' if len(self) > 6 else ''}]>"
        )


def column(pool: _core.Pool[Any], name: str) -> Any:
    """What `pool[name]` is."""
    return _rows_of_column(pool, name, 0, len(pool), 1)


def slice_column(part: _core.PoolSlice[Any], name: str) -> Any:
    """What `pool[a:b][name]` is: that part of the column, over memory where the column is."""
    return _rows_of_column(part.pool, name, *part._range)


def _rows_of_column(pool: _core.Pool[Any], name: str, start: int, count: int, step: int) -> Any:
    """Costs what these rows cost, however many the pool has."""
    kind, _, nullable, _, argument = pool._column_info(name)
    numpy = _numpy()
    row = _ROWS[kind]
    if row["buffer"] is None and kind not in _CODES:
        return _copied(pool._values(name, start, count, step), kind, nullable)
    mask = ~numpy.frombuffer(pool._validity(name, start, count, step), bool) if nullable else None
    values = numpy.asarray(memoryview(pool._view(name)))
    if count != len(values) or step != 1:
        stop = start + count * step
        values = values[start : stop if stop >= 0 else None : step] if count else values[:0]
    if kind in _CODES:
        return CategoryColumn(values, argument, mask, (pool, name) if kind == "category" else None)
    if row["numpy"] is not None:
        dtype = numpy.dtype(row["numpy"])
        same = dtype.itemsize == values.itemsize  # else a copy: NumPy's dates are wider
        values = values.view(dtype) if same else values.astype(dtype)
    return values if mask is None else numpy.ma.MaskedArray(values, mask)


def _copied(values: list[Any], kind: str, nullable: bool) -> Any:
    """A column that has no array of its own."""
    numpy = _numpy()
    if kind == "utf8" and hasattr(numpy.dtypes, "StringDType"):
        try:
            return numpy.array(
                values,
                numpy.dtypes.StringDType(na_object=None)
                if nullable
                else numpy.dtypes.StringDType(),
            )
        except UnicodeEncodeError:  # a lone surrogate
            pass
    array = numpy.empty(len(values), object)
    array[:] = values
    return array


def assign_slice_column(part: _core.PoolSlice[Any], name: str, values: Any) -> None:
    """`pool[a:b][name] = values`: checked as a whole column is; a scalar stands for all.

    Nothing changes if one of the values is refused.
    """
    _check_not_frozen(part.pool, name)
    part._put_column(_fresh_column(part.pool, name, values, len(part)), name)


def _over_memory(pool: _core.Pool[Any], name: str) -> bool:
    kind = pool._column_info(name)[0]
    return _ROWS[kind]["buffer"] is not None and kind != "date"


def assign_column(pool: _core.Pool[Any], name: str, values: Any) -> None:
    """`pool[name] = values`: all values of a column; a scalar stands for all.

    Nothing changes if one of the values is refused.
    """
    pool._column_info(name)
    _check_not_frozen(pool, name)
    if not _is_own(pool, name, values):  # pool["x"] += 1 has changed it already
        pool._take_column(_fresh_column(pool, name, values, len(pool)), name)


def _fresh_column(pool: _core.Pool[Any], name: str, values: Any, rows: int) -> _core.Pool[Any]:
    """A pool in which only this column is written."""
    kind, _, nullable, zone, _ = pool._column_info(name)
    # A Flag can be iterated over.
    if isinstance(values, (str, bytes, Enum)) or not isinstance(values, Iterable):
        values = [values] * rows
    fresh = _core.Pool(pool.record_class)
    found, valid = _column_of(pool, name, kind, nullable, values)
    # NumPy's times have no zone: they are of the sort that the column keeps.
    fresh._extend_column(
        name,
        found,
        valid,
        kind == "datetime" and zone == "utc" and not isinstance(found, (list, tuple)),
    )
    return fresh


def _check_not_frozen(pool: _core.Pool[Any], name: str) -> None:
    if _core.plan_of(pool.record_class).frozen:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(
            f"{pool.record_class.__name__} is frozen; cannot assign the column {name!r}"
        )


def _is_own(pool: _core.Pool[Any], name: str, values: Any) -> bool:
    """Is this array the very column, of the same length?"""
    numpy = sys.modules.get("numpy")
    if numpy is None or not _over_memory(pool, name) or not isinstance(values, numpy.ndarray):
        return False
    if isinstance(values, numpy.ma.MaskedArray):
        return False
    if values.shape != (len(pool),) or not values.flags.c_contiguous or len(pool) == 0:
        return False
    own = column(pool, name)
    own = own.data if isinstance(own, numpy.ma.MaskedArray) else own
    return bool(own.ctypes.data == values.ctypes.data and own.dtype == values.dtype)


# ---- columns from others ----


def understand(pool: _core.Pool[Any], source: Any) -> Any:
    """Rows or columns out of a DataFrame or a structured array; anything else as it is."""
    names = getattr(getattr(source, "dtype", None), "names", None)
    if names:
        return {name: source[name] for name in names}
    columns = getattr(source, "columns", None)
    if columns is not None and hasattr(source, "__getitem__") and not callable(columns):
        return {str(name): source[name] for name in columns}
    return source


def columns_of(pool: _core.Pool[Any], source: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """({name: (values, valid)}, length) of a mapping of columns.

    All names must be fields, and all lengths the same.
    """
    cls = pool.record_class
    result: dict[str, Any] = {}
    length: int | None = None
    first = ""
    for name in source:
        if not isinstance(name, str):
            raise TypeError(
                f"Pool of {cls.__name__}: the names of columns are strings, got {name!r}"
            )
        try:
            kind, _, nullable, _, _ = pool._column_info(name)
        except KeyError as error:
            raise TypeError(error.args[0]) from None
        values, valid = _column_of(pool, name, kind, nullable, source[name])
        if length is None:
            length, first = len(values), name
        elif len(values) != length:
            raise ValueError(
                f"Pool of {cls.__name__}: columns of different lengths: {first!r} has {length}, "
                f"{name!r} has {len(values)}"
            )
        result[name] = (values, valid)
    return result, length or 0


def _column_of(
    pool: _core.Pool[Any], name: str, kind: str, nullable: bool, values: Any
) -> tuple[Any, Any]:
    """(a sequence or buffer, a mask with one byte a row or None) for one column."""
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise TypeError(
            f"Pool of {pool.record_class.__name__}: column {name!r} is a sequence of values, got "
            f"{type(values).__name__}"
        )
    if isinstance(values, CategoryColumn):
        return values.to_numpy().tolist(), None
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        to_numpy = getattr(values, "to_numpy", None)  # pandas, polars, pyarrow have it
        if not isinstance(values, numpy.ndarray) and to_numpy is not None:
            values = to_numpy()
        if isinstance(values, numpy.ndarray):
            return _array_column(pool, name, kind, numpy, values)
    # Whole numbers in a buffer are no times, whatever their bytes.
    if kind in _TIMES or not (
        isinstance(values, (Sequence, memoryview, bytearray)) or hasattr(values, "__getitem__")
    ):
        values = list(values)
    return values, None


def _array_column(
    pool: _core.Pool[Any], name: str, kind: str, numpy: Any, array: Any
) -> tuple[Any, Any]:
    if array.ndim != 1:
        raise ValueError(
            f"Pool of {pool.record_class.__name__}: column {name!r} has {array.ndim} dimensions, "
            "one is expected"
        )
    valid = None
    if isinstance(array, numpy.ma.MaskedArray):
        if array.mask is not numpy.ma.nomask:
            valid = (~numpy.ma.getmaskarray(array)).view("B")
        array = array.data
    letter = array.dtype.kind
    if letter in "Mm":
        unit = numpy.datetime_data(array.dtype)
        target = _TIMES.get(kind, "  ")
        if target[0] == letter:
            if valid is not None:
                # What is masked may be anything.
                array = numpy.where(valid.view(bool), array, numpy.zeros(1, array.dtype))
            try:
                exact = array.astype(target)
                kept = (
                    unit == numpy.datetime_data(target)
                    or ((exact.astype(array.dtype) == array) | numpy.isnat(array)).all()
                )
            except OverflowError:
                exact, kept = array, False
            if not kept:
                raise ValueError(
                    f"{pool.record_class.__name__}.{name}: the column has times that "
                    f"{target[3:-1]} cannot hold exactly"
                )
            numbers = exact.view("i8")
            if kind == "date":
                if valid is None and numpy.isnat(exact).any() and pool._column_info(name)[2]:
                    valid = (~numpy.isnat(exact)).view("B")
                numbers = (
                    numpy.where(numpy.isnat(exact), 0, numbers) if valid is not None else numbers
                )
            return numbers, valid
        return array.astype(object).tolist(), valid
    if letter in "OUTS" or kind in _TIMES:
        return array.tolist(), valid
    # As pool[name] shows them; each number that occurs is asked for once.
    if kind.startswith("flag") and letter in "iu":
        members = {bits: pool._column_info(name)[4](bits) for bits in numpy.unique(array).tolist()}
        return [members[bits] for bits in array.tolist()], valid
    if array.dtype == numpy.float16 and "e" not in _LETTERS:
        array = array.astype(float)
    return numpy.ascontiguousarray(array, array.dtype.newbyteorder("=")), valid


# ---- parts ----


def partitions(pool: _core.Pool[_R], parts: SupportsIndex) -> list[_core.PoolSlice[_R]]:
    """What `pool.partitions(parts)` is: slices that differ by one row at most; none is empty."""
    try:
        count = operator.index(parts)
    except TypeError:
        count = 0
    if count < 1:
        error = ValueError if isinstance(parts, int) else TypeError
        raise error(
            f"Pool of {pool.record_class.__name__}: partitions() takes a whole number of at least "
            f"1, got {parts!r}"
        )
    rows = len(pool)
    count = min(count, rows)
    return [pool[rows * k // count : rows * (k + 1) // count] for k in range(count)]


# ---- order ----


def order_of(pool: _core.Pool[Any], name: str, order: list[int], reverse: bool) -> list[int]:
    """`order` sorted by a column of references, with Python's own comparison; None last."""
    values = pool._values(name)
    some = [row for row in order if values[row] is not None]
    none = [row for row in order if values[row] is None]
    some.sort(key=values.__getitem__, reverse=bool(reverse))
    return some + none


def ranks_of(texts: tuple[str, ...]) -> list[int]:
    """The place of each text among all of them in sorted order."""
    ranks = [0] * len(texts)
    for rank, code in enumerate(sorted(range(len(texts)), key=texts.__getitem__)):
        ranks[code] = rank
    return ranks
