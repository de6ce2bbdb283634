"""A moment of the program: what the census saw, made plain at once.

    capture()  ->  Moment   {"census": ..., "classes": [...], "builtin": [...]}
                            only dicts, lists, numbers and texts

A capture holds the classes themselves. They are described here (facts.py) at once, and let go: a
moment at the peak keeps nothing of the program alive.
"""

from __future__ import annotations

import os
import sys
from time import perf_counter
from typing import Any

from . import facts

DESCRIBED = 60  # classes that are described in full: those with the most bytes

Moment = dict[str, Any]


class NoCensus(Exception):
    """The census could not be taken; the text is for the user."""


def take(at: str, started: float, *, classes: Any = None, samples: int = 0) -> Moment:
    """Counts all objects now.

    at        which moment this is: "end", "peak", "signal", "call"
    samples   of so many classes, those with the most bytes, some objects' values are kept, too
    """
    rss = resident()
    begun = perf_counter()
    try:
        from cslots._census import capture
    except ImportError as error:
        raise NoCensus(f"this build has no census: {error}") from None
    try:
        seen = capture(classes=classes, skip=_ours())
    except MemoryError:
        raise NoCensus("there is not enough memory left to count the objects") from None
    moment: Moment = {
        "at": at,
        "seconds_in": begun - started,
        "rss": rss,
        "census": {key: seen[key] for key in ("objects", "bytes", "seconds", "method", "heap")},
        "builtin": [_named(row) for row in seen["builtin"]],
        "classes": [],
    }
    rows = sorted(seen["classes"], key=class_bytes, reverse=True)
    if classes is not None:
        rows = [row for row in rows if any(row["type"] is cls for cls in classes)]
    for k, row in enumerate(rows):
        moment["classes"].append(_plain(row, full=k < DESCRIBED))
    if samples:
        from .samples import collect

        chosen = [row for row in rows[:samples] if row["attributes"]]
        values = collect([(row["type"], list(row["attributes"])) for row in chosen])
        moment["samples"] = {
            row["name"]: of_class for row, of_class in zip(chosen, values, strict=True)
        }
    moment["took"] = perf_counter() - begun
    return moment


def _ours() -> list[type]:
    """Our own classes: their objects are no part of the program."""
    found = []
    for name in ("run", "watch", "command", "children", "source"):
        module = sys.modules.get(f"{__package__}.{name}")
        found += (
            [
                value
                for value in vars(module).values()
                if isinstance(value, type) and value.__module__.startswith("cslots.")
            ]
            if module
            else []
        )
    return found


def class_bytes(row: dict[str, Any]) -> int:
    """All that the objects of a class take.

    Their blocks, their dicts and key table, and the values that only they hold.
    """
    return int(row["object_bytes"] + row["dict_bytes"] + row["keys_bytes"] + row["owned_bytes"])


def total(moment: Moment) -> int:
    return sum(class_bytes(row) for row in moment["classes"])


def _named(row: dict[str, Any]) -> dict[str, Any]:
    return {
        key: (facts.full_name(value) if isinstance(value, type) else value)
        for key, value in row.items()
    }


def _plain(row: dict[str, Any], full: bool) -> dict[str, Any]:
    cls = row["type"]
    found = {key: value for key, value in row.items() if key not in ("type", "attributes")}
    found["attributes"] = {
        str(name): _attribute(name, seen) for name, seen in row["attributes"].items()
    }
    found["class"] = facts.describe(cls, row["attributes"]) if full else None
    return found


def _attribute(name: str, seen: dict[str, Any]) -> dict[str, Any]:
    found = {key: value for key, value in seen.items() if key != "exact_types"}
    for low, high in (("int_min", "int_max"), ("float_min", "float_max")):
        for key in (low, high):
            value = found.get(key)
            if isinstance(value, float) and (
                value != value or value in (float("inf"), float("-inf"))
            ):
                found[key] = repr(value)  # JSON has no such numbers
    classes = list(seen.get("exact_types") or {})
    known = {facts.full_name(cls) for cls in classes}
    # A class with a metaclass of its own is named only: as the key of a dict, its metaclass
    # would be asked for its hash.
    classes += [
        cls for full in seen["types"] if full not in known and (cls := facts.find(full)) is not None
    ]
    found["exact"] = [
        {
            "name": facts.full_name(cls),
            "objects": seen["types"].get(facts.full_name(cls), 0),
            **facts.value_class(cls),
        }
        for cls in classes
    ]
    found["exact"] = sorted(found["exact"], key=lambda row: -row["objects"])[:12]
    return found


# ---- RSS ----

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def resident() -> int | None:
    """Resident memory of this process in bytes; None where it is not known.

    It takes 10 µs, so it can be asked many times a second. The file is opened anew each time: the
    program would see a descriptor that stays open. (The watch looks all the time and keeps one.)
    """
    try:
        file = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
        try:
            return int(os.read(file, 64).split()[1]) * PAGE
        finally:
            os.close(file)
    except (OSError, AttributeError, IndexError, ValueError):
        pass
    psutil = sys.modules.get("psutil")
    if psutil is not None:
        try:
            return int(psutil.Process().memory_info().rss)
        except Exception:
            pass
    return None
