"""Every public operation on pools and their rows."""

from __future__ import annotations

import copy
import importlib.util
import itertools
import os
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from cslots import Pool, asdict, force_setattr, replace

from object_operations import FIELDS, Operation, add, dumps, loads
from scene import Scene

STEPS = ("row: __init__", "extend(itself)", "pop", "swap", "sort by several")
POOLED = ("struct", "dataclass", "frozen", "untracked", "order", "bases", "own-init")


def pooled(name: str, run: Operation, needs: str = "", families: tuple[str, ...] = POOLED) -> None:
    add(f"pool: {name}", run, families, needs, pool=True, steps=name in STEPS)


def on_columns(
    name: str, make: Callable[[str], Operation], families: tuple[str, ...] = ("struct",)
) -> None:
    for key in FIELDS:
        add(f"pool: {name} {key}", make(key), families, key, pool=True)


def changed(change: Callable[[Scene], object]) -> Operation:
    """The pool is the result."""

    def run(scene: Scene) -> Any:
        change(scene)
        return scene.pool

    return run


def full(scene: Scene, **changes: Any) -> dict[str, Any]:
    return {name: scene.value(name) for name in scene.names} | changes


def columns(scene: Scene, **changes: Any) -> dict[str, Any]:
    return {name: [scene.value(name)] * 2 for name in scene.names} | changes


# ---- one column ----

on_columns(
    "append(field)",
    lambda key: changed(lambda scene: scene.pool.append(**{key: scene.given})),
    ("struct", "untracked"),
)
on_columns(
    "append(dict)",
    lambda key: changed(lambda scene: scene.pool.append(full(scene, **{key: scene.given}))),
)
on_columns(
    "extend(dicts)",
    lambda key: changed(
        lambda scene: scene.pool.extend([full(scene), full(scene, **{key: scene.given})])
    ),
)
on_columns(
    "extend(columns)",
    lambda key: changed(
        lambda scene: scene.pool.extend(columns(scene, **{key: [scene.value(key), scene.given]}))
    ),
)
on_columns(
    "extend(a column that is the payload)",
    lambda key: changed(lambda scene: scene.pool.extend(columns(scene, **{key: scene.given}))),
)
on_columns(
    "construct(columns)",
    lambda key: lambda scene: Pool(scene.cls, columns(scene, **{key: [scene.given] * 2})),
)
on_columns(
    "write a row",
    lambda key: changed(lambda scene: force_setattr(scene.row, key, scene.given)),
    ("struct", "untracked", "frozen"),
)
on_columns("read a row", lambda key: lambda scene: getattr(scene.row, key))
on_columns("delete in a row", lambda key: lambda scene: delattr(scene.row, key))
on_columns("values of a column", lambda key: lambda scene: scene.pool._values(key))
on_columns(
    "sort by", lambda key: changed(lambda scene: scene.pool.sort(key)), ("struct", "frozen")
)
on_columns(
    "insert",
    lambda key: changed(lambda scene: scene.pool.insert(1, full(scene, **{key: scene.given}))),
)
on_columns(
    "pool[i] = dict",
    lambda key: changed(
        lambda scene: scene.pool.__setitem__(1, full(scene, **{key: scene.given}))
    ),
)
on_columns(
    "_extend_column",
    lambda key: changed(
        lambda scene: Pool(scene.cls)._extend_column(key, [scene.given], None, False)
    ),
)
on_columns("_arrow of", lambda key: lambda scene: len(scene.pool._arrow([key], None, None)))

if importlib.util.find_spec("numpy") is not None:

    def array(scene: Scene, key: str) -> Any:
        found = scene.pool[key]
        return [len(found), found[1:3].tolist() if hasattr(found, "tolist") else list(found)]

    on_columns("array", lambda key: lambda scene: array(scene, key))
    on_columns(
        "assign a column",
        lambda key: changed(lambda scene: scene.pool.__setitem__(key, scene.given)),
    )
    on_columns(
        "assign a column of",
        lambda key: changed(
            lambda scene: scene.pool.__setitem__(key, [scene.given] * len(scene.pool))
        ),
    )
    on_columns(
        "assign a part",
        lambda key: changed(lambda scene: scene.pool[1:3].__setitem__(key, scene.given)),
    )


# ---- rows and pools ----


def assign_slice(scene: Scene) -> Any:
    scene.pool[1:3] = scene.given
    return scene.pool


def iterate(scene: Scene) -> Any:
    return [row.__class__ is not None for row in itertools.islice(scene.pool, 50)]


def iterate_part(scene: Scene) -> Any:
    return [repr(row) for row in scene.pool[::2]]


def arrow_there_and_back(scene: Scene) -> Any:
    return Pool.from_arrow(scene.cls, scene.pool)


def from_payload(scene: Scene) -> Any:
    source = scene.pool
    scene.tools["arrow"] = lambda: source
    return Pool.from_arrow(scene.cls, scene.given)


def parts(scene: Scene) -> Any:
    return [len(part) for part in scene.pool.partitions(2)]


def saved(scene: Scene) -> Any:
    path = os.path.join(tempfile.gettempdir(), f"cslots-attack-{os.getpid()}.arrow")
    try:
        scene.pool.save(path)
        return len(Pool.open(scene.cls, path))
    finally:
        if os.path.exists(path):
            os.unlink(path)


def rows_outlive(scene: Scene) -> Any:
    rows = list(scene.pool)
    scene.pool.clear()
    found = []
    for row in rows:
        try:
            found.append(repr(row))
        except ReferenceError:
            found.append("stale")
    return found


def pop_all(scene: Scene) -> Any:
    return [scene.pool.pop() for _ in range(len(scene.pool))]


def swap(scene: Scene) -> Any:
    scene.pool[0], scene.pool[1] = scene.pool[1], scene.pool[0]
    return scene.pool


def dies(scene: Scene) -> None:
    scene.evil = scene.row = scene.pool = None


def extended(scene: Scene) -> Any:
    scene.pool += scene.given
    return scene.pool


def rows_of_rows(scene: Scene) -> Any:
    del scene.pool[8:]  # each call makes the pool four times as long, and some hooks repeat it
    scene.pool.extend(scene.pool)
    scene.pool.extend(list(scene.pool))
    scene.pool.extend(scene.pool[1:3])
    return scene.pool


def views(scene: Scene) -> Any:
    found = []
    for name in scene.names:
        try:
            with memoryview(scene.pool._view(name)) as view:
                found.append(len(view))
        except (TypeError, BufferError, ValueError):
            found.append(None)
    return found


def other_pool(scene: Scene) -> Any:
    return scene.pool == copy.copy(scene.pool)


pooled("construct", lambda scene: Pool(scene.cls, [scene.a, scene.b]))
pooled("construct(payload)", lambda scene: Pool(scene.cls, scene.given))
pooled("construct(the payload as class)", lambda scene: Pool(scene.given))
pooled("construct, reserve", lambda scene: len(Pool(scene.cls, reserve=scene.given)))
pooled("append", changed(lambda scene: scene.pool.append(scene.a)))
pooled("append()", changed(lambda scene: scene.pool.append()))
pooled("append(payload)", changed(lambda scene: scene.pool.append(scene.given)))
pooled(
    "append(field that is the payload)",
    changed(lambda scene: scene.pool.append(**{scene.given: 1})),
)
pooled("extend(objects)", changed(lambda scene: scene.pool.extend([scene.a, scene.b, scene.a])))
pooled("extend(payload)", changed(lambda scene: scene.pool.extend(scene.given)))
pooled("extend(itself)", rows_of_rows)
pooled("+=", extended)
pooled("insert(payload)", changed(lambda scene: scene.pool.insert(scene.given, scene.a)))
pooled("pool[payload]", lambda scene: scene.pool[scene.given])
pooled(
    "pool[payload] = object", changed(lambda scene: scene.pool.__setitem__(scene.given, scene.a))
)
pooled("pool[i] = object", changed(lambda scene: scene.pool.__setitem__(1, scene.a)))
pooled("pool[i] = payload", changed(lambda scene: scene.pool.__setitem__(1, scene.given)))
pooled(
    "pool[a:b] = objects",
    changed(lambda scene: scene.pool.__setitem__(slice(1, 3), [scene.a, scene.b])),
)
pooled("pool[a:b] = payload", assign_slice)
pooled("pool[payload:]", lambda scene: len(scene.pool[scene.given :]))
pooled("del pool[payload]", changed(lambda scene: scene.pool.__delitem__(scene.given)))
pooled("del pool[i]", changed(lambda scene: scene.pool.__delitem__(1)))
pooled("del pool[a:b]", changed(lambda scene: scene.pool.__delitem__(slice(1, 3))))
pooled("del pool[::2]", changed(lambda scene: scene.pool.__delitem__(slice(None, None, 2))))
pooled(
    "del pool[:payload]", changed(lambda scene: scene.pool.__delitem__(slice(None, scene.given)))
)
pooled("pop", pop_all)
pooled("pop(payload)", lambda scene: scene.pool.pop(scene.given))
pooled("remove", changed(lambda scene: scene.pool.remove(scene.pool[2])))
pooled("remove(payload)", changed(lambda scene: scene.pool.remove(scene.given)))
pooled("clear", changed(lambda scene: scene.pool.clear()))
pooled("reserve(payload)", changed(lambda scene: scene.pool.reserve(scene.given)))
pooled("compact", changed(lambda scene: scene.pool.compact()))
pooled("sort(payload)", changed(lambda scene: scene.pool.sort(scene.given)))
pooled("sort by several", changed(lambda scene: scene.pool.sort(scene.names)))
pooled("sort, reverse", changed(lambda scene: scene.pool.sort(scene.names[0], scene.given)))
pooled("reverse", changed(lambda scene: scene.pool.reverse()))
pooled("filter(payload)", lambda scene: scene.pool.filter(scene.given))
pooled(
    "filter(list)",
    lambda scene: scene.pool.filter([True, scene.given, False, 1, 0, True, True, True]),
)
pooled("iterate", iterate)
pooled("iterate a part", iterate_part)
pooled("reversed", lambda scene: len(list(reversed(scene.pool))))
pooled("in", lambda scene: [scene.a in scene.pool, scene.given in scene.pool])
pooled("index", lambda scene: scene.pool.index(scene.a))
pooled("index(payload)", lambda scene: scene.pool.index(scene.given))
pooled("index, from the payload", lambda scene: scene.pool.index(scene.a, scene.given))
pooled("count", lambda scene: [scene.pool.count(scene.a), scene.pool.count(scene.given)])
pooled("==", other_pool)
pooled("== payload", lambda scene: [scene.pool == scene.given, scene.pool[1:] == scene.given])
pooled("repr", lambda scene: [repr(scene.pool), repr(scene.pool[1:])])
pooled("copy", lambda scene: [copy.copy(scene.pool), scene.pool[1:].copy()])
pooled(
    "deepcopy",
    lambda scene: copy.deepcopy(
        scene.pool, scene.tools["memo"]() if "memo" in scene.tools else {}
    ),
)
pooled("pickle", lambda scene: loads(scene, dumps(scene, scene.pool, 5)))
pooled(
    "pickle 2",
    lambda scene: loads(scene, dumps(scene, scene.pool, 2)),
    families=("struct", "untracked"),
)
pooled(
    "pickle a part",
    lambda scene: len(loads(scene, dumps(scene, scene.pool[1:], 5))),
    families=("struct", "dataclass"),
)
pooled(
    "memory, getsizeof", lambda scene: [len(scene.pool.memory()), sys.getsizeof(scene.pool) > 0]
)
pooled("partitions", parts)
pooled("partitions(payload)", lambda scene: len(scene.pool.partitions(scene.given)))
pooled("views", views)
pooled("export", lambda scene: len(scene.pool.__arrow_c_array__()), families=("untracked",))
pooled(
    "export, a stream",
    lambda scene: type(scene.pool.__arrow_c_stream__()).__name__,
    families=("untracked",),
)
pooled(
    "export, a schema",
    lambda scene: len(scene.pool.__arrow_c_array__(scene.given)),
    families=("untracked",),
)
pooled(
    "export, columns",
    lambda scene: len(scene.pool._arrow(scene.given, None, None)),
    families=("untracked",),
)
pooled(
    "export of a part",
    lambda scene: len(scene.pool[1:3].__arrow_c_array__()),
    families=("untracked",),
)
pooled("Arrow there and back", arrow_there_and_back, families=("untracked", "texts"))
pooled("from_arrow(payload)", from_payload, families=("untracked", "texts"))
pooled(
    "extend(Arrow)",
    changed(
        lambda scene: scene.pool.extend(
            type("Source", (), {"__arrow_c_stream__": scene.pool.__arrow_c_stream__})()
        )
    ),
    families=("untracked",),
)
pooled("swap", swap)
pooled("rows outlive", rows_outlive)
pooled("dies", dies)
pooled("column that is the payload", lambda scene: scene.pool[scene.given])
pooled(
    "row: ==, hash",
    lambda scene: [scene.row == scene.a, scene.row == scene.given, scene.row != scene.pool[2]],
)
pooled(
    "row: <",
    lambda scene: [scene.row < scene.a, scene.row < scene.pool[2]],
    families=("frozen", "order"),
)
pooled("row: hash", lambda scene: hash(scene.row), families=("frozen", "order"))
pooled("row: repr", lambda scene: repr(scene.row))
pooled("row: copy", lambda scene: copy.copy(scene.row))
pooled("row: deepcopy", lambda scene: copy.deepcopy(scene.row))
pooled("row: pickle", lambda scene: loads(scene, dumps(scene, scene.row, 4)))
pooled("row: replace, asdict", lambda scene: [replace(scene.row), asdict(scene.row)])
pooled(
    "row: attributes",
    lambda scene: [
        getattr(scene.row, name, None) for name in ("computed", "nothing", "__class__", "__dict__")
    ],
)
pooled("row: __init__", changed(lambda scene: scene.row.__init__(**{scene.names[0]: scene.given})))
pooled("row: __class__", lambda scene: setattr(scene.row, "__class__", scene.base))
pooled("row: an attribute that is the payload", lambda scene: getattr(scene.row, scene.given))
pooled(
    "row: write an attribute that is the payload", lambda scene: setattr(scene.row, scene.given, 1)
)
pooled("row: dies", lambda scene: setattr(scene, "row", None))

if importlib.util.find_spec("pyarrow") is not None:
    pooled("save, open", saved, families=("untracked",))
