"""Tables for a terminal: with rich where it is installed, aligned text otherwise.

Colour never carries a meaning.
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import NamedTuple

WIDTH = 80
WIDEST = 100
GAP = 2


class Column(NamedTuple):
    heading: str  # lines separated by \n
    left: bool = False


class Table(NamedTuple):
    title: str
    columns: list[Column]
    rows: list[list[str]]
    strong: frozenset[int] = frozenset()  # rows that matter most: bold where the terminal can
    note: str = ""


def width() -> int:
    """Columns of the terminal, between 80 and 100; 80 when nobody looks."""
    if not sys.stdout.isatty():
        return WIDTH
    return max(WIDTH, min(WIDEST, shutil.get_terminal_size((WIDTH, 24)).columns))


def can_encode(text: str) -> bool:
    """Whether stdout can show these characters."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def column_widths(table: Table) -> list[int]:
    return [
        max(
            max(len(line) for line in column.heading.split("\n")),
            max((len(row[k]) for row in table.rows), default=0),
        )
        for k, column in enumerate(table.columns)
    ]


def bar(value: float | None, largest: float, room: int) -> str:
    """A bar of at most `room` characters; eighths of a block where they can be shown."""
    if not value or value <= 0 or largest <= 0 or room < 1:
        return ""
    eighths = max(1, round(value / largest * room * 8))
    if can_encode("█▏"):
        rest = eighths % 8
        return "█" * (eighths // 8) + (" ▏▎▍▌▋▊▉"[rest] if rest else "")
    return "#" * max(1, round(eighths / 8))


def plain(table: Table) -> str:
    widths = column_widths(table)
    gap = " " * GAP
    lines = [table.title, ""] if table.title else []

    def line(cells: list[str]) -> str:
        return gap.join(
            cell.ljust(w) if column.left else cell.rjust(w)
            for cell, w, column in zip(cells, widths, table.columns, strict=True)
        ).rstrip()

    headings = [column.heading.split("\n") for column in table.columns]
    height = max(len(h) for h in headings)
    headings = [[""] * (height - len(h)) + h for h in headings]
    lines.extend(line(list(cells)) for cells in zip(*headings, strict=True))
    lines.append("-" * min(WIDEST, sum(widths) + GAP * (len(widths) - 1)))
    lines.extend(line(row) for row in table.rows)
    if table.note:
        lines.extend(["", table.note])
    return "\n".join(lines)


def _has_rich() -> bool:
    try:
        import rich.table  # noqa: F401
    except ImportError:
        return False
    return True


def show(table: Table) -> None:
    if not (_has_rich() and can_encode("─")):
        print(plain(table) + "\n")
        return
    from rich.box import Box
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    rule = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")
    drawn = RichTable(box=rule, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    for column in table.columns:
        drawn.add_column(
            Text(column.heading),
            justify="left" if column.left else "right",
            vertical="bottom",
            no_wrap=True,
        )
    for k, row in enumerate(table.rows):
        drawn.add_row(*map(Text, row), style="bold" if k in table.strong else None)
    console = Console(
        width=max(width(), sum(column_widths(table)) + GAP * len(table.columns)),
        no_color=bool(os.environ.get("NO_COLOR")),
    )
    if table.title:
        console.print(Text(table.title, style="bold"))
    console.print(drawn)
    if table.note:
        console.print(Text(table.note))
    console.print()
