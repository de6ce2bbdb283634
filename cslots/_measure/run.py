"""One cell of a report: a job, run in a fresh interpreter. A child that fails is a result, never an exception.

A result is `{"status": "ok", ...figures}` or `{"status": "failed", "reason": one line}`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import Any

from .contestants import CONTESTANTS, Contestant
from .workloads import PRELUDE, Workload

TIMEOUT = 900.0
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


def reference(workload: Workload) -> dict[str, Any]:
    """The slots class that a speed job races against."""
    return {"class": workload.name, **_shape(CONTESTANTS["slots"], workload)}


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


def measure(work: dict[str, Any], timeout: float = TIMEOUT) -> dict[str, Any]:
    """Runs one job -> its result. Ctrl-C ends the child too."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "worker.py")
    n = int(work.get("objects", 0))
    try:
        # -P: nothing is imported from this folder, whose file names are nobody else's business.
        child = subprocess.Popen(
            [sys.executable, "-P", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        return {"status": "failed", "reason": f"cannot start {sys.executable or 'python'}: {error.strerror}"}
    with child:
        try:
            stdout, stderr = child.communicate(json.dumps(work), timeout)
        except subprocess.TimeoutExpired:
            child.kill()
            return {"status": "failed", "reason": f"no answer after {timeout:.0f} s"}
        except BaseException:
            child.kill()
            raise
    if child.returncode != 0:
        return {"status": "failed", "reason": _reason(child.returncode, stderr, n)}
    try:
        result = json.loads(stdout)
    except ValueError:
        return {"status": "failed", "reason": "the measuring process ended without a result"}
    return {"status": "ok", **result}
