"""Functions over any Struct: fields, asdict, astuple.

The metatype asks for signature_of and describe_init, error messages for suggest.
"""

from __future__ import annotations

import sys
from types import FunctionType

from . import _core
from ._field import MISSING

TYPE_CHECKING = False
if TYPE_CHECKING:
    import inspect
    from collections.abc import Callable, Iterable
    from typing import Any

    from ._field import Field

__all__ = ["asdict", "astuple", "fields", "is_dataclass", "is_struct", "signature_of", "suggest"]

# A copy of one of these is the object itself. copy.deepcopy goes by the same list, which would have
# to be imported.
_ATOMIC = frozenset(
    {
        type(None),
        bool,
        int,
        float,
        str,
        complex,
        bytes,
        type(...),
        type(NotImplemented),
        type,
        range,
        property,
        type(lambda: None),
        type(len),
    }
)


def is_struct(obj: object) -> bool:
    """True if `obj` is a Struct class or an object of one.

    >>> is_struct(User), is_struct(User("Ada")), is_struct(5)
    (True, True, False)
    """
    return _core.is_struct_class(obj if isinstance(obj, type) else type(obj))


def is_dataclass(obj: object) -> bool:
    """True if `obj` is a dataclass or an object of one, whether cslots or dataclasses made it.

    >>> is_dataclass(User), is_dataclass(User("Ada")), is_dataclass(int)
    (True, True, False)
    """
    return hasattr(obj if isinstance(obj, type) else type(obj), "__dataclass_fields__")


def fields(class_or_instance: Any) -> tuple[Field, ...]:
    """The Fields of a Struct or dataclass, or of the class of an object.

    The tuple is in the order of the constructor; InitVars are not in it. A class that dataclasses
    made has `dataclasses.Field` objects. Raises TypeError for anything else.

    >>> [f.name for f in fields(User)]
    ['name', 'age', 'email']
    """
    cls = class_or_instance if isinstance(class_or_instance, type) else type(class_or_instance)
    if not _core.is_struct_class(cls):
        if is_dataclass(cls):
            found: tuple[Any, ...] = sys.modules["dataclasses"].fields(cls)
            return found
        raise TypeError(
            "fields() expects a Struct or dataclass, or an object of one, got "
            f"{class_or_instance!r}"
        )
    return tuple(_core.plan_of(cls).stored())


def asdict(obj: Any, *, dict_factory: Callable[[list[tuple[str, Any]]], Any] = dict) -> Any:
    """The fields of a Struct or dataclass object as a dict {name: value}, made new at every level.

    Structs and dataclasses inside become dicts too, also inside lists, tuples, named tuples and
    dicts; other values are copied with copy.deepcopy. `dict_factory` is called with a list of
    (name, value) pairs. Raises TypeError for anything else, AttributeError if a field is unset.

    >>> asdict(User("Ada", 36, "ada@example.com"))
    {'name': 'Ada', 'age': 36, 'email': 'ada@example.com'}
    """
    if not _is_object(obj):
        raise TypeError(f"asdict() expects an object of a Struct or dataclass, got {obj!r}")
    return _as_dict(obj, dict_factory)


def astuple(obj: Any, *, tuple_factory: Callable[[list[Any]], Any] = tuple) -> Any:
    """The values of a Struct or dataclass object as a tuple in the order of its fields.

    It is made new at every level, as the dict of `asdict` is.

    `tuple_factory` is called with a list of values.

    >>> astuple(User("Ada", 36, "ada@example.com"))
    ('Ada', 36, 'ada@example.com')
    """
    if not _is_object(obj):
        raise TypeError(f"astuple() expects an object of a Struct or dataclass, got {obj!r}")
    return _as_tuple(obj, tuple_factory)


def _is_object(obj: object) -> bool:
    return _core.is_struct_class(type(obj)) or is_dataclass(type(obj))


def _pairs(obj: Any) -> list[tuple[str, Any]] | None:
    """(name, value) of each field of a Struct or dataclass object; None for any other object."""
    cls = type(obj)
    if _core.is_struct_class(cls):
        stored = _core.plan_of(cls).stored()
        if any(field.kind == "descriptor" for field in stored):
            return [(field.name, getattr(obj, field.name)) for field in stored]
        return list(zip([field.name for field in stored], _core.values(obj), strict=True))
    if hasattr(cls, "__dataclass_fields__"):
        return [
            (field.name, getattr(obj, field.name))
            for field in sys.modules["dataclasses"].fields(obj)
        ]
    return None


def _as_dict(obj: Any, factory: Callable[[list[Any]], Any]) -> Any:
    if type(obj) in _ATOMIC:
        return obj
    pairs = _pairs(obj)
    if pairs is not None:
        return factory([(name, _as_dict(value, factory)) for name, value in pairs])
    return _copied(obj, _as_dict, factory)


def _as_tuple(obj: Any, factory: Callable[[list[Any]], Any]) -> Any:
    if type(obj) in _ATOMIC:
        return obj
    pairs = _pairs(obj)
    if pairs is not None:
        return factory([_as_tuple(value, factory) for _, value in pairs])
    return _copied(obj, _as_tuple, factory)


def _copied(
    obj: Any,
    convert: Callable[[Any, Callable[[list[Any]], Any]], Any],
    factory: Callable[[list[Any]], Any],
) -> Any:
    """A container of converted values, or a deep copy of what is no container."""
    cls = type(obj)
    if issubclass(cls, (list, tuple)):
        values = [convert(value, factory) for value in obj]
        # A named tuple takes them one by one.
        return cls(*values) if hasattr(cls, "_fields") else cls(values)
    if issubclass(cls, dict):
        items = [(convert(key, factory), convert(value, factory)) for key, value in obj.items()]
        if hasattr(cls, "default_factory"):
            result = cls(obj.default_factory)
            result.update(items)
            return result
        return cls(items)
    from copy import deepcopy

    return deepcopy(obj)


class _Factory:
    """The default that a signature shows for a field with a default_factory."""

    def __repr__(self) -> str:
        return "<factory>"


_FACTORY = _Factory()


def signature_of(cls: type) -> inspect.Signature:
    """The inspect.Signature of a Struct class.

    It is that of the `__init__` or `__new__` that the user wrote, or else of the constructor.
    """
    import inspect

    own = _own_constructor(cls)
    if own is not None:
        try:
            signature = inspect.signature(own)
        # Python 3.14: an annotation names what is imported for type checkers only.
        except NameError:
            import annotationlib  # type: ignore[import-not-found,unused-ignore]

            as_names: Any = {"annotation_format": annotationlib.Format.FORWARDREF}
            signature = inspect.signature(own, **as_names)
        return signature.replace(parameters=list(signature.parameters.values())[1:])
    if _core.plan_of(cls).style != "struct" and getattr(cls, "__init__", None) is object.__init__:
        return inspect.Signature()
    return _generated_signature(cls)


def _generated_signature(cls: type) -> inspect.Signature:
    """Of the generated constructor."""
    import inspect

    positional: list[inspect.Parameter] = []
    by_name: list[inspect.Parameter] = []
    for field in _core.plan_of(cls).fields:
        if not field.init:
            continue
        default = field.default
        if default is MISSING:
            default = inspect.Parameter.empty if field.default_factory is MISSING else _FACTORY
        kind = (
            inspect.Parameter.KEYWORD_ONLY
            if field.kw_only
            else inspect.Parameter.POSITIONAL_OR_KEYWORD
        )
        parameter = inspect.Parameter(
            field.name, kind, default=default, annotation=_annotation(field)
        )
        (by_name if field.kw_only else positional).append(parameter)
    return inspect.Signature(positional + by_name, return_annotation=None)


def describe_init(cls: type, name: str) -> Any:
    """An attribute that functions have, of the generated `__init__` of `cls`."""
    if name == "__name__":
        return "__init__"
    if name == "__qualname__":
        return f"{cls.__qualname__}.__init__"
    if name == "__module__":
        return cls.__module__
    if name == "__globals__":
        module = sys.modules.get(cls.__module__)
        return module.__dict__ if module is not None else {}
    parameters = [field for field in _core.plan_of(cls).fields if field.init]
    if name in ("__annotations__", "__annotate__") and sys.version_info >= (3, 14):
        annotate = _annotate_of(cls, [field.name for field in parameters])
        return annotate if name == "__annotate__" else annotate(1)
    if name == "__annotate__":
        raise AttributeError("'function' object has no attribute '__annotate__'")
    if name == "__annotations__":
        return {**{field.name: _annotation(field) for field in parameters}, "return": None}
    import inspect

    taken = {field.name for field in parameters}
    first = inspect.Parameter(
        "__dataclass_self__" if "self" in taken else "self", inspect.Parameter.POSITIONAL_OR_KEYWORD
    )
    signature = _generated_signature(cls)
    return signature.replace(parameters=[first, *signature.parameters.values()])


def _annotate_of(cls: type, names: list[str]) -> Callable[[int], dict[str, Any]]:
    """`__annotate__` of the generated `__init__`, from Python 3.14 on.

    It asks the classes again, in the format that is wanted.
    """
    import annotationlib  # type: ignore[import-not-found,unused-ignore]

    formats = (
        annotationlib.Format.VALUE,
        annotationlib.Format.FORWARDREF,
        annotationlib.Format.STRING,
    )

    def __annotate__(format: int, /) -> dict[str, Any]:  # noqa: N807
        if format not in formats:
            raise NotImplementedError(format)
        known: dict[str, Any] = {}
        for base in reversed(cls.__mro__):
            known.update(annotationlib.get_annotations(base, format=annotationlib.Format(format)))
        found = {name: known[name] for name in names if name in known}
        found["return"] = "None" if format == annotationlib.Format.STRING else None
        return found

    __annotate__.__qualname__ = f"{cls.__qualname__}.__init__.__annotate__"
    # By this, dataclasses knows its own.
    __annotate__.__generated_by_dataclasses__ = True  # type: ignore[attr-defined]
    return __annotate__


def _annotation(field: Field) -> Any:
    return (
        field.type.type if field.kind == "initvar" and hasattr(field.type, "type") else field.type
    )


def _own_constructor(cls: type) -> Callable[..., Any] | None:
    """The `__init__` or `__new__` of `cls` that the user wrote; None if there is none."""
    for name in ("__init__", "__new__"):
        for ancestor in cls.__mro__:
            if ancestor is object:
                break
            found = ancestor.__dict__.get(name)
            if isinstance(found, staticmethod):
                found = found.__func__
            if isinstance(found, FunctionType):
                # What typing puts on every Protocol.
                if found.__name__ != "_no_init_or_replace_init":
                    return found
            elif found is not None:
                break  # the generated one
    return None


def suggest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `name` is most likely a misspelling of, or None.

    Close means: no more edits (insert, delete, replace, swap two neighbours) than a third of the
    longer name has letters, but one edit is always allowed.
    """
    best: str | None = None
    best_distance: int | None = None
    for candidate in candidates:
        longest = max(len(name), len(candidate))
        limit = max(1, longest // 3)
        if best_distance is not None:
            limit = min(limit, best_distance - 1)
        if limit < 0 or abs(len(name) - len(candidate)) > limit or longest > 100:
            continue
        distance = _edits(name, candidate)
        if distance <= limit and distance < longest:
            best, best_distance = candidate, distance
    return best


def _edits(a: str, b: str) -> int:
    """The optimal string alignment distance of two strings; case does not count."""
    a, b = a.lower(), b.lower()
    before_last: list[int] = []
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        before_last, before, row = before, row, [i]
        for j, other in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, before_last[j - 2] + 1)
            row.append(cost)
    return row[-1]
