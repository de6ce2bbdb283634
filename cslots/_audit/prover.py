"""Run by prove.py in a fresh process: makes objects of one form, and measures them.

The job comes on stdin, marshalled, and so does the row of each object. Unmarshalling makes fresh
values, as a program's own would be, and keeps interned texts interned. What is shared comes from a
table.
"""

from __future__ import annotations

import gc
import marshal
import sys
from typing import Any

ABSENT = "\0absent"
OPAQUE = "\0opaque"


def is_mark(value: Any, mark: str) -> bool:
    return type(value) is str and value == mark


def make_class(job: dict[str, Any]) -> Any:
    """-> make(row): an object with these values, in the order of the attributes."""
    names, form = job["names"], job["form"]
    lines = [f"    if v[{k}] is not ABSENT: self.{name} = v[{k}]" for k, name in enumerate(names)]
    scope: dict[str, Any] = {"ABSENT": ABSENT}
    exec("def __init__(self, v):\n" + ("\n".join(lines) or "    pass"), scope)
    init = scope["__init__"]
    namespace: dict[str, Any] = {"__module__": "__main__"}
    weak = ["__weakref__"] if job["weakref"] else []
    if form == "now" and job["dict"]:
        # What the compiler says of a class: the dicts of its objects are planned for these names.
        if job["static"] is not None:
            namespace["__static_attributes__"] = tuple(job["static"])
        made = type("Now", (), namespace)
        # The key table was closed before the attributes came: many objects without any do that.
        if job["own_dicts"]:
            job["empty"] = [made() for _ in range(64)]

        def plain(v: Any) -> Any:
            obj = made()
            init(obj, v)
            return obj

        return plain
    if form in ("now", "slots"):
        return type("Slots", (), {**namespace, "__init__": init, "__slots__": (*names, *weak)})
    import datetime

    import cslots

    known: dict[str, Any] = {"datetime": datetime, "cslots": cslots}
    for name in dir(cslots):
        known[name] = getattr(cslots, name)
    annotations = {name: eval(job["kinds"][name], known) for name in names}
    own_init = job["own_init"] and form != "pool"
    if own_init:
        namespace["__init__"] = init
    metaclass: Any = type(cslots.Struct)
    made = metaclass(
        "Packed",
        (cslots.Struct,),
        {**namespace, "__annotations__": annotations},
        weakref=job["weakref"],
    )
    if form == "pool":  # its rows are all that is kept of the objects
        append = cslots.Pool(made).append
        return lambda v: append(made(*v))
    return made if own_init else lambda v: made(*v)


def main() -> None:
    job = marshal.loads(sys.stdin.buffer.read())
    sys.path[:] = job["path"]
    from cslots._measure.memory import resident_bytes, without_huge_pages

    names, objects, packed = (
        job["names"],
        job["objects"],
        job["form"] in ("struct", "tight", "pool"),
    )
    place: list[Any] = []

    def stand_in(kind: str) -> Any:
        """What a field holds in place of a value that could not travel."""
        if packed and "int" in kind:
            return 0
        return False if packed and "bool" in kind else place

    opaque = {
        k: stand_in(job["kinds"][name]) for k, name in enumerate(names) if name in job["opaque"]
    }
    table: dict[Any, Any] = {}
    blobs = []
    for values, shared in job["rows"]:
        own = tuple(
            None if k in opaque or k in shared or is_mark(value, OPAQUE) else value
            for k, value in enumerate(values)
        )
        fixed = [
            (k, table.setdefault((type(values[k]), values[k]), values[k]))
            for k in shared
            if k not in opaque and not is_mark(values[k], OPAQUE)
        ]
        fixed += [(k, thing) for k, thing in opaque.items() if not is_mark(values[k], ABSENT)]
        fixed += [(k, ABSENT) for k, value in enumerate(values) if is_mark(value, ABSENT)]
        blobs.append((marshal.dumps(own), fixed))
    make = make_class(job)
    loads, count = marshal.loads, len(blobs)
    without_huge_pages()

    def fill(out: list[Any]) -> None:
        for i in range(len(out)):
            blob, fixed = blobs[i % count]
            row = list(loads(blob))
            for k, value in fixed:
                row[k] = value
            out[i] = make(row)

    gc.disable()
    warm: list[Any] = [None] * (objects // 5)  # stays: what is free inside the allocator is used up
    fill(warm)
    gc.collect()
    out: list[Any] = [None] * objects
    before = resident_bytes()
    fill(out)
    print((resident_bytes() - before) / objects)


if __name__ == "__main__":
    main()
