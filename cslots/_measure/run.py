"""One cell of a report: a job, run in a fresh interpreter.

A child that fails is a result, never an exception.

A result is `{"status": "ok", ...figures}` or `{"status": "failed", "reason": one line}`.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from typing import Any

from .contestants import CONTESTANTS, Contestant
from .timing import spread
from .workloads import PRELUDE, Workload

TIMEOUT = 900.0
GC_SAMPLES = 5
REASON_WIDTH = 200


def job(contestant: Contestant, workload: Workload, task: str, **settings: Any) -> dict[str, Any]:
    """What a worker needs to know to measure one class in one way."""
    return {
        "task": task,
        "path": sys.path,
        "class": workload.name,
        "fields": [(f.name, f.value) for f in workload.fields],
        "prelude": PRELUDE,
        "probes": workload.probes,
        "main": workload.main,
        "writes": {probe: workload.write_value(probe) for probe in workload.probes},
        **_shape(contestant, workload),
        **settings,
    }


def reference(workload: Workload, contestant: Contestant | None = None) -> dict[str, Any]:
    """The class that a speed job races against: the slots class, if no other is given."""
    return {"class": workload.name, **_shape(contestant or CONTESTANTS["slots"], workload)}


def _shape(contestant: Contestant, workload: Workload) -> dict[str, Any]:
    return {
        "source": contestant.source(workload, False),
        "value_source": contestant.source(workload, True),
        "style": contestant.style,
        "mutable": contestant.mutable,
        "keywords": contestant.keywords,
        "methods": contestant.methods,
    }


def _last_line(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return lines[-1][:REASON_WIDTH] if lines else ""


def _reason(code: int, stderr: str, n: int) -> str:
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        hint = " (out of memory?)" if name == "SIGKILL" else ""
        return f"the measuring process died: {name}{hint}"
    line = _last_line(stderr) or f"the measuring process ended with exit code {code}"
    return f"not enough memory for {n:,} objects" if line.startswith("MemoryError") else line


class ChildFailed(Exception):
    """Why a cell could not be measured, in one line."""


class Child:
    """A measuring process: started with a job, asked for lines, ended by `close` or by `with`."""

    def __init__(self, work: dict[str, Any], timeout: float = TIMEOUT) -> None:
        self.objects = int(work.get("objects", 0))
        self.timeout = timeout
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "worker.py")
        self.stderr = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        try:
            # -P: nothing is imported from the script's folder, nor from the current one unless the
            # parent does so.
            self.process = subprocess.Popen(
                [sys.executable, "-P", script],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.stderr,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            self.stderr.close()
            raise ChildFailed(
                f"cannot start {sys.executable or 'python'}: {error.strerror}"
            ) from None
        self.first = json.dumps(work)

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> dict[str, Any]:
        """Sends the job -> its result."""
        return self.ask(self.first)

    def ask(self, line: str) -> dict[str, Any]:
        assert self.process.stdin and self.process.stdout
        late = threading.Event()

        def stop() -> None:
            late.set()
            self.process.kill()

        timer = threading.Timer(self.timeout, stop)
        timer.daemon = True
        timer.start()
        try:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.write(line + "\n")
                self.process.stdin.flush()
            answer = self.process.stdout.readline()
        finally:
            timer.cancel()
        if late.is_set():
            raise ChildFailed(f"no answer after {self.timeout:.0f} s")
        try:
            result: dict[str, Any] = json.loads(answer)
        except ValueError:
            raise ChildFailed(self._why()) from None
        return result

    def _why(self) -> str:
        with contextlib.suppress(BrokenPipeError):
            assert self.process.stdin
            self.process.stdin.close()
        try:
            code = self.process.wait(10)
        except subprocess.TimeoutExpired:
            return "the measuring process sent something else than a result"
        self.stderr.seek(0)
        return _reason(code, self.stderr.read().decode("utf-8", "replace"), self.objects)

    def close(self) -> None:
        """Ends the process at once: its million objects need no farewell."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()
        self.stderr.close()


def measure_speed(work: dict[str, Any], rounds: int) -> dict[str, Any]:
    """Runs a speed job in `rounds` processes -> of each measure, the round with the middle ratio.

    Where memory happens to lie, or what the interpreter happened to specialise, can make one
    process half again as slow at one statement as the next. Pickling is long enough to be left to
    the first round.
    """
    taken = []
    for k in range(rounds):
        names = [name for name in work["measures"] if k == 0 or not name.startswith("pickle")]
        if not names:
            break
        result = measure({**work, "measures": names})
        if result.pop("status") != "ok":
            return {"status": "failed", **result}
        taken.append(result)
    middle: dict[str, Any] = {"status": "ok"}
    for name in taken[0]:
        cells = sorted((result[name] for result in taken if name in result), key=_ratio)
        middle[name] = cells[len(cells) // 2]
    return middle


def _ratio(cell: dict[str, Any]) -> float:
    return float(cell["value"] / cell["slots"]) if cell["slots"] else 0.0


def measure(work: dict[str, Any], timeout: float = TIMEOUT) -> dict[str, Any]:
    """Runs a job once -> its result."""
    try:
        with Child(work, timeout) as child:
            return {"status": "ok", **child.start()}
    except ChildFailed as failure:
        return {"status": "failed", "reason": str(failure)}


class Rival:
    """Objects of the slots class beside those of a memory job: collections are timed by turns.

    Started when first needed, once a workload; if it fails, or memory is short, collections are
    timed alone.
    """

    def __init__(self, workload: Workload, objects: int) -> None:
        self.work = job(CONTESTANTS["slots"], workload, "memory", objects=objects)
        self.child: Child | None = None
        self.failed = False

    def __enter__(self) -> Rival:
        return self

    def __exit__(self, *_: object) -> None:
        if self.child:
            self.child.close()

    def collect(self) -> float | None:
        """ms of a full collection, or None if there is no rival."""
        if self.failed:
            return None
        try:
            if self.child is None:
                self.child = Child(self.work)
                self.child.start()
            return float(self.child.ask("collect")["ms"])
        except ChildFailed:
            self.failed = True
            return None


def measure_memory(work: dict[str, Any], rival: Rival, small_game: bool = False) -> dict[str, Any]:
    """Runs a memory job -> bytes, gc_ms, build_ns, gc_spread; None if it could not be measured:
    gc_slots_ms, small_game_bytes.
    """
    try:
        with Child(work) as child:
            result = child.start()
            mine: list[float] = []
            theirs: list[float | None] = []
            for _ in range(GC_SAMPLES):
                mine.append(float(child.ask("collect")["ms"]))
                theirs.append(rival.collect())
            result["gc_ms"] = min(mine)
            result["gc_slots_ms"] = min((ms for ms in theirs if ms is not None), default=None)
            result["gc_spread"] = spread(mine)
            result["small_game_bytes"] = child.ask("small game")["bytes"] if small_game else None
            return {"status": "ok", **result}
    except ChildFailed as failure:
        return {"status": "failed", "reason": str(failure)}
