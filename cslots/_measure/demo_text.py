"""The demo's report in a terminal: memory with bars, times, and the sentence that sums it up."""

from __future__ import annotations

import textwrap
from typing import Any

from . import demo, host, table
from .table import Column, Table

OURS = {"struct", "struct-packed", "pool"}


def number(value: float | None, digits: int = 0) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def percent(value: float | None) -> str:
    return "-" if value is None else f"{round(value) or 0:d} %"


def nanoseconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}" if value < 99.95 else f"{value:.0f}"


def _strong(rows: list[dict[str, Any]]) -> frozenset[int]:
    return frozenset(k for k, row in enumerate(rows) if row["id"] in OURS)


def memory_table(report: dict[str, Any], workload: dict[str, Any]) -> Table:
    rows = [row for row in workload["results"] if row["status"] != "skipped"]
    game = any(row.get("small_game_mb") is not None for row in rows)
    columns = [
        Column("class", left=True),
        Column("bytes an\nobject"),
        Column("saved vs\nplain"),
        Column("saved vs\nslots"),
    ]
    if game:
        columns.append(Column(f"MB for\n{report['small_game_objects']:,}"))
    cells = []
    for row in rows:
        if row["status"] == "failed":
            cells.append([row["label"], "failed", *[""] * (len(columns) - 2)])
            continue
        line = [row["label"], number(row["bytes"], 1)]
        line += [
            "" if row["id"] == other else percent(row["saved_percent"].get(other))
            for other in ("plain", "slots")
        ]
        cells.append(line + ([number(row["small_game_mb"], 2)] if game else []))
    title = f"{workload['name']}({', '.join(workload['fields'])}): memory, values included"
    sized = Table(
        title, [*columns, Column("", left=True)], [[*line, ""] for line in cells], _strong(rows)
    )
    room = table.width() - sum(table.column_widths(sized)) - table.GAP * len(sized.columns)
    largest = max((row.get("bytes") or 0 for row in rows), default=0)
    bars = [table.bar(row.get("bytes"), largest, room) for row in rows]
    return sized._replace(rows=[[*line, drawn] for line, drawn in zip(cells, bars, strict=True)])


def time_table(workload: dict[str, Any]) -> Table:
    rows = [row for row in workload["results"] if row["status"] == "ok"]
    probes = workload["probes"]
    columns = [Column("class", left=True), Column("new\nC(a)"), Column("new\nC(a=a)")]
    names = ["construct_positional", "construct_keyword"]
    for action in ("read", "write"):
        for probe in probes:
            if action == "write" and probe != workload["main"]:
                continue  # the others are in --json; a terminal has 80 columns
            columns.append(Column(f"{action}\n.{probes[probe]}"))
            names.append(f"{action}_{probe}")
    columns += [Column("call\n.f()"), Column("gc\nms")]
    names.append("method")
    cells = [
        [
            row["label"],
            *(nanoseconds(row["ns"].get(name)) for name in names),
            number(row["gc_ms"], 1),
        ]
        for row in rows
    ]
    title = f"{workload['name']}: times in ns; gc is a full gc.collect() with all objects alive"
    return Table(title, columns, cells, _strong(rows))


def summary(report: dict[str, Any]) -> list[str]:
    lines = []
    for workload in report["workloads"]:
        rows = {row["id"]: row for row in workload["results"] if row["status"] == "ok"}
        plain, slots, packed, pool = (
            rows.get(name) for name in ("plain", "slots", "struct-packed", "pool")
        )
        if not plain or not slots or not plain["bytes"]:
            continue
        n = report["objects"]
        text = f"{n:,} {workload['name']} objects: {size(plain['bytes'] * n)} as a plain class"
        text += (
            f", {size(slots['bytes'] * n)} with __slots__ "
            f"({_saving(slots['saved_percent']['plain'])})"
        )
        if packed:
            text += (
                f", {size(packed['bytes'] * n)} as a packed Struct "
                f"({_saving(packed['saved_percent']['plain'])})"
            )
        if pool:
            text += (
                f", {size(pool['bytes'] * n)} in a Pool ({_saving(pool['saved_percent']['plain'])})"
            )
        lines.append(text + ".")
        if packed and packed["small_game_mb"] is not None:
            lines.append(
                f"A small game of {report['small_game_objects']:,} entities: "
                f"{plain['small_game_mb']:.2f} MB as a plain class, {slots['small_game_mb']:.2f} "
                "MB with __slots__, "
                f"{packed['small_game_mb']:.2f} MB as a packed Struct."
            )
    return lines


def size(count: float) -> str:
    return (
        f"{count / 1e9:,.2f} GB"
        if count >= 1e9
        else f"{count / 1e6:,.1f} MB"
        if count >= 1e5
        else f"{count / 1e3:,.1f} kB"
    )


def _saving(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f} % less" if value >= 0 else f"{-value:.0f} % more"


def notes(report: dict[str, Any]) -> list[str]:
    lines = list(summary(report))
    if report["objects"] < 10_000:
        lines.append(
            "With so few objects, pages of 4 KiB blur the bytes; the times are unaffected."
        )
    lines.append(host.describe_noise(report))
    lines += [f"Skipped: {text}." for text in demo.skipped(report)]
    lines += [f"Failed: {text}" for text in demo.failures(report)]
    return lines


def show(report: dict[str, Any]) -> None:
    print("\n".join(textwrap.wrap(host.describe(report), table.width())) + "\n")
    for workload in report["workloads"]:
        table.show(memory_table(report, workload))
        table.show(time_table(workload))
    for line in notes(report):
        print("\n".join(textwrap.wrap(line, table.width())))
