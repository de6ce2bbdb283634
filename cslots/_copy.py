"""Copies and pickles of objects whose class says how they are made.

This is what the copy module and `object.__reduce_ex__` do, for classes of cslots. Python's own
cannot do it, for two reasons. The copy module takes the `__copy__` that every object of cslots has
before it looks for hooks. And `object.__reduce_ex__` refuses a class that stores more in an object
than its slots (texts).
"""

from __future__ import annotations

import copyreg

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["copied", "reduced"]


def copied(obj: Any, memo: Any = None) -> Any:
    """A copy of `obj` by copyreg or by the hooks of its class; a deep copy if there is a memo.

    The hooks are asked as pickle protocol 4 asks them.
    """
    reductor = copyreg.dispatch_table.get(type(obj))
    parts = reductor(obj) if reductor is not None else obj.__reduce_ex__(4)
    if isinstance(parts, str):
        return obj  # the name of a global: there is one such object
    if not isinstance(parts, tuple) or not 2 <= len(parts) <= 6:
        raise TypeError(
            f"{type(obj).__name__}: expected a str, or a tuple of 2 to 6 parts, from its "
            f"__reduce_ex__, got {parts!r}"
        )
    return _rebuilt(obj, memo, *parts)


def _rebuilt(
    obj: Any,
    memo: Any,
    make: Any,
    args: Any,
    state: Any = None,
    items: Any = None,
    pairs: Any = None,
    set_state: Any = None,
) -> Any:
    from copy import deepcopy

    if memo is not None:
        args = [deepcopy(arg, memo) for arg in args]
    made = make(*args)
    if memo is not None:
        memo[id(obj)] = made  # before its contents are copied, so that a cycle ends here
        state, items, pairs = (
            deepcopy(state, memo),
            _copied_each(items, memo),
            _copied_each(pairs, memo),
        )
    if set_state is not None:
        set_state(made, state)
    elif state is not None:
        _set_state(made, state)
    for item in items or ():
        made.append(item)
    for key, value in pairs or ():
        made[key] = value
    return made


def _copied_each(items: Any, memo: Any) -> Any:
    """Copies of what an iterator of `__reduce_ex__` gives."""
    from copy import deepcopy

    return None if items is None else [deepcopy(item, memo) for item in items]


def _set_state(made: Any, state: Any) -> None:
    """What pickle does with a state."""
    set_state = getattr(made, "__setstate__", None)
    if set_state is not None:
        set_state(state)
        return
    slots = None
    if isinstance(state, tuple) and len(state) == 2:
        state, slots = state
    if state:
        made.__dict__.update(state)
    for name, value in (slots or {}).items():
        setattr(made, name, value)


def reduced(obj: Any) -> tuple[Any, ...]:
    """What `object.__reduce_ex__` gives from protocol 2 on."""
    cls = type(obj)
    if hasattr(obj, "__getnewargs_ex__"):
        args, kwargs = obj.__getnewargs_ex__()
        if kwargs:
            made: Any = copyreg.__newobj_ex__  # type: ignore[attr-defined]
            return made, (cls, args, kwargs), obj.__getstate__()
    else:
        args = obj.__getnewargs__() if hasattr(obj, "__getnewargs__") else ()
    return copyreg.__newobj__, (cls, *args), obj.__getstate__()  # type: ignore[attr-defined]
