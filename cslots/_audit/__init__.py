"""cslots audit: which classes of a running program to convert, and what that saves and breaks.

    the program runs          run.py        as __main__, in this process
    while it runs             watch.py      resident memory, a moment near the peak
    at its end                moment.py     cslots._census counts all objects; facts.py describes
                                            their classes
    the verdict               verdict.py    sizes and layouts (forms.py), kinds (kinds.py), reasons
                                            (source.py), the code (suggest.py)
    the report                schema.py     plain data; table.py, html.py, diff.py draw it
    the command               command.py    arguments, files, exit codes

`cslots.audit()` does it from inside.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from time import perf_counter
from typing import Any

__all__ = ["Audit", "audit"]


class Audit:
    """The report of one moment.

    Printing it, or the end of a notebook's cell, shows it; `data` is what `--json` writes.
    """

    __slots__ = ("data", "top")

    def __init__(self, data: dict[str, Any], top: int = 10) -> None:
        self.data = data
        self.top = top

    @property
    def saves(self) -> int:
        """Bytes that converting the classes as advised would save."""
        return int(self.data["total"]["saves"])

    @property
    def classes(self) -> list[dict[str, Any]]:
        """A dict for each class, those that save most first."""
        found: list[dict[str, Any]] = self.data["classes"]
        return found

    def __str__(self) -> str:
        from .table import render

        return render(self.data, top=self.top).rstrip("\n")

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from .html import fragment

        return fragment(self.data, self.top)

    def save_json(self, path: str | os.PathLike[str]) -> None:
        """Writes the report as JSON; `cslots report` and `cslots audit --diff` read it."""
        from .schema import dumps

        with open(path, "wb") as file:
            file.write(dumps(self.data))

    def save_html(self, path: str | os.PathLike[str]) -> None:
        """Writes the report as one page that needs no network."""
        from .html import page

        with open(path, "wb") as file:
            file.write(page(self.data, self.top))


def audit(*, classes: Iterable[type] | None = None, top: int = 10) -> Audit:
    """Counts all objects that are alive now, and says which classes to convert and what that saves.

    classes   only these (and nothing about the others)
    top       rows of the table

    It takes about a third of a second for a million objects; nothing else runs meanwhile. Raises
    RuntimeError if the objects cannot be counted.

    >>> report = cslots.audit()
    >>> print(report)
    """
    from . import schema
    from .moment import NoCensus, take

    wanted = None
    if classes is not None:
        wanted = tuple(classes)
        for cls in wanted:
            if not isinstance(cls, type):
                raise TypeError(
                    f"audit(): classes expects classes, got {type(cls).__qualname__} {cls!r:.60}"
                )
    if type(top) is not int or top < 1:
        raise ValueError(f"audit(): top expects a whole number of at least 1, got {top!r:.60}")
    try:
        seen = take("call", perf_counter(), classes=wanted)
    except NoCensus as error:
        raise RuntimeError(f"cslots.audit(): {error}") from None
    main = sys.modules.get("__main__")
    return Audit(schema.assemble(seen, main_file=getattr(main, "__file__", None)), top)
