"""`cslots demo`: what slots save today, and what cslots saves, on objects made here and now.

The report is data first (`measure` -> the --json document, schema 1); tables, chart, page and
picture are drawn from it. Times: every class is timed by turns with a slots class in its own
process, because the speed of a machine drifts from one process to the next; collections are timed
by turns with a process that keeps as many slots objects alive. The `ns` and `gc_ms` of a report
are put on one scale: a class's time over its slots neighbour's time, times the best time of all
the slots neighbours. What the clock said is beside it, in `clock_ns`, `clock_slots_ns`,
`clock_gc_ms` and `clock_slots_gc_ms`.
"""

from __future__ import annotations

from typing import Any

from . import build, host, run
from .contestants import CONTESTANTS, Contestant
from .memory import SMALL_GAME
from .progress import Progress
from .workloads import GAME_ENTITY, USER, Workload

SCHEMA = 1
DEFAULT_OBJECTS = 1_000_000
LOOP_SAMPLES = 15
ROUNDS = 3
WORKLOADS = (USER, GAME_ENTITY)
PACKAGES = ("cslots", "attrs", "msgspec", "recordclass")


def contestants() -> list[Contestant]:
    return [c for c in CONTESTANTS.values() if c.demo]


def steps() -> int:
    """How often `measure` tells its progress."""
    present = sum(c.missing() is None for c in contestants())
    return present * len(WORKLOADS) * 2


def measures(workload: Workload) -> list[str]:
    fields = [f"{action}_{probe}" for action in ("read", "write") for probe in workload.probes]
    return ["construct_positional", "construct_keyword", *fields, "method"]


def measure(objects: int, progress: Progress) -> dict[str, Any]:
    spins = [host.spin()]
    spreads: list[float] = []
    workloads = []
    for workload in WORKLOADS:
        with run.Rival(workload, objects) as rival:
            results = [_row(c, workload, objects, rival, progress, spreads) for c in contestants()]
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
    return {
        "schema": SCHEMA,
        "command": "demo",
        "versions": host.versions(PACKAGES),
        "python": build.python(),
        "platform": host.machine(),
        "objects": objects,
        "small_game_objects": SMALL_GAME,
        "noise": host.noise(spreads, spins),
        "workloads": workloads,
    }


def _row(
    c: Contestant,
    workload: Workload,
    objects: int,
    rival: run.Rival,
    progress: Progress,
    spreads: list[float],
) -> dict[str, Any]:
    row: dict[str, Any] = {"id": c.id, "label": c.label, "source": c.source(workload, False)}
    missing = c.missing()
    if missing:
        return {**row, "status": "skipped", "reason": missing}
    what = f"{workload.name} as {c.label}"
    progress.step(f"{what}: memory of {objects:,}")
    memory = run.measure_memory(
        run.job(c, workload, "memory", objects=objects), rival, workload is GAME_ENTITY
    )
    progress.step(f"{what}: times")
    reference = run.reference(workload)
    work = run.job(
        c, workload, "speed", measures=measures(workload), reference=reference, samples=LOOP_SAMPLES
    )
    speed = run.measure_speed(work, ROUNDS)
    for part in (memory, speed):
        if part["status"] != "ok":
            return {**row, "status": "failed", "reason": part["reason"]}
    speed.pop("status")
    spreads.append(memory["gc_spread"])
    spreads.extend(cell["spread"] for cell in speed.values())
    return {
        **row,
        "status": "ok",
        "bytes": round(memory["bytes"], 2),
        "small_game_mb": None
        if memory["small_game_bytes"] is None
        else round(memory["small_game_bytes"] / 1e6, 3),
        "build_ns": round(memory["build_ns"], 1),
        "clock_ns": {name: round(cell["value"], 2) for name, cell in speed.items()},
        "clock_slots_ns": {name: round(cell["slots"], 2) for name, cell in speed.items()},
        "clock_gc_ms": round(memory["gc_ms"], 3),
        "clock_slots_gc_ms": None
        if memory["gc_slots_ms"] is None
        else round(memory["gc_slots_ms"], 3),
    }


def _compare(results: list[dict[str, Any]]) -> None:
    """Adds what only all rows together say: the percent saved, and the times on one scale."""
    good = [row for row in results if row["status"] == "ok"]
    by_id = {row["id"]: row for row in good}
    best: dict[str, float] = {}
    for row in good:
        for name, ns in row["clock_slots_ns"].items():
            best[name] = min(ns, best.get(name, ns))
    best_gc = min(
        (row["clock_slots_gc_ms"] for row in good if row["clock_slots_gc_ms"]), default=None
    )
    for row in good:
        row["saved_percent"] = {
            other: saved(by_id[other]["bytes"], row["bytes"])
            for other in ("plain", "slots")
            if other in by_id
        }
        row["ns"] = {
            name: round(ns / row["clock_slots_ns"][name] * best[name], 2)
            if row["clock_slots_ns"][name]
            else ns
            for name, ns in row["clock_ns"].items()
        }
        slots_gc = row["clock_slots_gc_ms"]
        row["gc_ms"] = (
            round(row["clock_gc_ms"] / slots_gc * best_gc, 3)
            if slots_gc and best_gc
            else row["clock_gc_ms"]
        )


def saved(before: float, after: float) -> float | None:
    return round((1 - after / before) * 100, 1) if before else None


def failures(report: dict[str, Any]) -> list[str]:
    return [
        f"{workload['name']} as {row['label']}: {row['reason']}"
        for workload in report["workloads"]
        for row in workload["results"]
        if row["status"] == "failed"
    ]


def skipped(report: dict[str, Any]) -> list[str]:
    """What was left out, by reason: "msgspec, msgspec gc=False (msgspec is not installed)"."""
    reasons: dict[str, list[str]] = {}
    for workload in report["workloads"]:
        for row in workload["results"]:
            if row["status"] == "skipped" and row["label"] not in reasons.setdefault(
                row["reason"], []
            ):
                reasons[row["reason"]].append(row["label"])
    return [f"{'; '.join(labels)} ({reason})" for reason, labels in reasons.items()]
