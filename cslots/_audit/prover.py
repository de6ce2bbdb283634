"""Run by prove.py in a fresh process: makes objects of one form from rows of values, and prints their resident bytes an object.

The job comes on stdin, marshalled; so does each object's row: unmarshalling makes fresh values, as a program's own would be, and keeps interned texts
interned. What is shared comes from a table.
"""

from __future__ import annotations

import gc
import marshal
import sys
from typing import Any

ABSENT = "\0absent"
OPAQUE = "\0opaque"


def annotation(text: str, choices: dict[str, Any]) -> Any:
    return eval(text, choices)


def make_class(job: dict[str, Any]) -> Any:
    names, form = job["names"], job["form"]
    lines = [f"    if v[{k}] is not ABSENT: self.{name} = v[{k}]" for k, name in enumerate(names)]
    scope: dict[str, Any] = {"ABSENT": ABSENT}
    exec("def __init__(self, v):\n" + ("\n".join(lines) or "    pass"), scope)
    namespace: dict[str, Any] = {"__init__": scope["__init__"], "__module__": "__main__"}
    weak = ["__weakref__"] if job["weakref"] else []
    if form == "now":
        return type("Now", (), namespace if job["dict"] else {**namespace, "__slots__": (*names, *weak)})
    if form == "slots":
        return type("Slots", (), {**namespace, "__slots__": (*names, *weak)})
    import datetime

    import cslots

    known: dict[str, Any] = {**vars(cslots), "datetime": datetime}
    for name in cslots.__all__:
        known[name] = getattr(cslots, name)
    annotations = {name: annotation(job["kinds"][name], known) for name in names}
    if not job["own_init"]:
        # The generated constructor, in the order of the fields.
        del namespace["__init__"]
    made = type(cslots.Struct)("Packed", (cslots.Struct,), {**namespace, "__annotations__": annotations}, weakref=job["weakref"])
    if job["own_init"]:
        return made
    return lambda v: made(*v)


def main() -> None:
    job = marshal.loads(sys.stdin.buffer.read())
    sys.path[:] = job["path"]
    from cslots._measure.memory import resident_bytes, without_huge_pages

    names, objects = job["names"], job["objects"]
    place: list[Any] = []
    for_opaque = {k for k, name in enumerate(names) if name in job["opaque"]}
    for_shared = {k for k, name in enumerate(names) if name in job["shared"]} - for_opaque
    table: dict[Any, Any] = {}
    blobs = []
    for values in job["rows"]:
        own = tuple(
            None if k in for_opaque or k in for_shared else ABSENT if value == ABSENT else None if value == OPAQUE else value
            for k, value in enumerate(values)
        )
        fixed = [
            (k, place if k in for_opaque else table.setdefault((type(values[k]), values[k]), values[k]))
            for k in (*for_opaque, *for_shared)
            if values[k] != ABSENT
        ]
        blobs.append((marshal.dumps(own), fixed))
    cls = make_class(job)
    loads, count = marshal.loads, len(blobs)
    without_huge_pages()

    def fill(out: list[Any]) -> None:
        for i in range(len(out)):
            blob, fixed = blobs[i % count]
            row = list(loads(blob))
            for k, value in fixed:
                row[k] = value
            for k, value in enumerate(row):
                if value == ABSENT and type(value) is str:
                    row[k] = ABSENT
            out[i] = cls(row)

    gc.disable()
    fill([None] * 100)
    gc.collect()
    out: list[Any] = [None] * objects
    before = resident_bytes()
    fill(out)
    print((resident_bytes() - before) / objects)


if __name__ == "__main__":
    main()
