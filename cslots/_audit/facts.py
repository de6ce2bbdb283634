"""What a class is, in plain data: its bases, hooks, defaults and metaclass.

It is read through the descriptors of `type` itself, and from the dicts of classes, so that no code
of the program runs: no `__getattr__` of a metaclass, no property, no `__eq__`.
"""

from __future__ import annotations

import sys
from functools import cached_property
from types import FunctionType, GetSetDescriptorType, MemberDescriptorType
from typing import Any

_dict_of = type.__dict__["__dict__"].__get__
_mro_of = type.__dict__["__mro__"].__get__
_bases_of = type.__dict__["__bases__"].__get__
_name_of = type.__dict__["__name__"].__get__
_qualname_of = type.__dict__["__qualname__"].__get__
_basicsize_of = type.__dict__["__basicsize__"].__get__
_itemsize_of = type.__dict__["__itemsize__"].__get__
_dictoffset_of = type.__dict__["__dictoffset__"].__get__
_weakrefoffset_of = type.__dict__["__weakrefoffset__"].__get__
_flags_of = type.__dict__["__flags__"].__get__

HEAP_TYPE = 1 << 9
HAS_GC = 1 << 14

# fmt: off
PICKLING = (
    "__getstate__", "__setstate__", "__reduce__", "__reduce_ex__", "__getnewargs__",
    "__getnewargs_ex__",
)
# What a class may define that conversion has to look at.
HOOKS = (
    *PICKLING, "__copy__", "__deepcopy__", "__getattr__", "__getattribute__", "__setattr__",
    "__delattr__", "__dir__", "__del__", "__init__", "__new__", "__eq__", "__hash__",
    "__init_subclass__", "__set_name__", "__sizeof__", "__post_init__",
)
# fmt: on


def is_heap(cls: type) -> bool:
    return bool(_flags_of(cls) & HEAP_TYPE)


def names_of(cls: type) -> dict[str, Any]:
    """The names that the class itself defines."""
    return dict(_dict_of(cls))


def module_of(cls: type) -> str:
    if is_heap(cls):
        found = _dict_of(cls).get("__module__")
        return found if type(found) is str else "?"
    return str(_name_of(cls)).rpartition(".")[0] or "builtins"


def full_name(cls: type) -> str:
    """module.Qualname; builtins without their module."""
    module = module_of(cls)
    name = str(_qualname_of(cls))
    return name if module == "builtins" else f"{module}.{name}"


def bases_of(cls: type) -> list[type]:
    """All classes it derives from, nearest first, without itself and object."""
    return [base for base in _mro_of(cls)[1:] if base is not object]


def slots_of(cls: type) -> list[str] | None:
    """The slots that the class itself has; None if it has no `__slots__`."""
    names = _dict_of(cls)
    if "__slots__" not in names:
        return None
    return [
        name
        for name, value in names.items()
        if type(value) is MemberDescriptorType and type(name) is str
    ]


def solid_base(cls: type) -> type:
    """The nearest base that is no Python class: what its objects are inside."""
    for base in _mro_of(cls):
        if not is_heap(base):
            found: type = base
            return found
    return object


def describe(cls: type, attributes: Any) -> dict[str, Any]:
    names = names_of(cls)
    bases = bases_of(cls)
    heap_bases = [base for base in bases if is_heap(base)]
    family = [cls, *heap_bases]
    solid = solid_base(cls)
    meta = type(cls)
    module = module_of(cls)
    owner: dict[str, type] = {}
    for base in reversed(family):
        for name in _dict_of(base):
            if type(name) is str:
                owner[name] = base
    return {
        "module": module,
        "qualname": str(_qualname_of(cls)),
        "file": file_of(module),
        "kind": kind_of(cls),
        "metaclass": None if meta is type else full_name(meta),
        "abstract": _is_abc(meta),
        "bases": [_base(base) for base in bases],
        "family": [[module_of(base), str(_qualname_of(base))] for base in family],
        "solid": full_name(solid),
        "solid_size": _basicsize_of(solid),
        "solid_items": _itemsize_of(solid),
        "solid_dict": bool(_dictoffset_of(solid)),
        "solid_weakref": bool(_weakrefoffset_of(solid)),
        "gc": bool(_flags_of(cls) & HAS_GC),
        "heap": is_heap(cls),
        "size": _basicsize_of(cls),
        "own_slots": slots_of(cls),
        "hooks": {name: full_name(owner[name]) for name in HOOKS if name in owner},
        "cached": sorted(
            name for name, base in owner.items() if type(_dict_of(base)[name]) is cached_property
        ),
        "class_values": _class_values(attributes, family),
        "shadowed": _shadowed(attributes, family),
        "patched": _patched(cls, names, module),
        "subclasses": _subclasses(cls),
        "static": _static(names),
        "frozen": _is_frozen(names),
        "options": _dataclass_options(names),
        "defaults": _defaults(names),
    }


def kind_of(cls: type) -> str:
    """How the class was made, as far as that decides what to do with it."""
    for base in _mro_of(cls):
        names = _dict_of(base)
        if not is_heap(base) and base is not object and issubclass(base, BaseException):
            return "exception"
        if module_of(base) == "pydantic.main" and _name_of(base) == "BaseModel":
            return "pydantic"
        if module_of(base) == "msgspec" and _name_of(base) == "Struct":
            return "msgspec"
        if module_of(base) == "cslots._core" or (
            module_of(type(base)) == "cslots._core" and is_heap(type(base))
        ):
            return "struct"
        if module_of(base) == "enum" and _name_of(base) == "Enum":
            return "enum"
        if "_fields" in names and "_make" in names and _derives(base, tuple):
            return "namedtuple"
    names = _dict_of(cls)
    if not is_heap(cls):
        return "builtin"
    if issubclass(cls, type):
        return "metaclass"
    if "__attrs_attrs__" in names:
        return "attrs"
    if "__dataclass_params__" in names:
        return "dataclass"
    if "__module__" not in names or (_basicsize_of(cls) > 16 and not _made_by_statement(cls)):
        return "extension"
    return "plain"


def _derives(cls: type, base: type) -> bool:
    """By identity: `in` would ask the metaclass."""
    return any(each is base for each in _mro_of(cls))


def find(name: str) -> type | None:
    """The class of that full name, if a module that is loaded leads to it."""
    parts = name.split(".")
    for k in range(len(parts) - 1, 0, -1):
        found: Any = sys.modules.get(".".join(parts[:k]))
        if found is None:
            continue
        try:
            names = object.__getattribute__(found, "__dict__")
            for part in parts[k:]:
                found = names[part]
                if not issubclass(type(found), type):
                    return None
                names = _dict_of(found)
        except (AttributeError, KeyError, TypeError):
            return None
        return found if full_name(found) == name else None
    return None


def _made_by_statement(cls: type) -> bool:
    """Was it made by a class statement, and not by C from a spec?

    A class statement leaves `__dict__`, `__weakref__` or `__slots__` in one of the heap classes.
    """
    for base in _mro_of(cls):
        if is_heap(base):
            names = _dict_of(base)
            if (
                "__slots__" in names
                or type(names.get("__dict__")) is GetSetDescriptorType
                or "__weakref__" in names
            ):
                return True
    return False


def _base(base: type) -> dict[str, Any]:
    names = _dict_of(base)
    return {
        "name": full_name(base),
        "heap": is_heap(base),
        "slots": slots_of(base),
        "dict": bool(_dictoffset_of(base)),
        "interface": is_heap(base) and _is_interface(base),
        "struct": module_of(type(base)) == "cslots._core",
        "subclasses": _subclasses(base) if is_heap(base) else [],
        "fields": [name for name, value in names.items() if type(value) is MemberDescriptorType],
    }


def _is_interface(base: type) -> bool:
    """ABCs, Protocols and Generic itself: a Struct leaves their `__dict__` out."""
    return module_of(base) in ("abc", "typing", "collections.abc", "contextlib") or _is_abc(
        type(base)
    )


def _is_abc(meta: type) -> bool:
    return any(
        _name_of(base) == "ABCMeta" and module_of(base) in ("abc", "_py_abc")
        for base in _mro_of(meta)
    )


def file_of(module: str) -> str | None:
    found = sys.modules.get(module)
    try:
        file = object.__getattribute__(found, "__dict__").get("__file__")
    except AttributeError:
        return None
    return file if type(file) is str else None


def _class_values(attributes: Any, family: list[type]) -> list[str]:
    """Attributes for which the class has a value too (a default): `__slots__` refuses the name."""
    found = []
    for name in attributes:
        for base in family:
            value = _dict_of(base).get(name)
            if name in _dict_of(base) and type(value) not in (
                MemberDescriptorType,
                GetSetDescriptorType,
                FunctionType,
                property,
                cached_property,
            ):
                found.append(name)
                break
    return found


def _shadowed(attributes: Any, family: list[type]) -> list[str]:
    """Methods that some object has in itself."""
    return [
        name
        for name in attributes
        if any(type(_dict_of(base).get(name)) is FunctionType for base in family)
    ]


_GENERATORS = {"dataclasses", "attr", "attr._make", "abc", "functools", "typing", "contextlib"}


def _patched(cls: type, names: dict[str, Any], module: str) -> list[str]:
    """Functions that another module put onto the class after it was made, as far as they tell."""
    prefix = f"{_qualname_of(cls)}."
    return sorted(
        name
        for name, value in names.items()
        if type(value) is FunctionType
        and not (name.startswith("__") and name.endswith("__"))
        and type(value.__module__) is str
        and value.__module__ not in (module, *_GENERATORS)
        and not value.__qualname__.startswith(prefix)
        and value.__module__.partition(".")[0] != module.partition(".")[0]
    )


def _subclasses(cls: type) -> list[str]:
    try:
        below: list[type] = type.__subclasses__(cls)
        return [full_name(sub) for sub in below[:40]]
    except TypeError:
        return []


def _static(names: dict[str, Any]) -> list[str] | None:
    """From 3.13 on: the attributes that methods assign; CPython plans the dicts for them."""
    found = names.get("__static_attributes__")
    return [name for name in found if type(name) is str] if type(found) is tuple else None


def _dataclass_options(names: dict[str, Any]) -> dict[str, Any]:
    found = names.get("__dataclass_params__")
    if found is None or module_of(type(found)) != "dataclasses":
        return {}
    wanted = ("init", "repr", "eq", "order", "unsafe_hash", "frozen", "kw_only")
    return {
        name: getattr(found, name)
        for name in wanted
        if isinstance(getattr(found, name, None), bool)
    }


def _is_frozen(names: dict[str, Any]) -> bool:
    return bool(_dataclass_options(names).get("frozen"))


def _defaults(names: dict[str, Any]) -> dict[str, str]:
    """Defaults of a class statement that can be written down again."""
    found = {}
    for name, value in names.items():
        if (
            type(name) is str
            and not name.startswith("__")
            and type(value) in (int, float, str, bool, type(None), bytes)
        ):
            text = repr(value)
            if len(text) <= 40:
                found[name] = text
    return found


def value_class(cls: type) -> dict[str, Any]:
    """What decides whether values of this class can be packed."""
    found: dict[str, Any] = {"module": module_of(cls), "qualname": str(_qualname_of(cls))}
    for base in _mro_of(cls):
        if module_of(base) == "enum" and _name_of(base) == "Enum":
            members = _dict_of(cls).get("_member_map_")
            found["enum"] = len(members) if type(members) is dict else 0
            found["flag"] = any(
                _name_of(other) == "Flag" and module_of(other) == "enum" for other in _mro_of(cls)
            )
            break
    for plain in (int, float, str, bytes):
        if _derives(cls, plain) and cls is not plain and cls is not bool and not found.get("enum"):
            found["extends"] = plain.__name__
    if is_heap(cls):
        found["heap"] = True
    return found
