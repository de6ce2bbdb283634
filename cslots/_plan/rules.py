"""Rules that a Struct, a decorated class and a subclass of one share.

Most are about a field and the field of that name in a base: what may follow what, what lies over
what. The others are about storage that is not a field: `__slots__`, `__dict__`, Python's own slots.
"""

from __future__ import annotations

import sys
from types import MemberDescriptorType

from .. import _core
from .._field import MISSING, Field
from .._kinds import TABLE, Meaning, meaning_of
from .cycles import tracking
from .plan import is_parent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from .plan import Namespace, Plan
    from .scope import Scope

__all__ = [
    "HEAP_TYPE",
    "INITVAR",
    "NOT_STORED",
    "OBJECT",
    "PLAIN",
    "POINTERS",
    "brings_dict",
    "check_bases",
    "check_conflict",
    "check_plain_base",
    "check_same_kind",
    "decide_tracking",
    "declarer_of",
    "first_with_dict",
    "from_slots",
    "hidden",
    "in_words",
    "is_cached_property",
    "is_data_descriptor",
    "is_foreign_field",
    "lay_over",
    "mangled",
    "may_follow",
    "out_of_order",
    "stored_by",
    "takes_keywords",
    "understood",
]

HEAP_TYPE = 1 << 9  # of type.__flags__
OBJECT = Meaning("object")
INITVAR = Meaning("initvar")
POINTERS = frozenset(
    {"deferred", *(name for name, row in TABLE.items() if row["family"] == "reference")}
)
NOT_STORED = frozenset({"initvar", "descriptor", "classvar"})
# Defaults of these types need no closer look: neither mutable, nor a method, nor a Field.
PLAIN = frozenset({type(None), bool, int, float, str, bytes, tuple})


def check_plain_base(name: str, base: type) -> None:
    """Refuse a base whose objects have a layout made in C: int, dict, Exception and the like."""
    stored = sum(len(stored_by(cls)) for cls in base.__mro__)
    size = base.__basicsize__ - 8 * (
        stored + (base.__dictoffset__ > 0) + (base.__weakrefoffset__ > 0)
    )
    if size > object.__basicsize__ or base.__itemsize__:
        raise TypeError(
            f"{name}: base {base.__name__} has a layout of its own, which a Struct cannot extend; "
            "keep one in a field"
        )


def stored_by(cls: type) -> list[str]:
    """The names of the attributes that `cls` itself stores in its objects."""
    if "__slots__" not in cls.__dict__:
        return []
    return [key for key, value in cls.__dict__.items() if type(value) is MemberDescriptorType]


def declarer_of(cls: type, field_name: str) -> type:
    for ancestor in cls.__mro__:
        if is_parent(ancestor) and field_name in _core.plan_of(ancestor).own_fields:
            return ancestor
    return cls


def mangled(class_name: str, name: str) -> str:
    """`__x` in class User is `_User__x`.

    The compiler does so with annotations, but it does not see names in strings.
    """
    stripped = class_name.lstrip("_")
    if not name.startswith("__") or name.endswith("__") or not stripped:
        return name
    return f"_{stripped}{name}"


def is_cached_property(value: object) -> bool:
    functools = sys.modules.get("functools")
    return functools is not None and isinstance(value, functools.cached_property)


def is_data_descriptor(value: object) -> bool:
    """True for a property and its like: it goes before the value of a field of a base."""
    return hasattr(type(value), "__set__") or hasattr(type(value), "__delete__")


def lay_over(
    made: Plan, kept: Namespace, inherited: dict[str, Field], own_names: Iterable[str]
) -> None:
    """What the class body says under the names of inherited fields, without an annotation.

    A property and its like stay on the class, and objects find them. Anything else gives way to the
    value of the field, as to an entry of `__dict__`: it is kept beside it, for a field without one.
    A cached property makes the value then.
    """
    for attribute in inherited.keys() & kept.keys():
        field = inherited[attribute]
        if (
            field.kind in ("initvar", "descriptor", "classvar")
            or field.hidden
            or attribute in own_names
        ):
            continue
        if not is_data_descriptor(kept[attribute]):
            made.raw[attribute] = value = kept.pop(attribute)
            if is_cached_property(value):
                inherited[attribute] = field.caching(value.func)


def check_conflict(cls_name: str, one: Field, other: Field) -> None:
    """Two bases that have a field of one name must store it alike."""
    if one is not other and meaning_of_field(one) != meaning_of_field(other):
        raise TypeError(
            f"{cls_name}.{one.name}: is {in_words(other)} in base {other.owner} and "
            f"{in_words(one)} in base {one.owner}; "
            f"bases with a field of one name must store it alike"
        )


def check_same_kind(name: str, field: Field, before: Field) -> None:
    if not may_follow(field, before):
        raise TypeError(
            f"{name}.{field.name}: is {in_words(field)} here and {in_words(before)} in "
            f"{before.owner}; a field keeps its kind"
        )


def may_follow(field: Field, before: Field) -> bool:
    """May a subclass annotate a field of its base so?

    References may become others, and a None may go; everything else keeps its kind.
    """
    if field.kind in POINTERS and before.kind in POINTERS:
        return True
    kind, nullable, *rest = meaning_of_field(field)
    base_kind, base_nullable, *base_rest = meaning_of_field(before)
    return (kind, rest) == (base_kind, base_rest) and nullable <= base_nullable


def meaning_of_field(field: Field) -> tuple[Any, ...]:
    argument = field.argument[0] if field.kind == "deferred" else field.argument
    return field.kind, field.nullable, argument, field.enum


def in_words(field: Field) -> str:
    return str(Meaning(field.kind, field.nullable, field.argument, field.enum))


def check_bases(name: str, fields: dict[str, Field], field: Field) -> None:
    known = fields.get(field.name)
    if known is None or "initvar" in (known.kind, field.kind):
        return
    if not (known.kind in POINTERS and field.kind in POINTERS):
        check_conflict(name, known, field)


def is_foreign_field(value: object) -> bool:
    """Is it what `dataclasses.field()` makes?"""
    dataclasses = sys.modules.get("dataclasses")
    return dataclasses is not None and isinstance(value, dataclasses.Field)


def brings_dict(base: type) -> bool:
    if _core.is_struct_class(base):
        return base is not _core.Struct and _core.plan_of(base).dict
    return base.__dictoffset__ != 0 and first_with_dict(base).__dictoffset__ != 0


def first_with_dict(base: type) -> type:
    """The class that brings the `__dict__` that the objects of `base` have."""
    return next(cls for cls in reversed(base.__mro__) if cls.__dictoffset__)


def from_slots(made: Plan, given: dict[str, Any], fields: dict[str, Field]) -> list[Field]:
    """`__slots__` of the class body: names that are not fields are kept as references."""
    slots = given["__slots__"]
    found = []
    for name in (slots,) if isinstance(slots, str) else slots:
        if name == "__weakref__":
            made.weakref = True
        elif name != "__dict__" and (name := mangled(made.name, name)) not in fields:
            found.append(hidden(made, name, None))
    return found


def hidden(made: Plan, name: str, cached: Any) -> Field:
    field = Field(init=False, repr=False, compare=False, kw_only=False)
    field.bind(name, object, OBJECT, made.name)
    field.hidden = True
    field.cached = cached
    return field


def decide_tracking(
    made: Plan, parents: list[type], above: Iterable[type], fields: Iterable[Field], gc: bool | None
) -> None:
    """As for a Struct; and a slot of Python's own in a base can hold any object."""
    made.tracked, made.reason = tracking(
        made.name,
        parents,
        [field for field in fields if field.kind not in NOT_STORED],
        gc,
        made.dict,
    )
    if made.tracked or gc is False:
        return
    for cls in above:
        if (
            not _core.is_struct_class(cls)
            and any(type(value) is MemberDescriptorType for value in cls.__dict__.values())
            and cls.__flags__ & HEAP_TYPE
        ):
            made.tracked, made.reason = (
                True,
                f"base {cls.__name__} has __slots__, which can hold any object",
            )
            return


def understood(where: str, annotation: Any, scope: Scope) -> tuple[Any, Meaning]:
    """What an annotation evaluates to, and its Meaning; an error begins with `where`."""
    try:
        value = scope.evaluate(annotation) if annotation.__class__ is str else annotation
        return value, meaning_of(value, scope)
    except TypeError as error:
        raise TypeError(f"{where}: {error}") from error.__cause__
    except RecursionError:
        raise TypeError(f"{where}: annotation {annotation!r} refers to itself") from None


def out_of_order(fields: Iterable[Field]) -> tuple[Field, Field] | None:
    """The first argument without a default that follows one with a default, and that one."""
    last: Field | None = None
    for field in fields:
        if field.init and not field.kw_only:
            if field.default is not MISSING or field.default_factory is not MISSING:
                last = field
            elif last is not None:
                return field, last
    return None


def takes_keywords(bases: Sequence[type]) -> bool:
    """True if some base has an __init_subclass__ of its own.

    That of Generic takes anything, too, but only to hand it on.
    """
    return any(
        "__init_subclass__" in cls.__dict__
        and cls.__module__ not in ("typing", "builtins", "cslots", "cslots._core")
        for base in bases
        for cls in base.__mro__
    )
