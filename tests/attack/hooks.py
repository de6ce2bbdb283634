"""Every hook that Python code has: how it comes to run in the middle of an operation.

A hook is a function of the scene in two halves. Before the `yield` it says what the classes shall
have; after it, when classes and objects stand, it makes the payload. What it makes calls
`scene.fire()` and then answers as plainly as it can. The hooks of classes are in class_hooks.py.
"""

from __future__ import annotations

import datetime as dt
import enum
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from scene import INDEX, REAL, TEXT, Scene

Hook = Callable[[Scene], Iterator[None]]
HOOKS: dict[str, Hook] = {}


def hook(name: str) -> Callable[[Hook], Hook]:
    def note(function: Hook) -> Hook:
        HOOKS[name] = function
        return function

    return note


# ---- payloads: one method of an object that is given to the operation ----


def rows_of(scene: Scene) -> list[Any]:
    return [{name: scene.value(name) for name in scene.names}] * 2


def item_of(scene: Scene, key: Any) -> Any:
    if isinstance(key, str):
        return [scene.value(key)] * 2 if key in scene.names else None
    return rows_of(scene)[key]


# dunder: what it answers, from the scene and the arguments
ANSWERS: dict[str, Callable[..., Any]] = {
    "__index__": lambda scene, self: INDEX,
    "__int__": lambda scene, self: INDEX,
    "__float__": lambda scene, self: REAL,
    "__eq__": lambda scene, self, other: True,
    "__ne__": lambda scene, self, other: False,
    "__lt__": lambda scene, self, other: False,
    "__gt__": lambda scene, self, other: False,
    "__le__": lambda scene, self, other: True,
    "__ge__": lambda scene, self, other: True,
    "__hash__": lambda scene, self: 7,
    "__repr__": lambda scene, self: "<evil>",
    "__str__": lambda scene, self: TEXT,
    "__format__": lambda scene, self, spec: TEXT,
    "__bytes__": lambda scene, self: TEXT.encode(),
    "__bool__": lambda scene, self: True,
    "__len__": lambda scene, self: 2,
    "__length_hint__": lambda scene, self: 2,
    "__iter__": lambda scene, self: iter(rows_of(scene)),
    "__getitem__": lambda scene, self, key: item_of(scene, key),
    "__contains__": lambda scene, self, key: True,
    "keys": lambda scene, self: list(scene.names),
    "__call__": lambda scene, self, *args: INDEX,
    "__fspath__": lambda scene, self: "/nowhere/at/all",
    "__copy__": lambda scene, self: "copied",
    "__deepcopy__": lambda scene, self, memo: "copied",
    "__reduce__": lambda scene, self: (str, ("reduced",)),
    "__reduce_ex__": lambda scene, self, protocol: (str, ("reduced",)),
    "__arrow_c_array__": lambda scene, self, schema=None: arrow_source(scene).__arrow_c_array__(
        schema
    ),
    "__arrow_c_stream__": lambda scene, self, schema=None: arrow_source(scene).__arrow_c_stream__(
        schema
    ),
    "__arrow_c_schema__": lambda scene, self: arrow_source(scene).__arrow_c_schema__(),
    "__array_interface__": lambda scene, self: None,
    "to_numpy": lambda scene, self: [scene.value("o")],
}
NEED_ITER = ("__length_hint__", "__len__")


def arrow_source(scene: Scene) -> Any:
    return scene.tools["arrow"]() if "arrow" in scene.tools else scene.pool


def firing(scene: Scene, answer: Callable[..., Any]) -> Callable[..., Any]:
    def method(*args: Any, **kwargs: Any) -> Any:
        scene.fire()
        return answer(scene, *args, **kwargs)

    return method


def payload(name: str) -> Hook:
    def prepare(scene: Scene) -> Iterator[None]:
        yield
        space: dict[str, Any] = {name: firing(scene, ANSWERS[name])}
        if name in NEED_ITER:
            space["__iter__"] = lambda self: iter(rows_of(scene))
        if name == "keys":
            space["__getitem__"] = lambda self, key: item_of(scene, key)
        if name == "__getitem__":
            space["__len__"] = lambda self: 2
            space["keys"] = lambda self: list(scene.names)
        if name == "__eq__":
            space["__hash__"] = lambda self: 7
        kind = type("Evil", (), space)
        scene.evil, scene.twin = kind(), kind()

    return prepare


for dunder in ANSWERS:
    HOOKS[dunder] = payload(dunder)


@hook("mappingproxy")
def _mapping(scene: Scene) -> Iterator[None]:
    """A mapping that is no sequence: classes of Python's that have __getitem__ are both."""
    yield

    class Evil(dict):  # type: ignore[type-arg]
        def __getitem__(self, key: Any) -> Any:
            scene.fire()
            return dict.__getitem__(self, key)

        def keys(self) -> Any:
            scene.fire()
            return dict.keys(self)

        def __iter__(self) -> Any:
            scene.fire()
            return dict.__iter__(self)

    scene.evil = types.MappingProxyType(Evil(one_row(scene)))


@hook("sequence")
def _sequence(scene: Scene) -> Iterator[None]:
    """`__getitem__` by number alone."""
    yield

    class Evil:
        def __getitem__(self, key: Any) -> Any:
            scene.fire()
            return rows_of(scene)[key]

        def __len__(self) -> int:
            scene.fire()
            return 2

    scene.evil = Evil()


@hook("__next__")
def _next(scene: Scene) -> Iterator[None]:
    yield

    class Evil:
        def __init__(self) -> None:
            self.left = rows_of(scene)

        def __iter__(self) -> Any:
            return self

        def __next__(self) -> Any:
            scene.fire()
            if not self.left:
                raise StopIteration
            return self.left.pop()

    scene.evil = Evil()


@hook("generator")
def _generator(scene: Scene) -> Iterator[None]:
    yield

    def rows() -> Iterator[Any]:
        for row in rows_of(scene):
            scene.fire()
            yield row

    scene.evil = rows()


@hook("__class__")
def _class(scene: Scene) -> Iterator[None]:
    """What isinstance() asks where the type does not say yes."""
    yield

    class Evil:
        @property
        def __class__(self) -> Any:  # type: ignore[override]
            scene.fire()
            return int

    scene.evil = Evil()


@hook("__getattr__")
def _getattr(scene: Scene) -> Iterator[None]:
    yield

    class Evil:
        def __getattr__(self, name: str) -> Any:
            scene.fire()
            raise AttributeError(name)

    scene.evil = Evil()


@hook("__getattribute__")
def _getattribute(scene: Scene) -> Iterator[None]:
    yield

    class Evil:
        def __getattribute__(self, name: str) -> Any:
            scene.fire()
            return object.__getattribute__(self, name)

    scene.evil = Evil()


@hook("__del__")
def _del(scene: Scene) -> Iterator[None]:
    """A value dies: the scene keeps no reference to it."""
    yield

    class Evil:
        def __del__(self) -> None:
            scene.fire()

        def __index__(self) -> int:
            return INDEX

    scene.tools["evil"] = Evil
    scene.evil = Evil()


@hook("weakref of a value")
def _weakref_value(scene: Scene) -> Iterator[None]:
    yield

    class Evil:
        def __index__(self) -> int:
            return INDEX

    def make() -> Any:
        made = Evil()
        scene.keep.append(weakref.ref(made, lambda ref: scene.fire()))
        return made

    scene.tools["evil"] = make
    scene.evil = make()


@hook("weakref of an object")
def _weakref_object(scene: Scene) -> Iterator[None]:
    yield
    for thing in scene.objects:
        try:
            scene.keep.append(weakref.ref(thing, lambda ref: scene.fire()))
        except TypeError:
            return


@hook("weakref of a row")
def _weakref_row(scene: Scene) -> Iterator[None]:
    yield
    if scene.row is not None:
        try:
            scene.keep.append(weakref.ref(scene.row, lambda ref: scene.fire()))
        except TypeError:
            return


@hook("weakref of the pool")
def _weakref_pool(scene: Scene) -> Iterator[None]:
    yield
    if scene.pool is not None:
        scene.keep.append(weakref.ref(scene.pool, lambda ref: scene.fire()))


@hook("weakref of the class")
def _weakref_class(scene: Scene) -> Iterator[None]:
    yield
    scene.keep.append(weakref.ref(scene.cls, lambda ref: scene.fire()))


@hook("buffer")
def _buffer(scene: Scene) -> Iterator[None]:
    yield

    class Evil:
        def __buffer__(self, flags: int) -> memoryview:
            scene.fire()
            return memoryview(b"\1\0\1\0\1\0\0\1")

        def __release_buffer__(self, view: memoryview) -> None:
            scene.fire()

        def __iter__(self) -> Any:
            return iter((1, 0, 1, 0, 1, 0, 0, 1))

    scene.evil = Evil()


# ---- subclasses of Python's own values ----


def subclass_of(host: Any, name: str, value: Any) -> Hook:
    def prepare(scene: Scene) -> Iterator[None]:
        yield
        original = getattr(host, name)

        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            scene.fire()
            return original(self, *args, **kwargs)

        space: dict[str, Any] = {name: method}
        if name == "__eq__" and host.__hash__ is not None:
            space["__hash__"] = host.__hash__
        kind = type(host)(f"Evil_{host.__name__}", (host,), space)
        content = value(scene) if callable(value) else value
        scene.evil, scene.twin = kind(content), kind(content)

    return prepare


for name_ in (
    "__eq__",
    "__hash__",
    "__repr__",
    "__str__",
    "__len__",
    "__lt__",
    "encode",
    "__getitem__",
    "__reduce_ex__",
):
    HOOKS[f"str {name_}"] = subclass_of(str, name_, TEXT)
for name_ in (
    "__index__",
    "__int__",
    "__eq__",
    "__hash__",
    "__repr__",
    "__lt__",
    "__bool__",
    "__float__",
    "__reduce_ex__",
):
    HOOKS[f"int {name_}"] = subclass_of(int, name_, INDEX)
for name_ in ("__float__", "__eq__", "__hash__", "__repr__"):
    HOOKS[f"float {name_}"] = subclass_of(float, name_, REAL)
for name_ in ("__eq__", "__hash__", "__repr__", "__len__"):
    HOOKS[f"bytes {name_}"] = subclass_of(bytes, name_, TEXT.encode())
for name_ in ("__eq__", "__hash__", "__repr__", "__iter__", "__len__", "__getitem__"):
    HOOKS[f"tuple {name_}"] = subclass_of(tuple, name_, rows_of)
for name_ in ("__eq__", "__repr__", "__iter__", "__len__", "__getitem__"):
    HOOKS[f"list {name_}"] = subclass_of(list, name_, rows_of)


def one_row(scene: Scene) -> dict[str, Any]:
    return {name: scene.value(name) for name in scene.names}


for name_ in (
    "__eq__",
    "__repr__",
    "__iter__",
    "__len__",
    "__getitem__",
    "keys",
    "items",
    "__contains__",
):
    HOOKS[f"dict {name_}"] = subclass_of(dict, name_, one_row)


@hook("dict __missing__")
def _missing(scene: Scene) -> Iterator[None]:
    yield

    class Evil(dict):  # type: ignore[type-arg]
        def __missing__(self, key: Any) -> Any:
            scene.fire()
            raise KeyError(key)

    scene.evil = Evil(nothing=1)


@hook("tzinfo")
def _tzinfo(scene: Scene) -> Iterator[None]:
    yield

    class Zone(dt.tzinfo):
        def utcoffset(self, when: dt.datetime | None) -> dt.timedelta:
            scene.fire()
            return dt.timedelta(0)

        def tzname(self, when: dt.datetime | None) -> str:
            scene.fire()
            return "Z"

        def dst(self, when: dt.datetime | None) -> dt.timedelta:
            scene.fire()
            return dt.timedelta(0)

    scene.evil = dt.datetime(2024, 2, 29, 12, tzinfo=Zone())


@hook("date __eq__")
def _date(scene: Scene) -> Iterator[None]:
    yield

    class Evil(dt.datetime):
        def __eq__(self, other: object) -> bool:
            scene.fire()
            return dt.datetime.__eq__(self, other)

        def __repr__(self) -> str:
            scene.fire()
            return "<evil>"

        def utcoffset(self) -> Any:
            scene.fire()
            return None

        __hash__ = dt.datetime.__hash__

    scene.evil = Evil(2024, 2, 29, 12)


# ---- enumerations: classes of the scene's own ----


def fresh_enum(name: str) -> Hook:
    def prepare(scene: Scene) -> Iterator[None]:
        class Color(enum.Enum):
            RED = 1
            BLUE = 2

        kind = scene.kinds.get("e")
        if kind is not None:
            scene.kinds["e"] = (Color, Color.RED, Color.BLUE, (enum.Enum,))
        yield
        if name == "_missing_":
            setattr(Color, name, classmethod(lambda cls, value: scene.fire()))
            scene.evil = 3
            return
        if name in ("name", "value"):
            private = f"_{name}_"

            def get(self: Any) -> Any:
                scene.fire()
                return self.__dict__[private]

            setattr(Color, name, property(get))
        else:
            original = getattr(Color, name)

            def method(self: Any, *args: Any) -> Any:
                scene.fire()
                return original(self, *args)

            setattr(Color, name, method)
        scene.evil = Color.BLUE

    return prepare


for name_ in ("_missing_", "name", "value", "__eq__", "__hash__", "__repr__", "__reduce_ex__"):
    HOOKS[f"enum {name_}"] = fresh_enum(name_)


def fresh_flag(name: str) -> Hook:
    def prepare(scene: Scene) -> Iterator[None]:
        class Access(enum.Flag):
            READ = 1
            WRITE = 2
            RUN = 4

        original = getattr(Access, name)
        if name == "_missing_":

            def missing(cls: Any, value: Any) -> Any:
                scene.fire()
                return original.__func__(cls, value)

            Access._missing_ = classmethod(missing)  # type: ignore[assignment, method-assign]
        kind = scene.kinds.get("g")
        if kind is not None:
            scene.kinds["g"] = (Access, Access.READ, Access.WRITE, (enum.Flag,))
        yield
        if name == "_missing_":
            composed = Access.READ | Access.WRITE
            scene.evil = composed
            for thing in scene.objects:
                if "g" in scene.names and not scene.family.frozen:
                    thing.g = composed
            Access._value2member_map_.pop(3, None)  # so that reading has to ask again
            return

        def method(self: Any, *args: Any) -> Any:
            scene.fire()
            return original(self, *args)

        setattr(Access, name, method)
        scene.evil = Access.WRITE

    return prepare


for name_ in ("_missing_", "__eq__", "__hash__", "__repr__", "__or__"):
    HOOKS[f"flag {name_}"] = fresh_flag(name_)


@hook("flag value")
def _flag_value(scene: Scene) -> Iterator[None]:
    class Access(enum.Flag):
        READ = 1
        WRITE = 2

    if "g" in scene.kinds:
        scene.kinds["g"] = (Access, Access.READ, Access.WRITE, (enum.Flag,))
    yield

    def get(self: Any) -> Any:
        scene.fire()
        return self.__dict__["_value_"]

    for name in ("value", "name"):
        setattr(Access, name, property(get))
    scene.evil = Access.WRITE
