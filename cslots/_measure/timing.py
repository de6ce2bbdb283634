"""Loops, samples and spreads: how a time is taken.

A loop is compiled from source, so that its body runs as a user's code would, on fast locals.
`race` takes the samples of several loops by turns, so that a slow minute of the machine hits them
all; the minimum of each counts, and the spread (median/min - 1) says how noisy it was.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter
from typing import Any

Sampler = Callable[[], float]

PASSES = 5


def compile_function(source: str, namespace: dict[str, Any] | None = None) -> Any:
    """The function `fn` that `source` defines."""
    scope: dict[str, Any] = dict(namespace or {})
    exec(compile(source, "<measured>", "exec"), scope)
    return scope["fn"]


def loop(head: str, body: str, **local: Any) -> Sampler:
    """A sampler of `for <head>: <body>`, run PASSES times; names in `local` are its locals."""
    names = ", ".join(local)
    fn = compile_function(
        f"def fn(clock, passes, {names}):\n"
        "    start = clock()\n"
        "    for _ in passes:\n"
        f"        for {head}:\n"
        f"            {body}\n"
        "    return clock() - start\n"
    )
    arguments = tuple(local.values())
    passes = range(PASSES)
    return lambda: float(fn(perf_counter, passes, *arguments))


def timed(call: Callable[[], object]) -> Sampler:
    """A sampler of one call; what the call returns is freed outside the time."""

    def sample() -> float:
        start = perf_counter()
        kept = call()
        took = perf_counter() - start
        del kept
        return took

    return sample


def race(samplers: Sequence[Sampler], samples: int) -> list[list[float]]:
    """Samples of each, taken by turns after one warm-up; every turn starts with another one."""
    for sampler in samplers:
        sampler()
    taken: list[list[float]] = [[] for _ in samplers]
    order = list(range(len(samplers)))
    for _ in range(samples):
        for k in order:
            taken[k].append(samplers[k]())
        order.append(order.pop(0))
    return taken


def spread(samples: Iterable[float]) -> float:
    """median/min - 1: the noise of a timed loop."""
    ordered = sorted(samples)
    return statistics.median(ordered) / ordered[0] - 1 if ordered and ordered[0] > 0 else 0.0
