"""Every public operation on objects and classes, by family.

An operation is a function of the scene. It takes what it works with from there, and keeps no
reference of its own beside what the call itself holds, so that an act can drop the last one.
"""

from __future__ import annotations

import copy
import gc
import io
import pickle
import sys
from collections.abc import Callable
from typing import Any

from cslots import (
    Pool,
    Struct,
    _core,
    asdict,
    astuple,
    categories,
    dataclass,
    field,
    fields,
    force_setattr,
    int32,
    is_dataclass,
    is_struct,
    layout,
    make_dataclass,
    replace,
    utf8,
)

from scene import FAMILIES, FIELDS, MODULE, Scene

Operation = Callable[[Scene], Any]


class Entry:
    def __init__(self, run: Operation, family: str, pool: bool, more: bool, steps: bool) -> None:
        self.run = run
        self.family = FAMILIES[family]
        self.pool = pool  # the scene has a pool
        self.steps = steps  # an error may leave it half done, as several statements would
        self.more = more  # left out of the usual run: the operation is in it with other families


OPERATIONS: dict[str, Entry] = {}
ALL = tuple(FAMILIES)
WRITTEN = ("struct", "dataclass", "bases", "own-init", "untyped")


STEPS = ("__init__", "_core.fill", "computed attribute", "value replaced", "dies in a cycle")


def add(
    name: str,
    run: Operation,
    families: tuple[str, ...] = ALL,
    needs: str = "",
    pool: bool = False,
    steps: bool = False,
) -> None:
    """In the usual run an operation meets three families: the first, and two that change."""
    families = tuple(fam for fam in families if not needs or needs in FAMILIES[fam].fields)
    turn = len(OPERATIONS)
    usual = {
        families[0],
        families[turn % len(families)],
        families[(turn // 7) % len(families)],
    }
    steps = steps or name.startswith(STEPS)
    for family in families:
        OPERATIONS[f"{family}: {name}"] = Entry(run, family, pool, family not in usual, steps)


# ---- one field ----


def on_fields(
    name: str,
    make: Callable[[str], Operation],
    families: tuple[str, ...] = ("struct", "dataclass"),
) -> None:
    for key in FIELDS:
        add(f"{name} {key}", make(key), families, key)


def positional(key: str) -> Operation:
    def run(scene: Scene) -> Any:
        before = scene.names[: scene.names.index(key)]
        return scene.cls(*[scene.value(name) for name in before], scene.given)

    return run


on_fields("write", lambda key: lambda scene: setattr(scene.a, key, scene.given), WRITTEN)
on_fields("read", lambda key: lambda scene: getattr(scene.a, key), (*WRITTEN, "untracked", "dict"))
on_fields("delete", lambda key: lambda scene: delattr(scene.a, key))
on_fields(
    "force_setattr",
    lambda key: lambda scene: force_setattr(scene.a, key, scene.given),
    ("frozen", "untracked"),
)
on_fields(
    "construct by keyword",
    lambda key: lambda scene: scene.cls(**{key: scene.given}),
    ("struct", "dataclass", "own-init"),
)
on_fields(
    "construct by position",
    positional,
    ("struct", "dataclass", "frozen", "untracked", "bases", "decorated"),
)
on_fields(
    "replace",
    lambda key: lambda scene: replace(scene.a, **{key: scene.given}),
    ("struct", "frozen", "decorated"),
)
on_fields("__init__", lambda key: lambda scene: scene.a.__init__(**{key: scene.given}))
on_fields(
    "descriptor.__set__",
    lambda key: lambda scene: scene.base.__dict__[key].__set__(scene.a, scene.given),
    ("dict",),
)
on_fields(
    "descriptor.__get__",
    lambda key: lambda scene: scene.base.__dict__[key].__get__(scene.a),
    ("dict",),
)
on_fields(
    "_core.fill",
    lambda key: lambda scene: _core.fill(scene.a, ({key: scene.given}, None)),
    ("struct",),
)
on_fields(
    "default of a class",
    lambda key: lambda scene: derive(scene, {key: FIELDS[key][0]}, {key: scene.given}),
    ("struct", "decorated"),
)
on_fields(
    "default of a dataclass",
    lambda key: (
        lambda scene: dataclass(
            type("D", (), {"__annotations__": {"v": FIELDS[key][0]}, "v": scene.given})
        )
    ),
    ("dataclass",),
)


# ---- whole objects ----


def derive(scene: Scene, annotations: dict[str, Any], values: dict[str, Any], *bases: type) -> Any:
    space = {"__module__": MODULE.__name__, "__annotations__": annotations, **values}
    return type(scene.cls)("Derived", (scene.cls, *bases), space)


def dumps(scene: Scene, thing: Any, protocol: int) -> bytes:
    target = io.BytesIO()
    space = {
        name: scene.tools[name]
        for name in ("persistent_id", "reducer_override")
        if name in scene.tools
    }
    type("Pickler", (pickle.Pickler,), space)(target, protocol).dump(thing)
    return target.getvalue()


def loads(scene: Scene, data: bytes) -> Any:
    space = {"find_class": scene.tools["find_class"]} if "find_class" in scene.tools else {}
    return type("Unpickler", (pickle.Unpickler,), space)(io.BytesIO(data)).load()


def round_trip(protocol: int) -> Operation:
    return lambda scene: loads(scene, dumps(scene, scene.a, protocol))


def matched(scene: Scene) -> Any:
    match scene.a:
        case scene.cls(x):
            return ["positional", x]
        case _:
            return "no match"


def dies(scene: Scene) -> None:
    scene.evil = None
    scene.objects.clear()


def cycle_dies(scene: Scene) -> None:
    scene.evil = None
    for thing in scene.objects:
        force_setattr(thing, "o", [thing, getattr(thing, "o", None)])
    thing = None
    scene.objects.clear()
    gc.collect()


def replaced(scene: Scene) -> None:
    """The old value dies by an assignment."""
    scene.evil = None
    for name in ("o", "s", "i", "t"):
        if name in scene.names:
            force_setattr(scene.a, name, scene.other(name))
            if not scene.family.frozen:
                delattr(scene.a, name)


def nested(scene: Scene) -> Any:
    class Holder(Struct):
        one: object
        two: object

    return Holder(scene.a, [scene.b]), Holder(scene.b, [scene.a])


def ordered(scene: Scene) -> Any:
    return [scene.a < scene.b, scene.a <= scene.b, scene.a > scene.b, scene.a >= scene.b]


def both(scene: Scene, compare: Callable[[Any, Any], Any]) -> Any:
    one, two = nested(scene)
    return compare(one, two)


def attributes(scene: Scene) -> Any:
    return [
        getattr(scene.a, name, None)
        for name in ("nothing", "computed", "__doc__", "__dict__", "__weakref__")
    ]


def computed(scene: Scene) -> Any:
    found = [scene.a.computed, scene.a.computed]
    scene.a.computed = 5
    del scene.a.computed
    return found


def unknown(scene: Scene) -> Any:
    return scene.a.no_such_field


def class_changes(scene: Scene) -> Any:
    scene.a.__class__ = scene.base
    scene.a.__class__ = scene.cls
    return scene.a


def decorated(scene: Scene) -> Any:
    plain = type(
        "D",
        (scene.mixin,),
        {"__annotations__": {"x": int32, "y": object}, "x": 1, "y": (), "computed": scene.given},
    )
    return dataclass(plain)()


def decorated_subclass(scene: Scene) -> Any:
    return dataclass(derive(scene, {"z": int32}, {"z": 3, "computed": scene.given}))()


def class_statement(scene: Scene) -> Any:
    class Derived(scene.cls):  # type: ignore[misc, name-defined]
        z: int32 = 3

    return Derived()


def class_dies(scene: Scene) -> None:
    scene.objects.clear()
    scene.drop_class()
    gc.collect()


def two_bases(scene: Scene) -> Any:
    class Other(Struct):
        other: int32 = 1
        text: utf8 = "x"

    return derive(scene, {"z": int32}, {"z": 3, "computed": scene.given}, Other)()


def class_attribute(scene: Scene) -> Any:
    scene.cls.note = scene.given
    found = scene.cls.note
    del scene.cls.note
    return found


def class_reads(scene: Scene) -> Any:
    return [
        getattr(scene.cls, name, None)
        for name in (
            "o",
            "i",
            "__match_args__",
            "__signature__",
            "__dataclass_fields__",
            "nothing",
        )
    ]


def checks(scene: Scene) -> Any:
    return [
        isinstance(scene.a, scene.base),
        isinstance(5, scene.cls),
        issubclass(scene.cls, scene.base),
        isinstance(scene.evil, scene.cls),
    ]


def contained(scene: Scene) -> Any:
    return [
        scene.a in [scene.b],
        [scene.a].index(scene.a),
        {1: scene.a} == {1: scene.b},
        (scene.a,) == (scene.b,),
    ]


def hashed(scene: Scene) -> Any:
    return [len({scene.a, scene.b}), {scene.a: 1}.get(scene.b)]


def sorts(scene: Scene) -> Any:
    return len(sorted([scene.a, scene.b, scene.a]))


class Empty(Struct):
    pass


@dataclass
class EmptyDataclass:
    pass


EMPTY = (Empty, EmptyDataclass)


def use_plainly(thing: Any) -> list[str]:
    """What an object says that is no Struct of ours, or nearly."""
    said = []
    for use in (repr, hash, copy.copy, sys.getsizeof, lambda x: x.nothing, lambda x: x == x):
        try:
            use(thing)
        except (TypeError, AttributeError) as error:
            said.append(type(error).__name__)
    return said


def behind(scene: Scene, base: type) -> Any:
    made = type("X", (scene.mixin, base), {"computed": scene.given})
    return use_plainly(object.__new__(made))


def led_to(scene: Scene, bases: tuple[type, ...]) -> Any:
    """A plain class gets the base behind the back of its metatype."""
    said = []
    for base in bases:
        plain = type("Plain", (), {"computed": scene.given})
        made = type("X", (plain,), {})
        for change in ((plain, base), (base,)):
            try:
                made.__bases__ = change
            except TypeError as error:
                said.append(type(error).__name__)
        said += use_plainly(object.__new__(made))
    return said


def with_dict(scene: Scene) -> Any:
    scene.a.extra = scene.given
    return [
        copy.copy(scene.a).__dict__,
        copy.deepcopy(scene.a).__dict__,
        len(dumps(scene, scene.a, 4)),
    ]


def forward(scene: Scene) -> Any:
    """A field whose class is looked for at the first store."""
    found = type(Struct)(
        "Forward",
        (Struct,),
        {"__module__": MODULE.__name__, "__annotations__": {"next": "Later | None"}, "next": None},
    )
    MODULE.Later = scene.cls  # type: ignore[attr-defined]
    thing = found(scene.a)
    thing.next = scene.b
    thing.next = scene.given
    return thing


def deep(scene: Scene) -> Any:
    memo = scene.tools["memo"]() if "memo" in scene.tools else {}
    return copy.deepcopy(scene.a, memo)


def loader(scene: Scene) -> Any:
    make, *rest = scene.a.__reduce_ex__(4)
    thing = make(*rest[0])
    if len(rest) > 1 and rest[1] is not None:
        thing.__setstate__(rest[1])
    return thing


def lists(scene: Scene) -> Any:
    """Values that hold values: what asdict and the like go through."""
    force_setattr(
        scene.a,
        "o",
        [scene.b, {"k": scene.evil}, (scene.evil, [scene.evil]), {scene.b.__class__: scene.evil}],
    )
    return [
        asdict(scene.a),
        astuple(scene.a),
        copy.deepcopy(scene.a),
        len(dumps(scene, scene.a, 4)),
    ]


add("construct", lambda scene: scene.cls())
add(
    "construct, many by keyword",
    lambda scene: [
        scene.cls(**{name: scene.value(name) for name in scene.names}) for _ in range(3)
    ],
)
add("construct, a keyword that is the payload", lambda scene: scene.cls(**{scene.given: 1}))
add("construct, too many", lambda scene: scene.cls(*[scene.given] * 30))
add("__new__", lambda scene: scene.cls.__new__(scene.cls))
add(
    "object.__new__",
    lambda scene: object.__new__(scene.cls),
    ("dataclass", "decorated", "untyped"),
)
add("==", lambda scene: [scene.a == scene.b, scene.a != scene.b])
add("== with the payload", lambda scene: [scene.a == scene.given, scene.given == scene.a])
add("<", ordered)
add("hash", lambda scene: hash(scene.a))
add("repr", lambda scene: repr(scene.a))
add("str, format", lambda scene: [str(scene.a), f"{scene.a}"])
add("copy", lambda scene: copy.copy(scene.a))
add("deepcopy", deep)
for protocol_ in range(pickle.HIGHEST_PROTOCOL + 1):
    add(
        f"pickle {protocol_}",
        round_trip(protocol_),
        ALL if protocol_ in (2, 4) else ("struct", "dataclass"),
    )
add(
    "pickle of two that share",
    lambda scene: loads(scene, dumps(scene, [scene.a, scene.b, scene.a], 5)),
)
add("Loader", loader)
add("__reduce_ex__", lambda scene: len(scene.a.__reduce_ex__(2)))
add("replace", lambda scene: replace(scene.a))
add("replace, a name that is the payload", lambda scene: replace(scene.a, **{scene.given: 1}))
add("__replace__", lambda scene: scene.a.__replace__(**{scene.names[0]: scene.given}))
add("asdict", lambda scene: asdict(scene.a))
add("asdict with a factory", lambda scene: asdict(scene.a, dict_factory=scene.given))
add("astuple", lambda scene: astuple(scene.a))
add("astuple with a factory", lambda scene: astuple(scene.a, tuple_factory=scene.given))
add("_core.values", lambda scene: _core.values(scene.a))
add("fields, layout", lambda scene: [len(fields(scene.cls)), str(layout(scene.cls))])
add(
    "fields of the payload",
    lambda scene: [is_struct(scene.given), is_dataclass(scene.given), fields(scene.given)],
)
add("categories", lambda scene: categories(scene.cls, "c"), needs="c")
add("match", matched)
add("isinstance, issubclass", checks)
add("attributes", attributes)
add("computed attribute", computed)
add("unknown attribute", unknown)
add("an attribute that is the payload", lambda scene: getattr(scene.a, scene.given))
add("write an attribute that is the payload", lambda scene: setattr(scene.a, scene.given, 1))
add("delete an attribute that is the payload", lambda scene: delattr(scene.a, scene.given))
add("unknown attribute written", lambda scene: setattr(scene.a, "no_such_field", scene.given))
add("__class__", class_changes)
add("__class__ that is the payload", lambda scene: setattr(scene.a, "__class__", scene.given))
add("dir, getsizeof", lambda scene: [len(dir(scene.a)), sys.getsizeof(scene.a)])
add("dies", dies)
add("dies in a cycle", cycle_dies, needs="o")
add("value replaced", replaced)
add("in containers", contained)
add("in sets and dicts", hashed)
add("sorted", sorts)
add("nested ==", lambda scene: both(scene, lambda one, two: one == two))
add("nested repr", lambda scene: repr(nested(scene)))
add("nested values", lists, needs="o")
add(
    "class statement",
    lambda scene: derive(scene, {"z": int32}, {"z": 3, "computed": scene.given})(),
)
add("class statement, in Python", class_statement)
add("the class dies", class_dies)
add("class statement, two bases", two_bases)
add(
    "class statement, a factory",
    lambda scene: derive(scene, {"z": object}, {"z": field(default_factory=scene.given)})(),
)
add(
    "class statement, keywords",
    lambda scene: type(scene.cls)("D", (scene.cls,), {}, keyword=scene.given, frozen=scene.given),
)
add("class statement, an annotation", lambda scene: derive(scene, {"z": scene.given}, {"z": 1}))
add("class statement, __slots__", lambda scene: derive(scene, {}, {"__slots__": scene.given}))
add(
    "class statement, the namespace", lambda scene: type(scene.cls)("D", (scene.cls,), scene.given)
)
add("class statement, a base", lambda scene: type(scene.cls)("D", (scene.cls, scene.given), {}))
add("decorator", decorated)
add("decorator on a subclass", decorated_subclass)
add("decorator, the payload", lambda scene: dataclass(scene.given))
add(
    "decorator, options",
    lambda scene: dataclass(type("D", (), {}), frozen=scene.given, order=scene.given),
)
add("make_dataclass", lambda scene: make_dataclass("D", scene.given)())
add("make_dataclass, a default", lambda scene: make_dataclass("D", [("x", int32, scene.given)])())
add("Struct's base as a base", lambda scene: behind(scene, Struct.__base__))
add("a field-less Struct as a new base", lambda scene: led_to(scene, EMPTY))
add("class attribute", class_attribute)
add("class attributes read", class_reads)
add("forward reference", forward)
add("with a __dict__", with_dict, ("dict",))
add(
    "into a field of an untracked class",
    lambda scene: setattr(holder(scene), "k", scene.given),
    ("struct", "untracked"),
)
add("Pool of the class", lambda scene: Pool(scene.cls, [scene.a, scene.b]))


def holder(scene: Scene) -> Any:
    annotations = {"k": scene.base | None}
    return type(Struct)(
        "Holder",
        (Struct,),
        {"__module__": MODULE.__name__, "__annotations__": annotations, "k": None},
    )()
