"""Fields whose annotation names what comes later: what they take, and what they hold in the end.

class Node(Struct):
    next: "Node"        the class itself, which is being made
    owner: "Owner"      a class that is not there yet
"""

from __future__ import annotations

from .. import _core
from .._field import MISSING, SELF, Field
from .._kinds import Meaning, meaning_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["resolve_deferred", "with_none"]


def with_none(name: str, qualname: str, field: Field, meaning: Meaning) -> Meaning:
    """The Meaning of a field; it takes None too where it must.

    That is so where the default is None, and where no first object could be made without.

    Required references that lead in a circle back to the class (`class Node: next: "Node"`) all
    take None: the circle is closed afterwards. What a name that is not there yet leads to is seen
    when it is there.
    """
    if field.default is None:
        return meaning.or_none()
    if meaning.nullable or not _is_required(field) or meaning.kind not in ("struct", "deferred"):
        return meaning
    if (
        meaning.kind == "deferred"
        or meaning.argument is SELF
        or _leads_back(meaning.argument, (name, qualname), None)
    ):
        field.lenient = True
        return meaning.or_none()
    return meaning


def _is_required(field: Field) -> bool:
    return field.init and field.default is MISSING and field.default_factory is MISSING


def _leads_back(start: type, names: tuple[str, ...], target: type | None) -> bool:
    """Do required references lead from `start` to `target`, or to the class of these names?

    The class of these names is the one that is being made.
    """
    seen = {start}
    todo = [start]
    while todo:
        cls = todo.pop()
        if target is not None and issubclass(target, cls):
            return True
        for field in _core.plan_of(cls).fields:
            if not _is_required(field) or (field.nullable and not field.lenient):
                continue
            following: Any = field.argument
            if field.kind == "deferred":
                expression, scope = field.argument
                if expression in names:
                    return True
                try:
                    following = scope.find_dotted(expression)
                except (KeyError, AttributeError):
                    continue
            elif field.kind != "struct" or following is SELF:
                continue
            if _core.is_struct_class(following) and following not in seen:
                seen.add(following)
                todo.append(following)
    return False


def resolve_deferred(cls: type, field: Field) -> tuple[str, Any]:
    """What a field holds whose annotation named nothing when its class was made.

    The answer is ("struct", Cls) or ("object", None).

    Called when the first object is constructed, or the field is first written. The answer is kept
    in the Field. Raises TypeError if the name still has no value, or if its value would have
    needed a place in the layout.
    """
    if field.kind != "deferred":
        return field.kind, field.argument
    expression, scope = field.argument
    where = f"{cls.__name__}.{field.name}"
    try:
        meaning: Meaning | None = meaning_of(scope.find_dotted(expression), scope)
    except (KeyError, AttributeError):
        meaning = None
    except TypeError as error:
        raise TypeError(f"{where}: {error}") from error.__cause__
    if meaning is None or meaning.kind == "deferred":
        raise TypeError(
            f"{where}: annotation {expression!r} names nothing; define it, or correct the "
            "annotation"
        )
    if meaning.kind not in ("struct", "object") or meaning.argument is SELF:
        raise TypeError(
            f"{where}: annotation {expression!r} means {meaning}; it must be defined before the "
            "class"
        )
    if field.lenient:
        field.nullable = meaning.kind == "struct" and (
            meaning.nullable or _leads_back(meaning.argument, (), cls)
        )
    # An alias that hides a None.
    if meaning.kind == "object" or (meaning.nullable and not field.nullable):
        field.kind, field.argument = "object", None
    else:
        field.kind, field.argument = "struct", meaning.argument
        field.late = expression
    return field.kind, field.argument
