"""The plan of a class statement that derives from a cslots dataclass.

It is an ordinary subclass, which the decorator may adopt later:

    class D(C): ... ---> plan_subclass(...) -> Plan -> the metatype makes D
                                                       no new fields, a __dict__ as needed
"""

from __future__ import annotations

from types import MemberDescriptorType

from .. import _core
from .._field import SELF, Field
from .._travel import travelling
from .plan import OPTIONS, Plan, is_parent
from .rules import (
    NOT_STORED,
    brings_dict,
    check_bases,
    check_plain_base,
    decide_tracking,
    declarer_of,
    from_slots,
    lay_over,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

__all__ = ["plan_subclass"]


def plan_subclass(
    made: Plan,
    name: str,
    bases: tuple[type, ...],
    namespace: dict[str, Any],
    keywords: dict[str, Any],
) -> Plan:
    """The Plan of a class statement that derives from a cslots dataclass.

    It adds no fields, as in dataclasses. Its objects have a `__dict__` and weak references, as
    those of any class without `__slots__`. The decorator may follow.
    """
    parents = [base for base in bases if is_parent(base)]
    first = _core.plan_of(parents[0])
    made.name = name
    made.bases = bases
    made.style = "subclass"
    made.keywords = keywords
    for option in OPTIONS:
        setattr(made, option, getattr(first, option))
    made.typed = any(_core.plan_of(parent).typed for parent in parents)
    made.frozen = any(_core.plan_of(parent).frozen for parent in parents)
    made.params = first.params
    made.gc = None
    kept = dict(namespace)
    fields: dict[str, Field] = {}
    for parent in reversed(_lines(parents)):
        for field in _core.plan_of(parent).fields:
            if field.argument is SELF:
                field.argument = declarer_of(parent, field.name)
            check_bases(name, fields, field)
            fields[field.name] = field
    everything = list(fields.values())
    annotated = _annotated_names(namespace)
    made.raw = {}
    slots = namespace.get("__slots__")
    made.dict = slots is None or any(_core.plan_of(parent).dict for parent in parents)
    made.weakref = slots is None or any(_core.plan_of(parent).weakref for parent in parents)
    for base in bases:
        if base is not object and not _core.is_struct_class(base):
            check_plain_base(name, base)
            made.dict = made.dict or brings_dict(base)
    if slots is not None:
        written, slots = slots, (slots,) if isinstance(slots, str) else tuple(slots)
        made.dict = made.dict or "__dict__" in slots
        made.raw["__slots__"] = slots if hasattr(written, "__next__") else written
        for slot in slots:
            if not isinstance(slot, str) or not slot.isidentifier():
                raise TypeError(f"{name}: __slots__ holds {slot!r}, which is no name of a field")
        everything += from_slots(made, {"__slots__": slots}, fields)
    for attribute in fields.keys() & kept.keys():
        field = fields[attribute]
        if field.kind in NOT_STORED or field.hidden:
            continue
        # Attrs makes a class anew from its whole dict.
        if isinstance(kept[attribute], (MemberDescriptorType, _core.FieldDescriptor)):
            del kept[attribute]
        elif attribute in annotated:  # for a decorator that follows
            made.raw[attribute] = kept.pop(attribute)
    lay_over(made, kept, fields, ())
    everything[: len(fields)] = fields.values()
    made.fields = tuple(everything)
    made.own_fields = ()
    made.declared = ()
    made.remove = ()
    made.install = ()
    kept["__slots__"] = ()
    kept.update(
        travelling(
            namespace.get("__module__"),
            namespace.get("__qualname__", ""),
            namespace.get("__orig_bases__", bases),
        )
    )
    made.hash_mode = first.hash_mode
    made.extends = True
    decide_tracking(
        made, parents, [cls for base in bases for cls in base.__mro__], everything, None
    )
    made.namespace = kept
    return made


def _annotated_names(namespace: Mapping[str, Any]) -> Iterable[str]:
    annotations = namespace.get("__annotations__")
    if annotations is not None:
        return annotations  # type: ignore[no-any-return]
    annotate = namespace.get("__annotate_func__") or namespace.get("__annotate__")
    code = getattr(annotate, "__code__", None)
    return () if code is None else [const for const in code.co_consts if isinstance(const, str)]


def _lines(parents: list[type]) -> list[type]:
    """The cslots classes behind `parents`, in an order in which the nearer come first."""
    seen: dict[type, None] = {}
    for parent in parents:
        for ancestor in parent.__mro__:
            if is_parent(ancestor):
                seen.pop(ancestor, None)
                seen[ancestor] = None
    return list(seen)
