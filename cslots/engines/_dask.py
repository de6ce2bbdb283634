"""Dask: a function over the parts of a pool, on a cluster or in threads or processes here.

    parts of the pool --submit--> [ at most a few a worker are under way ]
                      --as_completed--> outcomes --> the pool

Each task carries its own rows, so that Dask can run it anywhere, and again elsewhere when a worker
is lost. Only a window of tasks is under way at a time: what the scheduler holds does not grow with
the pool.
"""

from __future__ import annotations

import functools
import itertools
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, TypeVar, overload

from .. import _core
from ._need import need
from ._parcel import Outcome, Partition, Work, about, columns_to_update, write_back
from ._shared import Elsewhere, Shared, is_near

_R = TypeVar("_R")
_T = TypeVar("_T")
_U = TypeVar("_U")

Progress = bool | Callable[[int, int], object]
Update = bool | str | Iterable[str]

BYTES_A_PART = 8 << 20  # Dask warns of tasks above 10 MB
BYTES_A_SHARED_PART = 32 << 20  # of which Dask carries nothing
PARTS_A_THREAD = 4  # so that a slow worker does not keep the others waiting at the end
UNDER_WAY = 2  # tasks a thread: one runs, the next has arrived
_MISSING: Any = object()


@overload
def map_rows(
    function: Callable[[_R], _T],
    pool: _core.Pool[_R],
    *,
    update: Literal[False] = ...,
    partitions: int | None = ...,
    client: Any = ...,
    scheduler: str | None = ...,
    retries: int = ...,
    progress: Progress = ...,
) -> list[_T]: ...
@overload
def map_rows(
    function: Callable[[_R], object],
    pool: _core.Pool[_R],
    *,
    update: Literal[True] | str | Iterable[str],
    partitions: int | None = ...,
    client: Any = ...,
    scheduler: str | None = ...,
    retries: int = ...,
    progress: Progress = ...,
) -> None: ...
def map_rows(
    function: Callable[[Any], Any],
    pool: _core.Pool[Any],
    *,
    update: Update = False,
    partitions: int | None = None,
    client: Any = None,
    scheduler: str | None = None,
    retries: int = 0,
    progress: Progress = False,
) -> list[Any] | None:
    """`[function(row) for row in pool]`, computed by Dask.

    With update, nothing is returned, and what the function assigned to the fields of its rows is
    written into the pool instead.

    update       True: all columns come back; a name or names: those columns. Nothing is written
                 unless every task succeeded
    partitions   the number of tasks; by default a few a worker thread, each of at most 8 MiB (32 on
                 workers of this machine)
    client       a distributed.Client; without one the active one, or else the local scheduler
    scheduler    the local scheduler: "threads" (Dask's default), "processes" or "synchronous"
    retries      how often Dask tries a task again whose function raised; tasks of a lost worker are
                 run again in any case
    progress     True: a line on stderr; or a function that is called with (parts done, parts)

    Raises what the function raised, with a note that names the row. The function and the record
    class must be importable by the workers.
    """
    outcomes = _run(pool, function, True, update, partitions, client, scheduler, retries, progress)
    return (
        None if update is not False else [value for outcome in outcomes for value in outcome.value]
    )


def map_partitions(
    function: Callable[[_core.Pool[_R]], _T],
    pool: _core.Pool[_R],
    *,
    update: Update = False,
    partitions: int | None = None,
    client: Any = None,
    scheduler: str | None = None,
    retries: int = 0,
    progress: Progress = False,
) -> list[_T]:
    """`[function(part) for part in pool's parts]`, computed by Dask; a part is a Pool of its own.

    With update, what the function wrote into its part (rows or whole columns) is written into the
    pool, too; it must keep the number of rows. The other parameters are those of map_rows. An
    exception has a note that names the rows.
    """
    return [
        outcome.value
        for outcome in _run(
            pool, function, False, update, partitions, client, scheduler, retries, progress
        )
    ]


def reduce(
    function: Callable[[_core.Pool[_R]], _T],
    combine: Callable[[Any, _T], Any],
    pool: _core.Pool[_R],
    *,
    initial: Any = _MISSING,
    partitions: int | None = None,
    client: Any = None,
    scheduler: str | None = None,
    retries: int = 0,
    progress: Progress = False,
) -> Any:
    """One value out of all parts.

    Dask computes function(part). The values are combined here, in the order of the rows.

    >>> reduce(lambda part: part["qty"].sum(), operator.add, pool)

    A pool without rows gives `initial`, or TypeError if there is none. The other parameters are
    those of map_rows.
    """
    if len(pool) == 0 and initial is _MISSING:
        raise TypeError(
            f"reduce() of a Pool of {pool.record_class.__name__} without rows, and with no "
            "initial value"
        )
    values = map_partitions(
        function,
        pool,
        partitions=partitions,
        client=client,
        scheduler=scheduler,
        retries=retries,
        progress=progress,
    )
    return (
        functools.reduce(combine, values)
        if initial is _MISSING
        else functools.reduce(combine, values, initial)
    )


# ---- tasks ----


def _run(
    pool: _core.Pool[Any],
    function: Callable[[Any], Any],
    row_by_row: bool,
    update: Update,
    partitions: int | None,
    client: Any,
    scheduler: str | None,
    retries: int,
    progress: Progress,
) -> list[Outcome]:
    if not isinstance(pool, _core.Pool):
        raise TypeError(f"expected a Pool, got {type(pool).__name__}; a slice's copy() is one")
    if not callable(function):
        raise TypeError(f"expected a function first, then the pool; got {type(function).__name__}")
    dask = need("dask", "dask")
    if client is not None and scheduler is not None:
        raise TypeError("give a client or a scheduler, not both")
    if client is None and scheduler is None:
        client = _active_client()
    if client is not None and getattr(client, "asynchronous", False):
        raise TypeError(
            "the client is asynchronous; give one that is not, or call this in a thread"
        )
    names = columns_to_update(pool, update if isinstance(update, (bool, str)) else tuple(update))
    threads = (
        max(1, sum(client.nthreads().values())) if client is not None else dask.system.CPU_COUNT
    )
    near = client is not None and is_near(client.nthreads())
    if partitions is None:
        partitions = _number_of_parts(pool, threads, BYTES_A_SHARED_PART if near else BYTES_A_PART)
    parts = pool.partitions(partitions)
    work = Work(function, row_by_row, names)
    with _told(progress, len(parts)) as tell:
        if client is not None:
            outcomes = _on_cluster(client, parts, work, threads * UNDER_WAY, retries, near, tell)
        else:
            outcomes = _here(dask, parts, work, scheduler, tell)
    if names and parts:
        write_back(pool, parts, outcomes, names)
    return outcomes


def _active_client() -> Any:
    """The client that Dask itself would use, if any."""
    distributed = sys.modules.get("distributed")
    if distributed is None:
        return None
    try:
        return distributed.get_client()
    except ValueError:
        return None


def _number_of_parts(pool: _core.Pool[Any], threads: int, most: int) -> int:
    used: int = pool.memory()["used"]
    return max(1, threads * PARTS_A_THREAD, -(-used // most))


def _on_cluster(
    client: Any,
    parts: Sequence[_core.PoolSlice[Any]],
    work: Work,
    window: int,
    retries: int,
    near: bool,
    tell: Callable[[int], object],
) -> list[Outcome]:
    outcomes: list[Any] = [None] * len(parts)
    waiting = iter(enumerate(map(Partition, parts)))
    under_way: dict[Any, tuple[int, Partition, Any]] = {}
    completed = need("distributed", "dask").as_completed(loop=client.loop)

    def submit(some: Iterable[tuple[int, Partition]]) -> None:
        for k, part in some:
            sent = _shared(part) if near else part
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="Sending large graph")
                future = client.submit(work, sent, pure=False, retries=retries)
            under_way[future] = k, part, sent
            completed.add(future)

    try:
        submit(itertools.islice(waiting, window))
        done = 0
        while under_way:
            future = next(completed)
            k, part, sent = under_way.pop(future)
            try:
                outcome = future.result()
                outcomes[k] = sent.taken(outcome) if isinstance(sent, Shared) else outcome
            except Elsewhere:  # a worker that only looked near
                near = False
                submit([(k, part)])
                continue
            except Exception as error:
                about(error, part)
                raise
            finally:
                if isinstance(sent, Shared):
                    sent.close()
            future.release()
            done += 1
            tell(done)
            submit(itertools.islice(waiting, 1))
    finally:
        if under_way:
            client.cancel(list(under_way))
        for _, _, sent in under_way.values():
            if isinstance(sent, Shared):
                sent.close()
    return outcomes


def _shared(part: Partition) -> Any:
    try:
        return Shared(part)
    except OSError:  # no memory for it, or too many files
        return part


def _here(
    dask: Any,
    parts: Sequence[_core.PoolSlice[Any]],
    work: Work,
    scheduler: str | None,
    tell: Callable[[int], object],
) -> list[Outcome]:
    done = itertools.count(1)
    tasks = [dask.delayed(work, pure=False, traverse=False)(Partition(part)) for part in parts]
    try:
        with need("dask.callbacks", "dask").Callback(posttask=lambda *_: tell(next(done))):
            return list(dask.compute(*tasks, scheduler=scheduler, optimize_graph=False))
    except Exception as error:
        # Out of a process, Dask raises a class of its own that holds the user's exception.
        inner = getattr(error, "exception", None)
        if isinstance(inner, BaseException) and type(error).__module__.startswith("dask."):
            raise inner from error
        raise


# ---- progress ----


class _told:  # noqa: N801
    """With it, a function that is told how many parts are done."""

    def __init__(self, progress: Progress, parts: int) -> None:
        self.progress = progress
        self.parts = parts

    def __enter__(self) -> Callable[[int], object]:
        if self.progress is True:
            return lambda done: print(
                f"\r{done} of {self.parts} parts", end="", file=sys.stderr, flush=True
            )
        if callable(self.progress):
            call = self.progress
            return lambda done: call(done, self.parts)
        return lambda done: None

    def __exit__(self, *_: object) -> None:
        if self.progress is True:
            print(file=sys.stderr)
