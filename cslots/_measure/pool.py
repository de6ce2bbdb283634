"""What a Pool takes and how fast it is, beside lists of objects and plain NumPy arrays.

One task a process; each gives figures `{name: {"value", "unit", "against": {what: value},
"spread"}}`, in the unit named:

    pool-memory    resident bytes a row: filled by append; after ten rounds of texts of other
                   lengths; after compact()
    pool-speed     loops over rows, indexing, append, extend from columns, sums and sums in place
    pool-pickle    pickle, save and open of many rows, against a pickled list of slots objects
    pool-gc        a full gc.collect() with as many rows alive, against none
    pool-growth    ns and bytes a row from small pools to large ones

What needs NumPy or pyarrow is left out where that is missing.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import os
import pickle
import tempfile
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

from .memory import resident_bytes, without_huge_pages
from .timing import PASSES, Sampler, compile_function, loop, race, spread, timed

HOT = 1000
ROUNDS = 10
APPENDED = 100_000
PICKLE_SAMPLES = 2  # after a warm-up
GROWTH_ROWS = 1_000_000  # a size below is measured as often as makes up so many rows
NUMBERS = """
from cslots import Struct, int32

class Numbers(Struct):
    x: float
    y: float
    speed: float
    health: int32
"""


def measure(job: dict[str, Any], make: Callable[[dict[str, Any], str, str], Any]) -> dict[str, Any]:
    gc.disable()
    tasks = {
        "pool-memory": _memory,
        "pool-speed": _speed,
        "pool-pickle": _pickle,
        "pool-gc": _gc,
        "pool-growth": _growth,
    }
    return tasks[job["task"]](job, make)


def _cell(unit: str, scale: float, taken: list[list[float]], *against: str) -> dict[str, Any]:
    """taken: samples in seconds of the pool, then of each `against`."""
    best = [max(min(samples), 0.0) * scale for samples in taken]
    return {
        "value": best[0],
        "unit": unit,
        "against": dict(zip(against, best[1:], strict=True)),
        "spread": spread(taken[0]),
    }


# ---- memory ----


def _appender(job: dict[str, Any], cls: Any) -> Any:
    """fn(append, start, stop): appends objects number start, start+1, ..."""
    namespace: dict[str, Any] = {"C": cls}
    exec(job["prelude"], namespace)
    made = ", ".join(value for _, value in job["fields"])
    return compile_function(
        "def fn(append, start, stop):\n    for i in range(start, stop):\n        "
        f"append(C({made}))\n",
        namespace,
    )


def _overwriter(name: str, value: str) -> Any:
    return compile_function(
        f"def fn(pool, k):\n    for i, row in enumerate(pool):\n        row.{name} = {value}\n"
    )


def _memory(job: dict[str, Any], make: Any) -> dict[str, Any]:
    from cslots import Pool

    without_huge_pages()
    cls = make(job, job["source"], "measured")
    fill = _appender(job, cls)
    fill(Pool(cls).append, 0, 100)
    gc.collect()
    rows = int(job["objects"])
    before = resident_bytes()
    pool = Pool(cls)
    fill(pool.append, 0, rows)
    result = {
        "bytes": (resident_bytes() - before) / rows,
        "bytes_overwritten": None,
        "bytes_compacted": None,
    }
    if job["texts"]:
        values = dict(job["fields"])
        for k in range(ROUNDS):
            for name in job["texts"]:
                # The last round gives every text its first length again, so that the bytes can be
                # compared.
                _overwriter(
                    name, values[name] if k == ROUNDS - 1 else "'t' * (1 + (i * 7 + k * 5) % 37)"
                )(pool, k)
        result["bytes_overwritten"] = (resident_bytes() - before) / rows
        pool.compact()
        result["bytes_compacted"] = (resident_bytes() - before) / rows
    return result


# ---- speed ----


def _fresh(make_target: Callable[[], Any], fill: Callable[[Any], object]) -> Sampler:
    """A sampler of filling something; making and freeing it is outside the time."""

    def sample() -> float:
        target = make_target()
        start = perf_counter()
        fill(target)
        return perf_counter() - start

    return sample


def _append_all(objects: list[Any]) -> Callable[[Any], object]:
    fill = compile_function("def fn(append, objects):\n    for o in objects:\n        append(o)\n")
    return lambda target: fill(target.append, objects)


def _speed(job: dict[str, Any], make: Any) -> dict[str, Any]:
    from cslots import Pool

    packed, slots = (
        make(job, job["source"], "measured"),
        make(job, job["reference"]["source"], "measured_slots"),
    )
    samples, rows = int(job["samples"]), int(job["rows"])
    results: dict[str, Any] = {}

    def kinds(count: int) -> tuple[Any, list[Any], list[Any]]:
        pool: Any = Pool(packed)
        structs: list[Any] = []
        plain: list[Any] = []
        _appender(job, packed)(pool.append, HOT, HOT + count)
        _appender(job, packed)(structs.append, HOT, HOT + count)
        _appender(job, slots)(plain.append, HOT, HOT + count)
        return pool, plain, structs

    few = kinds(HOT)
    update = [loop("e in objs", "e.x += e.speed", objs=objs) for objs in few]
    results["loop"] = _cell("ns", 1e9 / HOT / PASSES, race(update, samples), "slots", "struct")
    read = [loop("i in places", "objs[i].x", objs=objs, places=range(HOT)) for objs in few[:2]]
    empty = loop("i in places", "pass", places=range(HOT))
    taken = race([*read, empty], samples)
    results["index"] = _cell(
        "ns", 1e9 / HOT / PASSES, [[s - min(taken[2]) for s in each] for each in taken[:2]], "slots"
    )
    many = kinds(rows)
    update = [loop("e in objs", "e.x += e.speed", objs=objs) for objs in many]
    results["loop_large"] = _cell(
        "ns", 1e9 / rows / PASSES, race(update, max(3, samples // 5)), "slots", "struct"
    )
    appended = many[2][:APPENDED]
    del many
    fill = _append_all(appended)
    taken = race([_fresh(lambda: Pool(packed), fill), _fresh(list, fill)], samples)
    results["append"] = _cell("ns", 1e9 / len(appended), taken, "list")
    with contextlib.suppress(ImportError):
        results |= _columns(job, make, rows, samples)
    return results


def _columns(job: dict[str, Any], make: Any, rows: int, samples: int) -> dict[str, Any]:
    import numpy

    from cslots import Pool

    numbers = make({"class": "Numbers"}, NUMBERS, "measured_numbers")
    number = numpy.arange(rows)
    columns = {
        "x": number * 0.5,
        "y": number * 0.25,
        "speed": 1.0 + number % 997 * 0.01,
        "health": (number % 1000).astype("i4"),
    }
    pool = Pool(numbers, columns)
    x, speed = columns["x"].copy(), columns["speed"]

    def add_in_pool() -> None:
        pool["x"] += pool["speed"]

    def add_in_arrays() -> None:
        nonlocal x
        x += speed

    scale = 1e9 / rows
    return {
        "extend": _cell(
            "ns",
            scale,
            race(
                [
                    timed(lambda: Pool(numbers, columns)),
                    timed(lambda: [c.copy() for c in columns.values()]),
                ],
                samples,
            ),
            "memcpy",
        ),
        "sum": _cell(
            "ns", scale, race([timed(lambda: pool["x"].sum()), timed(x.sum)], samples), "numpy"
        ),
        "add": _cell(
            "ns", scale, race([timed(add_in_pool), timed(add_in_arrays)], samples), "numpy"
        ),
    }


# ---- pickle, save, open ----


def _pickle(job: dict[str, Any], make: Any) -> dict[str, Any]:
    from cslots import Pool

    rows = int(job["rows"])
    packed, slots = (
        make(job, job["source"], "measured"),
        make(job, job["reference"]["source"], "measured_slots"),
    )
    pool: Any = Pool(packed)
    objects: list[Any] = []
    _appender(job, packed)(pool.append, 0, rows)
    _appender(job, slots)(objects.append, 0, rows)

    def out_of_band() -> Any:
        buffers: list[Any] = []
        return pickle.dumps(pool, 5, buffer_callback=buffers.append), buffers

    data, listed = pickle.dumps(pool, 5), pickle.dumps(objects, 5)
    head, buffers = out_of_band()
    names = ["pickle_{}", "pickle_{}_out_of_band"]
    dumps: list[Callable[[], Any]] = [lambda: pickle.dumps(pool, 5), out_of_band]
    loads: list[Callable[[], Any]] = [
        lambda: pickle.loads(data),
        lambda: pickle.loads(head, buffers=buffers),
    ]
    with contextlib.ExitStack() as stack:
        if hasattr(pool, "save") and _has_pyarrow():
            file = os.path.join(stack.enter_context(tempfile.TemporaryDirectory()), "pool.arrow")
            pool.save(file)
            names.append("{}")
            dumps.append(lambda: pool.save(file))
            loads.append(lambda: Pool.open(packed, file))
        # A list is pickled in seconds: once for all of these, in memory for files too.
        taken = race(
            [timed(call) for call in (*dumps, lambda: pickle.dumps(objects, 5))], PICKLE_SAMPLES
        )
        back = race(
            [timed(call) for call in (*loads, lambda: pickle.loads(listed))], PICKLE_SAMPLES
        )
    results = {
        name.format("dumps" if "pickle" in name else "save"): _cell(
            "ms", 1e3, [taken[k], taken[-1]], "slots"
        )
        for k, name in enumerate(names)
    }
    return results | {
        name.format("loads" if "pickle" in name else "open"): _cell(
            "ms", 1e3, [back[k], back[-1]], "slots"
        )
        for k, name in enumerate(names)
    }


def _has_pyarrow() -> bool:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        return False
    return True


# ---- gc, growth ----


def _collections() -> list[float]:
    gc.collect()
    return [timed(gc.collect)() for _ in range(7)]


def _gc(job: dict[str, Any], make: Any) -> dict[str, Any]:
    from cslots import Pool

    cls = make(job, job["source"], "measured")
    bare = _collections()
    pool = Pool(cls)
    _appender(job, cls)(pool.append, 0, int(job["rows"]))
    cell = _cell("ms", 1e3, [_collections(), bare], "none")
    return {"gc": cell} if len(pool) else {}


def _sizes(largest: int) -> Iterator[int]:
    size = 10_000
    while size < largest:
        yield size
        size *= 10
    yield largest


def _growth(job: dict[str, Any], make: Any) -> dict[str, Any]:
    """One object appended over and over: its values do not matter."""
    from cslots import Pool

    cls = make(job, job["source"], "measured")
    one: list[Any] = []
    _appender(job, cls)(one.append, 77, 78)
    fill = compile_function("def fn(append, objects):\n    for o in objects:\n        append(o)\n")
    steps = []
    for rows in _sizes(int(job["rows"])):
        best, grown = float("inf"), 0
        for _ in range(max(1, min(20, GROWTH_ROWS // rows))):
            pool = Pool(cls)
            before = resident_bytes()
            start = perf_counter()
            fill(pool.append, itertools.repeat(one[0], rows))
            best = min(best, perf_counter() - start)
            grown = resident_bytes() - before
            del pool
        steps.append({"rows": rows, "ns": best / rows * 1e9, "bytes": grown / rows})
    return {"steps": steps}
