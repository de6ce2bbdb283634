"""Nanoseconds a statement, each measured by turns with the same on a slots class.

A measure is a name: construct_positional, construct_keyword, read_<probe>, write_<probe>, method,
method_after_read, property, missing_hasattr, missing_except, eq, hash, pickle_dumps, pickle_loads,
decorate (microseconds a class). What a class cannot do is left out of the result.
"""

from __future__ import annotations

import gc
import pickle
from collections.abc import Callable
from time import perf_counter
from typing import Any

from .timing import PASSES, Sampler, compile_function, loop, race, spread, timed

HOT = 1000  # objects in a hot loop: they and their values stay in the cache
UNROLL = 8  # statements a turn of the loop, so that the loop itself hardly counts
CLASSES = 20  # made by one sample of `decorate`
LOOKUPS = {
    "property": "o.itself",
    "missing_hasattr": "hasattr(o, 'missing')",
    "missing_except": "try: o.missing\n            except AttributeError: pass",
}
FIRST = 1000  # number of the first object: past the small values that Python caches


class Subject:
    """One class under measure, with the arguments and objects the loops need."""

    def __init__(
        self, job: dict[str, Any], shape: dict[str, Any], cls: Any, value_cls: Any
    ) -> None:
        self.cls = cls
        self.value_cls = value_cls
        self.names: list[str] = [name for name, _ in job["fields"]]
        self.values = ", ".join(value for _, value in job["fields"])
        self.prelude: str = job["prelude"]
        self.index = shape["style"] == "index"
        self.pool = shape["style"] == "pool"
        self.mutable = bool(shape["mutable"])
        self.keywords = bool(shape["keywords"])
        self.methods = bool(shape["methods"])

    def rows(self, count: int) -> Any:
        namespace: dict[str, Any] = {}
        exec(self.prelude, namespace)
        source = (
            f"def fn(start, stop):\n    return [({self.values},) for i in range(start, stop)]\n"
        )
        return compile_function(source, namespace)(FIRST, FIRST + count)

    def objects(self, count: int, cls: Any = None) -> Any:
        """A list of them, or a pool."""
        make = cls or self.cls
        made = [make(row) if self.index else make(*row) for row in self.rows(count)]
        if not self.pool:
            return made
        from cslots import Pool

        return Pool(make, made)

    def field(self, name: str) -> str:
        return f"o[{self.names.index(name)}]" if self.index else f"o.{name}"


def _construct(subject: Subject, keyword: bool) -> tuple[Sampler, Sampler]:
    locals_ = [f"v{k}" for k in range(len(subject.names))]
    head = f"{', '.join(locals_)} in rows"
    if subject.index:
        made = f"({', '.join(locals_)},)"
    elif keyword:
        made = f"C({', '.join(f'{n}={v}' for n, v in zip(subject.names, locals_, strict=True))})"
    else:
        made = f"C({', '.join(locals_)})"
    rows = subject.rows(HOT)
    return loop(head, made, rows=rows, C=subject.cls), loop(head, "pass", rows=rows)


def _statements(
    objects: Any, statement: str, unroll: int, value: object = None
) -> tuple[Sampler, Sampler]:
    body = "\n            ".join([statement] * unroll)
    return loop("o in objs", body, objs=objects, value=value), loop(
        "o in objs", "pass", objs=objects
    )


def _loops(
    subject: Subject, job: dict[str, Any], measure: str
) -> tuple[Sampler, Sampler, int] | None:
    """-> (the loop, the loop without a body, statements a turn); None if the class cannot do it."""
    action, _, probe = measure.partition("_")
    if action == "construct":
        if subject.pool or (probe == "keyword" and not subject.keywords):
            return None
        return *_construct(subject, probe == "keyword"), 1
    if measure == "method":
        if not subject.methods:
            return None
        return *_statements(subject.objects(HOT), "o.nothing()", UNROLL), UNROLL
    if measure == "method_after_read":
        if not subject.methods:
            return None
        read = subject.field(job["probes"][job["main"]])
        return *_statements(subject.objects(HOT), f"{read}; o.nothing()", UNROLL), UNROLL
    if measure in LOOKUPS:
        if not subject.methods:
            return None
        return *_statements(subject.objects(HOT), LOOKUPS[measure], UNROLL), UNROLL
    if action == "read":
        return *_statements(
            subject.objects(HOT), subject.field(job["probes"][probe]), UNROLL
        ), UNROLL
    if action == "write":
        if not subject.mutable:
            return None
        namespace: dict[str, Any] = {}
        exec(subject.prelude, namespace)
        value = eval(job["writes"][probe], namespace)
        target = subject.field(job["probes"][probe])
        return *_statements(subject.objects(HOT), f"{target} = value", UNROLL, value), UNROLL
    if measure == "eq":
        left, right = (
            subject.objects(HOT, subject.value_cls),
            subject.objects(HOT, subject.value_cls),
        )
        if left[0] != right[0] or left[0] == right[1]:
            return None
        pairs = list(zip(left, right, strict=True))
        body = "; ".join(["a == b"] * UNROLL)
        return (
            loop("a, b in pairs", body, pairs=pairs),
            loop("a, b in pairs", "pass", pairs=pairs),
            UNROLL,
        )
    if measure == "hash":
        objects = subject.objects(HOT, subject.value_cls)
        if hash(objects[0]) != hash(subject.objects(1, subject.value_cls)[0]):
            return None
        # An index row is a tuple literal's value: hash() of it is what counts, as for the others.
        return *_statements(objects, "hash(o)", UNROLL), UNROLL
    raise ValueError(f"unknown measure {measure!r}")


def _nothing() -> float:
    return 0.0


def _pickling(subject: Subject, measure: str, count: int) -> Sampler:
    objects = subject.objects(count)
    if measure == "pickle_dumps":
        return timed(lambda: pickle.dumps(objects, pickle.HIGHEST_PROTOCOL))
    data = pickle.dumps(objects, pickle.HIGHEST_PROTOCOL)
    return timed(lambda: pickle.loads(data))


def _decorating(subject: Subject) -> Sampler:
    """The decorator on classes that were made outside the time."""
    make, decorate = subject.cls.make, subject.cls.decorate

    def sample() -> float:
        classes = [make() for _ in range(CLASSES)]
        start = perf_counter()
        while classes:
            decorate(classes.pop())  # nobody else knows the class, as with `@dataclass`
        took = perf_counter() - start
        gc.collect()
        return took

    return sample


def _result(taken: list[list[float]], scale: float, paired: bool) -> dict[str, Any]:
    best = [min(samples) for samples in taken]
    result = {
        "value": max(best[0] - best[1], 0.0) * scale,
        "spread": spread(taken[0]),
        "slots": None,
    }
    if paired:
        result["slots"] = max(best[2] - best[3], 0.0) * scale
    return result


def measure(
    job: dict[str, Any], make: Callable[[dict[str, Any], str], tuple[Any, Any]]
) -> dict[str, Any]:
    """-> {measure: {"value", "slots", "spread"}}: ns a statement (pickle: ms), of both."""
    gc.disable()
    subject = Subject(job, job, *make(job, "measured"))
    reference = None
    if job["reference"]:
        reference = Subject(job, job["reference"], *make(job["reference"], "measured_slots"))
    samples = int(job["samples"])
    results: dict[str, Any] = {}
    for name in job["measures"]:
        if name.startswith("pickle"):
            count = int(job["pickled"])
            samplers = [_pickling(subject, name, count), _nothing]
            if reference:
                samplers += [_pickling(reference, name, count), _nothing]
            results[name] = _result(
                race(samplers, max(3, samples // 5)), 1e3, reference is not None
            )
            continue
        if name == "decorate":
            samplers = [_decorating(subject), _nothing]
            if reference:
                samplers += [_decorating(reference), _nothing]
            results[name] = _result(race(samplers, samples), 1e6 / CLASSES, reference is not None)
            continue
        mine = _loops(subject, job, name)
        if mine is None:
            continue
        loops = [mine[0], mine[1]]
        theirs = _loops(reference, job, name) if reference else None
        if theirs:
            loops += [theirs[0], theirs[1]]
        scale = 1e9 / (HOT * PASSES * mine[2])
        results[name] = _result(race(loops, samples), scale, theirs is not None)
    return results
