"""Bases that dataclasses made: their fields as Fields. Some keep the kind that cslots gave them."""

from __future__ import annotations

from types import MemberDescriptorType

from .. import _core
from .._field import MISSING, Field, from_dataclasses
from .._kinds import Meaning, meaning_of
from .rules import INITVAR, NOT_STORED, OBJECT
from .scope import Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["fields_of_dataclass", "made_by_dataclasses"]


def made_by_dataclasses(base: type, known: dict[str, Field]) -> dict[str, Field]:
    """The fields of a subclass of a cslots class that dataclasses decorated.

    Fields that cslots knows (`known`) keep their kinds, and get the defaults of dataclasses.
    """
    fields = {}
    slots = _native_slots(base)
    for found in base.__dataclass_fields__.values():  # type: ignore[attr-defined]
        old = known.get(found.name)
        if old is None or old.hidden or old.kind in NOT_STORED:
            theirs = _from_foreign_base(base, found, slots)
        else:
            theirs = from_dataclasses(found)
            theirs.bind(
                found.name,
                found.type,
                Meaning(old.kind, old.nullable, old.argument, old.enum),
                old.owner,
            )
            theirs.kw_only = bool(theirs.kw_only) and theirs.kw_only is not MISSING
        if theirs is not None:
            fields[theirs.name] = theirs
    return fields


def _declared_by(base: type, name: str) -> bool:
    """False for a field that `base` has from a cslots class: that class knows its kind."""
    return not any(
        _core.is_struct_class(ancestor) and name in _core.plan_of(ancestor).own_fields
        for ancestor in base.__mro__
    )


def _native_slots(base: type) -> set[str]:
    return {
        key
        for ancestor in base.__mro__
        for key, value in ancestor.__dict__.items()
        if type(value) is MemberDescriptorType
    }


def _from_foreign_base(base: type, found: Any, slots: set[str]) -> Field | None:
    """The field of a base that dataclasses made; one that it keeps in a slot is not checked."""

    role = found._field_type.name
    if role == "_FIELD_CLASSVAR":
        return None
    field = from_dataclasses(found)
    if role == "_FIELD_INITVAR":
        meaning = INITVAR
    elif found.name in slots or isinstance(found.type, str):
        meaning = OBJECT
    else:
        try:
            meaning = meaning_of(
                found.type, Scope(base.__name__, {"__module__": base.__module__}, None)
            )
        except TypeError:
            meaning = OBJECT
        if meaning.kind in ("classvar", "initvar", "kw_only", "deferred"):
            meaning = OBJECT
        if field.default is None:
            meaning = meaning.or_none()
    field.bind(found.name, found.type, meaning, base.__name__)
    if field.kw_only is MISSING:
        field.kw_only = False
    return field


def fields_of_dataclass(base: type) -> dict[str, Field]:
    """The fields of a base that dataclasses made, but not those of a cslots class behind it."""
    slots = _native_slots(base)
    fields = {}
    for found in base.__dataclass_fields__.values():  # type: ignore[attr-defined]
        theirs = _from_foreign_base(base, found, slots)
        if theirs is not None and _declared_by(base, found.name):
            fields[theirs.name] = theirs
    return fields
