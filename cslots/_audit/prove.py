"""The proof: objects of each form, made from real values in fresh processes, and measured.

    rows of real values (samples.py)  ->  prover.py, once for each form  ->  bytes an object of resident memory

An attribute whose values cannot travel (lists, other objects) is a reference to one object in every form; what those values take is the same in every form and is
left out of both figures. A value that many objects share is one object there, too.
"""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
from typing import Any

from .samples import OPAQUE

CLASSES = 3
OBJECTS = 100_000
TIMEOUT = 300.0
FORMS = ("now", "slots", "struct", "tight")


def prove(report: dict[str, Any], samples: dict[str, list[tuple[Any, ...]]]) -> None:
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


def _class(row: dict[str, Any], rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    names = list(row["attributes"])
    # A column travels if nearly all of its values do.
    opaque = [name for k, name in enumerate(names) if sum(values[k] == OPAQUE for values in rows) * 20 > len(rows)]
    shared = [name for name in names if _is_shared(row["attributes"][name])]
    left_out = sum(_kept(row["attributes"][name]) for name in opaque) / row["objects"]
    found: dict[str, Any] = {"objects": OBJECTS, "left_out": opaque, "forms": {}}
    for form in FORMS:
        if form != "now" and form not in row["forms"]:
            continue
        total = row["now"] if form == "now" else row["forms"][form]["bytes"]
        job = {
            "form": form,
            "names": names,
            "rows": rows,
            "opaque": opaque,
            "shared": shared,
            "objects": OBJECTS,
            "dict": row["has_dict"],
            "own_init": "__init__" in row["class"]["hooks"] and row["class"]["kind"] != "dataclass",
            "weakref": row["weakrefs"] > 0,
            "kinds": {
                name: (kind["tight"] if form == "tight" and kind["tight"] else kind["safe"])
                if kind["packed"] or kind["kind"] in ("str", "bytes") or form == "tight"
                else "object"
                for name, kind in row["kinds"].items()
            },
            "path": [folder for folder in sys.path if folder],
        }
        cell = {"predicted": round(total / row["objects"] - left_out, 2)}
        cell.update(_measure(job))
        found["forms"][form] = cell
    return found


def _is_shared(seen: dict[str, Any]) -> bool:
    owned, shared = seen.get("owned_bytes") or 0, (seen.get("shared_bytes") or 0) + (seen.get("interned_bytes") or 0)
    return bool(shared) and owned < 0.5 * (owned + shared)


def _kept(seen: dict[str, Any]) -> int:
    return int(seen.get("owned_bytes") or 0)


def _measure(job: dict[str, Any]) -> dict[str, Any]:
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "prover.py")
    try:
        done = subprocess.run(
            [sys.executable, "-P", script], input=marshal.dumps(job), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return {"measured": None, "failed": f"{type(error).__name__}: {error}"[:200]}
    try:
        return {"measured": round(float(done.stdout), 2)}
    except ValueError:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        return {"measured": None, "failed": (lines[-1] if lines else f"exit code {done.returncode}")[:200]}
