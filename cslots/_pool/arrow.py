"""What Pool has of Arrow beyond its C half: tables of pyarrow, and files.

A file of `Pool.save` is an Arrow IPC file of one record batch. The metadata of its schema says:

    cslots    {"version": 1, "class": "app.User", "kinds": {"name": "utf8", "age": "uint8", ...}}

Any Arrow library reads the file. `Pool.open` maps it privately: a page is read at the first look,
and shared between processes until one of them writes to it. What is written stays in that process.
The values are not looked at when the file is opened; each access checks what it reads.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import stat
from enum import Enum, Flag

from .. import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = ["codes_of", "flag_mask", "open_pool", "save", "to_arrow", "words_of"]

_NOTE = b"cslots"
_VERSION = 1


# ---- words of Enum and Literal fields ----


def words_of(choices: tuple[Any, ...]) -> tuple[str, ...]:
    """What the choices are called in Arrow.

    Enum members have their names; literals that are all strings are as they are; other literals
    have their repr.
    """
    if all(isinstance(choice, Enum) for choice in choices):
        return tuple(choice.name for choice in choices)
    if all(type(choice) is str for choice in choices):
        return choices
    return tuple(repr(choice) for choice in choices)


def codes_of(choices: tuple[Any, ...]) -> dict[str, int]:
    return {word: code for code, word in enumerate(words_of(choices))}


def flag_mask(cls: type[Flag]) -> int:
    """The bits that a value may have; 0: any (unknown ones are kept by this class)."""
    from enum import EJECT, KEEP

    inner: Any = cls
    return 0 if inner._boundary_ in (KEEP, EJECT) else int(inner._flag_mask_)


# ---- tables ----


def _pyarrow(who: str) -> Any:
    try:
        import pyarrow
        import pyarrow.ipc
    except ImportError as error:
        if isinstance(error, ModuleNotFoundError) and error.name in ("pyarrow", "pyarrow.ipc"):
            advice = "pip install pyarrow (other Arrow libraries take the pool itself)"
            raise ImportError(f"{who} needs pyarrow, which is not installed: {advice}") from None
        raise
    return pyarrow


class _Part:
    """Some columns of a pool, for a library that asks by the protocol."""

    __slots__ = ("columns", "part", "text")

    def __init__(
        self, part: _core.Pool[Any] | _core.PoolSlice[Any], columns: Sequence[str] | None, text: str
    ) -> None:
        if isinstance(columns, str):
            raise TypeError(f"columns is a sequence of names, got the str {columns!r}")
        self.part = part
        self.columns = columns
        self.text = text

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        return self.part._arrow(self.columns, self.text, requested_schema)


def to_arrow(
    part: _core.Pool[Any] | _core.PoolSlice[Any],
    columns: Sequence[str] | None = None,
    text: str = "view",
) -> Any:
    pyarrow = _pyarrow("to_arrow()")
    return pyarrow.Table.from_batches([pyarrow.record_batch(_Part(part, columns, text))])


# ---- files ----


def _class_name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _kinds(pool: _core.Pool[Any]) -> dict[str, str]:
    cls = pool.record_class
    stored = [
        field.name
        for field in _core.plan_of(cls).fields
        if not field.cached and field.kind != "initvar"
    ]
    return {name: pool._column_info(name)[0] for name in stored}


def save(pool: _core.Pool[Any], path: str | os.PathLike[str], *, text: str = "view") -> None:
    pyarrow = _pyarrow("save()")
    batch = pyarrow.record_batch(_Part(pool, None, text))
    note = {"version": _VERSION, "class": _class_name(pool.record_class), "kinds": _kinds(pool)}
    batch = batch.replace_schema_metadata({_NOTE: json.dumps(note)})
    target = os.path.realpath(os.fspath(path))  # through a link, the file it names is replaced
    beside = f"{target}.{os.getpid()}-{id(batch):x}.tmp"
    with contextlib.ExitStack() as undo:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        file = open(os.open(beside, flags, 0o666), "wb")  # noqa: SIM115
        undo.callback(_remove, beside)
        with file:
            with pyarrow.ipc.new_file(file, batch.schema) as writer:
                writer.write_batch(batch)
            file.flush()
            with contextlib.suppress(FileNotFoundError):  # it keeps the permissions that it had
                os.chmod(beside, stat.S_IMODE(os.stat(target).st_mode))
            os.fsync(file.fileno())
        os.replace(beside, target)
        undo.pop_all()
    _sync_folder(os.path.dirname(target))


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


def _sync_folder(folder: str) -> None:
    """The new name is on the disk, too, where a folder can be synced."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _map(path: str, refuse: Any) -> mmap.mmap:
    with open(path, "rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            raise refuse("it is empty")
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)


def _read_note(schema: Any) -> Any:
    try:
        note = json.loads((schema.metadata or {})[_NOTE])
    except (KeyError, ValueError):
        return None
    return note if isinstance(note, dict) and isinstance(note.get("version"), int) else None


def open_pool(pool_type: type[_core.Pool[Any]], cls: type, path: str | os.PathLike[str], /) -> Any:
    pyarrow = _pyarrow("Pool.open()")
    name = os.fsdecode(path)
    what = getattr(cls, "__name__", cls)

    def refuse(reason: str) -> ValueError:
        return ValueError(f"cannot open {name!r} as a Pool of {what}: {reason}")

    mapped = _map(name, refuse)
    try:
        reader = pyarrow.ipc.open_file(pyarrow.py_buffer(mapped))
    except (pyarrow.ArrowException, OSError):
        raise refuse("it is no Arrow file, or a part of one is missing") from None
    note = _read_note(reader.schema)
    if note is None:
        raise refuse(
            f"Pool.save() did not write it; read it with pyarrow, and use Pool.from_arrow({what}, "
            "table)"
        )
    if note["version"] != _VERSION:
        raise refuse(
            f"a newer cslots has written it (version {note['version']} of the format, this one "
            f"knows {_VERSION})"
        )
    try:
        batches = [reader.get_batch(i) for i in range(reader.num_record_batches)]
        for batch in batches:
            batch.validate()  # the sizes of its buffers; its values are checked when they are used
    except (pyarrow.ArrowException, OSError) as error:
        raise refuse(
            f"it is damaged ({str(error).splitlines()[0] if str(error) else type(error).__name__})"
        ) from None
    try:
        return pool_type._from_file(
            cls, pyarrow.RecordBatchReader.from_batches(reader.schema, batches), mapped
        )
    except (TypeError, ValueError, OverflowError) as error:
        error.add_note(f"({name!r} was saved from a Pool of {note.get('class')})")
        raise
