"""A partition in memory that the processes of this machine share, for workers that run here.

    driver                                   worker
    memfd: mark | head | columns  <--mapped-- /proc/DRIVER/fd/N
                                             (Shared travels: where that is, a few bytes)
           ... | head | columns   <--appended-- what comes back
                                             (Returned travels: where it stands)

What Dask carries goes through its scheduler, over sockets, and is copied several times on the way:
a tenth of what memory gives. Here only places travel. The memory has no name: it is gone when the
driver closes it, or dies. Another attempt at the task (its worker was lost) opens it again; what
an attempt appends stands for itself, so that two of them do not mix.

Where it cannot be opened (another machine after all, another user, another container), or the mark
is another, the worker raises Elsewhere, and the driver sends the rows themselves.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import pickle
import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from .. import _core
from ._parcel import Outcome, Partition, loaded

_MARK = 16  # bytes
_MOST_PIECES = 1000  # of one writev
_HERE = frozenset({"127.0.0.1", "::1", "localhost"})


class Elsewhere(Exception):
    """The worker does not see the driver's memory."""


def is_near(addresses: Iterable[str]) -> bool:
    """Do all workers at these addresses seem to run on this machine, in processes of their own?"""
    if not hasattr(os, "memfd_create") or not os.path.isdir("/proc/self/fd"):
        return False
    hosts = set()
    for address in addresses:
        protocol, _, rest = address.rpartition("://")
        if protocol == "inproc":
            return False
        hosts.add(rest.rpartition(":")[0].strip("[]"))
    return bool(hosts) and hosts <= _HERE


def _write(file: int, pieces: Sequence[Any]) -> list[int]:
    """Appends them; -> the length of each."""
    sizes = []
    for piece in pieces:
        view = memoryview(piece).cast("B")
        sizes.append(len(view))
        while len(view):
            view = view[os.write(file, view) :]
    return sizes


def _read(file: int, start: int, size: int) -> memoryview:
    data = memoryview(bytearray(size))
    done = 0
    while done < size:
        count = os.preadv(file, [data[done:]], start + done)
        if count == 0:
            raise EOFError("a part has given back less than it said")
        done += count
    return data


def _pieces(data: memoryview, start: int, sizes: Sequence[int]) -> list[memoryview]:
    found = []
    for size in sizes:
        found.append(data[start : start + size])
        start += size
    return found


class Shared:
    """Rows of a pool in memory that other processes can open."""

    __slots__ = ("_file", "file", "first", "last", "mark", "process", "sizes")

    def __init__(self, part: Partition) -> None:
        buffers: list[pickle.PickleBuffer] = []
        head = pickle.dumps(part.rows, 5, buffer_callback=buffers.append)
        self._file = os.memfd_create("cslots", os.MFD_CLOEXEC)
        self.first, self.last = part.first, part.last
        self.process, self.file, self.mark = os.getpid(), self._file, secrets.token_bytes(_MARK)
        try:
            self.sizes = _write(self._file, [self.mark, head, *buffers])[1:]
        except BaseException:
            self.close()
            raise

    def __getstate__(self) -> tuple[Any, ...]:
        return self.first, self.last, self.process, self.file, self.mark, self.sizes

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.first, self.last, self.process, self.file, self.mark, self.sizes = state
        self._file = -1

    # ---- on the worker ----

    def _opened(self, flags: int) -> int:
        try:
            file = os.open(f"/proc/{self.process}/fd/{self.file}", flags)
        except OSError as error:
            raise Elsewhere from error
        try:
            if os.pread(file, _MARK, 0) != self.mark:
                raise Elsewhere
        except BaseException:
            os.close(file)
            raise
        return file

    def open(self) -> _core.Pool[Any]:
        file = self._opened(os.O_RDONLY)
        try:
            data = memoryview(mmap.mmap(file, _MARK + sum(self.sizes), access=mmap.ACCESS_READ))
        finally:
            os.close(file)
        head, *buffers = _pieces(data, _MARK, self.sizes)
        return loaded(head, buffers)

    def returned(self, outcome: Outcome) -> Outcome:
        """The outcome, with its columns left in the memory."""
        if not outcome.columns:
            return outcome
        buffers: list[pickle.PickleBuffer] = []
        head = pickle.dumps(outcome.columns, 5, buffer_callback=buffers.append)
        pieces = [memoryview(head), *(memoryview(buffer).cast("B") for buffer in buffers)]
        if len(pieces) > _MOST_PIECES:
            return outcome
        file = self._opened(os.O_RDWR | os.O_APPEND)
        try:
            written = os.writev(file, pieces)  # in one call: at one place
            end = os.lseek(file, 0, os.SEEK_CUR)
        finally:
            os.close(file)
        sizes = [len(piece) for piece in pieces]
        if written != sum(sizes):  # more than one call takes: 2 GB
            return outcome
        return Outcome(outcome.value, Returned(end - written, sizes))

    # ---- on the driver ----

    def taken(self, outcome: Outcome) -> Outcome:
        """The outcome, with the columns that the worker has left in the memory."""
        if not isinstance(outcome.columns, Returned):
            return outcome
        # Copied out: the outcomes of all parts are kept until the last is there, and their rows
        # need not be.
        head, *buffers = _pieces(
            _read(self._file, outcome.columns.start, sum(outcome.columns.sizes)),
            0,
            outcome.columns.sizes,
        )
        return Outcome(outcome.value, pickle.loads(head, buffers=buffers))

    def close(self) -> None:
        file, self._file = self._file, -1
        if file >= 0:
            with contextlib.suppress(OSError):
                os.close(file)


class Returned:
    """Where in the memory the columns of an outcome stand."""

    __slots__ = ("sizes", "start")

    def __init__(self, start: int, sizes: Sequence[int]) -> None:
        self.start = start
        self.sizes = sizes

    def __reduce__(self) -> tuple[Any, ...]:
        return Returned, (self.start, self.sizes)
