"""The bench's group "pool": the jobs of pool.py, each in its own process, and their figures.

    "pool": {"rows", "memory": [a row a workload], "figures": [a row a figure], "growth": [a row a
    size], "failed": [...]}

A figure has `id`, `workload`, `label`, `value`, `unit`, `against` {what: value}, `ratios` {what:
value over that} and `spread`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from . import run
from .contestants import CONTESTANTS
from .progress import Progress
from .workloads import GAME_ENTITY, TICK, Workload

LABELS = {
    "loop": "for e in pool: e.x += e.speed",
    "loop_large": "the same, many rows",
    "index": "pool[i].x",
    "append": "append(object)",
    "extend": "Pool(cls, columns)",
    "sum": 'pool["x"].sum()',
    "add": 'pool["x"] += pool["speed"]',
    "pickle_dumps": "pickle.dumps",
    "pickle_loads": "pickle.loads",
    "pickle_dumps_out_of_band": "pickle.dumps, out of band",
    "pickle_loads_out_of_band": "pickle.loads, out of band",
    "save": "save",
    "open": "open",
    "gc": "gc.collect()",
}


class Scale(NamedTuple):
    """How much to measure."""

    memory: int = 1_000_000  # rows
    rows: int = 1_000_000
    collected: int = 1_000_000
    largest: int = 10_000_000
    samples: int = 15


QUICK = Scale(100_000, 100_000, 100_000, 1_000_000, 7)
LONG = Scale(collected=10_000_000, largest=100_000_000)


def steps(workloads: list[Workload]) -> int:
    """How often `measure` tells its progress."""
    return 2 * len(workloads) + 3 if CONTESTANTS["pool"].missing() is None else 0


def measure(
    workloads: list[Workload], scale: Scale, progress: Progress, spreads: list[float]
) -> dict[str, Any]:
    report: dict[str, Any] = {
        "rows": scale.rows,
        "memory": [],
        "figures": [],
        "growth": [],
        "failed": [],
    }
    missing = CONTESTANTS["pool"].missing()
    if missing:
        return {**report, "skipped": missing}

    def job(task: str, workload: Workload, **settings: Any) -> dict[str, Any] | None:
        progress.step(f"Pool of {workload.name}: {task.removeprefix('pool-')}")
        texts = [field.name for field in workload.fields if field.packed == "utf8"]
        work = run.job(
            CONTESTANTS["pool"],
            workload,
            task,
            reference=run.reference(workload),
            texts=texts,
            samples=scale.samples,
            **settings,
        )
        result = run.measure(work)
        if result.pop("status") == "ok":
            return result
        report["failed"].append({"id": task, "workload": workload.id, "reason": result["reason"]})
        return None

    for workload in workloads:
        if result := job("pool-memory", workload, objects=scale.memory):
            taken = {
                name: None if value is None else round(value, 2) for name, value in result.items()
            }
            report["memory"].append({"workload": workload.id, "rows": scale.memory, **taken})
    jobs = [("pool-speed", GAME_ENTITY, scale.rows), ("pool-gc", GAME_ENTITY, scale.collected)]
    for task, workload, rows in [
        *jobs,
        *(("pool-pickle", workload, scale.rows) for workload in workloads),
    ]:
        for name, cell in (job(task, workload, rows=rows) or {}).items():
            spreads.append(cell["spread"])
            report["figures"].append(_figure(name, workload, rows, cell))
    if result := job("pool-growth", TICK, rows=scale.largest):
        report["growth"] = [
            {"rows": s["rows"], "ns": round(s["ns"], 2), "bytes": round(s["bytes"], 2)}
            for s in result["steps"]
        ]
    return report


def _figure(name: str, workload: Workload, rows: int, cell: dict[str, Any]) -> dict[str, Any]:
    against = cell["against"]
    return {
        "id": name,
        "workload": workload.id,
        "rows": rows,
        "label": LABELS[name],
        "value": round(cell["value"], 4),
        "unit": cell["unit"],
        "against": {what: round(value, 4) for what, value in against.items()},
        "ratios": {
            what: round(cell["value"] / value, 5) if value else None
            for what, value in against.items()
        },
        "spread": round(cell["spread"], 4),
    }


def failures(report: dict[str, Any] | None) -> list[str]:
    return [
        f"{row['workload']} as a Pool ({row['id']}): {row['reason']}"
        for row in (report or {}).get("failed", [])
    ]
