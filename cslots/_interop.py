"""What a cslots dataclass shows to libraries that know dataclasses: `__dataclass_fields__`, `__dataclass_params__`, `__doc__`.

They are made when somebody first asks, since making them imports dataclasses. Each class gets one of the three objects below
into its dict, which puts the real thing in its own place.
"""

from __future__ import annotations

from . import _core
from ._field import MISSING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ._field import Field
    from ._plan import Plan

__all__ = ["DOC", "FIELDS", "PARAMS", "get_state", "methods_by_attribute", "set_state"]


class _Later:
    """An attribute of a class that is made at the first look."""

    __slots__ = ("make", "name")

    def __init__(self, name: str, make: Callable[[type], Any]) -> None:
        self.name = name
        self.make = make

    def __get__(self, obj: object, owner: type | None = None) -> Any:
        for cls in (owner or type(obj)).__mro__:
            if cls.__dict__.get(self.name) is self:
                value = self.make(cls)
                setattr(cls, self.name, value)
                return value
        raise AttributeError(self.name)

    def __repr__(self) -> str:
        return f"<{self.name}, made at the first look>"


def _fields_of(cls: type) -> dict[str, Any]:
    """name -> dataclasses.Field, ClassVars and InitVars included, as dataclasses keeps it."""
    import dataclasses

    found: dict[str, Any] = {}
    for base in cls.__mro__[-1:0:-1]:
        # Not asked of its own dict: a class that nobody decorated stands for its base, in the order of the classes.
        found.update(getattr(base, "__dataclass_fields__", {}))
    for field in _core.plan_of(cls).declared:
        found[field.name] = _foreign_field(field, dataclasses)
    return found


def _foreign_field(field: Field, dataclasses: Any) -> Any:
    made = field.source
    if made is None:
        theirs = dataclasses.MISSING
        made = dataclasses.field(
            default=theirs if field.default is MISSING else field.default,
            default_factory=theirs if field.default_factory is MISSING else field.default_factory,
            init=field.init,
            repr=field.repr,
            hash=field.hash,
            compare=field.compare,
            metadata=field.metadata or None,
            kw_only=field.kw_only,
        )
    role = {"classvar": "_FIELD_CLASSVAR", "initvar": "_FIELD_INITVAR"}.get(field.kind, "_FIELD")
    made.name = field.name
    made.type = field.type
    made.kw_only = dataclasses.MISSING if field.kw_only is MISSING or role == "_FIELD_CLASSVAR" else field.kw_only
    made._field_type = getattr(dataclasses, role)
    return made


def _params_of(cls: type) -> Any:
    """The parameters of the decorator, in the class that dataclasses has for them."""
    from dataclasses import _DataclassParams  # type: ignore[attr-defined]

    given = dict(_core.plan_of(cls).params)
    given["slots"] = True
    given["weakref_slot"] = given["weakref_slot"] or given["weakref"]
    return _DataclassParams(**{name: given[name] for name in _DataclassParams.__slots__})


def _doc_of(cls: type) -> str:
    import inspect

    try:
        text = str(inspect.signature(cls)).replace(" -> None", "")
    except (TypeError, ValueError, NameError):
        text = ""
    return cls.__name__ + text


FIELDS = _Later("__dataclass_fields__", _fields_of)
PARAMS = _Later("__dataclass_params__", _params_of)
DOC = _Later("__doc__", _doc_of)


def methods_by_attribute(fields: Iterable[Field], wanted: Iterable[str]) -> dict[str, Any]:
    """Methods that look at attributes, for a class in which a descriptor keeps the value of some field."""
    from reprlib import recursive_repr

    fields = list(fields)
    shown = [field.name for field in fields if field.repr]
    compared = [field.name for field in fields if field.compare]
    hashed = [field.name for field in fields if (field.compare if field.hash is None else field.hash)]

    def values(self: Any, names: Iterable[str]) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in names])

    @recursive_repr()
    def __repr__(self: Any) -> str:  # noqa: N807
        said = ", ".join([f"{name}={getattr(self, name)!r}" for name in shown])
        return f"{type(self).__qualname__}({said})"

    def __eq__(self: Any, other: Any) -> Any:  # noqa: N807
        return values(self, compared) == values(other, compared) if type(self) is type(other) else NotImplemented

    def __lt__(self: Any, other: Any) -> Any:  # noqa: N807
        return values(self, compared) < values(other, compared) if type(self) is type(other) else NotImplemented

    def __le__(self: Any, other: Any) -> Any:  # noqa: N807
        return values(self, compared) <= values(other, compared) if type(self) is type(other) else NotImplemented

    def __gt__(self: Any, other: Any) -> Any:  # noqa: N807
        return values(self, compared) > values(other, compared) if type(self) is type(other) else NotImplemented

    def __ge__(self: Any, other: Any) -> Any:  # noqa: N807
        return values(self, compared) >= values(other, compared) if type(self) is type(other) else NotImplemented

    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(values(self, hashed))

    methods = (__repr__, __eq__, __lt__, __le__, __gt__, __ge__, __hash__)
    return {method.__name__: method for method in methods if method.__name__ in wanted}


def range_error() -> type[Exception] | None:
    """RangeError for a program that has loaded msgspec: one that is a ValidationError as well. None if that cannot be."""
    import msgspec

    return type(
        "RangeError",
        (_core.RangeError, msgspec.ValidationError),
        {"__module__": "cslots", "__doc__": _core.RangeError.__doc__, "__reduce__": lambda self: (_core.RangeError, self.args)},
    )


def get_state(obj: Any) -> list[Any]:
    """The values of the fields: what dataclasses gives pickle for an object of a frozen class with slots."""
    return [getattr(obj, field.name) for field in _core.plan_of(type(obj)).fields if field.kind != "initvar" and not field.hidden]


def set_state(obj: Any, state: Any) -> None:
    """Take over what `__getstate__` gives, or a pickle of what the class was before: a plain class, one with slots, a dataclass.

    A state is a dict, a pair of dicts (that of the `__dict__`, that of the slots), or a list of values.
    """
    cls = type(obj)
    plan = _core.plan_of(cls)
    stored = [field for field in plan.fields if field.kind != "initvar" and not field.hidden]
    if isinstance(state, list):
        if len(state) > len(stored):
            raise TypeError(f"{cls.__name__} has {len(stored)} fields; the pickle has {len(state)} values (a __setstate__ can take them)")
        state = dict(zip([field.name for field in stored], state, strict=False))
    missing = {field.name: field for field in stored if field.kind != "descriptor"}
    parts = state if isinstance(state, tuple) and len(state) == 2 else (state,)
    for part in parts:
        if part is None:
            continue
        if not isinstance(part, dict):
            raise TypeError(f"{cls.__name__}: expected the state of a class or dataclass, got {type(part).__name__}")
        for name, value in part.items():
            if name in missing:
                _core.force_setattr(obj, name, value)
                del missing[name]
            else:
                _set_other(obj, plan, name, value)
    for name, field in missing.items():  # one that the class got after the pickle was made
        if field.default is not MISSING:
            _core.force_setattr(obj, name, field.default)
        elif field.default_factory is not MISSING:
            _core.force_setattr(obj, name, field.default_factory())


def _set_other(obj: Any, plan: Plan, name: str, value: Any) -> None:
    """What is no field of the constructor: a hidden one, a slot of a base, something in the `__dict__`."""
    try:
        if plan.style != "struct":
            object.__setattr__(obj, name, value)
        elif any(field.name == name and field.kind != "initvar" for field in plan.fields):
            _core.force_setattr(obj, name, value)
        else:
            obj.__dict__[name] = value
    except AttributeError as error:
        raise TypeError(
            f"{type(obj).__name__} has no field {name!r} any more; the pickle has a value for it (a __setstate__ can take it)"
        ) from error
