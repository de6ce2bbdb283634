"""Does a class need the garbage collector?

The types of its fields decide it, when the class is made. An object needs a GC header ("is
tracked") if it could be part of a cycle. docs/design/classes.md says why no cycle escapes these
rules:

1. An `object` field, a `dict`, a name that is not defined yet, a tracked base, or a field whose
   class is tracked: tracked.
2. A field whose class S is untracked leads to S and to every untracked subclass of S that there
   is. If the new class T leads in this way to itself or to a class that it derives from: tracked.
3. Otherwise untracked.
"""

from __future__ import annotations

from .. import _core
from .._field import SELF
from .plan import is_parent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from .._field import Field
    from .plan import Plan

__all__ = ["recheck", "tracking"]


def tracking(
    name: str,
    bases: list[type],
    fields: Iterable[Field],
    gc: bool | None,
    with_dict: bool,
    cls: type | None = None,
) -> tuple[bool, str]:
    """(tracked, reason) for a new class.

    bases   its Struct bases
    fields  all of its Fields, inherited ones too
    gc      the class option: True forces, False forbids, None decides
    cls     the new class itself, once it exists
    """
    if gc is True:
        return True, "gc=True"
    tracked, reason = _needed(name, bases, fields, with_dict, cls)
    if gc is False and tracked:
        for base in bases:
            if _core.plan_of(base).tracked:
                raise TypeError(
                    f"{name}: gc=False, but the objects of its base {base.__name__} are tracked"
                )
        return False, f"gc=False; a cycle is never freed ({reason})"
    return tracked, reason


def _needed(
    name: str, bases: list[type], fields: Iterable[Field], with_dict: bool, cls: type | None
) -> tuple[bool, str]:
    for base in bases:
        if _core.plan_of(base).tracked:
            return True, f"the objects of its base {base.__name__} are tracked"
    if with_dict:
        return True, "dict=True: a __dict__ can hold any object"
    leads = []
    for field in fields:
        kind = field.kind
        if kind == "object":
            return True, f"field {field.name!r} can hold any object"
        if kind == "deferred":
            return (
                True,
                f"field {field.name!r} names {field.argument[0]}, which was not defined yet",
            )
        if kind == "struct":
            if field.argument is SELF:
                return True, f"field {field.name!r} leads back to {name}"
            if _core.plan_of(field.argument).tracked:
                return (
                    True,
                    f"field {field.name!r} holds {field.argument.__name__} objects, which are "
                    "tracked",
                )
            leads.append((field.name, field.argument))
    if leads:
        # A field that holds any Struct leads back to every class.
        ancestors = {_core.Struct, cls, *(ancestor for base in bases for ancestor in base.__mro__)}
        for field_name, start in leads:
            path = _path_to(ancestors, start)
            if path is not None:
                by = ", ".join(step.__name__ for step in path)
                return True, f"field {field_name!r} leads back to {name} by way of {by}"
        return False, "no chain of fields leads back to it"
    return False, "no field can refer to a container"


def _path_to(goals: Container[type | None], start: type) -> list[type] | None:
    """The classes on a way from `start` to one of `goals`, both included; None if there is none."""
    came_from: dict[type, type | None] = {start: None}
    todo = [start]
    while todo:
        cls = todo.pop()
        # One that another thread is making may lead anywhere.
        if cls in goals or _core.is_being_made(cls):
            path = []
            step: type | None = cls
            while step is not None:
                path.append(step)
                step = came_from[step]
            return path[::-1]
        for following in _leads_of(cls):
            if following not in came_from:
                came_from[following] = cls
                todo.append(following)
    return None


def _leads_of(cls: type) -> Iterator[type]:
    """Where a field that holds an untracked `cls` leads: to its fields and untracked subclasses."""
    for field in _core.plan_of(cls).fields:
        if field.kind == "struct" and field.argument is not SELF:
            yield field.argument
    subclasses: list[type] = type.__subclasses__(cls)
    for subclass in subclasses:
        if _core.is_being_made(subclass) or (
            _core.is_struct_class(subclass) and not _core.plan_of(subclass).tracked
        ):
            yield subclass


def recheck(made: Plan, cls: type) -> None:
    """Decide about the collector once more, now that `cls` is among the subclasses of its bases.

    The metatype calls this for a class planned as untracked. Two threads may make classes that
    lead to each other. The one that looks later finds the other's class here, so not both can end
    up untracked.
    """
    if not made.tracked and any(field.kind == "struct" for field in made.fields):
        parents = [base for base in cls.__bases__ if is_parent(base)]
        made.tracked, made.reason = tracking(
            made.name, parents, made.fields, made.gc, made.dict, cls
        )
