"""Import time: an interpreter that imports a module, by turns with one that imports nothing."""

from __future__ import annotations

import subprocess
import sys
from time import perf_counter
from typing import Any

from .run import _last_line
from .timing import spread


def _start(module: str) -> float:
    """Seconds that an interpreter with this search path takes; RuntimeError says why it failed."""
    source = f"import sys; sys.path[:] = {sys.path!r}\n" + (f"import {module}\n" if module else "")
    start = perf_counter()
    child = subprocess.run(
        [sys.executable, "-P", "-c", source], capture_output=True, text=True, errors="replace"
    )
    took = perf_counter() - start
    if child.returncode != 0:
        raise RuntimeError(_last_line(child.stderr) or f"exit code {child.returncode}")
    return took


def measure(modules: list[str], samples: int) -> tuple[float, list[dict[str, Any]]]:
    """-> (ms of a bare python, a row a module: its ms over the bare python)."""
    rows: list[dict[str, Any]] = []
    taken: dict[str, list[float]] = {"": []}
    for module in modules:
        try:
            _start(module)  # writes the .pyc files, and shows whether it can be imported at all
            taken[module] = []
        except RuntimeError as error:
            rows.append({"module": module, "status": "failed", "reason": str(error)})
    for _ in range(samples):
        for module, times in taken.items():
            times.append(_start(module))
    bare = min(taken.pop("")) * 1e3
    for module, times in taken.items():
        over = min(times) * 1e3 - bare
        rows.append(
            {
                "module": module,
                "status": "ok",
                "over_bare_ms": round(over, 3),
                "spread": spread(times),
            }
        )
    order = {module: k for k, module in enumerate(modules)}
    rows.sort(key=lambda row: order[row["module"]])
    return bare, rows
