"""The measuring process: reads a job on stdin, writes its result on stdout, each a line of JSON.

A memory job keeps its objects alive and answers further lines (see memory.py) until stdin ends.

It is started by file name, not as `-m cslots...`, and takes the search path of its parent from the
job: the classes of the peers are measured in a process that never imported cslots, and cslots is
the one the parent has.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
import types
from typing import Any


def load(name: str) -> Any:
    """A module of this folder, under another package name: cslots/__init__.py does not run."""
    package = "cslots_measure"
    if package not in sys.modules:
        folder = os.path.dirname(os.path.abspath(__file__))
        module = types.ModuleType(package)
        module.__path__ = [folder]
        sys.modules[package] = module
    return importlib.import_module(f"{package}.{name}")


def make_class(job: dict[str, Any], source: str, module: str) -> Any:
    """Executes `source` in a module that pickle can find -> the class."""
    scope = types.ModuleType(module)
    sys.modules[module] = scope
    exec(compile(source, f"<{module}>", "exec"), scope.__dict__)
    return scope.__dict__[job["class"]]


def make_classes(job: dict[str, Any], module: str) -> tuple[Any, Any]:
    return make_class(job, job["source"], module), make_class(
        job, job["value_source"], f"{module}_by_value"
    )


def without_core_files() -> None:
    """A class that crashes is a failed row of the report, not a file in the user's directory."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    job = json.loads(sys.stdin.readline())
    sys.path[:] = job["path"]
    without_core_files()
    # What the measured classes print belongs to stderr; stdout carries the answers alone.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def answer(result: dict[str, Any]) -> None:
        answers.write(json.dumps(result) + "\n")
        answers.flush()

    if job["task"] == "memory":
        alive = load("memory").Alive(job, make_class(job, job["source"], "measured"))
        answer(alive.made())
        for line in sys.stdin:
            answer(alive.answer(line.strip()))
    elif job["task"].startswith("pool"):
        answer(load("pool").measure(job, make_class))
    else:
        answer(load("speed").measure(job, make_classes))
    os._exit(0)  # nobody waits for the death of a million objects


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        os._exit(130)
