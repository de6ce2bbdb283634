"""Do objects, references or memory pile up? Runs each scenario many times and looks at counters.

leaks.py [-n CALLS] [-r ROUNDS] [NAME...]

A scenario is a function without arguments in SCENARIOS of tests/python/support/leak_scenarios.py.
All that it makes must be gone when it returns. After a warm-up (caches and tables fill) come ROUNDS
rounds of CALLS calls. A counter that has risen in every round is a leak, if it does so again in
rounds four times as long, and four times as long again, and so on. A counter of a thing that fills
up (the C heap is cut into pieces for a thousand calls or two), or that swings, does not.

    objects      Python's small blocks in use (sys.getallocatedblocks)
    references   on a debug build, the sum of all reference counts (sys.gettotalrefcount)
    slab         cslots' own blocks in use
    malloc       bytes in use in the C heap, where the C library tells
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

# Rises a call that are not a leak yet: free lists and caches settle, and the measuring itself keeps
# some memory.
LEAST = {"malloc": 4.0}
LONGEST = 64  # times CALLS, of the rounds that have the last word

Scenario = Callable[[], object]
SCENARIO_FILE = Path(__file__).resolve().parent.parent / "tests/python/support/leak_scenarios.py"


def counter_of_malloc() -> Callable[[], int] | None:
    try:
        mallinfo2 = ctypes.CDLL(None).mallinfo2
    except (AttributeError, OSError):
        return None
    names = (
        "arena",
        "ordblks",
        "smblks",
        "hblks",
        "hblkhd",
        "usmblks",
        "fsmblks",
        "uordblks",
        "fordblks",
        "keepcost",
    )
    mallinfo = type(
        "mallinfo", (ctypes.Structure,), {"_fields_": [(name, ctypes.c_size_t) for name in names]}
    )
    mallinfo2.restype = mallinfo

    def used() -> int:
        info = mallinfo2()
        return int(info.uordblks + info.hblkhd)

    return used


def counters() -> dict[str, Callable[[], int]]:
    from cslots import _core

    found: dict[str, Callable[[], int]] = {"objects": sys.getallocatedblocks}
    if hasattr(sys, "gettotalrefcount"):
        found["references"] = sys.gettotalrefcount
    if hasattr(_core, "slab_stats"):
        found["slab"] = lambda: int(_core.slab_stats()["blocks"])
    if malloc := counter_of_malloc():
        found["malloc"] = malloc
    return found


def measure(
    scenario: Scenario, counter: dict[str, Callable[[], int]], calls: int, rounds: int
) -> dict[str, list[int]]:
    """For each counter, how much it rose in each round."""
    rises: dict[str, list[int]] = {name: [0] * rounds for name in counter}
    before = dict.fromkeys(counter, 0)
    for turn in range(-1, rounds):  # the first is the warm-up
        for _ in range(calls):
            scenario()
        gc.collect()
        gc.collect()
        for name, read in counter.items():
            now = read()
            if turn >= 0:
                rises[name][turn] = now - before[name]
            before[name] = now
    return rises


def leaks(rises: dict[str, list[int]], calls: int) -> list[str]:
    least = {name: calls * LEAST.get(name, 0.25) for name in rises}
    return [name for name, values in rises.items() if all(value > least[name] for value in values)]


def load(path: Path) -> dict[str, Scenario]:
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location("leak_scenarios", path)
    if spec is None or spec.loader is None or not path.exists():
        sys.exit(f"leaks: there is no {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules["leak_scenarios"] = module
    spec.loader.exec_module(module)
    scenarios: dict[str, Scenario] = module.SCENARIOS
    return scenarios


def main() -> None:
    parser = argparse.ArgumentParser(description="Run the leak scenarios.")
    parser.add_argument(
        "-n", "--calls", type=int, default=100, help="calls in a round (default: %(default)s)"
    )
    parser.add_argument(
        "-r",
        "--rounds",
        type=int,
        default=5,
        help="rounds after the warm-up (default: %(default)s)",
    )
    parser.add_argument(
        "-f", "--file", type=Path, default=SCENARIO_FILE, help="where SCENARIOS stands"
    )
    parser.add_argument("names", nargs="*", help="only these scenarios")
    options = parser.parse_args()

    scenarios = load(options.file)
    unknown = [name for name in options.names if name not in scenarios]
    if unknown:
        sys.exit(f"leaks: no scenario {unknown[0]!r} (there are: {', '.join(scenarios)})")
    counter = counters()
    width = max(map(len, scenarios), default=8)
    print(f"Rise a call, {options.rounds} rounds of {options.calls} calls")
    print(f"{'scenario':{width}}" + "".join(f"{name:>12}" for name in counter))
    leaking = []
    for name in options.names or scenarios:
        try:
            rises = measure(scenarios[name], counter, options.calls, options.rounds)
            calls = options.calls
            while leaks(rises, calls) and calls < LONGEST * options.calls:
                calls *= 4
                rises = measure(scenarios[name], counter, calls, options.rounds)
        except Exception as error:
            print(f"{name:{width}}   FAILED: {type(error).__name__}: {error}", flush=True)
            leaking.append(name)
            continue
        found = leaks(rises, calls)
        row = "".join(
            f"{sum(values) / (calls * options.rounds):12.2f}" for values in rises.values()
        )
        print(f"{name:{width}}{row}{'   LEAK: ' + ', '.join(found) if found else ''}", flush=True)
        if found:
            leaking.append(name)
    if leaking:
        sys.exit(
            f"leaks: {len(leaking)} of {len(options.names or scenarios)} scenarios leak or fail: "
            f"{', '.join(leaking)}"
        )
    print(f"No leak in {len(options.names or scenarios)} scenarios.")


if __name__ == "__main__":
    main()
