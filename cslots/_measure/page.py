"""The demo's report as one HTML file: no network, no script.

Bars, tables, the classes' sources, where it was measured.
"""

from __future__ import annotations

from html import escape
from typing import Any

from . import chart, demo_text, host
from .demo_text import OURS
from .table import Table

STYLE = """
:root { color-scheme: light dark; --ink: #1d2530; --soft: #5d6876; --line: #d5dbe2;
  --bar: #9aa7b5; --ours: #1f7a5c; --paper: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6eaef; --soft: #9daab8; --line: #39424d;
    --bar: #66727f; --ours: #4cc296; --paper: #14181d; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  margin: 0 auto; max-width: 46rem; padding: 1rem; }
h1 { font-size: 1.5rem; margin: .5rem 0; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .3rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .3rem; }
p { margin: .5rem 0; } .soft { color: var(--soft); font-size: .9rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .5rem; text-align: right; white-space: nowrap;
  border-bottom: 1px solid var(--line); }
th { vertical-align: bottom; white-space: pre; font-weight: 600; }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0;
  background: var(--paper); }
tr.ours td { font-weight: 600; color: var(--ours); }
svg { width: 100%; max-width: 34rem; height: auto; display: block; }
svg text { font: 12px system-ui, sans-serif; fill: var(--ink); }
svg .tick, svg .axis { font-size: 10.5px; fill: var(--soft); }
svg .value { font-size: 11px; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .bar { fill: var(--bar); } svg .ours { fill: var(--ours); }
pre { overflow-x: auto; font-size: .8rem; border-left: 3px solid var(--line); padding-left: .7rem; }
"""


def _table(table: Table, columns: int) -> str:
    """The first `columns` columns (the terminal's bars are drawn as SVG here)."""
    head = "".join(f"<th>{escape(column.heading)}</th>" for column in table.columns[:columns])
    rows = []
    for k, row in enumerate(table.rows):
        style = ' class="ours"' if k in table.strong else ""
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in row[:columns])
        rows.append(f"<tr{style}>{cells}</tr>")
    return (
        f'<div class="wide"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _bars(
    report: dict[str, Any], title: str, axis: str, rows: list[tuple[str, float, str, bool]]
) -> str:
    """The chart, or the words that there is nothing to draw: a few objects need no new pages."""
    drawn = chart.bars(title, axis, rows)
    return (
        drawn
        or f'<p class="soft">{escape(axis)}: nothing to draw, {report["objects"]:,} objects are '
        "too few to be seen.</p>"
    )


def _workload(report: dict[str, Any], workload: dict[str, Any]) -> list[str]:
    good = [row for row in workload["results"] if row["status"] == "ok"]
    name = workload["name"]
    memory = demo_text.memory_table(report, workload)
    times = demo_text.time_table(workload)
    signature = f"{name}({', '.join(workload['fields'])})"
    parts = [f"<h2>{escape(signature)}</h2>", "<h3>Memory</h3>"]
    parts.append(
        _bars(
            report,
            f"{name}: bytes an object",
            "bytes an object (resident memory, values included)",
            [
                (row["label"], row["bytes"], f"{row['bytes']:.0f} B", row["id"] in OURS)
                for row in good
            ],
        )
    )
    parts.append(_table(memory, len(memory.columns) - 1))
    parts.append("<h3>Garbage collection</h3>")
    parts.append(
        _bars(
            report,
            f"{name}: gc.collect()",
            f"ms, a full gc.collect() with {report['objects']:,} objects alive",
            [
                (row["label"], row["gc_ms"], f"{row['gc_ms']:.1f} ms", row["id"] in OURS)
                for row in good
            ],
        )
    )
    parts.append("<h3>Times</h3>")
    parts.append(
        _bars(
            report,
            f"{name}: construction",
            "ns to make an object with keyword arguments, and drop it",
            [
                (
                    row["label"],
                    row["ns"]["construct_keyword"],
                    f"{row['ns']['construct_keyword']:.0f} ns",
                    row["id"] in OURS,
                )
                for row in good
                if "construct_keyword" in row["ns"]
            ],
        )
    )
    parts.append(f'<p class="soft">{escape(times.title)}</p>')
    parts.append(_table(times, len(times.columns)))
    sources = "\n\n".join(f"# {row['label']}\n{row['source'].strip()}" for row in good)
    parts.append(
        "<details><summary>The classes, as "
        f"measured</summary><pre>{escape(sources)}</pre></details>"
    )
    return parts


def render(report: dict[str, Any]) -> bytes:
    parts = [
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>cslots demo</title><style>{STYLE}</style></head><body>",
        "<h1>What Python objects cost</h1>",
        f'<p class="soft">{escape(host.describe(report))}</p>',
    ]
    parts += [f"<p>{escape(line)}</p>" for line in demo_text.summary(report)]
    for workload in report["workloads"]:
        parts += _workload(report, workload)
    parts.append("<h2>How it was measured</h2>")
    parts.append(
        "<p>Each class in a fresh process. Bytes are the growth of the resident memory while the "
        "objects and their "
        "values are made, over their number; the list that holds them is not counted. Each time "
        "is the best of many "
        "short samples, taken by turns with a __slots__ class in the same process, and put on the "
        "scale of the best "
        "of those.</p>"
    )
    parts += [
        f'<p class="soft">{escape(line)}</p>'
        for line in demo_text.notes(report)[len(demo_text.summary(report)) :]
    ]
    parts.append("</body></html>\n")
    return "\n".join(parts).encode()
