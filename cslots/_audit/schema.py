"""The report as data: `--json` writes it, `cslots report` and `--diff` read it.

Every picture is drawn from it.

schema      1; changes when a key goes or changes its meaning, new keys may come
command     "audit"
cslots, python, platform, program, at, seconds_in, rss, watched, notes
census      objects, bytes, seconds, method, heap
builtin     [{type, objects, bytes}]
classes     [{name, objects, now, advice, saves, confidence, reasons, remarks, code, attributes,
            forms: {slots, struct, tight, pool: {bytes, saves, object, tracked}},
            class, source, ...}]        by `saves`, then by `now`
total       classes, objects, now, saves
children    the same for child processes, with --children
"""

from __future__ import annotations

import json
from typing import Any

from .._measure.build import python, system
from . import moment as moments
from .moment import Moment
from .source import Sources
from .verdict import judge, relatives

SCHEMA = 1
Report = dict[str, Any]


class BadReport(Exception):
    """A file that is no report; the text is for the user."""


def assemble(
    seen: Moment,
    *,
    program: dict[str, Any] | None = None,
    main_file: str | None = None,
    notes: Any = (),
    **more: Any,
) -> Report:
    sources = Sources(main_file)
    least = max(100_000, 0.005 * moments.total(seen))
    classes = []
    for row in seen["classes"]:
        judged = judge(row, seen["rss"], None)
        # Only where it matters is the source read.
        if judged["now"] >= least and row["objects"] >= 100 and judged["forms"]:
            judged = judge(row, seen["rss"], sources)
        classes.append(judged)
    relatives(classes, seen["rss"])
    classes.sort(key=lambda row: (row["saves"], row["now"]), reverse=True)
    return {
        "schema": SCHEMA,
        "command": "audit",
        "cslots": _version(),
        "python": python(),
        "platform": system(),
        "program": program,
        "at": seen["at"],
        "seconds_in": round(seen["seconds_in"], 3),
        "took": round(seen["took"], 4),
        "rss": seen["rss"],
        "census": seen["census"],
        "builtin": seen["builtin"],
        "classes": classes,
        "total": {
            "classes": len(classes),
            "objects": sum(row["objects"] for row in classes),
            "now": sum(row["now"] for row in classes),
            "saves": sum(row["saves"] for row in classes),
        },
        "notes": [*notes, *sources.gaps],
        **more,
    }


def _version() -> str:
    import cslots

    return cslots.__version__


def dumps(report: Report) -> bytes:
    return (json.dumps(report, indent=1, ensure_ascii=True, default=str) + "\n").encode("ascii")


def load(path: str) -> Report:
    """A report from a file; BadReport says in one line why it is none."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise BadReport(f"{path}: {error.strerror or error}") from None
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise BadReport(
            f"{path}: is no JSON; a report is what cslots audit --json FILE wrote"
        ) from None
    if (
        not isinstance(found, dict)
        or found.get("command") != "audit"
        or not isinstance(found.get("schema"), int)
    ):
        raise BadReport(f'{path}: is no report of cslots audit (it has no "command": "audit")')
    if found["schema"] > SCHEMA:
        raise BadReport(
            f"{path}: was written by a newer cslots (schema {found['schema']}, this one reads up "
            f"to {SCHEMA})"
        )
    problem = _problem(found)
    if problem:
        raise BadReport(f"{path}: is a damaged report ({problem})")
    return found


_CLASS = {
    **dict.fromkeys(("name", "confidence", "advice"), str),
    **dict.fromkeys(("objects", "now", "saves"), int),
    **dict.fromkeys(("object_bytes", "dict_bytes", "owned_bytes", "keys_bytes"), int),
    **dict.fromkeys(("forms", "attributes", "code"), dict),
    **dict.fromkeys(("reasons", "remarks"), list),
}
_REPORT = {
    "classes": list,
    "builtin": list,
    "census": dict,
    "total": dict,
    "python": dict,
    "platform": dict,
    "notes": list,
    "at": str,
}
_FORM = {"bytes": int, "saves": int, "tracked": bool}
_REASON = {"code": str, "level": str, "text": str, "forms": list}
_BUILTIN = {"type": str, "objects": int, "bytes": int}
_TOTAL = {"classes": int, "objects": int, "now": int, "saves": int}
_CENSUS = {"objects": int, "bytes": int, "seconds": (int, float), "method": str, "heap": dict}


def _problem(report: Report) -> str:
    """What is missing or of another type than the pictures count on; empty if nothing is."""
    found = _wrong(report, _REPORT, "")
    found = (
        found
        or _wrong(report["total"], _TOTAL, "total.")
        or _wrong(report["census"], _CENSUS, "census.")
    )
    if found:
        return found
    for key, value in (("rss", report.get("rss")), ("seconds_in", report.get("seconds_in"))):
        if value is not None and not isinstance(value, int | float):
            return f"{key} is no number"
    for k, row in enumerate(report["builtin"]):
        found = found or _wrong(row, _BUILTIN, f"builtin[{k}].")
    for k, row in enumerate(report["classes"]):
        at = f"classes[{k}]."
        found = found or _wrong(row, _CLASS, at)
        if found:
            return found
        for name, form in row["forms"].items():
            found = found or _wrong(form, _FORM, f"{at}forms.{name}.")
        for j, item in enumerate(row["reasons"]):
            found = found or _wrong(item, _REASON, f"{at}reasons[{j}].")
        for name, seen in row["attributes"].items():
            found = found or _wrong(
                seen, {"present": int, "none": int, "types": dict}, f"{at}attributes.{name}."
            )
        if not all(isinstance(text, str) for text in (*row["remarks"], *row["code"].values())):
            found = found or f"{at}remarks or code hold no text"
    return found


def _wrong(found: Any, expected: dict[str, Any], at: str) -> str:
    if not isinstance(found, dict):
        return f"{at.rstrip('.') or 'the report'} is no object"
    for key, kind in expected.items():
        if key not in found:
            return f"{at}{key} is missing"
        if not isinstance(found[key], kind) or (kind is int and isinstance(found[key], bool)):
            return f"{at}{key} is of the wrong type"
    return ""


# ---- what is shown ----


def shown(report: Report, top: int) -> list[dict[str, Any]]:
    """The rows of a table, by what they save.

    Those that hold 95 % of the bytes of all classes are among them, as far as `top` goes.
    """
    rows = report["classes"]
    by_bytes = sorted(rows, key=lambda row: row["now"], reverse=True)
    enough, held, total = 0, 0, report["total"]["now"]
    for row in by_bytes:
        if held >= 0.95 * total:
            break
        held += row["now"]
        enough += 1
    must = {id(row) for row in by_bytes[: min(enough, top)]}
    rest = [row for row in rows if id(row) not in must and row["saves"] > 0]
    must.update(id(row) for row in rest[: max(0, top - len(must))])
    return [row for row in rows if id(row) in must]


def worth_showing(report: Report, top: int) -> list[dict[str, Any]]:
    """The classes whose code is printed: they save something, or are large and cannot."""
    rows = shown(report, top)
    least = max(500_000, 0.02 * report["total"]["now"])
    return [
        row
        for row in rows
        if row["saves"] > 0
        or (row.get("possible") or 0) >= least
        or (row["objects"] >= 1000 and row["now"] >= 3 * least)
    ]


__all__ = ["BadReport", "Report", "assemble", "dumps", "load", "moments", "shown", "worth_showing"]
