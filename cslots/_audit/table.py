"""The report in a terminal: with rich where it is installed, as plain text otherwise.

Colour never carries a meaning.
"""

from __future__ import annotations

import io
import os
import textwrap
from typing import Any

from .schema import Report, shown, worth_showing
from .words import size

WIDTH = 80
LEAST = 16  # columns for a name
UNSEEN = 100  # where nobody looks: a file, a log
WIDEST = 120
FORMS = ("slots", "struct", "pool")
HEADS = {"slots": "slots", "struct": "Struct", "pool": "Pool"}
MOMENTS = {"end": "at its end", "peak": "near its peak", "signal": "at the signal", "call": "now"}
ADVICE = {"struct": "Struct", "slots": "slots", "leave": "leave it", "none": "-"}


def width_of(stream: Any) -> int:
    try:
        if stream.isatty():
            columns = os.get_terminal_size(stream.fileno()).columns
            return max(WIDTH, min(WIDEST, columns))
    except (OSError, ValueError, AttributeError):
        pass
    return UNSEEN


def header(report: Report) -> str:
    py = report["python"]
    build = f"{py.get('implementation', 'Python')} {py.get('version', '?')}"
    program = report.get("program") or {}
    name = program.get("name")
    parts = [f"cslots audit: {name}" if name else "cslots audit"]
    if report["at"] != "call" and report.get("seconds_in") is not None:
        parts.append(f"{MOMENTS.get(report['at'], report['at'])}, {report['seconds_in']:,.1f} s in")
    if report.get("rss"):
        parts.append(f"{size(report['rss'])} resident")
    parts.append(build)
    return " · ".join(parts)


def reconciled(report: Report) -> str:
    """Where the resident memory is, in one sentence that adds up."""
    census, total = report["census"], report["total"]
    rss, heap = report.get("rss"), census["heap"]
    shared = sum(
        (row.get("shared_bytes") or 0) + (row.get("interned_bytes") or 0)
        for row in report["classes"]
    )
    overhead = heap.get("pool_overhead") or 0
    other = max(0, census["bytes"] + overhead - total["now"] - shared)
    parts = [
        f"{size(total['now'])} objects of {total['classes']:,} classes with attributes",
        f"{size(shared)} values they share",
    ]
    parts.append(f"{size(other)} other objects")
    if rss:
        free = heap.get("pymalloc_free")
        if isinstance(free, int) and free > 0:
            parts.append(f"{size(free)} free inside Python's allocator")
        rest = rss - census["bytes"] - overhead - (free if isinstance(free, int) else 0)
        if rest >= 0:
            parts.append(f"{size(rest)} the interpreter, code and libraries")
        else:
            parts.append(f"less {size(-rest)} that is not resident or counted twice")
        return f"{size(rss)} resident = {' + '.join(parts).replace('+ less ', '- ')}."
    return f"{' + '.join(parts)}; the resident memory cannot be told on this system."


def counted(report: Report) -> str:
    census = report["census"]
    seconds = census["seconds"] or 0
    rate = f", {census['objects'] / seconds / 1e6:.1f} million a second" if seconds > 0.001 else ""
    return f"{census['objects']:,} objects counted in {seconds:.2f} s{rate}."


def summary(report: Report) -> str:
    saves, rss = report["total"]["saves"], report.get("rss")
    if saves <= 0:
        return (
            "Nothing here is worth a change: no class has enough objects that would become smaller."
        )
    rows = [row for row in report["classes"] if row["saves"] > 0]
    share = f", {100 * saves / rss:.0f} % of the resident memory" if rss else ""
    which = "one class" if len(rows) == 1 else f"{len(rows)} classes"
    return f"Converting {which} as advised saves {size(saves)}{share}."


def form_cell(row: dict[str, Any], form: str) -> str:
    found = row["forms"].get(form)
    return size(found["bytes"]) if found else "-"


def sure(row: dict[str, Any]) -> str:
    return str(row["confidence"]) if row["confidence"] != "none" else "-"


def cells(row: dict[str, Any]) -> list[str]:
    saved = size(row["saves"]) if row["saves"] > 0 else "-"
    return [
        f"{row['objects']:,}",
        size(row["now"]),
        *(form_cell(row, form) for form in FORMS),
        str(ADVICE.get(row["advice"], row["advice"])),
        saved,
        sure(row),
    ]


COLUMNS = ["class", "objects", "now", *(HEADS[form] for form in FORMS), "advice", "saves", "sure"]
LEFT = {"class", "advice", "sure"}


def short_name(name: str, room: int) -> str:
    """The end of a dotted name, if all of it is too long."""
    if len(name) <= room:
        return name
    parts = name.split(".")
    while len(parts) > 1 and len(".".join(parts)) + 2 > room:
        parts.pop(0)
    text = "…." + ".".join(parts)
    return text if len(text) <= room else "…" + name[-(room - 1) :]


def rows_of(report: Report, top: int, width: int) -> tuple[list[list[str]], str]:
    chosen = shown(report, top)
    made = [cells(row) for row in chosen]
    widths = [
        max(len(head), *(len(line[k]) for line in made), 0) if made else len(head)
        for k, head in enumerate(COLUMNS[1:])
    ]
    room = width - sum(widths) - 2 * len(widths)
    table = [
        [short_name(row["name"], max(LEAST, room)), *line]
        for row, line in zip(chosen, made, strict=True)
    ]
    rest = len(report["classes"]) - len(chosen)
    left = report["total"]["now"] - sum(row["now"] for row in chosen)
    return table, f"{rest:,} more classes hold {size(left)}." if rest > 0 else ""


def plain_table(head: list[str], rows: list[list[str]], left: set[str]) -> list[str]:
    widths = [
        max(len(title), *(len(row[k]) for row in rows)) if rows else len(title)
        for k, title in enumerate(head)
    ]

    def line(items: list[str]) -> str:
        return "  ".join(
            item.ljust(w) if title in left else item.rjust(w)
            for item, w, title in zip(items, widths, head, strict=True)
        ).rstrip()

    return [line(head), "-" * (sum(widths) + 2 * (len(widths) - 1)), *(line(row) for row in rows)]


def builtin_line(report: Report) -> str:
    rows = sorted(report["builtin"], key=lambda row: row["bytes"], reverse=True)[:6]
    return (
        "Other objects: "
        + ", ".join(f"{row['type']} {size(row['bytes'])} ({row['objects']:,})" for row in rows)
        + "."
        if rows
        else ""
    )


def details(row: dict[str, Any], width: int) -> list[tuple[str, str]]:
    """(style, line) of one class: the code, why not, what would be tighter."""
    lines: list[tuple[str, str]] = []
    form = (
        row["advice"]
        if row["advice"] in ("struct", "slots")
        else "struct"
        if "struct" in row["code"]
        else "slots"
    )
    text = row["code"].get(form)
    if text:
        lines += [
            ("code", line) for line in text.split("\n") if not line.startswith(("import ", "from "))
        ]
        while lines and not lines[0][1]:
            lines.pop(0)
    else:
        lines.append(
            ("strong", f"{row['name']} · {row['objects']:,} instances · {size(row['now'])}")
        )

    def item(mark: str, words: str) -> None:
        for k, line in enumerate(
            textwrap.wrap(words, width - 6, break_long_words=False, break_on_hyphens=False)
        ):
            lines.append(("text", f"  {mark if k == 0 else ' ' * len(mark)} {line}"))

    saved = [
        f"{HEADS[name]} saves {size(found['saves'])}"
        for name in FORMS
        if (found := row["forms"].get(name))
    ]
    if saved:
        item(" ", ", ".join(saved) + f"; sure: {row['confidence']}")
    for reason in row["reasons"]:
        one = (
            f" ({HEADS[reason['forms'][0]]})"
            if len(reason["forms"]) == 1 and reason["forms"][0] in HEADS
            else ""
        )
        level = "note" if reason["code"] == "slotted" else reason["level"]
        item({"stops": "x", "breaks": "!", "care": "~"}.get(level, "-"), reason["text"] + one)
    for remark in row["remarks"]:
        item("+", remark)
    proof = row.get("proof")
    if proof:
        item("=", proved(proof))
    return lines


def proved(proof: dict[str, Any]) -> str:
    """What --prove measured, in one sentence."""
    words = []
    for name, found in proof["forms"].items():
        measured = found.get("measured")
        if isinstance(measured, int | float):
            words.append(
                f"{HEADS.get(name, name)} {measured:.1f} (predicted {found['predicted']:.1f})"
            )
        else:
            words.append(f"{HEADS.get(name, name)} failed: {found.get('failed')}")
    left = f"; without what {', '.join(proof['left_out'])} refer to" if proof["left_out"] else ""
    return f"measured, bytes an object of {proof['objects']:,}: {', '.join(words)}{left}"


MARKS = (
    "x stops it; ! breaks until changed; ~ mind it; - good to know; + could be better; = measured"
)


def render(
    report: Report,
    *,
    top: int = 10,
    width: int = UNSEEN,
    colour: bool = False,
    rich: bool | None = None,
) -> str:
    """The whole report as text; `rich=None`: with rich if it is there and colours are asked for."""
    table, rest = rows_of(report, top, width)
    blocks = [details(row, width) for row in worth_showing(report, top)]
    if colour and rich is not False:
        drawn = _with_rich(report, table, rest, blocks, width)
        if drawn is not None:
            return drawn
    lines = [*textwrap.wrap(header(report), width), "", *plain_table(COLUMNS, table, LEFT)]
    lines += _below(report, rest, width)
    for block in blocks:
        lines += ["", *(line for _, line in block)]
    if blocks:
        lines += ["", *textwrap.wrap(MARKS, width)]
    return "\n".join(lines) + "\n"


def _below(report: Report, rest: str, width: int) -> list[str]:
    lines = [rest] if rest else []
    for text in (
        summary(report),
        reconciled(report),
        builtin_line(report),
        counted(report),
        *report["notes"],
    ):
        if text:
            lines += textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    children = report.get("children") or []
    if children:
        lines.append(
            f"{len(children)} child processes, added up: see below."
            if len(children) > 1
            else "One child process: see below."
        )
    return ["", *lines]


def _with_rich(
    report: Report,
    table: list[list[str]],
    rest: str,
    blocks: list[list[tuple[str, str]]],
    width: int,
) -> str | None:
    try:
        from rich.box import Box
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except Exception:  # not installed, or something of the program in its place
        return None
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=True,
        no_color=bool(os.environ.get("NO_COLOR")),
        highlight=False,
    )
    rule = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")
    drawn = Table(box=rule, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
    for head in COLUMNS:
        drawn.add_column(Text(head), justify="left" if head in LEFT else "right", no_wrap=True)
    for row in table:
        drawn.add_row(*map(Text, row), style="bold" if row[-2] != "-" else None)
    console.print(Text(header(report), style="bold"))
    console.print()
    console.print(drawn)
    for line in _below(report, rest, width):
        console.print(Text(line))
    styles = {"code": "cyan", "strong": "bold", "text": ""}
    for block in blocks:
        console.print()
        for style, line in block:
            console.print(Text(line, style=styles[style]), soft_wrap=True)
    if blocks:
        console.print()
        console.print(Text(MARKS, style="dim"))
    return out.getvalue()
