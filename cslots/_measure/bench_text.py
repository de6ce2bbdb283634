"""The bench's report in a terminal: a table a group, as ratios to __slots__; less is better."""

from __future__ import annotations

import textwrap
from typing import Any

from . import bench, demo, host, table
from .demo_text import OURS, nanoseconds, number
from .table import Column, Table
from .workloads import WORKLOADS

TITLES = {
    "memory": "Memory: real bytes an object, values included, and the ratio to __slots__",
    "gc": "Full gc.collect() with all objects alive: ms, and the ratio to __slots__",
    "construct": "Making an object (and dropping it): times the time of __slots__",
    "read": "Reading a field: times the time of __slots__",
    "write": "Writing a field: times the time of __slots__",
    "method": "Calling a method; reading a field, then calling: times the time of __slots__",
    "lookup": "Reading a property; hasattr, try and except for what is missing: times slots",
    "eq": "Comparing equal objects with ==: times the time of __slots__",
    "hash": "hash() by value: times the time of __slots__",
    "pickle": "Pickle of a list, highest protocol: times the time of __slots__",
    "dataclass": "One way to write a class against another, in one process",
    "pool": "Pool: bytes a row",
}
AGAINST = {
    "slots": "a list of __slots__ objects",
    "struct": "a list of Structs",
    "list": "list.append",
    "memcpy": "copies of the columns",
    "numpy": "NumPy arrays",
    "none": "no rows alive",
}
SHORT = {
    "construct_positional": "C(a)",
    "construct_keyword": "C(a=a)",
    "method": "call",
    "method_after_read": "both",
    "property": "prop",
    "missing_hasattr": "has",
    "missing_except": "try",
    "eq": "==",
    "hash": "hash",
    "pickle_dumps": "dumps",
    "pickle_loads": "loads",
    "decorate": "decorator alone",
}


def _ratio(cell: dict[str, Any] | None) -> str:
    if cell is None or cell["ratio"] is None:
        return "-"
    ratio: float = cell["ratio"]
    # Four characters wide.
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.1f}" if ratio < 100 else f"{ratio:.0f}"


def _measured(row: dict[str, Any], name: str) -> dict[str, Any] | None:
    cell: dict[str, Any] | None = row.get("figures", {}).get(name)
    return cell


def group_table(report: dict[str, Any], group: str) -> Table:
    workloads = report["workloads"]
    columns = [Column("class", left=True)]
    places: list[
        tuple[int, str, bool]
    ] = []  # (workload, measure, whether the value itself is shown)
    for k, workload in enumerate(workloads):
        name = workload["name"].replace("GameEntity", "Entity")
        if group in ("memory", "gc"):
            columns += [
                Column(f"{name}\n{'bytes' if group == 'memory' else 'ms'}"),
                Column("ratio"),
            ]
            places += [(k, group, True), (k, group, False)]
            continue
        for measure in bench.measures(group, WORKLOADS[workload["id"]]):
            action, _, probe = measure.partition("_")
            label = workload["probes"][probe] if action in ("read", "write") else SHORT[measure]
            columns.append(Column(f"{name}\n{label}"))
            places.append((k, measure, False))
    cells: list[list[str]] = []
    strong = set()
    for r, first in enumerate(workloads[0]["results"]):
        rows = [workload["results"][r] for workload in workloads]
        if first["status"] == "skipped":
            continue
        line = [first["label"]]
        for k, measure, value in places:
            cell = _measured(rows[k], measure)
            if rows[k]["status"] == "failed":
                line.append("failed")
            elif value:
                line.append(number(cell["value"] if cell else None, 1))
            else:
                line.append(_ratio(cell))
        if first["id"] in OURS:
            strong.add(len(cells))
        cells.append(line)
    if group not in ("memory", "gc"):
        unit = "ms" if group == "pickle" else "ns"
        cells.insert(
            0,
            [f"__slots__ in {unit}", *(_slots(workloads[k], measure) for k, measure, _ in places)],
        )
        strong = {k + 1 for k in strong}
    return Table(TITLES[group], columns, cells, frozenset(strong))


def _slots(workload: dict[str, Any], measure: str) -> str:
    taken = [
        cell["slots"]
        for row in workload["results"]
        if (cell := _measured(row, measure)) and cell["slots"] is not None
    ]
    return nanoseconds(min(taken, default=None))


def import_table(report: dict[str, Any]) -> Table:
    rows = [
        [row["module"], "failed" if row["status"] == "failed" else f"{row['over_bare_ms']:+.1f}"]
        for row in report["imports"]["modules"]
    ]
    bare = report["imports"]["bare_python_ms"]
    columns = [Column("module", left=True), Column("ms")]
    strong = frozenset(k for k, row in enumerate(rows) if row[0] == "cslots")
    return Table(f"Import: ms over a bare python ({bare:.1f} ms)", columns, rows, strong)


def pool_tables(report: dict[str, Any]) -> list[Table]:
    pool = report["pool"]
    memory = [
        [
            WORKLOADS[row["workload"]].name,
            *(number(row[name], 1) for name in ("bytes", "bytes_overwritten", "bytes_compacted")),
        ]
        for row in pool["memory"]
    ]
    columns = [
        Column("rows of", left=True),
        Column("appended"),
        Column("texts overwritten\n10 times"),
        Column("compact()"),
    ]
    tables = [Table(TITLES["pool"], columns, memory)]
    figures = []
    for row in pool["figures"]:
        label = (
            f"{row['label']}, {row['workload']}"
            if row["id"].startswith(("pickle", "save", "open"))
            else row["label"]
        )
        for k, (what, ratio) in enumerate(row["ratios"].items()):
            shown = (
                "-"
                if ratio is None
                else f"{ratio:.2f}"
                if ratio >= 0.1
                else f"1/{1 / ratio:,.0f}"
                if ratio
                else "0"
            )
            value = (
                f"{row['value']:,.2f} {row['unit']}"
                if row["value"] < 10
                else f"{row['value']:,.0f} {row['unit']}"
            )
            figures.append([*([label, value] if k == 0 else ["", ""]), shown, AGAINST[what]])
    columns = [
        Column("what", left=True),
        Column("a row, or\nfor all"),
        Column("times\nthat of"),
        Column("", left=True),
    ]
    tables.append(
        Table(f"Pool: times; pickles and files of {pool['rows']:,} rows", columns, figures)
    )
    growth = [
        [number(row["rows"]), nanoseconds(row["ns"]), number(row["bytes"], 1)]
        for row in pool["growth"]
    ]
    tables.append(
        Table(
            "Pool: append, from small to large",
            [Column("rows"), Column("ns a row"), Column("bytes a row")],
            growth,
        )
    )
    return [shown for shown in tables if shown.rows]


def comparison_table(report: dict[str, Any]) -> Table:
    """A block a comparison: a line with the names of the two, and one for each measure."""
    cells: list[list[str]] = []
    heads = set()
    for row in report["comparisons"]:
        heads.add(len(cells))
        cells.append([row["title"], row["ours"], row["theirs"], ""])
        if row["status"] == "failed":
            cells.append(["  failed", "-", "-", "-"])
            continue
        for name, cell in row["figures"].items():
            label = SHORT.get(name, name.replace("_", " "))
            values = (f"{nanoseconds(cell[side])} {cell['unit']}" for side in ("value", "other"))
            cells.append([f"  {label}", *values, _ratio(cell)])
    return Table(
        TITLES["dataclass"],
        [Column("comparison", left=True), Column("ours"), Column("the other"), Column("ratio")],
        cells,
        frozenset(heads),
    )


def show(report: dict[str, Any]) -> None:
    print("\n".join(textwrap.wrap(host.describe(report), table.width())) + "\n")
    for group in report["groups"]:
        special = {"import": import_table, "dataclass": comparison_table}
        tables = (
            pool_tables(report)
            if group == "pool"
            else [special[group](report) if group in special else group_table(report, group)]
        )
        for drawn in tables:
            table.show(drawn)
    lines = [host.describe_noise(report)]
    lines += [f"Skipped: {text}." for text in demo.skipped(report)]
    lines += [f"Failed: {text}" for text in bench.failures(report)]
    for line in lines:
        print("\n".join(textwrap.wrap(line, table.width())))
