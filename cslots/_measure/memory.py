"""Real bytes an object, from the resident memory of this process, and the time of a full gc.collect.

    resident memory
      before: list of None, warm class ----.
      n objects, each with values of its own |--> (after - before) / n
      after  ------------------------------'

The list and its slots exist before the first reading, so what is counted is objects and values. Pages are 4 KiB: huge pages
are switched off in this process, since they would round a small figure up to 2 MiB.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import statistics
from time import perf_counter
from typing import Any

from .timing import compile_function, race, spread, timed

SMALL_GAME = 10_000
SMALL_GAME_BATCHES = 9
GC_SAMPLES = 7
PR_SET_THP_DISABLE = 41


def without_huge_pages() -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0)


def resident_bytes() -> int:
    """Resident memory of this process, exact to a page where the system can say so."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    # smaps_rollup walks the pages; statm on newer kernels is a counter that lags by some hundred KB.
    with contextlib.suppress(OSError), open("/proc/self/smaps_rollup") as rollup:
        for line in rollup:
            if line.startswith("Rss:"):
                return int(line.split()[1]) * 1024
    with contextlib.suppress(OSError), open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    try:
        import psutil
    except ImportError:
        raise RuntimeError("resident memory cannot be read on this system without psutil") from None
    return int(psutil.Process().memory_info().rss)


def filler(job: dict[str, Any], cls: Any) -> Any:
    """fn(out, start): puts objects number start, start+1, ... into the list `out`."""
    values = [value for _, value in job["fields"]]
    made = f"({', '.join(values)},)" if job["style"] == "index" else f"C({', '.join(values)})"
    namespace: dict[str, Any] = {"C": cls}
    exec(job["prelude"], namespace)
    return compile_function(
        f"def fn(out, start):\n    for k, i in enumerate(range(start, start + len(out))):\n        out[k] = {made}\n", namespace
    )


def grow(fill: Any, count: int, start: int) -> tuple[list[Any], float, float]:
    """-> (the objects, resident bytes they took, seconds it took to make them)."""
    out: list[Any] = [None] * count
    before = resident_bytes()
    clock = perf_counter()
    fill(out, start)
    took = perf_counter() - clock
    return out, float(resident_bytes() - before), took


def measure(job: dict[str, Any], cls: Any) -> dict[str, Any]:
    """Bytes an object and ms a full collection with `objects` alive; bytes of the small game if asked for."""
    gc.disable()
    without_huge_pages()
    count = int(job["objects"])
    fill = filler(job, cls)
    fill([None] * 100, 0)
    alive, grown, took = grow(fill, count, 0)
    collections = race([timed(gc.collect)], GC_SAMPLES)[0]
    result: dict[str, Any] = {
        "bytes": max(grown, 0.0) / count,
        "build_ns": took / count * 1e9,
        "gc_ms": min(collections) * 1e3,
        "gc_spread": spread(collections),
        "small_game_bytes": None,
    }
    if job["small_game"]:
        # The first batch uses up what free memory is left inside the process; it does not count.
        batches = [grow(fill, SMALL_GAME, count + k * SMALL_GAME) for k in range(SMALL_GAME_BATCHES + 1)]
        result["small_game_bytes"] = statistics.median(grown for _, grown, _ in batches[1:])
    del alive
    return result
