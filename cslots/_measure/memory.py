"""Real bytes an object, from the resident memory of this process; the time of a gc.collect.

    resident memory
      before: list of None, warm class ----.
      n objects, each with values of its own |--> (after - before) / n
      after  ------------------------------'

The list and its slots exist before the first reading, so what is counted is objects and values.
Pages are 4 KiB: huge pages are switched off in this process, since they would round a small figure
up to 2 MiB.

The process then stays, with its objects alive, and answers questions, one a line: "collect" (the
ms of a full gc.collect) and "small game" (the bytes of 10,000 more objects). So the parent can ask
two processes by turns.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import statistics
from time import perf_counter
from typing import Any

from .timing import compile_function

SMALL_GAME = 10_000
SMALL_GAME_BATCHES = 9
PR_SET_THP_DISABLE = 41


def without_huge_pages() -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0)


def resident_bytes() -> int:
    """Resident memory of this process, exact to a page where the system can say so.

    There it is without the pages of files (programs and libraries): the system takes those away
    where memory is short, and brings them back, whatever the objects do.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    # smaps_rollup walks the pages; statm on newer kernels is a counter that lags by some hundred
    # KB.
    with contextlib.suppress(OSError), open("/proc/self/smaps_rollup") as rollup:
        return (
            sum(int(line.split()[1]) for line in rollup if line.startswith(("Anonymous:", "Swap:")))
            * 1024
        )
    with contextlib.suppress(OSError), open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    try:
        import psutil
    except ImportError:
        raise RuntimeError("resident memory cannot be read on this system without psutil") from None
    return int(psutil.Process().memory_info().rss)


def filler(job: dict[str, Any], cls: Any) -> Any:
    """fn(out, start): puts objects number start, start+1, ... into the list or the pool `out`."""
    values = [value for _, value in job["fields"]]
    made = f"({', '.join(values)},)" if job["style"] == "index" else f"C({', '.join(values)})"
    namespace: dict[str, Any] = {"C": cls}
    exec(job["prelude"], namespace)
    if job["style"] == "pool":
        return compile_function(
            "def fn(out, start):\n    for i in range(start, start + out.count):\n        "
            f"out.pool.append({made})\n",
            namespace,
        )
    return compile_function(
        "def fn(out, start):\n    for k, i in enumerate(range(start, start + len(out))):\n       "
        f" out[k] = {made}\n",
        namespace,
    )


class Rows:
    """A pool that is to be filled with so many rows.

    All its memory counts; a list's slots are there before.
    """

    def __init__(self, cls: Any, count: int) -> None:
        from cslots import Pool

        self.pool = Pool(cls)
        self.count = count


def grow(fill: Any, out: Any, start: int) -> tuple[Any, float, float]:
    """-> (the objects, resident bytes they took, seconds it took to make them)."""
    before = resident_bytes()
    clock = perf_counter()
    fill(out, start)
    took = perf_counter() - clock
    return out, float(resident_bytes() - before), took


class Alive:
    """The objects of one memory job, alive until the process ends; answers questions about them."""

    def __init__(self, job: dict[str, Any], cls: Any) -> None:
        gc.disable()
        without_huge_pages()
        self.count = int(job["objects"])
        self.fill = filler(job, cls)
        self.room: Any = (
            (lambda count: Rows(cls, count))
            if job["style"] == "pool"
            else (lambda count: [None] * count)
        )
        self.fill(self.room(100), 0)
        # Once: from here on, reference counts free all that becomes garbage.
        gc.collect()
        self.objects, self.grown, self.took = grow(self.fill, self.room(self.count), 0)

    def made(self) -> dict[str, Any]:
        return {
            "bytes": max(self.grown, 0.0) / self.count,
            "build_ns": self.took / self.count * 1e9,
        }

    def answer(self, question: str) -> dict[str, Any]:
        if question == "collect":
            start = perf_counter()
            gc.collect()
            return {"ms": (perf_counter() - start) * 1e3}
        if question == "small game":
            # The first batch uses up what free memory is left inside the process; it does not
            # count.
            batches = [
                grow(self.fill, self.room(SMALL_GAME), self.count + k * SMALL_GAME)
                for k in range(SMALL_GAME_BATCHES + 1)
            ]
            return {"bytes": statistics.median(grown for _, grown, _ in batches[1:])}
        raise ValueError(f"unknown question {question!r}")
