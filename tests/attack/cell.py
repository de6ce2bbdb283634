"""One cell: an operation, a hook in it, an act of the hook. `run` says what came of it."""

from __future__ import annotations

import gc
import sys
from typing import Any

import class_hooks  # noqa: F401  fills HOOKS
import pool_operations  # noqa: F401  fills OPERATIONS
from acts import ACTS
from hooks import HOOKS
from object_operations import OPERATIONS
from scene import (
    Scene,
    is_record,
    pool_state,
    state,
    wrong_fresh,
    wrong_record,
    wrong_values,
    wrongly_tracked,
)

NOTHING = "nothing"  # the act of the cell that all others are compared with
# Acts after which an address may be used again that a table still knows.
MOVES = ("class changes", "class dropped", "all dropped", "objects dropped", "delete fields")
SWALLOWED = (AttributeError, StopIteration, TypeError)  # errors that Python takes for an answer


class Result:
    """What a cell came to. `wrong` says what is wrong, if something is."""

    __slots__ = ("after", "count", "fired", "outcome", "refused", "wrong")

    def __init__(self) -> None:
        self.fired = False
        self.count = 0
        self.refused = ""  # why the classes of the cell cannot be made with this hook
        self.outcome: Any = None
        self.after: Any = None
        self.wrong = ""


def applies(operation: str, act: str) -> bool:
    entry = OPERATIONS[operation]
    return ACTS[act].needs != "pool" or entry.pool


def moments(count: int) -> frozenset[int]:
    """The firings at which to act: all of a few; of many the first, the last and some between."""
    if count <= 4:
        return frozenset(range(1, count + 1))
    return frozenset((1, 2, count // 2, count - 1, count))


def prepare(operation: str, hook: str) -> Scene:
    entry = OPERATIONS[operation]
    scene = Scene(entry.family)
    if entry.pool and "i" in scene.names:
        scene.kinds["i"] = (int, 10**12, 7, (int,))  # a column has 64 bits
    half = HOOKS[hook](scene)
    try:
        next(half)
        scene.make_classes()
        scene.make_objects()
        if entry.pool:
            scene.make_pool()
        next(half, None)
        scene.place()
    except BaseException:
        scene.end()
        raise
    return scene


def objects_state(scene: Scene) -> Any:
    return [
        state(scene, scene.objects),
        None if scene.pool is None else pool_state(scene, scene.pool),
    ]


def perform(scene: Scene, run: Any, repeat: int) -> Any:
    """Runs the operation, armed; what it gave or raised."""
    before, after = scene.tools.get("before"), scene.tools.get("after")
    result: Any = None
    scene.armed = True
    try:
        if before is not None:
            before()
        for _ in range(repeat):
            result = run(scene)
    except BaseException as error:
        result = error.with_traceback(None)
        result.__context__ = result.__cause__ = None
    finally:
        scene.armed = False
        if after is not None:
            after()
    return result


def run(operation: str, hook: str, act: str, known: Result | None = None) -> Result:
    """`known`: what came of the same cell without an act."""
    result = Result()
    try:
        scene = prepare(operation, hook)
    except Exception as error:
        result.refused = f"{type(error).__name__}: {error}"
        return result
    watched = scene.watched()
    if "evil" in scene.tools:
        scene.evil = None
    entry = None if act == NOTHING else ACTS[act]
    before = None
    if entry is not None and known is not None:
        scene.act = entry.act
        scene.moments = frozenset((1,)) if entry.raises else moments(known.count)
        if entry.raises:
            before = objects_state(scene)
    scene.operation, steps = OPERATIONS[operation].run, OPERATIONS[operation].steps
    given = perform(scene, scene.operation, 10 if hook == "switch" else 1)
    result.count = scene.count
    result.fired = scene.count > 0 if entry is None else scene.acted > 0
    try:
        result.wrong = examine(scene, result, given, entry, known, before, hook, act, steps)
    except Exception as error:
        result.wrong = f"the look at it afterwards: {type(error).__name__}: {error}"
    given = None
    scene.end()
    gc.collect()
    alive = [name for name, ref in watched.items() if ref() is not None]
    if alive:
        gc.collect()
        alive = [name for name, ref in watched.items() if ref() is not None]
    if alive and not result.wrong:
        result.wrong = f"never freed: {', '.join(alive)}"
    return result


def examine(
    scene: Scene,
    result: Result,
    given: Any,
    entry: Any,
    known: Result | None,
    before: Any,
    hook: str,
    act: str,
    steps: bool,
) -> str:
    result.outcome = state(scene, given)
    if isinstance(given, SystemError):
        return f"SystemError: {given}"
    if wrong := wrong_values(scene):
        return wrong
    if is_record(given) and isinstance(given, scene.base):
        if wrong := wrong_record(scene, given) or wrongly_tracked(given):
            return f"the result: {wrong}"
    result.after = objects_state(scene)
    made_plainly = not scene.space and not scene.mixin_space and not scene.meta_space
    if act in MOVES and made_plainly and not scene.family.extra:
        if wrong := wrong_fresh(scene):
            return wrong
    once = hook in ("property", "cached_property") and known is not None
    if once and entry is not None and entry.raises and scene.count > known.count:
        return f"{hook} runs {scene.count} times, without the error {known.count}"
    if (
        entry is None
        or known is None
        or not result.fired
        or hook in ("switch", "gc callback", "profile")
    ):
        return ""
    if entry.pure:
        if result.outcome != known.outcome:
            return f"gave {short(result.outcome)} instead of {short(known.outcome)}"
        if result.after != known.after:
            return f"left {short(result.after)} instead of {short(known.after)}"
    if entry.raises and not issubclass(entry.raises, SWALLOWED):
        if not steps and result.after not in (before, known.after):
            found = f"{short(result.after)}, was {short(before)}"
            return f"half done after {entry.raises.__name__}: {found}"
        if not isinstance(given, BaseException) and result.outcome != known.outcome:
            found = f"{short(result.outcome)} instead of {short(known.outcome)}"
            return f"{entry.raises.__name__} is lost: {found}"
    return ""


def short(thing: Any) -> str:
    text = repr(thing)
    return text if len(text) <= 300 else text[:300] + "..."


def quiet() -> None:
    """What hooks raise where nobody can take it is part of the attack."""
    sys.unraisablehook = lambda info: None
