"""What an attack is made on: the classes, objects and pool of a cell; the look at them afterwards.

    Scene
      mixin <- base <- cls    made anew for each cell; `cls` adds nothing to the objects of `base`
      objects [a, b]          of `cls`; `place` puts the payload into the fields that keep it
      pool, row               only of operations on pools
      evil                    the payload: the object (or whatever it is) that fires
      fire()                  called by the hook; runs the act, at most one at a time

Invariant: nobody but the scene owns what it made, so that all of it is gone when the scene is.
"""

from __future__ import annotations

import datetime as dt
import enum
import gc
import re
import sys
import types
import weakref
from collections.abc import Callable
from typing import Any, Literal

from cslots import (
    Pool,
    Struct,
    _core,
    category,
    dataclass,
    field,
    float32,
    force_setattr,
    int8,
    int32,
    uint64,
    utf8,
)

MODULE = types.ModuleType("attack_scene")  # where pickle finds the classes
sys.modules["attack_scene"] = MODULE

set_class = object.__dict__["__class__"].__set__


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Access(enum.Flag):
    READ = 1
    WRITE = 2
    RUN = 4


class Inner(Struct, frozen=True):
    x: int32 = 0


INDEX, REAL, TEXT = 5, 2.5, "evil text"  # what the payloads answer

# name: (annotation, the value that is stored, another one, the types that may be read)
FIELDS: dict[str, tuple[Any, Any, Any, tuple[type, ...]]] = {
    "o": (object, ("good",), ["other"], (object,)),
    "i": (int, 10**30, 7, (int,)),
    "i8": (int8, -5, 9, (int,)),
    "i32": (int32, 70_000, 9, (int,)),
    "u64": (uint64, 2**63, 9, (int,)),
    "f": (float, 1.5, 9.5, (float,)),
    "f32": (float32, 0.5, 9.5, (float,)),
    "b": (bool, True, False, (bool,)),
    "s": (str, "good", "other", (str,)),
    "t": (utf8, "good text " * 3, "other " * 400, (str,)),
    "c": (category, "cat", "dog", (str,)),
    "y": (bytes, b"good", b"other", (bytes,)),
    "e": (Color, Color.RED, Color.BLUE, (enum.Enum,)),
    "l": (Literal["p", 5], "p", 5, (str, int)),
    "g": (Access, Access.READ, Access.READ | Access.WRITE, (enum.Flag,)),
    "d": (dt.date, dt.date(2024, 2, 29), dt.date(1999, 1, 1), (dt.date,)),
    "w": (dt.datetime, dt.datetime(2024, 2, 29, 12), dt.datetime(1999, 1, 1), (dt.datetime,)),
    "td": (dt.timedelta, dt.timedelta(1, 2, 3), dt.timedelta(9), (dt.timedelta,)),
    "n": (int32 | None, None, 9, (int, type(None))),
    "k": (Inner, Inner(1), Inner(2), (Inner,)),
}
POINTERS = ("o", "s", "y", "k")
PACKED = tuple(name for name in FIELDS if name not in POINTERS)
SOME = ("o", "i", "i32", "s", "t", "e", "k")  # one of each way to store


class Family:
    """How a base class is made: which fields, which options, by class statement or decorator."""

    def __init__(
        self,
        fields: tuple[str, ...] = tuple(FIELDS),
        decorator: dict[str, Any] | None = None,
        again: bool = False,
        two: bool = False,
        extra: dict[str, Callable[..., Any]] | None = None,
        **options: Any,
    ) -> None:
        self.fields = fields
        self.decorator = decorator  # its options; None: a Struct
        self.again = again  # cls is decorated, too
        self.two = two  # base has two bases with fields
        self.extra = extra or {}
        self.options = options
        self.frozen = bool(options.get("frozen") or (decorator or {}).get("frozen"))


def own_init(self: Any, **values: Any) -> None:
    for name, value in values.items():
        setattr(self, name, value)


def own_new(cls: Any, *args: Any, **values: Any) -> Any:
    return super(_core.Object, cls).__new__(cls)


FAMILIES: dict[str, Family] = {
    "struct": Family(),
    "dataclass": Family(decorator={}),
    "dict": Family(dict=True, weakref=True),
    "frozen": Family(frozen=True, order=True),
    "order": Family(SOME, order=True, unsafe_hash=True, weakref=True),
    "untracked": Family(tuple(name for name in FIELDS if name not in ("o", "k")), weakref=True),
    "texts": Family(("t", "c", "s"), order=True, unsafe_hash=True),
    "bases": Family(SOME, two=True, weakref=True),
    "own-init": Family(SOME, extra={"__init__": own_init}, weakref=True),
    "unsafe": Family(("o", "i32", "t"), gc=False, weakref=True),
    "decorated": Family(SOME, decorator={"order": True, "unsafe_hash": True}, again=True),
    "frozen-dataclass": Family(SOME, decorator={"frozen": True, "order": True}),
    "untyped": Family(SOME, decorator={"typed": False, "weakref_slot": True}),
}


class Scene:
    def __init__(self, family: Family) -> None:
        self.family = family
        self.names = family.fields
        self.mixin_space: dict[str, Any] = {}
        self.base_space: dict[str, Any] = {}
        self.space: dict[str, Any] = {}
        self.meta_space: dict[str, Any] = {}
        self.kinds = {name: FIELDS[name] for name in family.fields}
        self.factory: Callable[[], Any] = lambda: ("good",)
        self.objects: list[Any] = []
        self.pool: Any = None
        self.row: Any = None
        self.evil: Any = None
        self.twin: Any = (
            None  # another one like it, so that comparing the two is not settled by identity
        )
        self.keep: list[Any] = []
        self.tools: dict[str, Any] = {}  # pickler, unpickler, memo: what hooks put there
        self.undo: list[Callable[[], object]] = []
        self.armed = self.acting = False
        self.count = self.acted = 0
        self.moments: frozenset[int] | None = None  # the firings at which to act; None: none
        self.act: Callable[[Scene], object] | None = None
        self.operation: Callable[[Scene], Any] | None = None
        self.reentered = 0

    # ---- what fires ----

    def fire(self) -> None:
        if not self.armed or self.acting:
            return
        self.count += 1
        if self.act is None or self.moments is None or self.count not in self.moments:
            return
        self.acting = True
        self.acted += 1
        try:
            self.act(self)
        finally:
            self.acting = False

    # ---- what it is made of ----

    @property
    def given(self) -> Any:
        """The payload as an argument; a new one where its death is what fires."""
        return self.tools["evil"]() if "evil" in self.tools else self.evil

    def value(self, name: str) -> Any:
        return self.kinds[name][1]

    def other(self, name: str) -> Any:
        return self.kinds[name][2]

    def make_classes(self) -> None:
        family = self.family
        self.mixin: Any = type(
            "Mixin", (), {"__slots__": (), "__module__": MODULE.__name__} | self.mixin_space
        )
        space: dict[str, Any] = {"__module__": MODULE.__name__, **family.extra, **self.base_space}
        annotations = {name: self.kinds[name][0] for name in family.fields}
        defaults = {name: self.kinds[name][1] for name in family.fields}
        if "o" in family.fields:
            defaults["o"] = field(default_factory=lambda: self.factory())
        metatype: Any = type(Struct)
        if self.meta_space and family.decorator is None:
            metatype = type("Meta", (metatype,), dict(self.meta_space))
        bases: tuple[Any, ...] = (
            (self.mixin,) if family.decorator is not None else (self.mixin, Struct)
        )
        if family.two:
            half = len(family.fields) // 2
            parts = (family.fields[:half], family.fields[half:])
            bases = (self.mixin,) + tuple(
                type(Struct)(
                    f"Part{k}",
                    (Struct,),
                    {
                        "__module__": MODULE.__name__,
                        "__annotations__": {n: annotations[n] for n in part},
                    }
                    | {n: defaults[n] for n in part},
                )
                for k, part in enumerate(parts)
            )
            annotations, defaults = {}, {}
        if "computed" in self.base_space:
            annotations["computed"] = int  # the place of a cached_property
        space = {**defaults, "__annotations__": annotations, **space}
        if family.decorator is not None:
            self.base: Any = dataclass(type("Base", bases, space), **family.decorator)
        else:
            self.base = metatype("Base", bases, space, **family.options)
        own: dict[str, Any] = {"__module__": MODULE.__name__, "__slots__": (), **self.space}
        if family.decorator is None:
            del own["__slots__"]
        options = {
            k: v
            for k, v in family.options.items()
            if k in ("frozen", "order", "unsafe_hash", "gc")
        }
        self.cls: Any = type(self.base)(
            "Cls", (self.base,), own, **(options if family.decorator is None else {})
        )
        if family.again:
            self.cls = dataclass(self.cls, **family.decorator)
        MODULE.Base, MODULE.Cls = self.base, self.cls  # type: ignore[attr-defined]

    def make_objects(self) -> None:
        self.objects = [self.cls(), self.cls()]

    def make_pool(self, rows: int = 8) -> None:
        self.pool = Pool(self.cls, [self.cls() for _ in range(rows)])
        self.row = self.pool[1]

    def place(self) -> None:
        """Puts the payload where it stays as it is, and its class where pickle finds it."""
        kind = type(self.evil)
        if kind.__module__ == "hooks" and not isinstance(self.evil, enum.Enum):
            kind.__module__, kind.__qualname__ = MODULE.__name__, kind.__name__
            setattr(MODULE, kind.__name__, kind)
        hosts = {"o": object, "s": str, "i": int, "y": bytes, "e": enum.Enum, "g": enum.Flag}
        for name, host in hosts.items():
            if (
                name not in self.names
                or not isinstance(self.evil, host)
                or (name == "e" and isinstance(self.evil, enum.Flag))
            ):
                continue
            twin = self.evil if self.twin is None else self.twin
            for number, target in enumerate((*self.objects, *(self.pool or ()))):
                try:
                    force_setattr(target, name, twin if number % 2 else self.evil)
                except (TypeError, AttributeError, OverflowError, ValueError):
                    break

    def drop_class(self) -> None:
        self.cls = None
        self.space = {}
        vars(MODULE).pop("Cls", None)

    @property
    def a(self) -> Any:
        return self.objects[0]

    @property
    def b(self) -> Any:
        return self.objects[1]

    def watched(self) -> dict[str, weakref.ref[Any]]:
        """What must be gone when the scene is."""
        found = {}
        for name in ("mixin", "base", "cls", "pool", "evil"):
            thing = getattr(self, name, None)
            if thing is not None and type(thing) not in (int, str, float):
                try:
                    found[name] = weakref.ref(thing)
                except TypeError:
                    continue
        return found

    def end(self) -> None:
        for undo in reversed(self.undo):
            undo()
        vars(MODULE).pop("Cls", None)
        vars(MODULE).pop("Base", None)
        for name in list(vars(MODULE)):
            if not name.startswith("__"):
                delattr(MODULE, name)
        vars(self).clear()


# ---- what is seen afterwards ----

HAVE_GC = 1 << 14  # of type.__flags__
ADDRESS = re.compile(r"0x[0-9a-fA-F]+")


def read(thing: Any, name: str) -> Any:
    """The value of a field, or the AttributeError (or the like) that says that it has none."""
    try:
        return getattr(thing, name)
    except (AttributeError, ReferenceError) as error:
        return type(error)


def state(scene: Scene, thing: Any, depth: int = 4) -> Any:
    """A description that is equal for equal things and has no addresses in it."""
    if type(thing) is str:
        return ADDRESS.sub("0x", thing)
    if thing is None or type(thing) in (int, float, bool, bytes):
        return thing if type(thing) is not float else repr(thing)
    if thing is scene.evil or thing is scene.twin:
        return "<evil>"
    if depth == 0:
        return type(thing).__name__
    if isinstance(thing, enum.Enum):
        return f"<{type(thing).__name__} {thing._name_}>"
    if type(thing) in (dt.date, dt.datetime, dt.timedelta):
        return repr(thing)
    if type(thing) in (tuple, list):
        return [
            type(thing).__name__,
            *(state(scene, item, depth - 1) for item in list(thing)[:50]),
        ]
    if type(thing) is dict:
        items = list(thing.items())[:50]
        return [
            "dict",
            *([state(scene, k, depth - 1), state(scene, v, depth - 1)] for k, v in items),
        ]
    if isinstance(thing, BaseException):
        return [type(thing).__name__, ADDRESS.sub("0x", object_text(thing))]
    if type(thing) is Pool:
        return ["Pool", pool_state(scene, thing)]
    if is_record(thing):
        names = [name for name in (*FIELDS, "x", "z") if hasattr(type(thing), name)]
        return [
            type(thing).__name__,
            {name: state(scene, read(thing, name), depth - 1) for name in names},
        ]
    return type(thing).__name__


def object_text(error: BaseException) -> str:
    return " ".join(arg if type(arg) is str else type(arg).__name__ for arg in error.args)


def is_record(thing: Any) -> bool:
    return isinstance(type(thing), type(Struct))


def pool_state(scene: Scene, pool: Any) -> Any:
    names = [f.name for f in _core.plan_of(pool.record_class).fields if f.name in FIELDS]
    return [len(pool), {name: state(scene, column(pool, name), 3) for name in names}]


def column(pool: Any, name: str) -> list[Any]:
    try:
        return list(pool._values(name))
    except AttributeError:  # a reference that was deleted
        return [read(row, name) for row in pool]


def wrong_values(scene: Scene) -> str:
    """What is wrong with the objects and the pool, or nothing."""
    for thing in scene.objects:
        if found := wrong_record(scene, thing) or wrongly_tracked(thing):
            return f"object: {found}"
    if scene.pool is not None:
        return wrong_pool(scene, scene.pool)
    return ""


def wrongly_tracked(thing: Any) -> str:
    """An object with a GC header is seen by the collector, from its first day to its last."""
    has_header = bool(type(thing).__flags__ & HAVE_GC)
    if has_header == gc.is_tracked(thing):
        return ""
    return "is not tracked" if has_header else "is tracked without a GC header"


def wrong_fresh(scene: Scene) -> str:
    """Objects that are made now have all their fields, whatever stood at their address."""
    for thing in [scene.base() for _ in range(6)]:
        for name in scene.names:
            if isinstance(read(thing, name), type):
                return f"a new object has no {name}"
    return ""


def wrong_record(scene: Scene, thing: Any) -> str:
    for name in scene.names:
        value = read(thing, name)
        if not legal(scene, name, value):
            found = ADDRESS.sub("0x", repr(state(scene, value)))[:80]
            return f"{name} is {type(value).__name__} {found}"
    return ""


def legal(scene: Scene, name: str, value: Any) -> bool:
    if isinstance(value, type) and issubclass(value, (AttributeError, ReferenceError)):
        return True
    if name == "o" or scene.family.decorator == {"typed": False, "weakref_slot": True}:
        return True
    _, good, other, types_ = scene.kinds[name]
    if isinstance(value, enum.Enum):
        return isinstance(value, type(good))
    if name == "c" and value.startswith("word "):
        return True  # of the act that widens the column
    if name == "k":
        return value.x in (0, 1, 2)
    if isinstance(value, dt.datetime):
        value = value.replace(tzinfo=None)
    if type(value) is int and value == INDEX:
        return True  # what a __getattr__ answers that an act has given
    if not isinstance(value, types_):
        return False
    if isinstance(value, (dt.date, dt.timedelta)) or name == "l":
        return value in (good, other) or value is scene.evil
    if value is scene.evil or value is scene.twin:
        return True
    if type(value) not in (int, float, bool, str, bytes, type(None)):
        return True  # a subclass that somebody's operation has stored
    return (
        value in (good, other, INDEX, REAL, TEXT, TEXT.encode(), 0, 1, 3, float("nan"))
        or value is None
    )


def wrong_pool(scene: Scene, pool: Any) -> str:
    length = len(pool)
    rows = list(pool)
    if len(rows) != length:
        return f"pool: {length} rows, {len(rows)} when iterated"
    for name in scene.names:
        values = column(pool, name)
        if len(values) != length:
            return f"pool: {length} rows, {len(values)} values of {name}"
        for value in values:
            if not legal(scene, name, value):
                return f"pool: {name} is {type(value).__name__} {repr(state(scene, value))[:80]}"
    for row in rows[:3]:
        if found := wrong_record(scene, row):
            return f"row: {found}"
    return ""


def collect() -> None:
    gc.collect()
