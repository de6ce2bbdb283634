"""The proof: objects of each form, made from real values in fresh processes, and measured.

    rows of real values (samples.py)  ->  prover.py, once for each form
                                      ->  bytes an object of resident memory

An attribute whose values cannot travel (lists, other objects) is a reference to one object in every
form. What those values take is the same in every form, and is left out of both figures. A value
that others held, too, is one object for all there.
"""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
from typing import Any

from .kinds import ROWS, WIDTHS
from .samples import ABSENT, OPAQUE, Row
from .sizes import pymalloc

CLASSES = 3
OBJECTS = 100_000
TIMEOUT = 300.0
FORMS = ("now", "slots", "struct", "tight", "pool")


def prove(report: dict[str, Any], samples: dict[str, list[Row]]) -> None:
    """Adds `proof` to the classes that save most, and a note if there was nothing to measure."""
    done = 0
    for row in report["classes"]:
        rows = samples.get(row["name"])
        if done == CLASSES or not rows or not row["forms"] or row["saves"] <= 0:
            continue
        row["proof"] = _class(row, rows)
        done += 1
    if not done:
        report["notes"].append("--prove: no class saves enough to be measured.")


def _class(row: dict[str, Any], rows: list[Row]) -> dict[str, Any]:
    names = list(row["attributes"])
    # A column travels if nearly all of its values do.
    opaque = [
        name
        for k, name in enumerate(names)
        if sum(_is(values[k], OPAQUE) for values, _ in rows) * 20 > len(rows)
    ]
    found: dict[str, Any] = {"objects": OBJECTS, "left_out": opaque, "forms": {}}
    facts = row["class"]
    for form in FORMS:
        if form != "now" and form not in row["forms"]:
            continue
        packed = (
            {name for name, kind in row["kinds"].items() if kind["packed"]}
            if form in ("struct", "tight", "pool")
            else set()
        )
        if form == "tight":
            packed |= {name for name, kind in row["kinds"].items() if kind["tight"]}
        if form == "now":
            block = (row["object_bytes"] + row["dict_bytes"]) / row["objects"]
        else:
            block = row["forms"][form]["object"]
        job = {
            "form": form,
            "names": names,
            "rows": rows,
            "opaque": opaque,
            "objects": OBJECTS,
            "dict": row["has_dict"],
            "own_dicts": row["dict_bytes"] > 100 * row["objects"],
            "static": facts["static"],
            "own_init": not row["generated"],
            "weakref": row["weakrefs"] > 0,
            "kinds": {
                name: _annotation(kind, form == "tight", name in opaque)
                for name, kind in row["kinds"].items()
            },
            "path": [folder for folder in sys.path if folder],
        }
        cell = {"predicted": round(block + _values(names, rows, packed | set(opaque)), 2)}
        cell.update(_measure(job))
        found["forms"][form] = cell
    return found


def _annotation(kind: dict[str, Any], tight: bool, opaque: bool) -> str:
    """What the field is annotated with in the fresh process.

    Classes of the program are not there, but kinds of the same size are.
    """
    text: str = kind["tight"] if tight and kind["tight"] else kind["safe"]
    if (tight and kind["tight"]) or kind["kind"] in (
        "int",
        "float",
        "bool",
        "str",
        "bytes",
        "utf8",
    ):
        return text if not opaque else {"bool": "bool"}.get(kind["kind"], "object")
    if kind["packed"]:  # members of an Enum, dates: as wide
        widths = {1: "cslots.uint8", 2: "cslots.uint16", 4: "cslots.int32", 8: "cslots.int64"}
        width = 1 if kind["kind"] in ("choice", "flag") else WIDTHS[kind["kind"]]
        return widths.get(width) or str(ROWS[kind["kind"]]["python"])
    return "object"


def _is(value: Any, mark: str) -> bool:
    return type(value) is str and value == mark


def _values(names: list[str], rows: list[Row], without: set[str]) -> float:
    """Mean bytes of the values that one of these objects owns, in fields that are references."""
    total = 0
    for values, shared in rows:
        own = {
            id(value): value
            for k, value in enumerate(values)
            if k not in shared and names[k] not in without
        }
        total += sum(
            pymalloc(sys.getsizeof(value))
            for value in own.values()
            if value is not None and not (_is(value, ABSENT) or _is(value, OPAQUE))
        )
    return total / len(rows)


def _measure(job: dict[str, Any]) -> dict[str, Any]:
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "prover.py")
    try:
        done = subprocess.run(
            [sys.executable, "-P", script],
            input=marshal.dumps(job),
            capture_output=True,
            timeout=TIMEOUT,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return {"measured": None, "failed": f"{type(error).__name__}: {error}"[:200]}
    try:
        return {"measured": round(float(done.stdout), 2)}
    except ValueError:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        return {
            "measured": None,
            "failed": (lines[-1] if lines else f"exit code {done.returncode}")[:200],
        }
