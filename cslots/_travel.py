"""Classes that travel by value.

They are the classes of a script, a notebook or a function: another process cannot import them.
cloudpickle (joblib, Dask and Ray use it) takes such a class apart twice: into what makes an empty
class, its metatype, name and bases; and into the values of its dict, which are assigned afterwards,
since they may refer to the class. A class of cslots must know its fields when it is made. So two
more things stand in the dict of each class that may travel:

    __orig_bases__     its bases and a Carrier. The Carrier stands for no base, and pickles as what
                       decides the layout: fields, kinds, options, which methods there are, the
                       strings of category tables
    __cslots_late__    a Late, which pickles as the rest: functions that make defaults, classes
                       that came later, annotations

    Carrier ---> StructMeta.__new__ ---> rebuilt(...)      makes the class; each method and
                                                           function has a stand-in
    Late    ---> completed(...)                            puts the functions in; cloudpickle
                                                           assigns the methods

A class is pickled again from what it is, not from what it was made of.
"""

from __future__ import annotations

import copyreg
import sys
from types import FunctionType, MemberDescriptorType

from . import _core
from ._field import MISSING, SELF, Field
from ._kinds import Either, Meaning, Placeholder
from ._plan.deferred import resolve_deferred
from ._plan.plan import OPTIONS, is_parent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._plan.plan import Plan

__all__ = ["Carrier", "Late", "completed", "rebuilt", "registry", "travelling"]

_MAIN = ("__main__", "__mp_main__")
_SAID = ("init", "repr", "hash", "compare", "kw_only")


class Carrier:
    """The last of `__orig_bases__`."""

    __slots__ = ("body", "late")

    def __init__(self, body: dict[str, Any] | None = None, late: Late | None = None) -> None:
        self.body = body
        self.late = late

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[()]:
        return ()

    def __reduce__(self) -> tuple[Any, ...]:
        return Carrier, (self.body if self.late is None else _described(self.late.owner),)

    def __repr__(self) -> str:
        return "<what a copy of the class by value needs>"


class Late:
    """`__cslots_late__`."""

    __slots__ = ("owner",)

    def __init__(self, owner: Any = None) -> None:
        self.owner = owner

    def __set_name__(self, owner: type, name: str) -> None:
        self.owner = owner

    def __reduce__(self) -> tuple[Any, ...]:
        return completed, (self.owner, _rest(self.owner))

    def __repr__(self) -> str:
        return "<what a copy of the class by value gets afterwards>"


class Later:
    """A function, or a class, that a class made by value gets when it exists."""

    __slots__ = ("value",)
    value: Any

    def __call__(self, *args: Any) -> Any:
        return self.value(*args)

    def find_dotted(self, expression: str) -> Any:
        """As of a Scope: the class that a deferred annotation names."""
        return self.value


def travelling(
    module: Any, qualname: str, bases: tuple[Any, ...], owner: type | None = None
) -> dict[str, Any]:
    """What goes into the dict of a class that cannot be imported; nothing for others."""
    if module not in _MAIN and "<locals>" not in qualname:
        return {}
    copyreg.dispatch_table.setdefault(MemberDescriptorType, _reduced_member)
    dill = sys.modules.get("dill")
    if dill is not None and _core.StructMeta not in dill.Pickler.dispatch:
        for meta in (_core.StructMeta, _core.DataclassMeta):
            dill.Pickler.dispatch[meta] = _save_for_dill
    late = Late(owner)
    # A class made anew from the dict of another has that one's.
    kept = [base for base in bases if base.__class__ is not Carrier]
    return {"__orig_bases__": (*kept, Carrier(None, late)), "__cslots_late__": late}


def _save_for_dill(pickler: Any, cls: Any) -> None:
    """dill would hand the whole dict of a class to its metatype.

    The values may refer to the class, which is not there yet.
    """
    import dill

    if "__cslots_late__" not in vars(cls) or dill._dill._locate_function(cls, pickler):
        dill._dill.save_type(pickler, cls)
        return
    skipped = {
        "__weakref__",
        "__dict__",
        "_abc_impl",
        "__annotate_func__",
        *[field.name for field in _core.plan_of(cls).fields],
    }
    state = {
        name: value
        for name, value in vars(cls).items()
        if name not in skipped and not _core.is_generated(value)
    }
    parts = (type(cls), cls.__name__, cls.__orig_bases__, cls.__module__)
    pickler.save_reduce(_made, parts, state, None, None, _assigned, obj=cls)


def _made(meta: Any, name: str, bases: tuple[Any, ...], module: str) -> type:
    from types import new_class

    return new_class(name, bases, {"metaclass": meta}, lambda made: made.update(__module__=module))


def _assigned(cls: type, state: dict[str, Any]) -> None:
    for name, value in state.items():
        setattr(cls, name, value)


def registry() -> Any:
    """What `_abc_impl` is of an ABC without registered classes.

    cloudpickle asks for it of every class that has such a metatype.
    """
    from abc import ABCMeta

    return ABCMeta("Empty", (), {})._abc_impl  # type: ignore[attr-defined]


def descriptor_of(cls: type, name: str) -> Any:
    """The descriptor of a field: what the dict of `cls` has, which is not what `cls.name` is."""
    return vars(cls)[name]


def _reduced_member(descriptor: MemberDescriptorType) -> tuple[Any, ...]:
    """As Python pickles it, but where `cls.name` may be the default of the field."""
    owner, name = descriptor.__objclass__, descriptor.__name__
    return (descriptor_of if _core.is_struct_class(owner) else getattr), (owner, name)


# --- taking apart --------------------------------------------------------------------------------


def _own_fields(plan: Plan) -> list[Field]:
    if plan.style == "dataclass":
        return [field for field in plan.declared if field.kind != "classvar"]
    return (
        [field for field in plan.fields if field.name in plan.own_fields]
        if plan.style == "struct"
        else []
    )


def _own_hidden(plan: Plan) -> list[Field]:
    return (
        [field for field in plan.fields if field.hidden and field.owner == plan.name]
        if plan.style != "struct"
        else []
    )


def _described(cls: type) -> dict[str, Any]:
    """All that decides the layout of `cls` and what its objects do; it does not refer to `cls`."""
    plan = _core.plan_of(cls)
    options: dict[str, Any]
    if plan.style == "dataclass":
        options = dict(plan.params)
    elif plan.style == "struct":
        parents = [base for base in cls.__bases__ if is_parent(base)]
        first = _core.plan_of(parents[0]) if parents else None
        inherited = {
            option: default if first is None or option == "kw_only" else getattr(first, option)
            for option, default in OPTIONS.items()
        }
        options = {
            option: getattr(plan, option)
            for option in OPTIONS
            if getattr(plan, option) is not inherited[option]
        }
        options.update(plan.keywords)
    else:
        options = dict(plan.keywords)
    given = [
        name
        for name, value in vars(cls).items()
        if isinstance(value, (FunctionType, staticmethod, classmethod, property))
    ]
    hidden = _own_hidden(plan)
    return {
        "style": plan.style,
        "qualname": cls.__qualname__,
        "options": options,
        "fields": [_described_field(cls, field) for field in _own_fields(plan)],
        "cached": [field.name for field in hidden if field.cached is not None],
        "slots": [field.name for field in hidden if field.cached is None],
        "raw": plan.raw
        if plan.style == "subclass"
        else {key: value for key, value in plan.raw.items() if key != "__slots__"},
        "given": given,
        "covered": [
            field.name
            for field in plan.fields
            if not field.hidden and isinstance(vars(cls).get(field.name), property)
        ],
        "unhashable": vars(cls).get("__hash__", MISSING) is None,
        "doc": cls.__doc__ if isinstance(vars(cls).get("__doc__"), str) else None,
        "categories": {
            field.name: _core.categories(cls, field.name)
            for field in plan.fields
            if field.kind == "category" and field.name in plan.own_fields
        },
    }


def _described_field(cls: type, field: Field) -> dict[str, Any]:
    kind, argument = field.kind, field.argument
    if argument is cls:
        argument = SELF
    elif field.late is not None:
        kind, argument = "deferred", field.late
    elif kind == "deferred":
        argument = argument[0]
    told = {name: getattr(field, name) for name in _SAID}
    told.update(
        name=field.name,
        meaning=(kind, field.nullable, argument, field.enum),
        default=field.default,
        factory=field.default_factory is not MISSING,
        metadata=dict(field.metadata),
        cached=field.cached is not None,
        descriptor=field.given if kind == "descriptor" else MISSING,
    )
    return told


def _rest(cls: type) -> dict[str, Any]:
    """What may refer to the class."""
    plan = _core.plan_of(cls)
    own = _own_fields(plan)
    return {
        "factories": {
            field.name: field.default_factory
            for field in own
            if field.default_factory is not MISSING
        },
        "cached": {
            field.name: field.cached
            for field in (*own, *_own_hidden(plan))
            if field.cached is not None
        },
        "late": {field.name: field.argument for field in own if field.late is not None},
        "types": {
            field.name: repr(field.type)
            if isinstance(field.type, (Placeholder, Either))
            else field.type
            for field in own
        },
    }


# --- making --------------------------------------------------------------------------------------


def _stand_in(*args: Any, **kwargs: Any) -> Any:
    raise TypeError("a method of a class that is being made from a pickle")


def rebuilt(meta: type, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
    """The class that a Carrier describes.

    StructMeta calls it for a namespace whose `__orig_bases__` end in a Carrier.
    """
    *original, carrier = namespace["__orig_bases__"]
    body = carrier.body if carrier.late is None else _described(carrier.late.owner)
    made: type
    inner: dict[str, Any] = {
        "__module__": namespace.get("__module__", "__main__"),
        "__qualname__": body["qualname"],
    }
    annotations: dict[str, Any] = {}
    if tuple(original) != bases:
        inner["__orig_bases__"] = tuple(original)
    for given in body["given"]:
        inner[given] = FunctionType(_stand_in.__code__, {}, given)
    inner.update(dict.fromkeys(body["covered"], property()))  # over fields of a base
    if body["unhashable"] and "__eq__" not in body["given"]:
        inner["__hash__"] = None
    if body["doc"] is not None:
        inner["__doc__"] = body["doc"]
    for told in body["fields"]:
        annotations[told["name"]] = _put_field(inner, told)
    for hidden in body["cached"]:
        inner[hidden] = _cached_later()
    if body["slots"]:
        inner["__slots__"] = tuple(body["slots"])
    inner.update(body["raw"])
    inner["__annotations__"] = annotations
    if body["style"] == "dataclass":
        inner.pop("__hash__" if body["unhashable"] else "", None)
        from types import new_class

        plain = new_class(name, bases, {}, lambda made: made.update(inner))
        made = _core.dataclass(**body["options"])(plain)
    else:
        made = meta(name, bases, inner, **body["options"])
    for field, words in body["categories"].items():
        _core.add_categories(made, field, words)
    carrier.late = made.__dict__.get("__cslots_late__")
    return made


def _put_field(inner: dict[str, Any], told: dict[str, Any]) -> Meaning:
    """Put the default of a field into the namespace; its annotation."""
    kind, nullable, argument, enum = told["meaning"]
    if told["descriptor"] is not MISSING:
        inner[told["name"]] = told["descriptor"]
        return Meaning("object")
    if kind == "deferred":
        argument = (argument, Later())
    if told["cached"]:
        inner[told["name"]] = _cached_later()
    else:
        said = {name: told[name] for name in _SAID}
        factory = Later() if told["factory"] else MISSING
        inner[told["name"]] = Field(
            told["default"], factory, metadata=told["metadata"] or None, **said
        )
    return Meaning(kind, nullable, argument, enum, open=argument is SELF or kind == "deferred")


def _cached_later() -> Any:
    from functools import cached_property

    return cached_property(Later())


def completed(cls: type, rest: dict[str, Any]) -> Late:
    """Put in what may refer to the class; its `__cslots_late__`."""
    plan = _core.plan_of(cls)
    for field in (*_own_fields(plan), *_own_hidden(plan)):
        name = field.name
        if isinstance(field.default_factory, Later) and name in rest["factories"]:
            field.default_factory.value = field.default_factory = rest["factories"][name]
        if isinstance(field.cached, Later) and name in rest["cached"]:
            field.cached.value = field.cached = rest["cached"][name]
        if field.kind == "deferred" and name in rest["late"]:
            field.argument[1].value = rest["late"][name]
            resolve_deferred(cls, field)
        if name in rest["types"]:
            field.type = rest["types"][name]
    late: Late = cls.__dict__["__cslots_late__"]
    return late
