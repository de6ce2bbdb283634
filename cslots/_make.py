"""make_dataclass: a dataclass from names and types, without a class statement."""

from __future__ import annotations

import keyword
import sys
import types

from ._core import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

__all__ = ["make_dataclass"]


def make_dataclass(
    cls_name: str,
    fields: Iterable[Any],
    *,
    bases: tuple[type, ...] = (),
    namespace: Mapping[str, Any] | None = None,
    module: str | None = None,
    **options: Any,
) -> type:
    """A new dataclass named `cls_name`; the options are those of `dataclass`.

    fields     names, (name, type) or (name, type, default or field(...)); a name alone: any
    bases      its base classes
    namespace  what else stands in the class body
    module     its __module__; that of the caller if not given

    Raises TypeError for a name that is no identifier, is a keyword, or comes twice.

    >>> Point = make_dataclass("Point", [("x", float), ("y", float, 0.0)], frozen=True)
    """
    annotations: dict[str, Any] = {}
    name: Any
    annotation: Any
    body: dict[str, Any] = dict(namespace or {})
    for item in fields:
        if isinstance(item, str):
            name, annotation = item, object
        elif len(item) == 2:
            name, annotation = item
        elif len(item) == 3:
            name, annotation, body[item[0]] = item
        else:
            raise TypeError(f"Invalid field: {item!r}")
        if not isinstance(name, str) or not name.isidentifier():
            raise TypeError(f"Field names must be valid identifiers: {name!r}")
        if keyword.iskeyword(name):
            raise TypeError(f"Field names must not be keywords: {name!r}")
        if name in annotations:
            raise TypeError(f"Field name duplicated: {name!r}")
        annotations[name] = annotation
    body["__annotations__"] = annotations
    body.setdefault("__module__", module or sys._getframe(1).f_globals.get("__name__", "__main__"))
    cls = types.new_class(cls_name, bases, {}, lambda made: made.update(body))
    made: type = dataclass(**options)(cls)
    return made
