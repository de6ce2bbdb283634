"""Two reports side by side: which classes came, went, grew, and what can be saved now.

grown     bytes that the classes of the second report hold more
classes   [{name, status: new | gone | grew | shrank | same, objects, now, saves: [before, after]}],
          by the change in bytes
"""

from __future__ import annotations

from typing import Any

from .schema import SCHEMA, Report
from .table import plain_table, short_name
from .words import size

SHOWN = 15


def compare(before: Report, after: Report) -> dict[str, Any]:
    old = {row["name"]: row for row in before["classes"]}
    new = {row["name"]: row for row in after["classes"]}
    rows = []
    for name in {**old, **new}:
        a, b = old.get(name), new.get(name)
        was, now = (a["now"] if a else 0), (b["now"] if b else 0)
        status = (
            "new"
            if a is None
            else "gone"
            if b is None
            else "grew"
            if now > was
            else "shrank"
            if now < was
            else "same"
        )
        rows.append(
            {
                "name": name,
                "status": status,
                "objects": [a["objects"] if a else 0, b["objects"] if b else 0],
                "now": [was, now],
                "saves": [a["saves"] if a else 0, b["saves"] if b else 0],
                "each": [
                    round(r["now"] / r["objects"], 1) if r and r["objects"] else None
                    for r in (a, b)
                ],
            }
        )
    rows.sort(key=lambda row: (-abs(row["now"][1] - row["now"][0]), row["name"]))
    return {
        "schema": SCHEMA,
        "command": "audit diff",
        "grown": after["total"]["now"] - before["total"]["now"],
        "rss": [before.get("rss"), after.get("rss")],
        "saves": [before["total"]["saves"], after["total"]["saves"]],
        "classes": rows,
    }


def _signed(count: int) -> str:
    return ("+" if count > 0 else "-" if count < 0 else "") + size(abs(count))


def render(found: dict[str, Any]) -> str:
    head = ["class", "objects", "change", "bytes before", "after", "change ", "each"]
    changed = [row for row in found["classes"] if row["status"] != "same"]
    table = []
    for row in changed[:SHOWN]:
        (n, m), (was, now) = row["objects"], row["now"]
        each = " → ".join("-" if value is None else f"{value:.0f}" for value in row["each"])
        table.append(
            [
                short_name(row["name"], 34),
                f"{m:,}",
                f"{m - n:+,}",
                size(was),
                size(now),
                _signed(now - was),
                each,
            ]
        )
    lines = plain_table(head, table, {"class"}) if table else ["No class changed."]
    if len(changed) > SHOWN:
        lines.append(f"... and {len(changed) - SHOWN} more classes changed.")
    grown = found["grown"]
    word = (
        f"grew by {size(grown)}"
        if grown > 0
        else f"shrank by {size(-grown)}"
        if grown < 0
        else "take as much as before"
    )
    lines += ["", f"The classes {word}."]
    a, b = found["rss"]
    if a and b:
        lines.append(f"Resident memory: {size(a)} → {size(b)} ({_signed(b - a)}).")
    lines.append(f"Can be saved: {size(found['saves'][0])} → {size(found['saves'][1])}.")
    return "\n".join(lines) + "\n"
