"""Classes that cslots cannot lay out: dataclasses makes them, and a NotPackedWarning says why."""

from __future__ import annotations

import warnings

from .dataclass import has_dict_field, has_strange_metaclass
from .rules import HEAP_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .dataclass import Options

__all__ = ["NotPackedWarning", "decorate_unpacked"]


class NotPackedWarning(UserWarning):
    """A class that cslots cannot lay out: dataclasses made it, and nothing is packed or checked.

    It has a base like Exception or dict, whose layout is made in C, or an unknown metaclass.
    """

    __module__ = "cslots"  # where it is public: pickles and warnings name it


def decorate_unpacked(cls: type, options: Options) -> type:
    """What dataclasses makes of a class that cannot be packed, with a NotPackedWarning."""
    import dataclasses
    import inspect

    slots = False
    if has_strange_metaclass(cls):
        reason = f"its metaclass {type(cls).__name__} decides how its objects are made"
    elif has_dict_field(cls):
        reason = "its field __dict__ is no ordinary one"
        slots = bool(options["slots"])
    else:
        base = next(base for base in cls.__mro__ if not base.__flags__ & HEAP_TYPE)
        reason = f"its base {base.__name__} has a layout of its own"
    warnings.warn(
        f"{cls.__name__}: {reason}, so dataclasses makes the class: nothing is packed, and values "
        "are not checked",
        NotPackedWarning,
        stacklevel=2,
    )
    # Not `dataclass`: a program may have replaced it by that of cslots.
    make: Any = dataclasses._process_class  # type: ignore[attr-defined]
    known = inspect.signature(make).parameters
    given = {name: value for name, value in options.items() if name in known}
    if "slots" in known:
        given.update(slots=slots, weakref_slot=False)
    made: type = make(cls, **given)
    return made
