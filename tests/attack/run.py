"""make attack: every hook that Python code has, with every hostile act, in every public operation.

A cell is OPERATION/HOOK/ACT. First each operation runs with each hook and no act, to see whether
the hook fires in it at all; where it does, the acts follow. Afterwards the objects and the pool of
the cell must be whole, have legal values (those of the run without the act, where the act is one
that changes nothing), and be freed.

    run.py                       a share of all cells, the same each time (--share 1: all of them)
    run.py --short               fewer
    run.py --cell NAME           one cell, in this process
    run.py --list operations     also: hooks, acts
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path
from queue import Empty, Queue
from typing import Any

HERE = Path(__file__).resolve().parent
SHARE, SHORT_SHARE, SHORT_OPERATIONS = 8, 60, 7


def environment() -> dict[str, str]:
    env = dict(os.environ, PYTHONHASHSEED="0", PYTHONDONTWRITEBYTECODE="1")
    if "CSLOTS_SANITIZED" not in env:  # there malloc is the sanitizer's
        env["PYTHONMALLOC"] = "debug"
    return env


def command(*args: str) -> list[str]:
    # -P: the installed package is meant, not the folder of that name here.
    return [
        sys.executable,
        "-P",
        "-c",
        f"import sys; sys.path.insert(0, {str(HERE)!r}); sys.argv[1:] = {list(args)!r}; "
        "import worker; worker.main()",
    ]


class Tally:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.stopped = False  # no further operation begins
        self.cells = self.fired = self.operations = 0
        self.failures: list[dict[str, Any]] = []
        self.silent: list[str] = []  # operation/hook in which the hook does not fire
        self.refused: dict[str, str] = {}
        self.by_hook: Counter[str] = Counter()  # cells
        self.fires_in: Counter[str] = Counter()  # operations

    def take(self, found: dict[str, Any]) -> None:
        operation, hook, act = found["cell"].split("/")
        with self.lock:
            if found.get("wrong") or found.get("died"):
                self.failures.append(found)
            if act != "nothing":
                self.cells += 1
                if found.get("fired"):
                    self.fired += 1
                    self.by_hook[hook] += 1
            elif found.get("fired"):
                self.fires_in[hook] += 1
            elif found.get("refused"):
                self.refused[f"{operation}/{hook}"] = found["refused"]
            else:
                self.silent.append(f"{operation}/{hook}")

    def kinds(self) -> Counter[str]:
        return Counter(failure_kind(found) for found in self.failures)


def failure_kind(found: dict[str, Any]) -> str:
    if "died" in found:
        return str(found["died"])
    return "leak" if found["wrong"].startswith("never freed") else "wrong value"


def attend(units: Queue[dict[str, Any]], tally: Tally) -> None:
    """One worker process, until there are no more operations."""
    with subprocess.Popen(
        command(), env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        while True:
            if tally.stopped:
                break
            try:
                unit = units.get_nowait()
            except Empty:
                break
            process.stdin.write(json.dumps(unit) + "\n")
            process.stdin.flush()
            for line in process.stdout:
                found = json.loads(line)
                if not found:
                    break
                tally.take(found)
            else:
                tally.take(
                    {
                        "cell": f"{unit['operation']}/worker/nothing",
                        "died": "harness",
                        "text": "the worker itself ended",
                    }
                )
                break
            tally.operations += 1
        process.stdin.close()


def headline(found: dict[str, Any]) -> str:
    """What happened, in a line: the sanitizer's own words, or where a crash was."""
    if "died" not in found:
        return str(found["wrong"])
    lines = found.get("text", "").splitlines()
    for mark in (
        "ERROR: AddressSanitizer",
        "runtime error:",
        "Fatal Python error",
        "Debug memory block",
        "Assertion",
        "harness:",
    ):
        for number, line in enumerate(lines):
            if mark in line:
                places = [
                    part.split(" in ")[1]
                    for part in lines[number + 1 : number + 12]
                    if " in cs_" in part or " in pool" in part
                ]
                return line.strip()[:120] + (f" ({places[0][:80]})" if places else "")
    return f"code {found.get('code')}"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--cell",
        metavar="NAME",
        help="run one cell in this process, e.g. 'struct: repr/__repr__/collect'",
    )
    parser.add_argument("--operations", default="*", metavar="GLOB", help="only these operations")
    parser.add_argument("--hooks", default="*", metavar="GLOB", help="only these hooks")
    parser.add_argument("--acts", default="*", metavar="GLOB", help="only these acts")
    parser.add_argument("--all", action="store_true", help="every operation with every family")
    parser.add_argument(
        "--share", type=int, default=SHARE, metavar="N", help=f"one cell of N ({SHARE})"
    )
    parser.add_argument(
        "--short",
        action="store_true",
        help=f"one of {SHORT_OPERATIONS} operations, one cell of {SHORT_SHARE}",
    )
    parser.add_argument(
        "--list", choices=("operations", "hooks", "acts"), help="say what there is"
    )
    parser.add_argument(
        "--unreachable",
        action="store_true",
        help="name every hook that does not fire in an operation",
    )
    parser.add_argument("--seconds", type=float, default=1e9, metavar="N", help="then end early")
    parser.add_argument("--json", action="store_true", help="all of it as JSON")
    parser.add_argument("-j", type=int, default=os.cpu_count() or 1, metavar="N", help="processes")
    args = parser.parse_args()
    if args.cell:
        return subprocess.run(command(args.cell), env=environment()).returncode
    sys.path.insert(0, str(HERE))
    import cell

    if args.list:
        print(
            "\n".join(
                {"operations": cell.OPERATIONS, "hooks": cell.HOOKS, "acts": cell.ACTS}[args.list]
            )
        )
        return 0
    every = args.all or args.operations != "*"
    operations = [
        name
        for name, entry in cell.OPERATIONS.items()
        if fnmatch.fnmatchcase(name, args.operations) and (every or not entry.more)
    ]
    share = args.share
    if args.short:
        operations, share = operations[::SHORT_OPERATIONS], max(share, SHORT_SHARE)
    shared = {
        "hooks": [name for name in cell.HOOKS if fnmatch.fnmatchcase(name, args.hooks)],
        "acts": [name for name in cell.ACTS if fnmatch.fnmatchcase(name, args.acts)],
        "share": share,
    }
    return attack(operations, shared, args)


def attack(operations: list[str], shared: dict[str, Any], args: argparse.Namespace) -> int:
    units: Queue[dict[str, Any]] = Queue()
    for operation in operations:
        units.put({"operation": operation, **shared})
    tally = Tally()
    begun = said = time.monotonic()
    start, end = ("\r", "") if sys.stderr.isatty() else ("", "\n")
    threads = [threading.Thread(target=attend, args=(units, tally)) for _ in range(max(args.j, 1))]
    for thread in threads:
        thread.start()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda number, frame: setattr(tally, "stopped", True))
    while any(thread.is_alive() for thread in threads):
        tally.stopped = tally.stopped or time.monotonic() - begun > args.seconds
        for thread in threads:
            thread.join(1)
        if not sys.stderr.isatty() and time.monotonic() - said < 30:
            continue
        said = time.monotonic()
        print(
            f"{start}{time.monotonic() - begun:4.0f} s  {tally.operations} of {len(operations)} "
            f"operations, {tally.fired} cells, "
            f"{len(tally.failures)} failures ",
            end=end,
            file=sys.stderr,
            flush=True,
        )
    print(end=start and "\n", file=sys.stderr)
    report(tally, shared, time.monotonic() - begun, args)
    return 1 if tally.failures or not tally.fired or (tally.stopped and args.seconds == 1e9) else 0


def report(tally: Tally, shared: dict[str, Any], seconds: float, args: argparse.Namespace) -> None:
    kinds = tally.kinds()
    never = [hook for hook in shared["hooks"] if not tally.fires_in[hook]]
    columns = ("crash", "sanitizer", "wrong value", "leak", "timeout", "harness")
    if args.json:
        failures = [dict(found, what=headline(found)) for found in tally.failures]
        result = {
            "cells": tally.cells,
            "fired": tally.fired,
            "seconds": round(seconds, 1),
            **{name: kinds[name] for name in columns},
            "failures": failures,
            "hooks": dict(tally.by_hook),
            "fires_in": dict(tally.fires_in),
            "never": never,
            "silent": tally.silent,
            "refused": tally.refused,
        }
        print(json.dumps(result, indent=1))
        return
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for found in tally.failures:
        groups[f"{failure_kind(found)}: {headline(found)}"].append(found)
    for what, founds in sorted(groups.items(), key=lambda item: -len(item[1])):
        alone = all(found.get("alone", True) for found in founds)
        print(f"{what}\n    {len(founds)} cells{'' if alone else ', some only after others'}")
        for found in founds[:3]:
            print(f"    make attack ARGS=\"--cell '{found['cell']}'\"")
    if args.unreachable:
        for name in tally.silent:
            print(f"does not fire: {name}")
        reasons: dict[str, list[str]] = defaultdict(list)
        for name, why in tally.refused.items():
            reasons[why].append(name)
        for why, names in reasons.items():
            print(f"cannot be made: {len(names)} pairs, the first {names[0]}: {why}")
    print(f"\noperations {tally.operations}, {seconds:.0f} s")
    print(f"cells {tally.cells}, of which the hook fired in {tally.fired}")
    print(", ".join(f"{name} {kinds[name]}" for name in columns))
    print("pairs of operation and hook")
    print(f"    in which the hook does not fire: {len(tally.silent)}")
    print(f"    whose classes are refused: {len(tally.refused)}")
    print(f"hooks that fired nowhere: {', '.join(never) or 'none'}")


if __name__ == "__main__":
    sys.exit(main())
