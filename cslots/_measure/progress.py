"""Progress on stderr: a bar in a terminal (with rich or without), brief lines otherwise."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

LINE_WIDTH = 78


class Progress(Protocol):
    def step(self, doing: str) -> None:
        """The next step begins."""


class Quiet:
    def step(self, doing: str) -> None:
        pass


class Lines:
    """One line a class, when what is being done changes; `doing` is "what: how"."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.last = ""

    def step(self, doing: str) -> None:
        self.done += 1
        what = doing.partition(":")[0]
        if what != self.last:
            self.last = what
            print(f"[{self.done}/{self.total}] {what}", file=sys.stderr, flush=True)


class Rewritten:
    """One line that is written over; for a terminal without rich."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0

    def step(self, doing: str) -> None:
        self.done += 1
        text = f"[{self.done}/{self.total}] {doing}"[:LINE_WIDTH]
        print(f"\r{text:<{LINE_WIDTH}}", end="", file=sys.stderr, flush=True)

    def finish(self) -> None:
        print(f"\r{'':<{LINE_WIDTH}}\r", end="", file=sys.stderr, flush=True)


@contextmanager
def progress(total: int, quiet: bool = False) -> Iterator[Progress]:
    if quiet or sys.stderr is None:
        yield Quiet()
        return
    if not sys.stderr.isatty():
        yield Lines(total)
        return
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar
    except ImportError:
        rewritten = Rewritten(total)
        try:
            yield rewritten
        finally:
            rewritten.finish()
        return

    columns = (
        BarColumn(24),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)

        class Rich:
            started = False

            def step(self, doing: str) -> None:
                bar.update(task, description=doing, advance=1 if self.started else 0)
                self.started = True

        yield Rich()
