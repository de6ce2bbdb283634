"""The group `dataclass` of the bench: two ways to write the same class, one against the other in one process.

    decorator       making a class               cslots.dataclass against dataclasses.dataclass, plain and slots=True
    frozen          making an object             a frozen cslots.dataclass against a frozen dataclass(slots=True)
    two bases       bytes, reads, making one     a class over two bases with fields against the same class written flat
    as Struct       everything                   a class made by the decorator against the same class made from Struct

A comparison is an entry of COMPARISONS; its figures are measured as those of the contestants are, with the other class in the place of
the slots class.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from . import run
from .contestants import METHOD, Contestant, annotated, struct_packed
from .progress import Progress
from .workloads import GAME_ENTITY, Field, Workload


class Comparison(NamedTuple):
    id: str
    title: str
    workload: Workload
    ours: Contestant
    theirs: Contestant
    measures: tuple[str, ...]
    memory: bool = False


POINT = Workload(
    "point",
    "Point",
    tuple(Field(name, "float", "float", f"i * {step}", "12345.678") for name, step in (("x", 0.5), ("y", 0.25), ("z", 0.125))),
    {"float": "x"},
    "float",
)

ACTOR = Workload(
    "actor",
    "Actor",
    (
        Field("x", "float", "float", "i * 0.5", "12345.678"),
        Field("y", "float", "float", "i * 0.25", "12345.678"),
        Field("name", "str", "str", "SYMBOLS[i * 31 % 500]", "SYMBOLS[7]"),
        Field("health", "int", "int32", "i % 1000 + 300", "555"),
        Field("speed", "float", "float", "1.0 + i % 997 * 0.01", "2.25"),
    ),
    {"text": "name", "float": "x", "int": "health"},
    "float",
)


def _way(label: str, head: str, packed: bool = False, mutable: bool = True) -> Contestant:
    """A class whose fields follow `head`, the lines up to the colon of its class statement; {name} stands for its name."""
    return Contestant(label, label, "", lambda w, value: annotated(w, head.format(name=w.name), packed), mutable=mutable)


def _decorated(label: str, module: str, options: str = "") -> Contestant:
    """A source of undecorated classes, and the decorator: what the measure `decorate` asks for."""

    def source(w: Workload, value: bool) -> str:
        body = annotated(w, f"class {w.name}:").replace("\n", "\n        ").rstrip()
        return (
            f"from {module} import dataclass\n"
            f"class {w.name}:\n"
            f"    decorate = staticmethod(dataclass{options})\n"
            f"    @staticmethod\n"
            f"    def make():\n"
            f"        {body}\n"
            f"        return {w.name}\n"
        )

    return Contestant(label, label, "", source)


def _two_bases(w: Workload, value: bool) -> str:
    options = ", unsafe_hash=True" if value else ""
    return (
        "from cslots import Struct, int32\n"
        f"class Named(Struct{options}):\n    name: str\n    health: int32\n"
        f"class Placed(Struct{options}):\n    x: float\n    y: float\n"
        f"class {w.name}(Named, Placed{options}):\n    speed: float\n{METHOD}"
    )


def _packed_dataclass(w: Workload, value: bool) -> str:
    names = ", ".join(("dataclass", *w.packed_kinds))
    options = "(unsafe_hash=True)" if value else ""
    return annotated(w, f"from cslots import {names}\n@dataclass{options}\nclass {w.name}:", packed=True)


_OURS = _decorated("cslots.dataclass", "cslots")
_FROZEN = "@dataclass(frozen=True{more})\nclass {name}:"
_FROZEN_OURS = _way("cslots.dataclass", "from cslots import dataclass\n" + _FROZEN.replace("{more}", ""), mutable=False)
_FROZEN_THEIRS = _way(
    "dataclass(slots)", "from dataclasses import dataclass\n" + _FROZEN.replace("{more}", ", slots=True"), mutable=False
)
_CONSTRUCT = ("construct_positional", "construct_keyword")

COMPARISONS = (
    Comparison("decorator", "decorator", GAME_ENTITY, _OURS, _decorated("dataclass", "dataclasses"), ("decorate",)),
    Comparison(
        "decorator-slots",
        "decorator",
        GAME_ENTITY,
        _OURS,
        _decorated("dataclass(slots)", "functools", "").__class__(
            "dataclass(slots)", "dataclass(slots)", "", _decorated("", "dataclasses", "(slots=True)").source
        ),
        ("decorate",),
    ),
)
