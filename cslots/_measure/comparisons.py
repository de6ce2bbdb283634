"""The bench's group `dataclass`: two ways to write a class, one against the other.

    making a class    the decorator alone           cslots.dataclass | dataclasses.dataclass,
                                                    plain and with slots=True
    frozen            constructors                  cslots.dataclass | dataclasses.dataclass with
                                                    slots=True
    two bases         bytes, constructors, reads    a class over two bases with fields | the same
                                                    class written flat
    the decorator     bytes, and all the rest       cslots.dataclass | Struct

A comparison is a row of COMPARISONS. Its measures are those of speed.py, with the second class in
the place of the slots class.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from . import run
from .contestants import METHOD, Contestant, annotated, decorated_packed, struct_packed
from .progress import Progress
from .workloads import GAME_ENTITY, Field, Workload

POINT = Workload(
    "point",
    "Point",
    (
        Field("x", "float", "float", "i * 0.5", "1.5"),
        Field("y", "float", "float", "i * 0.25", "1.5"),
        Field("z", "float", "float", "i * 0.125", "1.5"),
    ),
    {"float": "x"},
    "float",
)

# The order that the fields have in a class over Named and Placed.
ACTOR = Workload(
    "actor",
    "Actor",
    (
        Field("x", "float", "float", "i * 0.5", "1.5"),
        Field("y", "float", "float", "i * 0.25", "1.5"),
        Field("name", "str", "str", "SYMBOLS[i * 31 % 500]", "SYMBOLS[7]"),
        Field("health", "int", "int32", "i % 1000 + 300", "555"),
        Field("speed", "float", "float", "1.0 + i % 997 * 0.01", "2.25"),
    ),
    {"text": "name", "float": "x", "int": "health"},
    "float",
)


class Comparison(NamedTuple):
    id: str
    title: str
    workload: Workload
    ours: Contestant
    theirs: Contestant
    measures: tuple[str, ...]
    memory: bool = False


def _class(label: str, source: Callable[[Workload, bool], str], frozen: bool = False) -> Contestant:
    return Contestant(label, label, "", source, mutable=not frozen)


def _frozen(label: str, module: str, options: str) -> Contestant:
    head = f"from {module} import dataclass\n@dataclass({options})\nclass "
    return _class(label, lambda w, value: annotated(w, f"{head}{w.name}:"), frozen=True)


def _decorator(label: str, module: str, call: str = "") -> Contestant:
    """What the measure `decorate` asks for: the decorator, and what makes undecorated classes."""

    def source(w: Workload, value: bool) -> str:
        body = annotated(w, f"class {w.name}:").rstrip().replace("\n", "\n        ")
        return (
            f"from {module} import dataclass\n"
            f"class {w.name}:\n"
            f"    decorate = staticmethod(dataclass{call})\n"
            f"    @staticmethod\n"
            f"    def make():\n"
            f"        {body}\n"
            f"        return {w.name}\n"
        )

    return _class(label, source)


def _over_two_bases(w: Workload, value: bool) -> str:
    return (
        "from cslots import Struct, int32\n"
        "class Named(Struct):\n    name: str\n    health: int32\n"
        "class Placed(Struct):\n    x: float\n    y: float\n"
        f"class {w.name}(Named, Placed):\n    speed: float\n{METHOD}"
    )


_CONSTRUCT = ("construct_positional", "construct_keyword")
_FROZEN = (
    _frozen("cslots.dataclass", "cslots", "frozen=True"),
    _frozen("dataclass(slots)", "dataclasses", "frozen=True, slots=True"),
)
_OURS = _decorator("cslots.dataclass", "cslots")

COMPARISONS = (
    Comparison(
        "decorator",
        "making a class",
        GAME_ENTITY,
        _OURS,
        _decorator("dataclass", "dataclasses"),
        ("decorate",),
    ),
    Comparison(
        "decorator-slots",
        "making a class",
        GAME_ENTITY,
        _OURS,
        _decorator("dataclass(slots)", "dataclasses", "(slots=True)"),
        ("decorate",),
    ),
    Comparison("frozen", "frozen Point(x, y, z)", POINT, *_FROZEN, _CONSTRUCT),
    Comparison("frozen-wide", "frozen GameEntity, 7 fields", GAME_ENTITY, *_FROZEN, _CONSTRUCT),
    Comparison(
        "two-bases",
        "two bases against flat",
        ACTOR,
        _class("two bases", _over_two_bases),
        _class("flat", struct_packed),
        (*_CONSTRUCT, "read_text", "read_float", "read_int"),
        memory=True,
    ),
    Comparison(
        "struct",
        "the decorator against Struct",
        GAME_ENTITY,
        _class("cslots.dataclass", decorated_packed),
        _class("Struct", struct_packed),
        (*_CONSTRUCT, "read_float", "read_object", "write_float", "write_object", "eq", "hash"),
        memory=True,
    ),
)


def steps() -> int:
    return sum(1 + comparison.memory for comparison in COMPARISONS)


def measure(objects: int, samples: int, rounds: int, progress: Progress) -> list[dict[str, Any]]:
    """A row a comparison: id, title, ours, theirs, status, and figures or why it failed."""
    return [_row(comparison, objects, samples, rounds, progress) for comparison in COMPARISONS]


def _row(
    c: Comparison, objects: int, samples: int, rounds: int, progress: Progress
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": c.id,
        "title": c.title,
        "ours": c.ours.label,
        "theirs": c.theirs.label,
    }
    figures: dict[str, dict[str, Any]] = {}
    if c.memory:
        progress.step(f"{c.title}: memory of {objects:,}")
        taken = [
            run.measure(run.job(way, c.workload, "memory", objects=objects))
            for way in (c.ours, c.theirs)
        ]
        for result in taken:
            if result["status"] != "ok":
                return {**row, "status": "failed", "reason": result["reason"]}
        figures["memory"] = {
            "value": taken[0]["bytes"],
            "other": taken[1]["bytes"],
            "unit": "bytes",
        }
    progress.step(f"{c.title}: times")
    work = run.job(
        c.ours,
        c.workload,
        "speed",
        measures=c.measures,
        reference=run.reference(c.workload, c.theirs),
        samples=samples,
    )
    result = run.measure_speed(work, rounds)
    if result.pop("status") != "ok":
        return {**row, "status": "failed", "reason": result["reason"]}
    for name, cell in result.items():
        unit = "us" if name == "decorate" else "ns"
        figures[name] = {
            "value": cell["value"],
            "other": cell["slots"],
            "unit": unit,
            "spread": round(cell["spread"], 4),
        }
    for cell in figures.values():
        cell["ratio"] = round(cell["value"] / cell["other"], 4) if cell["other"] else None
        cell["value"], cell["other"] = round(cell["value"], 3), round(cell["other"], 3)
    return {**row, "status": "ok", "figures": figures}
