"""Runs cells in forked children, so that one that dies is found and the others go on.

    run.py  --- {"operation": ...} --->  worker  --- fork --->  child: cell after cell
            <-- {"cell": ..., ...} ----          <-- pipe ---   "S name", then "R {...}"

A child that dies has died of the cell that it began last; a fresh child tries that cell alone.
`--cell` takes the same way, without the fork, so that a debugger can be put in front of it.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import select
import signal
import sys
import tempfile
import time
import warnings
import zlib
from collections.abc import Iterator
from typing import Any

import cell

SANITIZED = bool(os.environ.get("CSLOTS_SANITIZED"))
PATIENCE = 60 if SANITIZED else 20  # seconds a cell may take


def chosen(name: str, share: int) -> bool:
    return share <= 1 or zlib.crc32(name.encode()) % share == 0


def cells_of(unit: dict[str, Any], hook: str) -> list[str]:
    operation = unit["operation"]
    return [
        act
        for act in unit["acts"]
        if cell.applies(operation, act) and chosen(f"{operation}/{hook}/{act}", unit["share"])
    ]


class Child:
    """The child's side."""

    def __init__(self, pipe: int) -> None:
        self.pipe = pipe

    def say(self, kind: str, text: str) -> None:
        data = f"{kind} {text}\n".encode()
        while data:
            data = data[os.write(self.pipe, data) :]

    def run(self, unit: dict[str, Any], start: tuple[int, int], only: str | None) -> None:
        """`start`: the hook to begin with, and how many of its cells have been done."""
        cell.quiet()
        warnings.simplefilter("ignore")
        for number, hook in enumerate(unit["hooks"]):
            if number < start[0] or (only is not None and hook != only.split("/")[1]):
                continue
            done = start[1] if number == start[0] else 0
            self.hook(unit, hook, done, only)

    def hook(self, unit: dict[str, Any], hook: str, done: int, only: str | None) -> None:
        operation, cells = unit["operation"], cells_of(unit, hook)
        if not cells and only is None:
            return
        name = f"{operation}/{hook}"
        self.say("S", f"{name}/{cell.NOTHING}")
        known = cell.run(operation, hook, cell.NOTHING)
        if done == 0:
            self.result(f"{name}/{cell.NOTHING}", known)
        if not known.fired:
            return
        for number, act in enumerate(cells, 1):
            if number < done or (only is not None and act != only.split("/")[2]):
                continue
            self.say("S", f"{name}/{act}")
            self.result(f"{name}/{act}", cell.run(operation, hook, act, known))

    def result(self, name: str, result: cell.Result) -> None:
        said = {
            "cell": name,
            "fired": result.fired,
            "wrong": result.wrong,
            "refused": result.refused,
        }
        self.say("R", json.dumps({key: value for key, value in said.items() if value}))


def fork(
    unit: dict[str, Any], start: tuple[int, int], only: str | None
) -> Iterator[tuple[str, str]]:
    """("S", name) and ("R", json) as they come; at the end ("E", json of how it ended)."""
    reader, writer = os.pipe()
    with tempfile.TemporaryFile("w+b") as errors:
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                os.close(reader)
                os.dup2(errors.fileno(), 1)
                os.dup2(errors.fileno(), 2)
                faulthandler.enable()
                Child(writer).run(unit, start, only)
                status = 0
            except BaseException as error:
                os.write(2, f"harness: {type(error).__name__}: {error}\n".encode())
            finally:
                os._exit(status)
        os.close(writer)
        timeout = False
        buffer = b""
        while True:
            ready, _, _ = select.select([reader], [], [], PATIENCE)
            if not ready:
                timeout = True
                os.kill(pid, signal.SIGABRT)
                time.sleep(0.3)
                os.kill(pid, signal.SIGKILL)
                break
            data = os.read(reader, 65536)
            if not data:
                break
            *lines, buffer = (buffer + data).split(b"\n")
            for line in lines:
                yield line[:1].decode(), line[2:].decode()
        os.close(reader)
        _, status = os.waitpid(pid, 0)
        errors.seek(0)
        text = errors.read().decode("utf-8", "replace")
        if timeout or status:
            code = os.waitstatus_to_exitcode(status)
            yield (
                "E",
                json.dumps(
                    {
                        "timeout": timeout,
                        "code": code,
                        "text": text[-20_000:] if not SANITIZED else text[:20_000],
                    }
                ),
            )


def kind_of(end: dict[str, Any]) -> str:
    if end["timeout"]:
        return "timeout"
    if "AddressSanitizer" in end["text"] or "runtime error:" in end["text"]:
        return "sanitizer"
    return "crash"


def work(unit: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All cells of an operation. Where one ends the child, another child goes on behind it."""
    hooks = unit["hooks"]
    start = (0, 0)
    while True:
        begun, end = "", None
        for kind, text in fork(unit, start, None):
            if kind == "S":
                begun = text
            elif kind == "R":
                yield json.loads(text)
            else:
                end = json.loads(text)
        if end is None:
            return
        _, hook, act = begun.split("/") if begun else ("", "", "")
        if not begun:
            raise RuntimeError(f"the child ended before its first cell: {end['text']}")
        alone = any(kind == "E" for kind, _ in fork({**unit, "share": 1}, (0, 0), begun))
        yield {
            "cell": begun,
            "fired": True,
            "died": kind_of(end),
            "code": end["code"],
            "alone": alone,
            "text": end["text"],
        }
        number = hooks.index(hook)
        if act == cell.NOTHING:
            if number + 1 == len(hooks):
                return
            start = (number + 1, 0)
        else:
            start = (number, cells_of(unit, hook).index(act) + 2)


def run_one(name: str) -> int:
    """A cell in this very process."""
    operation, hook, act = name.split("/")
    faulthandler.enable()
    cell.quiet()
    warnings.simplefilter("ignore")
    known = cell.run(operation, hook, cell.NOTHING)
    result = known if act == cell.NOTHING else cell.run(operation, hook, act, known)
    print(
        f"without an act: {cell.short(known.outcome)}, fired {known.count} times {known.refused}"
    )
    print(f"with it: {cell.short(result.outcome)}, {'acted' if result.fired else 'did not act'}")
    print(result.wrong or known.wrong or "right")
    return 1 if result.wrong or known.wrong else 0


def main() -> None:
    if len(sys.argv) > 1:
        sys.exit(run_one(sys.argv[1]))
    gc.collect()
    gc.freeze()  # what the collector and gc.get_objects() then see is the cell's own
    for line in sys.stdin:
        unit = json.loads(line)
        for found in work(unit):
            print(json.dumps(found), flush=False)
        print("{}", flush=True)


if __name__ == "__main__":
    main()
