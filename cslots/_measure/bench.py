"""`cslots bench`: the performance test in depth, as ratios to a slots class in the same run.

A group is what a user picks (`--groups`); it stands for measures, each of them a figure with a
unit. The report is data first (`measure` -> the --json document, schema 1). The reference of a
timed loop is a slots class in the same process, sampled by turns; so the slots row is a slots
class against another one, and its distance from 1.00 is noise made visible. gc.collect is timed by
turns with a second process that keeps slots objects alive. Bytes are compared with the slots row.
The group `dataclass` compares pairs of its own (comparisons.py).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from . import build, comparisons, host, imports, pool_report, run
from .contestants import CONTESTANTS, Contestant
from .progress import Progress
from .workloads import Workload

SCHEMA = 1
PACKAGES = ("cslots", "attrs", "msgspec", "recordclass")
GROUPS = (
    "memory",
    "gc",
    "construct",
    "read",
    "write",
    "method",
    "lookup",
    "eq",
    "hash",
    "pickle",
    "dataclass",
    "import",
    "pool",
)
IMPORTED = ("cslots", "dataclasses", "attrs", "msgspec", "recordclass")


class Scale(NamedTuple):
    """How much to measure."""

    objects: int = 1_000_000
    pickled: int = 100_000
    samples: int = 20
    rounds: int = 3  # processes a timed cell
    imports: int = 20
    pool: pool_report.Scale = pool_report.Scale()


QUICK = Scale(100_000, 20_000, 9, 1, 7, pool_report.QUICK)


class Selection(NamedTuple):
    contestants: list[Contestant]
    groups: list[str]
    workloads: list[Workload]

    @property
    def memory(self) -> bool:
        return "memory" in self.groups or "gc" in self.groups

    def steps(self) -> int:
        present = sum(c.missing() is None for c in self.contestants)
        timed = any(measures(group, w) for group in self.groups for w in self.workloads)
        compared = comparisons.steps() if "dataclass" in self.groups else 0
        return (
            present * len(self.workloads) * (self.memory + timed)
            + compared
            + ("import" in self.groups)
            + self.pool_steps()
        )

    def pool_steps(self) -> int:
        return pool_report.steps(self.workloads) if "pool" in self.groups else 0


def measures(group: str, workload: Workload) -> list[str]:
    """The measures of a group that are timed in a loop."""
    if group == "construct":
        return ["construct_positional", "construct_keyword"]
    if group in ("read", "write"):
        return [f"{group}_{probe}" for probe in workload.probes]
    return {
        "method": ["method", "method_after_read"],
        "lookup": ["property", "missing_hasattr", "missing_except"],
        "eq": ["eq"],
        "hash": ["hash"],
        "pickle": ["pickle_dumps", "pickle_loads"],
    }.get(group, [])


def measure(selection: Selection, scale: Scale, progress: Progress) -> dict[str, Any]:
    spins = [host.spin()]
    spreads: list[float] = []
    workloads = []
    for workload in selection.workloads:
        with run.Rival(workload, scale.objects) as rival:
            results = [
                _row(c, workload, selection, scale, rival, progress, spreads)
                for c in selection.contestants
            ]
        _compare(results)
        workloads.append(
            {
                "id": workload.id,
                "name": workload.name,
                "fields": list(workload.field_names),
                "probes": dict(workload.probes),
                "main": workload.main,
                "results": results,
            }
        )
        spins.append(host.spin())
    report: dict[str, Any] = {
        "schema": SCHEMA,
        "command": "bench",
        "versions": host.versions(PACKAGES),
        "python": build.python(),
        "platform": host.machine(),
        "objects": scale.objects,
        "pickled": scale.pickled,
        "groups": selection.groups,
        "workloads": workloads,
        "comparisons": None,
        "imports": None,
        "pool": None,
    }
    if "dataclass" in selection.groups:
        report["comparisons"] = comparisons.measure(
            scale.objects, scale.samples, scale.rounds, progress
        )
        compared = [row["figures"] for row in report["comparisons"] if row["status"] == "ok"]
        spreads.extend(
            cell["spread"] for figures in compared for cell in figures.values() if "spread" in cell
        )
    if "import" in selection.groups:
        progress.step("import")
        bare, rows = imports.measure(_importable(), scale.imports)
        report["imports"] = {"bare_python_ms": round(bare, 3), "modules": rows}
        spreads.extend(row["spread"] for row in rows if row["status"] == "ok")
    if "pool" in selection.groups:
        report["pool"] = pool_report.measure(selection.workloads, scale.pool, progress, spreads)
        spins.append(host.spin())
    report["noise"] = host.noise(spreads, spins)
    return report


def _importable() -> list[str]:
    missing = {c.needs.partition(".")[0] for c in CONTESTANTS.values() if c.missing()}
    return [module for module in IMPORTED if module not in missing]


def _row(
    c: Contestant,
    workload: Workload,
    selection: Selection,
    scale: Scale,
    rival: run.Rival,
    progress: Progress,
    spreads: list[float],
) -> dict[str, Any]:
    row: dict[str, Any] = {"id": c.id, "label": c.label}
    missing = c.missing()
    if missing:
        return {**row, "status": "skipped", "reason": missing}
    what = f"{workload.name} as {c.label}"
    figures: dict[str, dict[str, Any]] = {}
    if selection.memory:
        progress.step(f"{what}: memory of {scale.objects:,}")
        result = run.measure_memory(run.job(c, workload, "memory", objects=scale.objects), rival)
        if result["status"] != "ok":
            return {**row, "status": "failed", "reason": result["reason"]}
        if "memory" in selection.groups:
            figures["memory"] = {"value": result["bytes"], "unit": "bytes"}
        if "gc" in selection.groups:
            figures["gc"] = {
                "value": result["gc_ms"],
                "unit": "ms",
                "spread": result["gc_spread"],
                "slots": result["gc_slots_ms"],
            }
    timed = [name for group in selection.groups for name in measures(group, workload)]
    if timed:
        progress.step(f"{what}: times")
        work = run.job(
            c,
            workload,
            "speed",
            measures=timed,
            reference=run.reference(workload),
            samples=scale.samples,
            pickled=scale.pickled,
        )
        result = run.measure_speed(work, scale.rounds)
        if result.pop("status") != "ok":
            return {**row, "status": "failed", "reason": result["reason"]}
        for name, cell in result.items():
            figures[name] = {**cell, "unit": "ms" if name.startswith("pickle") else "ns"}
    spreads.extend(cell["spread"] for cell in figures.values() if "spread" in cell)
    return {**row, "status": "ok", "figures": figures}


def _compare(results: list[dict[str, Any]]) -> None:
    """Adds `slots` and `ratio` to every figure."""
    good = [row for row in results if row["status"] == "ok"]
    slots: dict[str, Any] = next((row["figures"] for row in good if row["id"] == "slots"), {})
    for row in good:
        for name, cell in row["figures"].items():
            if "slots" not in cell:
                cell["slots"] = slots[name]["value"] if name in slots else None
            cell["ratio"] = round(cell["value"] / cell["slots"], 4) if cell["slots"] else None
            cell["value"] = round(cell["value"], 3)
            cell["slots"] = None if cell["slots"] is None else round(cell["slots"], 3)
            if "spread" in cell:
                cell["spread"] = round(cell["spread"], 4)


def failures(report: dict[str, Any]) -> list[str]:
    lines = [
        f"{workload['name']} as {row['label']}: {row['reason']}"
        for workload in report["workloads"]
        for row in workload["results"]
        if row["status"] == "failed"
    ]
    lines += [
        f"{row['title']}, {row['ours']} against {row['theirs']}: {row['reason']}"
        for row in report["comparisons"] or []
        if row["status"] == "failed"
    ]
    modules = (report["imports"] or {}).get("modules", [])
    lines += [
        f"import {row['module']}: {row['reason']}" for row in modules if row["status"] == "failed"
    ]
    return lines + pool_report.failures(report["pool"])
