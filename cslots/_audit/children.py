"""Child processes: what `multiprocessing` starts has a memory of its own.

    fork         the child inherits the watch, begins it anew, and writes its best moment into a
                 folder as it ends
    forkserver   the server imports this module first; its children then do the same
    spawn        the command line of the child imports this module first

Only with `--children`. Otherwise a child runs as it would without an audit, and one line of the
report says how large children were.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from time import perf_counter
from typing import Any

VARIABLE = "CSLOTS_AUDIT_CHILDREN"
# What the report of the parent says of a child.
TOLD = ("at", "seconds_in", "rss", "classes", "total", "builtin", "census")


def unseen() -> list[str]:
    """A line about the child processes that this report does not see."""
    try:
        import resource

        largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (
            1 if sys.platform == "darwin" else 1024
        )
    except (ImportError, OSError):
        return []
    if "multiprocessing.process" not in sys.modules or largest < 32 << 20:
        return []
    from .words import size

    return [
        f"Child processes are not counted (the largest had {size(largest)} resident): --children "
        "counts them too."
    ]


class Children:
    """The parent's side: a folder for the moments of children, and their sum."""

    def __init__(self, at: str) -> None:
        self.folder = tempfile.mkdtemp(prefix="cslots-audit-")
        self.owner = os.getpid()
        self.notes: list[str] = []
        os.environ[VARIABLE] = f"{at}:{self.folder}"
        begin(self.owner)

    def collect(self, main_file: str | None) -> list[dict[str, Any]]:
        from . import schema

        os.environ.pop(VARIABLE, None)
        found = []
        for name in sorted(os.listdir(self.folder)):
            path = os.path.join(self.folder, name)
            try:
                if name.endswith(".json"):
                    with open(path, encoding="ascii") as file:
                        seen = json.load(file)
                    report = schema.assemble(seen, main_file=main_file)
                    told = {key: report[key] for key in TOLD}
                    found.append(told | {"pid": int(name.partition(".")[0])})
                os.unlink(path)
            except (OSError, ValueError, KeyError):
                self.notes.append(
                    f"what the child process {name.partition('.')[0]} counted cannot be read"
                )
        with contextlib.suppress(OSError):
            os.rmdir(self.folder)
        if not found:
            self.notes.append("No child process of multiprocessing ended while the program ran.")
        return found


# ---- the child's side ----


def begin(owner: int) -> None:
    """Watch each child that multiprocessing makes from here on."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_forked)
    _wrap_bootstrap()
    _wrap_spawn()


_watch: Any = None


def _forked() -> None:
    global _watch
    _watch = None  # the parent's


def _wrap_bootstrap() -> None:
    """BaseProcess._bootstrap runs in every child of multiprocessing, however it was started."""
    from multiprocessing.process import BaseProcess

    real = BaseProcess._bootstrap  # type: ignore[attr-defined]
    if getattr(real, "of_cslots", False):
        return

    def _bootstrap(self: Any, *args: Any, **keywords: Any) -> Any:
        setting = os.environ.get(VARIABLE)
        if not setting:
            return real(self, *args, **keywords)
        run = self.run
        at, _, folder = setting.partition(":")
        self.run = lambda: _counted(run, at, folder)
        return real(self, *args, **keywords)

    _bootstrap.of_cslots = True  # type: ignore[attr-defined]
    BaseProcess._bootstrap = _bootstrap  # type: ignore[attr-defined]


def _counted(run: Any, at: str, folder: str) -> None:
    """Runs the child's work; a moment is kept near its peak, and one is taken as it ends."""
    from .moment import NoCensus, take, total
    from .watch import Watch

    started = perf_counter()
    watch = Watch(started, peak=at in ("auto", "peak"))
    watch.start()
    try:
        run()
    finally:
        watch.stop()
        try:
            best = watch.best
            if at != "peak" or best is None:
                end = take("end", started)
                if best is None or total(end) >= 0.98 * total(best):
                    best = end
            path = os.path.join(folder, f"{os.getpid()}.json")
            with open(path + ".partial", "w", encoding="ascii") as file:
                json.dump(best, file, default=str)
            os.replace(path + ".partial", path)
        except (NoCensus, OSError, ValueError, MemoryError):
            pass  # the parent reads no file of this child


def _wrap_spawn() -> None:
    """The command lines of children that are no forks of this process import this module first."""
    try:
        from multiprocessing import forkserver, spawn
    except ImportError:
        return
    real = spawn.get_command_line
    first = "import cslots._audit.children as children; children.begin(0); "

    def get_command_line(**keywords: Any) -> list[str]:
        command = real(**keywords)
        if os.environ.get(VARIABLE) and "-c" in command:
            at = command.index("-c") + 1
            command[at] = first + command[at]
        return command

    spawn.get_command_line = get_command_line
    server = getattr(forkserver, "_forkserver", None)
    modules = getattr(server, "_preload_modules", None)
    if isinstance(modules, list) and "cslots._audit.child" not in modules:
        modules.append("cslots._audit.child")
