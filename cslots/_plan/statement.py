"""plan: a class statement becomes the Plan of a Struct, or of a subclass of a decorated class.

The metatype calls it for each class statement (binding/class/metatype.c).
"""

from __future__ import annotations

import sys

from .. import _core
from .plan import Plan, is_parent
from .rules import takes_keywords
from .struct import plan_struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .plan import Namespace

__all__ = ["plan"]


def plan(
    name: str, bases: tuple[type, ...], namespace: Namespace, keywords: dict[str, Any]
) -> Plan:
    """The Plan of a class statement. Raises TypeError or ValueError for a class that cannot be.

    name, bases, namespace   as type() takes them
    keywords                 options, and what __init_subclass__ takes
    """
    parents = [base for base in bases if is_parent(base)]
    made = Plan()
    made.bases = bases
    made.abstract = any(
        getattr(value, "__isabstractmethod__", False) is True
        for value in namespace.values()
        if hasattr(type(value), "__get__")
    )
    if parents and not any(issubclass(base, _core.Struct) for base in parents):
        if keywords and not takes_keywords(bases):
            raise TypeError(
                f"{name}.__init_subclass__() takes no keyword arguments, got "
                f"{next(iter(keywords))!r}"
            )
        from .subclass import plan_subclass

        return plan_subclass(made, name, bases, namespace, keywords)
    return plan_struct(made, parents, name, bases, namespace, keywords, sys._getframe().f_back)
