"""Every hostile act: what a hook does in the middle of an operation.

An act says whether it is *pure*: the operation must then end as if nothing had happened. What an
act is refused is no failure; it raises only where raising is the act.
"""

from __future__ import annotations

import copy
import gc
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from cslots import Pool, Struct, _core, asdict, astuple, dataclass, force_setattr, layout

from scene import FIELDS, MODULE, Scene, is_record, read, set_class

Act = Callable[[Scene], object]


class Entry:
    def __init__(
        self, act: Act, pure: bool, needs: str, raises: type[BaseException] | None = None
    ) -> None:
        self.act = act
        self.pure = pure
        self.needs = needs  # "", "class", "objects", "pool"
        self.raises = raises


ACTS: dict[str, Entry] = {}


def act(name: str, needs: str = "", pure: bool = False) -> Callable[[Act], Act]:
    def note(function: Act) -> Act:
        def quiet(scene: Scene) -> None:
            with suppress(Exception):
                function(scene)

        ACTS[name] = Entry(quiet, pure, needs)
        return function

    return note


def raising(error: type[BaseException]) -> Act:
    def run(scene: Scene) -> None:
        raise error("by the act")

    return run


for error_ in (
    ValueError,
    AttributeError,
    KeyboardInterrupt,
    MemoryError,
    StopIteration,
    TypeError,
):
    ACTS[f"raise {error_.__name__}"] = Entry(raising(error_), False, "", error_)


# ---- what must change nothing ----


@act("collect", pure=True)
def _collect(scene: Scene) -> None:
    gc.collect()


@act("fork", pure=True)
def _fork(scene: Scene) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


@act("look", pure=True)
def _look(scene: Scene) -> None:
    """Whatever the collector shows is read in all the ways that change nothing."""
    for thing in gc.get_objects():
        look_at(scene, thing)


def look_at(scene: Scene, thing: Any) -> None:
    kind = type(thing)
    if kind in (tuple, list):
        list(thing)
        len(thing)
        if len(thing) < 30:
            with suppress(Exception):
                repr(thing)
        if kind is tuple:
            with suppress(Exception):
                hash(thing)
    elif kind is dict:
        list(thing.items())
    elif isinstance(kind, type(Struct)):
        for name in FIELDS:
            read(thing, name)
        for use in (repr, hash, copy.copy, thing.__eq__, _core.values, thing.__sizeof__):
            with suppress(Exception):
                use(thing)
    elif kind is Pool:
        with suppress(Exception):
            len(thing), repr(thing), thing.memory()
            for row in thing:
                repr(row)
    elif isinstance(kind, type) and isinstance(thing, type(Struct)):
        with suppress(Exception):
            repr(thing), thing.__subclasses__(), _core.is_struct_class(thing)
            layout(thing)


@act("free memory", pure=True)
def _free_memory(scene: Scene) -> None:
    """Blocks of all small sizes come and go, filled with what is no pointer."""
    filled = [bytes([251]) * size for size in range(8, 520, 8) for _ in range(4)]
    del filled
    gc.collect()


@act("weak references", "objects", pure=True)
def _weak(scene: Scene) -> None:
    import weakref

    for thing in (*scene.objects, scene.cls, scene.pool):
        with suppress(TypeError):
            weakref.ref(thing)


# ---- classes ----


@act("class changes", "objects")
def _class_changes(scene: Scene) -> None:
    for thing in scene.objects:
        set_class(thing, scene.base)


@act("class dropped", "objects")
def _class_dropped(scene: Scene) -> None:
    for thing in scene.objects:
        with suppress(TypeError):
            set_class(thing, scene.base)
    scene.drop_class()
    gc.collect()


@act("all dropped", "objects")
def _all_dropped(scene: Scene) -> None:
    scene.objects.clear()
    scene.drop_class()
    gc.collect()


@act("objects dropped", "objects")
def _objects_dropped(scene: Scene) -> None:
    scene.objects.clear()
    gc.collect()


@act("payload dropped")
def _payload_dropped(scene: Scene) -> None:
    scene.evil = None
    scene.tools.pop("evil", None)
    for thing in scene.objects:
        with suppress(Exception):
            force_setattr(thing, "o", None)
    gc.collect()


@act("decorate", "class")
def _decorate(scene: Scene) -> None:
    for cls in (scene.cls, scene.base, scene.mixin, *scene.cls.__subclasses__()):
        with suppress(Exception):
            dataclass(cls)


@act("subclass", "class")
def _subclass(scene: Scene) -> None:
    found = type(scene.cls)(
        "Sub",
        (scene.cls,),
        {
            "__module__": MODULE.__name__,
            "__annotations__": {"z": object, "zz": int},
            "z": 1,
            "zz": 2,
        },
    )
    scene.keep.append(found())
    for thing in scene.objects:
        with suppress(TypeError):
            thing.__class__ = found
        with suppress(TypeError):
            set_class(thing, found)


@act("new bases", "class")
def _new_bases(scene: Scene) -> None:
    empty = type(Struct)("Empty", (Struct,), {"__module__": MODULE.__name__})
    other = type("Plain", (), {"__slots__": ()})
    for cls, bases in (
        (scene.mixin, (other,)),
        (scene.mixin, (empty,)),
        (scene.cls, (scene.base, other)),
        (scene.cls, (other, scene.base)),
        (scene.base, (Struct,)),
        (scene.cls, (Struct,)),
    ):
        with suppress(Exception):
            cls.__bases__ = bases


GIVEN: dict[str, Callable[..., Any]] = {
    "__setattr__": lambda self, name, value: object.__setattr__(self, name, value),
    "__getattr__": lambda self, name: 5,
    "__getattribute__": lambda self, name: object.__getattribute__(self, name),
    "__delattr__": lambda self, name: object.__delattr__(self, name),
    "__init__": lambda self, *args, **kwargs: None,
    "__post_init__": lambda self: None,
    "__new__": staticmethod(lambda cls, *args, **kwargs: object.__new__(cls)),
    "__eq__": lambda self, other: True,
    "__hash__": lambda self: 3,
    "__repr__": lambda self: "given",
    "__del__": lambda self: None,
    "__reduce__": lambda self: (int, ()),
    "__reduce_ex__": lambda self, protocol: (int, ()),
    "__getstate__": lambda self: None,
    "__copy__": lambda self: self,
    "o": property(lambda self: 5),  # type: ignore[dict-item]
    "i32": 5,  # type: ignore[dict-item]
}


def give(name: str, where: str) -> Act:
    def run(scene: Scene) -> None:
        cls = getattr(scene, where)
        setattr(cls, name, GIVEN[name])
        if scene.acted % 2 == 0:
            delattr(cls, name)

    return run


def take(name: str, where: str) -> Act:
    def run(scene: Scene) -> None:
        cls = getattr(scene, where)
        if name in cls.__dict__:
            delattr(cls, name)
        else:
            setattr(cls, name, GIVEN[name])
            delattr(cls, name)

    return run


for name_ in GIVEN:
    act(f"give {name_} to the class", "class")(give(name_, "cls"))
for name_ in (
    "__setattr__",
    "__init__",
    "__new__",
    "__eq__",
    "__del__",
    "__reduce_ex__",
    "__getattr__",
    "__post_init__",
):
    act(f"take {name_} from the class", "class")(take(name_, "cls"))
for name_ in ("__setattr__", "__getattr__", "__reduce_ex__", "__del__", "__hash__"):
    act(f"give {name_} to the mixin", "class")(give(name_, "mixin"))
for name_ in ("__setattr__", "__getattr__", "__init__", "o", "i32"):
    act(f"give {name_} to the base", "class")(give(name_, "base"))


@act("delete descriptors", "class")
def _descriptors(scene: Scene) -> None:
    for cls in (scene.cls, *scene.base.__mro__[:-1]):
        for name in scene.names:
            if name in cls.__dict__:
                with suppress(Exception):
                    delattr(cls, name)


@act("class attributes", "class")
def _attributes(scene: Scene) -> None:
    scene.cls.note = 1
    scene.base.note = 2
    del scene.cls.note
    scene.cls.__doc__ = "changed"
    scene.cls.__name__ = "Renamed" * 50
    scene.cls.__qualname__ = "Renamed" * 50
    scene.cls.__annotations__ = {}


# ---- objects ----


@act("set fields", "objects")
def _set_fields(scene: Scene) -> None:
    for thing in (*scene.objects, scene.row):
        for name in scene.names:
            with suppress(Exception):
                force_setattr(thing, name, scene.other(name))
            with suppress(Exception):
                setattr(thing, name, scene.other(name))


@act("delete fields", "objects")
def _delete_fields(scene: Scene) -> None:
    for thing in scene.objects:
        for name in scene.names:
            with suppress(Exception):
                delattr(thing, name)


@act("init again", "objects")
def _init_again(scene: Scene) -> None:
    for thing in scene.objects:
        thing.__init__(**{name: scene.other(name) for name in scene.names})


@act("many objects", "class")
def _many(scene: Scene) -> None:
    made = [scene.cls() for _ in range(50)]
    made += [scene.cls.__new__(scene.cls) for _ in range(50)]
    del made[::2]
    scene.keep.append(made)


@act("use objects", "objects")
def _use(scene: Scene) -> None:
    for thing in scene.objects:
        for use in (
            repr,
            hash,
            copy.copy,
            copy.deepcopy,
            asdict,
            astuple,
            lambda thing: thing == scene.b,
        ):
            with suppress(Exception):
                use(thing)


@act("re-enter")
def _reenter(scene: Scene) -> None:
    if scene.reentered < 3 and scene.operation is not None:
        scene.reentered += 1
        scene.acting = False
        try:
            scene.operation(scene)
        finally:
            scene.acting = True


@act("recurse")
def _recurse(scene: Scene) -> None:
    """The operation in itself, until the interpreter says that it is enough."""
    main = threading.current_thread() is threading.main_thread()
    if scene.operation is not None and main and scene.moments is not None:
        scene.moments = frozenset((scene.count + 1,))  # the next one only: no tree
        scene.acting = False
        try:
            scene.operation(scene)
        finally:
            scene.acting = True
            scene.moments = frozenset()


@act("another thread", "objects")
def _other_thread(scene: Scene) -> None:
    def work() -> None:
        _use(scene)
        _set_fields(scene)

    other = threading.Thread(target=work)
    other.start()
    other.join()


@act("look and meddle")
def _meddle(scene: Scene) -> None:
    """Whatever the collector shows is used in the ways that change things."""
    made = []
    for thing in gc.get_objects():
        if isinstance(thing, type(Struct)) and thing is not Struct:
            for use in (
                lambda cls: cls(),
                lambda cls: cls.__new__(cls),
                lambda cls: type(cls)("Sub", (cls,), {}),
                lambda cls: set_class(scene.a, cls),
                lambda cls: Pool(cls),
                dataclass,
                lambda cls: _core.Loader(cls, ()),
            ):
                with suppress(Exception):
                    made.append(use(thing))
        elif type(thing) is Pool:
            change_pool(thing)
        elif is_record(thing):
            for name in FIELDS:
                with suppress(Exception):
                    setattr(thing, name, FIELDS[name][2])
        elif type(thing).__module__.startswith("cslots"):
            with suppress(Exception):
                next(thing)
            with suppress(Exception):
                thing()
    scene.keep.append(made)


def subclasses_meddle(scene: Scene) -> None:
    made = []
    for cls in (*scene.base.__subclasses__(), *scene.cls.__subclasses__()):
        for use in (
            lambda cls: cls(),
            lambda cls: cls.__new__(cls),
            lambda cls: object.__new__(cls),
            lambda cls: set_class(scene.a, cls),
            dataclass,
            lambda cls: Pool(cls, [cls()]),
            lambda cls: _core.Loader(cls, ()),
            lambda cls: type(cls)("Sub", (cls,), {})(),
            lambda cls: setattr(cls, "__post_init__", lambda self: None),
            lambda cls: cls(),
        ):
            with suppress(Exception):
                made.append(use(cls))
    for thing in made:
        with suppress(Exception):
            repr(thing)
    scene.keep.append(made)


act("meddle with subclasses", "class")(subclasses_meddle)


# ---- pools ----


def change_pool(pool: Any) -> None:
    for use in (
        lambda: pool.append(pool.record_class()),
        lambda: pool.reverse(),
        lambda: pool.__delitem__(0),
        lambda: pool.clear(),
        lambda: pool.append(pool.record_class()),
    ):
        with suppress(Exception):
            use()


def one(scene: Scene) -> Any:
    return scene.base() if scene.cls is None else scene.cls()


def on_pool(name: str, change: Callable[[Scene, Any], object]) -> None:
    def run(scene: Scene) -> None:
        change(scene, scene.pool)

    act(f"pool: {name}", "pool")(run)


def write_rows(scene: Scene, pool: Any) -> None:
    for row in pool:
        for name in scene.names:
            with suppress(Exception):
                force_setattr(row, name, scene.other(name))


def drop_pool(scene: Scene, pool: Any) -> None:
    scene.pool = scene.row = None
    gc.collect()


def widen(scene: Scene, pool: Any) -> None:
    if "c" in scene.names:
        for k in range(300):
            pool.append(c=f"word {k}")


on_pool("append", lambda scene, pool: pool.append(one(scene)))
on_pool("append many", lambda scene, pool: pool.extend([one(scene) for _ in range(500)]))
on_pool(
    "append columns",
    lambda scene, pool: pool.extend({name: [scene.other(name)] * 40 for name in scene.names}),
)
on_pool("insert", lambda scene, pool: pool.insert(0, one(scene)))
on_pool("clear", lambda scene, pool: pool.clear())
on_pool("delete a row", lambda scene, pool: pool.__delitem__(0))
on_pool("delete a slice", lambda scene, pool: pool.__delitem__(slice(None, None, 2)))
on_pool("replace a row", lambda scene, pool: pool.__setitem__(1, one(scene)))
on_pool("reverse", lambda scene, pool: pool.reverse())
on_pool("sort", lambda scene, pool: pool.sort(scene.names[-1]))
on_pool("compact", lambda scene, pool: pool.compact())
on_pool("write rows", write_rows)
on_pool("export", lambda scene, pool: scene.keep.append(pool.__arrow_c_array__()))
on_pool(
    "view",
    lambda scene, pool: scene.keep.append(
        [memoryview(pool._view(name)) for name in scene.names if name in ("i32", "f")]
    ),
)
on_pool("widen", widen)
on_pool("rows", lambda scene, pool: scene.keep.append(list(pool)))
on_pool("drop", drop_pool)
on_pool("swap", lambda scene, pool: (pool.__setitem__(0, pool[1]), pool.__setitem__(1, pool[0])))
on_pool("reserve", lambda scene, pool: pool.reserve(10_000))
